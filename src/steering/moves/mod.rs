//! Advice about money: what a budget plan does with a channel, in words, with its figures and a test where one is due.

mod channel;
mod facts;
mod figures;
mod test;

pub(super) use channel::{channel_label, evidence_of, kpi, outcome_unit};
pub(super) use facts::{Money, facts};
pub(super) use figures::{Kept, figures};
pub(super) use test::{proposed, test};
