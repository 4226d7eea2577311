//! Rules of deprecated versions and their collection.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed, assumed_by};

pub(in crate::evidence) const UnlabeledIsDeprecated: Entry = Entry::new(
    "A version without labels is deprecated: hidden from default lists, listed with \
     IncludeDeprecated, and never in the map of labels.",
    &[
        recorded!("test_deprecated_secret_version_stage"),
        api!(
            "DescribeSecret",
            "Versions that don't have staging labels are considered deprecated and Secrets \
             Manager can delete them.",
        ),
    ],
)
.matters(
    "It no longer appears where people look, so a password that is still valid somewhere is \
     easily taken for gone.",
);

pub(in crate::evidence) const LabeledIsNeverCollected: Entry = Entry::new(
    "A version with a label is never collected.",
    &[guide!("whats-in-a-secret"), api!("UpdateSecretVersionStage")],
)
.matters("One label of your own is enough to keep a rollback target for as long as you like.");

pub(in crate::evidence) const DeprecatedIsCollectedAboveHundred: Entry = Entry::new(
    "Deprecated versions are collected in the background when there are more than 100, but \
     none that was made in the last 24 hours.",
    &[
        guide!(
            "reference_limits",
            "Secrets Manager removes unlabeled versions when there are more than 100, but it \
             does not remove versions created less than 24 hours ago.",
        ),
        guide!("whats-in-a-secret"),
        api!("PutSecretValue"),
        api!(
            "UpdateSecret",
            "Secrets Manager removes outdated versions when there are more than 100, but it \
             does not remove versions created less than 24 hours ago.",
        ),
    ],
)
.matters("Version history is no backup: on a busy secret the version of last week may be gone.");

pub(in crate::evidence) const CollectionCountsVersions: Entry = Entry::new(
    "All versions of the secret count toward 100, and the oldest deprecated ones go first.",
    &[
        api!(
            "PutSecretValue",
            "Secrets Manager keeps 100 of the most recent versions, but it keeps all secret \
             versions created in the last 24 hours.",
        ),
        assumed_by("collection", "Which versions count toward 100, and do the oldest go first?"),
    ],
)
.matters(
    "It decides how long an unlabeled rollback target lasts on a secret that is written to \
     often.",
)
.contradicted_by("The user guide counts only versions without labels.");

pub(in crate::evidence) const VersionsCannotBeDeleted: Entry = Entry::new(
    "No call deletes a version; removing all its labels leaves it to collection.",
    &[api!("DeleteSecret", "You can't directly delete a version of a secret.")],
)
.matters(
    "A leaked value can't be erased by a call: change the password at the target, or delete \
     the whole secret.",
);

pub(in crate::evidence) const DeprecatedCanBeRelabeled: Entry = Entry::new(
    "A deprecated version that is not collected yet can get a label again.",
    &[assumed("Can a label be attached to a deprecated version?")],
)
.matters(
    "A version that dropped out of the labels can be promoted again in an incident, if you \
     still know its id.",
);

pub(in crate::evidence) const LostPlaceholderIsDropped: Entry = Entry::new(
    "A version without a value that loses its last label is dropped at once.",
    &[assumed_by(
        "lost-placeholder",
        "What becomes of a version without a value, and of its token, when its last label \
         goes?",
    )],
)
.matters(
    "After AWSPENDING was taken off an empty version, its token can be used again or not, \
     which matters to a function that is still running.",
);
