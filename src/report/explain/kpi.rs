//! A KPI: what it is, where it stands, which decision it belongs to.

use crate::config::job::{Kpi, Model};
use crate::steering::wording::date;
use crate::steering::wording::number::{self, Sign};
use crate::steering::wording::quantity::Unit;

use super::explanation::{Figure, PublishedRows, Section};
use super::inputs::{ENGLISH, ExplainInputs, and};
use super::row::Row;

/// A published KPI.
pub(super) struct KpiView<'a> {
    pub(super) inputs: &'a ExplainInputs<'a>,
    pub(super) kpi: &'a Kpi,
}

impl KpiView<'_> {
    pub(super) fn title(&self) -> String {
        format!("{}, a KPI", self.kpi.label.get(ENGLISH))
    }

    /// Its values for the whole company, the newest first.
    pub(super) fn rows(&self) -> Vec<&Row> {
        let is_its = |row: &&Row| row.text("kpi") == self.kpi.name && row.text("cell").is_empty();
        let mut rows: Vec<&Row> = self.inputs.published.rows("kpi_values").filter(is_its).collect();
        rows.sort_by(|a, b| b.text("period_start").cmp(a.text("period_start")));
        rows
    }

    /// Where it stands.
    pub(super) fn figures(&self) -> Section {
        let mut section = Section::new("figures", "WHERE IT STANDS");
        let Some(row) = self.rows().first().copied() else {
            section.say("The publication has no value of it for the whole company.".to_owned());
            return section;
        };
        let kind = self.inputs.job.calendar.period;
        if let Some(start) = row.day("period_start") {
            let provisional =
                if row.flag("is_provisional") { "; later runs will compute it again" } else { "" };
            section.opening.push(format!(
                "The {}, in the whole company{provisional}:",
                date::period(start, kind, ENGLISH)
            ));
        }
        let period = kind.as_str();
        section.figures.extend(
            [
                self.figure(row, "value", "value", String::new()),
                self.figure(row, "numerator", "numerator", self.kpi.numerator.clone()),
                self.figure(
                    row,
                    "denominator",
                    "denominator",
                    self.kpi.denominator.clone().unwrap_or_default(),
                ),
                self.figure(
                    row,
                    "previous_period_value",
                    &format!("the {period} before"),
                    moved(row, "change_to_previous_period"),
                ),
                self.figure(
                    row,
                    "previous_year_value",
                    "the year before",
                    moved(row, "change_to_previous_year"),
                ),
            ]
            .into_iter()
            .flatten(),
        );
        section
    }

    fn figure(&self, row: &Row, column: &str, label: &str, note: String) -> Option<Figure> {
        let value = row.number(column)?;
        let unit = match column {
            // Parts of a ratio have units of their own, which the job does not state.
            "numerator" | "denominator" => Unit::Bare,
            _ => Unit::of_kpi(self.kpi, &self.inputs.job.currency, ENGLISH),
        };
        Some(Figure {
            figure: column.to_owned(),
            label: label.to_owned(),
            value: Some(value),
            lower: None,
            upper: None,
            interval_level: None,
            text: unit.write(value, unit.natural_decimals(value), Sign::Negative, ENGLISH),
            note,
        })
    }

    /// How it is computed.
    pub(super) fn method(&self) -> Section {
        let kpi = self.kpi;
        let mut section = Section::new("method", "HOW IT IS COMPUTED");
        section.say(format!(
            "Per {}: {} of table `{}`.",
            self.inputs.period(),
            one_line(&kpi.value),
            kpi.from
        ));
        section.say(
            kpi.filter
                .as_ref()
                .map(|filter| format!("Only rows count for which {} holds.", one_line(filter))),
        );
        if kpi.denominator.is_some() {
            section.say(
                "It is a ratio of sums on every level of the drill-down, never a mean of ratios.".to_owned(),
            );
        }
        if !kpi.by.is_empty() {
            section.say(format!("It can be cut by {}.", and(&kpi.by)));
        }
        section.say(format!("Counted in {}; {} is better.", kpi.unit, kpi.better.as_str()));
        section
    }

    /// What it is for.
    pub(super) fn decisions(&self) -> Section {
        let (job, kpi) = (self.inputs.job, self.kpi);
        let mut section = Section::new("decisions", "WHAT IT IS FOR");
        let who = |name: &str| {
            job.recipient(name).map_or_else(|| name.to_owned(), |recipient| recipient.label.clone())
        };
        section.say(format!("{} answers for it.", who(&kpi.owner)));
        for decision in kpi.decisions.iter().filter_map(|name| job.decision(name)) {
            section.say(format!(
                "Decision `{}`: {} {} decides, every {}.",
                decision.name,
                decision.question.get(ENGLISH),
                who(&decision.owner),
                decision.cadence.as_str()
            ));
        }
        section.say(kpi.part_of.as_ref().map(|whole| format!("It is a part of `{whole}`.")));
        let parts: Vec<String> = job
            .kpis
            .iter()
            .filter(|part| part.part_of.as_ref() == Some(&kpi.name))
            .map(|part| format!("`{}`", part.name))
            .collect();
        if !parts.is_empty() {
            section.say(format!("Its parts are {}.", and(&parts)));
        }
        let explains = |model: &&Model| match model {
            Model::Outcome(model) => model.explains.as_ref() == Some(&kpi.name),
            Model::Response(model) => model.explains.as_ref() == Some(&kpi.name),
        };
        let models: Vec<String> =
            job.models.iter().filter(explains).map(|model| format!("`{}`", model.name())).collect();
        if !models.is_empty() {
            section.say(format!("What moves it is explained by {}.", and(&models)));
        }
        section
    }

    /// Where the figures stand in published tables.
    pub(super) fn published(&self) -> Vec<PublishedRows> {
        let key = [("kpi", self.kpi.name.as_str())];
        vec![
            self.inputs.rows_in("kpi_values", &key),
            self.inputs.rows_in("kpi_catalog", &key),
            self.inputs.rows_in("kpi_decisions", &key),
        ]
    }
}

/// How the value moved, in percent.
fn moved(row: &Row, column: &str) -> String {
    let Some(change) = row.number(column) else { return String::new() };
    let size = number::percent(change.abs(), 1, Sign::Never, ENGLISH);
    match change {
        change if change > 0.0 => format!("up {size} since"),
        change if change < 0.0 => format!("down {size} since"),
        _ => "unchanged".to_owned(),
    }
}

fn one_line(sql: &str) -> String {
    format!("`{}`", sql.split_whitespace().collect::<Vec<_>>().join(" "))
}
