//! The id of a suggestion: the same advice keeps it from run to run and in every language.
//!
//! It leaves out everything that a new run may move (figures, rank, model, dates), so that repeated
//! advice can be followed as one thread.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::domain::Action;

/// What makes two suggestions the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity<'a> {
    pub(super) job: &'a str,
    pub(super) decision: &'a str,
    pub(super) recipient: &'a str,
    pub(super) action: Action,
    /// Driver and level; none for a general `keep`.
    pub(super) driver: Option<&'a str>,
    pub(super) level: Option<&'a str>,
}

impl Identity<'_> {
    /// The first 16 hexadecimal digits of SHA-256 over the parts.
    ///
    /// Each part is preceded by its length, and an absent one is `-`, so that no two lists of parts
    /// run together to the same bytes.
    pub(super) fn id(&self) -> String {
        let mut hash = Sha256::new();
        for part in [
            Some(self.job),
            Some(self.decision),
            Some(self.recipient),
            Some(self.action.as_str()),
            self.driver,
            self.level,
        ] {
            match part {
                Some(part) => hash.update(format!("{}:{part},", part.len())),
                None => hash.update("-,"),
            }
        }
        hash.finalize().iter().take(8).fold(String::with_capacity(16), |mut id, byte| {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
            id
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEATHER: Identity<'_> = Identity {
        job: "bike_sharing",
        decision: "bikes_on_the_street",
        recipient: "head_of_operations",
        action: Action::Watch,
        driver: Some("weather"),
        level: Some("rain or snow"),
    };

    #[test]
    fn the_id_is_stable() {
        assert_eq!(WEATHER.id(), "266640ba7c1f98ea");
    }

    #[test]
    fn every_part_counts_and_none_runs_into_the_next() {
        let others = [
            Identity { job: "bike", ..WEATHER },
            Identity { decision: "bikes", ..WEATHER },
            Identity { recipient: "head", ..WEATHER },
            Identity { action: Action::Test, ..WEATHER },
            Identity { driver: None, ..WEATHER },
            Identity { level: None, ..WEATHER },
            Identity { level: Some(""), ..WEATHER },
            Identity { level: Some("-"), ..WEATHER },
            Identity { driver: Some("weatherr"), level: Some("ain or snow"), ..WEATHER },
        ];
        let mut ids: Vec<String> = others.iter().map(Identity::id).collect();
        ids.push(WEATHER.id());
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), others.len() + 1);
    }
}
