//! Valid jobs with one mistake made at random. Mistakes that a schema knows are refused, every one; whatever else is done to
//! a text is read or refused with a place, and nothing breaks.

use std::collections::BTreeMap;
use std::fmt;

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::{SOUND, report, root, write};
use crate::config::{Inputs, load_job, schema};

/// Jobs tried, of each kind of test; `TRICHTER_MUTATIONS=10000` asks for more.
const CASES: u64 = 1000;

#[allow(clippy::disallowed_methods, reason = "a longer test is asked for by a variable")]
fn cases() -> u64 {
    std::env::var("TRICHTER_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(CASES)
}

/// A mistake that people make, at a place in a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mistake {
    /// A letter of a key too many, too few or swapped.
    MisspeltKey,
    /// A value of a type that nothing has.
    WrongType,
    /// A name that nothing is called.
    DanglingName,
    /// A key that has to be there is not.
    MissingKey,
}

const MISTAKES: [Mistake; 4] =
    [Mistake::MisspeltKey, Mistake::WrongType, Mistake::DanglingName, Mistake::MissingKey];

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MisspeltKey => "a misspelt key",
            Self::WrongType => "a value of another type",
            Self::DanglingName => "a name that leads nowhere",
            Self::MissingKey => "a key that is missing",
        })
    }
}

/// A key of a job that its schema knows.
#[derive(Debug, Clone)]
struct Spot {
    /// The way to its mapping, as a JSON pointer.
    mapping: String,
    key: String,
    /// The keys that may stand beside it.
    siblings: Vec<String>,
    is_required: bool,
}

/// References by name that loading a job resolves. `*` stands for any one step.
const REFERENCES: [&str; 8] = [
    "/decisions/*/owner",
    "/kpis/*/from",
    "/kpis/*/owner",
    "/kpis/*/part_of",
    "/kpis/*/decisions/*",
    "/models/*/outcome/table",
    "/models/*/outcome/explains",
    "/steering/recommendations/from/*",
];

#[test]
fn every_known_mistake_is_refused_with_its_place() {
    let schema: Value = serde_json::from_str(&schema::job()).unwrap();
    let jobs = SOUND.map(|path| {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let job: Value = serde_saphyr::from_str(&text).unwrap();
        refused(&job.to_string()).expect_err("a job as JSON, which is YAML too, is as valid as before");
        let (mut spots, mut references) = (Vec::new(), Vec::new());
        keys(&schema, &schema, &job, "", &mut spots);
        names(&job, "", &mut references);
        assert!(spots.len() > 50 && references.len() > 3, "{path}: {} spots", spots.len());
        (job, spots, references)
    });
    let mut tried: BTreeMap<Mistake, u64> = BTreeMap::new();
    for case in 0..cases() {
        let mut random = ChaCha8Rng::seed_from_u64(case);
        let (job, spots, references) = jobs.choose(&mut random).unwrap();
        let mistake = *MISTAKES.choose(&mut random).unwrap();
        let mut job = job.clone();
        let what = make(mistake, &mut job, spots, references, &mut random);
        let told =
            refused(&job.to_string()).unwrap_or_else(|()| panic!("case {case}, {mistake}: {what} passes"));
        assert!(told.contains("-->"), "case {case}, {mistake}: {what} is told without its place:\n{told}");
        *tried.entry(mistake).or_default() += 1;
    }
    assert!(MISTAKES.iter().all(|mistake| tried[mistake] > cases() / 8), "{tried:?}");
}

#[test]
fn whatever_is_done_to_a_text_it_is_read_or_refused_with_a_place() {
    let texts = SOUND.map(|path| std::fs::read_to_string(root().join(path)).unwrap());
    let mut refusals = 0;
    for case in 0..cases() {
        let mut random = ChaCha8Rng::seed_from_u64(1_000_000 + case);
        let mut text = texts.choose(&mut random).unwrap().clone();
        for _ in 0..random.random_range(1..=3) {
            disturb(&mut text, &mut random);
        }
        if let Ok(told) = refused(&text) {
            refusals += 1;
            assert!(told.contains("-->"), "case {case} is told without a place:\n{told}\n{text}");
        }
    }
    assert!(refusals > cases() / 4, "{refusals}");
}

/// What is told about a job; `Err` if it is accepted.
fn refused(text: &str) -> Result<String, ()> {
    let (_folder, file) = write(text);
    match load_job(&file, &root().join("sql"), &Inputs::default()) {
        Ok(_) => Err(()),
        Err(problems) => Ok(report(&problems)),
    }
}

/// Makes one mistake, and says which.
fn make(
    mistake: Mistake,
    job: &mut Value,
    spots: &[Spot],
    references: &[String],
    random: &mut ChaCha8Rng,
) -> String {
    if mistake == Mistake::DanglingName {
        let place = references.choose(random).unwrap();
        *job.pointer_mut(place).unwrap() = json!("nowhere");
        return place.clone();
    }
    let fitting: Vec<&Spot> =
        spots.iter().filter(|spot| mistake != Mistake::MissingKey || spot.is_required).collect();
    let spot = fitting.choose(random).unwrap();
    let mapping = job.pointer_mut(&spot.mapping).and_then(Value::as_object_mut).unwrap();
    let place = format!("{}/{}", spot.mapping, spot.key);
    match mistake {
        Mistake::MissingKey => {
            mapping.shift_remove(&spot.key);
            place
        }
        Mistake::WrongType => {
            mapping[&spot.key] = json!([[1]]);
            place
        }
        _ => {
            let misspelt = misspelt(spot, random);
            let renamed: Map<String, Value> = std::mem::take(mapping)
                .into_iter()
                .map(|(key, value)| (if key == spot.key { misspelt.clone() } else { key }, value))
                .collect();
            *mapping = renamed;
            format!("{place} as {misspelt}")
        }
    }
}

/// A key with a letter doubled, left out or swapped with the next, that is no other key.
fn misspelt(spot: &Spot, random: &mut ChaCha8Rng) -> String {
    loop {
        let mut letters: Vec<char> = spot.key.chars().collect();
        let at = random.random_range(0..letters.len());
        match random.random_range(0..3) {
            0 => letters.insert(at, letters[at]),
            1 if letters.len() > 1 => drop(letters.remove(at)),
            _ if at + 1 < letters.len() => letters.swap(at, at + 1),
            _ => continue,
        }
        let text: String = letters.into_iter().collect();
        if text != spot.key && !spot.siblings.contains(&text) {
            return text;
        }
    }
}

/// Every key of `value` that `schema` knows by name.
fn keys(all: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<Spot>) {
    let Some(schema) = meant(all, schema, value) else { return };
    if let Value::Array(elements) = value {
        for (at, element) in elements.iter().enumerate() {
            keys(all, &schema["items"], element, &format!("{place}/{at}"), found);
        }
    }
    let Value::Object(entries) = value else { return };
    let known = schema["properties"].as_object();
    for (key, entry) in entries {
        let inner = format!("{place}/{key}");
        let Some(child) = known.and_then(|known| known.get(key)) else {
            // A name that the author chose.
            keys(all, &schema["additionalProperties"], entry, &inner, found);
            continue;
        };
        let required = schema["required"].as_array();
        found.push(Spot {
            mapping: place.to_owned(),
            key: key.clone(),
            siblings: known.into_iter().flatten().map(|(name, _)| name.clone()).collect(),
            is_required: required.is_some_and(|names| names.contains(&json!(key))),
        });
        keys(all, child, entry, &inner, found);
    }
}

/// The part of `schema` that `value` is an instance of, as far as its keys tell.
fn meant<'a>(all: &'a Value, schema: &'a Value, value: &Value) -> Option<&'a Value> {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#")) {
        return meant(all, all.pointer(name)?, value);
    }
    let choices = schema["anyOf"].as_array().or(schema["oneOf"].as_array());
    match choices {
        Some(choices) => choices.iter().find_map(|choice| meant(all, choice, value)),
        None => fits(schema, value).then_some(schema),
    }
}

fn fits(schema: &Value, value: &Value) -> bool {
    match value {
        Value::Object(entries) => {
            let known = |key: &String| schema["properties"].get(key).is_some();
            let is_open = schema["additionalProperties"].is_object();
            schema["type"] == "object" && (is_open || entries.keys().all(known))
        }
        Value::Array(_) => schema["type"] == "array",
        _ => false,
    }
}

/// Where a job names something that has to be there.
fn names(value: &Value, place: &str, found: &mut Vec<String>) {
    if value.is_string() && REFERENCES.iter().any(|pattern| is_like(pattern, place)) {
        found.push(place.to_owned());
    }
    let inner = |step: String| format!("{place}/{step}");
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, entry)| names(entry, &inner(key.clone()), found));
        }
        Value::Array(elements) => {
            elements
                .iter()
                .enumerate()
                .for_each(|(at, element)| names(element, &inner(at.to_string()), found));
        }
        _ => {}
    }
}

fn is_like(pattern: &str, place: &str) -> bool {
    let (pattern, place): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), place.split('/').collect());
    pattern.len() == place.len() && pattern.iter().zip(&place).all(|(a, b)| *a == "*" || a == b)
}

/// What a slip of the hand does to a text.
fn disturb(text: &mut String, random: &mut ChaCha8Rng) {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return;
    }
    let at = random.random_range(0..lines.len());
    match random.random_range(0..6) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => lines[at].insert_str(0, ["  ", " ", "\t", "- "].choose(random).unwrap()),
        3 => lines[at] = lines[at].trim_start().to_owned(),
        4 => {
            let with = random.random_range(0..lines.len());
            lines.swap(at, with);
        }
        _ => {
            let line = &mut lines[at];
            let places: Vec<usize> =
                line.char_indices().map(|(place, _)| place).chain([line.len()]).collect();
            let place = *places.choose(random).unwrap();
            let letter = ":{}[]&*!|>'\"%@`#,-?0ä€\u{0}".chars().collect::<Vec<_>>();
            line.insert(place, *letter.choose(random).unwrap());
        }
    }
    *text = lines.join("\n");
}
