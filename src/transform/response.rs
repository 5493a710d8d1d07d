//! Whether what a response model says about its tables fits their columns. Drivers have a file of
//! their own.
//!
//! A response model may read three tables: its own, that of its channels, and that of experiments.

use arrow::datatypes::{Schema, SchemaRef};

use super::fit::Need;
use super::plan::Planning;
use crate::config::job::{Budgets, Job, Margin, Media, ResponseModel};
use crate::engine::domain_type;

/// Columns of a table of experiments, apart from the unit.
const EXPERIMENT: [(&str, Need); 6] = [
    ("channel", Need::Anything),
    ("start", Need::DateOrTimestamp),
    ("end", Need::DateOrTimestamp),
    ("spend_change", Need::Number),
    ("lift", Need::Number),
    ("lift_se", Need::Number),
];
/// The column of the unit in a table of experiments.
const EXPERIMENT_UNIT: &str = "unit";

impl Planning<'_> {
    /// Checks every table of `model` that can be planned; what is broken is told at its cause.
    pub(super) fn response(&mut self, model: &ResponseModel) {
        let path = format!("models.{}.response", model.name);
        let own = self.schemas.get(&model.table).cloned();
        if let Some(schema) = &own {
            self.own_table(&path, model, schema);
        }
        if let Media::Long { table, .. } = &model.media
            && let Some(schema) = self.schemas.get(table).cloned()
        {
            self.media(&path, model, &schema, own.as_ref());
        }
        if let Some(table) = &model.experiments
            && let Some(schema) = self.schemas.get(table).cloned()
        {
            let path = format!("{path}.experiments");
            for (column, need) in EXPERIMENT {
                self.column(&path, table, &schema, column, need);
            }
            self.unit(&path, model, own.as_ref(), table, &schema, EXPERIMENT_UNIT);
        }
    }

    /// Checks the table of a budget's cells.
    pub(super) fn budget_cells(&mut self, job: &Job, budgets: &Budgets) {
        let path = "steering.budgets.cells";
        let Some(schema) = self.schemas.get(&budgets.cells).cloned() else { return };
        let Some(model) = job.response_model(&budgets.model) else { return };
        self.column(path, &budgets.cells, &schema, "channel", Need::Anything);
        if let Some(unit) = &model.unit {
            let own = self.schemas.get(&model.table).cloned();
            self.unit(path, model, own.as_ref(), &budgets.cells, &schema, unit);
        }
        for column in ["planned", "committed", "min", "max"] {
            if schema.field_with_name(column).is_ok() {
                self.column(path, &budgets.cells, &schema, column, Need::Number);
            }
        }
    }

    fn own_table(&mut self, path: &str, model: &ResponseModel, schema: &Schema) {
        let mut columns: Vec<(String, &str, Need)> = vec![
            ("outcome".into(), &model.outcome, Need::Number),
            ("at".into(), &model.at, Need::DateOrTimestamp),
        ];
        columns.extend(model.unit.iter().map(|unit| ("unit".into(), unit.as_str(), Need::Anything)));
        columns.extend(model.size.iter().map(|size| ("size".into(), size.as_str(), Need::Number)));
        if let Some(worth) = &model.worth {
            let (key, margin) = match &worth.margin {
                Margin::Amount(column) => ("margin", column),
                Margin::Rate(column) => ("margin_rate", column),
            };
            columns.push((format!("worth.{key}"), margin, Need::Number));
            let minus = worth.minus.iter().enumerate();
            columns.extend(
                minus.map(|(index, column)| (format!("worth.minus.{index}"), column.as_str(), Need::Number)),
            );
        }
        for channel in &model.channels {
            let inputs = [("spend", &channel.spend), ("exposure", &channel.exposure)];
            columns.extend(inputs.into_iter().filter_map(|(key, column)| {
                let place = format!("channels.each.{}.{key}", channel.name);
                column.as_deref().map(|column| (place, column, Need::Number))
            }));
        }
        for (key, column, need) in columns {
            self.column(&format!("{path}.{key}"), &model.table, schema, column, need);
        }
    }

    /// The table of the channels.
    fn media(&mut self, path: &str, model: &ResponseModel, schema: &Schema, own: Option<&SchemaRef>) {
        let Media::Long { table, key, at, spend, exposure } = &model.media else { return };
        let path = format!("{path}.channels");
        self.column(&format!("{path}.key"), table, schema, key, Need::Anything);
        self.column(&format!("{path}.at"), table, schema, at, Need::DateOrTimestamp);
        for (key, column) in [("spend", spend), ("exposure", exposure)] {
            if let Some(column) = column {
                self.column(&format!("{path}.{key}"), table, schema, column, Need::Number);
            }
        }
        if let Some(unit) = &model.unit {
            self.unit(&format!("{path}.from"), model, own, table, schema, unit);
        }
    }

    /// The unit in another table, which must be comparable with that of the model's own.
    fn unit(
        &mut self,
        path: &str,
        model: &ResponseModel,
        own: Option<&SchemaRef>,
        table: &str,
        schema: &Schema,
        column: &str,
    ) {
        let Some(unit) = &model.unit else { return };
        if !self.column(path, table, schema, column, Need::Anything) {
            return;
        }
        let held =
            |schema: &Schema, column: &str| domain_type(schema.field_with_name(column).ok()?.data_type());
        let (Some(here), Some(there)) = (held(schema, column), own.and_then(|own| held(own, unit))) else {
            return;
        };
        if here != there && !(here.is_numeric() && there.is_numeric()) {
            let message = format!(
                "column `{column}` of `{table}` is {here}, but `{unit}` of `{}` is {there}: units cannot be matched",
                model.table
            );
            self.problem(path, "column_type", message, Some("cast one of them in SQL".into()));
        }
    }
}
