//! Definitions of the tables about drivers: what moves success, how strongly, how well we know.

use super::{
    AS_OF, ColumnDef, Current, GATE, INTERVAL_LEVEL, INTERVAL_NOTE, JOB, MODEL, TableDef, TableKind,
};
use crate::domain::DataType::{Bigint, Double, String};

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

/// Joint effects of channels, and of channels with drivers.
pub const DRIVER_INTERACTIONS: TableDef = TableDef {
    name: "driver_interactions",
    grain: "model and pair",
    meaning: "What two channels, or a channel and a driver, bring together beyond the sum of what each brings. \
              Every pair that was looked for has a row, whatever came of it.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required("driver", String, "Channel; see `channel_performance`."),
        ColumnDef::required("with_driver", String, "The other channel, or a driver; see `driver_effects`."),
        ColumnDef::optional(
            "effect",
            Double,
            "What they bring beyond their sum in the fitted periods; below 0 where they stand in each other's way. \
             With a driver: while it is one standard deviation above its mean.",
        )
        .unit("see column `effect_unit`"),
        ColumnDef::optional("effect_lower", Double, "Lower end of the interval of `effect`.")
            .unit("see column `effect_unit`"),
        ColumnDef::optional("effect_upper", Double, "Upper end of the interval of `effect`.")
            .unit("see column `effect_unit`"),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        ColumnDef::required("effect_unit", String, "Unit of the effect: that of the outcome."),
        ColumnDef::optional(
            "p_value",
            Double,
            "Two-sided p-value of no joint effect; NULL where it is undefined.",
        )
        .unit("share"),
        ColumnDef::optional(
            "adjusted_p_value",
            Double,
            "The same, adjusted for the number of pairs that were looked for; NULL where it is undefined.",
        )
        .unit("share"),
        ColumnDef::required(
            "finding",
            String,
            "What came of the pair: `synergy`, `cannibalization`, `no_evidence`, or `curvature` where a more flexible \
             curve of one of them explains as much.",
        ),
        GATE,
    ],
    key: &["job", "as_of", "model", "driver", "with_driver"],
    kind: TableKind::Result,
    current: Current::Newest,
};
