//! SQL that may give other rows, or another last bit, when nothing has changed.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArgumentClause, FunctionArguments, ObjectNamePart, Query, Visit, Visitor,
    WindowType,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use crate::config::diagnostic::{Position, Problem, Problems};
use crate::domain::Severity;
use crate::engine::SqlOrigin;

/// Functions whose result is another one at every call.
const RANDOM: [&str; 3] = ["random", "rand", "uuid"];
/// Functions that depend on the row that happens to come first.
const ORDERED: [&str; 6] = ["first_value", "last_value", "nth_value", "array_agg", "string_agg", "any_value"];
/// Window functions without meaning unless rows are ordered.
const RANKED: [&str; 4] = ["row_number", "ntile", "lag", "lead"];
/// Aggregates that add doubles in the order in which rows come.
const ROUNDED: [&str; 4] = ["stddev", "var", "corr", "covar"];

/// Adds a warning for everything in `query` whose result may differ between runs.
pub(super) fn warn(origin: &SqlOrigin, query: &Query, problems: &mut Problems) {
    let mut visitor = Warner { origin, problems };
    let _: ControlFlow<()> = query.visit(&mut visitor);
}

struct Warner<'a> {
    origin: &'a SqlOrigin,
    problems: &'a mut Problems,
}

impl Warner<'_> {
    fn push(&mut self, at: Option<(Location, usize)>, message: String, help: &str) {
        let position = at.filter(|(at, _)| at.line > 0).map(|(at, length)| {
            let small = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
            Position {
                line: small(at.line) + self.origin.first_line.saturating_sub(1),
                column: small(at.column),
                length: small(length as u64).max(1),
            }
        });
        self.problems.push(Problem {
            code: "not_repeatable",
            severity: Severity::Warn,
            file: self.origin.file.clone(),
            position: self.origin.at.or(position),
            message,
            help: Some(help.to_owned()),
        });
    }

    fn function(&mut self, function: &Function) {
        let Some(ObjectNamePart::Identifier(ident)) = function.name.0.last() else { return };
        let name = ident.value.to_lowercase();
        let at = Some((ident.span.start, name.chars().count()));
        let starts = |names: &[&str]| names.iter().any(|start| name.starts_with(start));
        if RANDOM.contains(&name.as_str()) {
            self.push(
                at,
                format!("`{name}` gives other values in every run"),
                "derive the values from columns",
            );
        } else if name.starts_with("approx_") {
            let help = "use the exact function, `median` or `count(distinct …)`";
            self.push(at, format!("`{name}` may give another value in every run"), help);
        } else if starts(&ROUNDED) || name.starts_with("regr_") {
            let help =
                "results may differ in the last bit; round them, or build them from `sum`, which is exact";
            self.push(at, format!("`{name}` of doubles depends on the order of rows"), help);
        } else if (ORDERED.contains(&name.as_str()) || RANKED.contains(&name.as_str()))
            && !is_ordered(function)
        {
            let help = "say which row comes first with `order by`";
            self.push(at, format!("`{name}` without `order by` depends on the order of rows"), help);
        }
    }
}

fn is_ordered(function: &Function) -> bool {
    let inside = match &function.args {
        FunctionArguments::List(list) => {
            list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_)))
        }
        FunctionArguments::None | FunctionArguments::Subquery(_) => false,
    };
    let over = match &function.over {
        Some(WindowType::WindowSpec(window)) => !window.order_by.is_empty(),
        // A named window is looked at where it is defined, by whoever reads the query.
        Some(WindowType::NamedWindow(_)) => true,
        None => false,
    };
    inside || over || !function.within_group.is_empty()
}

impl Visitor for Warner<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if (query.limit_clause.is_some() || query.fetch.is_some()) && query.order_by.is_none() {
            let at = datafusion::sql::sqlparser::ast::Spanned::span(query).start;
            let help = "add an `order by` that orders the rows totally";
            self.push(Some((at, 1)), "`limit` without `order by` keeps other rows in every run".into(), help);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            self.function(function);
        }
        ControlFlow::Continue(())
    }
}
