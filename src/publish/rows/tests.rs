//! Rows of every result table from one run with an outcome model and a response model.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Date32Type, Float64Type};

use super::{OutputTable, result_tables};
use crate::models::result::ModelResults;
use crate::publish::error::PublishError;
use crate::publish::fixture;
use crate::publish::registry::TableDef;
use crate::publish::registry::{
    CHANNEL_PERFORMANCE, CONTRIBUTIONS, DRIVER_EFFECTS, DRIVER_INTERACTIONS, EXPERIMENTS, MODEL_CHANGES,
    MODEL_PARAMETERS, MODEL_QUALITY, PREDICTIONS, RESPONSE_CURVES,
};
use crate::steering::result::SteeringPlan;

fn tables(models: &ModelResults) -> Result<Vec<OutputTable>, PublishError> {
    result_tables(&fixture::job(), fixture::window(), &[], models, &SteeringPlan::default())
}

fn table(def: &TableDef) -> OutputTable {
    let tables = tables(&fixture::models()).expect("the fixture is sound");
    tables.into_iter().find(|table| table.def.name == def.name).expect("every table is there")
}

impl OutputTable {
    fn texts(&self, column: &str) -> Vec<Option<String>> {
        let column = self.batch.column_by_name(column).expect("column");
        column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    fn numbers(&self, column: &str) -> Vec<Option<f64>> {
        let column = self.batch.column_by_name(column).expect("column");
        column.as_primitive::<Float64Type>().iter().collect()
    }

    /// The row whose first columns after `job` and `as_of` are these texts.
    fn row(&self, key: &[&str]) -> usize {
        let is_it = |row: &usize| {
            key.iter()
                .enumerate()
                .all(|(column, text)| self.batch.column(column + 2).as_string::<i32>().value(*row) == *text)
        };
        (0..self.batch.num_rows()).find(is_it).expect("a row of this key")
    }

    fn text(&self, key: &[&str], column: &str) -> Option<String> {
        self.texts(column)[self.row(key)].clone()
    }

    fn number(&self, key: &[&str], column: &str) -> Option<f64> {
        self.numbers(column)[self.row(key)]
    }
}

const MODEL: &str = "revenue_response";

#[test]
fn no_column_is_left_empty_by_a_response_model() {
    let tables = [
        CHANNEL_PERFORMANCE,
        RESPONSE_CURVES,
        CONTRIBUTIONS,
        DRIVER_INTERACTIONS,
        EXPERIMENTS,
        MODEL_CHANGES,
    ];
    let without_notes = [DRIVER_INTERACTIONS.name, EXPERIMENTS.name, MODEL_CHANGES.name];
    for def in tables {
        let table = table(&def);
        for column in def.columns {
            let empty = table.batch.column_by_name(column.name).expect("column");
            let is_empty = empty.null_count() == empty.len();
            let may_be = (column.name == "interval_note" && without_notes.contains(&def.name))
                || column.name == "change_from_sampling";
            assert_eq!(is_empty, may_be, "{}.{}", def.name, column.name);
        }
    }
}

#[test]
fn a_key_that_comes_twice_is_a_defect() {
    for double in [
        |models: &mut ModelResults| {
            let again = models.response[0].channels[0].clone();
            models.response[0].channels.push(again);
        },
        |models: &mut ModelResults| {
            let again = models.response[0].curves[0].clone();
            models.response[0].curves.push(again);
        },
        |models: &mut ModelResults| {
            let again = models.response[0].contributions[0].clone();
            models.response[0].contributions.push(again);
        },
        |models: &mut ModelResults| {
            let again = models.response[0].experiments[0].clone();
            models.response[0].experiments.push(again);
        },
        |models: &mut ModelResults| {
            let again = models.response[0].predictions[0].clone();
            models.response[0].predictions.push(again);
        },
    ] {
        let mut models = fixture::models();
        assert!(tables(&models).is_ok());
        double(&mut models);
        assert!(matches!(tables(&models), Err(PublishError::Defect { .. })));
    }
}

#[test]
fn channels_stand_over_all_units_and_in_each() {
    let table = table(&CHANNEL_PERFORMANCE);
    let units: Vec<String> = table
        .texts("channel")
        .iter()
        .zip(table.texts("unit"))
        .filter(|(channel, _)| channel.as_deref() == Some("tv"))
        .filter_map(|(_, unit)| unit)
        .collect();
    assert_eq!(units, ["", "north", "south"]);
    let tv = [MODEL, "tv", ""];
    assert_eq!(table.text(&tv, "label_de").as_deref(), Some("Fernsehen"));
    assert_eq!(table.number(&tv, "roas_lower"), Some(1.9));
    assert_eq!(table.number(&tv, "roas_without_third_party_upper"), Some(6.1));
    assert_eq!(table.text(&tv, "depends_on").as_deref(), Some("market_demand"));
    assert_eq!(table.text(&tv, "robustness_driver").as_deref(), Some("market_demand"));
    assert_eq!(table.text(&tv, "reason_codes"), None);
    assert_eq!(table.text(&tv, "interval_note"), None);
    assert_eq!(table.text(&tv, "outcome_unit").as_deref(), Some("EUR"));
}

#[test]
fn a_channel_says_why_it_is_not_trusted_and_which_estimates_have_no_interval() {
    let table = table(&CHANNEL_PERFORMANCE);
    let radio = [MODEL, "radio", ""];
    // The data hold it, the job does not describe it.
    assert_eq!(table.text(&radio, "label_en"), None);
    assert_eq!(table.text(&radio, "gate").as_deref(), Some("withheld"));
    assert_eq!(table.text(&radio, "model_gate").as_deref(), Some("review"));
    assert_eq!(table.text(&radio, "reason_codes").as_deref(), Some("chains_disagree, few_periods"));
    assert_eq!(table.text(&radio, "reasons").as_deref(), Some("R-hat is 1.31\nspend in 6 periods only"));
    assert_eq!(table.text(&radio, "interval_note").as_deref(), Some("roas, mroas: the chains disagree"));
    assert_eq!((table.number(&radio, "roas"), table.number(&radio, "roas_lower")), (Some(0.4), None));
    assert_eq!(table.number(&radio, "interval_level"), Some(0.9));
    let newsletter = [MODEL, "newsletter", ""];
    assert_eq!((table.number(&newsletter, "spend"), table.number(&newsletter, "roas")), (None, None));
    assert_eq!(table.text(&newsletter, "depends_on").as_deref(), Some(""));
    assert_eq!(table.number(&newsletter, "robustness_value"), Some(0.12));
    assert_eq!(table.number(&newsletter, "robustness_benchmark"), None);
}

#[test]
fn curves_carry_the_gate_of_their_channel() {
    let curves = table(&RESPONSE_CURVES);
    assert_eq!(curves.numbers("spend_multiple")[..3], [Some(0.5), Some(1.0), Some(2.0)]);
    assert_eq!(curves.text(&[MODEL, "tv"], "gate").as_deref(), Some("trusted"));
    let notes = curves.texts("interval_note");
    assert_eq!(notes.iter().flatten().collect::<Vec<_>>(), ["mroas: beyond what was observed"]);
    // Without a row of its own, a channel has the gate of the model.
    let mut models = fixture::models();
    models.response[0].channels.clear();
    let curves = tables(&models).expect("sound").into_iter().find(|table| table.def.name == curves.def.name);
    assert_eq!(curves.expect("a table").text(&[MODEL, "tv"], "gate").as_deref(), Some("review"));
}

#[test]
fn parts_of_the_fitted_outcome_say_where_intervals_stand() {
    let table = table(&CONTRIBUTIONS);
    let sum: f64 = table.numbers("contribution").into_iter().flatten().sum();
    assert!((sum - 2.0 * 98_000.0).abs() < 1e-6);
    let notes = table.texts("interval_note");
    let note = "intervals stand in channel_performance and driver_effects";
    assert!(notes.iter().all(|text| text.as_deref() == Some(note)));
    assert!(table.texts("party").contains(&None) && table.texts("party").contains(&Some("third".into())));
}

#[test]
fn experiments_stand_beside_what_the_model_says() {
    let experiments = table(&EXPERIMENTS);
    let tv = [MODEL, "tv", "north"];
    assert_eq!(experiments.number(&tv, "measured_outcome"), Some(130_000.0));
    assert_eq!(experiments.number(&tv, "modelled_outcome_upper"), Some(280_000.0));
    assert_eq!(experiments.number(&tv, "roas_with_experiments_lower"), Some(1.9));
    let pair = table(&DRIVER_INTERACTIONS);
    assert_eq!(pair.text(&[MODEL, "tv", "market_demand"], "finding").as_deref(), Some("synergy"));
}

#[test]
fn both_kinds_of_models_share_tables() {
    let effects = table(&DRIVER_EFFECTS);
    let demand = [MODEL, "market_demand", ""];
    assert_eq!(effects.text(&demand, "label_de").as_deref(), Some("Nachfrage im Markt"));
    assert_eq!(effects.text(&demand, "change_unit").as_deref(), Some("points"));
    assert_eq!(effects.text(&demand, "effect_unit").as_deref(), Some("EUR"));
    assert_eq!(effects.text(&["demand", "temperature", ""], "effect_unit").as_deref(), Some("EUR"));
    assert_eq!(table(&MODEL_PARAMETERS).number(&[MODEL, "tv.retention"], "estimate"), Some(0.62));
    let quality = table(&MODEL_QUALITY);
    assert_eq!(
        quality.text(&[MODEL, "gate", "model", "all"], "reason_codes").as_deref(),
        Some("unstable_origins")
    );
    assert_eq!(quality.number(&[MODEL, "rmse", "without_channels", "out_of_sample"], "value"), Some(6_000.0));
    assert_eq!(quality.text(&["demand", "gate", "model", "all"], "gate").as_deref(), Some("review"));
}

#[test]
fn predictions_stand_by_unit_and_over_all_rows() {
    let table = table(&PREDICTIONS);
    let units = table.texts("unit").into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(units, ["", "", "", "north", "north", "south", "south"]);
    assert_eq!(table.number(&["demand", ""], "actual"), Some(1.0));
    assert_eq!(table.number(&[MODEL, "north"], "out_of_sample"), None);
    assert_eq!(table.numbers("out_of_sample_lower")[4], Some(80_000.0));
    assert!(table.texts("outcome_unit").iter().all(|unit| unit.as_deref() == Some("EUR")));
}

#[test]
fn changes_are_noteworthy_where_the_new_interval_excludes_the_old_value() {
    let table = table(&MODEL_CHANGES);
    let noteworthy = table.batch.column_by_name("is_noteworthy").expect("column").as_boolean().value(0);
    assert!(noteworthy);
    let change = table.number(&[MODEL, "roas:tv"], "change").expect("a change");
    assert!((change + 1.4).abs() < 1e-12);
}

#[test]
fn periods_of_response_models_are_in_the_calendar() {
    let mut models = fixture::models();
    models.response[0].contributions[0].period_start = fixture::day("2011-12-26");
    let tables = tables(&models).expect("sound");
    let calendar = tables.iter().find(|table| table.def.name == "calendar").expect("a calendar");
    let starts = calendar.batch.column_by_name("period_start").expect("column");
    assert_eq!(starts.as_primitive::<Date32Type>().value_as_date(0), Some(fixture::day("2011-12-26")));
}
