//! Rules of `DescribeSecret`, `ListSecretVersionIds` and `ListSecrets`.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, PCS_ROTATION, assumed_by};

pub(in crate::evidence) const DescribeShowsLabeledVersions: Entry = Entry::new(
    "VersionIdsToStages maps every version with a label to its labels, also a version without \
     a value. Deprecated versions are left out, and without labeled versions so is the whole \
     member.",
    &[
        recorded!("test_rotate_secret_with_lambda_success", "2025-03-30"),
        api!(
            "DescribeSecret",
            "The VersionIdsToStages field in the response includes every version ID that has \
             a staging label attached, even if that version doesn't contain a secret value.",
        ),
        issue!("aws-samples/aws-secrets-manager-rotation-lambdas", 16),
    ],
)
.matters(
    "It is the one picture of all labels, also of an empty pending version, so it is where \
     a rotation function and an incident start.",
);

pub(in crate::evidence) const ListHidesPlaceholders: Entry = Entry::new(
    "ListSecretVersionIds lists only versions that have a value; IncludeDeprecated does not \
     change that.",
    &[
        moto!("test_rotate_secret_using_lambda"),
        api!(
            "ListSecretVersionIds",
            "ListSecretVersionIds only returns versions that contain a secret value.",
        ),
        PCS_ROTATION,
    ],
)
.matters(
    "A pending version that is listed by DescribeSecret and not here has no value, so \
     createSecret never got through.",
);

pub(in crate::evidence) const ListHidesDeprecated: Entry = Entry::new(
    "ListSecretVersionIds leaves versions without labels out unless IncludeDeprecated is \
     true. It then lists them without the member VersionStages.",
    &[
        recorded!("test_deprecated_secret_version_stage"),
        api!(
            "ListSecretVersionIds",
            "By default, versions without staging labels aren't included.",
        ),
    ],
)
.matters(
    "The password that a database still has may be on a version that only IncludeDeprecated \
     shows.",
);

pub(in crate::evidence) const VersionEntryMembers: Entry = Entry::new(
    "An entry has VersionId, CreatedDate, KmsKeyIds (`DefaultEncryptionKey` for the default \
     key), VersionStages if it has labels, and LastAccessedDate if it was read. Around the \
     entries are ARN, Name, and NextToken on a long list.",
    &[
        recorded!("test_update_secret_version_stages_current_pending", "2024-03-15"),
        model!("SecretVersionsListEntry"),
    ],
)
.matters(
    "A label report built from this list must cope with entries that have no labels and no \
     access date.",
);

pub(in crate::evidence) const VersionListOrder: Entry = Entry::new(
    "Versions are listed with the oldest first, up to 100 at a time.",
    &[
        model!("ListSecretVersionIdsRequest"),
        assumed_by("version-order", "In which order does ListSecretVersionIds list versions?"),
    ],
)
.matters(
    "A script that takes the first entry for the newest version picks the wrong one, so \
     sort by CreatedDate.",
);

pub(in crate::evidence) const DescribeOmitsEmptyFields: Entry = Entry::new(
    "DescribeSecret leaves out what has no content: description, key under the default key, \
     access date before the first read, rotation members before rotation was set up, tags \
     before the first one. After the last tag was removed, Tags is an empty list.",
    &[
        recorded!("test_secret_tags", "2024-04-01"),
        recorded!("test_rotate_secret_invalid_lambda_arn", "2024-03-15"),
        api!(
            "DescribeSecret",
            "Secrets Manager only returns fields that have a value in the response.",
        ),
    ],
)
.matters(
    "Code that reads RotationEnabled or VersionIdsToStages without a default crashes on a \
     fresh secret, as AWS's own template does.",
);

pub(in crate::evidence) const DescribeShowsRotation: Entry = Entry::new(
    "After a successful rotation DescribeSecret has RotationEnabled, RotationLambdaARN, \
     RotationRules as given, LastRotatedDate and NextRotationDate. While the first rotation \
     runs, RotationEnabled and the rules are there and LastRotatedDate is absent.",
    &[
        recorded!("test_rotate_secret_with_lambda_success", "2025-03-30"),
        issue!("aws-samples/aws-secrets-manager-rotation-lambdas", 16),
    ],
)
.matters(
    "RotationEnabled is true while the first rotation still fails, so watch LastRotatedDate \
     instead.",
);

pub(in crate::evidence) const ScheduleShowsComputedDays: Entry = Entry::new(
    "A secret with a schedule expression shows that expression and a number of days computed \
     from it.",
    &[
        api!(
            "RotationRulesType",
            "In DescribeSecret and ListSecrets, this value is calculated from the rotation \
             schedule after every successful rotation.",
        ),
        provider!("secret_rotation.go"),
    ],
)
.matters(
    "A tool that compares days with what it set sees a difference on a secret with a \
     schedule, although nothing was changed.",
);

pub(in crate::evidence) const ListSecretsHidesScheduled: Entry = Entry::new(
    "ListSecrets leaves out secrets that wait for deletion unless IncludePlannedDeletion is \
     true, and calls the map of labels SecretVersionsToStages.",
    &[
        recorded!("test_secret_exists_snapshots"),
        recorded!("test_create_multi_secrets_snapshot", "2022-09-28"),
        model!("SecretListEntry"),
        api!("ListSecrets"),
    ],
)
.matters("A name that is refused as taken and is in no list is one that waits for deletion.");
