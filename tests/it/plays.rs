//! Operators call at random while the service leads rotations: nothing panics, settling ends, and the properties hold.
//!
//! Every case has its own assumptions, failing steps and seed. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for more
//! and for others.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use proptest::prelude::{Strategy as _, any};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use stagewright::api::{Operation, RotateSecret, RotationRules, RotationStep};
use stagewright::assumption::{Assumptions, FillWithoutLabels, FirstVersion, RefusalStores, TABLE};
use stagewright::caller::Caller;
use stagewright::evidence::{Rule, RuleSet};
use stagewright::program::Program;
use stagewright::property::{Property, Violation, judge};
use stagewright::service::{Invoked, SecretView, Setting};
use stagewright::time::{Span, Timestamp};
use stagewright::world::{Action, Event, Fails, Function, SETTLE_MAX, Trace, World};

use crate::calls::{Call, FUNCTION, MISSING, Word, action, token};

/// The numbers behind one deed; 0 is the simplest choice everywhere.
type Numbers = [u8; 8];

/// What an operator does.
#[derive(Clone, Debug)]
enum Deed {
    Call(Call),
    /// RotateSecret with a schedule.
    Schedule {
        secret: String,
        token: String,
        days: i64,
        test: bool,
    },
    Settle,
}

impl Deed {
    fn action(&self) -> Action {
        match self {
            Self::Call(call) => action(call),
            Self::Schedule { secret, token: id, days, test } => Action::Call {
                by: Caller::named("", &Setting::default().account),
                operation: Operation::RotateSecret(RotateSecret {
                    secret_id: secret.clone(),
                    client_request_token: Some(token(id)),
                    rotation_lambda_arn: Some(FUNCTION.to_owned()),
                    rotation_rules: Some(RotationRules {
                        automatically_after_days: Some(*days),
                        ..RotationRules::default()
                    }),
                    rotate_immediately: test.then_some(false),
                    ..RotateSecret::default()
                })
                .into(),
            },
            Self::Settle => Action::Settle(SETTLE_MAX),
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(call) => call.fmt(f),
            Self::Schedule { secret, token, days, test } => {
                write!(f, "rotate {secret} {token} every {days} days, test: {test}")
            }
            Self::Settle => write!(f, "settle"),
        }
    }
}

/// Numbers, taken one after the other.
struct Dice<'n>(std::slice::Iter<'n, u8>);

impl Dice<'_> {
    fn one_of<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.0.next().copied().unwrap_or(0)) % from.len()]
    }
}

/// What a deed does. The more often a word stands here, the more often it is drawn.
const VERBS: &[&str] = &[
    "wait", "wait", "wait", "wait", "wait", "wait", "rotate", "rotate", "schedule", "schedule",
    "schedule", "schedule", "put", "put", "put", "stage", "stage", "stage", "update", "test",
    "cancel", "cancel", "delete", "force", "restore", "restore", "settle", "get", "list", "create",
];

/// Milliseconds that pass: within a step, to the next one, to a retry, to the next window.
const WAITS: &[i64] = &[
    50,
    950,
    1_050,
    350,
    250,
    1_550,
    2_050,
    5_000,
    30_000,
    60_000,
    600_000,
    3_600_000,
    86_400_000,
    700_000_000,
    2_700_000_000,
];

/// Labels of a put; none in the request comes first.
const PUTS: &[&[&str]] = &[
    &[],
    &[],
    &["AWSPENDING"],
    &["AWSPENDING"],
    &["AWSCURRENT"],
    &["x"],
    &["AWSCURRENT", "AWSPENDING"],
    &["AWSPREVIOUS"],
];

const LABELS: &[&str] =
    &["AWSPENDING", "AWSPENDING", "AWSPENDING", "AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS", "x"];

/// The version that a call names: the one with a label, an old one, or none.
const PICKS: &[&str] =
    &["AWSPENDING", "AWSPENDING", "AWSCURRENT", "AWSPREVIOUS", "", "first", "last"];

/// The id that a pick comes to.
fn picked(pick: &str, view: Option<&SecretView>) -> Option<Word> {
    let versions = &view?.versions;
    let version = match pick {
        "" => None,
        "first" => versions.first(),
        "last" => versions.last(),
        label => versions.iter().find(|it| it.labels.iter().any(|own| own.as_str() == label)),
    };
    Some(Word::short(version?.id.as_str()))
}

fn deed(numbers: Numbers, count: usize, trace: &Trace) -> Deed {
    let mut dice = Dice(numbers.iter());
    let verb = dice.one_of(VERBS);
    if verb == "wait" {
        return Deed::Call(Call::Wait(Span::from_millis(dice.one_of(WAITS))));
    }
    let secret = Word::new(dice.one_of(&["db", "db", "db", "api"]));
    let views = trace.steps.last().map(|step| &*step.after).unwrap_or_default();
    let view = views.iter().find(|view| view.name.as_str() == secret.as_str()).map(|view| &**view);
    let fresh = Word::new(&format!("t{count}"));
    let value = Some(Word::new(dice.one_of(&["1", "2", "3"])));
    if view.is_none() && verb != "settle" {
        let value = value.filter(|_| dice.one_of(&[true, true, false]));
        return Deed::Call(Call::Create { secret, token: fresh, value });
    }
    let used = dice.one_of(PICKS);
    let old = dice.one_of(&[false, false, true]);
    let token = Some(used).filter(|_| old).and_then(|it| picked(it, view)).unwrap_or(fresh);
    Deed::Call(match verb {
        "put" => {
            let labels = dice.one_of(PUTS);
            let labels =
                (!labels.is_empty()).then(|| labels.iter().map(|it| Word::new(it)).collect());
            Call::Put { secret, token, value, labels }
        }
        "update" => Call::Update { secret, token, value },
        "create" => Call::Create { secret, token, value },
        "stage" => {
            let label = dice.one_of(LABELS);
            let to = dice.one_of(&["", "", "AWSPENDING", "AWSPREVIOUS", "first", "last"]);
            let (from, to) = (picked(label, view), picked(to, view));
            Call::Stage { secret, label: Word::new(label), from, to }
        }
        "rotate" | "test" => {
            Call::Rotate { secret, token, function: Some(Word::new("fn")), test: verb == "test" }
        }
        "schedule" => {
            let (days, test) = (dice.one_of(&[1, 1, 7, 30]), dice.one_of(&[false, true]));
            return Deed::Schedule {
                secret: secret.to_string(),
                token: token.to_string(),
                days,
                test,
            };
        }
        "cancel" => Call::Cancel { secret },
        "delete" => Call::Delete { secret, days: Some(7) },
        "force" => Call::Force { secret },
        "restore" => Call::Restore { secret },
        "get" => Call::Get { secret, label: None, id: picked(used, view) },
        "list" => Call::List { secret, all: true },
        _ => return Deed::Settle,
    })
}

/// What a case is played under: a few assumptions that are not the default, failing steps, a seed.
#[derive(Clone, Copy, Debug)]
struct Under {
    chosen: [u8; 3],
    fails: [u8; 4],
    seed: u64,
}

impl Under {
    fn assumptions(self) -> Assumptions {
        let mut assume = Assumptions::default();
        // Of the smaller half of the numbers nothing is chosen, so that cases shrink toward the defaults.
        for number in
            self.chosen.iter().filter(|number| **number >= 128).map(|it| usize::from(*it) - 128)
        {
            let switch = &TABLE[number % TABLE.len()];
            let option = switch.options[(1 + number / TABLE.len()) % switch.options.len()];
            assume.choose(switch.id, option).unwrap();
        }
        assume
    }

    fn world(self) -> World {
        let mut function = Function::new(Program::builtin("template").unwrap());
        for (step, number) in RotationStep::ALL.iter().zip(self.fails) {
            function.fail(
                *step,
                match number {
                    0..160 => Fails::Never,
                    160..240 => Fails::Times(u32::from(number - 159) / 8),
                    240.. => Fails::Always,
                },
            );
        }
        let setting = Setting {
            assume: self.assumptions(),
            seed: self.seed,
            missing_functions: [MISSING.to_owned()].into(),
            invokes: Invoked::All,
            ..Setting::default()
        };
        World::new(setting, Timestamp::DEFAULT_START).with_function(function)
    }
}

/// Plays deeds until the end and settles. Gives the trace and what was done.
fn play(under: Under, numbers: &[Numbers]) -> (Trace, Vec<Deed>) {
    let mut world = under.world();
    let mut trace = Trace { assume: under.assumptions(), ..Trace::default() };
    let mut deeds = Vec::new();
    for (count, numbers) in numbers.iter().enumerate() {
        let deed = deed(*numbers, count, &trace);
        let rotates = matches!(deed, Deed::Schedule { .. } | Deed::Call(Call::Rotate { .. }));
        world.step(deed.action(), &mut trace);
        deeds.push(deed);
        if let (true, Some(moment @ 64..)) = (rotates, numbers.last()) {
            // What comes next comes while the function is at work.
            let wait = Call::Wait(Span::from_millis(850 + i64::from(moment % 36) * 50));
            world.step(action(&wait), &mut trace);
            deeds.push(Deed::Call(wait));
        }
    }
    world.step(Action::Settle(SETTLE_MAX), &mut trace);
    (trace, deeds)
}

/// Whether a violation is no mistake of the machine: a rotation that has failed has not cleaned up, an assumption says
/// so, or somebody brought it about.
fn is_excused(trace: &Trace, violation: &Violation) -> bool {
    let step = &trace.steps[violation.step];
    let is_assumed = match violation.property.known().unwrap() {
        // Operators who call at any moment may have the function do harm, which is not the service's fault.
        property if property.is_of_functions() => true,
        Property::PendingCleared | Property::NoEmptyVersion => step.event == Event::Settled,
        Property::RefusedChangesNothing => {
            trace.assume.refusal_stores == RefusalStores::Configuration
                && matches!(step.call(), Some(Operation::RotateSecret(_)))
        }
        Property::CurrentExists => {
            trace.assume.first_version == FirstVersion::OnlyGiven
                || trace.assume.fill_without_labels == FillWithoutLabels::StaysPending
        }
        _ => false,
    };
    is_assumed || stagewright::fuzz::excused(trace, violation)
}

/// Plays a case twice and judges it. Gives the rules that it came across.
fn examine(under: Under, numbers: &[Numbers]) -> Result<RuleSet, String> {
    let (trace, deeds) = play(under, numbers);
    let script = || {
        let deeds: Vec<_> = deeds.iter().map(|deed| format!("    {deed}")).collect();
        let chosen: Vec<_> = trace.assume.chosen().collect();
        format!("{under:?} {chosen:?}\n{}", deeds.join("\n"))
    };
    let last = &trace.steps.last().unwrap().event;
    if !matches!(last, Event::Settled | Event::Unsettled(_)) {
        return Err(format!("settling ends with {last:?}\n{}", script()));
    }
    if let Some(pair) = trace.steps.windows(2).find(|pair| pair[0].at > pair[1].at) {
        return Err(format!("time goes back at {}\n{}", pair[1].at, script()));
    }
    let judgment = judge(&trace, Property::ALL);
    if let Some(worst) = judgment.violations.iter().find(|it| !is_excused(&trace, it)) {
        let (property, step, message) = (worst.property.clone(), worst.step, &worst.message);
        let event = &trace.steps[step].event;
        return Err(format!("{property}: step {step}: {message}\n{event:?}\n{}", script()));
    }
    if play(under, numbers).0 != trace {
        return Err(format!("another trace the second time\n{}", script()));
    }
    Ok(trace.steps.iter().fold(RuleSet::EMPTY, |met, step| met.union(step.rules)))
}

/// Rules that random calls must have come across, or they say little about rotation.
const TELLING: &[&str] = &[
    "PSV-10", "PSV-11", "PSV-26", "US-9", "ROT-3", "ROT-7", "ROT-8", "ROT-12", "ROT-14", "ROT-15",
    "ROT-16", "ROT-17", "ROT-19", "ROT-20", "ROT-21", "ROT-22", "ROT-23", "CRS-3", "CRS-6",
    "LAM-5", "LAM-6", "LAM-7", "LAM-10", "DEL-7", "DEL-11", "RES-1", "GC-7", "T-4", "T-8", "T-11",
];

#[test]
fn operators_call_while_the_service_leads_rotations() {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    config.max_shrink_iters = 5_000;
    let cases = config.cases;
    config.cases = cases.saturating_mul(4);
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_261_124);
    }
    let under = (any::<[u8; 3]>(), any::<[u8; 4]>(), 0_u64..1_000)
        .prop_map(|(chosen, fails, seed)| Under { chosen, fails, seed });
    let deeds = proptest::collection::vec(any::<Numbers>(), 1..=24);
    let met = RefCell::new(RuleSet::EMPTY);
    let outcome = TestRunner::new(config).run(&(under, deeds), |(under, numbers)| {
        let rules = examine(under, &numbers).map_err(TestCaseError::fail)?;
        met.replace_with(|met| met.union(rules));
        Ok(())
    });
    match outcome {
        Ok(()) if cases < 256 => {}
        Ok(()) => {
            let met: BTreeSet<_> = met.into_inner().iter().map(Rule::id).collect();
            let missed: Vec<_> = TELLING.iter().filter(|id| !met.contains(*id)).collect();
            assert!(missed.is_empty(), "no random call met {missed:?}");
        }
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
}
