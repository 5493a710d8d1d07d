//! The test of a lever: a driver that we set ourselves, such as a price, a discount or who is called when.
//!
//! Where a model has one row per lead, contact, deal or day, chance decides row by row who gets the change. Where it has
//! one row per unit and period, some units get it and the others are compared with.

use crate::config::job::Success;
use crate::domain::{Action, Better, Calendar, Span};
use crate::models::result::{OutcomeResult, ResponseResult};

use super::candidate::{Candidate, Cell, Fitted};
use super::experiment::{
    CaseNoise, CaseQuestion, CaseTest, TestDesign, TestOptions, TestPlan, TestQuestion, plan_cases, plan_test,
};
use super::past::residuals;
use super::result::ProposedTest;

/// Latest periods that say how many cases to expect.
const USUAL: i32 = 13;

/// How to test a lever.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trial {
    /// Chance decides row by row.
    Cases {
        /// The plan.
        test: CaseTest,
        /// How long after its row an outcome is known; `None`: at once.
        wait: Option<Span>,
    },
    /// Some units get the change.
    Units(TestPlan),
}

/// Plans the test of a candidate; `None` where none is due, or where there is too little of the past to plan it.
pub(super) fn plan(candidate: &Candidate<'_>, calendar: Calendar) -> Option<Trial> {
    if candidate.action != Action::Test {
        return None;
    }
    match candidate.subject.fitted {
        Fitted::Outcome(model, result) => {
            let (is_rate, wait) = match &model.success {
                Success::YesNo { matures_after, .. } => (true, *matures_after),
                Success::Amount { .. } => (false, None),
            };
            let test = plan_cases(&cases(result, calendar, is_rate, candidate.expected.value)?)?;
            Some(Trial::Cases { test, wait })
        }
        Fitted::Response(result) => in_units(result, candidate.expected.value).map(Trial::Units),
    }
}

/// What the last periods say about the cases to come.
fn cases(result: &OutcomeResult, calendar: Calendar, is_rate: bool, expected: f64) -> Option<CaseQuestion> {
    let last = result.predictions.iter().map(|period| period.period_start).max()?;
    let first = result.predictions.iter().map(|period| period.period_start).min()?;
    let first = calendar.shift(last, 1 - USUAL).max(first);
    let latest = || result.predictions.iter().filter(|period| period.period_start >= first);
    // Periods without rows have no line.
    let mut rows: Vec<u64> = (0..USUAL)
        .map(|back| calendar.shift(last, -back))
        .take_while(|start| *start >= first)
        .map(|start| latest().filter(|period| period.period_start == start).map(|period| period.rows).sum())
        .collect();
    rows.sort_unstable();
    // The median: a campaign's one large week does not come every week.
    let per_period = f64::midpoint(rows[(rows.len() - 1) / 2] as f64, rows[rows.len() / 2] as f64);
    let metric = |metric: &str, split: &str| {
        let known = result
            .quality
            .iter()
            .find(|known| known.metric == metric && known.split == split && known.variant == "model");
        known.map(|known| known.value)
    };
    let noise = if is_rate {
        let all: u64 = rows.iter().sum();
        let yes: f64 = latest().map(|period| period.actual * period.rows as f64).sum();
        CaseNoise::Share(yes / all as f64)
    } else {
        // Groups are compared as they are, so all that cases differ by is noise, also what the model explains.
        let (left, explained) = (metric("rmse", "in_sample")?, metric("r_squared", "in_sample")?);
        CaseNoise::Spread(left / (1.0 - explained).sqrt())
    };
    Some(CaseQuestion { per_period, noise, expected, durations: TestOptions::default().durations })
}

/// A test in some units: they are paired by the size of their outcome, and each feels the effect by its size.
fn in_units(result: &ResponseResult, expected: f64) -> Option<TestPlan> {
    let panels = || result.predictions.iter();
    let has_units = panels().any(|line| !line.unit.is_empty());
    let mut units: Vec<String> =
        panels().filter(|line| !has_units || !line.unit.is_empty()).map(|line| line.unit.clone()).collect();
    units.sort_unstable();
    units.dedup();
    let size = |unit: &String| {
        let lines: Vec<f64> =
            panels().filter(|line| line.unit == *unit).map(|line| line.actual.abs()).collect();
        lines.iter().sum::<f64>() / lines.len().max(1) as f64
    };
    let sizes: Vec<f64> = units.iter().map(size).collect();
    let mean = sizes.iter().sum::<f64>() / sizes.len().max(1) as f64;
    let question = TestQuestion {
        units: &units,
        spend: &sizes,
        residuals: &residuals(result, &units),
        expected: &|unit, change| change * expected * sizes[unit] / mean,
        felt: &[],
        direction: None,
        worth: None,
    };
    // One step is the whole change, in every treated unit.
    plan_test(&question, &TestOptions { changes: vec![1.0], ..TestOptions::default() }).ok()
}

impl Trial {
    /// The test as a row of its table; `currency` is that of the job.
    pub(super) fn proposed(&self, id: &str, candidate: &Candidate<'_>, currency: &str) -> ProposedTest {
        let (level, against) = match &candidate.cell {
            Cell::Change(_) => (None, None),
            Cell::Level { level, against } => (Some(level.clone()), Some(against.clone())),
        };
        // What the change itself costs is not known to a model; what it brings is, where the outcome is money.
        let cost = |eventual: f64| {
            let good = match candidate.subject.kpi.better {
                Better::Higher => 1.0,
                Better::Lower => -1.0,
            };
            (candidate.subject.unit == Some(currency)).then_some(-good * eventual)
        };
        let common = ProposedTest {
            recommendation_id: id.to_owned(),
            driver: candidate.driver.name.clone(),
            level,
            against,
            change: candidate.cell.change(),
            design: TestDesign::Cases,
            treated: Vec::new(),
            comparison: Vec::new(),
            treated_cases: None,
            comparison_cases: None,
            periods: 0,
            spend_change: None,
            extra_spend: None,
            expected_effect: 0.0,
            detectable_effect: None,
            power: 0.0,
            cost: None,
        };
        match self {
            Self::Cases { test, .. } => ProposedTest {
                treated_cases: Some(test.treated),
                comparison_cases: Some(test.comparison),
                periods: test.periods,
                expected_effect: test.expected_in_all(),
                detectable_effect: test.detectable.map(|effect| effect * test.treated as f64),
                power: test.power,
                cost: cost(test.expected_in_all()),
                ..common
            },
            Self::Units(test) => ProposedTest {
                design: test.design,
                treated: test.treated.clone(),
                comparison: test.comparison.clone(),
                periods: test.periods,
                expected_effect: test.expected_effect,
                detectable_effect: Some(test.detectable_effect),
                power: test.power,
                cost: cost(test.eventual_effect),
                ..common
            },
        }
    }
}
