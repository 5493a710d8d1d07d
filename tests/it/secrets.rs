//! No secret in anything that a run shows or leaves behind, whether it succeeds or fails.

use std::path::Path;
use std::process::Output;

use crate::project::{JOB, Project, assert_exit, files_below, stderr};
use crate::s3::{ACCESS_KEY, SECRET_KEY, Server};

/// A session token that the server has never heard of.
const TOKEN: &str = "FwoGZXIvYXdzEBYaDKtoken/that+must=not&be=seen";

fn configuration(endpoint: &str, token: &str) -> String {
    let storage = |prefix: &str| {
        format!(
            "{{ s3: {{ bucket: data, prefix: {prefix}, region: us-east-1, endpoint: \"{endpoint}\", allow_http: true, \
             access_key_id: {{ secret: env:SHOP_KEY }}, secret_access_key: {{ secret: env:SHOP_SECRET }}{token}, \
             requests: {{ retries: 1, give_up_after: 5 seconds }} }} }}"
        )
    };
    format!("storages:\n  lake: {}\n  marts: {}\n", storage("lake"), storage("marts"))
}

fn run(project: &Project, secret: &str, arguments: &[&str]) -> Output {
    let mut command = project.command();
    command.args(arguments).env("SHOP_KEY", ACCESS_KEY).env("SHOP_SECRET", secret).env("SHOP_TOKEN", TOKEN);
    command.output().unwrap()
}

/// Every place below `folder` that holds one of `secrets`; also asserts that something was looked at.
fn seen_in_files(folder: &Path, secrets: &[&str]) -> Vec<String> {
    let files = files_below(folder);
    assert!(!files.is_empty(), "nothing was written to {}", folder.display());
    let mut seen = Vec::new();
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let holds = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        seen.extend(secrets.iter().filter(|secret| holds(secret)).map(|_| path.display().to_string()));
    }
    seen
}

fn assert_hidden(output: &Output, secrets: &[&str]) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(output));
    for secret in secrets {
        if let Some(at) = text.find(secret) {
            panic!("a secret is shown: …{}…", &text[at.saturating_sub(200)..(at + 80).min(text.len())]);
        }
    }
}

#[test]
fn runs_that_succeed_and_runs_that_fail_show_no_secret() {
    let project = Project::new();
    let buckets = tempfile::tempdir().unwrap();
    let lake = buckets.path().join("data/lake");
    std::fs::create_dir_all(&lake).unwrap();
    for file in ["sales.csv", "weather.csv"] {
        std::fs::copy(project.path().join("lake").join(file), lake.join(file)).unwrap();
    }
    let server = Server::start(buckets.path());
    let plain = configuration(&server.endpoint, "");
    let secrets = [SECRET_KEY, ACCESS_KEY];
    let artifacts = project.path().join("artifacts");
    let logged = ["--log", "trace", "--log-format", "json", "--output", "json", "--artifacts", "artifacts"];

    // All that there is to see of a run that succeeds, with every line that any library logs.
    project.write("config/local.yaml", &plain);
    let output = run(&project, SECRET_KEY, &[&["run", JOB][..], &logged].concat());
    assert_exit(&output, 0);
    assert!(stderr(&output).contains("\"TRACE\""), "the log is not as talkative as it should be");
    assert_hidden(&output, &secrets);
    for arguments in [&["plan", JOB][..], &["show", JOB], &["explain", JOB], &["check", JOB]] {
        let output = run(&project, SECRET_KEY, &[arguments, &["--log", "trace"]].concat());
        assert_exit(&output, 0);
        assert_hidden(&output, &secrets);
    }
    assert_eq!(seen_in_files(&artifacts, &secrets), [""; 0]);
    assert_eq!(seen_in_files(buckets.path(), &secrets), [""; 0]);

    // A wrong key, a session token that does not belong to it, no bucket, no server.
    let wrong = "wrong-secret-key/with+signs";
    let elsewhere = plain.replace("bucket: data", "bucket: elsewhere");
    let token = configuration(&server.endpoint, ", session_token: { secret: env:SHOP_TOKEN }");
    let nowhere = configuration("http://127.0.0.1:9", "");
    let bad = "FwoG\nno header may hold a line break";
    for (configuration, secret) in
        [(&plain, wrong), (&elsewhere, SECRET_KEY), (&token, wrong), (&nowhere, SECRET_KEY), (&plain, bad)]
    {
        project.write("config/local.yaml", configuration);
        let output = run(&project, secret, &[&["run", JOB][..], &logged].concat());
        assert_ne!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_hidden(&output, &[secret, ACCESS_KEY, TOKEN]);
        assert_eq!(seen_in_files(&artifacts, &[secret, ACCESS_KEY, TOKEN]), [""; 0]);
    }
}

#[test]
fn a_secret_that_is_missing_is_named_by_its_place() {
    let project = Project::new();
    project.write("config/local.yaml", &configuration("http://127.0.0.1:9", ""));
    // Checking reads no storage, so that whoever does it needs no secrets.
    assert_exit(&project.run(&["check", JOB]), 0);
    let output = project.command().args(["run", JOB]).env("SHOP_KEY", ACCESS_KEY).output().unwrap();
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("`SHOP_SECRET` is not set"), "{}", stderr(&output));
    assert_hidden(&output, &[ACCESS_KEY]);
}
