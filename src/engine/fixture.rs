//! Engines and sessions for tests of every room that needs them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;

use super::{Engine, Parameters, Session};

use crate::config::Platform;
use crate::config::platform::{EngineSettings, Storage, StorageKind};

/// A date from `2012-01-31`.
pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Parameters of the window 2012-01-02 to 2012-12-31.
pub(crate) fn parameters() -> Parameters {
    Parameters {
        start: day("2012-01-02"),
        end: day("2012-12-31"),
        as_of: day("2012-12-31"),
        vars: Arc::default(),
    }
}

/// An engine whose storage `lake` is `folder`.
pub(crate) fn engine(folder: &Path) -> Engine {
    let storages = vec![Storage { name: "lake".into(), kind: StorageKind::Folder(folder.to_path_buf()) }];
    let engine = EngineSettings { memory_limit: 512 << 20, ..EngineSettings::default() };
    Engine::new(&Platform { storages, unset: Vec::new(), engine, file: PathBuf::from("config/test.yaml") })
        .unwrap()
}

/// A session of an engine that lives as long as the test.
pub(crate) fn session() -> (Engine, Session) {
    let engine = engine(Path::new("/nonexistent"));
    let session = engine.session(parameters());
    (engine, session)
}
