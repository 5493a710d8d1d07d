//! An explanation from its parts, and as a page of text.

use std::fmt::Write;

use crate::config::job::Model;
use crate::report::layout::lay_out;

use super::channel::ChannelView;
use super::driver::DriverView;
use super::explanation::{EvidenceRow, Explanation, Figure, PublishedRows, Section};
use super::inputs::ExplainInputs;
use super::kpi::KpiView;
use super::lineage::Lineage;
use super::model::ModelView;
use super::recommendation::RecommendationView;
use super::subject::{Explainable, Kind};

/// Explains `subject`, which comes by the way of `lineage`; `None` if job or publication lack it.
#[must_use]
pub fn explain(inputs: &ExplainInputs<'_>, subject: &Explainable, lineage: Lineage) -> Option<Explanation> {
    let (kind, title, sections, published) = match subject.kind {
        Kind::Model => {
            let view = ModelView { inputs, model: model(inputs, &subject.name)? };
            let mut sections = view.findings();
            sections.extend([view.method(), view.trust()]);
            ("model", view.title(), sections, view.published())
        }
        Kind::Channel => {
            let model = model(inputs, subject.model.as_deref()?)?.as_response()?;
            let view = ChannelView::of(inputs, model, &subject.name)?;
            let sections = vec![view.figures(), view.method(), view.outside(), view.trust()];
            ("channel", view.title(), sections, view.published())
        }
        Kind::Driver => {
            let model = model(inputs, subject.model.as_deref()?)?;
            let driver = model.drivers().iter().find(|driver| driver.name == subject.name)?;
            let view = DriverView::of(inputs, model, driver)?;
            ("driver", view.title(), vec![view.figures(), view.method(), view.trust()], view.published())
        }
        Kind::Recommendation => {
            let view = RecommendationView::of(inputs, &subject.name)?;
            let sections = vec![view.advice(), view.evidence(), view.trust()];
            ("recommendation", view.title(), sections, view.published())
        }
        Kind::Kpi => {
            let view = KpiView { inputs, kpi: inputs.job.kpi(&subject.name)? };
            let sections = vec![view.figures(), view.method(), view.decisions()];
            ("kpi", view.title(), sections, view.published())
        }
    };
    Some(Explanation {
        kind,
        name: subject.name.clone(),
        model: subject.model.clone(),
        title,
        publication: inputs.publication.clone(),
        sections: sections.into_iter().filter(|section| !section.is_empty()).collect(),
        lineage,
        published,
    })
}

fn model<'a>(inputs: &ExplainInputs<'a>, name: &str) -> Option<&'a Model> {
    inputs.job.models.iter().find(|model| model.name() == name)
}

impl Explanation {
    /// The explanation as a page of text, in lines of at most `width` characters.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let mut text = format!("{}\n", self.title);
        // A rule below a title that wraps would look torn.
        let rule = self.title.chars().count().min(width);
        let _ = writeln!(text, "{}", "=".repeat(rule));
        let name = match (&self.model, self.kind) {
            (Some(model), "channel" | "driver") => format!("{model} {}", self.name),
            _ => self.name.clone(),
        };
        let publication = &self.publication;
        let _ = writeln!(
            text,
            "{name}, as published for {} in {} (run {})",
            publication.as_of, publication.target, publication.run_id
        );
        for section in &self.sections {
            section.write(&mut text);
        }
        self.lineage.write(&mut text);
        self.write_published(&mut text);
        lay_out(&text, width)
    }

    fn write_published(&self, text: &mut String) {
        text.push_str("\nWHERE THE FIGURES ARE PUBLISHED\n");
        for PublishedRows { table, key, .. } in &self.published {
            let _ = writeln!(text, "  {table}\t{}", keyed(key));
        }
        text.push('\n');
        let mut commands: Vec<&str> = Vec::new();
        for rows in &self.published {
            if !commands.contains(&rows.command.as_str()) {
                commands.push(&rows.command);
                let _ = writeln!(text, "  $ {}", rows.command);
            }
        }
    }
}

impl Section {
    fn write(&self, text: &mut String) {
        let _ = writeln!(text, "\n{}", self.title);
        for sentence in &self.opening {
            let _ = writeln!(text, "  {sentence}");
        }
        for reason in &self.reasons {
            let _ = writeln!(text, "  - {} ({})", reason.text, reason.code);
        }
        write_figures(text, &self.figures.iter().collect::<Vec<_>>(), "  ");
        write_rows(text, &self.rows);
        for sentence in &self.sentences {
            let _ = writeln!(text, "  {sentence}");
        }
    }
}

/// Rows with several figures each have a paragraph; those with one figure share one per table.
fn write_rows(text: &mut String, rows: &[EvidenceRow]) {
    let mut single: Option<&str> = None;
    for row in rows {
        let figures = row.told();
        let missing = if row.found { "" } else { " (no such row)" };
        if let [figure] = figures.as_slice() {
            if single != Some(row.table.as_str()) {
                let _ = writeln!(text, "  In {}:", row.table);
            }
            single = Some(row.table.as_str());
            let _ = writeln!(text, "    {}{missing}\t{}\t{}", figure.label, figure.text, keyed(&row.key));
            continue;
        }
        single = None;
        let _ = writeln!(text, "  In {}, {}{missing}:", row.table, keyed(&row.key));
        write_figures(text, &figures, "    ");
    }
}

impl EvidenceRow {
    /// Its figures without those that are the ends of another one's interval.
    fn told(&self) -> Vec<&Figure> {
        let is_end = |figure: &Figure| {
            let of = ["_lower", "_upper"].iter().find_map(|end| figure.figure.strip_suffix(end));
            of.is_some_and(|of| self.figures.iter().any(|other| other.figure == of && other.lower.is_some()))
        };
        self.figures.iter().filter(|figure| !is_end(figure)).collect()
    }
}

/// Figures in columns: label, value, interval, meaning.
fn write_figures(text: &mut String, figures: &[&Figure], indent: &str) {
    let has_ends = figures.iter().any(|figure| figure.text.contains(" ("));
    for figure in figures {
        let (value, ends) = match figure.text.split_once(" (") {
            Some((value, ends)) => (value, format!("({ends}")),
            None => (figure.text.as_str(), String::new()),
        };
        let ends = if has_ends { format!("{ends}\t") } else { String::new() };
        let note = figure.note.lines().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "{indent}{}\t{value}\t{ends}{note}", figure.label);
    }
}

fn keyed(key: &[(String, String)]) -> String {
    let pairs = key.iter().map(|(column, value)| match value.as_str() {
        "" => format!("{column} = ''"),
        value => format!("{column} = {value}"),
    });
    pairs.collect::<Vec<_>>().join(", ")
}
