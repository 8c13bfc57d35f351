//! The sandbox's clock: it starts at a configured time and advances one second per request.
//! The wall clock is never used, so the same requests get the same responses on any day.

/// The default start: Monday 12 January 2026, 09:00:00 UTC.
pub(crate) const DEFAULT_START: u64 = 1_768_208_400;

/// Formats a Unix time: `2026-01-12T09:00:00Z`.
pub(crate) fn timestamp(unix_time: u64) -> String {
    let (year, month, day) = date(unix_time / 86_400);
    let second = unix_time % 86_400;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

/// Converts days since 1970 to a Gregorian date. Years start in March, so that a leap day is last.
fn date(days_since_1970: u64) -> (u64, u64, u64) {
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let days = days_since_1970 + 719_468;
    let day_of_era = days % DAYS_IN_400_YEARS;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = days / DAYS_IN_400_YEARS * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_START, timestamp};

    #[test]
    fn unix_times_are_formatted_as_utc() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(timestamp(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(timestamp(DEFAULT_START), "2026-01-12T09:00:00Z");
        assert_eq!(timestamp(4_102_444_799), "2099-12-31T23:59:59Z");
    }
}
