//! Parts of the job language that are agreed on but not built yet.
//!
//! They are refused with what works today. Reporting them as unknown keys would read as a typing
//! mistake, and ignoring them would publish results that lack what the author asked for.

/// Rust name of the struct or set of words, its names that are not built, and what works instead.
const UNAVAILABLE: &[(&str, &[&str], &str)] = &[
    ("JobSpec", &["funnel"], "count the rows of each stage in a table and declare KPIs on it"),
    ("JobSpec", &["qualification"], "write the criteria as columns of a table and use them as drivers"),
    ("JobSpec", &["glossary"], "say what a term means in the `label` of the KPI"),
    ("TableSpec", &["tests"], "write it under `tests` of the job, which name the table"),
    ("KpiSpec", &["target"], "leave it out: the KPI is published without a target"),
    (
        "ModelSpec",
        &["attribution", "lifetime_value"],
        "a model is an `outcome` today, a yes/no outcome or an amount, or a `response` to spend over time",
    ),
    ("OutcomeSpec", &["score"], "leave it out: effects and importance of the drivers are published"),
    (
        "OutcomeSpec",
        &["interactions", "experiments", "holidays", "worth", "form"],
        "leave it out; holidays can be a driver column of the table",
    ),
    ("ResponseSpec", &["holidays"], "make it a driver column of the table: number of holidays in the period"),
    ("DriverSpec", CURVES, CURVES_HELP),
    ("ResponseDriverSpec", CURVES, CURVES_HELP),
    ("SuccessSpec", &["share", "days_until", "stays"], "use `yes_no` or `amount`"),
    ("SteeringSpec", &["monitor"], "use `recommendations`, `budgets` and `briefings`"),
    (
        "PlatformSpec",
        &["telemetry", "lineage"],
        "leave it out: logs and `run_results.json` say what happened",
    ),
    ("EngineSpec", &["cluster", "kind"], "leave it out: queries run in this process"),
];

const CURVES: &[&str] = &["shape", "max_lag", "adstock", "saturation"];
const CURVES_HELP: &str = "effects of drivers are straight lines today";

/// What works instead of `name` within `container`, if `name` is a part that is not built yet.
pub(super) fn instead_of(container: &str, name: &str) -> Option<&'static str> {
    UNAVAILABLE
        .iter()
        .find(|(known, names, _)| *known == container && names.contains(&name))
        .map(|(_, _, instead)| *instead)
}
