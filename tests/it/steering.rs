//! The demo's advice: tables, texts and explanations agree; limits, custom advice and earlier advice count.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::demo::{run_with, shared_lake};
use crate::explain::json;
use crate::project::{assert_exit, program, stderr};

fn rows(table: &str) -> Vec<Value> {
    json(&["show", table, "--limit", "100000"]).as_array().unwrap().clone()
}

fn number(row: &Value, column: &str) -> f64 {
    row[column].as_f64().unwrap_or_else(|| panic!("`{column}` is no number in {row}"))
}

fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_else(|| panic!("`{column}` is no text in {row}"))
}

/// Sums of a column by another.
fn sums(rows: &[Value], by: &str, column: &str) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for row in rows {
        *sums.entry(text(row, by).to_owned()).or_insert(0.0) += number(row, column);
    }
    sums
}

#[test]
fn the_plan_is_exact_and_its_tables_agree() {
    let (plan, summary) = (rows("budget_plan"), rows("budget_summary"));
    let cents = |column: &str| plan.iter().map(|row| (100.0 * number(row, column)).round()).sum::<f64>();
    assert!((cents("current") - cents("recommended")).abs() < 0.5, "the height is fixed");
    let [summary] = &summary[..] else { panic!("one plan: {summary:?}") };
    assert!((cents("recommended") - 100.0 * number(summary, "recommended")).abs() < 0.5);
    let worth: f64 = plan.iter().map(|row| number(row, "expected_worth")).sum();
    assert!((worth - number(summary, "expected_gain")).abs() < 1e-6 * worth.abs());
    // Curves are concave here, so no plan within the limits does better.
    assert!(number(summary, "bound") - number(summary, "objective") < 1e-3 * worth.abs() + 500.0);

    // What is advised about a channel is what the plan does with it.
    let advice: Vec<Value> = rows("recommendations")
        .into_iter()
        .filter(|row| row["language"] == "en" && !row["amount_from"].is_null())
        .collect();
    let (from, to) = (sums(&plan, "channel", "current"), sums(&plan, "channel", "recommended"));
    assert!(advice.len() >= 5, "{advice:?}");
    for row in &advice {
        let channel = text(row, "driver");
        assert!((number(row, "amount_from") - from[channel]).abs() < 0.01, "{row}");
        assert!((number(row, "amount_to") - to[channel]).abs() < 0.01, "{row}");
    }
    let advised: f64 = advice.iter().map(|row| number(row, "expected_worth")).sum();
    assert!((advised - worth).abs() < 1e-6 * worth.abs());
    // No other suggestion is about a channel of the plan.
    let channels: Vec<&str> = advice.iter().map(|row| text(row, "driver")).collect();
    let twice = rows("recommendations").into_iter().filter(|row| {
        row["language"] == "en" && row["amount_from"].is_null() && row["decision"] == "weekly_plan"
    });
    for row in twice {
        assert!(!channels.contains(&text(&row, "driver")), "{row}");
    }
    // Every test that is due has a plan.
    let tests = rows("proposed_tests");
    for row in advice.iter().filter(|row| row["action"] == "test") {
        let planned = tests.iter().find(|test| test["recommendation_id"] == row["recommendation_id"]);
        let planned = planned.unwrap_or_else(|| panic!("no test for {row}"));
        assert!(number(planned, "detectable_effect") > 0.0 && number(planned, "power") > 0.0);
    }
}

#[test]
fn briefings_say_what_the_plan_says_in_both_languages() {
    let (pages, plan) = (rows("briefings"), rows("budget_plan"));
    assert_eq!(pages.len(), 2 * 17, "sixteen regions and an agency");
    let to = sums(&plan, "unit", "recommended");
    for page in &pages {
        let (name, markdown) = (text(page, "name"), text(page, "markdown"));
        for gap in ["{{", "{%", "undefined", "none", "NaN", "  "] {
            assert!(!markdown.contains(gap), "`{gap}` in:\n{markdown}");
        }
        let heads = markdown.lines().filter(|line| line.starts_with("# ")).count();
        assert_eq!(heads, 1, "{markdown}");
        // One page: some sixty lines.
        assert!(markdown.lines().count() < 70, "{markdown}");
        let Some(amount) = to.get(name) else { continue };
        let thousands = |separator: &str| {
            let whole = format!("{:.0}", amount.round());
            let (head, tail) = whole.split_at(whole.len().saturating_sub(3));
            if head.is_empty() { tail.to_owned() } else { format!("{head}{separator}{tail}") }
        };
        let written = if page["language"] == "de" { thousands(".") } else { thousands(",") };
        assert!(markdown.contains(&written), "{written} is missing in:\n{markdown}");
    }
}

#[test]
fn advice_about_money_leads_to_the_objects_behind_it() {
    let all = rows("recommendations");
    let advice = all.iter().find(|row| row["driver"] == "tv" && row["language"] == "en").unwrap();
    let explanation = json(&["explain", text(advice, "recommendation_id")]);
    let sections = explanation["sections"].as_array().unwrap();
    let evidence = sections.iter().find(|section| section["section"] == "evidence").unwrap();
    let tables: Vec<&str> =
        evidence["rows"].as_array().unwrap().iter().map(|row| text(row, "table")).collect();
    for table in ["channel_performance", "budget_plan", "budget_summary"] {
        assert!(tables.contains(&table), "{tables:?}");
    }
    assert!(evidence["rows"].as_array().unwrap().iter().all(|row| row["found"] == true), "{evidence}");
    let sources = explanation["lineage"]["sources"].as_array().unwrap();
    let objects: usize = sources.iter().map(|source| source["objects"].as_array().unwrap().len()).sum();
    assert!(objects > 100, "{objects}");
}

const LIMIT: &str = "      - { channel: field_sales, at_least: 100% }\n";

#[test]
fn limits_that_contradict_each_other_are_named_with_their_lines() {
    let impossible =
        "      - { channel: field_sales, at_least: 100% }\n      - { channel: tv, at_least: 1000000 }\n";
    let (output, folder) = run_with(&[("furniture.yaml", LIMIT, impossible)]);
    assert_exit(&output, 2);
    let text = stderr(&output);
    for word in [
        "cannot hold together",
        "`channel tv` at least 1000000.00",
        "furniture.yaml:",
        "and 13 more together at most",
        "`largest_move` of 30 %",
    ] {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
    assert!(!folder.path().join("marts/furniture/current").exists());
}

/// Runs a job in its folder once more, for another window.
fn again(folder: &Path, as_of: &str) -> Output {
    program()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["run", "--as-of", as_of])
        .arg(folder.join("furniture.yaml"))
        .arg("--sql")
        .arg(folder.join("sql"))
        .env("TRICHTER_LAKE", shared_lake())
        .env("TRICHTER_MARTS", folder.join("marts"))
        .output()
        .unwrap()
}

#[test]
fn custom_advice_is_published_beside_that_of_models_and_earlier_advice_is_remembered() {
    let advice = "-- Advice of our own, one row per suggestion.\n-- key: about\nselect\n    'weekly_plan' as decision,\n    'watch' as action,\n    region as about,\n    'Look at ' || region as headline_en,\n    'Auf ' || region || ' sehen' as headline_de,\n    'It is the largest.' as reason_en,\n    'Es ist das größte.' as reason_de\nfrom regions\nwhere inhabitants_thousands > 17000\n";
    let (output, folder) = run_with(&[
        ("furniture.yaml", "at_most: 5 }", "custom: [region_advice], at_most: 5 }"),
        (
            "furniture.yaml",
            "  weeks:\n    sql: furniture/weeks.sql\n",
            "  region_advice: { sql: furniture/region_advice.sql, key: [about] }\n  weeks:\n    sql: furniture/weeks.sql\n",
        ),
        ("sql/furniture/region_advice.sql", "", advice),
    ]);
    // The first window ended a week before the one that follows.
    assert_exit(&output, 0);
    let asked = |command: &str, name: &str| -> Value {
        let output = program()
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .arg(command)
            .arg(folder.path().join("furniture.yaml"))
            .args([name, "--output", "json"])
            .args(if command == "show" { &["--limit", "1000"][..] } else { &[] })
            .arg("--sql")
            .arg(folder.path().join("sql"))
            .env("TRICHTER_LAKE", shared_lake())
            .env("TRICHTER_MARTS", folder.path().join("marts"))
            .output()
            .unwrap();
        assert_exit(&output, 0);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let table = |name: &str| -> Vec<Value> { asked("show", name).as_array().unwrap().clone() };
    let first = table("recommendations");
    let own: Vec<&Value> = first.iter().filter(|row| row["source"] == "custom").collect();
    assert_eq!(own.len(), 2, "one suggestion in two languages: {own:?}");
    assert_eq!(own.iter().map(|row| text(row, "headline")).min(), Some("Auf NW sehen"));
    // It is explained down to the objects behind its table.
    let explanation = asked("explain", text(own[0], "recommendation_id"));
    let sources = explanation["lineage"]["sources"].as_array().unwrap();
    assert!(
        sources.iter().any(|source| {
            source["source"] == "regions" && !source["objects"].as_array().unwrap().is_empty()
        }),
        "{sources:?}"
    );
    let before: BTreeMap<&str, &str> =
        first.iter().map(|row| (text(row, "recommendation_id"), text(row, "given_since"))).collect();
    assert!(before.values().all(|since| *since == "2024-12-30"), "{before:?}");

    // A week earlier there was no advice yet, so nothing of it counts.
    let output = again(folder.path(), "2024-12-23");
    assert_exit(&output, 0);
    // The same week once more: its advice has been given since the week before.
    let output = again(folder.path(), "2024-12-30");
    assert_exit(&output, 0);
    let second = table("recommendations");
    let remembered = second.iter().filter(|row| row["given_since"] == "2024-12-23").count();
    assert!(remembered * 2 > second.len(), "{remembered} of {}", second.len());
    let summary = table("budget_summary");
    assert!(["held", "changed"].contains(&text(&summary[0], "status")), "{summary:?}");
}
