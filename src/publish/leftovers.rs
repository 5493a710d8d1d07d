//! Files that a killed run leaves in a local folder: half-written ones, and links that were not moved into place.
//!
//! A local store writes `part-0.parquet#1` and renames it. Its listings hide such files, but readers that take a folder
//! for a table would read them. While the job's lock is held nobody else writes tables, so whatever is found is left over.
//! Locks and artefacts of runs are written without the lock too, and are left alone.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::PublishError;

/// The folders of a target that are written under the lock alone.
const OURS: [&str; 5] = ["_trichter/snapshots", "current", "delta", "history", "tables"];
/// The folder of the pointer. Of its files alone.
const POINTER: &str = "_trichter";

/// Removes left-over files below the target's local folder and gives their number. The job's lock must be held.
///
/// # Errors
///
/// When a folder cannot be read or a file not removed.
pub(super) fn remove_leftovers(target: &Path) -> Result<usize, PublishError> {
    let mut folders: Vec<PathBuf> = OURS.iter().chain([&POINTER]).map(|name| target.join(name)).collect();
    let mut removed = 0;
    while let Some(folder) = folders.pop() {
        let goes_deeper = folder != target.join(POINTER);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.map_err(PublishError::file("list", &folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(PublishError::file("list", &folder))?;
            let kind = entry.file_type().map_err(PublishError::file("look at", &entry.path()))?;
            if kind.is_dir() && goes_deeper {
                folders.push(entry.path());
            } else if kind.is_file() && entry.file_name().to_str().is_some_and(is_left_over) {
                match fs::remove_file(entry.path()) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    gone => gone.map_err(PublishError::file("remove", &entry.path()))?,
                }
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// Removes empty folders below `folder`, which stores without folders do not know; what cannot be removed stays.
pub fn remove_empty_folders(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty_folders(&entry.path());
            // Refuses a folder that is not empty.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// `part-0.parquet#1`, as the local store names what it has not moved into place yet.
fn is_left_over(name: &str) -> bool {
    name.split_once('#')
        .is_some_and(|(_, end)| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_store_hides_in_our_folders_is_removed() {
        let target = tempfile::tempdir().expect("folder");
        let files = [
            ("current/runs/part-0.parquet", true),
            ("current/runs/part-0.parquet#1", false),
            ("tables/daily/2012-01-02/part-0.parquet#27", false),
            ("_trichter/publication.json#0", false),
            ("_trichter/snapshots/p1/runs/part-0.parquet#3", false),
            ("_trichter/locks/job.json#1", true),
            ("_trichter/runs/a/run_results.json#1", true),
            ("_trichter/runs/a#b/run_results.json", true),
            ("_trichter/runs/a#1/run_results.json", true),
            ("notes/draft#1", true),
        ];
        for (file, _) in files {
            let file = target.path().join(file);
            fs::create_dir_all(file.parent().expect("folder")).expect("folder");
            fs::write(file, "x").expect("file");
        }
        assert_eq!(remove_leftovers(target.path()).expect("removed"), 4);
        for (file, stays) in files {
            assert_eq!(target.path().join(file).exists(), stays, "{file}");
        }
        assert_eq!(remove_leftovers(&target.path().join("nowhere")).expect("nothing"), 0);
        remove_empty_folders(target.path());
        assert!(!target.path().join("tables").exists() && target.path().join("current/runs").exists());
    }
}
