//! Rows of the operations on resource policies.

use super::{DENIED, EMPTY_ID, MARKED, NAME, NO_ID, REPLICA, Row, UNKNOWN, UNREADABLE};

pub(super) const LIST_POLICIES: &[Row] = &[
    (r#"{"SecretId": "no name", "MaxResults": "0"}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "MaxResults": 0}"#,
        "ValidationException: 1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ),
    (r#"{"SecretId": "no name", "NextToken": "x"}"#, NAME),
    (r#"{"SecretId": "nope", "NextToken": "x"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "NextToken": "x"}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}", "NextToken": "x"}"#, MARKED),
    (r#"{"SecretId": "db", "NextToken": "x"}"#, "InvalidNextTokenException: Invalid NextToken."),
    (r#"other: {"SecretId": "copy", "MaxResults": 1}"#, "ok"),
];

pub(super) const PUT_POLICY: &[Row] = &[
    (r#"{"SecretId": "no name", "ResourcePolicy": {}}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name", "ResourcePolicy": ""}"#,
        "ValidationException: 1 validation error detected: Value '' at 'resourcePolicy' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
    (r#"{"SecretId": "no name", "ResourcePolicy": "{"}"#, NAME),
    (r#"{"SecretId": "nope", "ResourcePolicy": "{"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "ResourcePolicy": "{"}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}", "ResourcePolicy": "{"}"#, MARKED),
    (r#"eu: {"SecretId": "twin", "ResourcePolicy": "{"}"#, REPLICA),
    (r#"{"SecretId": "db", "ResourcePolicy": "{"}"#, "MalformedPolicyDocumentException: "),
    (
        r#"{"SecretId": "db", "BlockPublicPolicy": true, "ResourcePolicy": "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\"}}"}"#,
        "PublicPolicyException: ",
    ),
    (r#"{"SecretId": "db", "BlockPublicPolicy": true, "ResourcePolicy": "{}"}"#, "ok"),
];

pub(super) const DELETE_POLICY: &[Row] = &[
    (r#"{"SecretId": 3}"#, UNREADABLE),
    ("{}", NO_ID),
    (r#"{"SecretId": "no name"}"#, NAME),
    (r#"{"SecretId": "nope"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}"}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}"}"#, MARKED),
    (r#"eu: {"SecretId": "twin"}"#, REPLICA),
    (r#"{"SecretId": "shared"}"#, "ok"),
];

pub(super) const POLICY: &[Row] = &[
    (r#"{"SecretId": 3}"#, UNREADABLE),
    ("{}", NO_ID),
    (r#"{"SecretId": ""}"#, EMPTY_ID),
    (r#"{"SecretId": "no name"}"#, NAME),
    (r#"{"SecretId": "nope"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}"}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}"}"#, MARKED),
    (r#"{"SecretId": "shared"}"#, "ok"),
];

pub(super) const CHECK_POLICY: &[Row] = &[
    (r#"{"SecretId": "no name", "ResourcePolicy": {}}"#, UNREADABLE),
    (
        r#"{"SecretId": "no name"}"#,
        "ValidationException: 1 validation error detected: Value null at 'resourcePolicy' failed to satisfy constraint: Member must not be null",
    ),
    (r#"{"SecretId": "no name", "ResourcePolicy": "{"}"#, NAME),
    (r#"{"SecretId": "nope", "ResourcePolicy": "{"}"#, UNKNOWN),
    (r#"other: {"SecretId": "{gone}", "ResourcePolicy": "{"}"#, DENIED),
    (r#"other: {"SecretId": "{leaving}", "ResourcePolicy": "{"}"#, MARKED),
    // What is wrong with the policy is the answer, not a refusal.
    (r#"{"SecretId": "db", "ResourcePolicy": "{"}"#, "ok"),
    (r#"{"ResourcePolicy": "{"}"#, "ok"),
];
