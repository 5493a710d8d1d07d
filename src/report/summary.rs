//! The summary at the end of a run, for people who never read a table.
//!
//! All words stand in one template per language; here figures are written out and handed over. The
//! text has no colors and no control characters, so that it reads the same in a log.

use serde::Serialize;

use crate::config::job::{Job, Model, OutcomeModel, ResponseModel};
use crate::domain::{Action, Evidence, Gate, Language, Party, Window};
use crate::models::result::{ModelResults, SharedResult};
use crate::steering::result::Recommendation;
use crate::steering::wording::{date, gate, label, number};

use super::budget_lines::{BudgetPart, budget_part};
use super::change_lines::{ChangePart, change_part};
use super::channel_lines::{ChannelPart, channel_part};
use super::driver_lines::{DriverLine, condition_lines, driver_lines};
use super::inputs::SummaryInputs;
use super::kpi_lines::{KpiPart, kpi_part};
use super::page::{PageError, page};
use super::quality::{Quality, quality};

/// Most recommendations that a summary lists per decision.
const MOST_ADVICE: usize = 3;

/// Writes the summary of a run in `language`, in lines of at most `width` characters (60 to 100).
///
/// # Errors
///
/// When the template asks for what the inputs do not hold.
pub fn summary(inputs: &SummaryInputs<'_>, language: Language, width: usize) -> Result<String, PageError> {
    let source = match language {
        Language::De => include_str!("texts/summary.de.j2"),
        Language::En => include_str!("texts/summary.en.j2"),
    };
    page(source, Page::of(inputs, language), width)
}

/// What the template needs to know.
#[derive(Debug, Serialize)]
struct Page {
    title: String,
    rule: String,
    /// First and last day of the window, and its number of periods.
    first_day: String,
    last_day: String,
    periods: String,
    period: &'static str,
    sources: Vec<SourceLine>,
    kpis: Option<KpiPart>,
    models: Vec<ModelPart>,
    decisions: Vec<DecisionPart>,
    warnings: Vec<String>,
    target: String,
    job_path: String,
    program: String,
    /// Tables that the commands at the end show.
    tables: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct SourceLine {
    name: String,
    rows: Option<String>,
    outside: bool,
    about: Option<String>,
}

#[derive(Debug, Serialize)]
struct ModelPart {
    /// `outcome` or `response`.
    kind: &'static str,
    label: String,
    gate: &'static str,
    reasons: Vec<String>,
    quality: Quality,
    /// Channels of a response model; missing, too, when the gate withholds advice.
    channels: Option<ChannelPart>,
    /// Level of the drivers' intervals, if any has one.
    interval_level: Option<String>,
    /// Empty when the gate withholds advice: effects listed here would be read as advice.
    drivers: Vec<DriverLine>,
    /// What moved since the publication before; missing where nothing did or the gate withholds advice.
    changes: Option<ChangePart>,
}

#[derive(Debug, Serialize)]
struct DecisionPart {
    question: String,
    recipient: String,
    /// Last day on which the advice holds.
    valid_through: String,
    /// Whether any of the figures rests on observed data alone.
    observational: bool,
    /// The plan for money, where the decision is about it.
    budget: Option<BudgetPart>,
    advice: Vec<AdviceLine>,
}

#[derive(Debug, Serialize)]
struct AdviceLine {
    rank: u32,
    headline: String,
    /// Only for a general `keep`: the others' reasons repeat what stands above.
    reason: Option<String>,
}

impl Page {
    fn of(inputs: &SummaryInputs<'_>, language: Language) -> Self {
        let SummaryInputs { job, window, .. } = inputs;
        let title = job.title.get(language).to_owned();
        let decisions = decisions(inputs, language);
        let mut tables = vec!["kpi_values", "driver_effects"];
        if !inputs.models.response.is_empty() {
            tables.insert(1, "channel_performance");
        }
        if inputs.plan.budget.is_some() {
            tables.push("budget_plan");
        }
        tables.push(if decisions.is_empty() { "model_quality" } else { "recommendations" });
        Self {
            rule: "=".repeat(title.chars().count()),
            title,
            first_day: date::day(window.start(), language),
            last_day: date::day(window.end().pred_opt().unwrap_or(window.start()), language),
            periods: date::periods(periods_in(job, *window), job.calendar.period, language),
            period: job.calendar.period.as_str(),
            sources: sources(inputs, language),
            kpis: kpi_part(job, inputs.kpis, language),
            models: model_parts(job, inputs.models, language),
            decisions,
            warnings: warnings(inputs),
            target: inputs.target.to_owned(),
            job_path: inputs.job_path.to_owned(),
            program: inputs.program.to_owned(),
            tables,
        }
    }
}

fn periods_in(job: &Job, window: Window) -> u64 {
    let next = |start: &chrono::NaiveDate| Some(job.calendar.shift(*start, 1));
    let starts = std::iter::successors(Some(window.start()), next).take_while(|start| *start < window.end());
    u64::try_from(starts.count()).unwrap_or(u64::MAX)
}

fn sources(inputs: &SummaryInputs<'_>, language: Language) -> Vec<SourceLine> {
    let line = |rows: &super::SourceRows| {
        let source = inputs.job.source(&rows.source)?;
        Some(SourceLine {
            name: source.name.clone(),
            rows: rows.rows.map(|rows| number::count(rows, language)),
            outside: source.party == Party::Third,
            about: source.about.clone(),
        })
    };
    inputs.sources.iter().filter_map(line).collect()
}

/// The models that have a result, in the order of the job.
fn model_parts(job: &Job, results: &ModelResults, language: Language) -> Vec<ModelPart> {
    let part = |model: &Model| {
        let mut part = match model {
            Model::Outcome(model) => outcome_part(job, model, results, language),
            Model::Response(model) => response_part(job, model, results, language),
        }?;
        if part.gate != Gate::Withheld.as_str() {
            part.changes = change_part(job, model, results, language);
        }
        Some(part)
    };
    job.models.iter().filter_map(part).collect()
}

fn outcome_part(
    job: &Job,
    model: &OutcomeModel,
    results: &ModelResults,
    language: Language,
) -> Option<ModelPart> {
    let result = results.outcome.iter().find(|result| result.model == model.name)?;
    let mut part = ModelPart::of("outcome", model.label.get(language), result.shared(), language);
    if result.gate.gate != Gate::Withheld {
        part.drivers = driver_lines(job, model, result, language);
    }
    Some(part)
}

fn response_part(
    job: &Job,
    model: &ResponseModel,
    results: &ModelResults,
    language: Language,
) -> Option<ModelPart> {
    let result = results.response.iter().find(|result| result.model == model.name)?;
    let mut part = ModelPart::of("response", model.label.get(language), result.shared(), language);
    if result.gate.gate != Gate::Withheld {
        part.channels = channel_part(job, model, result, language);
        part.drivers = condition_lines(job, model, result, language);
    }
    Some(part)
}

impl ModelPart {
    /// What is told whatever the gate says.
    fn of(kind: &'static str, label: &str, result: SharedResult<'_>, language: Language) -> Self {
        let level = result.effects.iter().find_map(|row| row.effect.as_ref()?.level());
        Self {
            kind,
            label: label::sentence_start(label),
            gate: result.gate.gate.as_str(),
            reasons: gate::reasons(result.gate, language),
            quality: quality(result.quality, language),
            channels: None,
            interval_level: level.map(|level| number::percent(level, 0, number::Sign::Negative, language)),
            drivers: Vec::new(),
            changes: None,
        }
    }
}

/// The best advice per decision, in the order of the job.
fn decisions(inputs: &SummaryInputs<'_>, language: Language) -> Vec<DecisionPart> {
    let part = |decision: &crate::config::job::Decision| {
        let rows: Vec<&Recommendation> = inputs
            .plan
            .recommendations
            .iter()
            .filter(|row| row.decision == decision.name && row.language == language)
            .collect();
        let first = rows.first()?;
        let budget = inputs.plan.budget.as_ref().filter(|budget| budget.decision == decision.name);
        // What a plan does with money stands in its own lines.
        let rows = rows.iter().filter(|row| row.amount_from.is_none()).take(MOST_ADVICE);
        let rows: Vec<&&Recommendation> = rows.collect();
        Some(DecisionPart {
            question: decision.question.get(language).to_owned(),
            recipient: inputs
                .job
                .recipient(&first.recipient)
                .map_or_else(|| first.recipient.clone(), |recipient| recipient.label.clone()),
            valid_through: date::day(first.valid_until.pred_opt().unwrap_or(first.valid_until), language),
            budget: budget.map(|budget| budget_part(inputs.job, budget, language)),
            observational: rows.iter().any(|row| row.evidence == Some(Evidence::Observational)),
            advice: rows
                .iter()
                .zip(1..)
                .map(|(row, number)| AdviceLine {
                    rank: number,
                    headline: row.headline.clone(),
                    reason: (row.action == Action::Keep).then(|| row.reason.clone()),
                })
                .collect(),
        })
    };
    inputs.job.decisions.iter().filter_map(part).collect()
}

/// Warnings of the run, then those of the models that are not among them.
fn warnings(inputs: &SummaryInputs<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let models = inputs.models.shared();
    let of_models = models.iter().flat_map(|result| result.warnings);
    for warning in inputs.warnings.iter().chain(of_models) {
        // A warning is one item of a list, however it was written.
        let warning = label::sentence(&warning.split_whitespace().collect::<Vec<_>>().join(" "));
        if !all.contains(&warning) {
            all.push(warning);
        }
    }
    all
}
