//! The schedules of rotation: what `RotationRules` may say, and the windows that follow from it.
//!
//! Everything here is in UTC and follows from its arguments alone. A schedule opens windows on the hour, and
//! the service rotates at some moment inside of one.

mod cron;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

pub use cron::{Cron, CronError};

use crate::evidence::Rule;
use crate::time::{Span, Timestamp};

/// The least hours between two windows.
const HOURS_MIN: i64 = 4;
/// The most days of a `rate()`.
const RATE_DAYS_MAX: i64 = 999;
/// The most days of `AutomaticallyAfterDays`.
const DAYS_MAX: i64 = 1000;
/// The most characters of an expression.
const EXPRESSION_MAX: usize = 256;
/// Hours of a day.
const DAY: i64 = 24;

/// A valid schedule of rotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    recurrence: Recurrence,
    // INVARIANT: 1 to 24, and a window of this length fits between its opening and the next one; where the opening
    // is known beforehand, also between it and midnight.
    duration: Option<i64>,
}

/// How often windows open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// `AutomaticallyAfterDays`, 1 to 1000.
    AfterDays(i64),
    /// `rate(10 days)`, 1 to 999. The windows are those of [`Recurrence::AfterDays`].
    RateDays(i64),
    /// `rate(12 hours)`, 4 hours to 999 days.
    RateHours(i64),
    /// `cron(0 16 1,15 * ? *)`.
    Cron(Cron),
}

/// What is wrong with a schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Days and an expression.
    #[error("days and a schedule expression exclude each other")]
    TwoSchedules,
    /// `AutomaticallyAfterDays` out of range.
    #[error("AutomaticallyAfterDays must be 1 to 1000, not {0}")]
    Days(i64),
    /// An expression that is too long to be looked at.
    #[error("a schedule expression has at most 256 characters, not {0}")]
    Length(usize),
    /// Neither a rate nor a cron expression.
    #[error("`{0}` is neither `rate(…)` nor `cron(…)`")]
    Expression(String),
    /// A rate without a number and a unit.
    #[error("`{0}` is not a rate such as `rate(12 hours)` or `rate(10 days)`")]
    Rate(String),
    /// A rate of too few hours.
    #[error("a rate is at least 4 hours, not {0}")]
    TooOften(i64),
    /// A rate of no day or of too many.
    #[error("a rate is 1 to 999 days, not `{0}`")]
    RateRange(String),
    /// A cron expression that is none.
    #[error(transparent)]
    Cron(#[from] CronError),
    /// Not a length of a window.
    #[error("a window is 1h to 24h long, not `{0}`")]
    Duration(String),
    /// A window that is still open when the next one opens.
    #[error("a window of {0}h reaches into the next one")]
    IntoNextWindow(i64),
    /// A window that is still open at midnight.
    #[error("a window of {duration}h that opens at {hour}:00 reaches into the next day")]
    IntoNextDay {
        /// Its length in hours.
        duration: i64,
        /// The hour at which it opens.
        hour: i8,
    },
}

impl ScheduleError {
    /// The rule that refuses it.
    pub fn rule(&self) -> Rule {
        match self {
            Self::TwoSchedules => Rule::DaysExcludeSchedule,
            Self::Cron(_) => Rule::CronHasSixFields,
            Self::Days(_)
            | Self::Length(_)
            | Self::Expression(_)
            | Self::Rate(_)
            | Self::TooOften(_)
            | Self::RateRange(_)
            | Self::Duration(_)
            | Self::IntoNextWindow(_)
            | Self::IntoNextDay { .. } => Rule::SchedulesAreUtcWindows,
        }
    }
}

/// The time in which one rotation happens, on whole hours within one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// When it opens.
    pub start: Timestamp,
    /// When it is closed: the first moment that is not in it.
    pub end: Timestamp,
}

impl Window {
    /// Whether `moment` is in it.
    pub fn contains(self, moment: Timestamp) -> bool {
        self.start <= moment && moment < self.end
    }

    /// Its last whole second, which is how `NextRotationDate` tells of it.
    #[must_use]
    pub fn latest(self) -> Timestamp {
        self.end.plus(Span::seconds(-1))
    }

    /// The moment that a number picks: each whole second of the window alike, if the numbers are.
    #[must_use]
    pub fn moment(self, draw: u64) -> Timestamp {
        let length = self.end.since(self.start).millis();
        let seconds = u64::try_from(length).ok().and_then(|millis| millis.checked_div(1000));
        let second = seconds.and_then(|seconds| draw.checked_rem(seconds)).unwrap_or(0);
        self.start.plus(Span::seconds(i64::try_from(second).unwrap_or(0)))
    }
}

impl Schedule {
    /// Reads the three members of `RotationRules`; `None` if neither days nor an expression are among them.
    ///
    /// A unit may be singular or plural whatever its number, and names of months and days may be in any case: AWS
    /// doesn't say otherwise.
    pub fn read(
        after_days: Option<i64>,
        expression: Option<&str>,
        duration: Option<&str>,
    ) -> Result<Option<Self>, ScheduleError> {
        let recurrence = match (after_days, expression) {
            (Some(_), Some(_)) => return Err(ScheduleError::TwoSchedules),
            (Some(days), None) if (1..=DAYS_MAX).contains(&days) => {
                Some(Recurrence::AfterDays(days))
            }
            (Some(days), None) => return Err(ScheduleError::Days(days)),
            (None, Some(expression)) => Some(Recurrence::read(expression)?),
            (None, None) => None,
        };
        let duration = duration.map(hours_of).transpose()?;
        let Some(recurrence) = recurrence else { return Ok(None) };
        if let Some(duration) = duration {
            recurrence.admit(duration)?;
        }
        Ok(Some(Self { recurrence, duration }))
    }

    /// How often windows open.
    pub fn recurrence(&self) -> &Recurrence {
        &self.recurrence
    }

    /// The days that `DescribeSecret` shows for it.
    ///
    /// `None` for hours and for cron expressions: AWS computes some number for these too, but it isn't known how, and
    /// its examples contradict each other: for the 1st and the 15th of each month one has 2 days and another 14.
    pub fn days(&self) -> Option<i64> {
        match self.recurrence {
            Recurrence::AfterDays(days) | Recurrence::RateDays(days) => Some(days),
            Recurrence::RateHours(_) | Recurrence::Cron(_) => None,
        }
    }

    /// The latest moment of the rotation that follows one at `last`: the last second of the next window.
    pub fn next_rotation(&self, last: Timestamp) -> Option<Timestamp> {
        self.window_after(last).map(Window::latest)
    }

    /// The first window that opens after `last`, the moment of the last rotation.
    ///
    /// Days count from the midnight before `last`. Hours count from the last whole hour at which the rate could have
    /// opened a window had it started at midnight: for a rate of 6 hours 0:00, 6:00, 12:00 or 18:00, for one of 5 hours
    /// any hour, for one of 36 hours 0:00 or 12:00. Cron expressions count from nothing.
    ///
    /// `None` past the end of the calendar.
    pub fn window_after(&self, last: Timestamp) -> Option<Window> {
        let moment = last.millis().checked_add(1).map(Timestamp::from_millis)?;
        self.window_from(last, moment)
    }

    /// The first window that opens at `moment` or later, if no rotation succeeds after `last`. The interval counts from
    /// `last` as in [`Schedule::window_after`], and windows that pass without a rotation don't stop it.
    pub fn window_from(&self, last: Timestamp, moment: Timestamp) -> Option<Window> {
        let start = match self.recurrence.interval() {
            Some(interval) => interval.opening_from(last, moment)?,
            None => self.recurrence.cron()?.opening_from(moment)?,
        };
        self.window(start)
    }

    /// The window that is open at `moment`, if one is and no rotation succeeds after `last`. The interval counts from
    /// `last` as in [`Schedule::window_after`]; the window of `last` itself is over for it.
    pub fn window_at(&self, last: Timestamp, moment: Timestamp) -> Option<Window> {
        let start = match self.recurrence.interval() {
            Some(interval) => interval.opening_before(last, moment)?,
            None => self.recurrence.cron()?.opening_today(moment)?,
        };
        self.window(start).filter(|window| window.contains(moment))
    }

    /// The window that opens at `start`. Midnight closes it, even if a rate that opens at any hour has a longer one.
    fn window(&self, start: Timestamp) -> Option<Window> {
        let midnight = start.midnight().millis().checked_add(Span::days(1).millis())?;
        let hours = self.duration.or_else(|| self.recurrence.is_hourly().then_some(1));
        let hours = Span::hours(hours.unwrap_or(DAY)).millis();
        let end = start.millis().checked_add(hours)?.min(midnight);
        Some(Window { start, end: Timestamp::from_millis(end) })
    }
}

impl Recurrence {
    fn read(expression: &str) -> Result<Self, ScheduleError> {
        let length = expression.chars().count();
        if length > EXPRESSION_MAX {
            return Err(ScheduleError::Length(length));
        }
        let inside = |name| expression.strip_prefix(name)?.strip_suffix(')');
        if let Some(rate) = inside("rate(") {
            return read_rate(expression, rate);
        }
        let Some(cron) = inside("cron(") else {
            return Err(ScheduleError::Expression(expression.to_owned()));
        };
        Ok(Self::Cron(Cron::read(cron)?))
    }

    /// Whether a window closes by itself after one hour. A cron expression is one of hours if it has several hours.
    fn is_hourly(&self) -> bool {
        match self {
            Self::AfterDays(_) | Self::RateDays(_) => false,
            Self::RateHours(_) => true,
            Self::Cron(cron) => cron.hours().len() > 1,
        }
    }

    fn cron(&self) -> Option<&Cron> {
        match self {
            Self::Cron(cron) => Some(cron),
            Self::AfterDays(_) | Self::RateDays(_) | Self::RateHours(_) => None,
        }
    }

    fn interval(&self) -> Option<Interval> {
        let hours = match self {
            Self::AfterDays(days) | Self::RateDays(days) => days.checked_mul(DAY)?,
            Self::RateHours(hours) => *hours,
            Self::Cron(_) => return None,
        };
        Some(Interval { hours })
    }

    /// Whether windows may be this many hours long.
    fn admit(&self, duration: i64) -> Result<(), ScheduleError> {
        if self.interval().is_some_and(|interval| interval.hours < duration) {
            return Err(ScheduleError::IntoNextWindow(duration));
        }
        let hours = self.cron().map(Cron::hours).unwrap_or_default();
        let end = |hour: i8| duration.saturating_add(i64::from(hour));
        for (hour, next) in hours.iter().zip(hours.iter().skip(1)) {
            if end(*hour) > i64::from(*next) {
                return Err(ScheduleError::IntoNextWindow(duration));
            }
        }
        match hours.last() {
            Some(hour) if end(*hour) > DAY => {
                Err(ScheduleError::IntoNextDay { duration, hour: *hour })
            }
            _ => Ok(()),
        }
    }
}

/// A number of hours that is always the same.
#[derive(Clone, Copy)]
struct Interval {
    // INVARIANT: 1 at least.
    hours: i64,
}

impl Interval {
    /// The first opening after `last`.
    fn first(self, last: Timestamp) -> Option<i64> {
        let grid = Span::hours(common_divisor(self.hours, DAY)).millis();
        let anchor = last.millis().checked_sub(last.millis().checked_rem_euclid(grid)?)?;
        anchor.checked_add(Span::hours(self.hours).millis())
    }

    /// The first opening at `moment` or later.
    fn opening_from(self, last: Timestamp, moment: Timestamp) -> Option<Timestamp> {
        let first = self.first(last)?;
        if moment.millis() <= first {
            return Some(Timestamp::from_millis(first));
        }
        // One millisecond earlier lies the interval that ends at `moment` or later.
        let earlier = moment.millis().checked_sub(1).map(Timestamp::from_millis)?;
        let opening = self.opening_before(last, earlier)?.millis();
        opening.checked_add(Span::hours(self.hours).millis()).map(Timestamp::from_millis)
    }

    /// The last opening at `moment` or earlier.
    fn opening_before(self, last: Timestamp, moment: Timestamp) -> Option<Timestamp> {
        let since = moment.millis().checked_sub(self.first(last)?).filter(|since| *since >= 0)?;
        let into = since.checked_rem(Span::hours(self.hours).millis())?;
        moment.millis().checked_sub(into).map(Timestamp::from_millis)
    }
}

fn common_divisor(one: i64, other: i64) -> i64 {
    let (mut one, mut other) = (one, other);
    while let Some(rest) = one.checked_rem(other) {
        (one, other) = (other, rest);
    }
    one
}

/// Reads what stands between the parentheses of `rate(…)`.
fn read_rate(expression: &str, rate: &str) -> Result<Recurrence, ScheduleError> {
    let bad = || ScheduleError::Rate(expression.to_owned());
    let (count, unit) = rate.split_once(' ').ok_or_else(bad)?;
    let is_number = !count.is_empty() && count.bytes().all(|it| it.is_ascii_digit());
    let range = || ScheduleError::RateRange(rate.to_owned());
    let number = || count.parse::<i64>().map_err(|_| range());
    match unit {
        "hour" | "hours" if is_number => match number()? {
            hours if hours < HOURS_MIN => Err(ScheduleError::TooOften(hours)),
            hours if hours > RATE_DAYS_MAX.saturating_mul(DAY) => Err(range()),
            hours => Ok(Recurrence::RateHours(hours)),
        },
        "day" | "days" if is_number => match number()? {
            days if (1..=RATE_DAYS_MAX).contains(&days) => Ok(Recurrence::RateDays(days)),
            _ => Err(range()),
        },
        _ => Err(bad()),
    }
}

/// Reads a `Duration`: `3h` are 3 hours.
fn hours_of(duration: &str) -> Result<i64, ScheduleError> {
    let digits = duration.strip_suffix('h').filter(|digits| {
        (1..=2).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit())
    });
    digits
        .and_then(|digits| digits.parse().ok())
        .filter(|hours| (1..=DAY).contains(hours))
        .ok_or_else(|| ScheduleError::Duration(duration.to_owned()))
}
