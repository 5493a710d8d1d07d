//! The JSON Schema of job and platform files, made from the types that decode them.
//!
//! Editors complete and check YAML with it. It cannot express everything that a run checks, for
//! example whether names resolve, and it asks for quotes where a run does not: a text that looks like
//! a number, a number that comes from a variable.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::section::{JobSpec, PlatformSpec};

/// The schema of job files, as pretty JSON with a final line break.
#[must_use]
pub fn job() -> String {
    pretty(&schema_of::<JobSpec>())
}

/// The schema of platform files, as pretty JSON with a final line break.
#[must_use]
pub fn platform() -> String {
    pretty(&schema_of::<PlatformSpec>())
}

/// The schema of a type, as JSON.
pub(super) fn schema_of<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    Value::from(generator.into_root_schema_for::<T>())
}

/// What the key `key` of the struct called `container` means, from its documentation.
pub(super) fn meaning(container: &str, key: &str) -> Option<String> {
    [("JobSpec", schema_of::<JobSpec>()), ("PlatformSpec", schema_of::<PlatformSpec>())].iter().find_map(
        |(name, root)| {
            let object = if *name == container { root } else { &root["$defs"][container] };
            let description = object["properties"][key]["description"].as_str()?;
            Some(format!("`{key}`: {}", description.replace('\n', " ")))
        },
    )
}

fn pretty(schema: &Value) -> String {
    format!("{schema:#}\n")
}
