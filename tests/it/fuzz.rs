//! The fuzzer finds what it is there to find: fifteen machines, each with one bug that it shrinks to the fewest calls.
//!
//! How few calls are enough is proven by trying out all that are fewer.

pub(crate) mod faulty;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use stagewright::assumption::Assumptions;
use stagewright::explore::{ActionId, Findings, Packed, PropertySet, Space, Successor};
use stagewright::fuzz::{
    Alphabet, Bred, Broke, Call, Case, Duel, Fuzzer, Machine, Original, Service, Walker, Word,
};
use stagewright::report;
use stagewright::scenario::Scenario;
use stagewright::service::SecretView;
use stagewright::time::{Span, Timestamp};
use stagewright::world::Trace;

use faulty::{BUGS, Bug, SEED, faulty, find};

/// How few calls of the alphabet show a bug: all sequences are tried, shorter ones first. What leads to the same state
/// of the naive service is tried once.
fn fewest(bug: Bug) -> usize {
    let alphabet = Alphabet::new(Word::new("db"), &["a", "b", "c"].map(Word::new));
    let mut frontier = vec![Duel::new(faulty(bug))];
    for length in 1..=5 {
        let (mut next, mut known) = (Vec::new(), BTreeSet::new());
        for before in &frontier {
            for call in alphabet.calls() {
                let mut duel = before.clone();
                if duel.play(call).and_then(|()| duel.judge()).is_err() {
                    return length;
                }
                if known.insert(format!("{:?}", duel.reference())) {
                    next.push(duel);
                }
            }
        }
        frontier = next;
    }
    panic!("no sequence shows {bug:?}")
}

#[test]
fn each_bug_is_found_and_shrunk_to_as_few_calls_as_can_show_it() {
    for (bug, calls) in BUGS {
        let (case, broken) = find(&Fuzzer::new(faulty(bug)));
        assert_eq!(fewest(bug), calls, "{bug:?}");
        assert_eq!(broken.calls.len(), calls, "{bug:?}: {:?}", broken.calls);
        // The file says what is right: the service as it is passes it.
        let text = report::scenario_of_calls(case, &broken);
        let scenario =
            Scenario::read(&text).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"));
        let played = scenario.play(false);
        assert!(played.passed(), "{bug:?}\n{text}\n{:?}", played.results);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let text = |bug| {
        let (case, broken) = find(&Fuzzer::new(faulty(bug)));
        report::scenario_of_calls(case, &broken)
    };
    for bug in
        [Bug::LabelStaysOnTheOldVersion, Bug::PlaceholderHasAValue, Bug::DeprecatedVersionListed]
    {
        assert_eq!(text(bug), text(bug));
    }
    insta::assert_snapshot!("found", BUGS.map(|(bug, _)| text(bug)).join("\n"));
}

/// Changes what is seen of a secret.
type Lie = fn(&mut SecretView);

/// A machine that shows another date or another switch than it should.
#[derive(Clone, Debug)]
struct Misdated {
    service: Service,
    lie: Lie,
}

impl Machine for Misdated {
    fn step(&mut self, call: &Call, trace: &mut Trace) {
        let begin = trace.steps.len();
        self.service.step(call, trace);
        for step in trace.steps.iter_mut().skip(begin) {
            let mut after = step.after.to_vec();
            for view in &mut after {
                (self.lie)(Arc::make_mut(view));
            }
            step.after = after.into();
        }
    }
}

#[test]
fn what_differs_in_a_date_or_in_rotation_is_stated_by_the_file() {
    let lies: [(&str, Lie); 3] = [
        ("LastRotatedDate", |view| {
            view.last_rotated = view.last_rotated.map(|it| it.plus(Span::seconds(1)));
        }),
        ("RotationEnabled", |view| {
            view.rotation_enabled = view.rotation_enabled.map(|_| true);
        }),
        ("DeletedDate", |view| view.deleted = view.deleted.map(|_| Timestamp::DEFAULT_START)),
    ];
    let texts = lies.map(|(member, lie)| {
        let service = Service::new(Assumptions::default());
        let (case, broken) = find(&Fuzzer::new(Misdated { service, lie }));
        assert_eq!(broken.finding.broke, Broke::State, "{member}");
        let text = report::scenario_of_calls(case, &broken);
        assert!(Scenario::read(&text).unwrap().play(false).passed(), "{text}");
        text
    });
    insta::assert_snapshot!("found_in_dates", texts.join("\n"));
}

/// A machine that depends on something else than the calls.
#[derive(Clone, Debug)]
struct Fickle {
    service: Service,
    played: Arc<AtomicU32>,
}

impl Machine for Fickle {
    fn step(&mut self, call: &Call, trace: &mut Trace) {
        self.service.step(call, trace);
        let count = self.played.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = &mut trace.steps.last_mut().unwrap().outcome {
            error.message = format!("error number {count}");
        }
    }
}

#[test]
fn what_is_not_answered_alike_twice_is_told() {
    let machine = Fickle { service: Service::new(Assumptions::default()), played: Arc::default() };
    let fuzzer = Fuzzer::new(machine);
    let cases = (0..1_000).map(|number| Case { seed: SEED, number });
    let mut broken = cases.filter_map(|case| fuzzer.play(case, &mut |_| {}).err());
    assert_eq!(broken.next().unwrap().finding.broke, Broke::Repeats);
}

/// A state space in which what can happen changes while somebody walks through it.
struct Changing(AtomicU32);

impl Space for Changing {
    type State = Packed<1>;
    type Memory = ();

    fn initial(&self) -> Packed<1> {
        Packed([0])
    }

    fn successors(&self, state: Packed<1>, emit: &mut impl FnMut(Successor<Packed<1>>)) {
        let asked = self.0.fetch_add(1, Ordering::Relaxed);
        let state = Packed([state.0[0] + u64::from(asked)]);
        emit(Successor { action: ActionId(0), state, broken: PropertySet::NONE });
    }

    fn judge(&self, _: Packed<1>) -> Findings {
        Findings::default()
    }
}

#[test]
fn a_walk_that_goes_two_ways_is_told() {
    let space = Changing(AtomicU32::new(0));
    let mut walker = Walker::new(&space, PropertySet::NONE, Vec::new());
    let mut fickle = |number| walker.walk(Case { seed: SEED, number }).is_fickle;
    // One of 64 is taken twice.
    assert!(fickle(0) && !fickle(1) && fickle(64));
}

/// A file that somebody changes while its mutants are played.
#[test]
fn a_mutant_that_comes_to_two_ends_is_told() {
    let read = AtomicU32::new(0);
    let load = |_: &str| {
        let count = read.fetch_add(1, Ordering::Relaxed);
        let text = include_str!("../../scenarios/programs/postgresql-single-user.yaml");
        let is_read_while_fuzzed = count > 3 && count.is_multiple_of(2);
        let call = "target: query";
        Ok(if is_read_while_fuzzed {
            text.replacen(call, "target: login\n            with: pending", 1)
        } else {
            text.to_owned()
        })
    };
    let text = "scenario: A rotation
secret: db/app
function: function.yaml
target: { users: { app: { password: v1 } } }
steps:
  - call: CreateSecret
    with: { SecretString: { username: app, password: one } }
    as: v1
  - rotate: {}
    as: v2
  - settle: {}
";
    let original = Original::new(text, &load).unwrap();
    let mut numbers = (0..20).map(|number| number * 64);
    let fickle =
        |number| matches!(original.breed(Case { seed: SEED, number }), Bred::Fickle { .. });
    assert!(numbers.any(fickle));
}

#[test]
fn the_service_passes() {
    let fuzzer = Fuzzer::new(Service::new(Assumptions::default()));
    for number in 0..2_000 {
        let case = Case { seed: SEED, number };
        let broken = fuzzer.play(case, &mut |_| {}).err();
        assert!(broken.is_none(), "{broken:?}");
    }
}
