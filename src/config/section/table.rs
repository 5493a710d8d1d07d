//! `tables`: what SQL computes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CheckSpec;
use super::value::SpanText;
use crate::config::yaml::{List, Located, Optional, Required};

/// A table that one SELECT computes from sources and other tables.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableSpec {
    /// SQL file below the SQL folder, for example `furniture/weekly_panel.sql`. It may read sources, other tables,
    /// and results of earlier runs as `previous.<table>`; see `docs/previous.md`.
    pub(crate) sql: Required<String>,
    /// Columns that identify a row.
    pub(crate) key: Required<List<String>>,
    /// Column that dates a row. KPIs need it, and so does `store: keep` or `publish`.
    #[serde(default)]
    pub(crate) time: Optional<String>,
    /// What becomes of the rows after the run.
    #[serde(default)]
    pub(crate) store: StoreSpec,
    /// How far before the window rows are computed and published again, for late data.
    pub(crate) restate: Option<Located<SpanText>>,
    /// What must hold before anything is published.
    #[serde(default)]
    pub(crate) checks: List<CheckSpec>,
}

/// What becomes of a table's rows after the run.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoreSpec {
    /// Used within the run only.
    #[default]
    View,
    /// Kept for this and later runs, which read it as `previous.<table>`.
    Keep,
    /// Kept and announced to readers.
    Publish,
}
