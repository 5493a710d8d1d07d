//! The language as a whole: what people are told about mistakes that they really make.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::diagnostic::Problems;
use super::platform::StorageKind;
use super::{Inputs, check_storage, check_storages, check_target, load_job, load_platform};

mod mutation;
mod platform;
mod response;

/// Jobs in which anything may go wrong.
const SOUND: [&str; 4] = [
    "jobs/examples/bike_sharing.yaml",
    "tests/jobs/valid/response_wide.yaml",
    "tests/jobs/valid/response_long.yaml",
    "tests/jobs/valid/budget.yaml",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn problems_of(file: &Path) -> Problems {
    match load_job(file, &root().join("sql"), &Inputs::default()) {
        Ok(_) => panic!("{} should be refused", file.display()),
        Err(problems) => problems,
    }
}

/// The report as it reads when the program is started in the project's folder.
fn report(problems: &Problems) -> String {
    problems.render(false).replace(&format!("{}/", root().display()), "")
}

fn write(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("job.yaml");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

#[test]
fn each_mistake_is_explained_at_its_place() {
    let folder = root().join("tests/jobs/invalid");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() >= 25, "only {} files", files.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for file in files {
            let problems = problems_of(&file);
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            insta::assert_snapshot!(name, report(&problems));
        }
    });
}

#[test]
fn one_mistake_is_reported_once() {
    for entry in std::fs::read_dir(root().join("tests/jobs/invalid")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "yaml") {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            // Two keys are missing in this file, to show that both are named.
            let expected = if name == "missing_key" { 2 } else { 1 };
            let problems = problems_of(&file);
            assert_eq!(problems.sorted().len(), expected, "{name}:\n{}", report(&problems));
        }
    }
}

#[test]
fn generated_files_are_fresh() {
    for (path, generated) in [
        ("config/schema/job.schema.json", super::schema::job()),
        ("config/schema/config.schema.json", super::schema::platform()),
        ("docs/reference/job.md", super::reference::job()),
        ("docs/reference/config.md", super::reference::platform()),
    ] {
        let file = root().join(path);
        if option_env!("TRICHTER_BLESS").is_some() {
            std::fs::write(&file, &generated).unwrap();
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(found == generated, "{path} is stale: run `TRICHTER_BLESS=1 cargo test --lib config::tests`");
    }
}

#[test]
fn five_mistakes_are_reported_in_order() {
    let text = std::fs::read_to_string(root().join("jobs/examples/bike_sharing.yaml")).unwrap();
    let text = text
        .replacen("currency: USD", "currency: dollars", 1)
        .replacen("    about: weather", "    abuot: weather", 1)
        .replacen("key: [day]", "key: day", 1)
        .replacen("owner: head_of_marketing", "owner: head_of_sales", 1)
        .replacen("explains: rentals", "explains: rental", 1);
    let (_folder, file) = write(&text);
    let problems = problems_of(&file);
    let codes: Vec<&str> = problems.sorted().iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["wrong_value", "unknown_key", "wrong_type", "unknown_name", "unknown_name"]);
    let lines: Vec<u32> =
        problems.sorted().iter().filter_map(|problem| Some(problem.position?.line)).collect();
    assert!(lines.len() == 5 && lines.is_sorted(), "{}", problems.render(false));
}

#[test]
fn problems_are_also_given_as_json() {
    let (_folder, file) = write("job: [a]\n");
    let json = serde_json::to_value(problems_of(&file)).unwrap();
    let wrong = json.as_array().unwrap().iter().find(|problem| problem["code"] == "wrong_type").unwrap();
    assert_eq!(wrong["severity"], "error");
    assert_eq!(wrong["position"], serde_json::json!({ "line": 1, "column": 6, "length": 1 }));
    assert_eq!(wrong["message"], "expected a text, found a list");
}

#[test]
fn mutilated_files_never_panic() {
    let texts = SOUND.map(|sound| std::fs::read_to_string(root().join(sound)).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("job.yaml");
    // A linear congruential generator: the same mutations at every run.
    let mut state: u64 = 1;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for (round, text) in (0..600).zip(texts.iter().cycle()) {
        let characters: Vec<char> = text.chars().collect();
        let mut mutated = characters.clone();
        if round % 4 == 0 {
            mutated.truncate(random(characters.len()));
        }
        for _ in 0..random(6) {
            let noise =
                ['{', '}', '[', ']', ':', '-', '&', '*', '"', '\'', '\n', '\t', '$', '!', 'ü', '#', '|', '0'];
            let at = random(mutated.len().max(1)).min(mutated.len());
            if random(2) == 0 && at < mutated.len() {
                mutated.remove(at);
            } else {
                mutated.insert(at, noise[random(noise.len())]);
            }
        }
        std::fs::write(&file, mutated.iter().collect::<String>()).unwrap();
        if let Err(problems) = load_job(&file, &root().join("sql"), &Inputs::default()) {
            assert!(problems.has_errors());
            assert!(!problems.render(true).is_empty());
        }
    }
}

#[test]
fn hostile_files_are_refused_quickly() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (before, name) in "abcdefghi".chars().zip("bcdefghij".chars()) {
        writeln!(bomb, "{name}: &{name} [{}]", vec![format!("*{before}"); 10].join(", ")).unwrap();
    }
    for text in [bomb, "[".repeat(100_000), "{a: ".repeat(50_000), format!("job: {}", "x".repeat(5 << 20))] {
        let (_folder, file) = write(&text);
        let problems = problems_of(&file);
        let code = problems.sorted()[0].code;
        assert!(matches!(code, "limit" | "yaml_syntax"), "{code}");
    }
}

#[test]
fn anchors_and_merges_are_followed() {
    let text = std::fs::read_to_string(root().join("jobs/examples/bike_sharing.yaml")).unwrap();
    let text = text
        .replacen("  weather:\n    party: third", "  weather: &outside\n    party: third", 1)
        .replacen("  days:\n    party: third\n", "  days:\n    <<: *outside\n", 1);
    let (_folder, file) = write(&text);
    let loaded = load_job(&file, &root().join("sql"), &Inputs::default());
    let (job, _) = loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let days = job.source("days").unwrap();
    assert_eq!((days.party.as_str(), days.about.as_deref()), ("third", Some("calendar")));
}

#[test]
fn the_platform_files_load() {
    let variables = |name: &str| (name == "TRICHTER_PUBLISHED").then(|| "/data".to_owned());
    let local = load_platform(&root().join("config/local.yaml"), &variables)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert_eq!(local.engine.memory_limit, 4 << 30);
    assert!(matches!(&local.storages[1].kind, StorageKind::Folder(path) if path == Path::new("/data")));
    assert!(matches!(&local.storages[0].kind, StorageKind::Folder(path) if path.is_absolute()));

    let variables = |name: &str| (name == "TRICHTER_BUCKET").then(|| "lake".to_owned());
    let s3 = load_platform(&root().join("config/s3.yaml"), &variables)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert!(matches!(&s3.storages[0].kind, StorageKind::S3(s3) if s3.bucket == "lake"));

    let google = load_platform(&root().join("config/gcs.yaml"), &variables)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert!(matches!(&google.storages[0].kind, StorageKind::GoogleCloud(google) if google.bucket == "lake"));

    let variables = |name: &str| match name {
        "TRICHTER_ACCOUNT" => Some("company".to_owned()),
        "TRICHTER_CONTAINER" => Some("lake".to_owned()),
        _ => None,
    };
    let azure = load_platform(&root().join("config/azure.yaml"), &variables)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert!(matches!(&azure.storages[0].kind, StorageKind::Azure(azure) if azure.account == "company"));
}

#[test]
fn a_variable_that_is_not_set_is_reported_with_its_message() {
    let platform = load_platform(&root().join("config/local.yaml"), &|_| None).unwrap();
    let load = |job: &str| load_job(&root().join(job), &root().join("sql"), &Inputs::default()).unwrap().0;
    // Only jobs that read the storage are concerned, each variable once.
    let problems = check_storages(&load("jobs/examples/bike_sharing.yaml"), &platform).unwrap_err();
    let report = problems.render(false);
    assert_eq!(problems.sorted().len(), 1, "{report}");
    assert!(report.contains("`TRICHTER_PUBLISHED` is not set: set it to the folder"), "{report}");
    assert!(report.contains("config/local.yaml:"), "{report}");
    assert_eq!(check_storages(&load("jobs/furniture.yaml"), &platform), Ok(()));
    assert_eq!(check_target(&load("jobs/examples/bike_sharing.yaml"), &platform), Ok(()));
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_line_that_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("platform.yaml");
    std::fs::write(&file, "\u{feff}storages: { a: { folder: \"${PLACE}\" } }\n").unwrap();
    let platform = load_platform(&file, &|_| None).unwrap();
    let report = check_storage("a", &platform).unwrap_err().render(false);
    assert!(report.contains("| storages: {") && !report.contains('\u{feff}'), "{report}");
}

#[test]
fn a_variable_that_is_not_set_outside_of_storages_concerns_every_job() {
    let text = "\
storages:
  lake: { s3: { bucket: \"${BUCKET}\", region: \"${REGION}\" } }
  marts: { folder: marts }
engine: { threads: \"${THREADS}\" }
";
    let (_folder, file) = write(text);
    let report = load_platform(&file, &|_| None).unwrap_err().render(false);
    assert!(report.contains("`THREADS` is not set") && !report.contains("`BUCKET`"), "{report}");
    let platform = load_platform(&file, &|name| (name == "THREADS").then(|| "2".to_owned())).unwrap();
    assert_eq!(platform.unset.len(), 1);
    assert_eq!(platform.unset[0].problems.len(), 2);
    assert!(check_storage("lake", &platform).is_err() && check_storage("marts", &platform).is_ok());
    assert!(platform.storage("marts").is_some() && platform.storage("lake").is_none());

    let text = "storages: { a: { folder: &place \"${PLACE}\" }, b: { folder: *place }, c: { folder: c } }\n";
    let (_folder, file) = write(text);
    let platform = load_platform(&file, &|_| None).unwrap();
    assert!(platform.storage("c").is_some() && check_storage("b", &platform).is_err());
}

#[test]
fn values_of_variables_stay_out_of_messages() {
    let text = "\
storages:
  lake: { s3: { bucket: lake, access_key_id: { secret: \"${KEY}\" }, secret_access_key: { secret: env:SECRET } } }
engine: { threads: \"${KEY}\" }
";
    let (_folder, file) = write(text);
    let problems = load_platform(&file, &|_| Some("hunter2".to_owned())).unwrap_err();
    assert_eq!(problems.sorted().len(), 2);
    assert!(!format!("{problems:?}{}", problems.render(false)).contains("hunter2"));
}

#[test]
fn numbers_may_come_from_variables_but_not_from_quotes() {
    let engine = |text: &str| {
        let (_folder, file) =
            write(&format!("storages: {{ lake: {{ folder: lake }} }}\nengine: {{ threads: {text} }}\n"));
        load_platform(&file, &|_| Some("3".to_owned())).map(|platform| platform.engine.threads)
    };
    assert_eq!(engine("\"${THREADS}\""), Ok(Some(3)));
    assert_eq!(engine("2"), Ok(Some(2)));
    assert!(engine("\"2\"").is_err());
    assert!(engine("0").is_err());
    assert!(engine("1.5").is_err());
}

#[test]
fn a_wrong_value_anywhere_is_one_problem() {
    let own = std::collections::BTreeMap::new();
    let variables = super::yaml::Variables { environment: &|_| None, own: &own };
    for sound in SOUND {
        let text = std::fs::read_to_string(root().join(sound)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let root_node =
            super::yaml::parse(&text, Path::new("job.yaml"), variables, &mut Problems::default()).unwrap();
        let mut scalars = Vec::new();
        root_node.scalars(&mut scalars);
        assert!(scalars.len() > 40, "only {} values", scalars.len());
        for position in scalars {
            let index = position.line as usize - 1;
            let (start, length) = (position.column as usize - 1, position.length as usize);
            let before: String = lines[index].chars().take(start).collect();
            let after: String = lines[index].chars().skip(start + length).collect();
            let mut mutated: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
            mutated[index] = format!("{before}[[]]{after}");
            let (_folder, file) = write(&mutated.join("\n"));
            let problems = problems_of(&file);
            assert_eq!(problems.sorted().len(), 1, "{}", report(&problems));
        }
    }
}

#[test]
fn a_wrong_section_is_one_problem() {
    for sound in SOUND {
        let text = std::fs::read_to_string(root().join(sound)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let starts: Vec<usize> = (0..lines.len())
            .filter(|&index| lines[index].starts_with(|c: char| c.is_ascii_lowercase()))
            .collect();
        assert!(starts.len() > 10);
        for (which, &start) in starts.iter().enumerate() {
            let end = starts.get(which + 1).copied().unwrap_or(lines.len());
            let key = lines[start].split(':').next().unwrap();
            let mutated = [&lines[..start], &[&format!("{key}: [[]]")], &lines[end..]].concat().join("\n");
            let (_folder, file) = write(&mutated);
            let problems = problems_of(&file);
            assert_eq!(problems.sorted().len(), 1, "{}", report(&problems));
        }
    }
}
