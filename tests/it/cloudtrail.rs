//! CloudTrail records: the shape of each kind, and that no secret value gets into one.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;
use stagewright::api::{Blob, Operation, Reply, SecretText};
use stagewright::report::Trail;
use stagewright::scenario::Scenario;
use stagewright::world::{Event, Trace};

use crate::files;

/// A rotation whose function fails once, calls that are refused, calls from another account, and a deletion.
const SMALL: &str = "scenario: a rotation, a stranger and a deletion
secret: db/app
function: { testSecret: { fails: 1 } }
steps:
  - call: CreateSecret
    with:
      SecretString: sentinel-one
      KmsKeyId: alias/app
      Tags: [{ Key: team, Value: payments }]
    as: v1
  - { call: GetSecretValue, with: { VersionStage: AWSPENDING }, fails: ResourceNotFoundException }
  - { rotate: { RotationRules: { AutomaticallyAfterDays: 30 } }, as: v2 }
  - { settle: {} }
  - { call: GetSecretValue, with: { SecretId: <arn:db/app> }, by: other_account, fails: AccessDeniedException }
  - call: PutResourcePolicy
    with: { ResourcePolicy: '{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"secretsmanager:*\"}]}' }
  - { call: GetSecretValue, with: { SecretId: <arn:db/app> }, by: other_account }
  - { call: GetRandomPassword }
  - { call: UntagResource, with: { TagKeys: [team] } }
  - { call: DeleteSecret, with: { RecoveryWindowInDays: 7 }, by: admin }
  - { wait: 8d }
";

/// The members that every record has.
const MEMBERS: [&str; 17] = [
    "awsRegion",
    "eventCategory",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "managementEvent",
    "readOnly",
    "recipientAccountId",
    "requestID",
    "requestParameters",
    "responseElements",
    "sourceIPAddress",
    "userAgent",
    "userIdentity",
];

fn played(text: &str) -> (Trace, String) {
    let scenario = Scenario::read(text).unwrap();
    (scenario.play(false).trace, scenario.setting.region.to_string())
}

fn file(runs: &[(Trace, String)]) -> Value {
    let mut trail = Trail::default();
    for (trace, region) in runs {
        trail.add(trace, region);
    }
    trail.into_json()
}

fn records(file: &Value) -> &[Value] {
    file["Records"].as_array().unwrap()
}

fn library() -> Vec<(Trace, String)> {
    files::scenarios().iter().map(|path| files::text(path)).map(|text| played(&text)).collect()
}

/// The first record of each kind in full, and all in a line.
#[test]
fn a_small_run() {
    let (trace, region) = played(SMALL);
    let file = file(&[(trace, region)]);
    let mut text = String::new();
    let mut seen = BTreeSet::new();
    for record in records(&file) {
        let who = &record["userIdentity"];
        let who = who.get("type").unwrap_or(&who["invokedBy"]).as_str().unwrap();
        let name = record["eventName"].as_str().unwrap();
        let code = record["errorCode"].as_str().unwrap_or("-");
        let time = record["eventTime"].as_str().unwrap();
        let recipient = record["recipientAccountId"].as_str().unwrap();
        let _ = writeln!(text, "{time} {recipient} {who} {name} {code}");
        seen.insert((name, who, code));
    }
    for record in records(&file) {
        let who = &record["userIdentity"];
        let who = who.get("type").unwrap_or(&who["invokedBy"]).as_str().unwrap();
        let name = record["eventName"].as_str().unwrap();
        if seen.remove(&(name, who, record["errorCode"].as_str().unwrap_or("-"))) {
            let _ = writeln!(text, "\n{record:#}");
        }
    }
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("small", text);
    });
}

/// A call to another account's secret is in both logs; one that is denied, in the caller's alone.
#[test]
fn the_logs_of_two_accounts() {
    let (trace, region) = played(SMALL);
    let file = file(&[(trace, region)]);
    let strangers: Vec<_> = records(&file)
        .iter()
        .filter(|it| it["userIdentity"]["accountId"] == "222222222222")
        .collect();
    let [denied, caller, owner] = strangers.as_slice() else { panic!("{strangers:#?}") };
    assert_eq!(denied["recipientAccountId"], "222222222222");
    assert_eq!(denied["sharedEventID"], Value::Null);
    assert_eq!(caller["recipientAccountId"], "222222222222");
    assert_eq!(owner["recipientAccountId"], "111111111111");
    assert_eq!(caller["sharedEventID"], owner["sharedEventID"]);
    assert_eq!(caller["requestID"], owner["requestID"]);
    assert_ne!(caller["eventID"], owner["eventID"]);
}

/// Every record has what all must have, and an id of its own, over all scenarios in one file.
#[test]
fn every_record_is_whole() {
    let runs = library();
    let calls = runs.iter().flat_map(|(trace, _)| &trace.steps).filter(|it| it.call().is_some());
    let calls = calls.count();
    let file = file(&runs);
    let mut ids = BTreeSet::new();
    for record in records(&file) {
        for member in MEMBERS {
            assert!(record.get(member).is_some(), "no {member}: {record:#}");
        }
        let account = record["userIdentity"]["accountId"].as_str().unwrap();
        assert!(account.len() == 12 && record["eventTime"].as_str().unwrap().len() == 20);
        assert_eq!(record.get("errorCode").is_some(), {
            record["eventType"] == "AwsApiCall" && record.get("errorMessage").is_some()
        });
        assert!(ids.insert(record["eventID"].as_str().unwrap()), "{record:#}");
    }
    assert!(ids.len() > calls, "{} records of {calls} calls", ids.len());
    assert_eq!(file, self::file(&library()));
}

/// The trace with other values wherever a call or an answer has a value.
fn with_other_values(mut trace: Trace) -> Trace {
    let text = |it: &mut Option<SecretText>| *it = it.take().map(|_| SecretText("other".into()));
    let bytes = |it: &mut Option<Blob>| *it = it.take().map(|_| Blob(b"other".to_vec()));
    for step in &mut trace.steps {
        if let Event::Call(operation) = &mut step.event {
            let (value, binary) = match Arc::make_mut(operation) {
                Operation::CreateSecret(it) => (&mut it.secret_string, &mut it.secret_binary),
                Operation::PutSecretValue(it) => (&mut it.secret_string, &mut it.secret_binary),
                Operation::UpdateSecret(it) => (&mut it.secret_string, &mut it.secret_binary),
                _ => (&mut None, &mut None),
            };
            text(value);
            bytes(binary);
        }
        match &mut step.outcome {
            Ok(Reply::Value(reply)) => {
                text(&mut reply.secret_string);
                bytes(&mut reply.secret_binary);
            }
            Ok(Reply::Password(reply)) => reply.random_password = SecretText("other".into()),
            _ => {}
        }
    }
    trace
}

/// The texts of a record, its keys aside.
fn texts<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|it| texts(it, into)),
        Value::Object(members) => members.values().for_each(|it| texts(it, into)),
        _ => {}
    }
}

/// The values in calls and answers of a trace, as they travel; bytes plain and in base64.
fn values(trace: &Trace) -> BTreeSet<String> {
    let calls = trace.steps.iter().filter_map(|step| Some(step.call()?.members()));
    let answers = trace.steps.iter().filter_map(|step| Some(step.outcome.as_ref().ok()?.members()));
    let members = calls.chain(answers).flat_map(|members| {
        ["SecretString", "SecretBinary", "RandomPassword"].map(|name| members[name].clone())
    });
    let texts: BTreeSet<String> = members.filter_map(|it| Some(it.as_str()?.to_owned())).collect();
    let encoded = texts.iter().map(|text| {
        let value = serde_json::to_value(Blob(text.clone().into_bytes())).unwrap();
        value.as_str().unwrap().to_owned()
    });
    texts.iter().cloned().chain(encoded).collect()
}

/// No value of any scenario is in its records: they are the same with other values, and none of their texts has one in
/// it. Short values, such as `one`, are left to the first half: secrets and versions have such names too.
#[test]
fn no_record_has_a_secret_value() {
    let mut looked_for = 0;
    for (path, (trace, region)) in files::scenarios().iter().zip(library()) {
        let file = file(&[(trace.clone(), region.clone())]);
        assert_eq!(file, self::file(&[(with_other_values(trace.clone()), region)]));
        let mut found = Vec::new();
        texts(&file, &mut found);
        for value in values(&trace).iter().filter(|value| value.len() >= 8) {
            looked_for += 1;
            let holder = found.iter().find(|text| text.contains(value.as_str()));
            assert_eq!(holder, None, "{}: `{value}` is in a record", path.display());
        }
    }
    assert!(looked_for > 100, "{looked_for} values");
}
