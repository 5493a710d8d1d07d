//! The words that every other room shares: periods, windows, estimates, gates, languages.
//!
//! Nothing here reads a file, a clock or an Arrow array, so every stage may depend on it and it
//! depends on none of them.

mod budget_cell;
mod change;
pub mod draws;
mod estimate;
mod language;
mod period;
mod span;
mod value;
mod words;

pub use budget_cell::BudgetCell;
pub use change::{Change, ChangeError};
pub use estimate::{Estimate, Interval};
pub use language::{Language, LocalText};
pub use period::{Calendar, PeriodKind, StartOfWeek, Window, WindowError, first_instant};
pub use span::{Span, SpanUnit};
pub use value::DataType;
pub use words::{
    Action, Adstock, Better, Evidence, Form, Gate, Known, Party, Role, Saturation, Severity, Status, Trend,
};
