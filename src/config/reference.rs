//! The reference pages of job and platform files, made from the same schema that editors use.
//!
//! One table of keys per mapping. Written from the types so that it cannot fall behind them.

use std::fmt::Write;

use serde_json::Value;

use super::schema::schema_of;
use super::section::{JobSpec, PlatformSpec};

/// The reference page of job files, as Markdown.
#[must_use]
pub fn job() -> String {
    page(
        &schema_of::<JobSpec>(),
        "Texts, numbers and lists may hold variables of the environment: `${NAME}`, `${NAME:-default}`, \
         `${NAME:?message}`; variables of the job are written `${vars.name}` there and `$name` in SQL. `$$` stands for a \
         dollar. Lengths of time are written `7 days`, shares `70%`.",
    )
}

/// The reference page of platform files, as Markdown.
#[must_use]
pub fn platform() -> String {
    page(
        &schema_of::<PlatformSpec>(),
        "Values may hold variables of the environment: `${NAME}`, `${NAME:-default}`, `${NAME:?message}`; \
         `$$` stands for a dollar. Secrets are references and never stand in the file.",
    )
}

fn page(root: &Value, note: &str) -> String {
    let title = text(root, "title");
    let mut text =
        format!("# {title}\n\n<!-- Generated from the types in src/config/section; do not edit. -->\n\n");
    let _ = writeln!(text, "{}\n\n{note}", self::text(root, "description"));
    let mut page = Page { root, text, described: Vec::new() };
    page.table(root);
    page.sections_below("", root);
    page.text
}

/// A page in the making.
struct Page<'a> {
    root: &'a Value,
    text: String,
    /// Mappings that have a section: one may stand in several places of a file.
    described: Vec<&'a Value>,
}

impl<'a> Page<'a> {
    /// Writes a section for each mapping inside the values of a mapping.
    fn sections_below(&mut self, path: &str, schema: &'a Value) {
        for (key, property) in properties(schema) {
            self.sections(&if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, property);
        }
    }

    /// Writes a section for each mapping with keys of its own in a value.
    fn sections(&mut self, path: &str, schema: &'a Value) {
        let schema = resolve(self.root, schema);
        if let Some(kinds) = kinds(schema) {
            for (kind, content, _) in kinds {
                self.sections(&format!("{path}.{kind}"), content);
            }
        } else if schema["additionalProperties"].is_object() {
            self.sections(&format!("{path}.<name>"), &schema["additionalProperties"]);
        } else if schema["type"] == "array" {
            self.sections(&format!("{path}[]"), &schema["items"]);
        } else if properties(schema).next().is_some()
            && !self.described.iter().any(|known| std::ptr::eq(*known, schema))
        {
            self.described.push(schema);
            let _ = write!(self.text, "\n## `{path}`\n\n{}\n", text(schema, "description"));
            self.table(schema);
            self.sections_below(path, schema);
        }
    }

    /// Writes the table of a mapping's keys, and what the words mean that may be chosen from.
    fn table(&mut self, schema: &Value) {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        self.text.push_str("\n| key | value | | meaning |\n| --- | --- | --- | --- |\n");
        let mut choices = String::new();
        for (key, property) in properties(schema) {
            let need = match &property["default"] {
                _ if required.contains(&key.as_str()) => "required".to_owned(),
                Value::Null => "optional".to_owned(),
                Value::String(default) => format!("default `{default}`"),
                default => format!("default `{default}`"),
            };
            let value = value(self.root, property);
            let meaning = text(property, "description").replace('\n', " ");
            let _ = writeln!(self.text, "| `{key}` | {value} | {need} | {meaning} |");
            for (choice, meaning) in self.choices(property) {
                let _ = writeln!(choices, "- `{key}`: `{choice}`. {meaning}");
            }
        }
        if !choices.is_empty() {
            let _ = write!(self.text, "\n{choices}");
        }
    }

    /// The words or kinds that a value is chosen from, with their meaning.
    fn choices(&self, schema: &'a Value) -> Vec<(&'a str, &'a str)> {
        let mut schema = resolve(self.root, schema);
        while let Some(inner) =
            ["additionalProperties", "items"].into_iter().find(|key| schema[*key].is_object())
        {
            schema = resolve(self.root, &schema[inner]);
        }
        if let Some(kinds) = kinds(schema) {
            return kinds.into_iter().map(|(kind, _, meaning)| (kind, meaning)).collect();
        }
        let words = schema["oneOf"].as_array().into_iter().flatten();
        words.map(|word| (text(word, "const"), text(word, "description"))).collect()
    }
}

/// What a value looks like, for the second column.
fn value(root: &Value, schema: &Value) -> String {
    let schema = resolve(root, schema);
    if let Some(title) = schema["title"].as_str() {
        return title.to_owned();
    }
    if let Some(kinds) = kinds(schema) {
        let kinds: Vec<String> = kinds.iter().map(|(kind, ..)| format!("`{kind}`")).collect();
        return format!("mapping with one key: {}", kinds.join(", "));
    }
    if let Some(words) = schema["oneOf"].as_array() {
        let words: Vec<String> = words.iter().map(|word| format!("`{}`", text(word, "const"))).collect();
        return words.join(", ");
    }
    if schema["additionalProperties"].is_object() {
        return format!("by name: {}", value(root, &schema["additionalProperties"]));
    }
    let name = match &schema["type"] {
        Value::Array(types) => types[0].as_str(),
        other => other.as_str(),
    };
    match name {
        Some("array") => format!("list: {}", value(root, &schema["items"])),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("number") => "number".to_owned(),
        Some("object") => "mapping".to_owned(),
        _ => "text".to_owned(),
    }
}

/// Follows references, and leaves out that an optional value may be null.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return resolve(root, &root["$defs"][name]);
    }
    match schema["anyOf"].as_array().map(Vec::as_slice) {
        Some([value, null]) if null["type"] == "null" => resolve(root, value),
        _ => schema,
    }
}

/// The kinds of an externally tagged choice (`success: { yes_no: … }`), what belongs to each, and its meaning.
fn kinds(schema: &Value) -> Option<Vec<(&str, &Value, &str)>> {
    let choices = schema["oneOf"].as_array()?;
    choices
        .iter()
        .map(|choice| {
            let (kind, content) = choice["properties"].as_object()?.iter().next()?;
            Some((kind.as_str(), content, text(choice, "description")))
        })
        .collect()
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

/// A text of a schema, empty when it has none.
fn text<'a>(schema: &'a Value, key: &str) -> &'a str {
    schema[key].as_str().unwrap_or_default()
}
