//! Definitions of the tables about drivers: what moves success, how strongly, how well we know.

use super::{AS_OF, ColumnDef, Current, INTERVAL_LEVEL, INTERVAL_NOTE, JOB, TableDef, TableKind};
use crate::domain::DataType::{Bigint, Date, Double, String};

const MODEL: ColumnDef = ColumnDef::required("model", String, "Model of the job.");

const GATE: ColumnDef = ColumnDef::required(
    "gate",
    String,
    "How far the model's advice may be followed: `trusted`, `review` or `withheld`; `model_quality` says why.",
);

/// Shares of the explained success.
pub const DRIVER_IMPORTANCE: TableDef = TableDef {
    name: "driver_importance",
    grain: "model and driver group",
    meaning: "Which part of the explained success each driver, or group of drivers, stands for. \
              The shares of a model add up to 1.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required("driver_group", String, "Group of drivers; a driver's own name unless the job groups it."),
        ColumnDef::required("drivers", String, "Drivers in the group, joined by `, `."),
        ColumnDef::required("rank", Bigint, "Rank within the model; 1 is the most important."),
        ColumnDef::optional("rank_lower", Bigint, "Best rank in the interval; NULL where there are too few periods."),
        ColumnDef::optional("rank_upper", Bigint, "Worst rank in the interval; NULL where there are too few periods."),
        ColumnDef::optional("share", Double, "Part of the explained success; NULL where nothing is explained.")
            .unit("share"),
        ColumnDef::optional("share_lower", Double, "Lower end of the interval of `share`.").unit("share"),
        ColumnDef::optional("share_upper", Double, "Upper end of the interval of `share`.").unit("share"),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        ColumnDef::optional("r_squared", Double, "The same in units of R²: explained part of all variation.")
            .unit("share"),
        ColumnDef::required("method", String, "How it was measured: `lmg`, `lmg_weighted` or `relative_weights`."),
        ColumnDef::optional(
            "placebo_p_value",
            Double,
            "Share of time-shifted placebos that explain at least as much; NULL where there are too few periods.",
        )
        .unit("share"),
        ColumnDef::required("placebos", Bigint, "Number of placebos behind `placebo_p_value`."),
        GATE,
    ],
    key: &["job", "as_of", "model", "driver_group"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Effects of drivers on the outcome.
pub const DRIVER_EFFECTS: TableDef = TableDef {
    name: "driver_effects",
    grain: "model, driver and level of the driver",
    meaning: "What the outcome does when a driver changes. Drivers that were left out have a row too; `finding` says why.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required("driver", String, "Driver: a column of the model's table."),
        ColumnDef::required("level", String, "Level of a categorical driver; empty for a numeric one."),
        ColumnDef::optional("label_en", String, "Label of the driver in English; NULL if the job has none."),
        ColumnDef::optional("label_de", String, "Label of the driver in German; NULL if the job has none."),
        ColumnDef::optional("reference_level", String, "Level that it is compared with; NULL for a numeric driver."),
        ColumnDef::required("party", String, "Whose data it is: `first` is our own, `third` is about the outside world."),
        ColumnDef::optional("about", String, "What it is about, for example `weather`; NULL if nothing is stated."),
        ColumnDef::required("role", String, "What it may do: `confounder`, `precision`, `lever` or `moved_by_us`."),
        ColumnDef::required(
            "evidence",
            String,
            "What the effect rests on: `experiment`, `calibrated` or `observational`.",
        ),
        ColumnDef::required(
            "finding",
            String,
            "What came of the driver: `effect`, `no_evidence`, or why it was left out (`constant`, `aliased`, \
             `leakage`, `moved_by_us`, `not_fitted`).",
        ),
        ColumnDef::optional(
            "change",
            Double,
            "Change of the driver that the effect is stated for; NULL for levels and where nothing was fitted.",
        )
        .unit("see column `change_unit`"),
        ColumnDef::optional("change_unit", String, "Unit of `change` in the first of the job's languages; NULL if the job states none."),
        ColumnDef::optional("effect", Double, "Average change of the outcome; NULL where the driver was left out.")
            .unit("see column `effect_unit`"),
        ColumnDef::optional("effect_lower", Double, "Lower end of the interval of `effect`.")
            .unit("see column `effect_unit`"),
        ColumnDef::optional("effect_upper", Double, "Upper end of the interval of `effect`.")
            .unit("see column `effect_unit`"),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        ColumnDef::required("effect_unit", String, "Unit of the effect; `probability` (0 to 1) for yes/no outcomes."),
        ColumnDef::optional("p_value", Double, "Two-sided p-value of no effect; NULL where the driver was left out.")
            .unit("share"),
        ColumnDef::optional(
            "placebo_p_value",
            Double,
            "Share of time-shifted placebos of the driver's group that explain at least as much; NULL where unknown.",
        )
        .unit("share"),
        GATE,
    ],
    key: &["job", "as_of", "model", "driver", "level"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Coefficients.
pub const MODEL_PARAMETERS: TableDef = TableDef {
    name: "model_parameters",
    grain: "model and parameter",
    meaning: "Coefficients of the fit on all rows, for those who want to check the arithmetic.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required("parameter", String, "Column of the design, or `intercept`."),
        ColumnDef::optional("estimate", Double, "Coefficient on the scale of the linear predictor."),
        ColumnDef::optional("estimate_lower", Double, "Lower end of the interval of `estimate`."),
        ColumnDef::optional("estimate_upper", Double, "Upper end of the interval of `estimate`."),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        ColumnDef::optional(
            "standard_error",
            Double,
            "Standard error, clustered by period; NULL where undefined.",
        ),
    ],
    key: &["job", "as_of", "model", "parameter"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Measures of quality, and the gate.
pub const MODEL_QUALITY: TableDef = TableDef {
    name: "model_quality",
    grain: "model, metric, variant and split",
    meaning: "How well each model fits and forecasts, beside naive forecasts and itself without outside data. \
              The row with metric `gate` is there for every model and says how far its advice may be followed, and why.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required(
            "metric",
            String,
            "Measure, for example `r_squared`, `log_loss`, `auc`; or `gate`.",
        ),
        ColumnDef::required(
            "variant",
            String,
            "What was judged: `model`, `without_third_party`, `without_drivers`, `naive_mean`, `naive_last`, `naive_season`.",
        ),
        ColumnDef::required(
            "split",
            String,
            "`in_sample`, `out_of_sample`, `design`, or `all` for the gate.",
        ),
        ColumnDef::optional("value", Double, "The measure; NULL for the gate and where it is undefined."),
        GATE,
        ColumnDef::optional(
            "reason_codes",
            String,
            "On the gate's row: stable codes of the reasons, joined by `, `; NULL when trusted.",
        ),
        ColumnDef::optional(
            "reasons",
            String,
            "On the gate's row: the reasons as English sentences, one per line; NULL when trusted.",
        ),
    ],
    key: &["job", "as_of", "model", "metric", "variant", "split"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Actual, fitted and forecast outcomes.
pub const PREDICTIONS: TableDef = TableDef {
    name: "predictions",
    grain: "model and period",
    meaning: "What happened, what the model says about it, and what it would have said beforehand: \
              the sum over rows for amounts, the rate for yes/no outcomes.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required("period_start", Date, "First day of the period; see `calendar`."),
        ColumnDef::required("row_count", Bigint, "Rows of the model's table in the period.").unit("rows"),
        ColumnDef::optional("actual", Double, "What happened.").unit("see column `unit`"),
        ColumnDef::optional("fitted", Double, "What the fit on all rows says.").unit("see column `unit`"),
        ColumnDef::optional(
            "out_of_sample",
            Double,
            "What a fit on earlier periods alone says; NULL for periods before the first such fit.",
        )
        .unit("see column `unit`"),
        ColumnDef::optional("out_of_sample_lower", Double, "Lower end of the interval of `out_of_sample`.")
            .unit("see column `unit`"),
        ColumnDef::optional("out_of_sample_upper", Double, "Upper end of the interval of `out_of_sample`.")
            .unit("see column `unit`"),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        ColumnDef::required(
            "unit",
            String,
            "Unit of the outcome; `probability` (0 to 1) for yes/no outcomes.",
        ),
    ],
    key: &["job", "as_of", "model", "period_start"],
    kind: TableKind::Result,
    current: Current::Newest,
};
