//! The verdict on a model: trusted, review or withheld, with the figures that led there.

use crate::domain::Gate;
use crate::features::{DesignColumn, OutcomeKind};
use crate::models::result::{GateReason, GateVerdict};

use super::forecast::Forecast;
use super::rolling::Validation;
use crate::models::uncertainty::FEWEST_PERIODS;

/// Fewest origins that judge a model.
const FEWEST_ORIGINS: usize = 3;

/// What the verdict is built from.
pub(crate) struct Facts<'a> {
    /// Kind of outcome.
    pub(crate) kind: OutcomeKind,
    /// Design columns, for names.
    pub(crate) columns: &'a [DesignColumn],
    /// Driver groups in the fit.
    pub(crate) groups: usize,
    /// One reason per driver that leaks.
    pub(crate) leaks: Vec<GateReason>,
    /// Periods with rows.
    pub(crate) periods: usize,
    /// Coefficients with the intercept.
    pub(crate) parameters: usize,
    /// Whether placebos could be run.
    pub(crate) placebos: bool,
    /// Rolling origins.
    pub(crate) validation: &'a Validation,
    /// Naive forecasts of the same periods.
    pub(crate) naive: &'a [(&'static str, Forecast)],
}

/// A loss in the words of people: root mean squared error, or log loss.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loss(pub(crate) OutcomeKind, pub(crate) f64);

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            OutcomeKind::Amount => write!(f, "RMSE {:.6}", self.1.sqrt()),
            OutcomeKind::YesNo => write!(f, "log loss {:.6}", self.1),
        }
    }
}

/// Judges a fitted model.
pub(crate) fn verdict(facts: &Facts<'_>) -> GateVerdict {
    let mut reasons: Vec<(Gate, GateReason)> =
        facts.leaks.iter().map(|leak| (Gate::Withheld, leak.clone())).collect();
    let mut add = |gate, code, message| reasons.push((gate, GateReason { code, message }));
    if facts.groups == 0 {
        add(Gate::Withheld, "no_drivers", "no driver is left to be fitted".to_owned());
    }
    if facts.periods < FEWEST_PERIODS {
        let message = format!(
            "{} periods with rows are too few: intervals need {FEWEST_PERIODS}; give it more history",
            facts.periods
        );
        add(Gate::Withheld, "few_periods", message);
    } else if !facts.placebos && facts.groups > 0 {
        let message = format!(
            "{} periods are too few for placebo tests, so findings rest on intervals alone",
            facts.periods
        );
        add(Gate::Review, "no_placebos", message);
    }
    if facts.parameters >= facts.periods {
        let message = format!(
            "{} coefficients rest on {} periods: intervals may be too short",
            facts.parameters, facts.periods
        );
        add(Gate::Review, "more_parameters_than_periods", message);
    }
    if facts.validation.origins.len() < FEWEST_ORIGINS {
        add(Gate::Withheld, "not_validated", not_validated(facts));
    } else {
        judge_forecasts(facts, &mut add);
    }
    let gate = reasons.iter().map(|(gate, _)| *gate).max().unwrap_or(Gate::Trusted);
    GateVerdict { gate, reasons: reasons.into_iter().map(|(_, reason)| reason).collect() }
}

fn judge_forecasts(facts: &Facts<'_>, add: &mut impl FnMut(Gate, &'static str, String)) {
    let of = |name: &str| facts.validation.forecasts.iter().find(|(found, _)| *found == name);
    let Some((_, model)) = of("model") else { return };
    let loss = |forecast: &Forecast| Loss(facts.kind, forecast.loss(facts.kind));
    let best = facts.naive.iter().min_by(|one, other| loss(&one.1).1.total_cmp(&loss(&other.1).1));
    if let Some((name, naive)) = best
        && loss(model).1.total_cmp(&loss(naive).1).is_gt()
    {
        let message =
            format!("out of sample the model ({}) is worse than `{name}` ({})", loss(model), loss(naive));
        add(Gate::Withheld, "worse_than_naive", message);
    }
    if let Some((_, without)) = of("without_drivers")
        && loss(model).1.total_cmp(&loss(without).1).is_ge()
    {
        let message = format!(
            "out of sample the drivers add nothing: {} with them, {} without",
            loss(model),
            loss(without)
        );
        add(Gate::Review, "no_better_than_without_drivers", message);
    }
    if let Some((failure, count)) = &facts.validation.failed {
        let message = format!(
            "the model could not be fitted at {count} origins, first because {}",
            failure.describe(facts.columns)
        );
        add(Gate::Review, "unstable_origins", message);
    }
}

fn not_validated(facts: &Facts<'_>) -> String {
    let origins = facts.validation.origins.len();
    match &facts.validation.failed {
        Some((failure, count)) => format!(
            "{origins} of {} origins could be fitted, {FEWEST_ORIGINS} are needed; the first failed because {}",
            origins + count,
            failure.describe(facts.columns)
        ),
        None => format!("there is too little history for {FEWEST_ORIGINS} rolling origins"),
    }
}
