//! Rules that hold for all operations.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed, assumed_by, emulated, quoted};

pub(in crate::evidence) const SpeaksAwsJson: Entry = Entry::new(
    "Calls are HTTP POST requests in AWS JSON 1.1 whose target header names the operation. \
     Times are seconds since 1970 with a fraction.",
    &[
        recorded!("test_no_client_request_token", "2024-03-15"),
        recorded!("test_get_secret_value", "2024-09-24"),
        model!("metadata"),
    ],
)
.matters(
    "Whoever speaks to an endpoint without an SDK, or writes a test double, trips over \
     dates that are numbers instead of texts.",
);

pub(in crate::evidence) const ErrorsAreHttp400: Entry = Entry::new(
    "Every client error has HTTP status 400, also when something is not found. Its body has \
     the members `__type` and `Message`, with a capital M; only `InternalServiceError` is a \
     fault of the server.",
    &[
        recorded!("test_no_client_request_token", "2024-03-15"),
        recorded!("test_secret_not_found", "2024-03-15"),
        model!("InternalServiceError"),
    ],
)
.matters(
    "Code that takes a missing secret for a 404 never sees it, because only the error code \
     tells what happened.",
)
.contradicted_by("moto answers 404 when something is not found.");

pub(in crate::evidence) const UnmodeledErrorsOccur: Entry = Entry::new(
    "`ValidationException`, `AccessDeniedException` and throttling errors occur although the \
     API model declares none of them. So does `SerializationException`, for a body that can't \
     be read.",
    &[
        recorded!("test_invalid_secret_name", "2024-03-15"),
        recorded!("test_rotate_secret_invalid_lambda_arn", "2024-03-15"),
        assumed(
            "Which text does a member of another type get? That of other services with the same \
             protocol is \"NUMBER_VALUE can not be converted to a String\".",
        ),
    ],
)
.matters(
    "A client that handles only the errors its SDK has classes for lets these pass as \
     unknown failures, and an alarm on modeled codes stays silent.",
);

pub(in crate::evidence) const NameCharactersAreLimited: Entry = Entry::new(
    "A name or secret id with any other character than ASCII letters, digits and /_+=.@- is a \
     `ValidationException` \"Invalid name. Must be a valid name containing alphanumeric \
     characters, or any of the following: -/_+=.@!\". The check comes before the look-up.",
    &[
        recorded!("test_invalid_secret_name", "2024-03-15"),
        api!("CreateSecret"),
        assumed(
            "Is `!`, which the message lists, accepted in the name of a secret that no other \
             service manages?",
        ),
    ],
)
.matters(
    "A misspelled name is refused as invalid instead of not found, so code that creates a \
     secret when it is missing fails here in another way.",
)
.contradicted_by("The message lists `!`, which the documentation of the name leaves out.");

pub(in crate::evidence) const SecretIdIsNameOrArn: Entry = Entry::new(
    "A secret id is a name, a full ARN, or the ARN without its hyphen and six characters. The \
     last form finds nothing when the name itself ends in a hyphen and six characters.",
    &[
        recorded!("test_create_and_update_secret", "2024-03-15"),
        old_guide!("c3b51cc", "troubleshoot"),
        api!("CreateSecret"),
    ],
)
.matters(
    "A secret named like `db-a1b2c3` can't be found by its partial ARN, and a policy or \
     function that uses that form fails for this one secret only.",
);

pub(in crate::evidence) const UnknownSecretIsNotFound: Entry = Entry::new(
    "A call that names an unknown secret is a `ResourceNotFoundException` with the text \
     \"Secrets Manager can't find the specified secret.\", full stop included.",
    &[recorded!("test_secret_not_found", "2024-03-15")],
)
.matters(
    "A wrong Region, account or name all look like this, so check where the call went \
     before you believe that the secret is gone.",
);

pub(in crate::evidence) const TokenIsMandatory: Entry = Entry::new(
    "CreateSecret, PutSecretValue, UpdateSecret and RotateSecret without a ClientRequestToken \
     answer \"You must provide a ClientRequestToken value. We recommend a UUID-type value.\" \
     before the secret is looked up. The code is `InvalidRequestException`, but \
     `InvalidParameterException` for RotateSecret; SDKs fill the token in.",
    &[recorded!("test_no_client_request_token", "2024-03-15"), model!("ClientRequestTokenType")],
)
.matters(
    "A request signed by hand, or an SDK with the token turned off, fails even for a secret \
     that does not exist, with another error code in RotateSecret than elsewhere.",
);

pub(in crate::evidence) const LengthIsValidated: Entry = Entry::new(
    "A member that is too short or too long is a `ValidationException` that names the member \
     but not a sensitive value, such as \"Value at 'secretString' failed to satisfy \
     constraint: Member must have length greater than or equal to 1\". One that is required \
     and not there has \"Value null\". Several are listed in one message.",
    &[
        quoted("deployment note of a CDK user, thread not kept"),
        issue!("aws/aws-sdk-kotlin", 1469),
        assumed("Which check comes first when a member is too short and something else is wrong?"),
        assumed("Does every length error begin with the usual \"1 validation error detected: \"?"),
    ],
)
.matters(
    "An empty value from a template or a failed look-up ends here, and the message hides \
     the value, so read which member it names.",
);

pub(in crate::evidence) const ScheduledSecretRefusesCalls: Entry = Entry::new(
    "While a secret waits for deletion most calls are an `InvalidRequestException` \"You \
     can't perform this operation on the secret because it was marked for deletion.\". \
     DescribeSecret, RestoreSecret, a forced DeleteSecret, and ListSecrets with \
     IncludePlannedDeletion still work.",
    &[
        recorded!("test_tag_untag_resource_on_deleted_secret"),
        recorded!("test_force_delete_deleted_secret"),
        old_guide!("c3b51cc", "monitoring_cloudwatch_deleted-secrets"),
        provider!("secret_version.go"),
    ],
)
.matters(
    "A pipeline that deletes a secret and goes on writing to it fails at the next call; \
     restoring it is the only way to its values.",
);

pub(in crate::evidence) const ScheduledSecretListsVersions: Entry = Entry::new(
    "ListSecretVersionIds works on a secret that waits for deletion, since it does not \
     declare the error that would refuse it.",
    &[
        model!("ListSecretVersionIds"),
        assumed_by(
            "list-deleted",
            "What does ListSecretVersionIds answer while a secret waits for deletion?",
        ),
    ],
)
.matters(
    "After a deletion by mistake the version list tells whether the version you need is \
     still there before you restore.",
)
.contradicted_by("LocalStack's source refuses the call.");

pub(in crate::evidence) const ManagedSecretBelongsToService: Entry = Entry::new(
    "A secret that another service manages is changed through that service only; a direct \
     change is an `InvalidRequestException`. It is rotated without a function, by that service.",
    &[
        api!("UpdateSecret"),
        old_guide!("c3b51cc", "troubleshoot"),
        assumed("What is the exact text of that error today, and which calls get it?"),
    ],
)
.matters(
    "A rotation tool of your own can't repair the password secret of an RDS instance; the \
     repair goes through RDS.",
);

pub(in crate::evidence) const ReplicaIsReadOnly: Entry = Entry::new(
    "A write to a replica is an `InvalidParameterException` that contains \"Operation not \
     permitted on a replica secret. Call must be made in primary secret's region.\" and so \
     points to the primary. UpdateSecret may change its key.",
    &[
        guide!(
            "standalone-secret",
            "A replica secret can't be updated independently from its primary secret, except for \
             its encryption key.",
        ),
        issue!("lgallard/terraform-aws-secrets-manager", 188),
        issue!("gruntwork-io/cloud-nuke", 435),
        emulated("moto"),
        assumed("Which of the writes does that answer, beside deletions and policies?"),
    ],
)
.matters(
    "A function or runbook that runs in the Region of a replica fails at its first write, \
     so failover scripts have to know where the primary is.",
)
.contradicted_by("LocalStack answers InvalidRequestException instead.");
