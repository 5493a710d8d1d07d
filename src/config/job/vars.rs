//! Variables of a job: values that SQL reads as bound parameters.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use crate::domain::DataType;

/// A variable with the value that it has in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Var {
    /// Name: SQL reads `$name`.
    pub name: String,
    /// Type of the value.
    pub data_type: DataType,
    /// The value, as [`Var::canonical`] spells it.
    pub value: String,
}

impl Var {
    /// The one spelling of the value that `text` means for the type: dates as `2024-01-31`, instants in UTC with
    /// microseconds, numbers as given. `None` if it means none.
    #[must_use]
    pub fn canonical(data_type: DataType, text: &str) -> Option<String> {
        let trimmed = text.trim();
        let given = || Some(trimmed.to_owned());
        match data_type {
            DataType::String => Some(text.to_owned()),
            DataType::Boolean => matches!(trimmed, "true" | "false").then(given)?,
            DataType::Integer => trimmed.parse::<i32>().ok().map(|value| value.to_string()),
            DataType::Bigint => trimmed.parse::<i64>().ok().map(|value| value.to_string()),
            DataType::Double => {
                let digits = trimmed.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
                digits
                    .then(|| trimmed.parse::<f64>().ok())?
                    .filter(|value| value.is_finite())
                    .and_then(|_| given())
            }
            DataType::Date => NaiveDate::parse_from_str(trimmed, "%Y-%m-%d").ok().map(|day| day.to_string()),
            DataType::Timestamp => {
                let instant = DateTime::parse_from_rfc3339(trimmed).ok()?;
                Some(instant.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Micros, true))
            }
            DataType::Decimal { precision, scale } => {
                let digits = trimmed.strip_prefix('-').unwrap_or(trimmed);
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                let (precision, scale) = (usize::from(precision), usize::from(scale.unsigned_abs()));
                let numeric = |part: &str| part.chars().all(|c| c.is_ascii_digit());
                let fits = !whole.is_empty()
                    && numeric(whole)
                    && numeric(fraction)
                    && whole.trim_start_matches('0').len() <= precision - scale
                    && fraction.len() <= scale;
                fits.then(given)?
            }
        }
    }

    /// Whether `sql` reads the variable. A mention in a comment counts too, which does no harm.
    #[must_use]
    pub fn is_read_by(&self, sql: &str) -> bool {
        let sql = sql.to_ascii_lowercase();
        let parameter = format!("${}", self.name);
        sql.match_indices(&parameter).any(|(at, _)| {
            let after = sql[at + parameter.len()..].chars().next();
            !after.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_')
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_type() {
        let money = DataType::Decimal { precision: 6, scale: 2 };
        for (data_type, text, expected) in [
            (DataType::String, " a 'b' ", Some(" a 'b' ")),
            (DataType::Boolean, "true", Some("true")),
            (DataType::Boolean, "yes", None),
            (DataType::Integer, "-12", Some("-12")),
            (DataType::Integer, "3000000000", None),
            (DataType::Bigint, "3000000000", Some("3000000000")),
            (DataType::Bigint, "1.5", None),
            (DataType::Double, "0.35", Some("0.35")),
            (DataType::Double, "1e3", Some("1e3")),
            (DataType::Double, "inf", None),
            (DataType::Double, "NaN", None),
            (DataType::Double, "1e999", None),
            (DataType::Date, "2024-02-29", Some("2024-02-29")),
            (DataType::Date, "2023-02-29", None),
            (DataType::Timestamp, "2024-01-01T01:00:00+01:00", Some("2024-01-01T00:00:00.000000Z")),
            (DataType::Timestamp, "2024-01-01", None),
            (money, "1234.50", Some("1234.50")),
            (money, "-0001234.5", Some("-0001234.5")),
            (money, "12345", None),
            (money, "1.505", None),
            (money, ".5", None),
            (money, "1e2", None),
        ] {
            assert_eq!(Var::canonical(data_type, text).as_deref(), expected, "{data_type} {text}");
        }
    }

    #[test]
    fn readers_are_found_by_whole_words() {
        let var = Var { name: "margin".into(), data_type: DataType::Double, value: "1".into() };
        assert!(var.is_read_by("select a * $margin from t"));
        assert!(var.is_read_by("select a where b < $MARGIN"));
        assert!(!var.is_read_by("select a * $margin_rate from t"));
        assert!(!var.is_read_by("select margin from t"));
    }
}
