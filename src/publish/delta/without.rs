//! In place of the log where trichter was built without Delta: a target may still hold such tables.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use object_store::{ObjectMeta, ObjectStore};

use super::Mirror;
use crate::publish::error::PublishError;
use crate::publish::guard::Guard;

/// Refuses.
pub(in crate::publish) async fn commit(
    _: &Arc<dyn ObjectStore>,
    wanted: &Mirror,
    _: &str,
    _: &dyn Guard,
) -> Result<(), PublishError> {
    Err(PublishError::WithoutDelta { table: wanted.schema.table.clone() })
}

/// Refuses.
pub(in crate::publish) async fn unused(
    _: &Arc<dyn ObjectStore>,
    table: &str,
    _: DateTime<Utc>,
) -> Result<Vec<ObjectMeta>, PublishError> {
    Err(PublishError::WithoutDelta { table: table.to_owned() })
}
