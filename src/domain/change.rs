//! A change of an amount as people write it: `+20%`, `-100%`, `+2`.
//!
//! The sign is required: `20%` could mean a fifth more or what is left.

use std::fmt;
use std::str::FromStr;

/// How an amount changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// By a share of its own level, −1 or more: −1 takes all of it away.
    Share(f64),
    /// By an amount in its own unit.
    Shift(f64),
}

/// Why a text is no change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No `+` or `-` in front.
    #[error("`{0}` has no sign")]
    NoSign(String),
    /// No number behind the sign.
    #[error("`{0}` is no number with an optional `%`")]
    NoNumber(String),
    /// More than everything is taken away.
    #[error("`{0}` takes more away than there is")]
    BelowNothing(String),
}

impl ChangeError {
    /// Which forms there are.
    #[must_use]
    pub fn help(&self) -> &'static str {
        "write a share of its own level such as `+20%`, `-10%` or `-100%`, or for a driver an amount such as \
         `+2` or `-0.5`; with a sign, and a point for decimals"
    }
}

impl Change {
    /// The amount after the change.
    #[must_use]
    pub fn apply(self, amount: f64) -> f64 {
        match self {
            Self::Share(share) => amount * (1.0 + share),
            Self::Shift(shift) => amount + shift,
        }
    }
}

impl FromStr for Change {
    type Err = ChangeError;

    fn from_str(text: &str) -> Result<Self, ChangeError> {
        let typed = || text.to_owned();
        // A minus sign that a word processor made is still one.
        let text = text.trim().replace('\u{2212}', "-");
        if !text.starts_with(['+', '-']) {
            return Err(ChangeError::NoSign(typed()));
        }
        let (number, is_share) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (text.as_str(), false),
        };
        // Digits and a point: `inf`, `nan` and exponents are typing mistakes here.
        let is_plain = number[1..].chars().all(|letter| letter.is_ascii_digit() || letter == '.');
        let number = number.parse::<f64>().ok().filter(|number| is_plain && number.is_finite());
        let number = number.ok_or_else(|| ChangeError::NoNumber(typed()))?;
        match (is_share, number) {
            (true, percent) if percent < -100.0 => Err(ChangeError::BelowNothing(typed())),
            (true, percent) => Ok(Self::Share(percent / 100.0)),
            (false, shift) => Ok(Self::Shift(shift)),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Dividing by a hundred and back may leave dust in the last place.
            Self::Share(share) => write!(f, "{:+}%", (share * 1e12).round() / 1e10),
            Self::Shift(shift) => write!(f, "{shift:+}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_amounts_are_told_apart() {
        for (text, expected, written) in [
            ("+20%", Change::Share(0.2), "+20%"),
            ("-100%", Change::Share(-1.0), "-100%"),
            ("+7 %", Change::Share(0.07), "+7%"),
            ("\u{2212}0.5", Change::Shift(-0.5), "-0.5"),
            (" +2 ", Change::Shift(2.0), "+2"),
            ("+0%", Change::Share(0.0), "+0%"),
        ] {
            let change: Change = text.parse().unwrap();
            assert_eq!(change, expected);
            assert_eq!(change.to_string(), written);
        }
        assert!((Change::Share(0.2).apply(50.0) - 60.0).abs() < 1e-12);
        assert!((Change::Shift(-2.0).apply(50.0) - 48.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_change_says_why() {
        let why = |text: &str| text.parse::<Change>().unwrap_err();
        assert_eq!(why("20%"), ChangeError::NoSign("20%".to_owned()));
        assert_eq!(why(""), ChangeError::NoSign(String::new()));
        for text in ["+", "+%", "+many", "+inf", "-nan%", "+0,5", "+1e3", "--2", "+2%%"] {
            assert_eq!(why(text), ChangeError::NoNumber(text.to_owned()));
        }
        assert_eq!(why("-101%"), ChangeError::BelowNothing("-101%".to_owned()));
    }
}
