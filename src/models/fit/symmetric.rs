//! Cholesky factors in the given order of columns, naming the columns that others make up.
//!
//! A pivoted decomposition would drop whichever column has the smallest pivot. Here the order decides:
//! controls come first, so a driver that repeats the season loses, and not the season.

use faer::{Mat, MatRef};

/// Share of a column's own square that must be left after all earlier columns are taken out of it.
pub(crate) const ALIAS_TOLERANCE: f64 = 1e-9;

/// The factor L of the kept part of a symmetric matrix, with L L' equal to that part.
pub(crate) struct Factor {
    /// Indices of the kept columns, ascending.
    pub(crate) kept: Vec<usize>,
    lower: Mat<f64>,
}

impl Factor {
    /// Factors a positive semi-definite matrix column by column.
    ///
    /// A column is left out when less than `tolerance` × `reference[column]` of its square remains;
    /// the reference is its square before anything was projected out.
    pub(crate) fn new(matrix: MatRef<'_, f64>, reference: &[f64], tolerance: f64) -> Self {
        let size = matrix.nrows();
        let mut kept: Vec<usize> = Vec::with_capacity(size);
        let mut lower = Mat::<f64>::zeros(size, size);
        for column in 0..size {
            let row = kept.len();
            for at in 0..row {
                let mut rest = matrix[(column, kept[at])];
                for before in 0..at {
                    rest -= lower[(row, before)] * lower[(at, before)];
                }
                lower[(row, at)] = rest / lower[(at, at)];
            }
            let pivot = matrix[(column, column)] - (0..row).map(|at| lower[(row, at)].powi(2)).sum::<f64>();
            if pivot > tolerance * reference[column] && pivot > 0.0 {
                lower[(row, row)] = pivot.sqrt();
                kept.push(column);
            }
        }
        let rank = kept.len();
        Self { kept, lower: lower.submatrix(0, 0, rank, rank).to_owned() }
    }

    /// Number of kept columns.
    pub(crate) fn rank(&self) -> usize {
        self.kept.len()
    }

    /// Element of L, by position among the kept columns.
    pub(crate) fn lower(&self, row: usize, column: usize) -> f64 {
        if column > row { 0.0 } else { self.lower[(row, column)] }
    }

    /// L⁻¹ b, with b by position among the kept columns.
    pub(crate) fn forward(&self, b: &[f64]) -> Vec<f64> {
        let mut z = b.to_vec();
        for row in 0..z.len() {
            for at in 0..row {
                z[row] -= self.lower[(row, at)] * z[at];
            }
            z[row] /= self.lower[(row, row)];
        }
        z
    }

    /// (L L')⁻¹ b, with b by position among the kept columns.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        self.backward(&self.forward(b))
    }

    /// L'⁻¹ z, with z by position among the kept columns.
    pub(crate) fn backward(&self, z: &[f64]) -> Vec<f64> {
        let mut x = z.to_vec();
        for row in (0..x.len()).rev() {
            for at in row + 1..x.len() {
                x[row] -= self.lower[(at, row)] * x[at];
            }
            x[row] /= self.lower[(row, row)];
        }
        x
    }

    /// Logarithm of the determinant of L L'.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * (0..self.rank()).map(|at| self.lower[(at, at)].ln()).sum::<f64>()
    }

    /// (L L')⁻¹, by position among the kept columns.
    pub(crate) fn inverse(&self) -> Mat<f64> {
        let rank = self.rank();
        let mut inverse = Mat::<f64>::zeros(rank, rank);
        let mut unit = vec![0.0; rank];
        for column in 0..rank {
            unit[column] = 1.0;
            for (row, value) in self.solve(&unit).into_iter().enumerate() {
                inverse[(row, column)] = value;
            }
            unit[column] = 0.0;
        }
        // Rounding leaves the halves a bit apart; one half decides.
        Mat::from_fn(rank, rank, |i, j| inverse[(i.max(j), i.min(j))])
    }
}

/// Projects the columns `pivots` out of all others (Schur complement), one at a time, in place.
///
/// Rows and columns of the pivots become zero. A pivot of which less than the alias tolerance remains
/// of `reference`, its square before any projection, is skipped: it has nothing left to explain.
pub(crate) fn eliminate(matrix: &mut Mat<f64>, pivots: &[usize], reference: &[f64]) {
    let size = matrix.nrows();
    for &pivot in pivots {
        let square = matrix[(pivot, pivot)];
        if square > ALIAS_TOLERANCE * reference[pivot] {
            let row: Vec<f64> = (0..size).map(|i| matrix[(i, pivot)]).collect();
            for j in 0..size {
                let factor = row[j] / square;
                if factor != 0.0 {
                    for i in 0..size {
                        matrix[(i, j)] -= row[i] * factor;
                    }
                }
            }
        }
        for i in 0..size {
            matrix[(i, pivot)] = 0.0;
            matrix[(pivot, i)] = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gram(columns: &[Vec<f64>]) -> Mat<f64> {
        Mat::from_fn(columns.len(), columns.len(), |i, j| {
            columns[i].iter().zip(&columns[j]).map(|(a, b)| a * b).sum()
        })
    }

    fn columns() -> Vec<Vec<f64>> {
        let wave = |k: f64| (0..50).map(|i| (f64::from(i) * k).sin()).collect::<Vec<f64>>();
        let (a, b, d) = (wave(0.7), wave(1.3), wave(2.9));
        let c = a.iter().zip(&b).map(|(a, b)| 2.0 * a - b).collect();
        vec![a, b, c, d]
    }

    #[test]
    fn the_later_of_dependent_columns_is_left_out() {
        let matrix = gram(&columns());
        let reference: Vec<f64> = (0..4).map(|i| matrix[(i, i)]).collect();
        let factor = Factor::new(matrix.as_ref(), &reference, ALIAS_TOLERANCE);
        assert_eq!(factor.kept, vec![0, 1, 3]);
    }

    #[test]
    fn the_inverse_times_the_matrix_is_the_identity() {
        let columns = columns();
        let matrix = gram(&[columns[0].clone(), columns[1].clone(), columns[3].clone()]);
        let factor = Factor::new(matrix.as_ref(), &[0.0; 3], 0.0);
        let product = factor.inverse() * &matrix;
        for i in 0..3 {
            for j in 0..3 {
                assert!((product[(i, j)] - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn elimination_leaves_the_part_that_pivots_do_not_explain() {
        let columns = columns();
        let mut matrix = gram(&columns);
        let reference: Vec<f64> = (0..4).map(|i| matrix[(i, i)]).collect();
        eliminate(&mut matrix, &[0, 1], &reference);
        assert!(matrix[(2, 2)].abs() < 1e-9, "a sum of both pivots has nothing left");
        let pair = gram(&columns[..2]);
        let factor = Factor::new(pair.as_ref(), &[0.0; 2], 0.0);
        let full = gram(&columns);
        let explained: f64 = factor.forward(&[full[(0, 3)], full[(1, 3)]]).iter().map(|z| z * z).sum();
        assert!((matrix[(3, 3)] - (full[(3, 3)] - explained)).abs() < 1e-10);
    }
}
