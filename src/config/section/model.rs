//! `models`: what drives success.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::SpanText;
use super::{ResponseSpec, Text};
use crate::config::yaml::{Entries, Located, Optional, Required};
use crate::domain::{Party, Role};

/// A model, by its kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a job has a handful of models")]
pub(crate) enum ModelSpec {
    /// What makes one lead, contact, deal or day succeed.
    Outcome(OutcomeSpec),
    /// What spend and circumstances do to an outcome over time.
    Response(ResponseSpec),
}

/// What makes one lead, contact, deal or day succeed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutcomeSpec {
    /// What people read; the name of the model by default.
    pub(crate) label: Option<Located<Text>>,
    /// Table with one row per lead, contact, deal or day.
    pub(crate) table: Required<String>,
    /// What counts as success.
    pub(crate) success: SuccessSpec,
    /// The KPI that the outcome moves. Recommendations go to the owners of its decisions.
    #[serde(default)]
    pub(crate) explains: Optional<String>,
    /// Whether a linear trend is always in the model.
    #[serde(default)]
    pub(crate) trend: bool,
    /// Seasons that are always in the model.
    pub(crate) seasonality: Option<SeasonalitySpec>,
    /// Columns of the table whose effect is estimated.
    pub(crate) drivers: Entries<DriverSpec>,
}

/// What counts as success.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SuccessSpec {
    /// A boolean or 0/1 column: accepted, won, subscribed.
    YesNo(YesNoSpec),
    /// A number: margin, revenue, rentals.
    Amount(AmountSpec),
}

/// A boolean or 0/1 column.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct YesNoSpec {
    /// The column.
    pub(crate) column: Required<String>,
    /// Column with the date on which the lead, contact or deal began.
    pub(crate) at: Required<String>,
    /// Rows younger than this at the end of the window are open, not lost, and stay out.
    pub(crate) matures_after: Option<Located<SpanText>>,
}

/// A number.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AmountSpec {
    /// The column.
    pub(crate) column: Required<String>,
    /// Column with the date of the row.
    pub(crate) at: Required<String>,
    /// Unit of the amount, for example `EUR`.
    pub(crate) unit: Required<String>,
}

/// Seasons that are always in the model.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeasonalitySpec {
    /// Pairs of sine and cosine per year: 1 is one smooth wave, 2 or 3 follow sharper seasons.
    pub(crate) yearly: Required<i64>,
}

/// A driver of an outcome: a column of the model's table. `{}` is enough.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DriverSpec {
    /// What people read; the name of the column by default.
    pub(crate) label: Option<Located<Text>>,
    /// Whose data it is; by default that of the sources that the column comes from.
    pub(crate) party: Option<Located<Party>>,
    /// What it is about, for example `weather`; by default what those sources are about.
    pub(crate) about: Option<Located<String>>,
    /// What it may do in the model.
    #[serde(default = "precision")]
    pub(crate) role: Role,
    /// Drivers with the same group share one line of importance; by default each has its own.
    pub(crate) group: Option<Located<String>>,
    /// The change that its effect is stated for, in its unit; one standard deviation by default.
    pub(crate) per: Option<Located<f64>>,
    /// Unit of the driver, for example `°C` or `{ en: points, de: Punkte }`.
    pub(crate) unit: Option<Located<Text>>,
}

fn precision() -> Role {
    Role::Precision
}
