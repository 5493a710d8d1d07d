//! Looks at files of every kind in a folder.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, ListArray, RecordBatch};
use arrow::datatypes::Int64Type;
use parquet::arrow::ArrowWriter;

use super::*;
use crate::config::Platform;
use crate::config::job::Encoding;
use crate::config::platform::{EngineSettings, Storage, StorageKind};
use crate::domain::DataType;
use crate::engine::{Engine, Parameters};

fn lake() -> (tempfile::TempDir, Engine) {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage { name: "lake".into(), kind: StorageKind::Folder(folder.path().to_owned()) };
    let platform = Platform {
        storages: vec![storage],
        unset: Vec::new(),
        engine: EngineSettings { memory_limit: 256 << 20, ..EngineSettings::default() },
        file: "config.yaml".into(),
    };
    let engine = Engine::new(&platform).unwrap();
    (folder, engine)
}

#[tokio::test]
async fn files_show_their_columns_and_their_first_rows() {
    let (folder, engine) = lake();
    let path = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1)]), None, None]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("day", Arc::new(Date32Array::from(vec![19_723, 19_724, 19_730]))),
        ("units", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]))),
        ("baskets", Arc::new(lists)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(path("orders/region=n%20w/part.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    std::fs::write(path("costs.csv"), b"Woche;Stra\xdfe\n1;a\n2;b\n3;c\n").unwrap();
    std::fs::write(path("broken.parquet"), b"PAR1 no").unwrap();
    std::fs::write(path("notes.md"), b"#").unwrap();
    std::fs::write(path("_SUCCESS"), b"").unwrap();

    let storage = engine.storage("lake").unwrap();
    let session = engine.session(Parameters {
        start: chrono::NaiveDate::default(),
        end: chrono::NaiveDate::default(),
        as_of: chrono::NaiveDate::default(),
        vars: std::sync::Arc::default(),
    });
    let found = data_files(storage, "").await.unwrap();
    assert_eq!(found.others, ["notes.md"]);
    let [broken, costs, orders] = &found.files[..] else { panic!("{:?}", found.files) };
    assert_eq!(orders.partitions, [("region".to_owned(), Some("n w".to_owned()))]);
    assert!(look(&session, storage, broken).await.unwrap_err().message.contains("broken.parquet"));

    let seen = look(&session, storage, orders).await.unwrap();
    let types: Vec<_> = seen.columns.iter().map(|column| (column.data_type, column.nulls)).collect();
    assert_eq!(types[..2], [(Some(DataType::Date), Some(0)), (Some(DataType::Bigint), Some(1))]);
    assert_eq!((types[2].0, seen.columns[2].kind.as_str()), (None, "lists"));
    let days = seen.columns[0].days.unwrap();
    assert_eq!((days.0.to_string(), days.1.to_string()), ("2024-01-01".into(), "2024-01-08".into()));
    let first = rows(storage, &seen, 2).await.unwrap();
    assert_eq!((first.batches[0].num_rows(), first.is_whole), (2, false));
    assert!(rows(storage, &seen, 3).await.unwrap().is_whole);

    let seen = look(&session, storage, costs).await.unwrap();
    let form = seen.text.clone().unwrap();
    assert_eq!((form.options.delimiter, form.options.encoding), (b';', Encoding::Latin1));
    assert_eq!(form.names, ["Woche", "Straße"]);
    let first = rows(storage, &seen, 2).await.unwrap();
    assert_eq!((first.batches[0].num_rows(), first.is_whole), (2, false));
    assert!(rows(storage, &seen, 9).await.unwrap().is_whole);
}
