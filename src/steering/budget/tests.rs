//! Plans over curves that are known: what they keep, what they refuse, what they hold on to, and what they promise.

use super::question::Question;
use super::{Before, BudgetError, plan};
use crate::config::job::{
    Briefed, Budgets, CellPart, Job, Model, MoneyPart, Phasing, PlanHeight, PlanLimit, Recommendations,
    Steering,
};
use crate::domain::{Action, BudgetCell, Gate, Span, SpanUnit};
use crate::models::result::{
    ChannelPerformance, CurvePoint, GateReason, PlanCurve, PlanCurves, ResponseResult, sample,
};
use crate::steering::SteeringError;
use crate::steering::fixtures::{self, day};
use crate::steering::result::{BudgetPlan, PlanStatus};

const CHANNELS: [&str; 3] = ["tv", "search", "radio"];
const UNITS: [&str; 2] = ["north", "south"];
const DRAWS: usize = 100;

pub(in crate::steering) fn budgets() -> Budgets {
    Budgets {
        model: "revenue_response".to_owned(),
        decision: "bikes_on_the_street".to_owned(),
        cells: "budget_cells".to_owned(),
        plan: Span { count: 4, unit: SpanUnit::Week },
        reference: Span { count: 1, unit: SpanUnit::Year },
        phasing: Phasing::AsBefore,
        height: PlanHeight::AsPlanned,
        limits: Vec::new(),
        smallest_move: 0.0,
        largest_move: 0.3,
        careful_move: 0.1,
    }
}

pub(in crate::steering) fn job(budgets: Budgets) -> Job {
    let mut job = fixtures::bike_job();
    let kpi = job.kpis[0].name.clone();
    let mut model = sample::response_model();
    (model.explains, model.outcome_unit) = (Some(kpi), job.currency.clone());
    let steering = Steering {
        recommendations: Recommendations { models: Vec::new(), custom: Vec::new(), at_most: 5 },
        budgets: Some(budgets),
        briefings: Briefed::default(),
    };
    (job.models, job.steering) = (vec![Model::Response(model)], Some(steering));
    job
}

/// Six cells of 1,000 each; television returns most, radio least.
pub(in crate::steering) fn cells() -> Vec<BudgetCell> {
    let cell = |unit_at: usize, channel_at: usize| BudgetCell {
        channel: CHANNELS[channel_at].to_owned(),
        channel_at,
        unit: UNITS[unit_at].to_owned(),
        unit_at,
        agency: (channel_at == 2).then(|| "northlight".to_owned()),
        recipient: None,
        rate: 1_000.0,
        planned: None,
        committed: None,
        min: None,
        max: None,
    };
    (0..UNITS.len()).flat_map(|unit| (0..CHANNELS.len()).map(move |channel| cell(unit, channel))).collect()
}

pub(in crate::steering) fn question(job: &Job, cells: Vec<BudgetCell>) -> Question {
    let budgets = job.steering.as_ref().and_then(|steering| steering.budgets.as_ref()).expect("budgets");
    Question::new(budgets, cells, &job.calendar, day("2012-12-31"), 52).expect("a question")
}

/// Outcome = strength × √(1000 × amount): the next money at 1,000 returns half the strength.
pub(in crate::steering) fn curves(question: &Question, strength: impl Fn(usize, usize) -> f64) -> PlanCurves {
    let curve = |strength: f64, amounts: &[f64]| -> Vec<f64> {
        amounts.iter().map(|amount| strength * (1_000.0 * amount).sqrt()).collect()
    };
    let cell = |cell: &crate::models::result::PlanCell| PlanCurve {
        draws: (0..DRAWS)
            .map(|draw| {
                // Belief varies by a tenth around its middle, the same way in every cell.
                let around = 1.0 + 0.2 * (draw as f64 / (DRAWS - 1) as f64 - 0.5);
                curve(around * strength(cell.channel, cell.unit), &cell.amounts)
            })
            .collect(),
        halves: vec![[
            curve(strength(cell.channel, cell.unit), &cell.amounts),
            curve(strength(cell.channel, cell.unit), &cell.amounts),
        ]],
    };
    PlanCurves { cells: question.request().cells.iter().map(cell).collect() }
}

pub(in crate::steering) fn by_channel(channel: usize, _: usize) -> f64 {
    [6.0, 4.0, 2.0][channel]
}

/// All channels trusted; spend has been between nothing and twice its mean.
pub(in crate::steering) fn result() -> ResponseResult {
    let mut result = sample::response_result();
    let tv = result.channels[0].clone();
    result.channels = CHANNELS
        .map(|channel| ChannelPerformance {
            channel: channel.to_owned(),
            gate: Gate::Trusted,
            reasons: Vec::new(),
            ..tv.clone()
        })
        .to_vec();
    let point = result.curves[0].clone();
    result.curves = CHANNELS
        .into_iter()
        .flat_map(|channel| {
            let point = point.clone();
            [0.0_f64, 1.0, 2.0].map(move |multiple| CurvePoint {
                channel: channel.to_owned(),
                multiple,
                is_observed: true,
                // Twice the money brings 1,700 more a week in both units together.
                incremental_outcome: crate::domain::Estimate::with_bounds(
                    312_000.0 * multiple.sqrt(),
                    200_000.0 * multiple.sqrt(),
                    400_000.0 * multiple.sqrt(),
                    0.9,
                ),
                ..point.clone()
            })
        })
        .collect();
    result.gate.gate = Gate::Trusted;
    result
}

pub(in crate::steering) fn doubt(result: &mut ResponseResult, channel: &str, gate: Gate, code: &'static str) {
    for known in result.channels.iter_mut().filter(|known| known.channel == channel) {
        known.gate = gate;
        known.reasons.push(GateReason { code, message: code.to_owned() });
    }
}

fn planned(job: &Job, cells: Vec<BudgetCell>, result: &ResponseResult) -> Result<BudgetPlan, SteeringError> {
    let question = question(job, cells);
    let curves = curves(&question, by_channel);
    plan(job, &question, &curves, result, Some(1.0), &Before::new())
}

fn of<'a>(plan: &'a BudgetPlan, channel: &str) -> Vec<&'a crate::steering::result::BudgetRow> {
    plan.rows.iter().filter(|row| row.channel == channel).collect()
}

#[test]
fn money_moves_to_where_the_next_of_it_returns_most_and_the_total_is_exact() {
    let plan = planned(&job(budgets()), cells(), &result()).expect("a plan");
    assert!(of(&plan, "tv").iter().all(|row| (row.recommended - 1_300.0).abs() < 1e-9));
    assert!(of(&plan, "radio").iter().all(|row| (row.recommended - 700.0).abs() < 1e-9));
    assert!(of(&plan, "search").iter().all(|row| (row.recommended - 1_000.0).abs() < 1e-9));
    assert!((plan.summary.recommended - 6_000.0).abs() < 1e-9);
    // Two cells gain 6 (√1300 − √1000) √1000, two lose 2 (√1000 − √700) √1000.
    let gain = 2.0 * 1_000.0 * (6.0 * (1.3_f64.sqrt() - 1.0) - 2.0 * (1.0 - 0.7_f64.sqrt()));
    // Curves are straight between points that lie 2.5 % apart: 1e-4 of what bends away there.
    assert!((plan.summary.gain_before_correction / gain - 1.0).abs() < 1e-3, "{gain}");
    assert_eq!(plan.summary.status, PlanStatus::New);
    assert_eq!(of(&plan, "tv")[0].action, Action::Change);
    assert_eq!(of(&plan, "search")[0].action, Action::Keep);
    assert!(plan.summary.residual.abs() < 1e-9 && plan.summary.is_complete);
    // What cells and channels expect sums to what the plan expects.
    let rows: f64 = plan.rows.iter().map(|row| row.expected_worth).sum();
    let moves: f64 = plan.moves.iter().map(|of| of.net_worth).sum();
    assert!((rows - plan.summary.expected_gain.value).abs() < 1e-6);
    assert!((moves - plan.summary.expected_gain.value).abs() < 1e-6);
}

#[test]
fn periods_sum_to_the_cent() {
    for phasing in [Phasing::AsBefore, Phasing::Even, Phasing::Shares(vec![0.1, 0.333, 0.267, 0.3])] {
        let mut cells = cells();
        cells[0].rate = 1_000.01;
        let plan = planned(&job(Budgets { phasing, ..budgets() }), cells, &result()).expect("a plan");
        for row in &plan.rows {
            let cents = |of: fn(&(f64, f64)) -> f64| -> i64 {
                row.periods.iter().map(|period| super::question::cents(of(period))).sum()
            };
            assert_eq!(cents(|period| period.0), super::question::cents(row.current));
            assert_eq!(cents(|period| period.1), super::question::cents(row.recommended));
            assert_eq!(row.periods.len(), 4);
        }
    }
}

#[test]
fn doubts_forbid_what_they_are_about() {
    let (job, ends) = (job(budgets()), |plan: &BudgetPlan, channel: &str| of(plan, channel)[0].recommended);
    // That television may do less than it looks allows a careful step up only, and that is a test.
    let mut doubtful = result();
    doubt(&mut doubtful, "tv", Gate::Review, "fragile");
    let plan = planned(&job, cells(), &doubtful).expect("a plan");
    assert!((ends(&plan, "tv") - 1_100.0).abs() < 1e-9);
    assert_eq!(of(&plan, "tv")[0].action, Action::Test);
    // That radio may bring nothing is no reason to leave its money there; search, which works, gets it.
    let mut nothing = doubtful.clone();
    doubt(&mut nothing, "radio", Gate::Review, "may_bring_nothing");
    let plan = planned(&job, cells(), &nothing).expect("a plan");
    assert!((ends(&plan, "radio") - 700.0).abs() < 1e-9, "{}", ends(&plan, "radio"));
    assert_eq!(
        (of(&plan, "radio")[0].action, of(&plan, "search")[0].action),
        (Action::Change, Action::Change)
    );
    // An extrapolated level says nothing about moves within what was seen.
    let mut level = result();
    doubt(&mut level, "tv", Gate::Review, "level_extrapolated");
    assert_eq!(of(&planned(&job, cells(), &level).expect("a plan"), "tv")[0].action, Action::Change);
    // Any other doubt holds both ways, and a withheld channel stays.
    let mut both = result();
    doubt(&mut both, "radio", Gate::Review, "lead_placebo");
    assert!((ends(&planned(&job, cells(), &both).expect("a plan"), "radio") - 900.0).abs() < 1e-9);
    let mut withheld = result();
    doubt(&mut withheld, "radio", Gate::Withheld, "follows_demand");
    assert!((ends(&planned(&job, cells(), &withheld).expect("a plan"), "radio") - 1_000.0).abs() < 1e-9);
    // A model under review makes everything careful, and nothing a change.
    let mut review = result();
    review.gate.gate = Gate::Review;
    let plan = planned(&job, cells(), &review).expect("a plan");
    assert!(plan.rows.iter().all(|row| row.action != Action::Change));
    assert!((ends(&plan, "tv") - 1_100.0).abs() < 1e-9);
}

#[test]
fn money_does_not_leave_doubtful_channels_for_doubtful_ones_without_a_test() {
    let mut result = result();
    for channel in CHANNELS {
        doubt(&mut result, channel, Gate::Review, "may_be_chance");
    }
    let plan = planned(&job(budgets()), cells(), &result).expect("a plan");
    assert!(plan.rows.iter().any(|row| row.action == Action::Test));
    assert!(plan.rows.iter().all(|row| row.action != Action::Change));
}

#[test]
fn what_is_outside_of_what_was_seen_is_said_and_tested() {
    let mut result = result();
    result.curves.retain(|point| point.channel != "tv" || point.multiple <= 1.0);
    let plan = planned(&job(budgets()), cells(), &result).expect("a plan");
    let tv = of(&plan, "tv")[0];
    assert!(!tv.is_observed && tv.action == Action::Test);
}

#[test]
fn committed_money_is_spent_and_limits_of_cells_and_groups_hold() {
    let mut cells = cells();
    cells[2].committed = Some(1_500.0);
    cells[0].max = Some(1_100.0);
    let limit = PlanLimit {
        of: vec![(CellPart::Agency, "northlight".to_owned())],
        least: Some(MoneyPart::Amount(2_350.0)),
        most: None,
        line: 7,
    };
    let plan = planned(&job(Budgets { limits: vec![limit], ..budgets() }), cells, &result()).expect("a plan");
    let (north, south) = (of(&plan, "radio")[0].recommended, of(&plan, "radio")[1].recommended);
    assert!((north - 1_500.0).abs() < 1e-9 && (south - 850.0).abs() < 1e-9, "{north} {south}");
    assert!((of(&plan, "tv")[0].recommended - 1_100.0).abs() < 1e-9);
    let group = plan.limits.iter().find(|limit| limit.holder == "agency northlight").expect("it binds");
    assert!(group.shadow_price.is_some_and(|price| price > 0.0) && group.stated.ends_with(":7"));
}

#[test]
fn limits_that_cannot_hold_together_are_named_with_their_line() {
    let mut cells = cells();
    cells[2].committed = Some(5_000.0);
    let limit = PlanLimit {
        of: vec![(CellPart::Channel, "radio".to_owned())],
        least: None,
        most: Some(MoneyPart::Share(1.2)),
        line: 42,
    };
    let error = planned(&job(Budgets { limits: vec![limit], ..budgets() }), cells, &result()).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("`committed` in `budget_cells`") && message.contains(":42"), "{message}");
}

#[test]
fn a_limit_for_nothing_is_refused() {
    let limit = PlanLimit {
        of: vec![(CellPart::Agency, "southlight".to_owned())],
        least: None,
        most: Some(MoneyPart::Share(1.0)),
        line: 3,
    };
    let error = planned(&job(Budgets { limits: vec![limit], ..budgets() }), cells(), &result()).unwrap_err();
    assert!(error.to_string().contains("line 3 holds for no cell: none has agency southlight"), "{error}");
}

#[test]
fn height_goes_up_while_the_next_money_pays() {
    let height =
        PlanHeight::UntilFloor { least: MoneyPart::Share(0.5), most: MoneyPart::Share(1.3), mroi: 0.0 };
    let plan = planned(&job(Budgets { height, ..budgets() }), cells(), &result()).expect("a plan");
    // Television and search return 3 and 2 per next unit: both go up as far as they may. Radio breaks even where it is.
    assert!((of(&plan, "tv")[0].recommended - 1_300.0).abs() < 1e-9);
    assert!((of(&plan, "search")[0].recommended - 1_300.0).abs() < 1e-9);
    let radio = of(&plan, "radio")[0].recommended;
    assert!((radio / 1_000.0 - 1.0).abs() < 0.03, "{radio}");
}

#[test]
fn the_least_money_for_as_much_worth_is_less_than_what_is_spent() {
    let height = PlanHeight::LeastFor { share: 1.0 };
    let plan = planned(&job(Budgets { height, ..budgets() }), cells(), &result()).expect("a plan");
    assert!(plan.summary.recommended < 6_000.0 - 100.0, "{}", plan.summary.recommended);
    let worth: f64 = plan.rows.iter().map(|row| row.expected_worth).sum();
    assert!(worth > -1.0, "{worth}");
}

#[test]
fn a_gain_that_does_not_hold_on_other_data_moves_nothing() {
    let job = job(budgets());
    let question = question(&job, cells());
    let mut curves = curves(&question, by_channel);
    // The halves contradict each other: what one believes of television the other believes of radio.
    for (cell, curve) in question.request().cells.iter().zip(&mut curves.cells) {
        let of = |strength: f64| -> Vec<f64> {
            cell.amounts.iter().map(|amount| strength * (1_000.0 * amount).sqrt()).collect()
        };
        let other = [2.0, 4.0, 6.0][cell.channel];
        curve.halves = vec![[of(by_channel(cell.channel, 0)), of(other)]];
    }
    let plan = plan(&job, &question, &curves, &result(), Some(1.0), &Before::new()).expect("a plan");
    assert_eq!(plan.summary.status, PlanStatus::NothingHolds);
    assert!(
        plan.rows
            .iter()
            .all(|row| row.action == Action::Keep && (row.recommended - row.current).abs() < 1e-9)
    );
}

#[test]
fn promises_shrink_to_what_holds_on_other_data() {
    let job = job(budgets());
    let question = question(&job, cells());
    let mut curves = curves(&question, by_channel);
    let full = plan(&job, &question, &curves, &result(), Some(1.0), &Before::new()).expect("a plan");
    assert!((full.summary.kept_on_other_data.expect("halves") - 1.0).abs() < 1e-3);
    for (cell, curve) in question.request().cells.iter().zip(&mut curves.cells) {
        let weak = [5.0, 4.0, 3.0][cell.channel];
        let values = cell.amounts.iter().map(|amount| weak * (1_000.0 * amount).sqrt()).collect();
        let strong = curve.halves[0][0].clone();
        curve.halves = vec![[strong, values]];
    }
    let less = plan(&job, &question, &curves, &result(), Some(1.0), &Before::new()).expect("a plan");
    let kept = less.summary.kept_on_other_data.expect("halves");
    assert!(kept < 0.9 && kept > 0.3, "{kept}");
    assert!((less.summary.expected_gain.value / less.summary.gain_before_correction - kept).abs() < 1e-9);
    for curve in &mut curves.cells {
        curve.halves.clear();
    }
    let unknown = plan(&job, &question, &curves, &result(), Some(1.0), &Before::new()).expect("a plan");
    assert!(unknown.summary.kept_on_other_data.is_none());
    assert!(unknown.rows.iter().all(|row| row.action != Action::Change), "nothing is known of other data");
}

#[test]
fn advice_changes_only_where_the_new_plan_is_surely_better() {
    let job = job(budgets());
    let question = question(&job, cells());
    let curves = curves(&question, |channel, unit| by_channel(channel, unit) + 0.3 * unit as f64);
    let first = plan(&job, &question, &curves, &result(), Some(1.0), &Before::new()).expect("a plan");
    let before: Before = first
        .rows
        .iter()
        .map(|row| ((row.unit.clone(), row.channel.clone()), row.recommended / row.current))
        .collect();
    // A little less sure than the difference that a changed mind would make: the plan before stands.
    let unsure = PlanCurves {
        cells: question
            .request()
            .cells
            .iter()
            .map(|cell| {
                let curve = |draw: usize| {
                    let tilt = if draw.is_multiple_of(2) { 1.2 } else { -1.1 };
                    let strength = by_channel(cell.channel, 0) - tilt * cell.unit as f64;
                    cell.amounts.iter().map(|amount| strength * (1_000.0 * amount).sqrt()).collect()
                };
                let draws: Vec<Vec<f64>> = (0..DRAWS).map(curve).collect();
                let halves = vec![[draws[0].clone(), draws[0].clone()]];
                PlanCurve { draws, halves }
            })
            .collect(),
    };
    let held = plan(&job, &question, &unsure, &result(), Some(1.0), &before).expect("a plan");
    assert!(matches!(held.summary.status, PlanStatus::Held), "{:?}", held.summary.status);
    for row in &held.rows {
        let earlier = before[&(row.unit.clone(), row.channel.clone())] * row.current;
        assert!((row.recommended / earlier - 1.0).abs() < 0.021, "{} {earlier}", row.recommended);
    }
    // Surely the other way round: it changes.
    let turned = self::curves(&question, |channel, _| [2.0, 4.0, 6.0][channel]);
    let changed = plan(&job, &question, &turned, &result(), Some(1.0), &before).expect("a plan");
    assert_eq!(changed.summary.status, PlanStatus::Changed);
    assert!((of(&changed, "radio")[0].recommended - 1_300.0).abs() < 1e-9);
}

#[test]
fn small_moves_are_not_worth_the_work() {
    let budgets = Budgets { smallest_move: 200.0, ..budgets() };
    let plan = planned(&job(budgets), cells(), &result()).expect("a plan");
    for row in &plan.rows {
        let moved = (row.recommended - row.current).abs();
        assert!(moved == 0.0 || moved >= 200.0 - 1e-9, "{moved}");
    }
}

#[test]
fn horizons_and_references_are_counted_in_periods() {
    let calendar = fixtures::bike_job().calendar;
    let span = |count, unit| Span { count, unit };
    let end = day("2012-12-31");
    assert_eq!(Question::horizon(&calendar, end, span(4, SpanUnit::Week)), Ok(4));
    assert_eq!(Question::horizon(&calendar, end, span(1, SpanUnit::Quarter)), Ok(12));
    assert!(matches!(
        Question::horizon(&calendar, end, span(3, SpanUnit::Day)),
        Err(BudgetError::NoPeriod { .. })
    ));
    assert_eq!(Question::reference(&calendar, end, span(1, SpanUnit::Year), 200), 52);
    assert_eq!(Question::reference(&calendar, end, span(1, SpanUnit::Year), 20), 20);
    let shares = Budgets { phasing: Phasing::Shares(vec![0.5, 0.5]), ..budgets() };
    let error = Question::new(&shares, cells(), &calendar, end, 52).unwrap_err();
    assert_eq!(error, BudgetError::WrongShares { given: 2, periods: 4 });
}

#[test]
fn the_worth_of_moves_sums_to_the_gain_at_any_height() {
    let until =
        PlanHeight::UntilFloor { least: MoneyPart::Share(0.5), most: MoneyPart::Share(1.3), mroi: 0.2 };
    for height in [PlanHeight::AsPlanned, until, PlanHeight::LeastFor { share: 1.0 }] {
        let plan = planned(&job(Budgets { height, ..budgets() }), cells(), &result()).expect("a plan");
        let moves: f64 = plan.moves.iter().map(|of| of.net_worth).sum();
        let gain = plan.summary.expected_gain.value;
        assert!((moves - gain).abs() < 1e-6 * gain.abs().max(1.0), "{moves} {gain}");
        assert!(plan.summary.marginal_return.is_some_and(|marginal| marginal > 1.0 - 1e-9));
    }
}

#[test]
fn a_plan_that_is_held_moves_nothing_that_was_left_alone() {
    let job = job(Budgets { smallest_move: 50.0, ..budgets() });
    let question = question(&job, cells());
    let curves = curves(&question, by_channel);
    let first = plan(&job, &question, &curves, &result(), Some(1.0), &Before::new()).expect("a plan");
    let before: Before = first
        .rows
        .iter()
        .map(|row| ((row.unit.clone(), row.channel.clone()), row.recommended / row.current))
        .collect();
    let held = plan(&job, &question, &curves, &result(), Some(1.0), &before).expect("a plan");
    assert_eq!(held.summary.status, PlanStatus::Held);
    for row in &held.rows {
        let moved = (row.recommended - row.current).abs();
        assert!(!(1e-9..50.0 - 1e-9).contains(&moved), "{} {moved}", row.channel);
    }
    assert!(of(&held, "search").iter().all(|row| (row.recommended - row.current).abs() < 1e-9));
}

#[test]
fn what_is_booked_where_nothing_was_spent_before_is_spent() {
    let mut cells = cells();
    (cells[2].rate, cells[2].committed) = (0.0, Some(400.0));
    let plan = planned(&job(budgets()), cells, &result()).expect("a plan");
    assert!((of(&plan, "radio")[0].recommended - 400.0).abs() < 1e-9);
    assert!((plan.summary.recommended - plan.summary.current).abs() < 1e-9);
}

#[test]
fn tables_name_the_job_file_and_not_its_folder() {
    let mut job = job(budgets());
    let here = planned(&job, cells(), &result()).expect("a plan");
    job.file = std::path::Path::new("/elsewhere").join(job.file.file_name().expect("a name"));
    assert_eq!(here, planned(&job, cells(), &result()).expect("a plan"));
    assert!(here.limits.iter().all(|limit| !limit.stated.contains('/')), "{:?}", here.limits);
}
