//! What the clients of all remote stores share: time limits, repetition, secrets, refusals.

use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use crate::config::platform::{Remote, Secret};
use crate::engine::error::{EngineError, EngineErrorKind};

/// Encryption and time limits of a client.
pub(super) fn client_options(remote: &Remote) -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(remote.allow_http)
        .with_connect_timeout(remote.requests.connect_timeout)
        .with_timeout(remote.requests.timeout)
}

/// How a client repeats what failed in passing: after a tenth of a second, then after random pauses that grow to 15
/// seconds. Removals and conditional writes that got no answer are not repeated by clients but by their callers,
/// who look first.
pub(super) fn retry(remote: &Remote) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: remote.requests.retries,
        retry_timeout: remote.requests.give_up_after,
    }
}

/// Reads a secret of the storage called `storage`.
pub(super) fn read(storage: &str, secret: &Secret) -> Result<String, EngineError> {
    secret.read().map_err(|error| configuration(storage, &error.to_string()))
}

/// A mistake in the options of the storage called `storage`.
pub(super) fn configuration(storage: &str, reason: &str) -> EngineError {
    EngineError::new(EngineErrorKind::Configuration, "storage", format!("storage `{storage}`: {reason}"))
}
