//! `trichter completions`.

use clap::CommandFactory;

use crate::cli::args::Cli;
use crate::cli::output;
use crate::run::Failure;

/// Prints the completion script for `shell`.
pub(in crate::cli) fn completions(shell: clap_complete::Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "trichter", &mut script);
    output::text(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
