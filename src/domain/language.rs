//! Languages that people read results in, and texts given in several of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language in which recommendations and summaries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
}

impl Language {
    /// The two-letter code, as used in YAML and in tables.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }
}

/// A text in one or more languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalText(pub BTreeMap<Language, String>);

impl LocalText {
    /// A text that reads the same in every language, such as a name.
    #[must_use]
    pub fn same(text: &str) -> Self {
        Self([Language::De, Language::En].into_iter().map(|language| (language, text.to_owned())).collect())
    }

    /// The text in `language`, else in English, else in any language, else empty.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        self.0
            .get(&language)
            .or_else(|| self.0.get(&Language::En))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }
}
