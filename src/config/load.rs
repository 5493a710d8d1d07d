//! Reads a job file or a platform file from disk into a checked type.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use super::diagnostic::{Position, Problem, Problems};
use super::inputs::Inputs;
use super::job::Job;
use super::platform::{Platform, UnsetStorage};
use super::resolve::Parts;
use super::section::{JobSpec, PlatformSpec};
use super::yaml::{self, Hints, Node, Value, Variables};
use super::{resolve, schema, unavailable};

/// Loads the job in `path`, whose SQL files are below `sql_root`.
///
/// `inputs` completes the file. The second part of the result are warnings.
///
/// # Errors
///
/// All problems of the file, none of them a consequence of another.
pub fn load_job(path: &Path, sql_root: &Path, inputs: &Inputs<'_>) -> Result<(Job, Problems), Problems> {
    load_job_or_parts(path, sql_root, inputs).map_err(|refused| refused.problems)
}

/// Why a job is refused.
#[derive(Debug)]
pub struct Refused {
    /// All problems of the file.
    pub problems: Problems,
    /// What the job still says about its SQL, so that this can be checked all the same.
    pub parts: Option<Parts>,
}

/// Loads a job as [`load_job`] does, and of one that is refused what can still be checked.
///
/// # Errors
///
/// As [`load_job`].
pub fn load_job_or_parts(
    path: &Path,
    sql_root: &Path,
    inputs: &Inputs<'_>,
) -> Result<(Job, Problems), Box<Refused>> {
    let mut problems = Problems::default();
    let mut parts = None;
    let job = text(path, &mut problems).and_then(|text| {
        let own = own_values(&text, path, inputs);
        let root =
            tree(&text, path, Variables { environment: inputs.environment, own: &own }, &mut problems)?;
        let spec: JobSpec = yaml::decode(&root, path, HINTS, &mut problems)?;
        let job = resolve::job(&spec, path, sql_root, root.positions(), inputs, &mut problems);
        if problems.has_errors() {
            parts = resolve::parts(&spec, path, sql_root, root.positions(), inputs);
        }
        job
    });
    finish(job, path, problems).map_err(|problems| Box::new(Refused { problems, parts }))
}

/// Loads the platform file in `path`. Relative folders in it are below the current directory.
///
/// A storage with a variable that is not set is a problem of the jobs that name it, and of no others:
/// [`check_storages`] tells.
///
/// # Errors
///
/// All problems of the file, none of them a consequence of another.
pub fn load_platform(
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Platform, Problems> {
    let mut problems = Problems::default();
    let platform = text(path, &mut problems).and_then(|text| {
        let variables = Variables { environment, own: &BTreeMap::new() };
        let mut root = tree(&text, path, variables, &mut problems)?;
        let unset = set_aside(&mut root, &mut problems);
        let spec: PlatformSpec = yaml::decode(&root, path, HINTS, &mut problems)?;
        let platform = resolve::platform(&spec, path, &mut problems)?;
        Some(Platform { unset, ..platform })
    });
    finish(platform, path, problems).map(|(platform, _)| platform)
}

/// Takes the storages out of the tree whose variables are not set, with what is wrong with each.
fn set_aside(root: &mut Node, problems: &mut Problems) -> Vec<UnsetStorage> {
    let Value::Mapping(sections) = &mut root.value else { return Vec::new() };
    let starts: Vec<Position> = sections.iter().map(|section| section.key.position).collect();
    let storages = sections.iter_mut().find(|section| section.key.text() == "storages");
    let Some(Value::Mapping(storages)) = storages.map(|section| &mut section.value.value) else {
        return Vec::new();
    };
    let starts: Vec<Position> =
        starts.into_iter().chain(storages.iter().map(|storage| storage.key.position)).collect();
    let mut unset = Vec::new();
    storages.retain(|storage| {
        let start = storage.key.position;
        // A storage goes as far as the next one, or the next section.
        let end = starts.iter().copied().filter(|other| *other > start).min();
        let found = problems.take(|problem| {
            problem.code == "variable_not_set"
                && problem.position.is_some_and(|at| at > start && end.is_none_or(|end| at < end))
        });
        if !found.is_empty() {
            unset.push(UnsetStorage { name: storage.key.text().to_owned(), problems: found.clone() });
        }
        found.is_empty()
    });
    // A copy of such a storage, made by an alias, has the same gap but no problem of its own.
    let problems: Vec<Problem> = unset.iter().flat_map(|unset| unset.problems.clone()).collect();
    storages.retain(|storage| {
        let whole = problems.is_empty() || !storage.value.has_gap();
        if !whole {
            let name = storage.key.text().to_owned();
            unset.push(UnsetStorage { name, problems: problems.clone() });
        }
        whole
    });
    unset
}

/// Checks that the storages that a job names are in the platform file, with all their variables set.
///
/// # Errors
///
/// A problem for each path that begins with another name, and for each variable that is not set.
pub fn check_storages(job: &Job, platform: &Platform) -> Result<(), Problems> {
    checked(|problems| resolve::storages(job, platform, problems))
}

/// Checks the same of the storage that a job publishes to alone.
///
/// # Errors
///
/// As [`check_storages`].
pub fn check_target(job: &Job, platform: &Platform) -> Result<(), Problems> {
    checked(|problems| resolve::target(job, platform, problems))
}

/// Checks that all variables of the storage called `name` are set.
///
/// # Errors
///
/// A problem for each that is not.
pub fn check_storage(name: &str, platform: &Platform) -> Result<(), Problems> {
    checked(|problems| {
        let unset = platform.unset.iter().filter(|unset| unset.name == name);
        unset.flat_map(|unset| &unset.problems).for_each(|problem| problems.push(problem.clone()));
    })
}

/// The texts of the files are read again to show the lines at fault; what is gone is named only.
fn checked(check: impl FnOnce(&mut Problems)) -> Result<(), Problems> {
    let mut problems = Problems::default();
    check(&mut problems);
    if problems.is_empty() {
        return Ok(());
    }
    problems.add_texts();
    Err(problems)
}

pub(super) const HINTS: Hints = Hints { instead_of: unavailable::instead_of, meaning: schema::meaning };

/// The values of the file's own variables, as far as they are set; what is wrong with them is told later, where they are
/// declared.
fn own_values(text: &str, path: &Path, inputs: &Inputs<'_>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    if !yaml::reads_own(text) {
        return values;
    }
    let variables = Variables { environment: inputs.environment, own: &BTreeMap::new() };
    let root = yaml::parse(text, path, variables, &mut Problems::default());
    let vars = root.ok().and_then(|root| root.get("vars").cloned());
    if let Some(Value::Mapping(vars)) = vars.map(|vars| vars.value) {
        for var in vars {
            let name = var.key.text();
            let default = || match &var.value.get("default")?.value {
                Value::Scalar(scalar) if !scalar.is_null() => Some(scalar.text.clone()),
                _ => None,
            };
            let value = inputs.var(name).map(|(value, _)| value).or_else(default);
            values.extend(value.map(|value| (name.to_owned(), value)));
        }
    }
    values
}

/// The text of a file.
fn text(path: &Path, problems: &mut Problems) -> Option<String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let (message, help) = match error.kind() {
                ErrorKind::NotFound => (
                    "there is no such file".to_owned(),
                    "check the path; relative ones start in the current directory",
                ),
                ErrorKind::InvalidData => ("the file is not UTF-8 text".to_owned(), "save it as UTF-8"),
                _ => {
                    (format!("the file cannot be read: {error}"), "check that it is a file that you may read")
                }
            };
            problems.push(Problem::error("unreadable_file", path, None, message).with_help(help));
            return None;
        }
    };
    // Some editors write a byte order mark, which is no part of the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    problems.add_text(path, text);
    Some(text.to_owned())
}

/// The values of a file that holds no variables of its own.
pub(super) fn read(path: &Path, variables: Variables<'_>, problems: &mut Problems) -> Option<Node> {
    text(path, problems).and_then(|text| tree(&text, path, variables, problems))
}

fn tree(text: &str, path: &Path, variables: Variables<'_>, problems: &mut Problems) -> Option<Node> {
    match yaml::parse(text, path, variables, problems) {
        Ok(root) => Some(root),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

/// The result, which counts only if no problem was found on the way to it.
fn finish<T>(result: Option<T>, path: &Path, mut problems: Problems) -> Result<(T, Problems), Problems> {
    match result {
        Some(result) if !problems.has_errors() => Ok((result, problems)),
        _ => {
            if !problems.has_errors() {
                let message = "the file cannot be understood, and no check says why: please report this";
                problems.push(Problem::error("internal", path, None, message.to_owned()));
            }
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn root() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
    }

    fn platform(storages: &str) -> (Platform, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("platform.yaml");
        std::fs::write(&file, format!("storages: {{ {storages} }}\n")).unwrap();
        (load_platform(&file, &|_| None).unwrap(), folder)
    }

    #[test]
    fn the_example_job_loads() {
        let job = root().join("jobs/examples/bike_sharing.yaml");
        let loaded = load_job(&job, &root().join("sql"), &Inputs::default());
        let (job, warnings) = loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        assert!(warnings.is_empty());
        assert_eq!(job.sources.len(), 3);
        assert_eq!(job.kpis[1].denominator.as_deref(), Some("sum(rentals)"));
        let (platform, _folder) = platform("published: { folder: a }, marts: { folder: b }");
        assert_eq!(check_storages(&job, &platform), Ok(()));
        let (platform, _folder) = self::platform("published: { folder: a }, mart: { folder: b }");
        let report = check_storages(&job, &platform).unwrap_err().render(false);
        assert!(report.contains("there is no storage called `marts`"), "{report}");
        assert!(report.contains("did you mean `mart`?"), "{report}");
        assert!(report.contains("publish: { to: marts/bike_sharing/ }"), "{report}");
        assert_eq!(
            job.positions.find("models.daily_demand.outcome.drivers.humidity").map(|p| p.line),
            Some(114)
        );
    }
}
