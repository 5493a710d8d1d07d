//! Remote storages of platform files: what each kind understands, and what people are told about mistakes.

use std::time::Duration;

use super::{Problems, load_platform, write};
use crate::config::platform::{
    AzureCredentials, AzureOptions, GoogleCloudCredentials, GoogleCloudOptions, Requests, S3Credentials,
    S3Options, Secret, StorageKind,
};

/// The kind of the one storage of a platform file.
fn load(storage: &str) -> Result<StorageKind, Problems> {
    let (_folder, file) = write(&format!("storages:\n  lake: {{ {storage} }}\n"));
    load_platform(&file, &|_| None).map(|platform| platform.storages[0].kind.clone())
}

fn loaded(storage: &str) -> StorageKind {
    load(storage).unwrap_or_else(|problems| panic!("{storage}: {}", problems.render(false)))
}

fn s3(keys: &str) -> S3Options {
    match loaded(&format!("s3: {{ bucket: lake{keys} }}")) {
        StorageKind::S3(options) => options,
        other => panic!("{other:?}"),
    }
}

fn google(keys: &str) -> GoogleCloudOptions {
    match loaded(&format!("google_cloud: {{ bucket: lake{keys} }}")) {
        StorageKind::GoogleCloud(options) => options,
        other => panic!("{other:?}"),
    }
}

fn azure(keys: &str) -> AzureOptions {
    match loaded(&format!("azure: {{ account: company, container: lake{keys} }}")) {
        StorageKind::Azure(options) => options,
        other => panic!("{other:?}"),
    }
}

/// Checks that `storage` has one problem, which says all of `parts` and points at `at`.
fn refused(storage: &str, at: &str, parts: &[&str]) {
    let Err(problems) = load(storage) else { panic!("{storage} should be refused") };
    let report = problems.render(false);
    assert_eq!(problems.sorted().len(), 1, "{report}");
    for part in parts {
        assert!(report.contains(part), "{report}");
    }
    let line = format!("  lake: {{ {storage} }}");
    let position = problems.sorted()[0].position.expect("a place");
    assert_eq!(position.line, 2, "{report}");
    let marked = &line[position.column as usize - 1..];
    assert!(marked.starts_with(at), "{report}");
}

fn env(name: &str) -> Secret {
    Secret::Env(name.to_owned())
}

#[test]
fn a_bucket_of_google_cloud_has_a_key_or_none() {
    let options = google("");
    assert_eq!((options.bucket.as_str(), options.remote.prefix.as_str()), ("lake", ""));
    assert!(matches!(options.credentials, GoogleCloudCredentials::Chain));
    assert_eq!(options.remote.endpoint, None);

    let options = google(", prefix: /raw/erp/, service_account_key: { secret: file:/run/secrets/key.json }");
    assert_eq!(options.remote.prefix, "raw/erp");
    let GoogleCloudCredentials::ServiceAccountKey(key) = options.credentials else { panic!("a key") };
    assert_eq!(key, Secret::File("/run/secrets/key.json".into()));

    let options = google(", endpoint: \"http://localhost:4443/\", allow_http: true, anonymous: true");
    assert!(matches!(options.credentials, GoogleCloudCredentials::Anonymous));
    assert_eq!(options.remote.endpoint.as_deref(), Some("http://localhost:4443"));
    assert!(options.remote.allow_http);
}

#[test]
fn a_container_of_azure_has_one_of_three_kinds_of_credentials_or_none() {
    let options = azure(", prefix: raw");
    assert_eq!((options.account.as_str(), options.container.as_str()), ("company", "lake"));
    assert_eq!(options.remote.prefix, "raw");
    assert!(matches!(options.credentials, AzureCredentials::Chain));

    let options = azure(", access_key: { secret: env:KEY }");
    assert!(matches!(options.credentials, AzureCredentials::AccessKey(key) if key == env("KEY")));
    let options = azure(", sas_token: { secret: env:SAS }");
    assert!(matches!(options.credentials, AzureCredentials::SasToken(token) if token == env("SAS")));
    let options = azure(
        ", tenant_id: { secret: env:T }, client_id: { secret: env:C }, client_secret: { secret: env:S }",
    );
    let AzureCredentials::ClientSecret { tenant_id, client_id, client_secret } = options.credentials else {
        panic!("a service principal")
    };
    assert_eq!([tenant_id, client_id, client_secret], [env("T"), env("C"), env("S")]);

    let options = azure(", endpoint: \"http://localhost:10000/devstoreaccount1\", allow_http: true");
    assert_eq!(options.remote.endpoint.as_deref(), Some("http://localhost:10000/devstoreaccount1"));
}

#[test]
fn a_bucket_of_s3_has_a_pair_of_keys_or_none() {
    assert!(matches!(s3("").credentials, S3Credentials::Chain));
    let options = s3(", access_key_id: { secret: env:A }, secret_access_key: { secret: env:B }");
    let S3Credentials::Keys { access_key_id, secret_access_key, session_token: None } = options.credentials
    else {
        panic!("a pair")
    };
    assert_eq!([access_key_id, secret_access_key], [env("A"), env("B")]);
}

#[test]
fn half_given_credentials_are_refused() {
    let google = "google_cloud: { bucket: lake, anonymous: true, service_account_key: { secret: env:K } }";
    refused(
        google,
        "env:K",
        &["`service_account_key` is given, but requests are `anonymous`", "help: remove one"],
    );
    let s3 = "s3: { bucket: lake, access_key_id: { secret: env:A } }";
    refused(s3, "env:A", &["`secret_access_key` is missing", "together, or neither"]);
    let s3 = "s3: { bucket: lake, session_token: { secret: env:A } }";
    refused(s3, "env:A", &["`access_key_id` is missing"]);
    let azure = |keys: &str| format!("azure: {{ account: company, container: lake, {keys} }}");
    refused(
        &azure("client_id: { secret: env:C }, client_secret: { secret: env:S }"),
        "env:C",
        &["`tenant_id` is missing", "or none of them: then the cloud's own credentials are used"],
    );
    refused(&azure("client_secret: { secret: env:S }"), "env:S", &["`tenant_id`, `client_id` are missing"]);
    refused(
        &azure("access_key: { secret: env:A }, sas_token: { secret: env:S }"),
        "env:S",
        &["more than one way to sign in: `access_key`, `sas_token`", "help: keep "],
    );
    refused(
        &azure("sas_token: { secret: env:S }, client_id: { secret: env:C }"),
        "env:C",
        &["more than one way to sign in: `sas_token`, `client_id`"],
    );
}

#[test]
fn names_and_addresses_are_kept_apart() {
    refused(
        "google_cloud: { bucket: \"gs://lake\" }",
        "\"gs://lake\"",
        &["`gs://lake` is not the name of a bucket", "a path below it goes into `prefix`"],
    );
    refused(
        "azure: { account: company, container: lake/raw }",
        "lake/raw",
        &["`lake/raw` is not the name of a container"],
    );
    refused(
        "azure: { account: company.blob.core.windows.net, container: lake }",
        "company.blob",
        &["is not the name of a storage account", "goes into `endpoint`"],
    );
    refused(
        "google_cloud: { bucket: lake, endpoint: \"localhost:4443\" }",
        "\"localhost:4443\"",
        &["the endpoint is not an address"],
    );
    refused(
        "azure: { account: company, container: lake, endpoint: \"http://localhost:10000\" }",
        "\"http://localhost:10000\"",
        &["the endpoint is not encrypted", "`allow_http: true`"],
    );
}

#[test]
fn keys_that_a_storage_does_not_have_are_refused() {
    refused("google_cloud: { bucket: lake, region: europe-west3 }", "region", &["unknown", "region"]);
    refused("azure: { account: company, container: lake, bucket: lake }", "bucket", &["unknown", "bucket"]);
    refused(
        "google_cloud: { bucket: lake, service_account_key: key.json }",
        "key.json",
        &["expected a mapping"],
    );
    refused("azure: { account: company }", "azure", &["`container`"]);
    refused("gcs: { bucket: lake }", "gcs", &["`google_cloud`"]);
}

#[test]
fn requests_have_limits_that_may_be_changed() {
    let usual = Requests {
        timeout: Duration::from_mins(5),
        connect_timeout: Duration::from_secs(10),
        retries: 8,
        give_up_after: Duration::from_mins(2),
    };
    assert_eq!(Requests::default(), usual);
    let of_each = |requests: &str| {
        let requests = format!(", requests: {requests}");
        [s3(&requests).remote, google(&requests).remote, azure(&requests).remote]
            .map(|remote| remote.requests)
    };
    assert_eq!(of_each("{}"), [usual; 3]);
    assert_eq!(of_each("{ retries: 0 }"), [Requests { retries: 0, ..usual }; 3]);
    let all = "{ timeout: 1 hour, connect_timeout: 3 seconds, retries: 20, give_up_after: 5 minutes }";
    let changed = Requests {
        timeout: Duration::from_hours(1),
        connect_timeout: Duration::from_secs(3),
        retries: 20,
        give_up_after: Duration::from_mins(5),
    };
    assert_eq!(of_each(all), [changed; 3]);
    let short = Duration::from_secs(5);
    assert_eq!(
        of_each("{ timeout: 5 seconds }"),
        [Requests { timeout: short, connect_timeout: short, ..usual }; 3]
    );
}

#[test]
fn requests_without_sense_are_refused() {
    for kind in
        ["s3: { bucket: lake", "google_cloud: { bucket: lake", "azure: { account: company, container: lake"]
    {
        let requests = |requests: &str| format!("{kind}, requests: {{ {requests} }} }}");
        refused(&requests("timeout: 5m"), "5m", &["`10 seconds`, `5 minutes` or `1 hour`"]);
        refused(&requests("timeout: 30"), "30", &["length of time"]);
        refused(&requests("retries: -1"), "-1", &["`retries` must be between 0 and 100, got -1"]);
        refused(&requests("retrys: 1"), "retrys", &["did you mean `retries`?"]);
        refused(
            &requests("give_up_after: 10 minutes"),
            "10 minutes",
            &["`give_up_after` must be at most `5 minutes`", "signatures expire"],
        );
        refused(
            &requests("timeout: 5 seconds, connect_timeout: 10 seconds"),
            "10 seconds",
            &["`connect_timeout` is longer than `timeout`", "shorten it"],
        );
    }
}
