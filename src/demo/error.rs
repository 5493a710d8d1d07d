//! Why a lake cannot be written.

use crate::engine::EngineError;

/// Why a lake cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is something at the place that no demo wrote.
    #[error("{place} holds objects that the demo did not write, such as `{object}`")]
    NotOurs {
        /// Where the lake was to go.
        place: String,
        /// One of the objects.
        object: String,
    },
    /// The scale is out of range.
    #[error("the scale must be between {least} and {most}, got {given}")]
    Scale {
        /// What was asked for.
        given: f64,
        /// Smallest scale.
        least: f64,
        /// Largest scale.
        most: f64,
    },
    /// The store cannot be read or written.
    #[error("{0}")]
    Store(#[from] EngineError),
    /// Rows cannot be written as Parquet: a defect.
    #[error("cannot write `{path}`: {reason}")]
    Defect {
        /// The file.
        path: String,
        /// What was wrong.
        reason: String,
    },
}

impl DemoError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NotOurs { .. } => {
                Some("name another place with `--to`, or empty the folder yourself".to_owned())
            }
            Self::Scale { .. } => Some("1 is a mid-sized retailer with 490,000 order lines".to_owned()),
            Self::Store(error) => error.help.clone(),
            Self::Defect { .. } => None,
        }
    }
}
