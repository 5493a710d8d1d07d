//! `${VAR}`, `${VAR:-default}`, `${VAR:?message}`, `${vars.name}` and `$$` in scalars.
//!
//! Works on parsed scalars, never on raw text, so that the value of a variable cannot inject YAML.
//! Only `${` and `$$` mean something: `$start` in a SQL text stays as it is.

use std::collections::BTreeMap;

/// Before the name of a job's own variable.
const OWN: &str = "vars.";

/// What variables stand for.
#[derive(Clone, Copy)]
pub(crate) struct Variables<'a> {
    /// Looks up a variable of the environment; `None` when it is not set.
    pub(crate) environment: &'a dyn Fn(&str) -> Option<String>,
    /// The file's own variables with their values, for `${vars.name}`.
    pub(crate) own: &'a BTreeMap<String, String>,
}

impl Variables<'_> {
    fn value(&self, name: &str) -> Option<String> {
        match name.strip_prefix(OWN) {
            Some(own) => self.own.get(own).cloned(),
            None => (self.environment)(name),
        }
    }
}

/// Whether `text` may read variables of its own.
pub(crate) fn reads_own(text: &str) -> bool {
    text.contains("${vars.")
}

/// Why a scalar cannot be completed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VariableError {
    /// A variable without default is not set.
    #[error("the variable `{name}` is not set{}", message.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    NotSet {
        /// The variable.
        name: String,
        /// What the author says about it.
        message: Option<String>,
    },
    /// There is no such variable of the file's own.
    #[error("the job has no variable `{0}`")]
    Undeclared(String),
    /// `${` is not followed by a name, or `}` is missing.
    #[error("`{0}` is not a variable")]
    Malformed(String),
}

/// Replaces the variables of `text`; `None` when there are none.
///
/// # Errors
///
/// [`VariableError`] for the first variable that is missing or malformed, together with its spelling.
pub(crate) fn interpolate(
    text: &str,
    variables: Variables<'_>,
) -> Result<Option<String>, (VariableError, String)> {
    if !text.contains("${") && !text.contains("$$") {
        return Ok(None);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        let (before, dollar) = rest.split_at(start);
        result.push_str(before);
        if let Some(after) = dollar.strip_prefix("$$") {
            result.push('$');
            rest = after;
        } else if let Some(after) = dollar.strip_prefix("${") {
            let Some(length) = after.find('}') else {
                let spelling = dollar.to_owned();
                return Err((VariableError::Malformed(spelling.clone()), spelling));
            };
            let value = replacement(&after[..length], variables)
                .map_err(|error| (error, dollar[..length + 3].to_owned()))?;
            result.push_str(&value);
            rest = &after[length + 1..];
        } else {
            result.push('$');
            rest = &dollar[1..];
        }
    }
    result.push_str(rest);
    Ok(Some(result))
}

/// The text for what stands between `${` and `}`. As in a shell, `:-` and `:?` treat an empty
/// variable like one that is not set.
fn replacement(inner: &str, variables: Variables<'_>) -> Result<String, VariableError> {
    let (name, alternative) = match inner.split_once(':') {
        Some((name, alternative)) => (name, Some(alternative)),
        None => (inner, None),
    };
    let mut characters = name.strip_prefix(OWN).unwrap_or(name).chars();
    let starts_well = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if !starts_well || !characters.all(|next| next.is_ascii_alphanumeric() || next == '_') {
        return Err(VariableError::Malformed(format!("${{{inner}}}")));
    }
    let value = variables.value(name);
    if let (None, Some(own)) = (&value, name.strip_prefix(OWN)) {
        return Err(VariableError::Undeclared(own.to_owned()));
    }
    let Some(alternative) = alternative else {
        return value.ok_or_else(|| VariableError::NotSet { name: name.to_owned(), message: None });
    };
    let value = value.filter(|value| !value.is_empty());
    if let Some(default) = alternative.strip_prefix('-') {
        Ok(value.unwrap_or_else(|| default.to_owned()))
    } else if let Some(message) = alternative.strip_prefix('?') {
        let message = Some(message.trim().to_owned()).filter(|message| !message.is_empty());
        value.ok_or_else(|| VariableError::NotSet { name: name.to_owned(), message })
    } else {
        Err(VariableError::Malformed(format!("${{{inner}}}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            "SET" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            "YAML" => Some("a: [b".to_owned()),
            _ => None,
        }
    }

    fn replaced(text: &str) -> Result<Option<String>, (VariableError, String)> {
        let own = BTreeMap::from([("margin".to_owned(), "0.35".to_owned())]);
        interpolate(text, Variables { environment: &environment, own: &own })
    }

    #[test]
    fn every_form_is_replaced() {
        for (text, expected) in [
            ("${SET}", "value"),
            ("a ${SET} b ${SET}", "a value b value"),
            ("${UNSET:-default}", "default"),
            ("${UNSET:-}", ""),
            ("${EMPTY:-default}", "default"),
            ("${EMPTY}", ""),
            ("${SET:?message}", "value"),
            ("$${SET}", "${SET}"),
            ("costs 5$$", "costs 5$"),
            ("${YAML}", "a: [b"),
            ("ä${SET}ö", "ävalueö"),
            ("${vars.margin} of ${SET}", "0.35 of value"),
        ] {
            assert_eq!(replaced(text), Ok(Some(expected.to_owned())), "{text}");
        }
    }

    #[test]
    fn sql_parameters_and_single_dollars_survive() {
        for text in ["select 1 where day < $start", "$", "5 $ a day", "$end and $as_of"] {
            assert_eq!(replaced(text), Ok(None), "{text}");
        }
        let mixed = replaced("day < $start and name = '${SET}'");
        assert_eq!(mixed, Ok(Some("day < $start and name = 'value'".to_owned())));
    }

    #[test]
    fn missing_variables_are_named_with_the_authors_message() {
        let (error, spelling) = replaced("x/${UNSET:?say where}/y").unwrap_err();
        assert_eq!(error.to_string(), "the variable `UNSET` is not set: say where");
        assert_eq!(spelling, "${UNSET:?say where}");
        let (error, spelling) = replaced("a ${vars.margn}").unwrap_err();
        assert_eq!(error, VariableError::Undeclared("margn".to_owned()));
        assert_eq!(spelling, "${vars.margn}");
        let (error, _) = replaced("${UNSET}").unwrap_err();
        assert_eq!(error.to_string(), "the variable `UNSET` is not set");
    }

    #[test]
    fn malformed_variables_are_refused() {
        for text in
            ["${", "${SET", "${}", "${1A}", "${a b}", "${SET:=x}", "${SET:}", "${vars.}", "${vars.a.b}"]
        {
            let error = replaced(text);
            assert!(matches!(error, Err((VariableError::Malformed(_), _))), "{text}: {error:?}");
        }
    }
}
