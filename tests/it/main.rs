//! The one integration binary: runs the real program on real files.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "helpers of tests end the test when the world is not as expected"
)]

mod again;
mod bad_input;
mod bytes;
mod checks;
mod connect;
mod cookbook;
mod delta;
mod demo;
mod errors;
mod examples;
mod explain;
mod graph;
mod incremental;
mod init;
mod language;
mod lock;
mod previous;
mod project;
mod s3;
mod scenario;
mod secrets;
mod steering;
mod stop;
mod store;
mod windows;
