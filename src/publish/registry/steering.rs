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
        ColumnDef::required("model", String, "Model that it rests on."),
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
        ColumnDef::required("valid_until", Date, "First day on which the advice is out of date."),
    ],
    key: &["job", "as_of", "recommendation_id", "language"],
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
