//! Leads: where they come from, what sales thinks of them, and why.
//!
//! The dirt made here: a lead is written anew whenever somebody changes it, so some stand in the lake twice.

use super::calendar::{midnight, monday};
use super::company::Company;
use super::media::{CALLS, CREATIVES, Campaigns, TOPICS};
use super::purpose;
use super::world::{CHANNELS, REGIONS, UNITS, WARM_UP, WEEKS, place};
use crate::demo::random::{Stream, to_cents, to_count};
use crate::demo::sheet::Sheet;
use crate::demo::write::Rows;

pub(super) const DAY: i64 = 86_400_000_000;
const HOUR: f64 = 3_600_000_000.0;

/// Sources of leads: channel, leads per week and million inhabitants, and log-odds of being accepted.
pub(super) const SOURCES: [(Option<usize>, f64, f64); 7] = [
    (Some(place::SEARCH), 0.42, 0.2),
    (Some(place::SOCIAL), 0.22, -0.3),
    (Some(place::DISPLAY), 0.12, -0.9),
    (Some(place::EMAIL), 0.16, 0.1),
    (Some(place::PRINT), 0.10, 0.0),
    (Some(place::FIELD_SALES), 0.16, 0.6),
    (None, 0.30, 0.3),
];
/// Log-odds that sales accepts a lead with none of what it looks for.
pub(super) const ACCEPTED: f64 = -1.3;
/// Added for a budget of at least [`ENOUGH_BUDGET`].
pub(super) const ACCEPTED_BUDGET: f64 = 1.3;
/// Added for someone who may decide.
pub(super) const ACCEPTED_AUTHORITY: f64 = 1.1;
/// Added for a need that is clear.
pub(super) const ACCEPTED_NEED: f64 = 0.9;
/// Added for a purchase within twelve weeks: the criterion that predicts nothing.
pub(super) const ACCEPTED_TIMELINE: f64 = 0.0;
/// Euros from which a budget counts.
pub(super) const ENOUGH_BUDGET: f64 = 5_000.0;
/// Typical budget by topic, in euros.
const BUDGET: [f64; 4] = [9_500.0, 4_200.0, 8_000.0, 2_600.0];
/// Share of leads that stand in the lake twice.
const WRITTEN_TWICE: f64 = 0.05;

/// A lead as it is.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "facts about a lead, not states of it")]
pub(super) struct Lead {
    pub(super) id: i64,
    pub(super) unit: usize,
    pub(super) source: &'static str,
    pub(super) campaign: Option<i64>,
    pub(super) topic: usize,
    pub(super) creative: Option<usize>,
    pub(super) call: Option<usize>,
    pub(super) created_at: i64,
    pub(super) budget: f64,
    pub(super) decides: bool,
    pub(super) need_clear: bool,
    pub(super) timeline_weeks: i64,
    pub(super) response_hours: f64,
    pub(super) decided_at: i64,
    pub(super) accepted: bool,
    pub(super) rejected_because: &'static str,
    written_twice: bool,
}

/// First moment after the lake.
pub(super) fn end_of_lake() -> i64 {
    midnight(monday(WARM_UP + WEEKS))
}

/// Leads of one region that were created in one week.
pub(super) fn of_week(company: &Company, campaigns: &Campaigns, week: usize, unit: usize) -> Vec<Lead> {
    let cell = (week * UNITS + unit) as u64;
    let mut stream = Stream::new(company.market.seed, purpose::LEADS, cell);
    let mut leads = Vec::new();
    let demand = (company.market.outside.demand[week][unit] / 100.0).sqrt();
    for (channel, rate, accepted) in SOURCES {
        let raised =
            channel.map_or(1.0, |channel| 0.4 + 1.5 * company.market.weeks[week][unit].responses[channel]);
        let count = stream.count(company.size(unit) / 1_000.0 * rate * demand * raised * 1.4);
        for _ in 0..count {
            let id = i64::try_from(cell * 1_000_000 + leads.len() as u64 + 1).unwrap_or(i64::MAX);
            leads.push(draw(&mut stream, campaigns, week, unit, id, channel, accepted));
        }
    }
    leads
}

fn draw(
    stream: &mut Stream,
    campaigns: &Campaigns,
    week: usize,
    unit: usize,
    id: i64,
    channel: Option<usize>,
    source_odds: f64,
) -> Lead {
    let campaign = channel.filter(|channel| *channel != place::FIELD_SALES).map(|channel| {
        let running = campaigns.running(week, channel);
        running[stream.pick(&[1.0; 2]).min(running.len() - 1)]
    });
    let topic = campaign.map_or_else(|| stream.pick(&[1.0; TOPICS.len()]), |campaign| campaign.topic);
    // Weeks are an hour shorter or longer when clocks change.
    let (first, next) = (midnight(monday(week)), midnight(monday(week + 1)));
    let created_at = first + to_micros(stream.share() * (next - first) as f64 / HOUR);
    let budget = (BUDGET[topic] * stream.spread(0.6) / 100.0).round() * 100.0;
    let (decides, need_clear) = (stream.happens(0.55), stream.happens(0.5));
    let timeline_weeks = 2 + stream.whole_below(38);
    let response_hours = 14.0 * stream.spread(1.0);
    let odds = ACCEPTED
        + source_odds
        + if budget >= ENOUGH_BUDGET { ACCEPTED_BUDGET } else { 0.0 }
        + if decides { ACCEPTED_AUTHORITY } else { 0.0 }
        + if need_clear { ACCEPTED_NEED } else { 0.0 }
        + if timeline_weeks <= 12 { ACCEPTED_TIMELINE } else { 0.0 };
    let accepted = stream.happens(1.0 / (1.0 + (-odds).exp()));
    let mut reasons = vec![("other", 0.4), ("not_reached", 0.2 + response_hours / 100.0)];
    reasons.extend((budget < ENOUGH_BUDGET).then_some(("no_budget", 1.3)));
    reasons.extend((!decides).then_some(("no_authority", 1.1)));
    reasons.extend((!need_clear).then_some(("no_need", 0.9)));
    let weights: Vec<f64> = reasons.iter().map(|(_, weight)| *weight).collect();
    let rejected_because = reasons[stream.pick(&weights)].0;
    Lead {
        id,
        unit,
        source: channel.map_or("organic", |channel| CHANNELS[channel].name),
        campaign: campaign.map(|campaign| campaign.number()),
        topic,
        creative: campaign.map(|campaign| campaign.creative),
        call: campaign.map(|campaign| campaign.call),
        created_at,
        budget,
        decides,
        need_clear,
        timeline_weeks,
        response_hours: super::outside::tenth(response_hours),
        decided_at: created_at + to_micros(response_hours + 24.0 * (1.0 + 6.0 * stream.share())),
        accepted,
        rejected_because,
        written_twice: stream.happens(WRITTEN_TWICE),
    }
}

/// Hours as microseconds.
pub(super) fn to_micros(hours: f64) -> i64 {
    i64::try_from(to_count(hours * HOUR)).unwrap_or(i64::MAX)
}

/// One version of a lead, as the CRM wrote it.
struct Version<'a> {
    lead: &'a Lead,
    updated_at: i64,
    decided: bool,
}

/// Writes the leads that were created in `week`, in every version that the lake holds.
pub(super) fn lead_rows(company: &Company, campaigns: &Campaigns, week: usize, rows: &mut Rows) {
    let end = end_of_lake();
    for unit in 0..UNITS {
        let leads = of_week(company, campaigns, week, unit);
        let mut versions: Vec<Version<'_>> = Vec::with_capacity(leads.len());
        for lead in &leads {
            let decided = lead.decided_at < end;
            if lead.written_twice || !decided {
                versions.push(Version { lead, updated_at: lead.created_at, decided: false });
            }
            if decided {
                versions.push(Version { lead, updated_at: lead.decided_at, decided: true });
            }
        }
        rows.push(sheet(&versions));
    }
}

fn sheet(versions: &[Version<'_>]) -> Sheet {
    let leads = || versions.iter().map(|version| version.lead);
    let when = |version: &Version<'_>, accepted: bool| {
        (version.decided && version.lead.accepted == accepted).then_some(version.lead.decided_at)
    };
    let reason = |version: &Version<'_>| {
        (version.decided && !version.lead.accepted).then_some(version.lead.rejected_because)
    };
    Sheet::default()
        .wholes("lead_id", leads().map(|lead| lead.id))
        .instants("created_at", leads().map(|lead| lead.created_at))
        .texts("region", leads().map(|lead| REGIONS[lead.unit].code))
        .texts("source", leads().map(|lead| lead.source))
        .maybe_counts("campaign_id", leads().map(|lead| lead.campaign.and_then(|id| u64::try_from(id).ok())))
        .texts("topic", leads().map(|lead| TOPICS[lead.topic]))
        .maybe_texts("creative", leads().map(|lead| lead.creative.map(|creative| CREATIVES[creative])))
        .maybe_texts("call_to_action", leads().map(|lead| lead.call.map(|call| CALLS[call])))
        .money("budget", leads().map(|lead| to_cents(lead.budget)))
        .flags("is_decision_maker", leads().map(|lead| lead.decides))
        .texts("need", leads().map(|lead| if lead.need_clear { "clear" } else { "vague" }))
        .wholes("timeline_weeks", leads().map(|lead| lead.timeline_weeks))
        .numbers("response_hours", leads().map(|lead| lead.response_hours))
        .maybe_instants("accepted_at", versions.iter().map(|version| when(version, true)))
        .maybe_instants("rejected_at", versions.iter().map(|version| when(version, false)))
        .maybe_texts("rejection_reason", versions.iter().map(reason))
        .instants("updated_at", versions.iter().map(|version| version.updated_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sales_accepts_by_its_rule() {
        let company = Company::live(2, 1.0, false);
        let campaigns = Campaigns::draw(2);
        let mut rates = [[0.0_f64; 2]; 2];
        for week in WARM_UP..WARM_UP + WEEKS {
            for lead in of_week(&company, &campaigns, week, 9) {
                let cell = &mut rates[usize::from(lead.budget >= ENOUGH_BUDGET)];
                cell[0] += 1.0;
                cell[1] += f64::from(u8::from(lead.accepted));
            }
        }
        let rate = |cell: [f64; 2]| cell[1] / cell[0];
        assert!(rates[0][0] > 300.0 && rate(rates[1]) - rate(rates[0]) > 0.15, "{rates:?}");
    }
}
