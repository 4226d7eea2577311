//! Random calls to the service itself.

use super::{FuzzArgs, Watch, each_case};
use crate::assumption::Assumptions;
use crate::fuzz::{Fuzzer, Service};
use crate::report::{self, Covered, Found, Fuzzed, Unit};

/// Plays random calls until there are no more, or it is time to end.
pub(super) fn play(args: &FuzzArgs, watch: &Watch) -> Fuzzed {
    let fuzzer = Fuzzer::new(Service::new(Assumptions::default()));
    let mut told = Fuzzed::new(Unit::Call);
    let mut covered = args.coverage.then(Covered::default);
    let mut known = Vec::new();
    let mut smallest_known = Vec::new();
    each_case(args, watch, &mut told, |case, told| {
        let met =
            fuzzer.play(case, &mut |duel| covered.iter_mut().for_each(|it| it.add(duel.trace())));
        let broken = match met {
            Ok(met) => {
                told.played = told.played.saturating_add(met.calls);
                return;
            }
            Err(broken) => broken,
        };
        let from = broken.calls.len();
        told.played = told.played.saturating_add(from as u64);
        // One bug breaks many cases in the same way.
        let call = broken.calls.get(broken.finding.call).map(std::mem::discriminant);
        let kind = (broken.finding.broke, call);
        if known.contains(&kind) {
            return;
        }
        known.push(kind);
        let smallest = fuzzer.shrink(case, broken);
        if smallest_known.contains(&smallest.calls) {
            return;
        }
        told.found.push(Found {
            case,
            from,
            to: smallest.calls.len(),
            broke: smallest.finding.broke.id().to_owned(),
            message: smallest.finding.message.clone(),
            story: None,
            scenario: report::scenario_of_calls(case, &smallest),
            function: None,
            written: None,
        });
        smallest_known.push(smallest.calls);
    });
    told.covered = covered;
    told
}
