//! An explanation as plain data: the same content becomes text for people and JSON for machines.

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::lineage::Lineage;

/// Where figures come from, how they were computed and how far to trust them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// `model`, `channel`, `driver`, `recommendation` or `kpi`.
    pub kind: &'static str,
    /// Key in the job file, or id.
    pub name: String,
    /// The model, of a channel or a driver.
    pub model: Option<String>,
    /// What it is, in words.
    pub title: String,
    /// The publication that is explained.
    pub publication: PublicationNote,
    /// What there is to say, in the order of reading.
    pub sections: Vec<Section>,
    /// From the figures back to the objects that were read.
    pub lineage: Lineage,
    /// Published rows that hold the figures.
    pub published: Vec<PublishedRows>,
}

/// The publication that is explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicationNote {
    /// Its id.
    pub publication: String,
    /// Run that wrote it.
    pub run_id: String,
    /// First day of its window.
    pub window_start: NaiveDate,
    /// First day after its window.
    pub as_of: NaiveDate,
    /// Where its tables lie.
    pub target: String,
}

/// A part of an explanation.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Section {
    /// Stable name: `figures`, `method`, `outside_data`, `trust`, `evidence`, …
    pub section: &'static str,
    #[serde(skip)]
    pub(super) title: &'static str,
    /// `trusted`, `review` or `withheld`, where the section judges.
    pub gate: Option<String>,
    /// What is said before the figures.
    pub opening: Vec<String>,
    /// Figures.
    pub figures: Vec<Figure>,
    /// Why the gate is not `trusted`.
    pub reasons: Vec<Reason>,
    /// What is said after them.
    pub sentences: Vec<String>,
    /// Rows of other tables that are pointed to.
    pub rows: Vec<EvidenceRow>,
}

/// A figure with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Its column in the published table, or what it is a figure of.
    pub figure: String,
    /// What people read.
    pub label: String,
    /// The figure; null where there is none.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lower: Option<f64>,
    /// Upper end of its interval.
    pub upper: Option<f64>,
    /// Coverage of the interval.
    pub interval_level: Option<f64>,
    /// Figure and interval as people write them.
    pub text: String,
    /// What it means.
    pub note: String,
}

/// Why a gate is not `trusted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Stable code.
    pub code: String,
    /// The reason as a sentence.
    pub text: String,
}

/// A row that evidence points to, with the figures in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceRow {
    /// The table.
    pub table: String,
    /// Key of the row there.
    #[serde(serialize_with = "as_object")]
    pub key: Vec<(String, String)>,
    /// Whether there is such a row.
    pub found: bool,
    /// The figures that are pointed to.
    pub figures: Vec<Figure>,
}

/// Published rows, for people who want to look for themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedRows {
    /// The table.
    pub table: String,
    /// Columns with the values to look for.
    #[serde(serialize_with = "as_object")]
    pub key: Vec<(String, String)>,
    /// The command that shows the table.
    pub command: String,
}

/// Pairs in their order, as one JSON object.
fn as_object<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

impl Section {
    pub(super) fn new(section: &'static str, title: &'static str) -> Self {
        Self { section, title, ..Self::default() }
    }

    /// True if there is nothing to say.
    pub(super) fn is_empty(&self) -> bool {
        self.gate.is_none()
            && self.opening.is_empty()
            && self.figures.is_empty()
            && self.reasons.is_empty()
            && self.sentences.is_empty()
            && self.rows.is_empty()
    }

    /// Adds a sentence if there is one.
    pub(super) fn say(&mut self, sentence: impl Into<Option<String>>) {
        self.sentences.extend(sentence.into());
    }
}
