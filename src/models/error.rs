//! Why a model could not be looked at. A model that cannot be *fitted* is no error: it is a result.

use crate::features::FrameError;

/// Why [`super::fit_outcome`] has no result.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The rows cannot be read.
    #[error("model `{model}`: {source}")]
    Rows {
        /// The model.
        model: String,
        /// What the reader says.
        source: FrameError,
    },
}
