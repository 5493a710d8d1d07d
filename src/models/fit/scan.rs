//! One pass over the blocks of a frame: parallel work, merged strictly in block order.
//!
//! What people get wrong: a parallel reduction adds in whatever order threads finish, so its last bits
//! change from run to run. Here each block is worked on alone and parts are merged one after the
//! other, whatever the number of threads. Work goes in batches, so that memory holds a few blocks per
//! thread and never the table.

use rayon::prelude::*;

use crate::features::{Block, FrameError, RowBlocks};

/// Finished parts that may wait for their merge, per thread.
const PARTS_PER_THREAD: usize = 4;

/// Reads every block once, maps it on the current rayon pool and hands the parts to `merge` in order.
///
/// At most one block per thread and [`PARTS_PER_THREAD`] parts per thread are in memory at a time.
///
/// # Errors
///
/// The first block, in block order, that cannot be read.
pub(crate) fn fold_blocks<T: Send>(
    blocks: &dyn RowBlocks,
    map: impl Fn(usize, Block) -> T + Sync,
    mut merge: impl FnMut(T),
) -> Result<(), FrameError> {
    let batch = PARTS_PER_THREAD * rayon::current_num_threads();
    for first in (0..blocks.len()).step_by(batch) {
        let parts: Vec<Result<T, FrameError>> = (first..blocks.len().min(first + batch))
            .into_par_iter()
            .with_max_len(1)
            .map(|index| blocks.read(index).map(|block| map(index, block)))
            .collect();
        for part in parts {
            merge(part?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbered(usize);

    impl RowBlocks for Numbered {
        fn len(&self) -> usize {
            self.0
        }

        fn read(&self, index: usize) -> Result<Block, FrameError> {
            if index == 7 && self.0 > 20 {
                return Err(FrameError { block: index, reason: "gone".into() });
            }
            Ok(Block { rows: index, ..Block::default() })
        }
    }

    #[test]
    fn parts_arrive_in_block_order() {
        let mut seen = Vec::new();
        fold_blocks(&Numbered(20), |index, block| (index, block.rows), |part| seen.push(part)).unwrap();
        assert_eq!(seen, (0..20).map(|i| (i, i)).collect::<Vec<_>>());
    }

    #[test]
    fn a_block_that_cannot_be_read_ends_the_pass() {
        let error = fold_blocks(&Numbered(21), |_, _| (), |()| ()).unwrap_err();
        assert_eq!(error.block, 7);
    }
}
