//! What a run decides about a fit: seed, interval level, number of placebos.
//!
//! Nothing here is read from a clock, the environment or a file: the same settings and the same rows
//! give the same bytes.

/// Settings of one fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelSettings {
    /// Seed of everything drawn: sampled rows, placebo shifts, resamples.
    pub seed: u64,
    /// Nominal coverage of intervals, in (0, 1).
    pub interval_level: f64,
    /// Most circular shifts that a driver group is compared with; fewer when there are fewer periods.
    pub placebos: u32,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self { seed: 0, interval_level: 0.9, placebos: 99 }
    }
}
