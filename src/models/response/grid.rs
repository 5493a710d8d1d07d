//! The grid of shapes that a channel may have: every pair of a carry-over and a saturation.
//!
//! A grid instead of a search: each shape's fit is known in closed form, so a sampler can weigh all of
//! them at every step and never gets stuck between two. A first look finds the cells that hold the
//! posterior's mass; those are cut finer, so that rich data are not held to the nearest grid point.

use super::transform::{Adstock, Saturation, Shape};
use crate::domain;
use crate::features::PanelChannel;

/// A shape and the share of prior probability that it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    /// The shape.
    pub(super) shape: Shape,
    /// Share among the channel's candidates.
    pub(super) share: f64,
}

const RETENTIONS: [f64; 7] = [0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.87];
const DELAYED: [(f64, f64); 4] = [(0.4, 1.0), (0.75, 1.0), (0.75, 2.0), (0.87, 3.0)];
const FADING: [(f64, f64); 5] = [(0.35, 1.0), (0.55, 1.0), (0.75, 1.0), (0.5, 2.5), (0.7, 2.0)];
const HILLS: [(f64, f64); 8] =
    [(0.3, 1.0), (0.7, 1.0), (1.5, 1.0), (3.0, 1.0), (6.0, 1.0), (0.6, 2.0), (1.2, 2.0), (2.5, 2.0)];
const LOGISTICS: [f64; 4] = [0.4, 0.8, 1.6, 3.2];

/// Posterior mass from which on a cell is cut finer.
const REFINED_FROM: f64 = 0.03;
/// Posterior mass below which a cell is left out, unless it belongs to the sparse grid that always stays.
const KEPT_FROM: f64 = 0.001;
/// Most candidates of one channel.
const MOST: usize = 260;

/// The grid of `channel` before the data have spoken.
pub(super) fn grid(channel: &PanelChannel) -> Vec<Candidate> {
    let saturations = saturations(channel.saturation);
    let shapes: Vec<Shape> = adstocks(channel)
        .into_iter()
        .flat_map(|adstock| {
            saturations.iter().map(move |saturation| Shape { adstock, saturation: *saturation })
        })
        .collect();
    let share = 1.0 / shapes.len() as f64;
    shapes.into_iter().map(|shape| Candidate { shape, share }).collect()
}

/// Cuts the cells of `grid` that hold posterior mass finer; `mass` holds that of each, given that the channel acts.
pub(super) fn refined(channel: &PanelChannel, grid: &[Candidate], mass: &[f64]) -> Vec<Candidate> {
    let mut order: Vec<usize> = (0..grid.len()).collect();
    order.sort_by(|a, b| mass[*b].total_cmp(&mass[*a]).then(a.cmp(b)));
    let mut cut: Vec<bool> = vec![false; grid.len()];
    let mut size = grid.len();
    for &cell in order.iter().take_while(|cell| mass[**cell] >= REFINED_FROM) {
        let more = children(channel, grid[cell].shape).len();
        if size + more > MOST + grid.len() / 2 {
            break;
        }
        cut[cell] = true;
        size += more;
    }
    let mut fine: Vec<Candidate> = Vec::new();
    for (cell, candidate) in grid.iter().enumerate() {
        if cut[cell] {
            let children = children(channel, candidate.shape);
            let share = candidate.share / children.len() as f64;
            fine.extend(children.into_iter().map(|shape| Candidate { shape, share }));
        } else if mass[cell] >= KEPT_FROM || cell % 3 == 0 {
            fine.push(*candidate);
        }
    }
    // Shapes of one carry-over stand together, so that it is applied once.
    let mut grouped: Vec<Candidate> = Vec::with_capacity(fine.len());
    let mut adstocks: Vec<Adstock> = Vec::new();
    for candidate in &fine {
        if !adstocks.contains(&candidate.shape.adstock) {
            adstocks.push(candidate.shape.adstock);
        }
    }
    for adstock in adstocks {
        for candidate in fine.iter().filter(|candidate| candidate.shape.adstock == adstock) {
            match grouped.iter_mut().find(|known| known.shape == candidate.shape) {
                Some(known) => known.share += candidate.share,
                None => grouped.push(*candidate),
            }
        }
    }
    let total: f64 = grouped.iter().map(|candidate| candidate.share).sum();
    for candidate in &mut grouped {
        candidate.share /= total;
    }
    grouped
}

/// The finer cells that a cell is cut into.
fn children(channel: &PanelChannel, shape: Shape) -> Vec<Shape> {
    let adstocks = match shape.adstock {
        _ if channel.max_lag == 0 || channel.adstock == Some(domain::Adstock::None) => vec![shape.adstock],
        Adstock::Geometric { retention } if retention < 0.05 => {
            [0.0, 0.05, 0.1].map(|retention| Adstock::Geometric { retention }).to_vec()
        }
        Adstock::Geometric { retention } => {
            let step = if retention > 0.8 { 0.035 } else { 0.05 };
            [-step, 0.0, step].map(|change| Adstock::Geometric { retention: retention + change }).to_vec()
        }
        Adstock::Fading { retention, shape } => {
            [(0.0, 0.0), (-0.07, 0.0), (0.07, 0.0), (0.0, -0.4), (0.0, 0.4)]
                .map(|(r, s)| Adstock::Fading { retention: retention + r, shape: shape + s })
                .to_vec()
        }
        Adstock::Delayed { retention, delay } => {
            let step = if retention > 0.8 { 0.04 } else { 0.08 };
            [(0.0, 0.0), (-step, 0.0), (step, 0.0), (0.0, -0.5), (0.0, 0.5)]
                .map(|(r, d)| Adstock::Delayed { retention: retention + r, delay: delay + d })
                .to_vec()
        }
    };
    let saturations = match shape.saturation {
        Saturation::None => vec![Saturation::None],
        Saturation::Hill { half, slope } => {
            let slopes = if slope < 1.5 { [0.7, 1.0, 1.35] } else { [1.6, 2.0, 2.6] };
            let halves = [0.78, 1.0, 1.28];
            slopes
                .into_iter()
                .flat_map(|slope| halves.map(|factor| Saturation::Hill { half: half * factor, slope }))
                .collect()
        }
        Saturation::Logistic { half } => {
            [0.78, 1.0, 1.28].map(|factor| Saturation::Logistic { half: half * factor }).to_vec()
        }
    };
    let pair = |adstock: Adstock| {
        saturations.iter().map(move |saturation| Shape { adstock, saturation: *saturation })
    };
    adstocks.into_iter().flat_map(pair).collect()
}

fn adstocks(channel: &PanelChannel) -> Vec<Adstock> {
    let none = Adstock::Geometric { retention: 0.0 };
    if channel.max_lag == 0 {
        return vec![none];
    }
    let geometric = RETENTIONS.iter().map(|retention| Adstock::Geometric { retention: *retention });
    let longest = channel.max_lag as f64;
    let delayed = DELAYED
        .iter()
        .filter(|(_, delay)| *delay <= longest)
        .map(|(retention, delay)| Adstock::Delayed { retention: *retention, delay: *delay });
    let fading =
        FADING.iter().map(|(retention, shape)| Adstock::Fading { retention: *retention, shape: *shape });
    let delayed = delayed.chain(fading);
    match channel.adstock {
        None => geometric.chain(delayed).collect(),
        Some(domain::Adstock::Geometric) => geometric.collect(),
        Some(domain::Adstock::Delayed) => delayed.collect(),
        Some(domain::Adstock::None) => vec![none],
    }
}

fn saturations(choice: Option<domain::Saturation>) -> Vec<Saturation> {
    let hill = HILLS.iter().map(|(half, slope)| Saturation::Hill { half: *half, slope: *slope });
    let logistic = LOGISTICS.iter().map(|half| Saturation::Logistic { half: *half });
    let straight = std::iter::once(Saturation::None);
    match choice {
        None => straight.chain(hill).chain(logistic).collect(),
        Some(domain::Saturation::None) => straight.collect(),
        Some(domain::Saturation::Hill) => hill.collect(),
        Some(domain::Saturation::Logistic) => logistic.collect(),
    }
}
