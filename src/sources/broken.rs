//! Which file of a source is broken, and how, once reading them has failed.
//!
//! A scan names no file, and which one it stumbles over first depends on threads. So once it gave up, the objects are
//! looked at one after another, in order: the message is the same at every try.

use std::sync::Arc;

use datafusion::execution::object_store::ObjectStoreUrl;
use encoding_rs::WINDOWS_1252;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};

use super::listing::SourceObject;
use super::read::ReadWindow;
use super::scan::{Scan, Trouble};
use super::schema::{Group, Resolved};
use super::view::build;
use crate::config::job::{CsvOptions, Format, Source};
use crate::engine::{EngineError, EngineErrorKind, Session};

/// A source that is being read.
pub(super) struct Reader<'a> {
    pub(super) session: &'a Session,
    pub(super) store: &'a Arc<dyn ObjectStore>,
    pub(super) url: &'a ObjectStoreUrl,
    pub(super) source: &'a Source,
    pub(super) window: &'a ReadWindow,
}

impl Reader<'_> {
    /// Says which object `error` comes from, if it is about what objects hold.
    pub(super) async fn explain(&self, resolved: &Resolved, error: EngineError) -> EngineError {
        if !matches!(error.code, "contract" | "unreadable" | "query_failed") {
            return error;
        }
        if let Format::Csv(options) = &self.source.format {
            let objects = resolved.groups.iter().flat_map(|group| {
                let expected = Some(group.file.fields().len());
                group.objects.iter().map(move |object| (object, expected))
            });
            if let Some(found) = first_broken(self.store, options, objects).await {
                return found;
            }
        }
        for group in &resolved.groups {
            for object in &group.objects {
                let alone = Group { file: Arc::clone(&group.file), objects: vec![object.clone()] };
                let alone = Resolved {
                    columns: resolved.columns.clone(),
                    groups: vec![alone],
                    ..Resolved::default()
                };
                if let Err(found) = self.drain(&alone).await {
                    return in_object(object, found);
                }
            }
        }
        error
    }

    /// Reads every value of every column.
    pub(super) async fn drain(&self, resolved: &Resolved) -> Result<(), EngineError> {
        let running = |error| EngineError::running(&error);
        let frame = build(self.session, self.url, self.source, resolved, self.window).map_err(running)?;
        let Some(frame) = frame else { return Ok(()) };
        let mut rows = frame.execute_stream().await.map_err(running)?;
        while rows.try_next().await.map_err(running)?.is_some() {}
        Ok(())
    }
}

fn in_object(object: &SourceObject, found: EngineError) -> EngineError {
    match (found.kind, found.code) {
        (EngineErrorKind::Source, _) => {
            let message = format!("{}, in {}", found.message, object.name);
            EngineError { message, ..found }
        }
        // What a query stumbles over while it reads one object is the object's fault.
        (_, "query_failed") => {
            let message = format!("{} is damaged: {}", object.name, found.message);
            EngineError::new(EngineErrorKind::Source, "unreadable", message)
                .with_help("write the file again, or copy it again from where it comes from")
        }
        _ => found,
    }
}

/// The first of `objects`, with the number of fields of their records, that is no sound text.
pub(super) async fn first_broken<'a>(
    store: &Arc<dyn ObjectStore>,
    options: &CsvOptions,
    objects: impl Iterator<Item = (&'a SourceObject, Option<usize>)>,
) -> Option<EngineError> {
    let mut objects: Vec<_> = objects.collect();
    objects.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    for (object, expected) in objects {
        match examine(store, options, object, expected).await {
            Ok(None) => {}
            Ok(Some(trouble)) => return Some(broken(object, &trouble)),
            // The reader's own error says what is wrong with the store.
            Err(_) => return None,
        }
    }
    None
}

async fn examine(
    store: &Arc<dyn ObjectStore>,
    options: &CsvOptions,
    object: &SourceObject,
    expected: Option<usize>,
) -> Result<Option<Trouble>, object_store::Error> {
    let mut chunks = store.get(&object.meta.location).await?.into_stream();
    let mut scan = Scan::new(options, expected);
    while let Some(chunk) = chunks.try_next().await? {
        if let Some(found) = scan.push(&chunk) {
            return Ok(Some(found));
        }
    }
    Ok(scan.end())
}

/// The error about `object`, in which `trouble` was found.
pub(super) fn broken(object: &SourceObject, trouble: &Trouble) -> EngineError {
    let name = &object.name;
    let error = |code, message| EngineError::new(EngineErrorKind::Source, code, message);
    match *trouble {
        Trouble::NotUtf8 { line, byte } => misencoded(name, line, byte),
        Trouble::Nul { line } => {
            let message = format!("{name}: line {line} holds a byte that is zero, which no text does");
            error("wrong_encoding", message)
                .with_help("text in UTF-16 has many of them: save it as UTF-8; otherwise the file is damaged")
        }
        Trouble::Fields { line, found, expected } => {
            let fields = if found == 1 { "1 field".to_owned() } else { format!("{found} fields") };
            let message = format!("{name}: line {line} has {fields}, expected {expected}");
            error("unreadable", message).with_help(
                "correct the line; a field that holds the delimiter or a line break must stand in quotes",
            )
        }
        Trouble::OpenQuote { line } => error(
            "unreadable",
            format!("{name}: the quote that opens in line {line} is never closed"),
        )
        .with_help(
            "close it, or look whether the file was cut off; if the character does not enclose fields, \
                 set another `quote` under `format.csv`",
        ),
    }
}

fn misencoded(name: &str, line: usize, byte: u8) -> EngineError {
    let message = format!("{name}: line {line} is not UTF-8, it holds the byte 0x{byte:02X}");
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

#[cfg(test)]
mod tests {
    use super::latin_1;

    #[test]
    fn bytes_are_shown_as_letters_where_they_are_some() {
        assert_eq!(latin_1(0xfc), Some('ü'));
        assert_eq!(latin_1(0x80), Some('€'));
        assert_eq!(latin_1(0x81), None);
    }
}
