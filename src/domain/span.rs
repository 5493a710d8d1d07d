//! Lengths of time as people write them: `7 days`, `156 weeks`.

use std::fmt;

use chrono::{Days, Months, NaiveDate};

/// A length of time in calendar units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// How many units, at least 1.
    pub count: u32,
    /// The unit.
    pub unit: SpanUnit,
}

/// The unit of a [`Span`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanUnit {
    /// Calendar days.
    Day,
    /// Seven calendar days.
    Week,
    /// Calendar months; the day of month is cut to the month's length.
    Month,
    /// Three calendar months.
    Quarter,
    /// Twelve calendar months.
    Year,
}

impl Span {
    /// Parses `7 days`, `1 week`, `3 months`; `None` if it is no span.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.trim().split_once(char::is_whitespace)?;
        let unit = match unit.trim() {
            "day" | "days" => SpanUnit::Day,
            "week" | "weeks" => SpanUnit::Week,
            "month" | "months" => SpanUnit::Month,
            "quarter" | "quarters" => SpanUnit::Quarter,
            "year" | "years" => SpanUnit::Year,
            _ => return None,
        };
        let count = count.parse::<u32>().ok().filter(|count| (1..=100_000).contains(count))?;
        Some(Self { count, unit })
    }

    /// The date this span before `date`, or the earliest date there is.
    #[must_use]
    pub fn before(self, date: NaiveDate) -> NaiveDate {
        match self.in_months_or_days() {
            Length::Days(days) => date.checked_sub_days(Days::new(days)),
            Length::Months(months) => date.checked_sub_months(Months::new(months)),
        }
        .unwrap_or(NaiveDate::MIN)
    }

    /// The date this span after `date`, or the latest date there is.
    #[must_use]
    pub fn after(self, date: NaiveDate) -> NaiveDate {
        match self.in_months_or_days() {
            Length::Days(days) => date.checked_add_days(Days::new(days)),
            Length::Months(months) => date.checked_add_months(Months::new(months)),
        }
        .unwrap_or(NaiveDate::MAX)
    }

    fn in_months_or_days(self) -> Length {
        match self.unit {
            SpanUnit::Day => Length::Days(u64::from(self.count)),
            SpanUnit::Week => Length::Days(7 * u64::from(self.count)),
            SpanUnit::Month => Length::Months(self.count),
            SpanUnit::Quarter => Length::Months(3 * self.count),
            SpanUnit::Year => Length::Months(12 * self.count),
        }
    }
}

enum Length {
    Days(u64),
    Months(u32),
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            SpanUnit::Day => "day",
            SpanUnit::Week => "week",
            SpanUnit::Month => "month",
            SpanUnit::Quarter => "quarter",
            SpanUnit::Year => "year",
        };
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {unit}{plural}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_back_as_written() {
        for text in ["7 days", "1 day", "156 weeks", "3 months", "2 quarters", "1 year"] {
            assert_eq!(Span::parse(text).map(|span| span.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "7", "days", "-7 days", "0 days", "7 fortnights", "1.5 days", "99999999999 days"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_month_before_the_end_of_march_is_the_end_of_february() -> Result<(), String> {
        let date = NaiveDate::from_ymd_opt(2012, 3, 31).ok_or("date")?;
        let span = Span::parse("1 month").ok_or("span")?;
        assert_eq!(span.before(date).to_string(), "2012-02-29");
        Ok(())
    }
}
