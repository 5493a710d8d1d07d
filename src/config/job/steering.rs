//! Resolved steering.

/// What is recommended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steering {
    /// Recommendations from driver effects.
    pub recommendations: Recommendations,
}

/// Recommendations from driver effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendations {
    /// Models that advice comes from; each of them explains a KPI.
    pub models: Vec<String>,
    /// Most recommendations per decision, ranked by expected effect.
    pub at_most: u32,
}
