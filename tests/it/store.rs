//! A store whose orders come week by week, some of them late, and a job that keeps its tables.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use crate::project::{Project, assert_exit, published_files, stderr};

pub(crate) const STORE: &str = "jobs/store.yaml";

const YAML: &str = r#"job: store
title: { en: Store, de: Laden }
currency: EUR
languages: [en]
calendar: { period: week, starts: monday, time_zone: Europe/Berlin }

sources:
  orders:
    party: first
    path: lake/orders/
    format: { csv: {} }
    partitions: { day: date }
    time: day
    freshness: { fail_after: 10 days }
    columns:
      id: { type: bigint, required: true }
      shop: { type: string, required: true }
      amount: { type: double, min: 0 }
  shops:
    party: first
    path: lake/shops.csv
    columns:
      shop: { type: string, required: true, unique: true }
      region: { type: string, required: true }

tables:
  sold:
    sql: store/sold.sql
    key: [id]
    time: day
    checks:
      - relationship: { column: shop, to: shops, field: shop }
  weekly:
    sql: store/weekly.sql
    key: [week, shop]
    time: week
    store: publish
    restate: 2 weeks
    checks:
      - reconciles: { sum: revenue, with: select sum(amount) from sold, tolerance: 0% }
      - sql: { query: "select w.* from weekly w where w.week not in (select date_trunc('week', day)::date from orders)" }
  # Looks back at all weeks.
  running:
    sql: store/running.sql
    key: [week, shop]
    time: week
    store: keep

recipients:
  keeper: { name: Keeper, language: en }
decisions:
  stock:
    question: { en: How much do we stock? }
    owner: keeper
    cadence: week
kpis:
  revenue:
    label: { en: Revenue }
    from: weekly
    value: sum(revenue)
    unit: EUR
    better: higher
    owner: keeper
    by: [region]
    decisions: [stock]
publish: { to: marts/store/ }
"#;

const SOLD: &str = "-- One row per order that was paid.
-- key: id
select o.id, o.day, o.shop, s.region, o.amount
from orders as o
join shops as s on s.shop = o.shop
where o.amount > 0
";

const WEEKLY: &str = "-- One row per week and shop.
-- key: week, shop
select cast(date_trunc('week', day) as date) as week, shop, region, sum(amount) as revenue, sum(amount) / (count(*) - 3) as each
from sold
group by 1, 2, 3
";

const RUNNING: &str = "-- Revenue since the beginning.
-- key: week, shop
select week, shop, sum(revenue) over (partition by shop order by week) as total
from weekly
";

pub(crate) fn first_day() -> chrono::NaiveDate {
    "2023-01-02".parse().unwrap()
}

pub(crate) fn monday(week: u64) -> String {
    (first_day() + chrono::Days::new(7 * week)).to_string()
}

/// A store whose lake has the orders of weeks before `end`.
pub(crate) fn store(end: u64) -> Project {
    let project = Project::new();
    project.write(STORE, YAML);
    for (name, sql) in [("sold", SOLD), ("weekly", WEEKLY), ("running", RUNNING)] {
        project.write(&format!("sql/store/{name}.sql"), sql);
    }
    project.write("lake/shops.csv", "shop,region\na,north\nb,north\nc,south\n");
    for week in 0..end {
        sell(&project, week);
    }
    project
}

/// The orders of one week, and one that comes late for the week before the last.
pub(crate) fn sell(project: &Project, week: u64) {
    for day in 0..7 {
        let index = 7 * week + day;
        let date = first_day() + chrono::Days::new(index);
        let mut text = "id,shop,amount\n".to_owned();
        for (place, shop) in ["a", "b", "c"].iter().enumerate().take(2 + usize::try_from(index % 2).unwrap())
        {
            let id = 10 * index + place as u64;
            writeln!(text, "{id},{shop},{}.25", 10 + (7 * index + 3 * place as u64) % 23).unwrap();
        }
        project.write(&format!("lake/orders/day={date}/part-0.csv"), &text);
    }
    if week >= 2 {
        let date = first_day() + chrono::Days::new(7 * (week - 2) + 3);
        let late = format!("id,shop,amount\n{},c,5.5\n", 10 * (7 * week) + 9);
        project.write(&format!("lake/orders/day={date}/late.csv"), &late);
    }
}

/// Runs the job over weeks `[start, end)`, and gives what it says.
pub(crate) fn run(project: &Project, weeks: (u64, u64), flags: &[&str]) -> String {
    let (start, end) = (monday(weeks.0), monday(weeks.1));
    let mut arguments = vec!["run", STORE, "--start", &start, "--end", &end];
    arguments.extend(flags);
    let output = project.run(&arguments);
    assert_exit(&output, 0);
    format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output))
}

/// Objects that the last run read of a source.
pub(crate) fn read_of(project: &Project, source: &str) -> BTreeSet<String> {
    let output = project.run(&["show", STORE, "sources_read", "--limit", "100000", "--output", "json"]);
    assert_exit(&output, 0);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let rows = rows.iter().filter(|row| row["source"] == source);
    rows.map(|row| row["object"].as_str().unwrap().to_owned()).collect()
}

/// The periods of the job's own tables, with their bytes.
pub(crate) fn kept(project: &Project) -> Vec<(String, Vec<u8>)> {
    let mut files = published_files(&project.path().join("marts/store"));
    files.retain(|(name, _)| name.starts_with("tables/"));
    files
}
