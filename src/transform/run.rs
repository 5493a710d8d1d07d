//! Runs the tables of a job: each becomes one sorted file in the work folder and is checked.
//!
//! A table that earlier runs kept is computed from some day on and put together with its earlier rows. Others read it, and
//! what it reads is seen by it, from the days on that the work plan says.

use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Date32Type, SchemaRef, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate};

use super::checks::{self, Asked, KeptFailures};
use super::statements::origin;
use super::work::{Rows, Seen, Start, WorkPlan, check_reads, seen, seen_rows, since};
use crate::config::Job;
use crate::config::job::{Check, SqlTable};
use crate::domain::Status;
use crate::engine::{Engine, EngineError, EngineErrorKind, Form, Relation, Session, Since, quote};
use crate::run::result::CheckResult;

/// The rows of a table, in files of the run's work folder.
#[derive(Debug, Clone)]
pub struct Staged {
    /// Table name.
    pub name: String,
    /// Parquet file with every row that models and KPIs see, sorted by the table's key.
    pub file: PathBuf,
    /// Parquet file with the rows that this run computed, sorted likewise. Often the same.
    pub computed: PathBuf,
    /// The first day whose rows were computed; `None`: all of them.
    pub start: Start,
    /// Number of computed rows.
    pub rows: u64,
    /// Columns as in the files.
    pub schema: SchemaRef,
}

/// A table that ran, with its checks.
#[derive(Debug, Clone)]
pub struct TableRun {
    /// Its rows.
    pub staged: Staged,
    /// Its checks: the key first, then those of the job in their order.
    pub checks: Vec<CheckResult>,
    /// The offending rows of checks that keep them.
    pub failures: Vec<KeptFailures>,
}

impl TableRun {
    /// True when a check of severity error failed, so that nothing may be published.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.checks.iter().any(|check| check.status == Status::Fail)
    }
}

/// Why a table cannot be computed or checked.
#[derive(Debug, thiserror::Error)]
#[error("table `{table}`: {error}")]
pub struct TableError {
    /// The table.
    pub table: String,
    /// What went wrong; its kind decides about the exit code.
    pub error: EngineError,
}

/// The tables of one run, as far as they are there.
pub struct Staging<'a> {
    session: &'a Session,
    engine: &'a Engine,
    job: &'a Job,
    plan: &'a WorkPlan,
    /// Day of the oldest row that was read of a source.
    oldest: &'a BTreeMap<String, NaiveDate>,
    /// Files with the earlier rows of kept tables.
    earlier: &'a BTreeMap<String, PathBuf>,
    /// Views, by what they were computed from; their names are those in the session.
    views: BTreeMap<String, Staged>,
    /// Whether checks keep their offending rows where the job wants it.
    keep_failures: bool,
}

impl<'a> Staging<'a> {
    /// Tables whose sources are registered in `session`. `earlier` has the earlier rows of the tables for which the plan
    /// asks for them.
    #[must_use]
    pub fn new(
        (session, engine): (&'a Session, &'a Engine),
        job: &'a Job,
        plan: &'a WorkPlan,
        oldest: &'a BTreeMap<String, NaiveDate>,
        earlier: &'a BTreeMap<String, PathBuf>,
    ) -> Self {
        Self { session, engine, job, plan, oldest, earlier, views: BTreeMap::new(), keep_failures: false }
    }

    /// Has checks keep their offending rows in the work folder where the job wants it.
    #[must_use]
    pub fn keeping_failures(self, keep_failures: bool) -> Self {
        Self { keep_failures, ..self }
    }

    /// Computes the table `name` into the work folder, registers it in the session and checks it.
    ///
    /// The tables that it reads must have been run.
    ///
    /// # Errors
    ///
    /// When its SQL or a query of its checks fails, or the disk is full.
    pub async fn run(&mut self, name: &str) -> Result<TableRun, TableError> {
        let wrong = |error: EngineError| TableError { table: name.to_owned(), error };
        let table = self.job.table(name).ok_or_else(|| {
            wrong(EngineError::new(
                EngineErrorKind::Runtime,
                "unknown_table",
                "the job has no table of this name",
            ))
        })?;
        self.one(table).await.map_err(wrong)
    }

    async fn one(&mut self, table: &'a SqlTable) -> Result<TableRun, EngineError> {
        let rows = self.plan.primary(&table.name);
        let (staged, held_as) = if self.plan.is_kept(&table.name) {
            self.kept(table, rows).await?
        } else {
            let view = self.view(table, rows).await?;
            (view.clone(), view.name)
        };
        let (checks, failures) = self.check(table, &staged, &held_as).await?;
        Ok(TableRun { staged, checks, failures })
    }

    /// Computes a table that is kept, and puts it together with its earlier rows. Also gives the name under which the
    /// session knows the computed rows alone.
    async fn kept(&mut self, table: &SqlTable, rows: Rows) -> Result<(Staged, String), EngineError> {
        let start = self.plan.first(rows);
        let inputs = self.plan.inputs(&table.name, rows);
        let relations = self.relations(&inputs).await?;
        let session = self.seeing(&relations).await?;
        let computed = self.file(&format!("{}.computed", table.name))?;
        let from = self.rows_since(table, start);
        // What a later run finds of these rows has gone through a published table.
        let form = Form { order_by: &table.key, since: from.as_ref(), is_finite: true };
        let written = session.materialize(&origin(table), &table.sql, form, &computed).await?;
        let held_as = format!("{}@computed", table.name);
        self.session.register_parquet(&held_as, &computed).await?;
        let demanded = self.plan.demanded.get(&table.name).copied().flatten();
        let mut file = computed.clone();
        if let Some(rows) = self.earlier.get(&table.name) {
            file = self.file(&table.name)?;
            let earlier = format!("{}@earlier", table.name);
            self.session.register_parquet(&earlier, rows).await?;
            if start.is_none()
                && let Some(oldest) = self.oldest_period(table, &held_as).await?
            {
                // Sources may have dropped what earlier periods were computed from.
                self.session.register_before(&earlier, &oldest).await?;
            }
            let from = self.rows_since(table, demanded);
            let form = Form { order_by: &table.key, since: from.as_ref(), is_finite: false };
            self.session.gather(&[&earlier, &held_as], &written.schema, form, &file).await?;
        }
        self.session.register_parquet(&table.name, &file).await?;
        if self.plan.is_named(&table.name) && demanded < self.plan.read_from {
            // SQL that looks back wants more than models, which always see the same.
            file = self.file(&format!("{}.read", table.name))?;
            let from = self.rows_since(table, self.plan.read_from);
            let form = Form { order_by: &table.key, since: from.as_ref(), is_finite: false };
            self.session.gather(&[&table.name], &written.schema, form, &file).await?;
        }
        let (name, rows, schema) = (table.name.clone(), written.rows, written.schema);
        Ok((Staged { name, file, computed, start, rows, schema }, held_as))
    }

    /// The first period of the rows that the session knows as `held_as`; `None` if there are none.
    async fn oldest_period(&self, table: &SqlTable, held_as: &str) -> Result<Option<Since>, EngineError> {
        let Some(time) = &table.time else { return Ok(None) };
        let sql = format!("select min({}) from {}", quote(time), quote(held_as));
        let rows = self.session.query(&origin(table), &sql).await?;
        let Some(oldest) = rows.first().map(|batch| batch.column(0)).filter(|oldest| oldest.is_valid(0))
        else {
            return Ok(None);
        };
        let calendar = self.job.calendar;
        let day = match oldest.as_primitive_opt::<Date32Type>() {
            Some(days) => days.value_as_date(0),
            None => oldest.as_primitive_opt::<TimestampMicrosecondType>().and_then(|instants| {
                let instant = DateTime::from_timestamp_micros(instants.value(0))?;
                Some(instant.with_timezone(&calendar.time_zone).date_naive())
            }),
        };
        Ok(day.map(|day| since(time, calendar.floor(day), calendar)))
    }

    /// The rows of `table` from `start` on.
    fn rows_since(&self, table: &SqlTable, start: Start) -> Option<Since> {
        let (day, time) = start.zip(table.time.as_deref())?;
        Some(since(time, day, self.job.calendar))
    }

    /// Asks whether the key holds, then every check in the order given. Those that compare with other tables look at the
    /// computed rows, which `held_as` names, and at the same days of the others; all others at every row that is there.
    async fn check(
        &mut self,
        table: &SqlTable,
        staged: &Staged,
        held_as: &str,
    ) -> Result<(Vec<CheckResult>, Vec<KeptFailures>), EngineError> {
        let folder = if self.keep_failures && table.checks.iter().any(|check| check.keep_failures) {
            Some(self.folder("failures")?)
        } else {
            None
        };
        let asked = Asked {
            job: self.job,
            table,
            schema: &staged.schema,
            window: self.plan.window,
            keep_in: folder.as_deref(),
        };
        let mut results = vec![checks::key(self.session, asked).await?];
        let mut failures = Vec::new();
        for (index, check) in table.checks.iter().enumerate() {
            let session = self.checked(table, check, held_as).await?;
            let (result, kept) = checks::one(&session, asked, index).await?;
            results.push(result);
            failures.extend(kept);
        }
        Ok((results, failures))
    }

    async fn checked(
        &mut self,
        table: &SqlTable,
        check: &Check,
        held_as: &str,
    ) -> Result<Session, EngineError> {
        let others = check_reads(table, &check.kind);
        let seen = seen(&check.kind);
        if others.is_empty() && seen == Seen::Whole {
            return Ok(self.session.clone());
        }
        let rows = seen_rows(seen, self.plan.primary(&table.name), self.plan.read_from);
        let inputs = others.into_iter().filter(|name| self.is_known(name)).map(|name| (name, rows)).collect();
        let mut relations = self.relations(&inputs).await?;
        let (held_as, since) = match seen {
            Seen::Alike => (held_as, None),
            Seen::Whole if self.plan.is_kept(&table.name) => {
                (table.name.as_str(), self.rows_since(table, self.plan.first(rows)))
            }
            Seen::Whole => (table.name.as_str(), None),
        };
        relations.push(Relation { name: table.name.clone(), held_as: held_as.to_owned(), since });
        self.seeing(&relations).await
    }

    fn is_known(&self, name: &str) -> bool {
        self.job.source(name).is_some() || self.job.table(name).is_some()
    }

    /// How the session's tables are to be seen by work with these inputs. Computes views of which these rows are not there
    /// yet.
    async fn relations(&mut self, inputs: &BTreeMap<String, Rows>) -> Result<Vec<Relation>, EngineError> {
        let mut relations = Vec::with_capacity(inputs.len());
        for (name, rows) in inputs {
            let held_as = match self.job.table(name) {
                Some(table) if !self.plan.is_kept(name) => Box::pin(self.view(table, *rows)).await?.name,
                _ => name.clone(),
            };
            relations.push(Relation { name: name.clone(), held_as, since: self.since(name, *rows) });
        }
        Ok(relations)
    }

    /// Which of the session's rows of a table or source these are, if not all.
    fn since(&self, name: &str, rows: Rows) -> Option<Since> {
        let start = self.plan.first(rows);
        let day = start?;
        let (time, is_all) = match self.job.source(name) {
            Some(source) => {
                let is_older = self.oldest.get(name).is_some_and(|oldest| *oldest < day);
                (source.time.as_deref()?, !is_older || self.plan.sources.get(name) == Some(&start))
            }
            None if self.plan.is_kept(name) => {
                (self.job.table(name)?.time.as_deref()?, self.plan.demanded.get(name) == Some(&start))
            }
            // Views are computed as they are wanted.
            None => return None,
        };
        (!is_all).then(|| since(time, day, self.job.calendar))
    }

    /// These rows of the view `table`, computed unless they are there; their name is that in the session.
    async fn view(&mut self, table: &SqlTable, rows: Rows) -> Result<Staged, EngineError> {
        let inputs = self.plan.inputs(&table.name, rows);
        let relations = self.relations(&inputs).await?;
        let since = match rows {
            Rows::AsStagesRead => None,
            Rows::Since(start) => self.rows_since(table, start),
        };
        let identity = identity(&table.name, &relations, since.as_ref());
        if let Some(known) = self.views.get(&identity) {
            return Ok(known.clone());
        }
        let is_primary = rows == self.plan.primary(&table.name);
        let name =
            if is_primary { table.name.clone() } else { format!("{}@{}", table.name, self.views.len()) };
        let file = self.file(&name)?;
        let session = self.seeing(&relations).await?;
        let form = Form { order_by: &table.key, since: since.as_ref(), is_finite: false };
        let written = session.materialize(&origin(table), &table.sql, form, &file).await?;
        self.session.register_parquet(&name, &file).await?;
        let (rows, schema, start) = (written.rows, written.schema, self.plan.first(rows));
        let staged = Staged { name, computed: file.clone(), file, start, rows, schema };
        self.views.insert(identity, staged.clone());
        Ok(staged)
    }

    /// A session with these tables and those of earlier runs.
    async fn seeing(&self, relations: &[Relation]) -> Result<Session, EngineError> {
        if relations.iter().all(|relation| relation.since.is_none() && relation.held_as == relation.name) {
            return Ok(self.session.clone());
        }
        self.session.narrowed(relations).await
    }

    fn file(&self, name: &str) -> Result<PathBuf, EngineError> {
        Ok(self.folder("tables")?.join(format!("{name}.parquet")))
    }

    /// A folder within the work folder, which is made if needed.
    fn folder(&self, name: &str) -> Result<PathBuf, EngineError> {
        let folder = self.engine.work_folder().join(name);
        std::fs::create_dir_all(&folder).map_err(|error| EngineError::input_output(&error))?;
        Ok(folder)
    }
}

/// What the rows of a view follow from, as far as it may differ within a run.
fn identity(table: &str, relations: &[Relation], from: Option<&Since>) -> String {
    let of = |relation: &Relation| format!("{} {:?}", relation.held_as, relation.since);
    format!("{table} {from:?}: {}", relations.iter().map(of).collect::<Vec<_>>().join("; "))
}
