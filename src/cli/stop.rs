//! Signals that stop a run: from the keyboard, or from the scheduler.

use crate::run::FailureClass;

/// Waits until the process is asked to stop, and says by whom.
pub(super) async fn asked() -> FailureClass {
    tokio::select! {
        () = interrupted() => FailureClass::Interrupted,
        () = terminated() => FailureClass::Terminated,
    }
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the system's own one ends the process.
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending::<()>().await;
}
