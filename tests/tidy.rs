//! Holds the invariants of ARCHITECTURE.md that no compiler lint can hold.
//!
//! Works on the text of the sources. Code below `#[cfg(test)]` is not looked at: tests may reach
//! across rooms to build their inputs.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken rule and an unreadable file end the test alike"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file, in lines. Longer ones are two things in one.
const LONGEST: usize = 500;

/// Which rooms a room may import from; `::result` stands for the result types alone.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("config", &["domain"]),
    ("engine", &["config", "domain"]),
    ("sources", &["engine", "config", "domain", "run::result"]),
    ("transform", &["engine", "config", "domain", "run::result"]),
    ("kpis", &["engine", "config", "domain"]),
    ("demo", &["engine"]),
    ("proposal", &["sources", "engine", "config", "domain"]),
    ("features", &["engine", "config", "domain", "transform::result"]),
    ("models", &["features", "domain"]),
    ("steering", &["config", "domain", "models::result", "kpis::result"]),
    (
        "publish",
        &[
            "engine",
            "config",
            "domain",
            "models::result",
            "kpis::result",
            "steering::result",
            "run::result",
            "transform::result",
        ],
    ),
    ("report", &["config", "domain", "models::result", "kpis::result", "steering"]),
    (
        "run",
        &[
            "engine",
            "config",
            "domain",
            "sources",
            "transform",
            "kpis",
            "features",
            "models",
            "steering",
            "publish",
            "report",
            "demo::DemoError",
        ],
    ),
    ("cli", &["run", "config", "demo", "domain", "engine", "proposal", "transform", "publish"]),
];

/// Words that may stand only below the given folders or files.
const WALLS: &[(&str, &[&str])] = &[
    ("SessionContext", &["src/engine/"]),
    ("AmazonS3Builder", &["src/engine/"]),
    ("GoogleCloudStorageBuilder", &["src/engine/"]),
    ("MicrosoftAzureBuilder", &["src/engine/"]),
    ("LocalFileSystem::", &["src/engine/"]),
    ("smartcore::", &["src/models/fit/"]),
    ("Utc::now", &["src/run/context.rs"]),
    ("Uuid::now_v7", &["src/run/context.rs"]),
    ("Instant::now", &["src/run/context.rs"]),
    ("tracing_subscriber", &["src/cli/logging.rs"]),
    ("serde_saphyr", &["src/config/"]),
];

/// Words that may not stand in the pure rooms.
const IMPURE: &[&str] =
    &["async ", ".await", "datafusion", "object_store", "tokio", "std::env", "std::fs", "SystemTime"];

struct Source {
    path: String,
    /// Lines of code outside tests and comments, numbered from 1.
    code: Vec<(usize, String)>,
    lines: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

fn sources() -> Vec<Source> {
    let files = files_below(&root().join("src"), "rs");
    let tests: Vec<PathBuf> = files.iter().flat_map(|path| test_modules(path)).collect();
    // A module is a file or a folder of its name.
    let is_test =
        |path: &Path| tests.iter().any(|test| path.starts_with(test) || path == test.with_extension("rs"));
    files.iter().map(|path| source(path, is_test(path))).collect()
}

/// Modules that `path` declares behind `#[cfg(test)]`, without their ending.
fn test_modules(path: &Path) -> Vec<PathBuf> {
    let folder = if path.file_name().is_some_and(|name| name == "mod.rs" || name == "lib.rs") {
        path.parent().unwrap().to_path_buf()
    } else {
        path.with_extension("")
    };
    let text = fs::read_to_string(path).unwrap();
    let declared = text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| rest.lines().next());
    declared
        .filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';'))
        .map(|name| folder.join(name))
        .collect()
}

fn source(path: &Path, is_test_file: bool) -> Source {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let path = relative(path);
    // A module of tests ends the file; `#[cfg(test)]` before anything else hides one line.
    let begins_tests = |index: usize| {
        lines[index].trim() == "#[cfg(test)]"
            && lines.get(index + 1).is_some_and(|next| next.contains("mod ") && next.ends_with('{'))
    };
    let end = (0..lines.len()).find(|index| begins_tests(*index)).unwrap_or(lines.len());
    let for_tests = |index: usize| index > 0 && lines[index - 1].trim() == "#[cfg(test)]";
    let code = lines[..if is_test_file { 0 } else { end }]
        .iter()
        .enumerate()
        .filter(|(index, line)| !line.trim_start().starts_with("//") && !for_tests(*index))
        .map(|(index, line)| (index + 1, line.clone()))
        .collect();
    Source { path, code, lines }
}

/// The room that a source file belongs to: the first folder below `src`.
fn room(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?.split_once('/').map(|(room, _)| room)
}

/// The `crate::…` paths that a line of code names, with groups in braces spelt out.
fn crate_paths(line: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for part in line.split("crate::").skip(1) {
        if let Some(group) = part.strip_prefix('{') {
            paths.extend(group.split(',').map(|name| name.trim_matches([' ', '}', ';']).to_owned()));
        } else {
            let end = part.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(part.len());
            paths.push(part[..end].trim_end_matches(':').to_owned());
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}

fn report(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn rooms_import_downwards_only() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut broken = Vec::new();
    for source in sources() {
        let Some(room) = room(&source.path) else { continue };
        let Some(may) = allowed.get(room) else {
            broken.push(format!("{}: room `{room}` is not in the list of rooms", source.path));
            continue;
        };
        for (number, line) in &source.code {
            for path in crate_paths(line) {
                let inside = path == room || path.starts_with(&format!("{room}::"));
                let fits = may.iter().any(|may| path == *may || path.starts_with(&format!("{may}::")));
                if !inside && !fits {
                    broken.push(format!("{}:{number}: `{room}` may not import `{path}`", source.path));
                }
            }
        }
    }
    report(&broken);
}

#[test]
fn models_and_steering_are_pure() {
    let mut broken = Vec::new();
    for source in sources() {
        if !matches!(room(&source.path), Some("models" | "steering")) {
            continue;
        }
        for (number, line) in &source.code {
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                broken.push(format!("{}:{number}: `{}` in a pure room", source.path, word.trim()));
            }
        }
    }
    report(&broken);
}

#[test]
fn walls_stand() {
    let mut broken = Vec::new();
    for source in sources() {
        for (word, homes) in WALLS {
            if homes.iter().any(|home| source.path.starts_with(home)) {
                continue;
            }
            for (number, _) in source.code.iter().filter(|(_, line)| line.contains(word)) {
                broken.push(format!("{}:{number}: `{word}` belongs in {}", source.path, homes.join(", ")));
            }
        }
    }
    report(&broken);
}

#[test]
fn every_file_says_what_it_owns_and_stays_short() {
    let mut broken = Vec::new();
    for source in sources() {
        if !source.lines.first().is_some_and(|line| line.starts_with("//! ")) {
            broken.push(format!("{}:1: a file starts with `//!` and says what it owns", source.path));
        }
        if source.lines.len() > LONGEST {
            broken.push(format!("{}: {} lines, at most {LONGEST}", source.path, source.lines.len()));
        }
    }
    report(&broken);
}

#[test]
fn mod_files_hold_docs_and_re_exports_only() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.path.ends_with("/mod.rs")) {
        // A resolved type may be the whole point of its folder; functions have a file of their own.
        if source.path == "src/config/job/mod.rs" {
            continue;
        }
        for (number, line) in &source.code {
            let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
            if ["fn ", "async fn ", "impl ", "struct ", "enum ", "trait "]
                .iter()
                .any(|word| line.starts_with(word))
            {
                broken.push(format!("{}:{number}: code in a mod.rs", source.path));
            }
        }
    }
    report(&broken);
}

#[test]
fn no_job_lives_in_rust() {
    let jobs: Vec<String> = files_below(&root().join("jobs"), "yaml")
        .iter()
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    assert!(!jobs.is_empty());
    let mut broken = Vec::new();
    for source in sources() {
        // Help texts name jobs to start with, and a demo makes the lake of its job.
        let speaks_of_jobs = ["src/cli/args", "src/cli/command/demo.rs", "src/demo/"];
        if speaks_of_jobs.iter().any(|path| source.path.starts_with(path)) {
            continue;
        }
        for (number, line) in &source.code {
            for job in jobs.iter().filter(|job| line.contains(job.as_str())) {
                broken.push(format!("{}:{number}: job `{job}` is named in Rust", source.path));
            }
        }
    }
    report(&broken);
}

#[test]
fn every_sql_file_states_its_grain_and_key() {
    let mut broken = Vec::new();
    for path in files_below(&root().join("sql"), "sql") {
        let text = fs::read_to_string(&path).unwrap();
        let header: Vec<&str> = text.lines().take_while(|line| line.starts_with("--")).collect();
        if !header.first().is_some_and(|line| line.starts_with("-- One row per ")) {
            broken.push(format!("{}:1: start with `-- One row per …`", relative(&path)));
        }
        if !header.iter().any(|line| line.starts_with("-- key: ")) {
            broken.push(format!("{}: the header lacks `-- key: …`", relative(&path)));
        }
    }
    report(&broken);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents = files_below(&root().join("docs"), "md");
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        documents.push(root().join(name));
    }
    let mut broken = Vec::new();
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            if !document.parent().unwrap().join(target).exists() {
                broken.push(format!("{}: link to {target}", relative(&document)));
            }
        }
    }
    report(&broken);
}
