//! Why a gate is not `trusted`, in words that need no statistics.
//!
//! Models give every reason a stable code and an English sentence with figures, which tables
//! publish. Readers of texts get a plain sentence per code instead; a code without one is quoted.

use crate::domain::Language;
use crate::models::result::{GateReason, GateVerdict};

use super::label;

/// The reasons as sentences, in the model's order, none twice; empty when trusted.
#[must_use]
pub fn reasons(verdict: &GateVerdict, language: Language) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    for reason in &verdict.reasons {
        let sentence = sentence(reason, language);
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    sentences
}

fn sentence(reason: &GateReason, language: Language) -> String {
    let known = plain(reason.code).map(|(english, german)| match language {
        Language::En => english.to_owned(),
        Language::De => german.to_owned(),
    });
    known.unwrap_or_else(|| match language {
        Language::En => label::sentence(&reason.message),
        Language::De => {
            format!("Das Modell meldet (englisch): {}", label::quote_at_end(&reason.message, language))
        }
    })
}

/// The sentence for a code, in English and in German.
fn plain(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "leakage" => (
            "A driver gives the outcome away almost perfectly, so it is probably known only afterwards.",
            "Ein Treiber verrät das Ergebnis fast vollständig, ist also wohl erst hinterher bekannt.",
        ),
        "few_periods" => {
            ("The history is too short for intervals.", "Die Historie ist zu kurz für Unsicherheitsbereiche.")
        }
        "no_placebos" => (
            "The history is too short to try the drivers against placebos.",
            "Die Historie ist zu kurz, um die Treiber gegen Placebos zu prüfen.",
        ),
        "more_parameters_than_periods" => (
            "The model has more parameters than periods, so its intervals may be too short.",
            "Das Modell hat mehr Parameter als Zeiträume, die Intervalle können also zu eng sein.",
        ),
        "not_validated" => (
            "The history is too short to try the model on periods that it has not seen.",
            "Die Historie ist zu kurz, um das Modell an Zeiträumen zu prüfen, die es nicht kennt.",
        ),
        "worse_than_naive" => (
            "On periods that it has not seen, it forecasts worse than a simple rule of thumb.",
            "Für Zeiträume, die es nicht kennt, sagt es schlechter voraus als eine einfache Faustregel.",
        ),
        "no_better_than_without_drivers" => (
            "On periods that it has not seen, it forecasts no better than without its drivers.",
            "Für Zeiträume, die es nicht kennt, sagt es nicht besser voraus als ohne seine Treiber.",
        ),
        "no_better_than_without_channels" => (
            "On periods that it has not seen, it forecasts no better than without its channels.",
            "Für Zeiträume, die es nicht kennt, sagt es nicht besser voraus als ohne seine Kanäle.",
        ),
        "unstable_origins" => (
            "On parts of the history the model could not be fitted.",
            "Für Teile der Historie ließ sich das Modell nicht schätzen.",
        ),
        "fewer_rows_than_parameters" => (
            "There are fewer rows than the model has parameters.",
            "Es gibt weniger Zeilen, als das Modell Parameter hat.",
        ),
        "one_outcome_only" => (
            "All rows have the same outcome, so nothing can be learnt from them.",
            "Alle Zeilen haben dasselbe Ergebnis, daraus lässt sich nichts lernen.",
        ),
        "separated" => (
            "A combination of drivers separates success from failure perfectly.",
            "Eine Kombination von Treibern trennt Erfolg und Misserfolg vollständig.",
        ),
        "chains_disagree" => (
            "The estimation did not settle, so its figures cannot be relied on.",
            "Die Schätzung ist nicht zur Ruhe gekommen, auf ihre Zahlen ist kein Verlass.",
        ),
        "follows_demand" => (
            "The money follows demand so closely that their effects cannot be told apart.",
            "Das Geld folgt der Nachfrage so eng, dass sich beider Wirkung nicht trennen lässt.",
        ),
        "lead_placebo" => (
            "The outcome moves before the money does: the money reacts to something that the model does not see.",
            "Das Ergebnis bewegt sich vor dem Geld: Das Geld reagiert auf etwas, das das Modell nicht sieht.",
        ),
        "may_bring_nothing" => ("It may bring nothing at all.", "Vielleicht bringt es gar nichts."),
        "may_be_chance" => (
            "With so many channels, one as strong as this may come about by chance.",
            "Bei so vielen Kanälen kann einer davon auch durch Zufall so stark erscheinen.",
        ),
        "not_identified" => (
            "The data say little about its effect beyond what was assumed.",
            "Die Daten sagen über seine Wirkung kaum mehr, als vorher angenommen wurde.",
        ),
        "level_extrapolated" => (
            "It was never switched off, so what would happen without it is an extrapolation.",
            "Es war nie abgeschaltet; was ohne es geschähe, ist hochgerechnet.",
        ),
        "fragile" => (
            "An influence that nobody measured could explain its effect away.",
            "Ein Einfluss, den niemand gemessen hat, könnte seine Wirkung wegerklären.",
        ),
        "unstable" => (
            "Other reasonable models find another effect.",
            "Andere vernünftige Modelle finden eine andere Wirkung.",
        ),
        "not_converged" | "not_solved" => {
            ("The model could not be estimated.", "Das Modell ließ sich nicht schätzen.")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Gate;

    fn verdict(codes: &[&'static str]) -> GateVerdict {
        let reason = |code: &&'static str| GateReason { code, message: "its AUC is 0.9991".to_owned() };
        GateVerdict { gate: Gate::Review, reasons: codes.iter().map(reason).collect() }
    }

    #[test]
    fn known_codes_have_a_plain_sentence_once() {
        let found = reasons(&verdict(&["leakage", "leakage", "few_periods"]), Language::En);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|sentence| !sentence.contains("AUC")));
        assert!(reasons(&verdict(&["few_periods"]), Language::De)[0].starts_with("Die Historie"));
    }

    #[test]
    fn an_unknown_code_is_quoted() {
        assert_eq!(reasons(&verdict(&["any"]), Language::En), ["Its AUC is 0.9991."]);
        assert_eq!(
            reasons(&verdict(&["any"]), Language::De),
            ["Das Modell meldet (englisch): „its AUC is 0.9991“."]
        );
    }
}
