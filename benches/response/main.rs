//! Response models held to known truth: `cargo run --release --features bench --bin bench-response -- WHAT …`.

#![allow(clippy::print_stdout, reason = "the figures are what the program is for")]
#![allow(clippy::print_stderr, reason = "progress of long work")]

mod export;
mod interactions;
mod speed;
mod worlds;

use std::process::ExitCode;

const USAGE: &str = "usage:
  bench-response worlds FROM TO                 returns beside plain ridge, worlds by number
  bench-response interactions FROM TO           how often joint effects are claimed, by size
  bench-response speed UNITS PERIODS CHANNELS   seconds and peak memory of one model
  bench-response export SEED FOLDER             a world's data, its truth and what is found, for other programs
  bench-response export SEED FOLDER UNITS PERIODS CHANNELS";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["worlds", range @ ..] => numbers(range).map(|[from, to]| worlds::worlds(from, to)),
        ["interactions", range @ ..] => numbers(range).map(|[from, to]| interactions::interactions(from, to)),
        ["speed", size @ ..] => numbers(size).map(|[units, periods, channels]| {
            speed::speed(units, periods, channels);
        }),
        ["export", seed, folder, size @ ..] => numbers(&[*seed]).and_then(|[seed]| {
            let size = if size.is_empty() { None } else { Some(numbers(size)?) };
            export::export(seed, size, folder.as_ref())
                .map_err(|error| eprintln!("cannot write to {folder}: {error}"))
                .ok()
        }),
        _ => None,
    };
    if done.is_some() {
        return ExitCode::SUCCESS;
    }
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

/// Exactly `N` numbers.
fn numbers<const N: usize>(words: &[&str]) -> Option<[u64; N]> {
    let numbers: Vec<u64> = words.iter().map(|word| word.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}
