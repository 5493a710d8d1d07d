//! The job's lock while a run is at work: waiting for it, renewing it, noticing that it is gone.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::context::RunContext;
use super::failure::{Failure, FailureClass};
use super::target::OpenTarget;
use crate::publish::{Guard, Lock, PublishError, Swap};

/// How long a lock holds that nobody renews.
const HOLDS: TimeDelta = TimeDelta::minutes(5);
/// Time between two renewals: several must fail before the lock is lost.
const RENEWED_EVERY: Duration = Duration::from_mins(1);
/// Time between two looks at a lock that another run holds.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(5);

/// A lock that is renewed until it is released.
#[derive(Debug)]
pub(super) struct Held {
    context: RunContext,
    job: String,
    /// When others may take it, and why it is lost if it is.
    state: watch::Receiver<State>,
    ask: mpsc::Sender<Question>,
    heart: JoinHandle<Lock>,
}

#[derive(Debug, Clone)]
struct State {
    expires_at: DateTime<Utc>,
    lost: Option<Lost>,
}

/// Why a lock is lost.
#[derive(Debug, Clone)]
enum Lost {
    /// It went to that run, or was removed.
    Taken(Option<String>),
    /// It could not be renewed in time.
    Expired(Option<String>),
}

impl Lost {
    fn error(self, job: &str) -> PublishError {
        let job = job.to_owned();
        match self {
            Self::Taken(to) => PublishError::LockLost { job, to },
            Self::Expired(reason) => PublishError::LockExpired { job, reason },
        }
    }
}

/// What the heart is asked.
type Question = oneshot::Sender<Result<(), PublishError>>;

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
    wait: Duration,
    stop: impl Future<Output = FailureClass>,
) -> Result<Held, Failure> {
    tokio::pin!(stop);
    let mut told = false;
    let lock = loop {
        let expires_at = context.now() + HOLDS;
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
            () = tokio::time::sleep(left.min(LOOKED_AT_EVERY)) => {}
            class = &mut stop => return Err(super::execute::stopped(class)),
        }
    };
    let state = State { expires_at: lock.expires_at(), lost: None };
    let (tell, state) = watch::channel(state);
    let (ask, asked) = mpsc::channel(1);
    let heart = Heart { lock, swap: target.swap(), context: context.clone(), tell };
    let heart = tokio::spawn(heart.beat(asked));
    Ok(Held { context: context.clone(), job: job.to_owned(), state, ask, heart })
}

/// Renews the lock in the background.
struct Heart {
    lock: Lock,
    swap: Swap,
    context: RunContext,
    tell: watch::Sender<State>,
}

impl Heart {
    /// Beats until nobody can ask any more or the lock is lost, and gives the lock back.
    async fn beat(mut self, mut asked: mpsc::Receiver<Question>) -> Lock {
        loop {
            let question = tokio::select! {
                () = tokio::time::sleep(RENEWED_EVERY) => None,
                question = asked.recv() => match question {
                    Some(question) => Some(question),
                    None => return self.lock,
                },
            };
            // A renewal under way is not cut off.
            let renewed = self.renew(if question.is_some() { ATTEMPTS } else { 1 }).await;
            let is_lost = self.tell.borrow().lost.is_some();
            if let Some(question) = question {
                // Whoever asked may have gone.
                let _ = question.send(renewed);
            }
            if is_lost {
                return self.lock;
            }
        }
    }

    async fn renew(&mut self, attempts: u32) -> Result<(), PublishError> {
        let mut left = attempts;
        loop {
            left -= 1;
            let renewed = self.lock.renew(self.swap, self.context.now() + HOLDS).await;
            let expires_at = self.lock.expires_at();
            let lost = match &renewed {
                Ok(()) => None,
                Err(PublishError::LockLost { to, .. }) => Some(Lost::Taken(to.clone())),
                Err(error) if self.context.now() >= expires_at => {
                    Some(Lost::Expired(Some(error.to_string())))
                }
                Err(error) => {
                    tracing::warn!(run_id = %self.context.run_id, %error, "cannot renew the lock of the job");
                    None
                }
            };
            let is_over = renewed.is_ok() || lost.is_some() || left == 0;
            self.tell.send_replace(State { expires_at, lost });
            if is_over {
                return renewed;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// How often a renewal is tried that somebody waits for.
const ATTEMPTS: u32 = 3;
/// Pause between two such attempts.
const PAUSE: Duration = Duration::from_secs(1);

#[async_trait]
impl Guard for Held {
    async fn renew(&self) -> Result<(), PublishError> {
        self.confirm()?;
        let (question, answer) = oneshot::channel();
        if self.ask.send(question).await.is_ok()
            && let Ok(renewed) = answer.await
        {
            return renewed;
        }
        self.confirm()
    }

    fn confirm(&self) -> Result<(), PublishError> {
        let state = self.state.borrow();
        match &state.lost {
            Some(lost) => Err(lost.clone().error(&self.job)),
            None if self.context.now() >= state.expires_at => Err(Lost::Expired(None).error(&self.job)),
            None => Ok(()),
        }
    }
}

impl Held {
    /// Waits until the lock is lost, and says why.
    pub(super) async fn lost(&self) -> PublishError {
        let mut state = self.state.clone();
        loop {
            let lost = state.borrow_and_update().lost.clone();
            if let Some(lost) = lost {
                return lost.error(&self.job);
            }
            if state.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Gives the lock back. That this fails changes nothing about the run: the lock expires.
    pub(super) async fn release(self) {
        let Self { ask, heart, .. } = self;
        drop(ask);
        let released = match heart.await {
            Ok(lock) => lock.release().await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = released {
            tracing::warn!("cannot release the lock of the job: {error}");
        }
    }
}
