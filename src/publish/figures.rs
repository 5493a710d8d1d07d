//! The headline figures of models as an earlier run published them, read back from its tables.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Float64Type};
use chrono::NaiveDate;
use object_store::ObjectMeta;

use super::error::PublishError;
use super::previous::Previous;
use super::registry::{
    BUDGET_PLAN, CHANNEL_PERFORMANCE, DRIVER_EFFECTS, DRIVER_IMPORTANCE, MODEL_QUALITY, RECOMMENDATIONS,
};
use crate::domain::Estimate;
use crate::models::result::{Figure, quantity};

/// What an earlier run published of its models.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviousFigures {
    /// The `as_of` of the publication.
    pub as_of: NaiveDate,
    /// Every headline figure.
    pub figures: Vec<Figure>,
    /// Fingerprint of what each model was told, by model; publications of old versions have none.
    pub configurations: BTreeMap<String, String>,
    /// The objects that were read, with the table of each.
    pub objects: Vec<(&'static str, ObjectMeta)>,
}

/// What an earlier budget plan recommended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PreviousBudget {
    /// Recommended money as a share of what was planned, by unit and channel.
    pub shares: BTreeMap<(String, String), f64>,
    /// The object that was read.
    pub object: Option<ObjectMeta>,
}

/// What an earlier publication advised.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PreviousAdvice {
    /// Since when each piece of advice was given, by its id.
    pub since: BTreeMap<String, NaiveDate>,
    /// The object that was read.
    pub object: Option<ObjectMeta>,
}

/// Columns with estimates of a channel that are compared; all are sampled.
const OF_CHANNELS: [&str; 3] = ["roas", "mroas", "carry_over_share"];

/// A part of the outcome stands in for the return of a channel without a price.
const SHARE: &str = "outcome_share";

impl Previous {
    /// The figures of the publication before; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The store's error, or that of the files.
    pub async fn figures(&self) -> Result<Option<PreviousFigures>, PublishError> {
        let Some(as_of) = self.as_of() else { return Ok(None) };
        let mut found = PreviousFigures {
            as_of,
            figures: Vec::new(),
            configurations: BTreeMap::new(),
            objects: Vec::new(),
        };
        let mut draws: BTreeMap<String, f64> = BTreeMap::new();
        for def in [&CHANNEL_PERFORMANCE, &DRIVER_EFFECTS, &DRIVER_IMPORTANCE, &MODEL_QUALITY] {
            let Some((object, batches)) = self.result_rows(def.name).await? else { continue };
            found.objects.push((def.name, object));
            for row in batches.iter().flat_map(Row::all) {
                match def.name {
                    name if name == CHANNEL_PERFORMANCE.name => channel(&row, &mut draws, &mut found.figures),
                    name if name == DRIVER_EFFECTS.name => found.figures.extend(effect(&row, &draws)),
                    name if name == DRIVER_IMPORTANCE.name => found.figures.extend(importance(&row)),
                    _ => found.configurations.extend(configuration(&row)),
                }
            }
        }
        Ok(Some(found))
    }
}

impl Previous {
    /// What the budget plan of `model` in the publication before recommended, as a share of what was planned, by unit and
    /// channel, with the object that was read; nothing where there is no such plan.
    ///
    /// # Errors
    ///
    /// The store's error, or that of the file.
    pub async fn budget(&self, model: &str) -> Result<PreviousBudget, PublishError> {
        let Some((object, batches)) = self.result_rows(BUDGET_PLAN.name).await? else {
            return Ok(PreviousBudget::default());
        };
        let mut sums: BTreeMap<(String, String), (f64, f64)> = BTreeMap::new();
        for row in batches.iter().flat_map(Row::all).filter(|row| row.text("model") == Some(model)) {
            let (Some(unit), Some(channel)) = (row.text("unit"), row.text("channel")) else { continue };
            let (Some(now), Some(then)) = (row.number("current"), row.number("recommended")) else {
                continue;
            };
            let sum = sums.entry((unit.to_owned(), channel.to_owned())).or_default();
            *sum = (sum.0 + now, sum.1 + then);
        }
        let share = |(now, then): (f64, f64)| (now > 0.0).then(|| then / now);
        let shares = sums.into_iter().filter_map(|(cell, sums)| Some((cell, share(sums)?))).collect();
        Ok(PreviousBudget { shares, object: Some(object) })
    }
}

impl Previous {
    /// Since when the publication before gave each piece of its advice, by id, with the object that was read.
    ///
    /// # Errors
    ///
    /// The store's error, or that of the file.
    pub async fn advice(&self) -> Result<PreviousAdvice, PublishError> {
        let Some(as_of) = self.as_of() else { return Ok(PreviousAdvice::default()) };
        let Some((object, batches)) = self.result_rows(RECOMMENDATIONS.name).await? else {
            return Ok(PreviousAdvice::default());
        };
        let rows = batches.iter().flat_map(Row::all);
        let since = |row: Row<'_>| {
            // Publications of old versions do not say.
            Some((row.text("recommendation_id")?.to_owned(), row.day("given_since").unwrap_or(as_of)))
        };
        Ok(PreviousAdvice { since: rows.filter_map(since).collect(), object: Some(object) })
    }
}

/// The figures of a channel over all units. `draws` keeps the fewest independent draws of each model.
fn channel(row: &Row<'_>, draws: &mut BTreeMap<String, f64>, figures: &mut Vec<Figure>) {
    let (Some(model), Some(channel), Some("")) = (row.text("model"), row.text("channel"), row.text("unit"))
    else {
        return;
    };
    let independent = row.number("effective_sample_size").unwrap_or(0.0);
    let fewest = draws.entry(model.to_owned()).or_insert(f64::INFINITY);
    *fewest = fewest.min(independent);
    let share = row.number("roas").is_none().then_some(SHARE);
    for column in OF_CHANNELS.into_iter().chain(share) {
        if let Some(estimate) = row.estimate(column) {
            figures.push(Figure::sampled(
                model,
                quantity::of_channel(column, channel),
                estimate,
                independent,
            ));
        }
    }
}

/// The effect of a driver: sampled where the model has channels.
fn effect(row: &Row<'_>, draws: &BTreeMap<String, f64>) -> Option<Figure> {
    let (model, estimate) = (row.text("model")?, row.estimate("effect")?);
    let level = row.text("level").filter(|level| !level.is_empty());
    let name = quantity::effect(row.text("driver")?, level);
    Some(match draws.get(model) {
        Some(draws) => Figure::sampled(model, name, estimate, *draws),
        None => Figure::computed(model, name, estimate),
    })
}

fn importance(row: &Row<'_>) -> Option<Figure> {
    let name = quantity::share(row.text("driver_group")?);
    Some(Figure::computed(row.text("model")?, name, row.estimate("share")?))
}

fn configuration(row: &Row<'_>) -> Option<(String, String)> {
    Some((row.text("model")?.to_owned(), row.text("configuration")?.to_owned()))
}

/// What the note of a row says of `column`. Rows with several estimates name those that a reason is about.
fn reason<'a>(note: &'a str, column: &str) -> &'a str {
    let about = |part: &'a str| {
        let (columns, reason) = part.split_once(": ")?;
        columns.split(", ").any(|named| named == column).then_some(reason)
    };
    note.split("; ").find_map(about).unwrap_or(note)
}

/// One row of a published table. Columns that the table does not have are missing values.
struct Row<'a> {
    batch: &'a RecordBatch,
    at: usize,
}

impl<'a> Row<'a> {
    fn all(batch: &'a RecordBatch) -> impl Iterator<Item = Self> {
        (0..batch.num_rows()).map(move |at| Self { batch, at })
    }

    fn text(&self, column: &str) -> Option<&'a str> {
        let texts = self.batch.column_by_name(column)?.as_string_opt::<i32>()?;
        texts.is_valid(self.at).then(|| texts.value(self.at))
    }

    fn number(&self, column: &str) -> Option<f64> {
        let numbers = self.batch.column_by_name(column)?.as_primitive_opt::<Float64Type>()?;
        numbers.is_valid(self.at).then(|| numbers.value(self.at))
    }

    fn day(&self, column: &str) -> Option<NaiveDate> {
        let days = self.batch.column_by_name(column)?.as_primitive_opt::<Date32Type>()?;
        days.is_valid(self.at).then(|| days.value_as_date(self.at)).flatten()
    }

    /// An estimate with its interval, if the row has both ends.
    fn estimate(&self, column: &str) -> Option<Estimate> {
        let value = self.number(column)?;
        let ends = self.number(&format!("{column}_lower")).zip(self.number(&format!("{column}_upper")));
        let bare = || {
            let note = self.text("interval_note").unwrap_or("it was published without one");
            Estimate::without_interval(value, reason(note, column))
        };
        let bounded = |((lower, upper), level)| Estimate::with_bounds(value, lower, upper, level);
        Some(ends.zip(self.number("interval_level")).map_or_else(bare, bounded))
    }
}
