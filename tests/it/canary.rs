//! Each property is alive: a good trace from a real run, broken on purpose, must be reported, and at that step.
//!
//! The last step of the run is broken the way a broken machine would show it; two quiet steps follow, so that a
//! property that is reported late, or again and again, shows too. The words of `Canary::broken`:
//!
//! ```text
//! x on a b             the label x is on these versions and no others
//! value a=9, value a   version a shows this value, or none
//! made b=2, drop b     version b is there, or gone
//! crowd b 20           b has 20 custom labels, l0 to l19
//! versions 101         so many versions, the others old and without labels
//! description          the description is another
//! answer 9             the answer shows this value
//! refused, accepted    the call is answered so
//! api: x on a          the same for another secret
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use stagewright::api::{Empty, ErrorCode, Reply, SecretText, ServiceError};
use stagewright::assumption::Assumptions;
use stagewright::evidence::Rule;
use stagewright::property::{Property, judge};
use stagewright::secret::{Labels, SecretValue, StagingLabel, VersionId};
use stagewright::service::{SecretView, VersionView};
use stagewright::time::{Span, Timestamp};
use stagewright::world::{Actor, Event, Trace, TraceStep};

use crate::calls::{FUNCTION, token, trace, trace_if};

/// One way to be broken.
struct Canary {
    /// What is played, well.
    play: &'static str,
    /// What is wrong about the last step of it.
    broken: &'static str,
    /// The properties that must be reported, and no others.
    reported: &'static [Property],
}

const fn canary(play: &'static str, broken: &'static str, reported: &'static [Property]) -> Canary {
    Canary { play, broken, reported }
}

use Property::{
    CurrentExists, LimitsRespected, NoEmptyVersion, OneVersionPerLabel, OnlyNamedLabelsMove,
    PendingAndPreviousApart, PendingCleared, PreviousFollowsCurrent, RefusedChangesNothing,
    TestRotationChangesNothing, ValueIsImmutable,
};

/// One label on two versions is always a label that came where nothing asked for it, too.
const TWICE: &[Property] = &[OneVersionPerLabel, OnlyNamedLabelsMove];

#[rustfmt::skip]
const CANARIES: &[Canary] = &[
    // A label is copied instead of moved.
    canary("create db a=1; stage db x >a; put db b=2 x", "x on a b", TWICE),
    canary("create db a=1; put db b=2 x; stage db x b>a", "x on a b", TWICE),
    canary("create db a=1; rotate db t fn", "AWSPENDING on a t", TWICE),
    canary("create db a=1; put db b=2; put db c=3", "AWSPREVIOUS on a b", TWICE),
    canary("create db a=1; put db b=2", "AWSCURRENT on a b; AWSPREVIOUS on", &[OneVersionPerLabel, CurrentExists, OnlyNamedLabelsMove]),

    // AWSCURRENT gets lost: at the first value, at a put, at a label call, at a clean-up, while nothing happens.
    canary("create db a=1", "AWSCURRENT on", &[CurrentExists, OnlyNamedLabelsMove]),
    canary("create db n; put db a=1", "AWSCURRENT on", &[CurrentExists, OnlyNamedLabelsMove]),
    canary("create db n; put db a=1 x", "AWSCURRENT on", &[CurrentExists]),
    canary("create db a=1; put db b=2", "AWSCURRENT on", &[CurrentExists, OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 x; stage db AWSCURRENT a>b", "AWSCURRENT on; AWSPREVIOUS on", &[CurrentExists, OnlyNamedLabelsMove]),
    canary("create db a=1; rotate db t fn; put db t=2; stage db AWSPENDING >t; wait 61s", "AWSCURRENT on", &[CurrentExists, OnlyNamedLabelsMove]),
    canary("create db a=1; wait 1s", "AWSCURRENT on", &[CurrentExists, OnlyNamedLabelsMove]),

    // AWSPREVIOUS doesn't follow: it stays away, or behind, or comes along to the current version.
    canary("create db a=1; put db b=2", "AWSPREVIOUS on", &[PreviousFollowsCurrent]),
    canary("create db a=1; update db b=2", "AWSPREVIOUS on", &[PreviousFollowsCurrent]),
    canary("create db a=1; put db b=2; put db c=3", "AWSPREVIOUS on a", &[PreviousFollowsCurrent]),
    canary("create db a=1; put db b=2; put db c=3 x; stage db AWSCURRENT b>c", "AWSPREVIOUS on a", &[PreviousFollowsCurrent]),
    canary("create db a=1; put db b=2 x; stage db AWSCURRENT a>b", "AWSPREVIOUS on b", &[PreviousFollowsCurrent]),
    canary("create db a=1; put db b=2; stage db AWSCURRENT b>a", "AWSPREVIOUS on a", &[PreviousFollowsCurrent]),
    canary("create db a=1; rotate db t fn; put db t=2", "AWSPREVIOUS on", &[PreviousFollowsCurrent]),

    // A custom label is lost, or goes along with AWSCURRENT, or with another custom label.
    canary("create db a=1; stage db x >a; put db b=2", "x on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; stage db x >a; put db b=2", "x on b", &[OnlyNamedLabelsMove]),
    canary("create db a=1; stage db x >a; update db b=2", "x on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 x; stage db AWSCURRENT a>b", "x on a", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 x,y; stage db x b>a", "y on a", &[OnlyNamedLabelsMove]),
    // A label call on AWSCURRENT takes AWSPENDING away, as one page of the documentation has it.
    canary("create db a=1; rotate db t fn; put db t=2 AWSPENDING; stage db AWSCURRENT a>t", "AWSPENDING on", &[OnlyNamedLabelsMove]),
    // A put with other labels abandons the rotation, which is not what is assumed.
    canary("create db a=1; rotate db t fn; put db b=2 x", "AWSPENDING on", &[OnlyNamedLabelsMove]),
    // A named label comes to another version than the one named.
    canary("create db a=1; put db b=2 x", "x on a", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 y; stage db x >b", "x on a", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 x; rotate db t fn", "AWSPENDING on b", &[OnlyNamedLabelsMove]),
    // Calls that move no labels do; so does time, and the service where it has no reason.
    canary("create db a=1; put db b=2 x; get db", "x on a", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 x; update db c", "x on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2; create db a=1", "AWSCURRENT on a; AWSPREVIOUS on b", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 x; delete db", "x on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 x; delete db; restore db", "x on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; rotate db t fn; cancel db", "AWSPENDING on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 x; wait 1s", "x on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; rotate db t fn; put db t=2 AWSPENDING,x; stage db AWSCURRENT a>t; wait 61s", "x on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2; rotate db t fn", "AWSCURRENT on a; AWSPREVIOUS on b", &[OnlyNamedLabelsMove]),
    // A call on one secret moves a label of another.
    canary("create db a=1; create api a=1; stage api x >a; put db b=2", "api: x on", &[OnlyNamedLabelsMove]),

    // A refused call changes a description, moves the label that it names, or stores its value.
    canary("create db a=1; stage db AWSCURRENT a>", "description", &[RefusedChangesNothing]),
    canary("create db a=1; get db label=x", "description", &[RefusedChangesNothing]),
    canary("create db a=1; put db b=2 x; stage db x >a", "x on a", &[RefusedChangesNothing]),
    canary("create db a=1; put db b=2", "refused", &[RefusedChangesNothing]),
    canary("create db a=1; put db b=2; put db a=3", "made c=3", &[RefusedChangesNothing]),
    canary("create db a=1; create api a=1; put db a=2", "api: description", &[RefusedChangesNothing]),
    canary("create db a=1; delete db", "refused", &[RefusedChangesNothing]),

    // AWSPENDING stays on the version that a put takes AWSCURRENT from.
    canary("create db a=1; stage db AWSPENDING >a; put db b=2", "AWSPENDING on a", &[PendingAndPreviousApart]),
    canary("create db a=1; stage db AWSPENDING >a; update db b=2", "AWSPENDING on a", &[PendingAndPreviousApart]),
    canary("create db a=1; put db b=2 x; stage db AWSPENDING >b", "AWSPENDING on; AWSPREVIOUS on b; AWSPENDING on b", &[OnlyNamedLabelsMove, PendingAndPreviousApart]),

    // A rotation succeeds, and AWSPENDING is on a version that has nothing to do with it.
    canary("create db a=1; put db b=2; rotate db t fn; put db t=3 AWSPENDING; stage db AWSCURRENT b>t", "AWSPENDING on a", &[OnlyNamedLabelsMove, PendingCleared]),
    canary("create db a=1; put db b=2; rotate db t fn; put db t=3", "AWSPENDING on a", &[OnlyNamedLabelsMove, PendingCleared]),

    // A rotation succeeds with a version without a value: the value isn't stored, is lost, or never came.
    canary("create db a=1; rotate db t fn; put db t=2", "value t", &[NoEmptyVersion]),
    canary("create db a=1; rotate db t fn; put db t=2 AWSPENDING; stage db AWSCURRENT a>t", "value t", &[NoEmptyVersion, ValueIsImmutable]),
    canary("create db a=1; rotate db t fn; wait 1s", "AWSCURRENT on t; AWSPREVIOUS on a", &[OnlyNamedLabelsMove, NoEmptyVersion]),

    // A version shows another value: where it is stored, where it is read, after another put; or it loses its value.
    canary("create db a=1; put db b=2", "value a=9", &[ValueIsImmutable]),
    canary("create db a=1; put db b=2", "value a", &[ValueIsImmutable]),
    canary("create db a=1; put db a=1", "value a=9", &[ValueIsImmutable]),
    canary("create db a=1; get db", "answer 9", &[ValueIsImmutable]),
    canary("create db a=1; put db b=2; get db id=a", "answer 2", &[ValueIsImmutable]),
    canary("create db a=1; rotate db t fn; put db t=2 AWSPENDING; put db t=2 AWSPENDING", "value t=9", &[ValueIsImmutable]),

    // Too many labels are accepted, too many versions kept; versions are collected that are young or have labels.
    canary("create db a=1; put db b=2 l0,l1,l2,l3,l4,l5,l6,l7,l8,l9,l10,l11,l12,l13,l14,l15,l16,l17,l18,l19", "accepted; made b=2; crowd b 20", &[LimitsRespected]),
    canary("create db a=1; put db b=2", "versions 101", &[LimitsRespected]),
    canary("create db a=1; put db b=2; put db c=3; wait 23h; put db d=4", "drop a", &[LimitsRespected]),
    canary("create db a=1; put db b=2; put db c=3; wait 1s", "drop a", &[LimitsRespected]),
    canary("create db a=1; put db b=2 x; wait 2d; put db c=3", "drop b", &[OnlyNamedLabelsMove, LimitsRespected]),

    // A test of the function moves AWSCURRENT, at its beginning or at its end.
    canary("create db a=1; test db t fn", "AWSCURRENT on t; AWSPREVIOUS on a", &[OnlyNamedLabelsMove, TestRotationChangesNothing]),
    canary("create db a=1; test db t fn; wait 31s", "made t=1; AWSCURRENT on t; AWSPREVIOUS on a", &[OnlyNamedLabelsMove, TestRotationChangesNothing]),
    canary("create db a=1; test db t fn; wait 31s", "AWSCURRENT on", &[CurrentExists, OnlyNamedLabelsMove, TestRotationChangesNothing]),

    // Accepted, and nothing moves: the value is stored beside the current version.
    canary("create db a=1; put db b=2", "AWSCURRENT on a; AWSPREVIOUS on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; put db b=2 x", "x on", &[OnlyNamedLabelsMove]),
    canary("create db a=1; rotate db t fn", "AWSPENDING on", &[OnlyNamedLabelsMove]),
    // A label that is to be moved is removed.
    canary("create db a=1; put db b=2 x; stage db x b>a", "x on", &[OnlyNamedLabelsMove]),
    // A call that names AWSCURRENT moves AWSPREVIOUS alone, and a first AWSCURRENT brings an AWSPREVIOUS.
    canary("create db a=1; put db b=2; stage db AWSCURRENT >b", "AWSPREVIOUS on", &[OnlyNamedLabelsMove]),
];

fn version_mut<'v>(view: &'v mut SecretView, name: &str) -> &'v mut VersionView {
    let id = VersionId::new(token(name));
    let version = view.versions.iter_mut().find(|version| version.id == id);
    Arc::make_mut(version.expect("the version is there"))
}

fn text(value: &str) -> SecretValue {
    SecretValue::Text(value.into())
}

/// A version without labels.
fn version(name: &str, value: &str, created: Timestamp) -> VersionView {
    VersionView {
        id: VersionId::new(token(name)),
        labels: Labels::default(),
        value: Some(text(value)),
        created,
        last_accessed: None,
    }
}

/// Breaks what is visible of a secret.
fn break_view(view: &mut SecretView, at: Timestamp, words: &[&str]) {
    match words {
        [label, "on", holders @ ..] => {
            let label = StagingLabel::new(label);
            for version in &mut view.versions {
                Arc::make_mut(version).labels.retain(|it| *it != label);
            }
            for holder in holders {
                version_mut(view, holder).labels.push(label.clone());
            }
        }
        ["value", name] => match name.split_once('=') {
            Some((name, value)) => version_mut(view, name).value = Some(text(value)),
            None => version_mut(view, name).value = None,
        },
        ["made", made] => {
            let (name, value) = made.split_once('=').expect("version=value");
            view.versions.push(Arc::new(version(name, value, at)));
        }
        ["drop", name] => {
            let id = VersionId::new(token(name));
            view.versions.retain(|version| version.id != id);
        }
        ["crowd", name, count] => {
            let count: u8 = count.parse().unwrap();
            let labels = (0..count).map(|number| StagingLabel::new(&format!("l{number}")));
            version_mut(view, name).labels = labels.collect();
        }
        ["versions", count] => {
            let count: usize = count.parse().unwrap();
            for number in view.versions.len()..count {
                let old = version(&format!("old{number}"), "0", view.created);
                view.versions.push(Arc::new(old));
            }
        }
        ["description"] => view.description = Some("another".to_owned()),
        words => panic!("{words:?} breaks nothing"),
    }
}

/// Breaks one step.
fn break_step(step: &mut TraceStep, broken: &str) {
    let (secret, broken) = broken.split_once(": ").unwrap_or(("db", broken));
    let words: Vec<_> = broken.split(' ').collect();
    match words.as_slice() {
        ["refused"] => {
            step.outcome = Err(ServiceError {
                code: ErrorCode::InternalServiceError,
                message: "no".to_owned(),
                rule: Some(Rule::ErrorsAreHttp400),
            });
        }
        ["accepted"] => {
            assert!(step.outcome.is_err(), "the call is accepted anyway");
            step.outcome = Ok(Reply::Empty(Empty {}));
        }
        ["answer", value] => {
            let Ok(Reply::Value(reply)) = &mut step.outcome else { panic!("not a read") };
            reply.secret_string = Some(SecretText((*value).into()));
        }
        words => {
            let is_meant = |view: &&mut Arc<SecretView>| view.name.as_str() == secret;
            let view = Arc::make_mut(&mut step.after)
                .iter_mut()
                .find(is_meant)
                .expect("the secret is there");
            let mut changed = SecretView::clone(view);
            break_view(&mut changed, step.at, words);
            *view = Arc::new(changed);
        }
    }
}

/// A step in which time passes and nothing else.
fn quiet(after: &TraceStep) -> TraceStep {
    let event = Event::Waited(Span::seconds(1));
    TraceStep {
        actor: Actor::Nobody,
        event,
        outcome: Ok(Reply::Empty(Empty {})),
        secret: None,
        moves: Vec::new(),
        ..after.clone()
    }
}

fn check(canary: &Canary) {
    let Canary { play, broken, reported } = canary;
    let mut trace: Trace = trace(play);
    let good = judge(&trace, Property::ALL);
    assert!(good.violations.is_empty(), "{play}: {:?}", good.violations);

    let index = trace.steps.len().checked_sub(1).unwrap();
    for broken in broken.split("; ") {
        break_step(&mut trace.steps[index], broken);
    }
    for _ in 0..2 {
        trace.steps.push(quiet(&trace.steps[index]));
    }
    let violations = judge(&trace, Property::ALL).violations;
    let found: BTreeSet<_> =
        violations.iter().map(|it| (it.property.known().unwrap(), it.step)).collect();
    let wanted: BTreeSet<_> = reported.iter().map(|property| (*property, index)).collect();
    assert_eq!(found, wanted, "{play}\nbroken by {broken}: {violations:#?}");
    for property in *reported {
        let alone = judge(&trace, &[*property]).violations;
        assert!(alone.iter().all(|it| it.property == *property && !it.message.is_empty()));
        assert!(!alone.is_empty(), "{property} isn't found when it is asked for alone");
    }
}

#[test]
fn a_broken_machine_is_caught_at_the_step_where_it_breaks() {
    CANARIES.iter().for_each(check);
}

/// If the configuration of a refused `RotateSecret` is taken to be kept (ROT-3), it may change, and nothing else.
#[test]
fn a_refused_rotation_may_store_its_configuration_if_that_is_assumed() {
    let mut assume = Assumptions::default();
    assume.choose("refusal-stores", "configuration").unwrap();
    let play = "create db a=1; put db b=1 AWSPENDING; rotate db t fn";
    let mut trace = trace_if(assume, play);
    assert!(trace.steps[2].outcome.is_err());
    assert_eq!(trace.steps[2].after[0].function.as_deref(), Some(FUNCTION));
    assert_eq!(judge(&trace, Property::ALL).violations, []);
    break_step(&mut trace.steps[2], "description");
    let violations = judge(&trace, Property::ALL).violations;
    let found: Vec<_> =
        violations.iter().map(|it| (it.property.known().unwrap(), it.step)).collect();
    assert_eq!(found, [(RefusedChangesNothing, 2)]);
}

#[test]
fn every_property_is_broken_somewhere() {
    let broken: BTreeSet<_> = CANARIES.iter().flat_map(|it| it.reported).collect();
    let of_labels =
        || Property::of_traces().filter(|it| !it.is_of_target() && !it.is_of_functions());
    for property in of_labels() {
        assert!(broken.contains(&property), "{property} is never broken");
    }
    // Most are also reported alone, so no other property stands in for them.
    let alone: BTreeSet<_> =
        CANARIES.iter().filter(|it| it.reported.len() == 1).flat_map(|it| it.reported).collect();
    let together: Vec<_> = of_labels().filter(|it| !alone.contains(it)).collect();
    assert_eq!(together, [OneVersionPerLabel, PendingCleared, TestRotationChangesNothing]);
}
