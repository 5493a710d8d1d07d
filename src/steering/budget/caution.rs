//! How far a plan may follow a channel, up and down.

use std::collections::BTreeMap;

use crate::domain::Gate;
use crate::models::result::{ChannelPerformance, ResponseResult, doubts};

/// How sure one is of a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// Nothing speaks against it.
    Sure,
    /// Worth a careful move and a test.
    Careful,
    /// Not to be moved.
    Withheld,
}

/// What is trusted of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caution {
    /// That more money brings what the curve says.
    pub(super) more: Trust,
    /// That less money loses no more than the curve says.
    pub(super) less: Trust,
}

/// What is trusted of every channel of the model.
pub(super) fn cautions(result: &ResponseResult) -> BTreeMap<String, Caution> {
    let channels = result.channels.iter().filter(|channel| channel.unit.is_none());
    channels.map(|channel| (channel.channel.clone(), caution(result.gate.gate, channel))).collect()
}

fn caution(model: Gate, channel: &ChannelPerformance) -> Caution {
    let codes = || channel.reasons.iter().map(|reason| reason.code);
    let of = |allowed: bool| match (model.max(channel.gate), model) {
        (Gate::Withheld, _) => Trust::Withheld,
        (_, Gate::Trusted) if allowed => Trust::Sure,
        _ => Trust::Careful,
    };
    Caution { more: of(doubts::allow_more(codes())), less: of(doubts::allow_less(codes())) }
}
