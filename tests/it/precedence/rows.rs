//! The requests of `precedence.rs`, and what answers them, operation by operation.
//!
//! `gone` and `leaving` wait for their deletion, `going` is being deleted; the other account may use `shared` and `leaving`;
//! `held` has AWSPENDING by hand, `full` 100 versions, `crowd` and `packed` 20 labels; `eu: ` makes it a call in eu-west-1, where
//! `twin` has a replica. In the other account `copy` is the replica of `main`, and `spare` and `lone` were made as replicas of `main`
//! and `db`.

mod lifecycle;
mod policies;
mod read;
mod replication;

use stagewright::api::OperationName;

use lifecycle::{DELETE, RESTORE};
use policies::{CHECK_POLICY, DELETE_POLICY, LIST_POLICIES, POLICY, PUT_POLICY};
use read::{BATCH, DESCRIBE, GET, LIST, LIST_VERSIONS};
use replication::{ASSOCIATE, DISASSOCIATE, PROMOTE, REPLICATE, UNREPLICATE};

/// A request, and the code and the beginning of the message that answer it, or `ok`.
pub(super) type Row = (&'static str, &'static str);

pub(super) const NAME: &str = "ValidationException: Invalid name. Must be a valid name containing";
pub(super) const UNREADABLE: &str = "SerializationException: ";
const NO_ID: &str = "ValidationException: 1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null";
const EMPTY_ID: &str = "ValidationException: 1 validation error detected: Value '' at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1";
const UNKNOWN: &str = "ResourceNotFoundException: Secrets Manager can't find the specified secret.";
const TOKEN: &str = "InvalidRequestException: You must provide a ClientRequestToken value.";
pub(super) const DENIED: &str =
    "AccessDeniedException: User: arn:aws:iam::222222222222:user/other is not authorized";
const MARKED: &str = "InvalidRequestException: You can't perform this operation on the secret because it was marked for";
const MANAGED: &str = "InvalidRequestException: This secret is managed by an AWS service, and you must use that service to update it.";
const REPLICA: &str = "InvalidParameterException: Operation not permitted on a replica secret. Call must be made in primary";
const OWN_REGION: &str = "InvalidParameterException: Invalid replica region.";
const TWO_VALUES: &str =
    "InvalidParameterException: You can't specify both a binary secret value and a string";
const FOREIGN_KEY: &str = "InvalidRequestException: You can't access a secret from a different AWS account if you encrypt";
const SYSTEM_TAG: &str =
    "InvalidParameterException: You can't modify system tags. Tag key: 'aws:k'.";
const IN_USE: &str = "ResourceExistsException: You can't use ClientRequestToken ";
const VERSIONS: &str =
    "LimitExceededException: You exceeded the maximum number of versions allowed on a secret.";
const LABELS: &str = "LimitExceededException: You exceeded the maximum number of staging labels allowed on a secret.";
// RotateSecret declares none of these codes.
const ROTATION_IN_USE: &str = "InvalidParameterException: You can't use ClientRequestToken ";
const ROTATION_VERSIONS: &str =
    "InvalidRequestException: You exceeded the maximum number of versions allowed on a secret.";
const ROTATION_LABELS: &str = "InvalidRequestException: You exceeded the maximum number of staging labels allowed on a secret.";
const NO_VERSION: &str = "ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: ";
const NO_LABEL: &str = "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: ";
const JUST_MOVE: &str =
    "InvalidParameterException: You can only move staging label AWSCURRENT to a different";

const NOT_ACROSS: &str =
    "InvalidParameterException: You can't specify AddReplicaRegions for a cross-account replica.";
const OTHER_PLACE: &str =
    "InvalidParameterException: The primary and the replica must be in the same AWS Region";
const SAME_ACCOUNT: &str =
    "InvalidParameterException: The primary and the replica must be in different AWS accounts.";
const NO_KEY: &str =
    "InvalidParameterException: You must encrypt a cross-account replica with a customer managed";

const CREATE: &[Row] = &[
    (r#"{"Name": 3, "SecretString": ""}"#, UNREADABLE),
    (
        r#"{"SecretString": "", "SecretBinary": "MQ=="}"#,
        "ValidationException: 2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value at 'secretString' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
    (
        r#"{"Name": "no name", "SecretString": "", "SecretBinary": "MQ=="}"#,
        "ValidationException: 1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
    (r#"{"Name": "no name", "SecretString": "9", "SecretBinary": "MQ=="}"#, NAME),
    (r#"{"Name": "gone", "SecretString": "9", "SecretBinary": "MQ=="}"#, TOKEN),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "SecretString": "9", "SecretBinary": "MQ==", "Tags": [{"Key": "aws:k"}]}"#,
        TWO_VALUES,
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "SecretString": "9", "Tags": [{"Key": "aws:k"}]}"#,
        SYSTEM_TAG,
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "AddReplicaRegions": [{"Region": "us-east-1"}], "Description": "d", "SecretBinary": "MQ==", "Type": "t", "CrossAccountPrimaryARN": "not an ARN, but long enough"}"#,
        NOT_ACROSS,
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "Description": "d", "SecretBinary": "MQ==", "Type": "t", "CrossAccountPrimaryARN": "not an ARN, but long enough"}"#,
        "InvalidParameterException: You can't specify Description for a cross-account replica.",
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "SecretBinary": "MQ==", "Type": "t", "CrossAccountPrimaryARN": "not an ARN, but long enough"}"#,
        "InvalidParameterException: You can't specify SecretBinary for a cross-account replica.",
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "SecretString": "9", "Type": "t", "CrossAccountPrimaryARN": "not an ARN, but long enough"}"#,
        "InvalidParameterException: You can't specify SecretString for a cross-account replica.",
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "Type": "t", "CrossAccountPrimaryARN": "not an ARN, but long enough"}"#,
        "InvalidParameterException: You can't specify Type for a cross-account replica.",
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "CrossAccountPrimaryARN": "not an ARN, but long enough"}"#,
        "InvalidParameterException: You must specify the ARN of a secret in another AWS account.",
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "CrossAccountPrimaryARN": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:nope-123456"}"#,
        OTHER_PLACE,
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "CrossAccountPrimaryARN": "arn:aws:secretsmanager:us-east-1:111111111111:secret:nope-123456"}"#,
        SAME_ACCOUNT,
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "KmsKeyId": "alias/aws/secretsmanager", "CrossAccountPrimaryARN": "arn:aws:secretsmanager:us-east-1:222222222222:secret:nope-123456"}"#,
        NO_KEY,
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "KmsKeyId": "alias/own", "CrossAccountPrimaryARN": "arn:aws:secretsmanager:us-east-1:222222222222:secret:nope-123456"}"#,
        "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled",
    ),
    (
        r#"{"Name": "gone", "ClientRequestToken": "@a", "SecretString": "9"}"#,
        "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled",
    ),
    (
        r#"{"Name": "db", "ClientRequestToken": "@new", "SecretString": "9"}"#,
        "ResourceExistsException: The operation failed because the secret db already exists.",
    ),
    (r#"{"Name": "db", "ClientRequestToken": "@a", "SecretString": "9"}"#, IN_USE),
    (
        r#"{"Name": "db", "ClientRequestToken": "@a", "SecretString": "1", "AddReplicaRegions": [{"Region": "us-east-1"}]}"#,
        "ok",
    ),
    (
        r#"{"Name": "nope", "ClientRequestToken": "@a", "SecretString": "9", "AddReplicaRegions": [{"Region": "us-east-1"}]}"#,
        OWN_REGION,
    ),
    (r#"{"Name": "nope", "ClientRequestToken": "@a", "SecretString": "9"}"#, "ok"),
];

const PUT: &[Row] = &[
    (r#"{"SecretId": 3, "VersionStages": []}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "SecretString": "9", "SecretBinary": "MQ==", "VersionStages": []}"#,
        "ValidationException: 1 validation error detected: Value '[]' at 'versionStages' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
    (
        r#"{"SecretId": "no name", "ClientRequestToken": "short", "RotationToken": "short"}"#,
        "ValidationException: 2 validation errors detected: Value 'short' at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32; Value at 'rotationToken' failed to satisfy constraint: Member must have length greater than or equal to 36",
    ),
    (
        r#"{"SecretId": "no name", "SecretString": "9", "SecretBinary": "MQ==", "VersionStages": [MANY]}"#,
        NAME,
    ),
    (
        r#"{"SecretId": "nope", "SecretString": "9", "SecretBinary": "MQ==", "VersionStages": [MANY]}"#,
        TOKEN,
    ),
    (
        r#"{"SecretId": "nope", "ClientRequestToken": "@a", "SecretString": "9", "SecretBinary": "MQ==", "VersionStages": [MANY]}"#,
        TWO_VALUES,
    ),
    (
        r#"{"SecretId": "nope", "ClientRequestToken": "@a", "VersionStages": [MANY]}"#,
        "InvalidRequestException: You must provide either SecretString or SecretBinary.",
    ),
    (
        r#"{"SecretId": "nope", "ClientRequestToken": "@a", "SecretString": "9", "VersionStages": [MANY]}"#,
        UNKNOWN,
    ),
    (
        r#"other: {"SecretId": "{gone}", "ClientRequestToken": "@a", "SecretString": "9", "VersionStages": [MANY]}"#,
        DENIED,
    ),
    (
        r#"other: {"SecretId": "{leaving}", "ClientRequestToken": "@a", "SecretString": "9", "VersionStages": [MANY]}"#,
        MARKED,
    ),
    (r#"eu: {"SecretId": "twin", "ClientRequestToken": "@a", "SecretString": "9"}"#, REPLICA),
    (
        r#"{"SecretId": "rds!db", "ClientRequestToken": "@a", "SecretString": "9", "VersionStages": [MANY]}"#,
        MANAGED,
    ),
    (
        r#"other: {"SecretId": "{shared}", "ClientRequestToken": "@a", "SecretString": "9", "VersionStages": [MANY]}"#,
        FOREIGN_KEY,
    ),
    (
        r#"{"SecretId": "full", "ClientRequestToken": "@v1", "SecretString": "9", "VersionStages": [MANY]}"#,
        IN_USE,
    ),
    (
        r#"{"SecretId": "full", "ClientRequestToken": "@new", "SecretString": "9", "VersionStages": [MANY]}"#,
        VERSIONS,
    ),
    (
        r#"{"SecretId": "crowd", "ClientRequestToken": "@new", "SecretString": "9", "VersionStages": [MANY]}"#,
        LABELS,
    ),
    (
        r#"{"SecretId": "crowd", "ClientRequestToken": "@new", "SecretString": "9", "VersionStages": ["l0"]}"#,
        "ok",
    ),
    // The request again, whose labels are passed over.
    (
        r#"{"SecretId": "db", "ClientRequestToken": "@a", "SecretString": "1", "VersionStages": [MANY]}"#,
        "ok",
    ),
];

const UPDATE: &[Row] = &[
    (r#"{"SecretId": 3, "ClientRequestToken": ""}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "ClientRequestToken": ""}"#,
        "ValidationException: 1 validation error detected: Value '' at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32",
    ),
    (
        r#"{"SecretId": "no name", "Description": "new", "SecretString": "9", "SecretBinary": "MQ=="}"#,
        NAME,
    ),
    (
        r#"{"SecretId": "nope", "Description": "new", "SecretString": "9", "SecretBinary": "MQ=="}"#,
        TOKEN,
    ),
    (
        r#"{"SecretId": "nope", "ClientRequestToken": "@a", "Description": "new", "SecretString": "9", "SecretBinary": "MQ=="}"#,
        TWO_VALUES,
    ),
    (
        r#"{"SecretId": "nope", "ClientRequestToken": "@a", "Description": "new", "SecretString": "9"}"#,
        UNKNOWN,
    ),
    (
        r#"other: {"SecretId": "{gone}", "ClientRequestToken": "@a", "Description": "new", "SecretString": "9"}"#,
        DENIED,
    ),
    (
        r#"other: {"SecretId": "{leaving}", "ClientRequestToken": "@a", "Description": "new", "SecretString": "9"}"#,
        MARKED,
    ),
    (r#"eu: {"SecretId": "twin", "ClientRequestToken": "@a", "SecretString": "9"}"#, REPLICA),
    (r#"other: {"SecretId": "copy", "ClientRequestToken": "@a", "KmsKeyId": ""}"#, NO_KEY),
    (
        r#"{"SecretId": "rds!db", "ClientRequestToken": "@a", "Description": "new", "SecretString": "9"}"#,
        MANAGED,
    ),
    (
        r#"other: {"SecretId": "{shared}", "ClientRequestToken": "@a", "Description": "new", "SecretString": "9"}"#,
        FOREIGN_KEY,
    ),
    (
        r#"{"SecretId": "full", "ClientRequestToken": "@v1", "Description": "new", "SecretString": "9"}"#,
        IN_USE,
    ),
    (
        r#"{"SecretId": "full", "ClientRequestToken": "@new", "Description": "new", "SecretString": "9"}"#,
        VERSIONS,
    ),
    (
        r#"{"SecretId": "packed", "ClientRequestToken": "@new", "Description": "new", "SecretString": "9"}"#,
        LABELS,
    ),
    (
        r#"{"SecretId": "packed", "ClientRequestToken": "@b", "Description": "new", "SecretString": "9"}"#,
        IN_USE,
    ),
    (
        r#"{"SecretId": "crowd", "ClientRequestToken": "@new", "Description": "new", "SecretString": "9"}"#,
        "ok",
    ),
];

/// AWSCURRENT is on `a`, so that `z>z` is wrong on both sides, `b>` names a version without it, and so on.
const STAGE: &[Row] = &[
    (r#"{"SecretId": 3}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name"}"#,
        "ValidationException: 1 validation error detected: Value null at 'versionStage' failed to satisfy constraint: Member must not be null",
    ),
    (
        r#"{"SecretId": "no name", "VersionStage": "", "MoveToVersionId": "z"}"#,
        "ValidationException: 2 validation errors detected: Value '' at 'versionStage' failed to satisfy constraint: Member must have length greater than or equal to 1; Value 'z' at 'moveToVersionId' failed to satisfy constraint: Member must have length greater than or equal to 32",
    ),
    (r#"{"SecretId": "no name", "VersionStage": "AWSCURRENT"}"#, NAME),
    (r#"{"SecretId": "nope", "VersionStage": "AWSCURRENT"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "VersionStage": "AWSCURRENT"}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}", "VersionStage": "AWSCURRENT"}"#, MARKED),
    (r#"eu: {"SecretId": "twin", "VersionStage": "AWSCURRENT"}"#, REPLICA),
    (r#"{"SecretId": "rds!db", "VersionStage": "AWSCURRENT"}"#, MANAGED),
    (
        r#"{"SecretId": "packed", "VersionStage": "AWSCURRENT"}"#,
        "InvalidParameterException: You must provide RemoveFromVersionId or MoveToVersionId.",
    ),
    (
        r#"{"SecretId": "packed", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": "@z", "MoveToVersionId": "@z"}"#,
        NO_VERSION,
    ),
    (
        r#"{"SecretId": "packed", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": "@z"}"#,
        "InvalidParameterException: ",
    ),
    (
        r#"{"SecretId": "packed", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": "@b"}"#,
        "InvalidParameterException: When you move staging label AWSCURRENT, if you specify RemoveFromVersionId,",
    ),
    (
        r#"{"SecretId": "packed", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": "@a"}"#,
        JUST_MOVE,
    ),
    (
        r#"{"SecretId": "packed", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": "@a", "MoveToVersionId": "@a"}"#,
        JUST_MOVE,
    ),
    (
        r#"{"SecretId": "packed", "VersionStage": "AWSCURRENT", "MoveToVersionId": "@b"}"#,
        "InvalidParameterException: The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached",
    ),
    (
        r#"{"SecretId": "packed", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": "@a", "MoveToVersionId": "@b"}"#,
        LABELS,
    ),
    (
        r#"{"SecretId": "db", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": "@a", "MoveToVersionId": "@b"}"#,
        "ok",
    ),
    (
        r#"{"SecretId": "db", "VersionStage": "free", "RemoveFromVersionId": "@a", "MoveToVersionId": "@b"}"#,
        "InvalidParameterException: When you move staging label free, if you specify RemoveFromVersionId,",
    ),
    (r#"{"SecretId": "db", "VersionStage": "AWSCURRENT", "MoveToVersionId": "@a"}"#, "ok"),
];

const ROTATE: &[Row] = &[
    (r#"{"SecretId": "no name", "RotationRules": []}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "RotationRules": {"AutomaticallyAfterDays": 1001, "Duration": "3d"}}"#,
        "ValidationException: 2 validation errors detected: Value '1001' at 'rotationRules.automaticallyAfterDays' failed to satisfy constraint: Member must have value less than or equal to 1000; Value '3d' at 'rotationRules.duration' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9]+h",
    ),
    (
        r#"{"SecretId": "no name", "RotationRules": {"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}}"#,
        NAME,
    ),
    (
        r#"{"SecretId": "nope", "RotationRules": {"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}}"#,
        "InvalidParameterException: You must provide a ClientRequestToken value.",
    ),
    (
        r#"{"SecretId": "nope", "ClientRequestToken": "@a", "RotationRules": {"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}}"#,
        "InvalidParameterException: You cannot specify both rotation frequency and schedule expression together.",
    ),
    (
        r#"{"SecretId": "nope", "ClientRequestToken": "@a", "RotationRules": {"ScheduleExpression": "rate(1 hour)"}}"#,
        "InvalidParameterException: The rotation rules aren't valid: a rate is at least 4 hours, not 1",
    ),
    (
        r#"{"SecretId": "nope", "ClientRequestToken": "@a", "RotationRules": {"ScheduleExpression": "cron(1 8 * * ? *)"}}"#,
        "InvalidParameterException: The rotation rules aren't valid: ",
    ),
    (r#"{"SecretId": "nope", "ClientRequestToken": "@a"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "ClientRequestToken": "@a"}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}", "ClientRequestToken": "@a"}"#, MARKED),
    (r#"eu: {"SecretId": "twin", "ClientRequestToken": "@a"}"#, REPLICA),
    (
        r#"{"SecretId": "held", "ClientRequestToken": "@a"}"#,
        "InvalidRequestException: No Lambda rotation function ARN is associated with this secret.",
    ),
    (
        r#"{"SecretId": "held", "ClientRequestToken": "@a", "RotationLambdaARN": "MISSING"}"#,
        "AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function.",
    ),
    (
        r#"{"SecretId": "held", "ClientRequestToken": "@a", "RotationLambdaARN": "FUNCTION"}"#,
        ROTATION_IN_USE,
    ),
    (
        r#"{"SecretId": "held", "ClientRequestToken": "@new", "RotationLambdaARN": "FUNCTION"}"#,
        "InvalidRequestException: A previous rotation isn't complete. That rotation will be reattempted.",
    ),
    (
        r#"{"SecretId": "full", "ClientRequestToken": "@new", "RotationLambdaARN": "FUNCTION"}"#,
        ROTATION_VERSIONS,
    ),
    (
        r#"{"SecretId": "packed", "ClientRequestToken": "@new", "RotationLambdaARN": "FUNCTION"}"#,
        ROTATION_LABELS,
    ),
    (r#"{"SecretId": "db", "ClientRequestToken": "@new", "RotationLambdaARN": "FUNCTION"}"#, "ok"),
    (r#"{"SecretId": "rds!db", "ClientRequestToken": "@new"}"#, "ok"),
    (r#"{"SecretId": "busy", "ClientRequestToken": "@t"}"#, "ok"),
];

const CANCEL: &[Row] = &[
    (r#"{"SecretId": 3}"#, UNREADABLE),
    ("{}", NO_ID),
    (r#"{"SecretId": ""}"#, EMPTY_ID),
    (r#"{"SecretId": "no name"}"#, NAME),
    (r#"{"SecretId": "nope"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}"}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}"}"#, MARKED),
    (r#"eu: {"SecretId": "twin"}"#, REPLICA),
    (r#"{"SecretId": "rds!db"}"#, MANAGED),
    (r#"{"SecretId": "busy"}"#, "ok"),
];

const TAG: &[Row] = &[
    (r#"{"SecretId": "no name", "Tags": ["k"]}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "Tags": [{"Key": ""}]}"#,
        "ValidationException: 1 validation error detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
    (r#"{"SecretId": "no name", "Tags": [{"Key": "aws:k", "Value": "v"}]}"#, NAME),
    (r#"{"SecretId": "nope", "Tags": [{"Key": "aws:k", "Value": "v"}]}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "Tags": [{"Key": "aws:k", "Value": "v"}]}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}", "Tags": [{"Key": "aws:k", "Value": "v"}]}"#, MARKED),
    (r#"eu: {"SecretId": "twin", "Tags": [{"Key": "aws:k", "Value": "v"}]}"#, REPLICA),
    (r#"{"SecretId": "db", "Tags": [{"Key": "aws:k", "Value": "v"}]}"#, SYSTEM_TAG),
    (r#"{"SecretId": "db", "Tags": [{"Key": "k", "Value": "v"}]}"#, "ok"),
];

const UNTAG: &[Row] = &[
    (r#"{"SecretId": "no name", "TagKeys": "k"}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "TagKeys": ["k", ""]}"#,
        "ValidationException: 1 validation error detected: Value '[k, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
    ),
    (r#"{"SecretId": "no name", "TagKeys": ["aws:k"]}"#, NAME),
    (r#"{"SecretId": "nope", "TagKeys": ["aws:k"]}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "TagKeys": ["aws:k"]}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}", "TagKeys": ["aws:k"]}"#, MARKED),
    (r#"eu: {"SecretId": "twin", "TagKeys": ["aws:k"]}"#, REPLICA),
    (r#"{"SecretId": "db", "TagKeys": ["aws:k"]}"#, SYSTEM_TAG),
    (r#"{"SecretId": "db", "TagKeys": ["k"]}"#, "ok"),
];

const PASSWORD: &[Row] = &[
    (r#"{"PasswordLength": "8"}"#, UNREADABLE),
    (
        r#"{"PasswordLength": 0, "ExcludeNumbers": true, "ExcludePunctuation": true, "ExcludeUppercase": true, "ExcludeLowercase": true}"#,
        "ValidationException: 1 validation error detected: Value '0' at 'passwordLength' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ),
    (
        r#"{"PasswordLength": 1, "ExcludeNumbers": true, "ExcludePunctuation": true, "ExcludeUppercase": true, "ExcludeLowercase": true}"#,
        "InvalidParameterException: No characters are left",
    ),
    (r#"{"PasswordLength": 3}"#, "InvalidParameterException: PasswordLength is too short"),
    (r#"{"PasswordLength": 3, "RequireEachIncludedType": false}"#, "ok"),
];

/// The rows of one operation.
pub(super) const fn rows(name: OperationName) -> &'static [Row] {
    match name {
        OperationName::CreateSecret => CREATE,
        OperationName::PutSecretValue => PUT,
        OperationName::UpdateSecret => UPDATE,
        OperationName::UpdateSecretVersionStage => STAGE,
        OperationName::GetSecretValue => GET,
        OperationName::BatchGetSecretValue => BATCH,
        OperationName::DescribeSecret => DESCRIBE,
        OperationName::ListSecretVersionIds => LIST_VERSIONS,
        OperationName::ListSecrets => LIST,
        OperationName::DeleteSecret => DELETE,
        OperationName::RestoreSecret => RESTORE,
        OperationName::RotateSecret => ROTATE,
        OperationName::CancelRotateSecret => CANCEL,
        OperationName::ReplicateSecretToRegions => REPLICATE,
        OperationName::RemoveRegionsFromReplication => UNREPLICATE,
        OperationName::StopReplicationToReplica => PROMOTE,
        OperationName::AssociateCrossAccountReplica => ASSOCIATE,
        OperationName::DisassociateCrossAccountReplica => DISASSOCIATE,
        OperationName::ListResourcePolicies => LIST_POLICIES,
        OperationName::TagResource => TAG,
        OperationName::UntagResource => UNTAG,
        OperationName::PutResourcePolicy => PUT_POLICY,
        OperationName::GetResourcePolicy => POLICY,
        OperationName::DeleteResourcePolicy => DELETE_POLICY,
        OperationName::ValidateResourcePolicy => CHECK_POLICY,
        OperationName::GetRandomPassword => PASSWORD,
    }
}
