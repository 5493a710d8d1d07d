//! Offending rows of checks, put among the artefacts of the run.
//!
//! At once, not when the run publishes: a run whose checks fail publishes nothing, and its rows are those that somebody wants
//! to look at. They lie outside of everything that readers of published tables see.

use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;

use super::context::RunContext;
use super::target::OpenTarget;
use crate::publish;
use crate::transform::{KeptFailures, TableRun};

/// Where a run keeps offending rows.
#[derive(Clone)]
pub(super) struct FailureKeeper {
    store: Arc<dyn ObjectStore>,
    /// The target's storage and folder.
    target: String,
    run_id: String,
    /// Local folder that also gets them.
    artifacts: Option<PathBuf>,
}

impl FailureKeeper {
    pub(super) fn new(target: &OpenTarget, context: &RunContext, artifacts: Option<PathBuf>) -> Self {
        Self {
            store: Arc::clone(&target.store),
            target: target.name_of(&Path::default()).trim_end_matches('/').to_owned(),
            run_id: context.run_id.clone(),
            artifacts,
        }
    }

    /// Keeps the offending rows of a table and names their places in the results of its checks. That rows cannot be kept
    /// does not change how a check ended; gives a warning for each place where they could not.
    pub(super) async fn keep(&self, run: &mut TableRun) -> Vec<String> {
        let mut warnings = Vec::new();
        for KeptFailures { check, file } in &run.failures {
            let mut place = match publish::write_failures(&self.store, &self.run_id, file).await {
                Ok(path) => Some(format!("{}/{path}", self.target)),
                Err(error) => {
                    warnings.push(format!("the offending rows of {check} cannot be kept: {error}"));
                    None
                }
            };
            if let Some(folder) = &self.artifacts {
                match publish::write_local_failures(folder, file) {
                    Ok(copy) => place = place.or_else(|| Some(copy.display().to_string())),
                    Err(error) => {
                        let folder = folder.display();
                        warnings.push(format!(
                            "the offending rows of {check} cannot be kept in {folder}: {error}"
                        ));
                    }
                }
            }
            if let Some(result) = run.checks.iter_mut().find(|result| result.check == *check) {
                result.failures_file = place;
            }
        }
        warnings
    }
}
