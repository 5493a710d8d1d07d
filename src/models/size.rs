//! How often a driver without any effect is reported as one: the size of the whole procedure.
//!
//! Drivers and outcome are simulated as independent series that both move slowly, the case in which
//! ordinary tests fail. Public so that a command can run it at scale and publish the rates.

use chrono::{Days, NaiveDate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::domain::{Estimate, LocalText, Party, Role};
use crate::features::{
    Block, ColumnPart, DesignColumn, DriverValues, FrameDriver, FrameError, ModelFrame, OutcomeKind,
    RowBlocks,
};

use super::explain::LARGEST_P;
use super::result::Finding;
use super::{ModelError, ModelSettings, fit_outcome};

/// A world without effects. Drivers have one value per period, like weather or a market index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NullWorld {
    /// Kind of outcome.
    pub outcome: OutcomeKind,
    /// Number of weekly periods.
    pub periods: usize,
    /// Rows in each of them.
    pub rows_per_period: usize,
    /// Number of drivers.
    pub drivers: usize,
    /// Part of the drivers' variance that they have in common, 0 to 1.
    pub common: f64,
    /// Whether trend and yearly season are always in the model.
    pub controls: bool,
    /// Autocorrelation of the drivers from period to period, in [0, 1).
    pub driver_autocorrelation: f64,
    /// Autocorrelation of the shock that all rows of a period share, in [0, 1).
    pub noise_autocorrelation: f64,
    /// Part of the noise's variance that is the shared shock, 0 to 1; for yes/no on the log-odds.
    pub shared: f64,
}

/// How often drivers without effect passed, as counts of drivers over all runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FalsePositives {
    /// Drivers tested.
    pub tests: u64,
    /// Reported as an effect: the interval excludes zero and the placebos are beaten.
    pub findings: u64,
    /// The interval excludes zero.
    pub intervals: u64,
    /// The placebos are beaten.
    pub placebos: u64,
}

/// Simulates and fits `runs` worlds, in parallel on the current rayon pool, and counts.
///
/// Run r draws from stream r of the settings' seed, so more runs repeat the earlier ones.
///
/// # Errors
///
/// Never in practice: the rows are in memory.
pub fn false_positives(
    world: &NullWorld,
    runs: u64,
    settings: &ModelSettings,
) -> Result<FalsePositives, ModelError> {
    let counts: Result<Vec<FalsePositives>, ModelError> = (0..runs)
        .into_par_iter()
        .map(|run| {
            let result = fit_outcome(&world.frame(settings.seed, run), settings)?;
            let mut counts = FalsePositives::default();
            for row in &result.effects {
                counts.tests += 1;
                counts.findings += u64::from(row.finding == Finding::Effect);
                counts.intervals += u64::from(row.effect.as_ref().is_some_and(Estimate::excludes_zero));
                counts.placebos += u64::from(row.placebo_p_value.is_some_and(|p| p <= LARGEST_P));
            }
            Ok(counts)
        })
        .collect();
    Ok(counts?.into_iter().fold(FalsePositives::default(), |sum, counts| FalsePositives {
        tests: sum.tests + counts.tests,
        findings: sum.findings + counts.findings,
        intervals: sum.intervals + counts.intervals,
        placebos: sum.placebos + counts.placebos,
    }))
}

struct OneBlock(Block);

impl RowBlocks for OneBlock {
    fn len(&self) -> usize {
        1
    }

    fn read(&self, _index: usize) -> Result<Block, FrameError> {
        Ok(self.0.clone())
    }
}

impl NullWorld {
    fn frame(&self, seed: u64, run: u64) -> ModelFrame {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(run);
        let rows = self.periods * self.rows_per_period;
        let mut series = if self.controls { controls(self.periods) } else { Vec::new() };
        let control_columns = series.len();
        let common = autoregressive(&mut rng, self.periods, self.driver_autocorrelation);
        for _ in 0..self.drivers {
            let own = autoregressive(&mut rng, self.periods, self.driver_autocorrelation);
            let mixed = common
                .iter()
                .zip(&own)
                .map(|(common, own)| self.common.sqrt() * common + (1.0 - self.common).sqrt() * own);
            series.push(mixed.collect());
        }
        let shock = autoregressive(&mut rng, self.periods, self.noise_autocorrelation);
        let mut block = Block { rows, ..Block::default() };
        for values in &series {
            block.x.extend((0..rows).map(|row| values[row / self.rows_per_period]));
        }
        for row in 0..rows {
            let shared = self.shared.sqrt() * shock[row / self.rows_per_period];
            block.y.push(match self.outcome {
                OutcomeKind::Amount => shared + (1.0 - self.shared).sqrt() * normal(&mut rng),
                OutcomeKind::YesNo => {
                    f64::from(u8::from(rng.random::<f64>() * (1.0 + (-shared).exp()) < 1.0))
                }
            });
            block.period.push(u32::try_from(row / self.rows_per_period).unwrap_or(u32::MAX));
        }
        ModelFrame {
            model: "null_world".into(),
            outcome: self.outcome,
            periods: (0..self.periods as u64)
                .map(|period| NaiveDate::default() + Days::new(7 * period))
                .collect(),
            season_before: vec![None; self.periods],
            known_before: (0..self.periods).collect(),
            rows_per_period: vec![self.rows_per_period as u64; self.periods],
            columns: (0..series.len())
                .map(|column| DesignColumn {
                    name: format!("column_{column}"),
                    part: column
                        .checked_sub(control_columns)
                        .map_or(ColumnPart::Control, |driver| ColumnPart::Value { driver }),
                })
                .collect(),
            drivers: (0..self.drivers).map(null_driver).collect(),
            rows: rows as u64,
            left_out: Vec::new(),
            blocks: Box::new(OneBlock(block)),
        }
    }
}

/// A trend and the first two harmonics of 52 periods.
fn controls(periods: usize) -> Vec<Vec<f64>> {
    let wave = |harmonic: f64, shift: f64| -> Vec<f64> {
        let angle = |period: usize| std::f64::consts::TAU * harmonic * period as f64 / 52.0 + shift;
        (0..periods).map(|period| angle(period).sin()).collect()
    };
    let quarter = std::f64::consts::FRAC_PI_2;
    let trend = (0..periods).map(|period| period as f64).collect();
    vec![trend, wave(1.0, 0.0), wave(1.0, quarter), wave(2.0, 0.0), wave(2.0, quarter)]
}

fn null_driver(index: usize) -> FrameDriver {
    let name = format!("driver_{index}");
    FrameDriver {
        label: LocalText::same(&name),
        group: name.clone(),
        name,
        party: Party::Third,
        about: None,
        role: Role::Precision,
        unit: None,
        values: DriverValues::Numeric {
            mean: 0.0,
            standard_deviation: 1.0,
            per: 1.0,
            min: f64::MIN,
            max: f64::MAX,
            missing: 0,
        },
    }
}

/// A standard normal draw (Box and Muller 1958).
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// A series with this autocorrelation of order one and standard deviation 1.
pub(crate) fn autoregressive(rng: &mut ChaCha8Rng, length: usize, rho: f64) -> Vec<f64> {
    let mut value = normal(rng);
    (0..length)
        .map(|_| {
            value = rho * value + (1.0 - rho * rho).sqrt() * normal(rng);
            value
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_drivers_without_effect_are_reported() {
        let world = NullWorld {
            outcome: OutcomeKind::Amount,
            periods: 104,
            rows_per_period: 2,
            drivers: 3,
            common: 0.3,
            controls: true,
            driver_autocorrelation: 0.7,
            noise_autocorrelation: 0.7,
            shared: 0.5,
        };
        let found = false_positives(&world, 40, &ModelSettings::default()).unwrap();
        assert_eq!(found.tests, 120);
        // 5 % of 120 is 6; 14 would be exceeded in fewer than one of a thousand such tests.
        assert!(found.findings <= 14, "{found:?}");
        assert!(found.findings <= found.intervals.min(found.placebos));
    }
}
