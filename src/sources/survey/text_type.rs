//! The type that all texts of a column can be read as, by the same code that a run reads them with.

use arrow::array::{ArrayRef, AsArray};

use crate::domain::DataType;
use crate::sources::cast::ReadAs;

/// Texts that people and programs write where a value is missing.
const NULL_VALUES: [&str; 9] = ["NA", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "nan", "-"];
/// Types to try, the narrowest first.
const TYPES: [DataType; 4] = [DataType::Bigint, DataType::Double, DataType::Date, DataType::Timestamp];

/// What the texts of a column are.
#[derive(Debug, Clone)]
pub struct TextType {
    /// The type that all of them can be read as.
    pub data_type: DataType,
    /// Texts among them that stand for a missing value.
    pub null_values: Vec<String>,
    /// The values in that type.
    pub values: Vec<ArrayRef>,
}

/// Finds the type of the texts of a column. Numbers with leading zeros, such as postal codes, stay texts.
#[must_use]
pub fn text_type(texts: &[ArrayRef]) -> TextType {
    let read = |data_type: DataType, null_values: &[String]| -> Option<Vec<ArrayRef>> {
        let read = ReadAs {
            source: String::new(),
            column: String::new(),
            data_type,
            null_values: null_values.to_vec(),
        };
        texts.iter().map(|texts| read.read(texts).ok()).collect()
    };
    let all = || texts.iter().flat_map(|texts| texts.as_string::<i32>().iter().flatten());
    let as_text =
        || TextType { data_type: DataType::String, null_values: Vec::new(), values: texts.to_vec() };
    let used: Vec<String> = NULL_VALUES
        .iter()
        .filter(|null| all().any(|text| text == **null))
        .map(|null| (*null).to_owned())
        .collect();
    let mut values = all().filter(|text| !used.iter().any(|null| null == text)).peekable();
    if values.peek().is_none() || values.clone().any(is_code) {
        return as_text();
    }
    let is_boolean = |text: &str| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    let types: &[DataType] = if values.all(is_boolean) { &[DataType::Boolean] } else { &TYPES };
    let found = types.iter().find_map(|data_type| Some((*data_type, read(*data_type, &used)?)));
    match found {
        Some((data_type, values)) => TextType { data_type, null_values: used, values },
        None => as_text(),
    }
}

/// True for digits that would lose something as a number: `01067`, `+49`.
fn is_code(text: &str) -> bool {
    let digits = text.chars().all(|letter| letter.is_ascii_digit());
    (digits && text.len() > 1 && text.starts_with('0')) || text.starts_with('+')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, StringArray};

    use super::*;

    fn typed(texts: &[Option<&str>]) -> (DataType, Vec<String>, usize) {
        let values: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let found = text_type(&[values]);
        (found.data_type, found.null_values, found.values.iter().map(Array::logical_null_count).sum())
    }

    #[test]
    fn texts_have_the_narrowest_type_that_loses_nothing() {
        for (texts, expected) in [
            (["1", "-2"], DataType::Bigint),
            (["1", "2.5"], DataType::Double),
            (["2024-01-31", "2024-02-01"], DataType::Date),
            (["2024-01-31T10:00:00", "2024-02-01T00:00:00"], DataType::Timestamp),
            (["true", "FALSE"], DataType::Boolean),
            (["01067", "10115"], DataType::String),
            (["+49", "30"], DataType::String),
            (["1.234,50", "2"], DataType::String),
            (["31.12.2024", "01.01.2025"], DataType::String),
        ] {
            assert_eq!(typed(&texts.map(Some)).0, expected, "{texts:?}");
        }
    }

    #[test]
    fn texts_for_missing_values_are_found_where_they_stand_between_numbers() {
        assert_eq!(typed(&[Some("1"), Some("NA"), None]), (DataType::Bigint, vec!["NA".to_owned()], 2));
        // Namibia is no missing value.
        assert_eq!(typed(&[Some("DE"), Some("NA")]), (DataType::String, Vec::new(), 0));
        assert_eq!(typed(&[None, None]).0, DataType::String);
    }
}
