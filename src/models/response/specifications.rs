//! The same model under other specifications: without third-party drivers, without experiments, without the
//! beliefs that the job states, with an effect of its own for every period. They share cross products, so none needs another pass.

use super::design::{ControlColumn, Design};
use super::gibbs::{Draws, Effort, sample};
use super::pooling::Deviations;
use super::posterior::Posterior;
use super::prior::{Beliefs, priors};
use super::problem::Problem;
use super::returns::{Change, brought, increments};
use super::summary::mean;
use crate::domain::Party;
use crate::features::PanelChannel;

/// Draws of a specification.
const EFFORT: Effort = Effort { chains: 4, warm_up: 150, kept: 150 };
/// Relative change of ROAS from which on a channel depends on outside data.
const DEPENDS_FROM: f64 = 0.2;
/// Shared shocks of this size are as good as an effect of its own for every period.
const PERIOD_EFFECTS: f64 = 1e9;

/// Incremental outcome of every channel under another specification, by channel and draw.
pub(super) type Other = Vec<Vec<f64>>;

/// Without the drivers of third parties; `None` if there are none.
pub(super) fn without_third_party(posterior: &Posterior<'_>, seed: u64) -> Option<Other> {
    let third = third_party(&posterior.core.design);
    (!third.is_empty()).then(|| without(posterior, &third, seed))
}

/// Places of drivers of third parties among [`Design::controls`].
fn third_party(design: &Design<'_>) -> Vec<usize> {
    let is_third = |column: &ControlColumn| match column {
        ControlColumn::Driver(at) | ControlColumn::Square(at) => {
            design.frame.drivers[*at].driver.party == Party::Third
        }
        _ => false,
    };
    (0..design.controls.len()).filter(|at| is_third(&design.controls[*at])).collect()
}

/// Without the controls at `left_out`.
fn without(posterior: &Posterior<'_>, left_out: &[usize], seed: u64) -> Other {
    let core = &posterior.core;
    let controls: Vec<usize> =
        (0..core.design.controls.len()).filter(|at| !left_out.contains(at)).map(|at| at + 1).collect();
    let problem = Problem::new(&core.partial, &controls);
    incremental(posterior, &sample(&problem, &core.prior, EFFORT, seed))
}

/// Without what experiments measured; `None` if there are none.
pub(super) fn without_experiments(posterior: &Posterior<'_>, seed: u64) -> Option<(Draws, Other)> {
    let core = &posterior.core;
    if core.design.frame.experiments.is_empty() {
        return None;
    }
    let draws = sample(&core.problem, &priors(&core.design, Beliefs::WithoutExperiments), EFFORT, seed);
    let other = incremental(posterior, &draws);
    Some((draws, other))
}

/// With the default beliefs in place of those that the job states; `None` if it states none.
pub(super) fn without_stated(posterior: &Posterior<'_>, seed: u64) -> Option<Other> {
    let core = &posterior.core;
    let states = core.design.frame.channels.iter().any(states_a_belief);
    states.then(|| {
        let prior = priors(&core.design, Beliefs::WithoutStated);
        incremental(posterior, &sample(&core.problem, &prior, EFFORT, seed))
    })
}

/// True where the job says what return it expects of a channel, or how likely it is to have none.
pub(super) fn states_a_belief(channel: &PanelChannel) -> bool {
    channel.prior.is_some() || channel.no_effect.is_some()
}

/// With an effect of its own for every period; `None` for one unit.
pub(super) fn with_period_effects(posterior: &Posterior<'_>, seed: u64) -> Option<Other> {
    let core = &posterior.core;
    if core.design.rows.len() < 2 {
        return None;
    }
    let partial = core.moments.partial_with(core.moments.blocks.len(), PERIOD_EFFECTS);
    let problem = Problem::new(&partial, &core.design.all_controls());
    Some(incremental(posterior, &sample(&problem, &core.prior, EFFORT, seed)))
}

fn incremental(posterior: &Posterior<'_>, draws: &Draws) -> Other {
    let design = &posterior.core.design;
    let increments = increments(design, draws, &posterior.window());
    let (alike, units) = (Deviations::none(), posterior.units());
    let own: Vec<Vec<f64>> = (0..design.candidates.len())
        .map(|channel| brought(draws, &alike, &increments, channel, &units, Change::All))
        .collect();
    posterior.with_carried(&own)
}

/// Third-party drivers without which the ROAS of each channel changes by more than [`DEPENDS_FROM`], strongest first.
///
/// Only looked at for channels whose ROAS changes that much without all of them.
pub(super) fn depends_on(
    posterior: &Posterior<'_>,
    without_all: &Other,
    today: &[f64],
    seed: u64,
) -> Vec<Vec<String>> {
    let core = &posterior.core;
    let change = |other: f64, today: f64| if today > 0.0 { (other / today - 1.0).abs() } else { 0.0 };
    let moved: Vec<bool> = without_all
        .iter()
        .zip(today)
        .map(|(other, today)| change(mean(other), *today) >= DEPENDS_FROM)
        .collect();
    let mut found: Vec<Vec<(f64, String)>> = vec![Vec::new(); today.len()];
    if moved.iter().any(|moved| *moved) {
        for column in third_party(&core.design) {
            let ControlColumn::Driver(driver) = core.design.controls[column] else { continue };
            let square =
                core.design.controls.iter().position(|found| *found == ControlColumn::Square(driver));
            let left_out: Vec<usize> = std::iter::once(column).chain(square).collect();
            let other = without(posterior, &left_out, seed);
            for channel in (0..today.len()).filter(|channel| moved[*channel]) {
                let change = change(mean(&other[channel]), today[channel]);
                if change >= DEPENDS_FROM {
                    found[channel].push((change, core.design.frame.drivers[driver].driver.name.clone()));
                }
            }
        }
    }
    found
        .into_iter()
        .map(|mut names| {
            names.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            names.into_iter().map(|(_, name)| name).collect()
        })
        .collect()
}
