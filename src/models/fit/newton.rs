//! The loop around the kernel: least squares and logistic regression as Newton steps.
//!
//! Each pass over the rows sums the Gram matrix and the score at the current coefficients of *every*
//! problem that is still open, so that all folds of a validation share their passes. A linear fit takes
//! two passes: one for the coefficients, one for its residuals, which also corrects what a Gram matrix
//! loses to rounding. A logistic fit takes one pass per iteration.
//!
//! It has converged when the next step is shorter than the tolerance in units of standard errors
//! (the Newton decrement √(s'H⁻¹s)): that bounds the change of the deviance and of every coefficient.
//! A step that raises the deviance is halved.

use faer::Mat;

use crate::features::{FrameError, ModelFrame};

use super::failure::FitFailure;
use super::gram::{Gram, Link, Sums, Task, accumulate};
use super::mirror::Mirrored;
use super::strata::Strata;
use super::survey::Scaling;
use super::symmetric::{ALIAS_TOLERANCE, Factor};

/// Passes before a fit is given up.
const MOST_ITERATIONS: u32 = 30;

/// Halvings of one step before a fit is given up.
const MOST_HALVINGS: u32 = 12;

/// Log-odds beyond which a logistic fit that does not settle is called separated.
const SEPARATED_LOG_ODDS: f64 = 15.0;

/// Longest step, in standard errors, that counts as none.
pub(crate) const EXACT: f64 = 1e-10;

/// A fit to be made.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// Design columns, ascending.
    pub(crate) columns: Vec<usize>,
    /// Which periods take part, and where their cross products go.
    pub(crate) strata: Strata,
    /// Whether scores and sums per period are wanted.
    pub(crate) by_period: bool,
}

/// Why a column of the design has no coefficient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Dropped {
    /// Earlier columns make it up, or it is constant in the rows of the fit.
    Aliased,
    /// All rows with this level have the same outcome, so its log-odds have no finite estimate.
    OneOutcome {
        /// Rows with the level.
        rows: f64,
        /// Their outcome.
        outcome: f64,
    },
}

/// A fit that worked.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    /// Link of the fit.
    pub(crate) link: Link,
    /// Design columns with a coefficient, ascending.
    pub(crate) columns: Vec<usize>,
    /// Design columns without one.
    pub(crate) dropped: Vec<(usize, Dropped)>,
    /// Coefficients on the scaled columns, intercept first.
    pub(crate) beta: Vec<f64>,
    /// (X'WX)⁻¹ with the intercept first.
    pub(crate) bread: Mat<f64>,
    /// Sums at the coefficients; the target of the cross products is the working residual.
    pub(crate) sums: Sums,
}

/// Fits all problems, sharing passes.
///
/// # Errors
///
/// When rows cannot be read. A problem that cannot be solved is a result of its own.
pub(crate) fn fit_all(
    frame: &ModelFrame,
    scaling: &Scaling,
    link: Link,
    problems: Vec<Problem>,
    tolerance: f64,
) -> Result<Vec<Result<Fit, FitFailure>>, FrameError> {
    let mut states: Vec<State> = problems.into_iter().map(|problem| State::new(problem, link)).collect();
    loop {
        let mut open: Vec<&mut State> = states.iter_mut().filter(|state| state.result.is_none()).collect();
        if open.is_empty() {
            break;
        }
        let tasks: Vec<Task<'_>> = open.iter().map(|state| state.task()).collect();
        let sums = accumulate(frame, scaling, &tasks)?;
        for (state, sums) in open.iter_mut().zip(sums) {
            if let Err(failure) = state.advance(sums, scaling, tolerance) {
                state.result = Some(Err(failure));
            }
        }
    }
    Ok(states.into_iter().filter_map(|state| state.result).collect())
}

/// Solves the least-squares problem of a Gram matrix whose target is the outcome.
///
/// Returns the positions of the columns that are kept, and coefficients with the intercept first.
///
/// # Errors
///
/// When there are too few rows or the solver fails.
pub(crate) fn solve_gram(gram: &Gram) -> Result<(Vec<usize>, Vec<f64>), FitFailure> {
    check_rows(gram.matrix[(0, 0)], gram.columns())?;
    let kept = independent(gram);
    let beta = Step::new(&gram.select(&kept), Link::Identity)?.step;
    Ok((kept, beta))
}

struct State {
    problem: Problem,
    link: Link,
    dropped: Vec<(usize, Dropped)>,
    beta: Vec<f64>,
    step: Vec<f64>,
    deviance: f64,
    iterations: u32,
    halvings: u32,
    result: Option<Result<Fit, FitFailure>>,
}

impl State {
    fn new(problem: Problem, link: Link) -> Self {
        let beta = vec![0.0; problem.columns.len() + 1];
        Self {
            problem,
            link,
            dropped: Vec::new(),
            step: Vec::new(),
            beta,
            deviance: f64::INFINITY,
            iterations: 0,
            halvings: 0,
            result: None,
        }
    }

    fn task(&self) -> Task<'_> {
        Task {
            link: self.link,
            columns: &self.problem.columns,
            beta: &self.beta,
            strata: &self.problem.strata,
            by_period: self.problem.by_period,
        }
    }

    fn advance(&mut self, sums: Sums, scaling: &Scaling, tolerance: f64) -> Result<(), FitFailure> {
        let mut gram = sums.gram(0..self.problem.strata.count);
        self.iterations += 1;
        if self.iterations == 1 {
            gram = self.begin(&gram, sums.rows, scaling)?;
        } else if sums.deviance > self.deviance * (1.0 + 1e-10) {
            return self.halve(&sums);
        }
        self.halvings = 0;
        self.deviance = sums.deviance;
        let next = Step::new(&gram, self.link)?;
        let noise = match self.link {
            Link::Identity => (sums.deviance / sums.rows as f64).max(1e-8).sqrt(),
            Link::Logit => 1.0,
        };
        if self.iterations > 1 && next.decrement <= tolerance * noise {
            self.result = Some(Ok(Fit {
                link: self.link,
                columns: std::mem::take(&mut self.problem.columns),
                dropped: std::mem::take(&mut self.dropped),
                beta: std::mem::take(&mut self.beta),
                bread: bread(&gram)?,
                sums,
            }));
            return Ok(());
        }
        if self.iterations >= MOST_ITERATIONS {
            return Err(self.give_up(&sums));
        }
        self.beta.iter_mut().zip(&next.step).for_each(|(beta, step)| *beta += step);
        self.step = next.step;
        Ok(())
    }

    /// Looks at the rows for the first time: are there enough, and which columns can be told apart?
    fn begin(&mut self, gram: &Gram, rows: u64, scaling: &Scaling) -> Result<Gram, FitFailure> {
        check_rows(rows as f64, gram.columns())?;
        let mut kept = independent(gram);
        let aliased = (0..gram.columns()).filter(|at| !kept.contains(at)).collect::<Vec<usize>>();
        self.dropped.extend(aliased.iter().map(|at| (self.problem.columns[*at], Dropped::Aliased)));
        if self.link == Link::Logit {
            one_outcome(gram, rows)?;
            kept.retain(|at| match level_with_one_outcome(gram, *at, self.problem.columns[*at], scaling) {
                Some(dropped) => {
                    self.dropped.push((self.problem.columns[*at], dropped));
                    false
                }
                None => true,
            });
        }
        self.dropped.sort_by_key(|(column, _)| *column);
        self.problem.columns = kept.iter().map(|at| self.problem.columns[*at]).collect();
        self.beta = vec![0.0; kept.len() + 1];
        Ok(gram.select(&kept))
    }

    fn halve(&mut self, sums: &Sums) -> Result<(), FitFailure> {
        self.halvings += 1;
        if self.halvings > MOST_HALVINGS || self.iterations >= MOST_ITERATIONS {
            return Err(self.give_up(sums));
        }
        for (beta, step) in self.beta.iter_mut().zip(&mut self.step) {
            *step /= 2.0;
            *beta -= *step;
        }
        Ok(())
    }

    fn give_up(&self, sums: &Sums) -> FitFailure {
        if self.link == Link::Logit && sums.largest > SEPARATED_LOG_ODDS {
            let largest = (0..self.problem.columns.len())
                .max_by(|a, b| self.beta[a + 1].abs().total_cmp(&self.beta[b + 1].abs()));
            if let Some(at) = largest {
                return FitFailure::Separated { column: self.problem.columns[at] };
            }
        }
        FitFailure::NotConverged { iterations: self.iterations }
    }
}

fn check_rows(rows: f64, columns: usize) -> Result<(), FitFailure> {
    if rows <= (columns + 1) as f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        return Err(FitFailure::TooFewRows { rows: rows.max(0.0) as u64, parameters: columns + 1 });
    }
    Ok(())
}

/// Positions of the columns that neither the intercept nor earlier columns make up.
fn independent(gram: &Gram) -> Vec<usize> {
    let columns = gram.columns();
    let centered = gram.centered();
    let reference: Vec<f64> = (0..columns).map(|i| gram.matrix[(i + 1, i + 1)]).collect();
    Factor::new(centered.submatrix(0, 0, columns, columns), &reference, ALIAS_TOLERANCE).kept
}

/// At coefficients of zero every residual is ± ½, so their sum tells the outcomes apart.
fn one_outcome(gram: &Gram, rows: u64) -> Result<(), FitFailure> {
    let rows_half = rows as f64 / 2.0;
    let sum = gram.score()[0];
    if (sum.abs() - rows_half).abs() < 0.25 {
        return Err(FitFailure::OneOutcome { rows, outcome: if sum > 0.0 { 1.0 } else { 0.0 } });
    }
    Ok(())
}

/// Recognizes a 0/1 column whose ones all have the same outcome, from the sums at coefficients of zero.
fn level_with_one_outcome(gram: &Gram, at: usize, column: usize, scaling: &Scaling) -> Option<Dropped> {
    let (center, per_unit) = (scaling.center[column], scaling.per_unit[column]);
    let matrix = &gram.matrix;
    let (row, last) = (at + 1, gram.columns() + 1);
    // Undo weights of ¼ and the scaling: count, Σ x, Σ x² and Σ x (y − ½) of the raw column.
    let count = 4.0 * matrix[(0, 0)];
    let scaled_sum = 4.0 * matrix[(row, 0)] / per_unit;
    let sum = scaled_sum + center * count;
    let square = 4.0 * matrix[(row, row)] / (per_unit * per_unit)
        + 2.0 * center * scaled_sum
        + center * center * count;
    if (sum - square).abs() > 1e-6 * square.max(1.0) {
        return None;
    }
    let residual = matrix[(row, last)] / per_unit + center * matrix[(0, last)];
    ((residual.abs() - sum / 2.0).abs() < 0.25)
        .then_some(Dropped::OneOutcome { rows: sum.round(), outcome: if residual > 0.0 { 1.0 } else { 0.0 } })
}

/// One Newton step from the sums at the current coefficients.
struct Step {
    /// Change of the coefficients, intercept first.
    step: Vec<f64>,
    /// √(s'H⁻¹s).
    decrement: f64,
}

impl Step {
    fn new(gram: &Gram, link: Link) -> Result<Self, FitFailure> {
        let columns = gram.columns();
        let centered = gram.centered();
        let weight = gram.matrix[(0, 0)];
        let score = gram.score();
        let mut step = vec![score[0] / weight];
        if columns > 0 {
            let reference: Vec<f64> = (0..columns).map(|i| gram.matrix[(i + 1, i + 1)]).collect();
            let factor = Factor::new(centered.submatrix(0, 0, columns, columns), &reference, 0.0);
            if factor.rank() < columns {
                return Err(FitFailure::Solver {
                    message: "the weighted cross products are singular".into(),
                });
            }
            let products: Vec<f64> = (0..columns).map(|i| centered[(i, columns)]).collect();
            let slopes = Mirrored::new(&factor, &products)?.solve(link)?;
            step[0] -=
                slopes.iter().enumerate().map(|(i, b)| gram.matrix[(i + 1, 0)] * b).sum::<f64>() / weight;
            step.extend(slopes);
        }
        let decrement = score.iter().zip(&step).map(|(s, d)| s * d).sum::<f64>().max(0.0).sqrt();
        Ok(Self { step, decrement })
    }
}

/// (X'WX)⁻¹ with the intercept first.
fn bread(gram: &Gram) -> Result<Mat<f64>, FitFailure> {
    let size = gram.columns() + 1;
    let factor = Factor::new(gram.matrix.submatrix(0, 0, size, size), &vec![0.0; size], 0.0);
    if factor.rank() < size {
        return Err(FitFailure::Solver { message: "the cross products are singular".into() });
    }
    Ok(factor.inverse())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::OutcomeKind;
    use crate::models::fit::Survey;
    use crate::models::testing::simulate;
    use crate::models::testing::simulate::Simulated;

    fn fit(simulated: &Simulated, link: Link) -> (Result<Fit, FitFailure>, Scaling) {
        let frame = simulated.frame();
        let scaling = Survey::take(&frame, 0).unwrap().scaling;
        let columns: Vec<usize> = (0..frame.columns.len()).collect();
        let strata = Strata::by_period(frame.periods.len(), columns.len() + 2);
        let problem = Problem { columns, strata, by_period: true };
        (fit_all(&frame, &scaling, link, vec![problem], EXACT).unwrap().remove(0), scaling)
    }

    #[test]
    fn a_linear_fit_recovers_an_exact_line() {
        let simulated = simulate::panel(7, 3, 12).outcome(OutcomeKind::Amount, |x| 4.0 + 2.0 * x[0] - x[2]);
        let (result, scaling) = fit(&simulated, Link::Identity);
        let fit = result.unwrap();
        let slope = |at: usize| fit.beta[at + 1] * scaling.per_unit[at] * scaling.y_scale;
        assert!((slope(0) - 2.0).abs() < 1e-12);
        assert!(slope(1).abs() < 1e-12);
        assert!((slope(2) + 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_copy_of_a_column_is_aliased_and_the_copy_loses() {
        let mut simulated = simulate::panel(7, 2, 12);
        simulated.copy_column(0, 3.0, 5.0);
        let (result, _) = fit(&simulated, Link::Identity);
        let fit = result.unwrap();
        assert_eq!(fit.columns, vec![0, 1]);
        assert_eq!(fit.dropped, vec![(2, Dropped::Aliased)]);
    }

    #[test]
    fn a_level_whose_rows_all_failed_is_named_and_left_out() {
        let mut simulated = simulate::panel(7, 1, 12)
            .outcome(OutcomeKind::YesNo, |x| f64::from(u8::from(x[0] + (x[0] * 57.0).sin() * 2.0 > 0.0)));
        let rare: Vec<f64> = simulated
            .y
            .iter()
            .enumerate()
            .map(|(i, y)| f64::from(u8::from(*y == 0.0 && i % 3 == 0)))
            .collect();
        let count = rare.iter().sum::<f64>();
        simulated.add_column(rare);
        let (result, _) = fit(&simulated, Link::Logit);
        assert_eq!(result.unwrap().dropped, vec![(1, Dropped::OneOutcome { rows: count, outcome: 0.0 })]);
    }

    #[test]
    fn what_cannot_be_fitted_says_why() {
        let one = simulate::panel(7, 2, 12).outcome(OutcomeKind::YesNo, |_| 1.0);
        assert!(matches!(fit(&one, Link::Logit).0, Err(FitFailure::OneOutcome { outcome: 1.0, .. })));
        let separated =
            simulate::panel(7, 2, 12).outcome(OutcomeKind::YesNo, |x| f64::from(u8::from(x[1] > 0.1)));
        assert!(matches!(fit(&separated, Link::Logit).0, Err(FitFailure::Separated { column: 1 })));
        let few = simulate::panel(2, 3, 2);
        assert!(matches!(
            fit(&few, Link::Identity).0,
            Err(FitFailure::TooFewRows { rows: 4, parameters: 4 })
        ));
    }
}
