//! Names of sources and tables, made of names of folders and files.

use std::collections::BTreeSet;

use crate::config::is_reserved;

/// Longest name.
const LONGEST: usize = 63;

/// `text` as a name: lowercase letters, digits and `_`.
#[must_use]
pub fn name(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars() {
        match letter {
            'ä' | 'Ä' => name.push_str("ae"),
            'ö' | 'Ö' => name.push_str("oe"),
            'ü' | 'Ü' => name.push_str("ue"),
            'ß' => name.push_str("ss"),
            letter if letter.is_ascii_alphanumeric() => name.push(letter.to_ascii_lowercase()),
            _ if name.is_empty() || name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    let name = if starts_well { name.to_owned() } else { format!("t_{name}") };
    name.trim_end_matches('_').chars().take(LONGEST).collect()
}

/// A name for each of `paths`, whose parts are folders and, last, what a source is called after. Where two are called
/// alike, or like a result table, the folders above come before them.
pub(super) fn distinct(paths: &[Vec<String>]) -> Vec<String> {
    let called = |path: &[String], depth: usize| name(&path[path.len().saturating_sub(depth)..].join("_"));
    let mut depths = vec![1; paths.len()];
    loop {
        let names: Vec<String> =
            paths.iter().zip(&depths).map(|(path, depth)| called(path, *depth)).collect();
        let is_taken = |place: usize| {
            is_reserved(&names[place]) || names.iter().filter(|other| **other == names[place]).count() > 1
        };
        let deeper: Vec<usize> = (0..paths.len())
            .filter(|place| is_taken(*place) && depths[*place] < paths[*place].len())
            .collect();
        if deeper.is_empty() {
            return numbered(names);
        }
        for place in deeper {
            depths[place] += 1;
        }
    }
}

/// The same names, with a number after those that are still taken.
fn numbered(names: Vec<String>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let free = |name: String| {
        let stem: String = name.chars().take(LONGEST - 4).collect();
        let mut candidates = std::iter::once(name).chain((2..).map(|number| format!("{stem}_{number}")));
        let free = candidates.find(|name| !is_reserved(name) && !taken.contains(name)).unwrap_or_default();
        taken.insert(free.clone());
        free
    };
    names.into_iter().map(free).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(paths: &[&str]) -> Vec<Vec<String>> {
        paths.iter().map(|path| path.split('/').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn texts_become_names() {
        for (text, expected) in [
            ("Orders 2024", "orders_2024"),
            ("Kosten-Übersicht", "kosten_uebersicht"),
            ("2024", "t_2024"),
            ("__x__", "x"),
            ("日本", "t"),
        ] {
            assert_eq!(name(text), expected);
        }
    }

    #[test]
    fn parents_tell_equal_names_apart() {
        let names = distinct(&paths(&["erp/orders", "web/orders", "erp/returns", "calendar", "a b", "a-b"]));
        assert_eq!(names, ["erp_orders", "web_orders", "returns", "calendar_2", "a_b", "a_b_2"]);
        assert_eq!(distinct(&paths(&["world/calendar"])), ["world_calendar"]);
    }
}
