//! Folders and names of objects.

use super::text::daily;
use super::*;

const DAY: &str = "day,units\n2012-01-01,5\n";
const ROW: [&str; 1] = ["2012-01-01|5"];

fn named(input: &'static str, path: &str, files: &[&str]) -> Case {
    let mut source = daily();
    source.location.path = path.to_owned();
    let files = files.iter().map(|file| ((*file).to_owned(), DAY.into()));
    case(input, source, files.collect())
}

fn parquet(input: &'static str, path: &str, files: &[&str]) -> Case {
    let mut case = named(input, path, &[]);
    case.source.format = Format::Parquet;
    case.files = files.iter().map(|file| ((*file).to_owned(), super::parquet::sound())).collect();
    case
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = places();
    cases.extend(names());
    #[cfg(unix)]
    cases.extend(links());
    cases
}

fn places() -> Vec<Case> {
    vec![
        named("an object that is not there", "s/b.csv", &["s/a.csv"])
            .fails("missing_source", &["there is no object s/b.csv"]),
        named("a folder without objects", "t/", &["s/a.csv"])
            .fails("missing_source", &["no object lies under t/"]),
        named("a folder whose name has no `/` at its end", "s", &["s/a.csv"])
            .fails("missing_source", &["there is no object s", "end the path with `/`"]),
        parquet(
            "a folder called `x.parquet`, as Spark writes it, within the path",
            "s/",
            &["s/x.parquet/part-0.parquet"],
        )
        .reads("the files in it", &ROW),
        parquet(
            "a folder called `x.parquet`, as the path itself",
            "s/x.parquet",
            &["s/x.parquet/part-0.parquet"],
        )
        .fails("missing_source", &["there is no object s/x.parquet", "end the path with `/`"]),
        named("objects in folders below the folder", "s/", &["s/2012/01/a.csv"]).reads("as any other", &ROW),
        named(
            "names that begin with `_` or `.`, and what is in such folders",
            "s/",
            &["s/a.csv", "s/_SUCCESS", "s/.a.csv", "s/..b.csv", "s/_temporary/0/a.csv"],
        )
        .reads("without them, as Hive and Spark do", &ROW),
    ]
}

fn names() -> Vec<Case> {
    vec![
        named("an ending in capitals", "s/", &["s/A.CSV"]).reads("as any other", &ROW),
        named(
            "an object whose name has another ending, beside others",
            "s/",
            &["s/a.csv", "s/a.dat", "s/a.csv.gz"],
        )
        .reads("without it", &ROW)
        .warns("ignored 2 objects whose names do not fit the format, such as `s/a.csv.gz`"),
        named("an object whose name has another ending, as the path itself", "s/a.dat", &["s/a.dat"])
            .reads("as the `format` says", &ROW),
        named("only names with another ending", "s/", &["s/a.dat"])
            .fails("missing_source", &["`s/a.dat` is there", "`.csv`, `.tsv`, `.txt`"]),
        parquet("only delimited text, in a source that does not say so", "s/", &["s/a.csv"])
            .fails("missing_source", &["format: { csv: {} }"]),
        named(
            "spaces, percent signs, `#`, `~` and letters of any language in names",
            "s/",
            &["s/ä 50%25 #1~{x}.csv"],
        )
        .reads("as any other", &ROW),
        named("the same in the path", "s/ä 50%25 #1~{x}.csv", &["s/ä 50%25 #1~{x}.csv"])
            .after(|lake| fs::write(lake.join("s/ä 50% #1~{x}.csv"), "another file").unwrap())
            .reads("as it is written: `%20` is no space", &ROW),
        named("a line break in a name", "s/", &["s/a\nb.csv"])
            .fails("object_name", &["the name of an object cannot be used", "rename the object"]),
    ]
}

#[cfg(unix)]
fn links() -> Vec<Case> {
    use std::os::unix::fs::symlink;
    vec![
        named("a link to a file outside the storage's folder", "s/", &["../outside/a.csv"])
            .after(|lake| {
                fs::create_dir(lake.join("s")).unwrap();
                symlink(lake.join("../outside/a.csv"), lake.join("s/b.csv")).unwrap();
            })
            .reads(
                "as the file that it leads to: who may make links in a storage decides what is read",
                &ROW,
            ),
        named("a link that leads nowhere", "s/", &["s/a.csv"])
            .after(|lake| symlink("/nonexistent/b.csv", lake.join("s/b.csv")).unwrap())
            .reads("as if it were not there", &ROW),
    ]
}
