//! What a run finds of earlier runs: strictly before it, and never its own.

use arrow::array::{AsArray, Float64Array};
use arrow::datatypes::{Date32Type, Float64Type, SchemaRef};
use object_store::local::LocalFileSystem;

use super::*;
use crate::publish::registry::{KPI_VALUES, TableKind};
use crate::publish::{EarlierPeriods, Fault, Previous, PreviousRows, previous_schemas, target};

fn schema_of(table: &str) -> SchemaRef {
    previous_schemas().into_iter().find(|(name, _)| *name == table).expect("a result table").1
}

async fn find(store: &Arc<dyn ObjectStore>, window: Window) -> Previous {
    Previous::find(store, "sample", window).await.expect("readable")
}

/// What a run of `window` finds of `table`, with the rows.
async fn staged(
    store: &Arc<dyn ObjectStore>,
    window: Window,
    table: &str,
    schema: &SchemaRef,
) -> (PreviousRows, Vec<RecordBatch>) {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("rows.parquet");
    let periods = (table == "daily").then(|| EarlierPeriods { start: None, end: window.start() });
    let read = find(store, window).await.stage(table, periods, schema, &file).await.expect("staged");
    let bytes = std::fs::File::open(&file).expect("file");
    (read, crate::publish::parquet_file::decode(bytes, "rows").expect("parquet"))
}

async fn as_of(store: &Arc<dyn ObjectStore>, window: Window) -> Option<String> {
    find(store, window).await.as_of().map(|day| day.to_string())
}

#[tokio::test]
async fn a_run_sees_the_latest_window_that_ended_before_its_own() {
    let local = tempfile::tempdir().expect("folder");
    let folder = LocalFileSystem::new_with_prefix(local.path()).expect("folder exists");
    for store in [memory(), target(Arc::new(folder), "deep/er")] {
        assert_eq!(as_of(&store, weeks("2012-01-16", 1)).await, None);
        for (id, start) in [("p1", "2012-01-02"), ("p2", "2012-01-09"), ("p3", "2012-01-16")] {
            let week = publication(id, weeks(start, 1), &["a"]);
            publisher(&store, Swap::UnderLock).commit(week).await.expect("published");
        }
        // The same window again does not see itself, an older one does not see newer ones.
        assert_eq!(as_of(&store, weeks("2012-01-16", 1)).await.as_deref(), Some("2012-01-16"));
        assert_eq!(as_of(&store, weeks("2012-01-09", 1)).await.as_deref(), Some("2012-01-09"));
        assert_eq!(as_of(&store, weeks("2012-01-02", 1)).await, None);
        assert_eq!(as_of(&store, weeks("2012-02-06", 1)).await.as_deref(), Some("2012-01-23"));

        let (read, batches) =
            staged(&store, weeks("2012-01-16", 1), "kpi_values", &schema_of("kpi_values")).await;
        let objects: Vec<&str> = read.objects.iter().map(|object| object.location.as_ref()).collect();
        assert_eq!(objects, ["history/kpi_values/2012-01-16/part-0.parquet"]);
        assert_eq!((read.rows, rows(&batches)), (1, 1));
        let days = batches[0].column_by_name("as_of").expect("as_of").as_primitive::<Date32Type>();
        assert_eq!(days.value_as_date(0), Some(fixture::day("2012-01-16")));
    }
}

#[tokio::test]
async fn without_an_earlier_run_there_are_no_rows_but_all_columns() {
    let store = memory();
    for (table, schema) in previous_schemas() {
        let (read, batches) = staged(&store, weeks("2012-01-02", 1), table, &schema).await;
        assert_eq!((read, rows(&batches)), (PreviousRows::default(), 0));
        assert_eq!(batches[0].schema().fields(), schema.fields(), "{table}");
        assert!(schema.fields().iter().all(|field| field.is_nullable()));
    }
}

#[tokio::test]
async fn columns_that_an_earlier_run_did_not_know_are_missing_and_other_types_left_out() {
    let store = memory();
    let mut old = publication("p1", weeks("2012-01-02", 1), &["a"]);
    commit(&store, old).await.expect("published");
    // The file as a version without `numerator` wrote it.
    let path = layout_of("kpi_values", "2012-01-09");
    let bytes = store.get(&path).await.expect("object").bytes().await.expect("bytes");
    let batch = crate::publish::parquet_file::decode(bytes, "t").expect("parquet").remove(0);
    let keep: Vec<usize> =
        (0..batch.num_columns()).filter(|&at| batch.schema().field(at).name() != "numerator").collect();
    let batch = batch.project(&keep).expect("columns exist");
    let bytes = crate::publish::parquet_file::encode(&batch, &KPI_VALUES.schema()).expect("encoded");
    store.put(&path, bytes.into()).await.expect("written");

    let schema = schema_of("kpi_values");
    let (read, batches) = staged(&store, weeks("2012-01-09", 1), "kpi_values", &schema).await;
    assert_eq!((read.rows, read.left_out.len()), (1, 0));
    assert_eq!(batches[0].column_by_name("numerator").expect("column").null_count(), 1);

    // `value` as texts cannot be read as numbers.
    let texts = arrow::compute::cast(
        batches[0].column_by_name("value").expect("column"),
        &arrow::datatypes::DataType::Utf8,
    );
    let text = RecordBatch::try_from_iter([("value", texts.expect("texts"))]).expect("one column");
    let bytes = crate::publish::parquet_file::encode(&text, &KPI_VALUES.schema()).expect("encoded");
    store.put(&path, bytes.into()).await.expect("written");
    let (read, batches) = staged(&store, weeks("2012-01-09", 1), "kpi_values", &schema).await;
    assert_eq!((read.rows, rows(&batches), read.objects.len()), (0, 0, 0));
    assert_eq!(
        read.left_out,
        ["`history/kpi_values/2012-01-09/part-0.parquet`: column `value` was Utf8 and is Float64"]
    );
    old = publication("p2", weeks("2012-01-09", 1), &["a"]);
    commit(&store, old).await.expect("published");
}

fn layout_of(table: &str, as_of: &str) -> object_store::path::Path {
    format!("history/{table}/{as_of}/part-0.parquet").into()
}

#[tokio::test]
async fn a_jobs_own_table_is_seen_up_to_what_the_run_publishes_again() {
    let store = memory();
    let folder = tempfile::tempdir().expect("folder");
    let days = ["2012-01-02", "2012-01-09", "2012-01-16"];
    for (id, start) in [("p1", "2012-01-02"), ("p2", "2012-01-09"), ("p3", "2012-01-16")] {
        let rows = fixture::daily_rows(folder.path(), &days);
        commit(&store, with_kept(publication(id, weeks(start, 1), &[]), rows)).await.expect("published");
    }
    let day = arrow::datatypes::Field::new("day", arrow::datatypes::DataType::Date32, true);
    let revenue = arrow::datatypes::Field::new("revenue", arrow::datatypes::DataType::Float64, true);
    let schema: SchemaRef = Arc::new(arrow::datatypes::Schema::new(vec![day, revenue]));
    let (read, batches) = staged(&store, weeks("2012-01-16", 1), "daily", &schema).await;
    let objects: Vec<&str> = read.objects.iter().map(|object| object.location.as_ref()).collect();
    assert_eq!(
        objects,
        ["tables/daily/2012-01-02/part-0.parquet", "tables/daily/2012-01-09/part-0.parquet"],
        "the window's own week was written by an earlier attempt and stays out"
    );
    let revenue: Vec<f64> = batches
        .iter()
        .flat_map(|batch| batch.column(1).as_primitive::<Float64Type>().values().to_vec())
        .collect();
    assert_eq!(Float64Array::from(revenue), Float64Array::from(vec![1.0, 2.0]));
    // A run that restates the week before replaces it, so it must not read it either.
    let file = folder.path().join("previous.parquet");
    let found = find(&store, weeks("2012-01-16", 1)).await;
    let periods = EarlierPeriods { start: None, end: fixture::day("2012-01-09") };
    let read = found.stage("daily", Some(periods), &schema, &file).await.expect("staged");
    assert_eq!(read.objects.len(), 1);
}

#[tokio::test]
async fn the_pointer_knows_a_result_that_was_not_copied_any_more() {
    let store = memory();
    commit(&store, publication("p1", weeks("2012-01-02", 1), &["a"])).await.expect("published");
    store.delete(&layout_of("kpi_values", "2012-01-09")).await.expect("deleted");
    store.delete(&layout_of("runs", "2012-01-09")).await.expect("deleted");
    let (read, _) = staged(&store, weeks("2012-01-09", 1), "kpi_values", &schema_of("kpi_values")).await;
    let objects: Vec<&str> = read.objects.iter().map(|object| object.location.as_ref()).collect();
    assert_eq!(objects, ["_trichter/snapshots/p1/kpi_values/part-0.parquet"]);
}

#[tokio::test]
async fn figures_of_models_read_back_as_they_were() {
    let store = memory();
    commit(&store, publication("p1", weeks("2012-01-02", 1), &["a"])).await.expect("published");
    assert_eq!(find(&store, weeks("2012-01-02", 1)).await.figures().await.expect("readable"), None);
    let found =
        find(&store, weeks("2012-01-09", 1)).await.figures().await.expect("readable").expect("published");
    assert_eq!(found.as_of, fixture::day("2012-01-09"));
    assert_eq!(found.configurations["demand"], "c0ffee");
    let models = fixture::models();
    let mut expected = models.figures("demand");
    expected.extend(models.figures("revenue_response"));
    let by_name = |figures: &[crate::models::result::Figure]| {
        let mut named: Vec<_> = figures.to_vec();
        named.sort_by(|a, b| (&a.model, &a.quantity).cmp(&(&b.model, &b.quantity)));
        named
    };
    assert_eq!(by_name(&found.figures), by_name(&expected));
    assert!(KPI_VALUES.kind == TableKind::Result && found.objects.len() == 4);
}

#[tokio::test]
async fn another_jobs_target_is_refused_before_anything_is_read() {
    let store = memory();
    commit(&store, publication("p1", fixture::window(), &[])).await.expect("published");
    let error = Previous::find(&store, "other", fixture::window()).await.expect_err("refused");
    assert_eq!(error.fault(), Fault::Usage);
}
