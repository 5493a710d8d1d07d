//! What a run has to compute: which rows of which table, from which rows of what it reads.
//!
//! Tables that earlier runs kept are computed from some day on; their earlier rows are there already. What their SQL reads
//! is then needed from some day on too, which [`Session::needed`] tells. All other tables see the rows that models and
//! KPIs look at. So a table may be wanted from several days on at once: each is a piece of work of its own, and pieces
//! that see the same rows are done once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::plan::PlannedJob;
use super::statements::origin;
use crate::config::Job;
use crate::config::job::{Check, CheckKind, Media, Model, SqlTable};
use crate::domain::Calendar;
use crate::engine::{EngineError, Session, Since, SqlOrigin, parse, previous_table, relations};

/// The first day whose rows matter; `None`: all rows do. Earlier is less.
pub type Start = Option<NaiveDate>;

/// Which rows of a table or a source are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rows {
    /// What models and KPIs see: what follows from the rows that sources have from where those begin to read.
    AsStagesRead,
    /// Exactly those from a day on.
    Since(Start),
}

/// What is known before it is known what to compute.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// From where on models, KPIs and steering read.
    pub read_from: Start,
    /// First day of the window.
    pub start: NaiveDate,
    /// First day after the window.
    pub end: NaiveDate,
    /// From where on each table that is kept is computed; earlier rows are there already. `None`: nothing is.
    pub starts: BTreeMap<String, Start>,
}

/// Everything that a run computes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkPlan {
    /// What each piece of work reads: tables and sources with the rows that are wanted of them. Keys are a table and the
    /// rows that are wanted of it.
    works: BTreeMap<(String, Rows), BTreeMap<String, Rows>>,
    /// The piece of work that stands for a table: models, KPIs and its own checks look at this one.
    primary: BTreeMap<String, Rows>,
    /// Tables that are kept for later runs.
    stored: BTreeSet<String>,
    /// Kept tables that KPIs, models or steering read.
    named: BTreeSet<String>,
    /// From where on models, KPIs and steering read.
    pub read_from: Start,
    /// The first day of the window, and the first after it.
    pub window: (NaiveDate, NaiveDate),
    /// From where on each source is read.
    pub sources: BTreeMap<String, Start>,
    /// From where on rows of a kept table must be there for others; missing where nobody reads them.
    pub demanded: BTreeMap<String, Start>,
}

impl WorkPlan {
    /// The start of the rows that are computed of `table`.
    #[must_use]
    pub fn start(&self, table: &str) -> Start {
        self.first(self.primary(table))
    }

    /// The rows of `table` that its own work computes.
    pub(super) fn primary(&self, table: &str) -> Rows {
        self.primary.get(table).copied().unwrap_or(Rows::AsStagesRead)
    }

    /// The start of `rows`.
    pub(super) fn first(&self, rows: Rows) -> Start {
        match rows {
            Rows::AsStagesRead => self.read_from,
            Rows::Since(start) => start,
        }
    }

    /// Whether later runs find rows of `table`.
    #[must_use]
    pub fn is_kept(&self, table: &str) -> bool {
        self.stored.contains(table)
    }

    /// Whether KPIs, models or steering read the kept table.
    pub(super) fn is_named(&self, table: &str) -> bool {
        self.named.contains(table)
    }

    /// What the work on `table` reads all rows of.
    pub fn whole_inputs(&self, table: &str) -> impl Iterator<Item = String> {
        let inputs = self.inputs(table, self.primary(table));
        inputs.into_iter().filter(|(_, rows)| *rows == Rows::Since(None)).map(|(name, _)| name)
    }

    /// What the work on these rows of `table` reads.
    pub(super) fn inputs(&self, table: &str, rows: Rows) -> BTreeMap<String, Rows> {
        self.works.get(&(table.to_owned(), rows)).cloned().unwrap_or_default()
    }

    fn demand(&mut self, table: &str, start: Start) {
        let known = self.demanded.entry(table.to_owned()).or_insert(start);
        *known = start.min(*known);
    }

    /// The earliest rows with which a table is wanted.
    fn earliest(&self, table: &str) -> Option<Rows> {
        let wanted = self.works.keys().filter(|(name, _)| name == table).map(|(_, rows)| *rows);
        wanted.min_by_key(|rows| (self.first(*rows), *rows))
    }
}

/// Plans the work for a job against tables that are planned or there in `session`.
///
/// # Errors
///
/// When SQL that was planned before cannot be planned again, which is a defect.
pub async fn work_plan(
    session: &Session,
    job: &Job,
    planned: &PlannedJob,
    wanted: &Wanted,
) -> Result<WorkPlan, EngineError> {
    let scratch = session.without_tables();
    for name in session.previous_names() {
        if let Some(schema) = session.schema(&name).await {
            scratch.register_planned(&name, schema)?;
        }
    }
    for (name, schema) in &planned.previous {
        scratch.register_planned(name, schema.clone())?;
    }
    for source in &job.sources {
        if let Some(schema) = session.schema(&source.name).await {
            scratch.register_planned(&source.name, schema)?;
        }
    }
    for (name, schema) in &planned.schemas {
        scratch.register_planned(name, schema.clone())?;
    }
    let plan =
        WorkPlan { read_from: wanted.read_from, window: (wanted.start, wanted.end), ..WorkPlan::default() };
    let mut planning = WorkPlanning { job, planned, wanted, scratch, plan, needed: BTreeMap::new() };
    planning.all().await?;
    Ok(planning.plan)
}

/// Names of the tables that anything but SQL of tables reads: KPIs, models, steering.
fn read_by_stages(job: &Job) -> BTreeSet<&str> {
    let mut names: BTreeSet<&str> = job.kpis.iter().map(|kpi| kpi.from.as_str()).collect();
    for model in &job.models {
        names.insert(model.table());
        if let Model::Response(model) = model {
            if let Media::Long { table, .. } = &model.media {
                names.insert(table);
            }
            names.extend(model.experiments.as_deref());
        }
    }
    if let Some(steering) = &job.steering {
        names.extend(steering.budgets.iter().map(|budgets| budgets.cells.as_str()));
        names.extend(steering.recommendations.custom.iter().map(String::as_str));
    }
    names
}

struct WorkPlanning<'a> {
    job: &'a Job,
    planned: &'a PlannedJob,
    wanted: &'a Wanted,
    /// Every source and table, planned.
    scratch: Session,
    plan: WorkPlan,
    /// What was asked of the optimizer already.
    needed: BTreeMap<(String, NaiveDate), BTreeMap<String, BTreeMap<String, NaiveDate>>>,
}

impl WorkPlanning<'_> {
    async fn all(&mut self) -> Result<(), EngineError> {
        let job = self.job;
        self.plan.stored = self.wanted.starts.keys().cloned().collect();
        let named = read_by_stages(job);
        let read: BTreeSet<&str> = self.planned.reads.values().flatten().map(String::as_str).collect();
        // Of the other tables only those are wanted that another one reads.
        let is_end =
            |table: &SqlTable| named.contains(table.name.as_str()) || !read.contains(table.name.as_str());
        let mut work: Vec<(String, Rows)> = Vec::new();
        for table in &job.tables {
            match self.wanted.starts.get(&table.name) {
                Some(start) => {
                    work.push((table.name.clone(), Rows::Since(*start)));
                    if named.contains(table.name.as_str()) {
                        self.plan.named.insert(table.name.clone());
                    }
                    let judged = table.checks.iter().filter_map(|check| self.judged_from(&check.kind));
                    let read = named.contains(table.name.as_str()).then_some(self.wanted.read_from);
                    if let Some(start) = judged.chain(read).min() {
                        // Of what earlier runs kept; nothing is computed for it.
                        self.plan.demand(&table.name, start);
                    }
                }
                None if is_end(table) => work.push((table.name.clone(), Rows::AsStagesRead)),
                None => {
                    // Where only kept tables read it, less may be there than is compared.
                    let changes = |check: &&Check| matches!(check.kind, CheckKind::RowCountChange { .. });
                    let judged = table.checks.iter().filter(changes);
                    let start = judged.filter_map(|check| self.judged_from(&check.kind)).min();
                    work.extend(start.map(|start| (table.name.clone(), Rows::Since(start))));
                }
            }
        }
        while let Some((name, rows)) = work.pop() {
            if self.plan.works.contains_key(&(name.clone(), rows)) {
                continue;
            }
            let Some(table) = job.table(&name) else { continue };
            let inputs = self.inputs(table, rows).await?;
            let checked = check_inputs(table, rows, self.wanted.read_from);
            for (input, rows) in inputs.iter().map(|(name, rows)| (name.clone(), *rows)).chain(checked) {
                let start = self.plan.first(rows);
                if job.source(&input).is_some() {
                    let known = self.plan.sources.entry(input).or_insert(start);
                    *known = start.min(*known);
                } else if self.wanted.starts.contains_key(&input) {
                    self.plan.demand(&input, start);
                } else if job.table(&input).is_some() {
                    work.push((input, rows));
                }
            }
            self.plan.works.insert((name, rows), inputs);
        }
        for (table, demanded) in &mut self.plan.demanded {
            // Checks look at every row that is computed.
            *demanded = self.wanted.starts.get(table).copied().flatten().min(*demanded);
        }
        for source in &job.sources {
            // What no SQL reads is held to its contract all the same.
            let start = self.plan.sources.entry(source.name.clone()).or_insert(self.wanted.read_from);
            // How old the newest row is shows only if all are read that would be young enough.
            let allowed =
                source.freshness.iter().flat_map(|allowed| [allowed.warn_after, allowed.fail_after]);
            let oldest = allowed.flatten().filter_map(|span| span.before(self.wanted.end).pred_opt()).min();
            *start = start.and_then(|start| oldest.map_or(Some(start), |oldest| Some(oldest.min(start))));
        }
        for table in &job.tables {
            let rows = match self.wanted.starts.get(&table.name) {
                Some(start) => Rows::Since(*start),
                None if is_end(table) => Rows::AsStagesRead,
                None => self.plan.earliest(&table.name).unwrap_or(Rows::AsStagesRead),
            };
            self.plan.primary.insert(table.name.clone(), rows);
        }
        Ok(())
    }

    /// From where on a check wants the rows of its own table, if those that are computed are not enough: figures of a whole
    /// table are to be the same whatever a run computes of it.
    fn judged_from(&self, kind: &CheckKind) -> Option<Start> {
        match kind {
            CheckKind::RowCount { .. } | CheckKind::MeanInRange { .. } | CheckKind::ZScore { .. } => {
                Some(self.wanted.read_from)
            }
            CheckKind::RowCountChange { periods, .. } => {
                let back = i32::try_from(*periods).unwrap_or(i32::MAX);
                Some(Some(self.job.calendar.shift(self.wanted.start, -back)))
            }
            _ => None,
        }
    }

    /// What `table` reads, with the rows that can matter to these of its own.
    async fn inputs(&mut self, table: &SqlTable, rows: Rows) -> Result<BTreeMap<String, Rows>, EngineError> {
        let reads = self.planned.reads.get(&table.name).cloned().unwrap_or_default();
        let reads = reads.into_iter().filter(|name| previous_table(name).is_none());
        let Rows::Since(start) = rows else {
            return Ok(reads.map(|name| (name, Rows::AsStagesRead)).collect());
        };
        let needed = match (start, &table.time) {
            (Some(day), Some(time)) if !self.planned.unplanned.contains(&table.name) => {
                self.needed(table, time, day).await?
            }
            _ => BTreeMap::new(),
        };
        let start_of = |name: &str| {
            let time = match self.job.source(name) {
                Some(source) => source.time.as_deref(),
                None => self.job.table(name)?.time.as_deref(),
            };
            needed.get(name)?.get(time?).copied()
        };
        Ok(reads
            .map(|name| {
                let start = start_of(&name);
                (name, Rows::Since(start))
            })
            .collect())
    }

    async fn needed(
        &mut self,
        table: &SqlTable,
        time: &str,
        day: NaiveDate,
    ) -> Result<BTreeMap<String, BTreeMap<String, NaiveDate>>, EngineError> {
        let key = (table.name.clone(), day);
        if let Some(known) = self.needed.get(&key) {
            return Ok(known.clone());
        }
        let since = since(time, day, self.job.calendar);
        let found = self.scratch.needed(&origin(table), &table.sql, &since).await?;
        self.needed.insert(key, found.clone());
        Ok(found)
    }
}

/// Rows of a table from `day` on.
pub(super) fn since(time: &str, day: NaiveDate, calendar: Calendar) -> Since {
    Since { time: time.to_owned(), day, zone: calendar.time_zone }
}

/// How a check sees other tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// As the rows that were computed: the same days.
    Alike,
    /// Everything that the run has: somebody's number may be older than the row that names it.
    Whole,
}

/// How a check of this kind sees other tables.
pub(super) fn seen(kind: &CheckKind) -> Seen {
    match kind {
        CheckKind::Reconciles { .. } | CheckKind::Sql { .. } => Seen::Alike,
        _ => Seen::Whole,
    }
}

/// What a check sees of other tables, for a table of which `rows` are computed.
pub(super) fn seen_rows(seen: Seen, rows: Rows, read_from: Start) -> Rows {
    match (seen, rows) {
        (Seen::Whole, Rows::Since(start)) if start > read_from => Rows::AsStagesRead,
        _ => rows,
    }
}

/// Other tables and sources that a check reads.
pub(super) fn check_reads(table: &SqlTable, kind: &CheckKind) -> Vec<String> {
    let of = |sql: &str| {
        let place = SqlOrigin::file(table.file.as_str());
        let query = parse(&place, sql).map(|query| relations(&place, &query)).unwrap_or_default();
        query.into_iter().map(|(name, _)| name).filter(|name| *name != table.name).collect()
    };
    match kind {
        CheckKind::Relationship { to, .. } if *to != table.name => vec![to.clone()],
        CheckKind::Reconciles { with, .. } => of(with),
        CheckKind::Sql { query } => of(query),
        _ => Vec::new(),
    }
}

fn check_inputs(table: &SqlTable, rows: Rows, read_from: Start) -> Vec<(String, Rows)> {
    let of = |kind: &CheckKind| {
        let rows = seen_rows(seen(kind), rows, read_from);
        check_reads(table, kind).into_iter().map(move |name| (name, rows))
    };
    table.checks.iter().flat_map(|check| of(&check.kind)).collect()
}
