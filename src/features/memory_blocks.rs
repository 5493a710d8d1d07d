//! Rows that are in memory already, as blocks: for simulations, benchmarks and tests of fits.

use super::frame::{Block, FrameError, RowBlocks};

/// Blocks of rows in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryBlocks {
    blocks: Vec<Block>,
}

impl MemoryBlocks {
    /// Takes blocks as they are.
    #[must_use]
    pub fn new(blocks: Vec<Block>) -> Self {
        Self { blocks }
    }

    /// Cuts rows into blocks of `rows_per_block` (at least 1), the last one shorter.
    ///
    /// `columns` are the design columns; they, `y` and `period` have one entry per row. Entries past
    /// the shortest of them are not read.
    #[must_use]
    pub fn from_columns(columns: &[Vec<f64>], y: &[f64], period: &[u32], rows_per_block: usize) -> Self {
        let lengths = columns.iter().map(Vec::len).chain([y.len(), period.len()]);
        let rows = lengths.min().unwrap_or(0);
        let blocks = (0..rows)
            .step_by(rows_per_block.max(1))
            .map(|from| {
                let to = (from + rows_per_block.max(1)).min(rows);
                Block {
                    rows: to - from,
                    x: columns.iter().flat_map(|column| &column[from..to]).copied().collect(),
                    y: y[from..to].to_vec(),
                    period: period[from..to].to_vec(),
                }
            })
            .collect();
        Self { blocks }
    }
}

impl RowBlocks for MemoryBlocks {
    fn len(&self) -> usize {
        self.blocks.len()
    }

    fn read(&self, index: usize) -> Result<Block, FrameError> {
        self.blocks.get(index).cloned().ok_or_else(|| FrameError {
            block: index,
            reason: format!("there are {} blocks", self.blocks.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_blocks_column_by_column() {
        let columns = [vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]];
        let blocks = MemoryBlocks::from_columns(&columns, &[0.0, 1.0, 0.0], &[0, 0, 1], 2);
        assert_eq!(blocks.len(), 2);
        let (first, last) = (blocks.read(0).unwrap(), blocks.read(1).unwrap());
        assert_eq!(first.column(1), [4.0, 5.0]);
        assert_eq!((last.rows, last.x, last.y, last.period), (1, vec![3.0, 6.0], vec![0.0], vec![1]));
        assert_eq!(blocks.read(2).unwrap_err().block, 2);
    }
}
