//! Explanations of the demo's figures, and what is said where there is nothing to explain.

use std::collections::BTreeSet;
use std::process::Output;

use serde_json::Value;

use crate::demo::shared_run;
use crate::project::{JOB, Project, assert_exit, program, stderr};

fn of_demo(arguments: &[&str]) -> Output {
    let (lake, _) = shared_run();
    program()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([arguments[0], "jobs/furniture.yaml"])
        .args(&arguments[1..])
        .env("TRICHTER_LAKE", lake)
        .env("TRICHTER_MARTS", lake.join("marts"))
        .output()
        .unwrap()
}

#[track_caller]
fn text(arguments: &[&str]) -> String {
    let output = of_demo(arguments);
    assert_exit(&output, 0);
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
pub(crate) fn json(arguments: &[&str]) -> Value {
    let mut arguments = arguments.to_vec();
    arguments.extend(["--output", "json"]);
    serde_json::from_str(&text(&arguments)).unwrap()
}

/// The page without what moves with data, clock and machine: figures, ids, times, the place of the program.
/// Every paragraph becomes one line, because lines break elsewhere when a figure has a digit more.
fn shape(page: &str) -> String {
    let (lake, _) = shared_run();
    let page = page
        .replace(env!("CARGO_BIN_EXE_trichter"), "trichter")
        .replace(&lake.display().to_string(), "LAKE")
        .replace('\u{a0}', " ");
    let mut lines: Vec<String> = Vec::new();
    for line in page.lines() {
        let words: Vec<String> = line.split_whitespace().map(word).collect();
        let line_text = words.join(" ");
        let starts_anew = line_text.is_empty()
            || !line.starts_with("  ")
            || line.trim_start().starts_with("- ")
            || line.trim_start().starts_with("$ ");
        match lines.last_mut() {
            Some(last) if !starts_anew && !last.is_empty() && !is_heading(last) => {
                last.push(' ');
                last.push_str(&line_text);
            }
            // A run's id stands on a line of its own where the target's path is long.
            Some(last) if last.ends_with("(run") => {
                last.push(' ');
                last.push_str(&line_text);
            }
            _ => lines.push(line_text),
        }
    }
    lines.join("\n")
}

fn is_heading(line: &str) -> bool {
    line.chars().all(|letter| letter.is_uppercase() || " ,".contains(letter))
}

/// A word without its figures.
fn word(word: &str) -> String {
    // Ids, entity tags and sizes hold letters beside digits.
    let bare = word.trim_matches([',', ')', '(', '`', ':']);
    if bare.len() >= 16 && bare.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-') {
        return word.replace(bare, "ID");
    }
    let mut masked = String::new();
    for letter in word.chars() {
        let figure = letter.is_ascii_digit() || (masked.ends_with('#') && ",.".contains(letter));
        match figure {
            true if masked.ends_with('#') => {}
            true => masked.push('#'),
            false => masked.push(letter),
        }
    }
    masked
}

/// Every recommendation's id with its headline.
fn recommendations() -> Vec<(String, String)> {
    let rows = json(&["show", "recommendations", "--limit", "1000"]);
    let rows = rows.as_array().unwrap().iter().filter(|row| row["language"] == "en");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| (text(&row["recommendation_id"]), text(&row["headline"]))).collect()
}

/// Objects that the publication read, by source.
fn read_of(source: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let rows = json(&["show", "sources_read", "--limit", "100000"]);
    let rows = rows.as_array().unwrap().iter().filter(|row| source(row["source"].as_str().unwrap()));
    rows.map(|row| row["object"].as_str().unwrap().to_owned()).collect()
}

/// Objects and names of the sources of an explanation that give `gives`, or anything.
fn reached(explanation: &Value, gives: Option<&str>) -> (BTreeSet<String>, Vec<String>) {
    let sources = explanation["lineage"]["sources"].as_array().unwrap().iter();
    let sources: Vec<&Value> =
        sources.filter(|source| gives.is_none_or(|gives| source["gives"] == gives)).collect();
    let objects = sources.iter().flat_map(|source| source["objects"].as_array().unwrap());
    (
        objects.map(|object| object["object"].as_str().unwrap().to_owned()).collect(),
        sources.iter().map(|source| source["source"].as_str().unwrap().to_owned()).collect(),
    )
}

#[test]
fn the_list_of_what_can_be_explained() {
    let page = text(&["explain"]);
    for words in ["MODEL revenue_response", "tv, search, social", "own_price", "RECOMMENDATIONS", "win_rate"]
    {
        assert!(page.contains(words), "`{words}` is missing in:\n{page}");
    }
    for (id, _) in recommendations() {
        assert!(page.contains(&id), "{id} is missing in:\n{page}");
    }
    assert!(
        page.lines().all(|line| line.chars().count() <= 100 || line.trim_start().starts_with("$ ")),
        "{page}"
    );
}

#[test]
fn a_model() {
    insta::assert_snapshot!(shape(&text(&["explain", "revenue_response"])));
}

#[test]
fn a_channel() {
    insta::assert_snapshot!(shape(&text(&["explain", "revenue_response", "tv"])));
}

#[test]
fn a_recommendation() {
    let all = recommendations();
    let (id, headline) = all
        .iter()
        .find(|(_, headline)| headline.contains("paid search"))
        .unwrap_or_else(|| panic!("nothing is recommended for paid search: {all:?}"));
    let page = text(&["explain", id]);
    assert!(page.replace('\n', " ").contains(headline.as_str()), "{page}");
    insta::assert_snapshot!(shape(&page));
}

#[test]
fn a_kpi() {
    insta::assert_snapshot!(shape(&text(&["explain", "win_rate"])));
}

#[test]
fn a_driver() {
    let page = text(&["explain", "revenue_response", "market_demand"]);
    assert!(page.contains("search_demand") && page.contains("outside data about market"), "{page}");
}

#[test]
fn the_way_leads_to_every_object_that_fed_the_figure_and_to_no_other() {
    let of_model = [
        "order_lines",
        "returns",
        "daily_closing",
        "service_costs",
        "price_index",
        "ads",
        "agency_bookings",
        "sales_effort",
        "lift_tests",
        "sessions",
        "visitors",
        "regions",
        "campaigns",
        "search_demand",
        "competitor_prices",
        "competitor_stores",
        "competitor_ads",
        "weather",
        "economy",
        "holidays",
    ];
    let channel = json(&["explain", "revenue_response", "tv"]);
    let (objects, names) = reached(&channel, None);
    assert_eq!(names.iter().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(of_model));
    assert_eq!(objects, read_of(|source| of_model.contains(&source)));
    assert!(objects.len() > 400 && objects.iter().all(|object| !object.contains("/crm/leads/")));
    // Visitors, sessions and texts of campaigns stand in tables on the way, but no value of them is in the model.
    let (_, rows_only) = reached(&channel, Some("rows"));
    assert_eq!(rows_only, ["campaigns", "sessions", "visitors"]);

    let (objects, names) = reached(&json(&["explain", "win_rate"]), None);
    assert!(
        names.contains(&"crm_deals".to_owned()) && !names.contains(&"order_lines".to_owned()),
        "{names:?}"
    );
    assert_eq!(objects, read_of(|source| names.iter().any(|name| name == source)));
}

#[test]
fn columns_are_followed_to_their_sources() {
    let channel = json(&["explain", "revenue_response", "tv"]);
    let uses = channel["lineage"]["uses"].as_array().unwrap();
    let from = |part: &str, column: &str| {
        let used = uses.iter().find(|used| used["part"] == part && used["column"] == column).unwrap();
        used["from"].as_array().unwrap().iter().map(|from| from.as_str().unwrap()).collect::<Vec<_>>()
    };
    assert!(
        from("spend", "spend").contains(&"ads.spend")
            && from("spend", "spend").contains(&"agency_bookings.Kosten")
    );
    assert!(from("outcome", "revenue").contains(&"order_lines.net_amount"));
    assert!(from("driver", "market_demand").contains(&"search_demand.search_index"));
    let tables = channel["lineage"]["tables"].as_array().unwrap();
    let place = |name: &str| tables.iter().position(|table| table["table"] == name).unwrap();
    assert!(place("media") < place("channel_weeks") && place("outside") < place("weekly_panel"));
    assert!(
        tables.iter().all(|table| table["stated_at"].as_str().unwrap().starts_with("jobs/furniture.yaml:"))
    );
}

#[test]
fn every_figure_of_evidence_is_found_where_it_points() {
    let (id, _) = recommendations().swap_remove(0);
    let explanation = json(&["explain", &id]);
    let sections = explanation["sections"].as_array().unwrap();
    let evidence = sections.iter().find(|section| section["section"] == "evidence").unwrap();
    let rows = evidence["rows"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["found"] == true), "{evidence}");
    let figures = rows.iter().flat_map(|row| row["figures"].as_array().unwrap());
    assert!(figures.clone().count() > 5);
    assert!(figures.clone().all(|figure| !figure["note"].as_str().unwrap().contains("the evidence says")));
}

#[test]
fn nothing_published_yet_and_words_that_mean_nothing() {
    let project = Project::new();
    let output = project.run(&["explain", JOB]);
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("nothing was published to the target yet; run the job first"));

    assert_exit(&project.run(&["run", JOB]), 0);
    assert_exit(&project.run(&["explain", JOB, "demand"]), 0);
    assert_exit(&project.run(&["explain", JOB, "price"]), 0);
    let output = project.run(&["explain", JOB, "demand", "temprature"]);
    assert_exit(&output, 2);
    let text = stderr(&output);
    assert!(
        text.contains("`demand temprature`") && text.contains("did you mean `demand temperature`, a driver?"),
        "{text}"
    );
}

#[test]
fn a_job_that_has_changed_since_is_said_to_have() {
    let project = Project::new();
    assert_exit(&project.run(&["run", JOB]), 0);
    project.edit(JOB, "        is_weekend: {}\n", "        units_before: {}\n");
    project.edit(
        "sql/shop/daily.sql",
        "s.units,",
        "s.units, lag(s.units) over (order by s.day) as units_before,",
    );
    let output = project.run(&["explain", JOB, "demand", "units_before"]);
    assert_exit(&output, 2);
    let text = stderr(&output);
    assert!(text.contains("in the job file but not in the publication of 2024-01-01"), "{text}");
    let output = project.run(&["explain", JOB, "demand", "is_weekend"]);
    assert_exit(&output, 2);
    let text = stderr(&output);
    assert!(text.contains("no longer in the job file") && text.contains("changed since"), "{text}");
}

#[test]
fn without_declared_columns_tables_and_sources_are_still_followed() {
    let project = Project::new();
    project.edit(
        JOB,
        "    time: day\n    columns:\n      day: { type: date, required: true, unique: true }\n      temperature: { type: double }\n",
        "",
    );
    assert_exit(&project.run(&["run", JOB]), 0);
    let output = project.run(&["explain", JOB, "demand"]);
    assert_exit(&output, 0);
    let page = String::from_utf8(output.stdout).unwrap();
    for words in ["sql/shop/daily.sql", "lake/weather.csv", "Columns cannot be followed through `weather`"] {
        assert!(page.contains(words), "`{words}` is missing in:\n{page}");
    }
}
