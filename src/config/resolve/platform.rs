//! Checks of the platform file.

use std::path::{Component, Path, PathBuf};

use super::checker::Checker;
use super::job::each;
use crate::config::diagnostic::{Problem, Problems};
use crate::config::job::{Job, Location};
use crate::config::platform::{EngineSettings, Platform, S3Options, Secret, Storage, StorageKind};
use crate::config::section::{EngineSpec, PlatformSpec, S3Spec, SecretSpec, StorageSpec};
use crate::config::yaml::{Located, Required, closest, listed};

/// Memory for queries unless the file says otherwise.
const MEMORY_LIMIT: u64 = 4 << 30;

/// Checks a decoded platform file; `None` when there are problems, which are added to `problems`.
pub(crate) fn platform(spec: &PlatformSpec, file: &Path, problems: &mut Problems) -> Option<Platform> {
    let mut checker = Checker::new(file, problems);
    let checker = &mut checker;
    let storages = each(&spec.storages, |name, storage| {
        checker.name(name);
        let kind = match storage {
            StorageSpec::Folder(folder) => self::folder(checker, folder.get()).map(StorageKind::Folder),
            StorageSpec::S3(s3) => self::s3(checker, s3).map(StorageKind::S3),
        };
        Some(Storage { name: name.value.clone(), kind: kind? })
    });
    let engine = engine(checker, &spec.engine);
    Some(Platform { storages: storages?, unset: Vec::new(), engine: engine?, file: file.to_owned() })
}

/// Checks that every storage that the job names is in the platform file.
pub(crate) fn storages(job: &Job, platform: &Platform, problems: &mut Problems) {
    for source in &job.sources {
        location(job, platform, &format!("sources.{}.path", source.name), &source.location, problems);
    }
    target(job, platform, problems);
}

/// Checks that the storage that the job publishes to is in the platform file.
pub(crate) fn target(job: &Job, platform: &Platform, problems: &mut Problems) {
    location(job, platform, "publish.to", &job.publish, problems);
}

fn location(job: &Job, platform: &Platform, path: &str, location: &Location, problems: &mut Problems) {
    let name = location.storage.as_str();
    if platform.storage(name).is_some() {
        return;
    }
    if let Some(unset) = platform.unset.iter().find(|unset| unset.name == name) {
        for problem in &unset.problems {
            problems.push(problem.clone());
        }
        return;
    }
    let unset = platform.unset.iter().map(|unset| unset.name.as_str());
    let known: Vec<&str> =
        platform.storages.iter().map(|storage| storage.name.as_str()).chain(unset).collect();
    let message = format!("there is no storage called `{name}`");
    let declared = format!("`{}` declares {}", platform.file.display(), listed(known.iter().copied()));
    let help = match closest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {declared}"),
        None => declared,
    };
    let position = job.positions.find(path);
    problems.push(Problem::error("unknown_name", &job.file, position, message).with_help(help));
}

fn engine(checker: &mut Checker<'_>, spec: &EngineSpec) -> Option<EngineSettings> {
    let threads = match &spec.threads {
        Some(threads) => {
            checker.whole(threads, "`threads`", 1, 1024).map(|threads| usize::try_from(threads).ok())
        }
        None => Some(None),
    };
    let work_folder = match &spec.work_folder {
        Some(path) => folder(checker, Some(path)).map(Some),
        None => Some(None),
    };
    let memory_limit = spec.memory_limit.as_ref().map_or(MEMORY_LIMIT, |limit| limit.value.0);
    Some(EngineSettings { threads: threads?, memory_limit, work_folder: work_folder? })
}

/// A folder as an absolute path; relative ones are below the current directory.
fn folder(checker: &mut Checker<'_>, path: Option<&Located<String>>) -> Option<PathBuf> {
    let text = checker.filled(path)?;
    match std::path::absolute(&text) {
        Ok(path) => Some(climbed(&path)),
        Err(error) => {
            let message = format!("`{text}` cannot be made an absolute path: {error}");
            checker.error("invalid_path", path?.position, message, "write an absolute path");
            None
        }
    }
}

/// An absolute path without `..`, which object stores do not read. A link before `..` is followed first,
/// as the operating system does; what does not exist yet has no links.
fn climbed(path: &Path) -> PathBuf {
    let mut climbed = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            climbed = climbed.canonicalize().unwrap_or(climbed);
            climbed.pop();
        } else {
            climbed.push(part);
        }
    }
    climbed
}

fn s3(checker: &mut Checker<'_>, spec: &S3Spec) -> Option<S3Options> {
    let bucket = bucket(checker, &spec.bucket);
    let prefix = checker.optional(spec.prefix.as_ref());
    let region = checker.optional(spec.region.as_ref());
    let endpoint = match &spec.endpoint {
        Some(endpoint) => self::endpoint(checker, endpoint, spec.allow_http).map(Some),
        None => Some(None),
    };
    key_pair(checker, spec);
    Some(S3Options {
        bucket: bucket?,
        prefix: prefix?.unwrap_or_default().trim_matches('/').to_owned(),
        region: region?,
        endpoint: endpoint?,
        allow_http: spec.allow_http,
        access_key_id: secret(spec.access_key_id.as_ref())?,
        secret_access_key: secret(spec.secret_access_key.as_ref())?,
        session_token: secret(spec.session_token.as_ref())?,
    })
}

fn bucket(checker: &mut Checker<'_>, bucket: &Required<String>) -> Option<String> {
    let text = checker.required(bucket)?;
    if text.contains(['/', ':']) {
        let message = format!("`{text}` is not the name of a bucket");
        let help = "write the name alone; a path below it goes into `prefix`, an address into `endpoint`";
        checker.error("wrong_value", bucket.get()?.position, message, help);
        return None;
    }
    Some(text)
}

fn endpoint(checker: &mut Checker<'_>, endpoint: &Located<String>, allow_http: bool) -> Option<String> {
    let parsed = url::Url::parse(&endpoint.value).ok().filter(url::Url::has_host);
    let (message, help) = match parsed.as_ref().map(url::Url::scheme) {
        Some("https") => return Some(endpoint.value.clone()),
        Some("http") if allow_http => return Some(endpoint.value.clone()),
        Some("http") => (
            "the endpoint is not encrypted".to_owned(),
            "use `https://`, or say `allow_http: true` if the network is safe",
        ),
        _ => (
            "the endpoint is not an address".to_owned(),
            "write it with its scheme, for example `https://minio.example.com`",
        ),
    };
    checker.error("wrong_value", endpoint.position, message, help);
    None
}

/// Checks that a key comes with its secret, and a token with both.
fn key_pair(checker: &mut Checker<'_>, spec: &S3Spec) {
    let place = |secret: &Option<SecretSpec>| {
        secret.as_ref().and_then(|secret| secret.secret.get()).map(|secret| secret.position)
    };
    let help = "give `access_key_id` and `secret_access_key` together, or neither: \
        then the cloud's own credentials are used";
    let pair = (&spec.access_key_id, &spec.secret_access_key);
    let (given, missing) = match pair {
        (Some(_), None) => (place(&spec.access_key_id), "secret_access_key"),
        (None, Some(_)) => (place(&spec.secret_access_key), "access_key_id"),
        (None, None) if spec.session_token.is_some() => (place(&spec.session_token), "access_key_id"),
        _ => return,
    };
    if let Some(given) = given {
        checker.error("missing_key", given, format!("`{missing}` is missing"), help);
    }
}

/// A reference to a secret: the outer `None` says that a problem is reported.
#[allow(clippy::option_option, reason = "reported and not given are two different things here")]
fn secret(spec: Option<&SecretSpec>) -> Option<Option<Secret>> {
    match spec {
        Some(spec) => Some(Some(spec.secret.get()?.value.0.clone())),
        None => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_may_climb() {
        assert_eq!(climbed(Path::new("/a/b/../../c/./d/..")), Path::new("/c"));
        assert_eq!(climbed(Path::new("/../a")), Path::new("/a"));
    }

    #[cfg(unix)]
    #[test]
    fn climbing_out_of_a_link_leads_to_where_it_points() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("there/below")).unwrap();
        std::os::unix::fs::symlink(root.join("there/below"), root.join("link")).unwrap();
        assert_eq!(climbed(&root.join("link/../lake")), root.join("there/lake"));
        assert_eq!(climbed(&root.join("link/lake")), root.join("link/lake"));
    }
}
