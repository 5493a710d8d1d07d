//! The groups as a tree: node 0 is the total, every node stands after the one it lies in.

use super::limit::{Bound, HeldLimit, Holder, Limit};
use super::problem::{Cell, Group, Height, ProblemError};

/// The total, or a group.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Who holds the limits.
    pub(super) holder: Holder,
    /// The least sum.
    pub(super) min: Option<Limit>,
    /// The greatest sum.
    pub(super) max: Option<Limit>,
    /// The node it lies in; 0, itself, for the total.
    pub(super) parent: usize,
}

impl Node {
    /// The least sum as a number: nothing is less than no money.
    pub(super) fn least(&self) -> i64 {
        self.min.as_ref().map_or(0, |limit| limit.at)
    }

    /// The greatest sum as a number.
    pub(super) fn most(&self) -> i64 {
        self.max.as_ref().map_or(i64::MAX, |limit| limit.at)
    }

    /// One of its limits with the node's name.
    pub(super) fn held(&self, bound: Bound) -> Option<HeldLimit> {
        let limit = match bound {
            Bound::Min => &self.min,
            Bound::Max => &self.max,
        };
        limit.as_ref().map(|limit| HeldLimit { holder: self.holder.clone(), bound, limit: limit.clone() })
    }
}

/// Nested groups over cells.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// The total first; parents before children.
    pub(super) nodes: Vec<Node>,
    /// The innermost node of every cell.
    pub(super) home: Vec<usize>,
}

impl Tree {
    /// Nests `groups`, from the largest to the smallest.
    pub(super) fn new(cells: &[Cell], groups: Vec<Group>, height: &Height) -> Result<Self, ProblemError> {
        let mut tree = Self { nodes: vec![total(height)], home: vec![0; cells.len()] };
        let mut groups = groups;
        groups.sort_by_key(|group| std::cmp::Reverse(group.cells.len()));
        let mut member = vec![usize::MAX; cells.len()];
        for (number, group) in groups.into_iter().enumerate() {
            mark(cells, &group, number, &mut member)?;
            let parent = tree.place(cells, &group)?;
            let node = tree.nodes.len();
            for cell in &group.cells {
                tree.home[*cell] = node;
            }
            let Group { name, min, max, .. } = group;
            tree.nodes.push(Node { holder: Holder::Group(name), min, max, parent });
        }
        Ok(tree)
    }

    /// The node that a group lies in: so far the innermost of all of its cells.
    fn place(&self, cells: &[Cell], group: &Group) -> Result<usize, ProblemError> {
        let first = group.cells[0];
        let Some(other) = group.cells.iter().copied().find(|cell| self.home[*cell] != self.home[first])
        else {
            return Ok(self.home[first]);
        };
        // Larger groups came before, so one that holds just one of the two cells also holds a third one
        // that is not in this group.
        let (crossing, shared) = if self.holds(self.home[first], other) {
            (self.home[other], other)
        } else {
            (self.home[first], first)
        };
        let name = |holder: &Holder| match holder {
            Holder::Group(name) | Holder::Cell(name) => name.clone(),
            Holder::Total => "the total".to_owned(),
        };
        Err(ProblemError::Crossing {
            first: name(&self.nodes[crossing].holder),
            second: group.name.clone(),
            shared: cells[shared].name.clone(),
        })
    }

    fn holds(&self, node: usize, cell: usize) -> bool {
        let mut at = self.home[cell];
        while at != node && at != 0 {
            at = self.nodes[at].parent;
        }
        at == node
    }

    /// The same groups below another total.
    pub(super) fn with_height(&self, height: &Height) -> Self {
        let mut tree = self.clone();
        tree.nodes[0] = total(height);
        tree
    }

    /// The part below `top`, which takes the total's place, over `cells`; none where one lies elsewhere.
    pub(super) fn inside(&self, top: usize, cells: &[usize], height: &Height) -> Option<Self> {
        let mut place: Vec<Option<usize>> = vec![None; self.nodes.len()];
        place[top] = Some(0);
        let mut nodes = vec![total(height)];
        for (number, node) in self.nodes.iter().enumerate().skip(top + 1) {
            if let Some(parent) = place[node.parent] {
                place[number] = Some(nodes.len());
                nodes.push(Node { parent, ..node.clone() });
            }
        }
        let home = cells.iter().map(|cell| place[self.home[*cell]]).collect::<Option<Vec<_>>>()?;
        Some(Self { nodes, home })
    }

    /// The sum of every node.
    pub(super) fn sums(&self, amounts: &[i64]) -> Vec<i64> {
        let mut sums = vec![0; self.nodes.len()];
        for (home, amount) in self.home.iter().zip(amounts) {
            sums[*home] += amount;
        }
        for node in (1..self.nodes.len()).rev() {
            sums[self.nodes[node].parent] += sums[node];
        }
        sums
    }

    /// Whether the sums of `amounts` keep the limits of every node.
    pub(super) fn allows(&self, amounts: &[i64]) -> bool {
        let sums = self.sums(amounts);
        self.nodes.iter().zip(sums).all(|(node, sum)| (node.least()..=node.most()).contains(&sum))
    }
}

fn total(height: &Height) -> Node {
    let (min, max) = height.limits();
    Node { holder: Holder::Total, min: min.cloned(), max: max.cloned(), parent: 0 }
}

/// Checks that the group's cells are there, each once.
fn mark(cells: &[Cell], group: &Group, number: usize, member: &mut [usize]) -> Result<(), ProblemError> {
    let name = || group.name.clone();
    if group.cells.is_empty() {
        return Err(ProblemError::EmptyGroup { group: name() });
    }
    for &cell in &group.cells {
        let Some(mark) = member.get_mut(cell) else {
            return Err(ProblemError::UnknownCell { group: name(), cell, cells: cells.len() });
        };
        if std::mem::replace(mark, number) == number {
            return Err(ProblemError::RepeatedCell { group: name(), cell: cells[cell].name.clone() });
        }
    }
    Ok(())
}
