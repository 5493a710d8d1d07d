//! The plan: of all durations and changes of spend the one that risks least and is likely to show the effect.

use super::noise::{FEWEST_WINDOWS, Noise, Past};
use super::power::{Sharpness, WANTED_POWER};
use super::question::{TestOptions, TestPlanError, TestQuestion};
use super::split::{Split, TestDesign};

/// Costs and powers that differ by less, as a share, differ by rounding.
const ROUNDING: f64 = 1e-9;

/// A test of a channel. Money and outcome are over the whole test and all treated units.
///
/// The test measures: residuals summed over `treated` and over the `periods` of the test, less `comparison_weight` ×
/// the same sum over `comparison`, less `usual`. Residuals are actual outcome less what the model expects at the
/// spend of before. The effect is shown if the 90 % interval about it excludes 0.
#[derive(Debug, Clone, PartialEq)]
pub struct TestPlan {
    /// What the treated units are compared with.
    pub design: TestDesign,
    /// Units whose spend changes, in the order of the question. With less spend these hold out.
    pub treated: Vec<String>,
    /// Units whose spend stays; empty for a test in time.
    pub comparison: Vec<String>,
    /// Units that take no part, for too much of their outcome is missing.
    pub left_out: Vec<String>,
    /// How many periods it lasts.
    pub periods: usize,
    /// Change of spend as a share of it: 0.5 for half more, -1 for none at all.
    pub change: f64,
    /// Extra spend in money; negative where it is saved.
    pub spend_change: f64,
    /// Extra outcome that the model expects within the test; negative for less.
    pub expected_effect: f64,
    /// The same with what is felt after the test, by carry-over.
    pub eventual_effect: f64,
    /// Size of the effect, above 0, that is shown with [`WANTED_POWER`].
    pub detectable_effect: f64,
    /// Probability, 0 to 1, that the test shows the expected effect.
    pub power: f64,
    /// Whether no allowed test reaches [`WANTED_POWER`]: this one then has the highest power.
    pub is_underpowered: bool,
    /// What the company is out of pocket if the model is right: extra spend less the worth of `eventual_effect`. For
    /// less spend that is the worth lost less the spend saved. Negative for a gain; `None` without a stated worth.
    pub cost_if_right: Option<f64>,
    /// What it is out of pocket if the channel does nothing: extra spend; negative where it is saved.
    pub cost_if_no_effect: f64,
    /// What choosing the plan kept small: the larger of the two costs, at least 0, since a test is not run to make
    /// money on an effect that is not known. Without a stated worth, the money that is moved, more or less.
    pub risk: f64,
    /// Standard error of what the test measures, in the unit of the outcome.
    pub standard_error: f64,
    /// How often outcome of the comparison is taken off; 0 for a test in time.
    pub comparison_weight: f64,
    /// What the test would measure in usual periods.
    pub usual: f64,
    /// Stretches of the past as long as the test, without overlap, that the standard error rests on.
    pub windows: usize,
    /// Degrees of freedom of Student's t for the interval about what the test measures.
    pub freedom: f64,
}

/// A duration with a change of spend.
#[derive(Debug)]
struct Candidate<'n> {
    noise: &'n Noise,
    periods: usize,
    change: f64,
    spend_change: f64,
    expected_effect: f64,
    eventual_effect: f64,
    detectable_effect: f64,
    power: f64,
    cost_if_right: Option<f64>,
    risk: f64,
}

/// Plans a test.
///
/// Of the allowed durations and changes with at least [`WANTED_POWER`] at the expected effect it takes the one with
/// the smallest `risk`, of equals the shortest, then the weakest. If there is none, the one with the highest power,
/// and says so. Durations of which the past holds fewer than 5 windows are not considered.
///
/// # Errors
///
/// When the question's shapes or numbers are wrong, nothing is spent, the options leave nothing to choose from, or the
/// past is too short or without variation for every duration.
pub fn plan_test(question: &TestQuestion<'_>, options: &TestOptions) -> Result<TestPlan, TestPlanError> {
    question.check()?;
    let changes = options.changes(question.direction)?;
    let durations = options.durations()?;
    let split = Split::of(question);
    let spend: f64 = split.treated.iter().map(|unit| question.spend[*unit]).sum();
    if spend <= 0.0 {
        return Err(TestPlanError::NoSpend);
    }
    let past = Past::new(question.residuals, &split);
    let shortest = *durations.start();
    let found = past.separate_windows(shortest);
    if found < FEWEST_WINDOWS {
        return Err(TestPlanError::ShortHistory { periods: shortest, found, needed: FEWEST_WINDOWS });
    }
    let longest = (*durations.end()).min(past.periods());
    let noises: Vec<(usize, Noise)> =
        (shortest..=longest).filter_map(|periods| Some((periods, past.noise(periods)?))).collect();
    let mut candidates = Vec::new();
    for change in changes {
        let effect = question.effect(&split.treated, change)?;
        let step = Step { change, spend: change * spend, effect };
        candidates.extend(noises.iter().filter_map(|(periods, noise)| step.over(question, *periods, noise)));
    }
    let chosen = choose(&candidates).ok_or(TestPlanError::NoNoise)?;
    Ok(chosen.plan(question.units, &split))
}

/// A change of spend, and what it moves per period in all treated units.
struct Step {
    change: f64,
    spend: f64,
    effect: f64,
}

impl Step {
    /// A test of this change over `periods`; none where its noise says nothing.
    fn over<'n>(
        &self,
        question: &TestQuestion<'_>,
        periods: usize,
        noise: &'n Noise,
    ) -> Option<Candidate<'n>> {
        let sharpness = Sharpness::of(noise)?;
        let expected_effect = self.effect * question.felt_periods(periods);
        let eventual_effect = self.effect * periods as f64;
        let spend_change = self.spend * periods as f64;
        let cost_if_right = question.worth.map(|worth| spend_change - worth * eventual_effect);
        Some(Candidate {
            noise,
            periods,
            change: self.change,
            spend_change,
            expected_effect,
            eventual_effect,
            detectable_effect: sharpness.detectable(),
            power: sharpness.power(expected_effect),
            cost_if_right,
            risk: cost_if_right.map_or(spend_change.abs(), |cost| cost.max(spend_change).max(0.0)),
        })
    }
}

/// The least risk among those with the wanted power, else the highest power; none only of none.
fn choose<'c, 'n>(candidates: &'c [Candidate<'n>]) -> Option<&'c Candidate<'n>> {
    let strong: Vec<&Candidate<'n>> = candidates.iter().filter(|one| one.power >= WANTED_POWER).collect();
    let best = if strong.is_empty() {
        smallest(candidates.iter().collect(), |one| -one.power)
    } else {
        smallest(strong, |one| one.risk)
    };
    best.into_iter().min_by(|one, other| {
        let strength = |candidate: &Candidate<'_>| candidate.change.abs();
        one.periods.cmp(&other.periods).then(strength(one).total_cmp(&strength(other)))
    })
}

/// Those with the smallest value, up to rounding.
fn smallest<'c, 'n>(
    mut candidates: Vec<&'c Candidate<'n>>,
    value: impl Fn(&Candidate<'n>) -> f64,
) -> Vec<&'c Candidate<'n>> {
    let least = candidates.iter().map(|one| value(one)).fold(f64::INFINITY, f64::min);
    candidates.retain(|one| value(one) <= least + ROUNDING * least.abs());
    candidates
}

impl Candidate<'_> {
    fn plan(&self, units: &[String], split: &Split) -> TestPlan {
        let names = |places: &[usize]| places.iter().map(|place| units[*place].clone()).collect();
        TestPlan {
            design: split.design,
            treated: names(&split.treated),
            comparison: names(&split.comparison),
            left_out: names(&split.left_out),
            periods: self.periods,
            change: self.change,
            spend_change: self.spend_change,
            expected_effect: self.expected_effect,
            eventual_effect: self.eventual_effect,
            detectable_effect: self.detectable_effect,
            power: self.power,
            is_underpowered: self.power < WANTED_POWER,
            cost_if_right: self.cost_if_right,
            cost_if_no_effect: self.spend_change,
            risk: self.risk,
            standard_error: self.noise.standard_error,
            comparison_weight: self.noise.weight,
            usual: self.noise.usual,
            windows: self.noise.windows,
            freedom: self.noise.freedom,
        }
    }
}
