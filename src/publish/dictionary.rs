//! The data dictionary: the registry for people, and as JSON for tools.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::registry::{self, Current, TableDef, TableKind};

/// The data dictionary as Markdown, kept in `docs/reference/tables.md`.
#[must_use]
pub fn dictionary_markdown() -> String {
    let mut text = String::from(INTRODUCTION);
    for table in registry::TABLES {
        let name = table.name;
        let _ = writeln!(text, "| [`{name}`](#{name}) | {} |", escape(table.grain));
    }
    for table in registry::TABLES {
        describe(&mut text, table);
    }
    text
}

/// The data dictionary as JSON: `{ "tables": [ { "table", "grain", "meaning", "key", "columns" } ] }`.
#[must_use]
pub fn dictionary_json() -> Value {
    let tables: Vec<Value> = registry::TABLES.iter().map(|table| json!(table.schema())).collect();
    json!({ "tables": tables })
}

fn describe(text: &mut String, table: &TableDef) {
    let key = table.key.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n## {}\n\n{}\n", table.name, table.meaning);
    let _ = writeln!(text, "One row per {}. Key: {key}.", table.grain);
    if table.current == Current::EveryPeriod {
        text.push_str("`current/` keeps the periods of earlier publications.\n");
    }
    if table.kind == TableKind::Run {
        text.push_str("Differs from run to run.\n");
    }
    text.push_str("\n| column | type | missing | unit | meaning |\n| --- | --- | --- | --- | --- |\n");
    for column in table.columns {
        let missing = if column.nullable { "yes" } else { "" };
        let unit = column.unit.unwrap_or_default();
        let meaning = escape(column.meaning);
        let _ =
            writeln!(text, "| `{}` | {} | {missing} | {unit} | {meaning} |", column.name, column.data_type);
    }
}

/// A pipe ends a cell of a Markdown table.
fn escape(text: &str) -> String {
    text.replace('|', "\\|")
}

const INTRODUCTION: &str = "\
# Output tables

Written by `trichter schema tables --format markdown`; do not edit.

Every table below is written by every run, with no rows if there is nothing to say. All of them are
in `current/<table>/part-0.parquet` (newest), `history/<table>/<as_of>/part-0.parquet` (every window)
and, all of one run together, in the files that `_trichter/publication.json` lists. The job's own
tables (`store: keep` or `publish`) are in `tables/<table>/<period>/part-0.parquet`.

Shares and rates lie between 0 and 1. Instants are UTC. A value that is undefined is NULL, never NaN
or infinity. Rows are ordered by key.

| table | one row per |
| --- | --- |
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_dictionary_is_fresh() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/tables.md");
        let kept = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            kept == dictionary_markdown(),
            "docs/reference/tables.md is stale: run `trichter schema tables --format markdown > docs/reference/tables.md`"
        );
    }

    #[test]
    fn the_json_form_has_every_table_with_its_columns() {
        let value = dictionary_json();
        let tables = value["tables"].as_array().expect("tables");
        assert_eq!(tables.len(), registry::TABLES.len());
        assert_eq!(tables[0]["columns"][0]["name"], "job");
        assert_eq!(tables[0]["columns"][0]["type"], "string");
    }
}
