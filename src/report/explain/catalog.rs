//! The list of everything that can be explained.

use std::fmt::Write;

use serde::Serialize;

use super::explanation::PublicationNote;
use super::inputs::ExplainInputs;
use super::subject::{Explainable, Kind};
use crate::report::layout::lay_out;

/// Everything that can be explained of a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Catalog {
    /// The job.
    pub job: String,
    /// The publication.
    pub publication: PublicationNote,
    /// What there is, with the gate of models, channels and recommendations.
    pub explainable: Vec<CatalogEntry>,
    #[serde(skip)]
    command: String,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogEntry {
    /// What it is.
    #[serde(flatten)]
    pub explainable: Explainable,
    /// How far it may be followed; null for KPIs and drivers.
    pub gate: Option<String>,
}

impl Catalog {
    /// The list of `all` that can be explained.
    #[must_use]
    pub fn new(inputs: &ExplainInputs<'_>, all: Vec<Explainable>) -> Self {
        let entry = |explainable: Explainable| CatalogEntry { gate: gate(inputs, &explainable), explainable };
        Self {
            job: inputs.job.name.clone(),
            publication: inputs.publication.clone(),
            explainable: all.into_iter().map(entry).collect(),
            command: format!("{} explain {}", inputs.program, inputs.job_path),
        }
    }

    /// The list as text, in lines of at most `width` characters.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "What can be explained of job {}, as published for {}\n",
            self.job, self.publication.as_of
        );
        self.write_models(&mut text);
        self.write_kind(&mut text, Kind::Recommendation, "RECOMMENDATIONS");
        self.write_kind(&mut text, Kind::Kpi, "KPIS");
        text.push_str("Ask for example:\n");
        for example in self.examples() {
            let _ = writeln!(text, "  $ {} {example}", self.command);
        }
        lay_out(&text, width)
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &CatalogEntry> {
        self.explainable.iter().filter(move |entry| entry.explainable.kind == kind)
    }

    fn write_models(&self, text: &mut String) {
        for model in self.of_kind(Kind::Model) {
            let entry = &model.explainable;
            let _ = writeln!(text, "MODEL {}: {} ({})", entry.name, entry.label, state(model));
            for (kind, title) in [(Kind::Channel, "channels"), (Kind::Driver, "drivers")] {
                let parts: Vec<String> = self
                    .of_kind(kind)
                    .filter(|part| part.explainable.model.as_ref() == Some(&entry.name))
                    .map(|part| {
                        let Explainable { name, in_job, in_publication, .. } = &part.explainable;
                        let known = *in_job && *in_publication;
                        if known { name.clone() } else { format!("{name} ({})", state(part)) }
                    })
                    .collect();
                if !parts.is_empty() {
                    let _ = writeln!(text, "  {title}\t{}", parts.join(", "));
                }
            }
            text.push('\n');
        }
    }

    fn write_kind(&self, text: &mut String, kind: Kind, title: &str) {
        if self.of_kind(kind).next().is_none() {
            return;
        }
        let _ = writeln!(text, "{title}");
        for entry in self.of_kind(kind) {
            let known = entry.explainable.in_job && entry.explainable.in_publication;
            let state = if known { String::new() } else { format!(" ({})", state(entry)) };
            let _ = writeln!(text, "  {}\t{}{state}", entry.explainable.name, entry.explainable.label);
        }
        text.push('\n');
    }

    /// One command for each kind of thing there is.
    fn examples(&self) -> Vec<String> {
        let first = |kind: Kind| {
            self.of_kind(kind).find(|entry| entry.explainable.in_job && entry.explainable.in_publication)
        };
        let mut examples = Vec::new();
        for kind in [Kind::Model, Kind::Channel, Kind::Driver, Kind::Recommendation, Kind::Kpi] {
            let Some(CatalogEntry { explainable, .. }) = first(kind) else { continue };
            examples.push(match (kind, &explainable.model) {
                (Kind::Channel | Kind::Driver, Some(model)) => format!("{model} {}", explainable.name),
                _ => explainable.name.clone(),
            });
        }
        examples
    }
}

fn state(entry: &CatalogEntry) -> String {
    match (&entry.explainable, &entry.gate) {
        (Explainable { in_publication: false, .. }, _) => "not published yet".to_owned(),
        (Explainable { in_job: false, .. }, _) => "no longer in the job file".to_owned(),
        (_, Some(gate)) => gate.clone(),
        _ => "published".to_owned(),
    }
}

fn gate(inputs: &ExplainInputs<'_>, entry: &Explainable) -> Option<String> {
    let name = entry.name.as_str();
    let model = entry.model.as_deref().unwrap_or_default();
    let row = match entry.kind {
        Kind::Model => inputs.published.row("model_quality", &[("model", name), ("metric", "gate")])?,
        Kind::Channel => inputs
            .published
            .row("channel_performance", &[("model", model), ("channel", name), ("unit", "")])?,
        Kind::Recommendation => inputs.published.row("recommendations", &[("recommendation_id", name)])?,
        Kind::Driver | Kind::Kpi => return None,
    };
    Some(row.text("gate").to_owned())
}
