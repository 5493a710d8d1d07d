//! Figures as people write them: `1,234.5` in English, `1.234,5` in German, `−` for minus.
//!
//! Everything that reaches a reader's eye goes through here, so that a figure looks the same in a
//! recommendation and in the summary. Two mistakes are kept out: digits that the interval does not
//! support, and an interval end that rounds to zero although the interval excludes it.

use crate::domain::{Estimate, Interval, Language};

/// Ties a number to its unit: a line is never broken here.
pub const NO_BREAK_SPACE: char = '\u{a0}';

/// What stands where there is no figure.
pub const NO_FIGURE: &str = "–";

/// Figures of at least this size, and with more decimals than [`MOST_DECIMALS`], are written as powers of ten.
const LARGEST_PLAIN: f64 = 1e15;

/// More decimals than this are not written out.
const MOST_DECIMALS: i32 = 9;

/// When a figure carries a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `−` below zero, nothing above.
    Negative,
    /// `−` below zero, `+` above; nothing at zero.
    Always,
    /// None: the words around the figure say the direction.
    Never,
}

/// Writes `value` with `decimals` places; negative places round to tens, hundreds and so on.
///
/// What rounds to zero has no sign. A value that is not finite reads `–`.
#[must_use]
pub fn decimal(value: f64, decimals: i32, sign: Sign, language: Language) -> String {
    let (mark, digits) = split(value, decimals, sign, language);
    format!("{mark}{digits}")
}

/// Writes a share of 0 to 1 as a percentage with `decimals` places.
#[must_use]
pub fn percent(share: f64, decimals: i32, sign: Sign, language: Language) -> String {
    if !share.is_finite() {
        return NO_FIGURE.to_owned();
    }
    let figure = decimal(share * 100.0, decimals, sign, language);
    match language {
        Language::De => format!("{figure}{NO_BREAK_SPACE}%"),
        Language::En => format!("{figure}%"),
    }
}

/// Writes a whole number.
#[must_use]
pub fn count(value: u64, language: Language) -> String {
    group(&value.to_string(), language)
}

/// Splits a figure into its sign and its digits, for units that stand between the two.
#[must_use]
pub(super) fn split(value: f64, decimals: i32, sign: Sign, language: Language) -> (&'static str, String) {
    if !value.is_finite() {
        return ("", NO_FIGURE.to_owned());
    }
    let digits = magnitude(value.abs(), decimals, language);
    let is_zero = !digits.contains(|digit: char| ('1'..='9').contains(&digit));
    let mark = match sign {
        Sign::Negative | Sign::Always if value < 0.0 && !is_zero => "−",
        Sign::Always if !is_zero => "+",
        Sign::Always | Sign::Negative | Sign::Never => "",
    };
    (mark, digits)
}

/// Decimal places that show `digits` significant digits of `value` after rounding; 0 for zero.
#[must_use]
pub fn significant(value: f64, digits: u32) -> i32 {
    let digits = digits.clamp(1, 15);
    if !value.is_finite() || value == 0.0 {
        return 0;
    }
    // The exponent is taken after rounding, so that .9995 counts as 1.00 and not as .999.
    let places = usize::try_from(digits - 1).unwrap_or(0);
    let rounded = format!("{value:.places$e}");
    let exponent =
        rounded.rsplit_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok()).unwrap_or(0);
    i32::try_from(digits).unwrap_or(1) - 1 - exponent
}

/// Decimal places that an estimate's interval supports, the same for the value and both ends.
///
/// Half the interval's width is shown with one significant digit, or with two if it starts with 1,
/// 2 or 3 (the rounding rule of the Particle Data Group). More places are added, at most three,
/// until no end, nor the value, rounds to zero without being zero. Three significant digits without an interval.
#[must_use]
pub fn places(estimate: &Estimate) -> i32 {
    let Interval::Bounds { lower, upper, .. } = estimate.interval else {
        return significant(estimate.value, 3);
    };
    let half = (upper - lower) / 2.0;
    if !half.is_finite() || half <= 0.0 {
        return significant(estimate.value, 3);
    }
    let leading = half / 10f64.powi(-significant(half, 1));
    let base = significant(half, if leading < 3.55 { 2 } else { 1 });
    let vanishes = |decimals: i32| {
        [estimate.value, lower, upper].iter().any(|v| *v != 0.0 && v.abs() < 0.5 * step(decimals))
    };
    (base..base + 3).find(|decimals| !vanishes(*decimals)).unwrap_or(base + 3)
}

fn step(decimals: i32) -> f64 {
    10f64.powi(-decimals)
}

fn magnitude(value: f64, decimals: i32, language: Language) -> String {
    if value >= LARGEST_PLAIN || (decimals > MOST_DECIMALS && value > 0.0) {
        let written = format!("{value:.2e}");
        let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
        let exponent = exponent.replace('-', "−");
        return format!(
            "{}{NO_BREAK_SPACE}×{NO_BREAK_SPACE}10^{exponent}",
            digits.replace('.', decimal_mark(language))
        );
    }
    let places = usize::try_from(decimals.max(0)).unwrap_or(0);
    let rounded = if decimals < 0 { (value / step(decimals)).round() * step(decimals) } else { value };
    let written = format!("{rounded:.places$}");
    match written.split_once('.') {
        Some((whole, fraction)) => format!("{}{}{fraction}", group(whole, language), decimal_mark(language)),
        None => group(&written, language),
    }
}

fn group(whole: &str, language: Language) -> String {
    let mark = match language {
        Language::De => '.',
        Language::En => ',',
    };
    let mut grouped = String::with_capacity(whole.len() * 4 / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(mark);
        }
        grouped.push(digit);
    }
    grouped
}

fn decimal_mark(language: Language) -> &'static str {
    match language {
        Language::De => ",",
        Language::En => ".",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_and_marked_as_the_language_does() {
        assert_eq!(decimal(1234.5, 1, Sign::Negative, Language::En), "1,234.5");
        assert_eq!(decimal(1234.5, 1, Sign::Negative, Language::De), "1.234,5");
        assert_eq!(decimal(-1_234_567.0, 0, Sign::Negative, Language::De), "−1.234.567");
        assert_eq!(decimal(999.0, 0, Sign::Always, Language::En), "+999");
        assert_eq!(decimal(-999.0, 0, Sign::Never, Language::En), "999");
        assert_eq!(count(17_379, Language::De), "17.379");
    }

    #[test]
    fn zero_has_no_sign_however_it_comes_about() {
        for value in [0.0, -0.0, -0.004, 0.004] {
            assert_eq!(decimal(value, 2, Sign::Always, Language::En), "0.00");
        }
    }

    #[test]
    fn values_that_are_not_finite_are_no_figures() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(decimal(value, 1, Sign::Always, Language::De), NO_FIGURE);
            assert_eq!(percent(value, 1, Sign::Always, Language::De), NO_FIGURE);
        }
    }

    #[test]
    fn tens_and_hundreds_are_rounded_to() {
        assert_eq!(decimal(718.3, -1, Sign::Negative, Language::En), "720");
        assert_eq!(decimal(-1_450.1, -2, Sign::Negative, Language::En), "−1,500");
        assert_eq!(decimal(4.0, -1, Sign::Always, Language::En), "0");
    }

    #[test]
    fn huge_and_tiny_values_are_powers_of_ten() {
        assert_eq!(decimal(1.234e18, 0, Sign::Negative, Language::De), "1,23\u{a0}×\u{a0}10^18");
        assert_eq!(decimal(-4.5e-12, 14, Sign::Negative, Language::En), "−4.50\u{a0}×\u{a0}10^−12");
        assert_eq!(decimal(f64::MAX, 2, Sign::Negative, Language::En), "1.80\u{a0}×\u{a0}10^308");
    }

    #[test]
    fn significant_digits_are_counted_after_rounding() {
        for (value, expected) in
            [(0.9995, "1.00"), (0.9994, "0.999"), (99.96, "100"), (1.0, "1.00"), (0.012_345, "0.0123")]
        {
            assert_eq!(decimal(value, significant(value, 3), Sign::Negative, Language::En), expected);
        }
        assert_eq!(significant(0.0, 3), 0);
        assert_eq!(significant(f64::NAN, 3), 0);
    }

    #[test]
    fn an_interval_decides_how_many_digits_its_value_has() {
        let shown = |value: f64, lower: f64, upper: f64| {
            let decimals = places(&Estimate::with_bounds(value, lower, upper, 0.9));
            [value, lower, upper].map(|v| decimal(v, decimals, Sign::Negative, Language::En)).join(" ")
        };
        assert_eq!(shown(718.3, 651.2, 785.4), "720 650 790");
        assert_eq!(shown(118.3, 91.2, 145.4), "118 91 145");
        assert_eq!(shown(0.0317, 0.0201, 0.0433), "0.032 0.020 0.043");
        assert_eq!(shown(12_345.0, 4_000.0, 20_600.0), "12,000 4,000 21,000");
    }

    #[test]
    fn an_end_that_is_not_zero_does_not_read_zero() {
        let estimate = Estimate::with_bounds(5.0, 0.3, 9.7, 0.9);
        assert_eq!(decimal(0.3, places(&estimate), Sign::Negative, Language::En), "0.3");
        let touching = Estimate::with_bounds(5.0, 0.0, 10.0, 0.9);
        assert_eq!(places(&touching), 0);
    }

    #[test]
    fn without_an_interval_three_digits_are_shown() {
        assert_eq!(places(&Estimate::without_interval(1234.5, "none")), -1);
        assert_eq!(places(&Estimate::with_bounds(1.2345, 1.2345, 1.2345, 0.9)), 2);
    }

    #[test]
    fn percentages_follow_the_language() {
        assert_eq!(percent(0.125, 1, Sign::Always, Language::En), "+12.5%");
        assert_eq!(percent(-0.125, 1, Sign::Always, Language::De), "−12,5\u{a0}%");
        assert_eq!(percent(0.9995, 0, Sign::Negative, Language::En), "100%");
    }
}
