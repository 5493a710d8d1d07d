//! Where the values of a column come from: which columns of which sources.
//!
//! Two ways are told apart. A value comes *directly* from what it is computed from. It comes
//! *through* what chose it: keys of a join, order and partition of a window, conditions of a
//! correlated query. Whose data a driver is follows from the first way; a leak may use either.
//! Where a plan node is not understood, everything below it counts: too much rather than too little.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Distinct, Expr, Join, LogicalPlan, Operator, Subquery, expr::WindowFunction,
};

use super::previous::previous_name;
use crate::engine::PREVIOUS;

/// A column of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceColumn {
    /// The source.
    pub source: String,
    /// Its column.
    pub column: String,
}

/// Where the values of one column come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// What the values are computed from.
    pub direct: BTreeSet<SourceColumn>,
    /// What only chose them: keys of joins, order and partition of windows, conditions of correlated queries.
    pub through: BTreeSet<SourceColumn>,
}

impl Origins {
    /// A column of a source, as it is.
    pub(super) fn of_source(source: &str, column: &str) -> Self {
        let direct = BTreeSet::from([SourceColumn { source: source.to_owned(), column: column.to_owned() }]);
        Self { direct, through: BTreeSet::new() }
    }

    fn add(&mut self, other: &Self) {
        self.direct.extend(other.direct.iter().cloned());
        self.through.extend(other.through.iter().cloned());
    }

    /// Adds what only chose the value.
    fn choose(&mut self, other: &Self) {
        self.through.extend(other.direct.iter().chain(&other.through).cloned());
    }

    fn union<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut union = Self::default();
        all.into_iter().for_each(|origins| union.add(origins));
        union
    }
}

/// Origins of the columns of every table planned so far, by table and column.
pub type Tables = BTreeMap<String, BTreeMap<String, Origins>>;

/// Origins of the columns of `plan`, in the order of its schema.
pub(super) fn trace(plan: &LogicalPlan, tables: &Tables) -> Vec<Origins> {
    Tracer { tables }.plan(plan, &[])
}

/// Columns that an expression may name, with their origins.
struct Scope<'a> {
    schema: &'a DFSchema,
    origins: &'a [Origins],
}

impl Scope<'_> {
    fn find(&self, column: &Column) -> Option<&Origins> {
        self.schema.maybe_index_of_column(column).and_then(|index| self.origins.get(index))
    }
}

struct Tracer<'a> {
    tables: &'a Tables,
}

impl Tracer<'_> {
    fn plan(&self, plan: &LogicalPlan, outer: &[Scope<'_>]) -> Vec<Origins> {
        let traced = match plan {
            LogicalPlan::TableScan(scan) => {
                let name = scan.table_name.table();
                let table = match scan.table_name.schema() {
                    Some(PREVIOUS) => self.tables.get(&previous_name(name)),
                    _ => self.tables.get(name),
                };
                let origin =
                    |name: &String| table.and_then(|table| table.get(name)).cloned().unwrap_or_default();
                scan.projected_schema.fields().iter().map(|field| origin(field.name())).collect()
            }
            LogicalPlan::SubqueryAlias(alias) => self.plan(&alias.input, outer),
            LogicalPlan::Sort(sort) => self.plan(&sort.input, outer),
            LogicalPlan::Limit(limit) => self.plan(&limit.input, outer),
            LogicalPlan::Repartition(repartition) => self.plan(&repartition.input, outer),
            LogicalPlan::Subquery(subquery) => self.plan(&subquery.subquery, outer),
            LogicalPlan::Distinct(Distinct::All(input)) => self.plan(input, outer),
            LogicalPlan::Distinct(Distinct::On(on)) => {
                let input = self.plan(&on.input, outer);
                self.exprs(&on.select_expr, on.input.schema(), &input, outer)
            }
            LogicalPlan::Filter(filter) => {
                let mut columns = self.plan(&filter.input, outer);
                let keys = self.equalities(&filter.predicate, filter.input.schema(), &columns, outer);
                for column in &mut columns {
                    column.choose(&keys);
                }
                columns
            }
            LogicalPlan::Projection(projection) => {
                let input = self.plan(&projection.input, outer);
                self.exprs(&projection.expr, projection.input.schema(), &input, outer)
            }
            LogicalPlan::Window(window) => {
                let mut columns = self.plan(&window.input, outer);
                let added = self.exprs(&window.window_expr, window.input.schema(), &columns, outer);
                columns.extend(added);
                columns
            }
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate, outer),
            LogicalPlan::Join(join) => self.join(join, outer),
            LogicalPlan::Union(union) => {
                let inputs: Vec<Vec<Origins>> =
                    union.inputs.iter().map(|input| self.plan(input, outer)).collect();
                (0..union.schema.fields().len())
                    .map(|column| Origins::union(inputs.iter().filter_map(|input| input.get(column))))
                    .collect()
            }
            _ => Vec::new(),
        };
        if traced.len() == plan.schema().fields().len() { traced } else { self.everything(plan, outer) }
    }

    /// For nodes that are not understood: every column comes from all that is below.
    fn everything(&self, plan: &LogicalPlan, outer: &[Scope<'_>]) -> Vec<Origins> {
        let mut all = Origins::default();
        for input in plan.inputs() {
            all.add(&Origins::union(&self.plan(input, outer)));
        }
        vec![all; plan.schema().fields().len()]
    }

    fn aggregate(&self, aggregate: &Aggregate, outer: &[Scope<'_>]) -> Vec<Origins> {
        let input = self.plan(&aggregate.input, outer);
        let exprs: Vec<Expr> = aggregate.group_expr.iter().chain(&aggregate.aggr_expr).cloned().collect();
        let mut columns = self.exprs(&exprs, aggregate.input.schema(), &input, outer);
        // `count(*)` names no column, but it counts the rows that keys have chosen: those keys are what
        // all columns of the input have in common.
        let chosen = input.iter().map(|column| column.through.clone()).reduce(|a, b| &a & &b);
        for column in columns.iter_mut().filter(|column| column.direct.is_empty()) {
            column.through.extend(chosen.iter().flatten().cloned());
        }
        columns
    }

    fn join(&self, join: &Join, outer: &[Scope<'_>]) -> Vec<Origins> {
        let (mut left, mut right) = (self.plan(&join.left, outer), self.plan(&join.right, outer));
        let keys = {
            let left = Scope { schema: join.left.schema(), origins: &left };
            let right = Scope { schema: join.right.schema(), origins: &right };
            let scopes = [left, right];
            let mut keys = Origins::default();
            let conditions = join.on.iter().flat_map(|(left, right)| [left, right]).chain(&join.filter);
            for condition in conditions {
                keys.add(&self.expr(condition, &scopes, outer));
            }
            keys
        };
        left.iter_mut().chain(&mut right).for_each(|column| column.choose(&keys));
        let mark = || {
            let mut mark = Origins::default();
            mark.choose(&keys);
            mark
        };
        match join.join_type {
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
                left.append(&mut right);
                left
            }
            JoinType::LeftSemi | JoinType::LeftAnti => left,
            JoinType::RightSemi | JoinType::RightAnti => right,
            JoinType::LeftMark => {
                left.push(mark());
                left
            }
            JoinType::RightMark => {
                right.push(mark());
                right
            }
        }
    }

    fn exprs(
        &self,
        exprs: &[Expr],
        schema: &DFSchema,
        origins: &[Origins],
        outer: &[Scope<'_>],
    ) -> Vec<Origins> {
        let scope = [Scope { schema, origins }];
        exprs.iter().map(|expr| self.expr(expr, &scope, outer)).collect()
    }

    /// Columns that are set equal to each other by `predicate`: keys of a join written as a filter.
    fn equalities(
        &self,
        predicate: &Expr,
        schema: &DFSchema,
        origins: &[Origins],
        outer: &[Scope<'_>],
    ) -> Origins {
        let scope = [Scope { schema, origins }];
        let mut keys = Origins::default();
        for part in split_conjunction(predicate) {
            if let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = part {
                let (left, right) = (self.expr(left, &scope, outer), self.expr(right, &scope, outer));
                if left != Origins::default() && right != Origins::default() {
                    keys.add(&left);
                    keys.add(&right);
                }
            }
        }
        keys
    }

    fn expr(&self, expr: &Expr, scopes: &[Scope<'_>], outer: &[Scope<'_>]) -> Origins {
        let mut found = Origins::default();
        // The closure never fails, so neither does the walk.
        let _ = expr.apply(|expr| {
            match expr {
                Expr::Column(column) => {
                    if let Some(origins) = scopes.iter().find_map(|scope| scope.find(column)) {
                        found.add(origins);
                    }
                }
                Expr::OuterReferenceColumn(_, column) => {
                    if let Some(origins) = outer.iter().rev().find_map(|scope| scope.find(column)) {
                        found.choose(origins);
                    }
                }
                Expr::ScalarSubquery(subquery) => self.subquery(subquery, scopes, outer, &mut found),
                Expr::Exists(exists) => self.subquery(&exists.subquery, scopes, outer, &mut found),
                Expr::InSubquery(within) => self.subquery(&within.subquery, scopes, outer, &mut found),
                Expr::SetComparison(comparison) => {
                    self.subquery(&comparison.subquery, scopes, outer, &mut found);
                }
                Expr::WindowFunction(window) => {
                    self.window(window, scopes, outer, &mut found);
                    return Ok(TreeNodeRecursion::Jump);
                }
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        });
        found
    }

    fn window(
        &self,
        window: &WindowFunction,
        scopes: &[Scope<'_>],
        outer: &[Scope<'_>],
        found: &mut Origins,
    ) {
        let parameters = &window.params;
        for argument in parameters.args.iter().chain(parameters.filter.as_deref()) {
            found.add(&self.expr(argument, scopes, outer));
        }
        let order = parameters.order_by.iter().map(|sort| &sort.expr);
        for chooser in parameters.partition_by.iter().chain(order) {
            found.choose(&self.expr(chooser, scopes, outer));
        }
    }

    fn subquery(&self, subquery: &Subquery, scopes: &[Scope<'_>], outer: &[Scope<'_>], found: &mut Origins) {
        let copy = |scope: &Scope<'_>| (scope.schema.clone(), scope.origins.to_vec());
        let visible: Vec<_> = outer.iter().chain(scopes).map(copy).collect();
        let visible: Vec<Scope<'_>> =
            visible.iter().map(|(schema, origins)| Scope { schema, origins }).collect();
        found.add(&Origins::union(&self.plan(&subquery.subquery, &visible)));
    }
}
