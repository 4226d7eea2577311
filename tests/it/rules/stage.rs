//! `UpdateSecretVersionStage`, rule by rule. L is the label, H the version that has it, R the one to remove it from,
//! M the one to move it to.

use super::{check, check_if};

/// H none, R absent: L is added to M, and what M has stays.
#[test]
fn usvs_1_a_free_label_is_added() {
    check(&["current=a"], "x >a", "current=a x=a").cites("USVS-1");
    check(&["current=a", "y=b"], "x >b", "current=a x=b y=b").cites("USVS-1");
    check(&["current=a"], "pending >b", "current=a pending=b").cites("USVS-1");
}

/// H = R, M another version.
#[test]
fn usvs_2_a_label_moves_from_the_named_holder() {
    check(&["current=a", "x=a"], "x a>b", "current=a x=b").cites("USVS-2");
    check(&["current=a", "pending=a"], "pending a>b", "current=a pending=b").cites("USVS-2");
    check(&["current=a"], "current a>b", "current=b previous=a").cites("USVS-2");
}

/// H = R, M absent, L not AWSCURRENT.
#[test]
fn usvs_3_a_label_is_removed_from_the_named_holder() {
    check(&["current=a", "x=b"], "x b>", "current=a").cites("USVS-3");
    check(&["current=a", "pending=b"], "pending b>", "current=a").cites("USVS-3");
    check(&["current=a", "pending=a"], "pending a>", "current=a").cites("USVS-3");
}

/// The version without labels is still there: a label can come back to it.
#[test]
fn usvs_4_the_last_label_of_a_version_can_be_removed() {
    check(&["current=b", "previous=a"], "previous a>", "current=b").cites("USVS-3");
    check(&["current=b"], "x >a", "current=b x=a").cites("USVS-1");
}

#[test]
fn usvs_5_previous_follows_current() {
    check(&["current=a"], "current a>b", "current=b previous=a").cites("USVS-5");
    check(&["current=b", "previous=a"], "current b>c", "current=c previous=b").cites("USVS-5");
    check(&["current=b", "previous=b"], "current b>c", "current=c previous=b").cites("USVS-5");
}

/// M has AWSPREVIOUS: the two labels change places, custom labels don't.
#[test]
fn usvs_6_a_roll_back_swaps_current_and_previous() {
    check(&["current=b", "previous=a"], "current b>a", "current=a previous=b").cites("USVS-6");
    check(
        &["current=b", "previous=a", "x=a", "y=b"],
        "current b>a",
        "current=a previous=b x=a y=b",
    )
    .cites("USVS-6");
}

/// Neither the target's AWSPENDING nor the source's goes.
#[test]
fn usvs_7_pending_stays_where_it_is() {
    check(&["current=a", "pending=b"], "current a>b", "current=b previous=a pending=b")
        .cites("USVS-7");
    check(&["current=a", "pending=a"], "current a>b", "current=b previous=a pending=a")
        .cites("USVS-5");
    check(&["current=a", "pending=c"], "current a>b", "current=b previous=a pending=c")
        .cites("USVS-5");
}

#[test]
fn usvs_8_custom_labels_never_follow() {
    check(&["current=a", "x=a", "y=b"], "current a>b", "current=b previous=a x=a y=b")
        .cites("USVS-8");
    check(&["current=b", "previous=a", "x=a"], "current b>c", "current=c previous=b x=a")
        .cites("USVS-8");
}

#[test]
fn usvs_9_other_labels_leave_previous_alone() {
    check(&["current=b", "previous=a", "x=b"], "x b>a", "current=b previous=a x=a").cites("USVS-9");
    check(&["current=b", "previous=a", "x=a"], "x a>", "current=b previous=a").cites("USVS-9");
    check(
        &["current=b", "previous=a", "pending=b"],
        "pending b>c",
        "current=b previous=a pending=c",
    )
    .cites("USVS-9");
}

/// H is another version than M, R absent.
#[test]
fn usvs_10_the_holder_must_be_named() {
    check(&["current=a"], "current >b", "refused SourceNotNamed").cites("USVS-10");
    check(&["current=a", "pending=c"], "pending >b", "refused SourceNotNamed").cites("USVS-10");
    check(&["current=a", "x=a"], "x >b", "refused SourceNotNamed").cites("USVS-10");
}

/// R is a version, but not H; M given or not.
#[test]
fn usvs_11_the_named_version_must_have_the_label() {
    check(&["current=a"], "current b>c", "refused NotOnSource").cites("USVS-11");
    check(&["current=a"], "current b>a", "refused NotOnSource").cites("USVS-11");
    check(&["current=a", "x=a"], "x b>", "refused NotOnSource").cites("USVS-11");
    check(&["current=a"], "current b>", "refused NotOnSource").cites("USVS-11");
}

#[test]
fn usvs_12_current_cannot_be_removed() {
    check(&["current=a"], "current a>", "refused CurrentRemoved").cites("USVS-12");
    check(&["current=a", "x=a"], "current a>", "refused CurrentRemoved").cites("USVS-12");
}

/// Comes before what is wrong with R.
#[test]
fn usvs_13_the_target_must_exist() {
    check(&["current=a"], "current a>?", "refused UnknownTarget").cites("USVS-13");
    check(&["current=a"], "x >?", "refused UnknownTarget").cites("USVS-13");
    check(&["current=a"], "x ?>?", "refused UnknownTarget").cites("USVS-13");
    check(&["current=a"], "current b>?", "refused UnknownTarget").cites("USVS-13");
}

#[test]
fn usvs_14_the_source_must_exist() {
    check(&["current=a"], "current ?>b", "refused UnknownSource").cites("USVS-14");
    check(&["current=a", "x=a"], "x ?>", "refused UnknownSource").cites("USVS-14");
}

/// H none, R given.
#[test]
fn usvs_15_a_free_label_has_no_source() {
    // The service cites USVS-15 in its answer; to the label rules it is the case of USVS-11.
    check(&["current=a"], "x a>b", "refused NotOnSource").cites("USVS-11");
    check(&["current=a"], "x a>", "refused NotOnSource").cites("USVS-11");
    check(&[], "current a>b", "refused NotOnSource").cites("USVS-11");
}

#[test]
fn usvs_16_one_of_the_versions_must_be_given() {
    check(&["current=a"], "current >", "refused NeitherVersion").cites("USVS-16");
    check(&["current=a"], "x >", "refused NeitherVersion").cites("USVS-16");
    let no_op = [("stage-neither", "no-op")];
    check_if(&no_op, &["current=a"], "current >", "current=a").cites("USVS-16");
    check_if(&no_op, &["current=a"], "x >", "current=a").cites("USVS-16");
}

/// M = R = H.
#[test]
fn usvs_17_moving_a_label_onto_its_holder_by_name() {
    check(&["current=a"], "current a>a", "refused MovedOntoItself").cites("USVS-17");
    check(&["current=a", "x=b"], "x b>b", "current=a x=b").cites("USVS-17");
    check_if(&[("stage-same", "no-op")], &["current=a"], "current a>a", "current=a")
        .cites("USVS-17");
    let refused = [("stage-same", "refused")];
    check_if(&refused, &["current=a"], "current a>a", "refused MovedOntoItself").cites("USVS-17");
    check_if(&refused, &["current=a", "x=b"], "x b>b", "current=a x=b").cites("USVS-17");
}

/// M = H, R absent.
#[test]
fn usvs_18_a_target_that_has_the_label_already() {
    check(&["current=a"], "current >a", "current=a").cites("USVS-18");
    check(&["current=a", "x=b"], "x >b", "current=a x=b").cites("USVS-18");
    check_if(&[("stage-same", "no-op")], &["current=a"], "current >a", "current=a")
        .cites("USVS-18");
    let refused = [("stage-same", "refused")];
    check_if(&refused, &["current=a"], "current >a", "refused AlreadyThere").cites("USVS-18");
    check_if(&refused, &["x=b"], "x >b", "x=b").cites("USVS-18");
}

/// H none, L AWSCURRENT: no AWSPREVIOUS results.
#[test]
fn usvs_19_current_from_nowhere() {
    check(&["pending=a"], "current >a", "current=a pending=a").cites("USVS-19");
    check(&[], "current >a", "current=a").cites("USVS-19");
    let refused = [("stage-from-nowhere", "refused")];
    check_if(&refused, &["pending=a"], "current >a", "refused CurrentFromNowhere").cites("USVS-19");
    check_if(&refused, &["current=a"], "x >a", "current=a x=a").cites("USVS-1");
    check_if(&refused, &["current=a"], "current a>b", "current=b previous=a").cites("USVS-5");
}

/// M has no value.
#[test]
fn usvs_20_current_onto_a_placeholder() {
    check(
        &["current=a", "pending=b"],
        "current a>b without value",
        "current=b previous=a pending=b",
    )
    .cites("USVS-20");
    let refused = [("stage-placeholder", "refused")];
    let before = ["current=a", "pending=b"];
    check_if(&refused, &before, "current a>b without value", "refused TargetWithoutValue")
        .cites("USVS-20");
    check_if(&refused, &before, "x >b without value", "current=a pending=b x=b").cites("USVS-1");
    check_if(&refused, &before, "current a>b", "current=b previous=a pending=b").cites("USVS-7");
}

#[test]
fn usvs_21_previous_by_hand() {
    let before = ["current=b", "previous=a"];
    check(&before, "previous a>b", "current=b previous=b").cites("USVS-21");
    check(&before, "previous a>", "current=b").cites("USVS-21");
    check(&["current=b"], "previous >a", "current=b previous=a").cites("USVS-21");
    let refused = [("previous-by-hand", "refused")];
    check_if(&refused, &before, "previous a>b", "refused PreviousByHand").cites("USVS-21");
    check_if(&refused, &before, "previous a>", "refused PreviousByHand").cites("USVS-21");
    check_if(&refused, &["current=b"], "previous >a", "refused PreviousByHand").cites("USVS-21");
    check_if(&refused, &before, "current b>a", "current=a previous=b").cites("USVS-6");
}

/// 20 labels on the secret, whatever versions they are on. The label that follows counts too.
#[test]
fn usvs_22_a_secret_has_at_most_20_labels() {
    let nineteen: Vec<_> = (0..18).map(|number| format!("l{number}=a")).collect();
    let mut placed: Vec<_> = nineteen.iter().map(String::as_str).collect();
    placed.push("current=a");
    let before = super::stages(&placed);
    assert_eq!(before.count(), 19);
    let at = |stages, call: &str| {
        super::play(stages, call, &super::Assumptions::default(), &mut super::Told::default())
    };
    let twenty = at(before, "pending >b").unwrap();
    assert_eq!(at(twenty, "l18 >b"), Err(super::LabelRefusal::TooManyLabels));
    assert_eq!(at(twenty, "current a>b"), Err(super::LabelRefusal::TooManyLabels));
    assert!(at(twenty, "l0 a>b").is_ok());
    assert!(at(before, "current a>b").is_ok());
}
