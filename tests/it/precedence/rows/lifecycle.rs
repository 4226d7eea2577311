//! Rows of deletion and restoration.

use super::{DENIED, EMPTY_ID, MANAGED, MARKED, NAME, NO_ID, REPLICA, Row, UNKNOWN, UNREADABLE};

pub(super) const DELETE: &[Row] = &[
    (r#"{"SecretId": "no name", "RecoveryWindowInDays": "6"}"#, UNREADABLE),
    (r#"{"RecoveryWindowInDays": 6}"#, NO_ID),
    (r#"{"SecretId": "", "RecoveryWindowInDays": 6}"#, EMPTY_ID),
    (
        r#"{"SecretId": "no name", "RecoveryWindowInDays": 6, "ForceDeleteWithoutRecovery": true}"#,
        NAME,
    ),
    (
        r#"{"SecretId": "nope", "RecoveryWindowInDays": 6, "ForceDeleteWithoutRecovery": true}"#,
        "InvalidParameterException: You can't use ForceDeleteWithoutRecovery in conjunction with",
    ),
    (
        r#"{"SecretId": "nope", "RecoveryWindowInDays": 31}"#,
        "InvalidParameterException: RecoveryWindowInDays value must be between 7 and 30 days",
    ),
    (r#"{"SecretId": "nope", "RecoveryWindowInDays": 7}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "RecoveryWindowInDays": 7}"#, DENIED),
    (r#"other: {"SecretId": "{gone}", "ForceDeleteWithoutRecovery": true}"#, DENIED),
    (r#"eu: {"SecretId": "twin", "RecoveryWindowInDays": 7}"#, REPLICA),
    (r#"eu: {"SecretId": "twin", "ForceDeleteWithoutRecovery": true}"#, REPLICA),
    (r#"{"SecretId": "rds!db", "RecoveryWindowInDays": 7}"#, MANAGED),
    (r#"{"SecretId": "rds!db", "ForceDeleteWithoutRecovery": true}"#, MANAGED),
    (
        r#"{"SecretId": "twin", "RecoveryWindowInDays": 7}"#,
        "InvalidParameterException: You can't delete secret arn:aws:secretsmanager:us-east-1:111111111111:secret:twin-",
    ),
    (
        r#"{"SecretId": "main", "ForceDeleteWithoutRecovery": true}"#,
        "InvalidRequestException: You can't delete secret arn:aws:secretsmanager:us-east-1:111111111111:secret:main-",
    ),
    (
        r#"other: {"SecretId": "copy", "ForceDeleteWithoutRecovery": true}"#,
        "InvalidRequestException: You can't delete the cross-account replica arn:aws:secretsmanager:us-east-1:222222222222:secret:copy-",
    ),
    (
        r#"{"SecretId": "twin", "ForceDeleteWithoutRecovery": true}"#,
        "InvalidParameterException: You can't delete secret arn:aws:secretsmanager:us-east-1:111111111111:secret:twin-",
    ),
    (r#"{"SecretId": "gone", "RecoveryWindowInDays": 7}"#, MARKED),
    (r#"{"SecretId": "gone", "ForceDeleteWithoutRecovery": true}"#, "ok"),
    (r#"{"SecretId": "nope", "ForceDeleteWithoutRecovery": true}"#, "ok"),
    (r#"{"SecretId": "db", "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": false}"#, "ok"),
];

pub(super) const RESTORE: &[Row] = &[
    (r#"{"SecretId": 3}"#, UNREADABLE),
    ("{}", NO_ID),
    (r#"{"SecretId": ""}"#, EMPTY_ID),
    (r#"{"SecretId": "no name"}"#, NAME),
    (r#"{"SecretId": "nope"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}"}"#, DENIED),
    (r#"eu: {"SecretId": "twin"}"#, REPLICA),
    (r#"{"SecretId": "going"}"#, UNKNOWN),
    (r#"{"SecretId": "gone"}"#, "ok"),
];
