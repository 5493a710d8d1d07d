//! Paths: `<storage>/<path>` of sources and results, and SQL files below the SQL folder.

use std::path::Path;

use super::checker::Checker;
use crate::config::job::Location;
use crate::config::yaml::Located;

/// Reads `<storage>/<path>`.
pub(super) fn location(checker: &mut Checker<'_>, path: &Located<String>) -> Option<Location> {
    let text = path.value.as_str();
    let wrong = if text.contains("://") {
        Some(format!("`{text}` is an address"))
    } else if text.starts_with('/') {
        Some(format!("`{text}` is an absolute path"))
    } else if text.contains(['*', '?', '[', '\\']) {
        Some(format!("`{text}` has a character that paths cannot have: `*`, `?`, `[` or `\\`"))
    } else {
        climbs(text)
    };
    let parts = text.split_once('/').filter(|(storage, path)| !storage.is_empty() && !path.is_empty());
    let message = match (wrong, parts) {
        (None, Some((storage, path))) => {
            return Some(Location { storage: storage.to_owned(), path: path.to_owned() });
        }
        (Some(message), _) => message,
        (None, None) => format!("`{text}` does not name a storage and a path below it"),
    };
    let help = "write the name of a storage and a path below it, for example `lake/erp/orders/`; \
        the platform file says where each storage is";
    checker.error("invalid_path", path.position, message, help);
    None
}

/// Reads `<storage>/<path>` of a folder, whose last `/` may be left out.
pub(super) fn folder(checker: &mut Checker<'_>, path: &Located<String>) -> Option<Location> {
    let mut location = location(checker, path)?;
    if !location.path.ends_with('/') {
        location.path.push('/');
    }
    Some(location)
}

/// Checks the name of a SQL file below the SQL folder.
pub(super) fn sql_file(checker: &mut Checker<'_>, path: &Located<String>) -> Option<String> {
    let text = path.value.as_str();
    let wrong = if text.starts_with('/') || text.contains(['\\', ':']) {
        Some(format!("`{text}` is not a path below the SQL folder"))
    } else if Path::new(text).extension().is_none_or(|extension| extension != "sql") {
        Some(format!("`{text}` is not a SQL file"))
    } else {
        climbs(text)
    };
    let Some(message) = wrong else { return Some(text.to_owned()) };
    let help = "name a file below the SQL folder, for example `shop/weekly_panel.sql`";
    checker.error("invalid_path", path.position, message, help);
    None
}

/// Says so when a path could leave the folder that it stands below.
fn climbs(path: &str) -> Option<String> {
    let mut parts = path.strip_suffix('/').unwrap_or(path).split('/');
    parts
        .any(|part| matches!(part, "" | "." | ".."))
        .then(|| format!("`{path}` has an empty part, `.` or `..`"))
}
