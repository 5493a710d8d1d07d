//! Definitions of the tables about models: parameters, quality, forecasts, and what moved since the last time.

use super::{
    AS_OF, ColumnDef, Current, GATE, INTERVAL_LEVEL, INTERVAL_NOTE, INTERVAL_NOTES, JOB, MODEL, OUTCOME_UNIT,
    TableDef, TableKind, UNIT,
};
use crate::domain::DataType::{Bigint, Boolean, Date, Double, String};

/// Coefficients.
pub const MODEL_PARAMETERS: TableDef = TableDef {
    name: "model_parameters",
    grain: "model and parameter",
    meaning: "Coefficients of the fit on all rows, and the shapes of response models, for those who want to check the arithmetic.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required(
            "parameter",
            String,
            "Column of the design, `intercept`, or a shape of a channel's response.",
        ),
        ColumnDef::optional(
            "estimate",
            Double,
            "Coefficient on the scale of the linear predictor; shapes on their own scale.",
        ),
        ColumnDef::optional("estimate_lower", Double, "Lower end of the interval of `estimate`."),
        ColumnDef::optional("estimate_upper", Double, "Upper end of the interval of `estimate`."),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        ColumnDef::optional(
            "standard_error",
            Double,
            "Standard error, clustered by period; for response models the standard deviation of the posterior; NULL \
             where undefined.",
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
            "What was judged: `model`, the model `without_third_party`, `without_drivers` or `without_channels`, or a naive \
             forecast: `naive_mean`, `naive_last`, `naive_season`.",
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
        ColumnDef::optional(
            "configuration",
            String,
            "On the gate's row: fingerprint of all that the model is told apart from data and seed: its part of the job, \
             the SQL of the tables that it reads, the calendar, and the version of trichter; NULL on other rows.",
        ),
    ],
    key: &["job", "as_of", "model", "metric", "variant", "split"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Actual, fitted and forecast outcomes.
pub const PREDICTIONS: TableDef = TableDef {
    name: "predictions",
    grain: "model, unit and period",
    meaning: "What happened, what the model says about it, and what it would have said beforehand: \
              the sum over rows for amounts, the rate for yes/no outcomes. \
              Pick one `unit`, or the empty one, before adding up.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        UNIT,
        ColumnDef::required("period_start", Date, "First day of the period; see `calendar`."),
        ColumnDef::required("row_count", Bigint, "Rows of the model's table in the period.").unit("rows"),
        ColumnDef::optional("actual", Double, "What happened.").unit("see column `outcome_unit`"),
        ColumnDef::optional("fitted", Double, "What the fit on all rows says.")
            .unit("see column `outcome_unit`"),
        ColumnDef::optional(
            "out_of_sample",
            Double,
            "What a fit on earlier periods alone says; NULL for periods before the first such fit.",
        )
        .unit("see column `outcome_unit`"),
        ColumnDef::optional("out_of_sample_lower", Double, "Lower end of the interval of `out_of_sample`.")
            .unit("see column `outcome_unit`"),
        ColumnDef::optional("out_of_sample_upper", Double, "Upper end of the interval of `out_of_sample`.")
            .unit("see column `outcome_unit`"),
        INTERVAL_LEVEL,
        INTERVAL_NOTE,
        OUTCOME_UNIT,
    ],
    key: &["job", "as_of", "model", "unit", "period_start"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// What moved since the publication before.
pub const MODEL_CHANGES: TableDef = TableDef {
    name: "model_changes",
    grain: "model and quantity",
    meaning: "What moved in a model since the publication before, and what moved it: returns and carry-over of channels \
              over all units, effects of drivers, shares of driver groups. Each figure is in the unit that \
              it has in its own table. The parts of a change add up to it where they were told apart. Figures that are \
              new or gone have no row, and the first publication has none at all.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required(
            "quantity",
            String,
            "What moved: kind of figure and what it is about, for example `roas:tv` or `effect:market_demand`.",
        ),
        ColumnDef::required("previous_as_of", Date, "The `as_of` of the publication before."),
        ColumnDef::optional("previous", Double, "The figure before; NULL where it was undefined."),
        ColumnDef::optional("previous_lower", Double, "Lower end of the interval of `previous`."),
        ColumnDef::optional("previous_upper", Double, "Upper end of the interval of `previous`."),
        ColumnDef::optional("current", Double, "The figure now; NULL where it is undefined."),
        ColumnDef::optional("current_lower", Double, "Lower end of the interval of `current`."),
        ColumnDef::optional("current_upper", Double, "Upper end of the interval of `current`."),
        INTERVAL_LEVEL,
        INTERVAL_NOTES,
        ColumnDef::optional(
            "change",
            Double,
            "The figure now less the figure before; NULL where one is undefined.",
        ),
        ColumnDef::optional(
            "change_from_data",
            Double,
            "Part of the change that comes from new and restated data; NULL where it was not told apart.",
        ),
        ColumnDef::optional(
            "change_from_configuration",
            Double,
            "Part of the change that comes from another configuration of the model or another version of trichter: what \
             that makes of the window before, less what was published; 0 where nothing of it changed; NULL where it was \
             not told apart.",
        ),
        ColumnDef::optional(
            "change_from_sampling",
            Double,
            "Part of the change that another seed could have made: up to two standard errors of the sampler's noise; 0 \
             for what is not sampled; NULL where it was not told apart.",
        ),
        ColumnDef::required(
            "is_noteworthy",
            Boolean,
            "True where the interval of the figure now excludes the figure before.",
        ),
    ],
    key: &["job", "as_of", "model", "quantity"],
    kind: TableKind::Result,
    current: Current::Newest,
};
