//! What a suggestion's texts need to know, written out in one language.

use crate::config::job::Job;
use crate::domain::{Action, Gate, Language, Party};
use crate::models::result::{Finding, GateVerdict};

use super::candidate::{Candidate, Cell, Fitted, Subject};
use super::experiment::TestDesign;
use super::trial::Trial;
use super::wording::advice::{DriverFacts, Facts, KeepFacts, ShareFacts, TrialFacts};
use super::wording::number::{self, Sign};
use super::wording::quantity::Unit;
use super::wording::{date, gate, label};

/// Facts of advice about a driver, with the test that is due for it.
pub(super) fn of_candidate(
    job: &Job,
    candidate: &Candidate<'_>,
    trial: Option<&Trial>,
    language: Language,
) -> Facts {
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
        test: trial.map(|trial| trial_facts(job, subject, trial, &unit, language)),
        too_few: if matches!(subject.fitted, Fitted::Outcome(..)) { "cases" } else { "history" },
        review: review(subject.gate, language),
    };
    match (candidate.action == Action::Watch, effect.party) {
        (true, Party::First) => Facts::Notice(facts),
        (true, Party::Third) => Facts::Watch(facts),
        (false, _) => Facts::Test(facts),
    }
}

fn trial_facts(
    job: &Job,
    subject: Subject<'_>,
    trial: &Trial,
    unit: &Unit,
    language: Language,
) -> TrialFacts {
    let amount = |value: f64| unit.write_short(value.abs(), 2, Sign::Never, language);
    let counts = subject.unit.is_none();
    let total = |value: f64| match counts {
        true if value.abs() < 0.5 => None,
        true => Some(number::decimal(value.abs(), 0, Sign::Never, language)),
        false => Some(amount(value)),
    };
    let is_one = |value: f64| (0.5..1.5).contains(&value.abs());
    let power = |power: f64| number::percent(power, 0, Sign::Negative, language);
    let duration = |periods: usize| date::periods(periods as u64, job.calendar.period, language);
    match trial {
        Trial::Cases { test, wait } => TrialFacts {
            design: TestDesign::Cases.as_str(),
            one_in: number::decimal((1.0 / test.share).round(), 0, Sign::Never, language),
            treated: number::count(test.treated, language),
            others: number::count(test.treated + test.comparison, language),
            duration: duration(test.periods),
            wait: wait.map(|wait| date::span(wait, language)),
            expected: amount(test.expected),
            detectable: test.detectable.map(amount),
            power: power(test.power),
            is_weak: test.is_underpowered,
            total: total(test.expected_in_all()),
            counts,
            is_one: is_one(test.expected_in_all()),
            more: test.expected > 0.0,
        },
        Trial::Units(test) => TrialFacts {
            design: test.design.as_str(),
            one_in: String::new(),
            treated: test.treated.join(", "),
            others: test.comparison.join(", "),
            duration: duration(test.periods),
            wait: None,
            expected: amount(test.expected_effect),
            detectable: Some(amount(test.detectable_effect)),
            power: power(test.power),
            is_weak: test.is_underpowered,
            total: total(test.expected_effect),
            counts,
            is_one: is_one(test.expected_effect),
            more: test.expected_effect > 0.0,
        },
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
