//! A world's data for other programs, with its truth and what is found here.

use std::fs;
use std::io::{Error, Write};
use std::path::Path;
use std::time::Instant;

use trichter::features::PanelFrame;
use trichter::models::accuracy::World;
use trichter::models::{ModelSettings, fit_response};

/// Writes `panel.csv` (a row per unit and period, the periods before the first fitted one without outcome) and
/// `channels.csv` (truth and estimate per channel, seconds).
pub(crate) fn export(seed: u64, size: Option<[u64; 3]>, folder: &Path) -> Result<(), Error> {
    let mut world = World::draw(seed);
    if let Some(size) = size {
        let [units, periods, channels] = size.map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        world = World { units, periods, channels, ..world };
    }
    let (frame, truths) = world.live();
    fs::create_dir_all(folder)?;
    panel(&frame, &folder.join("panel.csv"))?;
    let begin = Instant::now();
    let result = fit_response(&frame, &ModelSettings::default());
    let seconds = begin.elapsed().as_secs_f64();
    let mut file = fs::File::create(folder.join("channels.csv"))?;
    writeln!(file, "channel,spend,true_roas,roas,roas_lower,roas_upper,seconds")?;
    let all = result.channels.iter().filter(|channel| channel.unit.is_none());
    for (channel, truth) in all.zip(&truths) {
        let roas = channel.roas.as_ref();
        let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
        writeln!(
            file,
            "{},{},{},{},{},{},{seconds}",
            channel.channel,
            truth.spend,
            truth.roas,
            or_nan(roas.map(|roas| roas.value)),
            or_nan(roas.and_then(trichter::domain::Estimate::lower)),
            or_nan(roas.and_then(trichter::domain::Estimate::upper)),
        )?;
    }
    Ok(())
}

fn panel(frame: &PanelFrame, path: &Path) -> Result<(), Error> {
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    write!(file, "unit,date,is_fitted,size,outcome")?;
    for driver in &frame.drivers {
        write!(file, ",{}", driver.driver.name)?;
    }
    for channel in &frame.channels {
        write!(file, ",{0},{0}_spend", channel.name)?;
    }
    writeln!(file)?;
    for unit in 0..frame.units.len() {
        for (period, date) in frame.periods.iter().enumerate() {
            let cell = frame.at(unit, period);
            let (is_fitted, size) = (period >= frame.lead, frame.sizes[unit]);
            write!(file, "{unit},{date},{is_fitted},{size},{}", frame.outcome[cell])?;
            for driver in &frame.drivers {
                write!(file, ",{}", driver.values[cell])?;
            }
            for channel in &frame.channels {
                let spend = channel.spend.as_ref().map_or(f64::NAN, |spend| spend[cell]);
                write!(file, ",{},{spend}", channel.exposure[cell])?;
            }
            writeln!(file)?;
        }
    }
    file.flush()
}
