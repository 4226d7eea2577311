//! What a rotation does to labels before and after its function runs, rule by rule.

use super::check;

#[test]
fn rot_3_pending_elsewhere_refuses_a_rotation() {
    check(&["current=a", "pending=t"], "rotate u", "refused RotationUnfinished").cites("ROT-3");
    check(&["pending=t"], "rotate u", "refused RotationUnfinished").cites("ROT-3");
    check(&["current=b", "previous=a", "pending=a"], "rotate u", "refused RotationUnfinished")
        .cites("ROT-3");
}

#[test]
fn rot_4_pending_nowhere_or_on_current_allows_one() {
    check(&["current=a"], "rotate t", "current=a pending=t").cites("ROT-4");
    check(&["current=a", "pending=a"], "rotate t", "current=a pending=t").cites("ROT-4");
    check(&[], "rotate t", "pending=t").cites("ROT-4");
}

#[test]
fn rot_10_the_placeholder_is_registered_as_pending() {
    check(&["current=a"], "rotate t", "current=a pending=t").cites("ROT-10");
    check(&["current=b", "previous=a", "x=b"], "rotate t", "current=b previous=a pending=t x=b")
        .cites("ROT-10");
    check(&[], "rotate t", "pending=t").cites("ROT-10");
}

#[test]
fn rot_12_pending_moves_from_the_current_version_to_the_new_one() {
    check(&["current=a", "pending=a"], "rotate t", "current=a pending=t").cites("ROT-12");
}

#[test]
fn rot_14_the_service_takes_pending_off_the_current_version() {
    check(&["current=b", "previous=a", "pending=b"], "clean up", "current=b previous=a")
        .cites("ROT-14");
    check(&["current=a", "pending=t"], "clean up", "current=a pending=t");
    check(&["current=b", "previous=a", "pending=a"], "clean up", "current=b previous=a pending=a");
    check(&["current=a"], "clean up", "current=a");
    check(&[], "clean up", "");
}

#[test]
fn rot_16_a_test_of_the_function_borrows_pending() {
    check(&["current=a"], "test t", "current=a pending=t").cites("ROT-16");
    check(&["current=a", "pending=a"], "test t", "current=a pending=t").cites("ROT-16");
    check(&["current=a", "pending=u"], "test t", "refused RotationUnfinished").cites("ROT-3");
}

#[test]
fn rot_16_a_test_ends_without_a_trace() {
    check(&["current=a", "pending=t"], "end test t", "current=a").cites("ROT-16");
    check(&["current=a", "pending=u"], "end test t", "current=a pending=u");
    check(&["current=a"], "end test t", "current=a");
    check(&["current=t", "previous=a", "pending=t"], "end test t", "current=t previous=a")
        .cites("ROT-16");
}

/// A rotation needs a label of its own.
#[test]
fn rot_10_respects_the_label_limit() {
    let labels: Vec<_> = (0..19).map(|number| format!("l{number}=a")).collect();
    let mut placed: Vec<_> = labels.iter().map(String::as_str).collect();
    placed.push("current=a");
    check(&placed, "rotate t", "refused TooManyLabels").cites("USVS-22");
}
