//! Random calls: which of what they find is new, and the smallest calls that still find it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::careful;
use super::cases::Case;
use super::{CompareArgs, Ends};
use crate::compare::{Compared, Difference, Endpoint as _, Kind, random_calls};
use crate::endpoint::HttpEndpoint;
use crate::evidence::Rule;
use crate::fuzz::{Broke, Call, Finding, smallest};
use crate::report::CaseOutcome;
use crate::world::Actor;

/// So many calls are played in search of fewer ones for one difference. Emulators are slow, and what is nearly the
/// smallest is as good to whoever reads it.
const CALLS_TRIED: usize = 200;

/// What makes two differences the same.
type Key = (Kind, Option<Rule>, String);

/// The differences that were found.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeSet<Key>);

/// The cases of a seed, each made when it is its turn.
pub(super) fn cases(
    seed: u64,
    count: u64,
    endpoint: &HttpEndpoint,
) -> impl Iterator<Item = Case> + use<> {
    let abilities = endpoint.abilities().clone();
    let case = move |number| {
        let calls = random_calls(seed, number, &abilities);
        Case::random(format!("--fuzz --seed {seed}, case {number}"), calls)
    };
    (0..count).map(case)
}

fn key(difference: &Difference) -> Key {
    // Which label or which member counts only where no rule tells the difference apart.
    let place = if difference.kind == Kind::Member {
        difference.place.split(['[', '.']).next().unwrap_or_default().to_owned()
    } else {
        String::new()
    };
    (difference.kind, difference.rule(), place)
}

/// The first difference of each kind that counts.
fn keys(args: &CompareArgs, compared: &Compared) -> Vec<Key> {
    let counts =
        |it: &&Difference| !it.follows && (it.kind != Kind::Wording || !args.ignore_wording);
    compared.differences.iter().filter(counts).map(key).collect()
}

impl Known {
    /// Keeps of a case what no other one has found: the smallest calls that find it. Where secrets cost money, nothing
    /// is made smaller.
    pub(super) fn look(
        &mut self,
        args: &CompareArgs,
        endpoint: &mut HttpEndpoint,
        prefix: &str,
        case: &mut Case,
        outcome: CaseOutcome,
    ) -> Result<CaseOutcome, Ends> {
        let CaseOutcome::Played(mut compared) = outcome else { return Ok(outcome) };
        let found = keys(args, &compared);
        let Some(new) = found.iter().find(|key| !self.0.contains(*key)).cloned() else {
            compared.known = found.len();
            compared.differences.clear();
            return Ok(CaseOutcome::Played(compared));
        };
        if endpoint.abilities().is_aws {
            self.0.extend(found);
            return Ok(CaseOutcome::Played(compared));
        }
        let calls = case.calls.take().unwrap_or_default();
        let (calls, played) = smaller(args, endpoint, prefix, &case.path, calls, &new)?;
        let smallest = Case::random(case.path.clone(), calls);
        *case = smallest;
        let mut compared = played.unwrap_or(compared);
        // What was known before is told once.
        compared.differences.retain(|it| key(it) == new || !self.0.contains(&key(it)));
        self.0.extend(compared.differences.iter().filter(|it| !it.follows).map(key));
        self.0.insert(new);
        Ok(CaseOutcome::Played(compared))
    }
}

/// Which of the calls made a step of the trace.
fn call_at(case: &Case, step: usize) -> usize {
    let made = case.trace.steps.iter().take(step.saturating_add(1));
    made.filter(|step| step.actor != Actor::Service).count().saturating_sub(1)
}

/// The smallest calls that find a difference, and what comes of them.
fn smaller(
    args: &CompareArgs,
    endpoint: &mut HttpEndpoint,
    prefix: &str,
    path: &str,
    calls: Vec<Call>,
    key: &Key,
) -> Result<(Vec<Call>, Option<Box<Compared>>), Ends> {
    let state = RefCell::new((endpoint, 0_usize, None, Ok(())));
    let broken = |calls: &[Call]| {
        let mut state = state.borrow_mut();
        let (endpoint, tried, last, result) = &mut *state;
        if *tried >= CALLS_TRIED || result.is_err() || endpoint.is_stopped() {
            return None;
        }
        *tried = tried.saturating_add(calls.len());
        let case = Case::random(path.to_owned(), calls.to_vec());
        let prefix = format!("{prefix}{tried}/");
        match careful::one(args.show_values, endpoint, &prefix, &case) {
            Err(error) => {
                *result = Err(error);
                None
            }
            Ok(CaseOutcome::Unfit(_)) => None,
            Ok(CaseOutcome::Played(compared)) => {
                let found =
                    compared.differences.iter().find(|it| !it.follows && self::key(it) == *key);
                let found = found.map(|it| it.step).map(|step| Finding {
                    broke: Broke::Answer,
                    call: call_at(&case, step),
                    message: String::new(),
                });
                if found.is_some() {
                    *last = Some((calls.to_vec(), compared));
                }
                found
            }
        }
    };
    let smallest = match smallest(calls, &broken) {
        Ok((calls, _)) | Err(calls) => calls,
    };
    let (_, _, last, result) = state.into_inner();
    result?;
    // What was tried last is not always what was kept.
    Ok(match last {
        Some((tried, compared)) if tried == smallest => (smallest, Some(compared)),
        Some((tried, compared)) => (tried, Some(compared)),
        None => (smallest, None),
    })
}
