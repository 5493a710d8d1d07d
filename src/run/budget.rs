//! The budget of a job: its cells before the model is fitted, its plan after.

use std::path::PathBuf;

use chrono::NaiveDate;

use super::failure::{Failure, FailureClass};
use super::pipeline::{RunState, Stage, staged_file};
use super::previous::remember;
use super::target::OpenTarget;
use crate::config::Job;
use crate::config::job::{Budgets, ResponseModel};
use crate::domain::Calendar;
use crate::engine::PREVIOUS;
use crate::features::{CellsRequest, PanelFrame, budget_cells};
use crate::models::result::PlanCurves;
use crate::publish::Previous;
use crate::steering::Since;
use crate::steering::budget::{Before, Question};
use crate::transform::Staged;

/// What the budget of a job asks of its model.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    budgets: Budgets,
    calendar: Calendar,
    unit: Option<String>,
    file: PathBuf,
    recipients: Vec<String>,
}

/// What was asked, and what the model answered.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) question: Question,
    pub(super) curves: PlanCurves,
    /// What a unit of outcome is worth.
    pub(super) worth: Option<f64>,
}

impl Asking {
    /// What the job asks of `model`; `None` if its budget does not rest on it.
    pub(super) fn of(
        stage: &Stage<'_>,
        staged: &[Staged],
        model: &ResponseModel,
    ) -> Result<Option<Self>, Failure> {
        let job = &stage.request.job;
        let Some(budgets) = budgets(job).filter(|budgets| budgets.model == model.name) else {
            return Ok(None);
        };
        let missing =
            || Failure::new(FailureClass::Internal, format!("table `{}` was not staged", budgets.cells));
        let file = staged_file(staged, &budgets.cells).ok_or_else(missing)?.to_path_buf();
        let recipients = job.recipients.iter().map(|recipient| recipient.name.clone()).collect();
        let (budgets, unit) = (budgets.clone(), model.unit.clone());
        Ok(Some(Self { budgets, calendar: job.calendar, unit, file, recipients }))
    }

    /// The question for a panel that ends at `end`.
    pub(super) fn question(&self, panel: &PanelFrame, end: NaiveDate) -> Result<Question, Failure> {
        let budgets = &self.budgets;
        let reference = Question::reference(&self.calendar, end, budgets.reference, panel.fitted_periods());
        let horizon = Question::horizon(&self.calendar, end, budgets.plan)?;
        let cells = budget_cells(&CellsRequest {
            table: &budgets.cells,
            file: &self.file,
            unit: self.unit.as_deref(),
            recipients: &self.recipients,
            panel,
            reference,
            horizon,
        })?;
        Ok(Question::new(budgets, cells, &self.calendar, end, reference)?)
    }
}

/// The budgets of a job.
pub(super) fn budgets(job: &Job) -> Option<&Budgets> {
    job.steering.as_ref()?.budgets.as_ref()
}

/// What the run before advised: its budget, and since when it gave each piece of advice.
pub(super) async fn before(
    job: &Job,
    earlier: &Previous,
    target: &OpenTarget,
    state: &mut RunState<'_>,
) -> Result<(Before, Since), Failure> {
    if job.steering.is_none() {
        return Ok((Before::new(), Since::new()));
    }
    let advice = earlier.advice().await?;
    remember(state, target, &format!("{PREVIOUS}.recommendations"), advice.object);
    let Some(budgets) = budgets(job) else { return Ok((Before::new(), advice.since)) };
    let found = earlier.budget(&budgets.model).await?;
    remember(state, target, &format!("{PREVIOUS}.budget_plan"), found.object);
    Ok((found.shares, advice.since))
}
