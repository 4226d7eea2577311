//! Where the machine was once found to be wrong, and what it does where the rules leave a choice open.

use stagewright::api::{ErrorCode, Reply};
use stagewright::property::{Property, judge};
use stagewright::world::Trace;

use super::{agree, full};
use crate::calls::{self, short, versions};

/// The ids of the properties that a trace violates, each with its step.
fn violated(trace: &Trace) -> Vec<(&'static str, usize)> {
    let violations = judge(trace, Property::ALL).violations;
    violations
        .iter()
        .map(|violation| (violation.property.known().unwrap().id(), violation.step))
        .collect()
}

/// A test on a secret without a value registers a placeholder; that is dropped when it loses AWSPENDING (GC-7), and its
/// slot goes to the next version, which the end of the test leaves alone.
#[test]
fn the_end_of_a_test_leaves_a_version_alone_that_took_over_its_slot() {
    let play = "create db n; test db t fn; stage db AWSPENDING t>; put db a=1; put db b=2; put db c=3; wait 31s";
    agree(play);
    let trace = calls::trace(play);
    // Version `a` was never part of the test, and is too young to be collected (GC-3).
    assert_eq!(versions(&trace), "a b=AWSPREVIOUS c=AWSCURRENT");
}

/// The same in the answer of `CancelRotateSecret`, which names the unfinished version and no other (CRS-2).
#[test]
fn a_cancel_names_no_version_that_took_over_the_slot_of_a_test() {
    let play = "create db n; test db t fn; stage db AWSPENDING t>; put db a=1; cancel db";
    agree(play);
    let trace = calls::trace(play);
    let Ok(Reply::Version(reply)) = &trace.steps.last().unwrap().outcome else { panic!() };
    assert_eq!(reply.version_id.as_ref().map(|id| short(id.as_str())), None);
}

/// A call that makes a version in a full secret collects an old one, unless its labels turn out to be too many.
#[test]
fn a_put_that_is_refused_for_its_labels_collects_nothing() {
    let labels = |from: u8| {
        let labels: Vec<_> = (from..from + 10).map(|number| format!("l{number}")).collect();
        labels.join(",")
    };
    let play = format!(
        "{}; put db v99=1 AWSCURRENT,{}; wait 1d; put db w=1 {}",
        full("1s"),
        labels(0),
        labels(20)
    );
    let trace = calls::trace(&play);
    let [.., before, refused] = trace.steps.as_slice() else { panic!() };
    let error = refused.outcome.as_ref().unwrap_err();
    assert_eq!(error.code, ErrorCode::LimitExceededException);
    assert!(error.message.contains("staging labels"), "{error}");
    assert_eq!(before.after, refused.after);
    assert_eq!(violated(&trace), []);
}

/// The same for `RotateSecret`: 17 custom labels, AWSCURRENT, AWSPREVIOUS and one more leave none for AWSPENDING.
#[test]
fn a_rotation_that_is_refused_for_its_label_collects_nothing() {
    let labels: Vec<_> = (0..18).map(|number| format!("l{number}")).collect();
    let play = format!(
        "{}; put db v99=1 AWSCURRENT,{}; wait 1d; rotate db t fn",
        full("1s"),
        labels.join(",")
    );
    let trace = calls::trace(&play);
    let [.., before, refused] = trace.steps.as_slice() else { panic!() };
    assert!(refused.outcome.as_ref().is_err_and(|it| it.message.contains("staging labels")));
    assert_eq!(before.after, refused.after);
}

/// The token of a running test, in a `RotateSecret` that asks for a rotation: a test is not a rotation, so the token is
/// one in use (ROT-8).
#[test]
fn a_rotation_with_the_token_of_a_test_is_refused() {
    let trace = calls::trace("create db a=1; test db t fn; rotate db t; wait 31s");
    let refused = trace.steps[2].outcome.as_ref().unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidParameterException);
    assert_eq!(versions(&trace), "a=AWSCURRENT");
    // The same test again is the same request.
    let trace = calls::trace("create db a=1; test db t fn; test db t");
    assert!(trace.steps[2].outcome.is_ok());
}

/// Open: the version made for a test loses AWSPENDING before the test is over. It stays until then; and if a rotation
/// starts or the test is cancelled in the meantime, it stays for good, though ROT-16 says that it is dropped.
#[test]
fn a_test_version_without_its_label_stays_if_something_else_ends_the_test() {
    agree("create db a=1; test db t fn; put db b=2; list db all; wait 31s; list db all");
    let play = "create db a=1; test db t fn; put db b=2; rotate db u; wait 31s";
    agree(play);
    assert_eq!(versions(&calls::trace(play)), "a=AWSPREVIOUS t b=AWSCURRENT u=AWSPENDING");
    let play = "create db a=1; test db t fn; cancel db; stage db AWSPENDING t>; wait 31s";
    agree(play);
    assert_eq!(versions(&calls::trace(play)), "a=AWSCURRENT t");
}

/// Open: the clean-up after a rotation (ROT-14) takes AWSPENDING off whatever is current by then, also if a person put
/// it there, on a version that the rotation has nothing to do with.
#[test]
fn the_cleanup_takes_a_pending_label_that_was_put_by_hand_on_a_later_version() {
    let play = "create db a=1; rotate db t fn; put db t=2 AWSPENDING; stage db AWSCURRENT a>t
         put db b=3; stage db AWSPENDING >b; wait 61s";
    agree(play);
    assert_eq!(versions(&calls::trace(play)), "a t=AWSPREVIOUS b=AWSCURRENT");
}

/// Open: after a rotation registered its placeholder on an empty secret (ROT-7), the first value is not the "first
/// version" (PSV-3), so that the secret has a value and no AWSCURRENT, against `current-exists`.
#[test]
fn the_first_value_beside_a_placeholder_does_not_become_current() {
    for put in ["put db t=1 AWSPENDING", "put db a=1 x"] {
        let play = format!("create db n; rotate db t fn; {put}");
        agree(&play);
        assert_eq!(violated(&calls::trace(&play)), [("current-exists", 2)], "{put}");
    }
}

/// Open: the token of a version made for a test is free again once that is dropped (GC-7), so that one version id
/// shows two values, against `value-is-immutable`.
#[test]
fn the_id_of_a_dropped_test_version_can_show_another_value() {
    let play = "create db a=1; test db t fn; wait 31s; put db t=2";
    agree(play);
    let trace = calls::trace(play);
    assert_eq!(violated(&trace), [("value-is-immutable", trace.steps.len() - 1)]);
}

/// Open: AWSCURRENT may be moved to the placeholder (USVS-20), which counts as a success of the rotation though the
/// version has no value, against `no-empty-version`.
#[test]
fn moving_current_to_the_placeholder_ends_the_rotation_without_a_value() {
    let play = "create db a=1; rotate db t fn; stage db AWSCURRENT a>t; get db";
    agree(play);
    let trace = calls::trace(play);
    assert_eq!(violated(&trace), [("no-empty-version", 2)]);
    assert!(trace.steps[2].after[0].last_rotated.is_some());
    assert_eq!(
        trace.steps[3].outcome.as_ref().unwrap_err().code.as_str(),
        "ResourceNotFoundException"
    );
}

/// Open: a put that names AWSCURRENT for the placeholder takes AWSPENDING off it, as one without labels does (PSV-18),
/// although the text of PSV-12 spares the version that AWSCURRENT comes to.
#[test]
fn a_put_of_the_placeholder_as_current_takes_its_pending_label_away() {
    let play = "create db a=1; rotate db t fn; put db t=2 AWSCURRENT";
    agree(play);
    assert_eq!(versions(&calls::trace(play)), "a=AWSPREVIOUS t=AWSCURRENT");
}

/// Open: AWSPREVIOUS in the labels of a put that also moves AWSCURRENT is passed over without an error, even on the
/// first version, where nothing else gets it.
#[test]
fn previous_in_a_put_that_moves_current_is_passed_over() {
    for (play, after) in [
        ("create db n; put db a=1 AWSPREVIOUS", "a=AWSCURRENT"),
        ("create db a=1; put db b=1 AWSCURRENT,AWSPREVIOUS", "a=AWSPREVIOUS b=AWSCURRENT"),
    ] {
        agree(play);
        assert_eq!(versions(&calls::trace(play)), after);
    }
}

/// Open: a cancelled test keeps AWSPENDING on its version (CRS-3 is about rotations), which blocks rotations for good.
#[test]
fn a_cancelled_test_keeps_its_pending_label() {
    let play = "create db a=1; test db t fn; cancel db; wait 31s; rotate db u fn";
    agree(play);
    assert_eq!(versions(&calls::trace(play)), "a=AWSCURRENT t=AWSPENDING");
}
