//! Planning and running whole jobs, with tables made here and with published data.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::util::pretty::pretty_format_batches;

use super::{PlannedJob, Staging, TableRun, Wanted, plan_job, work_plan};
use crate::config::Job;
use crate::config::diagnostic::{Position, Problems};
use crate::config::job::{
    Check, CheckKind, Column, CsvOptions, Driver, Format, Kpi, Model, OutcomeModel, SchemaChanges, Source,
    SqlTable, Store, Success,
};
use crate::domain::{Better, DataType, Known, LocalText, Party, Role, Severity};
use crate::engine::fixture::{engine, parameters, session};
use crate::engine::{Engine, Session, SqlOrigin};
use crate::published::published;
use crate::sources::tests::{column, csv_source, job};
use crate::sources::{ReadWindow, read, register_planned};

mod checks;
mod previous;
mod response;
mod work;

fn table(name: &str, key: &[&str], sql: &str) -> SqlTable {
    SqlTable {
        name: name.into(),
        file: format!("test/{name}.sql"),
        sql: sql.into(),
        key: key.iter().map(|column| (*column).to_owned()).collect(),
        time: None,
        store: Store::View,
        restate: None,
        checks: Vec::new(),
    }
}

fn check(kind: CheckKind) -> Check {
    Check { kind, severity: Severity::Error, filter: None, keep_failures: false, line: 1 }
}

fn driver(name: &str) -> Driver {
    Driver {
        name: name.into(),
        label: LocalText::same(name),
        party: None,
        about: None,
        role: Role::Precision,
        group: name.into(),
        per: None,
        unit: None,
    }
}

fn model(table: &str, success: Success, at: &str, drivers: &[&str]) -> Model {
    Model::Outcome(OutcomeModel {
        name: "m".into(),
        label: LocalText::same("m"),
        table: table.into(),
        success,
        at: at.into(),
        drivers: drivers.iter().map(|name| driver(name)).collect(),
        yearly_harmonics: 0,
        trend: false,
        explains: None,
    })
}

fn kpi(value: &str) -> Kpi {
    Kpi {
        name: "k".into(),
        label: LocalText::same("k"),
        from: "panel".into(),
        numerator: value.into(),
        denominator: None,
        value: value.into(),
        filter: None,
        unit: "x".into(),
        better: Better::Higher,
        owner: "o".into(),
        part_of: None,
        by: Vec::new(),
        decisions: Vec::new(),
    }
}

/// Contacts (ours, `duration` known too late), weather (outside), CRM (overwritten in place).
fn three_sources() -> Vec<Source> {
    let mut duration = column("duration", DataType::Integer);
    duration.known = Known::AfterOutcome;
    let id = || column("id", DataType::Bigint);
    let day = || column("day", DataType::Date);
    let contacts = csv_source(
        "contacts",
        "c.csv",
        &[id(), day(), duration, column("age", DataType::Integer), column("y", DataType::Boolean)],
    );
    let mut weather = csv_source("weather", "w.csv", &[day(), column("temp", DataType::Double)]);
    (weather.party, weather.about) = (Party::Third, Some("weather".into()));
    let mut crm = csv_source("crm", "crm.csv", &[id(), column("segment", DataType::String)]);
    crm.snapshot_only = true;
    vec![contacts, weather, crm]
}

fn place(job: &mut Job, path: &str, line: u32) {
    job.positions.insert(path, Position { line, column: 5, length: 1 });
}

async fn plan(job: &Job) -> Result<PlannedJob, Problems> {
    let (_engine, session) = session();
    register_planned(&session, job).unwrap();
    plan_job(&session, job).await
}

fn told(problems: &Problems) -> Vec<String> {
    let line = |problem: &&crate::config::diagnostic::Problem| {
        let at = problem.position.map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
        format!("{}{at} {}: {}", problem.file.display(), problem.code, problem.message)
    };
    problems.sorted().iter().map(line).collect()
}

#[tokio::test]
async fn tables_run_after_those_they_read() {
    let mut job = job(three_sources());
    job.tables = vec![
        table(
            "c",
            &["id"],
            "with b as (select id from b) select id from b union all select id from contacts",
        ),
        table("a", &["id"], "select id from contacts"),
        table("b", &["id"], "select id from a where id in (select value from generate_series(1, 3))"),
    ];
    let planned = plan(&job).await.unwrap();
    assert_eq!(planned.order, ["a", "b", "c"]);
    assert_eq!(planned.schemas["c"].field(0).data_type(), &arrow::datatypes::DataType::Int64);
}

#[tokio::test]
async fn every_broken_table_is_told_once_at_its_cause() {
    let mut job = job(three_sources());
    job.tables = vec![
        table("a", &["id"], "select id\nfrom z, b"),
        table("b", &["id"], "select id from\n  a"),
        table("c", &["id"], "select agee,\n  ids from contacts"),
        table("d", &["id"], "select nothing from c"),
        table("e", &["id"], "select id from contact"),
        table("f", &["id"], "select from contacts where"),
        table("g", &["nr"], "select id, null as x from contacts"),
        table("h", &["nr"], "select id from contacts"),
        table("i", &["id"], "select id from previous.h"),
        table("z", &["id"], "select id from contacts"),
    ];
    place(&mut job, "tables.h.key", 77);
    let problems = plan(&job).await.unwrap_err();
    assert_eq!(
        told(&problems),
        [
            "jobs/test.yaml:77:5 unknown_column: table `h` has no column `nr`",
            "test/b.sql:2:3 cycle: tables depend on each other: `a` reads `b` reads `a`",
            "test/c.sql:1:8 unknown_column: there is no column `agee`",
            "test/c.sql:2:3 unknown_column: there is no column `ids`",
            "test/e.sql:1:16 unknown_table: there is no source or table `contact`",
            "test/f.sql sql_syntax: the query ends where an expression is expected",
            "test/g.sql untyped_column: column `x` is NULL in every row and has no type",
            "test/i.sql:1:16 unknown_table: no run keeps the rows of `h`, so there is no `previous.h`",
        ]
    );
}

#[tokio::test]
async fn what_is_known_too_late_is_no_driver_however_it_gets_there() {
    let mut job = job(three_sources());
    job.tables = vec![
        table("talks", &["id"], "select id, day, duration / 60 as minutes, age, y from contacts"),
        table(
            "panel",
            &["id"],
            "select t.id, t.day, t.y, t.age, t.minutes > 5 as long_talk, w.temp, c.segment, \
                    rank() over (order by t.minutes) as place, \
                    (select max(x.temp) from weather x where x.day = t.day) as warm, \
                    (select count(*) from contacts d where d.duration = t.age) as odd, \
                    sum(w.temp) over (partition by t.age) as heat, t.age + w.temp as mixed \
             from talks t join weather w on w.day = t.day left join crm c on c.id = t.id",
        ),
    ];
    let success = Success::YesNo { column: "y".into(), matures_after: None };
    let names =
        ["long_talk", "temp", "segment", "place", "warm", "odd", "heat", "mixed", "age", "y", "agee", "day"];
    job.models = vec![model("panel", success, "day", &names)];
    for (line, name) in (100..).zip(names) {
        place(&mut job, &format!("models.m.outcome.drivers.{name}"), line);
    }
    let problems = plan(&job).await.unwrap_err();
    let late = "known only after the outcome (contract of source `contacts`): it cannot be a driver";
    assert_eq!(
        told(&problems),
        [
            format!("jobs/test.yaml:100:5 after_outcome: `long_talk` comes from `duration`, which is {late}"),
            "jobs/test.yaml:102:5 snapshot_only: `segment` is of source `crm`, which is overwritten in place: \
             what it was at the time of the outcome is lost, so it cannot be a driver"
                .to_owned(),
            format!("jobs/test.yaml:103:5 after_outcome: `place` is chosen by `duration`, which is {late}"),
            format!("jobs/test.yaml:105:5 after_outcome: `odd` is chosen by `duration`, which is {late}"),
            "jobs/test.yaml:109:5 outcome_as_driver: `y` is the outcome: it cannot be its own driver".to_owned(),
            "jobs/test.yaml:110:5 unknown_column: table `panel` has no column `agee`".to_owned(),
            "jobs/test.yaml:111:5 column_type: column `day` of `panel` must be a number, a boolean or a text, it is date"
                .to_owned(),
        ]
    );
    if let Some(Model::Outcome(model)) = job.models.first_mut() {
        model
            .drivers
            .retain(|driver| ["temp", "warm", "heat", "mixed", "age"].contains(&driver.name.as_str()));
    }
    let planned = plan(&job).await.unwrap();
    let parties: Vec<(&str, Party, Option<&str>)> = planned
        .drivers
        .iter()
        .map(|((_, name), resolved)| (name.as_str(), resolved.party, resolved.about.as_deref()))
        .collect();
    assert_eq!(
        parties,
        [
            ("age", Party::First, None),
            ("heat", Party::Third, Some("weather")),
            ("mixed", Party::First, Some("weather")),
            ("temp", Party::Third, Some("weather")),
            ("warm", Party::Third, Some("weather")),
        ]
    );
}

#[tokio::test]
async fn goals_checks_and_models_must_fit_the_columns() {
    let mut job = job(three_sources());
    let mut panel = table("panel", &["id"], "select id, day, age, y from contacts");
    panel.time = Some("age".into());
    panel.checks = vec![
        check(CheckKind::NotNull { columns: vec!["ages".into()] }),
        check(CheckKind::Range { column: "y".into(), min: Some(0.0), max: None }),
        check(CheckKind::Relationship { column: "id".into(), to: "crm".into(), field: "nr".into() }),
        check(CheckKind::Sql { query: "select * from panel where agge > 1".into() }),
        check(CheckKind::Reconciles {
            sum: "age".into(),
            with: "select sum(age) from contact".into(),
            tolerance: 0.0,
        }),
        Check { filter: Some("nope".into()), ..check(CheckKind::RowCount { min: Some(1), max: None }) },
    ];
    job.tables = vec![panel];
    for index in 0..6 {
        place(&mut job, &format!("tables.panel.checks.{index}"), 20 + index);
    }
    place(&mut job, "tables.panel.time", 10);
    job.kpis = vec![kpi("sum(agee)"), kpi("age"), kpi("max(day)"), kpi("sum(age) / count(*)")];
    place(&mut job, "kpis.k.value", 50);
    job.models =
        vec![model("panel", Success::Amount { column: "y".into(), unit: "x".into() }, "id", &["age"])];
    place(&mut job, "models.m.outcome.success", 60);
    let problems = told(&plan(&job).await.unwrap_err());
    let expected = [
        "jobs/test.yaml:10:5 column_type: column `age` of `panel` must be a date or a timestamp, it is integer",
        "jobs/test.yaml:20:5 unknown_column: table `panel` has no column `ages`",
        "jobs/test.yaml:21:5 column_type: column `y` of `panel` must be a number, it is boolean",
        "jobs/test.yaml:22:5 unknown_column: table `crm` has no column `nr`",
        "jobs/test.yaml:23:5 unknown_column: there is no column `agge`",
        "jobs/test.yaml:24:5 unknown_table: there is no table `contact`",
        "jobs/test.yaml:25:5 unknown_column: there is no column `nope`",
        "jobs/test.yaml:50:5 kpi_type: the value of KPI `k` must be a number, `max(day)` is Date32",
        "jobs/test.yaml:50:5 unknown_column: there is no column `agee`",
        "jobs/test.yaml:60:5 column_type: column `id` of `panel` must be a date or a timestamp, it is bigint",
        "jobs/test.yaml:60:5 column_type: column `y` of `panel` must be a number, it is boolean",
    ];
    for expected in expected {
        assert!(
            problems.iter().any(|problem| problem == expected),
            "{expected}\nis not in\n{}",
            problems.join("\n")
        );
    }
    assert_eq!(problems.len(), expected.len(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn sql_that_does_not_repeat_is_warned_of() {
    let mut job = job(three_sources());
    job.tables = vec![table(
        "a",
        &["id"],
        "select id, stddev(age) as s, row_number() over (partition by day) as n,\n\
           first_value(age order by day) as f, max(random()) as r\n\
         from (select * from contacts limit 5) group by id, day",
    )];
    let planned = plan(&job).await.unwrap();
    assert_eq!(
        told(&planned.warnings),
        [
            "test/a.sql:1:12 not_repeatable: `stddev` of doubles depends on the order of rows",
            "test/a.sql:1:30 not_repeatable: `row_number` without `order by` depends on the order of rows",
            "test/a.sql:2:41 not_repeatable: `random` gives other values in every run",
            "test/a.sql:3:7 not_repeatable: `limit` without `order by` keeps other rows in every run",
        ]
    );
}

#[tokio::test]
async fn sources_without_columns_are_planned_when_connected() {
    let mut sources = three_sources();
    sources[1].columns.clear();
    let mut job = job(sources);
    job.tables = vec![
        table("a", &["day"], "select day from weather"),
        table("b", &["day"], "select day from a"),
        table("c", &["id"], "select id from contacts"),
    ];
    let planned = plan(&job).await.unwrap();
    assert_eq!(planned.order, ["c"]);
    assert_eq!(planned.unplanned, ["weather", "a", "b"]);
    assert!(told(&planned.warnings)[0].contains("source `weather` names no columns"));
    // The same holds where files may add to what is named.
    job.sources[1] = three_sources()[1].clone();
    job.sources[1].schema_changes = SchemaChanges::Append;
    let planned = plan(&job).await.unwrap();
    assert_eq!(planned.unplanned, ["weather", "a", "b"]);
    assert!(told(&planned.warnings)[0].contains("source `weather` appends columns of its files"));
}

/// Runs the tables of a job over files in `folder`.
async fn run(folder: &Path, job: &Job) -> (Engine, Session, Vec<TableRun>) {
    let engine = engine(folder);
    let session = engine.session(parameters());
    let window = ReadWindow { start: None, end: parameters().end, time_zone: chrono_tz::UTC };
    let oldest = read(&engine, &session, job, &window.into(), &mut |_| {}).await.unwrap().oldest;
    let planned = plan_job(&session, job).await.map_err(|problems| told(&problems)).unwrap();
    let plan = work_plan(
        &session,
        job,
        &planned,
        &Wanted {
            read_from: None,
            start: parameters().start,
            end: parameters().end,
            starts: BTreeMap::new(),
        },
    )
    .await
    .unwrap();
    let earlier = BTreeMap::new();
    let mut runs = Vec::new();
    {
        let mut staging =
            Staging::new((&session, &engine), job, &plan, &oldest, &earlier).keeping_failures(true);
        for table in &planned.order {
            runs.push(staging.run(table).await.unwrap());
        }
    }
    (engine, session, runs)
}

fn daily(name: &str, party: Party, columns: &[Column]) -> Source {
    let mut day = column("dteday", DataType::Date);
    (day.required, day.unique) = (true, true);
    let columns: Vec<Column> = std::iter::once(day).chain(columns.iter().cloned()).collect();
    let mut source = csv_source(name, "bike_sharing/capital_bikeshare_daily.csv", &columns);
    source.time = Some("dteday".into());
    source.party = party;
    source
}

#[tokio::test]
async fn the_published_bike_rentals_run_and_repeat() {
    let Some(folder) = published() else { return };
    let whole = |names: &[&str]| names.iter().map(|name| column(name, DataType::Bigint)).collect::<Vec<_>>();
    let double = |names: &[&str]| names.iter().map(|name| column(name, DataType::Double)).collect::<Vec<_>>();
    let mut weather = double(&["temp", "hum", "windspeed"]);
    weather.push(column("weathersit", DataType::Integer));
    let mut job = job(vec![
        daily("rentals", Party::First, &whole(&["casual", "registered", "cnt"])),
        daily("weather", Party::Third, &weather),
        daily("days", Party::Third, &whole(&["season", "weekday", "holiday", "workingday"])),
    ]);
    let sql = include_str!("../../sql/bike_sharing/daily_rentals.sql");
    let mut rentals = table("daily_rentals", &["day"], sql);
    rentals.time = Some("day".into());
    rentals.checks = vec![check(CheckKind::Reconciles {
        sum: "rentals".into(),
        with: "select sum(cnt) from rentals".into(),
        tolerance: 0.0,
    })];
    job.tables = vec![rentals];
    let success = Success::Amount { column: "rentals".into(), unit: "rentals".into() };
    job.models = vec![model("daily_rentals", success, "day", &["temperature", "weather", "is_holiday"])];
    let (_first, session, runs) = run(&folder, &job).await;
    assert!(!runs[0].failed(), "{:?}", runs[0].checks);
    assert_eq!(runs[0].staged.rows, 730);
    let sql = "select season, sum(rentals) as n, avg(temperature) as t from daily_rentals group by season order by season";
    let batches = session.query(&SqlOrigin::file("q.sql"), sql).await.unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    assert!(text.contains("| autumn | 841613  | 11.876583848314606 |"), "{text}");
    let (_second, _, again) = run(&folder, &job).await;
    assert!(std::fs::read(&runs[0].staged.file).unwrap() == std::fs::read(&again[0].staged.file).unwrap());
}

#[tokio::test]
async fn duration_of_the_published_contacts_is_refused() {
    let Some(folder) = published() else { return };
    let mut duration = column("duration", DataType::Integer);
    duration.known = Known::AfterOutcome;
    let columns = [
        column("age", DataType::Integer),
        column("month", DataType::String),
        duration,
        column("cons.price.idx", DataType::Double),
        column("y", DataType::String),
    ];
    let mut contacts = csv_source("contacts", "bank_marketing/bank-additional-full.csv", &columns);
    contacts.format = Format::Csv(CsvOptions { delimiter: b';', ..CsvOptions::default() });
    let mut job = job(vec![contacts]);
    job.tables = vec![table(
        "calls",
        &["id"],
        "select row_number() over (order by age, duration) as id, date '2010-01-01' as day, age, duration,
                \"cons.price.idx\" as price_index, y = 'yes' as subscribed from contacts",
    )];
    let success = Success::YesNo { column: "subscribed".into(), matures_after: None };
    job.models = vec![model("calls", success, "day", &["age", "duration", "price_index"])];
    let problems = plan(&job).await.unwrap_err();
    assert_eq!(told(&problems).len(), 1);
    assert!(
        told(&problems)[0]
            .contains("`duration` is known only after the outcome (contract of source `contacts`)")
    );
    job.models = Vec::new();
    let (_engine, _session, runs) = run(&folder, &job).await;
    assert_eq!(runs[0].staged.rows, 41_188);
    let names: BTreeMap<usize, &str> =
        runs[0].staged.schema.fields().iter().map(|field| field.name().as_str()).enumerate().collect();
    assert_eq!(names[&4], "price_index");
}
