//! Rules of `CancelRotateSecret`.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, PCS_ROTATION, assumed, assumed_by};

pub(in crate::evidence) const CancelStopsSchedule: Entry = Entry::new(
    "CancelRotateSecret turns rotation off and stops the schedule; function and rules stay \
     visible in DescribeSecret.",
    &[
        api!("DescribeSecret"),
        api!(
            "CancelRotateSecret",
            "Turns off automatic rotation, and if a rotation is currently in progress, \
             cancels the rotation.",
        ),
    ],
)
.matters(
    "Rotation stays off until somebody turns it on again, which nobody notices before an \
     audit or the expiry of the password.",
);

pub(in crate::evidence) const CancelNamesUnfinishedVersion: Entry = Entry::new(
    "CancelRotateSecret cancels a rotation that runs, and its answer then has the unfinished \
     version as VersionId. Otherwise the answer has no VersionId.",
    &[model!("CancelRotateSecretResponse"), api!("CancelRotateSecret")],
)
.matters(
    "The answer is the one moment at which you are told which version is half done, so keep \
     it.",
);

pub(in crate::evidence) const CancelKeepsPending: Entry = Entry::new(
    "CancelRotateSecret leaves AWSPENDING where it is. While it is there, the unfinished \
     version blocks the next RotateSecret.",
    &[
        api!(
            "CancelRotateSecret",
            "Failing to clean up a cancelled rotation can block you from starting future \
             rotations.",
        ),
        PCS_ROTATION,
    ],
)
.matters("Cancel is no repair: the next RotateSecret is refused until AWSPENDING is removed.");

pub(in crate::evidence) const CancelHidesRotationDates: Entry = Entry::new(
    "While rotation is off, DescribeSecret has neither LastRotatedDate nor NextRotationDate.",
    &[api!(
        "DescribeSecret",
        "If the secret isn't configured for rotation or rotation has been disabled, \
         Secrets Manager returns null.",
    )],
)
.matters("A report of secrets that were not rotated for long can't tell never from not any more.")
.contradicted_by(
    "The reference of ListSecrets says that LastRotatedDate is null only if the secret has \
     never rotated.",
);

pub(in crate::evidence) const CancelWithoutRotation: Entry = Entry::new(
    "CancelRotateSecret on a secret that was never set up for rotation succeeds and changes \
     nothing.",
    &[assumed(
        "What does CancelRotateSecret answer on a secret that was never set up for \
         rotation?",
    )],
)
.matters(
    "It decides whether a clean-up that cancels rotation everywhere passes over secrets \
     without rotation or stops at the first of them.",
)
.contradicted_by("moto refuses the call.");

pub(in crate::evidence) const CancelDuringFunction: Entry = Entry::new(
    "A function that runs already when CancelRotateSecret arrives may finish its step. AWS's \
     template refuses its next step with \"Secret <ARN> is not enabled for rotation\".",
    &[
        template!("SecretsManagerRotationTemplate"),
        assumed_by(
            "cancel-running",
            "Is a running function cut off by CancelRotateSecret, and do later steps still \
             come?",
        ),
    ],
)
.matters(
    "After a cancellation the function may still change the password in the database, so \
     wait for its timeout before you repair.",
);
