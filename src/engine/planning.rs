//! From SQL text to a plan whose types fit, without running it.
//!
//! Kept apart from the session, because how far a query must be planned to be sure of it is a question of its own:
//! checking a hundred jobs plans thousands of queries, and their physical plans would take most of the time.

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::expr::{Cast, TryCast, WindowFunction, WindowFunctionDefinition};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Query};

use super::error::EngineError;
use super::explain;
use super::session::{Session, first};
use super::text::{SqlOrigin, bind, parse};

impl Session {
    /// Plans a query without running it, so far that its names and types are known to fit.
    ///
    /// # Errors
    ///
    /// Every problem found, each with its place.
    pub async fn plan(&self, origin: &SqlOrigin, sql: &str) -> Result<LogicalPlan, Vec<EngineError>> {
        let query = parse(origin, sql).map_err(|error| vec![error])?;
        self.plan_query(origin, sql, query).await
    }

    /// The columns of a query, without running it.
    ///
    /// # Errors
    ///
    /// The first problem found, with its place.
    pub(crate) async fn columns(&self, origin: &SqlOrigin, sql: &str) -> Result<SchemaRef, EngineError> {
        let plan = self.plan(origin, sql).await.map_err(first)?;
        Ok(SchemaRef::clone(plan.schema().inner()))
    }

    /// Plans `query`, which was parsed from `sql`; see [`Session::plan`].
    ///
    /// # Errors
    ///
    /// Every problem found, each with its place.
    pub(crate) async fn plan_query(
        &self,
        origin: &SqlOrigin,
        sql: &str,
        mut query: Query,
    ) -> Result<LogicalPlan, Vec<EngineError>> {
        bind(origin, &mut query, self.parameters()).map_err(|error| vec![error])?;
        let statement = Statement::Statement(Box::new(ast::Statement::Query(Box::new(query))));
        self.typed(statement).await.map_err(|error| {
            explain::planning(origin, sql, &[self.table_names(), self.previous_names()], &error)
        })
    }

    async fn typed(&self, statement: Statement) -> Result<LogicalPlan, DataFusionError> {
        let state = self.state();
        let plan = state.statement_to_plan(statement).await?;
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&plan)?;
        let analyzed = state.analyzer().execute_and_check(plan.clone(), state.config_options(), |_, _| {})?;
        if !is_plain(&analyzed)? {
            state.create_physical_plan(&plan).await?;
        }
        Ok(plan)
    }
}

/// Whether a plan whose types fit has a physical plan for sure: of all that SQL can say, the common part.
fn is_plain(plan: &LogicalPlan) -> Result<bool, DataFusionError> {
    let mut plain = true;
    plan.apply(|node| {
        plain &= is_plain_node(node);
        if plain {
            node.apply_expressions(|whole| {
                whole.apply(|part| {
                    plain &= is_plain_expression(part);
                    Ok(if plain { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
                })
            })?;
        }
        Ok(if plain { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(plain)
}

fn is_plain_node(node: &LogicalPlan) -> bool {
    matches!(
        node,
        LogicalPlan::Projection(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Join(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::TableScan(_)
            | LogicalPlan::EmptyRelation(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Values(_)
            | LogicalPlan::Distinct(_)
    )
}

fn is_plain_expression(part: &Expr) -> bool {
    match part {
        // A literal that is cast is computed while planning, which finds a day such as 2024-13-01.
        Expr::Cast(Cast { expr, field }) => match expr.as_ref() {
            Expr::Literal(value, _) => value.cast_to(field.data_type()).is_ok(),
            _ => true,
        },
        Expr::WindowFunction(function) => {
            let WindowFunction { fun, params } = function.as_ref();
            // Further arguments, such as how far to look back, are read while the physical plan is made.
            matches!(fun, WindowFunctionDefinition::AggregateUDF(_)) || params.args.len() <= 1
        }
        Expr::TryCast(TryCast { .. })
        | Expr::Alias(_)
        | Expr::Column(_)
        | Expr::Literal(..)
        | Expr::BinaryExpr(_)
        | Expr::Like(_)
        | Expr::Not(_)
        | Expr::IsNotNull(_)
        | Expr::IsNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNotFalse(_)
        | Expr::IsNotUnknown(_)
        | Expr::Negative(_)
        | Expr::Between(_)
        | Expr::Case(_)
        | Expr::ScalarFunction(_)
        | Expr::AggregateFunction(_)
        | Expr::InList(_) => true,
        _ => false,
    }
}
