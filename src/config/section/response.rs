//! `models.<name>.response`: what spend and circumstances do to an outcome over time.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::Share;
use super::{SeasonalitySpec, Text};
use crate::config::yaml::{Entries, List, Located, Optional, Required};
use crate::domain::{Adstock, Form, Party, Role, Saturation, Trend};

/// What spend and circumstances do to an outcome over time.
///
/// Fits one series per unit, period by period: a baseline, what each channel adds with its carry-over and
/// saturation, and what each driver adds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponseSpec {
    /// What people read; the name of the model by default.
    pub(crate) label: Option<Located<Text>>,
    /// Table with one row per period, or per period and unit.
    pub(crate) table: Required<String>,
    /// Column with the outcome, for example `revenue`: an amount per row that may be summed over units and periods.
    pub(crate) outcome: Required<String>,
    /// Unit of the outcome, for example `leads`; the currency of the job by default.
    pub(crate) outcome_unit: Option<Located<String>>,
    /// Column that dates a row; the `time` of the table by default.
    #[serde(default)]
    pub(crate) at: Optional<String>,
    /// Column of the unit: region, store, geo. Units differ in level and size, and learn from each other. Without it
    /// the table is one series.
    #[serde(default)]
    pub(crate) unit: Optional<String>,
    /// Column with the size of a unit, for example `inhabitants`: the same money does less in a larger unit. By default
    /// the mean outcome of a unit is its size.
    #[serde(default)]
    pub(crate) size: Optional<String>,
    /// What the outcome is worth; without it a unit of outcome is worth itself.
    pub(crate) worth: Option<Located<WorthSpec>>,
    /// Where spend and exposure stand: in a table of their own (`from`), or in columns of the model's table (`each`).
    pub(crate) channels: Required<ChannelsSpec>,
    /// Columns of the table with what else moves the outcome: numbers and booleans.
    #[serde(default)]
    pub(crate) drivers: Entries<ResponseDriverSpec>,
    /// How the baseline may drift.
    #[serde(default = "linear")]
    pub(crate) trend: Trend,
    /// Seasons that are always in the model.
    pub(crate) seasonality: Option<SeasonalitySpec>,
    /// How baseline, channels and drivers make up the outcome.
    #[serde(default = "additive")]
    pub(crate) form: Form,
    /// Which joint effects are looked for; without it none.
    pub(crate) interactions: Option<InteractionsSpec>,
    /// Table of experiments, one row each, with the columns `channel`, `unit` (if the model has units), `start` and
    /// `end` (the first day after it), `spend_change`, `lift` and its standard error `lift_se`.
    #[serde(default)]
    pub(crate) experiments: Optional<String>,
    /// The KPI that the outcome moves.
    #[serde(default)]
    pub(crate) explains: Optional<String>,
}

fn linear() -> Trend {
    Trend::Linear
}

fn additive() -> Form {
    Form::Additive
}

/// What the outcome is worth: columns of the model's table. Give one of `margin` and `margin_rate`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorthSpec {
    /// Column with what is left of the outcome of a row, as an amount.
    #[serde(default)]
    pub(crate) margin: Optional<String>,
    /// Column with what is left of the outcome of a row, as a share of it, 0 to 1.
    #[serde(default)]
    pub(crate) margin_rate: Optional<String>,
    /// Columns with amounts that are taken off, for example the cost of service.
    #[serde(default)]
    pub(crate) minus: List<String>,
}

/// Where spend and exposure stand.
///
/// With `from` they stand in a table with one row per period, unit and channel; rows of the same are summed, and
/// channels need not be listed. Without it they are columns of the model's table, named channel by channel.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelsSpec {
    /// Table with one row per period, unit and channel. Its column of the unit has the name of the model's.
    #[serde(default)]
    pub(crate) from: Optional<String>,
    /// Column of `from` with the name of the channel.
    #[serde(default)]
    pub(crate) key: Optional<String>,
    /// Column of `from` that dates a row; the `time` of that table by default.
    #[serde(default)]
    pub(crate) at: Optional<String>,
    /// Column of `from` with the money. Give it, `exposure`, or both.
    #[serde(default)]
    pub(crate) spend: Optional<String>,
    /// Column of `from` with the media pressure: impressions, GRP, clicks. Where it is given it drives the response,
    /// and spend gives its price.
    #[serde(default)]
    pub(crate) exposure: Optional<String>,
    /// What is known about single channels. Without `from`, every channel of the model.
    #[serde(default)]
    pub(crate) each: Entries<ChannelSpec>,
}

/// A channel: something that money or effort is put into.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelSpec {
    /// What people read; the name of the channel by default.
    pub(crate) label: Option<Located<Text>>,
    /// Who books it, for example `marketing` or `sales`.
    pub(crate) side: Option<Located<String>>,
    /// Column of the model's table with the money. Only without `from`.
    #[serde(default)]
    pub(crate) spend: Optional<String>,
    /// Column of the model's table with the media pressure: impressions, GRP, clicks. Alone it makes an organic
    /// channel, which has an effect but no price. Only without `from`.
    #[serde(default)]
    pub(crate) exposure: Optional<String>,
    /// Channels part of whose effect runs through this one: `search: { carries: [tv] }` says that TV makes people
    /// search.
    #[serde(default)]
    pub(crate) carries: List<String>,
    /// How the effect carries over to later periods; by default the data choose.
    pub(crate) adstock: Option<Located<Adstock>>,
    /// Periods after its own in which an effect is still looked for, 0 to 104; a quarter of a year by default.
    pub(crate) max_lag: Option<Located<i64>>,
    /// How more pressure does less and less; by default the data choose.
    pub(crate) saturation: Option<Located<Saturation>>,
    /// What is believed about its return before the data speak.
    pub(crate) prior: Option<Located<PriorSpec>>,
    /// Probability, before the data speak, that the channel does nothing, for example `10%`.
    pub(crate) no_effect: Option<Located<Share>>,
}

/// A belief about a channel's return on spend, as a normal distribution without its negative part.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriorSpec {
    /// Expected outcome per unit of money, for example `2.5`.
    pub(crate) roas: Required<f64>,
    /// How sure that is: its standard deviation, above 0.
    pub(crate) sd: Required<f64>,
}

/// A driver of a response: a column of the model's table with numbers or booleans.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponseDriverSpec {
    /// What people read; the name of the column by default.
    pub(crate) label: Option<Located<Text>>,
    /// Whose data it is; by default that of the sources that the column comes from.
    pub(crate) party: Option<Located<Party>>,
    /// What it is about, for example `weather`; by default what those sources are about.
    pub(crate) about: Option<Located<String>>,
    /// What it may do: a `confounder` moves our own spend and the outcome, `precision` moves the outcome only, a
    /// `lever` is ours to move, `moved_by_us` follows from our spend. It has no default, because the effects of the
    /// channels depend on it.
    pub(crate) role: Required<Role>,
    /// Drivers with the same group share one line of importance; by default each has its own.
    pub(crate) group: Option<Located<String>>,
    /// The change that its effect is stated for, in its unit; one standard deviation by default.
    pub(crate) per: Option<Located<f64>>,
    /// Unit of the driver, for example `°C` or `{ en: points, de: Punkte }`.
    pub(crate) unit: Option<Located<Text>>,
}

/// Which joint effects are looked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InteractionsSpec {
    /// The word `channels`, which stands for every pair of channels, and names of drivers, each of which is paired
    /// with every channel.
    pub(crate) among: Required<List<String>>,
    /// Expected share of false claims among the joint effects that are claimed; `10%` by default.
    pub(crate) false_discovery_rate: Option<Located<Share>>,
}
