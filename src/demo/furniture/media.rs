//! Advertising as its sellers report it: platforms with campaigns, and the agency's own export.
//!
//! The dirt made here: a platform that changed its name, and an export in Latin-1 with German names, dates
//! and decimal commas.

use chrono::Datelike;

use super::calendar::{epoch_days, monday};
use super::company::{Company, cells};
use super::purpose;
use super::world::{CHANNEL_COUNT, CHANNELS, REGIONS, WARM_UP, WEEKS, place};
use crate::demo::random::{Stream, to_cents, to_count};
use crate::demo::sheet::Sheet;

/// Weeks that a campaign runs.
const CAMPAIGN_WEEKS: usize = 13;
/// Campaigns of a channel that run at the same time.
const AT_ONCE: usize = 2;
/// Week of the lake in which the social platform changed its name.
pub(super) const RENAMED_IN: usize = 78;

/// Topics of campaigns and leads.
pub(super) const TOPICS: [&str; 4] = ["kitchen", "living", "office", "garden"];
/// What a creative speaks of.
pub(super) const CREATIVES: [&str; 4] = ["price", "design", "sustainability", "service"];
/// What a creative asks for.
pub(super) const CALLS: [&str; 3] = ["book_appointment", "download_catalog", "visit_store"];

/// Log-odds of a click, by creative.
pub(super) const CLICK_CREATIVE: [f64; 4] = [0.25, 0.10, -0.10, 0.0];
/// Log-odds of a click, by call to action.
pub(super) const CLICK_CALL: [f64; 3] = [-0.10, 0.15, 0.0];
/// Log-odds of a click when design and kitchens come together, beyond their sum.
pub(super) const CLICK_KITCHEN_DESIGN: f64 = 0.40;

/// A campaign of one channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Campaign {
    pub(super) id: usize,
    pub(super) channel: usize,
    pub(super) first_week: usize,
    pub(super) topic: usize,
    pub(super) creative: usize,
    pub(super) call: usize,
    /// Share of the channel's spend.
    share: f64,
}

/// The campaigns of all channels.
pub(super) struct Campaigns(Vec<Campaign>);

impl Campaigns {
    /// Draws the campaigns of `seed`.
    pub(super) fn draw(seed: u64) -> Self {
        let mut stream = Stream::new(seed, purpose::MEDIA, 0);
        let mut campaigns = Vec::new();
        for first_week in (0..WEEKS).step_by(CAMPAIGN_WEEKS) {
            for channel in 0..CHANNEL_COUNT {
                let first = 0.35 + 0.3 * stream.share();
                for share in [first, 1.0 - first] {
                    campaigns.push(Campaign {
                        id: campaigns.len() + 1,
                        channel,
                        first_week,
                        topic: stream.pick(&[1.0; TOPICS.len()]),
                        creative: stream.pick(&[1.0; CREATIVES.len()]),
                        call: stream.pick(&[1.0; CALLS.len()]),
                        share,
                    });
                }
            }
        }
        Self(campaigns)
    }

    /// Campaigns of `channel` in a week of the world.
    pub(super) fn running(&self, week: usize, channel: usize) -> &[Campaign] {
        let first = (week - WARM_UP) / CAMPAIGN_WEEKS * CHANNEL_COUNT * AT_ONCE + channel * AT_ONCE;
        &self.0[first..first + AT_ONCE]
    }

    /// One row per campaign.
    pub(super) fn sheet(&self) -> Sheet {
        let all = || self.0.iter().filter(|campaign| campaign.channel != place::FIELD_SALES);
        let names: Vec<String> = all().map(Campaign::name).collect();
        let first = |campaign: &Campaign| epoch_days(monday(WARM_UP + campaign.first_week));
        Sheet::default()
            .wholes("campaign_id", all().map(Campaign::number))
            .texts("name", names.iter().map(String::as_str))
            .texts("topic", all().map(|campaign| TOPICS[campaign.topic]))
            .texts("creative", all().map(|campaign| CREATIVES[campaign.creative]))
            .texts("call_to_action", all().map(|campaign| CALLS[campaign.call]))
            .days("first_day", all().map(first))
    }
}

impl Campaign {
    pub(super) fn number(&self) -> i64 {
        super::calendar::signed(self.id)
    }

    fn name(&self) -> String {
        format!(
            "{} {} {} {}",
            CHANNELS[self.channel].name, TOPICS[self.topic], CREATIVES[self.creative], self.id
        )
    }

    /// Probability that an impression is clicked.
    pub(super) fn click_rate(&self) -> f64 {
        let both = TOPICS[self.topic] == "kitchen" && CREATIVES[self.creative] == "design";
        let combined = if both { CLICK_KITCHEN_DESIGN } else { 0.0 };
        let odds = -4.8 + CLICK_CREATIVE[self.creative] + CLICK_CALL[self.call] + combined;
        1.0 / (1.0 + (-odds).exp())
    }
}

/// What the platform that sells a channel is called in a week of the lake; `None` for other sellers.
pub(super) fn platform(channel: usize, week: usize) -> Option<&'static str> {
    match CHANNELS[channel].name {
        "tv" => Some("tv_network"),
        "search" => Some("google_ads"),
        "social" if week < RENAMED_IN => Some("facebook"),
        "social" => Some("meta"),
        "video" => Some("youtube"),
        "display" => Some("programmatic"),
        "email" => Some("newsletter"),
        _ => None,
    }
}

/// One row per week, region and campaign that is booked by the company itself.
pub(super) fn ads(company: &Company, campaigns: &Campaigns) -> Sheet {
    struct Row {
        week: usize,
        unit: usize,
        platform: &'static str,
        campaign: i64,
        cents: i64,
        impressions: Option<u64>,
        clicks: Option<u64>,
    }
    let mut rows = Vec::new();
    for (week, unit) in cells() {
        let place = ((week * 64) + unit) as u64;
        let mut stream = Stream::new(company.market.seed, purpose::MEDIA, 1 + place);
        for (channel, sold) in CHANNELS.iter().enumerate() {
            let Some(platform) = platform(channel, week - WARM_UP) else { continue };
            for campaign in campaigns.running(week, channel) {
                let cents = to_cents(company.spend(week, unit, channel) * campaign.share);
                let exposure = to_count(company.exposure(week, unit, channel) * campaign.share);
                let rate = campaign.click_rate();
                let (impressions, clicks) = match sold.exposure {
                    // Search is paid by the click; about one impression in twenty is clicked.
                    "clicks" => (Some(exposure * 20 + stream.below(20)), Some(exposure)),
                    _ if channel == place::TV => (Some(exposure), None),
                    _ => (Some(exposure), Some(stream.count((exposure as f64 * rate).max(1e-9)))),
                };
                let campaign = campaign.number();
                rows.push(Row { week, unit, platform, campaign, cents, impressions, clicks });
            }
        }
    }
    Sheet::default()
        .days("week", rows.iter().map(|row| epoch_days(monday(row.week))))
        .texts("region", rows.iter().map(|row| REGIONS[row.unit].code))
        .texts("platform", rows.iter().map(|row| row.platform))
        .wholes("campaign_id", rows.iter().map(|row| row.campaign))
        .money("spend", rows.iter().map(|row| row.cents))
        .maybe_counts("impressions", rows.iter().map(|row| row.impressions))
        .maybe_counts("clicks", rows.iter().map(|row| row.clicks))
}

/// What the agency calls its channels.
fn agency_name(channel: &str) -> &'static str {
    match channel {
        "radio" => "Hörfunk",
        "out_of_home" => "Außenwerbung",
        _ => "Zeitungsbeilagen",
    }
}

/// The agency's export: semicolons, Latin-1, German dates and decimal commas.
pub(super) fn agency_export(company: &Company, campaigns: &Campaigns) -> Vec<u8> {
    let mut text = String::from("Woche;Bundesland;Mediengattung;Kampagne;Kosten;Kontakte\r\n");
    for (week, unit) in cells() {
        for channel in (0..CHANNEL_COUNT).filter(|channel| CHANNELS[*channel].by_agency) {
            for campaign in campaigns.running(week, channel) {
                let day = monday(week);
                let line = format!(
                    "{:02}.{:02}.{};{};{};{};{};{}\r\n",
                    day.day(),
                    day.month(),
                    day.year(),
                    REGIONS[unit].name,
                    agency_name(CHANNELS[channel].name),
                    campaign.id,
                    german_amount(to_cents(company.spend(week, unit, channel) * campaign.share)),
                    to_count(company.exposure(week, unit, channel) * campaign.share),
                );
                text.push_str(&line);
            }
        }
    }
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
}

/// Cents as people write euros in Germany: `1.234,56`.
fn german_amount(cents: i64) -> String {
    let (euros, rest) = (cents / 100, cents % 100);
    let digits = euros.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{grouped},{rest:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_in_germany() {
        assert_eq!(german_amount(123_456_789), "1.234.567,89");
        assert_eq!(german_amount(5), "0,05");
        assert_eq!(german_amount(100_000), "1.000,00");
    }

    #[test]
    fn two_campaigns_of_each_channel_run_at_any_time() {
        let campaigns = Campaigns::draw(1);
        for (week, channel) in [(WARM_UP, 0), (WARM_UP + WEEKS - 1, 9), (WARM_UP + 13, 4)] {
            let running = campaigns.running(week, channel);
            let lake_week = week - WARM_UP;
            assert!(running.iter().all(|campaign| {
                campaign.channel == channel
                    && (campaign.first_week..campaign.first_week + CAMPAIGN_WEEKS).contains(&lake_week)
            }));
            assert!((running.iter().map(|campaign| campaign.share).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_export_is_latin_1() {
        let company = Company::live(1, 1.0, false);
        let bytes = agency_export(&company, &Campaigns::draw(1));
        assert!(std::str::from_utf8(&bytes).is_err());
        assert!(!bytes.contains(&b'?'));
    }
}
