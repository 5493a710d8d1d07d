//! A page of text from a template: plain lines without colors, laid out to a width.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::layout::lay_out;

/// Lines are never longer, however wide the terminal is.
const WIDEST: usize = 100;

/// Below this, columns would break into single words.
const NARROWEST: usize = 60;

/// The page could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the page: {0}")]
pub struct PageError(#[from] minijinja::Error);

/// Fills the template `source` with `values` and lays it out in lines of at most `width` characters (60 to 100).
pub(super) fn page(source: &str, values: impl Serialize, width: usize) -> Result<String, PageError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("page", source)?;
    let text = environment.get_template("page")?.render(Serde(values))?;
    Ok(lay_out(&text, width.clamp(NARROWEST, WIDEST)))
}
