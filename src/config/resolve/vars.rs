//! Checks of `vars`, and of what is set from outside.

use super::checker::Checker;
use crate::config::diagnostic::Position;
use crate::config::inputs::Inputs;
use crate::config::job::Var;
use crate::config::section::VarSpec;
use crate::config::yaml::{Entries, Located, closest, listed};
use crate::domain::DataType;

/// Parameters that every query has.
const BUILT_IN: [&str; 3] = ["start", "end", "as_of"];

/// Checks every variable and gives it its value; `None` if a problem is reported.
pub(super) fn vars(
    checker: &mut Checker<'_>,
    specs: &Entries<VarSpec>,
    inputs: &Inputs<'_>,
) -> Option<Vec<Var>> {
    let known = specs.known();
    for name in inputs.vars.keys() {
        if let Some(known) = &known
            && !known.contains(&name.as_str())
        {
            let help = match closest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "declare it under `vars`, or leave `--var` out".to_owned(),
                None => format!("the job declares {}", listed(known.iter().copied())),
            };
            checker.file_error("unknown_var", format!("the job has no variable `{name}`"), help);
        }
    }
    let vars: Vec<Option<Var>> = specs.iter().map(|(name, spec)| var(checker, name, spec, inputs)).collect();
    vars.into_iter().collect()
}

fn var(
    checker: &mut Checker<'_>,
    name: &Located<String>,
    spec: &VarSpec,
    inputs: &Inputs<'_>,
) -> Option<Var> {
    checker.name(name);
    checker.optional(spec.about.as_ref());
    if BUILT_IN.contains(&name.value.as_str()) {
        let message = format!("`${}` is a day of the run's window", name.value);
        checker.error("reserved_name", name.position, message, "choose another name");
        return None;
    }
    let data_type = spec.data_type.get()?.value.0;
    let default = match &spec.default {
        Some(default) => Some(value(checker, data_type, default.position, &default.value)?),
        None => None,
    };
    let value = match inputs.var(&name.value) {
        None => default.or_else(|| {
            let message = format!("the variable `{}` has no value", name.value);
            let help = format!("give it a `default`, or set it with {}", Inputs::how_to_set(&name.value));
            checker.error("var_not_set", name.position, message, help);
            None
        })?,
        Some((text, place)) => {
            let canonical = Var::canonical(data_type, &text);
            if canonical.is_none() {
                let message = format!("`{place}` must be {}, got `{text}`", article(data_type));
                checker.error("invalid_value", name.position, message, example(data_type));
            }
            canonical?
        }
    };
    Some(Var { name: name.value.clone(), data_type, value })
}

fn value(checker: &mut Checker<'_>, data_type: DataType, position: Position, text: &str) -> Option<String> {
    let canonical = Var::canonical(data_type, text);
    if canonical.is_none() {
        let message = format!("the default must be {}, got `{text}`", article(data_type));
        checker.error("invalid_value", position, message, example(data_type));
    }
    canonical
}

fn article(data_type: DataType) -> String {
    let article = if data_type == DataType::Integer { "an" } else { "a" };
    format!("{article} {data_type}")
}

/// What a value of the type looks like.
fn example(data_type: DataType) -> String {
    match data_type {
        DataType::String => "write any text".to_owned(),
        DataType::Boolean => "write `true` or `false`".to_owned(),
        DataType::Integer | DataType::Bigint => "write a whole number such as `12`".to_owned(),
        DataType::Double => "write a number such as `0.35`".to_owned(),
        DataType::Date => "write a day such as `2024-01-31`".to_owned(),
        DataType::Timestamp => "write an instant with its zone such as `2024-01-31T08:00:00Z`".to_owned(),
        DataType::Decimal { precision, scale } => format!(
            "write a number with at most {} digits before the point and {scale} after it",
            i16::from(precision) - i16::from(scale)
        ),
    }
}
