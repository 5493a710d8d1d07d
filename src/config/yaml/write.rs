//! How a text is written so that it reads back as the same text.

/// Words that YAML takes for something else than a text.
const WORDS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// `text` as a YAML scalar, quoted where it has to be.
#[must_use]
pub(crate) fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_alphanumeric() || "_-/.".contains(letter))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_only_where_they_must_be() {
        let written = ["region", "no", "a: b", "2nd", "Größe", "say \"x\""].map(scalar);
        assert_eq!(written, ["region", "\"no\"", "\"a: b\"", "\"2nd\"", "Größe", "\"say \\\"x\\\"\""]);
    }
}
