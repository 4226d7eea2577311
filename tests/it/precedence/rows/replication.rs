//! Rows of the operations on replicas, in other Regions and accounts.

use super::{
    DENIED, MANAGED, MARKED, NAME, NO_ID, OTHER_PLACE, OWN_REGION, REPLICA, Row, SAME_ACCOUNT,
    UNKNOWN, UNREADABLE,
};

pub(super) const REPLICATE: &[Row] = &[
    (r#"{"SecretId": "no name", "AddReplicaRegions": "us-east-1"}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "AddReplicaRegions": []}"#,
        "ValidationException: 1 validation error detected: Value '[]' at 'addReplicaRegions' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
    (r#"{"SecretId": "no name", "AddReplicaRegions": [{"Region": "us-east-1"}]}"#, NAME),
    (r#"{"SecretId": "nope", "AddReplicaRegions": [{"Region": "us-east-1"}]}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "AddReplicaRegions": [{"Region": "us-east-1"}]}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}", "AddReplicaRegions": [{"Region": "us-east-1"}]}"#, MARKED),
    (r#"eu: {"SecretId": "twin", "AddReplicaRegions": [{"Region": "eu-west-1"}]}"#, REPLICA),
    (r#"{"SecretId": "rds!db", "AddReplicaRegions": [{"Region": "us-east-1"}]}"#, MANAGED),
    (r#"{"SecretId": "db", "AddReplicaRegions": [{"Region": "us-east-1"}]}"#, OWN_REGION),
    (r#"{"SecretId": "db", "AddReplicaRegions": [{"Region": "eu-west-1"}]}"#, "ok"),
    (r#"{"SecretId": "twin", "AddReplicaRegions": [{"Region": "eu-west-1"}]}"#, "ok"),
];

pub(super) const UNREPLICATE: &[Row] = &[
    (r#"{"SecretId": "no name", "RemoveReplicaRegions": "us-east-1"}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "RemoveReplicaRegions": ["here"]}"#,
        "ValidationException: 1 validation error detected: Value '[here]' at 'removeReplicaRegions' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([a-z]+-)+\\d+$]",
    ),
    (r#"{"SecretId": "no name", "RemoveReplicaRegions": ["us-east-1"]}"#, NAME),
    (r#"{"SecretId": "nope", "RemoveReplicaRegions": ["us-east-1"]}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "RemoveReplicaRegions": ["us-east-1"]}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}", "RemoveReplicaRegions": ["us-east-1"]}"#, MARKED),
    (r#"eu: {"SecretId": "twin", "RemoveReplicaRegions": ["eu-west-1"]}"#, REPLICA),
    (r#"{"SecretId": "rds!db", "RemoveReplicaRegions": ["us-east-1"]}"#, MANAGED),
    (r#"{"SecretId": "twin", "RemoveReplicaRegions": ["eu-west-1", "us-east-1"]}"#, "ok"),
];

pub(super) const PROMOTE: &[Row] = &[
    (r#"{"SecretId": 3}"#, UNREADABLE),
    ("{}", NO_ID),
    (r#"{"SecretId": "no name"}"#, NAME),
    (r#"{"SecretId": "nope"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}"}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}"}"#, MARKED),
    (
        r#"{"SecretId": "twin"}"#,
        "InvalidRequestException: You can't promote a secret that isn't a replica.",
    ),
    (r#"eu: {"SecretId": "twin"}"#, "ok"),
    (r#"other: {"SecretId": "copy"}"#, "ok"),
];

const OTHER_OWNER: &str =
    "InvalidRequestException: You must call this operation from the account that owns the primary.";
const NO_REPLICA: &str = "ValidationException: 1 validation error detected: Value null at 'crossAccountReplicaARN' failed to satisfy constraint: Member must not be null";

pub(super) const ASSOCIATE: &[Row] = &[
    (r#"{"SecretId": "no name", "CrossAccountReplicaARN": 3}"#, UNREADABLE),
    (r#"{"SecretId": "no name"}"#, NO_REPLICA),
    (
        r#"{"SecretId": "no name", "CrossAccountReplicaARN": "arn:aws:secretsmanager", "ReplicaRestriction": "Nobody"}"#,
        "ValidationException: 1 validation error detected: Value 'Nobody' at 'replicaRestriction' failed to satisfy constraint: Member must satisfy enum value set: [SameOrg, NoRestriction]",
    ),
    (r#"{"SecretId": "no name", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#, NAME),
    (r#"{"SecretId": "nope", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#, UNKNOWN),
    (
        r#"other: {"SecretId": "{gone}", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        DENIED,
    ),
    (
        r#"other: {"SecretId": "{leaving}", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        MARKED,
    ),
    (
        r#"eu: {"SecretId": "twin", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        REPLICA,
    ),
    (
        r#"other: {"SecretId": "copy", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        REPLICA,
    ),
    (r#"{"SecretId": "rds!db", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#, MANAGED),
    (
        r#"other: {"SecretId": "{shared}", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        OTHER_OWNER,
    ),
    (
        r#"{"SecretId": "main", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        "InvalidParameterException: You must specify the ARN of a secret in another AWS account.",
    ),
    (
        r#"{"SecretId": "main", "CrossAccountReplicaARN": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:nope-123456"}"#,
        OTHER_PLACE,
    ),
    (
        r#"{"SecretId": "main", "CrossAccountReplicaARN": "arn:aws-cn:secretsmanager:us-east-1:111111111111:secret:nope-123456"}"#,
        OTHER_PLACE,
    ),
    (
        r#"{"SecretId": "main", "CrossAccountReplicaARN": "arn:aws:secretsmanager:us-east-1:111111111111:secret:nope-123456"}"#,
        SAME_ACCOUNT,
    ),
    (
        r#"{"SecretId": "main", "CrossAccountReplicaARN": "arn:aws:secretsmanager:us-east-1:222222222222:secret:nope-123456"}"#,
        UNKNOWN,
    ),
    (
        r#"{"SecretId": "shared", "CrossAccountReplicaARN": "{lone}"}"#,
        "InvalidRequestException: arn:aws:secretsmanager:us-east-1:222222222222:secret:lone-",
    ),
    (
        r#"{"SecretId": "main", "CrossAccountReplicaARN": "{lone}"}"#,
        "InvalidRequestException: arn:aws:secretsmanager:us-east-1:222222222222:secret:lone-",
    ),
    (
        r#"{"SecretId": "main", "CrossAccountReplicaARN": "{spare}"}"#,
        "LimitExceededException: A secret can have at most one cross-account replica.",
    ),
    (r#"{"SecretId": "main", "CrossAccountReplicaARN": "{copy}"}"#, "ok"),
    (r#"{"SecretId": "db", "CrossAccountReplicaARN": "{lone}"}"#, "ok"),
];

pub(super) const DISASSOCIATE: &[Row] = &[
    (r#"{"SecretId": "no name", "CrossAccountReplicaARN": 3}"#, UNREADABLE),
    (r#"{"SecretId": "no name"}"#, NO_REPLICA),
    (r#"{"SecretId": "no name", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#, NAME),
    (r#"{"SecretId": "nope", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#, UNKNOWN),
    (
        r#"other: {"SecretId": "{gone}", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        DENIED,
    ),
    (
        r#"other: {"SecretId": "{leaving}", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        MARKED,
    ),
    (
        r#"other: {"SecretId": "copy", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        REPLICA,
    ),
    (r#"{"SecretId": "rds!db", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#, MANAGED),
    (
        r#"other: {"SecretId": "{shared}", "CrossAccountReplicaARN": "not an ARN, but long enough"}"#,
        OTHER_OWNER,
    ),
    (
        r#"{"SecretId": "main", "CrossAccountReplicaARN": "{spare}"}"#,
        "InvalidRequestException: The replica isn't associated with secret arn:aws:secretsmanager:us-east-1:111111111111:secret:main-",
    ),
    (r#"{"SecretId": "main", "CrossAccountReplicaARN": "{copy}"}"#, "ok"),
];
