//! Where tests find the published data sets: the one answer for all rooms.

use std::path::{Path, PathBuf};

/// The folder of the published data sets, as `TRICHTER_PUBLISHED` names it or beside the project.
///
/// Says so where it is missing. Where `TRICHTER_REQUIRE_PUBLISHED` is set, a test must not skip: it fails.
#[allow(clippy::disallowed_methods, reason = "tests take the place of the data from their environment")]
pub(crate) fn published() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("TRICHTER_PUBLISHED").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder.canonicalize().unwrap());
    }
    let missing = format!("the published data sets are not in {}", folder.display());
    assert!(std::env::var_os("TRICHTER_REQUIRE_PUBLISHED").is_none(), "{missing}");
    println!("skipped: {missing}");
    None
}
