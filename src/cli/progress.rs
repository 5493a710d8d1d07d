//! Progress of a run: a display on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::args::{GlobalArgs, OutputForm};
use crate::domain::Status;
use crate::run::Observer;
use crate::run::result::StepResult;

/// Without a terminal a line appears at least this often, so that a scheduler sees life.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Chooses the display: a spinner where people watch, log lines where machines do.
pub(super) fn observer(args: &GlobalArgs) -> Box<dyn Observer> {
    if std::io::stderr().is_terminal() && args.log_format == OutputForm::Text {
        Box::new(Terminal::default())
    } else {
        Box::new(Lines::default())
    }
}

/// A spinner with the current step, and a line for each finished one.
#[derive(Default)]
struct Terminal {
    bar: Mutex<Option<ProgressBar>>,
}

impl Observer for Terminal {
    fn started(&self, index: usize, total: usize, step: &StepResult) {
        let style = ProgressStyle::with_template("{spinner} [{prefix}] {msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style).with_prefix(format!("{index}/{total}"));
        bar.set_message(step.step.clone());
        bar.enable_steady_tick(Duration::from_millis(120));
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
    }

    fn finished(&self, index: usize, total: usize, step: &StepResult) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let mark = match step.status {
                Status::Success | Status::Pass => "ok",
                Status::Warn => "warning",
                Status::Error | Status::Fail | Status::Skipped => "failed",
            };
            bar.println(format!("[{index}/{total}] {} {mark} {}", step.step, describe(step)));
            bar.finish_and_clear();
        }
    }
}

/// Log lines, with a heartbeat while a step is long.
#[derive(Default)]
struct Lines {
    heartbeat: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Observer for Lines {
    fn started(&self, index: usize, total: usize, step: &StepResult) {
        tracing::info!(step = %step.step, "[{index}/{total}] started");
        let name = step.step.clone();
        let beat = tokio::spawn(async move {
            let mut seconds = 0;
            loop {
                tokio::time::sleep(HEARTBEAT).await;
                seconds += HEARTBEAT.as_secs();
                tracing::info!(step = %name, "still running after {seconds} s");
            }
        });
        *self.heartbeat.lock().unwrap_or_else(PoisonError::into_inner) = Some(beat);
    }

    fn finished(&self, index: usize, total: usize, step: &StepResult) {
        if let Some(beat) = self.heartbeat.lock().unwrap_or_else(PoisonError::into_inner).take() {
            beat.abort();
        }
        let line = format!("[{index}/{total}] {}", describe(step));
        match step.status {
            Status::Success | Status::Pass => tracing::info!(step = %step.step, "{line}"),
            Status::Warn => tracing::warn!(step = %step.step, "{line}"),
            Status::Error | Status::Fail | Status::Skipped => {
                tracing::error!(step = %step.step, "{line}");
            }
        }
    }
}

fn describe(step: &StepResult) -> String {
    let rows = step.rows.map_or(String::new(), |rows| format!("{rows} rows, "));
    let message = step.message.as_ref().map_or(String::new(), |message| format!(": {message}"));
    format!("{rows}{:.2} s{message}", step.seconds)
}
