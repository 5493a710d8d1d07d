//! What is known of a column: its type, whether values are missing, and what they look like.

use std::collections::{BTreeSet, HashMap};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, max, min};
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use arrow::row::{RowConverter, SortField};
use chrono::NaiveDate;

use super::spelling::shown;
use crate::domain::DataType;
use crate::sources::survey::FileSeen;

/// Most values of a column that are listed.
const LISTED: usize = 12;

/// A column of a source.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// `None` if no table can hold it; then `kind` says what it is.
    pub(super) data_type: Option<DataType>,
    pub(super) kind: String,
    /// Files that hold it, of those that were looked at.
    pub(super) held_by: usize,
    /// True if no value is missing in any row of any file.
    pub(super) is_never_missing: bool,
    /// First and last day, as far as it was seen.
    pub(super) days: Option<(NaiveDate, NaiveDate)>,
    pub(super) values: Values,
}

/// What the rows that were looked at hold in a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    pub(super) missing: usize,
    pub(super) distinct: usize,
    /// A number per row; equal values have equal numbers.
    pub(super) codes: Vec<u32>,
    /// All values, if they are few texts.
    pub(super) listed: Option<Vec<String>>,
    /// What all texts look like that SQL has to convert.
    pub(super) looks_like: Option<&'static str>,
    /// Smallest and largest number.
    pub(super) range: Option<(f64, f64)>,
    /// Days of dates and instants, in order, each once.
    pub(super) days: BTreeSet<NaiveDate>,
}

/// Looks at the values of a column.
pub(super) fn values(arrays: &[ArrayRef]) -> Values {
    let (codes, distinct) = codes(arrays);
    let mut values = Values {
        missing: arrays.iter().map(Array::logical_null_count).sum(),
        distinct,
        codes,
        listed: listed(arrays, distinct),
        looks_like: looks_like(arrays),
        ..Values::default()
    };
    for array in arrays {
        if array.data_type().is_numeric()
            && let Ok(numbers) = cast(array, &ArrowType::Float64)
        {
            let numbers = numbers.as_primitive::<Float64Type>();
            if let (Some(low), Some(high)) = (min(numbers), max(numbers)) {
                let (lowest, highest) = values.range.unwrap_or((low, high));
                values.range = Some((lowest.min(low), highest.max(high)));
            }
        }
        if matches!(array.data_type(), ArrowType::Date32 | ArrowType::Timestamp(..))
            && let Ok(days) = cast(array, &ArrowType::Date32)
        {
            let days = days.as_primitive::<arrow::datatypes::Date32Type>();
            values.days.extend(days.iter().flatten().filter_map(NaiveDate::from_epoch_days));
        }
    }
    values
}

/// A number per row, and how many different values there are; a missing value is none.
fn codes(arrays: &[ArrayRef]) -> (Vec<u32>, usize) {
    let mut codes = Vec::new();
    let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
    for array in arrays {
        let rows = RowConverter::new(vec![SortField::new(array.data_type().clone())])
            .and_then(|converter| converter.convert_columns(std::slice::from_ref(array)));
        let Ok(rows) = rows else { return (Vec::new(), 0) };
        for (place, row) in rows.iter().enumerate() {
            let next = u32::try_from(known.len() + 1).unwrap_or(u32::MAX);
            codes.push(if array.is_null(place) {
                0
            } else {
                *known.entry(row.as_ref().to_vec()).or_insert(next)
            });
        }
    }
    (codes, known.len())
}

fn listed(arrays: &[ArrayRef], distinct: usize) -> Option<Vec<String>> {
    let rows: usize = arrays.iter().map(Array::len).sum();
    // Few values in few rows say nothing.
    if distinct == 0 || distinct > LISTED || rows < 3 * distinct {
        return None;
    }
    let mut texts = BTreeSet::new();
    for array in arrays {
        texts.extend(array.as_string_opt::<i32>()?.iter().flatten().map(str::to_owned));
    }
    Some(texts.into_iter().collect())
}

/// What all texts look like, if that is something else than text.
fn looks_like(arrays: &[ArrayRef]) -> Option<&'static str> {
    type Look = (fn(&str) -> bool, &'static str);
    const LOOKS: [Look; 2] = [
        (is_german_number, "numbers with a decimal comma: convert them in SQL"),
        (is_german_date, "dates such as 31.12.2024: convert them in SQL"),
    ];
    let texts: Option<Vec<_>> = arrays.iter().map(|array| array.as_string_opt::<i32>()).collect();
    let texts = texts?;
    let mut all = texts.iter().flat_map(|texts| texts.iter().flatten()).peekable();
    all.peek()?;
    LOOKS.iter().find(|(is_such, _)| all.clone().all(is_such)).map(|(_, said)| *said)
}

/// `1.234,50`, but also the whole numbers among such.
fn is_german_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).replace('.', "").replacen(',', "", 1);
    !digits.is_empty() && digits.chars().all(|letter| letter.is_ascii_digit()) && !is_german_date(text)
}

/// `31.12.2024`
fn is_german_date(text: &str) -> bool {
    NaiveDate::parse_from_str(text, "%d.%m.%Y").is_ok()
}

impl Column {
    /// True if all of `files` hold it.
    pub(super) fn is_everywhere(&self, files: usize) -> bool {
        self.held_by == files
    }

    /// What the values that were looked at are, to stand in a comment.
    pub(super) fn remark(&self, is_whole: bool, rows: usize) -> Option<String> {
        let mut parts = Vec::new();
        let values = &self.values;
        if let Some(said) = values.looks_like {
            parts.push(said.to_owned());
        } else if let Some(texts) = &values.listed {
            parts.push(texts.iter().map(|text| shown(text)).collect::<Vec<_>>().join(", "));
        } else if let Some((low, high)) = values.range {
            parts.push(if low.total_cmp(&high).is_eq() {
                format!("always {low}")
            } else {
                format!("{low} to {high}")
            });
        }
        if values.missing == rows && rows > 0 {
            parts.push("no value in what was looked at".to_owned());
        } else if values.missing > 0 {
            let share = 100.0 * values.missing as f64 / rows as f64;
            parts.push(if share < 0.1 {
                "hardly ever missing".to_owned()
            } else {
                format!("missing in {share:.1} %")
            });
        } else if !self.is_never_missing && !is_whole && rows > 0 {
            parts.push("not missing in what was looked at".to_owned());
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// The type that the values of a column can be read as in all files; the narrowest of those that files hold.
pub(super) fn united(name: &str, files: &[FileSeen]) -> Option<DataType> {
    let held: Vec<_> =
        files.iter().filter_map(|file| file.columns.iter().find(|column| column.name == name)).collect();
    let mut types: Vec<DataType> = Vec::new();
    for column in &held {
        let data_type = column.data_type?;
        if column.arrow != ArrowType::Null && !types.contains(&data_type) {
            types.push(data_type);
        }
    }
    if types.is_empty() {
        return Some(DataType::String);
    }
    let decimals: Option<Vec<(u8, i8)>> = types
        .iter()
        .map(|data_type| match data_type {
            DataType::Decimal { precision, scale } => Some((*precision, *scale)),
            _ => None,
        })
        .collect();
    if let Some(decimals) = decimals {
        let scale = decimals.iter().map(|(_, scale)| *scale).max()?;
        let whole =
            decimals.iter().map(|(precision, scale)| i16::from(*precision) - i16::from(*scale)).max()?;
        let precision = u8::try_from(whole + i16::from(scale)).ok().filter(|digits| *digits <= 38)?;
        return Some(DataType::Decimal { precision, scale });
    }
    types.extend([DataType::Bigint, DataType::Double]);
    types
        .into_iter()
        .find(|data_type| held.iter().all(|column| column.reads_as(*data_type)) && !loses(&held, *data_type))
}

/// True where whole numbers of 64 bits would be read into 32.
fn loses(held: &[&crate::sources::survey::ColumnSeen], data_type: DataType) -> bool {
    data_type == DataType::Integer && held.iter().any(|column| column.data_type == Some(DataType::Bigint))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Float64Array, StringArray};

    use super::*;

    #[test]
    fn values_are_counted_listed_and_bounded() {
        let texts: ArrayRef =
            Arc::new(StringArray::from(vec![Some("b"), Some("a"), None, Some("b"), Some("a"), Some("b")]));
        let seen = values(&[texts]);
        assert_eq!((seen.missing, seen.distinct), (1, 2));
        assert_eq!(seen.listed, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!((seen.codes[0], seen.codes[2]), (seen.codes[3], 0));
        for (texts, said) in [
            (["1.234,50", "7"], Some("numbers with")),
            (["31.12.2024", "01.01.2025"], Some("dates such")),
            (["a", "b"], None),
        ] {
            let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
            let found = values(&[texts]).looks_like;
            assert!(
                found.is_some() == said.is_some() && found.unwrap_or("").starts_with(said.unwrap_or("")),
                "{found:?}"
            );
        }
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![2.5, -1.0]));
        assert_eq!(values(&[numbers]).range, Some((-1.0, 2.5)));
        let days: ArrayRef = Arc::new(Date32Array::from(vec![1, 0, 1]));
        assert_eq!(values(&[days]).days.len(), 2);
    }
}
