//! Smallest moves: kept by every change, never worse than now, and best where the search is complete.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

use super::super::{Effort, Height, Limit, SolveError, smallest_moves, solve};
use super::brute;
use super::instance::{Instance, Kind};

fn is_move(instance: &Instance, least: &[i64], cell: usize, amount: i64) -> bool {
    let change = (amount - instance.cells[cell].current).abs();
    change == 0 || change >= least[cell]
}

/// Solves with smallest moves and compares; whether there was an allocation.
fn agrees(instance: &Instance, least: &[i64], name: &str) -> bool {
    let problem = instance.problem();
    let found = smallest_moves(&problem, least, Effort::default());
    let expected = brute::best(instance, |cell, amount| is_move(instance, least, cell, amount));
    match (found, expected) {
        (Ok(found), Some((best, _))) => {
            let spend = &found.allocation.spend;
            assert!(brute::keeps(&instance.cells, &instance.groups, spend), "{name}");
            assert!(spend.iter().enumerate().all(|(cell, at)| is_move(instance, least, cell, *at)), "{name}");
            let score = brute::score(instance, spend).unwrap();
            assert!((score - best).abs() < 1e-7, "{name}: {score} for {best}");
            assert!(found.allocation.certificate.gap < 1e-7, "{name}");
            let free = solve(&problem, Effort::default()).unwrap().certificate.objective;
            assert!((free - score - found.loss).abs() < 1e-7, "{name}");
            true
        }
        (Err(SolveError::Conflict(_) | SolveError::NoMoves | SolveError::Unreachable { .. }), None) => false,
        (found, expected) => panic!("{name}: {found:?} where brute force finds {expected:?}"),
    }
}

#[test]
fn moves_are_large_enough_and_best() {
    let mut answered = [0; 3];
    for seed in 0..600 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let kind = if rng.random_bool(0.5) { Kind::Concave } else { Kind::Any };
        let instance = Instance::random(&mut rng, kind);
        let least: Vec<i64> = instance.cells.iter().map(|_| rng.random_range(0..=5)).collect();
        answered[0] += usize::from(agrees(&instance, &least, &format!("seed {seed}, fixed")));
        let flexible = Height::UntilFloor { min: None, max: None, floor: rng.random_range(0.0..5.0) };
        let flexible = instance.clone().with_height(flexible);
        answered[1] += usize::from(agrees(&flexible, &least, &format!("seed {seed}, flexible")));
        let Some((most, _)) = brute::best(&flexible, |_, _| true) else { continue };
        let target = Height::LeastFor { target: most - 3.0, min: None, max: None };
        answered[2] +=
            usize::from(agrees(&instance.with_height(target), &least, &format!("seed {seed}, least")));
    }
    assert!(answered.iter().all(|answered| *answered > 120), "{answered:?}");
}

#[test]
fn what_is_now_stays_where_nothing_else_is_better() {
    let mut better = 0;
    for seed in 0..600 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut instance = Instance::random(&mut rng, Kind::Any);
        for cell in &mut instance.cells {
            cell.current = cell.current.clamp(cell.range.min.at, cell.range.max.at);
        }
        let current: Vec<i64> = instance.cells.iter().map(|cell| cell.current).collect();
        instance.height = Height::Fixed(Limit::new(current.iter().sum(), "now"));
        if !brute::keeps(&instance.cells, &instance.groups, &current) {
            continue;
        }
        let least = vec![3; current.len()];
        // No effort: only the dive and what is now.
        let found = smallest_moves(&instance.problem(), &least, Effort { pieces: 0 }).unwrap();
        let spend = &found.allocation.spend;
        assert!(
            spend.iter().enumerate().all(|(cell, at)| is_move(&instance, &least, cell, *at)),
            "seed {seed}"
        );
        let gain = found.allocation.certificate.value - brute::value(&instance, &current);
        assert!(gain > -1e-9, "seed {seed}: {gain}");
        better += usize::from(gain > 1e-9);
    }
    assert!(better > 10, "{better}");
}
