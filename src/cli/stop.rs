//! Signals that stop a run: from the keyboard, or from the scheduler.

use std::future::Future;

use crate::run::FailureClass;

/// Listens from now on, and waits until the process is asked to stop; says by whom. Needs a runtime.
#[cfg(unix)]
pub(super) fn asked() -> impl Future<Output = FailureClass> {
    use tokio::signal::unix::{SignalKind, signal};
    // A signal that comes before anybody waits is not lost, and does not end the process in the middle of something.
    let interrupt = signal(SignalKind::interrupt());
    let terminate = signal(SignalKind::terminate());
    let heard = |listener: std::io::Result<tokio::signal::unix::Signal>| async move {
        match listener {
            Ok(mut listener) => {
                listener.recv().await;
            }
            // Without a handler the system's own one ends the process.
            Err(_) => std::future::pending().await,
        }
    };
    async move {
        tokio::select! {
            () = heard(interrupt) => FailureClass::Interrupted,
            () = heard(terminate) => FailureClass::Terminated,
        }
    }
}

/// Waits until the process is asked to stop from the keyboard.
#[cfg(not(unix))]
pub(super) async fn asked() -> FailureClass {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the system's own one ends the process.
        std::future::pending::<()>().await;
    }
    FailureClass::Interrupted
}
