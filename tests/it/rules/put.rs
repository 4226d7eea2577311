//! What a stored value does to labels, rule by rule: `PutSecretValue`, `UpdateSecret`, `CreateSecret`.

use super::{check, check_if};

#[test]
fn psv_1_a_put_moves_current_and_previous_follows() {
    check(&["current=a"], "put b", "current=b previous=a").cites("PSV-1");
    check(&["current=b", "previous=a"], "put c", "current=c previous=b").cites("PSV-1");
    check(&["current=b", "previous=a", "x=a"], "put c", "current=c previous=b x=a").cites("PSV-1");
}

#[test]
fn psv_2_the_first_version_is_current() {
    check(&[], "first put a", "current=a").cites("PSV-2");
}

/// By the documentation AWSCURRENT comes to a first version whatever is asked; by a test of others it doesn't.
#[test]
fn psv_3_the_first_version_with_other_labels() {
    check(&[], "first put a x", "current=a x=a").cites("PSV-3");
    check(&[], "first put a pending,x", "current=a pending=a x=a").cites("PSV-3");
    let only_given = [("first-version", "only-given")];
    check_if(&only_given, &[], "first put a x", "x=a").cites("PSV-3");
    check_if(&only_given, &[], "first put a pending,x", "pending=a x=a").cites("PSV-3");
    check_if(&only_given, &[], "first put a", "current=a").cites("PSV-2");
    check_if(&only_given, &[], "first put a current,x", "current=a x=a").cites("PSV-5");
}

#[test]
fn psv_4_named_labels_are_taken_from_whatever_has_them() {
    check(&["current=a"], "put b x", "current=a x=b").cites("PSV-4");
    check(&["current=a", "x=a"], "put b x", "current=a x=b").cites("PSV-4");
    check(&["current=b", "previous=a", "x=a", "y=b"], "put c x,y", "current=b previous=a x=c y=c")
        .cites("PSV-4");
    check(&["current=b", "previous=a"], "put c previous", "current=b previous=c").cites("PSV-4");
}

#[test]
fn psv_5_current_together_with_others() {
    check(&["current=a", "x=a"], "put b current,x", "current=b previous=a x=b").cites("PSV-5");
    check(&["current=a"], "put b current,pending", "current=b previous=a pending=b").cites("PSV-5");
    // AWSPREVIOUS follows AWSCURRENT, whatever the request says.
    let told = check(&["current=a"], "put b current,previous", "current=b previous=a");
    told.cites("PSV-5");
    told.cites("PSV-1");
    told.cites("Q-4");
    check(&["previous=a"], "put b current,previous", "current=b previous=a").cites("PSV-2");
    check(&[], "first put a current,previous", "current=a").cites("PSV-2");
    check(&[], "first put a previous", "current=a").cites("PSV-2");
}

#[test]
fn psv_6_the_other_labels_of_a_version_stay() {
    check(&["current=a", "x=b", "y=b"], "put c x", "current=a x=c y=b");
    check(&["current=a", "x=b"], "put c x", "current=a x=c");
}

#[test]
fn psv_7_a_label_that_begins_with_aws_is_a_custom_one() {
    check(&["current=a"], "put b AWSSOMETHING", "current=a AWSSOMETHING=b").cites("PSV-4");
    check(&["current=a", "AWSSOMETHING=a"], "put b", "current=b previous=a AWSSOMETHING=a");
}

#[test]
fn psv_8_pending_moves_off_the_current_version() {
    check(&["current=a", "pending=a"], "put b pending", "current=a pending=b").cites("PSV-8");
    check(&["current=a", "pending=a"], "put b pending,x", "current=a pending=b x=b").cites("PSV-8");
}

/// Recorded: AWSPENDING on the outgoing version is gone from the secret.
#[test]
fn psv_9_pending_leaves_with_current() {
    let before = ["current=a", "pending=a"];
    check(&before, "put b", "current=b previous=a").cites("PSV-9");
    check(&before, "update b", "current=b previous=a").cites("PSV-9");
    check(&before, "put b current,x", "current=b previous=a x=b").cites("PSV-9");
    check(&before, "put b current,pending", "current=b previous=a pending=b").cites("PSV-5");
    let outgoing = [("pending-leaves", "only-from-outgoing")];
    check_if(&outgoing, &before, "put b", "current=b previous=a").cites("PSV-9");
}

#[test]
fn psv_10_a_new_current_version_abandons_the_rotation() {
    let before = ["current=a", "pending=t"];
    check(&before, "put b during t", "current=b previous=a").cites("PSV-10");
    check(&before, "update b during t", "current=b previous=a").cites("US-9");
    let outgoing = [("pending-leaves", "only-from-outgoing")];
    check_if(&outgoing, &before, "put b during t", "current=b previous=a pending=t")
        .cites("PSV-10");
}

#[test]
fn psv_11_other_puts_during_a_rotation() {
    let before = ["current=a", "pending=t"];
    check(&before, "put b x during t", "current=a pending=t x=b").cites("PSV-11");
    check(&before, "put b pending during t", "current=a pending=b").cites("PSV-4");
    let any = [("abandons", "any-put-by-others")];
    check_if(&any, &before, "put b x during t", "current=a x=b").cites("PSV-11");
    check_if(&any, &before, "put b pending during t", "current=a pending=b").cites("PSV-4");
    // The rotation's own version is not by others, and without a rotation nothing is abandoned.
    check_if(&any, &before, "fill t x during t", "current=a pending=t x=t").cites("PSV-16");
    check_if(&any, &before, "put b x", "current=a pending=t x=b").cites("PSV-4");
}

#[test]
fn psv_12_pending_put_by_hand() {
    let before = ["current=a", "pending=p"];
    check(&before, "put b", "current=b previous=a").cites("PSV-12");
    check(&before, "put b x", "current=a pending=p x=b").cites("PSV-4");
    let outgoing = [("pending-leaves", "only-from-outgoing")];
    check_if(&outgoing, &before, "put b", "current=b previous=a pending=p").cites("PSV-12");
}

#[test]
fn psv_13_custom_labels_of_the_outgoing_version() {
    let before = ["current=a", "x=a", "y=b"];
    check(&before, "put c", "current=c previous=a x=a y=b").cites("PSV-13");
    check(&before, "update c", "current=c previous=a x=a y=b").cites("PSV-13");
    let drop = [("outgoing-labels", "drop-all")];
    check_if(&drop, &before, "put c", "current=c previous=a y=b").cites("PSV-13");
    check_if(&drop, &before, "update c", "current=c previous=a y=b").cites("PSV-13");
    check_if(&drop, &before, "put c current,x", "current=c previous=a x=c y=b").cites("PSV-5");
    check_if(&drop, &before, "put c y", "current=a x=a y=c").cites("PSV-4");
    // A label call never drops any.
    check_if(&drop, &before, "current a>b", "current=b previous=a x=a y=b").cites("USVS-8");
}

#[test]
fn psv_16_the_placeholder_is_filled() {
    let before = ["current=a", "pending=t"];
    check(&before, "fill t pending during t", "current=a pending=t").cites("PSV-16");
    check(&before, "fill t pending,x during t", "current=a pending=t x=t").cites("PSV-16");
    check(&before, "fill t x during t", "current=a pending=t x=t").cites("PSV-16");
}

#[test]
fn psv_18_the_placeholder_is_filled_without_labels() {
    let before = ["current=a", "pending=t"];
    check(&before, "fill t during t", "current=t previous=a").cites("PSV-18");
    check(&["pending=t"], "fill t during t", "current=t").cites("PSV-18");
    let stays = [("fill-without-labels", "stays-pending")];
    check_if(&stays, &before, "fill t during t", "current=a pending=t").cites("PSV-18");
    check_if(&stays, &before, "fill t pending during t", "current=a pending=t").cites("PSV-16");
    check_if(&stays, &before, "put b during t", "current=b previous=a").cites("PSV-10");
    let outgoing = [("pending-leaves", "only-from-outgoing")];
    check_if(&outgoing, &before, "fill t during t", "current=t previous=a pending=t")
        .cites("PSV-18");
}

/// A put is refused like a label call when it would bring the secret over 20 labels; AWSPREVIOUS counts.
#[test]
fn psv_23_a_put_respects_the_label_limit() {
    let labels: Vec<_> = (0..19).map(|number| format!("l{number}=a")).collect();
    let mut placed: Vec<_> = labels.iter().map(String::as_str).collect();
    check(&placed, "put b l19,l20", "refused TooManyLabels").cites("USVS-22");
    placed.push("current=a");
    check(&placed, "put b", "refused TooManyLabels").cites("USVS-22");
    check(&placed, "put b l19", "refused TooManyLabels").cites("USVS-22");
    let taken = super::play(
        super::stages(&placed),
        "put b l0",
        &super::Assumptions::default(),
        &mut super::Told::default(),
    );
    assert_eq!(taken.map(|stages| stages.count()), Ok(20));
}

#[test]
fn cs_1_and_us_2_are_puts_without_labels() {
    check(&[], "create a", "current=a").cites("CS-1");
    check(&["current=a"], "update b", "current=b previous=a").cites("US-2");
    check(&["current=b", "previous=a", "x=b"], "update c", "current=c previous=b x=b")
        .cites("US-2");
}
