//! What a job consists of, as people and programs see it.

use serde_json::Value;

use crate::project::{JOB, Project, assert_exit};

fn graph(form: &str) -> String {
    let output = Project::new().run(&["graph", JOB, "--format", form]);
    assert_exit(&output, 0);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn people_see_every_part_with_what_it_reads() {
    assert_eq!(
        graph("text"),
        "\
sources
  sales            our own data
  weather          outside data: weather

tables
  daily            published  <- sales, weather

kpis
  units            units  <- daily

models
  demand           outcome  <- daily

steering
  recommendations  <- demand
"
    );
}

#[test]
fn wikis_draw_it() {
    let chart = graph("mermaid");
    assert!(
        chart.starts_with("flowchart LR\n  subgraph sources\n    source_sales[(\"sales\")]\n"),
        "{chart}"
    );
    for line in ["  table_daily --> model_demand\n", "  model_demand --> steering_recommendations\n"] {
        assert!(chart.contains(line), "{chart}");
    }
}

#[test]
fn programs_read_it() {
    let graph: Value = serde_json::from_str(&graph("json")).unwrap();
    let nodes: Vec<&str> =
        graph["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
    assert_eq!(nodes.len(), 6);
    for edge in graph["edges"].as_array().unwrap() {
        for end in ["from", "to"] {
            assert!(nodes.contains(&edge[end].as_str().unwrap()), "{edge}");
        }
    }
}
