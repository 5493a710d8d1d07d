//! What a Delta table has to consist of to be equal to a publication.

use serde::{Deserialize, Serialize};

use crate::publish::pointer::PointerFile;
use crate::publish::schema::TableSchema;

/// A Delta table as one publication wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::publish) struct Mirror {
    /// Name, columns, meaning.
    pub(in crate::publish) schema: TableSchema,
    /// All of its files.
    pub(in crate::publish) files: Vec<MirrorFile>,
}

/// One data file of a [`Mirror`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::publish) struct MirrorFile {
    /// Where the publication keeps it, below the target.
    pub(in crate::publish) from: String,
    /// Its name in the folder of the Delta table.
    pub(in crate::publish) name: String,
    /// Its size.
    pub(in crate::publish) bytes: u64,
}

impl MirrorFile {
    /// A file of a publication under the name that its content gives it.
    pub(in crate::publish) fn new(file: &PointerFile) -> Self {
        let content = &file.sha256[..file.sha256.len().min(CONTENT_DIGITS)];
        let name = match file.period_start {
            Some(period) => format!("{period}-{content}.parquet"),
            None => format!("{content}.parquet"),
        };
        Self { from: file.path.clone(), name, bytes: file.bytes }
    }
}

/// Hexadecimal digits of a file's checksum in its name.
const CONTENT_DIGITS: usize = 32;
