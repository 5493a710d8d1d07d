//! What schedulers read beside the exit code: Airflow's `XCom` file and Kubernetes' termination log.
//!
//! Both lie at fixed places that exist only inside such a container; elsewhere nothing is written.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::config::redact;

/// Airflow's sidecar reads this folder once the container ends.
const XCOM: &str = "/airflow/xcom";
/// Kubernetes shows the first 4 KiB of this file as the reason of a failure.
const TERMINATION_LOG: &str = "/dev/termination-log";
const TERMINATION_LOG_BYTES: usize = 4096;

/// Hands the result over as `return.json`, by rename, so that a reader never sees half of it.
pub(super) fn write_xcom(result: &serde_json::Value) {
    write_xcom_to(Path::new(XCOM), result);
}

fn write_xcom_to(folder: &Path, result: &serde_json::Value) {
    if !folder.is_dir() {
        return;
    }
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(redact(&result.to_string()).as_bytes())?;
        file.persist(folder.join("return.json")).map_err(|error| error.error)
    });
    if let Err(error) = written {
        tracing::warn!("cannot write {}: {error}", folder.join("return.json").display());
    }
}

/// Leaves the reason of a failure where Kubernetes looks for it.
pub(super) fn write_termination_log(reason: &str) {
    write_termination_log_to(Path::new(TERMINATION_LOG), reason);
}

fn write_termination_log_to(path: &Path, reason: &str) {
    if !path.exists() {
        return;
    }
    let reason = redact(reason);
    let mut end = reason.len().min(TERMINATION_LOG_BYTES);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    if let Err(error) = fs::write(path, &reason[..end]) {
        tracing::debug!("cannot write {}: {error}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_appears_whole_where_the_folder_exists() {
        let folder = tempfile::tempdir().unwrap();
        write_xcom_to(folder.path(), &serde_json::json!({ "status": "success" }));
        let text = fs::read_to_string(folder.path().join("return.json")).unwrap();
        assert_eq!(text, r#"{"status":"success"}"#);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        write_xcom_to(&folder.path().join("missing"), &serde_json::json!({}));
        assert!(!folder.path().join("missing").exists());
    }

    #[test]
    fn the_reason_is_cut_between_characters() {
        let file = tempfile::NamedTempFile::new().unwrap();
        write_termination_log_to(file.path(), &"ä".repeat(3000));
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "ä".repeat(2048));
    }
}
