//! Outcome models on data whose truth is known, and what must not change their results.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::{Gate, Party, Role};
use crate::features::{DriverValues, OutcomeKind};
use crate::models::result::{Finding, OutcomeResult};
use crate::models::size::{autoregressive, normal};
use crate::models::testing::simulate::{self, Simulated};
use crate::models::{ModelSettings, fit_outcome};

/// Two drivers that matter (2 and −1 per unit), one that does not, a category and lasting shocks.
fn table(kind: OutcomeKind) -> Simulated {
    let (periods, units) = (80, 12);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut table = simulate::panel(units, 0, periods);
    let series: Vec<Vec<f64>> = (0..3).map(|_| autoregressive(&mut rng, periods, 0.7)).collect();
    let shock = autoregressive(&mut rng, periods, 0.5);
    for values in &series {
        table.add_column(table.period.iter().map(|p| values[*p as usize] + 0.3 * normal(&mut rng)).collect());
    }
    table.add_levels(&(0..periods * units).map(|_| rng.random_range(0..3)).collect::<Vec<usize>>());
    table.y = (0..periods * units)
        .map(|row| {
            let x = |at: usize| table.columns[at][row];
            let index = 2.0 * x(0) - x(1) + 1.5 * x(3) + 0.4 * shock[table.period[row] as usize];
            match kind {
                OutcomeKind::Amount => 10.0 + index + normal(&mut rng),
                OutcomeKind::YesNo => f64::from(u8::from(rng.random::<f64>() < 1.0 / (1.0 + (-index).exp()))),
            }
        })
        .collect();
    table.kind = kind;
    table.blocks_of(100)
}

fn fit(table: &Simulated) -> OutcomeResult {
    fit_outcome(&table.frame(), &ModelSettings { seed: 5, ..ModelSettings::default() }).unwrap()
}

fn findings(result: &OutcomeResult, lines: Range<usize>) -> Vec<Finding> {
    result.effects[lines].iter().map(|row| row.finding).collect()
}

fn codes(result: &OutcomeResult) -> Vec<&'static str> {
    result.gate.reasons.iter().map(|reason| reason.code).collect()
}

/// All figures of a result, for comparisons up to rounding.
fn figures(result: &OutcomeResult) -> Vec<f64> {
    let parameters = result.parameters.iter().flat_map(|p| [p.estimate.value, p.standard_error]);
    let effects = result.effects.iter().filter_map(|row| row.effect.as_ref()).map(|effect| effect.value);
    let importance = result.importance.iter().flat_map(|row| [row.share.value, row.r_squared]);
    let quality = result.quality.iter().map(|metric| metric.value);
    let predictions = result.predictions.iter().map(|line| line.fitted);
    parameters.chain(effects).chain(importance).chain(quality).chain(predictions).collect()
}

fn assert_same(one: &[f64], other: &[f64], tolerance: f64) {
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        assert!((one - other).abs() <= tolerance * (1.0 + one.abs()), "{one} and {other}");
    }
}

#[test]
fn amounts_find_the_true_effects() {
    let result = fit(&table(OutcomeKind::Amount));
    assert_eq!(
        findings(&result, 0..5),
        [Finding::Effect, Finding::Effect, Finding::NoEvidence, Finding::Effect, Finding::NoEvidence]
    );
    for (row, truth) in result.effects.iter().zip([2.0, -1.0, 0.0, 1.5, 0.0]) {
        let effect = row.effect.as_ref().unwrap();
        assert!(effect.lower().unwrap() < truth && truth < effect.upper().unwrap(), "{row:?}");
    }
    assert_eq!((result.gate.gate, codes(&result)), (Gate::Trusted, vec![]));
    assert_eq!(result.importance[0].group, "d0");
    let shares: f64 = result.importance.iter().map(|row| row.share.value).sum();
    assert!((shares - 1.0).abs() < 1e-12);
    let in_sample = |name: &str| {
        result.quality.iter().find(|m| m.metric == name && m.split == "in_sample").unwrap().value
    };
    let explained: f64 = result.importance.iter().map(|row| row.r_squared).sum();
    assert!((explained - in_sample("r_squared")).abs() < 1e-10, "without controls LMG sums to R²");
}

#[test]
fn yes_no_outcomes_find_the_true_effects() {
    let result = fit(&table(OutcomeKind::YesNo));
    assert_eq!(
        findings(&result, 0..4),
        [Finding::Effect, Finding::Effect, Finding::NoEvidence, Finding::Effect]
    );
    assert_eq!(result.gate.gate, Gate::Trusted, "{:?}", result.gate);
    for (parameter, truth) in result.parameters[1..].iter().zip([2.0, -1.0, 0.0, 1.5, 0.0]) {
        assert!((parameter.estimate.value - truth).abs() < 4.0 * parameter.standard_error);
    }
    assert_eq!(result.importance[0].method, "lmg_weighted");
    let mean = |of: fn(&crate::models::result::PeriodPrediction) -> f64| {
        result.predictions.iter().map(of).sum::<f64>()
    };
    assert!((mean(|line| line.fitted) - mean(|line| line.actual)).abs() < 1e-9, "equal rows per period");
}

#[test]
fn threads_change_nothing_and_block_sizes_only_rounding() {
    for kind in [OutcomeKind::Amount, OutcomeKind::YesNo] {
        let table = table(kind);
        let in_pool = |threads: usize| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| fit(&table))
        };
        let one = in_pool(1);
        assert_eq!(format!("{one:?}"), format!("{:?}", in_pool(3)));
        let whole = fit(&table.clone().blocks_of(1 << 20));
        assert_same(&figures(&one), &figures(&whole), 1e-8);
    }
}

#[test]
fn order_of_rows_and_units_of_drivers_change_nothing() {
    let table = table(OutcomeKind::YesNo);
    let mut turned = table.clone();
    for values in turned.columns.iter_mut().chain([&mut turned.y]) {
        values.reverse();
    }
    turned.period.reverse();
    let (one, other) = (fit(&table), fit(&turned));
    assert_same(&figures(&one), &figures(&other), 1e-8);
    let mut scaled = table.clone();
    scaled.columns[0].iter_mut().for_each(|value| *value = 1e4 * *value - 3e6);
    if let DriverValues::Numeric { per, .. } = &mut scaled.drivers[0].values {
        *per = 1e4;
    }
    let other = fit(&scaled);
    for (one, other) in one.effects.iter().zip(&other.effects) {
        assert!((one.effect.as_ref().unwrap().value - other.effect.as_ref().unwrap().value).abs() < 1e-9);
        assert_eq!(one.finding, other.finding);
    }
}

#[test]
fn the_order_of_drivers_changes_nothing() {
    let table = table(OutcomeKind::Amount);
    let mut swapped = table.clone();
    swapped.columns.swap(0, 2);
    let (one, other) = (fit(&table), fit(&swapped));
    for (at, to) in [(0, 2), (1, 1), (2, 0), (3, 3), (4, 4)] {
        let (one, other) = (&one.effects[at], &other.effects[to]);
        assert!((one.effect.as_ref().unwrap().value - other.effect.as_ref().unwrap().value).abs() < 1e-10);
    }
}

#[test]
fn drivers_that_stay_out_say_why() {
    let mut table = table(OutcomeKind::YesNo);
    table.add_column(table.y.iter().map(|y| 2.0 * y - 1.0).collect());
    table.copy_column(0, -1.0, 2.0);
    table.add_column(table.columns[1].iter().map(|value| value.sin()).collect());
    table.drivers[6].role = Role::MovedByUs;
    table.drivers.push(table.drivers[0].clone());
    table.drivers[7].values = DriverValues::Constant { value: "1".into() };
    let result = fit(&table);
    assert_eq!(
        findings(&result, 5..9),
        [Finding::Leakage, Finding::Aliased, Finding::MovedByUs, Finding::Constant]
    );
    assert_eq!((result.gate.gate, codes(&result)), (Gate::Withheld, vec!["leakage"]));
    assert!(result.gate.reasons[0].message.contains("`d4`"));
    assert_eq!(result.warnings.len(), 3);
    assert!(result.effects[0].effect.is_some(), "the others are fitted all the same");
}

#[test]
fn noise_is_withheld_and_never_an_error() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut table = simulate::panel(2, 30, 40).outcome(OutcomeKind::Amount, |_| 0.0);
    table.y = (0..80).map(|_| normal(&mut rng)).collect();
    let result = fit(&table);
    assert_eq!(result.gate.gate, Gate::Withheld);
    assert!(codes(&result).contains(&"worse_than_naive"));
}

#[test]
fn models_that_cannot_be_fitted_are_results() {
    let few = simulate::panel(1, 12, 10);
    let one = simulate::panel(5, 2, 30).outcome(OutcomeKind::YesNo, |_| 0.0);
    let separated =
        simulate::panel(9, 2, 30).outcome(OutcomeKind::YesNo, |x| f64::from(u8::from(x[0] + x[1] > 0.3)));
    let mut empty = simulate::panel(1, 2, 0);
    empty.periods = 12;
    for (table, code) in [
        (few, "fewer_rows_than_parameters"),
        (one, "one_outcome_only"),
        (separated, "separated"),
        (empty, "fewer_rows_than_parameters"),
    ] {
        let result = fit(&table);
        assert_eq!((result.gate.gate, codes(&result)), (Gate::Withheld, vec![code]));
        assert!(result.effects.iter().all(|row| row.finding == Finding::NotFitted && row.effect.is_none()));
        assert!(result.quality.iter().all(|metric| metric.value.is_finite()));
    }
}

#[test]
fn short_histories_are_reviewed_or_withheld() {
    let short = fit(&simulate::panel(60, 2, 20));
    assert!(codes(&short).contains(&"no_placebos"));
    assert_eq!(short.importance[0].placebo_p_value, None);
    let shorter = fit(&simulate::panel(200, 2, 6));
    assert!(codes(&shorter).contains(&"few_periods") && codes(&shorter).contains(&"not_validated"));
    assert!(shorter.effects[0].effect.as_ref().unwrap().lower().is_none());
}

#[test]
fn controls_and_third_party_drivers_have_their_variants() {
    let mut table = table(OutcomeKind::Amount);
    table.add_control(table.period.iter().map(|period| f64::from(*period)).collect());
    table.drivers[1].party = Party::Third;
    let result = fit(&table);
    let rmse = |variant: &str| {
        let found = result
            .quality
            .iter()
            .find(|m| m.variant == variant && m.metric == "rmse" && m.split == "out_of_sample");
        found.unwrap().value
    };
    assert!(rmse("model") < rmse("without_third_party"));
    assert!(rmse("without_third_party") < rmse("without_drivers"));
    assert!(result.importance.iter().all(|row| row.group != "c0"), "controls are not ranked");
    let tested: Vec<bool> = result.predictions.iter().map(|line| line.out_of_sample.is_some()).collect();
    assert_eq!(tested, (0..80).map(|period| period >= 40).collect::<Vec<bool>>());
}
