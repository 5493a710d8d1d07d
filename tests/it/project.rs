//! A small project in a temporary folder, and the program run inside it.
//!
//! The shop's numbers are made up but not random: two years of daily sales that rise with
//! temperature, so that every stage has something to find.

use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A project folder with configuration, one job, its SQL and its data.
pub(crate) struct Project {
    folder: TempDir,
}

pub(crate) const JOB: &str = "jobs/shop.yaml";

impl Project {
    /// Writes a project that runs without errors.
    pub(crate) fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("config/local.yaml", CONFIG);
        project.write(JOB, SHOP);
        project.write("sql/shop/daily.sql", DAILY);
        let (sales, weather) = data();
        project.write("lake/sales.csv", &sales);
        project.write("lake/weather.csv", &weather);
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces `from` by `to` in a file; `from` must be there.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} does not contain {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// The program, ready to be given arguments, in the project's folder and a clean environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = program();
        command.current_dir(self.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Starts a run that computes the table `daily` without end, and waits until it does.
    pub(crate) fn start_endless(&self) -> Child {
        // Rows without number: a cross join that nobody waits for.
        self.edit(
            "sql/shop/daily.sql",
            "on w.day = s.day",
            "on w.day = s.day\nwhere (select count(*) from sales a, sales b, sales c, sales d where a.units + b.units <> c.units * d.units) > 0",
        );
        let mut child = self.command().args(["run", JOB]).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut seen = String::new();
        for line in lines.map_while(Result::ok) {
            seen.push_str(&line);
            if line.contains("table.daily") {
                break;
            }
        }
        assert!(seen.contains("table.daily"), "{seen}");
        child
    }

    /// Every published file with its bytes, apart from what carries a run id.
    pub(crate) fn published(&self) -> Vec<(String, Vec<u8>)> {
        published_files(&self.path().join("marts/shop"))
    }
}

/// The program in a clean environment.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trichter"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TRICHTER_")) {
        command.env_remove(name);
    }
    command
}

/// The published data sets, or `None` with a line that says so. CI has them, and must not skip.
pub(crate) fn published_data(test: &str) -> Option<PathBuf> {
    let given = std::env::var_os("TRICHTER_PUBLISHED").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    if folder.join("bike_sharing").is_dir() {
        return Some(folder.canonicalize().unwrap());
    }
    assert!(
        std::env::var_os("TRICHTER_REQUIRE_PUBLISHED").is_none(),
        "{test}: no published data sets in {}",
        folder.display()
    );
    println!("{test}: skipped, no published data sets in {}", folder.display());
    None
}

/// Every file below `folder`, in order.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut open, mut files) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// Table files below `current`, `history` and `tables`, apart from the four run tables.
pub(crate) fn published_files(target: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![target.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(target).unwrap().to_string_lossy().into_owned();
            let run_table = ["runs", "steps", "checks", "sources_read"]
                .iter()
                .any(|table| name.split('/').nth(1) == Some(table));
            if name.starts_with("_trichter") || run_table {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                files.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    assert!(files.len() > 10, "too few files below {}", target.display());
    files
}

/// What a program wrote to standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts an exit code, and shows everything if it is another.
#[track_caller]
pub(crate) fn assert_exit(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "stdout:\n{}\nstderr:\n{}",
        String::from_utf8_lossy(&output.stdout),
        stderr(output)
    );
}

fn data() -> (String, String) {
    let mut sales = "day,units,price\n".to_owned();
    let mut weather = "day,temperature\n".to_owned();
    let first = chrono::NaiveDate::from_ymd_opt(2022, 1, 3).unwrap();
    let mut noise: u64 = 7;
    for index in 0..728_u32 {
        let day = first + chrono::Days::new(u64::from(index));
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let jitter = f64::from(u32::try_from(noise >> 40).unwrap() % 1000) / 50.0;
        let season = (f64::from(index) * std::f64::consts::TAU / 365.25).sin();
        let temperature = 12.0 + 9.0 * season + jitter / 4.0 - f64::from(index % 11);
        let units = 100.0 + 4.0 * temperature + f64::from(index % 7) * 6.0 + jitter;
        writeln!(sales, "{day},{units:.0},{:.2}", 9.0 + f64::from(index % 5) / 10.0).unwrap();
        writeln!(weather, "{day},{temperature:.2}").unwrap();
    }
    (sales, weather)
}

const CONFIG: &str = r#"storages:
  lake: { folder: "./lake" }
  marts: { folder: "${TRICHTER_MARTS:-./marts}" }
engine: { memory_limit: 1 GiB }
"#;

const DAILY: &str = "-- One row per day.
-- key: day
select s.day, s.units, s.price, w.temperature, extract(dow from s.day) in (0, 6) as is_weekend
from sales as s
join weather as w on w.day = s.day
";

const SHOP: &str = r#"job: shop
title: { en: Shop, de: Laden }
currency: EUR
languages: [en, de]
calendar: { period: week, starts: monday, time_zone: Europe/Berlin }
window: { history: 104 weeks, start: 2023-10-02, end: 2024-01-01 }

sources:
  sales:
    party: first
    path: lake/sales.csv
    time: day
    columns:
      day: { type: date, required: true, unique: true }
      units: { type: bigint, required: true, min: 0 }
      price: { type: double }
  weather:
    party: third
    about: weather
    path: lake/weather.csv
    time: day
    columns:
      day: { type: date, required: true, unique: true }
      temperature: { type: double }

tables:
  daily:
    sql: shop/daily.sql
    key: [day]
    time: day
    store: publish
    checks:
      - not_null: { columns: [temperature] }
      - range: { column: units, min: 0, max: 100000 }

recipients:
  shopkeeper: { name: Shopkeeper, language: en }
decisions:
  stock:
    question: { en: How much do we stock?, de: Wie viel lagern wir? }
    owner: shopkeeper
    cadence: week
kpis:
  units:
    label: { en: Units sold, de: Verkaufte Stück }
    from: daily
    value: sum(units)
    unit: units
    better: higher
    owner: shopkeeper
    by: [is_weekend]
    decisions: [stock]
models:
  demand:
    outcome:
      label: { en: Demand, de: Nachfrage }
      table: daily
      success: { amount: { column: units, at: day, unit: units } }
      explains: units
      drivers:
        temperature: { per: 5, unit: "°C" }
        price: { role: lever, per: 1, unit: EUR }
        is_weekend: {}
steering:
  recommendations: { from: [demand], at_most: 5 }
publish: { to: marts/shop/ }
"#;
