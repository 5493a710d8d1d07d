//! Arguments of commands that look at a job as it is written, or write one: nothing is run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `test`.
#[derive(Debug, Args)]
#[command(
    after_help = "A test says which rows a table's SQL is given and which it must give; see docs/testing.md.\nEnds with 3 if a test fails.\n\nExamples:\n  trichter test jobs/furniture.yaml\n  trichter test jobs/furniture.yaml --only weeks_start_on_monday"
)]
pub(in crate::cli) struct TestArgs {
    /// Job files
    #[arg(required = true, value_name = "JOB")]
    pub(in crate::cli) jobs: Vec<PathBuf>,
    /// Run the test of this name only; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) only: Vec<String>,
}

/// Arguments of `ls`.
#[derive(Debug, Args)]
#[command(
    after_help = "With `--kind` only names are printed, one a line.\n\nExample: for table in $(trichter ls jobs/furniture.yaml --kind table); do echo $table; done"
)]
pub(in crate::cli) struct LsArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(in crate::cli) job: PathBuf,
    /// Parts of this kind only
    #[arg(long, value_name = "KIND")]
    pub(in crate::cli) kind: Option<PartKind>,
}

/// A kind of part of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PartKind {
    /// A variable
    Var,
    /// A source
    Source,
    /// A table
    Table,
    /// A test of a table
    Test,
    /// Someone who gets recommendations
    Recipient,
    /// A decision
    Decision,
    /// A KPI
    Kpi,
    /// A model
    Model,
}

impl PartKind {
    /// The kind as it is written.
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            Self::Var => "var",
            Self::Source => "source",
            Self::Table => "table",
            Self::Test => "test",
            Self::Recipient => "recipient",
            Self::Decision => "decision",
            Self::Kpi => "kpi",
            Self::Model => "model",
        }
    }
}

/// Arguments of `graph`.
#[derive(Debug, Args)]
#[command(after_help = "Example: trichter graph jobs/furniture.yaml --format mermaid > furniture.mmd")]
pub(in crate::cli) struct GraphArgs {
    /// Job file
    #[arg(value_name = "JOB")]
    pub(in crate::cli) job: PathBuf,
    /// Text for people, a chart that wikis draw, or one JSON object
    #[arg(long, default_value = "text", value_name = "FORM")]
    pub(in crate::cli) format: GraphForm,
}

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum GraphForm {
    /// One line per part, with what it reads.
    Text,
    /// A Mermaid flow chart.
    Mermaid,
    /// Nodes and edges.
    Json,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(
    after_help = "Each folder with Parquet or CSV files becomes a source; folders called like name=value or 2024-01-31 are parts of the\none above them. Claims rest on the footers of Parquet files and on the rows that were looked at; the job says how many.\nWhat only you can decide is left as a blank that begins with FILL_IN, and `check` names the blanks that are left.\n\nExamples:\n  trichter init lake/furniture --job first_look\n  trichter init exports/ --job shop --currency EUR --language de,en --time-zone Europe/Berlin\n  trichter init s3://company-lake/erp/ --job orders --out projects/orders"
)]
pub(in crate::cli) struct InitArgs {
    /// A folder, an address such as `s3://bucket/lake/`, or a storage of the configuration with a path below it
    #[arg(value_name = "DIR|URI")]
    pub(in crate::cli) place: String,
    /// Name of the job [default: that of the folder]
    #[arg(long, env = "TRICHTER_JOB", value_name = "NAME")]
    pub(in crate::cli) job: Option<String>,
    /// Project folder: the job goes to jobs/ in it, its SQL to the folder of --sql
    #[arg(long, env = "TRICHTER_OUT", default_value = ".", value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Write over files that are there
    #[arg(long, env = "TRICHTER_FORCE")]
    pub(in crate::cli) force: bool,
    /// Currency of all amounts, as three capital letters [default: left as a blank]
    #[arg(long, env = "TRICHTER_CURRENCY", value_name = "CODE")]
    pub(in crate::cli) currency: Option<String>,
    /// Languages of the job
    #[arg(long, env = "TRICHTER_LANGUAGE", default_value = "en", value_delimiter = ',', value_name = "CODE")]
    pub(in crate::cli) language: Vec<InitLanguage>,
    /// Zone in which instants become days
    #[arg(long, env = "TRICHTER_TIME_ZONE", default_value = "UTC", value_name = "ZONE")]
    pub(in crate::cli) time_zone: chrono_tz::Tz,
    /// Most rows of each source to look at
    #[arg(long, env = "TRICHTER_ROWS", default_value = "100000", value_name = "N")]
    pub(in crate::cli) rows: std::num::NonZeroUsize,
}

/// A language of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum InitLanguage {
    /// German.
    De,
    /// English.
    En,
}
