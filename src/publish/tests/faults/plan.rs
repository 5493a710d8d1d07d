//! Which request goes wrong, and how.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// A way in which a request goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is refused and not carried out.
    Error,
    /// It is not carried out, and no answer comes.
    Timeout,
    /// It is carried out, but the answer gets lost.
    LostAnswer,
    /// The process is killed before it: neither this request nor a later one is carried out.
    KilledBefore,
    /// The process is killed after it.
    KilledAfter,
}

impl Kind {
    /// What can happen to a call of a store. A timeout is an error there.
    pub(super) const OF_STORES: [Self; 4] =
        [Self::Error, Self::LostAnswer, Self::KilledBefore, Self::KilledAfter];
    /// What can happen to a request of HTTP.
    pub(super) const OF_SERVERS: [Self; 5] =
        [Self::Error, Self::Timeout, Self::LostAnswer, Self::KilledBefore, Self::KilledAfter];
}

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// All is well.
    Done,
    /// An error instead of it.
    Refused,
    /// Nothing, for ever.
    Ignored,
    /// It is done, and an error is answered.
    DoneUnheard,
    /// It is done, then nothing.
    Last,
}

/// Counts requests and says what becomes of each.
#[derive(Debug, Default)]
pub(super) struct Faults {
    plan: Mutex<Option<(Kind, usize)>>,
    seen: AtomicUsize,
    dead: AtomicBool,
    under_way: AtomicUsize,
    died: Notify,
}

impl Faults {
    /// Lets everything be well from now on.
    pub(super) fn count_only(&self) {
        self.start(None);
    }

    /// Lets the request number `at` from now on, counted from 1, go wrong.
    pub(super) fn set(&self, kind: Kind, at: usize) {
        self.start(Some((kind, at)));
    }

    fn start(&self, plan: Option<(Kind, usize)>) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
        self.seen.store(0, Ordering::SeqCst);
        self.dead.store(false, Ordering::SeqCst);
    }

    /// Requests since the last plan.
    pub(super) fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }

    /// What becomes of the next request.
    pub(super) fn next(&self) -> Fate {
        let number = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        if self.dead.load(Ordering::SeqCst) {
            return Fate::Ignored;
        }
        let plan = *self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        match plan {
            Some((kind, at)) if at == number => match kind {
                Kind::Error => Fate::Refused,
                Kind::Timeout => Fate::Ignored,
                Kind::LostAnswer => Fate::DoneUnheard,
                Kind::KilledBefore => {
                    self.die();
                    Fate::Ignored
                }
                Kind::KilledAfter => {
                    self.dead.store(true, Ordering::SeqCst);
                    Fate::Last
                }
            },
            _ => Fate::Done,
        }
    }

    /// The process is gone.
    pub(super) fn die(&self) {
        self.dead.store(true, Ordering::SeqCst);
        self.died.notify_one();
    }

    /// Waits until the process is gone.
    pub(super) async fn died(&self) {
        self.died.notified().await;
    }

    /// Marks a request as being carried out, until the mark is dropped.
    pub(super) fn under_way(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        UnderWay(self)
    }

    /// Waits until no request is being carried out.
    pub(super) async fn settle(&self) {
        while self.under_way.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// A request that is being carried out.
pub(super) struct UnderWay<'a>(&'a Faults);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}
