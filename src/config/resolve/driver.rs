//! Checks of drivers, whatever the kind of their model.

use super::checker::Checker;
use crate::config::job::Driver;
use crate::config::section::{DriverSpec, ResponseDriverSpec, Text};
use crate::config::yaml::Located;
use crate::domain::{Party, Role};

/// What the job says about a driver, apart from its role.
pub(super) struct Stated<'a> {
    label: Option<&'a Located<Text>>,
    party: Option<&'a Located<Party>>,
    about: Option<&'a Located<String>>,
    group: Option<&'a Located<String>>,
    per: Option<&'a Located<f64>>,
    unit: Option<&'a Located<Text>>,
}

/// Both kinds of drivers say the same about themselves.
macro_rules! stated {
    ($($spec:ident)+) => {
        $(impl<'a> From<&'a $spec> for Stated<'a> {
            fn from(spec: &'a $spec) -> Self {
                Self {
                    label: spec.label.as_ref(),
                    party: spec.party.as_ref(),
                    about: spec.about.as_ref(),
                    group: spec.group.as_ref(),
                    per: spec.per.as_ref(),
                    unit: spec.unit.as_ref(),
                }
            }
        })+
    };
}

stated!(DriverSpec ResponseDriverSpec);

/// Checks one driver; its role is `None` if a problem with it is reported.
pub(super) fn driver(
    checker: &mut Checker<'_>,
    name: &Located<String>,
    role: Option<Role>,
    spec: &Stated<'_>,
) -> Option<Driver> {
    let label = checker.label(spec.label, &name.value);
    let about = checker.optional(spec.about);
    let group = checker.optional(spec.group);
    let unit = spec.unit.map(|unit| checker.text(unit));
    if let Some(per) = spec.per
        && per.value <= 0.0
    {
        let message = format!("`per` must be above 0, got {}", per.value);
        let help = "give the change that the effect is stated for, for example `per: 5` for 5 °C";
        checker.error("out_of_range", per.position, message, help);
    }
    Some(Driver {
        name: name.value.clone(),
        label: label?,
        party: spec.party.map(|party| party.value),
        about: about?,
        role: role?,
        group: group?.unwrap_or_else(|| name.value.clone()),
        per: spec.per.map(|per| per.value),
        unit: match unit {
            Some(unit) => Some(unit?),
            None => None,
        },
    })
}
