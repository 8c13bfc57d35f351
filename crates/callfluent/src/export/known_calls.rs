//! The calls of one agent that an earlier run of an export wrote, eight bytes for each. A call that
//! moves to another page between two runs is written once.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};

use crate::pagination::record_key;

/// Calls that need not be written again.
#[derive(Debug, Default)]
pub(super) struct KnownCalls(Vec<u64>);

impl KnownCalls {
    /// Reads the calls in a part of a JSONL file. Moves the position of the file.
    pub(super) fn read(file: &File, start: u64, end: u64) -> io::Result<Self> {
        let mut keys = Vec::new();
        if start < end {
            // Some systems lock a file against other handles, also in this process.
            let mut file = file.try_clone()?;
            file.seek(SeekFrom::Start(start))?;
            let mut lines = BufReader::new(file.take(end - start));
            let mut line = String::new();
            while lines.read_line(&mut line)? > 0 {
                keys.push(record_key(line.trim_end_matches('\n')));
                line.clear();
            }
        }
        keys.sort_unstable();
        Ok(Self(keys))
    }

    /// Returns whether the call of this line is known.
    pub(super) fn contains(&self, line: &str) -> bool {
        !self.0.is_empty() && self.0.binary_search(&record_key(line)).is_ok()
    }
}
