//! Which advice comes first within a decision, and which is left out.
//!
//! What can be done comes before what can only be watched; among equals the larger score comes first.
//! The score is |expected effect| × certainty ÷ typical outcome. Certainty is the interval's end
//! nearest to zero as a share of the effect, so the product is the size that one can count on.
//! Dividing by the model's typical outcome makes models with different outcomes comparable. Within a
//! model, drivers are compared at the change that the job states for them (one standard deviation
//! by default), and levels at their full contrast: a rare level is not discounted for being rare.

use std::collections::BTreeSet;

use crate::domain::{Action, Gate};

use super::candidate::Candidate;

/// Sorts by gate (trusted first), action, score, and driver name; keeps each driver once, and at most `at_most`.
pub(super) fn rank(candidates: Vec<Candidate<'_>>, at_most: u32) -> Vec<Candidate<'_>> {
    let mut scored: Vec<(f64, Candidate<'_>)> =
        candidates.into_iter().map(|candidate| (score(&candidate), candidate)).collect();
    scored.sort_by(|(left_score, left), (right_score, right)| {
        gate(left)
            .cmp(&gate(right))
            .then(is_watched(left).cmp(&is_watched(right)))
            .then(right_score.total_cmp(left_score))
            .then_with(|| left.driver.name.cmp(&right.driver.name))
    });
    let mut seen = BTreeSet::new();
    scored
        .into_iter()
        .map(|(_, candidate)| candidate)
        .filter(|candidate| seen.insert(candidate.driver.name.as_str()))
        .take(usize::try_from(at_most).unwrap_or(usize::MAX))
        .collect()
}

fn gate(candidate: &Candidate<'_>) -> Gate {
    candidate.subject.gate.gate
}

fn is_watched(candidate: &Candidate<'_>) -> bool {
    candidate.action == Action::Watch
}

/// The size of the effect that one can count on, relative to the typical outcome.
fn score(candidate: &Candidate<'_>) -> f64 {
    let expected = &candidate.expected;
    expected.lower.abs().min(expected.upper.abs()).min(expected.value.abs()) / candidate.subject.typical
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Estimate;
    use crate::models::result::OutcomeResult;
    use crate::steering::candidate::candidates;
    use crate::steering::fixtures;

    fn names<'a>(ranked: &'a [Candidate<'_>]) -> Vec<&'a str> {
        ranked.iter().map(|candidate| candidate.driver.name.as_str()).collect()
    }

    #[test]
    fn the_size_that_one_can_count_on_decides() {
        let (job, mut result) = (fixtures::bike_job(), fixtures::bike_result());
        let first = rank(candidates(fixtures::subject(&job, &result)), 9);
        assert_eq!(names(&first), ["weather", "temperature", "humidity", "is_holiday"]);
        // A larger effect that is less sure falls behind.
        result.effects[0].effect = Some(Estimate::with_bounds(3_000.0, 10.0, 5_990.0, 0.9));
        let second = rank(candidates(fixtures::subject(&job, &result)), 9);
        assert_eq!(names(&second).last(), Some(&"temperature"));
    }

    #[test]
    fn a_driver_appears_once_and_no_more_than_asked_for() {
        let (job, result) = (fixtures::bike_job(), fixtures::bike_result());
        let once = candidates(fixtures::subject(&job, &result));
        let twice = [once.clone(), once].concat();
        assert_eq!(names(&rank(twice.clone(), 9)).len(), 4);
        assert_eq!(names(&rank(twice, 2)), ["weather", "temperature"]);
    }

    #[test]
    fn models_are_compared_by_their_typical_outcome_and_trusted_ones_come_first() {
        let (bike, bank) = (fixtures::bike_job(), fixtures::bank_job());
        let (rentals, mut contacts) = (fixtures::bike_result(), fixtures::bank_result());
        let both = |contacts: &OutcomeResult| {
            let all = [
                candidates(fixtures::subject(&bike, &rentals)),
                candidates(fixtures::subject(&bank, contacts)),
            ];
            names(&rank(all.concat(), 9)).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(both(&contacts)[..4], ["weather", "temperature", "humidity", "is_holiday"]);
        contacts.gate.gate = Gate::Trusted;
        // What can be tested comes first; then 9.1 of 11.3 points beat 1,683 of 5,643 rentals.
        assert_eq!(both(&contacts)[..4], ["contact", "calls", "job", "weather"]);
    }
}
