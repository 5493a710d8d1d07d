//! Tables of earlier runs in SQL: which there are, and what columns they will have.
//!
//! Results of earlier runs have the columns that the session knows for them. A job's own table has the
//! columns that it is planned with, which is a circle where a table reads its own earlier rows. So
//! tables are planned in silence first, from columns without a type, until nothing changes any more.
//! Reading an earlier run never decides about the order of tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{Expr, Ident, SelectItem, SetExpr};

use super::order::Ordered;
use super::origins::Origins;
use super::plan::Planning;
use super::statements::{Statement, origin};
use crate::config::Job;
use crate::config::diagnostic::Problem;
use crate::config::job::SqlTable;
use crate::domain::Severity;
use crate::engine::{PREVIOUS, choices, previous_table};

/// Rounds beyond one per table after which columns that still change are given up.
const SPARE_ROUNDS: usize = 4;

/// Columns of a table, with their origins.
pub(super) type Columns = (SchemaRef, BTreeMap<String, Origins>);

/// What is known of the columns of a job's own tables, by table.
type Known = BTreeMap<String, Columns>;

/// The name under which SQL reads earlier rows of `table`.
pub(super) fn previous_name(table: &str) -> String {
    format!("{PREVIOUS}.{table}")
}

/// The job's tables whose rows later runs can read.
fn kept(job: &Job) -> impl Iterator<Item = &SqlTable> {
    job.tables.iter().filter(|table| table.is_kept())
}

/// Why SQL cannot read `previous.<table>`, with what to do; `None` if it can. `known` holds the names
/// of the results of earlier runs.
pub(super) fn unreadable(job: &Job, table: &str, known: &BTreeSet<String>) -> Option<(String, String)> {
    let name = previous_name(table);
    if known.contains(&name) || kept(job).any(|kept| kept.name == table) {
        return None;
    }
    if job.table(table).is_some() {
        let message = format!("no run keeps the rows of `{table}`, so there is no `{name}`");
        return Some((message, format!("give table `{table}` `store: keep` and a `time` column")));
    }
    let mut names: Vec<String> = kept(job).map(|table| previous_name(&table.name)).collect();
    names.extend(known.iter().filter(|name| previous_table(name).is_some()).cloned());
    names.sort();
    let message = format!("no run publishes a table `{table}`, so there is no `{name}`");
    Some((message, choices(&name, "tables of earlier runs", &names)))
}

/// Names of tables of earlier runs that `plan` reads.
pub(super) fn previous_of(plan: &LogicalPlan) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // The closure never fails, so neither does the walk.
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && scan.table_name.schema() == Some(PREVIOUS)
        {
            found.insert(previous_name(scan.table_name.table()));
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

impl Planning<'_> {
    /// Registers `previous.<table>` for every table of the job's own that SQL reads this way, as far as
    /// its columns can be told. Those whose columns or types cannot are returned.
    pub(super) async fn register_previous(&mut self, ordered: &Ordered) -> BTreeSet<String> {
        let statements = self.statements;
        let read: BTreeSet<&str> = ordered.order.iter().flat_map(|name| statements.reads(name)).collect();
        let wanted: Vec<&SqlTable> =
            kept(self.job).filter(|table| read.contains(previous_name(&table.name).as_str())).collect();
        if wanted.is_empty() {
            return BTreeSet::new();
        }
        let untyped =
            wanted.iter().filter_map(|table| Some((&table.name, untyped(statements.of(&table.name)?)?)));
        let mut known: Known = untyped.map(|(name, columns)| (name.clone(), columns)).collect();
        for _ in 0..wanted.len() + SPARE_ROUNDS {
            let next = self.round(ordered, &known, &wanted).await;
            if next == known {
                break;
            }
            known = next;
        }
        for (table, (schema, origins)) in &known {
            let find = |column: &str| origins.get(column).cloned().unwrap_or_default();
            self.register(&previous_name(table), schema, find);
        }
        let typed = |table: &str| {
            let fields = known.get(table).map(|(schema, _)| schema.fields());
            fields.is_some_and(|fields| fields.iter().all(|field| field.data_type() != &DataType::Null))
        };
        wanted.iter().map(|table| table.name.clone()).filter(|name| !typed(name)).collect()
    }

    /// Plans every table once, with what is known of earlier rows; problems are not told.
    async fn round(&self, ordered: &Ordered, known: &Known, wanted: &[&SqlTable]) -> Known {
        let mut trial = self.trial();
        for (table, (schema, origins)) in known {
            let find = |column: &str| origins.get(column).cloned().unwrap_or_default();
            trial.register(&previous_name(table), schema, find);
        }
        for table in ordered.order.iter().filter_map(|name| self.job.table(name)) {
            trial.one(table).await;
        }
        let mut next = known.clone();
        for table in wanted {
            if let Some(found) = trial.columns_of(&table.name) {
                next.insert(table.name.clone(), found);
            }
        }
        next
    }

    /// Whether `table` reads earlier rows whose columns cannot be told. One that reads its own is planned
    /// all the same if its columns have names, so that it is told what is wrong with them.
    pub(super) fn reads_unknown(&self, table: &SqlTable, unknown: &BTreeSet<String>) -> bool {
        self.statements.reads(&table.name).filter_map(previous_table).any(|earlier| {
            let own = earlier == table.name && self.columns_of(&previous_name(earlier)).is_some();
            unknown.contains(earlier) && !own
        })
    }

    /// Tells of earlier columns that follow from themselves in a way that does not settle. `broken` are the
    /// tables with problems of their own; what follows from those is told there.
    pub(super) fn unsettled(&mut self, unknown: &BTreeSet<String>, broken: &BTreeSet<String>) {
        let excused = self.following(broken);
        for table in &self.job.tables {
            for (name, position) in self.statements.mentions(&table.name) {
                let Some(earlier) = previous_table(name) else { continue };
                let settled = match (self.columns_of(earlier), self.columns_of(name)) {
                    (Some((now, _)), Some((before, _))) => now == before || self.job.table(earlier).is_none(),
                    _ => !unknown.contains(earlier) || excused.contains(earlier),
                };
                if !settled {
                    self.problems.push(Problem {
                        code: "previous_columns",
                        severity: Severity::Error,
                        file: origin(table).file,
                        position: Some(*position),
                        message: format!("the columns of `{name}` follow from themselves and cannot be told"),
                        help: Some(format!(
                            "name every column that `{earlier}` selects, and write `cast(… as …)` around what comes \
                             from `{name}`"
                        )),
                    });
                }
            }
        }
    }

    /// `broken`, and every table that reads one of them, its earlier rows included.
    fn following(&self, broken: &BTreeSet<String>) -> BTreeSet<String> {
        let mut all = broken.clone();
        loop {
            let before = all.len();
            for table in &self.job.tables {
                let mut read =
                    self.statements.reads(&table.name).map(|name| previous_table(name).unwrap_or(name));
                if read.any(|name| all.contains(name)) {
                    all.insert(table.name.clone());
                }
            }
            if all.len() == before {
                return all;
            }
        }
    }
}

/// The columns that `statement` names, without types; `None` where it selects `*` or a name twice.
fn untyped(statement: &Statement) -> Option<Columns> {
    let names = selected(&statement.query.body)?;
    let distinct: BTreeSet<&String> = names.iter().collect();
    if distinct.len() < names.len() {
        return None;
    }
    let fields: Vec<Field> = names.iter().map(|name| Field::new(name, DataType::Null, true)).collect();
    Some((Arc::new(Schema::new(fields)), BTreeMap::new()))
}

fn selected(body: &SetExpr) -> Option<Vec<String>> {
    let name = |ident: &Ident| {
        if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
    };
    match body {
        SetExpr::Select(select) => select
            .projection
            .iter()
            .map(|item| match item {
                SelectItem::ExprWithAlias { alias, .. } => Some(name(alias)),
                SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(name(ident)),
                SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(name),
                _ => None,
            })
            .collect(),
        SetExpr::Query(query) => selected(&query.body),
        SetExpr::SetOperation { left, .. } => selected(left),
        _ => None,
    }
}
