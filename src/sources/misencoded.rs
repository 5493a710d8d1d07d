//! Where text that should be UTF-8 is not.
//!
//! The reader names a record but no file, and which file it stumbles over first depends on threads.
//! So once it gave up, the objects are searched in order.

use std::sync::Arc;

use encoding_rs::WINDOWS_1252;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};

use super::listing::SourceObject;
use crate::engine::{EngineError, EngineErrorKind};

/// Says which of `objects` is not UTF-8 and where, if that is what `error` is about.
pub(super) async fn explain(
    store: &Arc<dyn ObjectStore>,
    objects: &[SourceObject],
    error: EngineError,
) -> EngineError {
    // The reader has no kind of error for this, only words.
    if error.code != "unreadable" || !error.message.contains("UTF-8") {
        return error;
    }
    for object in objects {
        match search(store, object).await {
            Ok(None) => {}
            Ok(Some(found)) => return misencoded(object, &found),
            Err(_) => break,
        }
    }
    error
}

/// Says where `bytes`, with which `object` begins, are not UTF-8.
pub(super) fn in_header(object: &SourceObject, bytes: &[u8]) -> Option<EngineError> {
    let mut search = Search::default();
    let whole = bytes.len() as u64 >= object.meta.size;
    let found = search.push(bytes).or_else(|| if whole { search.end() } else { None });
    found.map(|found| misencoded(object, &found))
}

async fn search(
    store: &Arc<dyn ObjectStore>,
    object: &SourceObject,
) -> Result<Option<Found>, object_store::Error> {
    let mut chunks = store.get(&object.meta.location).await?.into_stream();
    let mut search = Search::default();
    while let Some(chunk) = chunks.try_next().await? {
        if let Some(found) = search.push(&chunk) {
            return Ok(Some(found));
        }
    }
    Ok(search.end())
}

fn misencoded(object: &SourceObject, found: &Found) -> EngineError {
    let Found { line, byte } = *found;
    let message = format!("{}: line {line} is not UTF-8, it holds the byte 0x{byte:02X}", object.name);
    let help = match latin_1(byte) {
        _ if line == 1 && matches!(byte, 0xfe | 0xff) => {
            "files in UTF-16 begin with this byte: save it as UTF-8".to_owned()
        }
        Some(letter) => {
            format!(
                "in Latin-1 the byte is `{letter}`: if that fits, set `encoding: latin_1` under `format.csv`"
            )
        }
        None => "if the file is in Latin-1, set `encoding: latin_1` under `format.csv`".to_owned(),
    };
    EngineError::new(EngineErrorKind::Source, "wrong_encoding", message).with_help(help)
}

/// The letter that `byte` is in Latin-1, `None` where it is a control character.
fn latin_1(byte: u8) -> Option<char> {
    let mut text = [0; 8];
    let (_, _, written, _) =
        WINDOWS_1252.new_decoder_without_bom_handling().decode_to_utf8(&[byte], &mut text, true);
    let letter = std::str::from_utf8(&text[..written]).ok()?.chars().next()?;
    (!letter.is_control()).then_some(letter)
}

/// The first byte that is not UTF-8.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// Line in the file, from 1.
    line: usize,
    byte: u8,
}

/// A search through text that comes in chunks.
#[derive(Debug, Default)]
struct Search {
    /// Line ends seen.
    lines: usize,
    /// Bytes of a character that the next chunk may complete.
    pending: Vec<u8>,
}

impl Search {
    /// Looks at the next bytes, cut anywhere.
    fn push(&mut self, bytes: &[u8]) -> Option<Found> {
        self.pending.extend_from_slice(bytes);
        let (valid, wrong) = match std::str::from_utf8(&self.pending) {
            Ok(text) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some()),
        };
        self.lines += self.pending[..valid].split(|byte| *byte == b'\n').count() - 1;
        self.pending.drain(..valid);
        if wrong { self.end() } else { None }
    }

    /// What is left once nothing more comes.
    fn end(&self) -> Option<Found> {
        self.pending.first().map(|byte| Found { line: self.lines + 1, byte: *byte })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8], chunk: usize) -> Option<Found> {
        let mut search = Search::default();
        let found = bytes.chunks(chunk).find_map(|chunk| search.push(chunk));
        found.or_else(|| search.end())
    }

    #[test]
    fn the_first_wrong_byte_is_found_wherever_chunks_end() {
        for chunk in 1..9 {
            assert_eq!(found("ä€𝄞\nß".as_bytes(), chunk), None);
            assert_eq!(found(b"a\nb\nM\xfcnchen \xe4", chunk), Some(Found { line: 3, byte: 0xfc }));
            // A character that is cut off at the end.
            assert_eq!(found(b"a\n\xe2\x82", chunk), Some(Found { line: 2, byte: 0xe2 }));
        }
        assert_eq!(found(b"", 1), None);
    }

    #[test]
    fn bytes_are_shown_as_letters_where_they_are_some() {
        assert_eq!(latin_1(0xfc), Some('ü'));
        assert_eq!(latin_1(0x80), Some('€'));
        assert_eq!(latin_1(0x81), None);
    }
}
