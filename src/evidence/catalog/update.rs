//! Rules of `UpdateSecret`.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed};

pub(in crate::evidence) const UpdateWithoutValueMakesNoVersion: Entry = Entry::new(
    "An update without a value changes metadata only. It makes no version, and the answer has \
     no VersionId.",
    &[recorded!("test_update_secret_description"), api!("UpdateSecret")],
)
.matters(
    "Changing a description in an infrastructure tool does not rotate anything and disturbs \
     no reader.",
);

pub(in crate::evidence) const UpdateMovesCurrent: Entry = Entry::new(
    "An update with a value makes a new version whose id is the token, and moves labels as a \
     put without VersionStages does.",
    &[
        recorded!("test_update_secret_description"),
        recorded!("test_update_secret_version_stages_current_previous", "2024-03-15"),
        api!("UpdateSecret"),
    ],
)
.matters(
    "UpdateSecret with a value goes live at once, without setSecret and testSecret, so it \
     is the wrong call in a rotation function.",
);

pub(in crate::evidence) const EmptyUpdateSucceeds: Entry = Entry::new(
    "An update that names nothing but the secret succeeds and changes nothing that can be \
     seen.",
    &[
        recorded!("test_update_secret_description"),
        assumed("Does the date of the last change move?"),
    ],
)
.matters(
    "A tool that sends an update although nothing changed does no harm to versions or \
     labels.",
);

pub(in crate::evidence) const SameValueMakesNewVersion: Entry = Entry::new(
    "An update with a new token and the value that is current already is accepted: it makes a \
     version, and the date of the last change moves.",
    &[asserted!("test_last_updated_date")],
)
.matters(
    "A rotation that stores the same password again moves AWSPREVIOUS to a version with \
     that password too, so the true previous one is gone from the labels.",
);

pub(in crate::evidence) const UpdateReplayIsIdempotent: Entry = Entry::new(
    "An update with the token and the value of an existing version succeeds and answers its \
     VersionId; nothing changes.",
    &[moto!("test_update_same_secret_value_with_same_token")],
)
.matters(
    "An update that timed out can be repeated as it was and can't push AWSPREVIOUS off its \
     version.",
)
.contradicted_by(
    "The reference of UpdateSecret says that a token which matches an existing version \
     results in an error.",
);

pub(in crate::evidence) const UpdateTokenKeepsItsValue: Entry = Entry::new(
    "An update with the token of an existing version and another value is a \
     `ResourceExistsException` \"You can't use ClientRequestToken <token> because that value \
     is already in use for a version of secret <ARN>.\", and changes nothing.",
    &[moto!("test_update_different_secret_value_with_same_token"), api!("UpdateSecret")],
)
.matters(
    "A retry with a fresh password needs a fresh token, else it is refused and the old \
     password stays.",
);

pub(in crate::evidence) const KeyChangeReencryptsLabeled: Entry = Entry::new(
    "A new KmsKeyId serves new versions, and the versions with AWSCURRENT, AWSPENDING and \
     AWSPREVIOUS are encrypted again with it if the caller may. An empty text means the \
     default key; no label moves.",
    &[api!("UpdateSecret")],
)
.matters(
    "Versions without one of AWS's three labels stay under the old key, so a rollback \
     target with a label of your own is lost when that key is deleted.",
);

pub(in crate::evidence) const UpdateLeavesRotationSettings: Entry = Entry::new(
    "An update can't change rotation settings; RotateSecret does.",
    &[api!(
        "UpdateSecret",
        "To change the rotation configuration of a secret, use RotateSecret instead.",
    )],
)
.matters(
    "An infrastructure tool needs RotateSecret to change a schedule, and that call starts a \
     rotation unless it is told not to.",
);

pub(in crate::evidence) const UpdateAbandonsRotation: Entry = Entry::new(
    "An update with a value during a rotation abandons it, as a put that takes AWSCURRENT \
     does.",
    &[old_guide!("c3b51cc", "retrieve-ct-entries")],
)
.matters(
    "A password fixed with UpdateSecret in the middle of a rotation ends that rotation, \
     whose password the database may already have.",
);
