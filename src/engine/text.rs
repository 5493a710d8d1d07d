//! SQL text: where it stands, what the one statement in it is, and its bound parameters.
//!
//! Only a single SELECT (or WITH … SELECT) gets past this file. The parameters become typed date
//! literals of the syntax tree before planning, not text, so that they cannot be anything but dates,
//! and so that functions and comparisons see their type.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    self, Expr, Query, SetExpr, Value, ValueWithSpan, Visit, VisitMut, Visitor, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::error::{EngineError, EngineErrorKind};
use super::explain;
use crate::config::diagnostic::Position;
use crate::config::job::Var;
use crate::domain::DataType;

/// Nested expressions deeper than this are refused; long chains of CASE and AND need room.
const RECURSION_LIMIT: usize = 300;

/// The bound parameters of every query of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// `$start`: first day of the window.
    pub start: NaiveDate,
    /// `$end`: first day after the window.
    pub end: NaiveDate,
    /// `$as_of`: the day that results are for; `now()` is its midnight in UTC.
    pub as_of: NaiveDate,
    /// `$name`: variables of the job.
    pub vars: Arc<[Var]>,
}

impl Parameters {
    /// The value of the parameter `name` as a typed SQL expression.
    fn value(&self, name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let day = |day: NaiveDate| Some(format!("date '{day}'"));
        match name.as_str() {
            "$start" => day(self.start),
            "$end" => day(self.end),
            "$as_of" => day(self.as_of),
            _ => self.vars.iter().find(|var| name.strip_prefix('$') == Some(var.name.as_str())).map(literal),
        }
    }

    fn names(&self) -> Vec<String> {
        let built_in = ["start", "end", "as_of"].into_iter();
        built_in.chain(self.vars.iter().map(|var| var.name.as_str())).map(|name| format!("${name}")).collect()
    }
}

/// A variable's value with its type. Texts are quoted; all others are spelled canonically, so that no value can be more
/// than a value.
fn literal(var: &Var) -> String {
    let (value, data_type) = (&var.value, var.data_type);
    match data_type {
        DataType::String => format!("'{}'", value.replace('\'', "''")),
        DataType::Boolean | DataType::Integer | DataType::Bigint => value.clone(),
        DataType::Date => format!("date '{value}'"),
        DataType::Timestamp => format!("arrow_cast('{value}', 'Timestamp(Microsecond, Some(\"UTC\"))')"),
        DataType::Double | DataType::Decimal { .. } => format!("cast('{value}' as {data_type})"),
    }
}

/// Where SQL text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlOrigin {
    /// The file, as people would name it.
    pub file: PathBuf,
    /// Line of the file on which the text begins, counted from 1.
    pub first_line: u32,
    /// One place for every error: for SQL inside a YAML value, whose lines cannot be told apart.
    pub at: Option<Position>,
}

impl SqlOrigin {
    /// SQL that fills the file.
    #[must_use]
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), first_line: 1, at: None }
    }

    /// SQL inside the value at `position` of the file.
    #[must_use]
    pub fn value(file: &Path, position: Option<Position>) -> Self {
        let start = Position { line: 1, column: 1, length: 1 };
        Self { file: file.to_path_buf(), first_line: 1, at: Some(position.unwrap_or(start)) }
    }

    /// The place in the file of a place in the text.
    pub(super) fn position(&self, line: u64, column: u64, length: u64) -> Position {
        self.at.unwrap_or_else(|| {
            let small = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).max(1);
            Position {
                line: small(line) + self.first_line.saturating_sub(1),
                column: small(column),
                length: small(length),
            }
        })
    }

    pub(super) fn error(&self, code: &'static str, message: String, at: Option<Position>) -> EngineError {
        EngineError::new(EngineErrorKind::Sql, code, message).at(&self.file, at.or(self.at))
    }
}

/// The tokens of `sql` that are neither space nor comment; empty if it cannot be split.
pub(super) fn tokens(sql: &str) -> Vec<TokenWithSpan> {
    let mut tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location().unwrap_or_default();
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    tokens
}

/// The place of a token.
pub(super) fn place(origin: &SqlOrigin, token: &TokenWithSpan) -> Position {
    let (start, end) = (token.span.start, token.span.end);
    let length = if start.line == end.line { end.column.saturating_sub(start.column) } else { 1 };
    origin.position(start.line, start.column, length)
}

/// Parses the one query in `sql`.
///
/// # Errors
///
/// Refuses what is no SQL, more than one statement, and statements other than SELECT or WITH.
pub(crate) fn parse(origin: &SqlOrigin, sql: &str) -> Result<Query, EngineError> {
    let tokens = tokens(sql);
    let first = tokens.first().map(|token| place(origin, token));
    let start_word = tokens.first().map(|token| token.token.to_string().to_lowercase()).unwrap_or_default();
    let not_a_query = || {
        origin
            .error("not_a_query", format!("`{start_word}` is not allowed here"), first)
            .with_help("write one query that starts with `select` or `with`")
    };
    if ["copy", "create", "set", "insert", "drop", "delete", "update", "explain", "reset", "show", "values"]
        .contains(&start_word.as_str())
    {
        return Err(not_a_query());
    }
    let mut statements = DFParserBuilder::new(sql)
        .with_dialect(&GenericDialect {})
        .with_recursion_limit(RECURSION_LIMIT)
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| explain::syntax(origin, &error))?;
    if statements.len() > 1 {
        let second = tokens
            .iter()
            .skip_while(|token| token.token != Token::SemiColon)
            .find(|token| token.token != Token::SemiColon)
            .map(|token| place(origin, token));
        return Err(origin
            .error("several_statements", format!("{} statements stand here", statements.len()), second)
            .with_help("write one query; put each further one into its own table"));
    }
    let Some(statement) = statements.pop_front() else {
        return Err(origin.error("empty_sql", "there is no query".into(), first));
    };
    match statement {
        Statement::Statement(statement) => match *statement {
            ast::Statement::Query(query) if is_select(&query.body) => Ok(*query),
            _ => Err(not_a_query()),
        },
        _ => Err(not_a_query()),
    }
}

fn is_select(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Query(query) => is_select(&query.body),
        SetExpr::SetOperation { left, right, .. } => is_select(left) && is_select(right),
        _ => false,
    }
}

/// Puts the parameters' values into `query`.
///
/// # Errors
///
/// Refuses every other parameter, naming the three.
pub(crate) fn bind(
    origin: &SqlOrigin,
    query: &mut Query,
    parameters: &Parameters,
) -> Result<(), EngineError> {
    match query.visit(&mut Binder { origin, parameters }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Binder<'a> {
    origin: &'a SqlOrigin,
    parameters: &'a Parameters,
}

impl VisitorMut for Binder<'_> {
    type Break = EngineError;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<EngineError> {
        let Expr::Value(ValueWithSpan { value: Value::Placeholder(name), span }) = expr else {
            return ControlFlow::Continue(());
        };
        let Some(value) = self.parameters.value(name) else {
            let at = self.origin.position(span.start.line, span.start.column, name.chars().count() as u64);
            return ControlFlow::Break(
                self.origin
                    .error("unknown_parameter", format!("there is no parameter `{name}`"), Some(at))
                    .with_help(explain::choices(name, "parameters", &self.parameters.names())),
            );
        };
        match Parser::new(&GenericDialect {}).try_with_sql(&value).and_then(|mut parser| parser.parse_expr())
        {
            Ok(value) => {
                *expr = Expr::Nested(Box::new(value));
                ControlFlow::Continue(())
            }
            Err(error) => {
                let message = format!("the value of `{name}` cannot be read: {error}");
                ControlFlow::Break(self.origin.error("parameter", message, None))
            }
        }
    }
}

/// SQL for the day, in `zone`, of the instants in a column.
///
/// Going through UTC gives instants without a zone the meaning that contracts give them, and leaves the others where they are.
pub(crate) fn local_day(column: &str, zone: chrono_tz::Tz) -> String {
    format!(
        "cast(to_local_time(arrow_cast({}, 'Timestamp(Microsecond, Some(\"UTC\"))') at time zone '{zone}') as date)",
        quote(column),
    )
}

/// A name as SQL needs it, whatever it holds.
#[must_use]
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names of the tables that `query` reads, lowercase unless quoted, each with the place of its first
/// mention. Names of WITH queries shadow tables and stay out.
pub(crate) fn relations(origin: &SqlOrigin, query: &Query) -> Vec<(String, Position)> {
    let mut visitor = Relations { origin, found: Vec::new(), scope: Vec::new() };
    let _: ControlFlow<()> = query.visit(&mut visitor);
    visitor.found
}

struct Relations<'a> {
    origin: &'a SqlOrigin,
    found: Vec<(String, Position)>,
    scope: Vec<String>,
}

fn normalized(name: &ast::Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

impl Visitor for Relations<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                // Only a recursive query sees itself. Others read a table of the same name, so they
                // are visited before their name is in scope; a second visit finds nothing new.
                if !with.recursive {
                    cte.visit(self)?;
                }
                self.scope.push(normalized(&cte.alias.name));
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let names = query.with.as_ref().map_or(0, |with| with.cte_tables.len());
        self.scope.truncate(self.scope.len() - names);
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ast::ObjectName) -> ControlFlow<()> {
        let parts: Vec<&ast::Ident> = relation.0.iter().filter_map(|part| part.as_ident()).collect();
        let Some(first) = parts.first() else { return ControlFlow::Continue(()) };
        let name = parts.iter().map(|part| normalized(part)).collect::<Vec<_>>().join(".");
        let known = self.scope.contains(&name) || self.found.iter().any(|(found, _)| *found == name);
        if !known {
            let (start, length) = (first.span.start, name.chars().count() as u64);
            self.found.push((name, self.origin.position(start.line, start.column, length)));
        }
        ControlFlow::Continue(())
    }
}
