//! Texts that people read: one for all languages, or one per language.
//!
//! Written by hand, because serde's untagged enums lose positions and say only "did not match any
//! variant".

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::config::yaml::Required;
use crate::domain::{Language, LocalText};

/// A text that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    /// `label: ROAS`: reads the same in every language.
    Same(String),
    /// `label: { en: Revenue, de: Umsatz }`
    PerLanguage(LocalText),
    /// A problem with one of the languages is reported already.
    Faulty,
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                if text.trim().is_empty() {
                    return Err(E::custom("the text is empty"));
                }
                Ok(Text::Same(text.to_owned()))
            }

            fn visit_unit<E: Error>(self) -> Result<Text, E> {
                Err(E::custom(format_args!("expected {EXPECTED}, found nothing")))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Text, A::Error> {
                Err(A::Error::custom(format_args!("expected {EXPECTED}, found a list")))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
                let mut texts = LocalText::default();
                let mut complete = true;
                while let Some((language, text)) = map.next_entry::<Language, Required<String>>()? {
                    match text.get() {
                        Some(text) if text.value.trim().is_empty() => {
                            let code = language.code();
                            return Err(A::Error::custom(format_args!("the text in `{code}` is empty")));
                        }
                        Some(text) => {
                            texts.0.insert(language, text.value.clone());
                        }
                        None => complete = false,
                    }
                }
                Ok(if complete { Text::PerLanguage(texts) } else { Text::Faulty })
            }
        }

        deserializer.deserialize_any(TextVisitor)
    }
}

const EXPECTED: &str = "a text, or one per language such as `{ en: Revenue, de: Umsatz }`";

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({ "type": "string", "minLength": 1 });
        json_schema!({
            "title": "text, or one per language",
            "description": "A text that people read: one for all languages, or one per language of the job, such as `{ en: Revenue, de: Umsatz }`.",
            "anyOf": [
                text,
                {
                    "type": "object",
                    "properties": { "de": text, "en": text },
                    "additionalProperties": false,
                },
            ],
        })
    }
}
