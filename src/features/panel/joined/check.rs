//! The checks of a model's joined data, in order, and how their findings read.

use super::read::{Joined, read};
use super::{amounts, keys, prices};
use crate::features::FeatureError;
use crate::features::panel::PanelRequest;

/// Places that a message shows.
const SHOWN: usize = 5;

/// A check of joined data with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedCheck {
    /// What was looked at: `key_coverage`, `duplicate_periods`, `calendar_gaps`, `spend_without_outcome`, `unit_mismatch` or
    /// `cost_per_exposure`.
    pub kind: &'static str,
    /// Offending units, periods or combinations of them.
    pub failures: u64,
    /// What was found; `None` when the check holds.
    pub message: Option<String>,
}

/// Looks at the tables of a response model as they are joined by unit and period.
///
/// Channels in columns of the model's own table have no keys of their own, so that `key_coverage` and `duplicate_periods` are
/// left out; without a channel that has money and exposure so is `cost_per_exposure`.
///
/// # Errors
///
/// What keeps the panel from being laid out too: a file that cannot be read, a missing column, no outcome, too few periods.
pub fn joined_checks(request: &PanelRequest<'_>) -> Result<Vec<JoinedCheck>, FeatureError> {
    Ok(all(&read(request)?))
}

pub(super) fn all(joined: &Joined) -> Vec<JoinedCheck> {
    let mut checks = Vec::new();
    if joined.media.is_some() {
        checks.push(keys::key_coverage(joined));
        checks.push(keys::duplicate_periods(joined));
    }
    checks.push(keys::calendar_gaps(joined));
    if joined.channels.iter().any(|channel| channel.spend.is_some()) {
        checks.push(amounts::spend_without_outcome(joined));
    }
    checks.push(amounts::unit_mismatch(joined));
    if joined.channels.iter().any(|channel| channel.spend.is_some() && channel.exposure.is_some()) {
        checks.push(prices::cost_per_exposure(joined));
    }
    checks
}

/// A check with what it found: parts of a sentence, each with the number of its places.
pub(super) fn check(kind: &'static str, found: Vec<(u64, String)>) -> JoinedCheck {
    let failures = found.iter().map(|(count, _)| count).sum();
    let parts: Vec<String> = found.into_iter().map(|(_, part)| part).collect();
    JoinedCheck { kind, failures, message: (!parts.is_empty()).then(|| parts.join("; ")) }
}

/// The first few of many places.
pub(super) fn some(places: &[String]) -> String {
    let shown: Vec<&str> = places.iter().take(SHOWN).map(String::as_str).collect();
    let dots = if places.len() > SHOWN { ", …" } else { "" };
    format!("{}{dots}", shown.join(", "))
}

/// `1 period`, `2 periods`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The middle of some numbers, `None` if there are none.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(values[middle - 1], upper) })
}

/// Median and spread of some numbers. The spread is that of a normal distribution with the same median distance from the
/// median, which no single wild value moves.
pub(super) fn center(values: Vec<f64>) -> Option<(f64, f64)> {
    let middle = median(values.clone())?;
    let distance = median(values.into_iter().map(|value| (value - middle).abs()).collect())?;
    Some((middle, 1.4826 * distance))
}
