//! `trichter scenario`: the whole way from the command line to a page, to JSON, and to what is refused.

use std::fmt::Write;

use serde_json::Value;

use crate::project::{Project, assert_exit, stderr};

const JOB: &str = "jobs/media.yaml";

const MEDIA: &str = "job: media
title: Two channels
currency: EUR
languages: [en]
calendar: { period: week, starts: monday, time_zone: UTC }
window: { start: 2023-06-26, end: 2023-07-03 }
sources:
  weeks:
    party: first
    path: lake/weeks.csv
    time: week
    columns:
      week: { type: date, required: true, unique: true }
      sales: { type: double, required: true }
      margin: { type: double, required: true }
      tv: { type: double, required: true }
      radio: { type: double, required: true }
      price: { type: double, required: true }
      searches: { type: double, required: true }
      flat: { type: double, required: true }
  market:
    party: third
    about: market
    path: lake/weeks.csv
    time: week
    columns:
      week: { type: date, required: true, unique: true }
      demand: { type: double, required: true }
tables:
  panel: { sql: media/panel.sql, key: [week], time: week }
recipients:
  head: { name: Head of marketing, language: en }
decisions:
  budget: { question: How much?, owner: head, cadence: week }
kpis:
  sales: { label: Sales, from: panel, value: sum(sales), unit: EUR, better: higher, owner: head, decisions: [budget] }
models:
  sales_response:
    response:
      label: Weekly sales
      table: panel
      outcome: sales
      worth: { margin: margin }
      channels:
        each:
          tv: { label: Television, spend: tv }
          radio: { label: Radio, spend: radio }
      drivers:
        demand: { role: confounder, label: Demand, unit: points }
        price: { role: lever, label: Price, unit: EUR }
        searches: { role: moved_by_us }
        flat: { role: precision }
      trend: linear
publish: { to: marts/media/ }
";

const PANEL: &str = "-- One row per week.
-- key: week
select w.week, w.sales, w.margin, w.tv, w.radio, w.price, w.searches, w.flat, m.demand
from weeks as w
join market as m on m.week = w.week
";

/// 130 weeks: television works with carry-over, radio a little, demand moves sales and radio.
fn weeks() -> String {
    let mut noise: u64 = 11;
    let mut chance = move || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(noise >> 40).unwrap() % 1000) / 1000.0
    };
    let mut text = "week,sales,margin,tv,radio,price,searches,flat,demand\n".to_owned();
    let first = chrono::NaiveDate::from_ymd_opt(2021, 1, 4).unwrap();
    let (mut felt, mut demand) = (0.0, 100.0);
    for index in 0..130_u32 {
        let day = first + chrono::Days::new(7 * u64::from(index));
        demand = 100.0 + 0.8 * (demand - 100.0) + 8.0 * (chance() - 0.5);
        let tv = if chance() < 0.35 { 0.0 } else { 200.0 + 600.0 * chance() };
        let radio = 20.0 + demand / 2.0 * chance();
        let price = 10.0 + 2.0 * chance();
        felt = 0.5 * felt + 0.5 * tv;
        let sales = 2_000.0 + 25.0 * (demand - 100.0) - 60.0 * (price - 11.0)
            + 900.0 * felt / (felt + 400.0)
            + 0.5 * radio
            + 30.0 * (chance() - 0.5);
        let margin = 0.4 * sales;
        let searches = 100.0 + tv / 4.0;
        writeln!(
            text,
            "{day},{sales:.2},{margin:.2},{tv:.2},{radio:.2},{price:.2},{searches:.1},1.5,{demand:.2}"
        )
        .unwrap();
    }
    text
}

fn project() -> Project {
    let project = Project::new();
    project.write(JOB, MEDIA);
    project.write("sql/media/panel.sql", PANEL);
    project.write("lake/weeks.csv", &weeks());
    project
}

fn answer(project: &Project, arguments: &[&str]) -> Value {
    let mut command = vec!["scenario", JOB, "--output", "json"];
    command.extend(arguments);
    let output = project.run(&command);
    assert_exit(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// The page without its figures: draws part at the last bit from one processor to another.
fn words(page: &str) -> String {
    let mut text = String::new();
    let mut after_digit = false;
    for letter in page.chars() {
        let is_figure = letter.is_ascii_digit() || (after_digit && matches!(letter, ',' | '.'));
        match (is_figure, after_digit) {
            (true, false) => text.push('#'),
            (true, true) => {}
            (false, _) => text.push(letter),
        }
        after_digit = is_figure;
    }
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[test]
fn a_scenario_speaks_of_the_figures_that_a_run_publishes() {
    let project = project();
    let asked = answer(&project, &["--set", "tv=-100%"]);
    // Nothing is written: neither tables nor a lock.
    assert!(!project.path().join("marts/media").exists());

    assert_exit(&project.run(&["run", JOB]), 0);
    let shown = project.run(&["show", JOB, "channel_performance", "--output", "json"]);
    let rows: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let tv = rows.as_array().unwrap().iter().find(|row| row["channel"] == "tv").unwrap();
    let change = &asked["changes"][0];
    let outcome = &change["outcome_change"];
    for (asked, published) in [
        ("value", "incremental_outcome"),
        ("upper", "incremental_outcome_lower"),
        ("lower", "incremental_outcome_upper"),
    ] {
        let (asked, published) = (number(&outcome[asked]), number(&tv[published]));
        assert!((asked / -published - 1.0).abs() < 1e-9, "{asked} is not -{published}");
    }
    assert_eq!((&change["gate"]["gate"], &change["spend_before"]), (&tv["gate"], &tv["spend"]));
    assert!(number(&change["spend_after"]).abs() < 1e-9);
    assert!((number(&change["marginal_roas"]["value"]) / number(&tv["roas"]) - 1.0).abs() < 1e-9);
    // Another seed, other draws.
    let other = answer(&project, &["--set", "tv=-100%", "--seed", "7"]);
    assert_ne!(other["changes"][0]["outcome_change"]["value"], outcome["value"]);
}

#[test]
fn changes_together_are_their_sum_and_near_the_truth() {
    let project = project();
    let found = answer(&project, &["--set", "tv=+20%,demand=+2", "--set", "price=-0.5", "--threads", "1"]);
    let of = |value: &Value| number(&value["outcome_change"]["value"]);
    let changes = found["changes"].as_array().unwrap();
    let sum: f64 = changes.iter().map(of).sum();
    assert!((of(&found["total"]) / sum - 1.0).abs() < 1e-9);
    let periods = number(&found["periods"]);
    for (change, truth) in [(&changes[1], 25.0 * 2.0 * periods), (&changes[2], 60.0 * 0.5 * periods)] {
        assert!((of(change) / truth - 1.0).abs() < 0.15, "{change} is not {truth}");
    }
    assert_eq!(changes[2]["role"], "lever");
    assert!((number(&found["worth_per_unit"]) - 0.4).abs() < 1e-6);
    assert!(changes[1]["outside_observed"]["share_of_cells"].is_number());
    assert!(found["beyond_sum"].is_null() && found["total"]["marginal_roas"].is_null());
}

#[test]
fn the_page_says_what_the_figures_mean() {
    let project = project();
    let output = project.run(&["scenario", JOB, "--set", "tv=+300%", "--set", "demand=-10%"]);
    assert_exit(&output, 0);
    insta::assert_snapshot!(words(&String::from_utf8_lossy(&output.stdout)));
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let project = project();
    for (arguments, expected) in [
        (&["--set", "televison=+20%"][..], &["`televison`", "`tv`, `radio`, `demand`"][..]),
        (&["--set", "radoi=+20%"], &["did you mean `radio`?"]),
        (&["--set", "tv=20%"], &["`20%` has no sign", "`+20%`", "`+2`"]),
        (&["--set", "tv=+50"], &["channel `tv` cannot be changed by `+50`", "`tv=+20%`"]),
        (&["--set", "tv=+20%", "--set", "tv=+10%"], &["`tv` is changed twice"]),
        (&["--set", "searches=+20%"], &["`role: moved_by_us`", "consequence of our own action"]),
        (&["--set", "flat=+20%"], &["`flat` took no part", "same value throughout, 1.5"]),
        (&["--set", "tv=+20%", "--unit", "north"], &["no unit `north`", "single series"]),
        (&["--set", "tv=+20%", "--model", "sales_respons"], &["did you mean `sales_response`?"]),
        (&["--set", "tv=+20%", "--start", "2023-01-02"], &["`--start` is given without `--end`"]),
        (&[], &["--set <NAME=CHANGE>"]),
    ] {
        let mut command = vec!["scenario", JOB];
        command.extend(arguments);
        let output = project.run(&command);
        assert_exit(&output, 2);
        let text = stderr(&output);
        for word in expected {
            assert!(text.contains(word), "{arguments:?}: `{word}` is missing in:\n{text}");
        }
    }
    // The shop has an outcome model alone.
    let output = project.run(&["scenario", crate::project::JOB, "--set", "price=+2"]);
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("job `shop` has no response model"), "{}", stderr(&output));
}
