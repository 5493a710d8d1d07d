//! Reads secrets: late, when a storage is opened, so that no configuration value ever holds one.

use std::path::PathBuf;

use super::platform::Secret;
use super::redact::remember;

/// Why a secret cannot be read. Never shows the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment has no such variable.
    #[error("the environment variable `{0}` is not set")]
    Unset(String),
    /// The file cannot be read.
    #[error("cannot read the secret in {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's message.
        reason: std::io::Error,
    },
}

impl Secret {
    /// Reads the secret. From then on nothing that is shown or written holds it.
    ///
    /// # Errors
    ///
    /// When the variable is not set or the file cannot be read.
    #[allow(clippy::disallowed_methods, reason = "secrets are read where they are needed, by config alone")]
    pub fn read(&self) -> Result<String, SecretError> {
        let secret = match self {
            Self::Env(name) => std::env::var(name).map_err(|_| SecretError::Unset(name.clone()))?,
            Self::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => text.trim_end_matches(['\n', '\r']).to_owned(),
                Err(reason) => return Err(SecretError::Unreadable { path: path.clone(), reason }),
            },
        };
        remember(&secret);
        Ok(secret)
    }
}
