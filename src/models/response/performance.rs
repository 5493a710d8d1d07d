//! What every channel did: incremental outcome, returns, how sure, what speaks against it.

use super::checks::{Check, checks};
use super::curves::extremes;
use super::gate::judge;
use super::normal::two_sided;
use super::posterior::Posterior;
use super::prior::{experiment_lifts, spend, total_outcome};
use super::specifications::{
    Other, depends_on, with_period_effects, without_experiments, without_third_party,
};
use super::summary::{deviation, effective_size, estimate, mean, r_hat};
use crate::domain::{Estimate, Evidence, Gate, Interval};
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
    let window = posterior.window();
    let level = settings.interval_level;
    let count = core.design.candidates.len();
    let draws: Vec<Vec<f64>> = (0..count).map(|channel| posterior.incremental(channel)).collect();
    let today: Vec<f64> = draws.iter().map(|draws| mean(draws)).collect();
    let without = without_third_party(core, &window, settings.seed);
    let depends = match &without {
        Some(other) => depends_on(posterior, other, &today, settings.seed),
        None => vec![Vec::new(); count],
    };
    let unmeasured = without_experiments(core, &window, settings.seed);
    let with_periods = with_period_effects(core, &window, settings.seed);
    let checks = checks(posterior);
    let tested = draws.iter().filter(|draws| draws.iter().any(|draw| *draw > 0.0)).count();
    let mut rows = Vec::new();
    for channel in 0..count {
        let others = Others {
            without_third_party: without.as_ref(),
            without_experiments: unmeasured.as_ref().map(|(_, other)| other),
            with_period_effects: with_periods.as_ref(),
        };
        let mut row = over_all(posterior, channel, &draws[channel], &checks[channel], &others, level);
        row.depends_on.clone_from(&depends[channel]);
        judge(&mut row, tested);
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
    let money = spend(&core.design, channel).filter(|spend| *spend > 0.0);
    let chains = core.draws.chains;
    let per = |values: &[f64], by: f64| -> Vec<f64> { values.iter().map(|value| value / by).collect() };
    let roas_of = |other: Option<&Other>| {
        money.zip(other).map(|(spend, other)| estimate(&per(&other[channel], spend), level))
    };
    let outcome = total_outcome(&core.design);
    let has_experiment = frame.experiments.iter().any(|experiment| experiment.channel == channel);
    let active = core.draws.draws.iter().filter(|draw| draw.effects[channel].1 > 0.0).count();
    ChannelPerformance {
        channel: known.name.clone(),
        unit: None,
        side: known.side.clone(),
        spend: spend(&core.design, channel),
        incremental_outcome: estimate(draws, level),
        outcome_share: estimate(&per(draws, outcome), level),
        roas: money.map(|spend| estimate(&per(draws, spend), level)),
        mroas: money
            .map(|spend| estimate(&per(&posterior.next(channel), super::returns::NEXT * spend), level)),
        roi: money.zip(frame.worth).map(|(spend, worth)| {
            estimate(&draws.iter().map(|draw| (worth * draw - spend) / spend).collect::<Vec<_>>(), level)
        }),
        carried_share: posterior.through_carriers(channel).map(|carried| {
            let shares: Vec<f64> = carried
                .iter()
                .zip(draws)
                .filter(|(_, all)| **all > 0.0)
                .map(|(carried, all)| carried / all)
                .collect();
            if shares.is_empty() {
                Estimate {
                    value: 0.0,
                    interval: Interval::None { reason: "the channel has no effect in any draw".into() },
                }
            } else {
                estimate(&shares, level)
            }
        }),
        carry_over_share: carry_over(posterior, channel, level),
        inclusion_probability: active as f64 / core.draws.draws.len() as f64,
        roas_without_third_party: roas_of(others.without_third_party),
        depends_on: Vec::new(),
        roas_without_experiments: roas_of(others.without_experiments).filter(|_| has_experiment),
        roas_with_period_effects: roas_of(others.with_period_effects),
        evidence: if has_experiment { Evidence::Calibrated } else { Evidence::Observational },
        lead_placebo_p_value: check.lead_p_value,
        spend_explained: check.spend_explained,
        robustness: check.robustness.clone(),
        posterior_to_prior: posterior_to_prior(posterior, channel, draws),
        least_pressure: extremes(posterior, channel).0,
        r_hat: r_hat(draws, chains),
        effective_sample_size: effective_size(draws, chains),
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
    let frame = core.design.frame;
    let draws = posterior.incremental_in(channel, unit);
    let cells = frame.at(unit, frame.lead)..frame.at(unit + 1, 0);
    let money: Option<f64> = frame.channels[channel].spend.as_ref().map(|spend| spend[cells].iter().sum());
    let paid = money.filter(|money| *money > 0.0);
    let rows = &core.design.rows[unit];
    let outcome: f64 = rows.iter().map(|row| frame.outcome[frame.at(unit, *row)]).sum();
    let per = |values: &[f64], by: f64| -> Vec<f64> { values.iter().map(|value| value / by).collect() };
    let next = posterior.next_in(channel, unit);
    ChannelPerformance {
        unit: Some(frame.units[unit].clone()),
        spend: money,
        incremental_outcome: estimate(&draws, level),
        outcome_share: estimate(&per(&draws, outcome), level),
        roas: paid.map(|spend| estimate(&per(&draws, spend), level)),
        mroas: paid.map(|spend| estimate(&per(&next, super::returns::NEXT * spend), level)),
        roi: paid.zip(frame.worth).map(|(spend, worth)| {
            estimate(&draws.iter().map(|draw| (worth * draw - spend) / spend).collect::<Vec<_>>(), level)
        }),
        carried_share: None,
        roas_without_third_party: None,
        roas_without_experiments: None,
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
    if shares.is_empty() {
        Estimate::without_interval(0.0, "the channel has no effect in any draw")
    } else {
        estimate(&shares, level)
    }
}

/// Spread of the incremental outcome after the data ÷ before.
fn posterior_to_prior(posterior: &Posterior<'_>, channel: usize, draws: &[f64]) -> f64 {
    let core = &posterior.core;
    let prior = &core.prior[channel];
    // Before the data: half-normal with probability 1 − π₀, else 0. Every candidate says the same about ROAS, so
    // any that was chosen will do.
    let Some((k, increment)) = posterior.increments[channel].iter().next() else { return 1.0 };
    let scale = prior.scales[*k] * increment.all.iter().sum::<f64>();
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
    blind: &super::gibbs::Draws,
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
            let money = spend(design, channel).unwrap_or(1.0).max(f64::MIN_POSITIVE);
            let per = |values: &[f64]| -> Vec<f64> { values.iter().map(|value| value / money).collect() };
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
                roas_without: estimate(&per(&other[channel]), level),
                roas_with: estimate(&per(&draws[channel]), level),
            }
        })
        .collect()
}
