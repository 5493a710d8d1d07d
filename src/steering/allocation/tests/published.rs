//! Published response curves: money moved as far as thirty percent allow, compared with the recommendation there.

use std::collections::BTreeMap;
use std::fs;

use super::super::{Cell, Curve, Effort, Height, Limit, Problem, Range, solve};

/// Points of a curve in cents.
type Points = Vec<(i64, f64)>;

/// Channel → spend now in cents and points of the mean response.
#[allow(clippy::cast_possible_truncation, reason = "amounts are below 2^53 cents")]
fn channels(text: &str) -> BTreeMap<String, (i64, Points)> {
    let cents = |text: &str| (text.parse::<f64>().unwrap() * 100.0).round();
    let mut channels: BTreeMap<String, (i64, Points)> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let (mean, spend) = (cents(fields[4]), cents(fields[5]) as i64);
        let channel = channels.entry(fields[0].to_owned()).or_default();
        match fields[6] {
            "" => channel.1.push((spend, mean)),
            "Non-optimized spend" => channel.0 = spend,
            _ => {}
        }
    }
    channels
}

#[test]
fn published_curves_give_at_least_the_published_recommendation() {
    let Some(folder) = crate::published::published() else { return };
    let text = fs::read_to_string(folder.join("meridian_simulated/meridian_curves_opt.csv")).unwrap();
    let cells: Vec<Cell> = channels(&text)
        .into_iter()
        .map(|(name, (current, points))| Cell {
            name,
            curve: Curve::new(&points).unwrap(),
            current,
            range: Range::around(current, 0.3, "30 %"),
        })
        .collect();
    assert_eq!(cells.len(), 5);
    let problem = Problem::new(cells, vec![], Height::Fixed(Limit::new(21_950_000_000, "219.5 M"))).unwrap();
    let found = solve(&problem, Effort::default()).unwrap();
    assert_eq!(found.height, 21_950_000_000);
    assert_eq!(found.spend.iter().sum::<i64>(), 21_950_000_000);
    assert!(found.certificate.complete);
    assert!(found.certificate.gap < 100.0, "{}", found.certificate.gap);
    let millions = found.certificate.value / 1e8;
    assert!((265.20..265.22).contains(&millions), "{millions}");
    let now: f64 = problem.cells().iter().map(|cell| cell.curve.value(cell.current).unwrap()).sum();
    assert!((now / 1e8 - 258.49).abs() < 0.02, "{now}");
}
