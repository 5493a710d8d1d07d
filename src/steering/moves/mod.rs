//! Advice about money: what a budget plan does with a channel, in words, with its figures and a test where one is due.

mod channel;
mod facts;
mod figures;
mod test;

pub(super) use channel::{evidence_of, kpi, outcome_unit};
pub(super) use facts::{Money, channel_label, facts};
pub(super) use figures::{Kept, figures};
pub(super) use test::{proposed, test};
