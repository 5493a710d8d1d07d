//! From the command line to an exit code.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Cli, Command};
use super::{command, logging, output};
use crate::run::{Failure, FailureClass};

/// Runs the command line of this process and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(reason) = logging::install(&cli.global) {
        let failure = Failure::new(FailureClass::Job, format!("`--log` cannot be read: {reason}"))
            .with_help("write a level such as `debug`, or `trichter=debug,object_store=info`");
        return output::failed(&failure);
    }
    let done = match &cli.command {
        Command::Check(args) => command::check(&cli.global, args),
        Command::Test(args) => command::test(&cli.global, args),
        Command::Ls(args) => command::ls(&cli.global, args),
        Command::Run(args) => command::run(&cli.global, args),
        Command::Plan(args) => command::plan(&cli.global, args),
        Command::Backfill(args) => command::backfill(&cli.global, args),
        Command::Retry(args) => command::retry(&cli.global, args),
        Command::Scenario(args) => command::scenario(&cli.global, args),
        Command::Demo(args) => command::demo(&cli.global, args),
        Command::Init(args) => command::init(&cli.global, args),
        Command::Graph(args) => command::graph(&cli.global, args),
        Command::Show(args) => command::show(&cli.global, args),
        Command::Explain(args) => command::explain(&cli.global, args),
        Command::Vacuum(args) => command::vacuum(&cli.global, args),
        Command::Schema(args) => command::schema(args),
        Command::Completions { shell } => command::completions(*shell),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => output::failed(&failure),
    }
}
