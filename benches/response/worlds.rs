//! Returns on worlds of known truth, beside plain ridge.
//!
//! Prints median relative error of ROAS, coverage of 90 % intervals, mean interval score (in multiples of a world's
//! mean ROAS), false positives and the error of contributions, here / ridge, all worlds together and in parts.

use std::time::Instant;

use trichter::models::accuracy::{Judged, World, judge, ridge, score};
use trichter::models::{ModelSettings, fit_response};

/// A part of the worlds and what belongs to it.
type Cut = (&'static str, fn(&World) -> bool);

const CUTS: [Cut; 14] = [
    ("all", |_| true),
    ("one series", |world| world.units == 1),
    ("2 to 10 units", |world| (2..=10).contains(&world.units)),
    ("11 to 40 units", |world| (11..=40).contains(&world.units)),
    ("more than 40 units", |world| world.units > 40),
    ("fewer than 130 weeks", |world| world.periods < 130),
    ("130 weeks or more", |world| world.periods >= 130),
    ("other curves than ours", |world| world.misspecified),
    ("units differ", |world| world.units > 1 && world.heterogeneity > 0.0),
    ("units alike", |world| world.units > 1 && world.heterogeneity <= 0.0),
    ("spend follows demand", |world| world.confounding > 0.6),
    ("spends correlated", |world| world.correlation > 0.4),
    ("noisy", |world| world.noise > 0.08),
    ("much memory", |world| world.memory > 0.45),
];

/// Judges the worlds `from` to `to`.
pub(crate) fn worlds(from: u64, to: u64) {
    let (mut ours, mut peers): (Vec<Judged>, Vec<Judged>) = (Vec::new(), Vec::new());
    let mut seconds = (0.0, 0.0);
    for seed in from..=to {
        let world = World::draw(seed);
        let (frame, truths) = world.live();
        let outcome = frame.outcome.iter().filter(|value| value.is_finite()).sum();
        let begin = Instant::now();
        let result = fit_response(&frame, &ModelSettings::default());
        let fitted = Instant::now();
        let peer = ridge(&frame, seed);
        seconds.0 += (fitted - begin).as_secs_f64();
        seconds.1 += fitted.elapsed().as_secs_f64();
        let all = result.channels.iter().filter(|row| row.unit.is_none());
        let estimates: Vec<_> = all.filter_map(|row| row.roas.clone()).collect();
        ours.push(judge(&world, outcome, &truths, &estimates));
        peers.push(judge(&world, outcome, &truths, &peer));
    }
    println!(
        "| worlds | number | error | coverage | interval score | false positives | contribution error |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (name, belongs) in CUTS {
        let one = score(ours.iter().filter(|judged| belongs(&judged.world)));
        let other = score(peers.iter().filter(|judged| belongs(&judged.world)));
        println!(
            "| {name} | {} | {:.2} / {:.2} | {:.2} / {:.2} | {:.2} / {:.2} | {:.2} / {:.2} | {:.4} / {:.4} |",
            one.worlds,
            one.error,
            other.error,
            one.coverage,
            other.coverage,
            one.interval_score,
            other.interval_score,
            one.false_positives,
            other.false_positives,
            one.contribution_error,
            other.contribution_error,
        );
    }
    let mut shares: Vec<f64> = ours.iter().flat_map(|judged| judged.null_shares.iter().copied()).collect();
    shares.sort_by(f64::total_cmp);
    let at = |tenths: usize| shares.get(shares.len() * tenths / 10).copied().unwrap_or(f64::NAN);
    println!("contribution of channels without effect: median {:.4}, 90th percentile {:.4}", at(5), at(9));
    println!("seconds: {:.1} here, {:.1} ridge", seconds.0, seconds.1);
}
