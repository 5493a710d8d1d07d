//! What the KPI stage found. Plain structs for `publish` and `steering`.

use chrono::NaiveDate;

/// One KPI in one period and one drill-down cell.
#[derive(Debug, Clone, PartialEq)]
pub struct KpiValue {
    /// KPI name.
    pub kpi: String,
    /// First day of the period.
    pub period_start: NaiveDate,
    /// Members of the cell in the order of the KPI's `by`; empty for the whole company.
    /// A NULL member in the data reads `(none)`.
    pub cell: Vec<CellMember>,
    /// The value; `None` where a ratio's denominator is zero or nothing was there to sum.
    pub value: Option<f64>,
    /// Numerator if the KPI is a ratio.
    pub numerator: Option<f64>,
    /// Denominator if the KPI is a ratio.
    pub denominator: Option<f64>,
    /// Value in the period before; `None` if it was not read or is undefined.
    pub previous_period: Option<f64>,
    /// Value in the same period one year before.
    pub previous_year: Option<f64>,
}

/// One member of a drill-down cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellMember {
    /// Dimension: a column of the KPI's table.
    pub dimension: String,
    /// Its value.
    pub member: String,
}
