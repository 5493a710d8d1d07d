//! What delimited text looks like to its reader: lines, fields, quotes and letters.
//!
//! The reader itself names no file, takes whatever follows an open quote for one field, down to the end of the file, and
//! hands on bytes that no text holds. This follows the same rules as the reader does, and says what is wrong and where.

use crate::config::job::CsvOptions;

/// Bytes in front of text that say it is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Something that no delimited text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A byte that is not UTF-8.
    NotUtf8 {
        /// Line in the file, from 1.
        line: usize,
        byte: u8,
    },
    /// A byte that is zero.
    Nul { line: usize },
    /// A record with too few or too many fields.
    Fields { line: usize, found: usize, expected: usize },
    /// A quote that is still open where the text ends.
    OpenQuote { line: usize },
}

/// Where a reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first field of a record.
    Record,
    /// Before a field.
    Field,
    /// In a field that does not begin with a quote.
    Plain,
    /// Within quotes.
    Quoted,
    /// After a quote within quotes: it ends them, unless another one follows.
    Closing,
}

/// A walk through text that comes in chunks.
#[derive(Debug)]
pub(super) struct Scan {
    quote: u8,
    delimiter: u8,
    /// Fields that each record must have.
    expected: Option<usize>,
    state: State,
    /// Line of the next byte, from 1.
    line: usize,
    after_return: bool,
    begun: bool,
    /// Line in which the record began, and in which the last quote was opened.
    record_line: usize,
    quote_line: usize,
    /// Fields of the record so far, without the one that is being read.
    fields: usize,
    /// Records that have ended.
    records: u64,
    /// Bytes of a letter that the next chunk may complete.
    pending: Vec<u8>,
}

impl Scan {
    /// A walk through text in which each record has `expected` fields, if that is known.
    pub(super) fn new(options: &CsvOptions, expected: Option<usize>) -> Self {
        Self {
            quote: options.quote,
            delimiter: options.delimiter,
            expected,
            state: State::Record,
            line: 1,
            after_return: false,
            begun: false,
            record_line: 1,
            quote_line: 1,
            fields: 0,
            records: 0,
            pending: Vec::new(),
        }
    }

    /// Records that have ended so far.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Looks at the next bytes, cut anywhere.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Option<Trouble> {
        if self.pending.is_empty() {
            return self.look(bytes);
        }
        let mut whole = std::mem::take(&mut self.pending);
        whole.extend_from_slice(bytes);
        self.look(&whole)
    }

    fn look(&mut self, bytes: &[u8]) -> Option<Trouble> {
        let (valid, wrong) = match std::str::from_utf8(bytes) {
            Ok(text) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some()),
        };
        let (mut text, rest) = bytes.split_at(valid);
        if !self.begun && !text.is_empty() {
            self.begun = true;
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        for byte in text {
            if let Some(trouble) = self.step(*byte) {
                return Some(trouble);
            }
        }
        match rest.first() {
            Some(byte) if wrong => Some(Trouble::NotUtf8 { line: self.line, byte: *byte }),
            _ => {
                self.pending = rest.to_vec();
                None
            }
        }
    }

    /// What is left once nothing more comes.
    pub(super) fn end(&mut self) -> Option<Trouble> {
        if let Some(byte) = self.pending.first() {
            return Some(Trouble::NotUtf8 { line: self.line, byte: *byte });
        }
        match self.state {
            State::Record => None,
            State::Quoted => Some(Trouble::OpenQuote { line: self.quote_line }),
            State::Field | State::Plain | State::Closing => self.end_record(),
        }
    }

    fn step(&mut self, byte: u8) -> Option<Trouble> {
        let line = self.line;
        let breaks = matches!(byte, b'\n' | b'\r');
        if breaks && !(byte == b'\n' && self.after_return) {
            self.line += 1;
        }
        self.after_return = byte == b'\r';
        if byte == 0 {
            return Some(Trouble::Nul { line });
        }
        if self.state == State::Record && !breaks {
            (self.state, self.fields, self.record_line) = (State::Field, 0, line);
        }
        match self.state {
            // Empty lines are no records.
            State::Record => {}
            State::Field if byte == self.quote => (self.state, self.quote_line) = (State::Quoted, line),
            State::Quoted => {
                if byte == self.quote {
                    self.state = State::Closing;
                }
            }
            State::Closing if byte == self.quote => self.state = State::Quoted,
            State::Field | State::Plain | State::Closing => {
                if byte == self.delimiter {
                    self.fields += 1;
                    self.state = State::Field;
                } else if breaks {
                    return self.end_record();
                } else {
                    self.state = State::Plain;
                }
            }
        }
        None
    }

    fn end_record(&mut self) -> Option<Trouble> {
        self.state = State::Record;
        self.records += 1;
        let (line, found) = (self.record_line, self.fields + 1);
        let expected = self.expected.filter(|expected| *expected != found)?;
        Some(Trouble::Fields { line, found, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(bytes: &[u8], expected: Option<usize>, chunk: usize) -> (Option<Trouble>, u64) {
        let mut scan = Scan::new(&CsvOptions::default(), expected);
        let found = bytes.chunks(chunk).find_map(|chunk| scan.push(chunk));
        (found.or_else(|| scan.end()), scan.records())
    }

    fn found(bytes: &[u8], expected: Option<usize>) -> Option<Trouble> {
        let whole = scanned(bytes, expected, usize::MAX);
        for chunk in 1..9 {
            assert_eq!(scanned(bytes, expected, chunk), whole, "{chunk} bytes at once");
        }
        whole.0
    }

    #[test]
    fn the_first_wrong_byte_is_found_wherever_chunks_end() {
        assert_eq!(found("ä€𝄞\nß".as_bytes(), None), None);
        assert_eq!(found(b"a\nb\nM\xfcnchen \xe4", None), Some(Trouble::NotUtf8 { line: 3, byte: 0xfc }));
        // A letter that is cut off at the end.
        assert_eq!(found(b"a\n\xe2\x82", None), Some(Trouble::NotUtf8 { line: 2, byte: 0xe2 }));
        assert_eq!(found(b"a\r\nb\0\r\n", None), Some(Trouble::Nul { line: 2 }));
        assert_eq!(found(b"", None), None);
    }

    #[test]
    fn fields_are_counted_as_the_reader_does() {
        for text in [
            "\u{feff}\"a\",b\n\"1,2\n3\",\"say \"\"so\"\"\"\n\n5\" pipe,\"\"\n",
            "a,b\r\n1,\r\n,2",
            "a,b\r1,2\r",
            "\"a\"x,b\n",
            "",
            "\n\n",
        ] {
            assert_eq!(found(text.as_bytes(), Some(2)), None, "{text:?}");
            let mut scan = Scan::new(&CsvOptions::default(), None);
            assert_eq!(scan.push(text.as_bytes()).or_else(|| scan.end()), None);
            let reader = arrow::csv::reader::Format::default().with_header(false);
            let (_, records) = reader.infer_schema(text.as_bytes(), None).unwrap();
            assert_eq!(scan.records(), records as u64, "{text:?}");
        }
        let fields = |line, found| Some(Trouble::Fields { line, found, expected: 2 });
        assert_eq!(found(b"a,b\n\"1\n2\",3\n4\n", Some(2)), fields(4, 1));
        assert_eq!(found(b"a,b\n1,2,\n", Some(2)), fields(2, 3));
        assert_eq!(found(b"a,b\n1", Some(2)), fields(2, 1));
    }

    #[test]
    fn quotes_must_close() {
        let open = |line| Some(Trouble::OpenQuote { line });
        assert_eq!(found(b"a,b\n1,\"two\n3,4\n5,6\n", Some(2)), open(2));
        assert_eq!(found(b"a,b\n1,\"two", Some(2)), open(2));
        assert_eq!(found(b"a,b\n1,\"\"\"", Some(2)), open(2));
        assert_eq!(found(b"a,b\n1,t\"wo\n", Some(2)), None);
    }
}
