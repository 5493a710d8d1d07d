//! Least squares with the true transforms: how well anyone could do who knew carry-over and saturation.
//!
//! Says how hard a world is. Noise is set so that this yardstick misses the median channel by 10 to 20 %.

use faer::Mat;
use faer::linalg::solvers::SolveLstsq;

use super::calendar::{monday, place_in_year};
use super::market::{CAUSES, Market};
use super::world::{CHANNEL_COUNT, CHANNELS, DEMAND_IN_MEDIA, LEVEL, SYNERGY_OF, UNITS, WARM_UP, WEEKS};

/// Weeks that the yardstick looks at, the last ones of the lake.
pub const YARDSTICK_WEEKS: usize = 156;

/// Pairs of sine and cosine.
const WAVES: u32 = 3;

/// Relative error of each channel's ROAS, `None` for the channel without effect.
///
/// Revenue per affinity on the true response of every channel times demand, their synergy, and as
/// controls the regions, a trend, a season and every outside cause, all in a straight line.
#[must_use]
pub fn relative_errors(market: &Market) -> [Option<f64>; CHANNEL_COUNT] {
    let rows: Vec<(usize, usize)> = (WARM_UP + WEEKS - YARDSTICK_WEEKS..WARM_UP + WEEKS)
        .flat_map(|week| (0..UNITS).map(move |unit| (week, unit)))
        .collect();
    let columns: Vec<Vec<f64>> = rows.iter().map(|(week, unit)| row(market, *week, *unit)).collect();
    let width = columns.first().map_or(0, Vec::len);
    let x = Mat::from_fn(rows.len(), width, |row, column| columns[row][column]);
    let y = Mat::from_fn(rows.len(), 1, |row, _| {
        let (week, unit) = rows[row];
        market.weeks[week][unit].revenue / market.affinity[unit]
    });
    let solved = x.col_piv_qr().solve_lstsq(&y);
    std::array::from_fn(|channel| {
        let plan = CHANNELS[channel];
        (plan.roas > 0.0).then(|| {
            let size = plan.roas * plan.share * LEVEL / plan.saturation.at(1.0 / plan.half);
            solved[(channel, 0)] / size - 1.0
        })
    })
}

/// Channels first, then synergy, then controls.
fn row(market: &Market, week: usize, unit: usize) -> Vec<f64> {
    let now = &market.weeks[week][unit];
    let demand = (market.outside.demand[week][unit] / 100.0).powf(DEMAND_IN_MEDIA);
    let mut row: Vec<f64> = now.responses.iter().map(|response| demand * response).collect();
    row.push(demand * now.responses[SYNERGY_OF.0] * now.responses[SYNERGY_OF.1]);
    row.extend((0..UNITS).map(|other| if other == unit { 1.0 } else { 0.0 }));
    let angle = std::f64::consts::TAU * place_in_year(monday(week));
    for wave in 1..=WAVES {
        row.extend([(f64::from(wave) * angle).sin(), (f64::from(wave) * angle).cos()]);
    }
    // The season stands as waves; every other cause as it is.
    row.extend(
        CAUSES.iter().zip(now.causes).filter(|(cause, _)| **cause != "season").map(|(_, value)| value),
    );
    row
}

/// Median over channels and worlds of the size of the relative error.
#[must_use]
pub fn median_error(seeds: impl Iterator<Item = u64>) -> f64 {
    let errors = seeds.flat_map(|seed| relative_errors(&Market::live(seed)).into_iter().flatten());
    let mut sizes: Vec<f64> = errors.map(f64::abs).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.get(sizes.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::furniture::world::place;

    #[test]
    fn the_world_is_as_hard_as_it_says() {
        let median = median_error(1..=20);
        let mut by_channel = vec![Vec::new(); CHANNEL_COUNT];
        for seed in 1..=20 {
            for (channel, error) in relative_errors(&Market::live(seed)).into_iter().enumerate() {
                by_channel[channel].extend(error);
            }
        }
        for (channel, errors) in by_channel.iter().enumerate() {
            let mut sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
            sizes.sort_by(f64::total_cmp);
            let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
            println!("{:12} bias {mean:+.3} median {:?}", CHANNELS[channel].name, sizes.get(sizes.len() / 2));
        }
        println!("median {median}");
        assert!((0.10..=0.20).contains(&median), "median relative error {median}");
        assert!(by_channel[place::DISPLAY].is_empty());
    }
}
