//! Figures together with their units: `€1,234`, `1.234 €`, `+3.2 percentage points`, `720 rentals`.
//!
//! Separate from bare numbers because a unit decides more than its own spelling: money carries its
//! symbol before or after and two decimals or none, and a difference of two percentages is stated
//! in percentage points, never in percent, which would read as a relative change.

use crate::config::job::{Kpi, Success};
use crate::domain::{Estimate, Interval, Language};

use super::number::{self, NO_BREAK_SPACE, NO_FIGURE, Sign};

/// What a figure is counted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// Differences of shares of 0 to 1, stated in percentage points.
    ShareDifference,
    /// Differences of values that are percentages already, stated in percentage points.
    PercentDifference,
    /// Shares of 0 to 1, stated in percent.
    Share,
    /// Money in a currency, by its ISO 4217 code.
    Money(String),
    /// Anything else, by the word that follows the number.
    Named(String),
    /// No unit.
    Bare,
}

impl Unit {
    /// The unit of an outcome's effect.
    #[must_use]
    pub fn of_effect(success: &Success, kpi: Option<&Kpi>, currency: &str, language: Language) -> Self {
        let unit = match success {
            Success::YesNo { .. } => None,
            Success::Amount { unit, .. } => Some(unit.as_str()),
        };
        Self::of_outcome(unit, kpi, currency, language)
    }

    /// The same for an outcome that is counted in `unit`; `None` for the probability of success.
    #[must_use]
    pub fn of_outcome(unit: Option<&str>, kpi: Option<&Kpi>, currency: &str, language: Language) -> Self {
        unit.map_or(Self::ShareDifference, |unit| Self::of_amount(unit, kpi, currency, language).difference())
    }

    /// The unit of an outcome that is an amount.
    ///
    /// Job files state units in one word for all languages. Where that word is the KPI's own key
    /// (`rentals` counted in `rentals`), German texts use the KPI's German label for it.
    #[must_use]
    pub fn of_amount(unit: &str, kpi: Option<&Kpi>, currency: &str, language: Language) -> Self {
        Self::parse(&local(unit, kpi, language), currency)
    }

    /// The unit of a KPI's value.
    #[must_use]
    pub fn of_kpi(kpi: &Kpi, currency: &str, language: Language) -> Self {
        Self::parse(&local(&kpi.unit, Some(kpi), language), currency)
    }

    /// The unit of a driver's change.
    #[must_use]
    pub fn of_change(unit: Option<&str>, currency: &str) -> Self {
        unit.map_or(Self::Bare, |unit| Self::parse(unit, currency).difference())
    }

    /// The unit that two such values' difference has.
    #[must_use]
    pub fn difference(self) -> Self {
        match self {
            Self::Share => Self::ShareDifference,
            Self::Named(unit) if unit == "%" => Self::PercentDifference,
            other => other,
        }
    }

    fn parse(unit: &str, currency: &str) -> Self {
        match unit.trim() {
            "" => Self::Bare,
            "share" => Self::Share,
            unit if unit == currency => Self::Money(unit.to_owned()),
            unit => Self::Named(unit.to_owned()),
        }
    }

    /// What a value is multiplied with before it is shown.
    fn factor(&self) -> f64 {
        match self {
            Self::ShareDifference | Self::Share => 100.0,
            Self::PercentDifference | Self::Money(_) | Self::Named(_) | Self::Bare => 1.0,
        }
    }

    /// Writes `value` with its unit; `decimals` are those of the figure as shown.
    #[must_use]
    pub fn write(&self, value: f64, decimals: i32, sign: Sign, language: Language) -> String {
        if !value.is_finite() {
            return NO_FIGURE.to_owned();
        }
        let (mark, digits) = number::split(value * self.factor(), self.decimals(decimals), sign, language);
        match self {
            Self::ShareDifference | Self::PercentDifference => {
                let word = match (language, digits.as_str()) {
                    (Language::De, "1") => "Prozentpunkt",
                    (Language::De, _) => "Prozentpunkte",
                    (Language::En, "1") => "percentage point",
                    (Language::En, _) => "percentage points",
                };
                format!("{mark}{digits}{NO_BREAK_SPACE}{word}")
            }
            Self::Share => match language {
                Language::De => format!("{mark}{digits}{NO_BREAK_SPACE}%"),
                Language::En => format!("{mark}{digits}%"),
            },
            Self::Money(code) => money(mark, &digits, code, language),
            Self::Named(unit) if unit == "%" && language == Language::En => format!("{mark}{digits}%"),
            Self::Named(unit) => format!("{mark}{digits}{NO_BREAK_SPACE}{unit}"),
            Self::Bare => format!("{mark}{digits}"),
        }
    }

    /// Writes a value without its unit, on the scale and with the places that [`Unit::write`] uses.
    #[must_use]
    pub fn write_bare(&self, value: f64, decimals: i32, sign: Sign, language: Language) -> String {
        number::decimal(value * self.factor(), self.decimals(decimals), sign, language)
    }

    /// Writes a value with `digits` significant digits and without trailing zeros, such as `5 °C` or `1.57`.
    #[must_use]
    pub fn write_short(&self, value: f64, digits: u32, sign: Sign, language: Language) -> String {
        let shown = value * self.factor();
        let most = number::significant(shown, digits);
        let exact = |decimals: i32| {
            let scale = 10f64.powi(decimals);
            (shown * scale).round() / scale
        };
        let decimals =
            (0..most).find(|fewer| (exact(*fewer) - exact(most)).abs() < 1e-12).unwrap_or(most.max(0));
        self.write(value, decimals, sign, language)
    }

    /// Decimal places of a figure that stands alone: whole from 100 up, three significant digits below.
    #[must_use]
    pub fn natural_decimals(&self, value: f64) -> i32 {
        let shown = value * self.factor();
        match self {
            Self::Share | Self::ShareDifference | Self::PercentDifference => 1,
            _ if shown.is_finite() && shown.fract() == 0.0 => 0,
            _ => number::significant(shown, 3).max(0),
        }
    }

    /// Money has no decimals or two.
    fn decimals(&self, decimals: i32) -> i32 {
        if matches!(self, Self::Money(_)) && decimals == 1 { 2 } else { decimals }
    }

    /// Decimal places that the interval of an estimate supports.
    #[must_use]
    pub fn places(&self, estimate: &Estimate) -> i32 {
        let factor = self.factor();
        let shown = match estimate.interval {
            Interval::Bounds { lower, upper, level } => {
                Estimate::with_bounds(estimate.value * factor, lower * factor, upper * factor, level)
            }
            Interval::None { .. } => Estimate { value: estimate.value * factor, ..estimate.clone() },
        };
        number::places(&shown)
    }

    /// Writes an estimate; `None` unless value and interval are there and finite.
    #[must_use]
    pub fn estimate(&self, estimate: &Estimate, language: Language) -> Option<EstimateText> {
        let Interval::Bounds { lower, upper, level } = estimate.interval else { return None };
        let is_finite = [estimate.value, lower, upper, level].iter().all(|figure| figure.is_finite());
        is_finite.then(|| self.interval(estimate.value, lower, upper, level, language))
    }

    /// Writes a value with its interval; figures that are not finite read `–`.
    #[must_use]
    pub fn interval(
        &self,
        value: f64,
        lower: f64,
        upper: f64,
        level: f64,
        language: Language,
    ) -> EstimateText {
        let decimals = self.places(&Estimate::with_bounds(value, lower, upper, level));
        let (near, far) = if lower.abs() <= upper.abs() { (lower, upper) } else { (upper, lower) };
        EstimateText {
            amount: self.write(value, decimals, Sign::Never, language),
            signed: self.write(value, decimals, Sign::Always, language),
            near: self.write_bare(near, decimals, Sign::Never, language),
            far: self.write_bare(far, decimals, Sign::Never, language),
            lower: self.write_bare(lower, decimals, Sign::Always, language),
            upper: self.write_bare(upper, decimals, Sign::Always, language),
            level: number::percent(level, 0, Sign::Never, language),
            higher: value > 0.0,
        }
    }
}

/// An estimate in words, all figures with the same number of places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstimateText {
    /// Size with unit, without sign.
    pub amount: String,
    /// Size with unit and sign.
    pub signed: String,
    /// The interval's end nearer to zero, without sign and unit. Only to be used beside a word for the
    /// direction, and only if the interval excludes zero.
    pub near: String,
    /// The end farther from zero, likewise.
    pub far: String,
    /// Lower end with sign, without unit.
    pub lower: String,
    /// Upper end with sign, without unit.
    pub upper: String,
    /// The interval's level, such as `90%`.
    pub level: String,
    /// True above zero.
    pub higher: bool,
}

fn local(unit: &str, kpi: Option<&Kpi>, language: Language) -> String {
    match (language, kpi) {
        (Language::De, Some(kpi)) if kpi.name == unit => kpi.label.get(language).to_owned(),
        _ => unit.to_owned(),
    }
}

fn money(mark: &str, digits: &str, code: &str, language: Language) -> String {
    let symbol = match code {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        other => other,
    };
    match language {
        Language::De => format!("{mark}{digits}{NO_BREAK_SPACE}{symbol}"),
        Language::En if symbol == code => format!("{mark}{code}{NO_BREAK_SPACE}{digits}"),
        Language::En => format!("{mark}{symbol}{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_its_symbol_where_the_language_puts_it() {
        let euro = Unit::Money("EUR".to_owned());
        assert_eq!(euro.write(-1234.0, 0, Sign::Negative, Language::En), "−€1,234");
        assert_eq!(euro.write(-1234.0, 0, Sign::Negative, Language::De), "−1.234\u{a0}€");
        let franc = Unit::Money("CHF".to_owned());
        assert_eq!(franc.write(12.0, 0, Sign::Always, Language::En), "+CHF\u{a0}12");
        assert_eq!(franc.write(12.5, 1, Sign::Always, Language::De), "+12,50\u{a0}CHF");
    }

    #[test]
    fn differences_of_percentages_are_percentage_points() {
        let points = Unit::ShareDifference;
        assert_eq!(points.write(0.032, 1, Sign::Always, Language::En), "+3.2\u{a0}percentage points");
        assert_eq!(points.write(-0.032, 1, Sign::Always, Language::De), "−3,2\u{a0}Prozentpunkte");
        assert_eq!(points.write(0.01, 0, Sign::Never, Language::En), "1\u{a0}percentage point");
        let change = Unit::of_change(Some("%"), "EUR");
        assert_eq!(change.write_short(10.0, 3, Sign::Never, Language::En), "10\u{a0}percentage points");
    }

    #[test]
    fn only_the_jobs_currency_is_money() {
        assert_eq!(Unit::of_change(Some("EUR"), "EUR"), Unit::Money("EUR".to_owned()));
        assert_eq!(Unit::of_change(Some("GRP"), "EUR"), Unit::Named("GRP".to_owned()));
        assert_eq!(Unit::of_change(None, "EUR"), Unit::Bare);
    }

    #[test]
    fn short_figures_have_no_trailing_zeros() {
        let bare = |value: f64| Unit::Bare.write_short(value, 3, Sign::Negative, Language::En);
        assert_eq!([5.0, 1.567, 0.5, -2.0, 1500.0].map(bare), ["5", "1.57", "0.5", "−2", "1,500"]);
        assert_eq!(bare(12_345.0), "12,345");
    }

    #[test]
    fn an_estimate_is_written_with_one_number_of_places() {
        let unit = Unit::Named("rentals".to_owned());
        let estimate = Estimate::with_bounds(-448.2, -520.3, -381.9, 0.9);
        let text = unit.estimate(&estimate, Language::En).expect("finite");
        assert_eq!((text.amount.as_str(), text.signed.as_str()), ("450\u{a0}rentals", "−450\u{a0}rentals"));
        assert_eq!((text.near.as_str(), text.far.as_str()), ("380", "520"));
        assert_eq!((text.lower.as_str(), text.upper.as_str()), ("−520", "−380"));
        assert!(!text.higher);
    }

    #[test]
    fn what_is_not_finite_or_has_no_interval_is_no_text() {
        let unit = Unit::Bare;
        assert_eq!(unit.estimate(&Estimate::with_bounds(f64::NAN, 0.0, 1.0, 0.9), Language::En), None);
        assert_eq!(unit.estimate(&Estimate::with_bounds(1.0, 0.0, f64::INFINITY, 0.9), Language::En), None);
        assert_eq!(unit.estimate(&Estimate::without_interval(1.0, "too few rows"), Language::En), None);
        assert_eq!(unit.write(f64::NAN, 1, Sign::Always, Language::De), NO_FIGURE);
    }
}
