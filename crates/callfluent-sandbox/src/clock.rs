//! The sandbox's own time: it starts where it is told to and moves one second with each request.
//! No wall clock anywhere, so that the same requests get the same answers on any day.

/// Monday 12 January 2026, 09:00:00 UTC: where the clock starts unless told otherwise.
pub(crate) const DEFAULT_START: u64 = 1_768_208_400;

/// A moment in seconds since 1970 as text: `2026-01-12T09:00:00Z`.
pub(crate) fn timestamp(moment: u64) -> String {
    let (year, month, day) = date(moment / 86_400);
    let second = moment % 86_400;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

/// The Gregorian date of a day since 1970. Years are counted from March, so that a leap day comes last.
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
    fn moments_are_written_as_dates() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(timestamp(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(timestamp(DEFAULT_START), "2026-01-12T09:00:00Z");
        assert_eq!(timestamp(4_102_444_799), "2099-12-31T23:59:59Z");
    }
}
