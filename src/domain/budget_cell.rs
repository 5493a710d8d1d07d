//! A place where money may go, as a job's table of cells has it.

/// One channel in one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetCell {
    /// Name of the channel.
    pub channel: String,
    /// Its place in the panel.
    pub channel_at: usize,
    /// Name of the unit; empty for a single series.
    pub unit: String,
    /// Its place in the panel.
    pub unit_at: usize,
    /// Who books it.
    pub agency: Option<String>,
    /// Who decides.
    pub recipient: Option<String>,
    /// Money over the plan at the rate of the reference.
    pub rate: f64,
    /// Money that is planned so far; `None`: the rate.
    pub planned: Option<f64>,
    /// Money that is spent in any case.
    pub committed: Option<f64>,
    /// The least.
    pub min: Option<f64>,
    /// The most.
    pub max: Option<f64>,
}
