//! Random call sequences, played by the machine and by a naive service in step.
//!
//! After each call both must give the same answer (or error code) and have the same versions, labels, values and
//! dates; at the end every property must hold, but for what `model/excuse.rs` states. 256 sequences from a fixed
//! seed; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for more and for others.

mod draw;
pub(crate) mod excuse;
mod known;
mod reference;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use stagewright::api::{ErrorCode, Reply};
use stagewright::assumption::Assumptions;
use stagewright::evidence::{Rule, RuleSet};
use stagewright::property::{Property, judge};
use stagewright::secret::{SecretValue, StagingLabel, VersionId};
use stagewright::service::SecretView;
use stagewright::time::Timestamp;
use stagewright::world::{Trace, World};

use crate::calls::{self, Call, script, short};
use draw::{Draw, Numbers};
use reference::{Answer, Labels, Reference, Secret};

/// Both services, and what was played.
struct Duel {
    world: World,
    trace: Trace,
    reference: Reference,
    played: Vec<Call>,
}

fn labels(of: &[StagingLabel]) -> Labels {
    of.iter().map(|label| label.as_str().to_owned()).collect()
}

fn text(value: Option<&SecretValue>) -> Option<String> {
    match value {
        Some(SecretValue::Text(text)) => Some(text.to_string()),
        Some(SecretValue::Binary(_)) | None => None,
    }
}

/// What the machine's answer shows, in the form of the naive service.
fn answer(reply: &Reply) -> Answer {
    let version = reply.version_id().map(|id| short(id.as_str()).to_owned());
    let entry = |id: &VersionId, stages: Option<&[StagingLabel]>| {
        (short(id.as_str()).to_owned(), labels(stages.unwrap_or_default()))
    };
    let mut value = None;
    let mut listed = match reply {
        Reply::Put(reply) => vec![entry(&reply.version_id, Some(&reply.version_stages))],
        Reply::Description(reply) => {
            let map = reply.version_ids_to_stages.iter().flatten();
            map.map(|(id, stages)| entry(id, Some(stages))).collect()
        }
        Reply::Versions(reply) => {
            let versions = reply.versions.iter();
            versions.map(|it| entry(&it.version_id, it.version_stages.as_deref())).collect()
        }
        Reply::Value(reply) => {
            value = reply.secret_string.as_ref().map(|text| text.0.clone());
            Vec::new()
        }
        _ => Vec::new(),
    };
    listed.sort();
    Answer { version, value, listed }
}

/// What is compared of a secret: its versions in order with labels and values, then the facts about the secret.
type Shown = (Vec<(String, Labels, Option<String>)>, Option<bool>, Option<i64>, Option<i64>);

fn shown(view: &SecretView) -> Shown {
    let versions = view.versions.iter().map(|version| {
        let id = short(version.id.as_str()).to_owned();
        (id, labels(&version.labels), text(version.value.as_ref()))
    });
    let millis = |moment: Option<Timestamp>| moment.map(Timestamp::millis);
    (versions.collect(), view.rotation_enabled, millis(view.deleted), millis(view.last_rotated))
}

fn expected(secret: &Secret) -> Shown {
    let versions =
        secret.versions.iter().map(|it| (it.id.clone(), it.labels.clone(), it.value.clone()));
    (versions.collect(), secret.rotates(), secret.deleted(), secret.last_rotated())
}

impl Duel {
    fn new() -> Self {
        let world = calls::world(Assumptions::default());
        let reference = Reference::new(world.now().millis());
        Self { world, trace: Trace::default(), reference, played: Vec::new() }
    }

    /// Plays one call on both sides; tells how they differ.
    fn play(&mut self, call: Call) -> Result<(), String> {
        let index = self.trace.steps.len();
        self.world.step(call.action(), &mut self.trace);
        let expected_answer = self.reference.play(&call);
        let answered = match &self.trace.steps[index].outcome {
            Ok(reply) => Ok(answer(reply)),
            Err(error) => Err(error.code),
        };
        self.played.push(call);
        if answered != expected_answer {
            return Err(format!("the answer is {answered:?}, not {expected_answer:?}"));
        }
        let views: Vec<_> =
            self.world.service().observe(&[]).into_iter().map(|observed| observed.view).collect();
        // What the trace shares between its steps must be what would be seen now.
        if self.trace.steps.last().is_none_or(|step| *step.after != *views) {
            return Err("the trace shows something else than the service".to_owned());
        }
        let views: BTreeMap<_, _> =
            views.iter().map(|view| (view.name.as_str().to_owned(), shown(view))).collect();
        let secrets = self.reference.secrets.iter();
        let wanted: BTreeMap<_, _> =
            secrets.map(|secret| (secret.name.clone(), expected(secret))).collect();
        if views != wanted {
            return Err(format!("the secrets are\n{views:#?}\nnot\n{wanted:#?}"));
        }
        Ok(())
    }

    /// Judges everything that was played.
    fn judge(&self) -> Result<(), String> {
        let judgment = judge(&self.trace, Property::ALL);
        let worst = judgment.violations.iter().find(|it| !excuse::excused(&self.trace, it));
        worst.map_or(Ok(()), |violation| {
            Err(format!("{}: step {}: {}", violation.property, violation.step, violation.message))
        })
    }

    /// What was played, as a script.
    fn script(&self) -> String {
        self.played.iter().map(|call| format!("    {call}")).collect::<Vec<_>>().join("\n")
    }
}

/// Plays a script on both sides and judges it.
fn agree(text: &str) {
    let mut duel = Duel::new();
    for call in script(text) {
        let played = duel.play(call);
        assert_eq!(played, Ok(()), "\n{}", duel.script());
    }
    assert_eq!(duel.judge(), Ok(()), "\n{}", duel.script());
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
        let mut duel = Duel::new();
        play_one(&mut duel, openings[opening], &numbers).map_err(|difference| {
            TestCaseError::fail(format!("after\n{}\n{difference}", duel.script()))
        })?;
        let mut seen = seen.borrow_mut();
        for step in &duel.trace.steps {
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

fn play_one(duel: &mut Duel, opening: &str, numbers: &[Numbers]) -> Result<(), String> {
    for call in script(opening) {
        duel.play(call)?;
    }
    let mut draw = Draw::default();
    for numbers in numbers {
        let call = draw.call(*numbers, &duel.reference);
        duel.play(call)?;
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
