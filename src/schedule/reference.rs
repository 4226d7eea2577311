//! Random schedules against a reference that tries one hour after the other.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers; an overflow fails the test")]
#![expect(clippy::wildcard_enum_match_arm, reason = "items that are not special are numbers")]

use proptest::prelude::*;

use super::Schedule;
use crate::time::{Span, Timestamp};

/// An item of a field, and how it is written.
#[derive(Clone, Debug)]
enum Item {
    Any,
    One(i64),
    Range(i64, i64),
    Step(i64, i64),
    RangeStep(i64, i64, i64),
    Last,
    Near(i64),
    LastOf(i64),
    Nth(i64, i64),
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => write!(f, "*"),
            Self::One(one) => write!(f, "{one}"),
            Self::Range(first, last) => write!(f, "{first}-{last}"),
            Self::Step(first, step) => write!(f, "{first}/{step}"),
            Self::RangeStep(first, last, step) => write!(f, "{first}-{last}/{step}"),
            Self::Last => write!(f, "L"),
            Self::Near(day) => write!(f, "{day}W"),
            Self::LastOf(weekday) => write!(f, "{weekday}L"),
            Self::Nth(weekday, ordinal) => write!(f, "{weekday}#{ordinal}"),
        }
    }
}

impl Item {
    fn has(&self, number: i64) -> bool {
        match *self {
            Self::Any => true,
            Self::One(one) => number == one,
            Self::Range(first, last) => (first..=last).contains(&number),
            Self::Step(first, step) => number >= first && (number - first) % step == 0,
            Self::RangeStep(first, last, step) => {
                (first..=last).contains(&number) && (number - first) % step == 0
            }
            Self::Last | Self::Near(_) | Self::LastOf(_) | Self::Nth(..) => false,
        }
    }
}

fn items(first: i64, last: i64) -> impl Strategy<Value = Item> {
    let ordered = (first..=last, first..=last).prop_map(|(a, b)| (a.min(b), a.max(b)));
    prop_oneof![
        2 => Just(Item::Any),
        4 => (first..=last).prop_map(Item::One),
        2 => ordered.clone().prop_map(|(a, b)| Item::Range(a, b)),
        1 => (first..=last, 1..=last).prop_map(|(a, step)| Item::Step(a, step)),
        1 => (ordered, 1..=last).prop_map(|((a, b), step)| Item::RangeStep(a, b, step)),
    ]
}

fn lists(item: impl Strategy<Value = Item>) -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(item, 1..3)
}

fn written(items: &[Item]) -> String {
    items.iter().map(Item::to_string).collect::<Vec<_>>().join(",")
}

/// Year, month and day of a day since 1970, found by walking over the years and months.
fn civil(day: i64) -> (i64, i64, i64) {
    let (mut year, mut rest) = (1970, day);
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while rest >= 365 + i64::from(is_leap(year)) {
        rest -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    for month in 1.. {
        let length = month_length(year, month);
        if rest < length {
            return (year, month, rest + 1);
        }
        rest -= length;
    }
    (0, 0, 0)
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Whether a day since 1970 matches, told from its numbers alone.
fn day_matches(day: i64, dates: &[Item], weekdays: &[Item]) -> bool {
    let weekday = |day: i64| (day + 4) % 7 + 1; // 1970-01-01 was a Thursday, and Sunday is 1
    let (year, month, date) = civil(day);
    let length = month_length(year, month);
    let is_workday = |date_of: i64| (2..=6).contains(&weekday(day - date + date_of));
    dates.iter().any(|item| match *item {
        Item::Last => date == length,
        // Of all workdays of the month the nearest one: only one can be one day away.
        Item::Near(near) if near <= length => {
            (1..=length).filter(|it| is_workday(*it)).min_by_key(|it| (it - near).abs())
                == Some(date)
        }
        _ => item.has(date),
    }) || weekdays.iter().any(|item| match *item {
        Item::Last => weekday(day) == 7,
        Item::LastOf(wanted) => weekday(day) == wanted && date + 7 > length,
        Item::Nth(wanted, ordinal) => weekday(day) == wanted && (date - 1) / 7 + 1 == ordinal,
        _ => item.has(weekday(day)),
    })
}

fn day_fields() -> impl Strategy<Value = (Vec<Item>, Vec<Item>)> {
    let dates = prop_oneof![
        6 => items(1, 31),
        1 => Just(Item::Last),
        2 => (1..=31i64).prop_map(Item::Near),
    ];
    let weekdays = prop_oneof![6 => items(1, 7), 1 => Just(Item::Last), 2 => (1..=7i64).prop_map(Item::LastOf)];
    prop_oneof![
        lists(dates).prop_map(|dates| (dates, Vec::new())),
        lists(weekdays).prop_map(|weekdays| (Vec::new(), weekdays)),
        (1..=7i64, 1..=5i64).prop_map(|(day, nth)| (Vec::new(), vec![Item::Nth(day, nth)])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    /// The next opening is the first hour that matches, tried one after the other.
    #[test]
    fn openings_are_those_of_every_hour_tried(
        hours in lists(items(0, 23)),
        months in lists(items(1, 12)),
        (dates, weekdays) in day_fields(),
        start in 0i64..4_000_000_000,
    ) {
        let or_any = |items: &[Item]| if items.is_empty() { "?".to_owned() } else { written(items) };
        let expression = format!(
            "cron(0 {} {} {} {} *)",
            written(&hours), or_any(&dates), written(&months), or_any(&weekdays),
        );
        // What a day has is the same for all its hours, so the days that don't match are passed over.
        let is_day = |day: i64| {
            months.iter().any(|it| it.has(civil(day).1)) && day_matches(day, &dates, &weekdays)
        };
        let wanted = (start / 86_400..).take(366 * 9).find_map(|day| {
            let is_day = is_day(day);
            let seconds = (0..24).filter(|hour| hours.iter().any(|it| it.has(*hour)));
            let mut seconds = seconds.map(|hour| day * 86_400 + hour * 3600);
            is_day.then(|| seconds.find(|at| *at >= start)).flatten()
        });
        let opened: Vec<i64> = (0..24).filter(|hour| hours.iter().any(|it| it.has(*hour))).collect();
        // From 1970 to 1997 there are all kinds of years.
        let too_often = opened.windows(2).any(|pair| pair[1] - pair[0] < 4)
            || opened.first().unwrap() + 24 - opened.last().unwrap() < 4
                && (0..10_227).any(|day| is_day(day) && is_day(day + 1));
        let moment = Timestamp::from_millis(start * 1000);
        match Schedule::read(None, Some(&expression), None).map(Option::unwrap) {
            Ok(schedule) => {
                prop_assert!(!too_often, "{}", expression);
                let found = schedule.window_from(moment, moment).map(|it| it.start.millis() / 1000);
                if wanted.is_some() {
                    prop_assert_eq!(found, wanted, "{}", expression);
                } else {
                    // Only a fifth such day in a February may be further away than nine years.
                    prop_assert!(found.is_some() && expression.contains("#5"), "{}", expression);
                }
            }
            Err(_) => prop_assert!(too_often || wanted.is_none(), "{}", expression),
        }
    }

    /// Any text is read or refused.
    #[test]
    fn no_text_panics(text in "(rate|cron)\\([0-9A-Z#?*/, L-]{0,24}\\)|.{0,12}", length in ".{0,3}") {
        let moment = Timestamp::DEFAULT_START;
        if let Ok(Some(schedule)) = Schedule::read(None, Some(&text), Some(&length)) {
            prop_assert!(schedule.window_after(moment).is_some_and(|it| it.start > moment));
        }
    }

    /// Windows of a rate lie one after the other, each within one day, and are found again from inside.
    #[test]
    fn windows_of_a_rate(hours in 4i64..200, length in 1i64..=24, start in 0i64..4_000_000_000) {
        let length = length.min(hours);
        let (rate, length) = (format!("rate({hours} hours)"), format!("{length}h"));
        let schedule = Schedule::read(None, Some(&rate), Some(&length)).unwrap().unwrap();
        let last = Timestamp::from_millis(start * 1000);
        let first = schedule.window_after(last).unwrap();
        let since = first.start.since(last);
        prop_assert!(since > Span::hours(0) && since <= Span::hours(hours));
        let inside = first.moment(start.unsigned_abs());
        prop_assert_eq!(schedule.window_at(last, inside), Some(first));
        prop_assert_eq!(first.start.midnight(), first.latest().midnight());
        let second = schedule.window_from(last, first.end).unwrap();
        prop_assert_eq!(second.start, first.start.plus(Span::hours(hours)));
        prop_assert!(second.start >= first.end);
    }
}
