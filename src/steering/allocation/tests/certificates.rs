//! Certificates: prices of limits are what moving them by one unit brings, and bounds hold.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

use super::super::{Bound, Effort, Height, HeldLimit, Holder, Limit, solve};
use super::brute;
use super::instance::{Instance, Kind};

/// The question with one limit relaxed by one unit; none where the curve ends.
fn relaxed(instance: &Instance, held: &HeldLimit) -> Option<Instance> {
    let mut instance = instance.clone();
    let step = if held.bound == Bound::Max { 1 } else { -1 };
    let shift = |limit: &mut Limit| limit.at += step;
    match &held.holder {
        Holder::Cell(name) => {
            let cell = instance.cells.iter_mut().find(|cell| cell.name == *name).unwrap();
            let limit = if held.bound == Bound::Max { &mut cell.range.max } else { &mut cell.range.min };
            shift(limit);
            (cell.curve.start()..=cell.curve.end()).contains(&limit.at).then_some(())?;
        }
        Holder::Group(name) => {
            let group = instance.groups.iter_mut().find(|group| group.name == *name).unwrap();
            let limit = if held.bound == Bound::Max { &mut group.max } else { &mut group.min };
            shift(limit.as_mut().unwrap());
        }
        Holder::Total => relax_total(&mut instance.height, held.bound, step),
    }
    Some(instance)
}

/// A fixed height becomes one between two limits, at no price of its own.
fn relax_total(height: &mut Height, bound: Bound, step: i64) {
    *height = match height.clone() {
        Height::Fixed(limit) => {
            let moved = Limit::new(limit.at + step, "moved");
            let (min, max) = if bound == Bound::Max { (limit, moved) } else { (moved, limit) };
            Height::UntilFloor { min: Some(min), max: Some(max), floor: 0.0 }
        }
        Height::UntilFloor { min, max, floor } => {
            let moved = |limit: Option<Limit>| limit.map(|limit| Limit::new(limit.at + step, limit.label));
            let (min, max) = if bound == Bound::Max { (min, moved(max)) } else { (moved(min), max) };
            Height::UntilFloor { min, max, floor }
        }
        Height::LeastFor { .. } => panic!("limits on the least money have no price"),
    };
}

/// Compares every price with the optimum after moving the limit; the number of prices above 0.
fn prices_agree(instance: &Instance, name: &str) -> usize {
    let Ok(found) = solve(&instance.problem(), Effort::default()) else { return 0 };
    assert!(found.certificate.residual < 1e-9, "{name}: residual {}", found.certificate.residual);
    assert!(found.certificate.gap < 1e-7, "{name}");
    let mut instance = instance.clone();
    if matches!(instance.height, Height::LeastFor { .. }) {
        instance.height = Height::Fixed(Limit::new(found.height, "found"));
    }
    let before = brute::best(&instance, |_, _| true).unwrap().0;
    let mut priced = 0;
    for limit in found.certificate.all() {
        let Some(price) = limit.price else { continue };
        let Some(moved) = relaxed(&instance, &limit.limit) else {
            assert!(!limit.binds || price.abs() < 1e-12, "{name}: a price beyond the curve, {limit:?}");
            continue;
        };
        let Some((after, _)) = brute::best(&moved, |_, _| true) else {
            panic!("{name}: relaxing made infeasible")
        };
        assert!((after - before - price).abs() < 1e-7, "{name}: {limit:?} is worth {}", after - before);
        assert!(price == 0.0 || limit.binds, "{name}: {limit:?}");
        priced += usize::from(price > 1e-7);
    }
    priced
}

#[test]
fn prices_are_what_moving_a_limit_brings() {
    let mut priced = [0; 3];
    for seed in 0..500 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = Instance::random(&mut rng, Kind::Concave);
        let Height::Fixed(limit) = instance.height.clone() else { panic!("fixed") };
        priced[0] += prices_agree(&instance, &format!("seed {seed}, fixed"));
        let near = |by: i64| Some(Limit::new((limit.at + by).max(0), "total"));
        let floor = f64::from(rng.random_range(0..=5));
        let flexible = Height::UntilFloor { min: near(-2), max: near(2), floor };
        priced[1] += prices_agree(&instance.clone().with_height(flexible), &format!("seed {seed}, flexible"));
        let Some((most, _)) = brute::best(&instance, |_, _| true) else { continue };
        let least = Height::LeastFor { target: most - 2.5, min: None, max: None };
        priced[2] += prices_agree(&instance.with_height(least), &format!("seed {seed}, least"));
    }
    assert!(priced.iter().all(|priced| *priced > 300), "{priced:?}");
}

#[test]
fn returns_of_the_total_are_those_of_one_unit_more_or_less() {
    let mut compared = 0;
    for seed in 0..300 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = Instance::random(&mut rng, Kind::Concave);
        let Ok(found) = solve(&instance.problem(), Effort::default()) else { continue };
        let at = |height: i64| {
            let moved = instance.clone().with_height(Height::Fixed(Limit::new(height, "")));
            brute::best(&moved, |_, _| true).map(|(score, _)| score)
        };
        let here = at(found.height).unwrap();
        let same = |one: Option<f64>, two: Option<f64>| match (one, two) {
            (None, None) => true,
            (Some(one), Some(two)) => (one - two).abs() < 1e-7,
            _ => false,
        };
        let next = at(found.height + 1).map(|after| after - here);
        let last = at(found.height - 1).map(|before| here - before);
        assert!(same(found.certificate.next_return, next), "seed {seed}");
        assert!(same(found.certificate.last_return, last), "seed {seed}");
        compared += usize::from(next.is_some() && last.is_some());
    }
    assert!(compared > 50, "{compared}");
}

#[test]
fn an_allocation_that_is_not_best_is_found_out() {
    use super::super::certificate::certify;
    use super::super::search::Outcome;
    let mut caught = 0;
    for seed in 0..300 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = Instance::random(&mut rng, Kind::Concave);
        let problem = instance.problem();
        let Some((best, height)) = brute::best(&instance, |_, _| true) else { continue };
        let mut poor = None;
        brute::every(
            &instance,
            |_, _| true,
            |spend| {
                let below = brute::value(&instance, spend) < best - 1e-6;
                if below && spend.iter().sum::<i64>() == height {
                    poor = Some(spend.to_vec());
                }
            },
        );
        let Some(poor) = poor else { continue };
        // A search that claims whatever it likes: duality and single moves do not depend on it.
        let outcome = Outcome { spend: None, bound: f64::INFINITY, nodes: 1, complete: true };
        let certificate = certify(&problem, &poor, &outcome);
        assert!(certificate.residual > 1e-9, "seed {seed}");
        assert!(certificate.bound >= best - 1e-7, "seed {seed}");
        caught += 1;
    }
    assert!(caught > 100, "{caught}");
}

#[test]
fn a_search_cut_short_says_what_may_be_missing() {
    let mut open = 0;
    for seed in 0..300 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = Instance::random(&mut rng, Kind::Any);
        let Some((best, _)) = brute::best(&instance, |_, _| true) else { continue };
        let found = solve(&instance.problem(), Effort { pieces: 0 }).unwrap();
        let certificate = found.certificate;
        assert!(certificate.bound >= best - 1e-7, "seed {seed}");
        assert!(certificate.objective <= best + 1e-7, "seed {seed}");
        assert!(certificate.complete || certificate.gap > 0.0, "seed {seed}");
        open += usize::from(!certificate.complete);
    }
    assert!(open > 5, "{open}");
}
