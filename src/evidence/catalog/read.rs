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
);

pub(in crate::evidence) const ReadByLabelOrId: Entry = Entry::new(
    "A read by VersionStage reads the version that has the label; a read by VersionId reads \
     that version, whatever its labels.",
    &[
        recorded!("test_update_secret_version_stages_current_pending_cycle_custom_stages_3"),
        api!("GetSecretValue"),
    ],
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
);

pub(in crate::evidence) const UnknownVersionIsNotFound: Entry = Entry::new(
    "A VersionId that does not exist is a `ResourceNotFoundException` \"Secrets Manager can't \
     find the specified secret value for VersionId: <id>\".",
    &[recorded!("test_secret_version_not_found", "2024-06-13")],
);

pub(in crate::evidence) const PlaceholderHasNoValue: Entry = Entry::new(
    "A version without a value is a `ResourceNotFoundException` for a read by its id, by its \
     label, or by both.",
    &[
        moto!("test_rotate_secret_using_lambda"),
        issue!("getmoto/moto", 8403),
        assumed("With which text does a read by both fail?"),
    ],
);

pub(in crate::evidence) const UnknownVersionWithLabel: Entry = Entry::new(
    "A VersionId that does not exist beside a VersionStage is a `ResourceNotFoundException` \
     about the VersionId.",
    &[assumed("Which check comes first when the version does not exist and a label is given?")],
);

pub(in crate::evidence) const DeprecatedVersionIsReadable: Entry = Entry::new(
    "A version without labels can be read by its id until it is collected.",
    &[provider!("secret_version.go"), assumed("Is VersionStages absent or empty in the answer?")],
);

pub(in crate::evidence) const ReadAnswerMembers: Entry = Entry::new(
    "The answer of a read has ARN, Name, VersionId, either SecretString or SecretBinary in \
     base64, all labels of the version, and the version's CreatedDate.",
    &[recorded!("test_get_secret_value", "2024-09-24"), model!("GetSecretValueResponse")],
);

pub(in crate::evidence) const ReadStampsAccessDate: Entry = Entry::new(
    "A successful read stamps the access date of the secret and of the version it read.",
    &[recorded!("test_update_secret_version_stages_current_pending_cycle", "2024-03-15")],
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
);

pub(in crate::evidence) const IamSeesExplicitStageOnly: Entry = Entry::new(
    "A policy condition on the label AWSCURRENT matches only a read that names the label, not \
     one that leaves it to the default.",
    &[issue!("aws/aws-cli", 5031)],
);

pub(in crate::evidence) const BatchReadCollectsErrors: Entry = Entry::new(
    "A batch read takes either up to 20 ids or up to 10 filters, with MaxResults only beside \
     filters. It reads current values and succeeds even when single secrets fail; those are \
     listed as Errors with SecretId, ErrorCode and Message.",
    &[model!("BatchGetSecretValueRequest"), api!("BatchGetSecretValue")],
);
