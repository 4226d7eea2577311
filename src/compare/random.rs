//! Random calls for an endpoint, drawn against the naive service as `fuzz` does.

use super::endpoint::{Abilities, Time};
use crate::assumption::Assumptions;
use crate::fuzz::{Call, Draw, MISSING, Machine as _, Reference, Service, arn};
use crate::seed::{Purpose, Stream};
use crate::time::Timestamp;
use crate::world::Trace;

/// How many calls a case has.
const CALLS: usize = 24;

/// So many calls are drawn before a case is as long as it gets.
const DRAWN: usize = 200;

/// The calls of a case: the same for the same seed and number. What the endpoint can't play is not among them.
pub fn random_calls(seed: u64, number: u64, abilities: &Abilities) -> Vec<Call> {
    // Each case has numbers of its own.
    let seed = Stream::new(seed, Purpose::Calls).draw() ^ number;
    let mut numbers = Stream::new(seed, Purpose::Calls);
    let mut reference = Reference::new(Timestamp::DEFAULT_START.millis());
    let mut draw = Draw::default();
    let mut calls = Vec::new();
    for _ in 0..DRAWN {
        if calls.len() >= CALLS {
            break;
        }
        let call = draw.call(numbers.draw().to_le_bytes(), &reference);
        if fits(&call, abilities) {
            drop(reference.play(&call));
            calls.push(call);
        }
    }
    calls
}

#[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
fn fits(call: &Call, abilities: &Abilities) -> bool {
    match call {
        // After a forced deletion the name is taken for a while, and nobody waits for that.
        Call::Wait(_) | Call::Force { .. } => abilities.time == Time::AsTold,
        Call::Rotate { function: Some(function), .. } => {
            let is_missing = arn(*function) == MISSING;
            !is_missing && (abilities.any_function || abilities.function.is_some())
        }
        _ => true,
    }
}

/// What the model does with these calls.
pub fn trace_of(calls: &[Call]) -> Trace {
    let mut service = Service::new(Assumptions::default());
    let mut trace = Trace::default();
    for call in calls {
        service.step(call, &mut trace);
    }
    trace
}
