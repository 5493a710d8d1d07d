//! Conflicts are conflicts, and minimal: without any one of their limits the others can hold.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

use super::super::{
    Bound, Cell, Curve, Group, Height, HeldLimit, Holder, Limit, Problem, ProblemError, Range, SolveError,
    solve,
};
use super::brute;
use super::instance::{Instance, Kind};

/// No amount that a minimal conflict of the instances needs is larger.
const ENOUGH: i64 = 40;

/// Whether the limits can hold together by themselves, for amounts that are not negative: by trying cell
/// after cell, with the sums of groups so far as all that matters about the cells before.
fn can_hold(instance: &Instance, limits: &[&HeldLimit]) -> bool {
    let mut sums = std::collections::BTreeSet::from([vec![0_i64; instance.groups.len() + 1]]);
    for (number, cell) in instance.cells.iter().enumerate() {
        let own = |bound| limit_of(limits, &Holder::Cell(cell.name.clone()), bound);
        let from = own(Bound::Min).unwrap_or(0);
        let to = own(Bound::Max).unwrap_or(ENOUGH);
        let mut next = std::collections::BTreeSet::new();
        for before in &sums {
            for amount in from..=to {
                let mut after = before.clone();
                for (group, sum) in instance.groups.iter().zip(&mut after) {
                    *sum += if group.cells.contains(&number) { amount } else { 0 };
                }
                after[instance.groups.len()] += amount;
                // Sums beyond every limit are all alike.
                for sum in &mut after {
                    *sum = (*sum).min(3 * ENOUGH);
                }
                next.insert(after);
            }
        }
        sums = next;
    }
    let holders = instance.groups.iter().map(|group| Holder::Group(group.name.clone()));
    let holders: Vec<Holder> = holders.chain([Holder::Total]).collect();
    sums.iter().any(|sums| {
        holders.iter().zip(sums).all(|(holder, sum)| {
            limit_of(limits, holder, Bound::Min).is_none_or(|min| *sum >= min)
                && limit_of(limits, holder, Bound::Max).is_none_or(|max| *sum <= max)
        })
    })
}

fn limit_of(limits: &[&HeldLimit], holder: &Holder, bound: Bound) -> Option<i64> {
    limits.iter().find(|held| held.holder == *holder && held.bound == bound).map(|held| held.limit.at)
}

#[test]
fn conflicts_are_minimal() {
    let mut sizes = [0; 8];
    for seed in 0..3_000 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut instance = Instance::random(&mut rng, Kind::Concave);
        // Two or three cells keep the independent check quick; limits further out give more conflicts.
        if instance.cells.len() > 3 || instance.groups.len() > 3 {
            continue;
        }
        let height = rng.random_range(0..=ENOUGH);
        instance.height = Height::Fixed(Limit::new(height, "budget"));
        let feasible = brute::best(&instance, |_, _| true).is_some();
        match solve(&instance.problem(), super::super::Effort::default()) {
            Ok(_) => assert!(feasible, "seed {seed}"),
            Err(SolveError::Conflict(conflict)) => {
                assert!(!feasible, "seed {seed}");
                let limits: Vec<&HeldLimit> = conflict.limits.iter().collect();
                assert!(!can_hold(&instance, &limits), "seed {seed}: {conflict} is no conflict");
                for without in 0..limits.len() {
                    let mut rest = limits.clone();
                    let left = rest.remove(without);
                    assert!(can_hold(&instance, &rest), "seed {seed}: {conflict} does not need {left}");
                }
                sizes[limits.len()] += 1;
            }
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    assert!(sizes[2] > 50 && sizes[3] > 50 && sizes[4] > 20, "{sizes:?}");
}

fn cell(name: &str, range: Range) -> Cell {
    let curve = Curve::new(&[(0, 0.0), (100, 100.0)]).unwrap();
    Cell { name: name.to_owned(), curve, current: 0, range }
}

fn group(name: &str, cells: &[usize], min: Option<i64>, max: Option<i64>) -> Group {
    let limit = |at: Option<i64>| at.map(|at| Limit::new(at, format!("line {at}")));
    Group { name: name.to_owned(), cells: cells.to_vec(), min: limit(min), max: limit(max) }
}

fn told(cells: Vec<Cell>, groups: Vec<Group>, height: i64) -> String {
    let problem = Problem::new(cells, groups, Height::Fixed(Limit::new(height, "budget"))).unwrap();
    solve(&problem, super::super::Effort::default()).unwrap_err().to_string()
}

#[test]
fn conflicts_name_every_limit_that_it_takes() {
    let free = || Range::new(0, 100, "curve");
    let least = |at: i64| Range::new(at, 100, "contract");
    assert_eq!(
        told(vec![cell("tv", least(40)), cell("radio", least(5)), cell("search", least(70))], vec![], 100),
        "these limits cannot hold together: the total at most 100 (budget), `tv` at least 40 (contract) and \
         `search` at least 70 (contract)"
    );
    assert_eq!(
        told(
            vec![cell("a", free()), cell("b", free()), cell("c", free())],
            vec![group("north", &[0, 1], None, Some(30)), group("all", &[0, 1, 2], Some(150), None)],
            150,
        ),
        "these limits cannot hold together: `all` at least 150 (line 150), `north` at most 30 (line 30) and \
         `c` at most 100 (curve)"
    );
    let crossed = Range::new(0, 50, "plan").narrowed(Range::frozen(60, "frozen"));
    assert_eq!(
        told(vec![cell("tv", crossed)], vec![], 50),
        "these limits cannot hold together: `tv` at least 60 (frozen) and `tv` at most 50 (plan)"
    );
}

#[test]
fn questions_that_cannot_be_asked_say_why() {
    let cells = || {
        vec![
            cell("a", Range::new(0, 9, "")),
            cell("b", Range::new(0, 9, "")),
            cell("c", Range::new(0, 9, "")),
        ]
    };
    let refused = |groups: Vec<Group>| {
        Problem::new(cells(), groups, Height::Fixed(Limit::new(1, ""))).unwrap_err().to_string()
    };
    let crossing = vec![group("north", &[0, 1], None, None), group("online", &[1, 2], None, None)];
    assert_eq!(refused(crossing), "groups `north` and `online` share `b`, but neither lies inside the other");
    let deep = vec![
        group("all", &[0, 1, 2], None, None),
        group("pair", &[1, 0], None, None),
        group("other", &[2, 1], None, None),
    ];
    assert_eq!(refused(deep), "groups `pair` and `other` share `b`, but neither lies inside the other");
    assert_eq!(refused(vec![group("none", &[], None, None)]), "group `none` has no cells");
    assert_eq!(refused(vec![group("twice", &[0, 0], None, None)]), "group `twice` names cell `a` twice");
    let unknown = "group `far` names cell number 3, but there are 3 cells, counted from 0";
    assert_eq!(refused(vec![group("far", &[3], None, None)]), unknown);
    let negative = "a limit of `low` is negative: -1 (line -1)";
    assert_eq!(refused(vec![group("low", &[0], Some(-1), None)]), negative);

    let outside = vec![cell("a", Range::new(0, 200, "job.yaml:3"))];
    let error = Problem::new(outside, vec![], Height::Fixed(Limit::new(1, ""))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the maximum (job.yaml:3) of `a` is 200, but its curve is known from 0 to 100 only"
    );
    assert_eq!(
        Problem::new(vec![], vec![], Height::Fixed(Limit::new(1, ""))).unwrap_err(),
        ProblemError::NoCells
    );
    let floor = Height::UntilFloor { min: None, max: None, floor: f64::NAN };
    assert!(matches!(Problem::new(cells(), vec![], floor), Err(ProblemError::NotFinite { .. })));
}

#[test]
fn groups_nest_in_any_order_and_may_be_the_same() {
    let cells = || (0..4).map(|number| cell(&number.to_string(), Range::new(0, 9, ""))).collect::<Vec<_>>();
    let groups = vec![
        group("inner", &[0, 1], None, Some(5)),
        group("twin", &[1, 0], Some(5), None),
        group("outer", &[2, 1, 0], None, Some(6)),
        group("other", &[3], None, None),
    ];
    let problem = Problem::new(cells(), groups, Height::Fixed(Limit::new(12, ""))).unwrap();
    let found = solve(&problem, super::super::Effort::default()).unwrap();
    assert_eq!(found.spend[0] + found.spend[1], 5);
    assert!(found.spend[..3].iter().sum::<i64>() <= 6);
}
