//! Clients of Google Cloud Storage.
//!
//! Conditional writes name the generation of the object that they replace, which reading it gives.

use std::sync::Arc;

use object_store::StaticCredentialProvider;
use object_store::gcp::{GcpCredential, GoogleCloudStorage, GoogleCloudStorageBuilder};
use serde_json::Value;

use super::client::{client_options, configuration, read, retry};
use crate::config::platform::{GoogleCloudCredentials, GoogleCloudOptions, Secret};
use crate::engine::error::EngineError;

/// What the client needs of a service account's key.
const KEY_PARTS: [&str; 3] = ["client_email", "private_key", "private_key_id"];

/// Builds the client of a bucket.
pub(super) fn google_cloud(
    storage: &str,
    options: &GoogleCloudOptions,
) -> Result<GoogleCloudStorage, EngineError> {
    let remote = &options.remote;
    // A given key stands alone. Without one the cloud's own chain decides, which includes its variables.
    let mut builder = match &options.credentials {
        GoogleCloudCredentials::Chain => GoogleCloudStorageBuilder::from_env(),
        GoogleCloudCredentials::ServiceAccountKey(key) => {
            GoogleCloudStorageBuilder::new().with_service_account_key(service_account_key(storage, key)?)
        }
        // Reads are then sent without credentials, but writes ask for some all the same: they get empty ones instead of
        // a search for a machine's service account.
        GoogleCloudCredentials::Anonymous => {
            GoogleCloudStorageBuilder::new().with_skip_signature(true).with_credentials(Arc::new(
                StaticCredentialProvider::new(GcpCredential { bearer: String::new() }),
            ))
        }
    };
    builder = builder
        .with_bucket_name(&options.bucket)
        .with_retry(retry(remote))
        .with_client_options(client_options(remote));
    if let Some(endpoint) = &remote.endpoint {
        builder = builder.with_base_url(endpoint);
    }
    builder.build().map_err(|error| {
        let reason = error.to_string();
        // What stands behind the colon may quote the file, which is a secret.
        match reason.split_once("Unable to decode service account file") {
            Some(_) => configuration(storage, "its credentials file cannot be understood").with_help(
                "the cloud's own chain reads files of the types `service_account` and `authorized_user`",
            ),
            None => configuration(storage, &reason),
        }
    })
}

/// Reads a key and checks that it is one, without ever quoting it.
fn service_account_key(storage: &str, key: &Secret) -> Result<String, EngineError> {
    let text = read(storage, key)?;
    let parsed = serde_json::from_str::<Value>(&text).unwrap_or_default();
    let Some(missing) = KEY_PARTS.iter().find(|part| !parsed[**part].is_string()) else { return Ok(text) };
    let reason = if parsed.is_object() {
        format!("`service_account_key` lacks `{missing}`")
    } else {
        "`service_account_key` is not JSON".to_owned()
    };
    Err(configuration(storage, &reason).with_help(
        "refer to the JSON file that Google Cloud issues for a service account; \
            for other credentials leave the key out and set `GOOGLE_APPLICATION_CREDENTIALS`",
    ))
}
