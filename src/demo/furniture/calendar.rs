//! Weeks, days and public holidays of the furniture world.
//!
//! Holidays are those of the German states, worked out from the date of Easter (Meeus, Jones and Butcher).

use chrono::{Datelike, Days, NaiveDate, TimeZone, Weekday};

use super::world::{AFTER, FIRST_MONDAY, TIME_ZONE, WARM_UP, WEEKS};

/// Weeks that the world lives through.
pub(super) const ALL_WEEKS: usize = WARM_UP + WEEKS + AFTER;

/// Monday of week `week`, counted from the beginning of the warm-up.
pub(super) fn monday(week: usize) -> NaiveDate {
    days_after(FIRST_MONDAY, 7 * signed(week) - 7 * signed(WARM_UP))
}

/// The day `days` after `date`; before it if negative.
pub(super) fn days_after(date: NaiveDate, days: i64) -> NaiveDate {
    let count = Days::new(days.unsigned_abs());
    if days < 0 { date - count } else { date + count }
}

/// A small count as a signed number.
pub(super) fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Days since 1970-01-01.
#[allow(clippy::cast_possible_truncation, reason = "dates of this world lie within a few decades of 1970")]
pub(super) fn epoch_days(date: NaiveDate) -> i32 {
    (date - NaiveDate::default()).num_days() as i32
}

/// Place of a date in the year, 0–1.
pub(super) fn place_in_year(date: NaiveDate) -> f64 {
    f64::from(date.ordinal0()) / 365.25
}

/// Microseconds since 1970-01-01 UTC at which a day begins on the company's clocks.
pub(super) fn midnight(date: NaiveDate) -> i64 {
    let local = date.and_time(chrono::NaiveTime::MIN);
    let instant = TIME_ZONE.from_local_datetime(&local).earliest();
    instant.map_or_else(|| wall_clock(date), |instant| instant.timestamp_micros())
}

/// Week of the world that holds an instant, given in microseconds since 1970-01-01 UTC.
pub(super) fn week_of(micros: i64) -> usize {
    let instant = chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default();
    let days = (instant.with_timezone(&TIME_ZONE).date_naive() - monday(0)).num_days();
    usize::try_from(days / 7).unwrap_or(0)
}

/// Microseconds that a clock shows at the beginning of a day, read as if it stood in UTC.
pub(super) fn wall_clock(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros()
}

/// Name of the public holiday on `date` in the state `region`.
pub(super) fn holiday(date: NaiveDate, region: &str) -> Option<&'static str> {
    let in_states = |states: &str| states.split(' ').any(|state| state == region);
    let since = |year: i32| date.year() >= year;
    let catholic = "BW BY NW RP SL";
    let named = match (date.month(), date.day()) {
        (1, 1) => Some(("Neujahr", true)),
        (1, 6) => Some(("Heilige Drei Könige", in_states("BW BY ST"))),
        (3, 8) => {
            let kept = (since(2019) && region == "BE") || (since(2023) && region == "MV");
            Some(("Internationaler Frauentag", kept))
        }
        (5, 1) => Some(("Tag der Arbeit", true)),
        (8, 15) => Some(("Mariä Himmelfahrt", region == "SL")),
        (9, 20) => Some(("Weltkindertag", since(2019) && region == "TH")),
        (10, 3) => Some(("Tag der Deutschen Einheit", true)),
        (10, 31) => {
            let kept = date.year() == 2017
                || in_states("BB MV SN ST TH")
                || (since(2018) && in_states("HB HH NI SH"));
            Some(("Reformationstag", kept))
        }
        (11, 1) => Some(("Allerheiligen", in_states(catholic))),
        (12, 25) => Some(("Erster Weihnachtstag", true)),
        (12, 26) => Some(("Zweiter Weihnachtstag", true)),
        _ => None,
    };
    let moving = || {
        let after_easter = (date - easter(date.year())).num_days();
        match after_easter {
            -2 => Some(("Karfreitag", true)),
            1 => Some(("Ostermontag", true)),
            39 => Some(("Christi Himmelfahrt", true)),
            50 => Some(("Pfingstmontag", true)),
            60 => Some(("Fronleichnam", in_states(catholic) || region == "HE")),
            _ => (date == repentance_day(date.year())).then_some(("Buß- und Bettag", region == "SN")),
        }
    };
    let found = named.filter(|(_, here)| *here).or_else(moving);
    found.filter(|(_, here)| *here).map(|(name, _)| name)
}

/// Easter Sunday of a year.
fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    let part = |number: i32| u32::try_from(number).unwrap_or(1);
    NaiveDate::from_ymd_opt(year, part(month), part(day)).unwrap_or_default()
}

/// The Wednesday before 23 November.
fn repentance_day(year: i32) -> NaiveDate {
    let mut day = NaiveDate::from_ymd_opt(year, 11, 22).unwrap_or_default();
    while day.weekday() != Weekday::Wed {
        day = days_after(day, -1);
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::furniture::world::REGIONS;
    use crate::published::published;

    #[test]
    fn weeks_begin_on_mondays() {
        assert_eq!(monday(WARM_UP), FIRST_MONDAY);
        assert!((0..ALL_WEEKS).all(|week| monday(week).weekday() == Weekday::Mon));
    }

    #[test]
    fn instants_fall_into_their_week() {
        for week in 1..ALL_WEEKS {
            assert_eq!(week_of(midnight(monday(week))), week);
            assert_eq!(week_of(midnight(monday(week)) - 1), week - 1);
        }
    }

    #[test]
    fn days_begin_at_midnight_in_berlin() {
        let hours = |date: &str| {
            let date: NaiveDate = date.parse().unwrap();
            (wall_clock(date) - midnight(date)) / 3_600_000_000
        };
        assert_eq!((hours("2024-01-15"), hours("2024-07-15")), (1, 2));
    }

    #[test]
    fn holidays_are_those_of_the_states() {
        let Some(folder) = published() else { return };
        let text =
            std::fs::read_to_string(folder.join("holidays/german_public_holidays_by_state.csv")).unwrap();
        let mut checked = 0;
        for region in REGIONS {
            let mut expected: Vec<NaiveDate> = Vec::new();
            for line in text.lines().skip(1) {
                let fields: Vec<&str> = line.split(',').collect();
                let date: NaiveDate = fields[1].parse().unwrap();
                if fields[0] == region.code && (2012..=2016).contains(&date.year()) {
                    expected.push(date);
                }
            }
            expected.retain(|date| date.weekday() != Weekday::Sun);
            let first: NaiveDate = "2012-01-01".parse().unwrap();
            let found: Vec<NaiveDate> = (0..5 * 365 + 2)
                .map(|day| days_after(first, day))
                .filter(|date| date.weekday() != Weekday::Sun && holiday(*date, region.code).is_some())
                .collect();
            expected.sort();
            expected.dedup();
            checked += found.len();
            assert_eq!(found, expected, "{}", region.code);
        }
        assert!(checked > 500);
    }
}
