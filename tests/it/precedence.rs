//! Requests that are wrong in several ways at once: the first refusal in the order of precedence answers, and
//! changes nothing. Each block walks down the order, one mistake less in each row, to success.

use serde_json::{Value, json};
use stagewright::api::OperationName;
use stagewright::caller::Caller;
use stagewright::service::Setting;
use stagewright::time::Timestamp;
use stagewright::world::{Action, Trace, World};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:rotate";
const MISSING: &str = "arn:aws:lambda:us-east-1:111111111111:function:missing";
const V1: &str = "00000000-0000-4000-8000-000000000001";
const V2: &str = "00000000-0000-4000-8000-000000000002";
const NEW: &str = "00000000-0000-4000-8000-000000000009";
const NONE: &str = "00000000-0000-4000-8000-00000000000f";

/// `db` with two versions, `stuck` with an unfinished rotation, `gone` scheduled for deletion.
fn play(calls: &[(&str, Value)]) -> (World, Trace) {
    let mut setting = Setting::default();
    setting.missing_functions.insert(MISSING.to_owned());
    let mut world = World::new(setting, Timestamp::DEFAULT_START);
    let mut trace = Trace::default();
    for (operation, body) in calls {
        call(&mut world, &mut trace, operation, body);
    }
    (world, trace)
}

fn call(world: &mut World, trace: &mut Trace, operation: &str, body: &Value) {
    let by = Caller::named("", &world.service().setting().account);
    let operation = OperationName::from_name(operation).unwrap().read(body.clone()).unwrap();
    world.step(Action::Call { by, operation }, trace);
}

fn setup() -> Vec<(&'static str, Value)> {
    let create =
        |name: &str| json!({ "Name": name, "ClientRequestToken": V1, "SecretString": "one" });
    let rotate =
        json!({ "SecretId": "stuck", "ClientRequestToken": V2, "RotationLambdaARN": FUNCTION });
    vec![
        ("CreateSecret", create("db")),
        (
            "PutSecretValue",
            json!({ "SecretId": "db", "ClientRequestToken": V2, "SecretString": "two", "VersionStages": ["x"] }),
        ),
        ("CreateSecret", create("stuck")),
        ("RotateSecret", rotate),
        ("CreateSecret", create("gone")),
        ("DeleteSecret", json!({ "SecretId": "gone" })),
    ]
}

/// Plays each row on a fresh world. A row is a request and the code and beginning of the message that must answer it;
/// an empty code is success.
fn check(operation: &str, rows: &[(Value, &str, &str)]) {
    for (body, code, message) in rows {
        let (mut world, mut trace) = play(&setup());
        assert!(trace.steps.iter().all(|step| step.outcome.is_ok()));
        call(&mut world, &mut trace, operation, body);
        let [.., before, step] = trace.steps.as_slice() else { panic!() };
        match &step.outcome {
            Ok(reply) => assert_eq!(*code, "", "{operation} {body}: {reply:?}"),
            Err(error) => {
                assert_eq!(error.code.as_str(), *code, "{operation} {body}: {error}");
                assert!(error.message.starts_with(message), "{operation} {body}: {error}");
                assert_eq!(step.after, before.after, "{operation} {body}");
            }
        }
    }
}

const NAME: (&str, &str) = ("ValidationException", "Invalid name.");
const TOKEN: (&str, &str) =
    ("InvalidRequestException", "You must provide a ClientRequestToken value.");
const BOTH: (&str, &str) = ("InvalidParameterException", "You can't specify both");
const UNKNOWN: (&str, &str) =
    ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
const MARKED: (&str, &str) = ("InvalidRequestException", "You can't perform this operation");
const IN_USE: (&str, &str) = ("ResourceExistsException", "You can't use ClientRequestToken");
const DONE: (&str, &str) = ("", "");

fn rows(
    rows: Vec<(Value, (&'static str, &'static str))>,
) -> Vec<(Value, &'static str, &'static str)> {
    rows.into_iter().map(|(body, (code, message))| (body, code, message)).collect()
}

#[test]
fn create_secret() {
    let taken =
        ("ResourceExistsException", "The operation failed because the secret db already exists.");
    let waits = ("InvalidRequestException", "You can't create this secret because");
    check(
        "CreateSecret",
        &rows(vec![
            (json!({ "Name": "d b", "SecretString": "a", "SecretBinary": "YQ==" }), NAME),
            (json!({ "Name": "db", "SecretString": "a", "SecretBinary": "YQ==" }), TOKEN),
            (
                json!({ "Name": "db", "ClientRequestToken": NEW, "SecretString": "a", "SecretBinary": "YQ==" }),
                BOTH,
            ),
            (json!({ "Name": "gone", "ClientRequestToken": V1, "SecretString": "other" }), waits),
            (json!({ "Name": "db", "ClientRequestToken": NEW, "SecretString": "one" }), taken),
            (json!({ "Name": "db", "ClientRequestToken": V1, "SecretString": "other" }), IN_USE),
            (json!({ "Name": "db", "ClientRequestToken": V1, "SecretString": "one" }), DONE),
            (json!({ "Name": "new", "ClientRequestToken": V1, "SecretString": "one" }), DONE),
        ]),
    );
}

#[test]
fn put_secret_value() {
    let needs =
        ("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
    let empty = ("ValidationException", "1 validation error detected");
    check(
        "PutSecretValue",
        &rows(vec![
            (json!({ "SecretId": "no name", "VersionStages": [] }), NAME),
            (json!({ "SecretId": "none", "VersionStages": [] }), TOKEN),
            (
                json!({ "SecretId": "none", "ClientRequestToken": V1, "SecretString": "a", "SecretBinary": "YQ==" }),
                BOTH,
            ),
            (json!({ "SecretId": "none", "ClientRequestToken": V1, "VersionStages": [] }), needs),
            (
                json!({ "SecretId": "none", "ClientRequestToken": V1, "SecretString": "a", "VersionStages": [] }),
                empty,
            ),
            (json!({ "SecretId": "none", "ClientRequestToken": V1, "SecretString": "a" }), UNKNOWN),
            (json!({ "SecretId": "gone", "ClientRequestToken": V1, "SecretString": "a" }), MARKED),
            (json!({ "SecretId": "db", "ClientRequestToken": V1, "SecretString": "a" }), IN_USE),
            (json!({ "SecretId": "db", "ClientRequestToken": V1, "SecretString": "one" }), DONE),
            (json!({ "SecretId": "db", "ClientRequestToken": NEW, "SecretString": "a" }), DONE),
        ]),
    );
}

#[test]
fn update_secret() {
    check(
        "UpdateSecret",
        &rows(vec![
            (json!({ "SecretId": "no name" }), NAME),
            (json!({ "SecretId": "none", "SecretString": "a", "SecretBinary": "YQ==" }), TOKEN),
            (
                json!({ "SecretId": "none", "ClientRequestToken": V1, "SecretString": "a", "SecretBinary": "YQ==" }),
                BOTH,
            ),
            (json!({ "SecretId": "none", "ClientRequestToken": V1, "SecretString": "a" }), UNKNOWN),
            (json!({ "SecretId": "gone", "ClientRequestToken": V1, "SecretString": "a" }), MARKED),
            (
                json!({ "SecretId": "db", "ClientRequestToken": V1, "SecretString": "a", "Description": "d" }),
                IN_USE,
            ),
            (json!({ "SecretId": "db", "ClientRequestToken": NEW, "SecretString": "a" }), DONE),
        ]),
    );
}

#[test]
fn update_secret_version_stage() {
    let target = (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for VersionId",
    );
    let wrong = ("InvalidParameterException", "When you move staging label");
    let neither =
        ("InvalidParameterException", "You must provide RemoveFromVersionId or MoveToVersionId.");
    let removed = ("InvalidParameterException", "You can only move staging label AWSCURRENT");
    let unnamed =
        ("InvalidParameterException", "The parameter RemoveFromVersionId can't be empty.");
    let stage = |id: &str, from: Option<&str>, to: Option<&str>| {
        let mut body = json!({ "SecretId": id, "VersionStage": "AWSCURRENT" });
        for (name, version) in [("RemoveFromVersionId", from), ("MoveToVersionId", to)] {
            if let Some(version) = version {
                body[name] = version.into();
            }
        }
        body
    };
    check(
        "UpdateSecretVersionStage",
        &rows(vec![
            (stage("no name", None, None), NAME),
            (stage("none", None, None), UNKNOWN),
            (stage("gone", None, None), MARKED),
            (stage("db", None, None), neither),
            (stage("db", Some(NONE), Some(NONE)), target),
            (stage("db", Some(NONE), Some(V2)), wrong),
            (stage("db", Some(V2), Some(V2)), wrong),
            (stage("db", Some(V1), None), removed),
            (stage("db", None, Some(V2)), unnamed),
            (stage("db", Some(V1), Some(V1)), removed),
            (stage("db", Some(V1), Some(V2)), DONE),
            (stage("db", None, Some(V1)), DONE),
        ]),
    );
}

#[test]
fn get_secret_value() {
    let version = (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for VersionId",
    );
    let label = (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label",
    );
    let pair = ("InvalidRequestException", "You provided a VersionStage that is not associated");
    check(
        "GetSecretValue",
        &rows(vec![
            (json!({ "SecretId": "no name", "VersionId": NONE }), NAME),
            (json!({ "SecretId": "none", "VersionId": NONE, "VersionStage": "y" }), UNKNOWN),
            (json!({ "SecretId": "gone", "VersionId": NONE, "VersionStage": "y" }), MARKED),
            (json!({ "SecretId": "db", "VersionId": NONE, "VersionStage": "y" }), version),
            (json!({ "SecretId": "db", "VersionId": V1, "VersionStage": "y" }), pair),
            (json!({ "SecretId": "db", "VersionStage": "y" }), label),
            (
                json!({ "SecretId": "stuck", "VersionId": V2, "VersionStage": "AWSPENDING" }),
                version,
            ),
            (json!({ "SecretId": "db", "VersionId": V2, "VersionStage": "x" }), DONE),
        ]),
    );
}

#[test]
fn rotate_secret() {
    let token = ("InvalidParameterException", "You must provide a ClientRequestToken value.");
    let rules = (
        "InvalidParameterException",
        "You cannot specify both rotation frequency and schedule expression",
    );
    let function = ("InvalidRequestException", "No Lambda rotation function ARN is associated");
    let denied =
        ("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function.");
    let unfinished = ("InvalidRequestException", "A previous rotation isn't complete.");
    let both = json!({ "AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)" });
    check(
        "RotateSecret",
        &rows(vec![
            (json!({ "SecretId": "no name", "RotationRules": both }), NAME),
            (json!({ "SecretId": "none", "RotationRules": both }), token),
            (
                json!({ "SecretId": "none", "ClientRequestToken": NEW, "RotationRules": both }),
                rules,
            ),
            (json!({ "SecretId": "none", "ClientRequestToken": NEW }), UNKNOWN),
            (json!({ "SecretId": "gone", "ClientRequestToken": NEW }), MARKED),
            (json!({ "SecretId": "db", "ClientRequestToken": V1 }), function),
            (
                json!({ "SecretId": "stuck", "ClientRequestToken": NEW, "RotationLambdaARN": MISSING }),
                denied,
            ),
            (json!({ "SecretId": "stuck", "ClientRequestToken": V1 }), IN_USE),
            (json!({ "SecretId": "stuck", "ClientRequestToken": NEW }), unfinished),
            (json!({ "SecretId": "stuck", "ClientRequestToken": V2 }), DONE),
            (
                json!({ "SecretId": "db", "ClientRequestToken": NEW, "RotationLambdaARN": FUNCTION }),
                DONE,
            ),
        ]),
    );
}

#[test]
fn delete_secret() {
    let exclusive =
        ("InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction");
    let window =
        ("InvalidParameterException", "RecoveryWindowInDays value must be between 7 and 30 days");
    let force = |id: &str| json!({ "SecretId": id, "ForceDeleteWithoutRecovery": true });
    check(
        "DeleteSecret",
        &rows(vec![
            (
                json!({ "SecretId": "no name", "ForceDeleteWithoutRecovery": true, "RecoveryWindowInDays": 1 }),
                NAME,
            ),
            (
                json!({ "SecretId": "none", "ForceDeleteWithoutRecovery": true, "RecoveryWindowInDays": 1 }),
                exclusive,
            ),
            (json!({ "SecretId": "none", "RecoveryWindowInDays": 6 }), window),
            (json!({ "SecretId": "none", "RecoveryWindowInDays": 31 }), window),
            (json!({ "SecretId": "none" }), UNKNOWN),
            (json!({ "SecretId": "gone" }), MARKED),
            (force("gone"), DONE),
            (force("none"), DONE),
            (json!({ "SecretId": "db", "RecoveryWindowInDays": 7 }), DONE),
        ]),
    );
}

/// Calls that name a secret and can be wrong in no other way.
#[test]
fn the_rest() {
    let restored = rows(vec![
        (json!({ "SecretId": "no name" }), NAME),
        (json!({ "SecretId": "none" }), UNKNOWN),
        (json!({ "SecretId": "gone" }), DONE),
        (json!({ "SecretId": "db" }), DONE),
    ]);
    for operation in ["DescribeSecret", "ListSecretVersionIds", "RestoreSecret"] {
        check(operation, &restored);
    }
    let live = |extra: Value| {
        let body = |id: &str| {
            let mut body = extra.clone();
            body["SecretId"] = id.into();
            body
        };
        rows(vec![
            (body("no name"), NAME),
            (body("none"), UNKNOWN),
            (body("gone"), MARKED),
            (body("db"), DONE),
        ])
    };
    check("CancelRotateSecret", &live(json!({})));
    check("GetResourcePolicy", &live(json!({})));
    check("DeleteResourcePolicy", &live(json!({})));
    check("TagResource", &live(json!({ "Tags": [{ "Key": "k", "Value": "v" }] })));
    check("UntagResource", &live(json!({ "TagKeys": ["k"] })));
    check("PutResourcePolicy", &live(json!({ "ResourcePolicy": "{}" })));
    check("ValidateResourcePolicy", &live(json!({ "ResourcePolicy": "{}" })));
}
