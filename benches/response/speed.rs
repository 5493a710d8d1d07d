//! Seconds and peak memory of one model with everything that a run does to it.

use std::time::Instant;

use trichter::features::PanelInteractions;
use trichter::models::accuracy::World;
use trichter::models::{ModelSettings, fit_response};

/// Fits one world and prints `units,periods,channels,rows,seconds,peak_mib`.
///
/// Joint effects of all channels with each other and with demand are looked for as well.
pub(crate) fn speed(units: u64, periods: u64, channels: u64) {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let world = World {
        units: size(units),
        periods: size(periods),
        channels: size(channels),
        noise: 0.06,
        memory: 0.3,
        shared: 0.2,
        confounding: 0.5,
        correlation: 0.2,
        heterogeneity: 0.2,
        media_share: 0.25,
        misspecified: false,
        ..World::draw(7)
    };
    let (mut frame, _) = world.live();
    frame.interactions =
        Some(PanelInteractions { channels: true, drivers: vec![0], false_discovery_rate: 0.1 });
    let begin = Instant::now();
    let result = fit_response(&frame, &ModelSettings::default());
    let seconds = begin.elapsed().as_secs_f64();
    let memory = peak_mib().map_or_else(String::new, |mib| format!("{mib:.0}"));
    println!("{units},{periods},{channels},{},{seconds:.2},{memory}", frame.rows());
    assert!(!result.channels.is_empty());
}

/// Peak resident memory of this process; `None` where the system does not say.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}
