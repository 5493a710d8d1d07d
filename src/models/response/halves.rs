//! Two halves of the periods, each with a posterior of its own: what one half believes, the other can judge.
//!
//! A budget chosen on a posterior looks better on it than it is, because chance chose too: the winner's curse. So plans are
//! chosen on one half and valued on the other, for several ways of halving. Shapes on offer and the errors' shape come
//! from all periods; which shape, how strong and how different between units come from the half alone.

use std::ops::Range;

use super::fitted::Fitted;
use super::gibbs::{Draws, Effort, Prior, sample};
use super::moments::Moments;
use super::pooling::Deviations;
use super::posterior::Posterior;
use super::prior::{Beliefs, priors};
use super::problem::Problem;
use crate::features::PanelFrame;

/// Draws behind a half.
const EFFORT: Effort = Effort { chains: 2, warm_up: 150, kept: 150 };
/// Ways of halving eight blocks, by whether a block is in the first half: rows of a Hadamard matrix, so that every two blocks
/// are as often apart as together, or nearly.
const SPLITS: [[bool; BLOCKS]; 4] = [
    [true, false, true, false, true, false, true, false],
    [true, true, false, false, true, true, false, false],
    [true, false, false, true, true, false, false, true],
    [true, false, true, false, false, true, false, true],
];
/// Blocks of periods that are dealt out.
const BLOCKS: usize = 8;
/// Fewest fitted periods that are worth halving.
const FEWEST: usize = 6 * BLOCKS;
/// Part of the seed that is this file's.
const SALT: u64 = 0x68_61_6c_66;

/// What one half of the periods says.
pub(super) struct Half {
    /// Shapes and effects.
    pub(super) draws: Draws,
    /// Differences between units.
    pub(super) deviations: Deviations,
}

/// The two halves of every split; none where there are too few periods.
pub(super) fn halves(posterior: &Posterior<'_>, seed: u64) -> Vec<[Half; 2]> {
    let core = &posterior.core;
    let frame = core.design.frame;
    if frame.fitted_periods() < FEWEST {
        return Vec::new();
    }
    let moments = Moments::new(&core.design, &core.whitening, blocks(frame));
    // What an experiment measured would be in both halves.
    let prior = priors(&core.design, Beliefs::WithoutExperiments);
    let half = |split: usize, side: usize| {
        let chosen: Vec<usize> = (0..BLOCKS).filter(|block| SPLITS[split][*block] == (side == 0)).collect();
        let seed = seed ^ SALT ^ (2 * split + side) as u64;
        one(posterior, &moments, &chosen, &prior, seed)
    };
    (0..SPLITS.len()).map(|split| [half(split, 0), half(split, 1)]).collect()
}

fn one(posterior: &Posterior<'_>, moments: &Moments, chosen: &[usize], prior: &[Prior], seed: u64) -> Half {
    let core = &posterior.core;
    let partial = moments.partial_of(chosen);
    let problem = Problem::new(&partial, &core.design.all_controls());
    let draws = sample(&problem, prior, EFFORT, seed);
    let periods: Vec<Range<usize>> = chosen.iter().map(|block| moments.blocks[*block].clone()).collect();
    let design = core.design.within(&periods);
    let fitted = Fitted::of(&design, &problem, &partial, &draws);
    let deviations = Deviations::of(&design, &core.whitening, &draws, &fitted, seed);
    Half { draws, deviations }
}

/// Blocks of nearly equal length.
fn blocks(frame: &PanelFrame) -> Vec<Range<usize>> {
    let end = |block: usize| frame.lead + frame.fitted_periods() * block / BLOCKS;
    (0..BLOCKS).map(|block| end(block)..end(block + 1)).collect()
}
