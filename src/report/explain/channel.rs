//! A channel: its figures, and how they were computed.

use crate::config::job::{Channel, Margin, ResponseModel};
use crate::domain::{Estimate, Gate};
use crate::steering::wording::number::Sign;
use crate::steering::wording::quantity::Unit;
use crate::steering::wording::{date, label};

use super::explanation::{PublishedRows, Section};
use super::inputs::{ENGLISH, ExplainInputs, and, figure, percent, range, value_of};
use super::row::Row;

/// Carry-over below this is none that anyone would notice.
const NO_CARRY_OVER: f64 = 0.01;

/// An interval of a share that is narrower than this leaves little open.
const NARROW: f64 = 0.1;

/// One that is wider than this leaves the matter open.
const WIDE: f64 = 0.3;

/// Above this part of the average return, the next unit of money is not visibly worse.
const UNSATURATED: f64 = 0.95;

/// A channel of a published model.
pub(super) struct ChannelView<'a> {
    pub(super) inputs: &'a ExplainInputs<'a>,
    pub(super) model: &'a ResponseModel,
    pub(super) name: &'a str,
    /// What the job says about it.
    pub(super) described: Option<&'a Channel>,
    /// Its row over all units.
    pub(super) row: &'a Row,
    /// Its rows by unit.
    pub(super) units: Vec<&'a Row>,
}

impl<'a> ChannelView<'a> {
    /// The channel called `name`; `None` if it was not published.
    pub(super) fn of(inputs: &'a ExplainInputs<'a>, model: &'a ResponseModel, name: &'a str) -> Option<Self> {
        let is_its = |row: &&Row| row.text("model") == model.name && row.text("channel") == name;
        let rows: Vec<&Row> = inputs.published.rows("channel_performance").filter(is_its).collect();
        let row = rows.iter().copied().find(|row| row.text("unit").is_empty())?;
        let units = rows.iter().copied().filter(|row| !row.text("unit").is_empty()).collect();
        let described = model.channels.iter().find(|channel| channel.name == name);
        Some(Self { inputs, model, name, described, row, units })
    }

    pub(super) fn label(&self) -> String {
        label_of(self.model, self.name)
    }

    pub(super) fn title(&self) -> String {
        format!("{}, a channel of {}", label::sentence_start(&self.label()), self.model.label.get(ENGLISH))
    }

    /// What it cost and brought.
    pub(super) fn figures(&self) -> Section {
        let inputs = self.inputs;
        let mut section = Section::new("figures", "WHAT IT COST AND BROUGHT");
        if let (Some(start), Some(end)) = (self.row.day("fit_start"), self.row.day("fit_end")) {
            let last = date::day(end.pred_opt().unwrap_or(end), ENGLISH);
            section
                .opening
                .push(format!("From {} to {last}, in all units together:", date::day(start, ENGLISH)));
        }
        if self.row.text("gate") == Gate::Withheld.as_str() {
            let warning = "These figures are withheld: they are there to be checked, not to be acted on.";
            section.opening.push(warning.to_owned());
        }
        let (money, outcome, one) = (inputs.money(), inputs.outcome_unit(self.model), inputs.one());
        let roas = format!("outcome that each {one} of spend brought");
        let mroas = format!("what the next {one} would bring, at today's spend");
        let worth = self.worth(&one);
        let lines = [
            ("spend", &money, "spend", "money paid"),
            (
                "incremental_outcome",
                &outcome,
                "incremental outcome",
                "outcome that there would not be without it",
            ),
            ("outcome_share", &Unit::Share, "share of the outcome", "the same as a part of the outcome"),
            ("roas", &Unit::Bare, "ROAS", roas.as_str()),
            ("mroas", &Unit::Bare, "marginal ROAS", mroas.as_str()),
            ("roi", &Unit::Bare, "ROI", worth.as_str()),
        ];
        section.figures = lines
            .iter()
            .filter_map(|(column, unit, label, note)| figure(self.row, column, unit, label, note))
            .collect();
        for figure in section.figures.iter_mut().filter(|figure| figure.figure == "spend") {
            // Money that was paid is counted, not estimated.
            figure.text = money.write(figure.value.unwrap_or(f64::NAN), 0, Sign::Negative, ENGLISH);
        }
        if let Some(level) = self.row.number("interval_level") {
            section.sentences.push(format!(
                "In brackets: {} intervals, in which the truth lies that often if the model holds.",
                percent(level)
            ));
        }
        section
    }

    /// What ROI says in this job.
    fn worth(&self, one: &str) -> String {
        let Some(worth) = &self.model.worth else { return String::new() };
        let (Margin::Amount(margin) | Margin::Rate(margin)) = &worth.margin;
        let minus =
            if worth.minus.is_empty() { String::new() } else { format!(" less {}", and(&worth.minus)) };
        format!("what is left of its worth ({margin}{minus}) after spend, per {one}; above 0 it pays")
    }

    /// How the figures were computed, in words.
    pub(super) fn method(&self) -> Section {
        let mut section = Section::new("method", "HOW IT WAS COMPUTED");
        section.say(format!(
            "The model reckons every {} twice, with this channel and without it, everything else the same. The \
             difference is what the channel brought; divided by spend it is ROAS.",
            self.inputs.period()
        ));
        section.say(self.carry_over());
        section.say(self.saturation());
        section.say(self.pooling());
        section.sentences.extend(self.carriers());
        section.say(self.prior());
        section.sentences.extend(self.experiments());
        section
    }

    fn carry_over(&self) -> Option<String> {
        let share = self.row.estimate("carry_over_share")?;
        let period = self.inputs.period();
        let lag = self.described.map_or_else(
            || Channel::default_lag(&self.inputs.job.calendar),
            |channel| channel.lag(&self.inputs.job.calendar),
        );
        if lag == 0 {
            return Some(format!("The job says that it acts in the {period} of the spend alone."));
        }
        let sure = match (share.lower(), share.upper()) {
            (Some(lower), Some(upper)) if upper - lower <= NARROW => "the data are clear about that",
            (Some(lower), Some(upper)) if upper - lower <= WIDE => "the data tell that roughly",
            _ => "the data leave that open",
        };
        let longest = date::periods(u64::from(lag), self.inputs.job.calendar.period, ENGLISH);
        Some(if share.value < NO_CARRY_OVER && share.upper().is_none_or(|upper| upper < NARROW) {
            format!(
                "Carry-over: practically all of its effect is felt in the {period} of the spend itself; {sure}."
            )
        } else {
            format!(
                "Carry-over: {} of its effect is felt after the {period} of the spend, at most {longest} later; {sure}.",
                range(&share, &Unit::Share)
            )
        })
    }

    fn saturation(&self) -> Option<String> {
        let (roas, mroas) = (self.row.estimate("roas")?, self.row.estimate("mroas")?);
        let one = self.inputs.one();
        if roas.value <= 0.0 {
            return None;
        }
        let (average, next) = (value_of(&roas, &Unit::Bare), range(&mroas, &Unit::Bare));
        let ratio = mroas.value / roas.value;
        let mut text = if ratio >= UNSATURATED {
            format!(
                "Saturation: none to be seen; the next {one} brings {next}, the average one brought {average}"
            )
        } else {
            format!(
                "Saturation: the next {one} brings {next}, {} less than the {average} of the average one; {}",
                percent(1.0 - ratio),
                if mroas.upper().is_some_and(|upper| upper < roas.value) {
                    "the data are clear about that"
                } else {
                    "the data leave open how much"
                }
            )
        };
        if let Some((row, twice)) = self.at_twice_the_spend() {
            text.push_str(". At twice the spend it would be ");
            text.push_str(&range(&twice, &Unit::Bare));
            if !row.flag("is_observed") {
                text += ", which is beyond what was observed";
            }
        }
        Some(text + ".")
    }

    fn at_twice_the_spend(&self) -> Option<(&Row, Estimate)> {
        let key = [("model", self.model.name.as_str()), ("channel", self.name), ("spend_multiple", "2")];
        let mut curve = self.inputs.published.rows("response_curves");
        let row = curve.find(|row| row.holds_all(&key))?;
        Some((row, row.estimate("mroas")?))
    }

    fn pooling(&self) -> Option<String> {
        let unit = self.model.unit.as_ref().filter(|_| !self.units.is_empty())?;
        let mut returns: Vec<(&str, Estimate)> =
            self.units.iter().filter_map(|row| Some((row.text("unit"), row.estimate("roas")?))).collect();
        returns.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
        let start = format!(
            "Pooled: all {} units (column `{unit}`) share one curve and one carry-over; how strongly it acts may differ",
            self.units.len()
        );
        let (Some(least), Some(most)) = (returns.first(), returns.last()) else { return Some(start + ".") };
        Some(format!(
            "{start}, as far as the data show it: ROAS from {} in {} to {} in {}.",
            range(&least.1, &Unit::Bare),
            least.0,
            range(&most.1, &Unit::Bare),
            most.0
        ))
    }

    /// What runs by way of this channel, and by way of which others it runs.
    fn carriers(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let carries = |channel: &&Channel| channel.carries.iter().any(|name| name == self.name);
        let carriers: Vec<String> = self
            .model
            .channels
            .iter()
            .filter(carries)
            .map(|channel| label_of(self.model, &channel.name))
            .collect();
        if !carriers.is_empty() {
            let share = self.row.estimate("carried_share").map(|share| range(&share, &Unit::Share));
            sentences.push(format!(
                "Carried: {} of it comes by way of {}, which would get the credit otherwise.",
                share.unwrap_or_else(|| "a part".to_owned()),
                and(&carriers)
            ));
        }
        if let Some(channel) = self.described.filter(|channel| !channel.carries.is_empty()) {
            let carried: Vec<String> =
                channel.carries.iter().map(|name| label_of(self.model, name)).collect();
            let carried = and(&carried);
            sentences.push(format!(
                "Carries: what {carried} brought by way of it is counted for {carried}; here stands its own part."
            ));
        }
        sentences
    }

    fn prior(&self) -> String {
        let inputs = self.inputs;
        let (stated, no_effect) =
            self.described.map_or((None, None), |channel| (channel.prior, channel.no_effect));
        let belief = match (stated, self.default_scale()) {
            (Some(prior), _) => format!(
                "the job believed in a ROAS of {} ± {}",
                Unit::Bare.write_short(prior.mean, 3, Sign::Negative, ENGLISH),
                Unit::Bare.write_short(prior.standard_deviation, 3, Sign::Negative, ENGLISH)
            ),
            (None, Some(scale)) => format!(
                "every ROAS from 0 to about {} was plausible (the default: {} of the outcome, spread over all spend)",
                Unit::Bare.write_short(2.0 * scale, 2, Sign::Negative, ENGLISH),
                percent(inputs.prior.share)
            ),
            (None, None) => "the default belief was in use".to_owned(),
        };
        let moved = self.row.number("posterior_to_prior").map(|ratio| {
            let words = match ratio {
                ratio if ratio < 0.2 => "the data settled it",
                ratio if ratio < 0.5 => "the data moved it a lot",
                ratio if ratio <= 0.8 => "the data moved it somewhat",
                _ => "the data had next to nothing to say",
            };
            format!("{words}: what is still open is {} of what was open before", percent(ratio))
        });
        let inclusion = self.row.number("inclusion_probability").map(|after| {
            format!(
                "that it has no effect at all was {} likely before and is {} now",
                percent(no_effect.unwrap_or(inputs.prior.no_effect)),
                percent(1.0 - after)
            )
        });
        let rest: Vec<String> = moved.into_iter().chain(inclusion).collect();
        format!("Prior: before the data spoke, {belief}; {}.", rest.join("; "))
    }

    /// The scale of the default belief about ROAS.
    fn default_scale(&self) -> Option<f64> {
        let outcome = self.row.number("incremental_outcome")? / self.row.number("outcome_share")?;
        let of_model = |row: &&Row| row.text("model") == self.model.name && row.text("unit").is_empty();
        let spends = self.inputs.published.rows("channel_performance").filter(of_model);
        let spend: f64 = spends.filter_map(|row| row.number("spend")).sum();
        let scale = self.inputs.prior.share * outcome / spend;
        (scale.is_finite() && scale > 0.0).then_some(scale)
    }

    fn experiments(&self) -> Vec<String> {
        let (money, outcome) = (self.inputs.money(), self.inputs.outcome_unit(self.model));
        let is_its = |row: &&Row| row.text("model") == self.model.name && row.text("channel") == self.name;
        let rows: Vec<&Row> = self.inputs.published.rows("experiments").filter(is_its).collect();
        let mut sentences: Vec<String> = rows
            .iter()
            .filter_map(|row| {
                let end = row.day("experiment_end")?;
                let units = row.text("units");
                Some(format!(
                    "Experiment{}, {} to {}: {} of spend changed the outcome by {}; the model, which had not seen \
                     that, says {}.",
                    if units.is_empty() { String::new() } else { format!(" in {units}") },
                    date::day(row.day("experiment_start")?, ENGLISH),
                    date::day(end.pred_opt().unwrap_or(end), ENGLISH),
                    money.write(row.number("spend_change")?, 0, Sign::Always, ENGLISH),
                    range(&row.estimate("measured_outcome")?, &outcome),
                    range(&row.estimate("modelled_outcome")?, &outcome)
                ))
            })
            .collect();
        if let (Some(with), Some(without)) =
            (self.row.estimate("roas"), self.row.estimate("roas_without_experiments"))
        {
            sentences.push(format!(
                "With what experiments measured its ROAS is {}, without {}.",
                range(&with, &Unit::Bare),
                range(&without, &Unit::Bare)
            ));
        }
        sentences
    }

    /// Where the figures stand in published tables.
    pub(super) fn published(&self) -> Vec<PublishedRows> {
        let inputs = self.inputs;
        let key = [("model", self.model.name.as_str()), ("channel", self.name)];
        let mut rows = vec![
            inputs.rows_in("channel_performance", &[key[0], key[1], ("unit", "")]),
            inputs.rows_in("response_curves", &key),
            inputs.rows_in("contributions", &[key[0], ("part", "channel"), ("driver", self.name)]),
        ];
        if !self.row.text("depends_on").is_empty() {
            rows.push(inputs.rows_in("driver_effects", &key[..1]));
        }
        if self.inputs.published.rows("experiments").any(|row| row.holds_all(&key)) {
            rows.push(inputs.rows_in("experiments", &key));
        }
        rows.push(inputs.rows_in("model_quality", &key[..1]));
        rows
    }
}

/// What people read instead of a channel's name.
pub(super) fn label_of(model: &ResponseModel, name: &str) -> String {
    let described = model.channels.iter().find(|channel| channel.name == name);
    described.map_or_else(|| label::level(name, ENGLISH), |channel| channel.label.get(ENGLISH).to_owned())
}
