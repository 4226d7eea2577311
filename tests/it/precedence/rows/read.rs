//! Rows of the operations that read: values, descriptions, lists.

use super::{
    DENIED, EMPTY_ID, FOREIGN_KEY, MARKED, NAME, NO_ID, NO_LABEL, NO_VERSION, Row, UNKNOWN,
    UNREADABLE,
};

pub(super) const GET: &[Row] = &[
    (r#"{"SecretId": "no name", "VersionId": 3}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "VersionId": "z"}"#,
        "ValidationException: 1 validation error detected: Value 'z' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32",
    ),
    (r#"{"SecretId": "no name", "VersionId": "@z", "VersionStage": "AWSPENDING"}"#, NAME),
    (r#"{"SecretId": "nope", "VersionId": "@z", "VersionStage": "AWSPENDING"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "VersionId": "@z", "VersionStage": "AWSPENDING"}"#, DENIED),
    (
        r#"other: {"SecretId": "{leaving}", "VersionId": "@z", "VersionStage": "AWSPENDING"}"#,
        MARKED,
    ),
    (
        r#"other: {"SecretId": "{shared}", "VersionId": "@z", "VersionStage": "AWSPENDING"}"#,
        NO_VERSION,
    ),
    (
        r#"other: {"SecretId": "{shared}", "VersionId": "@a", "VersionStage": "AWSPENDING"}"#,
        "InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId.",
    ),
    (r#"other: {"SecretId": "{shared}", "VersionStage": "AWSPENDING"}"#, NO_LABEL),
    (r#"other: {"SecretId": "{shared}"}"#, FOREIGN_KEY),
    (
        r#"{"SecretId": "busy", "VersionId": "@t", "VersionStage": "AWSCURRENT"}"#,
        "InvalidRequestException: You provided a VersionStage that is not associated",
    ),
    (r#"{"SecretId": "busy", "VersionId": "@t", "VersionStage": "AWSPENDING"}"#, NO_VERSION),
    (r#"{"SecretId": "busy", "VersionStage": "AWSPENDING"}"#, NO_LABEL),
    (r#"{"SecretId": "busy", "VersionId": "@z"}"#, NO_VERSION),
    (r#"{"SecretId": "bare"}"#, NO_LABEL),
    (r#"{"SecretId": "busy"}"#, "ok"),
];

pub(super) const BATCH: &[Row] = &[
    (r#"{"SecretIdList": ["db", 3], "MaxResults": 21}"#, UNREADABLE),
    (
        r#"{"SecretIdList": [""], "Filters": [], "MaxResults": 21}"#,
        "ValidationException: 2 validation errors detected: Value '[]' at 'secretIdList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048,",
    ),
    (
        r#"{"SecretIdList": ["no name"], "Filters": [], "MaxResults": 20, "NextToken": "x"}"#,
        "InvalidParameterException: Either 'SecretIdList' or 'Filters' must be provided, but not both.",
    ),
    (
        r#"{"MaxResults": 20, "NextToken": "x"}"#,
        "InvalidParameterException: Either 'SecretIdList' or 'Filters' must be provided, but not both.",
    ),
    (
        r#"{"SecretIdList": ["no name"], "MaxResults": 20, "NextToken": "x"}"#,
        "InvalidParameterException: 'Filters' not specified.",
    ),
    (r#"{"SecretIdList": ["no name"], "NextToken": "x"}"#, "InvalidNextTokenException: "),
    (r#"{"Filters": [], "MaxResults": 20, "NextToken": "x"}"#, "InvalidNextTokenException: "),
    // What is wrong with one secret is part of the answer.
    (r#"{"SecretIdList": ["no name", "nope", "gone", "bare"]}"#, "ok"),
    (r#"other: {"SecretIdList": ["{gone}", "{leaving}"]}"#, "ok"),
    (r#"{"Filters": [], "MaxResults": 20}"#, "ok"),
];

pub(super) const DESCRIBE: &[Row] = &[
    (r#"{"SecretId": 3}"#, UNREADABLE),
    ("{}", NO_ID),
    (r#"{"SecretId": ""}"#, EMPTY_ID),
    (r#"{"SecretId": "no name"}"#, NAME),
    (r#"{"SecretId": "nope"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}"}"#, DENIED),
    (r#"{"SecretId": "gone"}"#, "ok"),
    (r#"{"SecretId": "going"}"#, "ok"),
];

pub(super) const LIST_VERSIONS: &[Row] = &[
    (r#"{"SecretId": "no name", "MaxResults": "1"}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "MaxResults": 101, "NextToken": "x"}"#,
        "ValidationException: 1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
    ),
    (r#"{"SecretId": "no name", "NextToken": "x"}"#, NAME),
    (r#"{"SecretId": "nope", "NextToken": "x"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "NextToken": "x"}"#, DENIED),
    (r#"{"SecretId": "gone", "NextToken": "x"}"#, "InvalidNextTokenException: "),
    (r#"{"SecretId": "gone"}"#, "ok"),
];

pub(super) const LIST: &[Row] = &[
    (r#"{"MaxResults": "1", "NextToken": "x"}"#, UNREADABLE),
    (
        r#"{"MaxResults": 0, "NextToken": "x"}"#,
        "ValidationException: 1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ),
    (
        r#"{"Filters": [{"Key": "nam", "Values": ["?"]}], "NextToken": "x"}"#,
        "ValidationException: 2 validation errors detected: Value 'nam' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: [description, name,",
    ),
    (r#"{"NextToken": "x"}"#, "InvalidNextTokenException: "),
    ("{}", "ok"),
];
