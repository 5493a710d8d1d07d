//! Checks of the platform file.

use std::path::{Component, Path, PathBuf};

use super::checker::Checker;
use super::job::each;
use super::storage;
use crate::config::diagnostic::{Problem, Problems};
use crate::config::job::{Job, Location};
use crate::config::platform::{EngineSettings, Platform, Storage, StorageKind};
use crate::config::section::{EngineSpec, PlatformSpec, StorageSpec};
use crate::config::yaml::{Located, closest, listed};

/// Memory for queries unless the file says otherwise.
const MEMORY_LIMIT: u64 = 4 << 30;

/// Checks a decoded platform file; `None` when there are problems, which are added to `problems`.
pub(crate) fn platform(spec: &PlatformSpec, file: &Path, problems: &mut Problems) -> Option<Platform> {
    let mut checker = Checker::new(file, problems);
    let checker = &mut checker;
    let storages = each(&spec.storages, |name, spec| {
        checker.name(name);
        let kind = match spec {
            StorageSpec::Folder(folder) => self::folder(checker, folder.get()).map(StorageKind::Folder),
            StorageSpec::S3(s3) => storage::s3(checker, s3).map(StorageKind::S3),
            StorageSpec::GoogleCloud(google) => {
                storage::google_cloud(checker, google).map(StorageKind::GoogleCloud)
            }
            StorageSpec::Azure(azure) => storage::azure(checker, azure).map(StorageKind::Azure),
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
