//! Names that sources and tables cannot have, because results are published under them.

/// Result tables, also those that later versions publish, so that a job keeps its names.
const RESULT_TABLES: &[&str] = &[
    "advice_outcomes",
    "alerts",
    "attribution",
    "benchmarks",
    "briefings",
    "budget_plan",
    "calendar",
    "channel_performance",
    "checks",
    "contributions",
    "customer_value",
    "decisions",
    "driver_effects",
    "driver_forecasts",
    "driver_importance",
    "driver_interactions",
    "experiments",
    "funnel_links",
    "glossary",
    "kpi_catalog",
    "kpi_links",
    "kpi_values",
    "lead_acceptance",
    "model_changes",
    "model_parameters",
    "model_quality",
    "pipeline_forecast",
    "predictions",
    "previous",
    "recipients",
    "recommendation_evidence",
    "recommendations",
    "response_curves",
    "runs",
    "scores",
    "sources_read",
    "steps",
    "target_bridge",
    "unit_evaluation",
];

/// True when a result table has this name, or when it is the name of the results of earlier runs.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESULT_TABLES.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(RESULT_TABLES.is_sorted());
        assert!(is_reserved("kpi_values") && !is_reserved("orders"));
    }
}
