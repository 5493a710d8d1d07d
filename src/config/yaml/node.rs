//! The located tree: YAML after parsing, with a position for every key and value.
//!
//! serde's own value types lose positions, spelling and quoting. All three are needed here:
//! `region: 049` must stay text, `"5"` must not become a number, and problems need a place.

use crate::config::diagnostic::Position;
use crate::config::job::Positions;

/// Identifies a node within its tree, so that decoding can leave single nodes out.
pub(crate) type NodeId = u32;

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Unique within the tree, also among copies that an alias made.
    pub(crate) id: NodeId,
    /// Where the value starts; a block mapping starts at its first key.
    pub(crate) position: Position,
    /// The value.
    pub(crate) value: Value,
}

/// A YAML value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A single value.
    Scalar(Scalar),
    /// `[a, b]`
    Sequence(Vec<Node>),
    /// `{ a: b }`; keys are scalars and unique.
    Mapping(Vec<Entry>),
    /// A problem with this value has been reported; nothing may be concluded from it.
    Absent,
}

/// One key of a mapping with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The key, a scalar.
    pub(crate) key: Node,
    /// The value.
    pub(crate) value: Node,
}

/// A scalar with what its spelling tells.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    /// The text after escapes and variables.
    pub(crate) text: String,
    /// Written without quotes, or made from a variable: may be read as a number or a boolean.
    pub(crate) plain: bool,
    /// Made from a variable: the text may be private and stays out of messages.
    pub(crate) from_variable: bool,
}

impl Scalar {
    /// True for `null`, `~` and nothing at all.
    pub(crate) fn is_null(&self) -> bool {
        self.plain && !self.from_variable && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// The text of a scalar, or nothing for other values.
    pub(crate) fn text(&self) -> &str {
        match &self.value {
            Value::Scalar(scalar) => &scalar.text,
            Value::Sequence(_) | Value::Mapping(_) | Value::Absent => "",
        }
    }

    /// The value of a key; `None` if there is no such key, or this is no mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Mapping(entries) => {
                entries.iter().find(|entry| entry.key.text() == key).map(|entry| &entry.value)
            }
            Value::Scalar(_) | Value::Sequence(_) | Value::Absent => None,
        }
    }

    /// What the value is, as people would say it: completes "found …".
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Scalar(scalar) if scalar.is_null() => "nothing".to_owned(),
            Value::Scalar(scalar) if scalar.from_variable => "another text in the variable".to_owned(),
            Value::Scalar(scalar) => format!("`{}`", shortened(&scalar.text)),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(entries) => match entries.first() {
                Some(entry) => format!("a mapping with the key `{}`", shortened(entry.key.text())),
                None => "an empty mapping".to_owned(),
            },
            Value::Absent => "a value with a problem".to_owned(),
        }
    }

    /// Remembers where every value below this one stands, by its path.
    pub(crate) fn positions(&self) -> Positions {
        let mut positions = Positions::default();
        self.collect("", &mut positions);
        positions
    }

    /// Whether some value below is missing because of a problem that was reported.
    pub(crate) fn has_gap(&self) -> bool {
        match &self.value {
            Value::Scalar(_) => false,
            Value::Absent => true,
            Value::Sequence(items) => items.iter().any(Self::has_gap),
            Value::Mapping(entries) => entries.iter().any(|entry| entry.value.has_gap()),
        }
    }

    /// Adds the place of every scalar value.
    #[cfg(test)]
    pub(crate) fn scalars(&self, found: &mut Vec<Position>) {
        match &self.value {
            Value::Scalar(_) => found.push(self.position),
            Value::Sequence(items) => items.iter().for_each(|item| item.scalars(found)),
            Value::Mapping(entries) => entries.iter().for_each(|entry| entry.value.scalars(found)),
            Value::Absent => {}
        }
    }

    fn collect(&self, path: &str, positions: &mut Positions) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match &self.value {
            Value::Mapping(entries) => {
                for entry in entries {
                    let path = below(entry.key.text());
                    // A scalar is what one wants to see underlined; a larger value is found by its key.
                    let place = match entry.value.value {
                        Value::Scalar(_) => entry.value.position,
                        Value::Sequence(_) | Value::Mapping(_) | Value::Absent => entry.key.position,
                    };
                    positions.insert(path.clone(), place);
                    entry.value.collect(&path, positions);
                }
            }
            Value::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = below(&index.to_string());
                    positions.insert(path.clone(), item.position);
                    item.collect(&path, positions);
                }
            }
            Value::Scalar(_) | Value::Absent => {}
        }
    }
}

/// Cuts a text that would make a message unreadable.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 40 || line.len() < text.trim_end().len() {
        format!("{}…", line.chars().take(40).collect::<String>())
    } else {
        line.to_owned()
    }
}
