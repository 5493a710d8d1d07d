//! The resolved job: what every stage after `config` works from.
//!
//! Only [`crate::config`] builds a [`Job`], and only after every check passed, so that no later
//! stage checks again: names are unique and resolve, spans and types are parsed, texts exist.

mod budget;
mod check;
mod goals;
mod model;
mod response;
mod source;
mod steering;
mod table;
mod test;
mod vars;

pub use budget::{Budgets, CellPart, MoneyPart, Phasing, PlanHeight, PlanLimit};
pub use check::{Check, CheckKind};
pub use goals::{Decision, Kpi, Recipient};
pub use model::{Driver, Model, OutcomeModel, Success};
pub use response::{Channel, Interactions, Margin, Media, ResponseModel, RoasPrior, Worth};
pub use source::{
    Column, CsvOptions, Encoding, Format, Freshness, Location, PartitionColumn, SchemaChanges, Source,
};
pub use steering::{Briefed, Recommendations, Steering};
pub use table::{SqlTable, Store};
pub use test::{GivenRows, SqlTest, TestCell, TestRow};
pub use vars::Var;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::config::diagnostic::Position;
pub use crate::domain::{Adstock, Form, Saturation, Trend};
use crate::domain::{Calendar, Language, LocalText, Span};

/// A checked job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Name: lowercase letters, digits and `_`, starting with a letter.
    pub name: String,
    /// What people read instead of the name.
    pub title: LocalText,
    /// Who answers for the job.
    pub owner: Option<String>,
    /// ISO 4217 code of every amount of money in the job.
    pub currency: String,
    /// Languages of recommendations and summaries, at least one, in the order given.
    pub languages: Vec<Language>,
    /// How time is cut into periods.
    pub calendar: Calendar,
    /// The window when the command line gives none, and how far back models read.
    pub window: JobWindow,
    /// Variables with the values that they have in this run, in the order of the file.
    pub vars: Vec<Var>,
    /// Sources in the order of the file.
    pub sources: Vec<Source>,
    /// SQL tables in the order of the file; `transform` orders them by their references.
    pub tables: Vec<SqlTable>,
    /// Tests of the SQL of tables.
    pub tests: Vec<SqlTest>,
    /// Who gets recommendations.
    pub recipients: Vec<Recipient>,
    /// The decisions that KPIs serve.
    pub decisions: Vec<Decision>,
    /// KPIs, each tied to at least one decision.
    pub kpis: Vec<Kpi>,
    /// Models in the order of the file.
    pub models: Vec<Model>,
    /// What is recommended, if anything.
    pub steering: Option<Steering>,
    /// Where results go: a storage and a folder below it.
    pub publish: Location,
    /// Format of the published tables.
    pub format: TableFormat,
    /// The job file, as given on the command line.
    pub file: PathBuf,
    /// Where each value stands in the job file, for problems that only planning can find.
    pub positions: Positions,
}

/// The format of published tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TableFormat {
    /// Apache Parquet.
    #[default]
    Parquet,
    /// The same, and Delta tables besides.
    Delta,
}

/// The window part of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobWindow {
    /// How far before the window's end models read; `None` reads all there is.
    pub history: Option<Span>,
    /// Start of the window if the command line gives none. Given together with `end`.
    pub start: Option<NaiveDate>,
    /// End of the window if the command line gives none.
    pub end: Option<NaiveDate>,
}

impl Job {
    /// The source called `name`.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// The variables that `sql` reads.
    pub fn vars_of(&self, sql: &str) -> impl Iterator<Item = &Var> {
        self.vars.iter().filter(move |var| var.is_read_by(sql))
    }

    /// The SQL table called `name`.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&SqlTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The KPI called `name`.
    #[must_use]
    pub fn kpi(&self, name: &str) -> Option<&Kpi> {
        self.kpis.iter().find(|kpi| kpi.name == name)
    }

    /// The decision called `name`.
    #[must_use]
    pub fn decision(&self, name: &str) -> Option<&Decision> {
        self.decisions.iter().find(|decision| decision.name == name)
    }

    /// The recipient called `name`.
    #[must_use]
    pub fn recipient(&self, name: &str) -> Option<&Recipient> {
        self.recipients.iter().find(|recipient| recipient.name == name)
    }

    /// The outcome models, in the order of the file.
    pub fn outcome_models(&self) -> impl Iterator<Item = &OutcomeModel> {
        self.models.iter().filter_map(Model::as_outcome)
    }

    /// The outcome model called `name`.
    #[must_use]
    pub fn outcome_model(&self, name: &str) -> Option<&OutcomeModel> {
        self.outcome_models().find(|model| model.name == name)
    }

    /// The response models, in the order of the file.
    pub fn response_models(&self) -> impl Iterator<Item = &ResponseModel> {
        self.models.iter().filter_map(Model::as_response)
    }

    /// The response model called `name`.
    #[must_use]
    pub fn response_model(&self, name: &str) -> Option<&ResponseModel> {
        self.response_models().find(|model| model.name == name)
    }
}

/// Positions of values in the job file by their path, for example `models.demand.outcome.drivers.temp`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions(BTreeMap<String, Position>);

impl Positions {
    /// Remembers where the value at `path` stands.
    pub fn insert(&mut self, path: impl Into<String>, position: Position) {
        self.0.insert(path.into(), position);
    }

    /// Where the value at `path` stands, or else its nearest parent that is known.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Position> {
        let mut path = path;
        loop {
            if let Some(position) = self.0.get(path) {
                return Some(*position);
            }
            path = path.rsplit_once('.')?.0;
        }
    }
}
