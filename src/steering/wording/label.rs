//! Names and levels from the job and the data, made fit for a sentence.
//!
//! Labels are the analyst's words in unknown gender and number, so texts never put an article or a
//! verb before or after one; all that is done here is spelling.

use crate::domain::Language;

/// A label at the start of a sentence: capitalized, unless its first word has capitals of its own (`eBay`).
#[must_use]
pub fn sentence_start(label: &str) -> String {
    let first_word = label.split_whitespace().next().unwrap_or_default();
    let mut letters = label.chars();
    match letters.next() {
        Some(first) if !first_word.chars().any(char::is_uppercase) => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => label.to_owned(),
    }
}

/// A level of a categorical driver as people read it: what the data say, on one line, unless it is one of our own words.
#[must_use]
pub fn level(level: &str, language: Language) -> String {
    let known = match (level, language) {
        ("true", Language::De) => "ja",
        ("true", Language::En) => "yes",
        ("false", Language::De) => "nein",
        ("false", Language::En) => "no",
        ("(missing)", Language::De) => "unbekannt",
        ("(missing)", Language::En) => "unknown",
        ("(other)", Language::De) => "übrige",
        ("(other)", Language::En) => "other values",
        _ => return level.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    known.to_owned()
}

/// A text as a sentence: capitalized, and with a full stop unless it ends a sentence already.
#[must_use]
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let stop = if text.is_empty() || text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{stop}", sentence_start(text))
}

/// Puts a text into the language's quotation marks.
#[must_use]
pub fn quote(text: &str, language: Language) -> String {
    match language {
        Language::De => format!("„{text}“"),
        Language::En => format!("“{text}”"),
    }
}

/// A quoted text that ends its sentence: the full stop is added only if the text has no mark of its own.
#[must_use]
pub fn quote_at_end(text: &str, language: Language) -> String {
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{stop}", quote(text, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_starts_with_a_capital_unless_the_word_is_a_name() {
        assert_eq!(sentence_start("daily demand"), "Daily demand");
        assert_eq!(sentence_start("übrige"), "Übrige");
        assert_eq!(sentence_start("eBay clicks"), "eBay clicks");
        assert_eq!(sentence_start(""), "");
    }

    #[test]
    fn sentences_end_once() {
        assert_eq!(sentence("worse than naive"), "Worse than naive.");
        assert_eq!(sentence("Really?"), "Really?");
        assert_eq!(quote_at_end("How many?", Language::De), "„How many?“");
        assert_eq!(quote_at_end("Stock", Language::En), "“Stock”.");
    }

    #[test]
    fn our_own_words_for_levels_are_translated() {
        assert_eq!(level("true", Language::De), "ja");
        assert_eq!(level("(other)", Language::En), "other values");
        assert_eq!(level("rain or\tsnow\n", Language::De), "rain or snow");
    }
}
