//! The record of a run: which steps there are, how each went.
//!
//! Every step of the job is planned before the first one starts, so that a failed run still lists
//! what it did not come to as `skipped`.

use std::future::Future;

use super::context::RunContext;
use super::result::StepResult;
use crate::config::{Job, redact};
use crate::domain::Status;

/// Hears of steps as they start and end. Implemented by the terminal's progress display and by
/// plain log lines.
pub trait Observer: Send + Sync {
    /// A step begins: number `index` of `total`, counted from 1.
    fn started(&self, index: usize, total: usize, step: &StepResult);
    /// A step ended.
    fn finished(&self, index: usize, total: usize, step: &StepResult);
}

/// What a finished step tells the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepReport {
    /// Rows that came out, where rows make sense.
    pub rows: Option<u64>,
    /// A warning, if the step finished with one.
    pub warning: Option<String>,
}

/// The steps of a run.
pub struct Record<'a> {
    context: &'a RunContext,
    observer: &'a dyn Observer,
    steps: Vec<StepResult>,
}

impl<'a> Record<'a> {
    /// Plans every step of `job`, its tables in the order of the file.
    #[must_use]
    pub fn plan(job: &Job, context: &'a RunContext, observer: &'a dyn Observer) -> Self {
        let mut steps = vec![planned("sources".to_owned(), "source")];
        steps.extend(job.tables.iter().map(|table| planned(table_step(&table.name), "table")));
        if !job.kpis.is_empty() {
            steps.push(planned("kpis".to_owned(), "kpis"));
        }
        steps.extend(job.models.iter().map(|model| planned(format!("model.{}", model.name()), "model")));
        if job.steering.is_some() {
            steps.push(planned("steering".to_owned(), "steering"));
        }
        steps.push(planned("publish".to_owned(), "publish"));
        Self { context, observer, steps }
    }

    /// Leaves only the steps for which `wanted` is true: for work that ends before publishing.
    pub fn keep(&mut self, wanted: impl Fn(&StepResult) -> bool) {
        self.steps.retain(wanted);
    }

    /// Puts the steps of tables into the order in which they will run.
    pub fn order_tables(&mut self, names: &[String]) {
        let place = |step: &StepResult| names.iter().position(|name| table_step(name) == step.step);
        let first = self.steps.iter().position(|step| step.stage == "table").unwrap_or_default();
        let count = self.steps.iter().filter(|step| step.stage == "table").count();
        self.steps[first..first + count].sort_by_key(place);
    }

    /// Runs `work` as the step called `name` and records how it went.
    ///
    /// # Errors
    ///
    /// Hands on the error of `work`.
    pub async fn step<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        work: impl Future<Output = Result<(T, StepReport), E>>,
    ) -> Result<T, E> {
        let (context, observer, total) = (self.context, self.observer, self.steps.len());
        let Some(index) = self.steps.iter().position(|step| step.step == name) else {
            // A step that nobody planned still runs; it only has no line of its own.
            return work.await.map(|(value, _)| value);
        };
        self.steps[index].started_at = Some(context.now());
        let before = context.elapsed();
        observer.started(index + 1, total, &self.steps[index]);
        let outcome = work.await;
        let step = &mut self.steps[index];
        step.seconds = context.elapsed() - before;
        let value = match outcome {
            Ok((value, report)) => {
                step.status = if report.warning.is_some() { Status::Warn } else { Status::Success };
                step.rows = report.rows;
                step.message = report.warning.map(|warning| redact(&warning).into_owned());
                Ok(value)
            }
            Err(error) => {
                step.status = Status::Error;
                step.message = Some(redact(&error.to_string()).into_owned());
                Err(error)
            }
        };
        observer.finished(index + 1, total, &self.steps[index]);
        value
    }

    /// The steps as they stand. One that began and has not ended was cut off.
    #[must_use]
    pub fn steps(&self) -> Vec<StepResult> {
        let mut steps = self.steps.clone();
        for step in &mut steps {
            if step.status == Status::Skipped && step.started_at.is_some() {
                step.status = Status::Error;
                step.message = Some("stopped before it was done".to_owned());
            }
        }
        steps
    }
}

fn table_step(table: &str) -> String {
    format!("table.{table}")
}

fn planned(step: String, stage: &'static str) -> StepResult {
    StepResult {
        step,
        stage,
        status: Status::Skipped,
        started_at: None,
        seconds: 0.0,
        rows: None,
        message: None,
    }
}
