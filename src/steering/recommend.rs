//! Recommendations from driver effects: who is advised what, in which order, in which words.
//!
//! The rules, so that nobody has to read them out of the code:
//! a lever with an effect is to be *tested*, since observed data alone never justify a change, and gets a plan of the test;
//! any other driver with an effect is to be *watched*; where nothing holds for a decision, or the
//! model's gate withholds advice, the one suggestion is to *keep* things as they are.
//! Money comes first: what a budget plan moves is one suggestion per channel and recipient, all of them, since they
//! sum; and no other model advises on its channels for the same decision.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::config::job::{Decision, Job};
use crate::domain::{Action, Gate, Language, PeriodKind, Span, SpanUnit, Window};
use crate::models::result::{ModelResults, ResponseResult};

use super::candidate::{Candidate, Subject, candidates};
use super::custom::{self, CustomAdvice};
use super::identity::Identity;
use super::result::{BudgetMove, BudgetPlan, Recommendation, SteeringPlan};
use super::wording::advice::{Facts, Texts};
use super::{facts, figures, moves, ranking, trial};

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
    /// There is no budget plan.
    #[error(transparent)]
    Budget(#[from] super::budget::BudgetError),
    /// A table of advice holds what cannot be advice.
    #[error("row {row} of `{table}`: {reason}")]
    Custom {
        /// The table.
        table: String,
        /// The row, from 1, in the order of its key.
        row: usize,
        /// What is wrong.
        reason: String,
    },
    /// A text could not be written.
    #[error("cannot write the text of a recommendation: {0}")]
    Text(#[from] minijinja::Error),
}

/// When each piece of advice was first given without a break, by its id.
pub type Since = BTreeMap<String, NaiveDate>;

/// Decides what to recommend: what the `budget` moves, then for every decision of a KPI that a steering model explains.
///
/// Rows come by decision (order of the job), rank, and language (order of the job); the figures
/// behind them by decision and rank. Empty when the job asks for no recommendations. `since` says since when the run before
/// gave its advice.
///
/// # Errors
///
/// When a model named under `steering` has no result, or a text cannot be written.
pub fn recommend(
    job: &Job,
    models: &ModelResults,
    budget: Option<BudgetPlan>,
    custom: &[CustomAdvice],
    since: &Since,
    window: Window,
) -> Result<SteeringPlan, SteeringError> {
    let Some(steering) = &job.steering else { return Ok(SteeringPlan::default()) };
    let subjects = steering
        .recommendations
        .models
        .iter()
        .map(|name| subject(job, models, name))
        .collect::<Result<Vec<_>, _>>()?;
    let plan = SteeringPlan { budget, ..SteeringPlan::default() };
    let mut scribe = Scribe { job, models, window, since, texts: Texts::new()?, plan };
    for decision in &job.decisions {
        let serves = |subject: &&Subject<'_>| subject.kpi.decisions.contains(&decision.name);
        let subjects: Vec<Subject<'_>> = subjects.iter().filter(serves).copied().collect();
        scribe.decide(decision, &subjects, steering.recommendations.at_most)?;
    }
    let mut ranks: BTreeMap<String, u32> = BTreeMap::new();
    for row in &scribe.plan.recommendations {
        let rank = ranks.entry(row.decision.clone()).or_default();
        *rank = (*rank).max(row.rank);
    }
    let advice = custom::recommendations(job, custom, &mut ranks, since, window)?;
    scribe.plan.recommendations.extend(advice);
    Ok(scribe.plan)
}

fn subject<'a>(job: &'a Job, models: &'a ModelResults, name: &str) -> Result<Subject<'a>, SteeringError> {
    let unresolved = |kind, name: &str| SteeringError::Unresolved { kind, name: name.to_owned() };
    let no_result = || SteeringError::NoResult { model: name.to_owned() };
    let kpi = |explained: Option<&str>| {
        let explained = explained.unwrap_or_default();
        job.kpi(explained).ok_or_else(|| unresolved("kpi", explained))
    };
    if let Some(model) = job.outcome_model(name) {
        let result = models.outcome.iter().find(|result| result.model == name).ok_or_else(no_result)?;
        return Ok(Subject::of_outcome(model, result, kpi(model.explains.as_deref())?));
    }
    let model = job.response_model(name).ok_or_else(|| unresolved("model", name))?;
    let result = response(models, name)?;
    Ok(Subject::of_response(model, result, kpi(model.explains.as_deref())?))
}

fn response<'a>(models: &'a ModelResults, name: &str) -> Result<&'a ResponseResult, SteeringError> {
    let found = models.response.iter().find(|result| result.model == name);
    found.ok_or_else(|| SteeringError::NoResult { model: name.to_owned() })
}

/// Writes the plan, one decision after the other.
struct Scribe<'a> {
    job: &'a Job,
    models: &'a ModelResults,
    window: Window,
    since: &'a Since,
    texts: Texts,
    plan: SteeringPlan,
}

impl Scribe<'_> {
    /// Advises on one decision: money first, then drivers; a `keep` rests on the first model that serves it.
    fn decide(
        &mut self,
        decision: &Decision,
        subjects: &[Subject<'_>],
        at_most: u32,
    ) -> Result<(), SteeringError> {
        let budget = self.plan.budget.as_ref().filter(|budget| budget.decision == decision.name).cloned();
        let money = budget.as_ref().map_or(Ok(0), |budget| self.move_money(decision, budget))?;
        let is_planned = |driver: &str| {
            budget.as_ref().is_some_and(|budget| budget.moves.iter().any(|of| of.channel == driver))
        };
        let Some(first) = subjects.first() else { return Ok(()) };
        let found: Vec<Candidate<'_>> = subjects
            .iter()
            .filter(|subject| subject.gate.gate != Gate::Withheld)
            .flat_map(|subject| candidates(*subject))
            // What the plan decides is not advised on twice.
            .filter(|candidate| !is_planned(&candidate.driver.name))
            .collect();
        if found.is_empty() && money == 0 {
            return self.write(decision, *first, None, 1);
        }
        for (candidate, rank) in ranking::rank(found, at_most).iter().zip(money + 1..) {
            self.write(decision, candidate.subject, Some(candidate), rank)?;
        }
        Ok(())
    }

    /// Writes what a plan moves, the most certain and most valuable first. Gives the number of suggestions.
    fn move_money(&mut self, decision: &Decision, budget: &BudgetPlan) -> Result<u32, SteeringError> {
        let result = response(self.models, &budget.model)?;
        let mut all: Vec<&BudgetMove> = budget.moves.iter().filter(|of| of.action != Action::Keep).collect();
        all.sort_by(|a, b| {
            let first = |of: &BudgetMove| of.action != Action::Change;
            first(a).cmp(&first(b)).then(b.net_worth.total_cmp(&a.net_worth))
        });
        if all.is_empty() {
            self.write_kept(decision, &moves::Kept { budget, result })?;
            return Ok(1);
        }
        for (of, rank) in all.iter().zip(1..) {
            self.write_move(decision, budget, result, of, rank)?;
        }
        Ok(u32::try_from(all.len()).unwrap_or(u32::MAX))
    }

    fn write_move(
        &mut self,
        decision: &Decision,
        budget: &BudgetPlan,
        result: &ResponseResult,
        of: &BudgetMove,
        rank: u32,
    ) -> Result<(), SteeringError> {
        let recipient = of.recipient.as_ref().unwrap_or(&decision.owner);
        let test = moves::test(budget, result, of);
        let draft = Recommendation {
            driver: Some(of.channel.clone()),
            change: Some(of.recommended - of.current),
            amount_from: Some(of.current),
            amount_to: Some(of.recommended),
            expected_effect: Some(of.expected_outcome.clone()),
            expected_worth: Some(of.net_worth),
            probability: Some(of.probability),
            evidence: moves::evidence_of(result, &of.channel),
            ..self.about_money(decision, recipient, budget, result, (of.action, rank))
        };
        let job = self.job;
        let facts = |language| moves::facts(job, budget, result, of, test.as_ref(), language);
        let id = self.push(&draft, None, facts)?;
        self.plan.evidence.extend(moves::figures(&id, budget, result, of));
        self.plan.tests.extend(test.map(|test| moves::proposed(&id, of, &test)));
        Ok(())
    }

    /// The plan moves nothing: one suggestion says so.
    fn write_kept(&mut self, decision: &Decision, kept: &moves::Kept<'_>) -> Result<(), SteeringError> {
        let draft = Recommendation {
            amount_from: Some(kept.budget.summary.current),
            amount_to: Some(kept.budget.summary.recommended),
            ..self.about_money(decision, &decision.owner, kept.budget, kept.result, (Action::Keep, 1))
        };
        let job = self.job;
        let id = self.push(&draft, Some("budget"), |language| kept.facts(job, language))?;
        self.plan.evidence.extend(kept.figures(&id));
        Ok(())
    }

    /// What every suggestion about money has in common.
    fn about_money(
        &self,
        decision: &Decision,
        recipient: &str,
        budget: &BudgetPlan,
        result: &ResponseResult,
        (action, rank): (Action, u32),
    ) -> Recommendation {
        Recommendation {
            model: budget.model.clone(),
            kpi: moves::kpi(self.job, budget),
            effect_unit: moves::outcome_unit(self.job, budget).to_owned(),
            gate: result.gate.gate,
            ..self.draft(decision, recipient, action, rank)
        }
    }

    /// A suggestion of a model about which nothing but its place is said yet.
    fn draft(&self, decision: &Decision, recipient: &str, action: Action, rank: u32) -> Recommendation {
        Recommendation {
            recommendation_id: String::new(),
            language: Language::En,
            rank,
            recipient: recipient.to_owned(),
            decision: decision.name.clone(),
            model: String::new(),
            kpi: String::new(),
            driver: None,
            level: None,
            action,
            headline: String::new(),
            reason: String::new(),
            change: None,
            amount_from: None,
            amount_to: None,
            expected_effect: None,
            expected_worth: None,
            probability: None,
            effect_unit: String::new(),
            evidence: None,
            gate: Gate::Trusted,
            source: "model",
            since: self.window.end(),
            valid_until: one_period(decision.cadence).after(self.window.end()),
        }
    }

    /// Adds a suggestion in every language of the job and gives its id; `cell` tells suggestions apart that have neither
    /// driver nor level.
    fn push(
        &mut self,
        draft: &Recommendation,
        cell: Option<&str>,
        facts: impl Fn(Language) -> Facts,
    ) -> Result<String, SteeringError> {
        let id = Identity {
            job: &self.job.name,
            decision: &draft.decision,
            recipient: &draft.recipient,
            action: draft.action,
            driver: draft.driver.as_deref(),
            level: draft.level.as_deref().or(cell),
        }
        .id();
        let since = self.since.get(&id).copied().unwrap_or(self.window.end());
        for language in self.job.languages.iter().copied() {
            let (headline, reason) = self.texts.write(&facts(language), language)?;
            let recommendation_id = id.clone();
            let written =
                Recommendation { recommendation_id, language, headline, reason, since, ..draft.clone() };
            self.plan.recommendations.push(written);
        }
        Ok(id)
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
        let draft = Recommendation {
            model: subject.model.to_owned(),
            kpi: subject.kpi.name.clone(),
            driver: candidate.map(|candidate| candidate.driver.name.clone()),
            level: candidate.and_then(|candidate| candidate.cell.level()).map(str::to_owned),
            change: candidate.and_then(|candidate| candidate.cell.change()),
            expected_effect: candidate.map(|candidate| candidate.expected.estimate()),
            effect_unit: subject.unit.unwrap_or("probability").to_owned(),
            evidence: candidate.map(|candidate| candidate.effect.evidence),
            gate: subject.gate.gate,
            ..self.draft(decision, &decision.owner, action, rank)
        };
        let job = self.job;
        let test = candidate.and_then(|candidate| trial::plan(candidate, job.calendar));
        let id = self.push(&draft, None, |language| match candidate {
            Some(candidate) => facts::of_candidate(job, candidate, test.as_ref(), language),
            None => facts::of_keep(subject, language),
        })?;
        if let (Some(candidate), Some(test)) = (candidate, &test) {
            self.plan.tests.push(test.proposed(&id, candidate, &job.currency));
        }
        let effect = candidate.map(|candidate| candidate.effect);
        self.plan.evidence.extend(figures::evidence(&id, subject, effect));
        Ok(())
    }
}

pub(super) fn one_period(cadence: PeriodKind) -> Span {
    let unit = match cadence {
        PeriodKind::Day => SpanUnit::Day,
        PeriodKind::Week => SpanUnit::Week,
        PeriodKind::Month => SpanUnit::Month,
        PeriodKind::Quarter => SpanUnit::Quarter,
        PeriodKind::Year => SpanUnit::Year,
    };
    Span { count: 1, unit }
}
