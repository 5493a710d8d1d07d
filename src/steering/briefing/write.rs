//! Writes the pages.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};

use super::facts::{Sources, page};
use crate::config::job::Job;
use crate::domain::Language;
use crate::kpis::result::KpiValue;
use crate::models::result::ModelResults;
use crate::steering::SteeringError;
use crate::steering::result::{Briefing, BriefingKind, BudgetGroup, SteeringPlan};
use crate::steering::wording::label;

/// Writes a page for every unit and agency that the job wants briefed, in every language of the job. Empty without a
/// budget.
///
/// # Errors
///
/// When a template asks for what the facts do not hold.
pub fn brief(
    job: &Job,
    plan: &SteeringPlan,
    models: &ModelResults,
    kpis: &[KpiValue],
) -> Result<Vec<Briefing>, SteeringError> {
    let briefed = job.steering.as_ref().map(|steering| steering.briefings).unwrap_or_default();
    let Some(budget) = &plan.budget else { return Ok(Vec::new()) };
    let result = models.response.iter().find(|result| result.model == budget.model);
    let result = result.ok_or_else(|| SteeringError::NoResult { model: budget.model.clone() })?;
    let sources = Sources { job, plan, budget, result, kpis };
    let wanted = |group: &&BudgetGroup| match group.kind {
        BriefingKind::Unit => briefed.units,
        BriefingKind::Agency => briefed.agencies,
    };
    let texts = texts()?;
    let mut pages = Vec::new();
    for group in budget.groups.iter().filter(wanted) {
        for language in job.languages.iter().copied() {
            let facts = page(&sources, group, language);
            let template = texts.get_template(language.code())?;
            pages.push(Briefing {
                kind: group.kind,
                name: group.name.clone(),
                language,
                decision: budget.decision.clone(),
                title: facts.title.clone(),
                markdown: tidy(&template.render(Serde(&facts))?),
                valid_until: sources.valid_until(),
            });
        }
    }
    Ok(pages)
}

fn texts() -> Result<Environment<'static>, minijinja::Error> {
    let mut texts = Environment::new();
    texts.set_undefined_behavior(UndefinedBehavior::Strict);
    texts.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    texts.add_template(Language::De.code(), include_str!("../texts/briefing.de.j2"))?;
    texts.add_template(Language::En.code(), include_str!("../texts/briefing.en.j2"))?;
    Ok(texts)
}

/// Runs of spaces and of empty lines are one; the page ends with one line break.
fn tidy(text: &str) -> String {
    let mut page = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines() {
        let line = line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        if line.is_empty() && empty {
            continue;
        }
        empty = line.is_empty();
        page.push_str(&line);
        page.push('\n');
    }
    format!("{}\n", page.trim_end())
}

/// A text of the data inside a table or a sentence of Markdown.
pub(super) fn inline(text: &str, language: Language) -> String {
    label::level(text, language).replace('|', "\\|").replace(['*', '_', '`', '#', '<', '>'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_tidy() {
        assert_eq!(tidy("\n\n# A  page\n\n\n\nwith   a line \n\n"), "# A page\n\nwith a line\n");
        assert_eq!(inline("a|b<script>", Language::En), "a\\|b script ");
    }
}
