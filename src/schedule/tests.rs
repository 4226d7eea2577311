//! Schedules against tables: what AWS documents, the ends of months, years and time, and what is refused.

use super::{Schedule, Window};
use crate::evidence::Rule;
use crate::time::{Span, Timestamp};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read(expression: &str, duration: Option<&str>) -> Schedule {
    Schedule::read(None, Some(expression), duration)
        .unwrap_or_else(|error| panic!("{expression}: {error}"))
        .unwrap()
}

fn show(window: Window) -> String {
    format!("{} to {}", window.start, window.end)
}

/// The guide's own examples, with the windows that follow Tuesday 2024-02-27 at 10:30.
#[test]
fn documented_cron_expressions() {
    let last = at("2024-02-27T10:30:00Z");
    for (expression, starts, hours) in [
        ("cron(0 /8 * * ? *)", ["2024-02-27T16:00:00Z", "2024-02-28T00:00:00Z"], 1),
        ("cron(0 8/8 * * ? *)", ["2024-02-27T16:00:00Z", "2024-02-28T08:00:00Z"], 1),
        ("cron(0 2/10 * * ? *)", ["2024-02-27T12:00:00Z", "2024-02-27T22:00:00Z"], 1),
        ("cron(0 4/12 * * ? *)", ["2024-02-27T16:00:00Z", "2024-02-28T04:00:00Z"], 1),
        ("cron(0 10 * * ? *)", ["2024-02-28T10:00:00Z", "2024-02-29T10:00:00Z"], 14),
        ("cron(0 18 ? * SAT *)", ["2024-03-02T18:00:00Z", "2024-03-09T18:00:00Z"], 6),
        ("cron(0 8 1 * ? *)", ["2024-03-01T08:00:00Z", "2024-04-01T08:00:00Z"], 16),
        ("cron(0 1 ? 1/3 SUN#1 *)", ["2024-04-07T01:00:00Z", "2024-07-07T01:00:00Z"], 23),
        ("cron(0 17 L * ? *)", ["2024-02-29T17:00:00Z", "2024-03-31T17:00:00Z"], 7),
        ("cron(0 8 ? * MON-FRI *)", ["2024-02-28T08:00:00Z", "2024-02-29T08:00:00Z"], 16),
        ("cron(0 16 1,15 * ? *)", ["2024-03-01T16:00:00Z", "2024-03-15T16:00:00Z"], 8),
        ("cron(0 0 ? * SUN#1 *)", ["2024-03-03T00:00:00Z", "2024-04-07T00:00:00Z"], 24),
        ("cron(0 0 ? 1/11 2#1 *)", ["2024-12-02T00:00:00Z", "2025-01-06T00:00:00Z"], 24),
        ("cron(0 0 1/2 * ? *)", ["2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"], 24),
        ("cron(0 0 1-15 * ? *)", ["2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z"], 24),
        ("cron(0 0 1 JAN,APR,JUL,OCT ? *)", ["2024-04-01T00:00:00Z", "2024-07-01T00:00:00Z"], 24),
        ("cron(0 0 SUNL * ? *)", ["2024-03-31T00:00:00Z", "2024-04-28T00:00:00Z"], 24),
        ("cron(0 0 ? * TUE#3 *)", ["2024-03-19T00:00:00Z", "2024-04-16T00:00:00Z"], 24),
        ("cron(0 0 ? * 1,4 *)", ["2024-02-28T00:00:00Z", "2024-03-03T00:00:00Z"], 24),
        ("cron(0 0 ? * 1/2 *)", ["2024-02-29T00:00:00Z", "2024-03-02T00:00:00Z"], 24),
        ("cron(0 0 ? * L *)", ["2024-03-02T00:00:00Z", "2024-03-09T00:00:00Z"], 24),
    ] {
        let schedule = read(expression, None);
        let mut moment = last;
        for start in starts {
            let window = schedule.window_after(moment).unwrap();
            let end = at(start).plus(Span::hours(hours));
            assert_eq!(show(window), show(Window { start: at(start), end }), "{expression}");
            moment = window.start;
        }
        assert_eq!(schedule.days(), None, "{expression}");
    }
}

/// Months without the day, the ends of years and months, leap days.
#[test]
fn days_that_not_every_month_has() {
    for (expression, last, start) in [
        ("cron(0 0 29 2 ? *)", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("cron(0 0 29 FEB ? *)", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"),
        ("cron(0 0 L 2 ? *)", "2023-02-28T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("cron(0 0 L 2 ? *)", "2099-03-01T00:00:00Z", "2100-02-28T00:00:00Z"),
        ("cron(0 0 31 * ? *)", "2025-01-31T00:00:00Z", "2025-03-31T00:00:00Z"),
        ("cron(0 0 30 * ? *)", "2025-01-30T00:00:00Z", "2025-03-30T00:00:00Z"),
        ("cron(0 23 31 DEC ? *)", "2024-12-31T22:59:59Z", "2024-12-31T23:00:00Z"),
        ("cron(0 23 31 DEC ? *)", "2024-12-31T23:00:00Z", "2025-12-31T23:00:00Z"),
        ("cron(0 0 1 JAN ? *)", "2024-12-31T23:59:59.999Z", "2025-01-01T00:00:00Z"),
        // A Saturday moves back and a Sunday forward, but neither leaves its month.
        ("cron(0 0 15W * ? *)", "2024-06-01T00:00:00Z", "2024-06-14T00:00:00Z"),
        ("cron(0 0 15W * ? *)", "2024-09-01T00:00:00Z", "2024-09-16T00:00:00Z"),
        ("cron(0 0 15W * ? *)", "2024-07-01T00:00:00Z", "2024-07-15T00:00:00Z"),
        ("cron(0 0 1W * ? *)", "2024-05-31T00:00:00Z", "2024-06-03T00:00:00Z"),
        ("cron(0 0 1W * ? *)", "2024-08-31T00:00:00Z", "2024-09-02T00:00:00Z"),
        ("cron(0 0 31W * ? *)", "2024-08-01T00:00:00Z", "2024-08-30T00:00:00Z"),
        ("cron(0 0 31W * ? *)", "2024-03-01T00:00:00Z", "2024-03-29T00:00:00Z"),
        ("cron(0 0 31W * ? *)", "2024-09-01T00:00:00Z", "2024-10-31T00:00:00Z"),
        ("cron(0 0 ? * FRI#5 *)", "2024-05-31T00:00:00Z", "2024-08-30T00:00:00Z"),
        ("cron(0 0 ? FEB SAT#5 *)", "2020-02-29T00:00:00Z", "2048-02-29T00:00:00Z"),
        ("cron(0 0 ? * FRIL *)", "2024-05-01T00:00:00Z", "2024-05-31T00:00:00Z"),
        ("cron(0 0 ? * 6L *)", "2024-06-01T00:00:00Z", "2024-06-28T00:00:00Z"),
        ("cron(0 0 1,L * ? *)", "2024-02-01T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("cron(0 5 ? feb sun *)", "2024-02-20T00:00:00Z", "2024-02-25T05:00:00Z"),
        // Close to each other, but for the night between them.
        ("cron(0 0,22 ? * MON,WED *)", "2024-02-19T00:00:00Z", "2024-02-19T22:00:00Z"),
        ("cron(0 0,22 1,27 * ? *)", "2024-02-01T00:00:00Z", "2024-02-01T22:00:00Z"),
        ("cron(0 3,7-8/4,23 * * ? *)", "2024-02-20T07:00:00Z", "2024-02-20T23:00:00Z"),
    ] {
        let window = read(expression, None).window_after(at(last)).unwrap();
        assert_eq!(window.start.to_string(), start, "{expression} after {last}");
    }
}

/// Rates with the length of the window, the last rotation, and the window after it.
const RATES: &[(&str, Option<&str>, &str, &str)] = &[
    ("rate(10 days)", None, "2025-12-30T15:00:00Z", "2026-01-09T00:00:00Z to 2026-01-10T00:00:00Z"),
    ("rate(1 day)", None, "2024-02-28T23:59:59Z", "2024-02-29T00:00:00Z to 2024-03-01T00:00:00Z"),
    ("rate(1 day)", None, "2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z to 2024-03-01T00:00:00Z"),
    (
        "rate(1 days)",
        Some("3h"),
        "2024-12-31T12:00:00Z",
        "2025-01-01T00:00:00Z to 2025-01-01T03:00:00Z",
    ),
    (
        "rate(10 days)",
        Some("24h"),
        "2024-01-01T12:00:00Z",
        "2024-01-11T00:00:00Z to 2024-01-12T00:00:00Z",
    ),
    ("rate(4 hours)", None, "2024-01-01T00:10:00Z", "2024-01-01T04:00:00Z to 2024-01-01T05:00:00Z"),
    ("rate(4 hours)", None, "2024-01-01T21:30:00Z", "2024-01-02T00:00:00Z to 2024-01-02T01:00:00Z"),
    (
        "rate(4 hours)",
        Some("4h"),
        "2024-01-01T03:59:59Z",
        "2024-01-01T04:00:00Z to 2024-01-01T08:00:00Z",
    ),
    (
        "rate(12 hours)",
        Some("12h"),
        "2024-01-01T12:00:00Z",
        "2024-01-02T00:00:00Z to 2024-01-02T12:00:00Z",
    ),
    ("rate(5 hours)", None, "2024-01-01T20:10:00Z", "2024-01-02T01:00:00Z to 2024-01-02T02:00:00Z"),
    (
        "rate(5 hours)",
        Some("5h"),
        "2024-01-01T17:10:00Z",
        "2024-01-01T22:00:00Z to 2024-01-02T00:00:00Z",
    ),
    (
        "rate(23 hours)",
        None,
        "2024-01-01T23:10:00Z",
        "2024-01-02T22:00:00Z to 2024-01-02T23:00:00Z",
    ),
    (
        "rate(36 hours)",
        None,
        "2024-01-01T00:10:00Z",
        "2024-01-02T12:00:00Z to 2024-01-02T13:00:00Z",
    ),
    (
        "rate(48 hours)",
        None,
        "2024-01-01T13:10:00Z",
        "2024-01-03T00:00:00Z to 2024-01-03T01:00:00Z",
    ),
    (
        "cron(0 20 * * ? *)",
        Some("4h"),
        "2024-12-31T20:00:00Z",
        "2025-01-01T20:00:00Z to 2025-01-02T00:00:00Z",
    ),
    (
        "cron(0 0 * * ? *)",
        Some("24h"),
        "2024-12-31T00:00:00Z",
        "2025-01-01T00:00:00Z to 2025-01-02T00:00:00Z",
    ),
    (
        "cron(0 0/8 * * ? *)",
        Some("8h"),
        "2024-12-31T15:00:00Z",
        "2024-12-31T16:00:00Z to 2025-01-01T00:00:00Z",
    ),
];

#[test]
fn rates_and_days_count_from_the_last_rotation() {
    for &(expression, duration, last, window) in RATES {
        let schedule = read(expression, duration);
        let next = schedule.window_after(at(last)).unwrap();
        assert_eq!(show(next), window, "{expression} {duration:?} after {last}");
        let latest = next.end.plus(Span::seconds(-1));
        assert_eq!(schedule.next_rotation(at(last)), Some(latest), "{expression}");
    }
    let days = |days, duration| Schedule::read(Some(days), None, duration).unwrap().unwrap();
    let next = |schedule: Schedule| schedule.next_rotation(at("2024-02-27T10:00:00Z")).unwrap();
    assert_eq!(next(days(2, None)).to_string(), "2024-02-29T23:59:59Z");
    assert_eq!(next(days(2, Some("3h"))).to_string(), "2024-02-29T02:59:59Z");
    assert_eq!(next(days(1000, None)).to_string(), "2026-11-23T23:59:59Z");
}

#[test]
fn days_shown_for_a_schedule() {
    assert_eq!(Schedule::read(Some(1000), None, None).unwrap().unwrap().days(), Some(1000));
    assert_eq!(read("rate(999 days)", None).days(), Some(999));
    assert_eq!(read("rate(48 hours)", None).days(), None);
    assert_eq!(Schedule::read(None, None, Some("2h")), Ok(None));
    assert_eq!(Schedule::read(None, None, None), Ok(None));
}

/// Windows go on at the same distance while no rotation succeeds.
#[test]
fn missed_windows_do_not_stop_a_schedule() {
    let last = at("2024-01-01T05:00:00Z");
    for (expression, moment, open, from) in [
        ("rate(10 days)", "2024-01-01T06:00:00Z", None, "2024-01-11T00:00:00Z"),
        (
            "rate(10 days)",
            "2024-01-11T00:00:00Z",
            Some("2024-01-11T00:00:00Z"),
            "2024-01-11T00:00:00Z",
        ),
        (
            "rate(10 days)",
            "2024-01-11T00:00:00.001Z",
            Some("2024-01-11T00:00:00Z"),
            "2024-01-21T00:00:00Z",
        ),
        ("rate(10 days)", "2024-01-12T00:00:00Z", None, "2024-01-21T00:00:00Z"),
        (
            "rate(10 days)",
            "2024-01-31T12:00:00Z",
            Some("2024-01-31T00:00:00Z"),
            "2024-02-10T00:00:00Z",
        ),
        (
            "rate(6 hours)",
            "2024-01-01T06:59:59.999Z",
            Some("2024-01-01T06:00:00Z"),
            "2024-01-01T12:00:00Z",
        ),
        ("rate(6 hours)", "2024-01-01T07:00:00Z", None, "2024-01-01T12:00:00Z"),
        ("cron(0 5 * * ? *)", "2024-01-01T04:59:59Z", None, "2024-01-01T05:00:00Z"),
        (
            "cron(0 5 * * ? *)",
            "2024-01-01T05:00:00Z",
            Some("2024-01-01T05:00:00Z"),
            "2024-01-01T05:00:00Z",
        ),
        (
            "cron(0 5 * * ? *)",
            "2024-01-01T23:59:59.999Z",
            Some("2024-01-01T05:00:00Z"),
            "2024-01-02T05:00:00Z",
        ),
        ("cron(0 5 * * ? *)", "2024-01-02T00:00:00Z", None, "2024-01-02T05:00:00Z"),
        (
            "cron(0 5,14 * * ? *)",
            "2024-01-01T14:10:00Z",
            Some("2024-01-01T14:00:00Z"),
            "2024-01-02T05:00:00Z",
        ),
        ("cron(0 5 2 * ? *)", "2024-01-01T06:00:00Z", None, "2024-01-02T05:00:00Z"),
    ] {
        let schedule = read(expression, None);
        let found = schedule.window_at(last, at(moment));
        assert_eq!(found.map(|it| it.start), open.map(at), "{expression} at {moment}");
        let found = schedule.window_from(last, at(moment)).unwrap();
        assert_eq!(found.start, at(from), "{expression} from {moment}");
    }
}

/// Expressions and lengths of the window that are refused, and what is said of them.
const BAD: &[(&str, Option<&str>, &str)] = &[
    ("", None, "`` is neither `rate(…)` nor `cron(…)`"),
    ("10 days", None, "`10 days` is neither `rate(…)` nor `cron(…)`"),
    ("Rate(10 days)", None, "`Rate(10 days)` is neither `rate(…)` nor `cron(…)`"),
    (" rate(10 days)", None, "` rate(10 days)` is neither `rate(…)` nor `cron(…)`"),
    ("rate(10 days) ", None, "`rate(10 days) ` is neither `rate(…)` nor `cron(…)`"),
    ("rate(10)", None, "`rate(10)` is not a rate such as `rate(12 hours)` or `rate(10 days)`"),
    ("rate(days)", None, "`rate(days)` is not a rate such as `rate(12 hours)` or `rate(10 days)`"),
    (
        "rate(ten days)",
        None,
        "`rate(ten days)` is not a rate such as `rate(12 hours)` or `rate(10 days)`",
    ),
    (
        "rate(+5 days)",
        None,
        "`rate(+5 days)` is not a rate such as `rate(12 hours)` or `rate(10 days)`",
    ),
    (
        "rate(5  days)",
        None,
        "`rate(5  days)` is not a rate such as `rate(12 hours)` or `rate(10 days)`",
    ),
    (
        "rate(5 minutes)",
        None,
        "`rate(5 minutes)` is not a rate such as `rate(12 hours)` or `rate(10 days)`",
    ),
    (
        "rate(1.5 days)",
        None,
        "`rate(1.5 days)` is not a rate such as `rate(12 hours)` or `rate(10 days)`",
    ),
    ("rate(0 days)", None, "a rate is 1 to 999 days, not `0 days`"),
    ("rate(1000 days)", None, "a rate is 1 to 999 days, not `1000 days`"),
    (
        "rate(99999999999999999999 days)",
        None,
        "a rate is 1 to 999 days, not `99999999999999999999 days`",
    ),
    ("rate(0 hours)", None, "a rate is at least 4 hours, not 0"),
    ("rate(3 hours)", None, "a rate is at least 4 hours, not 3"),
    ("rate(23977 hours)", None, "a rate is 1 to 999 days, not `23977 hours`"),
    ("rate(4 hours)", Some("5h"), "a window of 5h reaches into the next one"),
    ("rate(1 day)", Some("25h"), "a window is 1h to 24h long, not `25h`"),
    ("rate(1 day)", Some("0h"), "a window is 1h to 24h long, not `0h`"),
    ("rate(1 day)", Some("h"), "a window is 1h to 24h long, not `h`"),
    ("rate(1 day)", Some("3"), "a window is 1h to 24h long, not `3`"),
    ("rate(1 day)", Some("+3h"), "a window is 1h to 24h long, not `+3h`"),
    ("rate(1 day)", Some("3 h"), "a window is 1h to 24h long, not `3 h`"),
    ("rate(1 day)", Some("003h"), "a window is 1h to 24h long, not `003h`"),
    ("rate(1 day)", Some("3H"), "a window is 1h to 24h long, not `3H`"),
    ("cron()", None, "a cron expression has 6 fields, not 0"),
    ("cron(0 16 1,15 * ?)", None, "a cron expression has 6 fields, not 5"),
    ("cron(0 16 1,15 * ? * *)", None, "a cron expression has 6 fields, not 7"),
    ("cron(5 16 1 * ? *)", None, "the minutes must be 0, not `5`"),
    ("cron(* 16 1 * ? *)", None, "the minutes must be 0, not `*`"),
    ("cron(0 16 1 * ? 2026)", None, "the year must be `*`, not `2026`"),
    ("cron(0 16 ? * ? *)", None, "exactly one of day-of-month and day-of-week must be `?`"),
    ("cron(0 16 * * * *)", None, "exactly one of day-of-month and day-of-week must be `?`"),
    ("cron(0 1 * 1/3 SUN *)", None, "exactly one of day-of-month and day-of-week must be `?`"),
    ("cron(0 24 * * ? *)", None, "hours can't be `24`"),
    ("cron(0 ? * * ? *)", None, "hours can't be `?`"),
    ("cron(0 * * * ? *)", None, "0:00 and 1:00 are less than 4 hours apart"),
    ("cron(0 0/3 * * ? *)", None, "0:00 and 3:00 are less than 4 hours apart"),
    ("cron(0 1,4 * * ? *)", None, "1:00 and 4:00 are less than 4 hours apart"),
    ("cron(0 8/0 * * ? *)", None, "the step of `8/0` is 0"),
    ("cron(0 0/7 * * ? *)", None, "21:00 and 0:00 of the next day are less than 4 hours apart"),
    ("cron(0 1,22 L,1 * ? *)", None, "22:00 and 1:00 of the next day are less than 4 hours apart"),
    (
        "cron(0 0,22 ? 2,5 SUNL,MON *)",
        None,
        "22:00 and 0:00 of the next day are less than 4 hours apart",
    ),
    ("cron(0 / * * ? *)", None, "hours can't be `/`"),
    ("cron(0 8/ * * ? *)", None, "hours can't be `8/`"),
    ("cron(0 8//2 * * ? *)", None, "hours can't be `8//2`"),
    ("cron(0 8, * * ? *)", None, "hours can't be ``"),
    ("cron(0 20-4 * * ? *)", None, "the range `20-4` ends before it starts"),
    ("cron(0 0 0 * ? *)", None, "day-of-month can't be `0`"),
    ("cron(0 0 32 * ? *)", None, "day-of-month can't be `32`"),
    ("cron(0 0 1-40 * ? *)", None, "day-of-month can't be `1-40`"),
    ("cron(0 0 -1 * ? *)", None, "day-of-month can't be `-1`"),
    ("cron(0 0 W * ? *)", None, "day-of-month can't be `W`"),
    ("cron(0 0 LW * ? *)", None, "day-of-month can't be `LW`"),
    ("cron(0 0 L-3 * ? *)", None, "day-of-month can't be `L-3`"),
    ("cron(0 0 5#2 * ? *)", None, "day-of-month can't be `5#2`"),
    ("cron(0 0 1 13 ? *)", None, "month can't be `13`"),
    ("cron(0 0 1 JANUARY ? *)", None, "month can't be `JANUARY`"),
    ("cron(0 0 1 DEC-JAN ? *)", None, "the range `DEC-JAN` ends before it starts"),
    ("cron(0 0 ? * 0 *)", None, "day-of-week can't be `0`"),
    ("cron(0 0 ? * 8 *)", None, "day-of-week can't be `8`"),
    ("cron(0 0 ? * SUNDAY *)", None, "day-of-week can't be `SUNDAY`"),
    ("cron(0 0 ? * 3W *)", None, "day-of-week can't be `3W`"),
    ("cron(0 0 ? * FRI#0 *)", None, "day-of-week can't be `FRI#0`"),
    ("cron(0 0 ? * FRI#6 *)", None, "day-of-week can't be `FRI#6`"),
    ("cron(0 0 ? * FRI# *)", None, "day-of-week can't be `FRI#`"),
    ("cron(0 0 ? * FRI#1,FRI#3 *)", None, "a day with # stands alone, unlike in `FRI#1,FRI#3`"),
    ("cron(0 0 31 2 ? *)", None, "no day in these months is `31`"),
    ("cron(0 0 31 APR,JUN,SEP,NOV ? *)", None, "no day in these months is `31`"),
    ("cron(0 0 30W FEB ? *)", None, "no day in these months is `30W`"),
    (
        "cron(0 21 * * ? *)",
        Some("4h"),
        "a window of 4h that opens at 21:00 reaches into the next day",
    ),
    (
        "cron(0 2/10 * * ? *)",
        Some("3h"),
        "a window of 3h that opens at 22:00 reaches into the next day",
    ),
    ("cron(0 0/8 * * ? *)", Some("9h"), "a window of 9h reaches into the next one"),
];

#[test]
fn bad_schedules_say_what_is_wrong() {
    for &(expression, duration, text) in BAD {
        let error = Schedule::read(None, Some(expression), duration).unwrap_err();
        assert_eq!(error.to_string(), text, "{expression} {duration:?}");
        let is_of_cron = expression.starts_with("cron(") && duration.is_none();
        assert_eq!(error.rule() == Rule::CronHasSixFields, is_of_cron, "{expression}");
    }
    for (days, expression, text) in [
        (0, None, "AutomaticallyAfterDays must be 1 to 1000, not 0"),
        (-1, None, "AutomaticallyAfterDays must be 1 to 1000, not -1"),
        (1001, None, "AutomaticallyAfterDays must be 1 to 1000, not 1001"),
        (1, Some("rate(1 day)"), "days and a schedule expression exclude each other"),
    ] {
        let error = Schedule::read(Some(days), expression, None).unwrap_err();
        assert_eq!(error.to_string(), text);
    }
    let long = format!("cron(0 {} * * ? *)", ["0"; 200].join(","));
    let error = Schedule::read(None, Some(&long), None).unwrap_err();
    assert_eq!(error.to_string(), "a schedule expression has at most 256 characters, not 415");
    let error = Schedule::read(None, None, Some("3 hours")).unwrap_err();
    assert_eq!(error.to_string(), "a window is 1h to 24h long, not `3 hours`");
}

/// Nothing panics where time ends; an answer is missing there, or lies after the question.
#[test]
fn the_ends_of_time() {
    for expression in
        ["rate(4 hours)", "rate(999 days)", "cron(0 23 31 12 ? *)", "cron(0 0 * * ? *)"]
    {
        let schedule = read(expression, None);
        for millis in [i64::MIN, i64::MIN + 1, -377_705_023_201_001, 253_402_207_200_000, i64::MAX]
        {
            for step in [-86_400_000, -1, 0, 1, 86_400_000] {
                let moment = Timestamp::from_millis(millis.saturating_add(step));
                for last in [Timestamp::from_millis(0), moment] {
                    schedule.window_at(last, moment);
                    let window = schedule.window_from(last, moment);
                    assert!(window.is_none_or(|it| it.start >= moment), "{expression} {millis}");
                }
                let window = schedule.window_after(moment);
                assert!(window.is_none_or(|it| it.start > moment), "{expression} {millis}");
            }
        }
    }
}

#[test]
fn a_number_picks_a_second() {
    let start = at("2024-01-01T16:00:00Z");
    let window = Window { start, end: at("2024-01-01T18:00:00Z") };
    assert_eq!(window.latest(), at("2024-01-01T17:59:59Z"));
    assert_eq!(window.moment(0), start);
    assert_eq!(window.moment(7199), window.latest());
    assert_eq!(window.moment(7200), start);
    assert!(window.contains(window.moment(u64::MAX)));
    assert!(!window.contains(window.end));
    let empty = Window { start, end: start };
    assert_eq!(empty.moment(5), start);
}
