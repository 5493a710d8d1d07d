//! `trichter explain`.

use super::load;
use crate::cli::args::{ExplainArgs, GlobalArgs, OutputForm};
use crate::cli::output;
use crate::config;
use crate::engine::Engine;
use crate::run::Failure;

/// Explains a published figure, or lists what can be explained.
pub(in crate::cli) fn explain(global: &GlobalArgs, args: &ExplainArgs) -> Result<u8, Failure> {
    let platform = load::platform(global)?;
    let job = load::job(global, &args.job)?;
    config::check_target(&job, &platform)?;
    let runtime = load::runtime(platform.engine.threads)?;
    let engine = Engine::new(&platform)?;
    let program = load::program();
    let (name, part) = (args.name.as_deref(), args.part.as_deref());
    let explained = runtime.block_on(crate::run::explain(&engine, &job, name, part, &program))?;
    match global.output {
        OutputForm::Text => output::text(&explained.text())?,
        OutputForm::Json => output::json(&explained.json()?)?,
    }
    Ok(0)
}
