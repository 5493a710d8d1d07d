//! Clients of S3-compatible stores.

use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};

use super::client::{client_options, configuration, read, retry};
use crate::config::platform::{S3Credentials, S3Options};
use crate::engine::error::EngineError;

/// Builds the client of a bucket.
pub(super) fn s3(storage: &str, options: &S3Options) -> Result<AmazonS3, EngineError> {
    let remote = &options.remote;
    // Given keys stand alone. Without them the cloud's own chain decides, which includes its variables.
    let mut builder = match &options.credentials {
        S3Credentials::Chain => AmazonS3Builder::from_env(),
        S3Credentials::Keys { access_key_id, secret_access_key, session_token } => {
            let builder = AmazonS3Builder::new()
                .with_access_key_id(read(storage, access_key_id)?)
                .with_secret_access_key(read(storage, secret_access_key)?);
            match session_token {
                Some(token) => builder.with_token(read(storage, token)?),
                None => builder,
            }
        }
    };
    builder = builder
        .with_bucket_name(&options.bucket)
        .with_allow_http(remote.allow_http)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(retry(remote))
        .with_client_options(client_options(remote));
    if let Some(region) = &options.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &remote.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    builder.build().map_err(|error| configuration(storage, &error.to_string()))
}
