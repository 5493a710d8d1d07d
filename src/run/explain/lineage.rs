//! From a model or a KPI back to the objects that were read.
//!
//! Tables and sources follow from what SQL refers to, so that none is missed; which of them give values, and
//! which only say what rows count, follows from the origins of columns. Objects are those of the publication.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Job;
use crate::config::job::{Kpi, Margin, Media, Model, ResponseModel, SqlTable, Store};
use crate::engine::PREVIOUS;
use crate::publish::Pointer;
use crate::report::explain::{Gives, Lineage, ObjectNode, SourceNode, TableNode, Use};
use crate::transform::{PlannedJob, named_columns};

/// Columns of a table of experiments that carry figures.
const EXPERIMENT: [&str; 6] = ["channel", "start", "end", "spend_change", "lift", "lift_se"];

/// What a figure belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Root<'a> {
    Model(&'a Model),
    Kpi(&'a Kpi),
    /// A table of advice.
    Table(&'a SqlTable),
}

/// The way from `root` to the objects that `pointer` says were read; `part`: the channel or driver in question.
pub(super) fn lineage(
    job: &Job,
    planned: &PlannedJob,
    pointer: &Pointer,
    root: Root<'_>,
    part: Option<&str>,
) -> Lineage {
    let walk = Walk { job, planned, pointer };
    let (path, wanted) = match root {
        Root::Model(model) => (format!("models.{}", model.name()), model_columns(model, part)),
        Root::Kpi(kpi) => (format!("kpis.{}", kpi.name), walk.kpi_columns(kpi)),
        Root::Table(table) => (format!("tables.{}", table.name), walk.all_columns(table)),
    };
    let read: Vec<&str> = match root {
        Root::Model(model) => model.reads(),
        Root::Kpi(kpi) => vec![kpi.from.as_str()],
        Root::Table(table) => vec![table.name.as_str()],
    };
    let reached = walk.reached(&read);
    let uses: Vec<Use> = wanted.into_iter().map(|wanted| walk.used(wanted)).collect();
    Lineage {
        stated_at: walk.place(&path),
        tables: walk.tables(&reached),
        sources: walk.sources(&reached, &uses),
        notes: walk.notes(&reached),
        uses,
    }
}

/// A column that is wanted, with what it is to the model or the KPI.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    part: String,
    table: String,
    column: String,
}

fn wanted(part: &str, table: &str, column: &str) -> Wanted {
    Wanted { part: part.to_owned(), table: table.to_owned(), column: column.to_owned() }
}

fn model_columns(model: &Model, part: Option<&str>) -> Vec<Wanted> {
    let mut columns = vec![wanted("outcome", model.table(), model.outcome())];
    match model {
        Model::Outcome(outcome) => columns.push(wanted("date", &outcome.table, &outcome.at)),
        Model::Response(response) => {
            columns.push(wanted("date", &response.table, &response.at));
            columns.extend(panel_columns(response));
            columns.extend(media_columns(response, part));
        }
    }
    for driver in model.drivers() {
        let is_it = part == Some(driver.name.as_str());
        columns.push(wanted(if is_it { "this driver" } else { "driver" }, model.table(), &driver.name));
    }
    columns
}

/// Units, sizes and worth.
fn panel_columns(model: &ResponseModel) -> Vec<Wanted> {
    let mut columns: Vec<Wanted> =
        model.unit.iter().map(|column| wanted("unit", &model.table, column)).collect();
    columns.extend(model.size.iter().map(|column| wanted("size", &model.table, column)));
    if let Some(worth) = &model.worth {
        let (Margin::Amount(margin) | Margin::Rate(margin)) = &worth.margin;
        let all = std::iter::once(margin).chain(&worth.minus);
        columns.extend(all.map(|column| wanted("worth", &model.table, column)));
    }
    columns
}

/// Spend and exposure, and experiments.
fn media_columns(model: &ResponseModel, part: Option<&str>) -> Vec<Wanted> {
    let mut columns = Vec::new();
    match &model.media {
        Media::Long { table, key, at, spend, exposure } => {
            columns.push(wanted("channel", table, key));
            columns.push(wanted("date", table, at));
            columns.extend(model.unit.iter().map(|column| wanted("unit", table, column)));
            columns.extend(spend.iter().map(|column| wanted("spend", table, column)));
            columns.extend(exposure.iter().map(|column| wanted("exposure", table, column)));
        }
        Media::Wide => {
            for channel in &model.channels {
                let other = part.is_some_and(|part| part != channel.name);
                let name = |kind: &str| if other { format!("{kind} of others") } else { kind.to_owned() };
                columns
                    .extend(channel.spend.iter().map(|column| wanted(&name("spend"), &model.table, column)));
                columns.extend(
                    channel.exposure.iter().map(|column| wanted(&name("exposure"), &model.table, column)),
                );
            }
        }
    }
    if let Some(table) = &model.experiments {
        let unit = model.unit.as_ref().map(|_| "unit");
        columns.extend(EXPERIMENT.into_iter().chain(unit).map(|column| wanted("experiment", table, column)));
    }
    columns
}

struct Walk<'a> {
    job: &'a Job,
    planned: &'a PlannedJob,
    pointer: &'a Pointer,
}

impl Walk<'_> {
    /// Where the value at `path` stands in the job.
    fn place(&self, path: &str) -> String {
        let line = self.job.positions.find(path).map(|position| format!(":{}", position.line));
        format!("{}{}", self.job.file.display(), line.unwrap_or_default())
    }

    fn all_columns(&self, table: &SqlTable) -> Vec<Wanted> {
        let schema = self.planned.schemas.get(&table.name);
        let fields = schema.iter().flat_map(|schema| schema.fields().iter());
        fields.map(|field| wanted("advice", &table.name, field.name())).collect()
    }

    fn kpi_columns(&self, kpi: &Kpi) -> Vec<Wanted> {
        let Some(schema) = self.planned.schemas.get(&kpi.from) else { return Vec::new() };
        let values: Vec<&str> =
            std::iter::once(&kpi.numerator).chain(&kpi.denominator).map(String::as_str).collect();
        let mut columns: Vec<Wanted> =
            named_columns(&values, schema).iter().map(|column| wanted("value", &kpi.from, column)).collect();
        if let Some(filter) = &kpi.filter {
            let named = named_columns(&[filter.as_str()], schema);
            columns.extend(named.iter().map(|column| wanted("filter", &kpi.from, column)));
        }
        let time = self.job.table(&kpi.from).and_then(|table| table.time.as_ref());
        columns.extend(time.map(|column| wanted("date", &kpi.from, column)));
        columns.extend(kpi.by.iter().map(|column| wanted("drill-down", &kpi.from, column)));
        columns
    }

    /// Every table and source that `read` reads, directly or through others.
    fn reached(&self, read: &[&str]) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<String> = read.iter().map(|name| (*name).to_owned()).collect();
        while let Some(name) = open.pop() {
            if reached.insert(name.clone()) {
                open.extend(self.planned.reads.get(&name).into_iter().flatten().cloned());
            }
        }
        reached
    }

    fn used(&self, wanted: Wanted) -> Use {
        let origins = self.planned.origins.get(&wanted.table).and_then(|table| table.get(&wanted.column));
        let from = origins.map(|origins| {
            origins.direct.iter().map(|origin| format!("{}.{}", origin.source, origin.column)).collect()
        });
        Use { part: wanted.part, table: wanted.table, column: wanted.column, from: from.unwrap_or_default() }
    }

    fn tables(&self, reached: &BTreeSet<String>) -> Vec<TableNode> {
        let in_order = self.planned.order.iter();
        // A table that reads a source without declared columns is not in the order of the plan.
        let unplanned = self.job.tables.iter().map(|table| &table.name);
        let mut names: Vec<&String> = Vec::new();
        for name in in_order.chain(unplanned) {
            if reached.contains(name) && !names.contains(&name) {
                names.push(name);
            }
        }
        let node = |table: &crate::config::job::SqlTable| TableNode {
            table: table.name.clone(),
            sql: table.file.clone(),
            stated_at: self.place(&format!("tables.{}", table.name)),
            reads: self.planned.reads.get(&table.name).cloned().unwrap_or_default(),
            published: table.store == Store::Publish,
        };
        names.into_iter().filter_map(|name| self.job.table(name)).map(node).collect()
    }

    /// The sources among `reached` in the order of the job, then results of earlier runs.
    fn sources(&self, reached: &BTreeSet<String>, uses: &[Use]) -> Vec<SourceNode> {
        let columns = self.columns(uses);
        let of_job = self.job.sources.iter().filter(|source| reached.contains(&source.name)).map(|source| {
            let path = format!("{}/{}", source.location.storage, source.location.path);
            SourceNode {
                party: Some(source.party),
                about: source.about.clone(),
                path,
                stated_at: self.place(&format!("sources.{}", source.name)),
                ..self.source(&source.name, &columns)
            }
        });
        let earlier = |name: &&String| {
            self.job.source(name).is_none()
                && self.job.table(name).is_none()
                && self.pointer.inputs.iter().any(|input| input.source == **name)
        };
        let earlier = reached.iter().filter(earlier).map(|name| self.source(name, &columns));
        of_job.chain(earlier).collect()
    }

    fn source(&self, name: &str, columns: &BTreeMap<String, Fed>) -> SourceNode {
        let fed = columns.get(name).cloned().unwrap_or_default();
        let inputs = self.pointer.inputs.iter().filter(|input| input.source == name);
        SourceNode {
            source: name.to_owned(),
            party: None,
            about: None,
            path: self.job.publish.storage.clone(),
            stated_at: String::new(),
            gives: if fed.columns.is_empty() { Gives::Rows } else { Gives::Values },
            columns: fed.columns.into_iter().collect(),
            feeds: fed.parts,
            objects: inputs
                .map(|input| ObjectNode {
                    object: input.object.clone(),
                    bytes: input.bytes,
                    e_tag: input.e_tag.clone(),
                    last_modified: input.last_modified,
                })
                .collect(),
        }
    }

    /// By source, the columns whose values are used, and for what.
    fn columns(&self, uses: &[Use]) -> BTreeMap<String, Fed> {
        let mut columns: BTreeMap<String, Fed> = BTreeMap::new();
        for used in uses {
            let origins = self.planned.origins.get(&used.table).and_then(|table| table.get(&used.column));
            let what = match used.part.as_str() {
                "driver" | "this driver" => format!("driver {}", used.column),
                part => part.to_owned(),
            };
            for origin in origins.into_iter().flat_map(|origins| &origins.direct) {
                let fed = columns.entry(origin.source.clone()).or_default();
                fed.columns.insert(origin.column.clone());
                if !fed.parts.contains(&what) {
                    fed.parts.push(what.clone());
                }
            }
        }
        columns
    }

    fn notes(&self, reached: &BTreeSet<String>) -> Vec<String> {
        let untraced: Vec<String> = self
            .planned
            .unplanned
            .iter()
            .filter(|name| reached.contains(*name))
            .map(|name| format!("`{name}`"))
            .collect();
        let mut notes: Vec<String> = reached.iter().filter_map(|name| self.kept_note(name)).collect();
        if !untraced.is_empty() {
            notes.push(format!(
                "Columns cannot be followed through {}: only its files tell the columns of a source there. Tables and sources are \
                 complete all the same.",
                untraced.join(", ")
            ));
        }
        notes
    }

    /// That earlier periods of a table come from what earlier runs kept.
    fn kept_note(&self, table: &str) -> Option<String> {
        let name = format!("{PREVIOUS}.{table}");
        let mut kept: Vec<&str> = self
            .pointer
            .inputs
            .iter()
            .filter(|read| read.source == name)
            .map(|read| read.object.as_str())
            .collect();
        kept.sort_unstable();
        let (first, last) = (kept.first()?, kept.last()?);
        Some(format!(
            "Earlier periods of `{table}` were computed by earlier runs, from objects that those read: {} objects, `{first}` to \
             `{last}`.",
            kept.len()
        ))
    }
}

/// What a source feeds.
#[derive(Debug, Clone, Default)]
struct Fed {
    columns: BTreeSet<String>,
    parts: Vec<String>,
}
