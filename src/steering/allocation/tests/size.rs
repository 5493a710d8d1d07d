//! Five thousand cells in nested limits: solved, certified, and the same twice.

use std::f64::consts::TAU;

use super::super::{
    Allocation, Cell, Curve, Effort, Group, Height, Limit, Problem, Range, smallest_moves, solve,
};

const CHANNELS: usize = 10;

/// Units with ten channels each, limits per unit, per region of fifty units and for every cell, in cents.
#[allow(clippy::cast_possible_truncation, reason = "amounts are small")]
fn company(units: usize, slope: f64) -> Problem {
    let noise = |cell: usize, salt: f64| ((cell as f64 * 12.9898 + salt) * 43.7585).sin().abs();
    let cells: Vec<Cell> = (0..units * CHANNELS)
        .map(|cell| {
            let half = 2e6 * (0.2 + noise(cell, 0.3));
            let top = 5e6 * (0.3 + noise(cell, 0.7));
            let hill = |spend: f64| top * spend.powf(slope) / (spend.powf(slope) + half.powf(slope));
            let points: Vec<(i64, f64)> =
                (0..64_i64).map(|step| (step * 70_001, hill((step * 70_001) as f64))).collect();
            let current = (1_000_000.0 * (0.1 + (TAU * noise(cell, 0.9)).cos().abs())) as i64;
            let range = Range::new(0, 63 * 70_001, "curve").narrowed(Range::around(current, 0.8, "80 %"));
            Cell { name: format!("cell {cell}"), curve: Curve::new(&points).unwrap(), current, range }
        })
        .collect();
    let sum = |members: &[usize]| members.iter().map(|cell| cells[*cell].current).sum::<i64>();
    let group = |name: String, members: Vec<usize>, least: f64, most: f64| {
        let now = sum(&members) as f64;
        let min = Some(Limit::new((now * least) as i64, format!("min of {name}")));
        let max = Some(Limit::new((now * most) as i64, format!("max of {name}")));
        Group { name, cells: members, min, max }
    };
    let mut groups = Vec::new();
    for unit in 0..units {
        groups.push(group(
            format!("unit {unit}"),
            (unit * CHANNELS..(unit + 1) * CHANNELS).collect(),
            0.7,
            1.4,
        ));
    }
    let region = 50 * CHANNELS;
    for from in (0..cells.len()).step_by(region) {
        groups.push(group(
            format!("region {from}"),
            (from..(from + region).min(cells.len())).collect(),
            0.9,
            1.1,
        ));
    }
    let total = sum(&(0..cells.len()).collect::<Vec<_>>());
    Problem::new(cells, groups, Height::Fixed(Limit::new(total, "budget"))).unwrap()
}

fn now(problem: &Problem) -> f64 {
    problem.cells().iter().map(|cell| cell.curve.value(cell.current).unwrap()).sum()
}

fn assert_exact(problem: &Problem, found: &Allocation) {
    assert_eq!(found.height, problem.cells().iter().map(|cell| cell.current).sum::<i64>());
    assert!(found.certificate.gap < 1e-9 * found.certificate.value, "{}", found.certificate.gap);
    assert!(found.certificate.residual < 1e-9, "{}", found.certificate.residual);
    assert!(found.certificate.value > 1.01 * now(problem));
}

#[test]
fn five_thousand_cells_are_exact() {
    let problem = company(500, 0.8);
    let found = solve(&problem, Effort::default()).unwrap();
    assert_exact(&problem, &found);
    assert_eq!(found, solve(&problem, Effort::default()).unwrap());
    let binding = found.certificate.all().filter(|limit| limit.binds).count();
    assert!(binding > 100, "{binding}");
}

#[test]
fn many_s_shaped_cells_come_close_and_say_how_close() {
    let problem = company(100, 2.0);
    let found = solve(&problem, Effort { pieces: 2_000_000 }).unwrap();
    assert!(found.certificate.value > 1.01 * now(&problem));
    assert!(found.certificate.gap < 1e-4 * found.certificate.value, "{}", found.certificate.gap);
}

#[test]
fn smallest_moves_of_many_cells_cost_little() {
    let problem = company(100, 0.8);
    let least: Vec<i64> = problem.cells().iter().map(|cell| cell.current / 5).collect();
    let found = smallest_moves(&problem, &least, Effort { pieces: 2_000_000 }).unwrap();
    let allocation = &found.allocation;
    let changes =
        problem.cells().iter().zip(&allocation.spend).map(|(cell, spend)| (cell.current - spend).abs());
    assert!(changes.zip(&least).all(|(change, least)| change == 0 || change >= *least));
    let gain = allocation.certificate.value - now(&problem);
    assert!(found.loss < 0.1 * gain, "lost {} of {gain}", found.loss + gain);
}
