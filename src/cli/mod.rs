//! The command line: arguments, one file per command, rendering, exit codes.
//!
//! The only room that writes to the terminal, installs signal handlers and reads flags.

mod args;
mod command;
mod entry;
mod json_rows;
mod logging;
mod output;
mod progress;
mod scheduler;
mod stop;

pub use entry::main;
