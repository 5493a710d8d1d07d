//! A look at files that no contract names yet: which there are, which columns they hold, and some of their rows.
//!
//! Kept apart from reading, because nothing here is a promise. Parquet is known by its footers, delimited text by its
//! first lines; rows are looked at up to a limit, in the order of the file, so that the same files always show the same.

mod files;
mod header;
mod object_reader;
mod parquet_rows;
mod seen;
mod text_rows;
mod text_type;

pub use files::{DataFile, DataFiles, FileKind, data_files};
pub use header::TextForm;
pub use seen::{ColumnSeen, FileSeen, RowsSeen, look, rows};
pub use text_type::{TextType, text_type};

#[cfg(test)]
mod tests;
