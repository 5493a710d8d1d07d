//! Draws in a few numbers: mean, interval, agreement of chains, how many independent draws they are worth.

pub(super) use crate::domain::draws::{estimate, mean, quantile};

/// Standard deviation (n − 1); 0 with fewer than two values.
pub(super) fn deviation(values: &[f64]) -> f64 {
    let center = mean(values);
    let squares: f64 = values.iter().map(|value| (value - center).powi(2)).sum();
    (squares / values.len().saturating_sub(1).max(1) as f64).sqrt()
}

/// Split R-hat (Gelman et al. 2013): spread between half chains against spread within them; 1 where all
/// draws are the same.
pub(super) fn r_hat(draws: &[f64], chains: usize) -> f64 {
    let halves = 2 * chains;
    let length = draws.len() / halves.max(1);
    if length < 2 {
        return f64::NAN;
    }
    let parts: Vec<&[f64]> = draws.chunks(length).take(halves).collect();
    let means: Vec<f64> = parts.iter().map(|part| mean(part)).collect();
    let within = mean(&parts.iter().map(|part| deviation(part).powi(2)).collect::<Vec<_>>());
    let between = deviation(&means).powi(2);
    if within <= 0.0 {
        return if between <= 0.0 { 1.0 } else { f64::INFINITY };
    }
    let n = length as f64;
    (((n - 1.0) / n * within + between) / within).sqrt()
}

/// Effective number of independent draws, by Geyer's initial positive sequence over all chains.
pub(super) fn effective_size(draws: &[f64], chains: usize) -> f64 {
    let length = draws.len() / chains.max(1);
    let center = mean(draws);
    let variance = deviation(draws).powi(2);
    if variance <= 0.0 || length < 4 {
        return draws.len() as f64;
    }
    let correlation = |lag: usize| {
        let sum: f64 = draws
            .chunks(length)
            .flat_map(|chain| chain.iter().zip(&chain[lag..]))
            .map(|(a, b)| (a - center) * (b - center))
            .sum();
        sum / (chains * (length - lag)) as f64 / variance
    };
    let mut sum = 0.0;
    let mut lag = 1;
    while lag + 1 < length {
        let pair = correlation(lag) + correlation(lag + 1);
        if pair <= 0.0 {
            break;
        }
        sum += pair;
        lag += 2;
    }
    (draws.len() as f64 / (1.0 + 2.0 * sum)).min(draws.len() as f64)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn quantiles_lie_between_neighbors() {
        assert!((quantile(&[0.0, 1.0, 2.0], 0.25) - 0.5).abs() < 1e-12);
        assert!((quantile(&[3.0], 0.9) - 3.0).abs() < 1e-12);
    }

    #[test]
    fn independent_chains_agree_and_shifted_ones_do_not() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let draws: Vec<f64> = (0..2_000).map(|_| random.random::<f64>()).collect();
        assert!(r_hat(&draws, 4) < 1.02);
        assert!(effective_size(&draws, 4) > 1_500.0);
        let shifted: Vec<f64> =
            draws.iter().enumerate().map(|(at, draw)| draw + if at < 1_000 { 1.0 } else { 0.0 }).collect();
        assert!(r_hat(&shifted, 4) > 1.5);
    }

    #[test]
    fn an_autoregressive_chain_is_worth_what_theory_says() {
        // n (1 − ρ) / (1 + ρ) for AR(1).
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let mut value = 0.0;
        let draws: Vec<f64> = (0..40_000)
            .map(|_| {
                value = 0.8 * value + random.random::<f64>() - 0.5;
                value
            })
            .collect();
        let expected = 40_000.0 / 9.0;
        assert!((effective_size(&draws, 1) / expected - 1.0).abs() < 0.25);
    }
}
