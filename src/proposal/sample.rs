//! Rows of the files of a source, up to a limit, as columns of one type each.
//!
//! The newest files are looked at first, one after the other, so that the distances between days show; then some of the
//! others, evenly spread. Which they are depends on the files alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::DataType as ArrowType;

use super::error::ProposalError;
use crate::domain::DataType;
use crate::engine::{EngineErrorKind, StorageHandle, arrow_type};
use crate::sources::survey::{FileSeen, rows};

/// Most files of one source whose rows are looked at.
const MOST_FILES: usize = 400;

/// Rows that were looked at.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// Values by column; each has as many as there are rows.
    pub(super) columns: BTreeMap<String, Vec<ArrayRef>>,
    pub(super) rows: usize,
    /// True if these are all rows of all files.
    pub(super) is_whole: bool,
    /// What is wrong with files whose rows cannot be read.
    pub(super) broken: Vec<String>,
}

/// Which of `count` files to look at, in this order: the newest half of what is asked, then others evenly spread.
fn chosen(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).rev().collect();
    }
    let newest = most / 2;
    let others = most - newest;
    let left = count - newest;
    (left..count).rev().chain((0..others).map(|place| place * left / others)).collect()
}

/// Looks at rows of `files`. `types` are the columns to look at with their types; those of text are texts.
pub(super) async fn sample(
    storage: &StorageHandle,
    files: &[FileSeen],
    types: &[(String, DataType)],
    (partitions, limit): (&[String], usize),
) -> Result<Sample, ProposalError> {
    let total: Option<u64> = files.iter().map(|file| file.rows).sum();
    let fits = total.is_some_and(|total| total <= limit as u64);
    let order = chosen(files.len(), if fits { files.len() } else { MOST_FILES });
    let mut sample = Sample { is_whole: order.len() == files.len(), ..Sample::default() };
    for place in order {
        let left = limit - sample.rows;
        if left == 0 {
            sample.is_whole = false;
            break;
        }
        // One large file must not hide the others.
        let share = if files.len() == 1 || fits { left } else { left.min((limit / 4).max(1)) };
        match rows(storage, &files[place], share).await {
            Ok(seen) => {
                sample.is_whole &= seen.is_whole;
                seen.batches.iter().for_each(|batch| sample.add(&files[place], batch, types, partitions));
            }
            Err(error) if error.kind == EngineErrorKind::Source => sample.broken.push(error.message),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sample)
}

impl Sample {
    /// Adds rows of `file`; columns that it lacks are missing, and its partitions are columns.
    fn add(
        &mut self,
        file: &FileSeen,
        batch: &RecordBatch,
        types: &[(String, DataType)],
        partitions: &[String],
    ) {
        let count = batch.num_rows();
        for (name, data_type) in types {
            let to = if file.text.is_some() { ArrowType::Utf8 } else { arrow_type(*data_type) };
            let held = batch.column_by_name(name).and_then(|values| cast(values, &to).ok());
            let values = held.unwrap_or_else(|| new_null_array(&to, count));
            self.columns.entry(name.clone()).or_default().push(values);
        }
        for name in partitions {
            let value = file.file.partitions.iter().find(|(folder, _)| folder == name);
            let value = value.and_then(|(_, value)| value.as_deref());
            let values: ArrayRef = Arc::new(StringArray::from(vec![value; count]));
            self.columns.entry(name.clone()).or_default().push(values);
        }
        self.rows += count;
    }
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn the_newest_files_come_first_and_the_others_are_spread() {
        assert_eq!(chosen(3, 8), [2, 1, 0]);
        assert_eq!(chosen(10, 4), [9, 8, 0, 4]);
        assert_eq!(chosen(10, 4).len(), 4);
    }
}
