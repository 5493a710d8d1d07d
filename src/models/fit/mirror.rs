//! The only place where smartcore solves: a few mirrored rows that stand for all rows.
//!
//! With R'R = X'WX of the centered columns and z = R'⁻¹X'Wt, the 2p rows (R, z)/√2 and (−R, −z)/√2 have
//! the same cross products as the full data and means of zero, so smartcore's intercepts and its checks
//! for more rows than columns are satisfied, and a fit on 2p rows is the fit on all of them. Its
//! penalties are multiplied by the number of rows it sees, so `ElasticNet` and `Lasso` take alpha × n / 2p.

use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::linear_regression::{
    LinearRegression, LinearRegressionParameters, LinearRegressionSolverName,
};
use smartcore::linear::ridge_regression::{RidgeRegression, RidgeRegressionParameters};

use super::failure::FitFailure;
use super::gram::Link;
use super::symmetric::Factor;

/// The mirrored rows.
pub(crate) struct Mirrored {
    x: DenseMatrix<f64>,
    y: Vec<f64>,
    columns: usize,
}

impl Mirrored {
    /// Builds the rows from the factor of X'WX and from X'Wt, both around weighted means.
    ///
    /// # Errors
    ///
    /// When smartcore refuses the shape, which needs at least one column.
    pub(crate) fn new(factor: &Factor, products: &[f64]) -> Result<Self, FitFailure> {
        let rank = factor.rank();
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let z = factor.forward(products);
        let mut x = Vec::with_capacity(2 * rank * rank);
        for sign in [half, -half] {
            // Row i of R is column i of the lower factor.
            x.extend((0..rank * rank).map(|at| sign * factor.lower(at % rank, at / rank)));
        }
        let y = z.iter().map(|z| half * z).chain(z.iter().map(|z| -half * z)).collect();
        Ok(Self { x: DenseMatrix::new(2 * rank, rank, x, false).map_err(refused)?, y, columns: rank })
    }

    /// Least squares: by QR for the identity link, by the ridge's Cholesky without a penalty for a
    /// step of the logistic fit, where the next step corrects what rounding leaves.
    ///
    /// # Errors
    ///
    /// When smartcore cannot solve the system.
    pub(crate) fn solve(&self, link: Link) -> Result<Vec<f64>, FitFailure> {
        match link {
            Link::Identity => {
                let parameters =
                    LinearRegressionParameters::default().with_solver(LinearRegressionSolverName::QR);
                let fit = LinearRegression::fit(&self.x, &self.y, parameters).map_err(refused)?;
                self.finite(fit.coefficients())
            }
            Link::Logit => {
                let parameters = RidgeRegressionParameters::default().with_alpha(0.0).with_normalize(false);
                let fit = RidgeRegression::fit(&self.x, &self.y, parameters).map_err(refused)?;
                self.finite(fit.coefficients())
            }
        }
    }

    fn finite(&self, coefficients: &DenseMatrix<f64>) -> Result<Vec<f64>, FitFailure> {
        use smartcore::linalg::basic::arrays::Array;
        let values: Vec<f64> = (0..self.columns).map(|row| *coefficients.get((row, 0))).collect();
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(FitFailure::Solver { message: "a coefficient is not finite".into() })
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn refused(failed: smartcore::error::Failed) -> FitFailure {
    FitFailure::Solver { message: failed.to_string() }
}

#[cfg(test)]
mod tests {
    use faer::Mat;
    use smartcore::linalg::basic::arrays::Array;
    use smartcore::linear::elastic_net::{ElasticNet, ElasticNetParameters};
    use smartcore::linear::lasso::{Lasso, LassoParameters};

    use super::*;

    /// 60 rows of three centered columns and a centered outcome.
    fn data() -> (DenseMatrix<f64>, Vec<f64>, Mirrored, usize) {
        let rows = 60;
        let raw = |k: f64, i: usize| (i as f64 * k).sin();
        let mut columns: Vec<Vec<f64>> =
            [0.37, 1.1, 2.3].iter().map(|k| (0..rows).map(|i| raw(*k, i)).collect()).collect();
        columns[1] = columns[1].iter().zip(&columns[0]).map(|(b, a)| b + 0.8 * a).collect();
        columns.push(
            (0..rows)
                .map(|i| 2.0 * columns[0][i] - columns[1][i] + 0.05 * columns[2][i] + raw(5.7, i))
                .collect(),
        );
        for column in &mut columns {
            let mean = column.iter().sum::<f64>() / rows as f64;
            for value in column {
                *value -= mean;
            }
        }
        let product =
            |i: usize, j: usize| columns[i].iter().zip(&columns[j]).map(|(a, b)| a * b).sum::<f64>();
        let gram = Mat::from_fn(3, 3, product);
        let factor = Factor::new(gram.as_ref(), &[0.0; 3], 0.0);
        let mirrored = Mirrored::new(&factor, &[product(0, 3), product(1, 3), product(2, 3)]).unwrap();
        let x = DenseMatrix::new(rows, 3, columns[..3].concat(), true).unwrap();
        (x, columns[3].clone(), mirrored, rows)
    }

    fn assert_close(one: &DenseMatrix<f64>, other: &DenseMatrix<f64>, tolerance: f64) {
        for row in 0..3 {
            let (one, other) = (one.get((row, 0)), other.get((row, 0)));
            assert!((one - other).abs() < tolerance, "{one} and {other}");
        }
    }

    #[test]
    fn ridge_on_mirrored_rows_is_ridge_on_all_rows() {
        let (x, y, mirrored, _) = data();
        for alpha in [0.0, 1.0, 25.0] {
            let parameters = || RidgeRegressionParameters::default().with_alpha(alpha).with_normalize(false);
            let full = RidgeRegression::fit(&x, &y, parameters()).unwrap();
            let small = RidgeRegression::fit(&mirrored.x, &mirrored.y, parameters()).unwrap();
            assert_close(full.coefficients(), small.coefficients(), 1e-12);
        }
    }

    #[test]
    fn least_squares_on_mirrored_rows_is_least_squares_on_all_rows() {
        let (x, y, mirrored, _) = data();
        let full = LinearRegression::fit(&x, &y, LinearRegressionParameters::default()).unwrap();
        for link in [Link::Identity, Link::Logit] {
            let small = DenseMatrix::new(3, 1, mirrored.solve(link).unwrap(), true).unwrap();
            assert_close(full.coefficients(), &small, 1e-12);
        }
    }

    #[test]
    fn elastic_net_and_lasso_take_the_penalty_times_rows_over_mirrored_rows() {
        let (x, y, mirrored, rows) = data();
        let alpha = 0.02;
        let scaled = alpha * rows as f64 / 6.0;
        let net = |alpha| ElasticNetParameters {
            alpha,
            l1_ratio: 0.5,
            normalize: false,
            tol: 1e-12,
            max_iter: 5000,
        };
        let full = ElasticNet::fit(&x, &y, net(alpha)).unwrap();
        let small = ElasticNet::fit(&mirrored.x, &mirrored.y, net(scaled)).unwrap();
        assert_close(full.coefficients(), small.coefficients(), 1e-8);
        let lasso = |alpha| LassoParameters {
            alpha,
            normalize: false,
            tol: 1e-12,
            max_iter: 5000,
            ..LassoParameters::default()
        };
        let full = Lasso::fit(&x, &y, lasso(alpha)).unwrap();
        let small = Lasso::fit(&mirrored.x, &mirrored.y, lasso(scaled)).unwrap();
        assert_close(full.coefficients(), small.coefficients(), 1e-8);
    }
}
