//! The page of a scenario: what would have happened, how far to trust it, what the figures mean.
//!
//! All words stand in one template per language; here figures are written out and handed over.

use serde::Serialize;

use crate::config::job::{Job, ResponseModel};
use crate::domain::{Change, Estimate, Language, Role};
use crate::models::result::{OutsideObserved, ScenarioEffect, ScenarioItem, ScenarioResult, ScenarioSubject};
use crate::steering::wording::number::{self, Sign};
use crate::steering::wording::quantity::Unit;
use crate::steering::wording::{date, gate, label};

use super::page::{PageError, page};

/// Everything that the page of a scenario tells.
#[derive(Debug, Clone, Copy)]
pub struct ScenarioInputs<'a> {
    /// The job.
    pub job: &'a Job,
    /// The model that was asked.
    pub model: &'a ResponseModel,
    /// Its answer.
    pub result: &'a ScenarioResult,
    /// Warnings about sources and tables, as sentences.
    pub warnings: &'a [String],
}

/// Writes the page of a scenario in `language`, in lines of at most `width` characters (60 to 100).
///
/// # Errors
///
/// When the template asks for what the inputs do not hold.
pub fn scenario(inputs: &ScenarioInputs<'_>, language: Language, width: usize) -> Result<String, PageError> {
    let source = match language {
        Language::De => include_str!("texts/scenario.de.j2"),
        Language::En => include_str!("texts/scenario.en.j2"),
    };
    page(source, Page::of(inputs, language), width)
}

/// What the template needs to know.
#[derive(Debug, Serialize)]
struct Page {
    title: String,
    rule: String,
    model: String,
    first_day: String,
    last_day: String,
    periods: String,
    /// Units that are changed, if not all.
    units: Vec<String>,
    interval_level: Option<String>,
    /// Fitted outcome that shares are of.
    fitted: String,
    /// One unit of money.
    one: String,
    items: Vec<ItemLine>,
    joint: Vec<(String, EffectText)>,
    beyond_sum: Option<EffectText>,
    /// All together; missing where there is one line alone.
    total: Option<EffectText>,
    costs: Vec<CostLine>,
    worth: Option<WorthText>,
    gate: &'static str,
    reasons: Vec<String>,
    has_drivers: bool,
    /// A lever is moved, and worth is stated: it may change what a unit of outcome is worth.
    moves_worth: bool,
    multiplicative: bool,
    notes: Vec<String>,
}

/// One change.
#[derive(Debug, Serialize)]
struct ItemLine {
    label: String,
    change: String,
    effect: EffectText,
    /// `channel`, `lever` or `condition`.
    kind: &'static str,
    /// Means of a driver before and after.
    means: Option<(String, String)>,
    /// A channel's verdict; `trusted` for drivers.
    gate: &'static str,
    reasons: Vec<String>,
    carries: Vec<String>,
    carried_by: Vec<String>,
    outside: Option<OutsideText>,
}

/// A change of the outcome.
#[derive(Debug, Serialize)]
struct EffectText {
    signed: String,
    lower: String,
    upper: String,
    share: Option<String>,
    /// The interval holds zero.
    may_be_nothing: bool,
}

/// How a change leaves what was observed.
#[derive(Debug, Serialize)]
struct OutsideText {
    /// `pressure` or `values`.
    kind: &'static str,
    /// Where it leads: pressure as a share of the mean, or smallest and largest value.
    reaches: (String, String),
    least: String,
    most: String,
    /// Share of the cells that are outside.
    share: Option<String>,
}

/// What a change costs and what is left of it.
#[derive(Debug, Serialize)]
struct CostLine {
    /// Missing for all together.
    label: Option<String>,
    before: String,
    after: String,
    marginal_roas: Option<EffectText>,
    gain: Option<EffectText>,
}

#[derive(Debug, Serialize)]
struct WorthText {
    /// Worth of one unit of outcome.
    of_one: String,
    total: EffectText,
}

impl Page {
    fn of(inputs: &ScenarioInputs<'_>, language: Language) -> Self {
        let ScenarioInputs { job, model, result, .. } = inputs;
        let words = Words { inputs, language };
        let title = job.title.get(language).to_owned();
        let items: Vec<ItemLine> = result.items.iter().map(|item| words.item(item)).collect();
        let several = result.items.len() + result.joint.len() > 1;
        let level = result.total.outcome.level();
        Self {
            rule: "=".repeat(title.chars().count()),
            title,
            model: label::sentence_start(model.label.get(language)),
            first_day: date::day(result.start, language),
            last_day: date::day(result.end.pred_opt().unwrap_or(result.end), language),
            periods: date::periods(result.periods as u64, job.calendar.period, language),
            units: result.units.iter().map(|unit| label::level(unit, language)).collect(),
            interval_level: level.map(|level| number::percent(level, 0, Sign::Negative, language)),
            fitted: words.outcome().write(result.fitted, 0, Sign::Negative, language),
            one: words.money().write(1.0, 0, Sign::Never, language),
            joint: result
                .joint
                .iter()
                .map(|(name, effect)| (words.pair(name), words.effect(&words.outcome(), effect)))
                .collect(),
            beyond_sum: result.beyond_sum.as_ref().map(|effect| words.effect(&words.outcome(), effect)),
            total: several.then(|| words.with_share(&result.total)),
            costs: words.costs(several),
            worth: result.worth.zip(result.total.worth.as_ref()).map(|(one, total)| WorthText {
                of_one: words.money().write(one, 2, Sign::Negative, language),
                total: words.effect(&words.money(), total),
            }),
            gate: result.gate.gate.as_str(),
            reasons: gate::reasons(&result.gate, language),
            has_drivers: items.iter().any(|item| item.kind != "channel"),
            moves_worth: result.worth.is_some() && items.iter().any(|item| item.kind == "lever"),
            multiplicative: result.multiplicative,
            notes: words.notes(),
            items,
        }
    }
}

/// Figures and names of one scenario in one language.
struct Words<'a> {
    inputs: &'a ScenarioInputs<'a>,
    language: Language,
}

impl Words<'_> {
    fn money(&self) -> Unit {
        Unit::Money(self.inputs.job.currency.clone())
    }

    /// What the outcome is counted in.
    fn outcome(&self) -> Unit {
        let ScenarioInputs { job, model, .. } = self.inputs;
        let kpi = model.explains.as_deref().and_then(|name| job.kpi(name));
        Unit::of_amount(&model.outcome_unit, kpi, &job.currency, self.language)
    }

    /// The label of a channel or driver.
    fn name(&self, name: &str) -> String {
        let model = self.inputs.model;
        let channel =
            model.channels.iter().find(|channel| channel.name == name).map(|channel| &channel.label);
        let driver = model.drivers.iter().find(|driver| driver.name == name).map(|driver| &driver.label);
        let text = channel.or(driver).map_or(name, |label| label.get(self.language));
        // The data's own spelling may hold a tab or a line break.
        label::level(text, self.language)
    }

    /// The label of a joint effect, whose name holds both.
    fn pair(&self, name: &str) -> String {
        name.split(" × ").map(|side| self.name(side)).collect::<Vec<_>>().join(" × ")
    }

    fn effect(&self, unit: &Unit, estimate: &Estimate) -> EffectText {
        let (lower, upper, level) = match (estimate.lower(), estimate.upper(), estimate.level()) {
            (Some(lower), Some(upper), Some(level)) => (lower, upper, level),
            _ => (f64::NAN, f64::NAN, f64::NAN),
        };
        let text = unit.interval(estimate.value, lower, upper, level, self.language);
        EffectText {
            signed: text.signed,
            lower: text.lower,
            upper: text.upper,
            share: None,
            may_be_nothing: !estimate.excludes_zero() && estimate.value != 0.0,
        }
    }

    fn with_share(&self, effect: &ScenarioEffect) -> EffectText {
        let share = &effect.share;
        let shown = self.percentage(share.value);
        EffectText { share: shown, ..self.effect(&self.outcome(), &effect.outcome) }
    }

    /// A share with two significant digits, none below a hundredth of a percent.
    fn percentage(&self, share: f64) -> Option<String> {
        let decimals = number::significant(share * 100.0, 2).clamp(0, 2);
        share.is_finite().then(|| number::percent(share, decimals, Sign::Always, self.language))
    }

    fn item(&self, item: &ScenarioItem) -> ItemLine {
        let driver = self.inputs.model.drivers.iter().find(|driver| driver.name == item.name);
        let unit = driver.and_then(|driver| driver.unit.as_ref()).map(|unit| unit.get(self.language));
        let own = Unit::of_change(unit, &self.inputs.job.currency);
        let change = match item.change {
            Change::Share(share) => Unit::Share.write_short(share, 3, Sign::Always, self.language),
            Change::Shift(shift) => own.write_short(shift, 3, Sign::Always, self.language),
        };
        let (kind, means, verdict, carries, carried_by) = match &item.subject {
            ScenarioSubject::Channel { gate, carries, carried_by } => {
                ("channel", None, Some(gate), carries.as_slice(), carried_by.as_slice())
            }
            ScenarioSubject::Driver { role, mean_before, mean_after } => {
                let write = |value: f64| own.write_short(value, 4, Sign::Negative, self.language);
                let kind = if *role == Role::Lever { "lever" } else { "condition" };
                (kind, Some((write(*mean_before), write(*mean_after))), None, &[][..], &[][..])
            }
        };
        let names = |names: &[String]| names.iter().map(|name| self.name(name)).collect();
        ItemLine {
            label: self.name(&item.name),
            change,
            effect: self.with_share(&item.effect),
            kind,
            means,
            gate: verdict.map_or("trusted", |verdict| verdict.gate.as_str()),
            reasons: verdict.map(|verdict| gate::reasons(verdict, self.language)).unwrap_or_default(),
            carries: names(carries),
            carried_by: names(carried_by),
            outside: item.outside.map(|outside| self.outside(outside, &own)),
        }
    }

    fn outside(&self, outside: OutsideObserved, own: &Unit) -> OutsideText {
        let percent = |share: f64| number::percent(share, 0, Sign::Negative, self.language);
        match outside {
            OutsideObserved::Pressure { multiple, least, most } => OutsideText {
                kind: "pressure",
                reaches: (percent(multiple), percent(multiple)),
                least: percent(least),
                most: percent(most),
                share: None,
            },
            OutsideObserved::Values { least, most, reaches_down_to, reaches_up_to, share } => {
                let write = |value: f64| own.write_short(value, 4, Sign::Negative, self.language);
                OutsideText {
                    kind: "values",
                    reaches: (write(reaches_down_to), write(reaches_up_to)),
                    least: write(least),
                    most: write(most),
                    share: Some(if share < 0.01 {
                        let least = number::percent(0.01, 0, Sign::Negative, self.language);
                        format!("<{least}")
                    } else {
                        percent(share)
                    }),
                }
            }
        }
    }

    /// One line for each channel with a price, then one for all together where there are several.
    fn costs(&self, several: bool) -> Vec<CostLine> {
        let result = self.inputs.result;
        let line = |label: Option<String>, effect: &ScenarioEffect| {
            let (before, after) = effect.spend?;
            let money = |amount: f64| self.money().write(amount, 0, Sign::Negative, self.language);
            Some(CostLine {
                label,
                before: money(before),
                after: money(after),
                marginal_roas: effect.marginal_roas.as_ref().map(|roas| self.ratio(roas)),
                gain: effect.gain.as_ref().map(|gain| self.effect(&self.money(), gain)),
            })
        };
        let items = result.items.iter().filter_map(|item| line(Some(self.name(&item.name)), &item.effect));
        let mut lines: Vec<CostLine> = items.collect();
        if several {
            lines.extend(line(None, &result.total));
        }
        lines
    }

    /// A return, which carries a sign only below zero.
    fn ratio(&self, estimate: &Estimate) -> EffectText {
        let places = number::places(estimate);
        let write = |value: f64| number::decimal(value, places, Sign::Negative, self.language);
        EffectText {
            signed: write(estimate.value),
            lower: write(estimate.lower().unwrap_or(f64::NAN)),
            upper: write(estimate.upper().unwrap_or(f64::NAN)),
            ..self.effect(&Unit::Bare, estimate)
        }
    }

    fn notes(&self) -> Vec<String> {
        let ScenarioInputs { result, warnings, .. } = self.inputs;
        let mut all: Vec<String> = Vec::new();
        for note in warnings.iter().chain(&result.notes) {
            let note = label::sentence(&note.split_whitespace().collect::<Vec<_>>().join(" "));
            if !all.contains(&note) {
                all.push(note);
            }
        }
        all
    }
}
