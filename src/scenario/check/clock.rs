//! Whether the clock of a scenario stays within the calendar.

use super::super::{Step, StepKind};
use super::drafts::Drafts;
use crate::time::{Span, Timestamp};
use crate::yaml::Path;

/// Refuses a scenario that may come to a moment so late that dates which follow from it have no text.
pub(super) fn check(start: Timestamp, steps: &[Step], drafts: &mut Drafts) {
    if start > Timestamp::LAST {
        refuse(Path::top().key("start"), drafts);
        return;
    }
    let mut now = start;
    for (index, step) in steps.iter().enumerate() {
        let (key, end) = match &step.kind {
            StepKind::Call(_) => ("call", now.plus(Span::CALL)),
            StepKind::Target(_) => ("target", now.plus(Span::CALL)),
            StepKind::Wait(span) => ("wait", now.plus(*span)),
            StepKind::Until(moment) => ("until", now.max(*moment)),
            StepKind::Settle(at_most) => ("settle", now.plus(*at_most)),
        };
        if end > Timestamp::LAST {
            refuse(Path::top().key("steps").index(index).key(key), drafts);
            return;
        }
        now = end;
    }
}

fn refuse(path: Path, drafts: &mut Drafts) {
    let message = format!("the clock may come past {}", Timestamp::LAST);
    let help =
        "dates that follow from a moment must fit into the calendar, which ends with the year 9999";
    drafts.value(path, message, "too late", Some(help.to_owned()));
}
