//! The command line: what can be typed, and the help that teaches it.
//!
//! Every flag has an environment twin `TRICHTER_*`, so that a container can be configured without
//! touching its command.

mod project;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use project::{GraphArgs, GraphForm, InitArgs, InitLanguage, LsArgs, PartKind, TestArgs};

use crate::run::WindowRequest;

/// Joins marketing and sales data with the outside world, finds what drives success, and writes
/// KPI and recommendation tables.
#[derive(Debug, Parser)]
#[command(
    name = "trichter",
    version,
    arg_required_else_help = true,
    after_help = "Start with:\n  trichter demo\n  trichter init exports/\n  trichter show jobs/furniture.yaml recommendations\n  trichter explain jobs/furniture.yaml revenue_response tv\n  trichter run  jobs/furniture.yaml --as-of 2024-07-01\n\nExit codes: 0 done; 1 a step failed; 2 wrong usage, job or configuration; 3 a data check failed;\n4 a source is missing, stale or breaks its contract; 5 a gate withheld advice (--fail-on-gate);\n70 internal error; 75 another run holds the lock or the store is busy; 99 nothing has changed\n(--skip-unchanged); 130, 143 stopped."
)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
    /// Flags that every command takes.
    #[command(flatten)]
    pub(super) global: GlobalArgs,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub(super) struct GlobalArgs {
    /// Platform configuration: storages, memory, threads
    #[arg(
        long,
        global = true,
        env = "TRICHTER_CONFIG",
        default_value = "config/local.yaml",
        value_name = "FILE"
    )]
    pub(super) config: PathBuf,
    /// Folder that `sql:` paths of a job are relative to
    #[arg(long, global = true, env = "TRICHTER_SQL", default_value = "sql", value_name = "DIR")]
    pub(super) sql: PathBuf,
    /// Value of a variable of the job, over its `default`; once for each variable. The environment variable
    /// `TRICHTER_VAR_<name>` does the same
    #[arg(long = "var", global = true, value_name = "NAME=VALUE", value_parser = assignment)]
    pub(super) vars: Vec<(String, String)>,
    /// Result on standard output: text for people, or one JSON object as the last line
    #[arg(long, global = true, env = "TRICHTER_OUTPUT", default_value = "text", value_name = "FORM")]
    pub(super) output: OutputForm,
    /// Log lines on standard error: text for people, or one JSON object per line
    #[arg(long, global = true, env = "TRICHTER_LOG_FORMAT", default_value = "text", value_name = "FORM")]
    pub(super) log_format: OutputForm,
    /// Which log lines appear, for example `debug` or `trichter=debug,object_store=info`
    #[arg(long, global = true, env = "TRICHTER_LOG", default_value = "info", value_name = "FILTER")]
    pub(super) log: String,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write `NAME=VALUE`, for example `margin=0.35`")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Text for people or JSON for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputForm {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Checks a job, its SQL and the platform configuration without reading data; with --connect, its sources too
    Check(CheckArgs),
    /// Runs the tests of a job's tables on the rows that they give, without reading data
    Test(TestArgs),
    /// Runs a job: reads, joins, checks, models, recommends, publishes
    Run(RunArgs),
    /// Says what a run would read, compute and replace, without running it
    Plan(PlanArgs),
    /// Lists the parts of a job: sources, tables, tests, KPIs, models
    Ls(LsArgs),
    /// Shows what a job reads, what it makes of it, and what goes where
    Graph(GraphArgs),
    /// Runs a job for every window between two days, one after the other
    Backfill(BackfillArgs),
    /// Runs again what failed last, with its window, seed and label
    Retry(RetryArgs),
    /// Says what would have happened with other spend or other circumstances
    Scenario(ScenarioArgs),
    /// Makes a lake with a known truth and runs its job: the whole product in one go
    Demo(DemoArgs),
    /// Looks at folders of data and proposes contracts, keys and a first job
    Init(InitArgs),
    /// Prints rows of a published table
    Show(ShowArgs),
    /// Explains a published figure: where it comes from, how it was computed, how far to trust it
    Explain(ExplainArgs),
    /// Removes superseded publications of a job, and what stopped runs left behind
    Vacuum(VacuumArgs),
    /// Prints the schema of job files, configuration files or output tables
    Schema(SchemaArgs),
    /// Prints a completion script for a shell
    #[command(after_help = "Example: trichter completions bash > /etc/bash_completion.d/trichter")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Arguments of `check`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Without --connect nothing is read but files of the project. With it, the columns of the files that a run would read are\ncompared with the contracts, and SQL is planned with them; of Parquet no rows are read, only footers. Without --start,\n--end and --as-of the job's own window counts, and all files if it has none.\n\nExit codes: 0 sound; 2 a mistake in a job, its SQL or the configuration; 4 a source is missing or breaks its contract;\n75 a store cannot be reached. Of several, 2 comes before 4, and 4 before 75.\n\nExamples:\n  trichter check jobs/*.yaml\n  trichter check jobs/furniture.yaml --connect\n  trichter check jobs/furniture.yaml --connect --as-of 2024-07-01\n  trichter check jobs/furniture.yaml --connect --write-schemas    for later checks without a connection"
)]
pub(super) struct CheckArgs {
    /// Job files
    #[arg(required = true, value_name = "JOB")]
    pub(super) jobs: Vec<PathBuf>,
    /// Also compare each source's contract with the columns of its files
    #[arg(long, env = "TRICHTER_CONNECT")]
    pub(super) connect: bool,
    /// Save the columns of all sources below the folder of --schemas, so that later checks plan with them
    #[arg(long, env = "TRICHTER_WRITE_SCHEMAS", requires = "connect")]
    pub(super) write_schemas: bool,
    /// Folder of saved columns, with one folder for each job
    #[arg(long, env = "TRICHTER_SCHEMAS", default_value = "config/schemas", value_name = "DIR")]
    pub(super) schemas: PathBuf,
    #[command(flatten)]
    pub(super) window: WindowArgs,
}

/// The window of a run.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct WindowArgs {
    /// First day of the window, a date or an RFC 3339 instant
    #[arg(long, env = "TRICHTER_START", value_name = "DATE")]
    pub(super) start: Option<String>,
    /// First day after the window
    #[arg(long, env = "TRICHTER_END", value_name = "DATE")]
    pub(super) end: Option<String>,
    /// Instead of both: the window is the last whole period before this day
    #[arg(long, env = "TRICHTER_AS_OF", value_name = "DATE")]
    pub(super) as_of: Option<String>,
}

impl WindowArgs {
    /// The same, as it is asked of a run.
    pub(super) fn request(&self) -> WindowRequest {
        WindowRequest { start: self.start.clone(), end: self.end.clone(), as_of: self.as_of.clone() }
    }
}

/// How runs are carried out.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct RunOptions {
    /// Threads [default: one per core]; results do not depend on it
    #[arg(long, env = "TRICHTER_THREADS", value_name = "N")]
    pub(super) threads: Option<std::num::NonZeroUsize>,
    /// Exit with 5 when a model's gate withholds advice
    #[arg(long, env = "TRICHTER_FAIL_ON_GATE")]
    pub(super) fail_on_gate: bool,
    /// Publish even if a table loses columns or changes types against the last publication
    #[arg(long, env = "TRICHTER_ALLOW_BREAKING")]
    pub(super) allow_breaking: bool,
    /// Wait this long for another run of the job that is at work, for example `30s`, `15m`, `2h`
    #[arg(long, env = "TRICHTER_LOCK_WAIT", default_value = "0s", value_parser = humantime::parse_duration, value_name = "TIME")]
    pub(super) lock_wait: Duration,
    /// Also write `run_results.json` into this folder
    #[arg(long, env = "TRICHTER_ARTIFACTS", value_name = "DIR")]
    pub(super) artifacts: Option<PathBuf>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(
    after_help = "Windows are half-open, [start, end), and their bounds lie on the periods of the job's calendar.\nWithout --start, --end and --as-of the job's own window counts.\n\nIn Airflow: trichter run JOB --start \"{{ data_interval_start }}\" --end \"{{ data_interval_end }}\" --run-id \"{{ run_id }}\""
)]
pub(super) struct RunArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(super) job: PathBuf,
    #[command(flatten)]
    pub(super) window: WindowArgs,
    /// Label of this run in logs and run tables [default: a fresh id]
    #[arg(long, env = "TRICHTER_RUN_ID", value_name = "ID")]
    pub(super) run_id: Option<String>,
    /// Seed of everything random
    #[arg(long, env = "TRICHTER_SEED", default_value_t = crate::run::DEFAULT_SEED, value_name = "N")]
    pub(super) seed: u64,
    /// Do nothing and exit with 99 if inputs, job and earlier results are those of the newest publication
    #[arg(long, env = "TRICHTER_SKIP_UNCHANGED")]
    pub(super) skip_unchanged: bool,
    /// Compute every period of every kept table, not only the window and what it restates
    #[arg(long, env = "TRICHTER_FULL_REFRESH")]
    pub(super) full_refresh: bool,
    #[command(flatten)]
    pub(super) options: RunOptions,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Lists objects and reads no rows. What is computed of a kept table follows from what is published already:\nthe window, what the table restates, and weeks that no run has computed. Which rows of its sources that needs is read\noff its SQL: a condition on the table's time column has to reach a time column of the source.\n\nExamples:\n  trichter plan jobs/furniture.yaml --as-of 2024-12-30\n  trichter plan jobs/furniture.yaml --as-of 2024-12-30 --full-refresh --output json"
)]
pub(super) struct PlanArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(super) job: PathBuf,
    #[command(flatten)]
    pub(super) window: WindowArgs,
    /// As if every period of every kept table were computed
    #[arg(long, env = "TRICHTER_FULL_REFRESH")]
    pub(super) full_refresh: bool,
}

/// Arguments of `backfill`.
#[derive(Debug, Args)]
#[command(
    after_help = "Windows run in their order, since each reads what the one before it found. One that fails ends the backfill; the\nsame command goes on with it. Windows older than the newest published one write `history/` only.\n\nExamples:\n  trichter backfill jobs/furniture.yaml --from 2024-01-01 --to 2024-07-01\n  trichter backfill jobs/furniture.yaml --from 2024-01-01 --to 2024-07-01 --periods 4"
)]
pub(super) struct BackfillArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(super) job: PathBuf,
    /// First day of the first window
    #[arg(long, env = "TRICHTER_FROM", value_name = "DATE")]
    pub(super) from: String,
    /// First day after the last window
    #[arg(long, env = "TRICHTER_TO", value_name = "DATE")]
    pub(super) to: String,
    /// Periods of one window
    #[arg(long, env = "TRICHTER_PERIODS", default_value = "1", value_name = "N")]
    pub(super) periods: std::num::NonZeroU16,
    /// Run windows again that an earlier attempt finished
    #[arg(long, env = "TRICHTER_AGAIN")]
    pub(super) again: bool,
    /// Label of the runs, to which the end of each window is added [default: fresh ids]
    #[arg(long, env = "TRICHTER_RUN_ID", value_name = "ID")]
    pub(super) run_id: Option<String>,
    /// Seed of everything random
    #[arg(long, env = "TRICHTER_SEED", default_value_t = crate::run::DEFAULT_SEED, value_name = "N")]
    pub(super) seed: u64,
    #[command(flatten)]
    pub(super) options: RunOptions,
}

/// Arguments of `retry`.
#[derive(Debug, Args)]
#[command(
    after_help = "Looks at the record that the last run left in the target. A run that failed before it could write there is not found.\n\nExample: trichter retry jobs/furniture.yaml"
)]
pub(super) struct RetryArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(super) job: PathBuf,
    #[command(flatten)]
    pub(super) options: RunOptions,
}

/// Arguments of `scenario`.
#[derive(Debug, Args)]
#[command(
    after_help = "Reads sources and computes tables as a run does, fits one response model, asks it, and publishes nothing.\nWith the window and the seed of a run it speaks of that run's figures: tv=-100% is what tv brought, with the sign turned.\n\nA change is a share of the own level, spread as it was: +20%, -10%, -100%. For drivers it may also be an amount in\ntheir own unit: +2, -0.5.\n\nExamples:\n  trichter scenario jobs/furniture.yaml --set tv=+20%\n  trichter scenario jobs/furniture.yaml --set tv=-100% --set search=+10%\n  trichter scenario jobs/furniture.yaml --set market_demand=-10% --set own_price=+2\n  trichter scenario jobs/furniture.yaml --set radio=+50% --unit HH --output json"
)]
pub(super) struct ScenarioArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(super) job: PathBuf,
    /// What changes: a channel or a driver, and by how much; may be repeated
    #[arg(long, env = "TRICHTER_SET", required = true, value_delimiter = ',', value_name = "NAME=CHANGE")]
    pub(super) set: Vec<String>,
    /// The response model to ask [default: the one that knows the names]
    #[arg(long, env = "TRICHTER_MODEL", value_name = "MODEL")]
    pub(super) model: Option<String>,
    /// Change this unit alone; may be repeated [default: all]
    #[arg(long, env = "TRICHTER_UNIT", value_name = "UNIT")]
    pub(super) unit: Vec<String>,
    #[command(flatten)]
    pub(super) window: WindowArgs,
    /// Seed of everything random
    #[arg(long, env = "TRICHTER_SEED", default_value_t = crate::run::DEFAULT_SEED, value_name = "N")]
    pub(super) seed: u64,
    /// Threads [default: one per core]; results do not depend on it
    #[arg(long, env = "TRICHTER_THREADS", value_name = "N")]
    pub(super) threads: Option<std::num::NonZeroUsize>,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(
    after_help = "The lake is written once; running the demo again with the same seed and scale finds it there.\nThe truth behind it lies beside it, in furniture_truth/: no job reads it.\n\nExamples:\n  trichter demo\n  trichter demo --seed 7\n  trichter demo --scale 200 --data-only        about 100 million order lines, 5 GB\n  trichter --config config/s3.yaml demo        on an S3-compatible store\n  trichter demo --to scratch/worlds/7 --seed 7 data only, to another storage of the configuration"
)]
pub(super) struct DemoArgs {
    /// Which world
    #[arg(value_enum, default_value = "furniture", value_name = "WORLD")]
    pub(super) world: DemoWorld,
    /// Seed of the world
    #[arg(long, env = "TRICHTER_DEMO_SEED", default_value_t = 1, value_name = "N")]
    pub(super) seed: u64,
    /// Size of the company: 1 has 490,000 order lines in four years
    #[arg(long, env = "TRICHTER_DEMO_SCALE", default_value_t = 1.0, value_name = "X")]
    pub(super) scale: f64,
    /// Where the lake goes: a storage of the configuration, and a path below it. The job reads `lake`;
    /// with another place only data is written
    #[arg(long, env = "TRICHTER_DEMO_TO", default_value = "lake", value_name = "STORAGE[/PATH]")]
    pub(super) to: String,
    /// Write the lake and its truth, but do not run the job
    #[arg(long, env = "TRICHTER_DEMO_DATA_ONLY")]
    pub(super) data_only: bool,
    /// Switch every channel off: spend goes on, but nothing comes of it
    #[arg(long, env = "TRICHTER_DEMO_WITHOUT_EFFECTS")]
    pub(super) without_effects: bool,
    /// Threads [default: one per core]; no byte depends on it
    #[arg(long, env = "TRICHTER_THREADS", value_name = "N")]
    pub(super) threads: Option<std::num::NonZeroUsize>,
}

/// A world with a demo lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DemoWorld {
    /// A furniture retailer with stores, a web shop and ten channels
    Furniture,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(super) job: PathBuf,
    /// Table; without it the published tables are listed
    #[arg(value_name = "TABLE")]
    pub(super) table: Option<String>,
    /// Print the SQL of a table of the job, or of a KPI, instead of rows
    #[arg(long, requires = "table")]
    pub(super) as_sql: bool,
    /// Most rows to print
    #[arg(long, env = "TRICHTER_LIMIT", default_value_t = 20, value_name = "N")]
    pub(super) limit: usize,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "Everything is read off the tables of the newest publication; nothing is fitted again.\nWhere two things have one name, put the section of the job file before it: kpis.revenue, drivers.search.\n\nExamples:\n  trichter explain jobs/furniture.yaml                           what can be explained\n  trichter explain jobs/furniture.yaml revenue_response          a model\n  trichter explain jobs/furniture.yaml revenue_response tv       a channel of it, or a driver\n  trichter explain jobs/furniture.yaml revenue                   a KPI\n  trichter explain jobs/furniture.yaml 0ba5fcff51c998e7          a recommendation, by its id\n  trichter explain jobs/furniture.yaml revenue --output json     for machines"
)]
pub(super) struct ExplainArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(super) job: PathBuf,
    /// A model, a KPI or the id of a recommendation; without it, what can be explained is listed
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    /// A channel or a driver of the model
    #[arg(value_name = "PART")]
    pub(super) part: Option<String>,
}

/// Arguments of `vacuum`.
#[derive(Debug, Args)]
#[command(
    after_help = "The newest publication always stays, and so do current/, history/ and tables/. Superseded publications stay for a\nwhile, since somebody may still read them.\n\nExamples:\n  trichter vacuum jobs/furniture.yaml --dry-run\n  trichter vacuum jobs/furniture.yaml --older-than 30d"
)]
pub(super) struct VacuumArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(super) job: PathBuf,
    /// Age of what is removed, for example `12h`, `7d`, `4weeks`
    #[arg(long, env = "TRICHTER_OLDER_THAN", default_value = "7d", value_parser = humantime::parse_duration, value_name = "TIME")]
    pub(super) older_than: Duration,
    /// Only say what would be removed
    #[arg(long, env = "TRICHTER_DRY_RUN")]
    pub(super) dry_run: bool,
    /// Wait this long for a run of the job that is at work, for example `30s`, `15m`, `2h`
    #[arg(long, env = "TRICHTER_LOCK_WAIT", default_value = "0s", value_parser = humantime::parse_duration, value_name = "TIME")]
    pub(super) lock_wait: Duration,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Which schema
    #[arg(value_enum)]
    pub(super) of: SchemaOf,
    /// JSON for editors and tools, or Markdown for people
    #[arg(long, env = "TRICHTER_FORMAT", default_value = "json", value_name = "FORM")]
    pub(super) format: SchemaForm,
}

/// What a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// Job files
    Job,
    /// Platform configuration files
    Config,
    /// Output tables
    Tables,
}

/// How a schema is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaForm {
    /// JSON Schema, or a JSON data dictionary
    Json,
    /// The reference page
    Markdown,
}
