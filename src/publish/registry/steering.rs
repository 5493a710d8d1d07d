//! Definitions of the tables about steering: what to do, and the figures behind it.

use super::{AS_OF, ColumnDef, Current, INTERVAL_LEVEL, INTERVAL_NOTE, JOB, TableDef, TableKind};
use crate::domain::DataType::{Bigint, Date, Double, String};

/// Suggestions.
pub const RECOMMENDATIONS: TableDef = TableDef {
    name: "recommendations",
    grain: "suggestion and language",
    meaning: "Ranked suggestions with their expected effect, its range and what it rests on. \
              Filter by `language` before counting.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required(
            "recommendation_id",
            String,
            "Hash of job, decision, recipient, action and cell: the same advice keeps its id from run to run.",
        ),
        ColumnDef::required("language", String, "Language of the texts: `en` or `de`."),
        ColumnDef::required("rank", Bigint, "Rank within the decision; 1 comes first."),
        ColumnDef::required("recipient", String, "Who gets it; see `recipients`."),
        ColumnDef::required("decision", String, "Decision that it serves; see `decisions`."),
        ColumnDef::required("kpi", String, "KPI that it moves; see `kpi_catalog`."),
        ColumnDef::required("model", String, "Model that it rests on; for advice from a SQL table, the table."),
        ColumnDef::optional(
            "driver",
            String,
            "Driver that it is about; NULL where it is about none in particular.",
        ),
        ColumnDef::optional("level", String, "Level of a categorical driver; NULL otherwise."),
        ColumnDef::required("action", String, "What to do: `change`, `test`, `watch` or `keep`."),
        ColumnDef::required("headline", String, "The suggestion in one line."),
        ColumnDef::required("reason", String, "Why, with figures."),
        ColumnDef::optional(
            "change",
            Double,
            "Change of the driver that the effect is stated for; NULL where there is none.",
        ),
        ColumnDef::optional(
            "amount_from",
            Double,
            "Money over the plan as it is planned so far; NULL for advice that is not about money.",
        )
        .unit("currency of the job"),
        ColumnDef::optional("amount_to", Double, "Money that is recommended; NULL for advice that is not about money.")
            .unit("currency of the job"),
        ColumnDef::optional(
            "expected_effect",
            Double,
            "Expected change of the outcome; NULL where there is none.",
        )
        .unit("see column `effect_unit`"),
        ColumnDef::optional(
            "expected_effect_lower",
            Double,
            "Lower end of the interval of `expected_effect`.",
        )
        .unit("see column `effect_unit`"),
        ColumnDef::optional(
            "expected_effect_upper",
            Double,
            "Upper end of the interval of `expected_effect`.",
        )
        .unit("see column `effect_unit`"),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        ColumnDef::required("effect_unit", String, "Unit of the expected effect."),
        ColumnDef::optional(
            "expected_worth",
            Double,
            "What the effect is worth less what the money brings elsewhere, for advice about money; those of one plan sum to its gain.",
        )
        .unit("currency of the job"),
        ColumnDef::optional(
            "probability_of_gain_given_model",
            Double,
            "Probability that `expected_worth` is above 0, if the model is right; NULL where it is.",
        )
        .unit("share"),
        ColumnDef::optional(
            "evidence",
            String,
            "What the effect rests on: `experiment`, `calibrated` or `observational`; NULL where there is none.",
        ),
        ColumnDef::required("gate", String, "Gate of the model: `trusted`, `review` or `withheld`."),
        ColumnDef::required(
            "source",
            String,
            "`model` for advice from a model, `custom` for advice from a SQL table.",
        ),
        ColumnDef::required("given_since", Date, "First `as_of` of those without a break that gave the same advice."),
        ColumnDef::required("valid_until", Date, "First day on which the advice is out of date."),
    ],
    key: &["job", "as_of", "recommendation_id", "language"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Tests that are proposed.
pub const PROPOSED_TESTS: TableDef = TableDef {
    name: "proposed_tests",
    grain: "suggestion to test a channel or a lever",
    meaning: "How to test a channel whose budget should not be followed further yet, or a driver that you set yourselves: \
              where, how long, how strongly, what the test can see and what it costs. See `docs/methods/budgets.md`.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("recommendation_id", String, "Suggestion; see `recommendations`."),
        ColumnDef::required("driver", String, "Channel or driver."),
        ColumnDef::optional("level", String, "Level of a categorical driver that is tried; null for channels and numeric drivers."),
        ColumnDef::optional("against", String, "Level that it is compared with."),
        ColumnDef::optional("change", Double, "Change of a numeric driver; null for channels and levels.").unit("unit of the driver"),
        ColumnDef::required("design", String, "`cases`: chance decides case by case; `units`: some units are treated, others compared with; `time`: all are treated and compared with their own past."),
        ColumnDef::required("treated_units", String, "Units that are treated, joined by `, `; empty for a single series and where chance decides by case."),
        ColumnDef::required("comparison_units", String, "Units that stay as they are, joined by `, `; empty where there are too few to compare."),
        ColumnDef::optional("treated_cases", Bigint, "Rows of the model's table (leads, contacts, deals, days) that are treated; null where units are."),
        ColumnDef::optional("comparison_cases", Bigint, "Rows of the same periods that stay as they are."),
        ColumnDef::required("periods", Bigint, "How many periods of the calendar it lasts."),
        ColumnDef::optional("spend_change", Double, "Change of a channel's spend in the treated units as a share of it; -1 for none at all.").unit("share"),
        ColumnDef::optional("extra_spend", Double, "Additional money for a channel over the test; negative where it is saved.").unit("currency of the job"),
        ColumnDef::required("expected_effect", Double, "Effect within the test on all that is treated that the model expects.").unit("unit of the outcome; successes for yes/no"),
        ColumnDef::optional("detectable_effect", Double, "Size of such an effect that is found with a power of 80 %; null where no possible one is.").unit("unit of the outcome; successes for yes/no"),
        ColumnDef::required("power", Double, "Probability of finding the expected effect.").unit("share"),
        ColumnDef::optional("cost", Double, "What it costs if the model is right: additional money less the worth of the effect; negative for a gain. For a driver without what its change itself costs, and null where the outcome is no money.").unit("currency of the job"),
    ],
    key: &["job", "as_of", "recommendation_id"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Pages for units and agencies.
pub const BRIEFINGS: TableDef = TableDef {
    name: "briefings",
    grain: "unit or agency, and language",
    meaning: "One page of Markdown for each unit and agency: what the budget plan means for it, why, what to test and what to \
              watch. Its figures are those of `budget_plan`, `channel_performance` and `proposed_tests`.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("about", String, "`unit` or `agency`."),
        ColumnDef::required("name", String, "The unit or the agency."),
        ColumnDef::required("language", String, "Language of the text: `en` or `de`."),
        ColumnDef::required("decision", String, "Decision that it serves; see `decisions`."),
        ColumnDef::required("title", String, "Its title."),
        ColumnDef::required("markdown", String, "The page, as Markdown."),
        ColumnDef::required("valid_until", Date, "First day on which it is out of date."),
    ],
    key: &["job", "as_of", "about", "name", "language"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// The figures behind suggestions.
pub const RECOMMENDATION_EVIDENCE: TableDef = TableDef {
    name: "recommendation_evidence",
    grain: "suggestion and figure",
    meaning: "The figures behind each suggestion, as keys into the other tables.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("recommendation_id", String, "Suggestion; see `recommendations`."),
        ColumnDef::required("figure_number", Bigint, "Number of the figure within the suggestion, from 1."),
        ColumnDef::required("table_name", String, "Table that holds the figure."),
        ColumnDef::required("row_key", String, "Key of the row there: `column=value` pairs joined by `, `."),
        ColumnDef::required("column_name", String, "Column that holds the figure."),
        ColumnDef::optional("value", Double, "The figure; NULL where the column is empty there."),
    ],
    key: &["job", "as_of", "recommendation_id", "figure_number"],
    kind: TableKind::Result,
    current: Current::Newest,
};
