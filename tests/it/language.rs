//! The job language as an analyst uses it: variables, tests of SQL, what a job consists of.

use serde_json::Value;

use crate::project::{JOB, Project, assert_exit, stderr};

fn stdout(project: &Project, arguments: &[&str]) -> String {
    let output = project.run(arguments);
    assert_exit(&output, 0);
    String::from_utf8(output.stdout).unwrap()
}

/// The shop with a variable that SQL, a KPI and a path read.
fn with_vars() -> Project {
    let project = Project::new();
    let vars = "vars:\n  least: { type: bigint, default: 0, about: Fewer units are no sale }\n  \
                folder: { type: string, default: shop }\n\nsources:\n";
    project.edit(JOB, "sources:\n", vars);
    project.edit(JOB, "to: marts/shop/", "to: \"marts/${vars.folder}/\"");
    project.edit("sql/shop/daily.sql", "on w.day = s.day\n", "on w.day = s.day\nwhere s.units >= $least\n");
    project
}

fn days(project: &Project, folder: &str) -> u64 {
    let results = std::fs::read_dir(project.path().join(format!("marts/{folder}/_trichter/runs"))).unwrap();
    let newest = results.map(|run| run.unwrap().path()).max().unwrap();
    let results: Value =
        serde_json::from_str(&std::fs::read_to_string(newest.join("run_results.json")).unwrap()).unwrap();
    let steps = results["steps"].as_array().unwrap();
    steps.iter().find(|step| step["step"] == "table.daily").unwrap()["rows"].as_u64().unwrap()
}

#[test]
fn variables_have_defaults_and_are_set_from_outside() {
    let project = with_vars();
    stdout(&project, &["run", JOB]);
    let all = days(&project, "shop");
    assert_eq!(all, 728);
    // The SQL reads it, so that the kept table is computed anew.
    stdout(&project, &["run", JOB, "--var", "least=150"]);
    let many = days(&project, "shop");
    assert!(many < all && many > 0, "{many} of {all}");
    stdout(&project, &["run", JOB, "--var", "least=150", "--var", "folder=elsewhere"]);
    assert_eq!(days(&project, "elsewhere"), many);
    let output = project.command().args(["run", JOB]).env("TRICHTER_VAR_least", "150").output().unwrap();
    assert_exit(&output, 0);
    assert!(days(&project, "shop") < many, "the same value, set in another way, changes nothing");
}

#[test]
fn a_variable_set_wrongly_is_told_at_its_declaration() {
    let project = with_vars();
    let told = |arguments: &[&str]| {
        let output = project.run(&[&["check", JOB], arguments].concat());
        assert_exit(&output, 2);
        stderr(&output)
    };
    let text = told(&["--var", "least=few"]);
    assert!(text.contains("`--var least` must be a bigint, got `few`"), "{text}");
    assert!(text.contains("jobs/shop.yaml:9:3"), "{text}");
    let text = told(&["--var", "lest=3"]);
    assert!(
        text.contains("the job has no variable `lest`") && text.contains("did you mean `least`?"),
        "{text}"
    );
    let text = told(&["--var", "least"]);
    assert!(text.contains("NAME=VALUE"), "{text}");
    project.edit("sql/shop/daily.sql", "$least", "$leest");
    let text = told(&[]);
    assert!(text.contains("sql/shop/daily.sql:6:18") && text.contains("did you mean `$least`?"), "{text}");
}

const TESTS: &str = "tests:
  days_without_weather_are_left_out:
    about: only days that both know
    table: daily
    given:
      sales:
        - { day: 2024-01-06, units: 3, price: 9.5 }
        - { day: 2024-01-07, units: 4 }
      weather:
        - { day: 2024-01-06, temperature: 2.5 }
    expect:
      - { day: 2024-01-06, units: 3, temperature: 2.5, is_weekend: true }
recipients:
";

#[test]
fn tests_of_sql_pass_and_fail_with_what_differs() {
    let project = Project::new();
    assert!(stdout(&project, &["test", JOB]).starts_with("no tests: "));
    project.edit(JOB, "recipients:\n", TESTS);
    // Nothing but the given rows is read.
    std::fs::remove_dir_all(project.path().join("lake")).unwrap();
    assert_eq!(
        stdout(&project, &["test", JOB]),
        "ok      jobs/shop.yaml: days_without_weather_are_left_out (daily)\n1 passed, 0 failed\n"
    );
    project.edit("sql/shop/daily.sql", "join weather", "left join weather");
    project.edit(JOB, "units: 3, temperature", "units: 5, temperature");
    let output = project.run(&["test", JOB]);
    assert_exit(&output, 3);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "\
FAILED  jobs/shop.yaml: days_without_weather_are_left_out (daily)
        only days that both know
        ~ day=2024-01-06: `units` is 3, expected 5
        + there, but not expected: day=2024-01-07, units=4, temperature=null, is_weekend=true
0 passed, 1 failed
"
    );
    let output = project.run(&["test", JOB, "--output", "json"]);
    assert_exit(&output, 3);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], false);
    assert_eq!(report["tests"][0]["status"], "fail");
    assert_eq!(report["tests"][0]["differences"][0]["found"], "3");
    let output = project.run(&["test", JOB, "--only", "days_without_wether_are_left_out"]);
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("did you mean"), "{}", stderr(&output));
}

#[test]
fn tests_that_do_not_fit_the_columns_are_refused_at_their_cells() {
    let project = Project::new();
    project.edit(JOB, "recipients:\n", TESTS);
    let told = |from: &str, to: &str, words: &[&str]| {
        project.edit(JOB, from, to);
        let output = project.run(&["check", JOB]);
        assert_exit(&output, 2);
        let text = stderr(&output);
        for word in words {
            assert!(text.contains(word), "no {word} in\n{text}");
        }
        assert!(text.ends_with("1 error\n"), "{text}");
        project.edit(JOB, to, from);
    };
    told(
        "temperature: 2.5 }",
        "temprature: 2.5 }",
        &["no column `temprature`", "did you mean `temperature`?"],
    );
    told("units: 4 }", "units: four }", &["holds values of type bigint, not `four`", "units: four"]);
    told(
        "      weather:\n",
        "      wether:\n        []\n      weather:\n",
        &["`daily` does not read `wether`"],
    );
    told(
        "      weather:\n        - { day: 2024-01-06, temperature: 2.5 }\n",
        "",
        &["the test gives no rows of `weather`, which `daily` reads", "add `weather: []`"],
    );
}

#[test]
fn parts_are_listed_and_sql_is_shown() {
    let project = with_vars();
    let listed = stdout(&project, &["ls", JOB]);
    assert!(listed.contains("table      daily       sql/shop/daily.sql, published\n"), "{listed}");
    assert!(listed.contains("var        least       0 of type bigint\n"), "{listed}");
    assert_eq!(stdout(&project, &["ls", JOB, "--kind", "source"]), "sales\nweather\n");
    let listed: Value = serde_json::from_str(&stdout(&project, &["ls", JOB, "--output", "json"])).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 9);

    let sql = stdout(&project, &["show", JOB, "daily", "--as-sql"]);
    assert!(
        sql.starts_with("-- sql/shop/daily.sql\n-- $least is 0 (bigint)\n-- One row per day.\n"),
        "{sql}"
    );
    assert!(sql.ends_with("where s.units >= $least\n"), "{sql}");
    let sql = stdout(&project, &["show", JOB, "units", "--as-sql"]);
    assert_eq!(sql, "select is_weekend, sum(units) as units\nfrom daily\ngroup by is_weekend\n");
    let output = project.run(&["show", JOB, "dayly", "--as-sql"]);
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("did you mean `daily`?"), "{}", stderr(&output));
}

#[test]
fn a_broken_reference_three_tables_upstream_is_told_once_at_its_cause() {
    let project = Project::new();
    let tables = ["one", "two", "three"];
    let mut before = "daily";
    for table in tables {
        project.write(&format!("sql/shop/{table}.sql"), &format!("select * from {before}\n"));
        project.edit(
            JOB,
            "\nrecipients:\n",
            &format!("  {table}:\n    sql: shop/{table}.sql\n    key: [day]\n    time: day\n\nrecipients:\n"),
        );
        before = table;
    }
    project.edit(JOB, "    from: daily\n", "    from: three\n");
    project.edit(JOB, "      table: daily\n", "      table: three\n");
    assert_exit(&project.run(&["check", JOB]), 0);
    project.edit("sql/shop/daily.sql", "w.temperature", "w.temprature");
    let output = project.run(&["check", JOB]);
    assert_exit(&output, 2);
    let text = stderr(&output);
    assert!(text.contains("sql/shop/daily.sql:3:33"), "{text}");
    assert!(text.contains("did you mean `temperature`?"), "{text}");
    assert!(text.ends_with("1 error\n"), "{text}");
}

#[test]
fn problems_of_job_sql_and_platform_are_one_report_in_source_order() {
    let project = Project::new();
    project.edit(JOB, "currency: EUR", "currency: euro");
    project.edit(
        JOB,
        "      temperature: { type: double }\n",
        "      temperature: { type: double }\n      rain: { tpe: double }\n",
    );
    project.edit("sql/shop/daily.sql", "s.price", "s.prize");
    project.write("sql/shop/other.sql", "select day, untis from sales\n");
    project.edit(JOB, "\nrecipients:\n", "  other: { sql: shop/other.sql, key: [day] }\n\nrecipients:\n");
    project.edit("config/local.yaml", "memory_limit", "memroy_limit");
    let output = project.run(&["check", JOB]);
    assert_exit(&output, 2);
    let text = stderr(&output);
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words} in\n{text}"));
    // `daily` reads a source with a problem: what is wrong with its SQL shows once that is mended.
    let places = [
        at("config/local.yaml:4:11"),
        at("jobs/shop.yaml:3:11"),
        at("jobs/shop.yaml:25:15"),
        at("sql/shop/other.sql:1:13"),
    ];
    assert!(places.is_sorted(), "{text}");
    assert!(text.contains("did you mean `units`?"), "{text}");
    assert!(text.ends_with("4 errors\n"), "{text}");
    assert!(!text.contains("daily.sql"), "{text}");
}

#[test]
fn what_many_jobs_share_is_told_once() {
    let project = Project::new();
    let text = std::fs::read_to_string(project.path().join(JOB)).unwrap();
    project.write("jobs/other.yaml", &text);
    project.edit("sql/shop/daily.sql", "s.price", "s.prize");
    let output = project.run(&["check", JOB, "jobs/other.yaml"]);
    assert_exit(&output, 2);
    let text = stderr(&output);
    assert_eq!(text.matches("s.prize").count(), 1, "{text}");
    assert!(text.ends_with("jobs/other.yaml: refused, for what is told above\n"), "{text}");
}
