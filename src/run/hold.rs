//! The job's lock while a run is at work: waiting for it, renewing it, noticing that it is gone.

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::context::RunContext;
use super::failure::{Failure, FailureClass};
use super::target::OpenTarget;
use crate::publish::{Lock, PublishError, Swap};

/// How long a lock holds and how often it is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// How long a lock holds that nobody renews.
    pub holds: TimeDelta,
    /// Time between two renewals: several must fail before the lock is lost.
    pub renewed_every: Duration,
    /// Time between two looks at a lock that another run holds.
    pub looked_at_every: Duration,
}

impl Default for Lease {
    /// 5 minutes, every 1 minute, every 5 seconds.
    fn default() -> Self {
        Self {
            holds: TimeDelta::minutes(5),
            renewed_every: Duration::from_mins(1),
            looked_at_every: Duration::from_secs(5),
        }
    }
}

/// A lock that is renewed until it is released.
#[derive(Debug)]
pub(super) struct Held {
    context: RunContext,
    /// When others may take it, and why it is lost if it is.
    state: watch::Receiver<State>,
    stop: oneshot::Sender<()>,
    heart: JoinHandle<Lock>,
}

#[derive(Debug, Clone)]
struct State {
    expires_at: DateTime<Utc>,
    lost: Option<Failure>,
}

/// Takes the job's lock, waiting up to `wait` for another run that holds it.
///
/// Taking it is not cut off by `stop`, since a lock that was written and forgotten would keep others out; waiting is.
///
/// # Errors
///
/// That another run holds the lock, that `stop` came first, or the store's error.
pub(super) async fn take(
    target: &OpenTarget,
    job: &str,
    attempt: &str,
    context: &RunContext,
    (lease, wait): (Lease, Duration),
    stop: impl Future<Output = FailureClass>,
) -> Result<Held, Failure> {
    tokio::pin!(stop);
    let mut told = false;
    let lock = loop {
        let expires_at = context.now() + lease.holds;
        let error = match target.lock(job, attempt, context, expires_at).await {
            Ok(lock) => break lock,
            Err(error @ PublishError::Locked { .. }) => error,
            Err(error) => return Err(error.into()),
        };
        let left = wait.saturating_sub(Duration::from_secs_f64(context.elapsed()));
        if left.is_zero() {
            let help = "run again later, or wait for the other run with --lock-wait 30m";
            return Err(Failure::from(error).with_help(help));
        }
        if !told {
            tracing::info!(run_id = %context.run_id, "{error}: waiting for it");
            told = true;
        }
        tokio::select! {
            () = tokio::time::sleep(left.min(lease.looked_at_every)) => {}
            class = &mut stop => return Err(super::execute::stopped(class)),
        }
    };
    let state = State { expires_at: lock.expires_at(), lost: None };
    let (tell, state) = watch::channel(state);
    let (stop, stopped) = oneshot::channel();
    let heart = tokio::spawn(beat(lock, target.swap(), lease, context.clone(), tell, stopped));
    Ok(Held { context: context.clone(), state, stop, heart })
}

/// Renews the lock until it is told to stop or the lock is lost, and gives it back.
async fn beat(
    mut lock: Lock,
    swap: Swap,
    lease: Lease,
    context: RunContext,
    tell: watch::Sender<State>,
    mut stopped: oneshot::Receiver<()>,
) -> Lock {
    loop {
        tokio::select! {
            () = tokio::time::sleep(lease.renewed_every) => {}
            _ = &mut stopped => return lock,
        }
        // A renewal under way is not cut off.
        let lost = match lock.renew(swap, context.now() + lease.holds).await {
            Ok(()) => None,
            Err(error @ PublishError::LockLost { .. }) => Some(lost(error)),
            Err(error) => {
                tracing::warn!(run_id = %context.run_id, %error, "cannot renew the lock of the job");
                (context.now() >= lock.expires_at()).then(|| lost(error))
            }
        };
        let is_lost = lost.is_some();
        tell.send_replace(State { expires_at: lock.expires_at(), lost });
        if is_lost {
            return lock;
        }
    }
}

fn lost(error: PublishError) -> Failure {
    let message = match error {
        PublishError::LockLost { .. } => format!("{error}; published tables are untouched"),
        error => format!("the lock of the job could not be renewed in time: {error}"),
    };
    Failure::new(FailureClass::Busy, message).with_help("run again")
}

impl Held {
    /// Waits until the lock is lost, and says why.
    pub(super) async fn lost(&self) -> Failure {
        let mut state = self.state.clone();
        loop {
            if let Some(failure) = &state.borrow_and_update().lost {
                return failure.clone();
            }
            if state.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// That the lock is still ours.
    ///
    /// # Errors
    ///
    /// That it is lost, or that its time was up before it could be renewed, as happens to a machine that slept.
    pub(super) fn confirm(&self) -> Result<(), Failure> {
        let state = self.state.borrow();
        match &state.lost {
            Some(failure) => Err(failure.clone()),
            None if self.context.now() >= state.expires_at => Err(Failure::new(
                FailureClass::Busy,
                "the lock of the job could not be renewed in time; published tables are untouched",
            )
            .with_help("run again")),
            None => Ok(()),
        }
    }

    /// Gives the lock back. That this fails changes nothing about the run: the lock expires.
    pub(super) async fn release(self) {
        // The heart may have stopped by itself.
        let _ = self.stop.send(());
        let released = match self.heart.await {
            Ok(lock) => lock.release().await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = released {
            tracing::warn!("cannot release the lock of the job: {error}");
        }
    }
}
