//! Response models: what planning tells about their tables and drivers.

use super::{csv_source, driver, job, place, plan, table, told};
use crate::config::Job;
use crate::config::job::{Channel, Form, Margin, Media, Model, ResponseModel, Trend, Worth};
use crate::domain::{DataType, Known, LocalText, Party, Role};
use crate::sources::tests::column;

fn channel(name: &str, spend: Option<&str>, exposure: Option<&str>) -> Channel {
    Channel {
        name: name.into(),
        label: LocalText::same(name),
        spend: spend.map(Into::into),
        exposure: exposure.map(Into::into),
        side: None,
        carries: Vec::new(),
        adstock: None,
        max_lag: None,
        saturation: None,
        prior: None,
        no_effect: None,
    }
}

fn model(drivers: &[&str]) -> ResponseModel {
    ResponseModel {
        name: "m".into(),
        label: LocalText::same("m"),
        table: "panel".into(),
        outcome: "revenue".into(),
        outcome_unit: "EUR".into(),
        at: "week".into(),
        unit: Some("region".into()),
        size: Some("inhabitants".into()),
        worth: Some(Worth { margin: Margin::Amount("margin".into()), minus: vec!["service".into()] }),
        media: Media::Wide,
        channels: vec![channel("tv", Some("tv_spend"), Some("tv_grp"))],
        drivers: drivers.iter().map(|name| driver(name)).collect(),
        trend: Trend::Linear,
        yearly_harmonics: 0,
        form: Form::Additive,
        interactions: None,
        experiments: None,
        explains: None,
    }
}

fn long() -> Media {
    Media::Long {
        table: "media".into(),
        key: "channel".into(),
        at: "week".into(),
        spend: Some("spend".into()),
        exposure: Some("impressions".into()),
    }
}

/// Sales and media (ours), weather (outside), tests (ours).
fn panel_job(media: &str, tests: &str) -> Job {
    let week = || column("week", DataType::Date);
    let text = |name: &str| column(name, DataType::String);
    let double = |name: &str| column(name, DataType::Double);
    let mut returned = double("returned");
    returned.known = Known::AfterOutcome;
    let sales = csv_source(
        "sales",
        "s.csv",
        &[
            week(),
            text("region"),
            column("revenue", DataType::Decimal { precision: 14, scale: 2 }),
            double("margin"),
            double("service"),
            column("inhabitants", DataType::Bigint),
            double("price"),
            text("weekday"),
            returned,
        ],
    );
    let ads = csv_source(
        "ads",
        "a.csv",
        &[week(), text("region"), text("channel"), double("spend"), column("impressions", DataType::Bigint)],
    );
    let mut weather = csv_source("weather", "w.csv", &[week(), double("temp")]);
    (weather.party, weather.about) = (Party::Third, Some("weather".into()));
    let mut job = job(vec![sales, ads, weather]);
    job.tables = vec![
        table(
            "panel",
            &["week", "region"],
            "select s.*, s.price > 1 as dear, w.temp, t.spend as tv_spend, t.impressions as tv_grp
             from sales s join weather w on w.week = s.week
             left join ads t on t.week = s.week and t.region = s.region and t.channel = 'tv'",
        ),
        table("media", &["week", "region", "channel"], media),
        table("tests", &["channel", "start"], tests),
    ];
    job
}

const MEDIA: &str = "select week, region, channel, spend, impressions from ads";
const TESTS: &str = "select channel, region as unit, week as start, week as \"end\", spend as spend_change, \
                     spend as lift, spend as lift_se from ads";

#[tokio::test]
async fn both_forms_fit_and_their_tables_are_planned() {
    let mut job = panel_job(MEDIA, TESTS);
    let wide = model(&["temp", "price", "dear"]);
    let long = ResponseModel {
        name: "long".into(),
        media: long(),
        channels: vec![channel("tv", None, None)],
        experiments: Some("tests".into()),
        ..model(&["temp"])
    };
    job.models = vec![Model::Response(wide), Model::Response(long)];
    let planned = plan(&job).await.map_err(|problems| told(&problems)).unwrap();
    // Every table is staged, also those that only a model reads.
    assert_eq!(planned.order, ["panel", "media", "tests"]);
    let resolved: Vec<_> = planned
        .drivers
        .iter()
        .map(|((model, name), driver)| (model.as_str(), name.as_str(), driver.party, driver.about.as_deref()))
        .collect();
    assert_eq!(
        resolved,
        [
            ("long", "temp", Party::Third, Some("weather")),
            ("m", "dear", Party::First, None),
            ("m", "price", Party::First, None),
            ("m", "temp", Party::Third, Some("weather")),
        ]
    );
}

#[tokio::test]
async fn columns_of_the_model_must_be_there_and_fit() {
    let mut job = panel_job(MEDIA, TESTS);
    let mut wide = model(&["temp", "weekday", "returned", "revenue", "tempp"]);
    wide.drivers[0].role = Role::Confounder;
    wide.outcome = "weekday".into();
    wide.at = "region".into();
    wide.unit = Some("regions".into());
    wide.size = Some("weekday".into());
    wide.worth =
        Some(Worth { margin: Margin::Rate("dear".into()), minus: vec!["service".into(), "servise".into()] });
    wide.channels.push(channel("radio", Some("region"), Some("radio_grp")));
    job.models = vec![Model::Response(wide)];
    let paths = [
        "outcome",
        "at",
        "unit",
        "size",
        "worth.margin_rate",
        "worth.minus.1",
        "channels.each.radio.spend",
        "channels.each.radio.exposure",
        "drivers.weekday",
        "drivers.returned",
        "drivers.tempp",
    ];
    for (line, path) in (100..).zip(paths) {
        place(&mut job, &format!("models.m.response.{path}"), line);
    }
    let problems = plan(&job).await.unwrap_err();
    let told = told(&problems);
    let text = |column: &str, wanted: &str| {
        format!("column_type: column `{column}` of `panel` must be {wanted}, it is string")
    };
    let number = "a number";
    assert_eq!(
        told,
        [
            format!("jobs/test.yaml:100:5 {}", text("weekday", number)),
            format!("jobs/test.yaml:101:5 {}", text("region", "a date or a timestamp")),
            "jobs/test.yaml:102:5 unknown_column: table `panel` has no column `regions`".to_owned(),
            format!("jobs/test.yaml:103:5 {}", text("weekday", number)),
            "jobs/test.yaml:104:5 column_type: column `dear` of `panel` must be a number, it is boolean".to_owned(),
            "jobs/test.yaml:105:5 unknown_column: table `panel` has no column `servise`".to_owned(),
            format!("jobs/test.yaml:106:5 {}", text("region", number)),
            "jobs/test.yaml:107:5 unknown_column: table `panel` has no column `radio_grp`".to_owned(),
            format!("jobs/test.yaml:108:5 {}", text("weekday", "a number or a boolean")),
            "jobs/test.yaml:109:5 after_outcome: `returned` is known only after the outcome (contract of source \
             `sales`): it cannot be a driver"
                .to_owned(),
            "jobs/test.yaml:110:5 unknown_column: table `panel` has no column `tempp`".to_owned(),
        ]
    );
    let texts =
        problems.sorted().iter().filter_map(|problem| problem.help.clone()).collect::<Vec<_>>().join("\n");
    assert!(texts.contains("make a column of 0 and 1 for each of its values in SQL"), "{texts}");
}

#[tokio::test]
async fn media_and_experiments_must_fit_the_model() {
    let mut job = panel_job(
        "select week, 1 as region, channel, channel as spend, week as impressions from ads",
        "select channel, week as start, spend as \"end\", spend as spend_change, channel as lift from ads",
    );
    let mut long = ResponseModel { media: long(), channels: Vec::new(), ..model(&[]) };
    long.experiments = Some("tests".into());
    job.models = vec![Model::Response(long.clone())];
    for (line, path) in (100..).zip(["channels.from", "channels.spend", "channels.exposure", "experiments"]) {
        place(&mut job, &format!("models.m.response.{path}"), line);
    }
    assert_eq!(
        told(&plan(&job).await.unwrap_err()),
        [
            "jobs/test.yaml:100:5 column_type: column `region` of `media` is bigint, but `region` of `panel` is \
             string: units cannot be matched",
            "jobs/test.yaml:101:5 column_type: column `spend` of `media` must be a number, it is string",
            "jobs/test.yaml:102:5 column_type: column `impressions` of `media` must be a number, it is date",
            "jobs/test.yaml:103:5 column_type: column `end` of `tests` must be a date or a timestamp, it is double",
            "jobs/test.yaml:103:5 column_type: column `lift` of `tests` must be a number, it is string",
            "jobs/test.yaml:103:5 unknown_column: table `tests` has no column `lift_se`",
            "jobs/test.yaml:103:5 unknown_column: table `tests` has no column `unit`",
        ]
    );
    // Without units nothing is matched by them.
    long.unit = None;
    long.size = None;
    long.experiments = None;
    job.models = vec![Model::Response(long)];
    assert_eq!(told(&plan(&job).await.unwrap_err()).len(), 2);
    // A table that is broken is told at its cause alone.
    job.tables[1].sql = "select nothing from ads".into();
    assert_eq!(
        told(&plan(&job).await.unwrap_err()),
        ["test/media.sql:1:8 unknown_column: there is no column `nothing`"]
    );
}
