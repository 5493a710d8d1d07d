//! How names are written in SQL, and values and numbers in comments.

use datafusion::sql::sqlparser::keywords::{
    ALL_KEYWORDS, ALL_KEYWORDS_INDEX, RESERVED_FOR_COLUMN_ALIAS, RESERVED_FOR_IDENTIFIER,
    RESERVED_FOR_TABLE_ALIAS,
};

/// A name as a SQL identifier, quoted where it has to be.
pub(super) fn identifier(name: &str) -> String {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let upper = name.to_ascii_uppercase();
    let keyword = ALL_KEYWORDS.binary_search(&upper.as_str()).ok().map(|place| ALL_KEYWORDS_INDEX[place]);
    let is_reserved = keyword.is_some_and(|keyword| {
        RESERVED_FOR_IDENTIFIER.contains(&keyword)
            || RESERVED_FOR_COLUMN_ALIAS.contains(&keyword)
            || RESERVED_FOR_TABLE_ALIAS.contains(&keyword)
    });
    if starts_well && is_plain && !is_reserved {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A value of the data within a comment: one line, not too long.
pub(super) fn shown(value: &str) -> String {
    let escaped: String = value.escape_debug().to_string();
    if escaped.chars().count() > 30 {
        format!("{}…", escaped.chars().take(30).collect::<String>())
    } else {
        escaped
    }
}

/// A whole number with separators.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 file`, `2 files`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_only_where_they_must_be() {
        assert_eq!(
            ["day", "Woche", "order", "net amount"].map(identifier),
            ["day", "\"Woche\"", "\"order\"", "\"net amount\""]
        );
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(shown("two\nlines"), "two\\nlines");
    }
}
