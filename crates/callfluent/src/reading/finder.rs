//! Goes once through a text, checks that it is JSON, and finds where its values begin and end. A general parser would make
//! values of them, or would have to go over what is nested once for every level.

use std::ops::Range;

use super::exact::{DEEPEST, SAFE_DIGITS};

/// Where a value, or the name of one, stands in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    start: u32,
    end: u32,
    /// How many places it takes together with everything in it.
    pub(super) length: u32,
    /// The first byte, which says what kind of value it is.
    pub(super) first: u8,
    /// Whether it is a text that does not stand for itself.
    pub(super) escaped: bool,
    /// Whether every parser of every language takes it from its text without loss.
    pub(super) plain: bool,
}

impl Place {
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.span()).unwrap_or_default()
    }

    pub(super) fn span(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The most values of an answer, names included. A few compressed bytes can hold very many, each of which takes many times
/// the memory that it took on the wire.
pub(super) const MOST_VALUES: usize = 2_000_000;

/// Why there is nothing to find in a text.
pub(super) enum Unfit {
    NoJson,
    TooMany,
}

/// A level that is open.
struct Level {
    /// Which of the places it is.
    index: usize,
    closing: u8,
}

/// What is found so far. Its methods end with `None` where the text is no JSON.
pub(super) struct Finder<'a> {
    text: &'a [u8],
    at: usize,
    places: Vec<Place>,
    open: Vec<Level>,
}

impl<'a> Finder<'a> {
    /// `None` where the text is longer than places can say.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        // Names and values are of some ten bytes each.
        let places = Vec::with_capacity(text.len() / 10 + 2);
        Some(Self { text: text.as_bytes(), at: 0, places, open: Vec::with_capacity(8) })
    }

    /// The places of all values, each before what is in it.
    pub(super) fn find(mut self) -> Result<Vec<Place>, Unfit> {
        match self.go_through() {
            Some(()) => Ok(self.places),
            None if self.has_room().is_none() => Err(Unfit::TooMany),
            None => Err(Unfit::NoJson),
        }
    }

    fn go_through(&mut self) -> Option<()> {
        loop {
            self.skip_space();
            self.has_room()?;
            match self.peek()? {
                b'"' => self.text()?,
                b'{' => {
                    self.open(b'}');
                    if !self.closes(b'}') {
                        self.name()?;
                        continue;
                    }
                }
                b'[' => {
                    self.open(b']');
                    if !self.closes(b']') {
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number()?,
                _ => self.word()?,
            }
            // A value has ended, and with it perhaps the levels that it stands in.
            loop {
                self.skip_space();
                let Some(level) = self.open.last() else {
                    return self.text.len().eq(&self.at).then_some(());
                };
                let (closing, byte) = (level.closing, self.peek()?);
                self.at += 1;
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
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Whether there is room for more values.
    fn has_room(&self) -> Option<()> {
        (self.places.len() < MOST_VALUES).then_some(())
    }

    /// Notes a value that begins at `start` and ends here.
    #[allow(clippy::cast_possible_truncation)] // The text is shorter than 4 GiB.
    fn add(&mut self, start: usize, escaped: bool, plain: bool) {
        if !plain {
            self.spoil();
        }
        let first = self.text.get(start).copied().unwrap_or_default();
        self.places.push(Place { start: start as u32, end: self.at as u32, length: 1, first, escaped, plain });
    }

    /// Says of the innermost open level that it is not plain.
    fn spoil(&mut self) {
        if let Some(level) = self.open.last().and_then(|level| self.places.get_mut(level.index)) {
            level.plain = false;
        }
    }

    fn open(&mut self, closing: u8) {
        let start = self.at;
        self.at += 1;
        self.add(start, false, self.open.len() < DEEPEST);
        self.open.push(Level { index: self.places.len() - 1, closing });
    }

    /// Whether the level that was just opened is empty; closes it then.
    fn closes(&mut self, closing: u8) -> bool {
        self.skip_space();
        let is_empty = self.peek() == Some(closing);
        if is_empty {
            self.at += 1;
            self.close();
        }
        is_empty
    }

    #[allow(clippy::cast_possible_truncation)] // The text is shorter than 4 GiB.
    fn close(&mut self) {
        let count = self.places.len();
        let Some(Level { index, .. }) = self.open.pop() else { return };
        if let Some(level) = self.places.get_mut(index) {
            level.end = self.at as u32;
            level.length = (count - index) as u32;
            if !level.plain {
                self.spoil();
            }
        }
    }

    /// A name and the colon behind it.
    fn name(&mut self) -> Option<()> {
        self.skip_space();
        if self.peek()? != b'"' {
            return None;
        }
        self.text()?;
        self.skip_space();
        let colon = self.peek()? == b':';
        self.at += 1;
        colon.then_some(())
    }

    fn text(&mut self) -> Option<()> {
        let start = self.at;
        let (mut escaped, mut plain) = (false, true);
        self.at += 1;
        loop {
            self.at += stop(self.text.get(self.at..)?)?;
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    let byte = self.peek()?;
                    self.at += 1;
                    match byte {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            // It may be half of a surrogate pair, which is no text.
                            plain = false;
                            let digits = self.text.get(self.at..self.at + 4)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.at += 4;
                        }
                        _ => return None,
                    }
                }
                // A control character.
                _ => return None,
            }
        }
        self.add(start, escaped, plain);
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        let first = self.peek()?;
        let mut digits = self.digits()?;
        if first == b'0' && digits > 1 {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            digits += self.digits()?;
        }
        let has_exponent = matches!(self.peek(), Some(b'e' | b'E'));
        if has_exponent {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        // An exponent may be beyond any number.
        self.add(start, false, digits <= SAFE_DIGITS && !has_exponent);
        Some(())
    }

    /// One digit or more; says how many.
    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let count = self.at - start;
        (count > 0).then_some(count)
    }

    fn word(&mut self) -> Option<()> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        let word = [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word))?;
        self.at += word.len();
        self.add(start, false, true);
        Some(())
    }
}

/// Where the first byte is that does not simply stand for itself in a text: a quotation mark, a backslash or a control
/// character. Most texts are short: to look at eight bytes at a time is quicker for them than to set up the wider search
/// that long ones are worth.
fn stop(bytes: &[u8]) -> Option<usize> {
    let Some((beginning, rest)) = bytes.split_at_checked(SHORT) else {
        return stop_in_short(bytes);
    };
    if let Some(index) = stop_in_short(beginning) {
        return Some(index);
    }
    let index = memchr::memchr2(b'"', b'\\', rest)?;
    let text = rest.get(..index)?;
    // Without an early end, so that it is done for many bytes at once.
    let has_control = text.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < b' ';
    let control = if has_control { text.iter().position(|byte| *byte < b' ') } else { None };
    Some(SHORT + control.unwrap_or(index))
}

/// How long a text may be to be looked at eight bytes at a time.
const SHORT: usize = 24;

fn stop_in_short(bytes: &[u8]) -> Option<usize> {
    /// The lowest bit of each byte.
    const LOW: u64 = u64::MAX / 0xff;
    /// The highest bit of each byte.
    const HIGH: u64 = LOW << 7;
    /// Sets the highest bit of the first byte that is below `limit`, and of none before it.
    fn below(eight: u64, limit: u8) -> u64 {
        eight.wrapping_sub(LOW * u64::from(limit)) & !eight & HIGH
    }
    /// Sets the highest bit of the first byte that is `byte`, and of none before it.
    fn equal(eight: u64, byte: u8) -> u64 {
        below(eight ^ (LOW * u64::from(byte)), 1)
    }
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let eight = u64::from_le_bytes(*chunk);
        let found = equal(eight, b'"') | equal(eight, b'\\') | below(eight, b' ');
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let behind = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '));
    behind.map(|index| chunks.len() * 8 + index)
}
