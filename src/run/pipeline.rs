//! The stages of a run, in order: sources, tables, KPIs, models, steering, publishing.
//!
//! Only this file knows that order. Each stage is one step of the record; what a stage found goes
//! into [`RunState`], so that a run that fails or is stopped still tells how far it came.

use std::collections::BTreeMap;
use std::path::Path;

use super::budget;
use super::changes;
use super::context::RunContext;
use super::custom;
use super::execute::{Finished, RunRequest};
use super::failure::{Failure, FailureClass};
use super::failures::FailureKeeper;
use super::joined;
use super::modelling;
use super::previous;
use super::record::{Observer, Record, StepReport};
use super::result::{CheckResult, ModelGate, ObjectRead, RunResult, StorageTraffic};
use super::tables;
use super::target::OpenTarget;
use super::unchanged;
use super::work::{self, Work};
use crate::config::diagnostic::Problems;
use crate::config::job::Column;
use crate::config::{Job, Parts};
use crate::domain::{Status, Window};
use crate::engine::{Engine, Parameters, Session, SqlOrigin};
use crate::kpis::result::KpiValue;
use crate::models::result::ModelResults;
use crate::publish::{Guard, KeptTable, Previous, Publication, result_tables, run_tables};
use crate::report::{SourceRows, SummaryInputs};
use crate::sources::{ReadWindow, ReadWindows, SourcesRead};
use crate::steering::Since;
use crate::steering::budget::Before;
use crate::steering::result::SteeringPlan;
use crate::transform::{PlannedJob, Staged};
use crate::{kpis, report, sources, steering, transform};

/// What a run says that published a window older than the newest one.
const OLDER_WINDOW: &str = "a newer window is published already: this one went to `history/` only";
/// Widest line of the summary, in characters.
pub(super) const SUMMARY_WIDTH: usize = 100;

/// What a run has found so far.
pub(super) struct RunState<'a> {
    pub(super) record: Record<'a>,
    pub(super) checks: Vec<CheckResult>,
    pub(super) objects: Vec<ObjectRead>,
    pub(super) storages: Vec<StorageTraffic>,
    pub(super) gates: Vec<ModelGate>,
    pub(super) warnings: Vec<String>,
    pub(super) reads: BTreeMap<String, Vec<String>>,
    /// Where offending rows of checks are kept; `None` for work that leaves the target as it is.
    pub(super) keeper: Option<FailureKeeper>,
}

impl<'a> RunState<'a> {
    pub(super) fn new(job: &Job, context: &'a RunContext, observer: &'a dyn Observer) -> Self {
        Self {
            record: Record::plan(job, context, observer),
            checks: Vec::new(),
            objects: Vec::new(),
            storages: Vec::new(),
            gates: Vec::new(),
            warnings: Vec::new(),
            reads: BTreeMap::new(),
            keeper: None,
        }
    }

    pub(super) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// What every stage of one run needs.
pub(super) struct Stage<'a> {
    pub(super) request: &'a RunRequest,
    pub(super) window: Window,
    pub(super) engine: &'a Engine,
    pub(super) session: Session,
    pub(super) planned: PlannedJob,
    pub(super) work: Work,
}

impl Stage<'_> {
    pub(super) fn job(&self) -> &Job {
        &self.request.job
    }
}

/// Plans the job without reading data: what `check` does, and the first thing that `run` does.
///
/// # Errors
///
/// Every problem in the job's SQL, KPIs and models.
pub async fn plan(engine: &Engine, job: &Job, window: Option<Window>) -> Result<PlannedJob, Failure> {
    Ok(transform::plan_job(&planning_session(engine, job, window)?, job).await?)
}

/// Plans the job with more columns of its sources than their contracts say: `known` by source, as its files held them.
///
/// # Errors
///
/// Every problem in the job's SQL, KPIs and models.
pub async fn plan_with(
    engine: &Engine,
    job: &Job,
    known: &BTreeMap<String, Vec<Column>>,
) -> Result<PlannedJob, Failure> {
    let session = planning_session(engine, job, None)?;
    for source in &job.sources {
        if let Some(columns) = known.get(&source.name) {
            sources::register_columns(&session, source, columns)?;
        }
    }
    Ok(transform::plan_job(&session, job).await?)
}

/// Everything that is wrong with the SQL of a job that has problems elsewhere.
pub async fn plan_parts(engine: &Engine, parts: &Parts) -> Problems {
    let session = match planning_session(engine, &parts.job, None) {
        Ok(session) => session,
        Err(failure) => return failure.problems.unwrap_or_default(),
    };
    transform::plan_parts(&session, &parts.job, &parts.left_out).await.err().unwrap_or_default()
}

/// A session with everything that SQL may read, without rows.
fn planning_session(engine: &Engine, job: &Job, window: Option<Window>) -> Result<Session, Failure> {
    let session = engine.session(parameters(job, window));
    sources::register_planned(&session, job)?;
    previous::register_planned(&session)?;
    Ok(session)
}

/// Everything that a run found, ready to be published.
pub(super) struct Prepared<'a> {
    stage: Stage<'a>,
    rows: Vec<SourceRows>,
    staged: Vec<Staged>,
    kpi_values: Vec<KpiValue>,
    models: ModelResults,
    plan: SteeringPlan,
    /// The `as_of` of the publication before this window.
    previous_as_of: Option<chrono::NaiveDate>,
}

/// Runs all stages up to publishing.
pub(super) async fn prepare<'a>(
    request: &'a RunRequest,
    window: Window,
    engine: &'a Engine,
    target: &OpenTarget,
    state: &mut RunState<'_>,
) -> Result<Prepared<'a>, Failure> {
    let (stage, rows, staged, earlier) =
        Box::pin(stage_tables(request, window, engine, target, state)).await?;
    joined::check(&stage, &staged, state).await?;
    let kpi_values = compute_kpis(&stage, state).await?;
    let (mut models, answer) = modelling::fit_models(&stage, &staged, state).await?;
    changes::compare(&stage, &staged, &earlier, target, &mut models, state).await?;
    let before = budget::before(&request.job, &earlier, target, state).await?;
    let plan = steer(&stage, &models, answer.as_ref(), &kpi_values, (&before.0, &before.1), state).await?;
    let previous_as_of = earlier.as_of();
    Ok(Prepared { stage, rows, staged, kpi_values, models, plan, previous_as_of })
}

/// Plans the job, reads its sources and what earlier runs found, and computes its tables: all that models stand on.
pub(super) async fn stage_tables<'a>(
    request: &'a RunRequest,
    window: Window,
    engine: &'a Engine,
    target: &OpenTarget,
    state: &mut RunState<'_>,
) -> Result<(Stage<'a>, Vec<SourceRows>, Vec<Staged>, Previous), Failure> {
    let job = &request.job;
    let earlier = Previous::find(&target.store, &job.name, window).await?;
    let (planned, work) = plan_all(engine, job, window, (&earlier, request.full_refresh)).await?;
    state.record.order_tables(&planned.order);
    state.reads.clone_from(&planned.reads);
    let session = engine.session(parameters(job, Some(window)));
    previous::register_planned(&session)?;
    let mut stage = Stage { request, window, engine, session, planned, work };

    let read = read_sources(&stage, state).await?;
    if !stage.planned.unplanned.is_empty() {
        // Sources without declared columns are known only now.
        stage.planned = transform::plan_job(&stage.session, job).await?;
        state.record.order_tables(&stage.planned.order);
        let of_earlier = (&earlier, request.full_refresh);
        let read_as = stage.work.plan.sources.clone();
        stage.work = work::plan_work(&stage.session, job, &stage.planned, of_earlier, window).await?;
        stage.work.plan.sources = read_as;
    }
    for problem in stage.planned.warnings.sorted() {
        state.warn(format!("{}: {}", problem.file.display(), problem.message));
    }
    tell_of_work(&stage.work, state);
    previous::read(&stage, &earlier, target, state).await?;
    let kept = previous::kept_rows(&stage, &earlier, target, state).await?;
    let staged = tables::run_all(&stage, (&read.oldest, &kept), state).await?;
    let rows = read.rows.into_iter();
    let rows = rows.map(|(source, rows)| SourceRows { source, rows: Some(rows) }).collect();
    Ok((stage, rows, staged, earlier))
}

/// Plans the job and what a run of `window` computes, without reading data.
pub(super) async fn plan_all(
    engine: &Engine,
    job: &Job,
    window: Window,
    (earlier, is_full): (&Previous, bool),
) -> Result<(PlannedJob, Work), Failure> {
    let session = planning_session(engine, job, Some(window))?;
    let planned = transform::plan_job(&session, job).await?;
    let work = work::plan_work(&session, job, &planned, (earlier, is_full), window).await?;
    Ok((planned, work))
}

/// Says what is unusual about what the run computes.
fn tell_of_work(work: &Work, state: &mut RunState<'_>) {
    for (table, anew) in &work.anew {
        tracing::info!(table, reason = anew.reason(), "computing every period");
    }
    for remark in work.remarks() {
        state.warn(remark);
    }
}

/// Publishes what a run found under the id `publication`, unless `stopped` comes before anything is visible, and sums it
/// up for people.
pub(super) async fn publish(
    prepared: &Prepared<'_>,
    (target, guard): (&OpenTarget, &dyn Guard),
    publication: &str,
    state: &mut RunState<'_>,
    stopped: impl Future<Output = ()>,
) -> Result<Finished, Failure> {
    let is_newest = publish_all(prepared, (target, guard), publication, state, stopped).await?;
    let summary = summarize(prepared, target, state)?;
    let publication = is_newest.then(|| publication.to_owned());
    Ok(Finished { publication, target: target.place.clone(), summary, is_unchanged: false })
}

fn parameters(job: &Job, window: Option<Window>) -> Parameters {
    // Without a window any dates will do: they are bound, not looked at.
    let (start, end) = window.map_or_else(Default::default, |window| (window.start(), window.end()));
    Parameters { start, end, as_of: end, vars: job.vars.as_slice().into() }
}

async fn read_sources(stage: &Stage<'_>, state: &mut RunState<'_>) -> Result<SourcesRead, Failure> {
    let job = stage.job();
    let windows = read_windows(job, stage.window, stage.work.plan.sources.clone());
    let work = async {
        let mut tell = |name: &str| tracing::debug!(source = name, "reading");
        let read = sources::read(stage.engine, &stage.session, job, &windows, &mut tell).await?;
        let rows = read.rows.iter().map(|(_, rows)| rows).sum();
        let report = StepReport { rows: Some(rows), warning: tables::joined(&read.warnings) };
        Ok::<_, Box<sources::SourcesFailed>>((read, report))
    };
    match state.record.step("sources", work).await {
        Ok(mut read) => {
            state.checks.append(&mut read.checks);
            state.objects.append(&mut read.objects);
            for warning in read.warnings.drain(..) {
                state.warn(warning);
            }
            Ok(read)
        }
        Err(mut failed) => {
            state.checks.append(&mut failed.read.checks);
            state.objects.append(&mut failed.read.objects);
            Err(Failure::from(failed))
        }
    }
}

/// Which rows of its sources a run of `window` needs, given the days of those that have one of their own.
pub(super) fn read_windows(
    job: &Job,
    window: Window,
    starts: BTreeMap<String, Option<chrono::NaiveDate>>,
) -> ReadWindows {
    let others =
        ReadWindow { start: read_from(job, window), end: window.end(), time_zone: job.calendar.time_zone };
    ReadWindows { starts, others }
}

/// First day that any stage of the run needs; `None` for all there is.
pub(super) fn read_from(job: &Job, window: Window) -> Option<chrono::NaiveDate> {
    let calendar = &job.calendar;
    let compared = calendar.year_before(calendar.shift(window.start(), -1));
    let restated = job.tables.iter().filter_map(|table| table.restate);
    let restated = restated.map(|restate| calendar.floor(restate.before(window.start())));
    let modelled = if job.models.is_empty() {
        window.start()
    } else {
        let first = calendar.floor(job.window.history?.before(window.end()));
        // The first fitted periods still feel what was spent before them.
        let lag = job.response_models().map(|model| model.longest_lag(calendar)).max().unwrap_or(0);
        calendar.shift(first, -i32::try_from(lag).unwrap_or(i32::MAX))
    };
    restated.chain([compared, modelled]).min()
}

async fn compute_kpis(stage: &Stage<'_>, state: &mut RunState<'_>) -> Result<Vec<KpiValue>, Failure> {
    let job = stage.job();
    if job.kpis.is_empty() {
        return Ok(Vec::new());
    }
    let work = async {
        let query = |kpi: &crate::config::job::Kpi, sql: String| {
            let position = job.positions.find(&format!("kpis.{}.value", kpi.name));
            let origin = SqlOrigin::value(&job.file, position);
            let session = stage.session.clone();
            async move { session.query(&origin, &sql).await }
        };
        let values = kpis::compute(query, job, stage.window).await?;
        let report = StepReport { rows: Some(values.len() as u64), warning: None };
        Ok::<_, Failure>((values, report))
    };
    state.record.step("kpis", work).await
}

async fn steer(
    stage: &Stage<'_>,
    models: &ModelResults,
    answer: Option<&budget::Answer>,
    kpis: &[KpiValue],
    (before, since): (&Before, &Since),
    state: &mut RunState<'_>,
) -> Result<SteeringPlan, Failure> {
    let job = stage.job();
    if job.steering.is_none() {
        return Ok(SteeringPlan::default());
    }
    let work = async {
        let custom = custom::advice(stage, models).await?;
        let budget = match (budget::budgets(job), answer) {
            (Some(budgets), Some(answer)) => {
                let result = models.response.iter().find(|result| result.model == budgets.model);
                let result = result.ok_or_else(|| {
                    Failure::new(FailureClass::Internal, format!("model `{}` was not fitted", budgets.model))
                })?;
                let budget::Answer { question, curves, worth } = answer;
                Some(steering::budget::plan(job, question, curves, result, *worth, before)?)
            }
            _ => None,
        };
        let mut plan = steering::recommend(job, models, budget, &custom, since, stage.window)?;
        plan.briefings = steering::brief(job, &plan, models, kpis)?;
        let report = StepReport { rows: Some(plan.recommendations.len() as u64), warning: None };
        Ok::<_, Failure>((plan, report))
    };
    state.record.step("steering", work).await
}

/// True if this is the newest publication now.
async fn publish_all(
    prepared: &Prepared<'_>,
    (target, guard): (&OpenTarget, &dyn Guard),
    publication: &str,
    state: &mut RunState<'_>,
    stopped: impl Future<Output = ()>,
) -> Result<bool, Failure> {
    let Prepared { stage, staged, kpi_values, models, plan, previous_as_of, .. } = prepared;
    let (request, job, window) = (stage.request, stage.job(), stage.window);
    let mut results = result_tables(job, window, kpi_values, models, plan)?;
    results.extend(run_tables(&so_far(request, window, target, publication, state), window)?);
    let kept = staged
        .iter()
        .filter_map(|staged| {
            let logic = stage.work.logic.get(&staged.name).cloned();
            KeptTable::new(job.table(&staged.name)?, staged.start, logic, staged.computed.clone())
        })
        .collect();
    let what = Publication {
        publication: publication.to_owned(),
        run_id: request.context.run_id.clone(),
        window,
        results,
        kept,
        inputs: state.objects.clone(),
        source_starts: stage.work.plan.sources.clone(),
        fingerprint: unchanged::fingerprint(job, request.context.seed),
        previous_as_of: *previous_as_of,
        allow_breaking: request.allow_breaking,
    };
    let work = async {
        let published = target.publisher(job).commit_unless(what, stopped, guard).await?;
        let rows = published.tables.iter().map(|table| table.rows).sum();
        let warning = (!published.is_newest).then(|| OLDER_WINDOW.to_owned());
        Ok::<_, Failure>((published.is_newest, StepReport { rows: Some(rows), warning }))
    };
    let is_newest = state.record.step("publish", work).await?;
    if !is_newest {
        state.warn(OLDER_WINDOW.to_owned());
    }
    Ok(is_newest)
}

/// The run as it stands just before it publishes: what the run tables say.
fn so_far(
    request: &RunRequest,
    window: Window,
    target: &OpenTarget,
    publication: &str,
    state: &RunState<'_>,
) -> RunResult {
    let finished = Finished {
        publication: Some(publication.to_owned()),
        target: target.place.clone(),
        summary: String::new(),
        is_unchanged: false,
    };
    let mut result = super::execute::result(request, Some(window), state, Some(&finished), None);
    for step in result.steps.iter_mut().filter(|step| step.step == "publish") {
        step.status = Status::Success;
    }
    result
}

fn summarize(prepared: &Prepared<'_>, target: &OpenTarget, state: &RunState<'_>) -> Result<String, Failure> {
    let Prepared { stage, rows, kpi_values, models, plan, .. } = prepared;
    let job = stage.job();
    let path = job.file.display().to_string();
    let inputs = SummaryInputs {
        job,
        window: stage.window,
        sources: rows,
        kpis: kpi_values,
        models,
        plan,
        warnings: &state.warnings,
        target: &target.place,
        job_path: &path,
        program: &stage.request.program,
    };
    let language = job.languages.first().copied().unwrap_or(crate::domain::Language::En);
    report::summary(&inputs, language, SUMMARY_WIDTH)
        .map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))
}

/// The staged file of a table.
pub(super) fn staged_file<'a>(staged: &'a [Staged], table: &str) -> Option<&'a Path> {
    staged.iter().find(|staged| staged.name == table).map(|staged| staged.file.as_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carry_over_is_read_on_top_of_the_history() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = root.join("tests/jobs/valid/response_wide.yaml");
        let (mut job, _) =
            crate::config::load_job(&file, &root.join("sql"), &crate::config::Inputs::default()).unwrap();
        let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
        let window = Window::new(&job.calendar, day("2024-01-01"), day("2024-12-30")).unwrap();
        // 104 weeks of history and 26 weeks, the longest carry-over of a channel.
        assert_eq!(read_from(&job, window), Some(day("2022-07-04")));
        // Without models, a year and a week before the window are compared with it.
        let models = std::mem::take(&mut job.models);
        assert_eq!(read_from(&job, window), Some(day("2022-12-26")));
        (job.models, job.window.history) = (models, None);
        assert_eq!(read_from(&job, window), None);
    }
}
