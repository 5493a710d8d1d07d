//! What an explanation is made from, and how its figures are written.

use crate::config::job::{Job, Kpi, ResponseModel};
use crate::domain::{Estimate, Interval, Language};
use crate::steering::wording::label;
use crate::steering::wording::number::{self, NO_FIGURE, Sign};
use crate::steering::wording::quantity::Unit;

use super::explanation::{Figure, PublicationNote, PublishedRows, Reason};
use super::row::{Published, PublishedColumn, Row};

/// The language of the command line.
pub(super) const ENGLISH: Language = Language::En;

/// What is believed about a channel unless the job says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DefaultPrior {
    /// Probability of no effect.
    pub no_effect: f64,
    /// The belief's scale is this share of the outcome, spread over all spend.
    pub share: f64,
}

/// Everything that an explanation rests on, apart from its lineage.
#[derive(Debug, Clone, Copy)]
pub struct ExplainInputs<'a> {
    /// The job.
    pub job: &'a Job,
    /// The publication.
    pub publication: &'a PublicationNote,
    /// Its tables.
    pub published: &'a Published,
    /// What is believed about channels by default.
    pub prior: DefaultPrior,
    /// The job file as given on the command line.
    pub job_path: &'a str,
    /// What people type to start this program.
    pub program: &'a str,
}

impl ExplainInputs<'_> {
    /// The unit of the job's money.
    pub(super) fn money(&self) -> Unit {
        Unit::Money(self.job.currency.clone())
    }

    /// One unit of money: returns are stated for it.
    pub(super) fn one(&self) -> String {
        self.money().write(1.0, 0, Sign::Never, ENGLISH)
    }

    /// The unit of a response model's outcome.
    pub(super) fn outcome_unit(&self, model: &ResponseModel) -> Unit {
        Unit::of_amount(
            &model.outcome_unit,
            self.kpi_of(model.explains.as_deref()),
            &self.job.currency,
            ENGLISH,
        )
    }

    pub(super) fn kpi_of(&self, name: Option<&str>) -> Option<&Kpi> {
        name.and_then(|name| self.job.kpi(name))
    }

    /// `week`, `month`, …
    pub(super) fn period(&self) -> &'static str {
        self.job.calendar.period.as_str()
    }

    /// The unit of a column of any published table, as the table itself states it.
    pub(super) fn unit_of(&self, column: &PublishedColumn, row: &Row) -> Unit {
        let stated = column.unit.as_deref().unwrap_or_default();
        // A p-value is a share, but nobody reads it as a percentage.
        if column.name.ends_with("p_value")
            || stated.starts_with("outcome per")
            || stated.starts_with("worth per")
        {
            return Unit::Bare;
        }
        let Some(other) = stated.strip_prefix("see column `").and_then(|rest| rest.strip_suffix('`')) else {
            return Unit::of_amount(stated, None, &self.job.currency, ENGLISH);
        };
        let unit = match row.text(other) {
            "probability" => "share",
            unit => unit,
        };
        let unit = Unit::of_amount(unit, None, &self.job.currency, ENGLISH);
        if other.contains("effect") || other.contains("change") { unit.difference() } else { unit }
    }

    /// Published rows, with the command that shows their table.
    pub(super) fn rows_in(&self, table: &str, key: &[(&str, &str)]) -> PublishedRows {
        let as_of = ("as_of", self.publication.as_of.to_string());
        let key = key.iter().map(|(column, value)| (*column, (*value).to_owned()));
        PublishedRows {
            table: table.to_owned(),
            key: key.chain([as_of]).map(|(column, value)| (column.to_owned(), value)).collect(),
            command: format!("{} show {} {table}", self.program, self.job_path),
        }
    }
}

/// Writes an estimate with the places that its interval supports: `3.15 (2.82 to 3.48)`.
pub(super) fn range(estimate: &Estimate, unit: &Unit) -> String {
    if !estimate.value.is_finite() {
        return NO_FIGURE.to_owned();
    }
    let decimals = match estimate.interval {
        Interval::Bounds { .. } => unit.places(estimate),
        Interval::None { .. } => unit.natural_decimals(estimate.value),
    };
    let value = unit.write(estimate.value, decimals, Sign::Negative, ENGLISH);
    let Interval::Bounds { lower, upper, .. } = estimate.interval else { return value };
    let end = |end: f64| match unit {
        Unit::Share => unit.write(end, decimals, Sign::Negative, ENGLISH),
        _ => unit.write_bare(end, decimals, Sign::Negative, ENGLISH),
    };
    format!("{value} ({} to {})", end(lower), end(upper))
}

/// The value of an estimate alone, with the places that its interval supports.
pub(super) fn value_of(estimate: &Estimate, unit: &Unit) -> String {
    unit.write(estimate.value, unit.places(estimate), Sign::Negative, ENGLISH)
}

/// A share of 0 to 1 in whole percent.
pub(super) fn percent(share: f64) -> String {
    number::percent(share, 0, Sign::Negative, ENGLISH)
}

/// A p-value: `p = 0.043`.
pub(super) fn p_value(p: f64) -> String {
    match p {
        p if p < 0.001 => "p below 0.001".to_owned(),
        p => format!(
            "p = {}",
            number::decimal(p, number::significant(p, 2).clamp(2, 3), Sign::Negative, ENGLISH)
        ),
    }
}

/// The figure in `column` of `row`; `None` where it is missing.
pub(super) fn figure(row: &Row, column: &str, unit: &Unit, label: &str, note: &str) -> Option<Figure> {
    let estimate = row.estimate(column)?;
    Some(Figure {
        figure: column.to_owned(),
        label: label.to_owned(),
        value: Some(estimate.value),
        lower: estimate.lower(),
        upper: estimate.upper(),
        interval_level: estimate.level(),
        text: range(&estimate, unit),
        note: note.to_owned(),
    })
}

/// The reasons of a gate: codes joined by `, ` and sentences, one per line.
pub(super) fn reasons(row: &Row) -> Vec<Reason> {
    let codes = row.text("reason_codes").split(", ").filter(|code| !code.is_empty());
    let mut texts = row.text("reasons").lines();
    codes
        .map(|code| Reason { code: code.to_owned(), text: label::sentence(texts.next().unwrap_or(code)) })
        .collect()
}

/// Words as a list: `a`, `a and b`, `a, b and c`.
pub(super) fn and(words: &[String]) -> String {
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_places_that_it_supports() {
        let estimate = Estimate::with_bounds(3.151_8, 2.822_9, 3.477_7, 0.9);
        assert_eq!(range(&estimate, &Unit::Bare), "3.15 (2.82 to 3.48)");
        let share = Estimate::with_bounds(0.7, 0.65, 0.8, 0.9);
        assert_eq!(range(&share, &Unit::Share), "70% (65% to 80%)");
        let euro = Unit::Money("EUR".to_owned());
        assert_eq!(range(&Estimate::without_interval(1_234.0, "one"), &euro), "€1,234");
        assert_eq!(range(&Estimate::without_interval(f64::NAN, "one"), &euro), NO_FIGURE);
    }

    #[test]
    fn words_become_a_list() {
        let words = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(
            [and(&[]), and(&words[..1]), and(&words[..2]), and(&words)],
            ["", "a", "a and b", "a, b and c"]
        );
    }
}
