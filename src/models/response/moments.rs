//! Cross products of all columns, by block of periods: all that a sampler ever sees of the rows.
//!
//! One pass over the panel. Its result does not grow with the number of rows, and because it is kept by
//! blocks of periods, every rolling origin is a sum of blocks and never another pass. Threads compute
//! tiles, rows are added in a fixed order: the same bits for any number of threads.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use super::design::Design;
use super::whiten::Whitening;

/// Rows that are whitened and multiplied at once.
const CHUNK_ROWS: usize = 2_048;

/// Cross products of one fit.
pub(super) struct Moments {
    /// First and one past the last period of each block, ascending, without gaps.
    pub(super) blocks: Vec<Range<usize>>,
    /// Sizes of the groups of columns: outcome and controls, then each channel's candidates.
    pub(super) sizes: Vec<usize>,
    /// By block, then by pair of groups g ≤ h (see [`pair`]). Pairs of a channel with itself hold the
    /// squares alone, as one row.
    tiles: Vec<Vec<Mat<f64>>>,
    /// By group: weighted sums over units, one row per fitted period; empty for one unit.
    period_sums: Vec<Mat<f64>>,
    /// By block and group: products with each unit's intercept, one row per unit.
    unit_sums: Vec<Vec<Mat<f64>>>,
    /// By unit, then fitted period: the whitened intercept, 0 where there is no row.
    intercepts: Vec<Vec<f64>>,
    /// By fitted period: squared weights of the units with a row in it, summed.
    present: Vec<f64>,
    /// Size of shared shocks; see [`Whitening::shared`].
    shared: f64,
    /// Weights of the units.
    weights: Vec<f64>,
    /// Rows by block.
    rows: Vec<usize>,
    lead: usize,
}

/// Cross products of some blocks with unit intercepts and shared shocks taken out.
pub(super) struct Partial {
    /// Sizes of the groups.
    pub(super) sizes: Vec<usize>,
    /// Tiles by pair of groups, as in [`Moments`].
    pub(super) tiles: Vec<Mat<f64>>,
    /// Rows less unit intercepts.
    pub(super) freedom: f64,
    /// Squares of the columns of group 0 before anything was taken out.
    pub(super) squares: Vec<f64>,
    /// Logarithm of the determinant of the unit intercepts' cross products.
    pub(super) log_determinant: f64,
    /// Factors behind [`Partial::weighted_intercepts`].
    units: Mat<f64>,
    products: Vec<Mat<f64>>,
}

/// Where the pair (g, h) with g ≤ h stands.
pub(super) fn pair(groups: usize, g: usize, h: usize) -> usize {
    g * groups - g * (g + 1) / 2 + h
}

struct Chunk {
    units: Range<usize>,
    /// Rows of each block, within the chunk.
    ranges: Vec<Range<usize>>,
    rows: usize,
    /// For each unit of the chunk and block: where its rows begin.
    starts: Vec<Vec<usize>>,
}

impl Moments {
    /// Accumulates the cross products of `design`, with errors shaped as `whitening`, by `blocks` of
    /// periods that cover the fitted ones.
    pub(super) fn new(design: &Design<'_>, whitening: &Whitening, blocks: Vec<Range<usize>>) -> Self {
        let frame = design.frame;
        let units = frame.units.len();
        let mut sizes = vec![1 + design.controls.len()];
        sizes.extend(design.candidates.iter().map(Vec::len));
        let groups = sizes.len();
        let periods = frame.fitted_periods();
        let intercepts = intercepts(design, whitening);
        let pairs: Vec<(usize, usize)> = (0..groups).flat_map(|g| (g..groups).map(move |h| (g, h))).collect();
        let empty = |(g, h): &(usize, usize)| {
            let rows = if *g == *h && *g > 0 { 1 } else { sizes[*g] };
            Mat::<f64>::zeros(rows, sizes[*h])
        };
        let mut tiles: Vec<Vec<Mat<f64>>> =
            blocks.iter().map(|_| pairs.iter().map(empty).collect()).collect();
        let several = units > 1;
        let mut sums: Vec<GroupSums> = sizes
            .iter()
            .map(|size| GroupSums::new(*size, several.then_some(periods), blocks.len(), units))
            .collect();

        for chunk in chunks(design, &blocks) {
            let columns: Vec<Mat<f64>> = sums
                .par_iter_mut()
                .enumerate()
                .map(|(group, sums)| {
                    let columns = columns(design, whitening, &blocks, &chunk, group);
                    sums.add(design, whitening, &intercepts, &chunk, &columns);
                    columns
                })
                .collect();
            let mut work: Vec<(usize, usize, &mut Mat<f64>)> = tiles
                .iter_mut()
                .enumerate()
                .flat_map(|(block, tiles)| {
                    tiles.iter_mut().enumerate().map(move |(at, tile)| (block, at, tile))
                })
                .collect();
            work.par_iter_mut().for_each(|(block, at, tile)| {
                let (g, h) = pairs[*at];
                let rows = chunk.ranges[*block].clone();
                accumulate(
                    tile,
                    columns[g].as_ref().subrows(rows.start, rows.len()),
                    columns[h].as_ref().subrows(rows.start, rows.len()),
                    g == h && g > 0,
                );
            });
        }
        let present = (frame.lead..frame.width())
            .map(|period| {
                let present = (0..units).filter(|unit| frame.is_observed(*unit, period));
                present.map(|unit| whitening.weights[unit].powi(2)).sum()
            })
            .collect();
        let rows = blocks
            .iter()
            .map(|block| {
                design.rows.iter().map(|rows| rows.iter().filter(|row| block.contains(row)).count()).sum()
            })
            .collect();
        let (period_sums, by_group): (Vec<_>, Vec<_>) =
            sums.into_iter().map(|sums| (sums.periods, sums.units)).unzip();
        let mut unit_sums: Vec<Vec<Mat<f64>>> = blocks.iter().map(|_| Vec::new()).collect();
        for group in by_group {
            for (block, sums) in group.into_iter().enumerate() {
                unit_sums[block].push(sums);
            }
        }
        Self {
            blocks,
            sizes,
            tiles,
            period_sums,
            unit_sums,
            intercepts,
            present,
            shared: if several { whitening.shared } else { 0.0 },
            weights: whitening.weights.clone(),
            rows,
            lead: frame.lead,
        }
    }

    /// Sums the first `blocks` blocks and takes unit intercepts and shared shocks out.
    pub(super) fn partial(&self, blocks: usize) -> Partial {
        self.partial_with(blocks, self.shared)
    }

    /// The same with shared shocks of another size.
    pub(super) fn partial_with(&self, blocks: usize, shared: f64) -> Partial {
        self.partial_over(&(0..blocks).collect::<Vec<_>>(), shared)
    }

    /// Sums the blocks at `chosen` (ascending) and takes unit intercepts and shared shocks out.
    pub(super) fn partial_of(&self, chosen: &[usize]) -> Partial {
        self.partial_over(chosen, self.shared)
    }

    fn partial_over(&self, chosen: &[usize], shared: f64) -> Partial {
        let shrinkage: Vec<f64> =
            self.present.iter().map(|squares| super::whiten::shrinkage(shared, *squares)).collect();
        let groups = self.sizes.len();
        let units = self.weights.len();
        let periods: Vec<usize> = chosen
            .iter()
            .flat_map(|block| self.blocks[*block].clone())
            .map(|period| period - self.lead)
            .collect();
        // Columns that are taken off: each period's shock, then the unit intercepts.
        let mut diagonal = vec![0.0; units];
        for (unit, intercept) in self.intercepts.iter().enumerate() {
            diagonal[unit] = periods.iter().map(|period| intercept[*period] * intercept[*period]).sum();
        }
        let present: Vec<usize> = (0..units).filter(|unit| diagonal[*unit] > 0.0).collect();
        let mut matrix = Mat::<f64>::zeros(present.len(), present.len());
        for (at, unit) in present.iter().enumerate() {
            matrix[(at, at)] = diagonal[*unit];
        }
        let loading = Mat::from_fn(periods.len(), present.len(), |row, at| {
            let (period, unit) = (periods[row], present[at]);
            shrinkage[period].sqrt() * self.weights[unit] * self.intercepts[unit][period]
        });
        let shared = shared > 0.0;
        if shared {
            matmul(&mut matrix, Accum::Add, loading.transpose(), &loading, -1.0, Par::Seq);
        }
        let units_factor = lower(&matrix);
        let taken: Vec<(Mat<f64>, Mat<f64>)> = (0..groups)
            .into_par_iter()
            .map(|group| {
                let mut products = Mat::<f64>::zeros(present.len(), self.sizes[group]);
                for block in chosen {
                    for column in 0..self.sizes[group] {
                        for (at, unit) in present.iter().enumerate() {
                            products[(at, column)] += self.unit_sums[*block][group][(*unit, column)];
                        }
                    }
                }
                let mut shocks = Mat::<f64>::zeros(0, self.sizes[group]);
                if shared {
                    shocks = Mat::from_fn(periods.len(), self.sizes[group], |row, column| {
                        shrinkage[periods[row]].sqrt() * self.period_sums[group][(periods[row], column)]
                    });
                    matmul(&mut products, Accum::Add, loading.transpose(), &shocks, -1.0, Par::Seq);
                }
                solve_lower(&units_factor, &mut products);
                (shocks, products)
            })
            .collect();
        let pairs: Vec<(usize, usize)> = (0..groups).flat_map(|g| (g..groups).map(move |h| (g, h))).collect();
        let tiles: Vec<Mat<f64>> = pairs
            .par_iter()
            .enumerate()
            .map(|(at, (g, h))| {
                let mut tile = self.tiles[chosen[0]][at].clone();
                for block in &chosen[1..] {
                    tile += &self.tiles[*block][at];
                }
                for taken in [(&taken[*g].0, &taken[*h].0), (&taken[*g].1, &taken[*h].1)] {
                    take_off(&mut tile, taken.0, taken.1, g == h && *g > 0);
                }
                tile
            })
            .collect();
        let squares = (0..self.sizes[0])
            .map(|column| chosen.iter().map(|block| self.tiles[*block][0][(column, column)]).sum())
            .collect();
        Partial {
            sizes: self.sizes.clone(),
            tiles,
            freedom: chosen.iter().map(|block| self.rows[*block]).sum::<usize>() as f64
                - present.len() as f64,
            squares,
            log_determinant: 2.0
                * (0..units_factor.nrows()).map(|at| units_factor[(at, at)].ln()).sum::<f64>(),
            units: spread(&units_factor, &present, units),
            products: taken.into_iter().map(|(_, products)| products).collect(),
        }
    }
}

impl Partial {
    /// What unit intercepts take over from the columns of `group`, weighted and summed; one value per unit.
    pub(super) fn weighted_intercepts(&self, group: usize, weights: &[f64]) -> Vec<f64> {
        let products = &self.products[group];
        let weighted: Vec<f64> = (0..products.nrows())
            .map(|row| {
                weights.iter().enumerate().map(|(column, weight)| weight * products[(row, column)]).sum()
            })
            .collect();
        (0..self.units.nrows())
            .map(|unit| weighted.iter().enumerate().map(|(at, value)| self.units[(unit, at)] * value).sum())
            .collect()
    }
}

/// Sums of one group of columns.
struct GroupSums {
    periods: Mat<f64>,
    units: Vec<Mat<f64>>,
}

impl GroupSums {
    fn new(size: usize, periods: Option<usize>, blocks: usize, units: usize) -> Self {
        Self {
            periods: Mat::zeros(periods.unwrap_or(0), size),
            units: (0..blocks).map(|_| Mat::zeros(units, size)).collect(),
        }
    }

    fn add(
        &mut self,
        design: &Design<'_>,
        whitening: &Whitening,
        intercepts: &[Vec<f64>],
        chunk: &Chunk,
        columns: &Mat<f64>,
    ) {
        let lead = design.frame.lead;
        for unit in chunk.units.clone() {
            let weight = whitening.weights[unit];
            let starts = &chunk.starts[unit - chunk.units.start];
            let mut rows = design.rows[unit].iter().copied().peekable();
            for (block, start) in starts.iter().enumerate() {
                let count = chunk.count(unit, block);
                let periods: Vec<usize> = rows.by_ref().take(count).collect();
                for column in 0..columns.ncols() {
                    let values = &columns.col_as_slice(column)[*start..start + count];
                    let mut sum = 0.0;
                    for (value, period) in values.iter().zip(&periods) {
                        sum += value * intercepts[unit][period - lead];
                    }
                    self.units[block][(unit, column)] += sum;
                    if self.periods.nrows() > 0 {
                        for (value, period) in values.iter().zip(&periods) {
                            self.periods[(period - lead, column)] += weight * value;
                        }
                    }
                }
            }
        }
    }
}

impl Chunk {
    /// Rows of `unit` in `block`.
    fn count(&self, unit: usize, block: usize) -> usize {
        let at = unit - self.units.start;
        let next = self.starts.get(at + 1).map_or(self.ranges[block].end, |starts| starts[block]);
        next - self.starts[at][block]
    }
}

/// Cuts the panel into chunks of whole units.
fn chunks(design: &Design<'_>, blocks: &[Range<usize>]) -> Vec<Chunk> {
    let units = design.rows.len();
    let mut chunks = Vec::new();
    let mut first = 0;
    while first < units {
        let mut last = first;
        let mut rows = 0;
        while last < units && (rows == 0 || rows + design.rows[last].len() <= CHUNK_ROWS) {
            rows += design.rows[last].len();
            last += 1;
        }
        let counts: Vec<Vec<usize>> = (first..last)
            .map(|unit| {
                let count =
                    |block: &Range<usize>| design.rows[unit].iter().filter(|row| block.contains(row)).count();
                blocks.iter().map(count).collect()
            })
            .collect();
        let mut starts = vec![vec![0; blocks.len()]; last - first];
        let mut ranges = Vec::with_capacity(blocks.len());
        let mut at = 0;
        for block in 0..blocks.len() {
            let begin = at;
            for unit in 0..last - first {
                starts[unit][block] = at;
                at += counts[unit][block];
            }
            ranges.push(begin..at);
        }
        chunks.push(Chunk { units: first..last, ranges, rows: at, starts });
        first = last;
    }
    chunks
}

/// The whitened columns of one group for the units of a chunk.
fn columns(
    design: &Design<'_>,
    whitening: &Whitening,
    blocks: &[Range<usize>],
    chunk: &Chunk,
    group: usize,
) -> Mat<f64> {
    let size = if group == 0 { 1 + design.controls.len() } else { design.candidates[group - 1].len() };
    let mut columns = Mat::<f64>::zeros(chunk.rows, size);
    let (mut series, mut white) = (Vec::new(), Vec::new());
    for unit in chunk.units.clone() {
        let rows = &design.rows[unit];
        white.resize(rows.len(), 0.0);
        let starts = &chunk.starts[unit - chunk.units.start];
        let mut put = |column: usize, values: &[f64]| {
            whitening.apply(unit, values, rows, &mut white);
            let target = columns.col_as_slice_mut(column);
            let mut from = 0;
            for (block, start) in starts.iter().enumerate().take(blocks.len()) {
                let count = chunk.count(unit, block);
                target[*start..start + count].copy_from_slice(&white[from..from + count]);
                from += count;
            }
        };
        if group == 0 {
            design.outcome(unit, &mut series);
            put(0, &series);
            for (at, control) in design.controls.iter().enumerate() {
                put(1 + at, &design.control(*control, unit));
            }
        } else {
            design.pressure(group - 1, unit, &mut series);
            design.each_candidate(group - 1, &series, &mut put);
        }
    }
    columns
}

/// The whitened intercept of every unit, by fitted period.
fn intercepts(design: &Design<'_>, whitening: &Whitening) -> Vec<Vec<f64>> {
    let frame = design.frame;
    let ones = vec![1.0; frame.width()];
    let of = |(unit, rows): (usize, &Vec<usize>)| {
        let mut white = vec![0.0; rows.len()];
        whitening.apply(unit, &ones, rows, &mut white);
        let mut spread = vec![0.0; frame.fitted_periods()];
        for (row, white) in rows.iter().zip(white) {
            spread[row - frame.lead] = white;
        }
        spread
    };
    design.rows.iter().enumerate().map(of).collect()
}

/// Adds a'b to `tile`, or only the squares of the columns.
fn accumulate(tile: &mut Mat<f64>, a: MatRef<'_, f64>, b: MatRef<'_, f64>, squares_only: bool) {
    if squares_only {
        for column in 0..b.ncols() {
            let square: f64 = b.col(column).iter().map(|value| value * value).sum();
            tile[(0, column)] += square;
        }
    } else {
        matmul(tile, Accum::Add, a.transpose(), b, 1.0, Par::Seq);
    }
}

/// Takes a'b off `tile`, or only the squares of the columns.
pub(super) fn take_off(tile: &mut Mat<f64>, a: &Mat<f64>, b: &Mat<f64>, squares_only: bool) {
    if squares_only {
        for column in 0..b.ncols() {
            let square: f64 = b.col(column).iter().map(|value| value * value).sum();
            tile[(0, column)] -= square;
        }
    } else {
        matmul(tile, Accum::Add, a.transpose(), b, -1.0, Par::Seq);
    }
}

/// Cholesky factor of a positive definite matrix; a column that others make up becomes a unit column.
fn lower(matrix: &Mat<f64>) -> Mat<f64> {
    let size = matrix.nrows();
    let mut lower = Mat::<f64>::zeros(size, size);
    for column in 0..size {
        let left: f64 = (0..column).map(|before| lower[(column, before)] * lower[(column, before)]).sum();
        let pivot = matrix[(column, column)] - left;
        let pivot = if pivot > 1e-12 * matrix[(column, column)] { pivot.sqrt() } else { f64::INFINITY };
        lower[(column, column)] = pivot;
        for row in column + 1..size {
            let left: f64 = (0..column).map(|before| lower[(row, before)] * lower[(column, before)]).sum();
            lower[(row, column)] = (matrix[(row, column)] - left) / pivot;
        }
    }
    lower
}

/// L⁻¹ b in place.
fn solve_lower(lower: &Mat<f64>, b: &mut Mat<f64>) {
    for column in 0..b.ncols() {
        let b = b.col_as_slice_mut(column);
        for row in 0..lower.nrows() {
            let value = b[row] / lower[(row, row)];
            b[row] = value;
            for below in row + 1..lower.nrows() {
                b[below] -= lower[(below, row)] * value;
            }
        }
    }
}

/// L'⁻¹ with its rows spread over all units, zero for units without rows.
fn spread(lower: &Mat<f64>, present: &[usize], units: usize) -> Mat<f64> {
    let size = lower.nrows();
    let mut inverse = Mat::<f64>::identity(size, size);
    solve_lower(lower, &mut inverse);
    let mut spread = Mat::<f64>::zeros(units, size);
    for (at, unit) in present.iter().enumerate() {
        for column in 0..size {
            spread[(*unit, column)] = inverse[(column, at)];
        }
    }
    spread
}
