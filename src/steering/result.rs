//! What steering decided. Plain structs for `publish` and the summary.

use chrono::NaiveDate;

use crate::domain::{Action, Estimate, Evidence, Gate, Language};

use super::experiment::TestDesign;

/// Everything that steering decided in one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SteeringPlan {
    /// Recommendations by decision and rank, in every language of the job.
    pub recommendations: Vec<Recommendation>,
    /// The figures behind them.
    pub evidence: Vec<RecommendationEvidence>,
    /// Tests that are proposed.
    pub tests: Vec<ProposedTest>,
    /// Pages for units and agencies.
    pub briefings: Vec<Briefing>,
    /// Who gets how much money; `None` where the job does not ask.
    pub budget: Option<BudgetPlan>,
}

/// One suggestion in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// Hash of job, decision, recipient, action and cell: the same advice keeps its id.
    pub recommendation_id: String,
    /// Language of the texts.
    pub language: Language,
    /// Rank within the decision, 1 comes first.
    pub rank: u32,
    /// Who gets it.
    pub recipient: String,
    /// Decision that it serves.
    pub decision: String,
    /// Model that it rests on.
    pub model: String,
    /// KPI that it moves.
    pub kpi: String,
    /// Driver that it is about; `None` for a general `keep`.
    pub driver: Option<String>,
    /// Level of a categorical driver.
    pub level: Option<String>,
    /// What to do.
    pub action: Action,
    /// One line.
    pub headline: String,
    /// Why, with figures: one paragraph.
    pub reason: String,
    /// Change of the driver that the effect is stated for.
    pub change: Option<f64>,
    /// Money over the plan as planned so far; `None` for advice that is not about money.
    pub amount_from: Option<f64>,
    /// Money that is recommended.
    pub amount_to: Option<f64>,
    /// Expected effect on the outcome.
    pub expected_effect: Option<Estimate>,
    /// What that is worth less what the money brings elsewhere, for advice about money.
    pub expected_worth: Option<f64>,
    /// Probability, given the model, that this is above zero.
    pub probability: Option<f64>,
    /// Unit of the expected effect.
    pub effect_unit: String,
    /// What the effect rests on.
    pub evidence: Option<Evidence>,
    /// Gate of the model.
    pub gate: Gate,
    /// `model` for advice from a model, `custom` for advice from a SQL table.
    pub source: &'static str,
    /// First `as_of` of those without a break that gave the same advice.
    pub since: NaiveDate,
    /// First day on which the advice is out of date.
    pub valid_until: NaiveDate,
}

/// One figure behind a suggestion, as a key into another table.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendationEvidence {
    /// The suggestion.
    pub recommendation_id: String,
    /// Number of the figure within the suggestion, from 1.
    pub position: u32,
    /// Table that holds the figure.
    pub table_name: &'static str,
    /// Key of the row there: `column=value` pairs joined by `, `.
    pub row_key: String,
    /// Column that holds the figure.
    pub column_name: &'static str,
    /// The figure.
    pub value: Option<f64>,
}

/// A test that is proposed for a channel or a lever. Effects are over the whole test and all that is treated.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedTest {
    /// The suggestion that it belongs to.
    pub recommendation_id: String,
    /// Channel or driver.
    pub driver: String,
    /// Level that is tried; `None` for channels and numeric drivers.
    pub level: Option<String>,
    /// Level that it is compared with.
    pub against: Option<String>,
    /// Change of a numeric driver, in its unit; `None` for channels and levels.
    pub change: Option<f64>,
    /// What is compared with what.
    pub design: TestDesign,
    /// Units that are treated; all of them where there is nothing to compare with, none where chance decides by case.
    pub treated: Vec<String>,
    /// Units that stay as they are.
    pub comparison: Vec<String>,
    /// Cases that are treated, where chance decides by case.
    pub treated_cases: Option<u64>,
    /// Cases that stay as they are.
    pub comparison_cases: Option<u64>,
    /// How many periods.
    pub periods: usize,
    /// Change of a channel's spend as a share of what it is.
    pub spend_change: Option<f64>,
    /// Additional money for a channel; negative for savings.
    pub extra_spend: Option<f64>,
    /// Effect on the outcome that the model expects.
    pub expected_effect: f64,
    /// Effect that is found with a power of 80 %, without sign; `None` where no possible one is.
    pub detectable_effect: Option<f64>,
    /// Power at the expected effect, 0 to 1.
    pub power: f64,
    /// What the company is out of pocket if the model is right, without what a change of a driver itself costs; `None`
    /// where the outcome is no money.
    pub cost: Option<f64>,
}

/// Who gets how much money, and what that is expected to bring.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetPlan {
    /// Model whose curves count.
    pub model: String,
    /// Decision that it serves.
    pub decision: String,
    /// First days of its periods.
    pub periods: Vec<NaiveDate>,
    /// The cells, in the order of the job's table.
    pub rows: Vec<BudgetRow>,
    /// What becomes of each channel, by recipient: groups of cells.
    pub moves: Vec<BudgetMove>,
    /// What becomes of the money of each unit, then of each agency.
    pub groups: Vec<BudgetGroup>,
    /// The plan as a whole.
    pub summary: BudgetSummary,
    /// Limits that bind.
    pub limits: Vec<BudgetLimit>,
}

/// A cell of a plan. Money is over the whole plan.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetRow {
    /// Channel.
    pub channel: String,
    /// Unit; empty for a single series.
    pub unit: String,
    /// Who books it.
    pub agency: Option<String>,
    /// Who decides; `None`: the owner of the decision.
    pub recipient: Option<String>,
    /// Money as planned so far.
    pub current: f64,
    /// Money that is recommended.
    pub recommended: f64,
    /// The same two by period.
    pub periods: Vec<(f64, f64)>,
    /// Change of the outcome, corrected for having been chosen.
    pub expected_outcome: Estimate,
    /// What that is worth.
    pub expected_worth: f64,
    /// Probability, given the model, that the move is worth more than the money brings elsewhere; `None` where nothing
    /// moves.
    pub probability: Option<f64>,
    /// (Worth − money) ÷ money of the next money now; `None` where no curve is known.
    pub mroi_now: Option<f64>,
    /// The same at what is recommended.
    pub mroi: Option<f64>,
    /// What the binding limit costs: worth per unit of money; `None` without one.
    pub shadow_price: Option<f64>,
    /// The limit that keeps the cell from moving further.
    pub binding_limit: Option<String>,
    /// Whether what is recommended lies where spend has been.
    pub is_observed: bool,
    /// What to do.
    pub action: Action,
}

/// What to do with cells together: a test if any is one, else a change if any is one.
pub(super) fn together(actions: impl Iterator<Item = Action>) -> Action {
    actions.fold(Action::Keep, |all, one| match (all, one) {
        (Action::Test, _) | (_, Action::Test) => Action::Test,
        (Action::Change, _) | (_, Action::Change) => Action::Change,
        _ => Action::Keep,
    })
}

/// What becomes of a channel in the cells of one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetMove {
    /// Channel.
    pub channel: String,
    /// Who decides; `None`: the owner of the decision.
    pub recipient: Option<String>,
    /// Money as planned so far.
    pub current: f64,
    /// Money that is recommended.
    pub recommended: f64,
    /// Change of the outcome, corrected for having been chosen.
    pub expected_outcome: Estimate,
    /// What that is worth.
    pub expected_worth: f64,
    /// The same less what the money brings elsewhere.
    pub net_worth: f64,
    /// Probability, given the model, that this is above zero.
    pub probability: f64,
    /// Units whose money changes, the largest change first.
    pub units: Vec<(String, f64)>,
    /// What to do.
    pub action: Action,
}

/// What becomes of the money of a unit or an agency.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetGroup {
    /// What the name names.
    pub kind: BriefingKind,
    /// The unit or the agency.
    pub name: String,
    /// Money as planned so far.
    pub current: f64,
    /// Money that is recommended.
    pub recommended: f64,
    /// Change of the outcome, corrected for having been chosen.
    pub expected_outcome: Estimate,
}

/// Whom a briefing is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BriefingKind {
    /// A unit of the company.
    Unit,
    /// An agency.
    Agency,
}

impl BriefingKind {
    /// Whether `row` is money of the unit or the agency called `name`.
    #[must_use]
    pub fn holds(self, name: &str, row: &BudgetRow) -> bool {
        match self {
            Self::Unit => row.unit == name,
            Self::Agency => row.agency.as_deref() == Some(name),
        }
    }

    /// The word in tables and jobs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Agency => "agency",
        }
    }
}

/// One page for a unit or an agency, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Briefing {
    /// What it is about.
    pub kind: BriefingKind,
    /// The unit or the agency.
    pub name: String,
    /// Language of the text.
    pub language: Language,
    /// Decision that it serves.
    pub decision: String,
    /// Its title.
    pub title: String,
    /// The page, as Markdown.
    pub markdown: String,
    /// First day on which it is out of date.
    pub valid_until: NaiveDate,
}

/// A plan as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetSummary {
    /// Money as planned so far.
    pub current: f64,
    /// Money that is recommended.
    pub recommended: f64,
    /// Money that cells get more than before.
    pub moved: f64,
    /// Worth less money that the plan gains, corrected for having been chosen.
    pub expected_gain: Estimate,
    /// The same as the model believes it.
    pub gain_before_correction: f64,
    /// Part of the gain that is left on other data than it was chosen on; `None` where there is too little history.
    pub kept_on_other_data: Option<f64>,
    /// Probability, given the model, of any gain.
    pub probability: f64,
    /// What the next unit of money would be worth.
    pub marginal_return: Option<f64>,
    /// What was maximized, as the model believes it.
    pub objective: f64,
    /// What no plan within the limits exceeds.
    pub bound: f64,
    /// Largest gain that moving one cent would still bring.
    pub residual: f64,
    /// Whether the search left nothing open.
    pub is_complete: bool,
    /// How it relates to the plan before.
    pub status: PlanStatus,
}

/// How a plan relates to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanStatus {
    /// There is none that could be kept to.
    New,
    /// It is surely better than the one before.
    Changed,
    /// The one before stands: what is gained by another is not sure.
    Held,
    /// What is planned stays: nothing of the gain is left on other data.
    NothingHolds,
}

impl PlanStatus {
    /// The word in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Held => "held",
            Self::NothingHolds => "nothing_holds",
        }
    }
}

/// A limit that binds.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetLimit {
    /// Whose money: `total`, a group, or `cell …`.
    pub holder: String,
    /// `at_least` or `at_most`.
    pub side: &'static str,
    /// Money over the whole plan.
    pub amount: f64,
    /// What says so.
    pub stated: String,
    /// Worth that another unit of money would gain; `None` where the curve ends.
    pub shadow_price: Option<f64>,
}
