//! Identities, metamorphic relations and known truth, over the whole of a response model.

use std::collections::BTreeMap;

use faer::Mat;
use faer::linalg::solvers::Solve;

use super::core::Core;
use super::design::Design;
use super::fit_response;
use super::gibbs::Effort;
use super::moments::Moments;
use super::posterior::Posterior;
use super::problem::Problem;
use super::whiten::Whitening;
use crate::features::{PanelFrame, PanelInteractions};
use crate::models::ModelSettings;
use crate::models::accuracy::{World, judge, ridge, score};
use crate::models::result::{InteractionFinding, ResponseResult};

fn world(seed: u64, units: usize) -> World {
    World {
        units,
        periods: 110,
        channels: 4,
        noise: 0.04,
        memory: 0.3,
        shared: 0.2,
        confounding: 0.5,
        correlation: 0.2,
        heterogeneity: 0.0,
        media_share: 0.25,
        misspecified: false,
        ..World::draw(seed)
    }
}

fn fit(frame: &PanelFrame) -> ResponseResult {
    fit_response(frame, &ModelSettings::default())
}

fn roas(result: &ResponseResult) -> Vec<f64> {
    let all = result.channels.iter().filter(|channel| channel.unit.is_none());
    all.map(|channel| channel.roas.as_ref().map_or(0.0, |roas| roas.value)).collect()
}

/// Largest difference as a share of the largest value.
fn distance(one: &[f64], other: &[f64]) -> f64 {
    let most = one.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    one.iter().zip(other).map(|(a, b)| (a - b).abs() / most).fold(0.0, f64::max)
}

#[test]
fn cross_products_are_those_of_generalized_least_squares() {
    let (mut frame, _) = world(5, 4).live();
    // Gaps, so that periods differ in their units.
    for cell in [70, 71, 200, 333] {
        frame.outcome[cell] = f64::NAN;
    }
    let design = Design::new(&frame, &[0, 1]);
    let whitening = Whitening { memory: 0.4, shared: 0.5, weights: vec![0.8, 1.3, 1.1, 0.8] };
    let blocks = vec![frame.lead..frame.lead + 40, frame.lead + 40..frame.width()];
    let partial = Moments::new(&design, &whitening, blocks).partial(2);
    let problem = Problem::new(&partial, &design.all_controls());

    // The same with the full covariance: own errors and shocks that all units share, both with memory gone.
    let rows: Vec<(usize, usize)> = design
        .rows
        .iter()
        .enumerate()
        .flat_map(|(unit, rows)| rows.iter().map(move |row| (unit, *row)))
        .collect();
    let n = rows.len();
    let white = |series: &dyn Fn(usize) -> Vec<f64>| -> Vec<f64> {
        design
            .rows
            .iter()
            .enumerate()
            .flat_map(|(unit, rows)| {
                let mut out = vec![0.0; rows.len()];
                whitening.apply(unit, &series(unit), rows, &mut out);
                out
            })
            .collect()
    };
    let mut columns: Vec<Vec<f64>> =
        (0..4).map(|only| white(&|unit| vec![f64::from(u8::from(unit == only)); frame.width()])).collect();
    columns.extend(design.controls.iter().map(|control| white(&|unit| design.control(*control, unit))));
    let outcome = white(&|unit| {
        let mut out = Vec::new();
        design.outcome(unit, &mut out);
        out
    });
    let candidate = |channel: usize, k: usize| {
        white(&|unit| {
            let (mut pressure, mut found) = (Vec::new(), Vec::new());
            design.pressure(channel, unit, &mut pressure);
            design.some_candidates(channel, &[k], &pressure, |_, response| found = response.to_vec());
            found
        })
    };
    let covariance = Mat::from_fn(n, n, |i, j| {
        let ((a, s), (b, t)) = (rows[i], rows[j]);
        let shock = if s == t { whitening.shared * whitening.weights[a] * whitening.weights[b] } else { 0.0 };
        shock + f64::from(u8::from(i == j))
    });
    let x = Mat::from_fn(n, columns.len(), |i, j| columns[j][i]);
    let solver = covariance.partial_piv_lu();
    let vx = solver.solve(&x);
    let among = (x.transpose() * &vx).partial_piv_lu();
    let projected = |a: &[f64], b: &[f64]| -> f64 {
        let (a, b) = (Mat::from_fn(n, 1, |i, _| a[i]), Mat::from_fn(n, 1, |i, _| b[i]));
        let plain = (a.transpose() * solver.solve(&b))[(0, 0)];
        plain - ((a.transpose() * &vx) * among.solve(vx.transpose() * &b))[(0, 0)]
    };
    let close =
        |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-7, "{found} {expected}");
    close(problem.yy, projected(&outcome, &outcome));
    for (channel, k) in [(0, 3), (1, 60), (3, 140)] {
        let column = candidate(channel, k);
        close(problem.squares[channel][k], projected(&column, &column));
        close(problem.with_outcome[channel][k], projected(&column, &outcome));
    }
    close(problem.products(0, 2, 77)[3], projected(&candidate(0, 3), &candidate(2, 77)));
}

#[test]
fn contributions_sum_to_what_is_fitted() {
    for (units, multiplicative) in [(1, false), (5, false), (5, true)] {
        let (mut frame, _) = world(3, units).live();
        frame.multiplicative = multiplicative;
        frame.channels[1].carries = vec![0];
        frame.interactions =
            Some(PanelInteractions { channels: true, drivers: vec![0], false_discovery_rate: 0.1 });
        let result = fit(&frame);
        let mut sums: BTreeMap<(&str, chrono::NaiveDate), f64> = BTreeMap::new();
        for part in &result.contributions {
            *sums.entry((&part.unit, part.period_start)).or_default() += part.contribution;
        }
        let mut compared = 0;
        for row in result.predictions.iter().filter(|row| units == 1 || !row.unit.is_empty()) {
            let sum = sums[&(row.unit.as_str(), row.period_start)];
            assert!((sum / row.fitted - 1.0).abs() < 1e-9);
            compared += 1;
        }
        assert_eq!(compared, frame.rows());
    }
}

#[test]
fn a_joint_effect_has_the_sign_of_its_finding() {
    let (mut frame, _) = world(6, 10).live();
    frame.interactions =
        Some(PanelInteractions { channels: true, drivers: vec![0], false_discovery_rate: 0.9 });
    let found = fit(&frame).interactions;
    let claimed: Vec<_> = found
        .iter()
        .filter(|pair| {
            matches!(pair.finding, InteractionFinding::Synergy | InteractionFinding::Cannibalization)
        })
        .collect();
    // A rate of 90 % claims something in any world.
    assert!(claimed.iter().any(|pair| pair.second == "demand"), "{found:?}");
    for pair in claimed {
        assert_eq!(pair.effect.value > 0.0, pair.finding == InteractionFinding::Synergy, "{pair:?}");
    }
}

#[test]
fn what_is_carried_leaves_the_sum_of_channels_as_it_was() {
    let (mut frame, _) = world(4, 3).live();
    frame.channels[1].carries = vec![0];
    let settings = ModelSettings::default();
    let core = Core::fit(&frame, &[0, 1], frame.whole(), Effort { chains: 2, warm_up: 50, kept: 50 }, 1);
    let posterior = Posterior::new(core, &[0, 1], &settings);
    let own: Vec<Vec<f64>> = (0..4).map(|channel| vec![f64::from(channel) + 1.0; 100]).collect();
    let shared = posterior.with_carried(&own);
    for at in [0, 57] {
        let sum = |all: &[Vec<f64>]| all.iter().map(|draws| draws[at]).sum::<f64>();
        assert!((sum(&own) - sum(&shared)).abs() < 1e-12);
    }
    assert!(shared[0][0] >= own[0][0] && shared[1][0] <= own[1][0]);
    assert!((shared[2][0] - own[2][0]).abs() < 1e-12);
}

#[test]
fn what_comes_after_an_origin_changes_no_forecast_of_it() {
    let (frame, _) = world(7, 3).live();
    let blocks = super::rolling::blocks(&frame);
    let test = blocks[1].clone();
    let mut other = frame.clone();
    for unit in 0..3 {
        for period in test.end..frame.width() {
            let cell = frame.at(unit, period);
            other.outcome[cell] *= 3.0;
            for channel in &mut other.channels {
                channel.exposure[cell] *= 5.0;
                channel.spend.iter_mut().for_each(|spend| spend[cell] *= 5.0);
            }
        }
    }
    // Sizes are given, so nothing but levels comes from the whole window; one level for all takes them out too.
    let forecast = |frame: &PanelFrame| {
        let mut single = frame.clone();
        single.multiplicative = true;
        super::rolling::forecasts(&single, &[0, 1], &blocks, 1).values
    };
    let (one, two) = (forecast(&frame), forecast(&other));
    for (one, two) in one.iter().zip(&two) {
        for unit in 0..3 {
            for period in test.clone() {
                let cell = frame.at(unit, period);
                assert_eq!(one[cell].to_bits(), two[cell].to_bits(), "{unit} {period}");
            }
        }
    }
}

#[test]
fn threads_change_nothing() {
    let (frame, _) = world(2, 3).live();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(&frame))
    };
    assert_eq!(format!("{:?}", with(1)), format!("{:?}", with(3)));
}

#[test]
fn another_currency_changes_no_return() {
    let (frame, _) = world(8, 4).live();
    let mut scaled = frame.clone();
    scaled.outcome.iter_mut().for_each(|value| *value *= 128.0);
    for channel in &mut scaled.channels {
        channel.spend.iter_mut().flatten().for_each(|value| *value *= 128.0);
    }
    // A power of two scales without rounding, but logarithms of it do not: draws may part at the last bit.
    assert!(distance(&roas(&fit(&frame)), &roas(&fit(&scaled))) < 0.05);
}

#[test]
fn the_order_of_channels_changes_no_return() {
    let (frame, _) = world(9, 6).live();
    let mut turned = frame.clone();
    turned.channels.reverse();
    let mut other = roas(&fit(&turned));
    other.reverse();
    // Other draws: two means of some hundred independent ones.
    assert!(distance(&roas(&fit(&frame)), &other) < 0.15);
}

#[test]
fn two_halves_of_a_channel_bring_what_the_whole_brings() {
    let (frame, _) = world(11, 8).live();
    let mut halved = frame.clone();
    let mut half = halved.channels[0].clone();
    half.exposure.iter_mut().for_each(|value| *value *= 0.5);
    half.spend.iter_mut().flatten().for_each(|value| *value *= 0.5);
    half.name = "second half".to_owned();
    halved.channels[0] = half.clone();
    halved.channels.push(half);
    let brought = |result: &ResponseResult, names: &[&str]| -> f64 {
        let rows =
            result.channels.iter().filter(|row| row.unit.is_none() && names.contains(&row.channel.as_str()));
        rows.map(|row| row.incremental_outcome.value).sum()
    };
    let others: Vec<&str> = frame.channels[1..].iter().map(|channel| channel.name.as_str()).collect();
    let (whole, halves) = (fit(&frame), fit(&halved));
    let total: f64 = brought(&whole, &others) + brought(&whole, &["channel_0"]);
    // Two curves can bend where one cannot; the sum of all channels stays.
    let found = brought(&halves, &others) + brought(&halves, &["second half"]);
    assert!((found / total - 1.0).abs() < 0.1, "{found} {total}");
}

#[test]
fn ten_worlds_are_told_better_than_by_ridge() {
    let mut ours = Vec::new();
    let mut peers = Vec::new();
    let mut shares = Vec::new();
    for seed in (1..).filter(|seed| World::draw(*seed).units * World::draw(*seed).periods <= 1_500).take(10) {
        let world = World::draw(seed);
        let (frame, truths) = world.live();
        let outcome = frame.outcome.iter().filter(|value| value.is_finite()).sum();
        let result = fit(&frame);
        let estimates: Vec<_> = result
            .channels
            .iter()
            .filter(|row| row.unit.is_none())
            .filter_map(|row| row.roas.clone())
            .collect();
        let judged = judge(&world, outcome, &truths, &estimates);
        shares.extend(judged.null_shares.iter().copied());
        ours.push(judged);
        peers.push(judge(&world, outcome, &truths, &ridge(&frame, seed)));
    }
    let (ours, peers) = (score(&ours), score(&peers));
    shares.sort_by(f64::total_cmp);
    println!("{ours:?}\n{peers:?}");
    assert!(ours.interval_score < peers.interval_score);
    assert!(ours.error < peers.error);
    // 90 % intervals of about 60 channels: three standard errors below the 80 % that are asked for.
    assert!(ours.coverage > 0.65, "{}", ours.coverage);
    assert!(shares[shares.len() / 2] < 0.02);
}

#[test]
fn units_that_differ_keep_their_level() {
    let world = World { noise: 0.02, memory: 0.0, shared: 0.0, heterogeneity: 0.6, ..world(12, 8) };
    let (frame, _) = world.live();
    let result = fit(&frame);
    for unit in &frame.units {
        let mine = result.predictions.iter().filter(|row| row.unit == *unit);
        let (missed, all) =
            mine.fold((0.0, 0.0), |(missed, all), row| (missed + row.actual - row.fitted, all + row.actual));
        // Residuals of a least-squares fit with an intercept sum to zero; memory is estimated close to none.
        assert!((missed / all).abs() < 2e-3, "{unit}: {}", missed / all);
    }
    // Eight units and four channels: no more than 32 deviations, and some.
    let effective = result.quality.iter().find(|row| row.metric == "effective_parameters").unwrap().value;
    let alike = World { heterogeneity: 0.0, ..world }.live().0;
    let less = fit(&alike).quality.iter().find(|row| row.metric == "effective_parameters").unwrap().value;
    assert!(effective > less && effective < less + 32.0, "{effective} {less}");
}

#[test]
fn what_a_multiplicative_channel_brings_is_what_would_be_lost_without_it() {
    let (mut frame, _) = world(4, 3).live();
    frame.multiplicative = true;
    let settings = ModelSettings::default();
    let effort = Effort { chains: 1, warm_up: 50, kept: 20 };
    let core = Core::fit(&frame, &[0, 1], frame.whole(), effort, 1);
    let posterior = Posterior::new(core, &[0, 1], &settings);
    let design = &posterior.core.design;
    let found = posterior.incremental(1, &posterior.units());
    let mut compared = 0;
    for (at, draw) in posterior.core.draws.draws.iter().enumerate() {
        let (k, effect) = draw.effects[1];
        let shape = design.candidates[1][k].shape;
        let mut lost = 0.0;
        for unit in 0..3 {
            let (mut pressure, mut felt, mut with, mut without) = (vec![], vec![], vec![], vec![]);
            design.pressure(1, unit, &mut pressure);
            pressure.resize(frame.width() + frame.channels[1].max_lag, 0.0);
            design.respond(1, shape, &pressure, &mut felt, &mut with);
            pressure[frame.lead..].fill(0.0);
            design.respond(1, shape, &pressure, &mut felt, &mut without);
            let strength = effect * posterior.deviations.factor(at, 1, unit);
            let outcomes = &frame.outcome[frame.at(unit, frame.lead)..frame.at(unit + 1, 0)];
            let usual = outcomes.iter().sum::<f64>() / outcomes.len() as f64;
            for period in frame.lead..pressure.len() {
                let outcome = outcomes.get(period - frame.lead).copied().unwrap_or(usual);
                lost += outcome - outcome * (strength * (without[period] - with[period])).exp();
            }
        }
        assert!((found[at] - lost).abs() <= 1e-9 * lost.abs(), "{} {lost}", found[at]);
        compared += usize::from(lost > 0.0);
    }
    assert!(compared > 10);
}
