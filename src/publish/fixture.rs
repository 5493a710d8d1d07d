//! A small job with its results, for the tests of this room.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch};
use arrow::datatypes::{DataType as ArrowType, Date32Type, Field, Schema};
use chrono::{DateTime, NaiveDate, Utc};
use parquet::arrow::ArrowWriter;

use super::kept::KeptTable;
use super::pointer::PointerKind;
use super::rows::{OutputTable, result_tables};
use crate::config::Job;
use crate::config::job::{
    Decision, Driver, JobWindow, Kpi, Location, Model, OutcomeModel, Positions, Recipient, SqlTable, Store,
    Success, TableFormat,
};
use crate::domain::{
    Action, Better, Calendar, Estimate, Evidence, Gate, Language, LocalText, Party, PeriodKind, Role,
    Severity, StartOfWeek, Status, Window,
};
use crate::kpis::result::{CellMember, KpiValue};
use crate::models::result::{
    DriverEffect, DriverImportance, Finding, GateReason, GateVerdict, ModelChange, ModelResults,
    OutcomeResult, Parameter, PeriodPrediction, QualityMetric, sample,
};
use crate::run::result::{CheckResult, ObjectRead, RunResult, StepResult, StorageTraffic};
use crate::steering::result::{
    Briefing, BriefingKind, BudgetLimit, BudgetPlan, BudgetRow, BudgetSummary, PlanStatus, Recommendation,
    RecommendationEvidence, SteeringPlan,
};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("date")
}

pub(crate) fn calendar() -> Calendar {
    Calendar { period: PeriodKind::Week, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC }
}

/// Two weeks.
pub(crate) fn window() -> Window {
    Window::new(&calendar(), day("2012-01-02"), day("2012-01-16")).expect("window")
}

pub(crate) fn job() -> Job {
    let english = |text: &str| LocalText([(Language::En, text.to_owned())].into());
    let kpi = |name: &str, part_of: Option<&str>| Kpi {
        name: name.into(),
        label: english(name),
        from: "daily".into(),
        numerator: "sum(revenue)".into(),
        denominator: None,
        value: "sum(revenue)".into(),
        filter: None,
        unit: "EUR".into(),
        better: Better::Higher,
        owner: "head".into(),
        part_of: part_of.map(str::to_owned),
        by: vec!["region".into()],
        decisions: vec!["budget".into()],
    };
    Job {
        name: "sample".into(),
        title: english("Sample"),
        owner: None,
        currency: "EUR".into(),
        languages: vec![Language::En],
        calendar: calendar(),
        window: JobWindow::default(),
        sources: Vec::new(),
        tables: vec![SqlTable {
            name: "daily".into(),
            file: "sample/daily.sql".into(),
            sql: "select 1".into(),
            key: vec!["day".into()],
            time: Some("day".into()),
            store: Store::Publish,
            restate: None,
            checks: Vec::new(),
        }],
        vars: Vec::new(),
        tests: Vec::new(),
        recipients: vec![Recipient { name: "head".into(), label: "Head".into(), language: Language::En }],
        decisions: vec![Decision {
            name: "budget".into(),
            question: english("How much?"),
            owner: "head".into(),
            cadence: PeriodKind::Week,
        }],
        kpis: vec![kpi("revenue", None), kpi("online_revenue", Some("revenue"))],
        models: vec![Model::Outcome(model()), Model::Response(sample::response_model())],
        steering: None,
        publish: Location { storage: "marts".into(), path: "sample/".into() },
        format: TableFormat::default(),
        file: PathBuf::from("sample.yaml"),
        positions: Positions::default(),
    }
}

fn model() -> OutcomeModel {
    OutcomeModel {
        name: "demand".into(),
        label: LocalText::same("Demand"),
        table: "daily".into(),
        success: Success::Amount { column: "revenue".into(), unit: "EUR".into() },
        at: "day".into(),
        drivers: vec![Driver {
            name: "temperature".into(),
            label: LocalText::same("temperature"),
            party: None,
            about: None,
            role: Role::Precision,
            group: "temperature".into(),
            per: Some(5.0),
            unit: Some(LocalText::same("°C")),
        }],
        yearly_harmonics: 0,
        trend: false,
        explains: Some("revenue".into()),
    }
}

/// One value of `revenue` per period of the window and region.
pub(crate) fn kpi_values(window: Window, regions: &[&str]) -> Vec<KpiValue> {
    let mut values = Vec::new();
    let mut period = window.start();
    while period < window.end() {
        for region in regions {
            values.push(KpiValue {
                kpi: "revenue".into(),
                period_start: period,
                cell: vec![CellMember { dimension: "region".into(), member: (*region).to_owned() }],
                value: Some(100.0),
                numerator: None,
                denominator: None,
                previous_period: Some(80.0),
                previous_year: Some(f64::NAN),
            });
        }
        period = calendar().shift(period, 1);
    }
    values
}

/// `kpi_values` alone.
pub(crate) fn kpi_table(window: Window, regions: &[&str]) -> OutputTable {
    let (values, models) = (kpi_values(window, regions), ModelResults::default());
    let mut tables = result_tables(&job(), window, &values, &models, &SteeringPlan::default())
        .expect("the fixture is sound");
    tables.swap_remove(0)
}

/// All result tables.
pub(crate) fn results(window: Window, regions: &[&str]) -> Vec<OutputTable> {
    result_tables(&job(), window, &kpi_values(window, regions), &models(), &plan())
        .expect("the fixture is sound")
}

/// What an outcome model and a response model found.
pub(crate) fn models() -> ModelResults {
    let change = ModelChange {
        model: "revenue_response".into(),
        quantity: "roas:tv".into(),
        previous_as_of: day("2012-01-09"),
        previous: Estimate::with_bounds(4.6, 3.0, 6.2, 0.9),
        current: Estimate::with_bounds(3.2, 1.9, 4.4, 0.9),
        from_data: Some(-1.3),
        from_configuration: Some(0.0),
        from_sampling: None,
    };
    ModelResults {
        outcome: vec![outcome()],
        response: vec![sample::response_result()],
        changes: vec![change],
        configurations: [("demand".to_owned(), "c0ffee".to_owned())].into(),
    }
}

fn outcome() -> OutcomeResult {
    OutcomeResult {
        model: "demand".into(),
        gate: GateVerdict {
            gate: Gate::Review,
            reasons: vec![GateReason { code: "few_periods", message: "There are 2 periods.".into() }],
        },
        importance: vec![DriverImportance {
            group: "temperature".into(),
            drivers: vec!["temperature".into()],
            rank: 1,
            rank_lower: Some(1),
            rank_upper: None,
            share: Estimate::with_bounds(1.0, 0.8, 1.0, 0.9),
            r_squared: 0.4,
            method: "lmg",
            placebo_p_value: None,
            placebos: 0,
        }],
        effects: vec![DriverEffect {
            driver: "temperature".into(),
            level: None,
            reference: None,
            party: Party::Third,
            about: Some("weather".into()),
            role: Role::Precision,
            evidence: Evidence::Observational,
            change: Some(5.0),
            effect: Some(Estimate::with_bounds(12.0, 8.0, 16.0, 0.9)),
            p_value: Some(0.01),
            placebo_p_value: None,
            finding: Finding::Effect,
        }],
        parameters: vec![Parameter {
            name: "intercept".into(),
            estimate: Estimate::with_bounds(1.0, 0.0, 2.0, 0.9),
            standard_error: 0.5,
        }],
        quality: vec![QualityMetric {
            metric: "rmse",
            variant: "model",
            split: "in_sample",
            value: f64::NAN,
        }],
        predictions: vec![PeriodPrediction {
            period_start: day("2012-01-02"),
            rows: 7,
            actual: 1.0,
            fitted: 2.0,
            out_of_sample: Some(Estimate::without_interval(1.5, "no rows are held out")),
        }],
        warnings: Vec::new(),
    }
}

fn plan() -> SteeringPlan {
    let advice = Recommendation {
        recommendation_id: "abc".into(),
        language: Language::En,
        rank: 1,
        recipient: "head".into(),
        decision: "budget".into(),
        model: "demand".into(),
        kpi: "revenue".into(),
        driver: Some("temperature".into()),
        level: None,
        action: Action::Watch,
        headline: "Watch the temperature".into(),
        reason: "Because it matters.".into(),
        change: Some(5.0),
        amount_from: None,
        amount_to: None,
        expected_effect: Some(Estimate::with_bounds(12.0, 8.0, 16.0, 0.9)),
        expected_worth: None,
        probability: None,
        effect_unit: "EUR".into(),
        evidence: Some(Evidence::Observational),
        gate: Gate::Review,
        source: "model",
        since: day("2012-01-16"),
        valid_until: day("2012-01-23"),
    };
    let evidence = RecommendationEvidence {
        recommendation_id: "abc".into(),
        position: 1,
        table_name: "driver_effects",
        row_key: "model=demand, driver=temperature".into(),
        column_name: "effect",
        value: Some(12.0),
    };
    SteeringPlan {
        recommendations: vec![advice],
        evidence: vec![evidence],
        tests: Vec::new(),
        briefings: vec![Briefing {
            kind: BriefingKind::Unit,
            name: "north".into(),
            language: Language::En,
            decision: "budget".into(),
            title: "North".into(),
            markdown: "# North".into(),
            valid_until: day("2012-01-23"),
        }],
        budget: Some(budget_plan()),
    }
}

/// Two cells, of which one gets more.
fn budget_plan() -> BudgetPlan {
    let row = |channel: &str, recommended: f64| BudgetRow {
        channel: channel.into(),
        unit: String::new(),
        agency: None,
        recipient: None,
        current: 100.0,
        recommended,
        periods: vec![(50.0, recommended / 2.0), (50.0, recommended / 2.0)],
        expected_outcome: Estimate::with_bounds(recommended - 100.0, -1.0, 60.0, 0.9),
        expected_worth: recommended - 100.0,
        probability: None,
        mroi_now: Some(0.4),
        mroi: Some(0.2),
        shadow_price: None,
        binding_limit: None,
        is_observed: true,
        action: Action::Keep,
    };
    BudgetPlan {
        model: "demand".into(),
        decision: "budget".into(),
        periods: vec![day("2012-01-16"), day("2012-01-23")],
        rows: vec![row("tv", 130.0), row("radio", 100.0)],
        moves: Vec::new(),
        groups: Vec::new(),
        summary: BudgetSummary {
            current: 200.0,
            recommended: 230.0,
            moved: 30.0,
            expected_gain: Estimate::with_bounds(12.0, -3.0, 30.0, 0.9),
            gain_before_correction: 15.0,
            kept_on_other_data: Some(0.8),
            probability: 0.9,
            marginal_return: None,
            objective: 1_000.0,
            bound: 1_000.0,
            residual: 0.0,
            is_complete: true,
            status: PlanStatus::New,
        },
        limits: vec![BudgetLimit {
            holder: "total".into(),
            side: "at_most",
            amount: 230.0,
            stated: "`height`, job.yaml:7".into(),
            shadow_price: Some(1.1),
        }],
    }
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("instant")
}

pub(crate) fn run_result(run_id: &str) -> RunResult {
    RunResult {
        job: "sample".into(),
        run_id: run_id.into(),
        trichter_version: "0.1.0".into(),
        status: Status::Success,
        exit_code: 0,
        seed: u64::MAX,
        full_refresh: false,
        window_start: Some(window().start()),
        window_end: Some(window().end()),
        started_at: instant("2024-01-01T00:00:00Z"),
        completed_at: instant("2024-01-01T00:00:01Z"),
        seconds: 1.0,
        steps: vec![StepResult {
            step: "table.daily".into(),
            stage: "table",
            status: Status::Success,
            started_at: None,
            seconds: 0.5,
            rows: Some(3),
            message: None,
        }],
        checks: vec![CheckResult {
            check: "daily.not_null.1".into(),
            table_name: "daily".into(),
            kind: "not_null".into(),
            severity: Severity::Error,
            status: Status::Pass,
            failures: Some(0),
            message: None,
            failures_file: None,
        }],
        sources_read: vec![ObjectRead {
            source: "orders".into(),
            object: "lake/orders/part-0.parquet".into(),
            bytes: 10,
            e_tag: None,
            last_modified: instant("2024-01-01T00:00:00Z"),
        }],
        storages: vec![StorageTraffic {
            storage: "lake".into(),
            requests: 3,
            bytes_read: 1_000,
            bytes_written: 0,
        }],
        gates: Vec::new(),
        warnings: Vec::new(),
        publication: None,
        target: None,
        error: None,
    }
}

/// A staged table `daily` with a row per day, in that order.
pub(crate) fn daily_rows(folder: &Path, days: &[&str]) -> KeptTable {
    let dates: Vec<i32> = days.iter().map(|text| Date32Type::from_naive_date(day(text))).collect();
    let revenue: Vec<f64> = (1_u32..).map(f64::from).take(days.len()).collect();
    staged(folder, dates, ("revenue", Arc::new(Float64Array::from(revenue))))
}

/// A staged table `daily` with the given second column.
pub(crate) fn staged(folder: &Path, dates: Vec<i32>, second: (&str, ArrayRef)) -> KeptTable {
    let schema = Arc::new(Schema::new(vec![
        Field::new("day", ArrowType::Date32, true),
        Field::new(second.0, second.1.data_type().clone(), true),
    ]));
    let columns: Vec<ArrayRef> = vec![Arc::new(Date32Array::from(dates)), second.1];
    let batch = RecordBatch::try_new(schema.clone(), columns).expect("columns fit");
    let file = folder.join("daily.parquet");
    let mut writer =
        ArrowWriter::try_new(std::fs::File::create(&file).expect("file"), schema, None).expect("writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    KeptTable {
        name: "daily".into(),
        key: vec!["day".into()],
        time: "day".into(),
        start: Some(window().start()),
        logic: Some("logic".into()),
        kind: PointerKind::Publish,
        file,
    }
}
