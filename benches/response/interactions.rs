//! How often joint effects are claimed: in worlds without any, and by the size of the one that there is.

use trichter::features::PanelInteractions;
use trichter::models::accuracy::World;
use trichter::models::result::{Interaction, InteractionFinding};
use trichter::models::{ModelSettings, joint_effects};

/// What two channels bring together, as a share of what the smaller one brings.
const SIZES: [f64; 4] = [0.0, 0.5, 1.0, 2.0];
/// Most rows of a world: larger ones take long and say the same.
const MOST_ROWS: usize = 6_000;

type Cut = (&'static str, fn(&World) -> bool);

const CUTS: [Cut; 6] = [
    ("all", |_| true),
    ("one series", |world| world.units == 1),
    ("2 to 10 units", |world| (2..=10).contains(&world.units)),
    ("more than 10 units", |world| world.units > 10),
    ("curves as the model has", |world| !world.misspecified),
    ("curves of other kinds", |world| world.misspecified),
];

/// What was claimed in one world.
struct Claims {
    world: World,
    pairs: usize,
    /// The pair that works together was claimed as synergy.
    found: bool,
    /// Others were claimed.
    others: usize,
}

/// Counts claims in the worlds `from` to `to`, every channel with every other and with demand.
pub(crate) fn interactions(from: u64, to: u64) {
    let mut all = Vec::new();
    for seed in from..=to {
        let drawn = World::draw(seed);
        if drawn.units * drawn.periods > MOST_ROWS {
            continue;
        }
        all.extend(SIZES.iter().map(|size| claims(World { synergy: *size, ..drawn.clone() })));
        eprintln!("world {seed}");
    }
    println!("| worlds | number | synergy | any claim | the pair found | other claims per pair tested |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (name, belongs) in CUTS {
        for size in SIZES {
            let of_size = |claims: &&Claims| claims.world.synergy.total_cmp(&size).is_eq();
            let part: Vec<&Claims> = all.iter().filter(of_size).filter(|one| belongs(&one.world)).collect();
            let share = |what: &dyn Fn(&Claims) -> bool| {
                part.iter().filter(|claims| what(claims)).count() as f64 / part.len() as f64
            };
            let others: usize = part.iter().map(|claims| claims.others).sum();
            let pairs: usize = part.iter().map(|claims| claims.pairs).sum();
            println!(
                "| {name} | {} | {size} | {:.3} | {:.3} | {:.4} |",
                part.len(),
                share(&|claims| claims.found || claims.others > 0),
                share(&|claims| claims.found),
                others as f64 / pairs as f64,
            );
        }
    }
}

fn claims(world: World) -> Claims {
    let (mut frame, truths) = world.live();
    // Demand is the first driver.
    frame.interactions =
        Some(PanelInteractions { channels: true, drivers: vec![0], false_discovery_rate: 0.1 });
    let pair = World::pair(&truths);
    let together = |joint: &Interaction| {
        pair.is_some_and(|(first, second)| {
            joint.first == frame.channels[first].name && joint.second == frame.channels[second].name
        })
    };
    let tested = joint_effects(&frame, &ModelSettings::default());
    let found = tested
        .iter()
        .any(|joint| together(joint) && joint.finding == InteractionFinding::Synergy && world.synergy > 0.0);
    let claimed = tested.iter().filter(|joint| {
        matches!(joint.finding, InteractionFinding::Synergy | InteractionFinding::Cannibalization)
    });
    let others = claimed.count() - usize::from(found);
    Claims { world, pairs: tested.len(), found, others }
}
