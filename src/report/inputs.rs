//! What a summary is made from. Plain references, so that `run` hands over what it has at its end.

use crate::config::job::Job;
use crate::domain::Window;
use crate::kpis::result::KpiValue;
use crate::models::result::ModelResults;
use crate::steering::result::SteeringPlan;

/// Everything that the summary of a run tells.
#[derive(Debug, Clone, Copy)]
pub struct SummaryInputs<'a> {
    /// The job.
    pub job: &'a Job,
    /// The window that was run.
    pub window: Window,
    /// Sources with the rows that the run could see, in the order of the job.
    pub sources: &'a [SourceRows],
    /// KPI values; only those of the whole company are shown.
    pub kpis: &'a [KpiValue],
    /// Results of the models.
    pub models: &'a ModelResults,
    /// What is recommended.
    pub plan: &'a SteeringPlan,
    /// Warnings of the run as sentences; those of the models are added if they are not among them.
    pub warnings: &'a [String],
    /// Where the tables lie, as people would write it.
    pub target: &'a str,
    /// The job file as given on the command line.
    pub job_path: &'a str,
    /// What people type to start this program.
    pub program: &'a str,
}

/// A source with the number of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRows {
    /// Name of the source.
    pub source: String,
    /// Rows; `None` if they were not counted.
    pub rows: Option<u64>,
}
