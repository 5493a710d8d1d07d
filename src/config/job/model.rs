//! Resolved models.

use super::response::{Media, ResponseModel};
use crate::domain::{LocalText, Party, Role, Span};

/// A checked model.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "a job has a handful of models")]
pub enum Model {
    /// What makes one lead, contact, deal or day succeed.
    Outcome(OutcomeModel),
    /// What spend and circumstances do to an outcome over time.
    Response(ResponseModel),
}

impl Model {
    /// Key in the job file.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Outcome(model) => &model.name,
            Self::Response(model) => &model.name,
        }
    }

    /// The key of its kind in the job file.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Outcome(_) => "outcome",
            Self::Response(_) => "response",
        }
    }

    /// The table with its outcome and drivers.
    #[must_use]
    pub fn table(&self) -> &str {
        match self {
            Self::Outcome(model) => &model.table,
            Self::Response(model) => &model.table,
        }
    }

    /// The column of its outcome.
    #[must_use]
    pub fn outcome(&self) -> &str {
        match self {
            Self::Outcome(model) => model.success.column(),
            Self::Response(model) => &model.outcome,
        }
    }

    /// Every table that it reads, its own first, each once.
    #[must_use]
    pub fn reads(&self) -> Vec<&str> {
        let mut tables = vec![self.table()];
        if let Self::Response(model) = self {
            let media = match &model.media {
                Media::Wide => None,
                Media::Long { table, .. } => Some(table),
            };
            for table in media.into_iter().chain(&model.experiments) {
                if !tables.contains(&table.as_str()) {
                    tables.push(table);
                }
            }
        }
        tables
    }

    /// Its drivers in the order of the file.
    #[must_use]
    pub fn drivers(&self) -> &[Driver] {
        match self {
            Self::Outcome(model) => &model.drivers,
            Self::Response(model) => &model.drivers,
        }
    }

    /// The model, if it is an outcome model.
    #[must_use]
    pub fn as_outcome(&self) -> Option<&OutcomeModel> {
        match self {
            Self::Outcome(model) => Some(model),
            Self::Response(_) => None,
        }
    }

    /// The model, if it is a response model.
    #[must_use]
    pub fn as_response(&self) -> Option<&ResponseModel> {
        match self {
            Self::Outcome(_) => None,
            Self::Response(model) => Some(model),
        }
    }
}

/// A checked outcome model.
#[derive(Debug, Clone)]
pub struct OutcomeModel {
    /// Key in the job file.
    pub name: String,
    /// What people read.
    pub label: LocalText,
    /// Table with one row per lead, contact, deal or day.
    pub table: String,
    /// What counts as success.
    pub success: Success,
    /// Column that dates the outcome's entry (date or timestamp); rows are grouped into periods by it.
    pub at: String,
    /// Drivers in the order of the file, at least one.
    pub drivers: Vec<Driver>,
    /// Pairs of sine and cosine per year that are always in the model.
    pub yearly_harmonics: u8,
    /// Whether a linear trend is always in the model.
    pub trend: bool,
    /// The KPI that the outcome moves; recommendations go to the owners of its decisions.
    pub explains: Option<String>,
}

/// What counts as success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Success {
    /// A boolean or 0/1 column: accepted, won, subscribed.
    YesNo {
        /// The column.
        column: String,
        /// Rows younger than this at the window's end are open, not lost, and stay out.
        matures_after: Option<Span>,
    },
    /// A number: margin, revenue, rentals.
    Amount {
        /// The column.
        column: String,
        /// Unit of the amount, for texts.
        unit: String,
    },
}

impl Success {
    /// The outcome column.
    #[must_use]
    pub fn column(&self) -> &str {
        match self {
            Self::YesNo { column, .. } | Self::Amount { column, .. } => column,
        }
    }
}

/// A driver of an outcome, over time or row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Driver {
    /// Column of the model's table.
    pub name: String,
    /// What people read.
    pub label: LocalText,
    /// Whose data it is; `None`: that of the sources its column comes from.
    pub party: Option<Party>,
    /// What it is about, for example `weather`; `None`: what those sources are about.
    pub about: Option<String>,
    /// What it may do in the model.
    pub role: Role,
    /// Drivers with the same group share one line of importance; by default each driver is its own.
    pub group: String,
    /// The change that its effect is stated for, in the driver's unit; `None`: one standard deviation.
    pub per: Option<f64>,
    /// Unit of the driver, for texts.
    pub unit: Option<LocalText>,
}
