//! The outcome model against statsmodels, on the committed panel of `tests/reference`.

use std::path::Path;

use serde_json::Value;

use crate::features::{DriverValues, OutcomeKind};
use crate::models::fit::{EXACT, Link, Problem, Strata, Survey, fit_all};
use crate::models::testing::simulate::{self, Simulated};
use crate::models::uncertainty::{ClusterScores, Inference, covariance};
use crate::models::{ModelSettings, fit_outcome};

fn reference(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(file);
    std::fs::read_to_string(path).unwrap()
}

fn values() -> Value {
    serde_json::from_str(&reference("statsmodels.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Four numeric drivers and one with three levels, in blocks of 50 rows.
fn panel(kind: OutcomeKind) -> Simulated {
    let text = reference("panel.csv");
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
    let mut panel = simulate::panel(9, 0, 36).blocks_of(50);
    panel.period = rows.iter().map(|row| format!("{}", row[0]).parse().unwrap()).collect();
    (1..=4).for_each(|at| panel.add_column(column(at)));
    let level = |row: &Vec<f64>| if row[5] > 0.5 { 1 } else { 2 * usize::from(row[6] > 0.5) };
    panel.add_levels(&rows.iter().map(level).collect::<Vec<usize>>());
    if let DriverValues::Numeric { per, .. } = &mut panel.drivers[2].values {
        *per = values()["per"].as_f64().unwrap();
    }
    panel.y = column(if kind == OutcomeKind::Amount { 7 } else { 8 });
    panel.kind = kind;
    panel
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < 1e-8, "{found} instead of {expected}");
    }
}

#[test]
fn coefficients_and_errors_with_lags_agree_with_statsmodels() {
    for (kind, key) in [(OutcomeKind::Amount, "linear"), (OutcomeKind::YesNo, "logistic")] {
        let result = fit_outcome(&panel(kind).frame(), &ModelSettings::default()).unwrap();
        let values = values();
        let coefficients: Vec<f64> = result.parameters.iter().map(|p| p.estimate.value).collect();
        let errors: Vec<f64> = result.parameters.iter().map(|p| p.standard_error).collect();
        assert_close(&coefficients, &numbers(&values[key]["coefficients"]));
        assert_close(&errors, &numbers(&values[key]["with_lags"]));
    }
}

#[test]
fn errors_clustered_by_period_agree_with_statsmodels() {
    for (kind, link, key) in
        [(OutcomeKind::Amount, Link::Identity, "linear"), (OutcomeKind::YesNo, Link::Logit, "logistic")]
    {
        let frame = panel(kind).frame();
        let scaling = Survey::take(&frame, 0).unwrap().scaling;
        let problem =
            Problem { columns: (0..6).collect(), strata: Strata::by_period(36, 8), by_period: true };
        let fit = fit_all(&frame, &scaling, link, vec![problem], EXACT).unwrap().remove(0).unwrap();
        let scores = (0..36).map(|period| fit.sums.scores(period)).collect();
        let clusters = ClusterScores { scores, rows: 324 };
        let inference = Inference::new(covariance(&fit.bread, &clusters, 0), 36, 0, 0.9);
        let errors: Vec<f64> = (0..6)
            .map(|at| {
                let mut weights = vec![0.0; 7];
                weights[at + 1] = scaling.y_scale * scaling.per_unit[at];
                inference.standard_error(&weights)
            })
            .collect();
        assert_close(&errors, &numbers(&values()[key]["clustered"])[1..]);
    }
}

#[test]
fn effects_and_their_errors_agree_with_the_delta_method_on_statsmodels() {
    let result = fit_outcome(&panel(OutcomeKind::YesNo).frame(), &ModelSettings::default()).unwrap();
    let values = values();
    // By scipy: the quantile of 3 / (2b) degrees of freedom, widened, at b = 8 / 36.
    let quantile = 2.137_777_690_739_833_6;
    for (driver, level, key) in [("d2", None, "weather_effect"), ("d4", Some("l1"), "level_b_effect")] {
        let row =
            result.effects.iter().find(|row| row.driver == driver && row.level.as_deref() == level).unwrap();
        let effect = row.effect.as_ref().unwrap();
        let error = (effect.upper().unwrap() - effect.value) / quantile;
        assert_close(&[effect.value, error], &numbers(&values[key]));
    }
}

#[test]
fn the_log_likelihood_agrees_with_statsmodels() {
    let result = fit_outcome(&panel(OutcomeKind::YesNo).frame(), &ModelSettings::default()).unwrap();
    let metric = |name: &str| result.quality.iter().find(|m| m.metric == name).unwrap().value;
    assert_close(&[-324.0 * metric("log_loss")], &[values()["log_likelihood"].as_f64().unwrap()]);
}
