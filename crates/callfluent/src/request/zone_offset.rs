//! Today's offset of a time zone, for the error about a zone that is passed by its name. It is read
//! from the time zone database of the operating system (`TZif`, RFC 9636), if there is one.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The folder of the database on Unix systems.
const FOLDER: &str = "/usr/share/zoneinfo";
const MAX_NAME: usize = 64;
const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Returns the offset of a zone at this moment, such as `UTC+01:00`; `None` if the zone is unknown.
pub(super) fn offset_today(zone: &str) -> Option<String> {
    let is_segment = |segment: &str| {
        segment.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    if zone.len() > MAX_NAME || !zone.split('/').all(is_segment) {
        return None;
    }
    let file = std::fs::read(Path::new(FOLDER).join(zone)).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    offset_at(&file, i64::try_from(now).ok()?).map(|seconds| {
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / MINUTE);
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    })
}

/// Returns the offset in seconds that a `TZif` file has for a time.
fn offset_at(file: &[u8], now: i64) -> Option<i64> {
    let first = Header::parse(file)?;
    // The second block has the same transitions with 64 bits, and a rule for later times.
    let (header, content, width) = if first.version >= b'2' {
        let second = file.get(Header::SIZE + first.content_size(4)..)?;
        (Header::parse(second)?, second.get(Header::SIZE..)?, 8)
    } else {
        (first, file.get(Header::SIZE..)?, 4)
    };
    let times = content.get(..header.times * width)?;
    let passed = times.chunks_exact(width).take_while(|time| integer(time) <= now).count();
    let rule = content.get(header.content_size(width)..).filter(|_| width == 8).and_then(rule_of);
    if passed == header.times
        && let Some(rule) = rule
    {
        return rule_offset(rule, now);
    }
    let types = content.get(header.times * width..)?;
    let index = passed.checked_sub(1).and_then(|last| types.get(last)).copied().unwrap_or_default();
    let entry = types.get(header.times + usize::from(index) * 6..)?.get(..4)?;
    Some(integer(entry))
}

/// The counts of a block of a `TZif` file.
struct Header {
    version: u8,
    is_utc: usize,
    is_standard: usize,
    leaps: usize,
    times: usize,
    types: usize,
    characters: usize,
}

impl Header {
    const SIZE: usize = 44;

    fn parse(block: &[u8]) -> Option<Self> {
        let counts = block.strip_prefix(b"TZif")?.get(16..40)?;
        let mut counts = counts.chunks_exact(4).map(|count| usize::try_from(integer(count)).ok());
        let mut next = || counts.next().flatten();
        Some(Self {
            version: *block.get(4)?,
            is_utc: next()?,
            is_standard: next()?,
            leaps: next()?,
            times: next()?,
            types: next()?,
            characters: next()?,
        })
    }

    /// Returns the number of bytes after the header, if a time has this width.
    fn content_size(&self, width: usize) -> usize {
        self.times * (width + 1)
            + self.types * 6
            + self.characters
            + self.leaps * (width + 4)
            + self.is_standard
            + self.is_utc
    }
}

/// Decodes a big-endian integer.
fn integer(bytes: &[u8]) -> i64 {
    let is_negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    bytes.iter().fold(if is_negative { -1 } else { 0 }, |value, byte| value << 8 | i64::from(*byte))
}

fn rule_of(footer: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(footer).ok()?;
    text.strip_prefix('\n')?.lines().next().filter(|rule| !rule.is_empty())
}

/// Returns the offset of a rule such as `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX, TZ).
fn rule_offset(rule: &str, now: i64) -> Option<i64> {
    let (names, dates) = rule.split_once(',').map_or((rule, None), |(names, dates)| (names, Some(dates)));
    let (standard, rest) = take_offset(without_name(names)?)?;
    // The sign of a rule is that of the difference to Greenwich.
    let standard = -standard;
    if rest.is_empty() {
        return Some(standard);
    }
    let rest = without_name(rest)?;
    let summer = if rest.is_empty() { standard + HOUR } else { -take_offset(rest)?.0 };
    let (begin, end) = dates?.split_once(',')?;
    let year = year_of(now.div_euclid(DAY));
    let (begin, end) = (begin_of(begin, year)? - standard, begin_of(end, year)? - summer);
    // In the south, summer contains the turn of the year.
    let is_summer = if begin < end { (begin..end).contains(&now) } else { !(end..begin).contains(&now) };
    Some(if is_summer { summer } else { standard })
}

/// Returns the text after the name of a zone: letters, or anything in angle brackets.
fn without_name(text: &str) -> Option<&str> {
    match text.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>').map(|(_, rest)| rest),
        None => Some(text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic())),
    }
}

/// Returns the seconds of `[+-]h[h][:mm[:ss]]`, and the text after it.
fn take_offset(text: &str) -> Option<(i64, &str)> {
    let is_part = |letter: char| letter.is_ascii_digit() || "+-:".contains(letter);
    let end = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
    let (time, rest) = text.split_at_checked(end)?;
    Some((seconds(time)?, rest))
}

fn seconds(time: &str) -> Option<i64> {
    let (sign, digits) = match time.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, time.strip_prefix('+').unwrap_or(time)),
    };
    let mut parts = digits.split(':').map(|part| part.parse::<u16>().ok().map(i64::from));
    let hours = parts.next()??;
    let minutes = parts.next().map_or(Some(0), |minutes| minutes)?;
    let seconds = parts.next().map_or(Some(0), |seconds| seconds)?;
    Some(sign * (hours * HOUR + minutes * MINUTE + seconds))
}

/// Returns the local time of a date of a rule, such as `M10.5.0/3`, in seconds since 1970.
fn begin_of(date: &str, year: i64) -> Option<i64> {
    let (day, time) = date.split_once('/').map_or((date, None), |(day, time)| (day, Some(time)));
    let time = time.map_or(Some(2 * HOUR), seconds)?;
    let new_year = days(year, 1, 1);
    let day = if let Some(week) = day.strip_prefix('M') {
        let mut parts = week.split('.').map(|part| part.parse::<i64>().ok());
        let (month, week, weekday) = (parts.next()??, parts.next()??, parts.next()??);
        let first = days(year, month, 1);
        // 1970-01-01 was a Thursday.
        let day = first + (weekday - (first + 4)).rem_euclid(7) + (week - 1) * 7;
        let next_month = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
        // The fifth week is the last one.
        if day < next_month { day } else { day - 7 }
    } else if let Some(number) = day.strip_prefix('J') {
        // February 29 is not counted.
        let number = number.parse::<i64>().ok()?;
        let is_leap = days(year, 3, 1) - days(year, 2, 1) == 29;
        new_year + number - 1 + i64::from(is_leap && number > 59)
    } else {
        new_year + day.parse::<i64>().ok()?
    };
    Some(day * DAY + time)
}

/// Returns the number of days from 1970-01-01 to a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // The year begins in March, so that the leap day is its last day.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Returns the year that contains a day.
fn year_of(day: i64) -> i64 {
    // An estimate that is too low, but hardly.
    let mut year = 1970 + day.div_euclid(366);
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    year
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const JANUARY: i64 = 1_768_478_400; // 2026-01-15
    const JULY: i64 = 1_784_116_800; // 2026-07-15

    #[test]
    fn rules_have_the_offset_of_each_season() {
        for (rule, january, july) in [
            ("UTC0", 0, 0),
            ("CET-1CEST,M3.5.0,M10.5.0/3", HOUR, 2 * HOUR),
            ("EST5EDT,M3.2.0,M11.1.0", -5 * HOUR, -4 * HOUR),
            ("<+0545>-5:45", 5 * HOUR + 45 * MINUTE, 5 * HOUR + 45 * MINUTE),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 11 * HOUR, 10 * HOUR),
            ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 11 * HOUR, 10 * HOUR + 30 * MINUTE),
            ("XST3XDT,J60,J300", -3 * HOUR, -2 * HOUR),
            ("XST3XDT,59/0,299", -3 * HOUR, -2 * HOUR),
        ] {
            let found = (rule_offset(rule, JANUARY), rule_offset(rule, JULY));
            assert_eq!(found, (Some(january), Some(july)), "{rule}");
        }
    }

    #[test]
    fn summer_begins_and_ends_at_the_second() {
        let rule = "CET-1CEST,M3.5.0,M10.5.0/3";
        let begin = days(2026, 3, 29) * DAY + HOUR;
        let end = days(2026, 10, 25) * DAY + HOUR;
        let offsets = [begin - 1, begin, end - 1, end].map(|now| rule_offset(rule, now).unwrap() / HOUR);
        assert_eq!(offsets, [1, 2, 2, 1]);
    }

    #[test]
    fn invalid_rules_and_files_have_no_offset() {
        for rule in ["", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3,M10.5.0", "<+05", "CET-1CEST,x,y"] {
            assert_eq!(rule_offset(rule, JULY), None, "{rule}");
        }
        for file in [&b""[..], b"TZif", b"TZif2", &[b'T'; 200], &[0xff; 200]] {
            assert_eq!(offset_at(file, JULY), None, "{file:?}");
        }
    }

    /// A file with one transition from 0 h to 1 h in 1970, as version 1, or as version 2 with a
    /// rule.
    fn file(rule: Option<&str>) -> Vec<u8> {
        let block = |version: u8, width: usize| {
            let mut block = [b"TZif".as_slice(), &[version], &[0; 15]].concat();
            for count in [0_u32, 0, 0, 1, 2, 8] {
                block.extend(count.to_be_bytes());
            }
            block.extend(&1_000_i64.to_be_bytes()[8 - width..]);
            block.push(1);
            block.extend([0, 0, 0, 0, 0, 0]);
            block.extend([0, 0, 0x0e, 0x10, 0, 4]);
            block.extend(b"GMT\0CET\0");
            block
        };
        match rule {
            None => block(0, 4),
            Some(rule) => [block(b'2', 4), block(b'2', 8), format!("\n{rule}\n").into_bytes()].concat(),
        }
    }

    #[test]
    fn files_of_both_versions_are_read() {
        assert_eq!((offset_at(&file(None), 999), offset_at(&file(None), 1_000)), (Some(0), Some(HOUR)));
        let versioned = file(Some("EST5EDT,M3.2.0,M11.1.0"));
        assert_eq!((offset_at(&versioned, 999), offset_at(&versioned, JULY)), (Some(0), Some(-4 * HOUR)));
        assert_eq!(offset_at(&file(Some("")), JULY), Some(HOUR));
    }

    #[test]
    fn paths_are_not_zones() {
        for zone in
            ["", ".", "..", "../../etc/passwd", "/etc/passwd", "Europe/", "Europe//Berlin", "Europe", "a b", "Ünicode"]
        {
            assert_eq!(offset_today(zone), None, "{zone}");
        }
    }
}
