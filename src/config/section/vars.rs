//! `vars`: values that are set in one place, or from outside.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::ColumnType;
use crate::config::yaml::{Located, Required};

/// A variable of the job.
///
/// SQL reads it as `$name`, in SQL files and in the expressions of the job, with its type; other values of the job as
/// `${vars.name}`. `--var name=value` or the environment variable `TRICHTER_VAR_name` sets it for one run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VarSpec {
    /// Type of the value, for example `double` or `date`.
    #[serde(rename = "type")]
    pub(crate) data_type: Required<ColumnType>,
    /// Value when none is set from outside. Without it, one must be.
    pub(crate) default: Option<Located<String>>,
    /// What the value means, for whoever sets it.
    pub(crate) about: Option<Located<String>>,
}
