//! YAML text → tree.
//!
//! Built from the parser's events rather than through serde, because only events tell where keys
//! stand and how scalars are spelled. Job files come from people, but a platform may read them from
//! anywhere: size, depth and the copies that aliases make are limited.

use std::collections::BTreeMap;
use std::path::Path;

use serde_saphyr::granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StrInput, Tag, options};

use super::node::{Entry, Node, NodeId, Scalar, Value};
use super::suggest::{closest, listed};
use super::variables::{VariableError, Variables, interpolate};
use crate::config::diagnostic::{Position, Problem, Problems};

/// Longest file, in bytes.
const MAX_BYTES: usize = 4 << 20;
/// Most values in a file, counting each copy that an alias makes.
const MAX_NODES: u32 = 200_000;
/// Deepest nesting.
const MAX_DEPTH: usize = 64;
/// What a value begins with that a person has yet to write; what follows says what is asked.
const BLANK: &str = "FILL_IN";

/// Parses the only document of `text` and replaces its variables.
///
/// Problems that leave a tree (unset variables, duplicate keys) are added to `problems`.
///
/// # Errors
///
/// The problem that leaves none: malformed YAML, no document or several, a limit passed.
pub(crate) fn parse(
    text: &str,
    file: &Path,
    variables: Variables<'_>,
    problems: &mut Problems,
) -> Result<Node, Problem> {
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        return Err(Problem::error("limit", file, None, message));
    }
    let lines = text.lines().collect();
    let parser = Parser::new_from_str_with_options(text, options! { emit_comments: false });
    let mut builder =
        Builder { parser, file, lines, variables, problems, anchors: BTreeMap::new(), next_id: 0 };
    builder.document()
}

struct Builder<'a, 'p> {
    parser: Parser<'a, StrInput<'a>>,
    file: &'a Path,
    lines: Vec<&'a str>,
    variables: Variables<'a>,
    problems: &'p mut Problems,
    anchors: BTreeMap<usize, Node>,
    next_id: NodeId,
}

impl<'a> Builder<'a, '_> {
    fn document(&mut self) -> Result<Node, Problem> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                _ if root.is_some() => {
                    let position = Some(self.position(span));
                    let problem = Problem::error(
                        "several_documents",
                        self.file,
                        position,
                        "a second document starts here; a file holds one".to_owned(),
                    );
                    return Err(
                        problem.with_help("put it into a file of its own, or remove the `---` above it")
                    );
                }
                event => root = Some(self.node(event, span, 0)?),
            }
        }
        root.ok_or_else(|| Problem::error("empty_file", self.file, None, "the file is empty".to_owned()))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        match self.parser.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let marker = error.marker();
                let position = place(marker.line(), marker.col(), 1);
                let message = format!("this is not valid YAML: {}", error.info());
                Err(Problem::error("yaml_syntax", self.file, Some(position), message)
                    .with_help(syntax_help(error.kind())))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Problem> {
        let position = self.position(span);
        if depth > MAX_DEPTH {
            let message = format!("values are nested more than {MAX_DEPTH} levels deep");
            return Err(Problem::error("limit", self.file, Some(position), message));
        }
        let (value, anchor) = match event {
            Event::Alias(id) => return self.alias(id, position),
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = self.check_tag(tag.as_deref(), position);
                let plain = style == ScalarStyle::Plain && !is_text;
                (self.scalar(&text, plain, position), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), position);
                (self.sequence(depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), position);
                (self.mapping(depth)?, anchor)
            }
            _ => (Value::Absent, 0),
        };
        let node = Node { id: self.fresh_id(position)?, position, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// Checks a tag; true when it says that the value is a text.
    fn check_tag(&mut self, tag: Option<&Tag>, position: Position) -> bool {
        let Some(tag) = tag else { return false };
        let (handle, suffix) = tag.parts();
        if handle == "tag:yaml.org,2002:" {
            return suffix == "str";
        }
        let message = format!("the tag `{handle}{suffix}` means nothing here");
        self.report("unknown_tag", position, message, "remove it; a text that starts with `!` needs quotes");
        false
    }

    fn scalar(&mut self, text: &str, plain: bool, position: Position) -> Value {
        if let Some(asked) = text.strip_prefix(BLANK) {
            self.blank(asked, position);
            return Value::Absent;
        }
        match interpolate(text, self.variables) {
            Ok(None) => Value::Scalar(Scalar { text: text.to_owned(), plain, from_variable: false }),
            // What a variable holds has no quotes of its own: whether it is a number is up to the
            // value that is wanted.
            Ok(Some(text)) => Value::Scalar(Scalar { text, plain: true, from_variable: true }),
            Err((error, spelling)) => {
                let (code, help) = match &error {
                    VariableError::NotSet { name, .. } => (
                        "variable_not_set",
                        format!("set it in the environment, or give a default: `${{{name}:-…}}`"),
                    ),
                    VariableError::Undeclared(name) => ("unknown_var", self.declared(name)),
                    VariableError::Malformed(_) => (
                        "malformed_variable",
                        "write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`; `$$` stands for a dollar"
                            .to_owned(),
                    ),
                };
                let position = self.find_in_line(&spelling, position);
                self.report(code, position, error.to_string(), &help);
                Value::Absent
            }
        }
    }

    /// A value that nobody but a person can decide. `trichter init` leaves such blanks.
    fn blank(&mut self, asked: &str, position: Position) {
        let asked = asked.trim_start_matches([':', ' ']).trim_end();
        let help = match asked {
            "" => format!("write the value in place of `{BLANK}`, or remove the key if it is optional"),
            asked => format!("write in its place: {asked}"),
        };
        let position = Position { length: position.length.max(1), ..position };
        self.report("fill_in", position, "a value is still to be filled in here".to_owned(), &help);
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(Value::Sequence(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged: Vec<Node> = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd | Event::StreamEnd, _) => break,
                (event, span) => self.key(event, span, depth)?,
            };
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            let Value::Scalar(scalar) = &key.value else {
                let help = "quote it if it is meant to be a text";
                self.report("key_not_text", key.position, "a key must be a text".to_owned(), help);
                continue;
            };
            if scalar.plain && scalar.text == "<<" {
                merged.push(value);
            } else if let Some(first) = entries.iter().find(|entry| entry.key.text() == scalar.text) {
                let message = format!("the key `{}` is given twice", scalar.text);
                let help = format!("keep one of them; the first is in line {}", first.key.position.line);
                self.report("duplicate_key", key.position, message, &help);
            } else {
                entries.push(Entry { key, value });
            }
        }
        for node in merged {
            self.merge(node, &mut entries);
        }
        Ok(Value::Mapping(entries))
    }

    /// A key: like a value, but variables stay as they are, since names cannot come from outside.
    fn key(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Problem> {
        let position = self.position(span);
        if let Event::Scalar(text, style, 0, None) = event {
            let plain = style == ScalarStyle::Plain;
            let value = Value::Scalar(Scalar { text: text.into_owned(), plain, from_variable: false });
            return Ok(Node { id: self.fresh_id(position)?, position, value });
        }
        self.node(event, span, depth + 1)
    }

    /// Adds the entries of a `<<` value that are not given explicitly.
    fn merge(&mut self, node: Node, entries: &mut Vec<Entry>) {
        match node.value {
            Value::Mapping(merged) => {
                for entry in merged {
                    if !entries.iter().any(|known| known.key.text() == entry.key.text()) {
                        entries.push(entry);
                    }
                }
            }
            Value::Sequence(nodes) if nodes.iter().all(|node| matches!(node.value, Value::Mapping(_))) => {
                for node in nodes {
                    self.merge(node, entries);
                }
            }
            Value::Absent => {}
            Value::Sequence(_) | Value::Scalar(_) => {
                let message = "`<<` takes a mapping or a list of mappings".to_owned();
                self.report("wrong_type", node.position, message, "for example `<<: *defaults`");
            }
        }
    }

    fn alias(&mut self, anchor: usize, position: Position) -> Result<Node, Problem> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            let message = "an alias cannot stand inside the value that it repeats".to_owned();
            return Err(Problem::error("recursive_alias", self.file, Some(position), message));
        };
        self.copy(node)
    }

    /// Gives every node of a copy an id of its own.
    fn copy(&mut self, mut node: Node) -> Result<Node, Problem> {
        node.id = self.fresh_id(node.position)?;
        node.value = match node.value {
            Value::Sequence(items) => {
                Value::Sequence(items.into_iter().map(|item| self.copy(item)).collect::<Result<_, _>>()?)
            }
            Value::Mapping(entries) => {
                let copied = entries
                    .into_iter()
                    .map(|entry| Ok(Entry { key: self.copy(entry.key)?, value: self.copy(entry.value)? }));
                Value::Mapping(copied.collect::<Result<_, Problem>>()?)
            }
            value @ (Value::Scalar(_) | Value::Absent) => value,
        };
        Ok(node)
    }

    fn fresh_id(&mut self, position: Position) -> Result<NodeId, Problem> {
        self.next_id += 1;
        if self.next_id > MAX_NODES {
            let message =
                format!("the file has more than {MAX_NODES} values, counting those that aliases repeat");
            return Err(Problem::error("limit", self.file, Some(position), message));
        }
        Ok(self.next_id)
    }

    fn report(&mut self, code: &'static str, position: Position, message: String, help: &str) {
        self.problems.push(Problem::error(code, self.file, Some(position), message).with_help(help));
    }

    fn position(&self, span: Span) -> Position {
        let one_line = span.start.line() == span.end.line();
        let length = if one_line {
            span.end.col().saturating_sub(span.start.col())
        } else {
            let line = self.lines.get(span.start.line().saturating_sub(1)).copied().unwrap_or_default();
            line.trim_end().chars().count().saturating_sub(span.start.col())
        };
        place(span.start.line(), span.start.col(), length)
    }

    /// The variables that the file declares, and which may be meant by `name`.
    fn declared(&self, name: &str) -> String {
        let names = || self.variables.own.keys().map(String::as_str);
        match closest(name, names()) {
            Some(near) => format!("did you mean `${{vars.{near}}}`?"),
            None if self.variables.own.is_empty() => "declare it under `vars`".to_owned(),
            None => format!("the variables with a value are {}", listed(names())),
        }
    }

    /// The place of `spelling` within the value at `position`, if it stands in the value's first line.
    fn find_in_line(&self, spelling: &str, position: Position) -> Position {
        let line = self.lines.get(position.line as usize - 1).copied().unwrap_or_default();
        let skipped: usize = line.chars().take(position.column as usize - 1).map(char::len_utf8).sum();
        match line[skipped..].find(spelling) {
            Some(offset) => {
                let column = line[..skipped + offset].chars().count();
                place(position.line as usize, column, spelling.chars().count())
            }
            None => position,
        }
    }
}

/// A position from the parser's line, counted from 1, and column, counted from 0.
fn place(line: usize, column: usize, length: usize) -> Position {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Position { line: number(line).max(1), column: number(column + 1), length: number(length).max(1) }
}

fn syntax_help(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            "indent with spaces"
        }
        ErrorKind::UnknownAnchor => {
            "an alias such as `*name` repeats a value that is marked `&name` further up"
        }
        _ => {
            "look here and in the lines above for a missing quote, bracket or space; \
                a text that contains `: ` or ` #`, or starts with one of `[{*&!|>%@`, needs quotes"
        }
    }
}
