//! The limits of a plan: what the job, its table of cells and the doubts about channels allow.

use std::collections::BTreeMap;

use super::caution::{Caution, Trust};
use super::error::BudgetError;
use super::question::{Asked, CENTS, Question, cents};
use crate::config::job::{Budgets, CellPart, PlanHeight, PlanLimit};
use crate::steering::allocation::{Cell, Curve, Group, Height, Limit, Problem, Range};

/// More than any sum of money.
const NO_LIMIT: i64 = 1 << 53;

/// Where limits are stated, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated<'a> {
    /// The job's budgets.
    pub(super) budgets: &'a Budgets,
    /// Name of the job file.
    pub(super) file: &'a str,
    /// Line of `steering.budgets`.
    pub(super) line: u32,
}

/// The ranges of all cells.
pub(super) fn ranges(
    stated: Stated<'_>,
    question: &Question,
    cautions: &BTreeMap<String, Caution>,
) -> Vec<Range> {
    question.cells.iter().map(|asked| range(stated, asked, cautions.get(&asked.cell.channel))).collect()
}

fn range(stated: Stated<'_>, asked: &Asked, caution: Option<&Caution>) -> Range {
    let Stated { budgets, file, line } = stated;
    let (current, channel) = (asked.current, &asked.cell.channel);
    if asked.is_new {
        // What is booked is spent there all the same.
        let booked = asked.cell.committed.map_or(0, cents);
        let why = format!("nothing was spent on `{channel}` there, so what it brings is not known");
        return Range::frozen(current.max(booked), why);
    }
    let side = |trust: Trust| match trust {
        Trust::Sure => Range::around(
            current,
            budgets.largest_move,
            format!("`largest_move` of {}, {file}:{line}", percent(budgets.largest_move)),
        ),
        Trust::Careful => {
            let share = budgets.careful_move.min(budgets.largest_move);
            let why = format!("`{channel}` is under review: `careful_move` of {}", percent(share));
            Range::around(current, share, why)
        }
        Trust::Withheld => Range::frozen(current, format!("advice about `{channel}` is withheld")),
    };
    let (less, more) = caution.map_or((Trust::Withheld, Trust::Withheld), |found| (found.less, found.more));
    let mut range = Range { min: side(less).min, max: side(more).max };
    if let Some(committed) = asked.cell.committed.map(cents) {
        let label = format!("`committed` in `{}`", budgets.cells);
        // What is booked is spent, however far it is from what was spent before.
        if committed > range.max.at {
            range.max = Limit::new(committed, label.clone());
        }
        if committed > range.min.at {
            range.min = Limit::new(committed, label);
        }
    }
    let own = Range {
        min: Limit::new(asked.cell.min.map_or(0, cents), format!("`min` in `{}`", budgets.cells)),
        max: Limit::new(asked.cell.max.map_or(NO_LIMIT, cents), format!("`max` in `{}`", budgets.cells)),
    };
    range.narrowed(own)
}

/// The question with curves: worth in cents by amount, cell by cell.
///
/// # Errors
///
/// When a curve is broken, a limit holds for no cell, or limits cross.
pub(super) fn problem(
    stated: Stated<'_>,
    question: &Question,
    ranges: &[Range],
    worths: &[Vec<f64>],
) -> Result<Problem, BudgetError> {
    let cell = |(asked, (range, worths)): (&Asked, (&Range, &Vec<f64>))| -> Result<Cell, BudgetError> {
        let points: Vec<(i64, f64)> =
            asked.amounts.iter().copied().zip(worths.iter().map(|worth| CENTS * worth)).collect();
        let curve =
            Curve::new(&points).map_err(|reason| BudgetError::Curve { cell: asked.name(), reason })?;
        Ok(Cell { name: asked.name(), curve, current: asked.current, range: range.clone() })
    };
    let cells: Vec<Cell> =
        question.cells.iter().zip(ranges.iter().zip(worths)).map(cell).collect::<Result<_, _>>()?;
    let groups: Vec<Group> =
        stated.budgets.limits.iter().map(|limit| group(stated, question, limit)).collect::<Result<_, _>>()?;
    let height = height(stated, question, &cells);
    Ok(Problem::new(cells, groups, height)?)
}

fn group(stated: Stated<'_>, question: &Question, limit: &PlanLimit) -> Result<Group, BudgetError> {
    let holds = |asked: &Asked| {
        limit.of.iter().all(|(part, name)| {
            let has = match part {
                CellPart::Channel => Some(&asked.cell.channel),
                CellPart::Unit => Some(&asked.cell.unit),
                CellPart::Agency => asked.cell.agency.as_ref(),
                CellPart::Recipient => asked.cell.recipient.as_ref(),
            };
            has == Some(name)
        })
    };
    let cells: Vec<usize> = (0..question.cells.len()).filter(|at| holds(&question.cells[*at])).collect();
    let names: Vec<String> =
        limit.of.iter().map(|(part, name)| format!("{} {name}", part.as_str())).collect();
    let name = names.join(" and ");
    if cells.is_empty() {
        return Err(BudgetError::EmptyLimit { line: limit.line, what: name });
    }
    let now = cells.iter().map(|at| question.cells[*at].current).sum::<i64>() as f64 / CENTS;
    let label = format!("{}:{}", stated.file, limit.line);
    let at = |part: crate::config::job::MoneyPart| Limit::new(cents(part.of(now)), label.clone());
    Ok(Group { name, cells, min: limit.least.map(at), max: limit.most.map(at) })
}

fn height(stated: Stated<'_>, question: &Question, cells: &[Cell]) -> Height {
    let now: i64 = question.cells.iter().map(|asked| asked.current).sum();
    let money = now as f64 / CENTS;
    let label = format!("`height`, {}:{}", stated.file, stated.line);
    match &stated.budgets.height {
        PlanHeight::AsPlanned => Height::Fixed(Limit::new(now, "as much as is planned now")),
        PlanHeight::UntilFloor { least, most, mroi } => Height::UntilFloor {
            min: Some(Limit::new(cents(least.of(money)), label.clone())),
            max: Some(Limit::new(cents(most.of(money)), label)),
            floor: 1.0 + mroi,
        },
        PlanHeight::LeastFor { share } => {
            let worth: f64 = cells.iter().map(|cell| cell.curve.at(cell.current)).sum();
            Height::LeastFor { target: share * worth, min: None, max: None }
        }
    }
}

/// A share for messages.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", (1000.0 * share).round() / 10.0)
}
