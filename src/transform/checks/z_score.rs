//! Rows that are too many standard deviations away from the mean.
//!
//! In two passes, first the mean, then the sum of squared differences: subtracting two large sums of squares would lose the
//! digits that matter. Sums and means of the session are exact, so the same rows offend whatever their order.

use super::question::equal;
use crate::engine::quote;

/// A spread below this share of the mean is none: it comes from rounding the mean of equal values.
const NO_SPREAD: &str = "1e-12";
/// The largest finite number. What is beyond, NaN among it, has no distance from a mean.
const LARGEST: &str = "1.7976931348623157e308";

/// The query for the rows of the query `rows` whose `column` is more than `max` standard deviations (of a sample) away from
/// the mean of its group, and for those where it is no finite number.
///
/// Of groups with fewer than three finite numbers, or without spread, no finite number offends.
pub(super) fn rows(rows: &str, column: &str, max: f64, by: &[String]) -> String {
    let value = |of: &str| format!("cast({of}.{} as double)", quote(column));
    let (x, groups) = (value("r"), |of: &str| {
        let columns = by.iter().map(|name| format!("{of}.{}", quote(name)));
        columns.collect::<Vec<_>>().join(", ")
    });
    let listed = |of: &str| if by.is_empty() { String::new() } else { format!("{}, ", groups(of)) };
    let grouped = |of: &str| if by.is_empty() { String::new() } else { format!(" group by {}", groups(of)) };
    let joined = |how: &str, query: &str, name: &str| {
        if by.is_empty() {
            format!("cross join ({query}) as {name}")
        } else {
            format!("{how} join ({query}) as {name} on {}", equal("r", name, by))
        }
    };
    let finite = format!("abs({x}) <= {LARGEST}");
    let means = format!(
        "select {}avg({x}) as \"@mean\" from ({rows}) as r where {finite}{}",
        listed("r"),
        grouped("r")
    );
    let distance = format!("({x} - m.\"@mean\")");
    let spreads = format!(
        "select {}min(m.\"@mean\") as \"@mean\", \
         case when count(*) > 2 then sqrt(sum({distance} * {distance}) / (count(*) - 1)) end as \"@spread\" \
         from ({rows}) as r {} where {finite}{}",
        listed("r"),
        joined("inner", &means, "m"),
        grouped("r")
    );
    format!(
        "select r.* from ({rows}) as r {} where abs({x}) > {LARGEST} \
         or (s.\"@spread\" > {NO_SPREAD} * abs(s.\"@mean\") \
         and abs({x} - s.\"@mean\") > {max:?} * s.\"@spread\")",
        joined("left", &spreads, "s")
    )
}
