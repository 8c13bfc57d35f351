//! The values of one column, in Arrow's memory layout.

use super::column::ColumnType;

/// Bits in the order of Arrow: the first bit is the lowest of the first byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bitmap {
    bytes: Vec<u8>,
    length: usize,
    zeros: usize,
}

impl Bitmap {
    fn push(&mut self, bit: bool) {
        if self.length.is_multiple_of(8) {
            self.bytes.push(0);
        }
        match self.bytes.last_mut() {
            Some(last) if bit => *last |= 1 << (self.length % 8),
            _ => self.zeros += 1,
        }
        self.length += 1;
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the bytes without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the number of bits that are 0.
    pub fn zeros(&self) -> usize {
        self.zeros
    }

    /// Returns a bit; `false` beyond the end.
    pub fn get(&self, position: usize) -> bool {
        self.bytes.get(position / 8).is_some_and(|byte| byte >> (position % 8) & 1 == 1)
    }
}

/// The buffers of a column besides its validity.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Buffers {
    /// Integers, or timestamps in microseconds.
    Int64(Vec<i64>),
    /// Numbers.
    Float64(Vec<f64>),
    /// One bit for each value.
    Boolean(Bitmap),
    /// Strings: the end of string `n` is offset `n + 1`.
    String {
        /// Positions in `bytes`, starting with 0.
        offsets: Vec<i32>,
        /// All strings, one after another, in UTF-8.
        bytes: Vec<u8>,
    },
}

/// The values of a column. Values that are not valid are null.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ColumnValues {
    /// One bit for each value: 1 if it is not null.
    pub validity: Bitmap,
    /// The values. The value of a null is zero or empty.
    pub buffers: Buffers,
}

/// One value of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Int64(i64),
    Float64(f64),
    Boolean(bool),
    String(std::borrow::Cow<'a, str>),
}

impl ColumnValues {
    pub(super) fn new(column_type: ColumnType) -> Self {
        let buffers = match column_type {
            ColumnType::Int64 | ColumnType::Timestamp => Buffers::Int64(Vec::new()),
            ColumnType::Float64 => Buffers::Float64(Vec::new()),
            ColumnType::Boolean => Buffers::Boolean(Bitmap::default()),
            ColumnType::String | ColumnType::Json => Buffers::String { offsets: vec![0], bytes: Vec::new() },
        };
        Self { validity: Bitmap::default(), buffers }
    }

    /// Appends a value, or a null. A value of another type counts as null.
    pub(super) fn push(&mut self, cell: Option<&Cell<'_>>) {
        let is_valid = match (&mut self.buffers, cell) {
            (Buffers::Int64(values), Some(Cell::Int64(value))) => {
                values.push(*value);
                true
            }
            (Buffers::Float64(values), Some(Cell::Float64(value))) => {
                values.push(*value);
                true
            }
            (Buffers::Boolean(values), Some(Cell::Boolean(value))) => {
                values.push(*value);
                true
            }
            (Buffers::String { offsets, bytes }, Some(Cell::String(value))) => {
                bytes.extend_from_slice(value.as_bytes());
                // A batch ends long before this: see `BatchBuilder::is_full`.
                offsets.push(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
                true
            }
            (buffers, _) => {
                push_zero(buffers);
                false
            }
        };
        self.validity.push(is_valid);
    }

    /// Returns the size of the strings in bytes.
    pub(super) fn string_bytes(&self) -> usize {
        match &self.buffers {
            Buffers::String { bytes, .. } => bytes.len(),
            _ => 0,
        }
    }
}

fn push_zero(buffers: &mut Buffers) {
    match buffers {
        Buffers::Int64(values) => values.push(0),
        Buffers::Float64(values) => values.push(0.0),
        Buffers::Boolean(values) => values.push(false),
        Buffers::String { offsets, .. } => offsets.push(offsets.last().copied().unwrap_or_default()),
    }
}
