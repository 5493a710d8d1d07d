//! From one model's driver effects to advice that may be given: at most one piece per driver.
//!
//! Two things are easily confused here. The *effect* stands in `driver_effects` as the model states
//! it; the *expected effect* belongs to what is advised. They differ in sign where a lever should
//! move down, or back from a level to the reference.

use crate::config::job::{Driver, Kpi, OutcomeModel, ResponseModel, Success};
use crate::domain::{Action, Better, Estimate, Interval, LocalText, Role};
use crate::models::result::{
    DriverEffect, DriverImportance, Finding, GateVerdict, OutcomeResult, QualityMetric, ResponseResult,
};

/// What advice rests on: a fitted model and the KPI that it explains.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Name of the model.
    pub(super) model: &'a str,
    /// What people read.
    pub(super) label: &'a LocalText,
    /// The model's drivers in the job.
    pub(super) drivers: &'a [Driver],
    /// Effects of drivers that the model found.
    pub(super) effects: &'a [DriverEffect],
    /// Their shares of what is explained.
    pub(super) importance: &'a [DriverImportance],
    /// How good the model is.
    pub(super) quality: &'a [QualityMetric],
    /// How far to follow it.
    pub(super) gate: &'a GateVerdict,
    /// What an outcome is counted in; `None` for the probability of success.
    pub(super) unit: Option<&'a str>,
    /// Mean absolute outcome per row, above 0: the rate for yes/no outcomes.
    pub(super) typical: f64,
    /// The KPI; the outcome is taken to move it its own way.
    pub(super) kpi: &'a Kpi,
    /// The model with all that it found.
    pub(super) fitted: Fitted<'a>,
}

/// A model of either kind with its result.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fitted<'a> {
    /// One row per lead, contact, deal or day.
    Outcome(&'a OutcomeModel, &'a OutcomeResult),
    /// One row per unit and period.
    Response(&'a ResponseResult),
}

impl<'a> Subject<'a> {
    /// An outcome model.
    pub(super) fn of_outcome(model: &'a OutcomeModel, result: &'a OutcomeResult, kpi: &'a Kpi) -> Self {
        // A period's outcome is a rate for yes/no models and a sum for amounts.
        let (unit, is_rate) = match &model.success {
            Success::YesNo { .. } => (None, true),
            Success::Amount { unit, .. } => (Some(unit.as_str()), false),
        };
        let periods = result.predictions.iter().map(|period| {
            let rows = period.rows as f64;
            (period.actual.abs() * if is_rate { rows } else { 1.0 }, rows)
        });
        Self {
            model: &model.name,
            label: &model.label,
            drivers: &model.drivers,
            effects: &result.effects,
            importance: &result.importance,
            quality: &result.quality,
            gate: &result.gate,
            unit,
            typical: typical(periods),
            kpi,
            fitted: Fitted::Outcome(model, result),
        }
    }

    /// A response model: its drivers, channels apart.
    pub(super) fn of_response(model: &'a ResponseModel, result: &'a ResponseResult, kpi: &'a Kpi) -> Self {
        let cells = result.predictions.iter().map(|cell| (cell.actual.abs(), 1.0));
        Self {
            model: &model.name,
            label: &model.label,
            drivers: &model.drivers,
            effects: &result.effects,
            importance: &[],
            quality: &result.quality,
            gate: &result.gate,
            unit: Some(&model.outcome_unit),
            typical: typical(cells),
            kpi,
            fitted: Fitted::Response(result),
        }
    }
}

/// Sum of outcomes ÷ rows; 1 when there are no rows or only zeros, which leaves a model's own drivers in their order.
fn typical(cells: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (total, rows) = cells.fold((0.0, 0.0), |(total, rows), cell| (total + cell.0, rows + cell.1));
    let typical = total / rows;
    if typical.is_finite() && typical > 0.0 { typical } else { 1.0 }
}

/// A piece of advice about one driver, before it is ranked and put into words.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    /// What it rests on.
    pub(super) subject: Subject<'a>,
    /// The driver's part of the job.
    pub(super) driver: &'a Driver,
    /// The row of `driver_effects` that the advice rests on.
    pub(super) effect: &'a DriverEffect,
    /// What to do.
    pub(super) action: Action,
    /// What the expected effect is stated for.
    pub(super) cell: Cell,
    /// Effect of what is advised, with the driver moving as `cell` says.
    pub(super) expected: Expected,
}

/// An effect that holds: all figures finite, and both ends on the value's side of zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    pub(super) value: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
    pub(super) level: f64,
}

impl Expected {
    fn of(effect: &DriverEffect) -> Option<Self> {
        let Estimate { value, interval: Interval::Bounds { lower, upper, level } } =
            *effect.effect.as_ref()?
        else {
            return None;
        };
        let is_finite = [value, lower, upper, level].iter().all(|figure| figure.is_finite());
        let is_positive = value > 0.0 && lower > 0.0 && upper > 0.0;
        let is_negative = value < 0.0 && lower < 0.0 && upper < 0.0;
        let holds = effect.finding == Finding::Effect && is_finite && (is_positive || is_negative);
        holds.then_some(Self { value, lower, upper, level })
    }

    /// The effect of the opposite move.
    fn mirrored(self) -> Self {
        Self { value: -self.value, lower: -self.upper, upper: -self.lower, level: self.level }
    }

    /// The same as the house's carrying type.
    pub(super) fn estimate(self) -> Estimate {
        Estimate::with_bounds(self.value, self.lower, self.upper, self.level)
    }
}

/// The change that advice is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// A numeric driver moves by this much.
    Change(f64),
    /// A categorical driver has one level instead of another.
    Level {
        /// The level that the expected effect is stated for.
        level: String,
        /// What it is compared with.
        against: String,
    },
}

impl Cell {
    /// The change of a numeric driver.
    pub(super) fn change(&self) -> Option<f64> {
        match self {
            Self::Change(change) => Some(*change),
            Self::Level { .. } => None,
        }
    }

    /// The level of a categorical driver.
    pub(super) fn level(&self) -> Option<&str> {
        match self {
            Self::Change(_) => None,
            Self::Level { level, .. } => Some(level),
        }
    }
}

/// Finds the advice that one model supports, in the order of the job's drivers.
///
/// An effect holds when the model calls it one *and* its interval is there, finite and free of zero.
pub(super) fn candidates(subject: Subject<'_>) -> Vec<Candidate<'_>> {
    subject.drivers.iter().filter_map(|driver| candidate(subject, driver)).collect()
}

fn candidate<'a>(subject: Subject<'a>, driver: &'a Driver) -> Option<Candidate<'a>> {
    let held: Vec<Held<'a>> =
        subject.effects.iter().filter(|effect| effect.driver == driver.name).filter_map(Held::of).collect();
    let (effect, cell, expected, action) = match held.first()?.effect.role {
        Role::MovedByUs => return None,
        Role::Lever => {
            let (effect, cell, expected) = worth_testing(&held, subject.kpi.better)?;
            (effect, cell, expected, Action::Test)
        }
        Role::Confounder | Role::Precision => {
            let most = strongest(&held, f64::abs)?;
            (most.effect, most.cell()?, most.expected, Action::Watch)
        }
    };
    Some(Candidate { subject, driver, effect, action, cell, expected })
}

/// A row of `driver_effects` that holds.
#[derive(Debug, Clone, Copy)]
struct Held<'a> {
    effect: &'a DriverEffect,
    expected: Expected,
}

impl<'a> Held<'a> {
    fn of(effect: &'a DriverEffect) -> Option<Self> {
        Expected::of(effect).map(|expected| Self { effect, expected })
    }

    fn cell(&self) -> Option<Cell> {
        match (&self.effect.level, &self.effect.reference, self.effect.change) {
            (Some(level), Some(reference), _) => {
                Some(Cell::Level { level: level.clone(), against: reference.clone() })
            }
            (None, _, Some(change)) if change.is_finite() && change != 0.0 => Some(Cell::Change(change)),
            _ => None,
        }
    }
}

/// The effect with the largest `size`; of equal ones the first.
fn strongest<'a>(held: &[Held<'a>], size: impl Fn(f64) -> f64) -> Option<Held<'a>> {
    held.iter()
        .copied()
        .reduce(|best, next| if size(next.expected.value) > size(best.expected.value) { next } else { best })
}

/// What to test about a lever: the move that is good for the KPI.
///
/// A numeric lever moves in the good direction. Of a categorical one the best level is tried instead
/// of the reference; where no level beats the reference, the reference instead of the worst level.
fn worth_testing<'a>(held: &[Held<'a>], better: Better) -> Option<(&'a DriverEffect, Cell, Expected)> {
    let good = match better {
        Better::Higher => 1.0,
        Better::Lower => -1.0,
    };
    let best = strongest(held, |value| good * value)?;
    if good * best.expected.value > 0.0 {
        return Some((best.effect, best.cell()?, best.expected));
    }
    let worst = strongest(held, |value| -good * value)?;
    let cell = match worst.cell()? {
        Cell::Change(change) => Cell::Change(-change),
        Cell::Level { level, against } => Cell::Level { level: against, against: level },
    };
    Some((worst.effect, cell, worst.expected.mirrored()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::job::Job;
    use crate::domain::Party;
    use crate::steering::fixtures;

    type Advice = (String, Action, Cell, f64);

    fn advice(job: &Job, result: &OutcomeResult, better: Better) -> Vec<Advice> {
        let subject = fixtures::subject(job, result);
        let kpi = Kpi { better, ..subject.kpi.clone() };
        candidates(Subject { kpi: &kpi, ..subject })
            .into_iter()
            .map(|found| (found.driver.name.clone(), found.action, found.cell, found.expected.value))
            .collect()
    }

    fn level(level: &str, against: &str) -> Cell {
        Cell::Level { level: level.to_owned(), against: against.to_owned() }
    }

    #[test]
    fn conditions_are_watched_with_their_most_telling_level() {
        let found = advice(&fixtures::bike_job(), &fixtures::bike_result(), Better::Higher);
        assert_eq!(found[0], ("temperature".to_owned(), Action::Watch, Cell::Change(5.0), 718.3));
        let weather = found.iter().find(|(driver, ..)| driver == "weather").expect("weather holds");
        assert_eq!((&weather.2, weather.3), (&level("rain or snow", "clear"), -1_987.0));
        assert!(!found.iter().any(|(driver, ..)| driver == "is_working_day"), "it has no evidence");
    }

    #[test]
    fn levers_are_tested_in_the_good_direction() {
        let (job, result) = (fixtures::bank_job(), fixtures::bank_result());
        let higher = advice(&job, &result, Better::Higher);
        let lower = advice(&job, &result, Better::Lower);
        let of = |found: &[Advice], name: &str| {
            found.iter().find(|(driver, ..)| driver == name).cloned().expect("held")
        };
        let (_, action, cell, expected) = of(&higher, "calls");
        assert_eq!((action, cell, expected), (Action::Test, Cell::Change(-1.0), 0.0081));
        let (_, _, cell, expected) = of(&lower, "calls");
        assert_eq!((cell, expected), (Cell::Change(1.0), -0.0081));
        let (_, _, cell, expected) = of(&higher, "contact");
        assert_eq!((cell, expected), (level("cellular", "telephone"), 0.0523));
    }

    #[test]
    fn an_effect_without_a_sound_interval_does_not_hold() {
        let job = fixtures::bike_job();
        for broken in [
            Estimate::with_bounds(f64::NAN, 1.0, 2.0, 0.9),
            Estimate::with_bounds(1.0, -1.0, 3.0, 0.9),
            Estimate::with_bounds(1.0, 0.5, f64::INFINITY, 0.9),
            Estimate::without_interval(1.0, "too few periods"),
        ] {
            let mut result = fixtures::bike_result();
            result.effects.retain(|effect| effect.driver == "temperature");
            result.effects[0].effect = Some(broken);
            assert!(advice(&job, &result, Better::Higher).is_empty());
        }
    }

    #[test]
    fn what_we_moved_ourselves_is_no_advice() {
        let job = fixtures::bike_job();
        let mut result = fixtures::bike_result();
        result.effects.retain(|effect| effect.driver == "temperature");
        result.effects[0].role = Role::MovedByUs;
        result.effects[0].party = Party::First;
        assert!(advice(&job, &result, Better::Higher).is_empty());
    }
}
