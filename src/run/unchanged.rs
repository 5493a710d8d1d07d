//! Whether a run would publish what is published already.

use std::collections::BTreeSet;

use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::failure::Failure;
use super::pipeline;
use super::result::ObjectRead;
use super::target::OpenTarget;
use crate::config::Job;
use crate::config::job::Positions;
use crate::domain::Window;
use crate::engine::Engine;
use crate::publish::{Pointer, Previous, PublishError, sha256};
use crate::sources;

/// What decides about published rows besides the objects that are read: the job with its SQL, the seed, the version of
/// this program.
pub(super) fn fingerprint(job: &Job, seed: u64) -> String {
    // Where values stand and how tables are tested moves no row.
    let told = Job {
        positions: Positions::default(),
        file: std::path::PathBuf::new(),
        tests: Vec::new(),
        ..job.clone()
    };
    sha256(format!("trichter {}\nseed {seed}\n{told:?}", env!("CARGO_PKG_VERSION")).as_bytes())
}

/// The newest publication, if a run of `window` would publish it again: the same window, job and seed, the same objects of
/// its sources, the same results of earlier runs.
///
/// # Errors
///
/// When a source cannot be listed or the target not be read.
pub(super) async fn unchanged(
    engine: &Engine,
    job: &Job,
    seed: u64,
    window: Window,
    target: &OpenTarget,
) -> Result<Option<Pointer>, Failure> {
    let Some(pointer) = crate::publish::read_pointer(&target.store).await? else { return Ok(None) };
    let is_same = pointer.job == job.name
        && (pointer.window_start, pointer.as_of) == (window.start(), window.end())
        && pointer.fingerprint.as_ref() == Some(&fingerprint(job, seed));
    if !is_same {
        return Ok(None);
    }
    let earlier = Previous::find(&target.store, &job.name, window).await?;
    if earlier.as_of() != pointer.previous_as_of {
        return Ok(None);
    }
    let of_sources = |read: &&ObjectRead| job.sources.iter().any(|source| source.name == read.source);
    let (listed, earlier): (Vec<&ObjectRead>, Vec<&ObjectRead>) = pointer.inputs.iter().partition(of_sources);
    let windows = pipeline::read_windows(job, window, pointer.source_starts.clone());
    let now = sources::list(engine, job, &windows).await?;
    if keys(now.iter()) != keys(listed.into_iter()) {
        return Ok(None);
    }
    for read in earlier {
        if !is_there(target, read).await? {
            return Ok(None);
        }
    }
    Ok(Some(pointer))
}

/// What tells versions of objects apart.
fn keys<'a>(
    objects: impl Iterator<Item = &'a ObjectRead>,
) -> BTreeSet<(&'a str, &'a str, u64, Option<&'a str>)> {
    objects
        .map(|read| (read.source.as_str(), read.object.as_str(), read.bytes, read.e_tag.as_deref()))
        .collect()
}

/// Whether the target still has this version of an object of an earlier run.
async fn is_there(target: &OpenTarget, read: &ObjectRead) -> Result<bool, Failure> {
    let Some(path) = target.path_of(&read.object) else { return Ok(false) };
    match target.store.head(&Path::from(path)).await {
        Ok(found) => Ok(found.size == read.bytes && found.e_tag == read.e_tag),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(PublishError::store("read", &Path::from(path))(error).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = root.join("tests/jobs/valid/response_wide.yaml");
        crate::config::load_job(&file, &root.join("sql"), &crate::config::Inputs::default()).unwrap().0
    }

    #[test]
    fn job_sql_and_seed_count_and_the_file_does_not() {
        let before = fingerprint(&job(), 1);
        let moved = Job { file: "elsewhere.yaml".into(), ..job() };
        assert_eq!(fingerprint(&moved, 1), before);
        assert_ne!(fingerprint(&job(), 2), before);
        let mut rewritten = job();
        rewritten.tables[0].sql.push_str(" where true");
        assert_ne!(fingerprint(&rewritten, 1), before);
        let renamed = Job { currency: "CHF".into(), ..job() };
        assert_ne!(fingerprint(&renamed, 1), before);
    }
}
