//! The furniture world: a retailer with stores and a web shop in the sixteen states of Germany.
//!
//! [`world`] describes it; [`Market`] lives it week by week; the other files turn it into what the
//! company's systems would hold, and into the truth.

mod calendar;
mod channel;
mod company;
mod deals;
mod effects;
mod environment;
mod files;
mod leads;
mod market;
mod media;
mod operations;
mod orders;
mod outside;
mod purpose;
pub mod reallocation;
mod response;
mod spending;
mod truth;
pub mod world;
pub mod yardstick;

pub use channel::{CarryOver, Channel, Flights, Saturation, WEEKS_FELT};
pub use effects::{AS_IT_WAS, Factors};
pub use files::{LAKE, TRUTH, write};
pub use market::Market;
