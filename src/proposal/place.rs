//! Where the data lie: a storage of the platform configuration, or one that has to be added to it.

use std::path::Path;

use url::Url;

use super::error::ProposalError;
use super::names::name;
use crate::config::Platform;
use crate::config::platform::{GoogleCloudOptions, S3Options, Storage, StorageKind};
use crate::config::scalar;

/// Where the data lie.
#[derive(Debug, Clone)]
pub struct Place {
    /// The storage.
    pub storage: String,
    /// Path below it: `""`, or a folder that ends with `/`.
    pub prefix: String,
    /// The storage, if the platform configuration lacks it, and its entry there.
    pub added: Option<(Storage, String)>,
}

/// Finds out what `typed` means: an address, a folder, or a storage with a path below it.
///
/// # Errors
///
/// When it means nothing, or an address of which not enough is known.
pub fn place(typed: &str, platform: &Platform) -> Result<Place, ProposalError> {
    if typed.contains("://") {
        return address(typed, platform);
    }
    if let Ok(folder) = Path::new(typed).canonicalize()
        && folder.is_dir()
    {
        return Ok(local(typed, &folder, platform));
    }
    let (storage, below) = typed.split_once('/').unwrap_or((typed, ""));
    if platform.storage(storage).is_some() || platform.unset.iter().any(|unset| unset.name == storage) {
        return Ok(Place { storage: storage.to_owned(), prefix: prefix(below), added: None });
    }
    Err(ProposalError::NoPlace(typed.to_owned()))
}

/// A path as the prefix of what lies below it.
fn prefix(path: &str) -> String {
    let path = path.trim_matches('/');
    if path.is_empty() { String::new() } else { format!("{path}/") }
}

fn local(typed: &str, folder: &Path, platform: &Platform) -> Place {
    let inside = |storage: &Storage| -> Option<(usize, String, String)> {
        let StorageKind::Folder(root) = &storage.kind else { return None };
        let root = root.canonicalize().ok()?;
        let below = folder.strip_prefix(&root).ok()?.to_string_lossy().replace('\\', "/");
        Some((root.components().count(), storage.name.clone(), prefix(&below)))
    };
    // The innermost storage says most about the folder.
    let found = platform.storages.iter().filter_map(inside).max_by_key(|(depth, ..)| *depth);
    if let Some((_, storage, prefix)) = found {
        return Place { storage, prefix, added: None };
    }
    let base =
        folder.file_name().map_or_else(|| "lake".to_owned(), |base| base.to_string_lossy().into_owned());
    let storage = free(&name(&base), platform);
    let written =
        if Path::new(typed).is_absolute() { folder.display().to_string() } else { typed.to_owned() };
    let entry = format!("{storage}: {{ folder: {} }}", scalar(&written));
    let kind = StorageKind::Folder(folder.to_path_buf());
    Place {
        storage: storage.clone(),
        prefix: String::new(),
        added: Some((Storage { name: storage, kind }, entry)),
    }
}

/// `name`, unless a storage has it already.
fn free(name: &str, platform: &Platform) -> String {
    let is_taken = |name: &str| {
        platform.storage(name).is_some() || platform.unset.iter().any(|unset| unset.name == name)
    };
    let mut candidates =
        std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}_{number}")));
    candidates.find(|name| !is_taken(name)).unwrap_or_default()
}

fn address(typed: &str, platform: &Platform) -> Result<Place, ProposalError> {
    let unknown =
        |help: &str| ProposalError::UnknownAddress { place: typed.to_owned(), help: help.to_owned() };
    let url =
        Url::parse(typed).map_err(|_| unknown("write it like s3://bucket/folder/ or gs://bucket/folder/"))?;
    let bucket = url.host_str().unwrap_or_default().to_owned();
    let path = prefix(url.path());
    let inside = |storage: &Storage| -> Option<(usize, String, String)> {
        let (scheme, held, below) = match &storage.kind {
            StorageKind::Folder(_) => return None,
            StorageKind::S3(options) => ("s3", &options.bucket, &options.remote.prefix),
            StorageKind::GoogleCloud(options) => ("gs", &options.bucket, &options.remote.prefix),
            StorageKind::Azure(options) => ("az", &options.container, &options.remote.prefix),
        };
        let rest = path
            .strip_prefix(prefix(below).as_str())
            .filter(|_| scheme == url.scheme() && *held == bucket)?;
        Some((below.len(), storage.name.clone(), rest.to_owned()))
    };
    let found = platform.storages.iter().filter_map(inside).max_by_key(|(depth, ..)| *depth);
    if let Some((_, storage, prefix)) = found {
        return Ok(Place { storage, prefix, added: None });
    }
    let name = free(&name(&bucket), platform);
    let (kind, entry) = match url.scheme() {
        "s3" => {
            let kind = StorageKind::S3(S3Options { bucket: bucket.clone(), ..S3Options::default() });
            (kind, format!("{name}: {{ s3: {{ bucket: {} }} }}", scalar(&bucket)))
        }
        "gs" => {
            let options = GoogleCloudOptions { bucket: bucket.clone(), ..GoogleCloudOptions::default() };
            let entry = format!("{name}: {{ google_cloud: {{ bucket: {} }} }}", scalar(&bucket));
            (StorageKind::GoogleCloud(options), entry)
        }
        "az" => {
            return Err(unknown(
                "a container belongs to an account: add a storage `{ azure: { account, container } }` to the platform \
                 configuration, and name that storage",
            ));
        }
        _ => {
            return Err(unknown(
                "addresses begin with s3://, gs:// or az://; other folders are named by their path",
            ));
        }
    };
    Ok(Place { storage: name.clone(), prefix: path, added: Some((Storage { name, kind }, entry)) })
}

impl Place {
    /// The platform with the storage, whether it had it or not.
    #[must_use]
    pub fn completed(&self, mut platform: Platform) -> Platform {
        platform.storages.extend(self.added.iter().map(|(storage, _)| storage.clone()));
        platform
    }

    /// What a job about the place is called unless it is given a name.
    #[must_use]
    pub fn name(&self) -> String {
        name(&self.base())
    }

    /// The part of the path that sources are called after where their own folders do not tell them apart.
    pub(super) fn base(&self) -> String {
        let last = self.prefix.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if last.is_empty() { self.storage.clone() } else { last.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::platform::{EngineSettings, Remote};

    fn platform(storages: Vec<Storage>) -> Platform {
        Platform { storages, unset: Vec::new(), engine: EngineSettings::default(), file: "c.yaml".into() }
    }

    #[test]
    fn a_folder_is_found_in_the_innermost_storage_or_becomes_one() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("lake/erp/orders")).unwrap();
        let folder = |name: &str, path: &str| Storage {
            name: name.into(),
            kind: StorageKind::Folder(root.path().join(path)),
        };
        let typed = root.path().join("lake/erp/orders").display().to_string();
        let known = platform(vec![folder("all", ""), folder("lake", "lake")]);
        let found = place(&typed, &known).unwrap();
        assert_eq!(
            (found.storage.as_str(), found.prefix.as_str(), found.added.is_some()),
            ("lake", "erp/orders/", false)
        );
        let found = place(&typed, &platform(vec![folder("orders", "elsewhere")])).unwrap();
        assert_eq!((found.storage.as_str(), found.prefix.as_str()), ("orders_2", ""));
        assert!(found.added.unwrap().1.starts_with("orders_2: { folder: "));
        let found = place("lake/erp", &known).unwrap();
        assert_eq!((found.storage.as_str(), found.prefix.as_str()), ("lake", "erp/"));
        assert!(matches!(place("nowhere/erp", &known), Err(ProposalError::NoPlace(_))));
    }

    #[test]
    fn addresses_are_found_in_storages_too() {
        let remote = Remote { prefix: "data".into(), ..Remote::default() };
        let kind = StorageKind::S3(S3Options { bucket: "company".into(), remote, ..S3Options::default() });
        let known = platform(vec![Storage { name: "lake".into(), kind }]);
        let found = place("s3://company/data/erp", &known).unwrap();
        assert_eq!((found.storage.as_str(), found.prefix.as_str()), ("lake", "erp/"));
        let found = place("gs://company/data/erp/", &known).unwrap();
        assert_eq!((found.storage.as_str(), found.prefix.as_str()), ("company", "data/erp/"));
        assert_eq!(found.added.unwrap().1, "company: { google_cloud: { bucket: company } }");
        assert!(matches!(place("az://company/x", &known), Err(ProposalError::UnknownAddress { .. })));
        assert!(matches!(place("ftp://company/x", &known), Err(ProposalError::UnknownAddress { .. })));
    }
}
