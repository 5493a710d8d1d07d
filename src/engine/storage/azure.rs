//! Clients of Azure Blob Storage.
//!
//! Conditional writes name the entity tag of the object that they replace.

use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};

use super::azure_answers::AzureAnswers;
use super::client::{client_options, configuration, read, retry};
use crate::config::platform::{AzureCredentials, AzureOptions};
use crate::engine::error::EngineError;

/// Builds the client of a container.
pub(super) fn azure(storage: &str, options: &AzureOptions) -> Result<AzureAnswers, EngineError> {
    let remote = &options.remote;
    // Given credentials stand alone. Without them the cloud's own chain decides, which includes its variables.
    let mut builder = match &options.credentials {
        AzureCredentials::Chain => MicrosoftAzureBuilder::from_env(),
        AzureCredentials::AccessKey(key) => {
            MicrosoftAzureBuilder::new().with_access_key(read(storage, key)?.trim())
        }
        AzureCredentials::SasToken(token) => {
            MicrosoftAzureBuilder::new().with_config(AzureConfigKey::SasKey, read(storage, token)?.trim())
        }
        AzureCredentials::ClientSecret { tenant_id, client_id, client_secret } => {
            MicrosoftAzureBuilder::new()
                .with_tenant_id(read(storage, tenant_id)?)
                .with_client_id(read(storage, client_id)?)
                .with_client_secret(read(storage, client_secret)?)
        }
    };
    builder = builder
        .with_account(&options.account)
        .with_container_name(&options.container)
        .with_retry(retry(remote))
        .with_client_options(client_options(remote));
    if let Some(endpoint) = &remote.endpoint {
        builder = builder.with_endpoint(endpoint.clone());
    }
    // Why a key is refused may quote parts of it.
    let client = builder.build().map_err(|error| match &options.credentials {
        AzureCredentials::AccessKey(_) => {
            configuration(storage, "`access_key` is not the key of a storage account")
                .with_help("such keys are base64 and end in `=`; `az storage account keys list` shows them")
        }
        AzureCredentials::SasToken(_) => {
            configuration(storage, "`sas_token` is not a shared access signature")
                .with_help("it is what follows the `?` of a signed address, such as `sv=…&sp=…&sig=…`")
        }
        AzureCredentials::Chain | AzureCredentials::ClientSecret { .. } => {
            configuration(storage, &error.to_string())
        }
    })?;
    Ok(AzureAnswers::new(client))
}
