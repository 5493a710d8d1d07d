//! Errors of parsing and planning in words for people who write SQL, each with its place.
//!
//! The planner knows which columns and functions there are and which one was meant; that is kept. Its
//! spans are used where it has them. Elsewhere the name in question is looked up among the tokens.

use std::fmt::Write;

use datafusion::common::{Column, SchemaError, Span};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::error::{EngineError, EngineErrorKind, lowercase_first, strip};
use super::output::domain_type;
use super::session::previous_table;
use super::text::{SqlOrigin, place, tokens};
use crate::config::diagnostic::Position;
use crate::domain::DataType;

/// Words a syntax error and finds its place in `… at Line: 3, Column: 5`.
pub(super) fn syntax(origin: &SqlOrigin, error: &DataFusionError) -> EngineError {
    let text = match innermost(error) {
        DataFusionError::SQL(error, _) => error.to_string(),
        other => other.strip_backtrace(),
    };
    let text = text.strip_prefix("sql parser error: ").unwrap_or(&text);
    let (message, at) = match text.rsplit_once(" at Line: ") {
        Some((message, at)) => {
            let mut numbers = at.split(", Column: ").map(|number| number.trim().parse::<u64>());
            let at = match (numbers.next(), numbers.next()) {
                (Some(Ok(line)), Some(Ok(column))) => Some(origin.position(line, column, 1)),
                _ => None,
            };
            (message, at)
        }
        None => (text, None),
    };
    let message = match message.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: ")) {
        Some((expected, "EOF")) => format!("the query ends where {expected} is expected"),
        Some((expected, found)) => format!("expected {expected}, found `{found}`"),
        None => lowercase_first(&strip(message)),
    };
    origin.error("sql_syntax", message, at)
}

/// Words every error that planning found; `tables` are the names that there are, those of this run and
/// those of earlier runs.
pub(super) fn planning(
    origin: &SqlOrigin,
    sql: &str,
    tables: &[Vec<String>; 2],
    error: &DataFusionError,
) -> Vec<EngineError> {
    let mut errors: Vec<EngineError> = Vec::new();
    for each in error.iter() {
        let worded = one(origin, sql, tables, each);
        if !errors.iter().any(|seen| seen.message == worded.message && seen.position == worded.position) {
            errors.push(worded);
        }
    }
    errors
}

fn one(origin: &SqlOrigin, sql: &str, tables: &[Vec<String>; 2], error: &DataFusionError) -> EngineError {
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(|span| at_span(origin, span));
    let cause = innermost(error);
    if let DataFusionError::SchemaError(cause, _) = cause {
        return schema(origin, sql, cause, span);
    }
    // Files that cannot be read while planning are no problem of the SQL.
    if matches!(cause, DataFusionError::IoError(_) | DataFusionError::ObjectStore(_)) {
        return EngineError::running(cause).at(&origin.file, origin.at);
    }
    let message = strip(&cause.strip_backtrace());
    if let Some(name) = message.strip_prefix("table `").and_then(|rest| rest.strip_suffix("` not found")) {
        let name = name.strip_prefix("datafusion.").unwrap_or(name);
        let name = name.strip_prefix("public.").unwrap_or(name);
        let at = span.or_else(|| find_name(origin, sql, name));
        let [now, earlier] = tables;
        let help = match previous_table(name) {
            Some(_) => choices(name, "tables of earlier runs", earlier),
            None => choices(name, "tables", now),
        };
        return origin.error("unknown_table", format!("there is no table `{name}`"), at).with_help(help);
    }
    if let Some((name, meant)) =
        message.strip_prefix("Invalid function `").and_then(|rest| rest.split_once("`.\nDid you mean `"))
    {
        let at = span.or_else(|| find_name(origin, sql, name));
        return origin
            .error("unknown_function", format!("there is no function `{name}`"), at)
            .with_help(format!("did you mean `{}`?", meant.trim_end_matches(['?', '`'])));
    }
    let at = span.or_else(|| find_quoted(origin, sql, &message));
    if message.contains("require unique expression names") {
        let name = message.split(" have the same name").next().and_then(|text| text.rsplit(" AS ").next());
        let name = name.and_then(|text| text.split('"').next()).unwrap_or_default();
        // DataFusion's own names of aggregates leave casts out, so that two different ones may clash.
        let help = if message.starts_with("Aggregat") {
            "give their arguments different names in an inner query"
        } else {
            "rename one of them with `as`"
        };
        return origin.error("duplicate_column", format!("column `{name}` occurs twice"), at).with_help(help);
    }
    if let Some((literal, wanted)) =
        message.split_once("Cannot cast string `").and_then(|(_, rest)| rest.split_once("` to value of "))
    {
        let wanted = wanted.trim_end_matches([' ', '.']).trim_end_matches(" type");
        let known = wanted.parse().ok().and_then(|wanted| domain_type(&wanted));
        let wanted = known.map_or_else(|| wanted.to_owned(), |known| known.to_string());
        let help = match known {
            Some(DataType::Date) => "write a day such as `2024-01-31`",
            Some(DataType::Timestamp) => "write an instant such as `2024-01-31T08:00:00Z`",
            _ => "write a value of this type",
        };
        return origin.error("sql", format!("`{literal}` is no {wanted}"), at).with_help(help);
    }
    let (first, rest) = message.split_once('\n').unwrap_or((&message, ""));
    let mut worded = origin.error("sql", lowercase_first(first.trim_end_matches('.')), at);
    if !rest.is_empty() {
        worded = worded.with_help(lowercase_first(&rest.replace('\n', " ")));
    }
    if matches!(cause, DataFusionError::ResourcesExhausted(_)) {
        worded.kind = EngineErrorKind::OutOfMemory;
    }
    worded
}

fn schema(origin: &SqlOrigin, sql: &str, cause: &SchemaError, span: Option<Position>) -> EngineError {
    match cause {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let at = span.or_else(|| find_name(origin, sql, &field.name));
            let inside =
                field.relation.as_ref().map(|table| format!(" in `{}`", table.table())).unwrap_or_default();
            let candidates: Vec<&Column> = valid_fields
                .iter()
                .filter(|valid| field.relation.is_none() || valid.relation == field.relation)
                .collect();
            let names: Vec<String> = candidates.iter().map(|column| column.name.clone()).collect();
            let error =
                origin.error("unknown_column", format!("there is no column `{}`{inside}", field.name), at);
            match names.iter().find(|name| **name != field.name && name.eq_ignore_ascii_case(&field.name)) {
                Some(name) => error.with_help(format!(
                    "column names with capitals are written in double quotes: `\"{name}\"`"
                )),
                None => error.with_help(choices(&field.name, "columns", &names)),
            }
        }
        SchemaError::AmbiguousReference { field } => {
            let at = span.or_else(|| find_name(origin, sql, &field.name));
            origin
                .error("ambiguous_column", format!("column `{}` is in more than one table", field.name), at)
                .with_help("put the table's name in front of it")
        }
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => {
            let at = span.or_else(|| find_name(origin, sql, name));
            origin
                .error("duplicate_column", format!("column `{name}` occurs twice"), at)
                .with_help("rename one of them with `as`")
        }
    }
}

/// Names listed at most: a file may have ten thousand columns.
const MOST_LISTED: usize = 40;

/// "did you mean …?" followed by what there is.
pub(crate) fn choices(name: &str, what: &str, names: &[String]) -> String {
    let closest = names
        .iter()
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = match closest {
        Some((_, candidate)) => format!("did you mean `{candidate}`? "),
        None => String::new(),
    };
    if names.is_empty() {
        text.push_str("there are no ");
        text.push_str(what);
        return text;
    }
    let listed: Vec<String> = names.iter().take(MOST_LISTED).map(|name| format!("`{name}`")).collect();
    text.push_str("the ");
    text.push_str(what);
    text.push_str(" are ");
    text.push_str(&listed.join(", "));
    if names.len() > MOST_LISTED {
        let _ = write!(text, " and {} more", names.len() - MOST_LISTED);
    }
    text
}

fn innermost(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => innermost(inner),
        DataFusionError::Shared(inner) => innermost(inner),
        DataFusionError::Collection(all) => all.first().map_or(error, innermost),
        other => other,
    }
}

fn at_span(origin: &SqlOrigin, span: Span) -> Position {
    let length =
        if span.start.line == span.end.line { span.end.column.saturating_sub(span.start.column) } else { 1 };
    origin.position(span.start.line, span.start.column, length)
}

/// The first token that is the name `name`.
fn find_name(origin: &SqlOrigin, sql: &str, name: &str) -> Option<Position> {
    let name = name.rsplit('.').next().unwrap_or(name);
    tokens(sql)
        .iter()
        .find(|token| matches!(&token.token, Token::Word(word) if word.value.eq_ignore_ascii_case(name)))
        .map(|token| place(origin, token))
}

/// The place of the text `'text'`.
fn find_text(origin: &SqlOrigin, sql: &str, text: &str) -> Option<Position> {
    tokens(sql)
        .iter()
        .find(|token| matches!(&token.token, Token::SingleQuotedString(held) if held == text))
        .map(|token| place(origin, token))
}

/// The first name or text of the query that the message mentions in back-ticks, or name with its table.
fn find_quoted(origin: &SqlOrigin, sql: &str, message: &str) -> Option<Position> {
    let quoted = message.split('`').skip(1).step_by(2);
    let qualified = message.split_whitespace().filter(|word| word.contains('.'));
    quoted.chain(qualified).find_map(|text| {
        let name = text.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let named = (!name.is_empty()).then(|| find_name(origin, sql, name)).flatten();
        named.or_else(|| find_text(origin, sql, text))
    })
}

#[cfg(test)]
mod tests {
    use super::choices;

    #[test]
    fn the_nearest_name_comes_first_and_all_are_listed() {
        let names = ["temp".to_owned(), "humidity".to_owned()];
        assert_eq!(
            choices("humidty", "columns", &names),
            "did you mean `humidity`? the columns are `temp`, `humidity`"
        );
        assert_eq!(choices("zzz", "tables", &[]), "there are no tables");
        let many: Vec<String> = (0..100).map(|column| format!("C{column:02}")).collect();
        let text = choices("c42", "columns", &many);
        assert!(text.starts_with("did you mean `C42`? ") && text.ends_with("`C39` and 60 more"), "{text}");
    }
}
