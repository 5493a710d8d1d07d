//! Same inputs, same seed: same bytes. Between runs, between numbers of threads, between stores.

use std::fs;

use crate::project::{JOB, Project, assert_exit, published_files};
use crate::s3::{ACCESS_KEY, SECRET_KEY, Server};

fn assert_same(left: &[(String, Vec<u8>)], right: &[(String, Vec<u8>)]) {
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    for ((name, left), (_, right)) in left.iter().zip(right) {
        assert!(left == right, "{name} differs");
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    let project = Project::new();
    assert_exit(&project.run(&["run", JOB]), 0);
    let first = project.published();
    assert_exit(&project.run(&["run", JOB, "--run-id", "second"]), 0);
    assert_same(&first, &project.published());
}

#[test]
fn one_and_two_threads_give_the_same_bytes() {
    let one = Project::new();
    assert_exit(&one.run(&["run", JOB, "--threads", "1"]), 0);
    let two = Project::new();
    assert_exit(&two.run(&["run", JOB, "--threads", "2"]), 0);
    assert_same(&one.published(), &two.published());
}

/// Gives the shop two channels, and a model of what they bring on weekdays and on weekends.
pub(crate) fn with_response_model(project: &Project) {
    project.write("sql/shop/weekly.sql", WEEKLY);
    project.edit(
        JOB,
        "\nrecipients:",
        "\n  weekly: { sql: shop/weekly.sql, key: [week, part], time: week }\n\nrecipients:",
    );
    project.edit(JOB, "\nmodels:\n", &format!("\nmodels:\n{RESPONSE}"));
}

#[test]
fn response_models_give_the_same_bytes_for_one_and_two_threads() {
    let run = |threads: &str| {
        let project = Project::new();
        with_response_model(&project);
        let output = project.run(&["run", JOB, "--threads", threads]);
        assert_exit(&output, 0);
        let table = project.run(&["show", JOB, "channel_performance", "--output", "json"]);
        assert!(String::from_utf8_lossy(&table.stdout).contains("posters"), "the model was not fitted");
        project.published()
    };
    assert_same(&run("1"), &run("2"));
}

#[test]
fn s3_and_a_local_folder_give_the_same_bytes() {
    let local = Project::new();
    assert_exit(&local.run(&["run", JOB]), 0);

    let remote = Project::new();
    let buckets = tempfile::tempdir().unwrap();
    fs::create_dir_all(buckets.path().join("data/lake")).unwrap();
    for file in ["sales.csv", "weather.csv"] {
        fs::rename(remote.path().join("lake").join(file), buckets.path().join("data/lake").join(file))
            .unwrap();
    }
    let server = Server::start(buckets.path());
    remote.write("config/local.yaml", &s3_config(&server.endpoint));
    let output = remote
        .command()
        .args(["run", JOB])
        .env("SHOP_KEY", ACCESS_KEY)
        .env("SHOP_SECRET", SECRET_KEY)
        .output()
        .unwrap();
    assert_exit(&output, 0);
    assert_same(&local.published(), &published_files(&buckets.path().join("data/marts/shop")));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains(SECRET_KEY), "a secret is shown");
}

fn s3_config(endpoint: &str) -> String {
    let storage = |prefix: &str| {
        format!(
            "{{ s3: {{ bucket: data, prefix: {prefix}, region: us-east-1, endpoint: \"{endpoint}\", allow_http: true, \
             access_key_id: {{ secret: env:SHOP_KEY }}, secret_access_key: {{ secret: env:SHOP_SECRET }} }} }}"
        )
    };
    format!("storages:\n  lake: {}\n  marts: {}\n", storage("lake"), storage("marts"))
}

const WEEKLY: &str = "-- One row per week and part of the week.
-- key: week, part
select
    cast(date_trunc('week', s.day) as date) as week,
    case when extract(dow from s.day) in (0, 6) then 'weekend' else 'weekdays' end as part,
    cast(sum(s.units) as double) as units,
    cast(sum(s.units * 7 % 13) as double) as posters,
    cast(sum(s.units * 5 % 11) as double) as flyers,
    avg(w.temperature) as temperature
from sales as s
join weather as w on w.day = s.day
group by 1, 2
";

const RESPONSE: &str = "  weekly_demand:
    response:
      table: weekly
      outcome: units
      outcome_unit: units
      unit: part
      explains: units
      channels: { each: { posters: { spend: posters }, flyers: { spend: flyers } } }
      drivers: { temperature: { role: confounder } }
      seasonality: { yearly: 1 }
      interactions: { among: [channels, temperature] }
";
