//! A response model as a job describes it, with what it may have found: for the tests of rooms that show it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    ChannelPerformance, Contribution, CurvePoint, DriverEffect, ExperimentFinding, Finding, GateReason,
    GateVerdict, Interaction, InteractionFinding, PanelPrediction, Parameter, Part, QualityMetric,
    ResponseResult, Robustness,
};
use crate::config::job::{Channel, Driver, Media, ResponseModel};
use crate::domain::{Estimate, Evidence, Form, Gate, Language, LocalText, Party, Role, Trend};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn both(en: &str, de: &str) -> LocalText {
    LocalText(BTreeMap::from([(Language::En, en.to_owned()), (Language::De, de.to_owned())]))
}

fn bounds(value: f64, lower: f64, upper: f64) -> Estimate {
    Estimate::with_bounds(value, lower, upper, 0.9)
}

fn described(name: &str, label: LocalText, carries: &[&str]) -> Channel {
    Channel {
        name: name.to_owned(),
        label,
        spend: None,
        exposure: None,
        side: Some("marketing".to_owned()),
        carries: carries.iter().map(|&name| name.to_owned()).collect(),
        adstock: None,
        max_lag: None,
        saturation: None,
        prior: None,
        no_effect: None,
    }
}

fn driver(name: &str, label: LocalText, role: Role, per: Option<f64>, unit: Option<LocalText>) -> Driver {
    Driver { name: name.to_owned(), label, party: None, about: None, role, group: name.to_owned(), per, unit }
}

/// Revenue of two regions and what is spent for it. The data hold a channel that the job does not describe.
pub(crate) fn response_model() -> ResponseModel {
    ResponseModel {
        name: "revenue_response".to_owned(),
        label: both("response of revenue", "Reaktion des Umsatzes"),
        table: "weekly_panel".to_owned(),
        outcome: "revenue".to_owned(),
        outcome_unit: "EUR".to_owned(),
        at: "week".to_owned(),
        unit: Some("region".to_owned()),
        size: None,
        worth: None,
        media: Media::Long {
            table: "media".to_owned(),
            key: "channel".to_owned(),
            at: "week".to_owned(),
            spend: Some("spend".to_owned()),
            exposure: None,
        },
        channels: vec![
            described("tv", both("television", "Fernsehen"), &[]),
            described("search", both("paid search", "Suchanzeigen"), &["tv"]),
            described("newsletter", both("newsletter", "Newsletter"), &[]),
        ],
        drivers: vec![
            driver(
                "market_demand",
                both("market demand", "Nachfrage im Markt"),
                Role::Confounder,
                Some(5.0),
                Some(both("points", "Punkte")),
            ),
            driver("own_price", both("own prices", "eigene Preise"), Role::Lever, Some(0.01), None),
            driver("heat", both("heat", "Hitze"), Role::Precision, Some(1.0), Some(LocalText::same("°C"))),
            driver(
                "brand_searches",
                both("brand searches", "Suchen nach der Marke"),
                Role::MovedByUs,
                None,
                None,
            ),
        ],
        trend: Trend::Linear,
        yearly_harmonics: 3,
        form: Form::Additive,
        interactions: None,
        experiments: Some("lift_tests".to_owned()),
        explains: None,
    }
}

fn television() -> ChannelPerformance {
    ChannelPerformance {
        channel: "tv".to_owned(),
        unit: None,
        side: Some("marketing".to_owned()),
        spend: Some(1_234_567.0),
        incremental_outcome: bounds(3_950_000.0, 2_350_000.0, 5_430_000.0),
        outcome_share: bounds(0.096, 0.057, 0.132),
        roas: Some(bounds(3.2, 1.9, 4.4)),
        mroas: Some(bounds(1.42, 0.83, 2.05)),
        roi: Some(bounds(0.18, -0.3, 0.62)),
        carried_share: Some(bounds(0.22, 0.1, 0.35)),
        carry_over_share: bounds(0.61, 0.52, 0.7),
        inclusion_probability: 0.99,
        roas_without_third_party: Some(bounds(4.9, 3.7, 6.1)),
        depends_on: vec!["market_demand".to_owned()],
        roas_without_experiments: Some(bounds(3.9, 2.0, 5.8)),
        roas_without_priors: Some(bounds(4.4, 2.6, 6.2)),
        roas_with_period_effects: Some(bounds(3.0, 1.6, 4.4)),
        evidence: Evidence::Calibrated,
        lead_placebo_p_value: Some(0.41),
        spend_explained: Some(0.37),
        robustness: Some(Robustness { value: 0.21, benchmark: Some(("market_demand".to_owned(), 0.09)) }),
        posterior_to_prior: 0.44,
        least_pressure: 0.05,
        r_hat: 1.01,
        effective_sample_size: 1_830.0,
        gate: Gate::Trusted,
        reasons: Vec::new(),
    }
}

/// Channels over all units, then television in each unit.
fn channels() -> Vec<ChannelPerformance> {
    let observed = |channel: &str| ChannelPerformance {
        channel: channel.to_owned(),
        carried_share: None,
        roas_without_experiments: None,
        roas_without_priors: None,
        evidence: Evidence::Observational,
        ..television()
    };
    let search = ChannelPerformance {
        spend: Some(402_300.0),
        roas: Some(bounds(5.06, 3.1, 7.2)),
        mroas: Some(bounds(1.3, 0.41, 2.2)),
        roas_without_third_party: Some(bounds(9.6, 8.1, 11.0)),
        gate: Gate::Review,
        reasons: vec![GateReason {
            code: "follows_demand",
            message: "drivers and season explain 93 % of its spend".to_owned(),
        }],
        ..observed("search")
    };
    let newsletter = ChannelPerformance {
        spend: None,
        roas: None,
        mroas: None,
        roi: None,
        roas_without_third_party: None,
        depends_on: Vec::new(),
        roas_with_period_effects: None,
        robustness: Some(Robustness { value: 0.12, benchmark: None }),
        ..observed("newsletter")
    };
    let radio = ChannelPerformance {
        side: None,
        spend: Some(55_000.0),
        roas: Some(Estimate::without_interval(0.4, "the chains disagree")),
        mroas: Some(Estimate::without_interval(0.4, "the chains disagree")),
        roas_without_third_party: None,
        depends_on: Vec::new(),
        robustness: None,
        r_hat: 1.31,
        gate: Gate::Withheld,
        reasons: vec![
            GateReason { code: "chains_disagree", message: "R-hat is 1.31".to_owned() },
            GateReason { code: "few_periods", message: "spend in 6 periods only".to_owned() },
        ],
        ..observed("radio")
    };
    let of_unit = |unit: &str| ChannelPerformance { unit: Some(unit.to_owned()), ..television() };
    vec![television(), search, newsletter, radio, of_unit("north"), of_unit("south")]
}

fn effects() -> Vec<DriverEffect> {
    let demand = DriverEffect {
        driver: "market_demand".to_owned(),
        level: None,
        reference: None,
        party: Party::Third,
        about: Some("market".to_owned()),
        role: Role::Confounder,
        evidence: Evidence::Observational,
        change: Some(5.0),
        effect: Some(bounds(24_100.0, 19_800.0, 28_300.0)),
        p_value: Some(0.001),
        placebo_p_value: None,
        finding: Finding::Effect,
    };
    let own_price = DriverEffect {
        driver: "own_price".to_owned(),
        party: Party::First,
        about: None,
        role: Role::Lever,
        change: Some(0.01),
        effect: Some(bounds(-8_900.0, -12_500.0, -5_300.0)),
        ..demand.clone()
    };
    let heat = DriverEffect {
        driver: "heat".to_owned(),
        about: Some("weather".to_owned()),
        role: Role::Precision,
        change: Some(1.0),
        effect: Some(bounds(-310.0, -1_200.0, 580.0)),
        p_value: Some(0.5),
        finding: Finding::NoEvidence,
        ..demand.clone()
    };
    let brand = DriverEffect {
        driver: "brand_searches".to_owned(),
        about: None,
        role: Role::MovedByUs,
        change: None,
        effect: None,
        p_value: None,
        finding: Finding::MovedByUs,
        ..demand.clone()
    };
    vec![demand, own_price, heat, brand]
}

/// Two weeks of two regions and of both together.
fn predictions() -> Vec<PanelPrediction> {
    let line = |unit: &str, week: &str, rows: u64| PanelPrediction {
        unit: unit.to_owned(),
        period_start: day(week),
        rows,
        actual: 100_000.0,
        fitted: 98_000.0,
        out_of_sample: (week == "2012-01-09").then(|| bounds(95_000.0, 80_000.0, 110_000.0)),
    };
    let weeks = ["2012-01-02", "2012-01-09"];
    let units = [("", 2), ("north", 1), ("south", 1)];
    units.iter().flat_map(|(unit, rows)| weeks.map(|week| line(unit, week, *rows))).collect()
}

fn contributions() -> Vec<Contribution> {
    let part = |unit: &str, driver: &str, part: Part, party: Option<Party>, contribution: f64| Contribution {
        period_start: day("2012-01-02"),
        unit: unit.to_owned(),
        driver: driver.to_owned(),
        part,
        party,
        contribution,
    };
    let of = |unit: &str| {
        [
            part(unit, "baseline", Part::Baseline, None, 70_000.0),
            part(unit, "market_demand", Part::Driver, Some(Party::Third), 8_000.0),
            part(unit, "tv", Part::Channel, Some(Party::First), 20_000.0),
        ]
    };
    ["north", "south"].into_iter().flat_map(of).collect()
}

/// Half, all and twice of the spend; beyond what was observed the return has no interval.
fn curves() -> Vec<CurvePoint> {
    let mroas = |multiple: f64| {
        let value = 1.42 / multiple.sqrt();
        if multiple > 1.0 {
            return Estimate::without_interval(value, "beyond what was observed");
        }
        bounds(value, value * 0.6, value * 1.4)
    };
    let point = |channel: &str, multiple: f64, spend: Option<f64>| {
        let outcome = 3_950_000.0 * multiple.sqrt();
        CurvePoint {
            channel: channel.to_owned(),
            multiple,
            spend: spend.map(|spend| spend * multiple),
            incremental_outcome: bounds(outcome, outcome * 0.6, outcome * 1.4),
            mroas: spend.map(|_| mroas(multiple)),
            is_observed: multiple <= 1.0,
        }
    };
    [0.5, 1.0, 2.0]
        .into_iter()
        .flat_map(|multiple| [point("tv", multiple, Some(1_234_567.0)), point("newsletter", multiple, None)])
        .collect()
}

fn quality() -> Vec<QualityMetric> {
    [
        ("r_squared", "model", "out_of_sample", 0.91),
        ("r_squared", "without_third_party", "out_of_sample", 0.62),
        ("rmse", "model", "in_sample", 3_900.0),
        ("rmse", "model", "out_of_sample", 5_100.0),
        ("rmse", "without_channels", "out_of_sample", 6_000.0),
        ("rmse", "without_third_party", "out_of_sample", 9_200.0),
        ("rmse", "naive_last", "out_of_sample", 8_500.0),
        ("rmse", "naive_season", "out_of_sample", 9_900.0),
        ("rmse", "naive_mean", "out_of_sample", 12_000.0),
        ("channels", "model", "design", 4.0),
    ]
    .into_iter()
    .map(|(metric, variant, split, value)| QualityMetric { metric, variant, split, value })
    .collect()
}

/// What that model may have found: every list filled, and every optional value once there and once missing.
pub(crate) fn response_result() -> ResponseResult {
    ResponseResult {
        model: "revenue_response".to_owned(),
        gate: GateVerdict {
            gate: Gate::Review,
            reasons: vec![GateReason {
                code: "unstable_origins",
                message: "2 of 10 origins could not be fitted".to_owned(),
            }],
        },
        start: day("2011-01-03"),
        end: day("2012-01-16"),
        channels: channels(),
        effects: effects(),
        interactions: vec![Interaction {
            first: "tv".to_owned(),
            second: "market_demand".to_owned(),
            effect: bounds(210_000.0, 90_000.0, 330_000.0),
            p_value: 0.004,
            adjusted_p_value: 0.02,
            finding: InteractionFinding::Synergy,
        }],
        contributions: contributions(),
        curves: curves(),
        predictions: predictions(),
        parameters: vec![Parameter {
            name: "tv.retention".to_owned(),
            estimate: bounds(0.62, 0.51, 0.73),
            standard_error: 0.07,
        }],
        quality: quality(),
        experiments: vec![ExperimentFinding {
            channel: "tv".to_owned(),
            units: "north".to_owned(),
            start: day("2011-09-05"),
            end: day("2011-10-03"),
            spend_change: 50_000.0,
            measured: bounds(130_000.0, 60_000.0, 200_000.0),
            modelled: bounds(190_000.0, 100_000.0, 280_000.0),
            roas_without: bounds(3.9, 2.0, 5.8),
            roas_with: bounds(3.2, 1.9, 4.4),
        }],
        warnings: vec!["channel `radio` is not described by the job".to_owned()],
    }
}
