//! How often drivers without any effect are reported as one, in worlds where everything moves slowly.
//!
//! `cargo run --release --features bench --bin bench-placebos -- [RUNS] [SEED]`; prints a Markdown table for `docs/accuracy.md`.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::error::Error;
use std::time::Instant;

use trichter::features::OutcomeKind;
use trichter::models::ModelSettings;
use trichter::models::size::{NullWorld, false_positives};

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let (runs, seed) = (numbers.next().unwrap_or(1000), numbers.next().unwrap_or(2026));
    let settings = ModelSettings { seed, ..ModelSettings::default() };
    let plain = NullWorld {
        outcome: OutcomeKind::Amount,
        periods: 104,
        rows_per_period: 7,
        drivers: 4,
        common: 0.0,
        controls: false,
        driver_autocorrelation: 0.7,
        noise_autocorrelation: 0.7,
        shared: 0.5,
    };
    let slow = NullWorld { driver_autocorrelation: 0.9, noise_autocorrelation: 0.9, ..plain };
    let worlds = [
        (
            "no autocorrelation",
            NullWorld { driver_autocorrelation: 0.0, noise_autocorrelation: 0.0, ..plain },
        ),
        ("autocorrelation .7", plain),
        ("autocorrelation .9", slow),
        (".7, drivers half in common", NullWorld { common: 0.5, ..plain }),
        (".7, trend and season", NullWorld { controls: true, ..plain }),
        (".9, trend and season", NullWorld { controls: true, ..slow }),
        (".7, yes/no", NullWorld { outcome: OutcomeKind::YesNo, rows_per_period: 30, ..plain }),
    ];
    println!("{runs} models of 4 drivers each per world, seed {seed}, 104 weeks\n");
    println!("| world | reported as an effect | interval excludes zero | placebos beaten |");
    println!("| --- | --- | --- | --- |");
    let began = Instant::now();
    for (name, world) in worlds {
        let found = false_positives(&world, runs, &settings)?;
        let rate = |count: u64| 100.0 * count as f64 / found.tests as f64;
        println!(
            "| {name} | {:.1} % | {:.1} % | {:.1} % |",
            rate(found.findings),
            rate(found.intervals),
            rate(found.placebos)
        );
    }
    println!("\n{:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}
