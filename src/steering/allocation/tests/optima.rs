//! Optima of every kind of height equal brute force, to the last unit of money.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

use super::super::{Effort, Height, Limit, SolveError, solve};
use super::brute;
use super::instance::{Instance, Kind};

const ANY: fn(usize, i64) -> bool = |_, _| true;

/// Solves and compares; whether there was an allocation.
fn agrees(instance: &Instance, name: &str) -> bool {
    let solved = solve(&instance.problem(), Effort::default());
    let expected = brute::best(instance, ANY);
    match (solved, expected) {
        (Ok(found), Some((score, _))) => {
            assert!(brute::keeps(&instance.cells, &instance.groups, &found.spend), "{name}: {instance:?}");
            let reached = brute::score(instance, &found.spend);
            assert!(
                reached.is_some_and(|reached| (reached - score).abs() < 1e-7),
                "{name}: {reached:?} for {score}"
            );
            let certificate = &found.certificate;
            assert!(certificate.complete, "{name}");
            assert!(certificate.gap <= 1e-7, "{name}: gap {}", certificate.gap);
            assert!((certificate.objective - score).abs() < 1e-7, "{name}");
            assert!((certificate.value - brute::value(instance, &found.spend)).abs() < 1e-9, "{name}");
            assert_eq!(found.height, found.spend.iter().sum::<i64>(), "{name}");
            true
        }
        (Err(SolveError::Conflict(_) | SolveError::Unreachable { .. }), None) => false,
        (solved, expected) => panic!("{name}: {solved:?} where brute force finds {expected:?}; {instance:?}"),
    }
}

/// Runs `count` random questions, each turned by `turn`; gives the number that had an answer.
fn try_many(count: u64, kind: Kind, turn: impl Fn(&mut ChaCha8Rng, Instance) -> Instance) -> usize {
    let mut answered = 0;
    for seed in 0..count {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = Instance::random(&mut rng, kind);
        let instance = turn(&mut rng, instance);
        answered += usize::from(agrees(&instance, &format!("seed {seed}")));
    }
    answered
}

fn flexible(rng: &mut ChaCha8Rng, instance: Instance) -> Instance {
    let (min, max) = between(rng, &instance);
    let floor =
        if rng.random_bool(0.5) { f64::from(rng.random_range(0..=5)) } else { rng.random_range(0.0..5.0) };
    instance.with_height(Height::UntilFloor { min, max, floor })
}

fn least(rng: &mut ChaCha8Rng, instance: Instance) -> Instance {
    let (min, max) = between(rng, &instance);
    let all: Vec<i64> =
        instance.cells.iter().map(|cell| rng.random_range(cell.range.min.at..=cell.range.max.at)).collect();
    let target =
        brute::value(&instance, &all) + if rng.random_bool(0.5) { 0.0 } else { rng.random_range(-5.0..5.0) };
    instance.with_height(Height::LeastFor { target, min, max })
}

fn between(rng: &mut ChaCha8Rng, instance: &Instance) -> (Option<Limit>, Option<Limit>) {
    let Height::Fixed(limit) = &instance.height else { panic!("instances start with a fixed height") };
    let min = rng.random_bool(0.5).then(|| Limit::new((limit.at - 3).max(0), "least"));
    let max = rng.random_bool(0.5).then(|| Limit::new(limit.at + 3, "most"));
    (min, max)
}

#[test]
fn a_fixed_height_is_allocated_best() {
    let answered = try_many(2_500, Kind::Concave, |_, instance| instance);
    assert!(answered > 1_000, "{answered}");
}

#[test]
fn a_flexible_height_ends_where_money_stops_paying() {
    let answered = try_many(2_500, Kind::Concave, flexible);
    assert!(answered > 1_000, "{answered}");
}

#[test]
fn the_height_is_the_largest_that_pays() {
    for seed in 0..300 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = Instance::random(&mut rng, Kind::Concave);
        let instance = flexible(&mut rng, instance);
        let Some((_, height)) = brute::best(&instance, ANY) else { continue };
        assert_eq!(solve(&instance.problem(), Effort::default()).unwrap().height, height, "seed {seed}");
    }
}

#[test]
fn a_target_takes_the_least_money() {
    let answered = try_many(2_500, Kind::Concave, least);
    assert!(answered > 1_000, "{answered}");
}

#[test]
fn the_least_money_is_put_to_its_best_use() {
    let mut compared = 0;
    for seed in 0..300 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = Instance::random(&mut rng, Kind::Any);
        let instance = least(&mut rng, instance);
        let Ok(found) = solve(&instance.problem(), Effort::default()) else { continue };
        let fixed = instance.with_height(Height::Fixed(Limit::new(found.height, "found")));
        let (value, _) = brute::best(&fixed, ANY).unwrap();
        assert!((found.certificate.value - value).abs() < 1e-7, "seed {seed}");
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn curves_of_any_shape_are_allocated_best() {
    let answered = try_many(600, Kind::Any, |_, instance| instance);
    assert!(answered > 300, "{answered}");
}

#[test]
fn flexible_heights_and_targets_are_exact_for_any_shape() {
    let answered = try_many(300, Kind::Any, flexible) + try_many(300, Kind::Any, least);
    assert!(answered > 300, "{answered}");
}

#[test]
fn a_target_out_of_reach_says_what_can_be_had() {
    let mut told = 0;
    for seed in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = Instance::random(&mut rng, Kind::Any);
        let most = Height::UntilFloor { min: None, max: None, floor: 0.0 };
        let Some((best, _)) = brute::best(&instance.clone().with_height(most), ANY) else { continue };
        let height = Height::LeastFor { target: best + 0.5, min: None, max: None };
        let error = solve(&instance.with_height(height).problem(), Effort::default()).unwrap_err();
        let SolveError::Unreachable { best: found, .. } = error else { panic!("seed {seed}: {error}") };
        assert!((found - best).abs() < 1e-7, "seed {seed}");
        told += 1;
    }
    assert!(told > 100, "{told}");
}
