//! A recommendation: what it says, and every figure that its evidence points to.
//!
//! Evidence is followed by table name, key and column alone, so that advice of any kind can be explained
//! whatever tables it rests on.

use crate::domain::{Evidence, Gate};
use crate::steering::wording::number::Sign;
use crate::steering::wording::quantity::Unit;
use crate::steering::wording::{date, label};

use super::explanation::{EvidenceRow, Figure, PublishedRows, Section};
use super::inputs::{ENGLISH, ExplainInputs, figure, range};
use super::row::{Cell, PublishedColumn, PublishedTable, Row, split_key};

/// Columns of a recommendation that this page tells in words of its own, or that only name the row.
const TOLD: [&str; 27] = [
    "job",
    "as_of",
    "recommendation_id",
    "language",
    "rank",
    "recipient",
    "decision",
    "kpi",
    "model",
    "driver",
    "level",
    "action",
    "headline",
    "reason",
    "change",
    "amount_from",
    "amount_to",
    "expected_effect",
    "expected_effect_lower",
    "expected_effect_upper",
    "interval_level",
    "interval_note",
    "effect_unit",
    "evidence",
    "gate",
    "source",
    "valid_until",
];

/// Relative difference up to which two figures are the same.
const SAME: f64 = 1e-9;

/// A published recommendation.
pub(super) struct RecommendationView<'a> {
    pub(super) inputs: &'a ExplainInputs<'a>,
    pub(super) id: &'a str,
    /// Its row, in English where there is one.
    pub(super) row: &'a Row,
}

impl<'a> RecommendationView<'a> {
    /// The recommendation with the id; `None` if it was not published.
    pub(super) fn of(inputs: &'a ExplainInputs<'a>, id: &'a str) -> Option<Self> {
        let is_it = |row: &&Row| row.text("recommendation_id") == id;
        let rows: Vec<&Row> = inputs.published.rows("recommendations").filter(is_it).collect();
        let english = rows.iter().find(|row| row.text("language") == ENGLISH.code());
        let row = english.or(rows.first())?;
        Some(Self { inputs, id, row })
    }

    pub(super) fn title(&self) -> String {
        self.row.text("headline").to_owned()
    }

    /// What is recommended, to whom, with which effect.
    pub(super) fn advice(&self) -> Section {
        let (job, row) = (self.inputs.job, self.row);
        let mut section = Section::new("advice", "WHAT IT SAYS");
        section.opening.push(row.text("reason").to_owned());
        let mut line = |figure: &str, label: &str, text: String, note: String| {
            if !text.is_empty() {
                section.figures.push(stated(figure, label, text, note));
            }
        };
        let decision = job.decision(row.text("decision"));
        let question = decision.map(|decision| decision.question.get(ENGLISH).to_owned()).unwrap_or_default();
        let recipient = job.recipient(row.text("recipient")).map(|recipient| recipient.label.clone());
        line("decision", "decision", row.text("decision").to_owned(), question);
        line("recipient", "for", row.text("recipient").to_owned(), recipient.unwrap_or_default());
        let rank = row.number("rank").map(|rank| format!("rank {rank}")).unwrap_or_default();
        line("rank", "rank", rank, "within the decision, best first".to_owned());
        line("action", "action", row.text("action").to_owned(), action(row.text("action")).to_owned());
        line("driver", "what", self.what(), self.movement());
        line("expected_effect", "expected effect", self.effect(), self.kpi());
        line("model", "model", row.text("model").to_owned(), String::new());
        let until = row.day("valid_until").and_then(|day| day.pred_opt());
        let until = until.map(|day| date::day(day, ENGLISH)).unwrap_or_default();
        line("valid_until", "valid through", until, String::new());
        for (column, cell) in self.others() {
            line(column, &column.replace('_', " "), cell, String::new());
        }
        section
    }

    /// Driver, channel or level that it is about.
    fn what(&self) -> String {
        match (self.row.text("driver"), self.row.text("level")) {
            ("", _) => "nothing in particular".to_owned(),
            (driver, "") => driver.to_owned(),
            (driver, level) => format!("{driver} = {level}"),
        }
    }

    /// From where to where it is moved.
    fn movement(&self) -> String {
        let row = self.row;
        if let (Some(from), Some(to)) = (row.number("amount_from"), row.number("amount_to")) {
            let unit = Unit::of_change(Some(&self.inputs.job.currency), &self.inputs.job.currency);
            let amount = |value: f64| unit.write_short(value, 4, Sign::Negative, ENGLISH);
            return format!("money over the plan from {} to {}", amount(from), amount(to));
        }
        let is_its = |effect: &&Row| {
            ["model", "driver", "level"].iter().all(|column| effect.text(column) == row.text(column))
        };
        let effect = self.inputs.published.rows("driver_effects").find(is_its);
        let reference = effect.map(|effect| effect.text("reference_level")).unwrap_or_default();
        match (reference, row.text("level"), row.number("change")) {
            ("", _, Some(change)) => {
                let model = self.inputs.job.models.iter().find(|model| model.name() == row.text("model"));
                let drivers = model.map(crate::config::job::Model::drivers).unwrap_or_default();
                let driver = drivers.iter().find(|driver| driver.name == row.text("driver"));
                let unit = driver.and_then(|driver| driver.unit.as_ref()).map(|unit| unit.get(ENGLISH));
                let unit = Unit::of_change(unit, &self.inputs.job.currency);
                format!("by {} from where it is", unit.write_short(change, 3, Sign::Always, ENGLISH))
            }
            (reference, level, _) if !reference.is_empty() && !level.is_empty() => {
                format!("from “{reference}” to “{level}”")
            }
            _ => String::new(),
        }
    }

    fn effect(&self) -> String {
        let unit = match self.row.text("effect_unit") {
            "probability" => Unit::ShareDifference,
            unit => Unit::of_amount(unit, None, &self.inputs.job.currency, ENGLISH).difference(),
        };
        self.row.estimate("expected_effect").map(|effect| range(&effect, &unit)).unwrap_or_default()
    }

    fn kpi(&self) -> String {
        let kpi = self.inputs.kpi_of(Some(self.row.text("kpi")));
        kpi.map(|kpi| format!("moves {} ({})", kpi.label.get(ENGLISH), kpi.name)).unwrap_or_default()
    }

    /// Columns of the table that are not told above, for example those of budgets.
    fn others(&self) -> Vec<(&'a str, String)> {
        let table = self.inputs.published.table("recommendations");
        let columns = table.map(|table| table.columns.as_slice()).unwrap_or_default();
        let others = columns.iter().filter(|column| !TOLD.contains(&column.name.as_str()));
        others
            .filter_map(|column| {
                let text = match self.row.0.get(&column.name)? {
                    Cell::Missing => return None,
                    Cell::Text(text) => text.clone(),
                    Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
                    Cell::Number(value) => {
                        self.inputs.unit_of(column, self.row).write_short(*value, 4, Sign::Negative, ENGLISH)
                    }
                };
                Some((column.name.as_str(), text))
            })
            .collect()
    }

    /// How far to follow it.
    pub(super) fn trust(&self) -> Section {
        let mut section = Section::new("trust", "HOW FAR TO TRUST IT");
        let gate = self.row.text("gate");
        section.gate = Some(gate.to_owned());
        let custom = self.row.text("source") == "custom";
        section.opening.push(match gate {
            gate if custom && gate == Gate::Trusted.as_str() => {
                "It comes from a SQL table of the job, not from a model.".to_owned()
            }
            gate if custom => {
                format!("It comes from a SQL table that reads results of models, the least trusted of which is `{gate}`.")
            }
            gate if gate == Gate::Trusted.as_str() => "Its model passed every test.".to_owned(),
            gate => format!("Its model is `{gate}`."),
        });
        section.say(match self.row.text("evidence") {
            "" => None,
            evidence if evidence == Evidence::Observational.as_str() => {
                Some("It rests on what happened, not on an experiment (observational).".to_owned())
            }
            evidence => Some(format!("It rests on evidence of the kind `{evidence}`.")),
        });
        if !custom && !self.row.text("model").is_empty() {
            section.say(format!(
                "`{} explain {} {}` says more about its model.",
                self.inputs.program,
                self.inputs.job_path,
                self.row.text("model")
            ));
        }
        section
    }

    /// Every figure that its evidence points to, looked up where it stands.
    pub(super) fn evidence(&self) -> Section {
        let mut section = Section::new("evidence", "THE FIGURES BEHIND IT");
        let is_its = |row: &&Row| row.text("recommendation_id") == self.id;
        let mut lines: Vec<&Row> =
            self.inputs.published.rows("recommendation_evidence").filter(is_its).collect();
        lines.sort_by(|a, b| {
            let number = |row: &Row| row.number("figure_number").unwrap_or(f64::MAX);
            number(a).total_cmp(&number(b))
        });
        for line in lines {
            let (table, row_key) = (line.text("table_name"), line.text("row_key"));
            let found = self.inputs.published.table(table);
            let key = split_key(row_key, found.map(|table| table.columns.as_slice()).unwrap_or_default());
            let row = found
                .zip(key.as_ref())
                .and_then(|(table, key)| table.rows.iter().find(|row| row.holds_all(key)));
            let key: Vec<(String, String)> = match key {
                Some(key) => {
                    key.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
                }
                None => vec![("row_key".to_owned(), row_key.to_owned())],
            };
            let looked_up = self.look_up(line, found, row);
            match section.rows.iter_mut().find(|known| known.table == table && known.key == key) {
                Some(known) => known.figures.push(looked_up),
                None => section.rows.push(EvidenceRow {
                    table: table.to_owned(),
                    key,
                    found: row.is_some(),
                    figures: vec![looked_up],
                }),
            }
        }
        if section.rows.is_empty() {
            section.say("No figures were published for it.".to_owned());
        }
        section
    }

    fn look_up(&self, line: &Row, table: Option<&PublishedTable>, row: Option<&Row>) -> Figure {
        let column = line.text("column_name");
        let described = table.and_then(|table| table.column(column));
        let meaning = meaning(described);
        let (Some(row), Some(described)) = (row, described) else {
            let stated = line.number("value");
            let text = stated.map(|value| Unit::Bare.write_short(value, 4, Sign::Negative, ENGLISH));
            let note = "as the evidence states it; the table has no such row".to_owned();
            return Figure { value: stated, ..stated_figure(column, text.unwrap_or_default(), note) };
        };
        let Some(value) = row.number(column) else {
            let text = match row.0.get(column) {
                Some(Cell::Text(text)) => text.clone(),
                Some(Cell::Flag(flag)) => if *flag { "yes" } else { "no" }.to_owned(),
                _ => "–".to_owned(),
            };
            return stated_figure(column, text, meaning);
        };
        let unit = self.inputs.unit_of(described, row);
        let note = match line.number("value") {
            Some(stated) if (stated - value).abs() > SAME * value.abs().max(stated.abs()) => {
                format!("the evidence says {stated}; {meaning}")
            }
            _ => meaning,
        };
        let looked_up = figure(row, column, &unit, &column.replace('_', " "), &note);
        looked_up.unwrap_or_else(|| stated_figure(column, String::new(), String::new()))
    }

    /// Where the figures stand in published tables.
    pub(super) fn published(&self) -> Vec<PublishedRows> {
        let key = [("recommendation_id", self.id)];
        let mut rows = vec![
            self.inputs.rows_in("recommendations", &key),
            self.inputs.rows_in("recommendation_evidence", &key),
        ];
        let evidence = self.evidence().rows;
        let mut tables: Vec<&str> = evidence.iter().map(|row| row.table.as_str()).collect();
        tables.dedup();
        for table in tables {
            let mut of_table = evidence.iter().filter(|row| row.table == table);
            let first = of_table.next().map(|row| row.key.clone()).unwrap_or_default();
            // Many rows of one table are named by what they have in common.
            let others: Vec<&EvidenceRow> = of_table.collect();
            let shared = first.iter().filter(|pair| others.iter().all(|row| row.key.contains(pair)));
            let shared: Vec<(&str, &str)> =
                shared.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            rows.push(self.inputs.rows_in(table, &shared));
        }
        rows
    }
}

/// What a column holds, without what it says about missing values.
fn meaning(column: Option<&PublishedColumn>) -> String {
    let meaning = column.and_then(|column| column.meaning.as_deref()).unwrap_or_default();
    meaning.split("; NULL").next().map(label::sentence).unwrap_or_default()
}

fn action(action: &str) -> &'static str {
    match action {
        "change" => "do it",
        "test" => "try it on a part before you roll it out",
        "watch" => "not ours to move: plan with it",
        "keep" => "leave things as they are",
        _ => "",
    }
}

fn stated(figure: &str, label: &str, text: String, note: String) -> Figure {
    Figure { label: label.to_owned(), ..stated_figure(figure, text, note) }
}

fn stated_figure(column: &str, text: String, note: String) -> Figure {
    Figure {
        figure: column.to_owned(),
        label: column.replace('_', " "),
        value: None,
        lower: None,
        upper: None,
        interval_level: None,
        text,
        note,
    }
}
