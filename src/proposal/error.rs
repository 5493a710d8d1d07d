//! Why nothing can be proposed.

use crate::engine::EngineError;

/// Why nothing can be proposed.
#[derive(Debug, thiserror::Error)]
pub enum ProposalError {
    /// What was typed is neither a folder nor a place in a storage.
    #[error("there is no folder `{0}`, and no storage of that name")]
    NoPlace(String),
    /// An address that only the platform configuration can complete.
    #[error("`{place}` is not in the platform configuration")]
    UnknownAddress {
        /// What was typed.
        place: String,
        /// What to add.
        help: String,
    },
    /// A folder without a file that may hold rows.
    #[error("no Parquet or CSV file lies under {place}{}", other.as_ref().map(|other| format!("; `{other}` is there")).unwrap_or_default())]
    NoFiles {
        /// Where they were looked for.
        place: String,
        /// A file that is there.
        other: Option<String>,
    },
    /// Files, but none that can be read or proposed.
    #[error("none of the {files} files under {place} can be used: {first}")]
    NothingUsable {
        /// Where they lie.
        place: String,
        /// How many.
        files: usize,
        /// What is wrong with the first one.
        first: String,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ProposalError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoPlace(_) => Some(
                "name a folder, an address such as s3://bucket/lake/, or a storage of the platform configuration with a \
                 path below it"
                    .to_owned(),
            ),
            Self::UnknownAddress { help, .. } => Some(help.clone()),
            Self::NoFiles { .. } => Some(
                "name the folder above the data; names of Parquet files end with `.parquet`, `.parq` or `.pq`, those of \
                 delimited text with `.csv`, `.tsv` or `.txt`"
                    .to_owned(),
            ),
            Self::NothingUsable { .. } => {
                Some("have the files written again, or take them out of the folder".to_owned())
            }
            Self::Engine(error) => error.help.clone(),
        }
    }
}
