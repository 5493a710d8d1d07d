//! Keeps secrets out of everything that is shown or written.
//!
//! Messages of libraries may quote what they were given: an address with a signature, a header. No message is trusted;
//! instead every secret that this process has read is known here, and what leaves the process for people, logs and
//! artefacts passes through [`redact`]. The list is global because logs are.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

/// What stands in place of a secret.
const HIDDEN: &str = "[secret]";
/// Shorter values are not looked for: they would be found in every other word.
const SHORTEST: usize = 4;
/// Parts of a secret that has several are looked for from this length on: a signed address holds days, too.
const SHORTEST_PART: usize = 16;

static SECRETS: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());

/// Remembers a secret, as it is and as it appears in an address, with the parts that it has.
pub(super) fn remember(secret: &str) {
    let mut forms = BTreeSet::new();
    let mut add = |text: &str, shortest: usize| {
        if text.chars().count() >= shortest && !text.starts_with("https://") {
            let in_address: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            forms.extend([in_address.replace('+', "%20"), in_address, text.to_owned()]);
        }
    };
    let whole = secret.trim();
    add(whole, SHORTEST);
    // A key file has lines, a signed address has `sig=…` and the like.
    for part in whole.lines().flat_map(|line| line.split(['&', '?', '"'])) {
        let value = part.split_once('=').map_or(part, |(_, value)| value);
        add(part.trim(), SHORTEST_PART);
        add(value.trim(), SHORTEST_PART);
        for (_, decoded) in url::form_urlencoded::parse(part.as_bytes()) {
            add(&decoded, SHORTEST_PART);
        }
    }
    SECRETS.write().unwrap_or_else(PoisonError::into_inner).extend(forms);
}

/// The text with `[secret]` in place of every secret that this process has read.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let mut text = Cow::Borrowed(text);
    // The longest first: a secret may hold another one.
    let mut found: Vec<&String> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in found {
        text = Cow::Owned(text.replace(secret.as_str(), HIDDEN));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_stand_and_however_they_are_written() {
        remember("se/cret+value==\n");
        remember("?sv=2021-12-02&sig=hunter2%3Dhunter22");
        remember("abc");
        for (text, expected) in [
            ("key se/cret+value== is wrong", "key [secret] is wrong"),
            ("GET /?key=se%2Fcret%2Bvalue%3D%3D", "GET /?key=[secret]"),
            ("GET /?sig=hunter2%3Dhunter22&a=b", "GET /?[secret]&a=b"),
            ("signature hunter2=hunter22", "signature [secret]"),
            ("abc is too short to be looked for", "abc is too short to be looked for"),
            ("nothing here", "nothing here"),
        ] {
            assert_eq!(redact(text), expected);
        }
        assert!(matches!(redact("nothing here"), Cow::Borrowed(_)));
    }
}
