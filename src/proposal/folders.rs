//! Which files belong together: a folder with files of the same columns is one source, and so are folders that are
//! partitions of it; other files are sources of their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::survey::{DataFile, FileKind};

/// Files that may be one source.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    /// Parts of the path below the place, without partitions.
    pub(super) parts: Vec<String>,
    pub(super) kind: FileKind,
    pub(super) files: Vec<DataFile>,
    /// True if some file lies in a folder that is a partition.
    pub(super) is_partitioned: bool,
}

/// Puts `files`, which lie below `prefix`, into their folders.
pub(super) fn folders(files: &[DataFile], prefix: &str) -> Vec<Folder> {
    let mut folders: BTreeMap<(Vec<String>, FileKind), Folder> = BTreeMap::new();
    for file in files {
        let below = file.path.strip_prefix(prefix).unwrap_or(&file.path).trim_start_matches('/');
        let mut parts: Vec<String> = below.split('/').map(str::to_owned).collect();
        parts.pop();
        let depth = parts.iter().position(|part| is_partition(part)).unwrap_or(parts.len());
        let is_partitioned = depth < parts.len();
        parts.truncate(depth);
        let folder = folders.entry((parts.clone(), file.kind)).or_insert_with(|| Folder {
            parts,
            kind: file.kind,
            files: Vec::new(),
            is_partitioned: false,
        });
        folder.is_partitioned |= is_partitioned;
        folder.files.push(file.clone());
    }
    folders.into_values().collect()
}

/// True for `name=value` and for dates and numbers, such as `2024` or `2024-01-31`.
fn is_partition(part: &str) -> bool {
    part.contains('=')
        || (part.starts_with(|first: char| first.is_ascii_digit())
            && part.chars().all(|letter| letter.is_ascii_digit() || "-_.".contains(letter)))
}

impl Folder {
    /// Whether the folder is one source, given the names of the columns of its files, as far as they are known: else
    /// each file is one.
    pub(super) fn is_one(&self, all: &[Self], columns: &[BTreeSet<String>]) -> bool {
        let is_below =
            |other: &&Self| other.parts.len() > self.parts.len() && other.parts.starts_with(&self.parts);
        // A source of a folder reads all that lies below it, and a file among folders is one of its own.
        let is_alone = self.files.len() == 1 && !self.is_partitioned;
        if all.iter().filter(is_below).any(|other| other.kind == self.kind || is_alone) {
            return false;
        }
        self.is_partitioned
            || (self.files.len() == 1 && !self.parts.is_empty())
            || (self.files.len() > 1 && are_alike(columns))
    }
}

/// True when every set shares at least half of all columns with the first.
fn are_alike(columns: &[BTreeSet<String>]) -> bool {
    let Some(first) = columns.first() else { return false };
    columns.iter().all(|other| 2 * first.intersection(other).count() >= first.union(other).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_told_from_folders_with_names() {
        for part in ["region=n", "2024", "2024-01-31", "01", "20240131"] {
            assert!(is_partition(part), "{part}");
        }
        for part in ["orders", "v2", "2024_orders"] {
            assert!(!is_partition(part), "{part}");
        }
    }

    #[test]
    fn files_are_alike_if_they_share_half_of_their_columns() {
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert!(are_alike(&[set(&["a", "b", "c"]), set(&["a", "b", "c", "d"])]));
        assert!(!are_alike(&[set(&["a", "b", "c"]), set(&["a", "x", "y"])]));
    }
}
