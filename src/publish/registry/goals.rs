//! Definitions of the tables about goals: KPI values and the shared language around them.

use super::{AS_OF, ColumnDef, Current, JOB, TableDef, TableKind};
use crate::domain::DataType::{Bigint, Boolean, Date, Double, String};

/// Values of every KPI by period and drill-down cell.
pub const KPI_VALUES: TableDef = TableDef {
    name: "kpi_values",
    grain: "KPI, period and drill-down cell",
    meaning: "Values of every KPI for the whole company (`level` 0) and for every combination of its dimensions. \
              Ratios are ratios of sums on every level. Pick one `level` and one `dimensions` before adding up. \
              `current/` holds every published period once, with its newest value.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("kpi", String, "KPI; see `kpi_catalog`."),
        ColumnDef::required("period_start", Date, "First day of the period; see `calendar`."),
        ColumnDef::required("level", Bigint, "Number of dimensions that the cell is cut by; 0 is the whole company."),
        ColumnDef::required(
            "dimensions",
            String,
            "Dimensions that the cell is cut by, for example `season, weekday`; empty for the whole company.",
        ),
        ColumnDef::required(
            "cell",
            String,
            "Dimensions with their members, for example `season=winter, weekday=Monday`; empty for the whole \
             company. A comma, an equals sign or a backslash inside a name or member has a backslash before it.",
        ),
        ColumnDef::optional("dimension_1", String, "First dimension; NULL where `level` is below 1."),
        ColumnDef::optional("member_1", String, "Member of the first dimension; `(none)` for rows without one."),
        ColumnDef::optional("dimension_2", String, "Second dimension; NULL where `level` is below 2."),
        ColumnDef::optional("member_2", String, "Member of the second dimension; `(none)` for rows without one."),
        ColumnDef::optional("dimension_3", String, "Third dimension; NULL where `level` is below 3."),
        ColumnDef::optional("member_3", String, "Member of the third dimension; `(none)` for rows without one."),
        ColumnDef::optional("dimension_4", String, "Fourth dimension; NULL where `level` is below 4."),
        ColumnDef::optional("member_4", String, "Member of the fourth dimension; `(none)` for rows without one."),
        ColumnDef::optional(
            "value",
            Double,
            "Value of the KPI; NULL where a ratio's denominator is zero or there was nothing to add up.",
        )
        .unit("see column `unit`"),
        ColumnDef::optional("numerator", Double, "Numerator of a ratio; NULL for a KPI that is no ratio."),
        ColumnDef::optional("denominator", Double, "Denominator of a ratio; NULL for a KPI that is no ratio."),
        ColumnDef::required("unit", String, "Unit of `value`."),
        ColumnDef::required("better", String, "Which direction is good: `higher` or `lower`."),
        ColumnDef::optional(
            "previous_period_value",
            Double,
            "Value of the same cell one period earlier; NULL where it is unknown or undefined.",
        )
        .unit("see column `unit`"),
        ColumnDef::optional(
            "change_to_previous_period",
            Double,
            "Change against the previous period relative to the size of its value; NULL where that is unknown or zero.",
        )
        .unit("share"),
        ColumnDef::optional(
            "previous_year_value",
            Double,
            "Value of the same cell one year earlier (52 weeks for weeks); NULL where it is unknown or undefined.",
        )
        .unit("see column `unit`"),
        ColumnDef::optional(
            "change_to_previous_year",
            Double,
            "Change against the previous year relative to the size of its value; NULL where that is unknown or zero.",
        )
        .unit("share"),
        ColumnDef::required(
            "is_provisional",
            Boolean,
            "True while later runs will compute the period again, because its table restates it.",
        ),
    ],
    key: &["job", "as_of", "kpi", "period_start", "cell"],
    kind: TableKind::Result,
    current: Current::EveryPeriod,
};

/// What each KPI is.
pub const KPI_CATALOG: TableDef = TableDef {
    name: "kpi_catalog",
    grain: "KPI",
    meaning: "What each KPI is called, how it is derived, who owns it and which direction is good.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("kpi", String, "KPI."),
        ColumnDef::optional("label_en", String, "Label in English; NULL if the job has none."),
        ColumnDef::optional("label_de", String, "Label in German; NULL if the job has none."),
        ColumnDef::required("unit", String, "Unit of its values."),
        ColumnDef::required("better", String, "Which direction is good: `higher` or `lower`."),
        ColumnDef::required("owner", String, "Recipient who answers for it; see `recipients`."),
        ColumnDef::optional("part_of", String, "KPI that it is a part of; NULL at the root."),
        ColumnDef::required("table_name", String, "Table that it is computed from."),
        ColumnDef::required("derivation", String, "How it is computed, as written in the job."),
        ColumnDef::required(
            "numerator",
            String,
            "SQL of the numerator; of the whole value if it is no ratio.",
        ),
        ColumnDef::optional("denominator", String, "SQL of the denominator; NULL if it is no ratio."),
        ColumnDef::optional("row_filter", String, "SQL predicate on the rows that count; NULL if all do."),
        ColumnDef::required(
            "dimensions",
            String,
            "Dimensions of its drill-down, for example `season, weekday`.",
        ),
    ],
    key: &["job", "as_of", "kpi"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// How KPIs hang together.
pub const KPI_LINKS: TableDef = TableDef {
    name: "kpi_links",
    grain: "KPI and the KPI that it is a part of",
    meaning: "The KPI tree as pairs. Root KPIs have no row.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("kpi", String, "KPI."),
        ColumnDef::required("part_of", String, "KPI that it is a part of."),
    ],
    key: &["job", "as_of", "kpi", "part_of"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Which KPI serves which decision.
pub const KPI_DECISIONS: TableDef = TableDef {
    name: "kpi_decisions",
    grain: "KPI and decision that it serves",
    meaning: "Which KPIs serve which decisions. Every KPI and every decision has a row here.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("kpi", String, "KPI; see `kpi_catalog`."),
        ColumnDef::required("decision", String, "Decision; see `decisions`."),
    ],
    key: &["job", "as_of", "kpi", "decision"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// The decisions that KPIs serve.
pub const DECISIONS: TableDef = TableDef {
    name: "decisions",
    grain: "decision",
    meaning: "The decisions that KPIs and recommendations serve; `kpi_decisions` ties them to KPIs.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("decision", String, "Decision."),
        ColumnDef::optional(
            "question_en",
            String,
            "Question that is decided, in English; NULL if the job has none.",
        ),
        ColumnDef::optional(
            "question_de",
            String,
            "Question that is decided, in German; NULL if the job has none.",
        ),
        ColumnDef::required("owner", String, "Recipient who decides; see `recipients`."),
        ColumnDef::required("cadence", String, "How often: `day`, `week`, `month`, `quarter` or `year`."),
    ],
    key: &["job", "as_of", "decision"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Who gets recommendations.
pub const RECIPIENTS: TableDef = TableDef {
    name: "recipients",
    grain: "recipient",
    meaning: "Who owns KPIs, decides and gets recommendations.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("recipient", String, "Recipient."),
        ColumnDef::required("label", String, "Name that people read."),
        ColumnDef::required("language", String, "Language that they read: `en` or `de`."),
    ],
    key: &["job", "as_of", "recipient"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// The periods that other tables speak of.
pub const CALENDAR: TableDef = TableDef {
    name: "calendar",
    grain: "period",
    meaning: "The periods of the window and every other period that a published row is dated by. \
              `current/` holds every published period once.",
    columns: &[
        JOB,
        AS_OF,
        ColumnDef::required("period_start", Date, "First day of the period."),
        ColumnDef::required("period_end", Date, "First day after the period."),
        ColumnDef::required("period", String, "Length: `day`, `week`, `month`, `quarter` or `year`."),
        ColumnDef::required("year", Bigint, "Calendar year of the first day."),
        ColumnDef::required("quarter", Bigint, "Quarter of the first day, 1 to 4."),
        ColumnDef::required("month", Bigint, "Month of the first day, 1 to 12."),
        ColumnDef::required("previous_period_start", Date, "First day of the period before."),
        ColumnDef::required(
            "previous_year_start",
            Date,
            "First day of the period that changes to the previous year compare with.",
        ),
    ],
    key: &["job", "as_of", "period_start"],
    kind: TableKind::Result,
    current: Current::EveryPeriod,
};
