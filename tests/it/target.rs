//! What a target limits and what it does some time after a call, in a run and in a search.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use stagewright::explore::{Bounds, Liveness, eventually, explore};
use stagewright::model::Model;
use stagewright::scenario::Scenario;
use stagewright::target::{
    CredentialSlot, Denied, Passing, Principal, PrincipalSlot, Request, Target, TargetSetting,
};
use stagewright::time::Span;
use stagewright::world::Event;

const APP: PrincipalSlot = PrincipalSlot(0);

/// A user who gets in with the first credential.
fn target() -> Target {
    let mut target = Target::default();
    let accepts = Target::default().principal(APP).accepts.with(CredentialSlot(0));
    target.principals[0] = Principal { exists: true, accepts, ..Principal::default() };
    target
}

fn set_password(with: u8, keep: Option<u8>) -> Request {
    let keep = keep.map(CredentialSlot);
    Request::SetPassword { of: APP, with: CredentialSlot(with), old: None, keep }
}

/// The target after these requests, all of which it grants.
fn after(setting: TargetSetting, requests: &[Request]) -> Target {
    requests.iter().fold(target(), |target, request| target.ask(setting, *request).unwrap().0)
}

/// The credentials that let in.
fn accepted(target: &Target) -> Vec<u8> {
    target.principal(APP).accepts.each().map(|it| it.0).collect()
}

const TEN: Option<Span> = Some(Span::seconds(10));

#[test]
fn so_many_are_live_at_once() {
    let setting = TargetSetting { live: Some(2), ..TargetSetting::default() };
    let token = |it| Request::CreateToken(APP, CredentialSlot(it));
    let full = after(setting, &[token(1)]);
    assert_eq!(full.ask(setting, token(2)), Err(Denied));
    assert_eq!(full.ask(setting, token(1)), Ok((full, true)), "it is there already");
    let room = full.ask(setting, Request::DeleteToken(APP, CredentialSlot(0))).unwrap().0;
    assert_eq!(accepted(&room.ask(setting, token(2)).unwrap().0), [1, 2]);
    // One that is on its way counts, and one that has been replaced doesn't.
    let late = TargetSetting { delay: TEN, ..setting };
    assert_eq!(after(late, &[token(1)]).ask(late, token(2)), Err(Denied));
    let grace = TargetSetting { grace: TEN, ..setting };
    let replaced = after(grace, &[set_password(1, None), token(2)]);
    assert_eq!(accepted(&replaced), [0, 1, 2]);
    assert_eq!(replaced.ask(grace, token(3)), Err(Denied));
    let one = TargetSetting { live: Some(1), ..TargetSetting::default() };
    assert_eq!(target().ask(one, set_password(1, Some(0))), Err(Denied));
}

#[test]
fn a_new_password_arrives_late_and_the_old_one_goes_with_it() {
    let setting = TargetSetting { delay: TEN, ..TargetSetting::default() };
    let changed = after(setting, &[set_password(1, None)]);
    assert_eq!(accepted(&changed), [0]);
    assert_eq!(changed.ask(setting, Request::Login(APP, CredentialSlot(1))), Err(Denied));
    assert!(!changed.is_settled());
    let ends = Passing::Ends(APP, CredentialSlot(0));
    assert_eq!(changed.passed(setting, ends), None, "it goes with the new one, not before");
    let arrived = changed.passed(setting, Passing::Arrives(APP, CredentialSlot(1))).unwrap();
    assert_eq!(accepted(&arrived), [1]);
    assert!(arrived.is_settled());
    // What is replaced before it has arrived never does.
    let twice = after(setting, &[set_password(1, None), set_password(2, None)]);
    assert_eq!(twice.passed(setting, Passing::Arrives(APP, CredentialSlot(1))), None);
    // A new user gets in late as well.
    let mut nobody = target();
    nobody.principals[0] = Principal::default();
    let made = nobody.ask(setting, Request::CreateUser(APP, CredentialSlot(3))).unwrap().0;
    assert_eq!(accepted(&made), [0; 0]);
    let token = after(setting, &[Request::CreateToken(APP, CredentialSlot(4))]);
    assert_eq!(token.ask(setting, Request::TokenExists(APP, CredentialSlot(4))), Ok((token, true)));
    let gone = token.ask(setting, Request::DeleteToken(APP, CredentialSlot(4))).unwrap().0;
    assert!(gone.is_settled());
}

#[test]
fn what_was_replaced_works_for_a_while() {
    let setting = TargetSetting { grace: TEN, ..TargetSetting::default() };
    let changed = after(setting, &[set_password(1, None)]);
    assert_eq!(accepted(&changed), [0, 1]);
    let over = changed.passed(setting, Passing::Ends(APP, CredentialSlot(0))).unwrap();
    assert_eq!(accepted(&over), [1]);
    // Whoever goes back to the old one keeps it, and the other one goes.
    let back = changed.ask(setting, set_password(0, None)).unwrap().0;
    assert_eq!(back.passed(setting, Passing::Ends(APP, CredentialSlot(0))), None);
    assert_eq!(back.passings().collect::<Vec<_>>(), [Passing::Ends(APP, CredentialSlot(1))]);
    // A token that is deleted is refused at once.
    let deleted = changed.ask(setting, Request::DeleteToken(APP, CredentialSlot(0))).unwrap().0;
    assert_eq!(accepted(&deleted), [1]);
    assert!(deleted.is_settled());
    // With both, the grace begins when the new one has arrived.
    let both = TargetSetting { delay: TEN, ..setting };
    let changed = after(both, &[set_password(1, None)]);
    assert_eq!(changed.passed(both, Passing::Ends(APP, CredentialSlot(0))), None);
    let arrived = changed.passed(both, Passing::Arrives(APP, CredentialSlot(1))).unwrap();
    assert_eq!(accepted(&arrived), [0, 1]);
    assert!(arrived.passed(both, Passing::Ends(APP, CredentialSlot(0))).is_some());
}

/// When each password begins and ceases to let in: milliseconds after the target was asked to change it.
fn passes(target: &str) -> Vec<(i64, bool)> {
    let text = format!(
        "
scenario: one rotation
secret: db/app
function: builtin:mysql-single-user
target: {{ users: {{ app: {{ password: v1 }} }}, {target} }}
steps:
  - {{ call: CreateSecret, with: {{ SecretString: {{ username: app, password: one }} }}, as: v1 }}
  - {{ rotate: {{}}, as: v2 }}
  - settle: {{}}
    labels: {{ AWSCURRENT: v2, AWSPREVIOUS: v1 }}
"
    );
    let played = Scenario::read(&text).unwrap().play(false);
    assert!(played.passed(), "{:?} {:?}", played.differences, played.broken);
    let sets = |event: &Event| matches!(event, Event::Target(step) if step.request.verb.name() == "set-password");
    let steps = &played.trace.steps;
    let changed = steps.iter().rfind(|step| sets(&step.event)).unwrap().at;
    let passes = steps.iter().filter_map(|step| match &step.event {
        Event::TargetPasses(passes) => Some((step.at.since(changed).millis(), passes.accepted)),
        _ => None,
    });
    assert!(played.database.unwrap().target.is_settled(), "it rests when all is over");
    passes.collect()
}

#[test]
fn a_run_knows_how_long_it_takes() {
    assert_eq!(passes("live: 1"), []);
    assert_eq!(passes("propagation-delay: 10s"), [(10_000, true)]);
    assert_eq!(passes("grace: 1h"), [(3_600_000, false)]);
    assert_eq!(passes("propagation-delay: 10s, grace: 1m"), [(10_000, true), (70_000, false)]);
}

/// Each change of a password has a delay of its own, and the grace waits for the last one.
#[test]
fn a_password_that_is_changed_again_meanwhile() {
    let program = "
program: one that can't decide
about: It sets one password, and another one before the first has arrived.
setSecret:
  - { call: GetRandomPassword, as: one }
  - { call: GetRandomPassword, as: other }
  - { target: set-password, with: one }
  - { target: set-password, with: other }
";
    let text = "
scenario: changed again
secret: db/app
function: undecided.yaml
target: { users: { app: { password: v1 } }, propagation-delay: 10s, grace: 50ms }
check: []
steps:
  - { call: CreateSecret, with: { SecretString: one }, as: v1 }
  - rotate: {}
  - settle: {}
";
    let load = |_: &str| Ok(program.to_owned());
    let scenario = Scenario::read_with(text, &load).unwrap_or_else(|it| panic!("{it:#?}"));
    let played = scenario.play(false);
    let since = played.trace.steps.iter().filter_map(|step| match &step.event {
        Event::Target(_) => Some((step.at.millis(), true)),
        Event::TargetPasses(passes) => Some((step.at.millis(), passes.accepted)),
        _ => None,
    });
    let since: Vec<_> = since.collect();
    let first = since[0].0;
    // The rotation never succeeds, and each retry does the same again.
    let told: Vec<_> = since.iter().take(4).map(|(at, is)| (at - first, *is)).collect();
    assert_eq!(told, [(0, true), (100, true), (10_100, true), (10_150, false)]);
    let target = played.database.unwrap().target;
    assert!(target.is_settled() && accepted(&target).len() == 1, "{target:?}");
}

/// What is violated, and whether retries alone get to the end from everywhere.
fn explored(keys: &str) -> (BTreeSet<String>, bool) {
    let text = format!(
        "
scenario: access keys
secret: db/app
function: builtin:access-keys
steps:
  - {{ call: CreateSecret, with: {{ SecretString: {{ token: one }} }}, as: v1 }}
{keys}
"
    );
    let (setting, _) = Scenario::read(&text).unwrap().state_space().unwrap();
    let model = Model::<4>::new(setting).unwrap();
    let found = explore(&model, &Bounds::default(), 1, |_| ControlFlow::Continue(()));
    let broken = found.violations.iter().map(|it| model.property(it.property).unwrap());
    let broken = broken.map(|it| it.id().to_owned()).collect();
    let live = eventually(&model, &found.reached, u32::MAX, u64::MAX, || true);
    (broken, live == Liveness::Holds)
}

/// Keys that nobody knows any more are counted one by one where a limit counts them.
#[test]
fn forgotten_keys_are_counted() {
    let keys = |live: u8, faults: u8| {
        explored(&format!(
            "target: {{ users: {{ app: {{ password: v1 }} }}, live: {live} }}\n\
             explore: {{ rotations: 1, faults: {{ times: {faults}, kinds: [killed-before] }} }}"
        ))
    };
    assert!(keys(2, 0).1);
    assert!(!keys(2, 1).1);
    assert!(keys(3, 1).1, "one orphan leaves room for a key");
    assert!(!keys(3, 2).1, "two don't");
    let (broken, _) = keys(3, 1);
    assert!(broken.contains("live-is-labelled") && broken.contains("old-is-revoked"), "{broken:?}");
}

/// What a step states of an answer of the target is compared with it.
#[test]
fn a_stated_answer_of_the_target_is_compared() {
    for (stated, passes) in [("yes", true), ("no", false)] {
        let text = format!(
            "scenario: who is there
secret: db/app
target: {{ users: {{ app: {{ password: v1 }} }} }}
steps:
  - {{ call: CreateSecret, with: {{ SecretString: {{ username: app, password: one }} }}, as: v1 }}
  - {{ target: user-exists, with: v1, returns: {stated} }}
"
        );
        let played = stagewright::scenario::Scenario::read(&text).unwrap().play(false);
        assert_eq!(played.passed(), passes, "{:?}", played.differences);
    }
}
