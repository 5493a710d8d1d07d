//! What a response model found: channels, curves, contributions, joint effects.

use chrono::NaiveDate;

use super::{DriverEffect, GateReason, GateVerdict, Parameter, QualityMetric};
use crate::domain::{Estimate, Evidence, Gate, Party};

/// Everything that one response model found.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseResult {
    /// Model name.
    pub model: String,
    /// The verdict on the model as a whole.
    pub gate: GateVerdict,
    /// First day of the fitted periods.
    pub start: NaiveDate,
    /// First day after them.
    pub end: NaiveDate,
    /// Channels over all units, in the order of the model; then each channel in each unit.
    pub channels: Vec<ChannelPerformance>,
    /// Drivers.
    pub effects: Vec<DriverEffect>,
    /// Joint effects that were looked for.
    pub interactions: Vec<Interaction>,
    /// What the fitted outcome is made of, by period, unit and part.
    pub contributions: Vec<Contribution>,
    /// What other spend would bring, by channel.
    pub curves: Vec<CurvePoint>,
    /// Actual, fitted and out-of-sample outcome, by unit and period; all units together too.
    pub predictions: Vec<PanelPrediction>,
    /// Coefficients and shapes.
    pub parameters: Vec<Parameter>,
    /// Fit and forecast quality.
    pub quality: Vec<QualityMetric>,
    /// Experiments, measured against modelled.
    pub experiments: Vec<ExperimentFinding>,
    /// Warnings for the log and the summary, as sentences.
    pub warnings: Vec<String>,
}

/// What a channel did in the fitted periods.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelPerformance {
    /// Channel name.
    pub channel: String,
    /// Unit; `None`: all units together.
    pub unit: Option<String>,
    /// Who books it.
    pub side: Option<String>,
    /// Money; `None` for an organic channel.
    pub spend: Option<f64>,
    /// Outcome that would not have been without it, also after the last period.
    pub incremental_outcome: Estimate,
    /// Part of the outcome, 0 to 1.
    pub outcome_share: Estimate,
    /// Incremental outcome per unit of spend; `None` without spend.
    pub roas: Option<Estimate>,
    /// That of the next hundredth of spend, spread as spend was; `None` without spend.
    pub mroas: Option<Estimate>,
    /// (Worth of the incremental outcome − spend) ÷ spend; `None` without spend or a stated worth.
    pub roi: Option<Estimate>,
    /// Part of the incremental outcome that comes by way of channels that carry it, 0 to 1.
    pub carried_share: Option<Estimate>,
    /// Part of the response that is felt after the period of the spend, 0 to 1.
    pub carry_over_share: Estimate,
    /// Posterior probability that the channel has any effect.
    pub inclusion_probability: f64,
    /// ROAS of the same model without third-party drivers; `None` without spend or such drivers.
    pub roas_without_third_party: Option<Estimate>,
    /// Third-party drivers without which its ROAS changes by more than a fifth, strongest first.
    pub depends_on: Vec<String>,
    /// ROAS without what experiments measured; `None` where there is none.
    pub roas_without_experiments: Option<Estimate>,
    /// ROAS with the default belief in place of the one that the job states for this or another channel; `None` where it
    /// states none for this one.
    pub roas_without_priors: Option<Estimate>,
    /// ROAS with an effect of its own for every period; `None` for one unit.
    pub roas_with_period_effects: Option<Estimate>,
    /// What the effect rests on.
    pub evidence: Evidence,
    /// How far a change of the outcome ahead of spend is explained by it: p-value of spend of the next
    /// periods; `None` where there are too few.
    pub lead_placebo_p_value: Option<f64>,
    /// R² of spend on earlier outcome, drivers and season.
    pub spend_explained: Option<f64>,
    /// How strong an unseen confounder would have to be.
    pub robustness: Option<Robustness>,
    /// Posterior standard deviation of ROAS ÷ prior one.
    pub posterior_to_prior: f64,
    /// Smallest pressure ÷ mean pressure: far from zero, the level is extrapolated.
    pub least_pressure: f64,
    /// Agreement of chains on the incremental outcome; below 1.05 is good.
    pub r_hat: f64,
    /// Independent draws that the posterior is worth.
    pub effective_sample_size: f64,
    /// Whether its budget may be moved on this.
    pub gate: Gate,
    /// Why the gate is not `trusted`.
    pub reasons: Vec<GateReason>,
}

/// How strong an unseen confounder would have to be to take an effect away (Cinelli and Hazlett 2020).
#[derive(Debug, Clone, PartialEq)]
pub struct Robustness {
    /// Part of what is left of both spend and outcome that it would have to explain, 0 to 1.
    pub value: f64,
    /// The same for the strongest observed driver, as a benchmark; `None` without drivers.
    pub benchmark: Option<(String, f64)>,
}

/// What one level of spend would bring.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePoint {
    /// Channel name.
    pub channel: String,
    /// Spend in the fitted periods as a multiple of what was spent, spread as it was.
    pub multiple: f64,
    /// Money; `None` for an organic channel.
    pub spend: Option<f64>,
    /// Incremental outcome.
    pub incremental_outcome: Estimate,
    /// Return on the next hundredth of today's spend; `None` without spend.
    pub mroas: Option<Estimate>,
    /// Whether pressure stays within what was observed.
    pub is_observed: bool,
}

/// What kind of part a contribution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Level of the unit.
    Baseline,
    /// Trend.
    Trend,
    /// Season.
    Seasonality,
    /// Driver, against its own mean.
    Driver,
    /// Channel.
    Channel,
    /// Joint effect of two of them.
    Interaction,
}

impl Part {
    /// The spelling used in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Trend => "trend",
            Self::Seasonality => "seasonality",
            Self::Driver => "driver",
            Self::Channel => "channel",
            Self::Interaction => "interaction",
        }
    }
}

/// Part of the fitted outcome of a unit in a period. The parts of a cell sum to what is fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// First day of the period.
    pub period_start: NaiveDate,
    /// Unit; empty for a single series.
    pub unit: String,
    /// Name: driver, channel, pair, or the kind itself.
    pub driver: String,
    /// Kind of part.
    pub part: Part,
    /// Whose data it rests on; `None` for baseline, trend and season.
    pub party: Option<Party>,
    /// Posterior mean, in the unit of the outcome.
    pub contribution: f64,
}

/// What came of a joint effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InteractionFinding {
    /// Together they bring more than their sum.
    Synergy,
    /// Together they bring less than their sum.
    Cannibalization,
    /// Not told apart from zero once all pairs are allowed for.
    NoEvidence,
    /// A more flexible curve of one of them explains it as well.
    Curvature,
}

impl InteractionFinding {
    /// The spelling used in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Synergy => "synergy",
            Self::Cannibalization => "cannibalization",
            Self::NoEvidence => "no_evidence",
            Self::Curvature => "curvature",
        }
    }
}

/// A joint effect that was looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// Channel.
    pub first: String,
    /// Other channel, or driver.
    pub second: String,
    /// What they bring beyond their sum in the fitted periods, in the unit of the outcome.
    pub effect: Estimate,
    /// Two-sided p-value of none, clustered by blocks of periods.
    pub p_value: f64,
    /// The same, adjusted for all pairs (Benjamini and Hochberg).
    pub adjusted_p_value: f64,
    /// What came of it.
    pub finding: InteractionFinding,
}

/// An experiment, measured against modelled.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentFinding {
    /// Channel.
    pub channel: String,
    /// Units, joined by `, `; empty for a single series.
    pub units: String,
    /// First day.
    pub start: NaiveDate,
    /// First day after it.
    pub end: NaiveDate,
    /// Additional spend.
    pub spend_change: f64,
    /// Additional outcome that was measured, with the interval of its standard error.
    pub measured: Estimate,
    /// What the model says without having seen the measurement.
    pub modelled: Estimate,
    /// ROAS of the channel without and with all its experiments.
    pub roas_without: Estimate,
    /// See above.
    pub roas_with: Estimate,
}

/// One unit's outcome in one period.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelPrediction {
    /// Unit; empty for all units together.
    pub unit: String,
    /// First day of the period.
    pub period_start: NaiveDate,
    /// Rows.
    pub rows: u64,
    /// What happened.
    pub actual: f64,
    /// What the fit on all periods says.
    pub fitted: f64,
    /// What a fit on earlier periods alone says; `None` before the first origin.
    pub out_of_sample: Option<Estimate>,
}
