//! "Did you mean": the known word nearest to a misspelt one.

/// The candidate that a typing mistake could have turned into `word`, if there is one.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    // A third of the letters may differ; in very short words one letter.
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Words in back-ticks, separated by commas.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_are_recognized() {
        let known = ["path", "party", "format", "freshness"];
        for (word, expected) in
            [("pth", "path"), ("Path", "path"), ("fromat", "format"), ("freshnes", "freshness")]
        {
            assert_eq!(closest(word, known), Some(expected));
        }
    }

    #[test]
    fn other_words_get_no_suggestion() {
        assert_eq!(closest("currency", ["path", "party"]), None);
        assert_eq!(closest("x", ["y"]), None);
        assert_eq!(closest("", ["path"]), None);
    }
}
