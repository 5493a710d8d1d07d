//! What every channel did: incremental outcome, returns, how sure, what speaks against it.

use std::ops::Range;

use super::checks::{Check, checks};
use super::curves::extremes;
use super::gate::judge;
use super::gibbs::Draws;
use super::normal::two_sided;
use super::posterior::Posterior;
use super::prior::{experiment_lifts, spend, total_outcome};
use super::returns::NEXT;
use super::specifications::{
    Other, depends_on, states_a_belief, with_period_effects, without_experiments, without_stated,
    without_third_party,
};
use super::summary::{deviation, effective_size, estimate, mean, r_hat};
use crate::domain::{Estimate, Evidence, Gate};
use crate::models::ModelSettings;
use crate::models::result::{ChannelPerformance, ExperimentFinding};

/// Standard deviation of a half-normal per unit of its scale: √(1 − 2/π).
const HALF_NORMAL: f64 = 0.602_810_275;

/// Channels over all units, then in each unit; then experiments.
pub(super) fn performance(
    posterior: &Posterior<'_>,
    settings: &ModelSettings,
) -> (Vec<ChannelPerformance>, Vec<ExperimentFinding>) {
    let core = &posterior.core;
    let level = settings.interval_level;
    let count = core.design.candidates.len();
    let draws: Vec<Vec<f64>> =
        (0..count).map(|channel| posterior.incremental(channel, &posterior.units())).collect();
    let today: Vec<f64> = draws.iter().map(|draws| mean(draws)).collect();
    let without = without_third_party(posterior, settings.seed);
    let depends = match &without {
        Some(other) => depends_on(posterior, other, &today, settings.seed),
        None => vec![Vec::new(); count],
    };
    let unmeasured = without_experiments(posterior, settings.seed);
    let by_default = without_stated(posterior, settings.seed);
    let with_periods = with_period_effects(posterior, settings.seed);
    let checks = checks(posterior, &draws);
    let tested = draws.iter().filter(|draws| draws.iter().any(|draw| *draw > 0.0)).count();
    let mut rows = Vec::new();
    for channel in 0..count {
        let others = Others {
            without_third_party: without.as_ref(),
            without_experiments: unmeasured.as_ref().map(|(_, other)| other),
            without_stated: by_default.as_ref(),
            with_period_effects: with_periods.as_ref(),
        };
        let mut row = over_all(posterior, channel, &draws[channel], &checks[channel], &others, level);
        row.depends_on.clone_from(&depends[channel]);
        judge(&mut row, tested, core.prior[channel].no_effect);
        rows.push(row);
    }
    let experiments = match &unmeasured {
        Some((blind, other)) => experiments(posterior, blind, other, &draws, level),
        None => Vec::new(),
    };
    if core.design.frame.units.len() > 1 {
        for channel in 0..count {
            for unit in 0..core.design.frame.units.len() {
                let row = in_unit(posterior, channel, unit, &rows[channel], level);
                rows.push(row);
            }
        }
    }
    (rows, experiments)
}

struct Others<'a> {
    without_third_party: Option<&'a Other>,
    without_experiments: Option<&'a Other>,
    without_stated: Option<&'a Other>,
    with_period_effects: Option<&'a Other>,
}

fn over_all(
    posterior: &Posterior<'_>,
    channel: usize,
    draws: &[f64],
    check: &Check,
    others: &Others<'_>,
    level: f64,
) -> ChannelPerformance {
    let core = &posterior.core;
    let frame = core.design.frame;
    let known = &frame.channels[channel];
    let money = spend(&core.design, channel, &posterior.units()).filter(|spend| *spend > 0.0);
    let roas_of = |other: Option<&Other>| {
        money.zip(other).map(|(spend, other)| estimate(&divided(&other[channel], spend), level))
    };
    let has_experiment = frame.experiments.iter().any(|experiment| experiment.channel == channel);
    let returns = Returns::new(posterior, channel, &posterior.units(), draws, level);
    let active = core.draws.draws.iter().filter(|draw| draw.effects[channel].1 > 0.0).count();
    ChannelPerformance {
        channel: known.name.clone(),
        unit: None,
        side: known.side.clone(),
        spend: returns.spend,
        incremental_outcome: estimate(draws, level),
        outcome_share: returns.outcome_share,
        roas: returns.roas,
        mroas: returns.mroas,
        roi: returns.roi,
        carried_share: posterior.through_carriers(channel).map(|carried| {
            let shares: Vec<f64> = carried
                .iter()
                .zip(draws)
                .filter(|(_, all)| **all > 0.0)
                .map(|(carried, all)| carried / all)
                .collect();
            estimate_where_active(&shares, level)
        }),
        carry_over_share: carry_over(posterior, channel, level),
        inclusion_probability: active as f64 / core.draws.draws.len() as f64,
        roas_without_third_party: roas_of(others.without_third_party),
        depends_on: Vec::new(),
        roas_without_experiments: roas_of(others.without_experiments).filter(|_| has_experiment),
        roas_without_priors: roas_of(others.without_stated).filter(|_| states_a_belief(known)),
        roas_with_period_effects: roas_of(others.with_period_effects),
        evidence: if has_experiment { Evidence::Calibrated } else { Evidence::Observational },
        lead_placebo_p_value: check.lead_p_value,
        spend_explained: check.spend_explained,
        robustness: check.robustness.clone(),
        posterior_to_prior: posterior_to_prior(posterior, channel, draws),
        least_pressure: extremes(posterior, channel).0,
        r_hat: r_hat(draws, core.draws.chains),
        effective_sample_size: effective_size(draws, core.draws.chains),
        gate: Gate::Trusted,
        reasons: Vec::new(),
    }
}

/// A channel in one unit: what differs from all units together is its own, the rest is repeated.
fn in_unit(
    posterior: &Posterior<'_>,
    channel: usize,
    unit: usize,
    all: &ChannelPerformance,
    level: f64,
) -> ChannelPerformance {
    let core = &posterior.core;
    let units = unit..unit + 1;
    let draws = posterior.incremental(channel, &units);
    let returns = Returns::new(posterior, channel, &units, &draws, level);
    ChannelPerformance {
        unit: Some(core.design.frame.units[unit].clone()),
        spend: returns.spend,
        incremental_outcome: estimate(&draws, level),
        outcome_share: returns.outcome_share,
        roas: returns.roas,
        mroas: returns.mroas,
        roi: returns.roi,
        carried_share: None,
        roas_without_third_party: None,
        roas_without_experiments: None,
        roas_without_priors: None,
        roas_with_period_effects: None,
        r_hat: r_hat(&draws, core.draws.chains),
        effective_sample_size: effective_size(&draws, core.draws.chains),
        ..all.clone()
    }
}

/// Part of the response felt after the period of the spend, over the draws in which the channel acts.
fn carry_over(posterior: &Posterior<'_>, channel: usize, level: f64) -> Estimate {
    let core = &posterior.core;
    let lag = core.design.frame.channels[channel].max_lag;
    let shares: Vec<f64> = core
        .draws
        .draws
        .iter()
        .filter(|draw| draw.effects[channel].1 > 0.0)
        .map(|draw| core.design.candidates[channel][draw.effects[channel].0].shape.carry_over_share(lag))
        .collect();
    estimate_where_active(&shares, level)
}

/// An estimate from the draws in which the channel acts.
fn estimate_where_active(draws: &[f64], level: f64) -> Estimate {
    if draws.is_empty() {
        Estimate::without_interval(0.0, "the channel has no effect in any draw")
    } else {
        estimate(draws, level)
    }
}

fn divided(values: &[f64], by: f64) -> Vec<f64> {
    values.iter().map(|value| value / by).collect()
}

/// What came of the money of some units.
struct Returns {
    spend: Option<f64>,
    outcome_share: Estimate,
    roas: Option<Estimate>,
    mroas: Option<Estimate>,
    roi: Option<Estimate>,
}

impl Returns {
    fn new(
        posterior: &Posterior<'_>,
        channel: usize,
        units: &Range<usize>,
        draws: &[f64],
        level: f64,
    ) -> Self {
        let design = &posterior.core.design;
        let spend = spend(design, channel, units);
        let money = spend.filter(|spend| *spend > 0.0);
        let next = || divided(&posterior.next(channel, units), NEXT);
        Self {
            spend,
            outcome_share: estimate(&divided(draws, total_outcome(design, units)), level),
            roas: money.map(|spend| estimate(&divided(draws, spend), level)),
            mroas: money.map(|spend| estimate(&divided(&next(), spend), level)),
            roi: money.zip(design.frame.worth).map(|(spend, worth)| {
                estimate(&draws.iter().map(|draw| (worth * draw - spend) / spend).collect::<Vec<_>>(), level)
            }),
        }
    }
}

/// Spread of the incremental outcome after the data ÷ before.
fn posterior_to_prior(posterior: &Posterior<'_>, channel: usize, draws: &[f64]) -> f64 {
    let core = &posterior.core;
    let prior = &core.prior[channel];
    // Before the data: half-normal with probability 1 − π₀, else 0. Every candidate says the same about ROAS, so
    // any that was chosen will do.
    let Some((k, increment)) = posterior.increments[channel].iter().next() else { return 1.0 };
    let scale = prior.scales[*k] * increment.per_effect();
    let on = 1.0 - prior.no_effect;
    let square = if prior.centers[*k] > 0.0 {
        scale * scale
    } else {
        let mean = scale * (2.0 / std::f64::consts::PI).sqrt();
        on * ((HALF_NORMAL * scale).powi(2) + mean * mean) - (on * mean).powi(2)
    };
    deviation(draws) / square.sqrt().max(f64::MIN_POSITIVE)
}

/// Experiments against what the model says without having seen them.
fn experiments(
    posterior: &Posterior<'_>,
    blind: &Draws,
    other: &Other,
    draws: &[Vec<f64>],
    level: f64,
) -> Vec<ExperimentFinding> {
    let design = &posterior.core.design;
    let frame = design.frame;
    let day = |period: usize| frame.periods.get(period).copied().unwrap_or(frame.end);
    frame
        .experiments
        .iter()
        .map(|experiment| {
            let channel = experiment.channel;
            let lifts = experiment_lifts(design, channel, experiment);
            let modelled: Vec<f64> = blind
                .draws
                .iter()
                .map(|draw| draw.effects[channel].1 * lifts[draw.effects[channel].0])
                .collect();
            let money = spend(design, channel, &posterior.units()).unwrap_or(1.0).max(f64::MIN_POSITIVE);
            let reach = two_sided(level) * experiment.standard_error;
            let names: Vec<&str> = experiment.units.iter().map(|unit| frame.units[*unit].as_str()).collect();
            ExperimentFinding {
                channel: frame.channels[channel].name.clone(),
                units: names.join(", "),
                start: day(experiment.start),
                end: day(experiment.end),
                spend_change: experiment.spend_change,
                measured: Estimate::with_bounds(
                    experiment.lift,
                    experiment.lift - reach,
                    experiment.lift + reach,
                    level,
                ),
                modelled: estimate(&modelled, level),
                roas_without: estimate(&divided(&other[channel], money), level),
                roas_with: estimate(&divided(&draws[channel], money), level),
            }
        })
        .collect()
}
