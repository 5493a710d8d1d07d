//! A response model's channels: what each cost and brought, and whether its budget may be moved on that.

use serde::Serialize;

use crate::config::job::{Job, ResponseModel};
use crate::domain::{Estimate, Gate, Interval, Language};
use crate::models::result::{ChannelPerformance, ResponseResult, doubts};
use crate::steering::wording::number::{self, Sign};
use crate::steering::wording::quantity::Unit;
use crate::steering::wording::{date, label};

/// Most channels that a summary lists: those with the most spend.
const MOST_CHANNELS: usize = 12;

/// The channels of one model over all units.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ChannelPart {
    /// First and last day of the fitted periods.
    first_day: String,
    last_day: String,
    /// One unit of money: returns are stated for it.
    one: String,
    /// What the outcome is counted in; missing where it is money.
    unit: Option<String>,
    /// Level of the intervals, if any has one.
    interval_level: Option<String>,
    lines: Vec<ChannelLine>,
    /// Channels that are not listed.
    more: usize,
}

/// One channel's line.
#[derive(Debug, Clone, Serialize)]
struct ChannelLine {
    label: String,
    spend: Option<String>,
    roas: Option<Range>,
    mroas: Option<String>,
    without_outside: Option<String>,
    /// Part of the outcome: stands in for the return of a channel without a price.
    share: Option<Range>,
    /// See [`freedom`]; the template has the words. Without figures when it is `withheld`.
    gate: &'static str,
}

/// A figure with the ends of its interval, if it has one.
#[derive(Debug, Clone, Serialize)]
struct Range {
    value: String,
    ends: Option<Ends>,
}

/// The two ends of an interval.
#[derive(Debug, Clone, Serialize)]
struct Ends {
    lower: String,
    upper: String,
}

/// The channels of a model, those with the most spend first; `None` if there are none.
pub(super) fn channel_part(
    job: &Job,
    model: &ResponseModel,
    result: &ResponseResult,
    language: Language,
) -> Option<ChannelPart> {
    let mut channels: Vec<&ChannelPerformance> =
        result.channels.iter().filter(|channel| channel.unit.is_none()).collect();
    let spend = |channel: &ChannelPerformance| channel.spend.unwrap_or(-1.0);
    channels.sort_by(|a, b| spend(b).total_cmp(&spend(a)));
    if channels.is_empty() {
        return None;
    }
    let level = channels.iter().find_map(|channel| channel.roas.as_ref()?.level());
    let kpi = model.explains.as_deref().and_then(|name| job.kpi(name));
    Some(ChannelPart {
        first_day: date::day(result.start, language),
        last_day: date::day(result.end.pred_opt().unwrap_or(result.end), language),
        one: Unit::Money(job.currency.clone()).write(1.0, 0, Sign::Never, language),
        unit: match Unit::of_amount(&model.outcome_unit, kpi, &job.currency, language) {
            Unit::Named(unit) => Some(unit),
            _ => None,
        },
        interval_level: level.map(|level| number::percent(level, 0, Sign::Negative, language)),
        more: channels.len().saturating_sub(MOST_CHANNELS),
        lines: channels
            .into_iter()
            .take(MOST_CHANNELS)
            .map(|channel| channel_line(job, model, result.gate.gate, channel, language))
            .collect(),
    })
}

fn channel_line(
    job: &Job,
    model: &ResponseModel,
    gate: Gate,
    channel: &ChannelPerformance,
    language: Language,
) -> ChannelLine {
    let name = model.channel_label(&channel.channel, language);
    let money = Unit::Money(job.currency.clone());
    let holds = channel.gate != Gate::Withheld;
    let figure = |estimate: Option<&Estimate>| {
        let write = |value, decimals| number::decimal(value, decimals, Sign::Negative, language);
        range(estimate.filter(|_| holds)?, 1.0, write)
    };
    let share = || {
        let write = |value, decimals| number::percent(value, decimals, Sign::Negative, language);
        range(&channel.outcome_share, 100.0, write)
    };
    ChannelLine {
        // The data's own spelling may hold a tab or a line break.
        label: label::level(name, language),
        spend: channel.spend.map(|spend| money.write(spend, 0, Sign::Negative, language)),
        roas: figure(channel.roas.as_ref()),
        mroas: figure(channel.mroas.as_ref()).map(|figure| figure.value),
        without_outside: figure(channel.roas_without_third_party.as_ref()).map(|figure| figure.value),
        share: if holds && channel.spend.is_none() { share() } else { None },
        gate: freedom(gate, channel),
    }
}

/// The channel's gate, finer where its doubts leave some freedom: `seen` (within what was seen) or `less`.
fn freedom(model: Gate, channel: &ChannelPerformance) -> &'static str {
    let codes = || channel.reasons.iter().map(|reason| reason.code);
    match (model, channel.gate) {
        (Gate::Trusted, Gate::Review) if doubts::allow_more(codes()) => "seen",
        (Gate::Trusted, Gate::Review) if doubts::allow_less(codes()) => "less",
        (_, gate) => gate.as_str(),
    }
}

/// Writes an estimate with the places that its interval supports; `None` unless the value is finite.
///
/// `factor` is what a figure is multiplied with before it is shown.
fn range(estimate: &Estimate, factor: f64, write: impl Fn(f64, i32) -> String) -> Option<Range> {
    let value = estimate.value;
    if !value.is_finite() {
        return None;
    }
    let bounds = match estimate.interval {
        Interval::Bounds { lower, upper, level } if lower.is_finite() && upper.is_finite() => {
            Some((lower, upper, level))
        }
        Interval::Bounds { .. } | Interval::None { .. } => None,
    };
    let decimals = bounds.map_or_else(
        || number::significant(value * factor, 3),
        |(lower, upper, level)| {
            let shown = Estimate::with_bounds(value * factor, lower * factor, upper * factor, level);
            number::places(&shown)
        },
    );
    let ends =
        bounds.map(|(lower, upper, _)| Ends { lower: write(lower, decimals), upper: write(upper, decimals) });
    Some(Range { value: write(value, decimals), ends })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::result::sample;
    use crate::steering::fixtures;

    fn part(result: &ResponseResult) -> Option<ChannelPart> {
        let job = fixtures::bank_job();
        channel_part(&job, &sample::response_model(), result, Language::En)
    }

    fn written(range: Option<&Range>) -> Option<String> {
        let range = range?;
        let ends = range.ends.as_ref().map(|ends| format!(" ({} to {})", ends.lower, ends.upper));
        Some(format!("{}{}", range.value, ends.unwrap_or_default()))
    }

    #[test]
    fn channels_stand_by_spend_with_what_it_brought() {
        let part = part(&sample::response_result()).expect("channels");
        let labels: Vec<&str> = part.lines.iter().map(|line| line.label.as_str()).collect();
        assert_eq!(labels, ["television", "paid search", "radio", "newsletter"]);
        let television = &part.lines[0];
        assert_eq!(television.spend.as_deref(), Some("€1,234,567"));
        assert_eq!(written(television.roas.as_ref()).as_deref(), Some("3.2 (1.9 to 4.4)"));
        assert_eq!(
            (television.mroas.as_deref(), television.without_outside.as_deref()),
            (Some("1.4"), Some("4.9"))
        );
        assert_eq!((part.one.as_str(), part.unit.as_deref(), part.more), ("€1", None, 0));
    }

    #[test]
    fn what_is_withheld_shows_its_spend_alone() {
        let part = part(&sample::response_result()).expect("channels");
        let radio = &part.lines[2];
        assert_eq!((radio.gate, radio.spend.as_deref()), ("withheld", Some("€55,000")));
        assert!(radio.roas.is_none() && radio.mroas.is_none() && radio.without_outside.is_none());
    }

    #[test]
    fn a_channel_without_a_price_has_its_share_of_the_outcome() {
        let part = part(&sample::response_result()).expect("channels");
        let newsletter = &part.lines[3];
        assert!(newsletter.spend.is_none() && newsletter.roas.is_none());
        assert_eq!(written(newsletter.share.as_ref()).as_deref(), Some("10% (6% to 13%)"));
        assert!(part.lines[0].share.is_none());
    }

    #[test]
    fn returns_that_are_not_money_say_what_they_are_counted_in() {
        let (job, mut model) = (fixtures::bank_job(), sample::response_model());
        model.outcome_unit = "leads".to_owned();
        let part = channel_part(&job, &model, &sample::response_result(), Language::De).expect("channels");
        assert_eq!((part.unit.as_deref(), part.one.as_str()), (Some("leads"), "1\u{a0}€"));
    }

    #[test]
    fn only_the_channels_with_the_most_spend_are_listed() {
        let mut result = sample::response_result();
        let channel = result.channels[1].clone();
        result.channels.extend((0_u32..20).map(|place| ChannelPerformance {
            channel: format!("channel {place}"),
            spend: Some(f64::from(place)),
            ..channel.clone()
        }));
        let part = part(&result).expect("channels");
        assert_eq!((part.lines.len(), part.more), (12, 12));
        assert_eq!(part.lines[3].label, "channel 19");
    }

    #[test]
    fn without_an_interval_a_figure_stands_alone_and_without_channels_there_is_no_part() {
        let mut result = sample::response_result();
        result.channels[0].roas = Some(Estimate::without_interval(3.2, "one chain only"));
        let television = &part(&result).expect("channels").lines[0];
        assert_eq!(written(television.roas.as_ref()).as_deref(), Some("3.20"));
        result.channels[0].roas = Some(Estimate::with_bounds(f64::NAN, 1.0, 2.0, 0.9));
        assert!(part(&result).expect("channels").lines[0].roas.is_none());
        result.channels.clear();
        assert!(part(&result).is_none());
    }
}
