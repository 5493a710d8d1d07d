//! Two realistic jobs with results, shared by the tests of `steering` and `report`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use super::candidate::Subject;
use crate::config::job::{
    Briefed, Decision, Driver, Format, Job, JobWindow, Kpi, Location, Model, OutcomeModel, Positions,
    Recipient, Recommendations, SchemaChanges, Source, Steering, Success, TableFormat,
};
use crate::domain::{
    Better, Calendar, Estimate, Evidence, Gate, Language, LocalText, Party, PeriodKind, Role, StartOfWeek,
    Window,
};
use crate::models::result::{
    DriverEffect, DriverImportance, Finding, GateReason, GateVerdict, OutcomeResult, PeriodPrediction,
    QualityMetric,
};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn both(en: &str, de: &str) -> LocalText {
    LocalText(BTreeMap::from([(Language::En, en.to_owned()), (Language::De, de.to_owned())]))
}

fn driver(name: &str, label: LocalText, role: Role, per: Option<f64>, unit: Option<&str>) -> Driver {
    Driver {
        name: name.to_owned(),
        label,
        party: None,
        about: None,
        role,
        group: name.to_owned(),
        per,
        unit: unit.map(LocalText::same),
    }
}

fn source(name: &str, party: Party, about: Option<&str>) -> Source {
    Source {
        name: name.to_owned(),
        party,
        about: about.map(str::to_owned),
        location: Location { storage: "lake".to_owned(), path: format!("{name}.parquet") },
        format: Format::Parquet,
        time: None,
        partitions: Vec::new(),
        freshness: None,
        columns: Vec::new(),
        schema_changes: SchemaChanges::default(),
        snapshot_only: false,
        required: true,
    }
}

fn recipient(name: &str, label: &str, language: Language) -> Recipient {
    Recipient { name: name.to_owned(), label: label.to_owned(), language }
}

fn job(name: &str, title: LocalText, currency: &str, period: PeriodKind) -> Job {
    Job {
        name: name.to_owned(),
        title,
        owner: Some("growth-analytics".to_owned()),
        currency: currency.to_owned(),
        languages: vec![Language::En, Language::De],
        calendar: Calendar { period, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC },
        window: JobWindow::default(),
        sources: Vec::new(),
        vars: Vec::new(),
        tables: Vec::new(),

        tests: Vec::new(),
        recipients: Vec::new(),
        decisions: Vec::new(),
        kpis: Vec::new(),
        models: Vec::new(),
        steering: None,
        publish: Location { storage: "marts".to_owned(), path: format!("{name}/") },
        format: TableFormat::default(),
        file: PathBuf::from(format!("jobs/examples/{name}.yaml")),
        positions: Positions::default(),
    }
}

fn kpi(name: &str, label: LocalText, unit: &str, owner: &str, decisions: &[&str]) -> Kpi {
    Kpi {
        name: name.to_owned(),
        label,
        from: "rows".to_owned(),
        numerator: "sum(value)".to_owned(),
        denominator: None,
        value: "sum(value)".to_owned(),
        filter: None,
        unit: unit.to_owned(),
        better: Better::Higher,
        owner: owner.to_owned(),
        part_of: None,
        by: Vec::new(),
        decisions: decisions.iter().map(|decision| (*decision).to_owned()).collect(),
    }
}

fn steering(model: &str) -> Steering {
    Steering {
        recommendations: Recommendations { models: vec![model.to_owned()], custom: Vec::new(), at_most: 5 },
        budgets: None,
        briefings: Briefed::default(),
    }
}

/// Daily bike rentals with weather and calendar: an amount, conditions only.
pub(crate) fn bike_job() -> Job {
    let mut job = job("bike_sharing", both("Bike sharing", "Fahrradverleih"), "USD", PeriodKind::Week);
    job.sources = vec![
        source("rentals", Party::First, None),
        source("weather", Party::Third, Some("weather")),
        source("days", Party::Third, Some("calendar")),
    ];
    job.recipients = vec![
        recipient("head_of_operations", "Head of operations", Language::En),
        recipient("head_of_marketing", "Head of marketing", Language::De),
    ];
    job.decisions = vec![
        Decision {
            name: "bikes_on_the_street".to_owned(),
            question: both(
                "How many bikes are on the street next week, and when are they serviced?",
                "Wie viele Räder stehen nächste Woche auf der Straße, und wann werden sie gewartet?",
            ),
            owner: "head_of_operations".to_owned(),
            cadence: PeriodKind::Week,
        },
        Decision {
            name: "casual_campaign".to_owned(),
            question: both(
                "In which weeks do we advertise to casual riders?",
                "In welchen Wochen werben wir um Gelegenheitsfahrer?",
            ),
            owner: "head_of_marketing".to_owned(),
            cadence: PeriodKind::Month,
        },
    ];
    job.kpis = vec![
        kpi(
            "rentals",
            both("Rentals", "Ausleihen"),
            "rentals",
            "head_of_operations",
            &["bikes_on_the_street"],
        ),
        kpi(
            "casual_share",
            both("Share of casual riders", "Anteil Gelegenheitsfahrer"),
            "share",
            "head_of_marketing",
            &["casual_campaign"],
        ),
    ];
    job.models = vec![Model::Outcome(OutcomeModel {
        name: "daily_demand".to_owned(),
        label: both("Daily demand", "Tägliche Nachfrage"),
        table: "daily_rentals".to_owned(),
        success: Success::Amount { column: "rentals".to_owned(), unit: "rentals".to_owned() },
        at: "day".to_owned(),
        drivers: vec![
            driver("temperature", both("temperature", "Temperatur"), Role::Precision, Some(5.0), Some("°C")),
            driver("humidity", both("humidity", "Luftfeuchte"), Role::Precision, Some(10.0), Some("%")),
            driver("wind_speed", both("wind", "Wind"), Role::Precision, Some(10.0), Some("km/h")),
            driver("weather", both("weather", "Wetterlage"), Role::Precision, None, None),
            driver("is_holiday", both("public holiday", "Feiertag"), Role::Precision, None, None),
            driver("is_working_day", both("working day", "Arbeitstag"), Role::Precision, None, None),
        ],
        yearly_harmonics: 2,
        trend: true,
        explains: Some("rentals".to_owned()),
    })];
    job.steering = Some(steering("daily_demand"));
    job
}

/// Contacts of a bank's call center: yes/no, with two levers.
pub(crate) fn bank_job() -> Job {
    let mut job = job("bank_marketing", both("Bank marketing", "Bankmarketing"), "EUR", PeriodKind::Month);
    job.sources =
        vec![source("contacts", Party::First, None), source("economy", Party::Third, Some("economy"))];
    job.recipients = vec![recipient("head_of_sales", "Head of sales", Language::De)];
    job.decisions = vec![Decision {
        name: "who_to_call".to_owned(),
        question: both(
            "Whom do we call next month, and how often?",
            "Wen rufen wir nächsten Monat an, und wie oft?",
        ),
        owner: "head_of_sales".to_owned(),
        cadence: PeriodKind::Month,
    }];
    job.kpis = vec![kpi(
        "success_rate",
        both("Success rate", "Abschlussquote"),
        "share",
        "head_of_sales",
        &["who_to_call"],
    )];
    job.models = vec![Model::Outcome(OutcomeModel {
        name: "contact_success".to_owned(),
        label: both("Success of a contact", "Erfolg eines Kontakts"),
        table: "contacts".to_owned(),
        success: Success::YesNo { column: "subscribed".to_owned(), matures_after: None },
        at: "month".to_owned(),
        drivers: vec![
            driver("contact", both("contact channel", "Kontaktweg"), Role::Lever, None, None),
            driver("calls", both("calls per contact", "Anrufe je Kontakt"), Role::Lever, Some(1.0), None),
            driver("job", both("occupation", "Beruf"), Role::Precision, None, None),
            driver("age", both("age", "Alter"), Role::Precision, Some(10.0), Some("years")),
            driver(
                "euribor",
                both("three-month Euribor", "Dreimonats-Euribor"),
                Role::Confounder,
                None,
                None,
            ),
        ],
        yearly_harmonics: 0,
        trend: false,
        explains: Some("success_rate".to_owned()),
    })];
    job.steering = Some(steering("contact_success"));
    job
}

/// The model of a fixture.
pub(super) fn subject_model(job: &Job) -> &OutcomeModel {
    job.outcome_models().next().expect("a model")
}

/// A fixture's result with its model and KPI.
pub(super) fn subject<'a>(job: &'a Job, result: &'a OutcomeResult) -> Subject<'a> {
    Subject::of_outcome(subject_model(job), result, &job.kpis[0])
}

/// The windows that the fixtures' results are computed for.
pub(crate) fn bike_window(job: &Job) -> Window {
    Window::new(&job.calendar, day("2012-01-02"), day("2012-12-31")).expect("weeks")
}

pub(crate) fn bank_window(job: &Job) -> Window {
    Window::new(&job.calendar, day("2010-01-01"), day("2010-11-01")).expect("months")
}

struct Row {
    driver: &'static str,
    levels: Option<(&'static str, &'static str)>,
    party: Party,
    role: Role,
    change: Option<f64>,
    effect: Option<(f64, f64, f64)>,
    finding: Finding,
}

impl Row {
    fn effect(self) -> DriverEffect {
        let holds = self.finding == Finding::Effect;
        DriverEffect {
            driver: self.driver.to_owned(),
            level: self.levels.map(|(level, _)| level.to_owned()),
            reference: self.levels.map(|(_, reference)| reference.to_owned()),
            party: self.party,
            about: None,
            role: self.role,
            evidence: Evidence::Observational,
            change: self.change,
            effect: self.effect.map(|(value, lower, upper)| Estimate::with_bounds(value, lower, upper, 0.9)),
            p_value: self.effect.map(|_| if holds { 0.001 } else { 0.42 }),
            placebo_p_value: self.effect.map(|_| if holds { 0.01 } else { 0.6 }),
            finding: self.finding,
        }
    }
}

fn numeric(driver: &'static str, change: f64, effect: (f64, f64, f64), finding: Finding) -> Row {
    Row {
        driver,
        levels: None,
        party: Party::Third,
        role: Role::Precision,
        change: Some(change),
        effect: Some(effect),
        finding,
    }
}

fn contrast(
    driver: &'static str,
    levels: (&'static str, &'static str),
    effect: (f64, f64, f64),
    finding: Finding,
) -> Row {
    Row { levels: Some(levels), change: None, ..numeric(driver, 0.0, effect, finding) }
}

fn importance(shares: &[(&str, f64, f64, f64)]) -> Vec<DriverImportance> {
    shares
        .iter()
        .zip(1..)
        .map(|((group, share, lower, upper), rank)| DriverImportance {
            group: (*group).to_owned(),
            drivers: vec![(*group).to_owned()],
            rank,
            rank_lower: Some(rank),
            rank_upper: Some(rank),
            share: Estimate::with_bounds(*share, *lower, *upper, 0.9),
            r_squared: share * 0.5,
            method: "lmg",
            placebo_p_value: Some(0.01),
            placebos: 99,
        })
        .collect()
}

fn quality(figures: &[(&'static str, &'static str, &'static str, f64)]) -> Vec<QualityMetric> {
    figures
        .iter()
        .map(|(metric, variant, split, value)| QualityMetric { metric, variant, split, value: *value })
        .collect()
}

fn months(count: u32, rows: u64, actual: f64) -> Vec<PeriodPrediction> {
    let mut all = periods(count, rows, actual);
    for (month, period) in (0..).zip(&mut all) {
        period.period_start = day("2010-01-01") + chrono::Months::new(month);
    }
    all
}

fn periods(count: u32, rows: u64, actual: f64) -> Vec<PeriodPrediction> {
    (0..count)
        .map(|week| PeriodPrediction {
            period_start: day("2012-01-02") + chrono::Days::new(7 * u64::from(week)),
            rows,
            actual,
            fitted: actual,
            out_of_sample: None,
        })
        .collect()
}

/// What a trusted model of daily rentals finds.
pub(crate) fn bike_result() -> OutcomeResult {
    use Finding::{Effect, NoEvidence};
    let effects = [
        numeric("temperature", 5.0, (718.3, 651.2, 785.4), Effect),
        numeric("humidity", 10.0, (-248.2, -320.3, -181.9), Effect),
        numeric("wind_speed", 10.0, (-41.0, -99.0, 17.0), NoEvidence),
        contrast("weather", ("mist", "clear"), (-452.0, -566.0, -338.0), Effect),
        contrast("weather", ("rain or snow", "clear"), (-1_987.0, -2_291.0, -1_683.0), Effect),
        contrast("is_holiday", ("true", "false"), (-612.0, -1_120.0, -104.0), Effect),
        contrast("is_working_day", ("true", "false"), (81.0, -35.0, 197.0), NoEvidence),
    ];
    OutcomeResult {
        model: "daily_demand".to_owned(),
        gate: GateVerdict { gate: Gate::Trusted, reasons: Vec::new() },
        importance: importance(&[
            ("temperature", 0.612, 0.541, 0.683),
            ("weather", 0.183, 0.131, 0.235),
            ("humidity", 0.114, 0.071, 0.157),
            ("wind_speed", 0.062, 0.031, 0.093),
            ("is_working_day", 0.017, 0.002, 0.032),
            ("is_holiday", 0.012, 0.001, 0.023),
        ]),
        effects: effects.into_iter().map(Row::effect).collect(),
        parameters: Vec::new(),
        quality: quality(&[
            ("r_squared", "model", "out_of_sample", 0.838),
            ("r_squared", "without_third_party", "out_of_sample", 0.617),
            ("rmse", "model", "out_of_sample", 5_120.0),
            ("rmse", "without_third_party", "out_of_sample", 6_870.0),
            ("rmse", "naive_mean", "out_of_sample", 9_840.0),
            ("rmse", "naive_last", "out_of_sample", 7_420.0),
            ("rmse", "naive_season", "out_of_sample", 10_310.0),
        ]),
        predictions: periods(52, 7, 39_500.0),
        warnings: Vec::new(),
    }
}

/// What a model of bank contacts under review finds.
pub(crate) fn bank_result() -> OutcomeResult {
    use Finding::{Aliased, Effect, NoEvidence};
    let own = |row: Row| Row { party: Party::First, ..row };
    let lever = |row: Row| Row { party: Party::First, role: Role::Lever, ..row };
    let effects = [
        lever(contrast("contact", ("cellular", "telephone"), (0.0523, 0.0391, 0.0655), Effect)),
        lever(numeric("calls", 1.0, (-0.0081, -0.0112, -0.005), Effect)),
        own(contrast("job", ("retired", "admin."), (0.1214, 0.0908, 0.152), Effect)),
        own(contrast("job", ("student", "admin."), (0.1101, 0.0704, 0.1498), Effect)),
        own(contrast("job", ("blue-collar", "admin."), (-0.0211, -0.0302, -0.012), Effect)),
        own(numeric("age", 10.0, (0.0012, -0.0021, 0.0045), NoEvidence)),
        Row { role: Role::Confounder, ..numeric("euribor", 1.7344, (-0.0312, -0.0418, -0.0206), Effect) },
    ];
    let mut result = OutcomeResult {
        model: "contact_success".to_owned(),
        gate: GateVerdict {
            gate: Gate::Review,
            reasons: vec![GateReason {
                code: "more_parameters_than_periods",
                message: "24 coefficients rest on 10 periods: intervals may be too short".to_owned(),
            }],
        },
        importance: importance(&[
            ("euribor", 0.551, 0.438, 0.664),
            ("contact", 0.242, 0.171, 0.313),
            ("job", 0.128, 0.089, 0.167),
            ("calls", 0.071, 0.038, 0.104),
            ("age", 0.008, 0.001, 0.015),
        ]),
        effects: effects.into_iter().map(Row::effect).collect(),
        parameters: Vec::new(),
        quality: quality(&[
            ("auc", "model", "out_of_sample", 0.744),
            ("auc", "without_third_party", "out_of_sample", 0.661),
            ("log_loss", "model", "out_of_sample", 0.412),
            ("log_loss", "naive_mean", "out_of_sample", 0.471),
            ("log_loss", "naive_last", "out_of_sample", 0.455),
        ]),
        predictions: months(10, 1_200, 0.113),
        warnings: vec!["driver `employed` was left out: it is a combination of other columns".to_owned()],
    };
    result.effects.push(DriverEffect {
        effect: None,
        p_value: None,
        placebo_p_value: None,
        finding: Aliased,
        driver: "employed".to_owned(),
        ..result.effects[6].clone()
    });
    result
}

/// A model that gives no advice.
pub(crate) fn withheld_result() -> OutcomeResult {
    let mut result = bike_result();
    result.gate = GateVerdict {
        gate: Gate::Withheld,
        reasons: vec![GateReason {
            code: "worse_than_naive",
            message: "out of sample the model (RMSE 8310) is worse than `naive_last` (RMSE 7420)".to_owned(),
        }],
    };
    for metric in &mut result.quality {
        if metric.variant == "model" && metric.metric == "rmse" {
            metric.value = 8_310.0;
        }
    }
    result
}

/// A trusted model in which nothing holds.
pub(crate) fn silent_result() -> OutcomeResult {
    let mut result = bike_result();
    for effect in &mut result.effects {
        effect.finding = Finding::NoEvidence;
        effect.effect = Some(Estimate::with_bounds(1.0, -10.0, 12.0, 0.9));
    }
    result.effects[2].finding = Finding::Constant;
    result.effects[2].effect = None;
    result
}
