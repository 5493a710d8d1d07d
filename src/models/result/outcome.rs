//! What an outcome model found, and the words that all models share.

use chrono::NaiveDate;

use crate::domain::{Estimate, Evidence, Gate, Party, Role};

/// Everything that one outcome model found.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeResult {
    /// Model name.
    pub model: String,
    /// The verdict on the model as a whole.
    pub gate: GateVerdict,
    /// One per driver group, most important first; empty when nothing could be fitted.
    pub importance: Vec<DriverImportance>,
    /// One per driver, or per level of a categorical driver; drivers left out are here too.
    pub effects: Vec<DriverEffect>,
    /// Coefficients of the fit on all rows.
    pub parameters: Vec<Parameter>,
    /// Fit and forecast quality.
    pub quality: Vec<QualityMetric>,
    /// Actual, fitted and out-of-sample values by period.
    pub predictions: Vec<PeriodPrediction>,
    /// Warnings for the log and the summary, as sentences.
    pub warnings: Vec<String>,
}

/// A gate with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateVerdict {
    /// The verdict.
    pub gate: Gate,
    /// Why it is not `trusted`; machine-readable code and sentence. Empty when trusted.
    pub reasons: Vec<GateReason>,
}

/// One reason behind a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReason {
    /// Stable `snake_case` code, for example `worse_than_naive`.
    pub code: &'static str,
    /// English sentence with the figures.
    pub message: String,
}

/// Share of the explained success that a driver group stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverImportance {
    /// Group name; a driver's own name unless the job groups it.
    pub group: String,
    /// Drivers in the group.
    pub drivers: Vec<String>,
    /// Rank, 1 is the most important.
    pub rank: u32,
    /// Best rank in the middle of the resampled periods; `None` when there are too few of them.
    pub rank_lower: Option<u32>,
    /// Worst rank in the middle of the resampled periods; `None` when there are too few of them.
    pub rank_upper: Option<u32>,
    /// Part of the explained variance, 0 to 1; the groups sum to 1.
    pub share: Estimate,
    /// The same in units of R²: the groups sum to the R² beyond the controls.
    pub r_squared: f64,
    /// `lmg`, `lmg_weighted` or `relative_weights`.
    pub method: &'static str,
    /// Share of circular-shift placebos that explain at least as much; `None` when too few periods.
    pub placebo_p_value: Option<f64>,
    /// Number of placebos behind the p-value.
    pub placebos: u32,
}

/// What the outcome does when a driver changes.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverEffect {
    /// Driver name.
    pub driver: String,
    /// Level of a categorical driver, stated against `reference`.
    pub level: Option<String>,
    /// Reference level of a categorical driver.
    pub reference: Option<String>,
    /// Whose data it is.
    pub party: Party,
    /// What it is about.
    pub about: Option<String>,
    /// What it may do in the model.
    pub role: Role,
    /// What the effect rests on.
    pub evidence: Evidence,
    /// The change of the driver that the effect is stated for; `None` for levels.
    pub change: Option<f64>,
    /// Average change of the outcome: in its unit for amounts, in probability (0 to 1) for yes/no.
    /// `None` when the driver was left out.
    pub effect: Option<Estimate>,
    /// Two-sided p-value of no effect; `None` when left out.
    pub p_value: Option<f64>,
    /// Share of circular-shift placebos of the driver's group that explain at least as much.
    pub placebo_p_value: Option<f64>,
    /// What came of the driver.
    pub finding: Finding,
}

/// What came of a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The interval excludes zero and the driver beats its placebos.
    Effect,
    /// Not told apart from zero, or no better than its placebos.
    NoEvidence,
    /// The same value in every row: left out.
    Constant,
    /// A combination of other columns: left out.
    Aliased,
    /// Separates the outcome almost perfectly: probably known only afterwards. Left out.
    Leakage,
    /// A consequence of our own action: left out of total effects.
    MovedByUs,
    /// The model could not be fitted.
    NotFitted,
}

impl Finding {
    /// The spelling used in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Effect => "effect",
            Self::NoEvidence => "no_evidence",
            Self::Constant => "constant",
            Self::Aliased => "aliased",
            Self::Leakage => "leakage",
            Self::MovedByUs => "moved_by_us",
            Self::NotFitted => "not_fitted",
        }
    }
}

/// One coefficient.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Design column, or `intercept`.
    pub name: String,
    /// Coefficient on the scale of the linear predictor.
    pub estimate: Estimate,
    /// Its standard error.
    pub standard_error: f64,
}

/// One measure of quality.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityMetric {
    /// Stable `snake_case` name, for example `r_squared`, `log_loss`, `auc`, `rmse`.
    pub metric: &'static str,
    /// What was judged: `model`, `without_third_party`, `without_drivers`, `without_channels`, `naive_mean`,
    /// `naive_last`, `naive_season`.
    pub variant: &'static str,
    /// `in_sample`, `out_of_sample` or `design`.
    pub split: &'static str,
    /// The value.
    pub value: f64,
}

/// One period's outcome: sum for amounts, rate for yes/no.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodPrediction {
    /// First day of the period.
    pub period_start: NaiveDate,
    /// Rows in the period.
    pub rows: u64,
    /// What happened.
    pub actual: f64,
    /// What the fit on all rows says.
    pub fitted: f64,
    /// What a fit on earlier periods alone says; `None` for periods before the first origin.
    pub out_of_sample: Option<Estimate>,
}
