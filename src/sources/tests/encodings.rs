//! Text that is not UTF-8: read when the job says what it is, explained when it does not.

use std::fmt::Write;

use arrow::array::AsArray;

use super::*;
use crate::config::job::Encoding;
use crate::engine::Form;

/// `text` in Latin-1, by the standard's table for the few letters that are not Unicode's own.
pub(super) fn latin_1(text: &str) -> Vec<u8> {
    let byte = |letter| match letter {
        '€' => 0x80,
        '„' => 0x84,
        '“' => 0x93,
        '–' => 0x96,
        other => u8::try_from(u32::from(other)).unwrap(),
    };
    text.chars().map(byte).collect()
}

fn latin_1_source(name: &str, path: &str, columns: &[Column]) -> Source {
    let mut source = csv_source(name, path, columns);
    source.format =
        Format::Csv(CsvOptions { delimiter: b';', encoding: Encoding::Latin1, ..CsvOptions::default() });
    source
}

fn prices() -> Vec<Column> {
    vec![
        column("Bundesländer", DataType::String),
        column("Größe", DataType::Integer),
        column("€", DataType::Double),
    ]
}

#[tokio::test]
async fn letters_of_latin_1_arrive_in_names_and_values() {
    let first = "Bundesländer;Größe;€\n\"Köln; \"\"Düsseldorf\"\"\";1;1.5\n„Straße“ – süß;2;\n";
    let second = "€;Größe;Bundesländer;mehr\r\n80;3;\"5 €\r\n¿ÿ\";x\r\n";
    let lake = lake(&[("s/a.csv", latin_1(first)), ("s/b/c.csv", latin_1(second))]);
    // Copies last as long as the engine.
    let engine = engine(lake.path());
    let sources = vec![latin_1_source("s", "s/", &prices())];
    let (session, read) = try_read_with(&engine, sources, all()).await;
    let read = read.unwrap();
    let batches = session
        .query(
            &SqlOrigin::file("a.sql"),
            "select \"Bundesländer\" as b, \"€\" as e from s order by \"Größe\"",
        )
        .await
        .unwrap();
    let text: Vec<&str> =
        batches.iter().flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten()).collect();
    assert_eq!(text, ["Köln; \"Düsseldorf\"", "„Straße“ – süß", "5 €\r\n¿ÿ"]);
    let objects: Vec<(&str, u64)> =
        read.objects.iter().map(|object| (object.object.as_str(), object.bytes)).collect();
    let size = |text: &str| text.chars().count() as u64;
    assert_eq!(objects, [("lake/s/a.csv", size(first)), ("lake/s/b/c.csv", size(second))]);
    assert!(read.objects.iter().all(|object| object.e_tag.is_some()));
}

#[tokio::test]
async fn columns_and_partitions_need_no_contract_in_latin_1() {
    let lake = lake(&[
        ("s/jahr=2011/a.csv", latin_1("Größe;Ort\n1;Köln\n")),
        ("s/jahr=2012/a.csv", latin_1("Größe;Ort\n2;Fürth\n")),
    ]);
    let mut source = latin_1_source("s", "s/", &[]);
    source.partitions = vec![PartitionColumn { name: "jahr".into(), data_type: DataType::Integer }];
    let engine = engine(lake.path());
    let (session, read) = try_read_with(&engine, vec![source], all()).await;
    read.unwrap();
    let text = rows(&session, "select \"Ort\", \"Größe\" + jahr as n from s order by n").await;
    assert!(text.contains("| Köln  | 2012 |") && text.contains("| Fürth | 2014 |"), "{text}");
}

/// Rows of about 40 letters, several of which take more bytes in UTF-8.
fn many_rows() -> String {
    let mut text = "Bundesländer;Größe;€\n".to_owned();
    for row in 0..20_000 {
        let letters = "äöüß€".chars().cycle().skip(row % 5).take(row % 31).collect::<String>();
        writeln!(text, "\"{letters};{row}\";{row};0.5").unwrap();
    }
    text
}

#[tokio::test]
async fn long_files_read_as_their_utf_8_twin() {
    let text = many_rows();
    let bytes = latin_1(&text);
    assert!(text.len() > bytes.len() + 100_000 && bytes.len() > 400_000);
    let lake = lake(&[("l.csv", bytes), ("u.csv", text.into_bytes())]);
    let mut twin = latin_1_source("u", "u.csv", &prices());
    twin.format = Format::Csv(CsvOptions { delimiter: b';', ..CsvOptions::default() });
    let sources = vec![latin_1_source("l", "l.csv", &prices()), twin];
    let engine = engine(lake.path());
    let (session, read) = try_read_with(&engine, sources, all()).await;
    assert_eq!(read.unwrap().rows, [("l".to_owned(), 20_000), ("u".to_owned(), 20_000)]);
    let same =
        rows(&session, "select count(*) as n from (select * from l intersect select * from u) as s").await;
    assert!(same.contains("| 20000 |"), "{same}");
}

#[test]
fn threads_do_not_change_a_byte() {
    let text = many_rows();
    let files: Vec<(String, Vec<u8>)> =
        (0..20).map(|part| (format!("s/{part}.csv"), latin_1(&text))).collect();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let lake = lake(&files);
    let staged = [1, 4].map(|threads| {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(threads).enable_all().build().unwrap();
        runtime.block_on(async {
            let engine = engine(lake.path());
            let sources = vec![latin_1_source("s", "s/", &prices())];
            let (session, read) = try_read_with(&engine, sources, all()).await;
            read.unwrap();
            let file = engine.work_folder().join("s.parquet");
            let order = ["Größe".to_owned()];
            let sql =
                "select \"Größe\", min(\"Bundesländer\") as b, sum(\"€\") as e from s group by \"Größe\"";
            session.materialize(&SqlOrigin::file("a.sql"), sql, Form::sorted(&order), &file).await.unwrap();
            fs::read(file).unwrap()
        })
    });
    assert_eq!(staged[0], staged[1]);
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_found_and_explained() {
    let filler = "M,1\n".repeat(40_000);
    let lake = lake(&[
        ("header.csv", latin_1("Bundesländer,x\nA,1\n")),
        ("body/a.csv", latin_1(&format!("y,x\n{filler}"))),
        ("body/b.csv", latin_1(&format!("y,x\nA,1\nKöln,2\n{filler}"))),
        ("body/c.csv", latin_1("y,x\nFürth,2\n")),
        ("free.csv", latin_1("x,y\n1,5 €\n")),
        ("end.csv", b"x,gr\xfc".to_vec()),
        ("wide.csv", b"\xff\xfex\0\n\0".to_vec()),
    ]);
    let x = [column("x", DataType::Bigint)];
    let sources = vec![
        csv_source("header", "header.csv", &x),
        csv_source("body", "body/", &x),
        csv_source("free", "free.csv", &[]),
        csv_source("end", "end.csv", &x),
        csv_source("wide", "wide.csv", &x),
    ];
    let (_, read) = try_read(lake.path(), sources, all()).await;
    let failed = read.unwrap_err();
    assert_eq!(failed.kind, EngineErrorKind::Source);
    let folder = format!("{}/", lake.path().display());
    let told: Vec<String> = told(&failed.problems).iter().map(|line| line.replace(&folder, "")).collect();
    let that_fits = "if that fits, set `encoding: latin_1` under `format.csv`";
    assert_eq!(
        told,
        [
            format!(
                "10 wrong_encoding: source `header`: header.csv: line 1 is not UTF-8, it holds the byte 0xE4 \
                 (in Latin-1 the byte is `ä`: {that_fits})"
            ),
            format!(
                "20 wrong_encoding: source `body`: body/b.csv: line 3 is not UTF-8, it holds the byte 0xF6 \
                 (in Latin-1 the byte is `ö`: {that_fits})"
            ),
            format!(
                "30 wrong_encoding: source `free`: free.csv: line 2 is not UTF-8, it holds the byte 0x80 \
                 (in Latin-1 the byte is `€`: {that_fits})"
            ),
            format!(
                "40 wrong_encoding: source `end`: end.csv: line 1 is not UTF-8, it holds the byte 0xFC \
                 (in Latin-1 the byte is `ü`: {that_fits})"
            ),
            "50 wrong_encoding: source `wide`: wide.csv: line 1 is not UTF-8, it holds the byte 0xFF \
             (files in UTF-16 begin with this byte: save it as UTF-8)"
                .to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_byte_order_mark_contradicts_latin_1() {
    let lake = lake(&[("a.csv", "\u{feff}Größe\n1\n"), ("e.csv", "")]);
    let size = [column("Größe", DataType::Integer)];
    let sources = vec![latin_1_source("a", "a.csv", &size), latin_1_source("e", "e.csv", &size)];
    let (_, read) = try_read(lake.path(), sources, all()).await;
    let told = told(&read.unwrap_err().problems);
    assert!(
        told[0].ends_with(
            "/a.csv is declared as `latin_1`, but begins with the byte order mark of UTF-8 \
             (remove `encoding: latin_1`)"
        ),
        "{told:?}"
    );
    let original = format!("{}/e.csv: the file is empty", lake.path().display());
    assert!(told[1].contains(&original), "{told:?}");
}
