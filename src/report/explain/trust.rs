//! How far to trust a channel: gate, reasons, what the effect rests on, how it moves with what is assumed,
//! and what would make it surer.

use crate::domain::{Estimate, Evidence, Gate};
use crate::steering::wording::number::{self, Sign};
use crate::steering::wording::quantity::Unit;

use super::channel::ChannelView;
use super::explanation::Section;
use super::inputs::{ENGLISH, and, figure, p_value, percent, range, reasons, value_of};
use super::model::driver_label;

impl ChannelView<'_> {
    /// What the return would be without data about the world outside.
    pub(super) fn outside(&self) -> Section {
        let mut section = Section::new("outside_data", "WHAT OUTSIDE DATA DO TO IT");
        let (Some(roas), Some(without)) =
            (self.row.estimate("roas"), self.row.estimate("roas_without_third_party"))
        else {
            let reason = if self.row.number("roas").is_some() {
                "The model uses no data about the world outside, so nothing can be said about what they would change."
            } else {
                "Without spend there is no return to compare."
            };
            section.say(reason.to_owned());
            return section;
        };
        section.figures.extend(figure(
            self.row,
            "roas",
            &Unit::Bare,
            "ROAS with outside data",
            "as published",
        ));
        section.figures.extend(figure(
            self.row,
            "roas_without_third_party",
            &Unit::Bare,
            "ROAS without outside data",
            "the same model without the drivers that others' data give",
        ));
        let drivers: Vec<String> = self
            .row
            .text("depends_on")
            .split(", ")
            .filter(|name| !name.is_empty())
            .map(|name| driver_label(&self.model.drivers, name))
            .collect();
        section.say(if drivers.is_empty() {
            "No single outside driver changes it by more than a fifth.".to_owned()
        } else {
            format!("It depends on {}: without that, ROAS changes by more than a fifth.", and(&drivers))
        });
        if roas.value > 0.0 {
            let change = without.value / roas.value - 1.0;
            section.say(format!(
                "Without outside data it would look {} {}.",
                percent(change.abs()),
                if change > 0.0 { "better" } else { "worse" }
            ));
        }
        section
    }

    /// How far to trust it.
    pub(super) fn trust(&self) -> Section {
        let mut section = Section::new("trust", "HOW FAR TO TRUST IT");
        let gate = self.row.text("gate");
        section.gate = Some(gate.to_owned());
        section.opening.push(match gate {
            gate if gate == Gate::Trusted.as_str() => "Trusted: its budget may be moved on this.".to_owned(),
            gate if gate == Gate::Review.as_str() => {
                "Under review: its budget may be moved on this only after a test. Every reason:".to_owned()
            }
            _ => "Withheld: these data do not tell what it brought. Every reason:".to_owned(),
        });
        section.reasons = reasons(self.row);
        section.say(self.model_gate());
        section.say(self.evidence());
        section.say(self.robustness());
        section.say(self.follows());
        section.say(self.chains());
        let specifications = self.specifications();
        if specifications.len() > 1 {
            section.say(specification_range(&specifications));
        }
        section.sentences.extend(self.surer().into_iter().map(|advice| format!("Surer: {advice}")));
        section
    }

    fn model_gate(&self) -> Option<String> {
        let gate = self.row.text("model_gate");
        Some(match gate {
            "" => return None,
            gate if gate == Gate::Trusted.as_str() => "Its model passed every test.".to_owned(),
            gate => format!(
                "Its model is itself `{gate}`; `{} explain {} {}` says why.",
                self.inputs.program, self.inputs.job_path, self.model.name
            ),
        })
    }

    fn evidence(&self) -> Option<String> {
        let evidence = self.row.text("evidence");
        let words = match evidence {
            evidence if evidence == Evidence::Experiment.as_str() => "a controlled experiment",
            evidence if evidence == Evidence::Calibrated.as_str() => {
                "what happened, held against what experiments measured"
            }
            evidence if evidence == Evidence::Observational.as_str() => {
                "what happened, not on an experiment: what nobody measured could be behind it"
            }
            _ => return None,
        };
        Some(format!("Evidence: it rests on {words} ({evidence})."))
    }

    fn robustness(&self) -> Option<String> {
        let value = self.row.number("robustness_value")?;
        let benchmark = self.row.number("robustness_benchmark").map(|benchmark| {
            format!(
                "; the strongest driver that was seen, {}, explains {}",
                driver_label(&self.model.drivers, self.row.text("robustness_driver")),
                number::percent(benchmark, 1, Sign::Negative, ENGLISH)
            )
        });
        Some(format!(
            "Robustness: to explain the effect away, something unseen would have to explain {} of what the model leaves \
             of both spend and outcome{}.",
            number::percent(value, 1, Sign::Negative, ENGLISH),
            benchmark.unwrap_or_default()
        ))
    }

    /// Whether its spend follows the outcome.
    fn follows(&self) -> Option<String> {
        let explained = self.row.number("spend_explained").map(|explained| {
            format!("earlier outcome, drivers and season explain {} of its ups and downs", percent(explained))
        });
        let knows = reasons(self.row).iter().any(|reason| reason.code == "lead_placebo");
        let placebo = self.row.number("lead_placebo_p_value").map(|p| {
            format!(
                "spend of the next four {}s, which cannot have caused what came before it, explains {} ({})",
                self.inputs.period(),
                if knows { "it all the same" } else { "no more of it than chance would" },
                p_value(p)
            )
        });
        let parts: Vec<String> = explained.into_iter().chain(placebo).collect();
        (!parts.is_empty()).then(|| format!("Does spend follow demand? {}.", upper(&parts.join("; "))))
    }

    fn chains(&self) -> Option<String> {
        let r_hat = self.row.number("r_hat")?;
        let draws = self.row.number("effective_sample_size")?;
        Some(format!(
            "Computation: its chains {} (R-hat {}, good below 1.05), worth {} independent draws.",
            if r_hat < 1.05 { "agree" } else { "do not quite agree" },
            number::decimal(r_hat, 2, Sign::Negative, ENGLISH),
            number::decimal(draws, 0, Sign::Negative, ENGLISH)
        ))
    }

    /// Its return under everything that was assumed in turn.
    fn specifications(&self) -> Vec<(&'static str, Estimate)> {
        [
            ("as published", "roas"),
            ("without outside data", "roas_without_third_party"),
            ("without experiments", "roas_without_experiments"),
            ("with an effect of its own for every period", "roas_with_period_effects"),
        ]
        .into_iter()
        .filter_map(|(name, column)| Some((name, self.row.estimate(column)?)))
        .collect()
    }

    /// What would make it surer.
    fn surer(&self) -> Vec<String> {
        let codes: Vec<String> = reasons(self.row).into_iter().map(|reason| reason.code).collect();
        let has = |code: &str| codes.iter().any(|found| found == code);
        let mut advice = Vec::new();
        let place = match &self.model.unit {
            Some(unit) => format!("in some units of `{unit}`, drawn by lot"),
            None => "in some weeks, drawn by lot".to_owned(),
        };
        let test = if has("level_extrapolated") {
            "all but switch it off"
        } else if has("not_identified") || has("follows_demand") {
            "move its spend a lot, whatever demand does"
        } else {
            "change its spend"
        };
        if self.row.text("evidence") == Evidence::Observational.as_str() {
            advice.push(format!(
                "an experiment: {place}, {test}, and leave the others as they are; list what was measured in the table \
                 that `experiments` names."
            ));
        } else if !codes.is_empty() {
            advice.push(format!("another experiment: {place}, {test}, and leave the others as they are."));
        }
        if has("lead_placebo") || has("fragile") || has("unstable") {
            let what =
                if has("lead_placebo") { "what its spend reacts to" } else { "what else moves the outcome" };
            advice.push(format!("give the model {what} as a driver with `role: confounder`."));
        }
        if has("chains_disagree") {
            advice.push("more history, or one channel instead of two that always move together.".to_owned());
        }
        advice
    }
}

fn specification_range(specifications: &[(&'static str, Estimate)]) -> String {
    let values = || specifications.iter().map(|(_, estimate)| estimate);
    let least = values().min_by(|a, b| a.value.total_cmp(&b.value));
    let most = values().max_by(|a, b| a.value.total_cmp(&b.value));
    let ends = least
        .zip(most)
        .map(|(least, most)| format!("{} to {}", value_of(least, &Unit::Bare), value_of(most, &Unit::Bare)));
    let each: Vec<String> = specifications
        .iter()
        .map(|(name, estimate)| format!("{} {name}", range(estimate, &Unit::Bare)))
        .collect();
    format!("Specifications: ROAS {} over what was tried: {}.", ends.unwrap_or_default(), each.join(", "))
}

/// With a capital first letter.
fn upper(text: &str) -> String {
    crate::steering::wording::label::sentence_start(text)
}
