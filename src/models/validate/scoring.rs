//! Log loss, Brier score and ranking of logistic fits, in one pass over the rows.
//!
//! Linear fits need no pass: their squared errors follow from cross products.

use crate::features::{FrameError, ModelFrame};
use crate::models::fit::{Fit, Rows, Scaling, bernoulli, fold_blocks, linear_predictor};

use super::forecast::Forecast;
use super::ranking::Ranking;

/// Judges, for each entry of `variants`, the forecast that gives period p the fit at index p, if any.
///
/// # Errors
///
/// When rows cannot be read.
pub(crate) fn score(
    frame: &ModelFrame,
    scaling: &Scaling,
    variants: &[Vec<Option<&Fit>>],
) -> Result<Vec<Forecast>, FrameError> {
    let mut all: Vec<Scores> = variants.iter().map(|_| Scores::default()).collect();
    fold_blocks(
        frame.blocks.as_ref(),
        |_, block| {
            let rows = Rows::new(block, scaling);
            variants.iter().map(|fits| score_block(&rows, fits)).collect::<Vec<Scores>>()
        },
        |parts| all.iter_mut().zip(parts).for_each(|(all, part)| all.merge(part)),
    )?;
    Ok(all.into_iter().map(|scores| scores.into_forecast(frame.periods.len())).collect())
}

/// Judges a fit on the rows that it was fitted to.
///
/// # Errors
///
/// When rows cannot be read.
pub(crate) fn score_in_sample(
    frame: &ModelFrame,
    scaling: &Scaling,
    fit: &Fit,
) -> Result<Forecast, FrameError> {
    Ok(score(frame, scaling, &[vec![Some(fit); frame.periods.len()]])?.remove(0))
}

#[derive(Default)]
struct Scores {
    /// Period, rows and sum of probabilities; once per run of rows.
    periods: Vec<(usize, f64, f64)>,
    squares: f64,
    log_loss: f64,
    ranking: Ranking,
}

impl Scores {
    fn merge(&mut self, part: Self) {
        for (period, rows, sum) in part.periods {
            match self.periods.binary_search_by_key(&period, |(own, ..)| *own) {
                Ok(at) => {
                    self.periods[at].1 += rows;
                    self.periods[at].2 += sum;
                }
                Err(at) => self.periods.insert(at, (period, rows, sum)),
            }
        }
        self.squares += part.squares;
        self.log_loss += part.log_loss;
        self.ranking.merge(part.ranking);
    }

    fn into_forecast(self, periods: usize) -> Forecast {
        let mut predicted = vec![None; periods];
        let mut all_rows = 0.0;
        for (period, rows, sum) in self.periods {
            predicted[period] = Some(sum / rows);
            all_rows += rows;
        }
        Forecast {
            predicted,
            rows: all_rows,
            squares: self.squares,
            log_loss: self.log_loss,
            auc: self.ranking.area(),
        }
    }
}

fn score_block(rows: &Rows, fits: &[Option<&Fit>]) -> Scores {
    let mut scores = Scores::default();
    let mut predictor = Vec::new();
    for (period, range) in &rows.runs {
        let Some(fit) = fits[*period] else { continue };
        linear_predictor(rows, range, &fit.columns, &fit.beta, &mut predictor);
        let mut sum = 0.0;
        for (eta, y) in predictor.iter().zip(&rows.y[range.clone()]) {
            let (probability, _, loss) = bernoulli(*eta, *y > 0.5);
            sum += probability;
            scores.squares += (y - probability).powi(2);
            scores.log_loss += loss;
            scores.ranking.push(*eta, *y > 0.5);
        }
        scores.periods.push((*period, range.len() as f64, sum));
    }
    scores
}
