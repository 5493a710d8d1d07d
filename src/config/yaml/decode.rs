//! Fills a struct from the tree and reports every problem, not just the first.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::decoder::Decoder;
use super::error::Hints;
use super::faults::Faults;
use super::node::Node;
use crate::config::diagnostic::{Problem, Problems};

/// Most problems that one file is searched for: a file in a wrong format would give thousands.
const MAX_PROBLEMS: usize = 200;

/// Decodes `root` into `T`.
///
/// Problems are added to `problems`; parts of the result that they concern say that nothing is
/// known ([`super::Required::get`] gives `None`), so that checks of the rest may go on. `None` when
/// not even that is possible, which is always with a problem.
pub(crate) fn decode<T: DeserializeOwned>(
    root: &Node,
    file: &Path,
    hints: Hints,
    problems: &mut Problems,
) -> Option<T> {
    let mut faults = Faults::default();
    for _ in 0..MAX_PROBLEMS {
        let error = match T::deserialize(Decoder::root(root, &faults)) {
            Ok(decoded) => return Some(decoded),
            Err(error) => error,
        };
        let known = faults.len();
        faults.extend(error.faults());
        problems.push(error.into_problem(file, hints));
        // Every round leaves out at least one more place of a finite tree, or is the last.
        if faults.len() == known {
            return None;
        }
    }
    let message = format!("more than {MAX_PROBLEMS} problems; the rest is not shown");
    problems.push(Problem::error("limit", file, None, message));
    None
}
