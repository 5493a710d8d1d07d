//! Builds one output table column by column from plain structs.
//!
//! Each call names a column and says how to read its value from one item. Name and type are held
//! against the registry at once, and a column that was forgotten shows when the batch is finished,
//! so the registry and the builders cannot drift apart.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::take_record_batch;
use arrow::datatypes::Date32Type;
use arrow::row::{RowConverter, SortField};
use chrono::{DateTime, NaiveDate, Utc};

use super::{OutputTable, Scope};
use crate::domain::{DataType, Estimate, Interval};
use crate::publish::error::PublishError;
use crate::publish::registry::TableDef;
use crate::publish::schema::arrow_type;
use crate::publish::verify::verify;

/// Reads one of several estimates from an item.
pub(super) type EstimateOf<'a, T> = fn(&'a T) -> Option<&'a Estimate>;

/// Collects the columns of one output table; `T` is what one row is made from.
pub(super) struct Columns<'a, T> {
    def: &'static TableDef,
    items: &'a [T],
    arrays: Vec<Option<ArrayRef>>,
    mistake: Option<String>,
}

impl<'a, T> Columns<'a, T> {
    /// Starts a table with one row per item; `job` and `as_of` are filled in.
    pub(super) fn new(def: &'static TableDef, scope: &Scope, items: &'a [T]) -> Self {
        let columns = Self { def, items, arrays: vec![None; def.columns.len()], mistake: None };
        columns.text("job", |_| scope.job.as_str()).day("as_of", |_| scope.as_of)
    }

    /// Fills a column of texts.
    pub(super) fn text<S: AsRef<str>>(self, name: &str, value: impl Fn(&'a T) -> S) -> Self {
        self.text_or_null(name, |item| Some(value(item)))
    }

    /// Fills a column of texts that may be missing.
    pub(super) fn text_or_null<S: AsRef<str>>(self, name: &str, value: impl Fn(&'a T) -> Option<S>) -> Self {
        let array: StringArray = self.items.iter().map(value).collect();
        self.set(name, DataType::String, Arc::new(array))
    }

    /// Fills a column of numbers; NaN and infinity become missing.
    pub(super) fn number(self, name: &str, value: impl Fn(&'a T) -> f64) -> Self {
        self.number_or_null(name, |item| Some(value(item)))
    }

    /// Fills a column of numbers that may be missing; NaN and infinity become missing.
    pub(super) fn number_or_null(self, name: &str, value: impl Fn(&'a T) -> Option<f64>) -> Self {
        let finite = |item| value(item).filter(|number: &f64| number.is_finite());
        let array: Float64Array = self.items.iter().map(finite).collect();
        self.set(name, DataType::Double, Arc::new(array))
    }

    /// Fills a column of counts.
    pub(super) fn count(self, name: &str, value: impl Fn(&'a T) -> u64) -> Self {
        self.count_or_null(name, |item| Some(value(item)))
    }

    /// Fills a column of counts that may be missing. Counts above the largest `bigint` are a mistake.
    pub(super) fn count_or_null(mut self, name: &str, value: impl Fn(&'a T) -> Option<u64>) -> Self {
        let mut counts = Vec::with_capacity(self.items.len());
        for item in self.items {
            let count = value(item).map(i64::try_from).transpose();
            if count.is_err() {
                self.mistake.get_or_insert(format!("a count in `{name}` does not fit into a bigint"));
            }
            counts.push(count.unwrap_or(None));
        }
        self.set(name, DataType::Bigint, Arc::new(Int64Array::from(counts)))
    }

    /// Fills a column of years and other whole numbers that may be negative.
    pub(super) fn whole(self, name: &str, value: impl Fn(&'a T) -> i64) -> Self {
        let array: Int64Array = self.items.iter().map(|item| Some(value(item))).collect();
        self.set(name, DataType::Bigint, Arc::new(array))
    }

    /// Fills a column of days.
    pub(super) fn day(self, name: &str, value: impl Fn(&'a T) -> NaiveDate) -> Self {
        let days = self.items.iter().map(|item| Date32Type::from_naive_date(value(item)));
        let array = Date32Array::from_iter_values(days);
        self.set(name, DataType::Date, Arc::new(array))
    }

    /// Fills a column of instants.
    pub(super) fn instant(self, name: &str, value: impl Fn(&'a T) -> DateTime<Utc>) -> Self {
        self.instant_or_null(name, |item| Some(value(item)))
    }

    /// Fills a column of instants that may be missing.
    pub(super) fn instant_or_null(self, name: &str, value: impl Fn(&'a T) -> Option<DateTime<Utc>>) -> Self {
        let micros = self.items.iter().map(|item| value(item).map(|instant| instant.timestamp_micros()));
        let array: TimestampMicrosecondArray = micros.collect();
        self.set(name, DataType::Timestamp, Arc::new(array.with_timezone("UTC")))
    }

    /// Fills a column of truths.
    pub(super) fn flag(self, name: &str, value: impl Fn(&'a T) -> bool) -> Self {
        let array: BooleanArray = self.items.iter().map(|item| Some(value(item))).collect();
        self.set(name, DataType::Boolean, Arc::new(array))
    }

    /// Fills the five columns of an estimate: `<name>`, `<name>_lower`, `<name>_upper`,
    /// `interval_level` and `interval_note`.
    pub(super) fn estimate(self, name: &str, value: impl Fn(&'a T) -> Option<&'a Estimate>) -> Self {
        self.bounds(name, &value)
            .number_or_null("interval_level", |item| value(item)?.level())
            .text_or_null("interval_note", |item| no_interval(value(item)?))
    }

    /// Fills the columns of several estimates: three for each as in [`Columns::estimate`], and
    /// `interval_level` and `interval_note` once for all. The note names the estimates it is about.
    ///
    /// Intervals of one row that differ in level are a mistake.
    pub(super) fn estimates<const N: usize>(mut self, values: [(&str, EstimateOf<'a, T>); N]) -> Self {
        for (name, value) in values {
            self = self.bounds(name, value);
        }
        let levels = |item: &'a T| {
            let mut levels: Vec<f64> = values
                .iter()
                .filter_map(|(_, value)| value(item)?.level())
                .filter(|level| !level.is_nan())
                .collect();
            levels.dedup();
            levels
        };
        if self.items.iter().any(|item| levels(item).len() > 1) {
            self.mistake.get_or_insert("intervals of one row differ in level".to_owned());
        }
        self.number_or_null("interval_level", |item| levels(item).first().copied())
            .text_or_null("interval_note", |item| note(&values.map(|(name, value)| (name, value(item)))))
    }

    /// Fills `<name>`, `<name>_lower` and `<name>_upper`.
    fn bounds(self, name: &str, value: impl Fn(&'a T) -> Option<&'a Estimate>) -> Self {
        self.number_or_null(name, |item| value(item).map(|estimate| estimate.value))
            .number_or_null(&format!("{name}_lower"), |item| value(item)?.lower())
            .number_or_null(&format!("{name}_upper"), |item| value(item)?.upper())
    }

    /// Orders the rows by key and checks the table against its definition.
    pub(super) fn finish(self) -> Result<OutputTable, PublishError> {
        let def = self.def;
        let defect = |reason: String| PublishError::Defect { table: def.name.to_owned(), reason };
        if let Some(mistake) = self.mistake {
            return Err(defect(mistake));
        }
        let mut arrays = Vec::with_capacity(self.arrays.len());
        for (column, array) in def.columns.iter().zip(self.arrays) {
            arrays.push(array.ok_or_else(|| defect(format!("nothing fills `{}`", column.name)))?);
        }
        let batch =
            RecordBatch::try_new(def.arrow_schema(), arrays).map_err(|error| defect(error.to_string()))?;
        let batch = ordered_by_key(def, &batch)?;
        verify(def, &batch)?;
        Ok(OutputTable { def, batch })
    }

    fn set(mut self, name: &str, data_type: DataType, array: ArrayRef) -> Self {
        let mistake = match self.def.position(name) {
            None => Some(format!("there is no column `{name}`")),
            Some(at) if self.def.columns[at].data_type != data_type => {
                Some(format!("`{name}` is not of type {data_type}"))
            }
            Some(at) => {
                debug_assert_eq!(array.data_type(), &arrow_type(data_type));
                self.arrays[at].replace(array).map(|_| format!("`{name}` is filled twice"))
            }
        };
        self.mistake = self.mistake.or(mistake);
        self
    }
}

/// Why an estimate has no interval; `None` if it has one.
fn no_interval(estimate: &Estimate) -> Option<&str> {
    match &estimate.interval {
        Interval::None { reason } => Some(reason),
        Interval::Bounds { .. } => None,
    }
}

/// Estimates without interval by their reason, such as `roas, mroas: one chain only; roi: no worth`.
fn note(estimates: &[(&str, Option<&Estimate>)]) -> Option<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, estimate) in estimates {
        let Some(reason) = estimate.and_then(no_interval) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        }
    }
    let notes: Vec<String> =
        reasons.iter().map(|(reason, names)| format!("{}: {reason}", names.join(", "))).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// The rows of `batch` in the order of the table's key.
pub(in crate::publish) fn ordered_by_key(
    def: &TableDef,
    batch: &RecordBatch,
) -> Result<RecordBatch, PublishError> {
    let defect = |error: arrow::error::ArrowError| PublishError::Defect {
        table: def.name.to_owned(),
        reason: error.to_string(),
    };
    let columns: Vec<ArrayRef> =
        def.key.iter().filter_map(|name| batch.column_by_name(name).cloned()).collect();
    let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let keys = RowConverter::new(fields)
        .and_then(|converter| converter.convert_columns(&columns))
        .map_err(defect)?;
    let mut order: Vec<u64> = (0_u64..).take(batch.num_rows()).collect();
    // Stable, so that rows which break the key are reported in the order they came in.
    order.sort_by(|&a, &b| match (usize::try_from(a), usize::try_from(b)) {
        (Ok(a), Ok(b)) => keys.row(a).cmp(&keys.row(b)),
        _ => a.cmp(&b),
    });
    take_record_batch(batch, &arrow::array::UInt64Array::from(order)).map_err(defect)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::Float64Type;

    use super::*;
    use crate::publish::registry::{KPI_LINKS, MODEL_CHANGES, MODEL_PARAMETERS};

    fn scope() -> Scope {
        Scope { job: "job".into(), as_of: NaiveDate::from_ymd_opt(2012, 12, 31).expect("date") }
    }

    #[test]
    fn rows_are_ordered_by_key() {
        let items = [("b", "x"), ("a", "y"), ("a", "x")];
        let table = Columns::new(&KPI_LINKS, &scope(), &items)
            .text("kpi", |item| item.0)
            .text("part_of", |item| item.1)
            .finish()
            .expect("columns fit");
        let kpis: Vec<_> = table.batch.column(2).as_string::<i32>().iter().flatten().collect();
        let parents: Vec<_> = table.batch.column(3).as_string::<i32>().iter().flatten().collect();
        assert_eq!((kpis, parents), (vec!["a", "a", "b"], vec!["x", "y", "x"]));
    }

    #[test]
    fn forgotten_unknown_and_mistyped_columns_are_defects() {
        let items = [("a", "b")];
        let forgotten = Columns::new(&KPI_LINKS, &scope(), &items).text("kpi", |item| item.0).finish();
        assert!(forgotten.expect_err("forgotten").to_string().contains("nothing fills `part_of`"));
        let unknown = Columns::new(&KPI_LINKS, &scope(), &items).text("parent", |item| item.0).finish();
        assert!(unknown.expect_err("unknown").to_string().contains("there is no column `parent`"));
        let mistyped = Columns::new(&KPI_LINKS, &scope(), &items).number("kpi", |_| 1.0).finish();
        assert!(mistyped.expect_err("mistyped").to_string().contains("`kpi` is not of type double"));
    }

    #[test]
    fn numbers_that_are_not_finite_become_missing() {
        let items = [Estimate::with_bounds(f64::NAN, f64::NEG_INFINITY, 2.0, 0.9)];
        let table = Columns::new(&MODEL_PARAMETERS, &scope(), &items)
            .text("model", |_| "m")
            .text("parameter", |_| "p")
            .estimate("estimate", Some)
            .number("standard_error", |_| f64::INFINITY)
            .finish()
            .expect("columns fit");
        for (name, missing) in [
            ("estimate", true),
            ("estimate_lower", true),
            ("estimate_upper", false),
            ("standard_error", true),
        ] {
            let column = table.batch.column_by_name(name).expect("column");
            assert_eq!(column.as_primitive::<Float64Type>().is_null(0), missing, "{name}");
        }
    }

    type Before = Estimate;
    type Now = Estimate;

    fn changes(items: &[(Before, Now)]) -> Result<OutputTable, PublishError> {
        Columns::new(&MODEL_CHANGES, &scope(), items)
            .text("model", |_| "m")
            .text("quantity", |_| "roas:tv")
            .day("previous_as_of", |_| scope().as_of)
            .estimates([("previous", |item| Some(&item.0)), ("current", |item| Some(&item.1))])
            .number("change", |_| 1.0)
            .number_or_null("change_from_data", |_| None)
            .number_or_null("change_from_configuration", |_| None)
            .number_or_null("change_from_sampling", |_| None)
            .flag("is_noteworthy", |_| true)
            .finish()
    }

    fn interval(items: &[(Before, Now)]) -> (Option<f64>, Option<String>) {
        let table = changes(items).expect("columns fit");
        let column = |name: &str| table.batch.column_by_name(name).cloned().expect("column");
        let level = column("interval_level").as_primitive::<Float64Type>().iter().next().flatten();
        let note = column("interval_note").as_string::<i32>().iter().next().flatten().map(str::to_owned);
        (level, note)
    }

    #[test]
    fn several_estimates_share_one_level_and_one_note() {
        let bounds = |level| Estimate::with_bounds(2.0, 1.0, 3.0, level);
        let bare = |reason: &str| Estimate::without_interval(2.0, reason);
        assert_eq!(interval(&[(bounds(0.9), bounds(0.9))]), (Some(0.9), None));
        assert_eq!(
            interval(&[(bare("one period"), bounds(0.9))]),
            (Some(0.9), Some("previous: one period".to_owned()))
        );
        let note = |before: &str, now: &str| interval(&[(bare(before), bare(now))]).1;
        assert_eq!(note("one period", "one period").as_deref(), Some("previous, current: one period"));
        assert_eq!(
            note("one period", "no draws").as_deref(),
            Some("previous: one period; current: no draws")
        );
        let mixed = changes(&[(bounds(0.9), bounds(0.8))]).expect_err("one level per row");
        assert!(mixed.to_string().contains("differ in level"));
    }

    #[test]
    fn no_items_make_an_empty_table() {
        let items: [(&str, &str); 0] = [];
        let table = Columns::new(&KPI_LINKS, &scope(), &items)
            .text("kpi", |item| item.0)
            .text("part_of", |item| item.1)
            .finish()
            .expect("columns fit");
        assert_eq!(table.batch.num_rows(), 0);
    }
}
