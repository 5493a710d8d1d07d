//! What a file is that is not what it should be, by the bytes that it begins with.

/// First bytes of formats that people put in a lake, with what to call such a file.
const KINDS: &[(&[u8], &str)] = &[
    (b"PAR1", "a Parquet file"),
    (b"PARE", "an encrypted Parquet file"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zXZ", "compressed by xz"),
    (b"PK\x03\x04", "a ZIP archive, as Excel workbooks are too"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Excel"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "a SQLite database"),
];

/// What a file is that begins with `bytes`, to stand after "is"; `None` for text and all that is unknown.
pub(super) fn kind(bytes: &[u8]) -> Option<&'static str> {
    let (magic, kind) = KINDS.iter().find(|(magic, _)| bytes.starts_with(magic))?;
    // The name of a column may begin like a format: `PARENT_ID`, `ORCHARD`. None of those goes on as text.
    let is_name =
        magic.iter().all(u8::is_ascii_alphanumeric) && is_text(&bytes[..bytes.len().min(BEGINNING)]);
    (!is_name).then_some(kind)
}

/// Bytes by which the names of columns are told from a format that begins like them.
const BEGINNING: usize = 64;

/// True when `bytes` could be the beginning of text.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // The last letter may be cut off.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty() && valid.chars().all(|letter| !letter.is_control() || letter.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        assert_eq!(kind(b"PAR1\x15\x04"), Some("a Parquet file"));
        assert_eq!(kind(b"\x1f\x8b\x08\0"), Some("compressed by gzip"));
        assert_eq!(kind(b"BZh91AY&SY\x1b\xd5\x0c"), Some("compressed by bzip2"));
        for header in ["day,units\n", "PARENT_ID,units\n", "ORCHARD;trees\n", "PAR1,größe\n", "BZhd\n1\n"] {
            assert_eq!(kind(header.as_bytes()), None, "{header}");
        }
        assert_eq!(kind(b""), None);
        assert!(is_text("day,größe\n".as_bytes()) && is_text(b"a\xc3"));
        assert!(!is_text(b"") && !is_text(b"a\0b") && !is_text(b"M\xfcnchen"));
    }
}
