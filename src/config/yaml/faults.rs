//! What decoding leaves out of the tree after a problem was reported.
//!
//! serde stops at the first error. To report all of them, decoding starts again with the offending
//! place left out, until it succeeds. What is left out decodes to "nothing known" rather than to
//! some value, so that no later check complains about a consequence.

use std::collections::BTreeSet;

use super::node::{Node, NodeId};

/// A place to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The key or value with this id.
    Skip(NodeId),
    /// A key that the mapping with this id lacks: read it as if it stood there with a faulty value.
    Fill(NodeId, &'static str),
}

/// All places to leave out.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeSet<Fault>);

impl Faults {
    /// Adds faults.
    pub(crate) fn extend(&mut self, faults: &[Fault]) {
        self.0.extend(faults);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// True when the value of `node` is left out.
    pub(crate) fn skips(&self, node: &Node) -> bool {
        self.0.contains(&Fault::Skip(node.id))
    }

    /// Keys to read as if they stood in the mapping `node`.
    pub(crate) fn filled(&self, node: &Node) -> Vec<&'static str> {
        self.0
            .iter()
            .filter_map(|fault| match fault {
                Fault::Fill(id, key) if *id == node.id => Some(*key),
                Fault::Fill(..) | Fault::Skip(_) => None,
            })
            .collect()
    }
}
