//! Whether a run may still write to its target: what the holder of the job's lock knows.

use async_trait::async_trait;

use super::error::PublishError;

/// The job's lock, as publishing asks for it.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Makes sure that the lock is held and renews it: a request to the store.
    ///
    /// # Errors
    ///
    /// That the lock is lost or could not be renewed.
    async fn renew(&self) -> Result<(), PublishError>;

    /// What is known without asking: false knowledge only if the lock was taken less than a renewal ago. A process that was
    /// paused beyond its lock's time finds out.
    ///
    /// # Errors
    ///
    /// That the lock is lost or its time is up.
    fn confirm(&self) -> Result<(), PublishError>;
}

/// No lock: for those who are alone with their target.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unguarded;

#[async_trait]
impl Guard for Unguarded {
    async fn renew(&self) -> Result<(), PublishError> {
        Ok(())
    }

    fn confirm(&self) -> Result<(), PublishError> {
        Ok(())
    }
}
