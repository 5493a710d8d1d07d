//! What a suggestion's texts need to know, written out in one language.

use crate::config::job::Job;
use crate::domain::{Action, Gate, Language, Party};
use crate::models::result::{Finding, GateVerdict};

use super::candidate::{Candidate, Cell, Subject};
use super::wording::advice::{DriverFacts, Facts, KeepFacts, ShareFacts};
use super::wording::number::{self, Sign};
use super::wording::quantity::Unit;
use super::wording::{gate, label};

/// Facts of advice about a driver.
pub(super) fn of_candidate(job: &Job, candidate: &Candidate<'_>, language: Language) -> Facts {
    let Candidate { driver, effect, cell, expected, .. } = candidate;
    let subject = candidate.subject;
    let unit = Unit::of_outcome(subject.unit, Some(subject.kpi), &job.currency, language);
    let size = unit.interval(expected.value, expected.lower, expected.upper, expected.level, language);
    let change_unit = Unit::of_change(driver.unit.as_ref().map(|unit| unit.get(language)), &job.currency);
    let write_change = |sign: Sign| match cell {
        Cell::Change(change) => Some(change_unit.write_short(*change, 3, sign, language)),
        Cell::Level { .. } => None,
    };
    let (level, against) = match cell {
        Cell::Level { level, against } => {
            (Some(label::level(level, language)), Some(label::level(against, language)))
        }
        Cell::Change(_) => (None, None),
    };
    let facts = DriverFacts {
        model: label::sentence_start(subject.label.get(language)),
        driver: driver.label.get(language).to_owned(),
        signed_change: write_change(Sign::Always),
        change: write_change(Sign::Never),
        upward: matches!(cell, Cell::Change(change) if *change > 0.0),
        typical: driver.per.is_none(),
        level,
        against,
        amount: size.amount,
        signed: size.signed,
        higher: size.higher,
        near: size.near,
        far: size.far,
        interval_level: size.level,
        share: share(subject, &driver.name, language),
        evidence: effect.evidence.as_str(),
        review: review(subject.gate, language),
    };
    match (candidate.action == Action::Watch, effect.party) {
        (true, Party::First) => Facts::Notice(facts),
        (true, Party::Third) => Facts::Watch(facts),
        (false, _) => Facts::Test(facts),
    }
}

/// Facts of a general `keep`.
pub(super) fn of_keep(subject: Subject<'_>, language: Language) -> Facts {
    let found = |name: &str, findings: &[Finding]| {
        subject.effects.iter().any(|effect| effect.driver == name && findings.contains(&effect.finding))
    };
    let count =
        |wanted: &dyn Fn(&str) -> bool| subject.drivers.iter().filter(|driver| wanted(&driver.name)).count();
    let in_model = [Finding::Effect, Finding::NoEvidence];
    let facts = KeepFacts {
        model: label::sentence_start(subject.label.get(language)),
        drivers: subject.drivers.len(),
        unclear: count(&|name| found(name, &in_model)),
        left_out: count(&|name| !found(name, &in_model)),
        review: review(subject.gate, language),
        reasons: gate::reasons(subject.gate, language).join(" "),
    };
    match subject.gate.gate {
        Gate::Withheld => Facts::Withheld(facts),
        Gate::Trusted | Gate::Review => Facts::Open(facts),
    }
}

/// Why the model is under review, if it is.
fn review(verdict: &GateVerdict, language: Language) -> Option<String> {
    (verdict.gate == Gate::Review).then(|| gate::reasons(verdict, language).join(" "))
}

fn share(subject: Subject<'_>, driver: &str, language: Language) -> Option<ShareFacts> {
    let group = subject.importance.iter().find(|group| group.drivers.iter().any(|name| name == driver))?;
    let value = group.share.value;
    value.is_finite().then(|| ShareFacts {
        percent: number::percent(value, i32::from(value < 0.01), Sign::Negative, language),
        rank: group.rank,
        groups: subject.importance.len(),
        group: (group.drivers.len() > 1).then(|| group.group.clone()),
    })
}
