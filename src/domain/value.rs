//! The column types that contracts and output tables speak of.

use std::fmt;

/// A column type, named as analysts and BI tools name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataType {
    /// UTF-8 text.
    String,
    /// True or false.
    Boolean,
    /// 32-bit signed integer.
    Integer,
    /// 64-bit signed integer.
    Bigint,
    /// 64-bit floating point.
    Double,
    /// Calendar day without a time zone.
    Date,
    /// Instant in UTC with microseconds.
    Timestamp,
    /// Exact decimal number.
    Decimal {
        /// Digits in total, 1 to 38.
        precision: u8,
        /// Digits after the point, at most `precision`.
        scale: i8,
    },
}

impl DataType {
    /// True for types that can be averaged.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Integer | Self::Bigint | Self::Double | Self::Decimal { .. })
    }

    /// Parses the YAML spelling, for example `decimal(12,2)`; `None` if it is no known type.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        Some(match lower.as_str() {
            "string" => Self::String,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "bigint" => Self::Bigint,
            "double" => Self::Double,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            other => {
                let (precision, scale) =
                    other.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
                let precision = precision.trim().parse::<u8>().ok()?;
                let scale = scale.trim().parse::<i8>().ok()?;
                let valid = (1..=38).contains(&precision) && scale >= 0 && scale.unsigned_abs() <= precision;
                return valid.then_some(Self::Decimal { precision, scale });
            }
        })
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => f.write_str("string"),
            Self::Boolean => f.write_str("boolean"),
            Self::Integer => f.write_str("integer"),
            Self::Bigint => f.write_str("bigint"),
            Self::Double => f.write_str("double"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DataType;

    #[test]
    fn every_spelling_reads_back() {
        for text in ["string", "boolean", "integer", "bigint", "double", "date", "timestamp", "decimal(12,2)"]
        {
            assert_eq!(DataType::parse(text).map(|parsed| parsed.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn impossible_types_are_refused() {
        for text in ["text", "decimal", "decimal(2,3)", "decimal(39,0)", "decimal(0,0)", "decimal(12,-1)", ""]
        {
            assert_eq!(DataType::parse(text), None, "{text}");
        }
    }
}
