//! What can go wrong while a struct is filled from the tree.
//!
//! serde knows only a message. Here an error also knows its place and which part of the tree to
//! leave out when decoding starts again.

use std::fmt::Display;
use std::path::Path;

use serde::de;

use super::faults::Fault;
use super::node::Node;
use super::suggest::{closest, listed};
use crate::config::diagnostic::{Position, Problem};

/// What the language knows about its keys beyond their names; by Rust name of the struct and key.
#[derive(Clone, Copy)]
pub(crate) struct Hints {
    /// What to use instead of a key that is agreed on but not built yet.
    pub(crate) instead_of: fn(&str, &str) -> Option<&'static str>,
    /// What a key means.
    pub(crate) meaning: fn(&str, &str) -> Option<String>,
}

/// An error with its place.
#[derive(Debug)]
pub(crate) struct DecodeError {
    kind: Kind,
    position: Option<Position>,
    /// Places to leave out when decoding starts again; empty while the error has no place.
    faults: Vec<Fault>,
}

#[derive(Debug)]
enum Kind {
    UnknownKey {
        key: String,
        known: &'static [&'static str],
        container: Option<&'static str>,
    },
    UnknownWord {
        word: String,
        known: &'static [&'static str],
        container: Option<&'static str>,
        is_key: bool,
    },
    MissingKey {
        key: &'static str,
        container: Option<&'static str>,
    },
    WrongType {
        message: String,
        help: Option<String>,
    },
    WrongValue(String),
    /// What was expected; what was found is known where the error gets its place.
    Expected(String),
}

impl DecodeError {
    /// The value has another type than the wanted one.
    pub(crate) fn wrong_type(expected: &str, found: &str) -> Self {
        Self::new(Kind::WrongType { message: format!("expected {expected}, found {found}"), help: None })
    }

    /// Adds what to do to an error about a type.
    pub(crate) fn with_help(mut self, text: impl Into<String>) -> Self {
        if let Kind::WrongType { help, .. } = &mut self.kind {
            *help = Some(text.into());
        }
        self
    }

    fn new(kind: Kind) -> Self {
        Self { kind, position: None, faults: Vec::new() }
    }

    /// Gives the error its place unless it has one already: the innermost place wins.
    pub(crate) fn at(mut self, position: Option<Position>, fault: Fault) -> Self {
        if self.faults.is_empty() {
            self.position = position;
            self.faults.push(fault);
        }
        self
    }

    /// Says what was found where something else was expected.
    pub(crate) fn found(mut self, node: &Node) -> Self {
        if let Kind::Expected(expected) = &self.kind {
            self.kind = Kind::WrongValue(format!("expected {expected}, found {}", node.describe()));
        }
        self
    }

    /// Says that an unknown word is a key.
    pub(crate) fn about_key(mut self) -> Self {
        if let Kind::UnknownWord { is_key, .. } = &mut self.kind {
            *is_key = true;
        }
        self
    }

    /// Says in which struct or set of words a name was not found.
    pub(crate) fn within(mut self, name: &'static str) -> Self {
        match &mut self.kind {
            Kind::UnknownKey { container, .. }
            | Kind::UnknownWord { container, .. }
            | Kind::MissingKey { container, .. } => {
                container.get_or_insert(name);
            }
            Kind::WrongType { .. } | Kind::WrongValue(_) | Kind::Expected(_) => {}
        }
        self
    }

    /// True when the error knows its struct or set of words: it comes from further inside.
    pub(crate) fn is_within(&self) -> bool {
        matches!(
            self.kind,
            Kind::UnknownKey { container: Some(_), .. }
                | Kind::UnknownWord { container: Some(_), .. }
                | Kind::MissingKey { container: Some(_), .. }
        )
    }

    /// The key that is missing, if that is the error and it has no place yet.
    pub(crate) fn missing_key(&self) -> Option<&'static str> {
        match self.kind {
            Kind::MissingKey { key, .. } if self.faults.is_empty() => Some(key),
            _ => None,
        }
    }

    /// The key that an unknown one was probably meant to be.
    pub(crate) fn near_key(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::UnknownKey { key, known, .. } => closest(key, known.iter().copied()),
            _ => None,
        }
    }

    /// Leaves out one more place.
    pub(crate) fn and(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// What to leave out when decoding starts again.
    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The problem to show.
    pub(crate) fn into_problem(self, file: &Path, hints: Hints) -> Problem {
        let (code, message, help) = match self.kind {
            Kind::UnknownKey { key, known, container } => unknown("key", &key, known, container, hints),
            Kind::UnknownWord { word, known, container, is_key } => {
                unknown(if is_key { "key" } else { "value" }, &word, known, container, hints)
            }
            Kind::MissingKey { key, container } => {
                let meaning = container.and_then(|container| (hints.meaning)(container, key));
                ("missing_key", format!("the key `{key}` is missing"), meaning)
            }
            Kind::WrongType { message, help } => ("wrong_type", message, help),
            Kind::WrongValue(message) => ("wrong_value", message, None),
            Kind::Expected(expected) => ("wrong_value", format!("expected {expected}"), None),
        };
        let mut problem = Problem::error(code, file, self.position, message);
        problem.help = help;
        problem
    }
}

/// Code, message and help for a name that is not known where it stands.
fn unknown(
    what: &'static str,
    word: &str,
    known: &'static [&'static str],
    container: Option<&'static str>,
    hints: Hints,
) -> (&'static str, String, Option<String>) {
    if let Some(instead) = container.and_then(|container| (hints.instead_of)(container, word)) {
        return ("not_available", format!("`{word}` is not available yet"), Some(instead.to_owned()));
    }
    let code = if what == "key" { "unknown_key" } else { "unknown_value" };
    let possible = if known.is_empty() {
        "no key is possible here".to_owned()
    } else {
        format!("possible here: {}", listed(known.iter().copied()))
    };
    let help = match closest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {possible}"),
        None => possible,
    };
    (code, format!("unknown {what} `{word}`"), Some(help))
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Kind::WrongValue(message.to_string()))
    }

    /// What serde calls unexpected may hold the value of a variable, so it stays out of the message.
    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(Kind::Expected(expected.to_string()))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownKey { key: field.to_owned(), known: expected, container: None })
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownWord {
            word: variant.to_owned(),
            known: expected,
            container: None,
            is_key: false,
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Kind::MissingKey { key: field, container: None })
    }
}
