//! Whether periods have about as many rows as those just before them.
//!
//! Each period is compared with the median of the periods before it, not with their mean: one period of an outage, or one that
//! was delivered twice, then neither makes the next one look wrong nor hides that it is.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::Calendar;

/// Periods that a message shows.
const SHOWN: usize = 5;

/// What is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::transform) struct Limits {
    /// Smallest relative change.
    pub(super) min: Option<f64>,
    /// Largest relative change.
    pub(super) max: Option<f64>,
    /// How many periods before each are looked at.
    pub(super) periods: u32,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) wrong: Option<String>,
    pub(super) remark: Option<String>,
}

/// Judges the periods of `window`, given the number of rows of each period that has any.
///
/// Nothing is seen of periods before those that the first period of the window is compared with, so that the verdict does not
/// depend on what else a run reads. Those before the first row that is seen are not counted: the table may begin there. A
/// period with none before it is not judged.
pub(super) fn judge(
    rows: &BTreeMap<NaiveDate, u64>,
    limits: &Limits,
    calendar: Calendar,
    (start, end): (NaiveDate, NaiveDate),
) -> Verdict {
    let before =
        |period: NaiveDate, count: u32| calendar.shift(period, -i32::try_from(count).unwrap_or(i32::MAX));
    let seen = before(start, limits.periods)..end;
    let first = rows.range(seen).find(|(_, rows)| **rows > 0).map(|(period, _)| *period);
    let count = |period: NaiveDate| rows.get(&period).copied().unwrap_or(0);
    let (mut all, mut unjudged, mut unusual) = (0_usize, 0_usize, Vec::new());
    let mut period = calendar.floor(start);
    while period < end {
        let earlier = (1..=limits.periods).map(|back| before(period, back));
        let earlier: Vec<u64> =
            earlier.filter(|earlier| first.is_some_and(|first| *earlier >= first)).map(count).collect();
        all += 1;
        match median(earlier) {
            None => unjudged += 1,
            Some(usual) => {
                let change = change(count(period) as f64, usual);
                let is_unusual =
                    limits.min.is_some_and(|min| change < min) || limits.max.is_some_and(|max| change > max);
                if is_unusual {
                    unusual.push(format!(
                        "{period} has {}, usual are {usual} ({})",
                        count(period),
                        percent(change)
                    ));
                }
            }
        }
        period = calendar.shift(period, 1);
    }
    let periods = limits.periods;
    Verdict {
        wrong: (!unusual.is_empty()).then(|| {
            let (count, dots) = (unusual.len(), if unusual.len() > SHOWN { "; …" } else { "" });
            unusual.truncate(SHOWN);
            format!(
                "{count} of {all} periods with an unusual number of rows, {} allowed against the median of up to {periods} \
                 periods before: {}{dots}",
                allowed(limits),
                unusual.join("; ")
            )
        }),
        remark: (unjudged > 0).then(|| {
            format!("{unjudged} of {all} periods not judged: there are no rows in the {periods} periods before")
        }),
    }
}

fn median(mut counts: Vec<u64>) -> Option<f64> {
    counts.sort_unstable();
    let middle = counts.len() / 2;
    let upper = *counts.get(middle)? as f64;
    Some(if counts.len() % 2 == 1 { upper } else { f64::midpoint(counts[middle - 1] as f64, upper) })
}

/// The relative change; nothing after nothing is none, something after nothing is infinite.
fn change(found: f64, usual: f64) -> f64 {
    if usual > 0.0 {
        found / usual - 1.0
    } else if found > 0.0 {
        f64::INFINITY
    } else {
        0.0
    }
}

fn percent(change: f64) -> String {
    if change.is_finite() { format!("{:+.0}%", change * 100.0) } else { "from none".to_owned() }
}

/// Bounds as they were written.
fn allowed(limits: &Limits) -> String {
    let say = |bound: f64| format!("{}%", (bound * 1e8).round() / 1e6);
    match (limits.min, limits.max) {
        (Some(min), Some(max)) => format!("{} to {} are", say(min), say(max)),
        (Some(min), None) => format!("{} or more is", say(min)),
        (None, Some(max)) => format!("{} or less is", say(max)),
        (None, None) => "anything is".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PeriodKind, StartOfWeek};

    const LIMITS: Limits = Limits { min: Some(-0.5), max: Some(1.0), periods: 4 };

    fn day(day: i32) -> NaiveDate {
        calendar().shift(NaiveDate::from_ymd_opt(2024, 3, 1).unwrap(), day)
    }

    fn calendar() -> Calendar {
        Calendar { period: PeriodKind::Day, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC }
    }

    /// The verdict on the last `window` of these days, the last of which is the day before 1 March.
    fn verdict(rows: &[u64], window: i32, limits: &Limits) -> Verdict {
        let count = i32::try_from(rows.len()).unwrap();
        let rows = (0..).zip(rows).map(|(at, rows)| (day(at - count), *rows)).collect();
        judge(&rows, limits, calendar(), (day(-window), day(0)))
    }

    #[test]
    fn a_period_is_held_against_the_median_of_those_before() {
        assert_eq!(verdict(&[9, 100, 110, 90, 1, 50], 1, &LIMITS), Verdict::default(), "95 are usual, -47%");
        let wrong = verdict(&[100, 110, 90, 100, 49], 1, &LIMITS).wrong.unwrap();
        assert_eq!(
            wrong,
            "1 of 1 periods with an unusual number of rows, -50% to 100% are allowed against the median of up to 4 periods \
             before: 2024-02-29 has 49, usual are 100 (-51%)"
        );
        assert!(verdict(&[100, 110, 90, 100, 201], 1, &LIMITS).wrong.unwrap().contains("(+101%)"));
        assert_eq!(
            verdict(&[100, 110, 90, 100, 201], 1, &Limits { max: None, ..LIMITS }),
            Verdict::default()
        );
    }

    #[test]
    fn one_outage_is_told_once() {
        let wrong = verdict(&[100, 100, 100, 100, 0, 100, 100], 3, &LIMITS).wrong.unwrap();
        assert!(wrong.starts_with("1 of 3 periods"), "{wrong}");
        assert!(wrong.contains("2024-02-27 has 0, usual are 100 (-100%)"), "{wrong}");
        // A delivery in double does not hide that the next one fails.
        assert!(verdict(&[100, 100, 100, 200, 40], 1, &LIMITS).wrong.is_some());
    }

    #[test]
    fn without_earlier_rows_nothing_is_judged_and_that_is_said() {
        for rows in [&[][..], &[7], &[0, 0, 0, 0, 7], &[0]] {
            let Verdict { wrong, remark } = verdict(rows, 1, &LIMITS);
            assert_eq!(wrong, None, "{rows:?}");
            assert_eq!(
                remark.as_deref(),
                Some("1 of 1 periods not judged: there are no rows in the 4 periods before"),
                "{rows:?}"
            );
        }
        // The table begins within the window: only its first period has none before it.
        let Verdict { wrong, remark } = verdict(&[0, 0, 10, 11, 1], 3, &LIMITS);
        assert!(wrong.unwrap().contains("2024-02-29 has 1, usual are 10.5"));
        assert!(remark.unwrap().starts_with("1 of 3"));
    }

    #[test]
    fn rows_after_periods_without_any_are_an_increase_beyond_all_bounds() {
        let wrong = verdict(&[5, 0, 0, 0, 7], 1, &LIMITS).wrong.unwrap();
        assert!(wrong.contains("has 7, usual are 0 (from none)"), "{wrong}");
        assert_eq!(verdict(&[5, 0, 0, 0, 0], 1, &LIMITS), Verdict::default(), "nothing after nothing");
        // What lies further back is not seen.
        assert!(verdict(&[5, 0, 0, 0, 0, 7], 1, &LIMITS).remark.is_some());
    }
}
