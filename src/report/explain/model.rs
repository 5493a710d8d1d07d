//! A whole model: what it found, how well it forecasts, and how far its advice may be followed.

use crate::config::job::{Driver, Model};
use crate::domain::{Estimate, Gate};
use crate::steering::wording::label;
use crate::steering::wording::number::Sign;
use crate::steering::wording::quantity::Unit;

use super::channel::label_of;
use super::driver::{effect_unit, finding, model_label};
use super::explanation::{Figure, PublishedRows, Section};
use super::inputs::{ENGLISH, ExplainInputs, figure, percent, range, reasons};
use super::row::Row;

/// Errors by which forecasts are compared: the first one that a model has is used.
const ERRORS: [&str; 3] = ["rmse", "log_loss", "brier"];

/// Rivals of a model's forecasts, in words.
const RIVALS: [(&str, &str); 6] = [
    ("naive_season", "taking the same period of the year before"),
    ("naive_last", "taking the period before"),
    ("naive_mean", "taking the average so far"),
    ("without_third_party", "the same model without outside data"),
    ("without_channels", "the same model without channels"),
    ("without_drivers", "the same model without drivers"),
];

/// A published model.
pub(super) struct ModelView<'a> {
    pub(super) inputs: &'a ExplainInputs<'a>,
    pub(super) model: &'a Model,
}

impl ModelView<'_> {
    fn rows<'b>(&'b self, table: &str) -> impl Iterator<Item = &'b Row> {
        let name = self.model.name();
        self.inputs.published.rows(table).filter(move |row| row.text("model") == name)
    }

    pub(super) fn title(&self) -> String {
        let kind = match self.model {
            Model::Response(_) => "what spend and circumstances do to it",
            Model::Outcome(_) => "what drives it",
        };
        format!("{}: {kind}", label::sentence_start(model_label(self.model)))
    }

    /// What the model found.
    pub(super) fn findings(&self) -> Vec<Section> {
        match self.model {
            Model::Response(model) => {
                let mut channels = Section::new("channels", "WHAT EACH CHANNEL BROUGHT");
                channels.opening.push(format!(
                    "ROAS: outcome that each {} of spend brought, with its interval, and whether the budget may be \
                     moved on that.",
                    self.inputs.one()
                ));
                let rows = self.rows("channel_performance").filter(|row| row.text("unit").is_empty());
                let mut rows: Vec<&Row> = rows.collect();
                rows.sort_by(|a, b| {
                    let spend = |row: &Row| row.number("spend").unwrap_or(-1.0);
                    spend(b).total_cmp(&spend(a))
                });
                channels.figures = rows
                    .iter()
                    .filter_map(|row| channel_figure(row, &label_of(model, row.text("channel"))))
                    .collect();
                vec![channels, self.effects(), self.joint()]
            }
            Model::Outcome(_) => vec![self.importance(), self.effects()],
        }
    }

    fn importance(&self) -> Section {
        let mut section = Section::new("importance", "WHAT COUNTS MOST");
        section
            .opening
            .push("Each driver's share of what all of them explain, most important first.".to_owned());
        let mut rows: Vec<&Row> = self.rows("driver_importance").collect();
        rows.sort_by(|a, b| {
            a.number("rank").unwrap_or(f64::MAX).total_cmp(&b.number("rank").unwrap_or(f64::MAX))
        });
        section.figures = rows
            .iter()
            .filter_map(|row| {
                let group = row.text("driver_group");
                let note = match row.text("drivers") {
                    drivers if drivers == group => String::new(),
                    drivers => drivers.to_owned(),
                };
                figure(row, "share", &Unit::Share, &driver_label(self.model.drivers(), group), &note)
            })
            .collect();
        section
    }

    fn effects(&self) -> Section {
        let mut section = Section::new("effects", "WHAT EACH DRIVER DOES, OTHER THINGS EQUAL");
        let unit = effect_unit(self.inputs, self.model);
        section.figures = self.rows("driver_effects").map(|row| self.effect(row, &unit)).collect();
        section
    }

    fn effect(&self, row: &Row, unit: &Unit) -> Figure {
        let name = row.text("driver");
        let driver = self.model.drivers().iter().find(|driver| driver.name == name);
        let mut label = driver_label(self.model.drivers(), name);
        match (row.text("level"), row.number("change")) {
            ("", Some(change)) => {
                let stated = driver.and_then(|driver| driver.unit.as_ref()).map(|unit| unit.get(ENGLISH));
                let unit = Unit::of_change(stated, &self.inputs.job.currency);
                label = format!("{label} {}", unit.write_short(change, 3, Sign::Always, ENGLISH));
            }
            ("", None) => {}
            (level, _) => label = format!("{label} “{}”", label::level(level, ENGLISH)),
        }
        let estimate = row.estimate("effect");
        Figure {
            figure: format!("effect:{name}"),
            label,
            value: estimate.as_ref().map(|estimate| estimate.value),
            lower: estimate.as_ref().and_then(Estimate::lower),
            upper: estimate.as_ref().and_then(Estimate::upper),
            interval_level: estimate.as_ref().and_then(Estimate::level),
            text: estimate.map_or_else(|| "–".to_owned(), |estimate| range(&estimate, unit)),
            note: finding(row.text("finding")),
        }
    }

    /// Joint effects that hold.
    fn joint(&self) -> Section {
        let mut section = Section::new("joint_effects", "WHAT THEY DO TOGETHER");
        let all: Vec<&Row> = self.rows("driver_interactions").collect();
        let Model::Response(model) = self.model else { return section };
        let unit = self.inputs.outcome_unit(model);
        let holds = |row: &&&Row| matches!(row.text("finding"), "synergy" | "cannibalization");
        section.figures = all
            .iter()
            .filter(holds)
            .filter_map(|row| {
                let is_driver = |name: &str| model.drivers.iter().any(|driver| driver.name == name);
                let name = |name: &str| {
                    if is_driver(name) { driver_label(&model.drivers, name) } else { label_of(model, name) }
                };
                let label = format!("{} and {}", name(row.text("driver")), name(row.text("with_driver")));
                figure(row, "effect", &unit, &label, row.text("finding"))
            })
            .collect();
        if !all.is_empty() {
            let found = section.figures.len();
            section.opening.push(format!(
                "Pairs that were looked at: {}, of which {} beyond the sum of both.",
                all.len(),
                match found {
                    0 => "none brings anything".to_owned(),
                    1 => "1 brings more or less".to_owned(),
                    found => format!("{found} bring more or less"),
                }
            ));
        }
        section
    }

    /// How the model works, in words.
    pub(super) fn method(&self) -> Section {
        let mut section = Section::new("method", "HOW IT WAS COMPUTED");
        let period = self.inputs.period();
        section.say(match self.model {
            Model::Response(model) => {
                let units = model.unit.as_ref().map(|unit| {
                    format!("; all units (column `{unit}`) are fitted together")
                });
                format!(
                    "The outcome, `{}`, is split {period} by {period} into a baseline with trend and season, what \
                     drivers did to it, and what each channel brought, with carry-over and saturation as the data show \
                     them{}. A channel's effect is the outcome with its spend less the outcome without it.",
                    model.outcome,
                    units.unwrap_or_default()
                )
            }
            Model::Outcome(model) => format!(
                "The outcome, `{}`, is explained row by row by all drivers at once, so that each effect holds while the \
                 others stay the same.",
                model.success.column()
            ),
        });
        let design = |metric: &str| self.metric(metric, "model", "design");
        let count = |value: f64| Unit::Bare.write(value, 0, Sign::Negative, ENGLISH);
        if let (Some(rows), Some(periods)) = (design("rows"), design("periods")) {
            section.say(format!("It rests on {} rows of {} {period}s.", count(rows), count(periods)));
        }
        section
    }

    /// How far its advice may be followed.
    pub(super) fn trust(&self) -> Section {
        let mut section = Section::new("trust", "HOW FAR TO TRUST IT");
        let Some(row) = self.rows("model_quality").find(|row| row.text("metric") == "gate") else {
            return section;
        };
        let gate = row.text("gate");
        section.gate = Some(gate.to_owned());
        section.opening.push(match gate {
            gate if gate == Gate::Trusted.as_str() => "Trusted: the model passed every test.".to_owned(),
            gate if gate == Gate::Review.as_str() => {
                "Under review: use it with care. Every reason:".to_owned()
            }
            _ => "Withheld: it gives no advice. Every reason:".to_owned(),
        });
        section.reasons = reasons(row);
        section.say(self.forecasts());
        section
    }

    fn metric(&self, metric: &str, variant: &str, split: &str) -> Option<f64> {
        let is_it = |row: &&Row| {
            row.text("metric") == metric && row.text("variant") == variant && row.text("split") == split
        };
        self.rows("model_quality").find(is_it)?.number("value")
    }

    /// Its forecasts against simpler ones, on periods that the fit had not seen.
    fn forecasts(&self) -> Option<String> {
        let (metric, own) = ERRORS
            .iter()
            .find_map(|metric| Some((*metric, self.metric(metric, "model", "out_of_sample")?)))?;
        let against: Vec<String> = RIVALS
            .iter()
            .filter_map(|(variant, words)| {
                let other = self.metric(metric, variant, "out_of_sample").filter(|other| *other > 0.0)?;
                let change = own / other - 1.0;
                let size = if change < 0.0 { "smaller" } else { "larger" };
                Some(format!("{} {size} than by {words}", percent(change.abs())))
            })
            .collect();
        (!against.is_empty()).then(|| {
            format!(
                "Forecasts: on {}s that it had not seen, its error ({metric}) is {}.",
                self.inputs.period(),
                against.join(", ")
            )
        })
    }

    /// Where the figures stand in published tables.
    pub(super) fn published(&self) -> Vec<PublishedRows> {
        let tables: &[&str] = match self.model {
            Model::Response(_) => &[
                "channel_performance",
                "response_curves",
                "contributions",
                "driver_effects",
                "driver_interactions",
                "experiments",
                "model_parameters",
                "model_quality",
                "predictions",
            ],
            Model::Outcome(_) => {
                &["driver_importance", "driver_effects", "model_parameters", "model_quality", "predictions"]
            }
        };
        tables.iter().map(|table| self.inputs.rows_in(table, &[("model", self.model.name())])).collect()
    }
}

fn channel_figure(row: &Row, label: &str) -> Option<Figure> {
    let gate = row.text("gate");
    let found = figure(row, "roas", &Unit::Bare, label, gate);
    let mut found = found.or_else(|| figure(row, "outcome_share", &Unit::Share, label, gate))?;
    if found.figure == "outcome_share" {
        found.note = format!("of the outcome, without spend; {gate}");
    }
    found.figure = format!("{}:{}", found.figure, row.text("channel"));
    Some(found)
}

/// What people read instead of a driver's, or a group's, name.
pub(super) fn driver_label(drivers: &[Driver], name: &str) -> String {
    let driver = drivers.iter().find(|driver| driver.name == name);
    driver.map_or_else(|| name.replace('_', " "), |driver| driver.label.get(ENGLISH).to_owned())
}
