//! Deals: accepted leads on their way through the stages, week by week.
//!
//! In every week a deal of a stage may be lost; if it is not, it may advance. Both chances depend on drivers.
//! Touches happen while a deal is open, so long deals have many: counting them at the end and calling them
//! a cause is the immortal-time trap.

use super::calendar::week_of;
use super::company::Company;
use super::leads::{DAY, ENOUGH_BUDGET, Lead, end_of_lake, of_week};
use super::media::{CREATIVES, Campaigns, TOPICS};
use super::purpose;
use super::world::{REGIONS, UNITS};
use crate::demo::random::{Stream, to_cents};
use crate::demo::sheet::Sheet;
use crate::demo::write::Rows;

/// Stages in their order.
pub(super) const STAGES: [&str; 3] = ["consultation", "quote", "negotiation"];
/// Weeks after which an open deal is given up.
const GIVEN_UP_AFTER: usize = 52;
/// Chance of a touch per week: by sales, by marketing.
const TOUCHED: [f64; 2] = [0.35, 0.22];
/// Typical value of a deal by topic, in euros.
const VALUE: [f64; 4] = [11_000.0, 5_200.0, 9_500.0, 3_100.0];

/// A driver of a stage's weekly chances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hazard {
    pub(super) stage: usize,
    /// `advance` or `lose`.
    pub(super) exit: &'static str,
    pub(super) driver: &'static str,
    /// Change of the log-odds per unit of the driver.
    pub(super) effect: f64,
}

const fn hazard(stage: usize, exit: &'static str, driver: &'static str, effect: f64) -> Hazard {
    Hazard { stage, exit, driver, effect }
}

/// All weekly chances, as log-odds; `always` is the constant.
pub(super) const HAZARDS: [Hazard; 21] = [
    hazard(0, "advance", "always", -0.9),
    hazard(0, "advance", "response_within_a_day", 0.5),
    hazard(0, "advance", "sales_touch", 0.6),
    hazard(0, "lose", "always", -2.7),
    hazard(0, "lose", "response_within_a_day", -0.3),
    hazard(1, "advance", "always", -1.3),
    hazard(1, "advance", "decision_maker", 0.4),
    hazard(1, "advance", "sales_touch", 0.6),
    hazard(1, "advance", "marketing_touch", 0.3),
    hazard(1, "lose", "always", -2.4),
    hazard(1, "lose", "enough_budget", -0.4),
    hazard(2, "advance", "always", -1.5),
    hazard(2, "advance", "discount", 7.0),
    hazard(2, "advance", "market_demand", 1.0),
    hazard(2, "advance", "competitor_offer", -0.7),
    hazard(2, "advance", "kitchen_and_design", 0.7),
    hazard(2, "advance", "sales_touch", 0.4),
    hazard(2, "lose", "always", -2.1),
    hazard(2, "lose", "discount", -3.0),
    hazard(2, "lose", "competitor_offer", 0.6),
    hazard(2, "lose", "market_demand", -0.5),
];

/// A deal and what became of it.
pub(super) struct Deal {
    lead: Lead,
    value: f64,
    discount: f64,
    competitor_offer: bool,
    /// Stages that it entered, with the moment.
    entered: Vec<(usize, i64)>,
    /// Moment, side and channel of each touch.
    touches: Vec<(i64, &'static str, &'static str)>,
    closed_at: Option<i64>,
    won: bool,
    lost_because: &'static str,
}

/// Deals of the leads of one region and week.
pub(super) fn of_cell(company: &Company, campaigns: &Campaigns, week: usize, unit: usize) -> Vec<Deal> {
    let end = end_of_lake();
    let leads = of_week(company, campaigns, week, unit);
    let accepted = leads.into_iter().filter(|lead| lead.accepted && lead.decided_at < end);
    accepted.map(|lead| Deal::live(company, lead, end)).collect()
}

impl Deal {
    fn live(company: &Company, lead: Lead, end: i64) -> Self {
        let place = u64::try_from(lead.id).unwrap_or(0);
        let mut stream = Stream::new(company.market.seed, purpose::DEALS, place);
        let value = VALUE[lead.topic] * stream.spread(0.5);
        let discount = [0.0, 0.03, 0.05, 0.08, 0.10][stream.pick(&[0.4, 0.2, 0.2, 0.12, 0.08])];
        let competitor_offer = stream.happens(0.35);
        let opened = lead.decided_at;
        let mut deal = Self {
            lead,
            value,
            discount,
            competitor_offer,
            entered: vec![(0, opened)],
            touches: Vec::new(),
            closed_at: None,
            won: false,
            lost_because: "",
        };
        let mut stage = 0;
        for week in 0..GIVEN_UP_AFTER {
            let start = opened + super::calendar::signed(week) * 7 * DAY;
            let touched = deal.touch(&mut stream, start, end);
            let (advance, lose) = deal.chances(company, stage, week_of(start), touched);
            let at = start + 6 * DAY + stream.whole_below(10) * DAY / 10;
            let fate = stream.share();
            if at >= end {
                return deal;
            }
            if fate < lose {
                return deal.lost(at, &mut stream);
            }
            if fate < lose + advance {
                stage += 1;
                if stage == STAGES.len() {
                    deal.closed_at = Some(at);
                    deal.won = true;
                    return deal;
                }
                deal.entered.push((stage, at));
            }
        }
        let at = opened + super::calendar::signed(GIVEN_UP_AFTER) * 7 * DAY;
        if at < end {
            deal.closed_at = Some(at);
            deal.lost_because = "given_up";
        }
        deal
    }

    /// Draws the touches of a week; says whether sales and marketing got in touch.
    fn touch(&mut self, stream: &mut Stream, start: i64, end: i64) -> [bool; 2] {
        let mut touched = [false; 2];
        for (index, (side, chance)) in ["sales", "marketing"].into_iter().zip(TOUCHED).enumerate() {
            let channel = match (side, stream.pick(&[0.5, 0.3, 0.2])) {
                ("sales", 0) => "call",
                ("sales", 1) => "visit",
                ("sales", _) => "video_call",
                (_, 0) => "email",
                (_, 1) => "social",
                _ => "catalog",
            };
            let at = start + stream.whole_below(5) * DAY;
            touched[index] = stream.happens(chance);
            if touched[index] && at < end {
                self.touches.push((at, side, channel));
            }
        }
        touched
    }

    /// Chances to advance and to be lost in a week of the deal that begins in `week` of the world.
    fn chances(&self, company: &Company, stage: usize, week: usize, touched: [bool; 2]) -> (f64, f64) {
        let last = company.market.outside.demand.len() - 1;
        let demand = company.market.outside.demand[week.min(last)][self.lead.unit];
        let yes = |flag: bool| if flag { 1.0 } else { 0.0 };
        let design = self.lead.creative.is_some_and(|creative| CREATIVES[creative] == "design");
        let value = |driver: &str| match driver {
            "always" => 1.0,
            "response_within_a_day" => yes(self.lead.response_hours <= 24.0),
            "sales_touch" => yes(touched[0]),
            "marketing_touch" => yes(touched[1]),
            "decision_maker" => yes(self.lead.decides),
            "enough_budget" => yes(self.lead.budget >= ENOUGH_BUDGET),
            "discount" => self.discount,
            "competitor_offer" => yes(self.competitor_offer),
            "kitchen_and_design" => yes(TOPICS[self.lead.topic] == "kitchen" && design),
            "market_demand" => (demand / 100.0).ln(),
            _ => 0.0,
        };
        let chance = |exit: &str| {
            let effects = HAZARDS.iter().filter(|hazard| hazard.stage == stage && hazard.exit == exit);
            let odds: f64 = effects.map(|hazard| hazard.effect * value(hazard.driver)).sum();
            1.0 / (1.0 + (-odds).exp())
        };
        let (advance, lose) = (chance("advance"), chance("lose"));
        // Losing comes first: what is lost cannot advance.
        ((1.0 - lose) * advance, lose)
    }

    fn lost(mut self, at: i64, stream: &mut Stream) -> Self {
        self.closed_at = Some(at);
        let competitor = if self.competitor_offer { 1.5 } else { 0.0 };
        let budget = if self.lead.budget < ENOUGH_BUDGET { 0.8 } else { 0.3 };
        let reason = stream.pick(&[competitor, budget, 0.6, 0.4]);
        self.lost_because = ["competitor", "price", "postponed", "no_answer"][reason];
        self
    }

    fn paid(&self) -> f64 {
        self.value * (1.0 - self.discount)
    }

    fn margin(&self) -> f64 {
        self.paid() - 0.6 * self.value
    }
}

/// Writes the deals of leads that were created in `week`.
pub(super) fn deal_rows(company: &Company, campaigns: &Campaigns, week: usize, rows: &mut Rows) {
    for unit in 0..UNITS {
        let deals = of_cell(company, campaigns, week, unit);
        let all = || deals.iter();
        let closed = |deal: &Deal| deal.closed_at.map(|_| if deal.won { "won" } else { "lost" });
        let won = |deal: &Deal, amount: f64| deal.won.then(|| to_cents(amount));
        rows.push(
            Sheet::default()
                .wholes("deal_id", all().map(|deal| deal.lead.id))
                .wholes("lead_id", all().map(|deal| deal.lead.id))
                .texts("region", all().map(|deal| REGIONS[deal.lead.unit].code))
                .instants("opened_at", all().map(|deal| deal.lead.decided_at))
                .money("quoted_value", all().map(|deal| to_cents(deal.value)))
                .numbers("discount", all().map(|deal| deal.discount))
                .flags("competitor_offer", all().map(|deal| deal.competitor_offer))
                .maybe_instants("closed_at", all().map(|deal| deal.closed_at))
                .maybe_texts("outcome", all().map(closed))
                .maybe_money("won_amount", all().map(|deal| won(deal, deal.paid())))
                .maybe_money("won_margin", all().map(|deal| won(deal, deal.margin())))
                .maybe_texts(
                    "loss_reason",
                    all().map(|deal| (!deal.lost_because.is_empty()).then_some(deal.lost_because)),
                ),
        );
    }
}

/// Writes when those deals entered their stages.
pub(super) fn stage_rows(company: &Company, campaigns: &Campaigns, week: usize, rows: &mut Rows) {
    for unit in 0..UNITS {
        let deals = of_cell(company, campaigns, week, unit);
        let entered: Vec<(i64, usize, i64)> = deals
            .iter()
            .flat_map(|deal| deal.entered.iter().map(|(stage, at)| (deal.lead.id, *stage, *at)))
            .collect();
        rows.push(
            Sheet::default()
                .wholes("deal_id", entered.iter().map(|row| row.0))
                .texts("stage", entered.iter().map(|row| STAGES[row.1]))
                .instants("entered_at", entered.iter().map(|row| row.2)),
        );
    }
}

/// Writes the touches of those deals.
pub(super) fn touch_rows(company: &Company, campaigns: &Campaigns, week: usize, rows: &mut Rows) {
    for unit in 0..UNITS {
        let deals = of_cell(company, campaigns, week, unit);
        let touches: Vec<(i64, (i64, &str, &str))> = deals
            .iter()
            .flat_map(|deal| {
                let until = deal.closed_at.unwrap_or(i64::MAX);
                let before = deal.touches.iter().filter(move |touch| touch.0 < until);
                before.map(|touch| (deal.lead.id, *touch))
            })
            .collect();
        rows.push(
            Sheet::default()
                .wholes("lead_id", touches.iter().map(|touch| touch.0))
                .instants("touched_at", touches.iter().map(|touch| touch.1.0))
                .texts("side", touches.iter().map(|touch| touch.1.1))
                .texts("channel", touches.iter().map(|touch| touch.1.2)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::furniture::world::{WARM_UP, WEEKS};

    #[test]
    fn deals_move_in_order_and_discounts_help() {
        let company = Company::live(2, 4.0, false);
        let campaigns = Campaigns::draw(2);
        let mut won = [[0.0_f64; 2]; 2];
        for week in WARM_UP..WARM_UP + WEEKS - 60 {
            for deal in of_cell(&company, &campaigns, week, 9) {
                assert!(deal.entered.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
                assert!(deal.closed_at.is_none_or(|at| at > deal.lead.decided_at && at < end_of_lake()));
                let cell = &mut won[usize::from(deal.discount > 0.04)];
                cell[0] += 1.0;
                cell[1] += f64::from(u8::from(deal.won));
            }
        }
        let rate = |cell: [f64; 2]| cell[1] / cell[0];
        assert!(won[0][0] > 300.0 && rate(won[1]) > rate(won[0]), "{won:?}");
    }
}
