//! Rules of `CreateSecret`.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed, emulated};

pub(in crate::evidence) const CreateMakesCurrentVersion: Entry = Entry::new(
    "A secret created with a value has one version, whose id is the token and whose only \
     label is AWSCURRENT. The answer has ARN, Name and VersionId.",
    &[recorded!("test_create_and_update_secret", "2024-03-15"), api!("CreateSecret")],
)
.matters(
    "The token of the creation is the id of the first version, so the creator knows what to \
     roll back to without another call.",
);

pub(in crate::evidence) const CreateWithoutValueMakesNoVersion: Entry = Entry::new(
    "A secret created without a value has no version: the answer has no VersionId, and the \
     description no map of labels.",
    &[
        recorded!("test_create_secret_version_from_empty_secret", "2024-03-15"),
        recorded!("test_secret_tags", "2024-04-01"),
    ],
)
.matters(
    "A reader that starts before the first value finds nothing under AWSCURRENT, and a \
     rotation of such a secret fails in its first step with AWS's template.",
)
.contradicted_by("The user guide says that a secret always has a version labeled AWSCURRENT.");

pub(in crate::evidence) const ArnEndsInRandomSuffix: Entry = Entry::new(
    "The ARN is made of partition, Region, account and name, followed by a hyphen and six \
     random characters. A name that is used again gets another suffix.",
    &[
        recorded!("test_can_recreate_delete_secret"),
        asserted!("test_create_and_update_secret"),
        api!("CreateSecret"),
    ],
)
.matters(
    "An ARN stored in a policy or a configuration stops matching when the secret is deleted \
     and created again under its name.",
);

pub(in crate::evidence) const NameIsTaken: Entry = Entry::new(
    "A name in use with a token that no version has is a `ResourceExistsException` \"The \
     operation failed because the secret <name> already exists.\", whatever the value.",
    &[
        recorded!("test_secret_exists_snapshots"),
        moto!("test_create_duplicate_secret_without_specifying_token"),
    ],
)
.matters(
    "Two deployments that create the same secret race, and the loser must tell this error \
     from one about its token.",
);

pub(in crate::evidence) const CreateReplayIsIdempotent: Entry = Entry::new(
    "A name in use with the token and the value of one of its versions succeeds, repeats ARN, \
     Name and VersionId, and changes nothing.",
    &[moto!("test_create_duplicate_secret_with_same_token"), api!("CreateSecret")],
)
.matters(
    "A creation whose answer got lost can be sent again as it was, without a second secret \
     or a false alarm.",
);

pub(in crate::evidence) const CreateTokenKeepsItsValue: Entry = Entry::new(
    "A name in use with the token of one of its versions and another value is a \
     `ResourceExistsException` \"You can't use ClientRequestToken <token> because that value \
     is already in use for a version of secret <ARN>.\", and changes nothing.",
    &[moto!("test_create_different_secret_with_same_token"), api!("CreateSecret")],
)
.matters(
    "A retry that generates a fresh password under the old token is refused, so keep the \
     value together with the token.",
);

pub(in crate::evidence) const NameWaitsForDeletion: Entry = Entry::new(
    "The name of a secret that waits for deletion, or was deleted by force a moment ago, is \
     an `InvalidRequestException` \"You can't create this secret because a secret with this \
     name is already scheduled for deletion.\" for a new secret.",
    &[
        recorded!("test_exp_raised_on_creation_of_secret_scheduled_for_deletion", "2024-03-15"),
        provider!("secret.go"),
    ],
)
.matters(
    "Tearing a stack down and up again fails on the name for as long as the recovery window \
     lasts, unless the deletion was forced.",
);

pub(in crate::evidence) const CreateTakesOneValue: Entry = Entry::new(
    "A call with both SecretString and SecretBinary is refused.",
    &[
        api!("CreateSecret"),
        emulated(
            "moto and LocalStack: InvalidParameterException \"You can't specify both a binary \
             secret value and a string secret value in the same secret.\"",
        ),
        assumed("Which code and text does the service answer?"),
    ],
)
.matters("A wrapper that fills both members to be safe never creates a secret.");

pub(in crate::evidence) const EmptyDescriptionIsAbsent: Entry = Entry::new(
    "A description given as an empty text is stored as none, so DescribeSecret leaves it out.",
    &[recorded!("test_create_secret_version_from_empty_secret", "2024-03-15")],
)
.matters(
    "A comparison of what was sent with what is described shows a difference forever, such \
     as a plan that never settles in an infrastructure tool.",
);
