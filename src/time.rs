//! The virtual clock: moments and spans in whole milliseconds, and their text forms.

use std::fmt;
use std::str::FromStr;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A moment of the virtual clock: milliseconds since 1970-01-01T00:00:00Z.
///
/// The service shows dates with millisecond precision, so this is as fine as any answer can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 2026-01-01T00:00:00Z, where a scenario starts unless it says otherwise.
    pub const DEFAULT_START: Self = Self(1_767_225_600_000);

    /// 9996-01-01T00:00:00Z, after which no scenario goes on: what follows from an earlier moment, such as the end of a
    /// window, still has a date. The calendar ends with the year 9999.
    pub const LAST: Self = Self(253_276_070_400_000);

    /// The moment that many milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The moment `span` later; the end of time if that is not representable.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// Midnight UTC at the beginning of this day.
    #[must_use]
    pub const fn midnight(self) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(DAY)))
    }

    /// The beginning of this second.
    #[must_use]
    pub const fn second(self) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(1_000)))
    }

    /// The moment as Java writes it in American English, UTC: `May 3, 2018 5:51:02 PM`.
    pub fn in_words(self) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => time.strftime("%b %-d, %Y %-I:%M:%S %p").to_string(),
            Err(_) => self.to_string(),
        }
    }

    /// The span from `earlier` to this moment; negative if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 in UTC, with milliseconds only where there are some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// Text that is not a moment or a span.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not an ISO 8601 moment.
    #[error("`{0}` is not a moment such as `2026-01-01T00:00:00Z`")]
    Moment(String),
    /// Not a span.
    #[error("`{0}` is not a span such as `60s`, `15m`, `25h`, `7d`, or a sum of these (`1d 12h`)")]
    Span(String),
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let time: jiff::Timestamp = text.parse().map_err(|_| TimeError::Moment(text.to_owned()))?;
        Ok(Self(time.as_millisecond()))
    }
}

/// A length of virtual time, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    /// What one API call takes on the virtual clock.
    pub const CALL: Self = Self(100);

    /// That many milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// That many seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// That many hours.
    pub const fn hours(hours: i64) -> Self {
        Self(hours.saturating_mul(3_600_000))
    }

    /// That many days of 24 hours.
    pub const fn days(days: i64) -> Self {
        Self(days.saturating_mul(DAY))
    }

    /// As long as both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// That many times as long.
    #[must_use]
    pub const fn times(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// Its length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Span {
    /// The form that [`Span::from_str`] reads: `1d 12h`, `60s`, `100ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let (sign, mut rest) =
            if self.0 < 0 { ("-", self.0.unsigned_abs()) } else { ("", self.0.unsigned_abs()) };
        f.write_str(sign)?;
        let mut first = true;
        for (unit, length) in UNITS {
            let count = rest.checked_div(length).unwrap_or(0);
            rest = rest.checked_rem(length).unwrap_or(0);
            if count > 0 {
                if !first {
                    f.write_str(" ")?;
                }
                write!(f, "{count}{unit}")?;
                first = false;
            }
        }
        Ok(())
    }
}

/// Units of a span with their length in milliseconds, longest first.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl FromStr for Span {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let bad = || TimeError::Span(text.to_owned());
        let mut total: i64 = 0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(bad());
        }
        while !rest.is_empty() {
            let digits_end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
            let (digits, tail) = rest.split_at(digits_end);
            let unit_end = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            let count: i64 = digits.parse().map_err(|_| bad())?;
            let (_, length) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
            let length = i64::try_from(*length).map_err(|_| bad())?;
            total = count
                .checked_mul(length)
                .and_then(|span| total.checked_add(span))
                .ok_or_else(bad)?;
            rest = tail.trim_start();
        }
        Ok(Self(total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_round_trip() {
        for (text, millis) in [
            ("60s", 60_000),
            ("25h", 90_000_000),
            ("1d 12h", 129_600_000),
            ("100ms", 100),
            ("2m30s", 150_000),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.millis(), millis, "{text}");
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span, "{text}");
        }
        for text in ["", "60", "s", "5 s", "1w", "99999999999999999999s", "-1s"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn moments_print_as_they_are_read() {
        let moment: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(moment, Timestamp::DEFAULT_START);
        assert_eq!(moment.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(moment.plus(Span::CALL).to_string(), "2026-01-01T00:00:00.1Z");
        assert_eq!(moment.plus(Span::seconds(86_399)).midnight(), moment);
        assert_eq!(moment.plus(Span::CALL).second(), moment);
        assert_eq!(Timestamp::LAST.to_string(), "9996-01-01T00:00:00Z");
        assert_eq!(Timestamp::LAST.plus(Span::days(1_001)).to_string(), "9998-09-28T00:00:00Z");
        assert_eq!(Timestamp(1_525_369_862_345).in_words(), "May 3, 2018 5:51:02 PM");
    }
}
