//! What a job file is completed with from outside: variables of the environment, and values of its own variables.

use std::collections::BTreeMap;

/// Where the environment holds values of a job's own variables: `TRICHTER_VAR_<name>`.
const PREFIX: &str = "TRICHTER_VAR_";

/// What comes from outside of a job file.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The value of a variable of the environment, if it is set.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// Values for the job's own variables, by name. They win over the environment.
    pub vars: &'a BTreeMap<String, String>,
}

static NO_VARS: BTreeMap<String, String> = BTreeMap::new();

impl Default for Inputs<'_> {
    /// Nothing at all.
    fn default() -> Self {
        Self { environment: &|_| None, vars: &NO_VARS }
    }
}

impl Inputs<'_> {
    /// The value that is set for the job's variable `name`, with what people set it by.
    pub(super) fn var(&self, name: &str) -> Option<(String, String)> {
        if let Some(value) = self.vars.get(name) {
            return Some((value.clone(), format!("--var {name}")));
        }
        let variable = format!("{PREFIX}{name}");
        (self.environment)(&variable).map(|value| (value, variable))
    }

    /// How people set the job's variable `name`.
    pub(super) fn how_to_set(name: &str) -> String {
        format!("`--var {name}=…` or the environment variable `{PREFIX}{name}`")
    }
}
