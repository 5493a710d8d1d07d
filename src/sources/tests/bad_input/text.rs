//! Delimited text.

use super::super::encodings::latin_1;
use super::*;
use crate::config::job::Encoding;

/// Columns `day` and `units`, in a folder of delimited text.
pub(super) fn daily() -> Source {
    let mut source =
        csv_source("s", "s/", &[column("day", DataType::Date), column("units", DataType::Bigint)]);
    source.format = Format::Csv(CsvOptions::default());
    source
}

/// Columns `units` and `note`.
fn noted() -> Source {
    let mut source = daily();
    source.columns = vec![column("units", DataType::Bigint), column("note", DataType::String)];
    source
}

fn free() -> Source {
    let mut source = daily();
    source.columns = Vec::new();
    source
}

fn text(input: &'static str, source: Source, bytes: impl AsRef<[u8]>) -> Case {
    case(input, source, vec![("s/a.csv".to_owned(), bytes.as_ref().to_vec())])
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

const ROW: [&str; 1] = ["2012-01-01|5"];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = endings();
    cases.extend(encodings());
    cases.extend(lines());
    cases.extend(headers());
    cases.extend(values());
    cases
}

fn endings() -> Vec<Case> {
    vec![
        text("an empty file", daily(), "").fails("unreadable", &["s/a.csv: the file is empty"]),
        text("nothing but empty lines", daily(), "\n\r\n\n")
            .fails("unreadable", &["nothing but empty lines"]),
        text("a header line and no rows, in a source that needs rows", daily(), "day,units\n")
            .fails("empty_source", &["has no rows"]),
        text("the same with `required: false`", daily(), "day,units").optional().reads("no rows", &[]),
        text("lines that end with CR LF, as on Windows", daily(), "day,units\r\n2012-01-01,5\r\n")
            .reads("as any other", &ROW),
        text("lines that end with CR, as on old Macs", daily(), "day,units\r2012-01-01,5\r")
            .reads("as any other", &ROW),
        text("no line break after the last line", daily(), "day,units\n2012-01-01,5")
            .reads("with the last line", &ROW),
        text("empty lines between rows", daily(), "day,units\n\n2012-01-01,5\n\n")
            .reads("without them", &ROW),
    ]
}

fn encodings() -> Vec<Case> {
    let mut declared = noted();
    declared.format = Format::Csv(CsvOptions { encoding: Encoding::Latin1, ..CsvOptions::default() });
    vec![
        text("a byte order mark", daily(), "\u{feff}day,units\n2012-01-01,5\n")
            .reads("without the mark", &ROW),
        text("a byte order mark before quotes", daily(), "\u{feff}\"day\",\"units\"\n2012-01-01,5\n")
            .reads("without mark and quotes", &ROW),
        text("Latin-1", noted(), latin_1("units,note\n1,Köln\n"))
            .fails("wrong_encoding", &["s/a.csv: line 2 is not UTF-8", "`ö`", "encoding: latin_1"]),
        text("Latin-1 with `encoding: latin_1`", declared.clone(), latin_1("units,note\n1,Köln\n"))
            .reads("as it is meant", &["1|Köln"]),
        text(
            "UTF-8 with a byte order mark and `encoding: latin_1`",
            declared,
            "\u{feff}units,note\n1,Köln\n",
        )
        .fails("wrong_encoding", &["byte order mark of UTF-8", "remove `encoding: latin_1`"]),
        text("UTF-16 with a byte order mark", daily(), utf_16("\u{feff}day,units\n2012-01-01,5\n"))
            .fails("wrong_encoding", &["s/a.csv: line 1", "UTF-16", "save it as UTF-8"]),
        text("UTF-16 without a byte order mark", daily(), utf_16("day,units\n2012-01-01,5\n"))
            .fails("wrong_encoding", &["s/a.csv: line 1", "UTF-16", "save it as UTF-8"]),
        text("a byte that is zero", noted(), "units,note\n1,ab\n2,a\0b\n")
            .fails("wrong_encoding", &["s/a.csv: line 3 holds a byte that is zero"]),
        text("a Parquet file called `.csv`", daily(), "PAR1\u{15}\u{4}")
            .fails("unreadable", &["s/a.csv is a Parquet file, not delimited text"]),
        text("a file compressed by gzip, called `.csv`", daily(), b"\x1f\x8b\x08\0\0")
            .fails("unreadable", &["s/a.csv is compressed by gzip"]),
        text("an Excel workbook called `.csv`", daily(), b"PK\x03\x04\x14\0").fails("unreadable", &["Excel"]),
    ]
}

fn lines() -> Vec<Case> {
    let long = format!("units,note\n1,\"{}\"\n", "long \"\" line\n".repeat(1 << 18));
    vec![
        text("a line with too few fields", daily(), "day,units\n2012-01-01,5\n2012-01-02\n")
            .fails("unreadable", &["s/a.csv: line 3 has 1 field, expected 2"]),
        text("a line with too many fields", daily(), "day,units\n2012-01-01,5,6\n")
            .fails("unreadable", &["s/a.csv: line 2 has 3 fields, expected 2"]),
        text("too few fields after a field of two lines", noted(), "units,note\n1,\"a\nb\"\n2\n")
            .fails("unreadable", &["s/a.csv: line 4 has 1 field"]),
        text("a quote that is never closed", noted(), "units,note\n1,a\n2,\"b\n3,c\n4,d\n")
            .fails("unreadable", &["s/a.csv: the quote that opens in line 3 is never closed"]),
        text("a quote in the header that is never closed", noted(), "units,\"note\n1,a\n")
            .fails("unreadable", &["s/a.csv: the quote that opens in line 1 is never closed"]),
        text("a quote within a field", noted(), "units,note\n1,5\" pipe\n")
            .reads("as it stands", &["1|5\" pipe"]),
        text(
            "delimiters, line breaks and doubled quotes within quotes",
            noted(),
            "units,note\n1,\"a,\nb \"\"c\"\"\"\n",
        )
        .reads("as it is meant", &["1|a,\nb \"c\""]),
        text("a line of three million letters", noted(), long)
            .asked("select units, length(note) from s")
            .reads("as any other", &["1|3145728"]),
        text("another delimiter than the declared one", daily(), "day;units\n2012-01-01;5\n")
            .fails("missing_column", &["no column `day` in s/a.csv", "set `delimiter: \";\"`"]),
        text(
            "another delimiter, in a source that declares no columns",
            free(),
            "day\tunits\n2012-01-01\t5\n",
        )
        .fails(
            "wrong_delimiter",
            &["s/a.csv: the header line names a single column", "set `delimiter: \"\\t\"`"],
        ),
    ]
}

fn headers() -> Vec<Case> {
    let wide = |columns: usize| {
        let names: Vec<String> = (0..columns).map(|index| format!("c{index}")).collect();
        format!("day,units,{}\n2012-01-01,5{}\n", names.join(","), ",1".repeat(columns))
    };
    let endless = format!("day,units,{}\n2012-01-01,5\n", "x".repeat(2 << 20));
    vec![
        text("10,000 columns that are not declared", daily(), wide(10_000)).reads("without them", &ROW),
        // Planning takes time that grows with the square of the columns that SQL may use.
        text("1,000 columns in a source that declares none", free(), wide(1_000))
            .asked("select day, units, c0, c999 from s")
            .reads("all of them", &["2012-01-01|5|1|1"]),
        text("a header line of more than 1 MiB", daily(), endless)
            .fails("unreadable", &["s/a.csv: the header line does not end within the first MiB"]),
        text("a declared name that occurs twice in the header", daily(), "day,units,units\n2012-01-01,5,6\n")
            .fails("duplicate_column", &["s/a.csv: column `units` occurs twice"]),
        text("another name that occurs twice", daily(), "day,x,x,units\n2012-01-01,1,2,5\n")
            .reads("without both", &ROW),
        text("a name that occurs twice, in a source that declares none", free(), "day,x,x\n2012-01-01,1,2\n")
            .fails("duplicate_column", &["column `x` occurs twice"]),
        text("names that differ only in case", daily(), "Day,day,units,UNITS\nx,2012-01-01,5,y\n")
            .reads("those that are declared", &ROW),
        text("a declared name in another case", daily(), "DAY,units\n2012-01-01,5\n")
            .fails("missing_column", &["no column `day` in s/a.csv", "did you mean `DAY`?"]),
        text("spaces around names", daily(), "day, units\n2012-01-01,5\n")
            .fails("missing_column", &["no column `units`", "did you mean ` units`?"]),
        text("columns without a name", daily(), ",day,units,\n0,2012-01-01,5,\n").reads("without them", &ROW),
        text("columns without a name, in a source that declares none", free(), ",day\n0,2012-01-01\n")
            .reads("without them", &["2012-01-01"])
            .warns("left out a column without a name in s/a.csv"),
        text("no header line", daily(), "2012-01-01,5\n2012-01-02,6\n")
            .fails("missing_column", &["no column `day` in s/a.csv", "the columns are `2012-01-01`, `5`"]),
    ]
}

fn values() -> Vec<Case> {
    let contract = |input, value: &str| text(input, daily(), format!("day,units\n2012-01-01,{value}\n"));
    vec![
        contract("text in a column of numbers", "five")
            .fails("contract", &["column `units`: cannot read `five` as bigint without loss, in s/a.csv"]),
        contract("a text for missing values that is not declared", "NULL").fails("contract", &["`NULL`"]),
        contract("an empty field", "").reads("NULL", &["2012-01-01|-"]),
        contract("a fraction in a column of whole numbers", "5.5").fails("contract", &["`5.5`"]),
        contract("a number with a separator of thousands", "\"1,000\"").fails("contract", &["`1,000`"]),
        contract("a number that its type does not reach", "9223372036854775808")
            .fails("contract", &["`9223372036854775808`"]),
        contract("spaces around a number", " 5 ").reads("without them", &ROW),
        text("a date in another order", daily(), "day,units\n01.02.2012,5\n")
            .fails("contract", &["cannot read `01.02.2012` as date"]),
        text("a date that does not exist", daily(), "day,units\n2012-02-30,5\n")
            .fails("contract", &["cannot read `2012-02-30` as date"]),
    ]
}
