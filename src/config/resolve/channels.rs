//! Checks of a response model's channels.
//!
//! They come in two forms. In the wide form each channel names its columns of the model's table; in
//! the long form all of them stand in a table of their own, and the job speaks of single ones only
//! where it knows more than the data.

use super::checker::Checker;
use super::columns::Columns;
use super::scope::Scope;
use crate::config::job::{Channel, Media, RoasPrior};
use crate::config::section::{ChannelSpec, ChannelsSpec, PriorSpec};
use crate::config::yaml::{Entries, Located, Optional, Required};

/// Longest carry-over, in periods: two years of weeks.
const MAX_LAG: i64 = 104;

/// Where spend and exposure stand, and what the job says about channels.
pub(super) struct Channels {
    pub(super) media: Media,
    pub(super) channels: Vec<Channel>,
}

/// In which form the channels are written.
#[derive(Clone, Copy)]
enum Layout<'a> {
    Wide,
    /// All in the table of this name.
    Long(&'a Located<String>),
    /// A problem with it is reported, so that nothing else can be said.
    Unknown,
}

/// Checks the channels of the model called `model`, whose columns are `columns` so far.
pub(super) fn channels(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    model: &Located<String>,
    spec: &ChannelsSpec,
    columns: &mut Columns,
) -> Option<Channels> {
    let layout = layout(checker, spec);
    let media = match layout {
        Layout::Wide => wide(checker, model, spec),
        Layout::Long(from) => long(checker, scope, from, spec),
        Layout::Unknown => None,
    };
    let channels: Vec<_> = spec
        .each
        .iter()
        .map(|(name, channel)| Single { all: spec, layout, name, spec: channel }.check(checker, columns))
        .collect();
    no_circles(checker, &spec.each);
    Some(Channels { media: media?, channels: channels.into_iter().collect::<Option<_>>()? })
}

fn layout<'a>(checker: &mut Checker<'_>, spec: &'a ChannelsSpec) -> Layout<'a> {
    match &spec.from {
        Optional::Given(from) => return Layout::Long(from),
        Optional::Faulty => return Layout::Unknown,
        Optional::Absent => {}
    }
    let keys = [("key", &spec.key), ("at", &spec.at), ("spend", &spec.spend), ("exposure", &spec.exposure)];
    let Some((key, given)) = keys.iter().find(|(_, given)| !given.is_absent()) else { return Layout::Wide };
    if let Some(given) = given.get() {
        let message = format!("`{key}` is a column of a table of channels, but there is no `from`");
        let help = "name that table with `from`, or give each channel its columns under `each`";
        checker.error("misplaced_key", given.position, message, help);
    }
    Layout::Unknown
}

/// Without a table of their own, every channel is listed.
fn wide(checker: &mut Checker<'_>, model: &Located<String>, spec: &ChannelsSpec) -> Option<Media> {
    if spec.each.names().is_empty() && !spec.each.is_faulty() {
        let message = format!("the model `{}` has no channels", model.value);
        let help = "list them under `each` with their columns, or name the table they stand in with `from`";
        checker.error("empty_list", model.position, message, help);
        return None;
    }
    Some(Media::Wide)
}

/// The table of the channels and its columns.
fn long(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    from: &Located<String>,
    spec: &ChannelsSpec,
) -> Option<Media> {
    let table = scope.table(checker, from);
    let mut columns = Columns::default();
    let at = scope.dated(checker, &spec.at, Some(from));
    if let Some(at) = &at {
        columns.note(at, "the date of the row");
    }
    if spec.key.is_absent() {
        let message = format!("no column of `{}` says which channel a row is about", from.value);
        let help = "name it, for example `key: channel`";
        checker.error("missing_key", from.position, message, help);
    }
    let key = columns.take(checker, spec.key.get(), "the name of the channel");
    if spec.spend.is_absent() && spec.exposure.is_absent() {
        let message = format!("no column of `{}` says how much a channel did", from.value);
        let help = "write `spend: <column>`; `exposure` alone makes organic channels";
        checker.error("channel_without_input", from.position, message, help);
    }
    let spend = columns.take_optional(checker, &spec.spend, "the spend");
    let exposure = columns.take_optional(checker, &spec.exposure, "the exposure");
    Some(Media::Long { table: table?, key: key?, at: at?, spend: spend?, exposure: exposure? })
}

/// One channel among all.
#[derive(Clone, Copy)]
struct Single<'a> {
    all: &'a ChannelsSpec,
    layout: Layout<'a>,
    name: &'a Located<String>,
    spec: &'a ChannelSpec,
}

impl Single<'_> {
    fn check(self, checker: &mut Checker<'_>, columns: &mut Columns) -> Option<Channel> {
        let Self { name, spec, .. } = self;
        let label = checker.label(spec.label.as_ref(), &name.value);
        let side = checker.optional(spec.side.as_ref());
        let inputs = self.inputs(checker, columns);
        let carries = self.carries(checker);
        let max_lag = match &spec.max_lag {
            Some(lag) => {
                checker.whole(lag, "`max_lag`", 0, MAX_LAG).and_then(|lag| u16::try_from(lag).ok()).map(Some)
            }
            None => Some(None),
        };
        let prior = match &spec.prior {
            Some(prior) => self.prior(checker, prior).map(Some),
            None => Some(None),
        };
        if let Some(no_effect) = &spec.no_effect
            && no_effect.value.0 >= 1.0
        {
            let message = format!("`no_effect` of `{}` must be below 100%", name.value);
            let help = "a channel that surely does nothing needs no model: leave it out";
            checker.error("out_of_range", no_effect.position, message, help);
        }
        let (spend, exposure) = inputs?;
        Some(Channel {
            name: name.value.clone(),
            label: label?,
            spend,
            exposure,
            side: side?,
            carries: carries?,
            adstock: spec.adstock.as_ref().map(|adstock| adstock.value),
            max_lag: max_lag?,
            saturation: spec.saturation.as_ref().map(|saturation| saturation.value),
            prior: prior?,
            no_effect: spec.no_effect.as_ref().map(|share| share.value.0),
        })
    }

    /// Columns of spend and exposure: at least one in the wide form, none in the long one.
    fn inputs(
        self,
        checker: &mut Checker<'_>,
        columns: &mut Columns,
    ) -> Option<(Option<String>, Option<String>)> {
        let Self { name, spec, .. } = self;
        match self.layout {
            Layout::Unknown => None,
            Layout::Long(from) => {
                let keys = [("spend", &spec.spend), ("exposure", &spec.exposure)];
                let Some((key, given)) = keys.iter().find(|(_, given)| !given.is_absent()) else {
                    return Some((None, None));
                };
                let (channel, from) = (&name.value, &from.value);
                let message =
                    format!("`{channel}` cannot name its own `{key}`: channels are read from `{from}`");
                let help = format!("remove it; the column is the `{key}` of `channels`");
                checker.error("misplaced_key", given.get()?.position, message, help);
                None
            }
            Layout::Wide if spec.spend.is_absent() && spec.exposure.is_absent() => {
                let message = format!("the channel `{}` has neither `spend` nor `exposure`", name.value);
                let help = "write `spend: <column>`; `exposure` alone makes an organic channel";
                checker.error("channel_without_input", name.position, message, help);
                None
            }
            Layout::Wide => {
                let part = |what: &str| format!("the {what} of `{}`", name.value);
                let spend = columns.take_optional(checker, &spec.spend, &part("spend"));
                let exposure = columns.take_optional(checker, &spec.exposure, &part("exposure"));
                Some((spend?, exposure?))
            }
        }
    }

    /// Channels part of whose effect runs through this one.
    fn carries(self, checker: &mut Checker<'_>) -> Option<Vec<String>> {
        let distinct = checker.distinct("channel", &self.spec.carries);
        let mut sound = true;
        for carried in self.spec.carries.iter().filter_map(Required::get) {
            if carried.value == self.name.value {
                let message = format!("`{}` cannot carry itself", self.name.value);
                let help = "name channels that make people use this one; what lasts is `adstock`";
                checker.error("circular_carries", carried.position, message, help);
                sound = false;
            } else if matches!(self.layout, Layout::Wide) && !carried.value.trim().is_empty() {
                // In the long form only the data know all channels.
                let known = self.all.each.known();
                sound &= checker.reference("channel", carried, known.as_deref()).is_some();
            }
        }
        distinct.filter(|_| sound)
    }

    /// A belief about the ROAS, for which there must be a price.
    fn prior(self, checker: &mut Checker<'_>, prior: &Located<PriorSpec>) -> Option<RoasPrior> {
        let Self { all, name, spec, .. } = self;
        let organic = match self.layout {
            Layout::Wide => spec.spend.is_absent() && !spec.exposure.is_absent(),
            Layout::Long(_) => all.spend.is_absent() && !all.exposure.is_absent(),
            Layout::Unknown => false,
        };
        if organic {
            let message = format!("`{}` has no spend, so it has no return on it", name.value);
            let help = "add `spend`, or leave `prior` out";
            checker.error("prior_without_spend", prior.position, message, help);
        }
        let (mean, deviation) = (prior.value.roas.get(), prior.value.sd.get());
        if let Some(mean) = mean
            && mean.value < 0.0
        {
            let message = format!("`roas` must not be below 0, got {}", mean.value);
            checker.error("out_of_range", mean.position, message, "money spent does not take outcome away");
        }
        if let Some(deviation) = deviation
            && deviation.value <= 0.0
        {
            let message = format!("`sd` must be above 0, got {}", deviation.value);
            let help = "say how far the return may be from `roas`: half of it is a weak belief";
            checker.error("out_of_range", deviation.position, message, help);
        }
        Some(RoasPrior { mean: mean?.value, standard_deviation: deviation?.value })
    }
}

/// Checks that no channel carries, over others, itself. Each circle is told once.
fn no_circles(checker: &mut Checker<'_>, each: &Entries<ChannelSpec>) {
    let mut told: Vec<&str> = Vec::new();
    for (start, channel) in each.iter() {
        for carried in channel.carries.iter().filter_map(Required::get) {
            let mut path = vec![start.value.as_str()];
            let closes = carried.value != start.value
                && !told.contains(&start.value.as_str())
                && leads_back(each, &carried.value, &start.value, &mut path, &mut Vec::new());
            if closes {
                let circle = path.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
                let message = format!("channels carry each other in a circle: {circle} → `{}`", start.value);
                let help = "an effect runs one way: from the channel that people see first to the one that they use then";
                checker.error("circular_carries", carried.position, message, help);
                told.extend(path);
            }
        }
    }
}

/// Looks for a way from `from` back to `start` and leaves it in `path`.
fn leads_back<'a>(
    each: &'a Entries<ChannelSpec>,
    from: &'a str,
    start: &str,
    path: &mut Vec<&'a str>,
    seen: &mut Vec<&'a str>,
) -> bool {
    if from == start {
        return true;
    }
    if seen.contains(&from) {
        return false;
    }
    seen.push(from);
    path.push(from);
    let channel = each.iter().find(|(name, _)| name.value == from);
    let carried = channel.into_iter().flat_map(|(_, channel)| &channel.carries).filter_map(Required::get);
    for next in carried {
        if leads_back(each, &next.value, start, path, seen) {
            return true;
        }
    }
    path.pop();
    false
}
