//! What `explain` answers: the list of what there is, or one explanation.

use serde_json::Value;

use super::lineage::{Root, lineage};
use super::tables;
use crate::config::Job;
use crate::config::job::Model;
use crate::engine::Engine;
use crate::models;
use crate::publish::{self, Pointer, PublishError};
use crate::report::explain::{
    self, Catalog, DefaultPrior, ExplainInputs, Explainable, Explanation, Kind, Lineage, PublicationNote,
};
use crate::run::target;
use crate::run::{Failure, FailureClass};

/// Widest line of an explanation, in characters.
const WIDTH: usize = 100;

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Explained {
    /// Everything that can be explained.
    Catalog(Catalog),
    /// One explanation.
    Explanation(Box<Explanation>),
}

impl Explained {
    /// As text for people.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Catalog(catalog) => catalog.text(WIDTH),
            Self::Explanation(explanation) => explanation.text(WIDTH),
        }
    }

    /// As one JSON object with the same content.
    ///
    /// # Errors
    ///
    /// When it cannot be written, which is a defect.
    pub fn json(&self) -> Result<Value, Failure> {
        let written = match self {
            Self::Catalog(catalog) => serde_json::to_value(catalog),
            Self::Explanation(explanation) => serde_json::to_value(explanation),
        };
        written.map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))
    }
}

/// Explains `name`, or `part` of the model `name`, of the newest publication; without a name, lists what there is.
///
/// Nothing is fitted or computed again: figures come from published tables, the way to them from planning
/// the job. `program` is what people type to start this program.
///
/// # Errors
///
/// When nothing is published, nothing is called that, or only one of job file and publication has it; when
/// the job does not fit together or the target cannot be read.
pub async fn explain(
    engine: &Engine,
    job: &Job,
    name: Option<&str>,
    part: Option<&str>,
    program: &str,
) -> Result<Explained, Failure> {
    let target = target::open(engine, job)?;
    let pointer = publish::read_pointer(&target.store).await?.ok_or(PublishError::NothingPublished)?;
    pointer.refuse_other_owner(&job.name)?;
    let mut published = tables::read(&target.store, &pointer).await?;
    let all = explain::explainable(job, &published);
    let note = publication(&pointer, &target.place);
    let job_path = job.file.display().to_string();
    let Some(name) = name else {
        let catalog = Catalog::new(&inputs(job, &note, &published, &job_path, program), all);
        return Ok(Explained::Catalog(catalog));
    };
    let subject = explain::resolve(&all, name, part, &pointer.as_of.to_string()).map_err(|unexplained| {
        let help = unexplained.help(&format!("{program} explain {job_path}"));
        Failure::new(FailureClass::Job, unexplained.to_string()).with_help(help)
    })?;
    if subject.kind == Kind::Recommendation {
        tables::read_evidence(&target.store, &pointer, &subject.name, &mut published).await?;
    }
    let way = way(engine, job, &pointer, subject).await?;
    let inputs = inputs(job, &note, &published, &job_path, program);
    let explanation = explain::explain(&inputs, subject, way).ok_or_else(|| {
        Failure::new(FailureClass::Internal, format!("`{name}` was found but cannot be explained"))
    })?;
    Ok(Explained::Explanation(Box::new(explanation)))
}

fn inputs<'a>(
    job: &'a Job,
    publication: &'a PublicationNote,
    published: &'a explain::Published,
    job_path: &'a str,
    program: &'a str,
) -> ExplainInputs<'a> {
    let prior = DefaultPrior { no_effect: models::NO_EFFECT, share: models::DEFAULT_SHARE };
    ExplainInputs { job, publication, published, prior, job_path, program }
}

fn publication(pointer: &Pointer, place: &str) -> PublicationNote {
    PublicationNote {
        publication: pointer.publication.clone(),
        run_id: pointer.run_id.clone(),
        window_start: pointer.window_start,
        as_of: pointer.as_of,
        target: place.to_owned(),
    }
}

/// The way from sources to `subject`.
async fn way(
    engine: &Engine,
    job: &Job,
    pointer: &Pointer,
    subject: &Explainable,
) -> Result<Lineage, Failure> {
    let planned = crate::run::plan(engine, job, None).await?;
    let model = |name: &str| job.models.iter().find(|model: &&Model| model.name() == name);
    let root = match subject.kind {
        Kind::Kpi => job.kpi(&subject.name).map(Root::Kpi),
        Kind::Model => model(&subject.name).map(Root::Model),
        Kind::Channel | Kind::Driver => subject.model.as_deref().and_then(model).map(Root::Model),
        // Advice that was written in SQL rests on its table.
        Kind::Recommendation => subject
            .model
            .as_deref()
            .and_then(|name| model(name).map(Root::Model).or_else(|| job.table(name).map(Root::Table))),
    };
    let part = matches!(subject.kind, Kind::Channel | Kind::Driver).then_some(subject.name.as_str());
    Ok(match (root, &subject.model) {
        (Some(root), _) => lineage(job, &planned, pointer, root, part),
        (None, Some(name)) => Lineage {
            notes: vec![format!("The job file no longer has its model `{name}`: it has changed since.")],
            ..Lineage::default()
        },
        (None, None) => {
            Lineage { notes: vec!["It rests on no model of this job.".to_owned()], ..Lineage::default() }
        }
    })
}
