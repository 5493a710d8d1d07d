//! How a file of delimited text is written, as its first lines show: delimiter, encoding and names of columns.

use arrow::csv::reader::Format as CsvHeader;
use encoding_rs::WINDOWS_1252;

use crate::config::job::{CsvOptions, Encoding};

/// What people separate fields with; of two that split a header alike, the first one.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How delimited text is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextForm {
    /// Delimiter, quote and encoding.
    pub options: CsvOptions,
    /// Names of the columns, in the order of the file.
    pub names: Vec<String>,
}

/// Text in UTF-8, and the encoding that it came in. Bytes that are not UTF-8 are taken for Latin-1; a letter that is
/// cut off at the end is left out.
pub(super) fn decoded(bytes: &[u8]) -> (String, Encoding) {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), Encoding::Utf8),
        Err(error) if error.error_len().is_none() => {
            (String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned(), Encoding::Utf8)
        }
        Err(_) => (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), Encoding::Latin1),
    }
}

/// Reads the form off `text`.
///
/// # Errors
///
/// With the reason why its first line cannot name columns.
pub(super) fn form(text: &str, encoding: Encoding) -> Result<TextForm, String> {
    let line =
        text.lines().find(|line| !line.trim().is_empty()).ok_or("the file holds nothing but empty lines")?;
    let fields = |delimiter: u8| split(line, delimiter);
    let most = DELIMITERS.iter().map(|delimiter| fields(*delimiter).len()).max().unwrap_or(1);
    let delimiter = DELIMITERS.into_iter().find(|delimiter| fields(*delimiter).len() == most).unwrap_or(b',');
    let names = fields(delimiter);
    let is_number = |name: &String| name.trim().parse::<f64>().is_ok();
    if names.iter().any(is_number) {
        return Err("the first line does not look like names of columns".to_owned());
    }
    if let Some(place) = names.iter().position(|name| name.trim().is_empty()) {
        return Err(format!("the first line has no name for column {}", place + 1));
    }
    if let Some(twice) = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)) {
        return Err(format!("the first line names `{}` twice", twice.1));
    }
    Ok(TextForm { options: CsvOptions { delimiter, encoding, ..CsvOptions::default() }, names })
}

/// The fields of one line.
fn split(line: &str, delimiter: u8) -> Vec<String> {
    let format = CsvHeader::default().with_header(true).with_delimiter(delimiter);
    match format.infer_schema(line.as_bytes(), Some(0)) {
        Ok((schema, _)) => schema.fields().iter().map(|field| field.name().clone()).collect(),
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_splits_the_header_most() {
        for (line, delimiter, names) in [
            ("day,units\n1,2\n", b',', vec!["day", "units"]),
            ("Woche;Kosten, netto;Kontakte\n", b';', vec!["Woche", "Kosten, netto", "Kontakte"]),
            ("\"a,b\"\tc\n", b'\t', vec!["a,b", "c"]),
            ("only\n1\n", b',', vec!["only"]),
        ] {
            let form = form(line, Encoding::Utf8).unwrap();
            assert_eq!(
                (form.options.delimiter, form.names),
                (delimiter, names.iter().map(ToString::to_string).collect())
            );
        }
    }

    #[test]
    fn first_lines_that_name_no_columns_are_told() {
        assert!(form("1,2,3\n", Encoding::Utf8).unwrap_err().contains("look like names"));
        assert!(form("a,,c\n", Encoding::Utf8).unwrap_err().contains("column 2"));
        assert!(form("a,b,a\n", Encoding::Utf8).unwrap_err().contains("`a` twice"));
        assert!(form("\n\n", Encoding::Utf8).is_err());
    }

    #[test]
    fn what_is_not_utf_8_is_latin_1() {
        assert_eq!(decoded(b"\xef\xbb\xbfgr\xc3\xb6\xc3"), ("grö".to_owned(), Encoding::Utf8));
        assert_eq!(decoded(b"gr\xf6\xdfe"), ("größe".to_owned(), Encoding::Latin1));
    }
}
