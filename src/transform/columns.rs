//! Which columns of a table an expression of the job names: what a KPI is computed from.
//!
//! Reads the expression as SQL instead of searching its text, so that a word inside a literal or the
//! name of a function is no column.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use arrow::datatypes::Schema;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Visit, Visitor};

use crate::engine::{SqlOrigin, parse};

/// Columns of a table with the columns `schema` that any of `expressions` names, in alphabetical order.
///
/// An expression that is no SQL names none: the check of the job has refused it before.
#[must_use]
pub fn named_columns(expressions: &[&str], schema: &Schema) -> Vec<String> {
    let mut named = Named { schema, found: BTreeSet::new() };
    for expression in expressions {
        let query = parse(&SqlOrigin::file("expression"), &format!("select ({expression})"));
        if let Ok(query) = query {
            let _: ControlFlow<()> = query.visit(&mut named);
        }
    }
    named.found.into_iter().collect()
}

struct Named<'a> {
    schema: &'a Schema,
    found: BTreeSet<String>,
}

impl Named<'_> {
    fn column(&mut self, name: &Ident) {
        let name = match name.quote_style {
            Some(_) => name.value.clone(),
            None => name.value.to_lowercase(),
        };
        if self.schema.field_with_name(&name).is_ok() {
            self.found.insert(name);
        }
    }
}

impl Visitor for Named<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(parts) => {
                if let Some(name) = parts.last() {
                    self.column(name);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};

    use super::*;

    #[test]
    fn columns_are_found_and_literals_and_functions_are_not() {
        let field = |name: &str| Field::new(name, DataType::Float64, true);
        let schema = Schema::new(["cost", "revenue", "sum", "Umsatz"].map(field).to_vec());
        let named = |sql: &str| named_columns(&[sql], &schema).join(",");
        assert_eq!(named("sum(Revenue - t.cost) / count(*)"), "cost,revenue");
        assert_eq!(named("sum(case when 'revenue' = 'cost' then \"Umsatz\" end)"), "Umsatz");
        assert_eq!(named("count(*)"), "");
        assert_eq!(named("sum(other) / ("), "");
    }
}
