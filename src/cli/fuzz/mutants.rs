//! Mutants of a scenario.

use std::cell::OnceCell;

use super::{FuzzArgs, Watch, each_case};
use crate::cli::explore::Ready;
use crate::cli::input;
use crate::fuzz::{Bred, Original};
use crate::report::{Covered, Found, Fuzzed, Unit, fuzz_again};

/// Plays mutants of a scenario.
pub(super) fn play(args: &FuzzArgs, watch: &Watch, ready: &Ready) -> Result<Fuzzed, String> {
    let program = OnceCell::new();
    // A scenario names one program at most.
    let load = |name: &str| program.get_or_init(|| input::load_program(&ready.path, name)).clone();
    let original = Original::new(&ready.text, &load)
        .map_err(|mistakes| mistakes.into_iter().map(|it| it.message).collect::<String>())?;
    let path = ready.path.to_string_lossy();
    let mut told = Fuzzed::new(Unit::Step);
    told.path = Some(path.clone().into_owned());
    let mut covered = args.coverage.then(Covered::default);
    let mut known = Vec::new();
    each_case(args, watch, &mut told, |case, told| match original.breed(case) {
        Bred::Unreadable => {}
        Bred::Sound(played) => {
            told.played = told.played.saturating_add(played.results.len() as u64);
            if let Some(covered) = &mut covered {
                covered.add(&played.trace);
            }
        }
        Bred::Fickle { steps, scenario } => {
            told.played = told.played.saturating_add(steps as u64);
            told.not_repeatable(case, steps, scenario, original.function_file());
        }
        Bred::Broken(broken) => {
            let from = broken.steps.len();
            told.played = told.played.saturating_add(from as u64);
            if known.contains(&broken.property) {
                return;
            }
            known.push(broken.property.clone());
            let smallest = original.shrink(broken);
            told.found.push(Found {
                case,
                from,
                to: smallest.steps.len(),
                broke: smallest.property.id().to_owned(),
                message: smallest.message.clone(),
                story: None,
                scenario: original.scenario(&smallest, &fuzz_again(case, Some(&path))),
                function: original.function_file().map(str::to_owned),
                written: None,
            });
        }
    });
    told.covered = covered;
    Ok(told)
}
