//! Which columns enter a fit, and which driver groups they form.

use crate::domain::Role;
use crate::features::{ColumnPart, DriverValues, ModelFrame};
use crate::models::explain::Group;
use crate::models::fit::Fit;
use crate::models::result::Finding;

/// The columns of a fit, and what became of the drivers that have none.
pub(crate) struct Design {
    /// Design columns of the frame, ascending.
    pub(crate) columns: Vec<usize>,
    /// Per driver, why it stays out; `None`: it is in.
    pub(crate) left_out: Vec<Option<Finding>>,
}

impl Design {
    /// Takes controls and every driver that varies, was not moved by us and does not leak.
    pub(crate) fn new(frame: &ModelFrame, leaks: &[(usize, f64)]) -> Self {
        let verdict = |(index, driver): (usize, &crate::features::FrameDriver)| {
            if matches!(driver.values, DriverValues::Constant { .. }) {
                Some(Finding::Constant)
            } else if driver.role == Role::MovedByUs {
                Some(Finding::MovedByUs)
            } else if leaks.iter().any(|(leak, _)| *leak == index) {
                Some(Finding::Leakage)
            } else {
                None
            }
        };
        let left_out: Vec<Option<Finding>> = frame.drivers.iter().enumerate().map(verdict).collect();
        let is_in = |part: &ColumnPart| part.driver().is_none_or(|driver| left_out[driver].is_none());
        let columns = (0..frame.columns.len()).filter(|at| is_in(&frame.columns[*at].part)).collect();
        Self { columns, left_out }
    }
}

/// The driver groups with columns in the fit, in the order of their first driver.
pub(crate) fn groups(frame: &ModelFrame, fit: &Fit) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (index, driver) in frame.drivers.iter().enumerate() {
        let mine = |at: &usize| frame.columns[fit.columns[*at]].part.driver() == Some(index);
        let positions: Vec<usize> = (0..fit.columns.len()).filter(mine).collect();
        if positions.is_empty() {
            continue;
        }
        match groups.iter_mut().find(|group| group.name == driver.group) {
            Some(group) => {
                group.drivers.push(index);
                group.positions.extend(positions);
            }
            None => groups.push(Group { name: driver.group.clone(), drivers: vec![index], positions }),
        }
    }
    groups
}
