//! What is asked for a test plan, and what makes a question unanswerable.

use std::ops::RangeInclusive;

/// A channel in its units, and what the model thinks of it.
///
/// Every list has one entry per unit, in the order of `units`.
#[derive(Clone, Copy)]
pub struct TestQuestion<'a> {
    /// Names of the units; one empty name for a single series.
    pub units: &'a [String],
    /// Current spend on the channel per period, in money, at least 0.
    pub spend: &'a [f64],
    /// Actual less fitted outcome by unit, then by period without gaps, in the unit of the outcome. All of the same
    /// length; NaN where the outcome is missing.
    ///
    /// Errors of forecasts make the better series where there are any: a model with many parameters fits its own
    /// past more closely than it will fit the test.
    pub residuals: &'a [Vec<f64>],
    /// Extra outcome per period in a unit, by its place, when its spend is multiplied by 1 + change and all carry-over
    /// has set in; negative for less.
    pub expected: &'a dyn Fn(usize, f64) -> f64,
    /// Share of that effect, 0 to 1, that is felt in the first, second, … period of the test. Later periods feel all
    /// of it; empty for a channel without carry-over.
    pub felt: &'a [f64],
    /// Whether the plan wants more or less spend; `None`: either.
    pub direction: Option<Direction>,
    /// What a unit of outcome is worth, in money; `None`: nothing is stated.
    pub worth: Option<f64>,
}

/// Which way spend is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More than now.
    More,
    /// Less than now, down to nothing.
    Less,
}

/// What a test may look like.
#[derive(Debug, Clone, PartialEq)]
pub struct TestOptions {
    /// Periods that it may last, at least 1.
    pub durations: RangeInclusive<usize>,
    /// Changes of spend as shares of it, from -1 (no spend at all), not 0.
    pub changes: Vec<f64>,
}

impl Default for TestOptions {
    /// 2 to 13 periods; half or all of the spend more or less.
    fn default() -> Self {
        Self { durations: 2..=13, changes: vec![0.5, 1.0, -0.5, -1.0] }
    }
}

/// Why there is no test plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TestPlanError {
    /// There is nothing to test in.
    #[error("a test needs at least one unit")]
    NoUnits,
    /// A list does not fit the units.
    #[error("`{what}` has {found} entries for {units} units")]
    Entries {
        /// The list.
        what: &'static str,
        /// Its length.
        found: usize,
        /// Number of units.
        units: usize,
    },
    /// Residuals of different length.
    #[error("residuals of unit `{unit}` cover {found} periods, those of the first unit {periods}")]
    Uneven {
        /// The unit.
        unit: String,
        /// Its periods.
        found: usize,
        /// Periods of the first unit.
        periods: usize,
    },
    /// Spend that is not an amount of money.
    #[error("spend of unit `{unit}` must be a number of at least 0, got {spend}")]
    Spend {
        /// The unit.
        unit: String,
        /// Its spend.
        spend: f64,
    },
    /// Nothing to change by a share.
    #[error("no unit that could be tested spends anything on the channel")]
    NoSpend,
    /// A worth that is not a number.
    #[error("worth of a unit of outcome must be a number, got {0}")]
    Worth(f64),
    /// A share of the effect that is none.
    #[error("share of the effect felt in period {period} of the test must be in [0, 1], got {share}")]
    Felt {
        /// Period of the test, from 1.
        period: usize,
        /// The share.
        share: f64,
    },
    /// An impossible change.
    #[error("change of spend must be a number of at least -1 and not 0, got {0}")]
    Change(f64),
    /// No change is left.
    #[error("no change of spend is allowed in the wanted direction")]
    NoChange,
    /// No duration is left.
    #[error("a test lasts at least 1 period, allowed are {first} to {last}")]
    NoDuration {
        /// Shortest that is allowed.
        first: usize,
        /// Longest that is allowed.
        last: usize,
    },
    /// The model does not say what to expect.
    #[error("expected effect in unit `{unit}` at a change of {change} must be a number, got {effect}")]
    Effect {
        /// The unit.
        unit: String,
        /// The change.
        change: f64,
        /// What was said.
        effect: f64,
    },
    /// Too little past to know the noise.
    #[error("history holds {found} complete windows of {periods} periods, at least {needed} are needed")]
    ShortHistory {
        /// The shortest duration.
        periods: usize,
        /// Windows of it that do not overlap.
        found: usize,
        /// Fewest that are enough.
        needed: usize,
    },
    /// The past has no noise, which no company's has.
    #[error("residuals do not vary, so nothing can be said about their noise")]
    NoNoise,
}

impl TestQuestion<'_> {
    /// Checks shapes and numbers.
    pub(super) fn check(&self) -> Result<(), TestPlanError> {
        let units = self.units.len();
        let lists = [("spend", self.spend.len()), ("residuals", self.residuals.len())];
        if let Some((what, found)) = lists.into_iter().find(|(_, found)| *found != units) {
            return Err(TestPlanError::Entries { what, found, units });
        }
        let Some(first) = self.residuals.first() else { return Err(TestPlanError::NoUnits) };
        for (unit, (residuals, spend)) in self.units.iter().zip(self.residuals.iter().zip(self.spend)) {
            if residuals.len() != first.len() {
                let (found, periods) = (residuals.len(), first.len());
                return Err(TestPlanError::Uneven { unit: unit.clone(), found, periods });
            }
            if !(spend.is_finite() && *spend >= 0.0) {
                return Err(TestPlanError::Spend { unit: unit.clone(), spend: *spend });
            }
        }
        if let Some(place) = self.felt.iter().position(|share| !(0.0..=1.0).contains(share)) {
            return Err(TestPlanError::Felt { period: place + 1, share: self.felt[place] });
        }
        match self.worth {
            Some(worth) if !worth.is_finite() => Err(TestPlanError::Worth(worth)),
            _ => Ok(()),
        }
    }

    /// The model's expectation per period over `units`, by place.
    pub(super) fn effect(&self, units: &[usize], change: f64) -> Result<f64, TestPlanError> {
        let mut sum = 0.0;
        for &unit in units {
            let effect = (self.expected)(unit, change);
            if !effect.is_finite() {
                return Err(TestPlanError::Effect { unit: self.units[unit].clone(), change, effect });
            }
            sum += effect;
        }
        Ok(sum)
    }

    /// How many periods of the full effect a test of `periods` sees.
    pub(super) fn felt_periods(&self, periods: usize) -> f64 {
        let building_up = &self.felt[..self.felt.len().min(periods)];
        building_up.iter().sum::<f64>() + (periods - building_up.len()) as f64
    }
}

impl TestOptions {
    /// The changes in the wanted direction, in the order of the options.
    pub(super) fn changes(&self, direction: Option<Direction>) -> Result<Vec<f64>, TestPlanError> {
        let possible = |change: f64| change.is_finite() && change >= -1.0 && change != 0.0;
        if let Some(change) = self.changes.iter().find(|change| !possible(**change)) {
            return Err(TestPlanError::Change(*change));
        }
        let wanted = |change: f64| direction.is_none_or(|to| (to == Direction::More) == (change > 0.0));
        let changes: Vec<f64> = self.changes.iter().copied().filter(|change| wanted(*change)).collect();
        if changes.is_empty() { Err(TestPlanError::NoChange) } else { Ok(changes) }
    }

    /// The durations, shortest first.
    pub(super) fn durations(&self) -> Result<RangeInclusive<usize>, TestPlanError> {
        let (first, last) = (*self.durations.start(), *self.durations.end());
        if first == 0 || first > last {
            return Err(TestPlanError::NoDuration { first, last });
        }
        Ok(self.durations.clone())
    }
}
