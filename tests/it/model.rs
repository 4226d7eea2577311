//! Random call sequences, played by the machine and by a naive service in step.
//!
//! After each call both must give the same answer (or error code) and have the same versions, labels, values and
//! dates; at the end every property must hold, but for what `fuzz::excused` states. 256 sequences from a fixed
//! seed; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for more and for others.

mod known;

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use stagewright::api::ErrorCode;
use stagewright::assumption::Assumptions;
use stagewright::evidence::{Rule, RuleSet};
use stagewright::fuzz::{Draw, Duel, Finding, Numbers, Service};

use crate::calls::{self, Call, script};

/// What was played, as a script.
fn lines(calls: &[Call]) -> String {
    calls.iter().map(|call| format!("    {call}")).collect::<Vec<_>>().join("\n")
}

fn duel() -> Duel<Service> {
    Duel::new(Service::new(Assumptions::default()))
}

/// Plays a script on both sides and judges it.
fn agree(text: &str) {
    let calls = script(text);
    assert_eq!(duel().play_all(&calls), Ok(()), "\n{}", lines(&calls));
}

/// Everything that random sequences came across.
#[derive(Default)]
struct Seen {
    rules: RuleSet,
    codes: BTreeSet<ErrorCode>,
}

/// Plays random sequences, each after one of `openings`.
fn play_random(cases: u32, openings: &[&str]) -> Seen {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    config.cases = config.cases.saturating_mul(cases) / 256;
    config.max_shrink_iters = 20_000;
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_261_124);
    }
    let calls = proptest::collection::vec(proptest::array::uniform8(0_u8..), 1..=40);
    let strategy = (0..openings.len(), calls);
    let seen = RefCell::new(Seen::default());
    let outcome = TestRunner::new(config).run(&strategy, |(opening, numbers)| {
        let (mut duel, mut played) = (duel(), Vec::new());
        play_one(&mut duel, openings[opening], &numbers, &mut played).map_err(|finding| {
            TestCaseError::fail(format!("after\n{}\n{finding}", lines(&played)))
        })?;
        let mut seen = seen.borrow_mut();
        for step in &duel.trace().steps {
            seen.rules = seen.rules.union(step.rules);
            seen.codes.extend(step.outcome.as_ref().err().map(|error| error.code));
        }
        Ok(())
    });
    match outcome {
        Ok(()) => seen.into_inner(),
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
}

fn play_one(
    duel: &mut Duel<Service>,
    opening: &str,
    numbers: &[Numbers],
    played: &mut Vec<Call>,
) -> Result<(), Finding> {
    for call in script(opening) {
        played.push(call.clone());
        duel.play(&call)?;
    }
    let mut draw = Draw::default();
    for numbers in numbers {
        let call = draw.call(*numbers, duel.reference());
        let played_now = duel.play(&call);
        played.push(call);
        played_now?;
        // What the trace shares between its steps must be what would be seen now.
        let seen = duel.machine().world().service().observe();
        let after =
            duel.trace().steps.last().map(|step| &step.after).into_iter().flat_map(|it| it.iter());
        assert!(
            after.eq(seen.iter().map(|it| &it.view)),
            "the trace shows something else than the service"
        );
    }
    duel.judge()
}

/// Rules that random calls must have come across, or the comparison says little about them.
const TELLING: &[&str] = &[
    "CS-1", "CS-2", "CS-4", "CS-5", "CS-6", "CS-7", "PSV-1", "PSV-2", "PSV-3", "PSV-4", "PSV-5",
    "PSV-6", "PSV-8", "PSV-9", "PSV-10", "PSV-11", "PSV-12", "PSV-13", "PSV-14", "PSV-15",
    "PSV-16", "PSV-17", "PSV-18", "PSV-19", "PSV-21", "US-1", "US-2", "US-5", "US-6", "USVS-1",
    "USVS-2", "USVS-3", "USVS-4", "USVS-5", "USVS-6", "USVS-7", "USVS-8", "USVS-9", "USVS-10",
    "USVS-11", "USVS-12", "USVS-13", "USVS-14", "USVS-15", "USVS-16", "USVS-17", "USVS-18",
    "USVS-19", "USVS-20", "USVS-21", "GSV-1", "GSV-2", "GSV-3", "GSV-4", "GSV-5", "GSV-6", "GSV-7",
    "GSV-8", "ROT-1", "ROT-2", "ROT-3", "ROT-4", "ROT-7", "ROT-8", "ROT-10", "ROT-12", "ROT-13",
    "ROT-14", "ROT-16", "CRS-1", "CRS-2", "CRS-3", "CRS-5", "DEL-1", "DEL-2", "DEL-4", "DEL-5",
    "DEL-6", "DEL-7", "DEL-9", "RES-1", "RES-2", "GC-6", "GC-7",
];

#[test]
fn random_calls_are_answered_as_the_naive_service_answers_them() {
    let seen = play_random(256, &["", "create db t=1"]);
    if Config::default().cases < 256 {
        return;
    }
    let met: BTreeSet<_> = seen.rules.iter().map(Rule::id).collect();
    let missed: Vec<_> = TELLING.iter().filter(|id| !met.contains(*id)).collect();
    assert!(missed.is_empty(), "no random call met {missed:?}");
}

/// A secret with 17 custom labels on its current version: three more and it is full.
fn crowded() -> String {
    let labels: Vec<_> = (0..17).map(|number| format!("l{number}")).collect();
    format!("create db a=1; put db b=2 AWSCURRENT,{}", labels.join(","))
}

#[test]
fn random_calls_near_the_label_limit_are_answered_alike() {
    let seen = play_random(64, &[&crowded()]);
    assert!(seen.codes.contains(&ErrorCode::LimitExceededException));
}

/// A secret with 99 versions, which are as old as `wait` says.
fn full(wait: &str) -> String {
    let puts = (1..99).map(|number| format!("put db v{number}=1"));
    format!("create db v0=1; {}; wait {wait}", puts.collect::<Vec<_>>().join("; "))
}

#[test]
fn random_calls_near_the_version_limit_are_answered_alike() {
    let seen = play_random(24, &[&full("1s"), &full("23h59m"), &full("24h")]);
    assert!(seen.codes.contains(&ErrorCode::LimitExceededException));
    assert!(seen.rules.iter().any(|rule| rule.id() == "GC-3"));
}

#[test]
fn the_oldest_version_without_labels_goes_when_the_secret_is_full() {
    // 100 versions younger than a day: no room. A day after the oldest was made, it goes for the next one.
    agree(&format!("{} ; put db v99=1 x ; put db v100=1 ; wait 1d ; put db v100=1", full("1s")));
}

/// To the tenth of a second that a call takes: refused just before the oldest version is a day old, accepted then.
#[test]
fn a_version_can_be_collected_when_it_is_a_day_old() {
    let text = format!(
        "{}; put db v99=1 x; wait 23h59m48s900ms; put db v100=1; put db v100=1; list db all",
        full("1s")
    );
    agree(&text);
    let trace = calls::trace(&text);
    let [.., early, just, _] = trace.steps.as_slice() else { panic!() };
    assert!(early.outcome.is_err() && just.outcome.is_ok());
}

/// A new rotation or test calls off the clean-up after the last rotation.
#[test]
fn a_test_calls_off_the_cleanup_after_the_last_rotation() {
    agree(
        "create db a=1; rotate db t fn; put db t=2 AWSPENDING; stage db AWSCURRENT a>t
         wait 50s
         test db u
         stage db AWSCURRENT t>u
         wait 15s
         describe db
         wait 20s
         describe db",
    );
}

#[test]
fn a_rotation_that_goes_well() {
    agree(
        "create db a=1
         rotate db t fn
         get db label=AWSPENDING
         put db t=2 AWSPENDING
         stage db AWSCURRENT a>t
         describe db
         wait 59s
         describe db
         wait 2s
         describe db
         rotate db u",
    );
}

#[test]
fn a_test_of_the_function_leaves_no_version_behind() {
    agree("create db a=1; test db t fn; get db id=t; wait 31s; list db all; rotate db u");
}

#[test]
fn a_put_during_a_rotation_abandons_it() {
    agree("create db a=1; rotate db t fn; put db b=2; get db id=t; put db t=3 AWSPENDING");
}

#[test]
fn a_deleted_name_is_free_after_the_window_or_ten_seconds() {
    agree(
        "create db a=1; delete db 7; create db b=1; restore db; get db; delete db 7; wait 8d
         create db b=1; force db; create db c=1; restore db; wait 10s; create db c=1",
    );
}
