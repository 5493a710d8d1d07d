//! Verdicts: how far the model, and each channel's effect, may be followed, with the figures that led there.

use super::rolling::VARIANTS;
use crate::domain::Gate;
use crate::models::result::{ChannelPerformance, GateReason, GateVerdict};

/// Fewest origins that judge a model.
const FEWEST_ORIGINS: usize = 3;
/// Part of spend that demand and season may explain.
const MOST_EXPLAINED: f64 = 0.9;
/// Agreement of chains above which they have not mixed.
const MOST_R_HAT: f64 = 1.1;
/// Probability of a lead placebo by chance, over all channels.
const LEAD_SIZE: f64 = 0.05;
/// Probability by chance that any channel without effect passes for one that works, over all channels, to whom an effect
/// and none are equally likely.
const CHANCE_SIZE: f64 = 0.05;
/// Posterior ÷ prior spread from which on the data have said next to nothing.
const UNMOVED: f64 = 0.8;
/// Least ÷ mean pressure from which on the level of the effect is extrapolated.
const EXTRAPOLATED_FROM: f64 = 0.25;

/// Strength of an unseen confounder against the strongest observed driver from which on an effect is fragile. The
/// strongest driver is in the model because it is the strongest; an unseen one half as strong is conceivable.
const FRAGILE_SHARE: f64 = 0.5;

/// Judges the model by its forecasts: root mean squared errors in the order of [`VARIANTS`].
pub(super) fn verdict(origins: usize, errors: &[Option<f64>]) -> GateVerdict {
    let mut reasons: Vec<(Gate, GateReason)> = Vec::new();
    let mut add = |gate, code, message| reasons.push((gate, GateReason { code, message }));
    let of = |name: &str| VARIANTS.iter().position(|variant| *variant == name).and_then(|at| errors[at]);
    match of("model") {
        Some(model) if origins >= FEWEST_ORIGINS => {
            // The season of a year before where there is one, else the better of the others.
            let others = || {
                let both =
                    ["naive_last", "naive_mean"].into_iter().filter_map(|name| Some((name, of(name)?)));
                both.min_by(|a, b| a.1.total_cmp(&b.1))
            };
            let naive = of("naive_season").map(|error| ("naive_season", error)).or_else(others);
            if let Some((name, error)) = naive
                && model > error
            {
                let message = format!(
                    "out of sample the model (RMSE {model:.6}) is worse than `{name}` (RMSE {error:.6})"
                );
                add(Gate::Withheld, "worse_than_naive", message);
            }
            if let Some(without) = of("without_channels")
                && model >= without
            {
                let message = format!(
                    "out of sample the channels add nothing: RMSE {model:.6} with them, {without:.6} without"
                );
                add(Gate::Review, "no_better_than_without_channels", message);
            }
        }
        _ => add(
            Gate::Withheld,
            "not_validated",
            format!("there is too little history for {FEWEST_ORIGINS} rolling origins"),
        ),
    }
    let gate = reasons.iter().map(|(gate, _)| *gate).max().unwrap_or(Gate::Trusted);
    GateVerdict { gate, reasons: reasons.into_iter().map(|(_, reason)| reason).collect() }
}

/// Judges the effect of a channel over all units; `channels`: how many were tested; `no_effect`: how probable none was
/// believed to be before the data.
pub(super) fn judge(channel: &mut ChannelPerformance, channels: usize, no_effect: f64) {
    let mut reasons: Vec<(Gate, GateReason)> = Vec::new();
    let mut add = |gate, code, message: String| reasons.push((gate, GateReason { code, message }));
    if channel.r_hat > MOST_R_HAT || channel.r_hat.is_nan() {
        let message = format!("its chains do not agree: R-hat {:.2}, at most {MOST_R_HAT}", channel.r_hat);
        add(Gate::Withheld, "chains_disagree", message);
    }
    if let Some(explained) = channel.spend_explained.filter(|explained| *explained > MOST_EXPLAINED) {
        let message = format!(
            "its spend follows demand: {:.0} % of it is explained by earlier outcome, drivers and season, so its effect cannot be separated from theirs",
            100.0 * explained
        );
        add(Gate::Withheld, "follows_demand", message);
    }
    if let Some(p_value) = channel.lead_placebo_p_value.filter(|p| *p < LEAD_SIZE / channels.max(1) as f64) {
        let message = format!(
            "the outcome knows its spend of the next four periods (p = {p_value:.4}): spend reacts to something that the model does not see"
        );
        add(Gate::Review, "lead_placebo", message);
    }
    if channel.incremental_outcome.lower().is_none_or(|lower| lower <= 0.0) {
        let message = format!(
            "it may bring nothing: the probability of any effect is {:.0} %",
            100.0 * channel.inclusion_probability
        );
        add(Gate::Review, "may_bring_nothing", message);
    }
    let chance = chance(channel.inclusion_probability, no_effect);
    if channel.incremental_outcome.lower().is_some_and(|lower| lower > 0.0)
        && chance * channels as f64 > CHANCE_SIZE
    {
        let message = format!(
            "its effect may be chance: to someone to whom both are equally likely it has none with a probability of {:.1} %, and {channels} channels were looked at",
            100.0 * chance
        );
        add(Gate::Review, "may_be_chance", message);
    }
    if channel.posterior_to_prior > UNMOVED {
        let message = format!(
            "its effect is not identified: the spread of what is believed after the data is {:.0} % of that before",
            100.0 * channel.posterior_to_prior
        );
        add(Gate::Review, "not_identified", message);
    }
    if channel.least_pressure > EXTRAPOLATED_FROM {
        let message = format!(
            "its level is not identified: pressure never falls below {:.0} % of its mean, so what no spend would mean is extrapolated",
            100.0 * channel.least_pressure
        );
        add(Gate::Review, "level_extrapolated", message);
    }
    if let Some(robustness) = &channel.robustness
        && let Some((driver, benchmark)) = &robustness.benchmark
        && robustness.value < FRAGILE_SHARE * benchmark
    {
        let message = format!(
            "an unseen confounder half as strong as `{driver}` would explain its effect away: it takes {:.3}, and `{driver}` has {benchmark:.3}",
            robustness.value
        );
        add(Gate::Review, "fragile", message);
    }
    if let (Some(roas), Some(other)) = (&channel.roas, &channel.roas_with_period_effects)
        && let (Some(lower), Some(upper), Some(from), Some(to)) =
            (roas.lower(), roas.upper(), other.lower(), other.upper())
        && (lower > to || from > upper)
    {
        let message = format!(
            "with an effect of its own for every period its ROAS is {:.2} ({from:.2} to {to:.2}), not {:.2} ({lower:.2} to {upper:.2})",
            other.value, roas.value
        );
        add(Gate::Review, "unstable", message);
    }
    channel.gate = reasons.iter().map(|(gate, _)| *gate).max().unwrap_or(Gate::Trusted);
    channel.reasons = reasons.into_iter().map(|(_, reason)| reason).collect();
}

/// Probability of no effect to someone to whom both were equally likely, from that of one who believed `no_effect`.
fn chance(inclusion: f64, no_effect: f64) -> f64 {
    if no_effect <= 0.0 || no_effect >= 1.0 {
        return 1.0 - inclusion;
    }
    let odds = (1.0 - inclusion) / inclusion * (1.0 - no_effect) / no_effect;
    if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_what_the_data_alone_say() {
        // What was believed at even odds stays as it is.
        assert!((chance(0.7, 0.5) - 0.3).abs() < 1e-12);
        // Data that say nothing leave the belief as it was, and so even odds.
        assert!((chance(0.9, 0.1) - 0.5).abs() < 1e-12);
        assert!(chance(1.0, 0.1).abs() < 1e-12 && (chance(0.0, 0.1) - 1.0).abs() < 1e-12);
        // Who was sure of an effect before is no more in doubt than the draws.
        assert!((chance(1.0, 0.0)).abs() < 1e-12);
    }
}
