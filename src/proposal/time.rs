//! Which column dates the rows of a source, and how far apart its days lie.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};

use super::column::Column;
use super::words::{date_rank, goes_on, is_beginning, is_ending};
use crate::domain::{DataType, PeriodKind};

/// What dates the rows of a source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Time {
    pub(super) column: String,
    pub(super) is_instant: bool,
    /// How far apart days lie.
    pub(super) grain: Option<PeriodKind>,
    /// The day on which all weeks begin.
    pub(super) weekday: Option<Weekday>,
    /// First and last day, as far as it was seen.
    pub(super) days: Option<(NaiveDate, NaiveDate)>,
    /// Other columns that could date a row.
    pub(super) others: Vec<String>,
}

/// Finds the column that dates rows; `Err` says why none is proposed though there are dates.
pub(super) fn time(columns: &[Column]) -> Result<Option<Time>, String> {
    let dates: Vec<&Column> = columns
        .iter()
        .filter(|column| matches!(column.data_type, Some(DataType::Date | DataType::Timestamp)))
        .collect();
    if dates.is_empty() {
        return Ok(None);
    }
    let span = |of: fn(&str) -> bool| dates.iter().find(|column| of(&column.name));
    if let (Some(first), Some(last)) = (span(is_beginning), span(is_ending)) {
        return Err(format!("rows have a span, `{}` to `{}`, and no single day", first.name, last.name));
    }
    let dates: Vec<&Column> =
        match dates.iter().filter(|column| !goes_on(&column.name)).copied().collect::<Vec<_>>() {
            left if left.is_empty() => {
                return Err(format!(
                    "`{}` sounds like the beginning of something that goes on",
                    dates[0].name
                ));
            }
            left => left,
        };
    // A row without its date belongs to no window.
    let filled: Vec<&&Column> =
        dates.iter().filter(|column| column.is_never_missing || column.values.missing == 0).collect();
    let Some(best) = filled.iter().min_by_key(|column| date_rank(&column.name)) else {
        return Err(format!("`{}` is missing in some rows, which would belong to no window", dates[0].name));
    };
    let others = filled.iter().filter(|column| column.name != best.name).map(|column| column.name.clone());
    let is_instant = best.data_type == Some(DataType::Timestamp);
    let days: Vec<NaiveDate> = best.values.days.iter().copied().collect();
    let grain = if is_instant { Some(PeriodKind::Day) } else { grain(&days) };
    let weekdays: Vec<Weekday> = days.iter().map(NaiveDate::weekday).collect();
    let weekday = weekdays.first().copied().filter(|first| weekdays.iter().all(|other| other == first));
    Ok(Some(Time {
        column: best.name.clone(),
        is_instant,
        grain,
        weekday: weekday.filter(|_| grain == Some(PeriodKind::Week)),
        days: best.days,
        others: others.collect(),
    }))
}

/// The most frequent distance between days that follow each other.
fn grain(days: &[NaiveDate]) -> Option<PeriodKind> {
    let mut distances: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in days.windows(2) {
        *distances.entry((pair[1] - pair[0]).num_days()).or_default() += 1;
    }
    let months: usize = (28..=31).filter_map(|days| distances.get(&days)).sum();
    let usual = distances
        .iter()
        .max_by_key(|(distance, times)| (**times, -**distance))
        .map(|(distance, _)| *distance);
    match usual? {
        1 => Some(PeriodKind::Day),
        7 => Some(PeriodKind::Week),
        28..=31 if 2 * months > days.len() => Some(PeriodKind::Month),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(step: i64, count: i64) -> Vec<NaiveDate> {
        let first: NaiveDate = "2024-01-01".parse().unwrap();
        (0..count).map(|place| first + chrono::Duration::days(step * place)).collect()
    }

    #[test]
    fn distances_tell_days_weeks_and_months() {
        assert_eq!(grain(&days(1, 30)), Some(PeriodKind::Day));
        assert_eq!(grain(&days(7, 30)), Some(PeriodKind::Week));
        assert_eq!(grain(&days(11, 30)), None);
        let months: Vec<NaiveDate> =
            (1..=12).map(|month| NaiveDate::from_ymd_opt(2024, month, 1).unwrap()).collect();
        assert_eq!(grain(&months), Some(PeriodKind::Month));
        // Working days, with gaps at weekends.
        let working: Vec<NaiveDate> =
            days(1, 30).into_iter().filter(|day| day.weekday().number_from_monday() < 6).collect();
        assert_eq!(grain(&working), Some(PeriodKind::Day));
        assert_eq!(grain(&days(1, 1)), None);
    }
}
