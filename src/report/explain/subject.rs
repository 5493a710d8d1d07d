//! What can be explained, and which of it the words on a command line mean.
//!
//! The job says what there should be, the publication what there is. Where the two differ the job file has
//! changed since, and that is said instead of explaining half of it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::config::closest;
use crate::config::job::{Job, Model};

use super::driver::model_label;
use super::inputs::ENGLISH;
use super::model::driver_label;
use super::row::{Published, Row};

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A model.
    Model,
    /// A channel of a response model.
    Channel,
    /// A driver of a model.
    Driver,
    /// A recommendation.
    Recommendation,
    /// A KPI.
    Kpi,
}

impl Kind {
    /// The word in sentences.
    fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Channel => "channel",
            Self::Driver => "driver",
            Self::Recommendation => "recommendation",
            Self::Kpi => "KPI",
        }
    }

    /// What stands before a name to say that it is of this kind, as in the job file.
    fn section(self) -> &'static str {
        match self {
            Self::Model => "models",
            Self::Channel => "channels",
            Self::Driver => "drivers",
            Self::Recommendation => "recommendations",
            Self::Kpi => "kpis",
        }
    }
}

/// Something that can be explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explainable {
    /// What kind of thing it is.
    pub kind: Kind,
    /// Key in the job file, or id.
    pub name: String,
    /// The model of a channel or a driver, and the one that a recommendation rests on.
    pub model: Option<String>,
    /// What people read.
    pub label: String,
    /// Whether the job file has it.
    pub in_job: bool,
    /// Whether the publication has it.
    pub in_publication: bool,
}

/// Why words on a command line explain nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unexplained {
    /// Nothing is called that.
    #[error("there is nothing called {asked} to explain")]
    Unknown {
        /// The words, in back-ticks.
        asked: String,
        /// The nearest thing.
        nearest: Option<String>,
    },
    /// More than one thing is called that.
    #[error("`{asked}` is the name of {}", .choices.join(" and of "))]
    Ambiguous {
        /// The word.
        asked: String,
        /// What it may be.
        choices: Vec<String>,
        /// How to ask for each.
        forms: Vec<String>,
    },
    /// The job file has it, the publication does not.
    #[error("{what} is in the job file but not in the publication of {as_of}")]
    NotPublished {
        /// What it is.
        what: String,
        /// The publication.
        as_of: String,
    },
    /// The publication has it, the job file does not.
    #[error("{what} is in the publication of {as_of} but no longer in the job file")]
    NotInJob {
        /// What it is.
        what: String,
        /// The publication.
        as_of: String,
    },
}

impl Unexplained {
    /// What to do.
    #[must_use]
    pub fn help(&self, command: &str) -> String {
        match self {
            Self::Unknown { nearest: Some(nearest), .. } => {
                format!("did you mean {nearest}? `{command}` lists everything")
            }
            Self::Unknown { nearest: None, .. } => {
                format!("`{command}` lists everything that can be explained")
            }
            Self::Ambiguous { forms, .. } => {
                let forms: Vec<String> = forms.iter().map(|form| format!("`{command} {form}`")).collect();
                format!("write {}", forms.join(" or "))
            }
            Self::NotPublished { .. } => {
                "the job file has changed since, or the data hold nothing of it: run the job again".to_owned()
            }
            Self::NotInJob { .. } => {
                "the job file has changed since: run the job again, or explain with the file of that time"
                    .to_owned()
            }
        }
    }
}

/// Everything that can be explained: models with their channels and drivers, recommendations, KPIs.
#[must_use]
pub fn explainable(job: &Job, published: &Published) -> Vec<Explainable> {
    let mut all = Vec::new();
    for name in models(job, published) {
        let model = job.models.iter().find(|model| model.name() == name);
        let entry = |kind, name: &str, model: Option<&str>, label: String| Explainable {
            kind,
            name: name.to_owned(),
            model: model.map(str::to_owned),
            label,
            in_job: true,
            in_publication: true,
        };
        let gate = [("model", name.as_str()), ("metric", "gate")];
        let is_published = published.row("model_quality", &gate).is_some();
        all.push(Explainable {
            in_job: model.is_some(),
            in_publication: is_published,
            ..entry(
                Kind::Model,
                &name,
                None,
                model.map_or(name.as_str(), |model| model_label(model)).to_owned(),
            )
        });
        for (channel, in_job, in_publication) in channels(model, &name, published) {
            let label = match model {
                Some(Model::Response(model)) => super::channel::label_of(model, &channel),
                _ => channel.clone(),
            };
            all.push(Explainable {
                in_job,
                in_publication,
                ..entry(Kind::Channel, &channel, Some(&name), label)
            });
        }
        for (driver, in_job, in_publication) in drivers(model, &name, published) {
            let label = driver_label(model.map(Model::drivers).unwrap_or_default(), &driver);
            all.push(Explainable {
                in_job,
                in_publication,
                ..entry(Kind::Driver, &driver, Some(&name), label)
            });
        }
    }
    all.extend(recommendations(published));
    all.extend(job.kpis.iter().map(|kpi| Explainable {
        kind: Kind::Kpi,
        name: kpi.name.clone(),
        model: None,
        label: kpi.label.get(ENGLISH).to_owned(),
        in_job: true,
        in_publication: published.row("kpi_catalog", &[("kpi", kpi.name.as_str())]).is_some(),
    }));
    all
}

/// The job's models in their order, then those that only the publication has.
fn models(job: &Job, published: &Published) -> Vec<String> {
    let mut names: Vec<String> = job.models.iter().map(|model| model.name().to_owned()).collect();
    for row in published.rows("model_quality").filter(|row| row.text("metric") == "gate") {
        if !names.iter().any(|name| name == row.text("model")) {
            names.push(row.text("model").to_owned());
        }
    }
    names
}

/// Names that the job states, in its order, and those that the publication has, with where each is.
fn merged(stated: &[&str], found: &BTreeSet<&str>, any: bool) -> Vec<(String, bool, bool)> {
    let only_found: Vec<&str> = found.iter().copied().filter(|name| !stated.contains(name)).collect();
    let both = stated.iter().map(|name| ((*name).to_owned(), true, found.contains(name)));
    both.chain(only_found.into_iter().map(|name| (name.to_owned(), any, true))).collect()
}

fn channels(model: Option<&Model>, name: &str, published: &Published) -> Vec<(String, bool, bool)> {
    let found =
        published.rows("channel_performance").filter(|row| row.holds_all(&[("model", name), ("unit", "")]));
    let found = found.map(|row| row.text("channel")).collect();
    let response = model.and_then(Model::as_response);
    let described = response.map(|model| model.channels.as_slice()).unwrap_or_default();
    let stated: Vec<&str> = described.iter().map(|channel| channel.name.as_str()).collect();
    // A table of channels may hold some that the job says nothing about.
    let open = response.is_some_and(|model| matches!(model.media, crate::config::job::Media::Long { .. }));
    merged(&stated, &found, open)
}

fn drivers(model: Option<&Model>, name: &str, published: &Published) -> Vec<(String, bool, bool)> {
    let found = published.rows("driver_effects").filter(|row| row.text("model") == name);
    let found = found.map(|row| row.text("driver")).collect();
    let stated = model.map(Model::drivers).unwrap_or_default().iter().map(|driver| driver.name.as_str());
    merged(&stated.collect::<Vec<_>>(), &found, false)
}

/// Recommendations by decision and rank, each once, in English where there is one.
fn recommendations(published: &Published) -> Vec<Explainable> {
    let mut rows: Vec<&Row> = published.rows("recommendations").collect();
    rows.sort_by(|a, b| {
        let order = |row: &Row| row.number("rank").unwrap_or(f64::MAX);
        let is_english = |row: &Row| row.text("language") == ENGLISH.code();
        (a.text("decision").cmp(b.text("decision")))
            .then(order(a).total_cmp(&order(b)))
            .then(is_english(b).cmp(&is_english(a)))
    });
    let mut seen = BTreeSet::new();
    rows.retain(|row| seen.insert(row.text("recommendation_id").to_owned()));
    rows.iter()
        .map(|row| Explainable {
            kind: Kind::Recommendation,
            name: row.text("recommendation_id").to_owned(),
            model: Some(row.text("model").to_owned()).filter(|model| !model.is_empty()),
            label: row.text("headline").to_owned(),
            in_job: true,
            in_publication: true,
        })
        .collect()
}

/// Finds what is meant by `name`, or by `part` of the model `name`.
///
/// # Errors
///
/// When nothing is called that, more than one thing is, or only one of job and publication has it.
pub fn resolve<'a>(
    all: &'a [Explainable],
    name: &str,
    part: Option<&str>,
    as_of: &str,
) -> Result<&'a Explainable, Unexplained> {
    let is_part = |entry: &&Explainable| matches!(entry.kind, Kind::Channel | Kind::Driver);
    let found: Vec<&Explainable> = if let Some(part) = part {
        let model = all.iter().find(|entry| entry.kind == Kind::Model && is_called(entry, name));
        let of_model = |entry: &&Explainable| {
            is_part(entry) && entry.model.as_ref() == model.map(|model| &model.name) && is_called(entry, part)
        };
        all.iter().filter(of_model).collect()
    } else {
        let called: Vec<&Explainable> = all.iter().filter(|entry| is_called(entry, name)).collect();
        let whole: Vec<&Explainable> = called.iter().copied().filter(|entry| !is_part(entry)).collect();
        if whole.is_empty() { called } else { whole }
    };
    match found.as_slice() {
        [] => Err(unknown(all, name, part)),
        [entry] if !entry.in_publication => {
            Err(Unexplained::NotPublished { what: named(entry), as_of: as_of.to_owned() })
        }
        [entry] if !entry.in_job => {
            Err(Unexplained::NotInJob { what: named(entry), as_of: as_of.to_owned() })
        }
        [entry] => Ok(entry),
        several => Err(Unexplained::Ambiguous {
            asked: part.unwrap_or(name).to_owned(),
            choices: several.iter().map(|entry| described(entry)).collect(),
            forms: several.iter().map(|entry| form(entry, several)).collect(),
        }),
    }
}

/// True if `word` is the name of `entry`, or its kind and its name as in the job file.
fn is_called(entry: &Explainable, word: &str) -> bool {
    entry.name == word
        || word
            .strip_prefix(entry.kind.section())
            .is_some_and(|rest| rest.strip_prefix('.') == Some(&entry.name))
}

fn unknown(all: &[Explainable], name: &str, part: Option<&str>) -> Unexplained {
    let asked = part.map_or_else(|| format!("`{name}`"), |part| format!("`{name} {part}`"));
    let written: Vec<(String, &Explainable)> = all.iter().map(|entry| (form(entry, &[]), entry)).collect();
    let nearest_to = |word: &str, by: &dyn Fn(&Explainable) -> bool| {
        let near = closest(word, all.iter().filter(|entry| by(entry)).map(|entry| entry.name.as_str()))?;
        let (form, entry) = written.iter().find(|(_, entry)| entry.name == near && by(entry))?;
        Some(format!("`{form}`, {}", article(entry)))
    };
    let is_model = |entry: &Explainable| entry.kind == Kind::Model;
    let nearest = match part {
        None => nearest_to(name, &|_| true),
        Some(part) => {
            let models: Vec<&str> =
                all.iter().filter(|entry| is_model(entry)).map(|entry| entry.name.as_str()).collect();
            let model = models.iter().copied().find(|model| *model == name).or_else(|| closest(name, models));
            let of_model = |entry: &Explainable| model.is_some() && entry.model.as_deref() == model;
            nearest_to(part, &of_model)
                .or_else(|| nearest_to(part, &|_| true))
                .or_else(|| nearest_to(name, &|_| true))
        }
    };
    Unexplained::Unknown { asked, nearest }
}

/// What to write to get `entry`, given `others` that it could be mistaken for.
fn form(entry: &Explainable, others: &[&Explainable]) -> String {
    let same_model = |other: &&&Explainable| other.model == entry.model;
    let name = match others.iter().filter(same_model).count() {
        0 | 1 => entry.name.clone(),
        _ => format!("{}.{}", entry.kind.section(), entry.name),
    };
    match (entry.kind, &entry.model) {
        (Kind::Channel | Kind::Driver, Some(model)) => format!("{model} {name}"),
        _ => name,
    }
}

/// `model `x``, `channel `tv` of model `x``.
fn named(entry: &Explainable) -> String {
    match (entry.kind, &entry.model) {
        (Kind::Channel | Kind::Driver, Some(model)) => {
            format!("{} `{}` of model `{model}`", entry.kind.word(), entry.name)
        }
        _ => format!("{} `{}`", entry.kind.word(), entry.name),
    }
}

fn described(entry: &Explainable) -> String {
    match (entry.kind, &entry.model) {
        (Kind::Channel | Kind::Driver, Some(model)) => format!("a {} of model `{model}`", entry.kind.word()),
        _ => format!("a {}", entry.kind.word()),
    }
}

fn article(entry: &Explainable) -> String {
    format!("a {}", entry.kind.word())
}
