//! `docs/cookbook.md`, step by step as it stands there, on the demo's data.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::project::{assert_exit, program};

/// A step of the cookbook.
#[derive(Debug)]
enum Step {
    New { file: String, text: String },
    Change { file: String, lines: Vec<String> },
    Command(String),
}

/// The steps of a page, in order, with the heading that each stands under.
fn steps(page: &str) -> Vec<(String, Step)> {
    let (mut heading, mut file, mut is_new) = (String::new(), String::new(), false);
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut heading);
        } else if let Some(name) = line.strip_prefix("New file `").and_then(|rest| rest.strip_suffix("`:")) {
            (file, is_new) = (name.to_owned(), true);
        } else if let Some(name) = line.strip_prefix("In `").and_then(|rest| rest.strip_suffix("`:")) {
            (file, is_new) = (name.to_owned(), false);
        } else if let Some(kind) = line.strip_prefix("```") {
            let block: Vec<String> =
                lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
            let mut add = |step| steps.push((heading.clone(), step));
            match kind {
                "sh" => block.into_iter().for_each(|command| add(Step::Command(command))),
                "diff" => add(Step::Change { file: file.clone(), lines: block }),
                _ if is_new => add(Step::New { file: file.clone(), text: block.join("\n") + "\n" }),
                _ => panic!("what is to be done with a block of {kind} under {heading}?"),
            }
        }
    }
    steps
}

/// Applies a change: the lines that stay and go must be there, in one place.
fn change(path: &Path, lines: &[String]) {
    let text = fs::read_to_string(path).unwrap();
    let mark = |line: &String, marks: &[char]| {
        let kept = line.chars().next().is_none_or(|first| marks.contains(&first));
        kept.then(|| line.get(1..).unwrap_or_default().to_owned())
    };
    let before: Vec<String> = lines.iter().filter_map(|line| mark(line, &[' ', '-'])).collect();
    let after: Vec<String> = lines.iter().filter_map(|line| mark(line, &[' ', '+'])).collect();
    assert_eq!(before.len() + lines.iter().filter(|line| line.starts_with('+')).count(), lines.len());
    // The last line may be the beginning of one.
    let (before, after) = (format!("\n{}", before.join("\n")), format!("\n{}", after.join("\n")));
    assert_eq!(text.matches(&before).count(), 1, "{} must have once:{before}", path.display());
    fs::write(path, text.replacen(&before, &after, 1)).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn every_step_of_the_cookbook_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let steps = steps(&fs::read_to_string(root.join("docs/cookbook.md")).unwrap());
    let recipes = (1..=10).filter(|number| {
        steps.iter().any(|(heading, step)| {
            heading.starts_with(&format!("{number}. ")) && matches!(step, Step::Command(_))
        })
    });
    assert_eq!(recipes.count(), 10, "a recipe without a command shows nothing");

    let project: TempDir = tempfile::tempdir().unwrap();
    for folder in ["jobs", "sql", "config"] {
        copy(&root.join(folder), &project.path().join(folder));
    }
    for (heading, step) in &steps {
        match step {
            Step::New { file, text } => {
                let path = project.path().join(file);
                assert!(!path.exists(), "{file} is there already");
                fs::write(path, text).unwrap();
            }
            Step::Change { file, lines } => change(&project.path().join(file), lines),
            Step::Command(command) => {
                let mut words = command.split_whitespace();
                assert_eq!(words.next(), Some("trichter"), "{command}");
                let mut program = program();
                program.current_dir(project.path()).args(words);
                if command.starts_with("trichter demo") {
                    // A small lake has all the dirt of a large one.
                    program.args(["--scale", "0.1"]);
                }
                let output = program.output().unwrap();
                println!("{heading}: {command}\n{}", String::from_utf8_lossy(&output.stdout));
                assert_exit(&output, 0);
                assert!(!output.stdout.is_empty() || command.contains("demo"), "{command} shows nothing");
            }
        }
    }
    let shown = |table: &str| {
        let show = ["show", "jobs/furniture.yaml", table, "--limit", "100000", "--output", "json"];
        let output = program().current_dir(project.path()).args(show).output().unwrap();
        assert_exit(&output, 0);
        String::from_utf8(output.stdout).unwrap()
    };
    for (table, word) in [
        ("kpi_values", "\"order_value\""),
        ("kpi_values", "\"gross_revenue\""),
        ("weekly_panel", "\"petrol_price\":1.67"),
        ("driver_effects", "\"petrol_price\""),
        ("channel_performance", "\"search_kitchens\""),
        ("budget_plan", "\"search_kitchens\""),
        ("weather_weekly", "\"is_estimated\":true"),
        ("checks", "\"weekly_panel.range.5\""),
    ] {
        assert!(shown(table).contains(word), "{table} has no {word}");
    }
}
