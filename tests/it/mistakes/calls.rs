//! Mistakes in calls: what they send, and what is expected of them.

use super::{check, steps};

/// Calls that can't be sent as they stand.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn requests() {
    let call = |operation: &str, rest: &str| steps(&format!("  - call: {operation}\n{rest}"));
    let with = |operation: &str, with: &str| call(operation, &format!("    with: {with}\n"));
    check(
        "requests",
        &[
            ("an unknown operation", call("PutSecretVale", "")),
            ("an operation in other letters", call("put-secret-value", "")),
            ("an operation of another service", call("GetParameter", "")),
            ("an empty operation", call("\"\"", "")),
            (
                "an unknown member",
                with("PutSecretValue", "{ SecretString: one, VersionStage: AWSPENDING }"),
            ),
            ("a member near none", with("GetSecretValue", "{ Weather: fine }")),
            ("a member of a list", with("TagResource", "{ Tags: [{ Key: a, Valeu: b }] }")),
            ("a missing member", call("UpdateSecretVersionStage", "")),
            ("a missing secret", "scenario: x\nsteps:\n  - call: DescribeSecret\n".to_owned()),
            ("a secret that is nothing", with("DescribeSecret", "{ SecretId: ~ }")),
            ("a number for a string", with("PutSecretValue", "{ SecretString: 1 }")),
            ("a list for a string", with("PutSecretValue", "{ SecretString: [one] }")),
            (
                "a string for a list",
                with("PutSecretValue", "{ SecretString: one, VersionStages: AWSPENDING }"),
            ),
            (
                "a number in a list of strings",
                with("PutSecretValue", "{ SecretString: one, VersionStages: [AWSPENDING, 7] }"),
            ),
            ("a string for a number", with("DeleteSecret", "{ RecoveryWindowInDays: seven }")),
            ("a fraction for a number", with("DeleteSecret", "{ RecoveryWindowInDays: 7.5 }")),
            ("a number for a boolean", with("DeleteSecret", "{ ForceDeleteWithoutRecovery: 1 }")),
            ("yes for a boolean", with("DeleteSecret", "{ ForceDeleteWithoutRecovery: yes }")),
            ("a string for a mapping", with("RotateSecret", "{ RotationRules: 30 days }")),
            (
                "an unknown rule",
                with("RotateSecret", "{ RotationRules: { AutomaticalyAfterDays: 30 } }"),
            ),
            (
                "an unknown key of a tag twice",
                with("TagResource", "{ Tags: [{ Key: a, Valeu: b }, { Key: c, Weather: d }] }"),
            ),
            ("a tag without its key", with("TagResource", "{ Tags: [{ Value: b }] }")),
            ("a tag that is a text", with("TagResource", "{ Tags: [owner] }")),
            (
                "nothing of what is needed",
                "scenario: x\nsteps:\n  - call: TagResource\n".to_owned(),
            ),
            (
                "a needed member of the wrong type",
                with("UpdateSecretVersionStage", "{ VersionStage: 7 }"),
            ),
            ("a mapping for bytes", with("PutSecretValue", "{ SecretBinary: { a: 1 } }")),
            (
                "a mapping for a list",
                with("PutSecretValue", "{ SecretString: one, VersionStages: { AWSPENDING: v1 } }"),
            ),
            ("bytes that are not base64", with("PutSecretValue", "{ SecretBinary: \"*\" }")),
            (
                "two members of the wrong type",
                with(
                    "DeleteSecret",
                    "{ RecoveryWindowInDays: seven, ForceDeleteWithoutRecovery: 1 }",
                ),
            ),
            (
                "a token that is too short",
                with("PutSecretValue", "{ SecretString: one, ClientRequestToken: abc }"),
            ),
            ("a version that nobody named", with("GetSecretValue", "{ VersionId: v1 }")),
            (
                "a version that is meant as it stands",
                call("GetSecretValue", "    with: { VersionId: v1 }\n    literal: true\n"),
            ),
            ("an unknown placeholder", with("GetSecretValue", "{ VersionId: <verson:1> }")),
            ("a placeholder near none", with("PutSecretValue", "{ SecretString: <b> }")),
            (
                "a placeholder inside a text",
                with("PutSecretValue", "{ SecretString: \"id <verson:1> end\" }"),
            ),
            (
                "a placeholder in a mapping",
                with("PutSecretValue", "{ SecretString: { user: app, password: <pasword> } }"),
            ),
            (
                "a placeholder without its number",
                with("GetSecretValue", "{ VersionId: <version> }"),
            ),
            (
                "a placeholder with a text for its number",
                with("GetSecretValue", "{ VersionId: <version:one> }"),
            ),
            ("a placeholder of an answer", with("PutSecretValue", "{ SecretString: <any> }")),
            ("a time in a request", with("ListSecrets", "{ NextToken: <timestamp:1> }")),
            (
                "a placeholder of an answer in a list",
                with("PutSecretValue", "{ SecretString: one, VersionStages: [<absent>] }"),
            ),
            (
                "a placeholder of an answer as a key",
                with("PutSecretValue", "{ SecretString: { <any>: 1 } }"),
            ),
            (
                "text in brackets that is meant as it stands",
                call("PutSecretValue", "    with: { SecretString: <b> }\n    literal: true\n"),
            ),
            (
                "a raw request with anything in it",
                with("PutSecretValue", "{ ClientRequestToken: ~, Weather: fine }"),
            ),
        ],
    );
}

/// Names of versions, and what is expected.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn expectations() {
    let create = "  - call: CreateSecret\n    with: { SecretString: one }\n";
    let put = "  - call: PutSecretValue\n    with: { SecretString: two }\n";
    let list = "  - call: ListSecrets\n";
    check(
        "expectations",
        &[
            ("a name twice", steps(&format!("{create}    as: v1\n{put}    as: v1\n"))),
            (
                "a name used too early",
                steps(&format!(
                    "  - call: GetSecretValue\n    with: {{ VersionId: v1 }}\n{put}    as: v1\n"
                )),
            ),
            (
                "a name used in its own request",
                steps(
                    "  - call: PutSecretValue\n    with: { SecretString: a, ClientRequestToken: v1 }\n    as: v1\n",
                ),
            ),
            (
                "a name misspelled",
                steps(&format!(
                    "{create}    as: first\n  - call: GetSecretValue\n    with: {{ VersionId: frist }}\n"
                )),
            ),
            (
                "a name misspelled in labels",
                steps(&format!("{create}    as: first\n    labels: {{ AWSCURRENT: frist }}\n")),
            ),
            (
                "a name in labels that a later step gives",
                steps(&format!("{create}    labels: {{ AWSCURRENT: v2 }}\n{put}    as: v2\n")),
            ),
            (
                "a name misspelled in an answer",
                steps(&format!("{create}    as: first\n    returns: {{ VersionId: frist }}\n")),
            ),
            (
                "a name misspelled in a map of versions",
                steps(&format!(
                    "{create}    as: first\n  - call: DescribeSecret\n    returns: {{ VersionIdsToStages: {{ frist: [AWSCURRENT] }} }}\n"
                )),
            ),
            ("a name that is no name", steps(&format!("{create}    as: version one\n"))),
            ("a name that is too long", steps(&format!("{create}    as: {}\n", "v".repeat(32)))),
            ("a placeholder for a name", steps(&format!("{create}    as: <version:1>\n"))),
            ("a name for what fails", steps(&format!("{create}    as: v1\n    fails: any\n"))),
            ("a name for what has no version", steps(&format!("{list}    as: v1\n"))),
            ("returns and fails", steps(&format!("{create}    returns: {{}}\n    fails: any\n"))),
            ("call and wait", steps(&format!("{list}    wait: 60s\n"))),
            ("wait and until", steps("  - wait: 60s\n    until: 2026-01-02T00:00:00Z\n")),
            (
                "call, wait and until",
                steps(&format!("{list}    until: 2026-01-02T00:00:00Z\n    wait: 60s\n")),
            ),
            ("none of them", steps("  - note: nothing\n")),
            ("an empty step", steps("  - {}\n")),
            (
                "with in a wait",
                steps(
                    "  - wait: 60s\n    with: {}\n    by: me\n    as: v1\n    returns: {}\n    fails: any\n    answers: exact\n",
                ),
            ),
            ("literal in a wait", steps("  - wait: 60s\n    literal: true\n")),
            ("a code misspelled", steps(&format!("{list}    fails: ResourceNotFoundExeption\n"))),
            ("a code without its ending", steps(&format!("{list}    fails: ResourceNotFound\n"))),
            ("a code near none", steps(&format!("{list}    fails: Weather\n"))),
            (
                "a code misspelled in a mapping",
                steps(&format!(
                    "{list}    fails: {{ code: ResourceNotFoundExeption, message: no }}\n"
                )),
            ),
            ("an unknown key of an error", steps(&format!("{list}    fails: {{ kode: any }}\n"))),
            ("an error without anything", steps(&format!("{list}    fails: {{}}\n"))),
            ("nothing for an error", steps(&format!("{list}    fails:\n"))),
            ("a number for an error", steps(&format!("{list}    fails: 400\n"))),
            ("a list for an error", steps(&format!("{list}    fails: [any]\n"))),
            ("a text for a status", steps(&format!("{list}    fails: {{ status: bad }}\n"))),
            ("a status that is none", steps(&format!("{list}    fails: {{ status: 70000 }}\n"))),
            ("a list for an answer", steps(&format!("{list}    returns: [a]\n"))),
            ("a text for an answer", steps(&format!("{list}    returns: ok\n"))),
            (
                "an answer of another operation",
                steps(&format!("{create}    returns: {{ SecretList: [] }}\n")),
            ),
            (
                "a placeholder misspelled in an answer",
                steps(&format!("{create}    returns: {{ ARN: <anr:db/app>, Name: <abscent> }}\n")),
            ),
            (
                "a placeholder misspelled deep in an answer",
                steps(&format!(
                    "{list}    returns:\n      SecretList:\n        - {{ ARN: <any> }}\n        - {{ CreatedDate: <timestmp:1> }}\n"
                )),
            ),
            (
                "a placeholder misspelled in a key",
                steps(
                    "  - call: DescribeSecret\n    returns: { VersionIdsToStages: { <verison:1>: [AWSCURRENT] } }\n",
                ),
            ),
            (
                "a string of no length",
                steps(
                    "  - call: GetRandomPassword\n    returns: { RandomPassword: <string of many characters> }\n",
                ),
            ),
            (
                "a placeholder misspelled in a message",
                steps(&format!("{list}    fails: {{ message: no <anr:x> }}\n")),
            ),
            (
                "a placeholder misspelled in labels",
                steps(&format!("{create}    labels: {{ AWSCURRENT: <verson:1> }}\n")),
            ),
        ],
    );
}
