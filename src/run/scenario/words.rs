//! What a scenario asks, from the words of the command line: which model, which changes.
//!
//! Whatever the job alone can tell is told here, before any data are read. Names of channels that only the data
//! know are left to the panel.

use std::collections::BTreeSet;

use crate::config::job::{Job, Media, ResponseModel};
use crate::config::{closest, listed};
use crate::domain::{Change, Role};
use crate::models::{ScenarioError, ScenarioRequest};
use crate::run::{Failure, FailureClass};

/// What the command line says about a scenario, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScenarioWords {
    /// Changes: `NAME=CHANGE`.
    pub set: Vec<String>,
    /// The response model; `None`: the one that knows the names.
    pub model: Option<String>,
    /// Units that are changed; empty: all.
    pub units: Vec<String>,
}

/// Works out which model of `job` is asked what.
///
/// # Errors
///
/// When the words are none, when no model or more than one knows the names, or when the job alone tells that there is
/// no answer.
pub(super) fn resolve<'a>(
    words: &ScenarioWords,
    job: &'a Job,
) -> Result<(&'a ResponseModel, ScenarioRequest), Failure> {
    let mut seen = BTreeSet::new();
    let mut changes = Vec::with_capacity(words.set.len());
    for text in &words.set {
        let (name, change) = parse(text)?;
        if !seen.insert(name.clone()) {
            return Err(ScenarioError::Twice { name }.into());
        }
        changes.push((name, change));
    }
    if changes.is_empty() {
        let help = "say what changes, for example `--set tv=+20%`; `--set` may be repeated";
        return Err(Failure::new(FailureClass::Job, "a scenario without a change").with_help(help));
    }
    let names: Vec<&str> = changes.iter().map(|(name, _)| name.as_str()).collect();
    let model = match &words.model {
        Some(name) => named(job, name)?,
        None => knowing(job, &names)?,
    };
    for name in names {
        let moved = model.drivers.iter().find(|driver| driver.name == name && driver.role == Role::MovedByUs);
        if moved.is_some() {
            return Err(ScenarioError::MovedByUs { driver: name.to_owned() }.into());
        }
        if model.media == Media::Wide && !states(model, name) {
            let (model, known) = (model.name.clone(), stated(model).map(str::to_owned).collect());
            return Err(ScenarioError::UnknownName { model, name: name.to_owned(), known }.into());
        }
    }
    Ok((model, ScenarioRequest { changes, units: words.units.clone() }))
}

/// Reads `NAME=CHANGE`. A name may hold `=`, a change does not.
fn parse(text: &str) -> Result<(String, Change), Failure> {
    let failed = |message: String, help: String| Failure::new(FailureClass::Job, message).with_help(help);
    let Some((name, change)) = text.rsplit_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
        let help = "write NAME=CHANGE, for example `tv=+20%` or `temperature=+2`";
        return Err(failed(format!("`--set {text}` is no change of anything"), help.to_owned()));
    };
    match change.parse() {
        Ok(change) => Ok((name.trim().to_owned(), change)),
        Err(error) => {
            let error: crate::domain::ChangeError = error;
            Err(failed(format!("`--set {text}`: {error}"), error.help().to_owned()))
        }
    }
}

/// Names of channels and drivers that the job states.
fn stated(model: &ResponseModel) -> impl Iterator<Item = &str> {
    let channels = model.channels.iter().map(|channel| channel.name.as_str());
    channels.chain(model.drivers.iter().map(|driver| driver.name.as_str()))
}

fn states(model: &ResponseModel, name: &str) -> bool {
    stated(model).any(|known| known == name)
}

/// The response model called `name`.
fn named<'a>(job: &'a Job, name: &str) -> Result<&'a ResponseModel, Failure> {
    if let Some(model) = job.response_model(name) {
        return Ok(model);
    }
    let known: Vec<&str> = job.response_models().map(|model| model.name.as_str()).collect();
    if known.is_empty() {
        return Err(without_response_models(job));
    }
    let message = if job.models.iter().any(|model| model.name() == name) {
        format!("model `{name}` is no response model")
    } else {
        format!("job `{}` has no model `{name}`", job.name)
    };
    let nearest = closest(name, known.iter().copied()).map(|name| format!("did you mean `{name}`? "));
    let help = format!("{}its response models are {}", nearest.unwrap_or_default(), listed(known));
    Err(Failure::new(FailureClass::Job, message).with_help(help))
}

/// The only response model, or the only one that states all `names`.
fn knowing<'a>(job: &'a Job, names: &[&str]) -> Result<&'a ResponseModel, Failure> {
    let all: Vec<&ResponseModel> = job.response_models().collect();
    match all[..] {
        [] => return Err(without_response_models(job)),
        [only] => return Ok(only),
        _ => {}
    }
    let knowing: Vec<&ResponseModel> =
        all.iter().copied().filter(|model| names.iter().all(|name| states(model, name))).collect();
    let choice = |models: &[&ResponseModel]| {
        format!("choose one with `--model`: {}", listed(models.iter().map(|model| model.name.as_str())))
    };
    match knowing[..] {
        [only] => Ok(only),
        [] => {
            let message = format!("no response model states {} together", listed(names.iter().copied()));
            let unknown = names.iter().find(|name| !all.iter().any(|model| states(model, name)));
            let known = || all.iter().flat_map(|model| stated(model));
            let nearest = unknown.and_then(|name| closest(name, known()));
            let nearest = nearest.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
            Err(Failure::new(FailureClass::Job, message).with_help(format!("{nearest}{}", choice(&all))))
        }
        _ => {
            let message = format!("several response models know {}", listed(names.iter().copied()));
            Err(Failure::new(FailureClass::Job, message).with_help(choice(&knowing)))
        }
    }
}

fn without_response_models(job: &Job) -> Failure {
    let message = format!("job `{}` has no response model, and only those answer scenarios", job.name);
    let help = "add a model with `response:` to the job; docs/reference/job.md has its keys";
    Failure::new(FailureClass::Job, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::job::Model;

    fn job(name: &str) -> Job {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = root.join(format!("tests/jobs/valid/{name}.yaml"));
        crate::config::load_job(&file, &root.join("sql"), &crate::config::Inputs::default()).unwrap().0
    }

    /// The job with a second response model, called `other`, that the change `edit` makes another.
    fn with_second(edit: impl Fn(&mut ResponseModel)) -> Job {
        let mut job = job("response_wide");
        let mut other = job.response_models().next().unwrap().clone();
        other.name = "other".to_owned();
        edit(&mut other);
        job.models.push(Model::Response(other));
        job
    }

    fn ask(job: &Job, set: &[&str], model: Option<&str>) -> Result<(String, ScenarioRequest), Failure> {
        let words = ScenarioWords {
            set: set.iter().map(|text| (*text).to_owned()).collect(),
            model: model.map(str::to_owned),
            units: Vec::new(),
        };
        resolve(&words, job).map(|(model, request)| (model.name.clone(), request))
    }

    #[track_caller]
    fn assert_refused(found: Result<(String, ScenarioRequest), Failure>, words: &[&str]) {
        let failure = found.unwrap_err();
        assert_eq!(failure.class, FailureClass::Job);
        let text = failure.plain();
        for word in words {
            assert!(text.contains(word), "`{word}` is missing in:\n{text}");
        }
    }

    #[test]
    fn the_only_model_is_asked() {
        let job = job("response_wide");
        let (model, request) = ask(&job, &["tv=+20%", "temperature = -2"], None).unwrap();
        assert_eq!(model, "revenue_response");
        let expected = [("tv", Change::Share(0.2)), ("temperature", Change::Shift(-2.0))];
        assert_eq!(request.changes, expected.map(|(name, change)| (name.to_owned(), change)));
    }

    #[test]
    fn what_is_no_change_says_which_forms_there_are() {
        let job = job("response_wide");
        assert_refused(ask(&job, &["tv"], None), &["`--set tv`", "NAME=CHANGE"]);
        assert_refused(ask(&job, &["=+20%"], None), &["NAME=CHANGE"]);
        assert_refused(ask(&job, &["tv=20%"], None), &["`20%` has no sign", "`+20%`", "`+2`"]);
        assert_refused(ask(&job, &["tv=-120%"], None), &["more away than there is"]);
        assert_refused(ask(&job, &["tv=+20%", "tv=-10%"], None), &["`tv` is changed twice"]);
        assert_refused(ask(&job, &[], None), &["without a change", "--set tv=+20%"]);
    }

    #[test]
    fn what_the_job_alone_knows_is_told_before_data_are_read() {
        let job = job("response_wide");
        assert_refused(ask(&job, &["serch=+20%"], None), &["`serch`", "did you mean `search`?", "`blog`"]);
        assert_refused(ask(&job, &["brand_searches=+20%"], None), &["`role: moved_by_us`", "consequence"]);
        // The data of long media may hold more channels than the job states.
        let long = self::job("response_long");
        assert!(ask(&long, &["unheard_of=+20%"], None).is_ok());
    }

    #[test]
    fn several_models_that_know_a_name_are_told_apart_by_name() {
        let job = with_second(|_| {});
        assert_refused(
            ask(&job, &["tv=+20%"], None),
            &["several response models know `tv`", "`--model`: `revenue_response`, `other`"],
        );
        assert_eq!(ask(&job, &["tv=+20%"], Some("other")).unwrap().0, "other");
        assert_refused(ask(&job, &["tv=+20%"], Some("othr")), &["no model `othr`", "did you mean `other`?"]);
        // One that states all names is the one.
        let job = with_second(|other| other.channels.retain(|channel| channel.name != "tv"));
        assert_eq!(ask(&job, &["tv=+20%"], None).unwrap().0, "revenue_response");
        assert_refused(ask(&job, &["tw=+20%"], None), &["`tw`", "did you mean `tv`?", "--model"]);
    }

    #[test]
    fn a_job_without_response_models_says_so() {
        let mut job = job("response_wide");
        job.models.clear();
        for model in [None, Some("revenue_response")] {
            assert_refused(ask(&job, &["tv=+20%"], model), &["job `sofas` has no response model"]);
        }
    }
}
