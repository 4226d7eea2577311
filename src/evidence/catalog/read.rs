//! Rules of `GetSecretValue` and `BatchGetSecretValue`.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed};

pub(in crate::evidence) const ReadDefaultsToCurrent: Entry = Entry::new(
    "A read that names neither label nor version reads the version with AWSCURRENT.",
    &[
        recorded!("test_get_secret_value", "2024-09-24"),
        model!("GetSecretValueRequest"),
        api!(
            "GetSecretValue",
            "If you don't specify either a VersionStage or VersionId, then Secrets Manager \
             returns the AWSCURRENT version.",
        ),
    ],
)
.matters("Applications that name nothing follow every promotion and rollback by themselves.");

pub(in crate::evidence) const ReadByLabelOrId: Entry = Entry::new(
    "A read by VersionStage reads the version that has the label; a read by VersionId reads \
     that version, whatever its labels.",
    &[
        recorded!("test_update_secret_version_stages_current_pending_cycle_custom_stages_3"),
        api!("GetSecretValue"),
    ],
)
.matters(
    "Reading by id pins an application to one version, so it misses every rotation after \
     that.",
);

pub(in crate::evidence) const ReadPairMustMatch: Entry = Entry::new(
    "A read by VersionId and VersionStage, where the version exists without that label, is an \
     `InvalidRequestException` \"You provided a VersionStage that is not associated to the \
     provided VersionId.\", also when no version has the label.",
    &[
        recorded!("test_get_secret_value_errors"),
        api!(
            "GetSecretValue",
            "If you include both this parameter and VersionStage, the two parameters must \
             refer to the same secret version.",
        ),
    ],
)
.matters(
    "Naming both guards a step against acting on another version than it thinks, which is \
     why AWS's template reads its token with AWSPENDING.",
);

pub(in crate::evidence) const UnheldLabelIsNotFound: Entry = Entry::new(
    "A label that no version has, AWSCURRENT by default, is a `ResourceNotFoundException` \
     \"Secrets Manager can't find the specified secret value for staging label: <label>\". \
     The same holds for a secret without versions.",
    &[
        recorded!("test_secret_version_not_found", "2024-06-13"),
        recorded!("test_get_secret_value_errors"),
        issue!("aws/aws-sdk-js-v3", 7701),
    ],
)
.matters(
    "A secret that exists can be not found: AWSPREVIOUS before the second version, \
     AWSPENDING between rotations, AWSCURRENT before the first value.",
);

pub(in crate::evidence) const UnknownVersionIsNotFound: Entry = Entry::new(
    "A VersionId that does not exist is a `ResourceNotFoundException` \"Secrets Manager can't \
     find the specified secret value for VersionId: <id>\".",
    &[recorded!("test_secret_version_not_found", "2024-06-13")],
)
.matters(
    "A pinned version that was collected fails like a typo, so a client can't tell the two \
     apart by the error.",
);

pub(in crate::evidence) const PlaceholderHasNoValue: Entry = Entry::new(
    "A version without a value is a `ResourceNotFoundException` for a read by its id, by its \
     label, or by both.",
    &[
        moto!("test_rotate_secret_using_lambda"),
        issue!("getmoto/moto", 8403),
        assumed("With which text does a read by both fail?"),
    ],
)
.matters(
    "During a rotation AWSPENDING exists before there is a value, so code that lists labels \
     and reads each one breaks there.",
);

pub(in crate::evidence) const UnknownVersionWithLabel: Entry = Entry::new(
    "A VersionId that does not exist beside a VersionStage is a `ResourceNotFoundException` \
     about the VersionId.",
    &[assumed("Which check comes first when the version does not exist and a label is given?")],
)
.matters(
    "Whoever matches error texts, as retry code and test doubles do, sees the version named \
     here and not the label.",
);

pub(in crate::evidence) const DeprecatedVersionIsReadable: Entry = Entry::new(
    "A version without labels can be read by its id until it is collected.",
    &[provider!("secret_version.go"), assumed("Is VersionStages absent or empty in the answer?")],
)
.matters(
    "An unlabeled password can still be rescued by its id, as long as you have the id and \
     nobody has written too often since.",
);

pub(in crate::evidence) const ReadAnswerMembers: Entry = Entry::new(
    "The answer of a read has ARN, Name, VersionId, either SecretString or SecretBinary in \
     base64, all labels of the version, and the version's CreatedDate.",
    &[recorded!("test_get_secret_value", "2024-09-24"), model!("GetSecretValueResponse")],
)
.matters(
    "One read tells which version a client really has, so log VersionId and you can say \
     later who used which password.",
);

pub(in crate::evidence) const ReadStampsAccessDate: Entry = Entry::new(
    "A successful read stamps the access date of the secret and of the version it read.",
    &[recorded!("test_update_secret_version_stages_current_pending_cycle", "2024-03-15")],
)
.matters(
    "The date of the last access shows whether anybody still reads the old version before \
     you let go of it.",
);

pub(in crate::evidence) const ScheduledSecretIsUnreadable: Entry = Entry::new(
    "A secret that waits for deletion can't be read. A value whose key refuses is a \
     `DecryptionFailure`.",
    &[
        model!("GetSecretValue"),
        api!(
            "DeleteSecret",
            "When a secret is scheduled for deletion, you cannot retrieve the secret value.",
        ),
    ],
)
.matters("Marking a secret for deletion stops its readers at once, not at the end of the window.");

pub(in crate::evidence) const IamSeesExplicitStageOnly: Entry = Entry::new(
    "A policy condition on the label AWSCURRENT matches only a read that names the label, not \
     one that leaves it to the default.",
    &[issue!("aws/aws-cli", 5031)],
)
.matters(
    "A policy that grants only AWSCURRENT locks out clients that leave the label to the \
     default, though they read the same version.",
)
.stated_only("IAM policies and their conditions are not evaluated.");

pub(in crate::evidence) const BatchReadCollectsErrors: Entry = Entry::new(
    "A batch read takes either up to 20 ids or up to 10 filters, with MaxResults only beside \
     filters. It reads current values and succeeds even when single secrets fail; those are \
     listed as Errors with SecretId, ErrorCode and Message.",
    &[model!("BatchGetSecretValueRequest"), api!("BatchGetSecretValue")],
)
.matters(
    "A batch that succeeds can lack the one secret you need, so check Errors before you use \
     the values.",
);
