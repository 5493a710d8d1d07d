//! Clients of remote stores: what they are built from, what they send, and what they never show.

use std::path::Path as FilePath;
use std::time::Duration;

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt, PutMode, UpdateVersion};

use super::cloud_double::{CloudDouble, DIALECTS, Dialect, SIGNATURE};
use super::*;
use crate::config::platform::{
    AzureCredentials, AzureOptions, GoogleCloudCredentials, GoogleCloudOptions, Remote, Requests,
    S3Credentials, S3Options, Secret, Storage, StorageKind,
};
use crate::engine::error::{EngineError, EngineErrorKind};

/// What no message may show.
const SECRET: &str = "hunter2";

fn opened(kind: StorageKind) -> Result<StorageHandle, EngineError> {
    StorageHandle::open(&Storage { name: "lake".into(), kind })
}

/// A file with `text`, and the reference to it.
fn secret(text: &str) -> (Secret, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    (Secret::File(file.path().to_path_buf()), file)
}

fn below(prefix: &str) -> Remote {
    Remote { prefix: prefix.into(), ..Remote::default() }
}

fn google(key: Secret) -> StorageKind {
    StorageKind::GoogleCloud(GoogleCloudOptions {
        bucket: "lake".into(),
        credentials: GoogleCloudCredentials::ServiceAccountKey(key),
        remote: below("raw/erp"),
    })
}

fn azure(credentials: AzureCredentials) -> StorageKind {
    StorageKind::Azure(AzureOptions {
        account: "company".into(),
        container: "lake".into(),
        credentials,
        remote: below("raw/erp"),
    })
}

/// Requests that are soon given up.
fn impatient(retries: usize) -> Requests {
    Requests { timeout: Duration::from_secs(20), retries, ..Requests::default() }
}

#[test]
fn a_prefix_is_part_of_what_people_read() {
    let (key, _file) = secret("abc\n");
    let s3 = opened(StorageKind::S3(S3Options {
        bucket: "lake".into(),
        credentials: S3Credentials::Keys {
            access_key_id: key.clone(),
            secret_access_key: key,
            session_token: None,
        },
        remote: below("raw/erp"),
        ..S3Options::default()
    }));
    let s3 = s3.unwrap();
    assert_eq!(s3.describe("orders/"), "s3://lake/raw/erp/orders/");
    assert_eq!(s3.kind, StoreKind::S3);
    assert!(s3.missing_folder().is_none());
}

/// A key as Google Cloud issues it, but for one that needs no signing.
fn service_account(private_key: &str, unsigned: bool) -> String {
    serde_json::json!({
        "type": "service_account",
        "client_email": "trichter@company.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": private_key,
        "disable_oauth": unsigned,
    })
    .to_string()
}

#[test]
fn clients_of_google_cloud_are_built_from_a_key_in_a_file() {
    let (key, _file) = secret(&service_account(SECRET, true));
    let handle = opened(google(key)).unwrap();
    assert_eq!(handle.describe("orders/"), "gs://lake/raw/erp/orders/");
    assert_eq!(handle.kind, StoreKind::GoogleCloud);
    assert!(!format!("{handle:?}").contains(SECRET));
}

#[test]
fn keys_of_google_cloud_that_are_none_are_refused_without_being_shown() {
    let half = format!("{{\"client_email\": \"a\", \"private_key\": \"{SECRET}\"}}");
    for (text, reason) in [
        (SECRET.to_owned(), "`service_account_key` is not JSON"),
        (format!("\"{SECRET}\""), "`service_account_key` is not JSON"),
        (half, "`service_account_key` lacks `private_key_id`"),
        (service_account(SECRET, false), "storage `lake`: "),
        (service_account(SECRET, true).replace("true", &format!("\"{SECRET}\"")), "cannot be understood"),
    ] {
        let (key, _file) = secret(&text);
        let error = opened(google(key)).unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Configuration);
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
    }
}

#[test]
fn clients_of_azure_are_built_from_every_kind_of_credentials() {
    // The last one is base64 of the secret, as keys of accounts are.
    let (plain, _plain) = secret(SECRET);
    let (signed, _signed) = secret("?sv=2021-12-02&sig=hunter2%3D\n");
    let (key, _key) = secret("aHVudGVyMg==\n");
    let principal = AzureCredentials::ClientSecret {
        tenant_id: plain.clone(),
        client_id: plain.clone(),
        client_secret: plain,
    };
    for credentials in [AzureCredentials::AccessKey(key), AzureCredentials::SasToken(signed), principal] {
        let handle = opened(azure(credentials)).unwrap();
        assert_eq!(handle.describe("orders/"), "az://lake/raw/erp/orders/");
        assert_eq!(handle.kind, StoreKind::Azure);
        let shown = format!("{handle:?}");
        assert!(!shown.contains(SECRET) && !shown.contains("104, 117"), "{shown}");
    }
}

#[test]
fn keys_of_azure_that_are_none_are_refused_without_being_shown() {
    let (no_key, _file) = secret("hunter2!");
    for (credentials, reason) in [
        (AzureCredentials::AccessKey(no_key.clone()), "`access_key` is not the key of a storage account"),
        (AzureCredentials::SasToken(no_key), "`sas_token` is not a shared access signature"),
    ] {
        let error = opened(azure(credentials)).unwrap_err();
        assert!(error.to_string().starts_with(&format!("storage `lake`: {reason}")), "{error}");
        assert!(error.help.is_some() && !format!("{error:?}").contains(SECRET), "{error:?}");
    }
}

#[test]
fn a_secret_that_is_not_there_is_named() {
    let gone = Secret::File(FilePath::new("/nonexistent/key").to_path_buf());
    for kind in [google(gone.clone()), azure(AzureCredentials::SasToken(gone))] {
        let error = opened(kind).unwrap_err();
        assert!(
            error.to_string().contains("storage `lake`: cannot read the secret in /nonexistent/key"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_busy_store_is_asked_again() {
    for dialect in DIALECTS {
        let cloud = CloudDouble::start(dialect);
        let handle = cloud.open("lake", impatient(2));
        let path = Path::from("orders/a b.csv");
        cloud.busy(2);
        handle.store.put(&path, "x".into()).await.unwrap();
        let seen = cloud.seen();
        let statuses: Vec<u16> = seen.iter().map(|request| request.status).collect();
        assert_eq!(statuses, [503, 503, 201], "{dialect:?}");
        let place = match dialect {
            Dialect::Google => "PUT /marts/lake%2Forders%2Fa%20b%2Ecsv",
            Dialect::Azure => "PUT /devstoreaccount1/marts/lake/orders/a%20b.csv?",
        };
        assert!(seen.iter().all(|request| request.line.starts_with(place)), "{seen:?}");
        cloud.busy(1);
        assert_eq!(handle.store.get(&path).await.unwrap().bytes().await.unwrap(), "x");
        assert_eq!(cloud.seen().len(), 2);

        cloud.busy(3);
        let error = EngineError::store(&handle.store.get(&path).await.unwrap_err());
        assert_eq!(error.kind, EngineErrorKind::Unavailable, "{error}");
        assert!(error.message.contains("503"), "{error}");
        assert_eq!(cloud.seen().len(), 3, "as often as the configuration says");
    }
}

#[tokio::test]
async fn writes_replace_only_what_they_have_seen() {
    for dialect in DIALECTS {
        let cloud = CloudDouble::start(dialect);
        let store = cloud.open("", impatient(0)).store;
        let path = Path::from("pointer");
        store.put_opts(&path, "1".into(), PutMode::Create.into()).await.unwrap();
        let again = store.put_opts(&path, "2".into(), PutMode::Create.into()).await;
        assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
        let meta = store.get(&path).await.unwrap().meta;
        let version = UpdateVersion { e_tag: meta.e_tag, version: meta.version };
        let update = || PutMode::Update(version.clone());
        store.put_opts(&path, "2".into(), update().into()).await.unwrap();
        let late = store.put_opts(&path, "3".into(), update().into()).await;
        assert!(matches!(late, Err(Error::Precondition { .. })), "{late:?}");
        let condition = match dialect {
            Dialect::Google => ("x-goog-if-generation-match", "1"),
            Dialect::Azure => ("if-match", "\"g1\""),
        };
        assert_eq!(cloud.seen().last().unwrap().headers[condition.0], condition.1);
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "2");
    }
}

#[tokio::test]
async fn what_is_listed_can_be_pinned() {
    for dialect in DIALECTS {
        let cloud = CloudDouble::start(dialect);
        let handle = cloud.open("lake", impatient(0));
        let path = Path::from("orders/a.csv");
        handle.store.put(&path, "first".into()).await.unwrap();
        let listed: Vec<_> = handle.store.list(Some(&Path::from("orders"))).try_collect().await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].e_tag, handle.store.head(&path).await.unwrap().e_tag, "{dialect:?}");
        handle.pin(&listed[0]);
        assert_eq!(handle.store.get_range(&path, 1..3).await.unwrap(), "ir");
        handle.store.put(&path, "second".into()).await.unwrap();
        let changed = handle.store.get(&path).await.unwrap_err();
        assert_eq!(EngineError::store(&changed).code, "changed_object");
    }
}

#[tokio::test]
async fn objects_are_removed_and_what_is_gone_is_said_to_be() {
    for dialect in DIALECTS {
        let cloud = CloudDouble::start(dialect);
        let store = cloud.open("lake", impatient(0)).store;
        let path = Path::from("a");
        store.put(&path, "x".into()).await.unwrap();
        store.delete(&path).await.unwrap();
        let gone = store.delete(&path).await;
        assert!(matches!(gone, Err(Error::NotFound { .. })), "{dialect:?}: {gone:?}");
    }
}

#[tokio::test]
async fn signatures_stay_out_of_errors() {
    let cloud = CloudDouble::start(Dialect::Azure);
    let store = cloud.open("lake", impatient(0)).store;
    let path = Path::from("a");
    cloud.busy(usize::MAX);
    let errors = [
        store.get(&path).await.map(|_| ()).unwrap_err(),
        store.put(&path, "x".into()).await.map(|_| ()).unwrap_err(),
        store.copy(&path, &Path::from("b")).await.unwrap_err(),
        store.list(None).try_collect::<Vec<_>>().await.map(|_| ()).unwrap_err(),
        store.delete(&path).await.unwrap_err(),
    ];
    assert!(cloud.seen().iter().all(|request| request.line.contains(SIGNATURE)), "it is sent");
    for error in errors {
        assert!(!format!("{error} {error:?}").contains(SIGNATURE), "{error:?}");
        assert_eq!(EngineError::store(&error).kind, EngineErrorKind::Unavailable, "{error}");
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_unavailable() {
    for dialect in DIALECTS {
        let cloud = CloudDouble::start(dialect);
        let store = cloud.open("lake", impatient(0)).store;
        // The port is closed once its task is gone.
        drop(cloud);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let error = store.get(&Path::from("a")).await.map(|_| ()).unwrap_err();
        assert_eq!(EngineError::store(&error).kind, EngineErrorKind::Unavailable, "{error}");
        let error = store.delete(&Path::from("a")).await.unwrap_err();
        assert_eq!(EngineError::store(&error).kind, EngineErrorKind::Unavailable, "{error}");
    }
}
