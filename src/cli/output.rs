//! Results on standard output, failures on standard error.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use super::scheduler;
use crate::config::diagnostic::Problems;
use crate::config::redact;
use crate::run::{Failure, FailureClass};

/// Writes a text to standard output. A reader that went away, such as `head`, is no error.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(redact(text).as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(FailureClass::Step, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes one JSON object as a line of standard output.
pub(super) fn json(value: &serde_json::Value) -> Result<(), Failure> {
    text(&format!("{value}\n"))
}

/// Shows the problems of a job to people, on standard error, each with the line at fault.
pub(super) fn problems(problems: &Problems) {
    if !problems.is_empty() {
        let mut problems = problems.clone();
        problems.add_texts();
        error_text(&format!("{}\n", problems.render(io::stderr().is_terminal())));
    }
}

/// Shows a failure: its problems with their places if it has any, else what went wrong.
pub(super) fn explain(failure: &Failure) {
    match &failure.problems {
        Some(found) => problems(found),
        None => error_text(&format!("{}\n", failure.plain())),
    }
}

/// Shows a failure, leaves it for the scheduler, and turns it into the exit code.
pub(super) fn failed(failure: &Failure) -> ExitCode {
    explain(failure);
    scheduler::write_termination_log(&failure.plain());
    ExitCode::from(failure.class.exit_code())
}

/// Writes a line to standard error.
pub(super) fn note(text: &str) {
    error_text(text);
}

fn error_text(text: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = io::stderr().lock().write_all(redact(text).as_bytes());
}
