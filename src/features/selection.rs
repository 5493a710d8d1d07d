//! Which rows of a table a model sees, and why it does not see the others.
//!
//! Separate, because the first pass and every later read must agree on it row by row. What people
//! get wrong: a row too young to have an outcome is *open*, not lost, even if its outcome column
//! already says 0.

use chrono::NaiveDate;

use crate::config::job::Success;
use crate::domain::Span;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The model sees it.
    Kept,
    /// It does not, for one of [`Reason::ALL`].
    LeftOut(Reason),
}

/// Why a row is left out; the first that holds counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    NoDate,
    BeforeHistory,
    AfterEnd,
    Open,
    NoOutcome,
}

impl Reason {
    pub(super) const ALL: [Self; 5] =
        [Self::NoDate, Self::BeforeHistory, Self::AfterEnd, Self::Open, Self::NoOutcome];

    /// What people read.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::NoDate => "no date",
            Self::BeforeHistory => "before the history that the model reads",
            Self::AfterEnd => "at or after the end of the window",
            Self::Open => "still open at the end of the window",
            Self::NoOutcome => "no outcome",
        }
    }
}

/// Decides over rows by their date and outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Selection {
    history_start: Option<NaiveDate>,
    end: NaiveDate,
    /// Rows dated later are open; `None`: outcomes are known at once.
    last_mature: Option<NaiveDate>,
}

impl Selection {
    /// Selects mature rows in `[history_start, end)`.
    pub(super) fn new(success: &Success, history_start: Option<NaiveDate>, end: NaiveDate) -> Self {
        let matures_after = match success {
            Success::YesNo { matures_after, .. } => *matures_after,
            Success::Amount { .. } => None,
        };
        Self { history_start, end, last_mature: matures_after.map(|span| last_mature(span, end)) }
    }

    /// Decides over one row; an outcome that is no finite number is missing.
    pub(super) fn fate(&self, date: Option<NaiveDate>, outcome: f64) -> Fate {
        let Some(date) = date else { return Fate::LeftOut(Reason::NoDate) };
        if self.history_start.is_some_and(|start| date < start) {
            Fate::LeftOut(Reason::BeforeHistory)
        } else if date >= self.end {
            Fate::LeftOut(Reason::AfterEnd)
        } else if self.last_mature.is_some_and(|last| date > last) {
            Fate::LeftOut(Reason::Open)
        } else if !outcome.is_finite() {
            Fate::LeftOut(Reason::NoOutcome)
        } else {
            Fate::Kept
        }
    }
}

/// The last day that is at least `span` old at `end`.
///
/// `Span::before` alone would be a little early: one month before 28 February is 28 January, but
/// whatever began on 31 January is a month old on 28 February too.
fn last_mature(span: Span, end: NaiveDate) -> NaiveDate {
    let mut last = span.before(end);
    while let Some(next) = last.succ_opt().filter(|next| span.after(*next) <= end) {
        last = next;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn selection(matures_after: Option<&str>) -> Selection {
        let matures_after = matures_after.and_then(Span::parse);
        let success = Success::YesNo { column: "won".to_owned(), matures_after };
        Selection::new(&success, Some(day("2012-01-01")), day("2013-02-28"))
    }

    #[test]
    fn rows_outside_the_history_are_left_out() {
        let all = selection(None);
        assert_eq!(all.fate(Some(day("2011-12-31")), 1.0), Fate::LeftOut(Reason::BeforeHistory));
        assert_eq!(all.fate(Some(day("2012-01-01")), 1.0), Fate::Kept);
        assert_eq!(all.fate(Some(day("2013-02-27")), 1.0), Fate::Kept);
        assert_eq!(all.fate(Some(day("2013-02-28")), 1.0), Fate::LeftOut(Reason::AfterEnd));
        assert_eq!(all.fate(None, 1.0), Fate::LeftOut(Reason::NoDate));
        assert_eq!(all.fate(Some(day("2012-01-01")), f64::NAN), Fate::LeftOut(Reason::NoOutcome));
    }

    #[test]
    fn young_rows_are_open_whatever_their_outcome_says() {
        let mature = selection(Some("10 days"));
        assert_eq!(mature.fate(Some(day("2013-02-18")), 0.0), Fate::Kept);
        assert_eq!(mature.fate(Some(day("2013-02-19")), 0.0), Fate::LeftOut(Reason::Open));
        assert_eq!(mature.fate(Some(day("2013-02-19")), f64::NAN), Fate::LeftOut(Reason::Open));
    }

    #[test]
    fn the_last_mature_day_is_the_last_whose_span_has_passed() {
        for text in ["1 month", "2 months", "10 days", "1 year", "1 quarter"] {
            let span = Span::parse(text).unwrap();
            for offset in 0..400 {
                let end = day("2012-01-01") + chrono::Days::new(offset);
                let last = last_mature(span, end);
                assert!(span.after(last) <= end, "{text} {end}");
                assert!(span.after(last.succ_opt().unwrap()) > end, "{text} {end}");
            }
        }
    }
}
