//! Checks of the remote storages of a platform file: names, addresses, credentials, requests.
//!
//! Credentials become one closed choice here, so that the engine never meets half a pair of keys.

use std::time::Duration;

use super::checker::Checker;
use crate::config::diagnostic::Position;
use crate::config::platform::{
    AzureCredentials, AzureOptions, GoogleCloudCredentials, GoogleCloudOptions, Remote, Requests,
    S3Credentials, S3Options, Secret,
};
use crate::config::section::{AzureSpec, DurationText, GoogleCloudSpec, RequestsSpec, S3Spec, SecretSpec};
use crate::config::yaml::{Located, Required, listed};

/// Requests are tried again as they were signed, and a signature is good for a quarter of an hour at most.
const LONGEST_RETRIES: Duration = Duration::from_mins(5);

/// Checks an S3-compatible store.
pub(super) fn s3(checker: &mut Checker<'_>, spec: &S3Spec) -> Option<S3Options> {
    let bucket = name(checker, "bucket", &spec.bucket);
    let region = checker.optional(spec.region.as_ref());
    let remote = remote(
        checker,
        spec.prefix.as_ref(),
        spec.endpoint.as_ref(),
        spec.allow_http,
        spec.requests.as_ref(),
    );
    let credentials = s3_credentials(checker, spec);
    Some(S3Options { bucket: bucket?, region: region?, credentials: credentials?, remote: remote? })
}

/// Checks a bucket of Google Cloud Storage.
pub(super) fn google_cloud(checker: &mut Checker<'_>, spec: &GoogleCloudSpec) -> Option<GoogleCloudOptions> {
    let bucket = name(checker, "bucket", &spec.bucket);
    let remote = remote(
        checker,
        spec.prefix.as_ref(),
        spec.endpoint.as_ref(),
        spec.allow_http,
        spec.requests.as_ref(),
    );
    let credentials = google_credentials(checker, spec);
    Some(GoogleCloudOptions { bucket: bucket?, credentials: credentials?, remote: remote? })
}

/// Checks a container of Azure Blob Storage.
pub(super) fn azure(checker: &mut Checker<'_>, spec: &AzureSpec) -> Option<AzureOptions> {
    let account = account(checker, &spec.account);
    let container = name(checker, "container", &spec.container);
    let remote = remote(
        checker,
        spec.prefix.as_ref(),
        spec.endpoint.as_ref(),
        spec.allow_http,
        spec.requests.as_ref(),
    );
    let credentials = azure_credentials(checker, spec);
    Some(AzureOptions {
        account: account?,
        container: container?,
        credentials: credentials?,
        remote: remote?,
    })
}

fn remote(
    checker: &mut Checker<'_>,
    prefix: Option<&Located<String>>,
    endpoint: Option<&Located<String>>,
    allow_http: bool,
    requests: Option<&RequestsSpec>,
) -> Option<Remote> {
    let prefix = checker.optional(prefix);
    let endpoint = match endpoint {
        Some(endpoint) => self::endpoint(checker, endpoint, allow_http).map(Some),
        None => Some(None),
    };
    let requests = match requests {
        Some(requests) => self::requests(checker, requests),
        None => Some(Requests::default()),
    };
    Some(Remote {
        prefix: prefix?.unwrap_or_default().trim_matches('/').to_owned(),
        endpoint: endpoint?,
        allow_http,
        requests: requests?,
    })
}

/// The name of a bucket or container, which is no path and no address.
fn name(checker: &mut Checker<'_>, what: &str, name: &Required<String>) -> Option<String> {
    let text = checker.required(name)?;
    if text.contains(['/', ':']) {
        let message = format!("`{text}` is not the name of a {what}");
        let help = "write the name alone; a path below it goes into `prefix`, an address into `endpoint`";
        checker.error("wrong_value", name.get()?.position, message, help);
        return None;
    }
    Some(text)
}

/// The name of a storage account, which is often mistaken for its address.
fn account(checker: &mut Checker<'_>, account: &Required<String>) -> Option<String> {
    let text = checker.required(account)?;
    let fits = (3..=24).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !fits {
        let message = format!("`{text}` is not the name of a storage account");
        let help = "write the name alone, 3 to 24 lowercase letters and digits; \
            an address other than `https://<account>.blob.core.windows.net` goes into `endpoint`";
        checker.error("wrong_value", account.get()?.position, message, help);
        return None;
    }
    Some(text)
}

/// An address without the `/` at its end, to which paths are added.
fn endpoint(checker: &mut Checker<'_>, endpoint: &Located<String>, allow_http: bool) -> Option<String> {
    let parsed = url::Url::parse(&endpoint.value).ok().filter(url::Url::has_host);
    let address = || endpoint.value.trim_end_matches('/').to_owned();
    let (message, help) = match parsed.as_ref().map(url::Url::scheme) {
        Some("https") => return Some(address()),
        Some("http") if allow_http => return Some(address()),
        Some("http") => (
            "the endpoint is not encrypted".to_owned(),
            "use `https://`, or say `allow_http: true` if the network is safe",
        ),
        _ => (
            "the endpoint is not an address".to_owned(),
            "write it with its scheme, for example `https://storage.example.com`",
        ),
    };
    checker.error("wrong_value", endpoint.position, message, help);
    None
}

fn requests(checker: &mut Checker<'_>, spec: &RequestsSpec) -> Option<Requests> {
    let usual = Requests::default();
    let given = |duration: &Option<Located<DurationText>>, usual: Duration| {
        duration.as_ref().map_or(usual, |duration| duration.value.0)
    };
    let timeout = given(&spec.timeout, usual.timeout);
    // A short time for the whole shortens what its beginning may take.
    let connect_timeout = given(&spec.connect_timeout, usual.connect_timeout.min(timeout));
    let give_up_after = given(&spec.give_up_after, usual.give_up_after);
    let retries = match &spec.retries {
        Some(retries) => {
            checker.whole(retries, "`retries`", 0, 100).and_then(|retries| usize::try_from(retries).ok())
        }
        None => Some(usual.retries),
    };
    let mut sound = true;
    if let Some(given) = spec.give_up_after.as_ref().filter(|given| given.value.0 > LONGEST_RETRIES) {
        let message = "`give_up_after` must be at most `5 minutes`";
        let help = "requests are repeated as they were signed, and signatures expire; \
            a scheduler's retry of the whole run bridges longer gaps";
        checker.error("out_of_range", given.position, message, help);
        sound = false;
    }
    if let Some(given) = spec.connect_timeout.as_ref().filter(|_| connect_timeout > timeout) {
        let message = "`connect_timeout` is longer than `timeout`, which includes it";
        checker.error("out_of_range", given.position, message, "shorten it, or lengthen `timeout`");
        sound = false;
    }
    let retries = retries?;
    sound.then_some(Requests { timeout, connect_timeout, retries, give_up_after })
}

/// Checks that a key comes with its secret, and a token with both.
fn s3_credentials(checker: &mut Checker<'_>, spec: &S3Spec) -> Option<S3Credentials> {
    let help = "give `access_key_id` and `secret_access_key` together, or neither: \
        then the cloud's own credentials are used";
    let missing = |checker: &mut Checker<'_>, given: &SecretSpec, name: &str| {
        if let Some(place) = place(given) {
            checker.error("missing_key", place, format!("`{name}` is missing"), help);
        }
        None
    };
    match (&spec.access_key_id, &spec.secret_access_key, &spec.session_token) {
        (Some(access_key_id), Some(secret_access_key), session_token) => {
            let session_token = match session_token {
                Some(token) => Some(secret(token)?),
                None => None,
            };
            Some(S3Credentials::Keys {
                access_key_id: secret(access_key_id)?,
                secret_access_key: secret(secret_access_key)?,
                session_token,
            })
        }
        (Some(given), None, _) => missing(checker, given, "secret_access_key"),
        (None, Some(given), _) | (None, None, Some(given)) => missing(checker, given, "access_key_id"),
        (None, None, None) => Some(S3Credentials::Chain),
    }
}

fn google_credentials(checker: &mut Checker<'_>, spec: &GoogleCloudSpec) -> Option<GoogleCloudCredentials> {
    match &spec.service_account_key {
        Some(key) if spec.anonymous => {
            let message = "`service_account_key` is given, but requests are `anonymous`";
            checker.error("two_credentials", place(key)?, message, "remove one of them");
            None
        }
        Some(key) => secret(key).map(GoogleCloudCredentials::ServiceAccountKey),
        None if spec.anonymous => Some(GoogleCloudCredentials::Anonymous),
        None => Some(GoogleCloudCredentials::Chain),
    }
}

/// Checks that one way to sign in is given, and that one in full.
fn azure_credentials(checker: &mut Checker<'_>, spec: &AzureSpec) -> Option<AzureCredentials> {
    let principal = [
        ("tenant_id", &spec.tenant_id),
        ("client_id", &spec.client_id),
        ("client_secret", &spec.client_secret),
    ];
    let of_principal = principal.iter().find_map(|(name, secret)| Some((*name, secret.as_ref()?)));
    let ways: Vec<(&str, &SecretSpec)> = [
        spec.access_key.as_ref().map(|key| ("access_key", key)),
        spec.sas_token.as_ref().map(|token| ("sas_token", token)),
        of_principal,
    ]
    .into_iter()
    .flatten()
    .collect();
    if let [_, second, ..] = ways.as_slice() {
        let names = listed(ways.iter().map(|(name, _)| *name));
        let message = format!("there is more than one way to sign in: {names}");
        let help = "keep `access_key`, `sas_token`, or `tenant_id` with `client_id` and `client_secret`";
        checker.error("two_credentials", place(second.1)?, message, help);
        return None;
    }
    if let (Some(tenant), Some(client), Some(client_secret)) =
        (&spec.tenant_id, &spec.client_id, &spec.client_secret)
    {
        return Some(AzureCredentials::ClientSecret {
            tenant_id: secret(tenant)?,
            client_id: secret(client)?,
            client_secret: secret(client_secret)?,
        });
    }
    if let Some((_, given)) = of_principal {
        let missing = principal.iter().filter(|(_, secret)| secret.is_none()).map(|(name, _)| *name);
        let message = format!("{} missing", missing_keys(missing));
        let help = "give `tenant_id`, `client_id` and `client_secret` together, or none of them: \
            then the cloud's own credentials are used";
        checker.error("missing_key", place(given)?, message, help);
        return None;
    }
    match (&spec.access_key, &spec.sas_token) {
        (Some(key), _) => secret(key).map(AzureCredentials::AccessKey),
        (None, Some(token)) => secret(token).map(AzureCredentials::SasToken),
        (None, None) => Some(AzureCredentials::Chain),
    }
}

fn missing_keys<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", listed(names))
}

/// Where a reference to a secret stands; `None` if a problem with it is reported already.
fn place(secret: &SecretSpec) -> Option<Position> {
    secret.secret.get().map(|secret| secret.position)
}

/// A reference to a secret; `None` if a problem with it is reported already.
fn secret(spec: &SecretSpec) -> Option<Secret> {
    spec.secret.get().map(|secret| secret.value.0.clone())
}
