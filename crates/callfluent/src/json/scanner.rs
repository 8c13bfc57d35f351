//! Goes once through a text, checks that it is JSON, and finds where its values begin and end. A general parser would make
//! values of them, or would have to go over what is nested once for every level.

use std::ops::Range;

use super::numbers::{DEEPEST, SAFE_DIGITS};

/// Where a value, or the name of one, stands in a text. An answer has so many that they take about as much memory as its text,
/// so each is kept to twelve bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    start: u32,
    end: u32,
    /// The first byte, the flags below, and above them how many places what is in it takes.
    rest: u32,
}

/// It is a text that does not stand for itself.
const ESCAPED: u32 = 1 << 8;
/// It is a number that is written as JSON writes a whole one: not `7.0`, `7e0` or `-0`.
const WHOLE: u32 = 1 << 9;
/// Every parser of every language takes it from its text without loss.
const PLAIN: u32 = 1 << 10;
/// The lowest bit of the count of places.
const INSIDE: u32 = 11;

/// The most values of an answer, names included. A few compressed bytes can hold very many, each of which takes many times
/// the memory that it took on the wire.
pub(super) const MOST_VALUES: usize = 2_000_000;
const _: () =
    assert!(MOST_VALUES < 1 << (u32::BITS - INSIDE), "the count of places has room beside what else is said of one");

impl Place {
    /// That of no value.
    pub(super) const NOWHERE: Self = Self { start: 0, end: 0, rest: 0 };

    pub(super) fn span(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// How many places what is in it takes.
    pub(super) fn inside(self) -> usize {
        (self.rest >> INSIDE) as usize
    }

    /// The first byte, which says what kind of value it is.
    pub(super) fn first(self) -> u8 {
        self.rest.to_le_bytes()[0]
    }

    pub(super) fn is_escaped(self) -> bool {
        self.rest & ESCAPED != 0
    }

    pub(super) fn is_whole(self) -> bool {
        self.rest & WHOLE != 0
    }

    pub(super) fn is_plain(self) -> bool {
        self.rest & PLAIN != 0
    }
}

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
        // Nearly always there is none.
        while let Some(byte) = self.peek().filter(|byte| *byte <= b' ')
            && matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
        {
            self.at += 1;
        }
    }

    /// Whether there is room for more values.
    fn has_room(&self) -> Option<()> {
        (self.places.len() < MOST_VALUES).then_some(())
    }

    /// Notes a value that begins at `start` and ends here.
    #[allow(clippy::cast_possible_truncation)] // The text is shorter than 4 GiB.
    fn add(&mut self, start: usize, first: u8, flags: u32) {
        if flags & PLAIN == 0 {
            self.spoil();
        }
        self.places.push(Place { start: start as u32, end: self.at as u32, rest: u32::from(first) | flags });
    }

    /// Says of the innermost open level that it is not plain.
    fn spoil(&mut self) {
        if let Some(level) = self.open.last().and_then(|level| self.places.get_mut(level.index)) {
            level.rest &= !PLAIN;
        }
    }

    fn open(&mut self, opening: u8, closing: u8) {
        let start = self.at;
        self.at += 1;
        self.add(start, opening, if self.open.len() < DEEPEST { PLAIN } else { 0 });
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

    #[allow(clippy::cast_possible_truncation)] // The text is shorter than 4 GiB, and the places are fewer.
    fn close(&mut self) {
        let count = self.places.len();
        let Some(Level { index, .. }) = self.open.pop() else { return };
        if let Some(level) = self.places.get_mut(index) {
            level.end = self.at as u32;
            level.rest |= ((count - index - 1) as u32) << INSIDE;
            if !level.is_plain() {
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
        self.at += 1;
        let mut flags = PLAIN;
        loop {
            match self.special()? {
                b'"' => break,
                b'\\' => {
                    flags |= ESCAPED;
                    if !self.escape()? {
                        flags &= !PLAIN;
                    }
                }
                // A control character.
                _ => return None,
            }
        }
        self.add(start, b'"', flags);
        Some(())
    }

    /// Goes behind the next byte that does not simply stand for itself in a text: a quotation mark, a backslash or a control
    /// character. Most texts are short: to look at eight bytes at a time is quicker for them than to set up the wider search
    /// that long ones are worth.
    fn special(&mut self) -> Option<u8> {
        let wide = self.at + SHORT;
        while let Some(eight) = self.text.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let eight = u64::from_le_bytes(*eight);
            let found = specials(eight);
            if found != 0 {
                let index = found.trailing_zeros() as usize / 8;
                self.at += index + 1;
                return eight.to_le_bytes().get(index).copied();
            }
            self.at += 8;
            if self.at == wide {
                return self.special_far_off();
            }
        }
        loop {
            let byte = self.peek()?;
            self.at += 1;
            if matches!(byte, b'"' | b'\\' | 0..b' ') {
                return Some(byte);
            }
        }
    }

    fn special_far_off(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        let index = memchr::memchr2(b'"', b'\\', rest)?;
        let text = rest.get(..index)?;
        // Without an early end, so that it is done for many bytes at once.
        let has_control = text.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < b' ';
        self.at += index + 1;
        if has_control { Some(0) } else { rest.get(index).copied() }
    }

    /// What stands behind a backslash; says whether it is certainly text.
    fn escape(&mut self) -> Option<bool> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(true),
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                // It may be half of a surrogate pair, which is no text.
                digits.iter().all(u8::is_ascii_hexdigit).then_some(false)
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        let (start, first) = (self.at, self.peek()?);
        if first == b'-' {
            self.at += 1;
        }
        let first_digit = self.peek()?;
        let mut digits = self.digits()?;
        if first_digit == b'0' && digits > 1 {
            return None;
        }
        let mut whole = first_digit != b'0' || first != b'-';
        if self.peek() == Some(b'.') {
            whole = false;
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
        whole &= !has_exponent;
        // An exponent may be beyond any number.
        let plain = digits <= SAFE_DIGITS && !has_exponent;
        self.add(start, first, if whole { WHOLE } else { 0 } | if plain { PLAIN } else { 0 });
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
        self.add(start, *word.first()?, PLAIN);
        Some(())
    }
}

/// How long a text may be to be looked at eight bytes at a time.
const SHORT: usize = 24;

/// Sets the highest bit of the first of eight bytes that is a quotation mark, a backslash or a control character, and of none
/// before it.
fn specials(eight: u64) -> u64 {
    /// The lowest bit of each byte.
    const LOW: u64 = u64::MAX / 0xff;
    /// The highest bit of each byte.
    const HIGH: u64 = LOW << 7;
    /// Does so for bytes below `limit`; the other bits of each byte say nothing.
    fn below(eight: u64, limit: u8) -> u64 {
        eight.wrapping_sub(LOW * u64::from(limit)) & !eight
    }
    fn equal(eight: u64, byte: u8) -> u64 {
        below(eight ^ (LOW * u64::from(byte)), 1)
    }
    (equal(eight, b'"') | equal(eight, b'\\') | below(eight, b' ')) & HIGH
}
