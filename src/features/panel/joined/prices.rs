//! What exposure costs, and prices that are none.

use super::check::{JoinedCheck, center, check, counted, some};
use super::read::Joined;

/// Fewest prices that say what is usual of a channel.
const FEWEST_PRICES: usize = 12;
/// Fewest spreads between a price and the usual one.
const FEWEST_SPREADS: f64 = 6.0;
/// Smallest factor between them. Seasons and auctions double or treble prices, bookings in a wrong column or week do worse; and
/// where prices hardly vary, a few percent are many spreads.
const SMALLEST_FACTOR: f64 = 5.0;

/// Combinations of unit and period whose cost per exposure is far from the usual one of the channel.
///
/// Prices are compared by their logarithms, with median and median distance, so that the wild ones do not move what is usual.
/// Money with an exposure of 0 is told too; a missing exposure is filled in by the model, which says so.
pub(super) fn cost_per_exposure(joined: &Joined) -> JoinedCheck {
    let mut found = Vec::new();
    for channel in &joined.channels {
        let (Some(spend), Some(exposure)) = (&channel.spend, &channel.exposure) else { continue };
        let pairs: Vec<(usize, f64, f64)> = spend
            .iter()
            .zip(exposure)
            .enumerate()
            .filter(|(_, (spend, exposure))| **spend > 0.0 && exposure.is_finite())
            .map(|(cell, (spend, exposure))| (cell, *spend, *exposure))
            .collect();
        let prices: Vec<(usize, f64)> = pairs
            .iter()
            .filter(|(.., exposure)| *exposure > 0.0)
            .map(|(cell, spend, exposure)| (*cell, (spend / exposure).ln()))
            .collect();
        let nothing: Vec<String> = pairs
            .iter()
            .filter(|(.., exposure)| *exposure == 0.0)
            .map(|(cell, ..)| joined.describe(*cell))
            .collect();
        // A channel without any exposure is taken by its money.
        if !nothing.is_empty() && !prices.is_empty() {
            let count = counted(nothing.len(), "time");
            let message =
                format!("`{}` has spend and an exposure of 0 {count}: {}", channel.name, some(&nothing));
            found.push((nothing.len() as u64, message));
        }
        if prices.len() < FEWEST_PRICES {
            continue;
        }
        let Some((usual, spread)) = center(prices.iter().map(|(_, price)| *price).collect()) else {
            continue;
        };
        let least = (FEWEST_SPREADS * spread).max(SMALLEST_FACTOR.ln());
        let unusual: Vec<String> = prices
            .iter()
            .filter(|(_, price)| (price - usual).abs() > least)
            .map(|(cell, price)| format!("{} ({})", joined.describe(*cell), times((price - usual).exp())))
            .collect();
        if !unusual.is_empty() {
            let message = format!(
                "`{}` costs far more or less per exposure than usual {}: {}",
                channel.name,
                counted(unusual.len(), "time"),
                some(&unusual)
            );
            found.push((unusual.len() as u64, message));
        }
    }
    check("cost_per_exposure", found)
}

fn times(factor: f64) -> String {
    if factor >= 1.0 { format!("{factor:.0} times") } else { format!("1/{:.0}", 1.0 / factor) }
}
