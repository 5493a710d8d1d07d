//! Single values with a spelling of their own: `7 days`, `70%`, `decimal(12,2)`, `4 GiB`.

use std::borrow::Cow;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected};

use crate::config::job::MoneyPart;
use crate::config::platform::Secret;
use crate::domain::{DataType, Span};

/// Declares a value that is read from its text, with what people are told when it cannot be.
macro_rules! text_value {
    ($(#[$meta:meta])* $name:ident($inner:ty) = $parse:expr, expected $expected:literal, schema $schema:tt) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $name(pub(crate) $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let parse: fn(&str) -> Option<$inner> = $parse;
                parse(text.trim())
                    .map(Self)
                    .ok_or_else(|| D::Error::invalid_value(Unexpected::Other("text"), &$expected))
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

text_value! {
    /// A length of time.
    SpanText(Span) = Span::parse,
    expected "a length of time such as `7 days`, `1 week` or `3 months`",
    schema { "type": "string", "title": "length of time", "pattern": "^[1-9][0-9]* (day|week|month|quarter|year)s?$" }
}

text_value! {
    /// A length of time ahead.
    Ahead(Span) = |text| Span::parse(text.strip_prefix("next ").unwrap_or(text)),
    expected "a length of time such as `next 4 weeks`",
    schema { "type": "string", "title": "length of time ahead", "pattern": "^(next )?[1-9][0-9]* (day|week|month|quarter|year)s?$" }
}

text_value! {
    /// A short length of time, as requests take it.
    DurationText(Duration) = parse_duration,
    expected "a length of time such as `10 seconds`, `5 minutes` or `1 hour`",
    schema { "type": "string", "title": "short length of time", "pattern": "^[1-9][0-9]* (second|minute|hour)s?$" }
}

text_value! {
    /// A part of a sum of money, or an amount.
    Portion(MoneyPart) = parse_portion,
    expected "a share such as `90%`, which may be above 100 %, or an amount such as `50000`",
    schema {
        "title": "share or amount",
        "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?%?$" }]
    }
}

text_value! {
    /// A calendar day.
    Day(NaiveDate) = |text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
    expected "a date such as `2024-01-01`",
    schema { "type": "string", "title": "date", "format": "date" }
}

text_value! {
    /// A time zone by its name in the IANA database.
    Zone(Tz) = |text| text.parse().ok(),
    expected "the name of a time zone such as `Europe/Berlin` or `UTC`",
    schema { "type": "string", "title": "time zone" }
}

text_value! {
    /// A share, 0 to 1.
    Share(f64) = parse_share,
    expected "a share such as `70%` or `0.7`",
    schema {
        "title": "share",
        "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?%$" }]
    }
}

text_value! {
    /// A relative change, at least -1.
    Change(f64) = parse_change,
    expected "a change such as `-50%` or `100%`, not below -100%",
    schema { "type": "string", "title": "change", "pattern": "^[-+]?[0-9]+(\\.[0-9]+)? ?%$" }
}

text_value! {
    /// A column type.
    ColumnType(DataType) = DataType::parse,
    expected "a column type: `string`, `boolean`, `integer`, `bigint`, `double`, `date`, `timestamp` or `decimal(12,2)`",
    schema {
        "type": "string",
        "title": "column type",
        "pattern": "^(string|boolean|integer|bigint|double|date|timestamp|decimal\\([0-9]+, ?[0-9]+\\))$"
    }
}

text_value! {
    /// A currency code.
    Currency(String) = |text| {
        (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.to_owned())
    },
    expected "a currency as three capital letters such as `EUR` (ISO 4217)",
    schema { "type": "string", "title": "currency", "pattern": "^[A-Z]{3}$" }
}

text_value! {
    /// An amount of memory in bytes.
    Memory(u64) = parse_memory,
    expected "an amount of memory such as `512 MiB` or `4 GiB`",
    schema { "type": "string", "title": "amount of memory", "pattern": "^[0-9]+(\\.[0-9]+)? ?(KiB|MiB|GiB|TiB|KB|MB|GB|TB)$" }
}

text_value! {
    /// Where a secret is found.
    SecretText(Secret) = parse_secret,
    expected "`env:NAME` or `file:/path/to/secret`",
    schema { "type": "string", "title": "where a secret is found", "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$" }
}

/// One ASCII character. Not trimmed, because a tab or a space may be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OneByte(pub(crate) u8);

const ONE_BYTE: &str = r#"one ASCII character such as `";"` or `"\t"`"#;

impl<'de> Deserialize<'de> for OneByte {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(Self(*byte)),
            _ => Err(D::Error::invalid_value(Unexpected::Other("text"), &ONE_BYTE)),
        }
    }
}

impl JsonSchema for OneByte {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OneByte".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "title": "one character", "minLength": 1, "maxLength": 1 })
    }
}

fn parse_share(text: &str) -> Option<f64> {
    let (number, divisor) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text, 1.0),
    };
    let digits = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let share = number.parse::<f64>().ok().filter(|_| digits)? / divisor;
    (0.0..=1.0).contains(&share).then_some(share)
}

/// Always with `%`: whoever writes 100 means 100 %, and would get a hundred times the rows.
fn parse_change(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%')?.trim_end();
    let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
    let is_plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let change = number.parse::<f64>().ok().filter(|_| is_plain)? / 100.0;
    (-1.0..=1e6).contains(&change).then_some(change)
}

impl PartialOrd for Change {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.0.partial_cmp(&other.0)
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The percentage that was written has no tail.
        write!(f, "{}%", (self.0 * 1e8).round() / 1e6)
    }
}

fn parse_portion(text: &str) -> Option<MoneyPart> {
    let number = |text: &str| {
        let digits = text.chars().all(|c| c.is_ascii_digit() || c == '.');
        text.parse::<f64>().ok().filter(|number| digits && *number <= 1e12)
    };
    match text.strip_suffix('%') {
        Some(percent) => number(percent.trim_end()).map(|percent| MoneyPart::Share(percent / 100.0)),
        None => number(text).map(MoneyPart::Amount),
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let (count, unit) = text.split_once(char::is_whitespace)?;
    let seconds = match unit.trim() {
        "second" | "seconds" => 1,
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        _ => return None,
    };
    let count = count.parse::<u64>().ok().filter(|count| (1..=100_000).contains(count))?;
    Some(Duration::from_secs(count * seconds))
}

fn parse_memory(text: &str) -> Option<u64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let factor: u64 = match unit {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return None,
    };
    let number = number.trim();
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor).filter(|bytes| *bytes > 0);
    }
    // At most three decimals, in whole numbers, so that no rounding is involved.
    let (whole, decimals) = number.split_once('.')?;
    let scale =
        10_u64.checked_pow(u32::try_from(decimals.len()).ok().filter(|len| (1..=3).contains(len))?)?;
    let (whole, decimals) = (whole.parse::<u64>().ok()?, decimals.parse::<u64>().ok()?);
    let bytes = whole.checked_mul(factor)?.checked_add(decimals.checked_mul(factor)? / scale)?;
    (bytes > 0).then_some(bytes)
}

fn parse_secret(text: &str) -> Option<Secret> {
    if let Some(name) = text.strip_prefix("env:") {
        let valid = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return valid.then(|| Secret::Env(name.to_owned()));
    }
    let path = text.strip_prefix("file:")?;
    (!path.is_empty()).then(|| Secret::File(path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_as_percent_or_as_number() {
        for (text, expected) in
            [("70%", Some(0.7)), ("0.1 %", Some(0.001)), ("0.7", Some(0.7)), ("0%", Some(0.0))]
        {
            assert_eq!(parse_share(text), expected, "{text}");
        }
        for text in ["70", "101%", "-1%", "%", "", "1e-3", "inf", "nan"] {
            assert_eq!(parse_share(text), None, "{text}");
        }
    }

    #[test]
    fn changes_have_a_sign_and_a_percent_sign() {
        for (text, expected) in
            [("-50%", -0.5), ("+ 5%", f64::NAN), ("+5%", 0.05), ("100 %", 1.0), ("-100%", -1.0)]
        {
            assert_eq!(parse_change(text), Some(expected).filter(|change| !change.is_nan()), "{text}");
        }
        for text in ["100", "-0.5", "-101%", "%", "--5%", "1e3%", ""] {
            assert_eq!(parse_change(text), None, "{text}");
        }
        assert_eq!(Change(-0.07).to_string(), "-7%");
    }

    #[test]
    fn parts_of_money_are_shares_or_amounts() {
        assert_eq!(parse_portion("115 %"), Some(MoneyPart::Share(1.15)));
        assert_eq!(parse_portion("50000"), Some(MoneyPart::Amount(50_000.0)));
        for text in ["-1", "-5%", "%", "", "many", "1e9", "9999999999999"] {
            assert_eq!(parse_portion(text), None, "{text}");
        }
    }

    #[test]
    fn short_lengths_of_time_have_a_unit() {
        for (text, seconds) in [("1 second", 1), ("90 seconds", 90), ("5 minutes", 300), ("2  hours", 7200)] {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in
            ["5", "minutes", "0 seconds", "-1 second", "1.5 minutes", "5m", "1 day", "999999 hours", ""]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn memory_has_a_unit() {
        assert_eq!(parse_memory("4 GiB"), Some(4 << 30));
        assert_eq!(parse_memory("1.5GiB"), Some(3 << 29));
        assert_eq!(parse_memory("512 MB"), Some(512_000_000));
        for text in ["4", "GiB", "0 GiB", "-1 GiB", "4 gigs", "99999999999 TiB", "1.2345 GiB", "1. GiB"] {
            assert_eq!(parse_memory(text), None, "{text}");
        }
    }

    #[test]
    fn secrets_are_references() {
        assert_eq!(parse_secret("env:KEY"), Some(Secret::Env("KEY".to_owned())));
        assert_eq!(parse_secret("file:/run/secrets/key"), Some(Secret::File("/run/secrets/key".into())));
        for text in ["hunter2", "env:", "env:A B", "file:", ""] {
            assert_eq!(parse_secret(text), None, "{text}");
        }
    }
}
