//! Definitions of the tables about channels: what money brought, what more of it would bring, and how well we know.

use super::{
    AS_OF, ColumnDef, Current, GATE, INTERVAL_LEVEL, INTERVAL_NOTES, JOB, MODEL, OUTCOME_UNIT, TableDef,
    TableKind, UNIT,
};
use crate::domain::DataType::{Boolean, Date, Double, String};

const CHANNEL: ColumnDef = ColumnDef::required("channel", String, "Channel of the model.");

const CURRENCY: ColumnDef = ColumnDef::required("currency", String, "ISO 4217 code of amounts of money.");

const FIT_START: ColumnDef = ColumnDef::required("fit_start", Date, "First day of the fitted periods.");

const FIT_END: ColumnDef = ColumnDef::required("fit_end", Date, "First day after the fitted periods.");

const MODEL_GATE: ColumnDef = ColumnDef::required(
    "model_gate",
    String,
    "How far the model's advice may be followed: `trusted`, `review` or `withheld`; `model_quality` says why.",
);

/// What each channel brought.
pub const CHANNEL_PERFORMANCE: TableDef = TableDef {
    name: "channel_performance",
    grain: "model, channel and unit",
    meaning: "What each channel cost and brought in the fitted periods, over all units together and in each unit. \
              Beside its return stand the same without data about the outside world, without experiments and with an \
              effect of its own for every period: where they part, the return rests on what was assumed. \
              Pick one `unit`, or the empty one, before adding up.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        CHANNEL,
        UNIT,
        ColumnDef::optional("label_en", String, "Label of the channel in English; NULL if the job has none."),
        ColumnDef::optional("label_de", String, "Label of the channel in German; NULL if the job has none."),
        ColumnDef::optional("side", String, "Who books it, for example `marketing` or `sales`; NULL if the job states none."),
        FIT_START,
        FIT_END,
        ColumnDef::optional("spend", Double, "Money spent in the fitted periods; NULL for a channel without a price.")
            .unit("see column `currency`"),
        CURRENCY,
        ColumnDef::optional("incremental_outcome", Double, "Outcome that would not have been without the channel, also after the last period.").unit("see column `outcome_unit`"),
        ColumnDef::optional("incremental_outcome_lower", Double, "Lower end of the interval of `incremental_outcome`.").unit("see column `outcome_unit`"),
        ColumnDef::optional("incremental_outcome_upper", Double, "Upper end of the interval of `incremental_outcome`.").unit("see column `outcome_unit`"),
        OUTCOME_UNIT,
        ColumnDef::optional("outcome_share", Double, "The same as a part of the outcome.").unit("share"),
        ColumnDef::optional("outcome_share_lower", Double, "Lower end of the interval of `outcome_share`.").unit("share"),
        ColumnDef::optional("outcome_share_upper", Double, "Upper end of the interval of `outcome_share`.").unit("share"),
        ColumnDef::optional("roas", Double, "Incremental outcome per unit of spend; NULL without spend.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_lower", Double, "Lower end of the interval of `roas`.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_upper", Double, "Upper end of the interval of `roas`.").unit("outcome per unit of spend"),
        ColumnDef::optional("mroas", Double, "The same for the next hundredth of spend, spread as spend was; NULL without spend.").unit("outcome per unit of spend"),
        ColumnDef::optional("mroas_lower", Double, "Lower end of the interval of `mroas`.").unit("outcome per unit of spend"),
        ColumnDef::optional("mroas_upper", Double, "Upper end of the interval of `mroas`.").unit("outcome per unit of spend"),
        ColumnDef::optional("roi", Double, "What is left of the worth of the incremental outcome after spend, per unit of spend; NULL without spend or a stated worth.").unit("worth per unit of spend"),
        ColumnDef::optional("roi_lower", Double, "Lower end of the interval of `roi`.").unit("worth per unit of spend"),
        ColumnDef::optional("roi_upper", Double, "Upper end of the interval of `roi`.").unit("worth per unit of spend"),
        ColumnDef::optional("carried_share", Double, "Part of the incremental outcome that comes by way of channels that carry this one; NULL where none does.").unit("share"),
        ColumnDef::optional("carried_share_lower", Double, "Lower end of the interval of `carried_share`.").unit("share"),
        ColumnDef::optional("carried_share_upper", Double, "Upper end of the interval of `carried_share`.").unit("share"),
        ColumnDef::optional("carry_over_share", Double, "Part of the response that is felt after the period of the spend.").unit("share"),
        ColumnDef::optional("carry_over_share_lower", Double, "Lower end of the interval of `carry_over_share`.").unit("share"),
        ColumnDef::optional("carry_over_share_upper", Double, "Upper end of the interval of `carry_over_share`.").unit("share"),
        ColumnDef::optional("inclusion_probability", Double, "Probability that the channel has any effect.").unit("share"),
        ColumnDef::optional("roas_without_third_party", Double, "`roas` of the same model without data about the outside world; NULL without spend or such data.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_without_third_party_lower", Double, "Lower end of the interval of `roas_without_third_party`.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_without_third_party_upper", Double, "Upper end of the interval of `roas_without_third_party`.").unit("outcome per unit of spend"),
        ColumnDef::required(
            "depends_on",
            String,
            "Drivers from outside without which `roas` changes by more than a fifth, strongest first, joined by `, `; \
             empty if there are none.",
        ),
        ColumnDef::optional("roas_without_experiments", Double, "`roas` without what experiments measured; NULL where there is no experiment.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_without_experiments_lower", Double, "Lower end of the interval of `roas_without_experiments`.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_without_experiments_upper", Double, "Upper end of the interval of `roas_without_experiments`.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_without_priors", Double, "`roas` with default beliefs in place of those that the job states; NULL where it states none for the channel.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_without_priors_lower", Double, "Lower end of the interval of `roas_without_priors`.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_without_priors_upper", Double, "Upper end of the interval of `roas_without_priors`.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_with_period_effects", Double, "`roas` with an effect of its own for every period; NULL for one series.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_with_period_effects_lower", Double, "Lower end of the interval of `roas_with_period_effects`.").unit("outcome per unit of spend"),
        ColumnDef::optional("roas_with_period_effects_upper", Double, "Upper end of the interval of `roas_with_period_effects`.").unit("outcome per unit of spend"),
        INTERVAL_LEVEL,
        INTERVAL_NOTES,
        ColumnDef::required(
            "evidence",
            String,
            "What the effect rests on: `experiment`, `calibrated` or `observational`.",
        ),
        ColumnDef::optional(
            "lead_placebo_p_value",
            Double,
            "P-value of spend of the next periods, which cannot have caused what came before it; small where spend \
             follows the outcome; NULL where there are too few periods.",
        )
        .unit("share"),
        ColumnDef::optional(
            "spend_explained",
            Double,
            "Part of the variation of spend that earlier outcome, drivers and season explain; NULL where it is undefined.",
        )
        .unit("share"),
        ColumnDef::optional(
            "robustness_value",
            Double,
            "Part of what is left of both spend and outcome that an unseen confounder would have to explain to take the \
             effect away; NULL where it is undefined.",
        )
        .unit("share"),
        ColumnDef::optional(
            "robustness_benchmark",
            Double,
            "What the strongest observed driver explains of it; NULL without drivers.",
        )
        .unit("share"),
        ColumnDef::optional("robustness_driver", String, "That driver; NULL without drivers."),
        ColumnDef::optional(
            "posterior_to_prior",
            Double,
            "Spread of `roas` after the data spoke, relative to that before; near 1 where they had nothing to say.",
        )
        .unit("share"),
        ColumnDef::optional(
            "least_pressure",
            Double,
            "Smallest pressure relative to mean pressure; far from 0 the effect of none at all is extrapolated.",
        )
        .unit("share"),
        ColumnDef::optional(
            "r_hat",
            Double,
            "Agreement of the sampler's chains on the incremental outcome; good below 1.05.",
        ),
        ColumnDef::optional("effective_sample_size", Double, "Independent draws that the sampler's draws are worth.")
            .unit("draws"),
        ColumnDef::required(
            "gate",
            String,
            "Whether the channel's budget may be moved on this: `trusted`, `review` or `withheld`; `reasons` says why.",
        ),
        ColumnDef::optional(
            "reason_codes",
            String,
            "Stable codes of the reasons for the channel's gate, joined by `, `; NULL when trusted.",
        ),
        ColumnDef::optional(
            "reasons",
            String,
            "The reasons as English sentences, one per line; NULL when trusted.",
        ),
        MODEL_GATE,
    ],
    key: &["job", "as_of", "model", "channel", "unit"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// What other spend would bring.
pub const RESPONSE_CURVES: TableDef = TableDef {
    name: "response_curves",
    grain: "model, channel and level of spend",
    meaning: "What a channel would have brought with less or more spend in the fitted periods, spread over periods and \
              units as it was.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        CHANNEL,
        ColumnDef::required("spend_multiple", Double, "Spend as a multiple of what was spent; 1 is what was."),
        FIT_START,
        FIT_END,
        ColumnDef::optional("spend", Double, "Money; NULL for a channel without a price.")
            .unit("see column `currency`"),
        CURRENCY,
        ColumnDef::optional("incremental_outcome", Double, "Outcome that there would not be without the channel.").unit("see column `outcome_unit`"),
        ColumnDef::optional("incremental_outcome_lower", Double, "Lower end of the interval of `incremental_outcome`.").unit("see column `outcome_unit`"),
        ColumnDef::optional("incremental_outcome_upper", Double, "Upper end of the interval of `incremental_outcome`.").unit("see column `outcome_unit`"),
        OUTCOME_UNIT,
        ColumnDef::optional("mroas", Double, "Incremental outcome of one more hundredth of what was spent, per unit of spend; NULL without spend.").unit("outcome per unit of spend"),
        ColumnDef::optional("mroas_lower", Double, "Lower end of the interval of `mroas`.").unit("outcome per unit of spend"),
        ColumnDef::optional("mroas_upper", Double, "Upper end of the interval of `mroas`.").unit("outcome per unit of spend"),
        INTERVAL_LEVEL,
        INTERVAL_NOTES,
        ColumnDef::required(
            "is_observed",
            Boolean,
            "True while pressure stays within what was observed; beyond it the curve is extrapolated.",
        ),
        ColumnDef::required("gate", String, "The channel's gate over all units; see `channel_performance`."),
        MODEL_GATE,
    ],
    key: &["job", "as_of", "model", "channel", "spend_multiple"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// What the fitted outcome is made of.
pub const CONTRIBUTIONS: TableDef = TableDef {
    name: "contributions",
    grain: "model, period, unit and part",
    meaning: "What the fitted outcome is made of. The parts of a unit and period add up to what `predictions` calls \
              `fitted`.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        ColumnDef::required("period_start", Date, "First day of the period; see `calendar`."),
        ColumnDef::required("unit", String, "Unit, for example a region; empty for one series."),
        ColumnDef::required(
            "part",
            String,
            "Kind of part: `baseline`, `trend`, `seasonality`, `driver` (against its own mean), `channel` or \
             `interaction`.",
        ),
        ColumnDef::required(
            "driver",
            String,
            "Driver, channel or pair; the kind itself where there is only one of it.",
        ),
        ColumnDef::optional(
            "party",
            String,
            "Whose data it rests on: `first` is our own, `third` is about the outside world; NULL for baseline, trend \
             and season.",
        ),
        ColumnDef::optional(
            "contribution",
            Double,
            "Part of the fitted outcome; NULL where it is undefined.",
        )
        .unit("see column `outcome_unit`"),
        OUTCOME_UNIT,
        ColumnDef::required(
            "interval_note",
            String,
            "Where the intervals stand: parts have none of their own.",
        ),
        GATE,
    ],
    key: &["job", "as_of", "model", "period_start", "unit", "part", "driver"],
    kind: TableKind::Result,
    current: Current::Newest,
};

/// Experiments against the model.
pub const EXPERIMENTS: TableDef = TableDef {
    name: "experiments",
    grain: "model and experiment",
    meaning: "What experiments measured, what the model says about the same without having seen it, and what they did \
              to the channel's return.",
    columns: &[
        JOB,
        AS_OF,
        MODEL,
        CHANNEL,
        ColumnDef::required("units", String, "Units that it ran in, joined by `, `; empty for one series."),
        ColumnDef::required("experiment_start", Date, "First day of the experiment."),
        ColumnDef::required("experiment_end", Date, "First day after the experiment."),
        ColumnDef::optional("spend_change", Double, "Additional spend; below 0 where spend was cut.")
            .unit("see column `currency`"),
        CURRENCY,
        ColumnDef::optional("measured_outcome", Double, "Additional outcome that was measured.")
            .unit("see column `outcome_unit`"),
        ColumnDef::optional(
            "measured_outcome_lower",
            Double,
            "Lower end of the interval of `measured_outcome`.",
        )
        .unit("see column `outcome_unit`"),
        ColumnDef::optional(
            "measured_outcome_upper",
            Double,
            "Upper end of the interval of `measured_outcome`.",
        )
        .unit("see column `outcome_unit`"),
        ColumnDef::optional(
            "modelled_outcome",
            Double,
            "What the model says about it without having seen the measurement.",
        )
        .unit("see column `outcome_unit`"),
        ColumnDef::optional(
            "modelled_outcome_lower",
            Double,
            "Lower end of the interval of `modelled_outcome`.",
        )
        .unit("see column `outcome_unit`"),
        ColumnDef::optional(
            "modelled_outcome_upper",
            Double,
            "Upper end of the interval of `modelled_outcome`.",
        )
        .unit("see column `outcome_unit`"),
        OUTCOME_UNIT,
        ColumnDef::optional(
            "roas_without_experiments",
            Double,
            "Incremental outcome of the channel per unit of spend, without any of its experiments.",
        )
        .unit("outcome per unit of spend"),
        ColumnDef::optional(
            "roas_without_experiments_lower",
            Double,
            "Lower end of the interval of `roas_without_experiments`.",
        )
        .unit("outcome per unit of spend"),
        ColumnDef::optional(
            "roas_without_experiments_upper",
            Double,
            "Upper end of the interval of `roas_without_experiments`.",
        )
        .unit("outcome per unit of spend"),
        ColumnDef::optional("roas_with_experiments", Double, "The same with all its experiments.")
            .unit("outcome per unit of spend"),
        ColumnDef::optional(
            "roas_with_experiments_lower",
            Double,
            "Lower end of the interval of `roas_with_experiments`.",
        )
        .unit("outcome per unit of spend"),
        ColumnDef::optional(
            "roas_with_experiments_upper",
            Double,
            "Upper end of the interval of `roas_with_experiments`.",
        )
        .unit("outcome per unit of spend"),
        INTERVAL_LEVEL,
        INTERVAL_NOTES,
        GATE,
    ],
    key: &["job", "as_of", "model", "channel", "units", "experiment_start", "experiment_end"],
    kind: TableKind::Result,
    current: Current::Newest,
};
