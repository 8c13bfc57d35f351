//! Validates a JSON text in one pass and records the position of every value. A general parser
//! would build the values, or would have to scan nested ones once for each level.

use std::ops::Range;

use super::numbers::{EXACT_DIGITS, MAX_DEPTH};

/// The position and the kind of a value or a name. All tokens of a response take about as much
/// memory as its text, so each is packed into twelve bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    start: u32,
    end: u32,
    /// The first byte, the flags below, and the number of tokens inside.
    packed: u32,
}

/// A string with escape sequences.
const ESCAPED: u32 = 1 << 8;
/// A number in the form of a JSON integer: not `7.0`, `7e0` or `-0`.
const INTEGER: u32 = 1 << 9;
/// The parsers of all languages accept the text without loss.
const LOSSLESS: u32 = 1 << 10;
/// Lowest bit of the number of tokens inside.
const INSIDE: u32 = 11;

/// Maximum number of values and names in a response. A few compressed bytes can expand to very
/// many, and each takes many times the memory that it took when compressed.
pub(super) const MAX_VALUES: usize = 2_000_000;
const _: () =
    assert!(MAX_VALUES < 1 << (u32::BITS - INSIDE), "the number of tokens fits beside the first byte and the flags");

impl Token {
    /// The token of an empty text.
    pub(super) const EMPTY: Self = Self { start: 0, end: 0, packed: 0 };

    pub(super) fn span(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Number of tokens inside.
    pub(super) fn inside(self) -> usize {
        (self.packed >> INSIDE) as usize
    }

    /// First byte, which tells the kind of the value.
    pub(super) fn first(self) -> u8 {
        self.packed.to_le_bytes()[0]
    }

    pub(super) fn is_escaped(self) -> bool {
        self.packed & ESCAPED != 0
    }

    pub(super) fn is_integer(self) -> bool {
        self.packed & INTEGER != 0
    }

    pub(super) fn is_lossless(self) -> bool {
        self.packed & LOSSLESS != 0
    }
}

/// The reason why a text was not accepted.
pub(super) enum ScanError {
    Invalid,
    TooManyValues,
}

/// An object or array whose end was not reached.
struct Container {
    /// Index of its token.
    index: usize,
    closing: u8,
}

/// The state of a scan. Its methods return `None` if the text is not valid JSON.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    index: usize,
    tokens: Vec<Token>,
    open: Vec<Container>,
}

impl<'a> Scanner<'a> {
    /// Returns `None` if the text is too long for the positions in a token.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        let bytes_per_token = if text.len() < SHORT_TEXT { 16 } else { 10 };
        let tokens = Vec::with_capacity(text.len() / bytes_per_token + 2);
        Some(Self { text: text.as_bytes(), index: 0, tokens, open: Vec::with_capacity(8) })
    }

    /// Returns the tokens of all values, each followed by the tokens inside.
    pub(super) fn scan(mut self) -> Result<Vec<Token>, ScanError> {
        match self.scan_all() {
            Some(()) => Ok(self.tokens),
            None if self.check_room().is_none() => Err(ScanError::TooManyValues),
            None => Err(ScanError::Invalid),
        }
    }

    fn scan_all(&mut self) -> Option<()> {
        loop {
            self.skip_space();
            self.check_room()?;
            match self.peek()? {
                b'"' => self.string()?,
                b'{' => {
                    self.open(b'{', b'}');
                    if !self.closes(b'}') {
                        self.name()?;
                        continue;
                    }
                }
                b'[' => {
                    self.open(b'[', b']');
                    if !self.closes(b']') {
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number()?,
                _ => self.literal()?,
            }
            // A value has ended, and possibly the containers around it.
            loop {
                self.skip_space();
                let Some(level) = self.open.last() else {
                    return self.text.len().eq(&self.index).then_some(());
                };
                let (closing, byte) = (level.closing, self.peek()?);
                self.index += 1;
                if byte == closing {
                    self.close();
                } else if byte == b',' {
                    if closing == b'}' {
                        self.name()?;
                    }
                    break;
                } else {
                    return None;
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.index).copied()
    }

    fn skip_space(&mut self) {
        // Nearly all responses contain none.
        while let Some(byte) = self.peek().filter(|byte| *byte <= b' ')
            && matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
        {
            self.index += 1;
        }
    }

    /// Returns `None` if the maximum number of values is reached.
    fn check_room(&self) -> Option<()> {
        (self.tokens.len() < MAX_VALUES).then_some(())
    }

    /// Adds the token of a value that begins at `start` and ends here.
    #[allow(clippy::cast_possible_truncation)] // The text is shorter than 4 GiB.
    fn add(&mut self, start: usize, first: u8, flags: u32) {
        if flags & LOSSLESS == 0 {
            self.mark_lossy();
        }
        self.tokens.push(Token { start: start as u32, end: self.index as u32, packed: u32::from(first) | flags });
    }

    /// Marks the innermost open container as not lossless.
    fn mark_lossy(&mut self) {
        if let Some(level) = self.open.last().and_then(|level| self.tokens.get_mut(level.index)) {
            level.packed &= !LOSSLESS;
        }
    }

    fn open(&mut self, opening: u8, closing: u8) {
        let start = self.index;
        self.index += 1;
        self.add(start, opening, if self.open.len() < MAX_DEPTH { LOSSLESS } else { 0 });
        self.open.push(Container { index: self.tokens.len() - 1, closing });
    }

    /// Returns whether the container that was just opened is empty, and closes it if so.
    fn closes(&mut self, closing: u8) -> bool {
        self.skip_space();
        let is_empty = self.peek() == Some(closing);
        if is_empty {
            self.index += 1;
            self.close();
        }
        is_empty
    }

    #[allow(clippy::cast_possible_truncation)] // The text is shorter than 4 GiB, and has fewer tokens.
    fn close(&mut self) {
        let count = self.tokens.len();
        let Some(Container { index, .. }) = self.open.pop() else { return };
        if let Some(level) = self.tokens.get_mut(index) {
            level.end = self.index as u32;
            level.packed |= ((count - index - 1) as u32) << INSIDE;
            if !level.is_lossless() {
                self.mark_lossy();
            }
        }
    }

    /// Scans a name and the colon after it.
    fn name(&mut self) -> Option<()> {
        self.skip_space();
        if self.peek()? != b'"' {
            return None;
        }
        self.string()?;
        self.skip_space();
        let colon = self.peek()? == b':';
        self.index += 1;
        colon.then_some(())
    }

    fn string(&mut self) -> Option<()> {
        let start = self.index;
        self.index += 1;
        let mut flags = LOSSLESS;
        loop {
            match self.next_special_byte()? {
                b'"' => break,
                b'\\' => {
                    flags |= ESCAPED;
                    if !self.escape()? {
                        flags &= !LOSSLESS;
                    }
                }
                // Control characters are invalid in a string.
                _ => return None,
            }
        }
        self.add(start, b'"', flags);
        Some(())
    }

    /// Advances past the next quote, backslash or control character and returns it. Looks at eight
    /// bytes at a time (SWAR) in short strings; the setup of `memchr` pays off in long ones only.
    fn next_special_byte(&mut self) -> Option<u8> {
        let wide = self.index + SHORT;
        while let Some(eight) = self.text.get(self.index..).and_then(|rest| rest.first_chunk::<8>()) {
            let eight = u64::from_le_bytes(*eight);
            let found = specials(eight);
            if found != 0 {
                let index = found.trailing_zeros() as usize / 8;
                self.index += index + 1;
                return eight.to_le_bytes().get(index).copied();
            }
            self.index += 8;
            if self.index == wide {
                return self.next_special_byte_far();
            }
        }
        loop {
            let byte = self.peek()?;
            self.index += 1;
            if matches!(byte, b'"' | b'\\' | 0..b' ') {
                return Some(byte);
            }
        }
    }

    fn next_special_byte_far(&mut self) -> Option<u8> {
        let rest = self.text.get(self.index..)?;
        let index = memchr::memchr2(b'"', b'\\', rest)?;
        let text = rest.get(..index)?;
        // No early exit, so that the compiler vectorizes it.
        let has_control = text.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < b' ';
        self.index += index + 1;
        if has_control { Some(0) } else { rest.get(index).copied() }
    }

    /// Scans the rest of an escape sequence. Returns whether it certainly decodes.
    fn escape(&mut self) -> Option<bool> {
        let byte = self.peek()?;
        self.index += 1;
        match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(true),
            b'u' => {
                let digits = self.text.get(self.index..self.index + 4)?;
                self.index += 4;
                // It may be half of a surrogate pair, which does not decode.
                digits.iter().all(u8::is_ascii_hexdigit).then_some(false)
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        let (start, first) = (self.index, self.peek()?);
        if first == b'-' {
            self.index += 1;
        }
        let first_digit = self.peek()?;
        let mut digits = self.digits()?;
        if first_digit == b'0' && digits > 1 {
            return None;
        }
        let mut integer = first_digit != b'0' || first != b'-';
        if self.peek() == Some(b'.') {
            integer = false;
            self.index += 1;
            digits += self.digits()?;
        }
        let has_exponent = matches!(self.peek(), Some(b'e' | b'E'));
        if has_exponent {
            self.index += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.index += 1;
            }
            self.digits()?;
        }
        integer &= !has_exponent;
        // An exponent may exceed the range of a float.
        let lossless = digits <= EXACT_DIGITS && !has_exponent;
        self.add(start, first, if integer { INTEGER } else { 0 } | if lossless { LOSSLESS } else { 0 });
        Some(())
    }

    /// Scans one digit or more and returns their number.
    fn digits(&mut self) -> Option<usize> {
        let start = self.index;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.index += 1;
        }
        let count = self.index - start;
        (count > 0).then_some(count)
    }

    fn literal(&mut self) -> Option<()> {
        let start = self.index;
        let rest = self.text.get(start..)?;
        let literal = [&b"true"[..], b"false", b"null"].into_iter().find(|literal| rest.starts_with(literal))?;
        self.index += literal.len();
        self.add(start, *literal.first()?, LOSSLESS);
        Some(())
    }
}

/// Texts below this length reserve few tokens: those of an agent then fit into the cache of the
/// allocator. In long texts, memory that is reserved and not used costs nothing, but growing does.
const SHORT_TEXT: usize = 4 << 10;

/// Number of bytes of a string that are looked at eight at a time.
const SHORT: usize = 24;

/// Sets the highest bit of the first quote, backslash or control character among eight bytes, and
/// of none before it.
fn specials(eight: u64) -> u64 {
    /// Lowest bit of each byte.
    const LOW: u64 = u64::MAX / 0xff;
    /// Highest bit of each byte.
    const HIGH: u64 = LOW << 7;
    /// Sets the highest bit of bytes below `limit`; the other bits are undefined.
    fn below(eight: u64, limit: u8) -> u64 {
        eight.wrapping_sub(LOW * u64::from(limit)) & !eight
    }
    fn equal(eight: u64, byte: u8) -> u64 {
        below(eight ^ (LOW * u64::from(byte)), 1)
    }
    (equal(eight, b'"') | equal(eight, b'\\') | below(eight, b' ')) & HIGH
}
