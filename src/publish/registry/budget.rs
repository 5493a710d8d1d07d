//! Definitions of the tables about budgets: who gets how much money, what that gains, and what keeps it from more.

use super::{
    AS_OF, ColumnDef, Current, INTERVAL_LEVEL, INTERVAL_NOTE, JOB, MODEL, OUTCOME_UNIT, TableDef, TableKind,
};
use crate::domain::DataType::{Boolean, Date, Double, String};

const DECISION: ColumnDef =
    ColumnDef::required("decision", String, "Decision that the plan serves; see `decisions`.");

const CURRENCY: ColumnDef = ColumnDef::required("currency", String, "ISO 4217 code of amounts of money.");

const WORTH: &str = "worth in the currency";
const MONEY: &str = "see column `currency`";

/// Who gets how much money.
pub const BUDGET_PLAN: TableDef = TableDef {
    name: "budget_plan",
    grain: "model, unit, channel and period of the plan",
    meaning: "Money by cell and period as it is planned so far and as it is recommended, with what the change is \
              expected to bring. Amounts and expected effects of periods sum to those of the plan. Effects are corrected \
              for having been chosen; see `budget_summary`.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required("unit", String, "Unit of the company; empty for a single series."),
        ColumnDef::required("channel", String, "Channel of the model."),
        ColumnDef::required("period_start", Date, "First day of the period."),
        DECISION,
        ColumnDef::optional("agency", String, "Who books the channel there; NULL if the job states none."),
        ColumnDef::required("recipient", String, "Who decides; see `recipients`."),
        ColumnDef::required("action", String, "What to do with the cell: `change`, `test` or `keep`."),
        ColumnDef::required("current", Double, "Money as it is planned so far.").unit(MONEY),
        ColumnDef::required("recommended", Double, "Money that is recommended.").unit(MONEY),
        ColumnDef::required("change", Double, "`recommended` less `current`.").unit(MONEY),
        CURRENCY,
        ColumnDef::required("expected_outcome", Double, "Expected change of the outcome, also after the plan.").unit("see column `outcome_unit`"),
        ColumnDef::optional("expected_outcome_lower", Double, "Lower end of the interval of `expected_outcome`.").unit("see column `outcome_unit`"),
        ColumnDef::optional("expected_outcome_upper", Double, "Upper end of the interval of `expected_outcome`.").unit("see column `outcome_unit`"),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        OUTCOME_UNIT,
        ColumnDef::required("expected_worth", Double, "What that change is worth; the price of the money is not taken off.").unit(WORTH),
        ColumnDef::optional("probability_of_gain_given_model", Double, "Probability that the move is worth more than the money brings elsewhere, if the model is right; NULL where nothing moves.").unit("share"),
        ColumnDef::optional("mroi_current", Double, "Worth of what the next money brings, less the money, per unit of it, as planned so far; NULL where no curve is known.").unit("worth per unit of spend"),
        ColumnDef::optional("mroi_recommended", Double, "The same at what is recommended.").unit("worth per unit of spend"),
        ColumnDef::optional("binding_limit", String, "The limit of the cell that keeps it from moving further, with where it is stated; NULL without one."),
        ColumnDef::optional("shadow_price", Double, "Worth that one more unit of money beyond that limit would gain; NULL without one.").unit("worth per unit of spend"),
        ColumnDef::required("is_within_observed_range", Boolean, "Whether what is recommended lies where spend of the channel has been."),
    ],
    key: &["job", "as_of", "model", "unit", "channel", "period_start"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// A plan as a whole.
pub const BUDGET_SUMMARY: TableDef = TableDef {
    name: "budget_summary",
    grain: "model",
    meaning: "A budget plan as a whole: its sums, its gain on other data than it was chosen on, and the certificate that \
              no other plan within the limits does better on the model's curves.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        DECISION,
        ColumnDef::required("plan_start", Date, "First day of the plan."),
        ColumnDef::required("plan_end", Date, "First day after the plan."),
        ColumnDef::required("current", Double, "Money as it is planned so far.").unit(MONEY),
        ColumnDef::required("recommended", Double, "Money that is recommended.").unit(MONEY),
        ColumnDef::required("moved", Double, "Money that cells get more than so far.").unit(MONEY),
        CURRENCY,
        ColumnDef::required("expected_gain", Double, "Worth less money that the plan gains, corrected for having been chosen.").unit(WORTH),
        ColumnDef::optional("expected_gain_lower", Double, "Lower end of the interval of `expected_gain`.").unit(WORTH),
        ColumnDef::optional("expected_gain_upper", Double, "Upper end of the interval of `expected_gain`.").unit(WORTH),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        ColumnDef::required("gain_before_correction", Double, "The same as the model that chose the plan believes it.").unit(WORTH),
        ColumnDef::optional("gain_kept_on_other_data", Double, "Part of the gain that is left where a plan chosen on half of the periods is valued on the other half; NULL where there is too little history.").unit("share"),
        ColumnDef::required("probability_of_gain_given_model", Double, "Probability of any gain, if the model is right.").unit("share"),
        ColumnDef::optional("marginal_return", Double, "Worth of the next unit of money in all; NULL if no cell may take it or give it up.").unit("worth per unit of spend"),
        ColumnDef::required("status", String, "`new`, `changed` (surely better than the plan before), `held` (the plan before stands) or `nothing_holds` (what is planned stays)."),
        ColumnDef::required("objective", Double, "What was maximized, on the model's curves.").unit(WORTH),
        ColumnDef::required("bound", Double, "What no plan within the limits exceeds there.").unit(WORTH),
        ColumnDef::required("residual", Double, "Largest gain that moving one more cent would bring there.").unit(WORTH),
        ColumnDef::required("is_complete", Boolean, "Whether the search left nothing open."),
    ],
    key: &["job", "as_of", "model"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// What limits cost.
pub const BUDGET_LIMITS: TableDef = TableDef {
    name: "budget_limits",
    grain: "model, holder, side and statement of a limit that binds",
    meaning: "Limits that keep a budget plan from more, with where they are stated and what one unit of money beyond \
              them would gain.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required(
            "holder",
            String,
            "Whose money: `total`, the cells that a limit names, or one `cell`.",
        ),
        ColumnDef::required("side", String, "`at_least` or `at_most`."),
        ColumnDef::required("amount", Double, "The limit, over the whole plan.").unit(MONEY),
        CURRENCY,
        ColumnDef::required(
            "stated",
            String,
            "What says so: a key with the name and line of the job file, a column of its cells, or the gate of a channel.",
        ),
        ColumnDef::optional(
            "shadow_price",
            Double,
            "Worth that one unit of money beyond it would gain; NULL where the curve ends.",
        )
        .unit("worth per unit of spend"),
    ],
    key: &["job", "as_of", "model", "holder", "side", "stated"],
    kind: TableKind::Result,
    current: Current::Newest,
};
