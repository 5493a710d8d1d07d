//! Why a run ended without a result, and what a scheduler should make of it.
//!
//! Each room has its own error type; this is the one boundary where they meet, so that the exit
//! codes are decided in one place.

use crate::config::closest;
use crate::config::diagnostic::Problems;
use crate::demo::DemoError;
use crate::engine::{EngineError, EngineErrorKind};
use crate::features::FeatureError;
use crate::kpis::KpiError;
use crate::models::{ModelError, ScenarioError};
use crate::publish::{Fault, PublishError};
use crate::sources::SourcesFailed;
use crate::steering::SteeringError;
use crate::steering::budget::BudgetError;
use crate::transform::TableError;

/// What a scheduler should make of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureClass {
    /// A step failed: try again.
    Step,
    /// Wrong usage, job or configuration: trying again is no use.
    Job,
    /// A data check of severity error failed; nothing was published.
    Check,
    /// A source is missing, empty, stale or breaks its contract: try later.
    Source,
    /// A gate withheld advice and the caller asked to fail on it.
    Gate,
    /// A defect of this program.
    Internal,
    /// Another run holds the lock, or the store is busy: try again.
    Busy,
    /// Stopped from the keyboard.
    Interrupted,
    /// Stopped by the scheduler.
    Terminated,
}

impl FailureClass {
    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Step => 1,
            Self::Job => 2,
            Self::Check => 3,
            Self::Source => 4,
            Self::Gate => 5,
            Self::Internal => 70,
            Self::Busy => 75,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

/// A failure with its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What a scheduler should make of it.
    pub class: FailureClass,
    /// What went wrong: a lowercase fragment.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The problems of a job, its SQL or its configuration, where that is what went wrong.
    pub problems: Option<Problems>,
}

impl Failure {
    /// A failure with a message.
    #[must_use]
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), help: None, problems: None }
    }

    /// The same with a way out.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The failure as plain text: its problems with their places, or what went wrong and the way out.
    #[must_use]
    pub fn plain(&self) -> String {
        if let Some(problems) = &self.problems {
            let mut problems = problems.clone();
            problems.add_texts();
            return problems.render(false);
        }
        let help = self.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        format!("error: {}{help}", self.message)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let count = problems.sorted().len();
        let plural = if count == 1 { "" } else { "s" };
        Self {
            class: FailureClass::Job,
            message: format!("{count} problem{plural} in the job or its configuration"),
            help: None,
            problems: Some(problems),
        }
    }
}

impl From<super::window::WindowRequestError> for Failure {
    fn from(error: super::window::WindowRequestError) -> Self {
        Self::new(FailureClass::Job, error.to_string()).with_help(error.help())
    }
}

impl From<EngineErrorKind> for FailureClass {
    fn from(kind: EngineErrorKind) -> Self {
        match kind {
            EngineErrorKind::Sql | EngineErrorKind::Configuration => Self::Job,
            EngineErrorKind::Source => Self::Source,
            EngineErrorKind::Runtime | EngineErrorKind::DiskFull | EngineErrorKind::OutOfMemory => Self::Step,
            EngineErrorKind::Unavailable => Self::Busy,
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let class = FailureClass::from(error.kind);
        let mut problems = Problems::default();
        if let Some(file) = &error.file {
            problems.push(error.to_problem(file));
        }
        let problems = (!problems.is_empty()).then_some(problems);
        Self { class, message: error.message, help: error.help, problems }
    }
}

impl From<Box<SourcesFailed>> for Failure {
    fn from(failed: Box<SourcesFailed>) -> Self {
        let class = failed.kind.into();
        Self { class, message: failed.to_string(), help: None, problems: Some(failed.problems) }
    }
}

impl From<KpiError<EngineError>> for Failure {
    fn from(error: KpiError<EngineError>) -> Self {
        match error {
            KpiError::Query { kpi, table, source } => {
                let failure = Self::from(source);
                let message = format!("KPI `{kpi}` cannot be computed from `{table}`: {}", failure.message);
                Self { message, ..failure }
            }
            other => Self::new(FailureClass::Job, other.to_string()),
        }
    }
}

impl From<FeatureError> for Failure {
    fn from(error: FeatureError) -> Self {
        let class = match &error {
            FeatureError::Open { .. } | FeatureError::Read { .. } => FailureClass::Step,
            // The job asks of the data what they cannot give; trying again is no use.
            _ => FailureClass::Job,
        };
        Self::new(class, error.to_string())
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::new(FailureClass::Step, error.to_string())
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        let nearest = match &error {
            ScenarioError::UnknownName { name, known, .. }
            | ScenarioError::UnknownUnit { unit: name, known, .. } => {
                closest(name, known.iter().map(String::as_str))
            }
            _ => None,
        };
        let nearest = nearest.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
        Self::new(FailureClass::Job, error.to_string()).with_help(format!("{nearest}{}", error.help()))
    }
}

impl From<SteeringError> for Failure {
    fn from(error: SteeringError) -> Self {
        match error {
            SteeringError::Budget(error) => error.into(),
            error @ SteeringError::Custom { .. } => Self::new(FailureClass::Check, error.to_string())
                .with_help(
                    "correct the SQL of the table; docs/reference/job.md says which columns advice has",
                ),
            error => Self::new(FailureClass::Internal, error.to_string()),
        }
    }
}

impl From<BudgetError> for Failure {
    fn from(error: BudgetError) -> Self {
        let class = match error {
            BudgetError::NoCurves { .. } | BudgetError::Curve { .. } => FailureClass::Internal,
            _ => FailureClass::Job,
        };
        Self::new(class, error.to_string()).with_help(error.help())
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let class = match error.fault() {
            Fault::StepFailed => FailureClass::Step,
            Fault::Usage => FailureClass::Job,
            Fault::Internal => FailureClass::Internal,
            Fault::TryLater => FailureClass::Busy,
        };
        Self::new(class, error.to_string())
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        let help = error.help();
        let class = match error {
            DemoError::Store(error) => return Self::from(error),
            DemoError::NotOurs { .. } | DemoError::Scale { .. } => FailureClass::Job,
            DemoError::Defect { .. } => FailureClass::Internal,
        };
        Self { class, message: error.to_string(), help, problems: None }
    }
}

impl From<TableError> for Failure {
    fn from(failed: TableError) -> Self {
        let TableError { table, error } = failed;
        let failure = Self::from(error);
        Self { message: format!("table `{table}`: {}", failure.message), ..failure }
    }
}
