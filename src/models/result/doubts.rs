//! What a channel's doubts are about, and so what they forbid.
//!
//! A gate says whether an effect may be trusted as published; moving money asks less. That a level is extrapolated says
//! nothing against moving money inside the range that was seen. That an effect may be nothing, may be chance, or would vanish
//! with an unseen confounder says that it may be *smaller* than it looks: a reason not to put more money there, and none to leave
//! it there. Every other doubt holds both ways.

/// Doubts about the level of an effect, not about its slope where spend has been.
const ABOUT_LEVEL: [&str; 1] = ["level_extrapolated"];
/// Doubts that an effect is as large as it looks.
const MAY_BE_LESS: [&str; 3] = ["may_bring_nothing", "may_be_chance", "fragile"];

/// Whether the doubts `codes` leave more money free to move within what was seen.
#[must_use]
pub fn allow_more<'a>(codes: impl IntoIterator<Item = &'a str>) -> bool {
    codes.into_iter().all(|code| ABOUT_LEVEL.contains(&code))
}

/// Whether the doubts `codes` leave less money free to move within what was seen.
#[must_use]
pub fn allow_less<'a>(codes: impl IntoIterator<Item = &'a str>) -> bool {
    codes.into_iter().all(|code| ABOUT_LEVEL.contains(&code) || MAY_BE_LESS.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubts_forbid_what_they_are_about() {
        assert!(allow_more([]) && allow_less([]));
        assert!(allow_more(["level_extrapolated"]) && allow_less(["level_extrapolated"]));
        assert!(!allow_more(["fragile"]) && allow_less(["may_be_chance", "level_extrapolated"]));
        assert!(!allow_more(["lead_placebo"]) && !allow_less(["lead_placebo", "fragile"]));
    }
}
