//! A driver: its effect, its share of what is explained, and how far to trust both.

use crate::config::job::{Driver, Model};
use crate::domain::{Evidence, Gate, Party, Role};
use crate::steering::wording::label;
use crate::steering::wording::number::Sign;
use crate::steering::wording::quantity::Unit;

use super::channel::label_of;
use super::explanation::{Figure, PublishedRows, Section};
use super::inputs::{ENGLISH, ExplainInputs, and, figure, p_value, percent, range};
use super::row::Row;

/// A driver of a published model.
pub(super) struct DriverView<'a> {
    pub(super) inputs: &'a ExplainInputs<'a>,
    pub(super) model: &'a Model,
    pub(super) driver: &'a Driver,
    /// Its effects: one, or one per level.
    pub(super) rows: Vec<&'a Row>,
}

impl<'a> DriverView<'a> {
    /// The driver as it was published; `None` if it was not.
    pub(super) fn of(inputs: &'a ExplainInputs<'a>, model: &'a Model, driver: &'a Driver) -> Option<Self> {
        let is_its = |row: &&Row| row.text("model") == model.name() && row.text("driver") == driver.name;
        let rows: Vec<&Row> = inputs.published.rows("driver_effects").filter(is_its).collect();
        (!rows.is_empty()).then_some(Self { inputs, model, driver, rows })
    }

    pub(super) fn title(&self) -> String {
        let label = label::sentence_start(self.driver.label.get(ENGLISH));
        format!("{label}, a driver of {}", model_label(self.model))
    }

    /// Its effect and its share of what is explained.
    pub(super) fn figures(&self) -> Section {
        let mut section = Section::new("figures", "WHAT IT DOES");
        section.figures = self.rows.iter().map(|row| self.effect(row)).collect();
        section.figures.extend(self.importance());
        let first = self.rows.first().copied();
        if let Some(level) = first.and_then(|row| row.number("interval_level")) {
            section.sentences.push(format!("In brackets: {} intervals.", percent(level)));
        }
        section
    }

    /// One line per level.
    fn effect(&self, row: &Row) -> Figure {
        let label = match (row.text("level"), row.number("change")) {
            ("", Some(change)) => {
                let unit = self.driver.unit.as_ref().map(|unit| unit.get(ENGLISH));
                let unit = Unit::of_change(unit, &self.inputs.job.currency);
                format!("effect of {}", unit.write_short(change, 3, Sign::Always, ENGLISH))
            }
            ("", None) => "effect".to_owned(),
            (level, _) => format!("effect of “{}”", label::level(level, ENGLISH)),
        };
        let against = match row.text("reference_level") {
            "" => String::new(),
            level => format!("against “{}”, ", label::level(level, ENGLISH)),
        };
        let p = row.number("p_value").map(|p| format!("; {}", p_value(p))).unwrap_or_default();
        let note = format!("{against}{}{p}", finding(row.text("finding")));
        let unit = effect_unit(self.inputs, self.model);
        let without = || Figure {
            figure: "effect".to_owned(),
            label: label.clone(),
            value: None,
            lower: None,
            upper: None,
            interval_level: None,
            text: "–".to_owned(),
            note: note.clone(),
        };
        figure(row, "effect", &unit, &label, &note).unwrap_or_else(without)
    }

    fn group(&self) -> Option<&Row> {
        let is_its = |row: &&Row| {
            row.text("model") == self.model.name()
                && row.text("drivers").split(", ").any(|name| name == self.driver.name)
        };
        self.inputs.published.rows("driver_importance").find(is_its)
    }

    fn importance(&self) -> Option<Figure> {
        let row = self.group()?;
        let groups = self
            .inputs
            .published
            .rows("driver_importance")
            .filter(|other| other.text("model") == self.model.name())
            .count();
        let of_group = match row.text("drivers").split(", ").count() {
            1 => String::new(),
            members => format!("of its group “{}” of {members} drivers, ", row.text("driver_group")),
        };
        let rank = row.number("rank").unwrap_or_default();
        let note = format!("{of_group}of what the drivers explain; rank {rank} of {groups}");
        figure(row, "share", &Unit::Share, "share", &note)
    }

    /// How the figures were computed, in words.
    pub(super) fn method(&self) -> Section {
        let mut section = Section::new("method", "HOW IT WAS COMPUTED");
        let (table, at) = match self.model {
            Model::Outcome(model) => (&model.table, None),
            Model::Response(model) => (&model.table, model.unit.as_ref()),
        };
        let row = match at {
            Some(unit) => format!("a {} of one `{unit}`", self.inputs.period()),
            None => format!("one row of `{table}`"),
        };
        section.say(format!(
            "The effect is the average change of the outcome of {row} when this driver alone changes and everything \
             else stays the same."
        ));
        if let Some(row) = self.group() {
            let method = match row.text("method") {
                "relative_weights" => {
                    "relative weights, which share out what correlated drivers explain together"
                }
                _ => {
                    "its part of the explained ups and downs, averaged over every order in which drivers can be added"
                }
            };
            section.say(format!("The share is {method} ({}).", row.text("method")));
        }
        section.say(self.whose());
        section
    }

    fn whose(&self) -> Option<String> {
        let row = self.rows.first()?;
        let party = if row.text("party") == Party::Third.as_str() { "outside data" } else { "our own data" };
        let about = match row.text("about") {
            "" => String::new(),
            about => format!(" about {about}"),
        };
        let role = match self.driver.role {
            Role::Confounder => "it may move both what we do and the outcome, so it is always in the model",
            Role::Precision => "it moves the outcome only",
            Role::Lever => "it is ours to move",
            Role::MovedByUs => "it is a consequence of our own action, so it stays out of the model",
        };
        Some(format!("It is {party}{about}; its role is `{}`: {role}.", self.driver.role))
    }

    /// How far to trust it.
    pub(super) fn trust(&self) -> Section {
        let mut section = Section::new("trust", "HOW FAR TO TRUST IT");
        let Some(row) = self.rows.first() else { return section };
        let gate = row.text("gate");
        section.gate = Some(gate.to_owned());
        section.opening.push(match gate {
            gate if gate == Gate::Trusted.as_str() => "Its model passed every test.".to_owned(),
            gate => format!(
                "Its model is `{gate}`; `{} explain {} {}` says why.",
                self.inputs.program,
                self.inputs.job_path,
                self.model.name()
            ),
        });
        if row.text("evidence") == Evidence::Observational.as_str() {
            section
                .say("Evidence: it rests on what happened, not on an experiment (observational).".to_owned());
        } else {
            section.say(format!("Evidence: {}.", row.text("evidence")));
        }
        if let Some(p) = row.number("placebo_p_value") {
            section.say(format!(
                "Placebo: the same driver, shifted in time so that it cannot act, explains as much in {} of tries.",
                range_of_share(p)
            ));
        }
        if self.driver.role == Role::Lever {
            section.say(
                "Surer: an experiment; move it in one part, leave the rest as it is, and measure before you roll it out."
                    .to_owned(),
            );
        }
        section.sentences.extend(self.resting_channels());
        section
    }

    /// The channels whose returns depend on this driver.
    fn resting_channels(&self) -> Option<String> {
        let model = self.model.as_response()?;
        let depends = |row: &&Row| {
            row.text("model") == model.name
                && row.text("unit").is_empty()
                && row.text("depends_on").split(", ").any(|name| name == self.driver.name)
        };
        let rows = self.inputs.published.rows("channel_performance").filter(depends);
        let channels: Vec<String> = rows.map(|row| label_of(model, row.text("channel"))).collect();
        (!channels.is_empty())
            .then(|| format!("Without it, the ROAS of {} would change by more than a fifth.", and(&channels)))
    }

    /// Where the figures stand in published tables.
    pub(super) fn published(&self) -> Vec<PublishedRows> {
        let model = ("model", self.model.name());
        let mut rows = vec![self.inputs.rows_in("driver_effects", &[model, ("driver", &self.driver.name)])];
        if let Some(group) = self.group() {
            rows.push(
                self.inputs
                    .rows_in("driver_importance", &[model, ("driver_group", group.text("driver_group"))]),
            );
        }
        if self.model.as_response().is_some() {
            rows.push(self.inputs.rows_in("contributions", &[model, ("driver", &self.driver.name)]));
        }
        rows.push(self.inputs.rows_in("model_quality", &[model]));
        rows
    }
}

/// The unit of a model's effects.
pub(super) fn effect_unit(inputs: &ExplainInputs<'_>, model: &Model) -> Unit {
    match model {
        Model::Outcome(model) => {
            let kpi = inputs.kpi_of(model.explains.as_deref());
            Unit::of_effect(&model.success, kpi, &inputs.job.currency, ENGLISH)
        }
        Model::Response(model) => inputs.outcome_unit(model).difference(),
    }
}

/// What people read instead of a model's name.
pub(super) fn model_label(model: &Model) -> &str {
    match model {
        Model::Outcome(model) => model.label.get(ENGLISH),
        Model::Response(model) => model.label.get(ENGLISH),
    }
}

/// What came of a driver, in words.
pub(super) fn finding(finding: &str) -> String {
    match finding {
        "effect" => "an effect that holds",
        "no_evidence" => "no clear effect",
        "constant" => "left out: the same value throughout",
        "aliased" => "left out: it follows from other drivers",
        "leakage" => "left out: probably known only afterwards",
        "moved_by_us" => "left out: a consequence of our own action",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

/// A share of tries, with one decimal below ten percent.
fn range_of_share(share: f64) -> String {
    let estimate = crate::domain::Estimate::without_interval(share, "a count of tries");
    range(&estimate, &Unit::Share)
}
