//! Log lines on standard error. The only place that installs a subscriber.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use super::args::{GlobalArgs, OutputForm};
use crate::config::redact;

/// Libraries whose errors come back as ours, and whose other lines nobody asked for unless `--log` names them.
const QUIET: [&str; 2] = ["buoyant_kernel", "deltalake_core"];

/// Installs the subscriber that the flags ask for.
///
/// # Errors
///
/// When the filter of `--log` cannot be read; the message says why.
pub(super) fn install(args: &GlobalArgs) -> Result<(), String> {
    let mut filter = EnvFilter::try_new(&args.log).map_err(|error| error.to_string())?;
    for library in QUIET.iter().filter(|library| !args.log.contains(*library)) {
        filter = filter
            .add_directive(format!("{library}=off").parse().map_err(|error: ParseError| error.to_string())?);
    }
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Redacted(io::stderr()));
    match args.log_format {
        OutputForm::Json => builder.json().flatten_event(true).init(),
        OutputForm::Text => {
            builder.with_ansi(io::stderr().is_terminal()).with_target(false).compact().init();
        }
    }
    Ok(())
}

/// Writes log lines without the secrets in them. A line comes in one piece.
struct Redacted<W>(W);

impl<W: Write> Write for Redacted<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(redact(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
