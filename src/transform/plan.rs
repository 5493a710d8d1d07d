//! Plans a whole job without reading a row, and tells everything that is wrong at once.
//!
//! Tables are planned in a session of their own, so that the caller's tables stay as they are. A
//! table that is broken is told once, at its cause; what reads it is left out in silence.

use std::collections::{BTreeMap, BTreeSet};

use arrow::datatypes::SchemaRef;
use datafusion::logical_expr::LogicalPlan;

use super::order::{Ordered, order};
use super::origins::{Origins, Tables, trace};
use super::previous::{Columns, previous_name, previous_of};
use super::sql_test::PlannedTest;
use super::statements::{Statements, origin};
use crate::config::Job;
use crate::config::diagnostic::{Problem, Problems};
use crate::config::job::{Model, SqlTable};
use crate::domain::{Party, Severity};
use crate::engine::{EngineError, Session, SqlOrigin, table_schema};

/// A job whose tables, KPIs and models fit together.
#[derive(Debug, Clone, Default)]
pub struct PlannedJob {
    /// Tables in the order in which they run.
    pub order: Vec<String>,
    /// Sources and tables that each table reads.
    pub reads: BTreeMap<String, Vec<String>>,
    /// Columns of each table, as they will be written.
    pub schemas: BTreeMap<String, SchemaRef>,
    /// Tables of earlier runs that SQL reads, as `previous.<table>`, with their columns.
    pub previous: BTreeMap<String, SchemaRef>,
    /// Where the columns of each source and table come from.
    pub origins: Tables,
    /// Every driver of every model, by model and driver.
    pub drivers: BTreeMap<(String, String), ResolvedDriver>,
    /// Sources whose columns only their files tell and that were not connected, and tables that read them.
    pub unplanned: Vec<String>,
    /// Tests of tables, ready to be run.
    pub tests: Vec<PlannedTest>,
    /// What does not stop the job.
    pub warnings: Problems,
}

/// What is known of a driver before any data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedDriver {
    /// Whose data it is.
    pub party: Party,
    /// What it is about.
    pub about: Option<String>,
}

/// Plans `job` against the sources registered in `session`: with rows, or as promised. Results of
/// earlier runs are those registered as `previous.<table>`.
///
/// # Errors
///
/// With every problem found: in SQL at its place in the SQL file, elsewhere at its place in the job.
pub async fn plan_job(session: &Session, job: &Job) -> Result<PlannedJob, Problems> {
    plan_parts(session, job, &BTreeSet::new()).await
}

/// Plans the parts of a job; `left_out` are names of sources and tables that it has too, with problems of their own: what
/// reads them is left out in silence.
///
/// # Errors
///
/// As [`plan_job`].
pub async fn plan_parts(
    session: &Session,
    job: &Job,
    left_out: &BTreeSet<String>,
) -> Result<PlannedJob, Problems> {
    let mut problems = Problems::default();
    let statements = Statements::parse(job, &mut problems);
    let mut planning = Planning {
        job,
        statements: &statements,
        scratch: session.without_tables(),
        problems,
        warnings: Problems::default(),
        tables: Tables::new(),
        columns: BTreeMap::new(),
        schemas: BTreeMap::new(),
        previous: BTreeSet::new(),
        drivers: BTreeMap::new(),
    };
    let mut known = BTreeSet::new();
    for name in session.previous_names() {
        if let Some(schema) = session.schema(&name).await {
            planning.register(&name, &schema, |column| Origins::of_source(&name, column));
            known.insert(name);
        }
    }
    for source in &job.sources {
        if let Some(schema) = session.schema(&source.name).await {
            planning.register(&source.name, &schema, |column| Origins::of_source(&source.name, column));
            known.insert(source.name.clone());
        }
    }
    let ordered = order(job, &statements, (&known, left_out), &mut planning.problems);
    planning.all(ordered, &known).await
}

/// A job on its way through planning.
pub(super) struct Planning<'a> {
    pub(super) job: &'a Job,
    pub(super) statements: &'a Statements,
    /// Holds an empty table for everything planned so far.
    pub(super) scratch: Session,
    pub(super) problems: Problems,
    pub(super) warnings: Problems,
    tables: Tables,
    /// Columns of everything registered in `scratch`.
    columns: BTreeMap<String, SchemaRef>,
    pub(super) schemas: BTreeMap<String, SchemaRef>,
    /// Tables of earlier runs that any query reads.
    previous: BTreeSet<String>,
    pub(super) drivers: BTreeMap<(String, String), ResolvedDriver>,
}

impl Planning<'_> {
    pub(super) fn register(&mut self, name: &str, schema: &SchemaRef, origins: impl Fn(&str) -> Origins) {
        let columns = schema.fields().iter().map(|field| (field.name().clone(), origins(field.name())));
        self.tables.insert(name.to_owned(), columns.collect());
        self.columns.insert(name.to_owned(), SchemaRef::clone(schema));
        if let Err(error) = self.scratch.register_planned(name, SchemaRef::clone(schema)) {
            self.problems.push(error.to_problem(&self.job.file));
        }
    }

    /// The same planning before any table was planned, in a session of its own.
    pub(super) fn trial(&self) -> Planning<'_> {
        let mut trial = Planning {
            job: self.job,
            statements: self.statements,
            scratch: self.scratch.without_tables(),
            problems: Problems::default(),
            warnings: Problems::default(),
            tables: Tables::new(),
            columns: BTreeMap::new(),
            schemas: BTreeMap::new(),
            previous: BTreeSet::new(),
            drivers: BTreeMap::new(),
        };
        for (name, schema) in &self.columns {
            let origins = self.tables.get(name);
            let find = |column: &str| origins.and_then(|all| all.get(column)).cloned().unwrap_or_default();
            trial.register(name, schema, find);
        }
        trial
    }

    /// Columns of a table registered so far, with their origins.
    pub(super) fn columns_of(&self, name: &str) -> Option<Columns> {
        Some((self.columns.get(name)?.clone(), self.tables.get(name)?.clone()))
    }

    /// Plans a query and remembers what it reads of earlier runs.
    pub(super) async fn query(
        &mut self,
        origin: &SqlOrigin,
        sql: &str,
    ) -> Result<LogicalPlan, Vec<EngineError>> {
        let plan = self.scratch.plan(origin, sql).await?;
        self.previous.extend(previous_of(&plan));
        Ok(plan)
    }

    async fn all(mut self, ordered: Ordered, known: &BTreeSet<String>) -> Result<PlannedJob, Problems> {
        let mut planned: Vec<String> = Vec::new();
        let job = self.job;
        let unknown = self.register_previous(&ordered).await;
        let mut failed = ordered.broken.clone();
        let mut broken = ordered.broken;
        for table in ordered.order.iter().filter_map(|name| job.table(name)) {
            let reads_broken = self.statements.reads(&table.name).any(|name| broken.contains(name));
            if reads_broken || self.reads_unknown(table, &unknown) {
                broken.insert(table.name.clone());
            } else if self.one(table).await {
                planned.push(table.name.clone());
            } else {
                failed.insert(table.name.clone());
                broken.insert(table.name.clone());
            }
        }
        self.unsettled(&unknown, &failed);
        for table in job.tables.iter().filter(|table| table.is_kept()) {
            let name = previous_name(&table.name);
            if self.columns_of(&name).is_none()
                && let Some((schema, origins)) = self.columns_of(&table.name)
            {
                self.register(&name, &schema, |column| origins.get(column).cloned().unwrap_or_default());
            }
        }
        // Checks may name any table, so they wait until all are planned.
        for table in &job.tables {
            if let Some(schema) = self.schemas.get(&table.name).cloned() {
                self.table(table, &schema).await;
            }
        }
        for kpi in &job.kpis {
            let time = job.table(&kpi.from).and_then(|table| table.time.as_deref());
            if let Some(schema) = self.schemas.get(&kpi.from).cloned() {
                self.kpi(kpi, &schema, time).await;
            }
        }
        for model in &job.models {
            let schema = self.schemas.get(model.table()).cloned();
            match (model, &schema) {
                (Model::Outcome(model), Some(schema)) => self.model(model, schema),
                (Model::Outcome(_), None) => {}
                (Model::Response(model), _) => self.response(model),
            }
            if let Some(schema) = schema {
                let origins = self.tables.get(model.table()).cloned().unwrap_or_default();
                self.drivers(model, &schema, &origins);
            }
        }
        if let Some(budgets) = job.steering.as_ref().and_then(|steering| steering.budgets.as_ref()) {
            self.budget_cells(job, budgets);
        }
        let tests = self.tests();
        self.finish(planned, tests, &broken, known)
    }

    /// Plans one table. True if it can be used.
    pub(super) async fn one(&mut self, table: &SqlTable) -> bool {
        let origin = origin(table);
        let Some(statement) = self.statements.of(&table.name) else { return false };
        let planned = match self.scratch.plan_query(&origin, &table.sql, statement.query.clone()).await {
            Ok(plan) => table_schema(&origin, plan.schema().as_arrow()).map(|schema| (plan, schema)),
            Err(errors) => Err(errors),
        };
        match planned {
            Ok((plan, schema)) => {
                self.previous.extend(previous_of(&plan));
                let origins = trace(&plan, &self.tables);
                let by_name: BTreeMap<&String, &Origins> =
                    schema.fields().iter().map(|field| field.name()).zip(&origins).collect();
                let find =
                    |column: &str| by_name.get(&column.to_owned()).copied().cloned().unwrap_or_default();
                self.register(&table.name, &schema, find);
                self.schemas.insert(table.name.clone(), schema);
                true
            }
            Err(errors) => {
                for error in errors {
                    self.problems.push(error.to_problem(&origin.file));
                }
                false
            }
        }
    }

    fn finish(
        mut self,
        order: Vec<String>,
        tests: Vec<PlannedTest>,
        broken: &BTreeSet<String>,
        known: &BTreeSet<String>,
    ) -> Result<PlannedJob, Problems> {
        if self.problems.has_errors() {
            self.problems.extend(self.warnings);
            return Err(self.problems);
        }
        let mut unplanned = Vec::new();
        for source in self.job.sources.iter().filter(|source| !known.contains(&source.name)) {
            unplanned.push(source.name.clone());
            self.warnings.push(Problem {
                code: "unplanned",
                severity: Severity::Warn,
                file: self.job.file.clone(),
                position: self.job.positions.find(&format!("sources.{}", source.name)),
                message: format!(
                    "source `{}` {}, so that tables which read it cannot be checked here",
                    source.name,
                    if source.columns.is_empty() {
                        "names no columns"
                    } else {
                        "appends columns of its files"
                    }
                ),
                help: Some(
                    "list the columns that SQL reads under `columns`, or save those of the files with \
                     `trichter check --connect --write-schemas`"
                        .into(),
                ),
            });
        }
        unplanned.extend(
            self.job.tables.iter().map(|table| &table.name).filter(|name| broken.contains(*name)).cloned(),
        );
        let names = |table: &SqlTable| self.statements.reads(&table.name).map(str::to_owned).collect();
        let reads = self.job.tables.iter().map(|table| (table.name.clone(), names(table))).collect();
        self.warnings.extend(self.problems);
        let columns = |name: String| Some((name.clone(), self.columns.get(&name)?.clone()));
        let previous = self.previous.into_iter().filter_map(columns).collect();
        Ok(PlannedJob {
            order,
            reads,
            schemas: self.schemas,
            previous,
            origins: self.tables,
            drivers: self.drivers,
            unplanned,
            tests,
            warnings: self.warnings,
        })
    }
}
