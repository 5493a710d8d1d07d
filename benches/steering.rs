//! What a budget plan for the demo would really have done: the judge behind `scripts/steering_accuracy.py`.
//!
//! Usage: `bench-steering judge SEED < PLAN`, where `PLAN` holds lines `region,channel,multiple`: recommended money as
//! a multiple of what was spent. Prints one line of JSON with euros over the last 52 weeks: revenue of media as it was, with the plan, and
//! with the best plan within ±30 % of every cell.
//!
//! `bench-steering allocation` times the largest problems.

use std::io::Read;
use std::time::Instant;

use trichter::demo::furniture::world::{CHANNELS, REGIONS, UNITS, WARM_UP, WEEKS};
use trichter::demo::furniture::{AS_IT_WAS, Factors, Market, reallocation};
use trichter::steering::allocation::{Cell, Curve, Effort, Group, Height, Limit, Problem, Range, solve};

type AnyError = Box<dyn std::error::Error>;

#[allow(clippy::print_stdout, reason = "a program that prints its findings")]
fn main() -> Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let line = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["judge", seed] => judge(seed.parse()?)?,
        ["allocation"] => allocation()?,
        _ => return Err("usage: bench-steering judge SEED < PLAN, or bench-steering allocation".into()),
    };
    println!("{line}");
    Ok(())
}

fn judge(seed: u64) -> Result<String, AnyError> {
    let mut plan = String::new();
    std::io::stdin().read_to_string(&mut plan)?;
    let mut multiples: Vec<Factors> = vec![AS_IT_WAS; UNITS];
    for line in plan.lines() {
        let parts: Vec<&str> = line.split(',').collect();
        let [region, channel, multiple] = parts[..] else { return Err(format!("not a cell: {line}").into()) };
        let unit = REGIONS.iter().position(|known| known.code == region).ok_or("no such region")?;
        let at = CHANNELS.iter().position(|known| known.name == channel).ok_or("no such channel")?;
        multiples[unit][at] = multiple.parse()?;
    }
    let market = Market::live(seed);
    let window = WARM_UP + WEEKS - 52..WARM_UP + WEEKS;
    let (revenue, spend) = reallocation::evaluate(&market, &window, &vec![AS_IT_WAS; UNITS]);
    let (planned, planned_spend) = reallocation::evaluate_money(&market, &window, &multiples);
    let best = reallocation::best(&market, &window);
    Ok(format!(
        "{{\"revenue\": {revenue}, \"spend\": {spend}, \"planned\": {planned}, \"planned_spend\": {planned_spend}, \"best\": {}}}",
        best.best_revenue
    ))
}

/// 5,000 cells: 500 units with ten channels each, in ten groups of units, concave curves of 64 points.
fn allocation() -> Result<String, AnyError> {
    const UNITS: usize = 500;
    const EACH: usize = 10;
    let mut cells = Vec::with_capacity(UNITS * EACH);
    for at in 0..UNITS * EACH {
        // Sizes and saturations spread evenly, the same at every run.
        let spread = |step: f64| (at as f64 * step).fract();
        let current = 10_000 + i64::from(u32::try_from(at % 977)?) * 1_000;
        let half = 0.5 + 2.0 * spread(0.618_034);
        let most = 1.0 + 4.0 * spread(0.414_214);
        let points: Vec<(i64, f64)> = (0..64_i32)
            .map(|point| {
                let share = 0.5 + f64::from(point) / 63.0;
                let spend = current / 2 + current * i64::from(point) / 63;
                (spend, most * current as f64 * share / (share + half))
            })
            .collect();
        let curve = Curve::new(&points)?;
        cells.push(Cell {
            name: format!("cell {at}"),
            curve,
            current,
            range: Range::around(current, 0.3, "30 %"),
        });
    }
    let total: i64 = cells.iter().map(|cell| cell.current).sum();
    let unit = |unit: usize| Group {
        name: format!("unit {unit}"),
        cells: (unit * EACH..(unit + 1) * EACH).collect(),
        min: None,
        max: Some(Limit::new(
            cells[unit * EACH..(unit + 1) * EACH].iter().map(|cell| cell.current * 11 / 10).sum(),
            "unit",
        )),
    };
    let region = |region: usize| Group {
        name: format!("region {region}"),
        cells: (region * 500..(region + 1) * 500).collect(),
        min: Some(Limit::new(
            cells[region * 500..(region + 1) * 500].iter().map(|cell| cell.current * 19 / 20).sum(),
            "region",
        )),
        max: None,
    };
    let groups: Vec<Group> = (0..UNITS).map(unit).chain((0..10).map(region)).collect();
    let problem = Problem::new(cells, groups, Height::Fixed(Limit::new(total, "total")))?;
    let start = Instant::now();
    let found = solve(&problem, Effort::default())?;
    Ok(format!(
        "{} cells, {} groups: {:.3} s, gap {:.3e}, residual {:.3e}, total exact: {}",
        UNITS * EACH,
        UNITS + 10,
        start.elapsed().as_secs_f64(),
        found.certificate.gap,
        found.certificate.residual,
        found.height == total
    ))
}
