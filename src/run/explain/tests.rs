//! Explanations of what the fixtures publish, as people read them.

use std::collections::BTreeMap;

use super::tables::table_of;
use crate::config::Job;
use crate::domain::Party;
use crate::publish::fixture::{self, day, instant};
use crate::report::explain::{
    self, Cell, DefaultPrior, ExplainInputs, Explainable, Explanation, Gives, Kind, Lineage, ObjectNode,
    PublicationNote, Published, PublishedColumn, PublishedTable, Row, SourceNode, TableNode, Unexplained,
    Use,
};

fn published() -> Published {
    let tables = fixture::results(fixture::window(), &["north", "south"]);
    let each = tables.iter().map(|table| {
        let found = table_of(&table.def.schema(), std::slice::from_ref(&table.batch)).expect("rows");
        (table.def.name.to_owned(), found)
    });
    Published(each.collect())
}

fn note() -> PublicationNote {
    PublicationNote {
        publication: "p".to_owned(),
        run_id: "run".to_owned(),
        window_start: day("2012-01-02"),
        as_of: day("2012-01-16"),
        target: "./marts/sample/".to_owned(),
    }
}

fn way() -> Lineage {
    let object = |object: &str, e_tag: Option<&str>| ObjectNode {
        object: object.to_owned(),
        bytes: 12_345,
        e_tag: e_tag.map(str::to_owned),
        last_modified: instant("2024-01-01T00:00:00Z"),
    };
    let source = |name: &str, party, gives| SourceNode {
        source: name.to_owned(),
        party,
        about: None,
        path: format!("lake/{name}/"),
        stated_at: "sample.yaml:7".to_owned(),
        gives,
        columns: Vec::new(),
        feeds: Vec::new(),
        objects: Vec::new(),
    };
    Lineage {
        stated_at: "sample.yaml:40".to_owned(),
        uses: vec![
            Use {
                part: "outcome".to_owned(),
                table: "weekly_panel".to_owned(),
                column: "revenue".to_owned(),
                from: vec!["orders.amount".to_owned()],
            },
            Use {
                part: "size".to_owned(),
                table: "weekly_panel".to_owned(),
                column: "size".to_owned(),
                from: vec![],
            },
        ],
        tables: vec![TableNode {
            table: "weekly_panel".to_owned(),
            sql: "sql/sample/weekly_panel.sql".to_owned(),
            stated_at: "sample.yaml:20".to_owned(),
            reads: vec!["orders".to_owned(), "shops".to_owned()],
            published: true,
        }],
        sources: vec![
            SourceNode {
                columns: vec!["amount".to_owned()],
                feeds: vec!["outcome".to_owned()],
                objects: ["a", "b", "c"]
                    .map(|name| object(&format!("lake/orders/{name}.parquet"), Some("e1")))
                    .into(),
                ..source("orders", Some(Party::First), Gives::Values)
            },
            SourceNode {
                about: Some("weather".to_owned()),
                objects: vec![object("lake/shops/a.parquet", None)],
                ..source("shops", Some(Party::Third), Gives::Rows)
            },
        ],
        notes: Vec::new(),
    }
}

fn with<T>(job: &Job, published: &Published, then: impl FnOnce(&ExplainInputs<'_>) -> T) -> T {
    let prior = DefaultPrior { no_effect: 0.1, share: 0.5 };
    let publication = &note();
    then(&ExplainInputs { job, publication, published, prior, job_path: "sample.yaml", program: "trichter" })
}

fn explained(published: &Published, name: &str, part: Option<&str>) -> Explanation {
    let job = fixture::job();
    let all = explain::explainable(&job, published);
    let subject = explain::resolve(&all, name, part, "2012-01-16").expect("it is there");
    with(&job, published, |inputs| explain::explain(inputs, subject, way())).expect("explained")
}

#[test]
fn a_trusted_channel_with_an_experiment() {
    insta::assert_snapshot!(explained(&published(), "revenue_response", Some("tv")).text(100));
}

#[test]
fn a_channel_under_review_that_carries_another() {
    insta::assert_snapshot!(explained(&published(), "revenue_response", Some("search")).text(100));
}

#[test]
fn a_withheld_channel_that_the_job_says_nothing_about() {
    let text = explained(&published(), "revenue_response", Some("radio")).text(100);
    for words in ["not to be acted on", "(chains_disagree)", "(few_periods)", "Surer: more history"] {
        assert!(text.contains(words), "`{words}` is missing in:\n{text}");
    }
}

#[test]
fn a_channel_without_a_price_has_no_returns() {
    let text = explained(&published(), "revenue_response", Some("newsletter")).text(100);
    assert!(text.contains("share of the outcome") && !text.contains("ROI"), "{text}");
    assert!(text.contains("Without spend there is no return to compare."), "{text}");
}

#[test]
fn a_response_model() {
    insta::assert_snapshot!(explained(&published(), "revenue_response", None).text(100));
}

#[test]
fn an_outcome_model() {
    insta::assert_snapshot!(explained(&published(), "demand", None).text(100));
}

#[test]
fn drivers_of_both_kinds_of_models() {
    insta::assert_snapshot!(explained(&published(), "demand", Some("temperature")).text(100));
    let text = explained(&published(), "revenue_response", Some("market_demand")).text(100);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Without it, the ROAS of paid search and television would change"), "{text}");
    let moved = explained(&published(), "revenue_response", Some("brand_searches")).text(100);
    assert!(moved.contains("left out: a consequence of our own action"), "{moved}");
}

#[test]
fn a_recommendation_with_its_figures() {
    insta::assert_snapshot!(explained(&published(), "abc", None).text(100));
}

#[test]
fn a_kpi() {
    let mut published = published();
    let values = published.0.get_mut("kpi_values").expect("values");
    for row in &mut values.rows {
        row.0.insert("cell".to_owned(), Cell::Text(String::new()));
    }
    insta::assert_snapshot!(explained(&published, "revenue", None).text(100));
}

/// Adds a line of evidence to the only recommendation.
fn point_to(published: &mut Published, table: &str, row_key: &str, column: &str, value: f64) {
    let evidence = published.0.get_mut("recommendation_evidence").expect("evidence");
    let mut row = evidence.rows[0].clone();
    row.0.extend(BTreeMap::from([
        ("figure_number".to_owned(), Cell::Number(9.0)),
        ("table_name".to_owned(), Cell::Text(table.to_owned())),
        ("row_key".to_owned(), Cell::Text(row_key.to_owned())),
        ("column_name".to_owned(), Cell::Text(column.to_owned())),
        ("value".to_owned(), Cell::Number(value)),
    ]));
    evidence.rows.push(row);
}

#[test]
fn evidence_is_followed_into_tables_that_nobody_has_heard_of() {
    let mut published = published();
    let column = |name: &str, unit: Option<&str>| PublishedColumn {
        name: name.to_owned(),
        unit: unit.map(str::to_owned),
        meaning: Some(format!("What {name} is.")),
    };
    let row = Row(BTreeMap::from([
        ("channel".to_owned(), Cell::Text("tv, regional".to_owned())),
        ("planned_spend".to_owned(), Cell::Number(5_000.0)),
        ("currency".to_owned(), Cell::Text("EUR".to_owned())),
    ]));
    let plan = PublishedTable {
        key: vec!["channel".to_owned()],
        columns: vec![
            column("channel", None),
            column("planned_spend", Some("see column `currency`")),
            column("currency", None),
        ],
        rows: vec![row],
    };
    published.0.insert("budget_plan".to_owned(), plan);
    point_to(&mut published, "budget_plan", "channel=tv, regional", "planned_spend", 4_000.0);
    point_to(
        &mut published,
        "response_curves",
        "model=revenue_response, channel=tv, spend_multiple=0.5",
        "mroas",
        2.0,
    );
    point_to(&mut published, "budget_plan", "channel=radio", "planned_spend", 1.0);
    let explanation = explained(&published, "abc", None);
    let evidence =
        explanation.sections.iter().find(|section| section.section == "evidence").expect("evidence");
    let rows: Vec<(&str, bool)> = evidence.rows.iter().map(|row| (row.table.as_str(), row.found)).collect();
    assert_eq!(
        rows,
        [("driver_effects", true), ("budget_plan", true), ("response_curves", true), ("budget_plan", false)]
    );
    let planned = &evidence.rows[1].figures[0];
    assert_eq!((planned.text.as_str(), planned.value), ("€5,000", Some(5_000.0)));
    assert_eq!(planned.note, "the evidence says 4000; What planned_spend is.");
    assert!(evidence.rows[2].figures[0].text.starts_with('2'), "{:?}", evidence.rows[2]);
    assert!(explanation.published.iter().any(|rows| rows.table == "budget_plan"));
}

#[test]
fn json_has_figures_reasons_and_the_way() {
    let value =
        serde_json::to_value(explained(&published(), "revenue_response", Some("search"))).expect("json");
    assert_eq!(value["kind"], "channel");
    let sections = value["sections"].as_array().expect("sections");
    let section = |name: &str| sections.iter().find(|section| section["section"] == name).expect("a section");
    let roas = section("figures")["figures"]
        .as_array()
        .expect("figures")
        .iter()
        .find(|figure| figure["figure"] == "roas");
    assert_eq!(roas.expect("roas")["lower"], 3.1);
    assert_eq!(section("trust")["gate"], "review");
    assert_eq!(section("trust")["reasons"][0]["code"], "follows_demand");
    assert_eq!(value["lineage"]["sources"][1]["gives"], "rows");
    assert_eq!(value["published"][0]["key"]["channel"], "search");
}

fn unexplained(job: &Job, published: &Published, name: &str, part: Option<&str>) -> (Unexplained, String) {
    let all = explain::explainable(job, published);
    let error = explain::resolve(&all, name, part, "2012-01-16").expect_err("nothing is called that");
    let help = error.help("trichter explain sample.yaml");
    (error, help)
}

#[test]
fn a_word_that_nothing_is_called_gets_the_nearest() {
    let (job, published) = (fixture::job(), published());
    let help = |name: &str, part: Option<&str>| unexplained(&job, &published, name, part).1;
    assert!(help("demnad", None).starts_with("did you mean `demand`, a model?"));
    assert!(help("serach", None).starts_with("did you mean `revenue_response search`, a channel?"));
    assert!(
        help("revenue_response", Some("own_prize"))
            .starts_with("did you mean `revenue_response own_price`, a driver?")
    );
    assert!(
        help("revenue_respons", Some("tv")).starts_with("did you mean `revenue_response tv`, a channel?")
    );
    assert_eq!(
        help("zzzzzzzz", None),
        "`trichter explain sample.yaml` lists everything that can be explained"
    );
}

#[test]
fn a_name_of_two_things_needs_more_words() {
    let (mut job, published) = (fixture::job(), published());
    job.kpis[0].name = "demand".to_owned();
    let mut published = published;
    for row in &mut published.0.get_mut("kpi_catalog").expect("catalog").rows {
        row.0.insert("kpi".to_owned(), Cell::Text("demand".to_owned()));
    }
    let (error, help) = unexplained(&job, &published, "demand", None);
    assert_eq!(error.to_string(), "`demand` is the name of a model and of a KPI");
    assert_eq!(
        help,
        "write `trichter explain sample.yaml models.demand` or `trichter explain sample.yaml kpis.demand`"
    );
    let all = explain::explainable(&job, &published);
    let kind = |word: &str| explain::resolve(&all, word, None, "2012-01-16").map(|found| found.kind);
    assert_eq!((kind("kpis.demand"), kind("models.demand")), (Ok(Kind::Kpi), Ok(Kind::Model)));
}

#[test]
fn what_only_one_of_job_and_publication_has_is_said() {
    let (mut job, published) = (fixture::job(), published());
    let taken = job.models.remove(1);
    let (error, help) = unexplained(&job, &published, "revenue_response", None);
    assert_eq!(
        error.to_string(),
        "model `revenue_response` is in the publication of 2012-01-16 but no longer in the job file"
    );
    assert!(help.contains("changed since"));
    job.models.push(taken);
    job.kpis[1].name = "margin".to_owned();
    let (error, _) = unexplained(&job, &published, "margin", None);
    assert_eq!(error.to_string(), "KPI `margin` is in the job file but not in the publication of 2012-01-16");
}

#[test]
fn everything_that_can_be_explained_is_explained() {
    let (job, published) = (fixture::job(), published());
    let all: Vec<Explainable> = explain::explainable(&job, &published);
    assert!(all.len() > 10);
    for subject in all.iter().filter(|entry| entry.in_job && entry.in_publication) {
        let explanation = with(&job, &published, |inputs| explain::explain(inputs, subject, way()));
        assert!(explanation.is_some_and(|found| found.sections.len() > 1), "{subject:?}");
    }
    let catalog = with(&job, &published, |inputs| explain::Catalog::new(inputs, all.clone()));
    insta::assert_snapshot!(catalog.text(100));
}
