//! The job file as a whole, and its small sections.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{Currency, Day, SpanText, Zone};
use super::{
    DecisionSpec, KpiSpec, ModelSpec, RecipientSpec, SourceSpec, SteeringSpec, TableSpec, TestSpec, Text,
    VarSpec,
};
use crate::config::yaml::{Entries, List, Located, Optional, Required};
use crate::domain::{Language, PeriodKind, StartOfWeek};

/// A job: which data is joined, which goals count, what drives them, and where results go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Job file")]
pub(crate) struct JobSpec {
    /// Name of the job: lowercase letters, digits and `_`. Stands in every result table.
    pub(crate) job: Required<String>,
    /// What people read instead of the name.
    pub(crate) title: Option<Located<Text>>,
    /// Who answers for the job.
    pub(crate) owner: Option<Located<String>>,
    /// Currency of every amount of money in the job, for example `EUR`.
    pub(crate) currency: Required<Currency>,
    /// Languages of recommendations and summaries. Every text of the job is one for all languages or has each of these.
    pub(crate) languages: Required<List<Language>>,
    /// How time is cut into periods.
    pub(crate) calendar: CalendarSpec,
    /// The window when the command line gives none, and how far back models read.
    pub(crate) window: Option<WindowSpec>,
    /// Values that are set in one place, or from outside.
    #[serde(default)]
    pub(crate) vars: Entries<VarSpec>,
    /// Files that the job reads, by the name that SQL uses.
    pub(crate) sources: Entries<SourceSpec>,
    /// Tables that SQL computes from sources and other tables; their order follows from the SQL.
    #[serde(default)]
    pub(crate) tables: Entries<TableSpec>,
    /// Tests of the SQL of tables, which `trichter test` runs.
    #[serde(default)]
    pub(crate) tests: Entries<TestSpec>,
    /// People who own KPIs and decisions and get recommendations.
    #[serde(default)]
    pub(crate) recipients: Entries<RecipientSpec>,
    /// Decisions that are taken again and again. Each is served by a KPI.
    #[serde(default)]
    pub(crate) decisions: Entries<DecisionSpec>,
    /// Figures that success is measured by. Each serves a decision.
    #[serde(default)]
    pub(crate) kpis: Entries<KpiSpec>,
    /// Models of what drives success.
    #[serde(default)]
    pub(crate) models: Entries<ModelSpec>,
    /// What is recommended.
    pub(crate) steering: Option<SteeringSpec>,
    /// Where results go.
    pub(crate) publish: PublishSpec,
}

/// How time is cut into periods.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalendarSpec {
    /// Length of a period.
    pub(crate) period: Required<PeriodKind>,
    /// First day of a week.
    #[serde(default)]
    pub(crate) starts: StartOfWeek,
    /// Time zone in which a timestamp is turned into a day, for example `Europe/Berlin`.
    pub(crate) time_zone: Required<Zone>,
}

/// The window when the command line gives none, and how far back models read.
///
/// `start` and `end` are given together and lie on period boundaries of the calendar; `end` is the
/// first day *after* the window.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowSpec {
    /// How far before the end of the window models read. Without it they read all there is.
    pub(crate) history: Option<Located<SpanText>>,
    /// First day of the window.
    #[serde(default)]
    pub(crate) start: Optional<Day>,
    /// First day after the window.
    #[serde(default)]
    pub(crate) end: Optional<Day>,
}

/// Where results go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishSpec {
    /// A folder: the name of a storage and a path below it, for example `marts/furniture/`.
    pub(crate) to: Required<String>,
    /// Format of the published tables.
    #[serde(default)]
    pub(crate) format: Optional<PublishFormat>,
}

/// Format of the published tables.
#[derive(Debug, Clone, Copy, Default, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PublishFormat {
    /// Apache Parquet.
    #[default]
    Parquet,
    /// The same, and each announced table as a Delta table in `delta/<table>/` besides. Needs a trichter that was
    /// built with `--features delta`.
    Delta,
}
