//! SQL fragments inside the job file: aggregates, conditions, queries.
//!
//! They are parsed here only to report mistakes at their place in the file and to split ratios.
//! Whether columns exist is found when SQL is planned.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Query, Statement, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::checker::Checker;
use crate::config::yaml::Located;

/// Functions that make one value of many rows.
const AGGREGATES: &[&str] = &[
    "avg",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "max",
    "mean",
    "median",
    "min",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "var",
    "var_pop",
    "var_samp",
];

/// An aggregate, or one divided by another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Measure {
    /// SQL of the numerator, or of the whole value.
    pub(super) numerator: String,
    /// SQL of the denominator of a ratio.
    pub(super) denominator: Option<String>,
}

/// Reads the value of a KPI.
pub(super) fn measure(checker: &mut Checker<'_>, value: &Located<String>) -> Option<Measure> {
    let expression = expression(checker, value)?;
    let seen = Seen::of(&expression);
    let refused = if seen.query {
        Some("a KPI cannot hold a query".to_owned())
    } else if seen.window {
        Some("a KPI cannot hold a window function (`over`)".to_owned())
    } else if !seen.aggregate {
        Some("a KPI needs an aggregate".to_owned())
    } else {
        seen.bare.map(|column| format!("the column `{column}` stands outside of an aggregate"))
    };
    if let Some(message) = refused {
        let help = "write for example `sum(revenue)`, `count(*)` or `sum(cost) / sum(revenue)`";
        checker.error("invalid_value", value.position, message, help);
        return None;
    }
    Some(split(expression))
}

/// Splits a ratio of aggregates at its outermost `/`.
fn split(expression: Expr) -> Measure {
    match expression {
        Expr::Nested(inner) => split(*inner),
        Expr::BinaryOp { left, op: BinaryOperator::Divide, right }
            if Seen::of(&left).aggregate && Seen::of(&right).aggregate =>
        {
            Measure { numerator: left.to_string(), denominator: Some(right.to_string()) }
        }
        other => Measure { numerator: other.to_string(), denominator: None },
    }
}

/// Checks a condition on rows.
pub(super) fn condition(checker: &mut Checker<'_>, text: &Located<String>) -> Option<String> {
    let expression = expression(checker, text)?;
    if Seen::of(&expression).aggregate {
        let message = "a condition looks at one row, so it cannot hold an aggregate";
        checker.error(
            "invalid_value",
            text.position,
            message,
            "write a condition such as `region = 'north'`",
        );
        return None;
    }
    Some(text.value.clone())
}

/// Checks an expression that is evaluated per row.
pub(super) fn row_expression(checker: &mut Checker<'_>, text: &Located<String>) -> Option<String> {
    let expression = expression(checker, text)?;
    if Seen::of(&expression).aggregate {
        let message = "the sum is taken of a column or expression, not of an aggregate";
        checker.error("invalid_value", text.position, message, "leave the aggregate out: `sum: revenue`");
        return None;
    }
    Some(text.value.clone())
}

/// Checks that a text is exactly one query.
pub(super) fn query(checker: &mut Checker<'_>, text: &Located<String>) -> Option<String> {
    match Parser::parse_sql(&GenericDialect {}, &text.value) {
        Ok(statements) => {
            if matches!(statements.as_slice(), [Statement::Query(_)]) {
                return Some(text.value.clone());
            }
            let help = "write one `select …`";
            checker.error("invalid_sql", text.position, "this is not exactly one query", help);
        }
        Err(error) => refuse(checker, text, &error),
    }
    None
}

fn expression(checker: &mut Checker<'_>, text: &Located<String>) -> Option<Expr> {
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(&text.value).and_then(|mut parser| {
        let expression = parser.parse_expr()?;
        parser.expect_token(&Token::EOF)?;
        Ok(expression)
    });
    match parsed {
        Ok(expression) => Some(expression),
        Err(error) => {
            refuse(checker, text, &error);
            None
        }
    }
}

fn refuse(checker: &mut Checker<'_>, text: &Located<String>, error: &ParserError) {
    let reason = match error {
        ParserError::TokenizerError(reason) | ParserError::ParserError(reason) => reason.as_str(),
        ParserError::RecursionLimitExceeded => "it is nested too deeply",
    };
    let mut characters = reason.chars();
    let reason: String =
        characters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(characters).collect();
    let message = format!("this SQL cannot be read: {reason}");
    checker.error(
        "invalid_sql",
        text.position,
        message,
        "lines and columns count from the start of the SQL text",
    );
}

/// What occurs in an expression.
#[derive(Default)]
struct Seen {
    aggregate: bool,
    window: bool,
    query: bool,
    /// A column outside of any aggregate.
    bare: Option<String>,
    /// Depth of aggregates around what is being visited.
    inside: usize,
}

impl Seen {
    fn of(expression: &Expr) -> Self {
        let mut seen = Self::default();
        let _ = expression.visit(&mut seen);
        seen
    }
}

fn is_aggregate(expression: &Expr) -> bool {
    match expression {
        Expr::Function(function) => {
            AGGREGATES.contains(&function.name.to_string().to_ascii_lowercase().as_str())
        }
        _ => false,
    }
}

impl Visitor for Seen {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.query = true;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if is_aggregate(expression) {
            self.aggregate = true;
            self.inside += 1;
        }
        match expression {
            Expr::Function(function) if function.over.is_some() => self.window = true,
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) if self.inside == 0 => {
                self.bare.get_or_insert_with(|| expression.to_string());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if is_aggregate(expression) {
            self.inside -= 1;
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::diagnostic::{Position, Problems};

    fn measure_of(text: &str) -> Result<(String, Option<String>), String> {
        let mut problems = Problems::default();
        let mut checker = Checker::new(Path::new("job.yaml"), &mut problems);
        let position = Position { line: 1, column: 1, length: 1 };
        let value = Located { value: text.to_owned(), position };
        let measure = measure(&mut checker, &value);
        measure
            .map(|measure| (measure.numerator, measure.denominator))
            .ok_or_else(|| problems.sorted().iter().map(|problem| problem.message.clone()).collect())
    }

    fn ratio(numerator: &str, denominator: &str) -> (String, Option<String>) {
        (numerator.to_owned(), Some(denominator.to_owned()))
    }

    #[test]
    fn ratios_of_aggregates_are_split() {
        assert_eq!(measure_of("sum(a) / sum(b)"), Ok(ratio("sum(a)", "sum(b)")));
        assert_eq!(measure_of("(sum(a + b) / count(*))"), Ok(ratio("sum(a + b)", "count(*)")));
        assert_eq!(measure_of("(sum(a) + sum(b)) / sum(c)"), Ok(ratio("(sum(a) + sum(b))", "sum(c)")));
        assert_eq!(
            measure_of("sum(case when won then 1 else 0 end) / count(*)"),
            Ok(ratio("sum(CASE WHEN won THEN 1 ELSE 0 END)", "count(*)"))
        );
    }

    #[test]
    fn other_values_stay_whole() {
        for text in ["sum(revenue)", "sum(a / b)", "sum(a) / 1000", "100 * sum(a) / sum(b) * 2", "count(*)"] {
            assert_eq!(measure_of(text), Ok((text.to_owned(), None)));
        }
        assert_eq!(measure_of("SUM(a)"), Ok(("SUM(a)".to_owned(), None)));
    }

    #[test]
    fn values_that_are_no_aggregate_are_refused() {
        assert_eq!(measure_of("revenue"), Err("a KPI needs an aggregate".to_owned()));
        assert!(measure_of("sum(a) / b").unwrap_err().contains("the column `b` stands outside"));
        assert!(measure_of("sum(a) over (order by b)").unwrap_err().contains("window function"));
        assert!(measure_of("(select sum(a) from t)").unwrap_err().contains("query"));
        assert!(measure_of("sum(a").unwrap_err().starts_with("this SQL cannot be read"));
        assert!(measure_of("sum(a) sum(b)").unwrap_err().starts_with("this SQL cannot be read"));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(measure_of(&deep).unwrap_err().contains("nested too deeply"));
    }
}
