//! The steps of an outcome model, in their order: survey, leaks, fit, inference, explanation, validation.

use crate::domain::{Gate, Party};
use crate::features::{FrameError, ModelFrame, OutcomeKind};
use crate::models::explain::{Group, Placebo, importance, placebo_tests};
use crate::models::fit::{Dropped, EXACT, Fit, FitFailure, Link, Problem, Strata, Survey, fit_all};
use crate::models::result::{DriverImportance, Finding, GateReason, GateVerdict, OutcomeResult, Parameter};
use crate::models::uncertainty::{ClusterScores, Inference, covariance, lags};
use crate::models::validate::{
    Facts, Variant, leak_reasons, leaking_drivers, naive_forecasts, origins, score_in_sample, validate,
    verdict,
};
use crate::models::{ModelError, ModelSettings};

use super::design::{Design, groups};
use super::findings::{driver_effects, not_fitted};
use super::predictions::predictions;
use super::quality;

/// Fits an outcome model and says what drives the outcome, how surely, and how far to trust it.
///
/// Runs on the rayon pool it is called in; the result does not depend on the number of threads. A model
/// that cannot be fitted is a result: withheld, with the reason.
///
/// # Errors
///
/// Only when the frame's rows cannot be read.
pub fn fit_outcome(frame: &ModelFrame, settings: &ModelSettings) -> Result<OutcomeResult, ModelError> {
    fit_frame(frame, settings).map_err(|source| ModelError::Rows { model: frame.model.clone(), source })
}

/// Fits an outcome model and returns its coefficients alone: no importance, placebos or validation.
///
/// Empty where the model cannot be fitted; [`fit_outcome`] says why.
///
/// # Errors
///
/// Only when the frame's rows cannot be read.
pub fn fit_coefficients(frame: &ModelFrame, settings: &ModelSettings) -> Result<Vec<Parameter>, ModelError> {
    let parameters = || {
        let (study, fit) = Study::begin(frame, settings)?;
        let parameters = |fit: Fit| {
            let inference = study.inference(&fit, &study.occupied_periods());
            parameters(frame, &study.survey, &fit, &inference)
        };
        Ok(fit.map(parameters).unwrap_or_default())
    };
    parameters().map_err(|source| ModelError::Rows { model: frame.model.clone(), source })
}

fn fit_frame(frame: &ModelFrame, settings: &ModelSettings) -> Result<OutcomeResult, FrameError> {
    let (study, fit) = Study::begin(frame, settings)?;
    match fit {
        Ok(fit) => study.explain(&fit),
        Err(failure) => Ok(study.without_fit(&failure)),
    }
}

/// What is known before the fit.
struct Study<'a> {
    frame: &'a ModelFrame,
    settings: &'a ModelSettings,
    survey: Survey,
    leaks: Vec<(usize, f64)>,
    design: Design,
    strata: Strata,
}

impl<'a> Study<'a> {
    /// Surveys the rows, leaves out what must stay out, and fits the rest.
    fn begin(
        frame: &'a ModelFrame,
        settings: &'a ModelSettings,
    ) -> Result<(Self, Result<Fit, FitFailure>), FrameError> {
        let survey = Survey::take(frame, settings.seed)?;
        let leaks = leaking_drivers(frame, &survey.sample);
        let design = Design::new(frame, &leaks);
        let strata = Strata::by_period(frame.periods.len(), design.columns.len() + 2);
        let link = match frame.outcome {
            OutcomeKind::YesNo => Link::Logit,
            OutcomeKind::Amount => Link::Identity,
        };
        let problem = Problem { columns: design.columns.clone(), strata: strata.clone(), by_period: true };
        let fit = fit_all(frame, &survey.scaling, link, vec![problem], EXACT)?.pop();
        let fit = fit.unwrap_or_else(|| Err(FitFailure::Solver { message: "there is no result".into() }));
        Ok((Self { frame, settings, survey, leaks, design, strata }, fit))
    }

    fn explain(&self, fit: &Fit) -> Result<OutcomeResult, FrameError> {
        let Self { frame, settings, survey, .. } = self;
        let occupied = self.occupied_periods();
        let inference = self.inference(fit, &occupied);
        let groups = groups(frame, fit);
        let tests = placebo_tests(fit, &survey.sample, &groups, settings.placebos, settings.seed);
        let placebos_ran = tests.is_some();
        let placebos =
            tests.map_or_else(|| vec![None; groups.len()], |all| all.into_iter().map(Some).collect());
        let tested: Vec<(Group, Option<Placebo>)> = groups.into_iter().zip(placebos).collect();
        let effects =
            driver_effects(frame, &survey.scaling, fit, &self.design.left_out, &inference, &tested)?;
        let scored = match frame.outcome {
            OutcomeKind::YesNo => Some(score_in_sample(frame, &survey.scaling, fit)?),
            OutcomeKind::Amount => None,
        };
        let origins = origins(&self.strata, frame.rows, &frame.known_before);
        let validation = validate(frame, &survey.scaling, fit, &origins, &variants(frame, fit))?;
        let naive = naive_forecasts(frame, survey, &validation.origins);
        let gate = verdict(&Facts {
            kind: frame.outcome,
            columns: &frame.columns,
            groups: tested.len(),
            leaks: leak_reasons(frame, &self.leaks),
            periods: occupied.len(),
            parameters: fit.beta.len(),
            placebos: placebos_ran,
            validation: &validation,
            naive: &naive,
        });
        let model =
            validation.forecasts.iter().find(|(name, _)| *name == "model").map(|(_, forecast)| forecast);
        let predictions =
            predictions(frame, survey, fit, model, &validation.origins, settings.interval_level);
        let mut quality = quality::in_sample(survey, fit, scored.as_ref());
        let origins = validation.origins.len();
        let forecasts: Vec<_> = validation.forecasts.into_iter().chain(naive).collect();
        quality.extend(quality::out_of_sample(frame.outcome, &forecasts));
        quality.extend(quality::design(frame, fit.beta.len(), occupied.len(), origins));
        Ok(OutcomeResult {
            model: frame.model.clone(),
            gate,
            importance: self.importance(fit, &occupied, &tested),
            effects,
            parameters: parameters(frame, survey, fit, &inference),
            quality,
            predictions,
            warnings: self.warnings(Some(fit)),
        })
    }

    /// The result of a model that could not be fitted: naive forecasts, and the reason.
    fn without_fit(&self, failure: &FitFailure) -> OutcomeResult {
        let Self { frame, survey, .. } = self;
        let origins = origins(&self.strata, frame.rows, &frame.known_before);
        let naive = naive_forecasts(frame, survey, &origins);
        let mut quality = quality::out_of_sample(frame.outcome, &naive);
        let parameters = self.design.columns.len() + 1;
        quality.extend(quality::design(frame, parameters, self.occupied_periods().len(), 0));
        let mut reasons = leak_reasons(frame, &self.leaks);
        reasons.push(GateReason {
            code: failure.code(),
            message: format!("the model cannot be fitted: {}", failure.describe(&frame.columns)),
        });
        OutcomeResult {
            model: frame.model.clone(),
            gate: GateVerdict { gate: Gate::Withheld, reasons },
            importance: Vec::new(),
            effects: not_fitted(frame, &self.design.left_out),
            parameters: Vec::new(),
            quality,
            predictions: Vec::new(),
            warnings: self.warnings(None),
        }
    }

    fn occupied_periods(&self) -> Vec<usize> {
        (0..self.survey.outcome.len()).filter(|period| self.survey.outcome[*period].count > 0.0).collect()
    }

    fn inference(&self, fit: &Fit, occupied: &[usize]) -> Inference {
        let scores = occupied.iter().map(|period| fit.sums.scores(*period)).collect();
        let clusters = ClusterScores { scores, rows: fit.sums.rows };
        let lags = lags(occupied.len());
        let covariance = covariance(&fit.bread, &clusters, lags);
        Inference::new(covariance, occupied.len(), lags, self.settings.interval_level)
    }

    fn importance(
        &self,
        fit: &Fit,
        occupied: &[usize],
        tested: &[(Group, Option<Placebo>)],
    ) -> Vec<DriverImportance> {
        let mut strata: Vec<usize> =
            occupied.iter().filter_map(|period| self.strata.of_period[*period]).collect();
        strata.dedup();
        let groups: Vec<Group> = tested.iter().map(|(group, _)| group.clone()).collect();
        let level = self.settings.interval_level;
        let found = importance(fit, &groups, &strata, level, self.settings.seed);
        let mut rows: Vec<DriverImportance> = found
            .into_iter()
            .zip(tested)
            .map(|(found, (group, placebo))| DriverImportance {
                group: group.name.clone(),
                drivers: group.drivers.iter().map(|at| self.frame.drivers[*at].name.clone()).collect(),
                rank: found.rank,
                rank_lower: found.rank_bounds.map(|(lower, _)| lower),
                rank_upper: found.rank_bounds.map(|(_, upper)| upper),
                share: found.share,
                r_squared: found.r_squared,
                method: found.method,
                placebo_p_value: placebo.map(|placebo| placebo.p_value),
                placebos: placebo.map_or(0, |placebo| placebo.shifts),
            })
            .collect();
        rows.sort_by_key(|row| row.rank);
        rows
    }

    fn warnings(&self, fit: Option<&Fit>) -> Vec<String> {
        let frame = self.frame;
        let mut warnings = Vec::new();
        for (driver, finding) in frame.drivers.iter().zip(&self.design.left_out) {
            match finding {
                Some(Finding::Constant) => warnings
                    .push(format!("`{}` has the same value in every row and was left out", driver.name)),
                Some(Finding::Leakage) => warnings
                    .push(format!("`{}` tells the outcome almost perfectly and was left out", driver.name)),
                _ => (),
            }
        }
        for (column, dropped) in fit.iter().flat_map(|fit| &fit.dropped) {
            let name = &frame.columns[*column].name;
            warnings.push(match dropped {
                Dropped::Aliased => {
                    format!("`{name}` is a combination of other columns and was left out")
                }
                Dropped::OneOutcome { rows, outcome } => format!(
                    "`{name}` was left out: all of its {rows} rows have the outcome {outcome}, which gives no finite effect"
                ),
            });
        }
        warnings
    }
}

/// The full model, the model without drivers and, if there are any, without third-party drivers.
fn variants(frame: &ModelFrame, fit: &Fit) -> Vec<Variant> {
    let party =
        |at: &usize| frame.columns[fit.columns[*at]].part.driver().map(|driver| frame.drivers[driver].party);
    let choose = |name, keep: &dyn Fn(Option<Party>) -> bool| Variant {
        name,
        positions: (0..fit.columns.len()).filter(|at| keep(party(at))).collect(),
    };
    let mut variants = vec![
        choose("model", &|_| true),
        choose("without_drivers", &|party| party.is_none()),
        choose("without_third_party", &|party| party != Some(Party::Third)),
    ];
    if variants[2].positions.len() == fit.columns.len() {
        variants.pop();
    }
    variants
}

/// Coefficients and standard errors in the units of the frame, the intercept first.
fn parameters(frame: &ModelFrame, survey: &Survey, fit: &Fit, inference: &Inference) -> Vec<Parameter> {
    let scaling = &survey.scaling;
    let mut intercept = vec![scaling.y_scale];
    let mut all: Vec<Parameter> = Vec::with_capacity(fit.beta.len());
    let parameter = |name: &str, offset: f64, weights: &[f64]| {
        let value = offset + weights.iter().zip(&fit.beta).map(|(a, b)| a * b).sum::<f64>();
        let standard_error = inference.standard_error(weights);
        Parameter {
            name: name.to_owned(),
            estimate: inference.estimate(value, standard_error),
            standard_error,
        }
    };
    for (position, column) in fit.columns.iter().enumerate() {
        let slope = scaling.y_scale * scaling.per_unit[*column];
        intercept.push(-slope * scaling.center[*column]);
        let mut weights = vec![0.0; fit.beta.len()];
        weights[position + 1] = slope;
        all.push(parameter(&frame.columns[*column].name, 0.0, &weights));
    }
    all.insert(0, parameter("intercept", scaling.y_center, &intercept));
    all
}
