//! `cron()` expressions in the dialect of Secrets Manager: how they are read, and when they open a window.

use jiff::civil::Date;
use jiff::tz::Offset;

use super::HOURS_MIN;
use crate::time::{Span, Timestamp};

/// Days of 400 years, after which the calendar repeats: a search over them misses no date.
const CALENDAR_DAYS: usize = 146_097;

/// Days of 28 years, in which all kinds of years come: those that begin with each day of the week, with a February 29 and
/// without.
const YEARS_OF_ALL_KINDS: usize = 10_227;

/// A year in which every date occurs that occurs at all.
const LEAP_YEAR: i16 = 2000;

/// When `cron()` opens windows: at these hours, on these days of these months.
///
/// Minutes are 0 and the year is `*` in every valid expression, so neither is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    // INVARIANT: ascending, not empty, 0 to 23.
    hours: Vec<i8>,
    // INVARIANT: 1 to 12.
    months: Vec<i8>,
    // INVARIANT: some day of the calendar in one of `months` matches.
    days: Vec<DayRule>,
}

/// Text that is not a cron expression of Secrets Manager.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not six fields.
    #[error("a cron expression has 6 fields, not {0}")]
    Fields(usize),
    /// Windows open on the hour.
    #[error("the minutes must be 0, not `{0}`")]
    Minutes(String),
    /// Schedules are at most a year apart.
    #[error("the year must be `*`, not `{0}`")]
    Year(String),
    /// Not exactly one of the two fields for days is `?`.
    #[error("exactly one of day-of-month and day-of-week must be `?`")]
    QuestionMark,
    /// Something in a field that the field doesn't know.
    #[error("{field} can't be `{text}`")]
    Value {
        /// The field.
        field: &'static str,
        /// The part of it that is wrong.
        text: String,
    },
    /// A range that ends before it starts.
    #[error("the range `{0}` ends before it starts")]
    Range(String),
    /// A step of 0.
    #[error("the step of `{0}` is 0")]
    Step(String),
    /// A `#` beside other days.
    #[error("a day with # stands alone, unlike in `{0}`")]
    Ordinals(String),
    /// Windows of one day follow each other too soon.
    #[error("{first}:00 and {second}:00 are less than 4 hours apart")]
    TooOften {
        /// An hour.
        first: i8,
        /// The hour that follows it.
        second: i8,
    },
    /// The last window of a day and the first of the next one follow each other too soon.
    #[error("{first}:00 and {second}:00 of the next day are less than 4 hours apart")]
    TooOftenOvernight {
        /// The last hour of a day.
        first: i8,
        /// The first hour of the next one.
        second: i8,
    },
    /// No day of the calendar matches.
    #[error("no day in these months is `{0}`")]
    Never(String),
}

/// One item of a field for days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DayRule {
    /// This day of the month.
    Date(i8),
    /// `L`: the last day of the month.
    LastDate,
    /// `15W`: the day from Monday to Friday that is nearest to this one, in the same month.
    Nearest(i8),
    /// This day of every week, Sunday being 1.
    Weekday(i8),
    /// `FRIL`: the last such day of the month.
    LastWeekday(i8),
    /// `FRI#2`: the second such day of the month; a month without it has no window.
    Nth(i8, i8),
}

/// A field of numbers, with the names that some of them have.
struct Field {
    name: &'static str,
    first: i8,
    last: i8,
    /// Names of the numbers from `first` on.
    names: &'static [&'static str],
}

const HOURS: Field = Field { name: "hours", first: 0, last: 23, names: &[] };
const DATES: Field = Field { name: "day-of-month", first: 1, last: 31, names: &[] };
const MONTHS: Field = Field {
    name: "month",
    first: 1,
    last: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
const WEEKDAYS: Field = Field {
    name: "day-of-week",
    first: 1,
    last: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};

impl Cron {
    /// Reads what stands between the parentheses of `cron(…)`.
    pub(super) fn read(text: &str) -> Result<Self, CronError> {
        let text = text.to_ascii_uppercase();
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let &[minutes, hours, dates, months, weekdays, year] = fields.as_slice() else {
            return Err(CronError::Fields(fields.len()));
        };
        if minutes != "0" {
            return Err(CronError::Minutes(minutes.to_owned()));
        }
        if year != "*" {
            return Err(CronError::Year(year.to_owned()));
        }
        let hours = HOURS.numbers(hours)?;
        let months = MONTHS.numbers(months)?;
        let (named, days) = match (dates, weekdays) {
            ("?", "?") => return Err(CronError::QuestionMark),
            ("?", weekdays) => (weekdays, day_rules(weekdays, weekday_rule)?),
            (dates, "?") => (dates, day_rules(dates, date_rule)?),
            _ => return Err(CronError::QuestionMark),
        };
        for (first, second) in hours.iter().zip(hours.iter().skip(1)) {
            if i64::from(second.saturating_sub(*first)) < HOURS_MIN {
                return Err(CronError::TooOften { first: *first, second: *second });
            }
        }
        if !days.iter().any(|rule| rule.occurs_in(&months)) {
            return Err(CronError::Never(named.to_owned()));
        }
        let cron = Self { hours, months, days };
        match cron.night() {
            Some((first, second)) if cron.fires_on_two_days_running() => {
                Err(CronError::TooOftenOvernight { first, second })
            }
            _ => Ok(cron),
        }
    }

    /// The last hour and the first one, if a night between them is too short for two windows.
    fn night(&self) -> Option<(i8, i8)> {
        let (first, last) = (*self.hours.first()?, *self.hours.last()?);
        let length = super::DAY.saturating_add(i64::from(first)).saturating_sub(i64::from(last));
        (length < HOURS_MIN).then_some((last, first))
    }

    /// Whether it opens windows on some day and the next one.
    fn fires_on_two_days_running(&self) -> bool {
        let Ok(start) = Date::new(LEAP_YEAR, 1, 1) else { return false };
        let mut day = start;
        let mut yesterday = false;
        for _ in 0..YEARS_OF_ALL_KINDS {
            let today = self.fires_on(day);
            if today && yesterday {
                return true;
            }
            yesterday = today;
            let Ok(tomorrow) = day.tomorrow() else { return false };
            day = tomorrow;
        }
        false
    }

    /// The hours of a day at which windows open, in ascending order.
    pub fn hours(&self) -> &[i8] {
        &self.hours
    }

    /// The first opening at `moment` or later; `None` past the end of the calendar.
    pub(super) fn opening_from(&self, moment: Timestamp) -> Option<Timestamp> {
        let today = date(moment)?;
        let day = self.day_from(today)?;
        if let Some(opening) =
            self.openings(day).into_iter().flatten().find(|opening| *opening >= moment)
        {
            return Some(opening);
        }
        let day = self.day_from(day.tomorrow().ok()?)?;
        self.openings(day)?.find(|opening| *opening >= moment)
    }

    /// The last opening at `moment` or earlier on the same day. A window doesn't outlive its day, so no earlier one
    /// can be open.
    pub(super) fn opening_today(&self, moment: Timestamp) -> Option<Timestamp> {
        let today = date(moment)?;
        self.fires_on(today).then_some(())?;
        self.openings(today)?.filter(|opening| *opening <= moment).last()
    }

    /// The openings of a day on which there are some.
    fn openings(&self, day: Date) -> Option<impl Iterator<Item = Timestamp>> {
        let midnight = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
        let midnight = Timestamp::from_millis(midnight.as_millisecond());
        Some(self.hours.iter().map(move |hour| midnight.plus(Span::hours(i64::from(*hour)))))
    }

    /// The first day with windows, `day` or later.
    fn day_from(&self, day: Date) -> Option<Date> {
        let mut day = day;
        for _ in 0..CALENDAR_DAYS {
            if !self.months.contains(&day.month()) {
                day = day.last_of_month();
            } else if self.fires_on(day) {
                return Some(day);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    fn fires_on(&self, day: Date) -> bool {
        self.months.contains(&day.month()) && self.days.iter().any(|rule| rule.matches(day))
    }
}

impl DayRule {
    /// Whether some day of the calendar in one of these months matches. What is missing can only be a date: days of the
    /// week come on all dates, on February 29 too.
    fn occurs_in(self, months: &[i8]) -> bool {
        let (Self::Date(date) | Self::Nearest(date)) = self else { return true };
        months.iter().any(|month| Date::new(LEAP_YEAR, *month, date).is_ok())
    }

    fn matches(self, day: Date) -> bool {
        let weekday = day.weekday().to_sunday_one_offset();
        let left = day.days_in_month().saturating_sub(day.day());
        match self {
            Self::Date(date) => date == day.day(),
            Self::LastDate => left == 0,
            Self::Nearest(date) => nearest_workday(day, date) == Some(day.day()),
            Self::Weekday(wanted) => wanted == weekday,
            Self::LastWeekday(wanted) => wanted == weekday && left < 7,
            Self::Nth(wanted, ordinal) => {
                let before = day.day().saturating_sub(1).checked_div(7).unwrap_or(0);
                wanted == weekday && before.saturating_add(1) == ordinal
            }
        }
    }
}

/// The day of `day`'s month from Monday to Friday that is nearest to `date`; `None` in a month without that date.
fn nearest_workday(day: Date, date: i8) -> Option<i8> {
    let wanted = Date::new(day.year(), day.month(), date).ok()?;
    let away = match wanted.weekday().to_sunday_one_offset() {
        7 if date == 1 => 2,
        7 => -1,
        1 if date == day.days_in_month() => -2,
        1 => 1,
        _ => 0,
    };
    date.checked_add(away)
}

impl Field {
    fn refuse(&self, text: &str) -> CronError {
        CronError::Value { field: self.name, text: text.to_owned() }
    }

    /// The numbers that a field lists, in ascending order.
    fn numbers(&self, text: &str) -> Result<Vec<i8>, CronError> {
        let mut numbers = Vec::new();
        for item in text.split(',') {
            numbers.extend(self.item(item)?);
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// The numbers of one item: `3`, `1-5`, `*`, `2/10`, `/8`.
    fn item(&self, item: &str) -> Result<impl Iterator<Item = i8> + use<>, CronError> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let (first, last) = match (range, range.split_once('-')) {
            ("*", _) => (self.first, self.last),
            // The guide writes `/8` for every eight hours from midnight.
            ("", _) if step.is_some() => (self.first, self.last),
            (_, Some((first, last))) => (self.number(first, item)?, self.number(last, item)?),
            (number, None) => {
                let number = self.number(number, item)?;
                (number, if step.is_some() { self.last } else { number })
            }
        };
        if last < first {
            return Err(CronError::Range(range.to_owned()));
        }
        let step = match step {
            Some(step) => digits(step).ok_or_else(|| self.refuse(item))?,
            None => 1,
        };
        if step == 0 {
            return Err(CronError::Step(item.to_owned()));
        }
        Ok((first..=last).step_by(usize::from(step)))
    }

    /// One number or name. `item` is what a mistake in it is told with.
    fn number(&self, text: &str, item: &str) -> Result<i8, CronError> {
        let named = (self.first..).zip(self.names).find(|(_, name)| **name == text);
        named
            .map(|(number, _)| number)
            .or_else(|| digits(text).and_then(|number| i8::try_from(number).ok()))
            .filter(|number| (self.first..=self.last).contains(number))
            .ok_or_else(|| self.refuse(item))
    }
}

/// A number of digits alone: Rust would take a sign as well.
fn digits(text: &str) -> Option<u8> {
    let plain = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Reads a field of days, each item of which is either special or a set of numbers.
fn day_rules(
    text: &str,
    read: impl Fn(&str, &mut Vec<DayRule>) -> Result<(), CronError>,
) -> Result<Vec<DayRule>, CronError> {
    let mut rules = Vec::new();
    for item in text.split(',') {
        read(item, &mut rules)?;
    }
    if rules.len() > 1 && rules.iter().any(|rule| matches!(rule, DayRule::Nth(..))) {
        return Err(CronError::Ordinals(text.to_owned()));
    }
    Ok(rules)
}

fn date_rule(item: &str, rules: &mut Vec<DayRule>) -> Result<(), CronError> {
    if item == "L" {
        rules.push(DayRule::LastDate);
    } else if let Some(date) = item.strip_suffix('W') {
        rules.push(DayRule::Nearest(DATES.number(date, item)?));
    } else if let Some(weekday) = item.strip_suffix('L') {
        // The guide has `SUNL` under day-of-month; other dialects know it as a day of the week.
        let weekday = WEEKDAYS.number(weekday, item).map_err(|_| DATES.refuse(item))?;
        rules.push(DayRule::LastWeekday(weekday));
    } else {
        rules.extend(DATES.item(item)?.map(DayRule::Date));
    }
    Ok(())
}

fn weekday_rule(item: &str, rules: &mut Vec<DayRule>) -> Result<(), CronError> {
    if item == "L" {
        rules.push(DayRule::Weekday(WEEKDAYS.last));
    } else if let Some(weekday) = item.strip_suffix('L') {
        rules.push(DayRule::LastWeekday(WEEKDAYS.number(weekday, item)?));
    } else if let Some((weekday, ordinal)) = item.split_once('#') {
        let weekday = WEEKDAYS.number(weekday, item)?;
        let ordinal = digits(ordinal)
            .and_then(|ordinal| i8::try_from(ordinal).ok())
            .filter(|ordinal| (1..=5).contains(ordinal))
            .ok_or_else(|| WEEKDAYS.refuse(item))?;
        rules.push(DayRule::Nth(weekday, ordinal));
    } else {
        rules.extend(WEEKDAYS.item(item)?.map(DayRule::Weekday));
    }
    Ok(())
}

/// The day in UTC; `None` outside the calendar.
fn date(moment: Timestamp) -> Option<Date> {
    let moment = jiff::Timestamp::from_millisecond(moment.millis()).ok()?;
    Some(Offset::UTC.to_datetime(moment).date())
}
