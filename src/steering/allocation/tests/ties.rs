//! Of equally good allocations: the one that moves the least money, then cells in their order.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

use super::super::{Cell, Curve, Effort, Height, Limit, Problem, Range, solve};
use super::brute;
use super::instance::{Instance, Kind};

fn moved(instance: &Instance, spend: &[i64]) -> i64 {
    instance.cells.iter().zip(spend).map(|(cell, spend)| (cell.current - spend).abs()).sum()
}

#[test]
fn no_other_optimum_moves_less_money() {
    let mut compared = 0;
    for seed in 0..500 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = Instance::random(&mut rng, Kind::Concave);
        let Ok(found) = solve(&instance.problem(), Effort::default()) else { continue };
        let mut least = i64::MAX;
        brute::every(
            &instance,
            |_, _| true,
            |spend| {
                let best = brute::score(&instance, spend)
                    .is_some_and(|score| score > found.certificate.objective - 1e-9);
                if best {
                    least = least.min(moved(&instance, spend));
                }
            },
        );
        assert_eq!(moved(&instance, &found.spend), least, "seed {seed}");
        compared += 1;
    }
    assert!(compared > 200, "{compared}");
}

fn straight(name: &str, current: i64) -> Cell {
    // Tenths have no exact binary form: slopes between points differ in their last bits.
    let points: Vec<(i64, f64)> = (0..=60).map(|step| (step * 7, (step * 7) as f64 * 1.1)).collect();
    let curve = Curve::new(&points).unwrap();
    Cell { name: name.to_owned(), curve, current, range: Range::new(0, 420, "curve") }
}

#[test]
fn tabulated_straight_lines_move_nothing() {
    let cells = vec![straight("a", 100), straight("b", 5), straight("c", 301)];
    let problem = Problem::new(cells, vec![], Height::Fixed(Limit::new(406, "budget"))).unwrap();
    assert_eq!(solve(&problem, Effort::default()).unwrap().spend, [100, 5, 301]);
}

#[test]
fn new_money_goes_to_the_first_of_equals() {
    let cells = vec![straight("a", 100), straight("b", 5), straight("c", 301)];
    let problem = Problem::new(cells, vec![], Height::Fixed(Limit::new(750, "budget"))).unwrap();
    assert_eq!(solve(&problem, Effort::default()).unwrap().spend, [420, 29, 301]);
}
