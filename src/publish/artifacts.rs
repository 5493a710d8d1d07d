//! `run_results.json` and `job.json`: what orchestrators read about a run and about a job. And the offending rows of its
//! checks, which people read.

use std::collections::BTreeMap;
use std::path::{Path as LocalPath, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::NaiveDate;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::PublishError;
use super::{layout, pointer, upload};
use crate::config::{Job, redact};
use crate::domain::Status;
use crate::run::result::RunResult;

/// File name of a run's results.
const RUN_RESULTS: &str = "run_results.json";

/// File name of a job's description.
const JOB: &str = "job.json";

/// What a job consists of and what depends on what, without any value of a run.
///
/// `reads` names, for each SQL table, the sources and tables that its SQL reads.
#[must_use]
pub fn job_description(job: &Job, reads: &BTreeMap<String, Vec<String>>) -> Value {
    let tables: Vec<Value> = job
        .tables
        .iter()
        .map(|table| {
            let reads = reads.get(&table.name).cloned().unwrap_or_default();
            json!({ "name": table.name, "sql": table.file, "key": table.key, "time": table.time, "reads": reads })
        })
        .collect();
    let kpis: Vec<Value> = job
        .kpis
        .iter()
        .map(|kpi| json!({ "name": kpi.name, "reads": [kpi.from], "owner": kpi.owner, "decisions": kpi.decisions }))
        .collect();
    let models: Vec<Value> = job
        .models
        .iter()
        .map(|model| json!({ "name": model.name(), "kind": model.kind(), "reads": model.reads() }))
        .collect();
    let sources: Vec<&str> = job.sources.iter().map(|source| source.name.as_str()).collect();
    json!({
        "job": job.name,
        "owner": job.owner,
        "period": job.calendar.period.as_str(),
        "time_zone": job.calendar.time_zone.name(),
        "publish": format!("{}/{}", job.publish.storage, job.publish.path),
        "sources": sources,
        "tables": tables,
        "kpis": kpis,
        "models": models,
    })
}

/// Writes `run_results.json` and `job.json` under `_trichter/runs/<run_id>/` of the target.
///
/// # Errors
///
/// The store's error.
pub async fn write_artifacts(
    target: &Arc<dyn ObjectStore>,
    run: &RunResult,
    job: &Value,
) -> Result<(), PublishError> {
    let path = layout::run_artifact(&run.run_id, RUN_RESULTS);
    upload::put_bytes(target, &path, text(run, &path)?.into()).await?;
    let path = layout::run_artifact(&run.run_id, JOB);
    upload::put_bytes(target, &path, text(job, &path)?.into()).await
}

/// The JSON of an artefact. An error that it quotes may quote a secret.
fn text(value: &impl serde::Serialize, path: &Path) -> Result<Vec<u8>, PublishError> {
    let bytes = pointer::json(value, path)?;
    Ok(redact(&String::from_utf8_lossy(&bytes)).into_owned().into_bytes())
}

/// What the record of a run says about how to run it again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LastRun {
    /// The job.
    pub job: String,
    /// The run.
    pub run_id: String,
    /// How it ended.
    pub status: Status,
    /// Exit code of its process.
    pub exit_code: u8,
    /// Seed of everything random.
    pub seed: u64,
    /// First day of its window; `None` if it failed before that was known.
    pub window_start: Option<NaiveDate>,
    /// First day after its window.
    pub window_end: Option<NaiveDate>,
    /// Whether every period was computed.
    #[serde(default)]
    pub full_refresh: bool,
    /// Why it failed.
    pub error: Option<String>,
}

/// The run of `job` that wrote its `run_results.json` to the target last; `None` if there is none.
///
/// # Errors
///
/// The store's error, or that a record is none.
pub async fn last_run(target: &Arc<dyn ObjectStore>, job: &str) -> Result<Option<LastRun>, PublishError> {
    let runs = layout::runs();
    let listed: Vec<ObjectMeta> =
        target.list(Some(&runs)).try_collect().await.map_err(PublishError::store("list", &runs))?;
    let mut records: Vec<ObjectMeta> =
        listed.into_iter().filter(|object| object.location.filename() == Some(RUN_RESULTS)).collect();
    records.sort_by(|a, b| (b.last_modified, &b.location).cmp(&(a.last_modified, &a.location)));
    for record in records {
        let Some((bytes, _)) = pointer::get(target, &record.location).await? else { continue };
        let run: LastRun = pointer::parse(&bytes, &record.location)?;
        // Another job that was pointed here by mistake leaves its record too.
        if run.job == job {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// Writes the same two files into a local folder, each by rename. The folder is made if needed.
/// Without a `job`, because the job file could not be read, there is no `job.json`.
///
/// # Errors
///
/// The system's error with the file.
pub fn write_local_artifacts(
    folder: &LocalPath,
    run: &RunResult,
    job: Option<&Value>,
) -> Result<(), PublishError> {
    std::fs::create_dir_all(folder).map_err(PublishError::file("create", folder))?;
    replace(folder, RUN_RESULTS, &text(run, &RUN_RESULTS.into())?)?;
    job.map_or(Ok(()), |job| replace(folder, JOB, &text(job, &JOB.into())?))
}

/// Writes the Parquet file of a check's offending rows under `_trichter/runs/<run_id>/failures/` of the target, in parts if it
/// is large, and gives its path there. A run of the same id replaces it.
///
/// # Errors
///
/// The store's error, or that the file cannot be read.
pub async fn write_failures(
    target: &Arc<dyn ObjectStore>,
    run_id: &str,
    file: &LocalPath,
) -> Result<Path, PublishError> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let path = layout::run_failures(run_id, &name);
    let write = upload::Write::file(path.clone(), file.to_owned());
    upload::put_all(target, vec![write], &AtomicBool::new(false)).await?;
    Ok(path)
}

/// Copies the same file below a local folder of artifacts, by rename, and gives its path there.
///
/// # Errors
///
/// The system's error with the file.
pub fn write_local_failures(folder: &LocalPath, file: &LocalPath) -> Result<PathBuf, PublishError> {
    let folder = folder.join(layout::FAILURES);
    let copy = folder.join(file.file_name().unwrap_or_default());
    let write = || {
        std::fs::create_dir_all(&folder)?;
        let mut staged = tempfile::NamedTempFile::new_in(&folder)?;
        std::io::copy(&mut std::fs::File::open(file)?, &mut staged)?;
        staged.persist(&copy).map(|_| ()).map_err(|error| error.error)
    };
    write().map_err(PublishError::file("write", &copy))?;
    Ok(copy)
}

fn replace(folder: &LocalPath, name: &str, bytes: &[u8]) -> Result<(), PublishError> {
    let file = folder.join(name);
    let write = || {
        let mut staged = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut staged, bytes)?;
        staged.persist(&file).map(|_| ()).map_err(|error| error.error)
    };
    write().map_err(PublishError::file("write", &file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::fixture;

    #[test]
    fn every_key_is_present_whatever_is_missing() {
        let mut run = fixture::run_result("run/1");
        run.publication = None;
        run.error = None;
        let folder = tempfile::tempdir().expect("folder");
        write_local_artifacts(&folder.path().join("deep"), &run, None).expect("written");
        let text = std::fs::read_to_string(folder.path().join("deep/run_results.json")).expect("file");
        let value: Value = serde_json::from_str(&text).expect("json");
        for key in
            ["job", "run_id", "status", "exit_code", "steps", "checks", "publication", "error", "window_end"]
        {
            assert!(value.get(key).is_some(), "{key}");
        }
        assert!(text.ends_with("}\n"));
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).expect("folder").count(), 1);
    }

    #[test]
    fn the_job_description_names_what_reads_what() {
        let reads = BTreeMap::from([("daily".to_owned(), vec!["orders".to_owned()])]);
        let value = job_description(&fixture::job(), &reads);
        assert_eq!(value["tables"][0]["reads"], json!(["orders"]));
        assert_eq!(value["kpis"][0]["reads"], json!(["daily"]));
        assert_eq!(value["models"][0]["kind"], "outcome");
        assert_eq!(value["models"][1]["kind"], "response");
        assert_eq!(value["models"][1]["reads"], json!(["weekly_panel", "media", "lift_tests"]));
    }
}
