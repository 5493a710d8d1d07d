//! Recommendations from driver effects: who is advised what, in which order, in which words.
//!
//! The rules, so that nobody has to read them out of the code:
//! a lever with an effect is to be *tested*, since observed data alone never justify a change;
//! any other driver with an effect is to be *watched*; where nothing holds for a decision, or the
//! model's gate withholds advice, the one suggestion is to *keep* things as they are.

use crate::config::job::{Decision, Job, OutcomeModel, Success};
use crate::domain::{Action, Gate, PeriodKind, Span, SpanUnit, Window};
use crate::models::result::OutcomeResult;

use super::candidate::{Candidate, Subject, candidates};
use super::identity::Identity;
use super::result::{Recommendation, SteeringPlan};
use super::wording::advice::Texts;
use super::{facts, figures, ranking};

/// Why steering could not decide.
#[derive(Debug, thiserror::Error)]
pub enum SteeringError {
    /// A model that advice comes from was not fitted in this run.
    #[error("recommendations come from model `{model}`, but it has no result in this run")]
    NoResult {
        /// The model.
        model: String,
    },
    /// The job names something that it does not hold.
    #[error("the job has no {kind} `{name}` that recommendations could refer to")]
    Unresolved {
        /// `model`, `decision` or `kpi`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A text could not be written.
    #[error("cannot write the text of a recommendation: {0}")]
    Text(#[from] minijinja::Error),
}

/// Decides what to recommend for the decisions of every KPI that a steering model explains.
///
/// Rows come by decision (order of the job), rank, and language (order of the job); the figures
/// behind them by decision and rank. Empty when the job asks for no recommendations.
///
/// # Errors
///
/// When a model named under `steering` has no result, or a text cannot be written.
pub fn recommend(job: &Job, models: &[OutcomeResult], window: Window) -> Result<SteeringPlan, SteeringError> {
    let Some(steering) = &job.steering else { return Ok(SteeringPlan::default()) };
    let subjects = steering
        .recommendations
        .models
        .iter()
        .map(|name| subject(job, models, name))
        .collect::<Result<Vec<_>, _>>()?;
    let mut scribe = Scribe { job, window, texts: Texts::new()?, plan: SteeringPlan::default() };
    for decision in &job.decisions {
        let serves = |subject: &&Subject<'_>| subject.kpi.decisions.contains(&decision.name);
        let subjects: Vec<Subject<'_>> = subjects.iter().filter(serves).copied().collect();
        scribe.decide(decision, &subjects, steering.recommendations.at_most)?;
    }
    Ok(scribe.plan)
}

fn subject<'a>(job: &'a Job, models: &'a [OutcomeResult], name: &str) -> Result<Subject<'a>, SteeringError> {
    let unresolved = |kind, name: &str| SteeringError::Unresolved { kind, name: name.to_owned() };
    let model = job.outcome_model(name).ok_or_else(|| unresolved("model", name))?;
    let result = models
        .iter()
        .find(|result| result.model == name)
        .ok_or_else(|| SteeringError::NoResult { model: name.to_owned() })?;
    let explained = model.explains.as_deref().unwrap_or_default();
    let kpi = job.kpi(explained).ok_or_else(|| unresolved("kpi", explained))?;
    Ok(Subject { model, result, kpi })
}

/// Writes the plan, one decision after the other.
struct Scribe<'a> {
    job: &'a Job,
    window: Window,
    texts: Texts,
    plan: SteeringPlan,
}

impl Scribe<'_> {
    /// Advises on one decision; a `keep` rests on the first model that serves it.
    fn decide(
        &mut self,
        decision: &Decision,
        subjects: &[Subject<'_>],
        at_most: u32,
    ) -> Result<(), SteeringError> {
        let Some(first) = subjects.first() else { return Ok(()) };
        let found: Vec<Candidate<'_>> = subjects
            .iter()
            .filter(|subject| subject.result.gate.gate != Gate::Withheld)
            .flat_map(|subject| candidates(*subject))
            .collect();
        if found.is_empty() {
            return self.write(decision, *first, None, 1);
        }
        for (candidate, rank) in ranking::rank(found, at_most).iter().zip(1..) {
            self.write(decision, candidate.subject, Some(candidate), rank)?;
        }
        Ok(())
    }

    /// Adds one suggestion in every language of the job, and its figures; without a candidate a general `keep`.
    fn write(
        &mut self,
        decision: &Decision,
        subject: Subject<'_>,
        candidate: Option<&Candidate<'_>>,
        rank: u32,
    ) -> Result<(), SteeringError> {
        let action = candidate.map_or(Action::Keep, |candidate| candidate.action);
        let driver = candidate.map(|candidate| candidate.driver.name.as_str());
        let level = candidate.and_then(|candidate| candidate.cell.level());
        let (job, recipient) = (&self.job.name, &decision.owner);
        let id = Identity { job, decision: &decision.name, recipient, action, driver, level }.id();
        for language in self.job.languages.iter().copied() {
            let facts = match candidate {
                Some(candidate) => facts::of_candidate(self.job, candidate, language),
                None => facts::of_keep(subject, language),
            };
            let (headline, reason) = self.texts.write(&facts, language)?;
            self.plan.recommendations.push(Recommendation {
                recommendation_id: id.clone(),
                language,
                rank,
                recipient: recipient.clone(),
                decision: decision.name.clone(),
                model: subject.model.name.clone(),
                kpi: subject.kpi.name.clone(),
                driver: driver.map(str::to_owned),
                level: level.map(str::to_owned),
                action,
                headline,
                reason,
                change: candidate.and_then(|candidate| candidate.cell.change()),
                expected_effect: candidate.map(|candidate| candidate.expected.estimate()),
                effect_unit: effect_unit(subject.model),
                evidence: candidate.map(|candidate| candidate.effect.evidence),
                gate: subject.result.gate.gate,
                source: "model",
                valid_until: one_period(decision.cadence).after(self.window.end()),
            });
        }
        let effect = candidate.map(|candidate| candidate.effect);
        self.plan.evidence.extend(figures::evidence(&id, subject.result, effect));
        Ok(())
    }
}

/// The unit of expected effects in tables: that of the amount, or `probability` for yes/no outcomes.
fn effect_unit(model: &OutcomeModel) -> String {
    match &model.success {
        Success::YesNo { .. } => "probability".to_owned(),
        Success::Amount { unit, .. } => unit.clone(),
    }
}

fn one_period(cadence: PeriodKind) -> Span {
    let unit = match cadence {
        PeriodKind::Day => SpanUnit::Day,
        PeriodKind::Week => SpanUnit::Week,
        PeriodKind::Month => SpanUnit::Month,
        PeriodKind::Quarter => SpanUnit::Quarter,
        PeriodKind::Year => SpanUnit::Year,
    };
    Span { count: 1, unit }
}
