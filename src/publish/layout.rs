//! Where everything lies below a target.
//!
//! Folders are never called like a column (`as_of=…`, `period_start=…`): some readers take a folder
//! name for a second column of that name and refuse the file. A table's schema lies beside its
//! folder, not in it: readers that take a folder for a table read everything inside.

use chrono::NaiveDate;
use object_store::path::Path;

use super::digest::sha256;

/// The pointer to the newest publication.
pub(crate) fn pointer() -> Path {
    Path::from("_trichter/publication.json")
}

/// Everything that one publication wrote.
pub(crate) fn snapshot(publication: &str) -> Path {
    snapshots().join(publication)
}

/// A result table within a publication.
pub(crate) fn snapshot_table(publication: &str, table: &str) -> Path {
    snapshot(publication).join(table).join(FILE)
}

/// One period of a job's table within a publication.
pub(crate) fn snapshot_period(publication: &str, table: &str, period: NaiveDate) -> Path {
    snapshot(publication).join(table).join(period.to_string()).join(FILE)
}

/// The schema of a table within a publication.
pub(crate) fn snapshot_schema(publication: &str, table: &str) -> Path {
    snapshot(publication).join(format!("{table}.schema.json"))
}

/// What a publication will put into `current/` where that differs from its own rows.
pub(crate) fn snapshot_current(publication: &str, table: &str) -> Path {
    snapshot(publication).join("_current").join(table).join(FILE)
}

/// What a publication will do to the plain folders, as long as that is not done.
pub(crate) fn snapshot_plan(publication: &str) -> Path {
    snapshot(publication).join("_follow.json")
}

/// The pointer that a publication replaced.
pub(crate) fn snapshot_replaced(publication: &str) -> Path {
    snapshot(publication).join("_replaced.json")
}

/// All publications.
pub(crate) fn snapshots() -> Path {
    Path::from("_trichter/snapshots")
}

/// The newest rows of a result table.
pub(crate) fn current(table: &str) -> Path {
    Path::from("current").join(table).join(FILE)
}

/// The schema of a table in `current/`.
pub(crate) fn current_schema(table: &str) -> Path {
    Path::from("current").join(format!("{table}.schema.json"))
}

/// The rows of a result table of every window.
pub(crate) fn history_of(table: &str) -> Path {
    Path::from("history").join(table)
}

/// The rows of a result table as of one day.
pub(crate) fn history(table: &str, as_of: NaiveDate) -> Path {
    history_of(table).join(as_of.to_string()).join(FILE)
}

/// The periods of a job's table.
pub(crate) fn kept(table: &str) -> Path {
    Path::from("tables").join(table)
}

/// One period of a job's table.
pub(crate) fn kept_period(table: &str, period: NaiveDate) -> Path {
    kept(table).join(period.to_string()).join(FILE)
}

/// The schema of a job's table.
pub(crate) fn kept_schema(table: &str) -> Path {
    Path::from("tables").join(format!("{table}.schema.json"))
}

/// The period of an object that [`kept_period`] named; `None` for any other object.
pub(crate) fn period_of(table: &str, object: &Path) -> Option<NaiveDate> {
    let parts: Vec<_> = object.prefix_match(&kept(table))?.collect();
    let [period, file] = parts.as_slice() else { return None };
    (file.as_ref() == FILE).then(|| period.as_ref().parse().ok()).flatten()
}

/// All Delta tables.
pub(crate) fn delta_tables() -> Path {
    Path::from("delta")
}

/// The Delta table of a published table.
#[cfg(feature = "delta")]
pub(crate) fn delta_table(table: &str) -> Path {
    delta_tables().join(table)
}

/// Folder of a run's artifacts with the offending rows of its checks.
pub(crate) const FAILURES: &str = "failures";

/// An artifact of one run.
pub(crate) fn run_artifact(run_id: &str, name: &str) -> Path {
    runs().join(folder_name(run_id)).join(name)
}

/// A file with the offending rows of a check of one run.
pub(crate) fn run_failures(run_id: &str, name: &str) -> Path {
    runs().join(folder_name(run_id)).join(FAILURES).join(name)
}

/// All runs.
pub(crate) fn runs() -> Path {
    Path::from("_trichter/runs")
}

/// How far a backfill has come.
pub(crate) fn backfill(from: NaiveDate, to: NaiveDate) -> Path {
    Path::from("_trichter/backfills").join(format!("{from}_{to}.json"))
}

/// The lock of a job.
pub(crate) fn lock(job: &str) -> Path {
    locks().join(format!("{job}.json"))
}

/// All locks.
pub(crate) fn locks() -> Path {
    Path::from("_trichter/locks")
}

/// Whether a lock was moved aside by [`stale_lock`].
pub(crate) fn is_stale_lock(object: &Path) -> bool {
    object.extension() == Some(STALE)
}

/// Extension of a lock that was moved aside.
const STALE: &str = "stale";

/// Where a stale lock is moved while a run takes it over.
pub(crate) fn stale_lock(job: &str, run_id: &str) -> Path {
    locks().join(format!("{job}.{}.{STALE}", folder_name(run_id)))
}

/// A run id as a folder name.
///
/// Schedulers label runs freely, for example `scheduled__2024-01-01T00:00:00+00:00`. Letters that
/// some store or file system could mistake become `_`, and a hash keeps different labels different.
pub(crate) fn folder_name(run_id: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let is_plain = !run_id.is_empty()
        && run_id.len() <= LONGEST_NAME
        && !run_id.starts_with('.')
        && run_id.chars().all(plain);
    if is_plain {
        return run_id.to_owned();
    }
    let safe = run_id.trim_start_matches('.').chars().map(|letter| if plain(letter) { letter } else { '_' });
    let mut name: String = safe.take(LONGEST_NAME).collect();
    name.push('-');
    name.extend(sha256(run_id.as_bytes()).chars().take(12));
    name
}

/// The one data file of a folder.
const FILE: &str = "part-0.parquet";

/// Longest run id that is used as it is.
const LONGEST_NAME: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_back_from_their_objects() {
        let period = NaiveDate::from_ymd_opt(2012, 1, 2).expect("date");
        assert_eq!(kept_period("daily", period).as_ref(), "tables/daily/2012-01-02/part-0.parquet");
        assert_eq!(period_of("daily", &kept_period("daily", period)), Some(period));
        assert_eq!(period_of("daily", &Path::from("tables/daily/notes.txt")), None);
        assert_eq!(period_of("daily", &Path::from("tables/daily/2012-01-02/mine.parquet")), None);
    }

    #[test]
    fn labels_of_schedulers_become_folder_names() {
        assert_eq!(
            folder_name("0191e7a0-0000-7000-8000-000000000000"),
            "0191e7a0-0000-7000-8000-000000000000"
        );
        let airflow = folder_name("scheduled__2024-01-01T00:00:00+00:00");
        assert!(airflow.starts_with("scheduled__2024-01-01T00_00_00_00_00-"), "{airflow}");
        assert_ne!(folder_name("a/b"), folder_name("a:b"));
        for label in ["", ".", "../../etc", "a/../b", "ü"] {
            let name = folder_name(label);
            assert!(!name.contains('/') && !name.starts_with('.') && name.is_ascii(), "{label} -> {name}");
        }
    }
}
