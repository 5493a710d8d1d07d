//! Copies of text in UTF-8, the only encoding that the scan reads.
//!
//! Objects are copied whole before anything looks at them, so that header, types and rows come from
//! the same bytes. Chunks go through a decoder that remembers where it is; memory stays bounded.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use datafusion::execution::object_store::ObjectStoreUrl;
use encoding_rs::{CoderResult, Decoder, UTF_8, WINDOWS_1252};
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectMeta, ObjectStoreExt};

use super::listing::SourceObject;
use crate::config::job::{CsvOptions, Encoding, Format, Source};
use crate::engine::{Engine, EngineError, EngineErrorKind, StorageHandle};

/// Objects copied at once.
const CONCURRENT: usize = 16;
/// Bytes that a decoder writes at once.
const BUFFER: usize = 1 << 16;

/// Objects that a scan can read, and the address of their store.
#[derive(Debug)]
pub(super) struct Readable {
    pub(super) url: ObjectStoreUrl,
    pub(super) objects: Vec<SourceObject>,
}

/// The objects of `source` as they are, or copies of them in UTF-8 in the work folder.
///
/// A later call for the same source writes over the copies.
///
/// # Errors
///
/// When an object cannot be read or begins like text in another encoding, or the disk is full.
pub(super) async fn readable(
    engine: &Engine,
    storage: &StorageHandle,
    source: &Source,
    objects: Vec<SourceObject>,
) -> Result<Readable, EngineError> {
    let Format::Csv(CsvOptions { encoding: Encoding::Latin1, .. }) = &source.format else {
        let url = ObjectStoreUrl::parse(storage.url()?).map_err(|error| EngineError::running(&error))?;
        return Ok(Readable { url, objects });
    };
    let folder = engine.work_folder().join("text").join(&source.name);
    std::fs::create_dir_all(&folder).map_err(|error| EngineError::input_output(&error))?;
    let objects = futures::stream::iter(objects.into_iter().enumerate())
        .map(|(index, object)| copy(storage, object, folder.join(format!("{index}.csv"))))
        .buffered(CONCURRENT)
        .try_collect()
        .await?;
    Ok(Readable { url: ObjectStoreUrl::local_filesystem(), objects })
}

/// Copies `object` to `file`.
async fn copy(
    storage: &StorageHandle,
    object: SourceObject,
    file: impl AsRef<Path>,
) -> Result<SourceObject, EngineError> {
    let stored = storage.store.get(&object.meta.location).await;
    let mut chunks = stored.map_err(|error| EngineError::store(&error))?.into_stream();
    let unwritten = |error: io::Error| EngineError::input_output(&error);
    let mut text = Transcoded::new(File::create(&file).map_err(unwritten)?);
    while let Some(chunk) = chunks.try_next().await.map_err(|error| EngineError::store(&error))? {
        text.push(&chunk, false).map_err(unwritten)?;
    }
    text.push(&[], true).map_err(unwritten)?;
    if let Some(other) = text.other() {
        return Err(marked(&object, other));
    }
    let location = object_store::path::Path::from_absolute_path(&file).map_err(|error| {
        EngineError::new(EngineErrorKind::Runtime, "input_output", format!("the work folder: {error}"))
    })?;
    let meta = ObjectMeta { location, size: text.size, e_tag: None, version: None, ..object.meta };
    Ok(SourceObject { meta, ..object })
}

fn marked(object: &SourceObject, encoding: &'static encoding_rs::Encoding) -> EngineError {
    let message = format!(
        "{} is declared as `latin_1`, but begins with the byte order mark of {}",
        object.name,
        encoding.name()
    );
    let help = if encoding == UTF_8 { "remove `encoding: latin_1`" } else { "save it as UTF-8" };
    EngineError::new(EngineErrorKind::Source, "wrong_encoding", message).with_help(help)
}

/// Text on its way from Latin-1 to UTF-8.
struct Transcoded<W> {
    decoder: Decoder,
    buffer: Vec<u8>,
    to: W,
    /// Bytes written.
    size: u64,
}

impl<W: Write> Transcoded<W> {
    fn new(to: W) -> Self {
        // A byte order mark wins over what is declared; `other` tells.
        Self { decoder: WINDOWS_1252.new_decoder(), buffer: vec![0; BUFFER], to, size: 0 }
    }

    /// Takes the next bytes, cut anywhere. The last ones may be none.
    fn push(&mut self, mut bytes: &[u8], last: bool) -> io::Result<()> {
        loop {
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.buffer, last);
            self.to.write_all(&self.buffer[..written])?;
            self.size += written as u64;
            bytes = &bytes[read..];
            if result == CoderResult::InputEmpty {
                return Ok(());
            }
        }
    }

    /// The encoding that the text says it is in, if that is another one.
    fn other(&self) -> Option<&'static encoding_rs::Encoding> {
        Some(self.decoder.encoding()).filter(|encoding| *encoding != WINDOWS_1252)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcoded(chunks: &[&[u8]]) -> (String, Option<&'static str>) {
        let mut text = Transcoded::new(Vec::new());
        for chunk in chunks {
            text.push(chunk, false).unwrap();
        }
        text.push(&[], true).unwrap();
        let other = text.other().map(encoding_rs::Encoding::name);
        assert_eq!(text.size, text.to.len() as u64);
        (String::from_utf8(text.to).unwrap(), other)
    }

    #[test]
    fn every_byte_is_a_letter_wherever_chunks_end() {
        let bytes: Vec<u8> = (0..=255).collect();
        let (whole, other) = transcoded(&[&bytes]);
        assert_eq!(other, None);
        // The table of the Encoding Standard: 0x80 to 0x9F are what Windows adds, the rest is Unicode's own.
        let added = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
        let own = |from: u8, to: u8| (from..=to).map(char::from).collect::<String>();
        assert_eq!(whole, own(0, 0x7f) + added + &own(0xa0, 0xff));
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(transcoded(&single).0, whole);
    }

    #[test]
    fn text_longer_than_the_buffer_stays_whole() {
        let bytes = vec![0x80; 3 * BUFFER + 1];
        let (text, _) = transcoded(&[&bytes]);
        assert_eq!(text.len(), 3 * bytes.len());
        assert!(text.chars().all(|letter| letter == '€'));
    }

    #[test]
    fn a_byte_order_mark_is_noticed_wherever_chunks_end() {
        assert_eq!(transcoded(&[b"\xef", b"\xbb\xbfa"]).1, Some("UTF-8"));
        assert_eq!(transcoded(&[b"\xff\xfea\0"]).1, Some("UTF-16LE"));
        assert_eq!(transcoded(&[b"\xef\xbb"]), ("ï»".to_owned(), None));
        assert_eq!(transcoded(&[]), (String::new(), None));
    }
}
