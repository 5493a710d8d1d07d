//! Short histories, gaps, single units and questions that make no sense.

use super::super::{Direction, TestOptions, TestPlanError};
use super::world::{Company, World};

fn company(periods: usize) -> Company {
    Company::of(World::WHITE, periods, 2)
}

#[test]
fn names_are_kept() {
    let mut company = company(100);
    company.units = ["Bern", "Basel", "Zürich", "", "Genève", "Chur"].map(str::to_owned).to_vec();
    company.spend = vec![6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
    let plan = company.plan().unwrap();
    assert_eq!(plan.treated, ["Bern", "", "Genève"]);
    assert_eq!(plan.comparison, ["Basel", "Zürich", "Chur"]);
    assert!(plan.left_out.is_empty());
}

#[test]
fn the_same_question_gives_the_same_plan() {
    let company = company(150);
    let (one, other) = (company.plan().unwrap(), company.plan().unwrap());
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

#[test]
fn durations_with_fewer_than_five_windows_are_not_planned() {
    let mut company = company(29);
    company.effect = 0.1;
    // 29 periods hold five windows of up to 5 periods, however long tests may be.
    let plan = company.plan().unwrap();
    assert!(plan.periods <= 5 && plan.windows >= 5 && plan.is_underpowered);
    company.options.durations = 6..=13;
    let found = company.plan().unwrap_err();
    assert_eq!(found, TestPlanError::ShortHistory { periods: 6, found: 4, needed: 5 });
    assert_eq!(found.to_string(), "history holds 4 complete windows of 6 periods, at least 5 are needed");
    company.residuals.iter_mut().for_each(Vec::clear);
    assert!(matches!(company.plan(), Err(TestPlanError::ShortHistory { found: 0, .. })));
}

#[test]
fn a_single_unit_is_tested_against_its_own_past() {
    let mut company = Company::of(World { units: 1, ..World::WHITE }, 100, 2);
    company.units = vec![String::new()];
    let plan = company.only(4..=4, 1.0).plan().unwrap();
    assert_eq!((plan.treated.len(), plan.windows), (1, 25));
    // σ √4 = 6 within a standard deviation of 1 ÷ √(2 × 1.5 × 25) = 12 %, three times.
    assert!((plan.standard_error - 6.0).abs() < 2.1, "{}", plan.standard_error);
}

#[test]
fn windows_with_gaps_are_skipped() {
    let whole = company(200).only(4..=4, 1.0);
    let mut gaps = whole.clone();
    gaps.residuals[3][100..103].fill(f64::NAN);
    gaps.residuals[5][150] = f64::INFINITY;
    let plan = gaps.plan().unwrap();
    // 100 ÷ 4, then 47 ÷ 4 and 49 ÷ 4 periods between gaps, in whole windows.
    assert_eq!(plan.windows, 25 + 11 + 12);
    assert!(plan.standard_error.is_finite() && plan.left_out.is_empty());
    // Periods that are missing altogether must not matter.
    let mut cut = whole;
    cut.residuals.iter_mut().for_each(|series| series.truncate(100));
    let mut missing = cut.clone();
    missing.residuals.iter_mut().for_each(|series| series.extend([f64::NAN; 20]));
    assert_eq!(missing.plan(), cut.plan());
}

#[test]
fn a_unit_without_history_does_not_shorten_that_of_others() {
    let mut company = company(120);
    company.residuals[1][..100].fill(f64::NAN);
    let plan = company.plan().unwrap();
    assert_eq!(plan.left_out, ["unit 1"]);
    assert_eq!(plan.treated.len() + plan.comparison.len(), 5);
}

#[test]
fn a_past_without_noise_says_nothing() {
    let flat = Company::with(vec![vec![0.0; 60]; 5]);
    assert_eq!(flat.plan(), Err(TestPlanError::NoNoise));
    // One series in all units, larger or smaller: the comparison explains the treated up to rounding.
    let series = |size: f64| (0..60).map(|period: u32| size * f64::from(period * 37 % 11)).collect();
    let same = [0.1, 0.7, 1.3, 0.9, 2.3, 0.3].map(series).to_vec();
    assert_eq!(Company::with(same).plan(), Err(TestPlanError::NoNoise));
}

/// The error after spoiling a sound question.
fn spoilt(spoil: impl Fn(&mut Company)) -> TestPlanError {
    let mut company = company(60);
    spoil(&mut company);
    company.plan().unwrap_err()
}

#[test]
fn what_makes_no_sense_is_refused() {
    let empty = spoilt(|company| {
        company.units.clear();
        company.spend.clear();
        company.residuals.clear();
    });
    assert_eq!(empty, TestPlanError::NoUnits);
    let found = spoilt(|company| company.spend.truncate(5));
    assert_eq!(found.to_string(), "`spend` has 5 entries for 6 units");
    let found = spoilt(|company| company.residuals[2].truncate(59));
    assert_eq!(found.to_string(), "residuals of unit `unit 2` cover 59 periods, those of the first unit 60");
    assert!(matches!(spoilt(|company| company.spend[4] = -1.0), TestPlanError::Spend { .. }));
    assert!(matches!(spoilt(|company| company.spend[4] = f64::NAN), TestPlanError::Spend { .. }));
    assert_eq!(spoilt(|company| company.spend.fill(0.0)), TestPlanError::NoSpend);
    assert!(matches!(spoilt(|company| company.worth = Some(f64::NAN)), TestPlanError::Worth(_)));
    assert!(matches!(spoilt(|company| company.effect = f64::NAN), TestPlanError::Effect { .. }));
    let found = spoilt(|company| company.felt = vec![0.5, 1.5]);
    assert_eq!(found, TestPlanError::Felt { period: 2, share: 1.5 });
}

#[test]
fn options_that_leave_nothing_are_refused() {
    for change in [0.0, -1.5, f64::NAN, f64::INFINITY] {
        let found = spoilt(|company| company.options.changes.push(change));
        assert!(matches!(found, TestPlanError::Change(_)), "{change}");
    }
    let wrong_way = spoilt(|company| {
        company.direction = Some(Direction::Less);
        company.options = TestOptions { changes: vec![0.5], ..TestOptions::default() };
    });
    assert_eq!(wrong_way, TestPlanError::NoChange);
    let found = spoilt(|company| company.options.durations = 0..=4);
    assert_eq!(found, TestPlanError::NoDuration { first: 0, last: 4 });
    let endless = spoilt(|company| company.options.durations = usize::MAX..=usize::MAX);
    assert!(matches!(endless, TestPlanError::ShortHistory { .. }));
}
