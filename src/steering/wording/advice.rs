//! Puts advice into words: the facts of one suggestion, and the templates that they fill.
//!
//! Templates are embedded in the binary, one for headlines and one for reasons per language, so that
//! a translator sees a language on one page. They hold all words; all figures arrive written out,
//! and a name that a template asks for in vain is an error, never a gap.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::label;
use crate::domain::Language;

const TEMPLATES: [(&str, &str); 4] = [
    ("de.headline", include_str!("../texts/de.headline.j2")),
    ("de.reason", include_str!("../texts/de.reason.j2")),
    ("en.headline", include_str!("../texts/en.headline.j2")),
    ("en.reason", include_str!("../texts/en.reason.j2")),
];

/// What a template needs to know; every figure is written in the reader's language already.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::steering) enum Facts {
    /// Outside development: be ready for it.
    Watch(DriverFacts),
    /// Our own condition that is not declared a lever: plan with it.
    Notice(DriverFacts),
    /// Lever: try it on a part first.
    Test(DriverFacts),
    /// The model's gate withholds advice.
    Withheld(KeepFacts),
    /// Nothing holds.
    Open(KeepFacts),
    /// Money of a channel: move it, or test whether to.
    Move(Box<MoveFacts>),
    /// Money stays where it is.
    BudgetKeep(BudgetKeepFacts),
}

/// Facts of advice about the money of a channel.
#[derive(Debug, Clone, Serialize)]
pub(in crate::steering) struct MoveFacts {
    /// Label of the KPI that the model explains.
    pub(in crate::steering) kpi: String,
    /// Channel label as written in the job.
    pub(in crate::steering) channel: String,
    /// `change` or `test`.
    pub(in crate::steering) action: &'static str,
    /// `more`, `less`, or `shift` between units.
    pub(in crate::steering) direction: &'static str,
    /// Money as planned so far.
    pub(in crate::steering) from: String,
    /// Money that is recommended.
    pub(in crate::steering) to: String,
    /// Change in percent, with sign.
    pub(in crate::steering) by: String,
    /// First day of the plan.
    pub(in crate::steering) first: String,
    /// Last day of the plan.
    pub(in crate::steering) last: String,
    /// Expected effect with sign.
    pub(in crate::steering) signed: String,
    /// Lower end of its interval.
    pub(in crate::steering) lower: String,
    /// Upper end of its interval.
    pub(in crate::steering) upper: String,
    /// Level of intervals.
    pub(in crate::steering) interval_level: String,
    /// What the effect is worth, with sign.
    pub(in crate::steering) worth: String,
    /// What the same money is worth elsewhere.
    pub(in crate::steering) elsewhere: String,
    /// Probability of a gain.
    pub(in crate::steering) probability: String,
    /// Units with the largest changes, with the change.
    pub(in crate::steering) units: Vec<String>,
    /// How many more there are.
    pub(in crate::steering) more_units: usize,
    /// What a unit of money brought.
    pub(in crate::steering) roas: Option<String>,
    /// Lower end of its interval.
    pub(in crate::steering) roas_lower: String,
    /// Upper end of its interval.
    pub(in crate::steering) roas_upper: String,
    /// What the next unit of money brings.
    pub(in crate::steering) next: Option<String>,
    /// A unit of money.
    pub(in crate::steering) one: String,
    /// Why it is to be tested, as sentences; empty for a change.
    pub(in crate::steering) doubts: String,
    /// Labels of outside drivers without which the channel would look different.
    pub(in crate::steering) depends_on: Vec<String>,
    /// Part of the plan's gain that is left on other data.
    pub(in crate::steering) kept: Option<String>,
    /// `experiment`, `calibrated` or `observational`.
    pub(in crate::steering) evidence: &'static str,
    /// The test, where one can be planned.
    pub(in crate::steering) test: Option<TestFacts>,
    /// Why the model is under review, if it is.
    pub(in crate::steering) review: Option<String>,
}

/// Facts of a test.
#[allow(clippy::struct_excessive_bools, reason = "each decides about one phrase of a template")]
#[derive(Debug, Clone, Serialize)]
pub(in crate::steering) struct TestFacts {
    /// Whether there are no units to compare with.
    pub(in crate::steering) in_time: bool,
    /// Units whose spend changes.
    pub(in crate::steering) treated: String,
    /// Units that stay.
    pub(in crate::steering) comparison: String,
    /// How long.
    pub(in crate::steering) duration: String,
    /// Whether spend goes up.
    pub(in crate::steering) more: bool,
    /// Whether spend stops.
    pub(in crate::steering) stops: bool,
    /// Change of spend in percent.
    pub(in crate::steering) change: String,
    /// Money that is added or saved.
    pub(in crate::steering) money: String,
    /// Effect that the model expects, without sign.
    pub(in crate::steering) expected: String,
    /// Effect that is found with a power of 80 %.
    pub(in crate::steering) detectable: String,
    /// Power at the expected effect.
    pub(in crate::steering) power: String,
    /// Whether that is below 80 %.
    pub(in crate::steering) is_weak: bool,
    /// What it costs, or gains, if the model is right.
    pub(in crate::steering) cost: String,
    /// Whether that is a gain.
    pub(in crate::steering) gains: bool,
}

/// Facts of a plan that moves nothing.
#[derive(Debug, Clone, Serialize)]
pub(in crate::steering) struct BudgetKeepFacts {
    /// Money in all.
    pub(in crate::steering) amount: String,
    /// Whether advice of the model is withheld.
    pub(in crate::steering) withheld: bool,
    /// Whether a plan was found whose gain did not hold on other data.
    pub(in crate::steering) nothing_holds: bool,
    /// Why the model is not trusted; empty if it is.
    pub(in crate::steering) reasons: String,
}

/// Facts of advice about a driver.
#[derive(Debug, Clone, Serialize)]
pub(in crate::steering) struct DriverFacts {
    /// Model label, fit for the start of a sentence.
    pub(in crate::steering) model: String,
    /// Driver label as written in the job.
    pub(in crate::steering) driver: String,
    /// Change of a numeric driver with its unit and sign; none for levels.
    pub(in crate::steering) signed_change: Option<String>,
    /// The same without sign.
    pub(in crate::steering) change: Option<String>,
    /// Whether that change is upward.
    pub(in crate::steering) upward: bool,
    /// Whether that change is one standard deviation rather than stated in the job.
    pub(in crate::steering) typical: bool,
    /// Level of a categorical driver; none for changes.
    pub(in crate::steering) level: Option<String>,
    /// The level it is compared with.
    pub(in crate::steering) against: Option<String>,
    /// Expected effect with unit, without sign.
    pub(in crate::steering) amount: String,
    /// Expected effect with unit and sign.
    pub(in crate::steering) signed: String,
    /// Whether the outcome is higher.
    pub(in crate::steering) higher: bool,
    /// Interval's end nearer to zero, without sign.
    pub(in crate::steering) near: String,
    /// The other end, without sign.
    pub(in crate::steering) far: String,
    /// Level of the interval.
    pub(in crate::steering) interval_level: String,
    /// Share of what the drivers explain.
    pub(in crate::steering) share: Option<ShareFacts>,
    /// `experiment`, `calibrated` or `observational`.
    pub(in crate::steering) evidence: &'static str,
    /// How to test a lever, where that can be planned.
    pub(in crate::steering) test: Option<TrialFacts>,
    /// Of what there is too little if it cannot: `cases` or `history`.
    pub(in crate::steering) too_few: &'static str,
    /// Why the model is under review, if it is.
    pub(in crate::steering) review: Option<String>,
}

/// Facts of the test of a lever.
#[allow(clippy::struct_excessive_bools, reason = "each decides about one phrase of a template")]
#[derive(Debug, Clone, Serialize)]
pub(in crate::steering) struct TrialFacts {
    /// `cases`, `units` or `time`.
    pub(in crate::steering) design: &'static str,
    /// One in so many cases is treated; empty for units.
    pub(in crate::steering) one_in: String,
    /// Cases or units that are treated.
    pub(in crate::steering) treated: String,
    /// Units that stay; all cases, the treated and the others.
    pub(in crate::steering) others: String,
    /// How long.
    pub(in crate::steering) duration: String,
    /// How long after a case its outcome is known.
    pub(in crate::steering) wait: Option<String>,
    /// Effect that the model expects, without sign: on one case, or over the test.
    pub(in crate::steering) expected: String,
    /// Such an effect that is found with a power of 80 %.
    pub(in crate::steering) detectable: Option<String>,
    /// Power at the expected effect.
    pub(in crate::steering) power: String,
    /// Whether that is below 80 %.
    pub(in crate::steering) is_weak: bool,
    /// Effect over the test, without sign; for yes/no outcomes a number of cases. None if it is less than one.
    pub(in crate::steering) total: Option<String>,
    /// Whether outcomes are yes or no.
    pub(in crate::steering) counts: bool,
    /// Whether it is one case.
    pub(in crate::steering) is_one: bool,
    /// Whether the model expects more of the outcome.
    pub(in crate::steering) more: bool,
}

/// Share of what the drivers explain.
#[derive(Debug, Clone, Serialize)]
pub(in crate::steering) struct ShareFacts {
    /// The share in percent.
    pub(in crate::steering) percent: String,
    /// Rank of the group, 1 first.
    pub(in crate::steering) rank: u32,
    /// Number of groups.
    pub(in crate::steering) groups: usize,
    /// The group's name if it holds other drivers too.
    pub(in crate::steering) group: Option<String>,
}

/// Facts of a general `keep`.
#[derive(Debug, Clone, Serialize)]
pub(in crate::steering) struct KeepFacts {
    /// Model label, fit for the start of a sentence.
    pub(in crate::steering) model: String,
    /// Drivers of the model.
    pub(in crate::steering) drivers: usize,
    /// Drivers that cannot be told apart from chance.
    pub(in crate::steering) unclear: usize,
    /// Drivers that were left out of the model.
    pub(in crate::steering) left_out: usize,
    /// Why the model is under review, if it is.
    pub(in crate::steering) review: Option<String>,
    /// Why the model is not trusted; empty if it is.
    pub(in crate::steering) reasons: String,
}

/// The templates, parsed.
pub(in crate::steering) struct Texts {
    environment: Environment<'static>,
}

impl Texts {
    /// Parses the embedded templates.
    ///
    /// # Errors
    ///
    /// When a template is malformed, which a test rules out for those in the binary.
    pub(in crate::steering) fn new() -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        Ok(Self { environment })
    }

    /// Writes headline and reason.
    ///
    /// # Errors
    ///
    /// When a template asks for what the facts do not hold.
    pub(in crate::steering) fn write(
        &self,
        facts: &Facts,
        language: Language,
    ) -> Result<(String, String), minijinja::Error> {
        let render = |part: &str| {
            let template = self.environment.get_template(&format!("{}.{part}", language.code()))?;
            Ok::<_, minijinja::Error>(one_line(&template.render(Serde(facts))?))
        };
        // A German headline may begin with the label of a driver.
        Ok((label::sentence_start(&render("headline")?), render("reason")?))
    }
}

/// Joins lines and runs of spaces; spaces that tie a number to its unit stay.
fn one_line(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_tied_spaces_stay() {
        assert_eq!(one_line("  about\n  720\u{a0}rentals\n"), "about 720\u{a0}rentals");
    }

    #[test]
    fn every_language_has_both_templates() {
        let texts = Texts::new().expect("the templates parse");
        for language in [Language::De, Language::En] {
            for part in ["headline", "reason"] {
                assert!(texts.environment.get_template(&format!("{}.{part}", language.code())).is_ok());
            }
        }
    }
}
