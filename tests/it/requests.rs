//! Whatever is sent: random bodies for every operation are answered, and those that are refused change nothing at all.
//!
//! Most members are right or nearly so, so that requests get past the first checks. `PROPTEST_CASES` and
//! `PROPTEST_RNG_SEED` ask for more and for others.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use serde_json::{Map, Value, json};
use stagewright::api::{ErrorCode, OperationName};
use stagewright::caller::Caller;
use stagewright::evidence::RuleSet;
use stagewright::secret::SecretName;
use stagewright::service::{ManagedSecret, Setting};
use stagewright::time::Timestamp;
use stagewright::world::{Action, Trace, World};

use crate::calls::{FUNCTION, MISSING, action, script, token};
use crate::precedence::{placed, refusal};

/// A text that no message may repeat.
const SENTINEL: &str = "sentinel-of-a-secret-value";

/// The end of every ARN.
const SUFFIX: &str = "Abcdef";

/// The ARN of a secret that is there from the start, or may be made.
fn arn(account: &str, name: &str) -> String {
    format!("arn:aws:secretsmanager:us-east-1:{account}:secret:{name}-{SUFFIX}")
}

/// Secrets in every state that a request can meet.
fn scene() -> World {
    let managed = ManagedSecret { name: SecretName::new("rds!db"), owning_service: "rds".into() };
    let setting = Setting {
        missing_functions: [MISSING.to_owned()].into(),
        managed_secrets: vec![managed],
        arn_suffix: Some(SUFFIX.into()),
        ..Setting::default()
    };
    let labels: Vec<_> = (0..18).map(|number| format!("l{number}")).collect();
    let text = format!(
        "create db a=1; put db b=2 x
         create bare n
         create busy a=1; rotate busy t fn
         create crowd a=1; put crowd b=2 AWSCURRENT,{}
         create gone a=1; delete gone
         create going a=1; force going",
        labels.join(",")
    );
    let (mut world, mut trace) = (World::new(setting, Timestamp::DEFAULT_START), Trace::default());
    for call in script(&text) {
        world.step(action(&call), &mut trace);
    }
    let body = json!({"SecretId": "db", "AddReplicaRegions": [{"Region": "eu-west-1"}]});
    let operation = OperationName::ReplicateSecretToRegions.receive(body);
    let by = Caller::named("", &world.service().setting().account);
    world.step(Action::Call { by, operation: operation.into() }, &mut trace);
    let primary = arn("111111111111", "bare");
    for name in ["copy", "spare"] {
        let body = json!({
            "Name": name, "ClientRequestToken": token(name), "KmsKeyId": "alias/copy",
            "CrossAccountPrimaryARN": primary
        });
        let operation = OperationName::CreateSecret.receive(body);
        let by = Caller::named("other_account", &world.service().setting().account);
        world.step(Action::Call { by, operation: operation.into() }, &mut trace);
    }
    let body = json!({"SecretId": "bare", "CrossAccountReplicaARN": arn("222222222222", "copy")});
    let operation = OperationName::AssociateCrossAccountReplica.receive(body);
    let by = Caller::named("", &world.service().setting().account);
    world.step(Action::Call { by, operation: operation.into() }, &mut trace);
    assert!(trace.steps.iter().all(|step| step.outcome.is_ok()));
    world
}

/// Values that a member can have. The first two are right in most requests, most others in some.
#[expect(clippy::too_many_lines, reason = "a table")]
fn near(member: &str) -> Vec<Value> {
    let texts = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect();
    let ids = [token("new"), token("a"), token("b"), token("n"), token("t"), "z".repeat(65)];
    let filters = json!([
        {"Key": "name", "Values": ["d", "!b"]}, {"Key": "all", "Values": ["x"]},
        {"Key": "owning-service", "Values": [""]}, {"Key": "description", "Values": ["x"]}
    ]);
    match member {
        "Name" => texts(&["fresh", "also/fresh", "db", "gone", "no name", ""]),
        "SecretId" => {
            let names = [
                "db", "bare", "busy", "crowd", "gone", "going", "rds!db", "copy", "nope", "no name",
            ];
            texts(
                &[&names[..], &["arn:aws:secretsmanager:us-east-1:111111111111:secret:db"]]
                    .concat(),
            )
        }
        "CrossAccountReplicaARN" => texts(&[
            &arn("222222222222", "copy"),
            &arn("222222222222", "spare"),
            &arn("222222222222", "nope"),
            &arn("111111111111", "db"),
            "arn:aws:secretsmanager:eu-west-1:222222222222:secret:copy",
            "an ARN, or not quite",
            "",
        ]),
        "CrossAccountPrimaryARN" => texts(&[
            &arn("111111111111", "db"),
            &arn("111111111111", "bare"),
            "arn:aws-cn:secretsmanager:us-east-1:111111111111:secret:db",
            "an ARN, or not quite",
            "",
        ]),
        "ReplicaRestriction" => texts(&["SameOrg", "NoRestriction", "AnyOrg"]),
        "ReplicationRoleARN" => {
            texts(&["arn:aws:iam::111111111111:role/replication", "arn:aws:iam::1:role/r", ""])
        }
        "ClientRequestToken" => ids.iter().map(|id| json!(id)).collect(),
        "VersionId" | "MoveToVersionId" | "RemoveFromVersionId" => {
            ids.iter().skip(1).map(|id| json!(id)).collect()
        }
        "SecretString" => texts(&[SENTINEL, "1", ""]),
        "SecretBinary" => texts(&["c2VudGluZWw=", "MQ==", "", "?"]),
        "VersionStage" => texts(&["AWSCURRENT", "x", "AWSPENDING", "AWSPREVIOUS", "new", ""]),
        "VersionStages" => vec![
            json!(["AWSCURRENT", "x"]),
            json!((0..20).map(|number| format!("m{number}")).collect::<Vec<_>>()),
            json!(["AWSPENDING"]),
            json!(["l1", "l1"]),
            json!([]),
            json!(vec!["y"; 21]),
        ],
        "RotationToken" => {
            texts(&["00000000-0000-4000-8000-000000000000", &"a".repeat(36), SENTINEL])
        }
        "Tags" => {
            vec![
                json!([{"Key": "k", "Value": "v"}]),
                json!([]),
                json!([{"Key": ""}]),
                json!([{}]),
                json!([{"Key": "aws:k"}]),
            ]
        }
        "TagKeys" => vec![json!(["k"]), json!([]), json!([""]), json!(["aws:k"])],
        "Filters" => vec![filters, json!([]), json!([{"Key": "nam", "Values": []}]), json!([{}])],
        "SecretIdList" => {
            vec![json!(["db", "bare", "gone", "no name", "rds!db"]), json!(["db"]), json!([])]
        }
        "MaxResults" => vec![json!(1), json!(2), json!(0), json!(21), json!(101)],
        "RotationLambdaARN" => texts(&[FUNCTION, "", MISSING]),
        "RotationRules" => vec![
            json!({"AutomaticallyAfterDays": 1}),
            json!({"ScheduleExpression": "rate(2 days)", "Duration": "3h"}),
            json!({"AutomaticallyAfterDays": 0, "Duration": "3d"}),
            json!({"AutomaticallyAfterDays": 3, "ScheduleExpression": "rate(2 days)"}),
        ],
        "RecoveryWindowInDays" => vec![json!(7), json!(30), json!(6), json!(i64::MAX)],
        "PasswordLength" => vec![json!(32), json!(100), json!(3), json!(0), json!(4097)],
        "ResourcePolicy" => {
            texts(&[r#"{"Statement": {"Effect": "Allow", "Principal": "*"}}"#, "{}", "{", ""])
        }
        "SortOrder" => texts(&["asc", "desc", "up"]),
        "SortBy" => texts(&["name", "created-date", "last-accessed-date", "colour"]),
        "AddReplicaRegions" => {
            vec![json!([{"Region": "eu-west-1"}]), json!([{"Region": "us-gov-west-1"}]), json!([])]
        }
        "RemoveReplicaRegions" => {
            vec![
                json!(["eu-west-1"]),
                json!(["us-gov-west-1", "eu-west-1"]),
                json!([]),
                json!([""]),
            ]
        }
        "ExternalSecretRotationMetadata" => {
            vec![json!([{"Key": "k", "Value": "v"}]), json!([]), json!([{"Key": "k", "Value": ""}])]
        }
        "Description"
        | "KmsKeyId"
        | "ExcludeCharacters"
        | "Type"
        | "NextToken"
        | "ExternalSecretRotationRoleArn" => {
            vec![json!("text"), json!(""), json!("x".repeat(2049)), json!("x".repeat(5000))]
        }
        _ => vec![json!(true), json!(false)],
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!(SENTINEL)),
        "\\PC{0,40}".prop_map(Value::from),
        (0..600_usize).prop_map(|length| Value::from("x".repeat(length))),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let key = prop_oneof![Just("Key".to_owned()), Just("Values".to_owned()), "[a-zA-Z]{0,6}"];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key, inner), 0..4).prop_map(|members| Map::from_iter(members).into()),
        ]
    })
}

/// A member of a request: left out, most likely right, nearly right, or anything.
#[derive(Clone, Debug)]
enum Member {
    Absent,
    Right(bool),
    Near(prop::sample::Index),
    Any(Value),
}

#[derive(Clone, Debug)]
struct Request {
    name: OperationName,
    by: &'static str,
    region: Option<&'static str>,
    body: Value,
}

fn requests() -> impl Strategy<Value = Request> {
    let member = |absent| {
        prop_oneof![
            absent => Just(Member::Absent),
            6 => any::<bool>().prop_map(Member::Right),
            2 => any::<prop::sample::Index>().prop_map(Member::Near),
            1 => any_json().prop_map(Member::Any),
        ]
    };
    let drawn = (
        prop::sample::select(OperationName::ALL),
        prop::sample::select(vec!["", "", "", "other_account"]),
        prop_oneof![6 => Just(None), 1 => Just(Some("eu-west-1"))],
        // The first two are required in most operations.
        (vec(member(1), 2), vec(member(6), 10)),
        prop_oneof![20 => Just(None), 1 => any_json().prop_map(Some)],
    );
    drawn.prop_map(|(name, by, region, (first, rest), body)| {
        let members = first.into_iter().chain(rest);
        let named = name.members().iter().zip(members).filter_map(|(name, member)| {
            let value = match member {
                Member::Absent => return None,
                Member::Right(first) => near(name).swap_remove(usize::from(!first)),
                Member::Near(index) => index.get(&near(name)).clone(),
                Member::Any(value) => value,
            };
            Some(((*name).to_owned(), value))
        });
        let body = body.unwrap_or_else(|| Value::Object(named.collect()));
        Request { name, by, region, body }
    })
}

/// Everything in the service, its count of changes too: what was refused is not looked at again.
fn inside(world: &World) -> String {
    format!("{:?}", world.service())
}

/// Sends one request and looks at what comes of it.
fn send(world: &mut World, request: &Request, seen: &mut Seen) -> Result<(), String> {
    let (before, views) = (inside(world), world.service().observe());
    let by = Caller::named(request.by, &world.service().setting().account);
    let by = by.in_region(request.region.map(Into::into));
    let operation = request.name.receive(request.body.clone());
    let mut trace = Trace::default();
    world.step(Action::Call { by, operation: operation.into() }, &mut trace);
    let step = &trace.steps[0];
    seen.rules.extend(step.rules.iter());
    match &step.outcome {
        Ok(reply) => {
            seen.answered.insert(request.name);
            let members = reply.members();
            if !members.is_object() {
                return Err(format!("the answer is {members}"));
            }
        }
        Err(error) => {
            seen.codes.insert(error.code);
            seen.refusals.extend(refusal(step));
            if !error.code.is_common() && !request.name.declared_errors().any(|it| it == error.code)
            {
                return Err(format!("refused with {error}, which the model doesn't declare"));
            }
            if error.message.is_empty() || error.code == ErrorCode::InternalServiceError {
                return Err(format!("refused with {error}"));
            }
            let echoes = error.message.contains(SENTINEL);
            let sensitive = ["SecretString", "RotationToken"];
            let elsewhere = request.body.as_object().is_some_and(|members| {
                let others = members.iter().filter(|(name, _)| !sensitive.contains(&name.as_str()));
                others.into_iter().any(|(_, value)| value.to_string().contains(SENTINEL))
            });
            if echoes && !elsewhere {
                return Err(format!("the message repeats a value: {error}"));
            }
            let after = world.service().observe();
            let same = views.iter().map(|it| &it.view).eq(after.iter().map(|it| &it.view));
            if !same {
                return Err(format!("refused with {error}, and something looks different"));
            }
            if inside(world) != before {
                return Err(format!("refused with {error}, and something is different inside"));
            }
        }
    }
    Ok(())
}

/// What the random requests came across.
#[derive(Default)]
struct Seen {
    rules: RuleSet,
    codes: BTreeSet<ErrorCode>,
    answered: BTreeSet<OperationName>,
    refusals: BTreeSet<String>,
}

#[test]
fn random_requests_are_answered_and_a_refusal_changes_nothing() {
    let scene = scene();
    let mut config = Config { failure_persistence: None, ..Config::default() };
    let known = config.rng_seed == RngSeed::Random;
    if known {
        config.rng_seed = RngSeed::Fixed(20_261_124);
    }
    let enough = known && config.cases >= 256;
    let seen = std::cell::RefCell::new(Seen::default());
    let outcome = TestRunner::new(config).run(&vec(requests(), 1..16), |requests| {
        let mut world = scene.clone();
        for request in &requests {
            let sent = send(&mut world, request, &mut seen.borrow_mut());
            sent.map_err(|reason| {
                let name = request.name.as_str();
                TestCaseError::fail(format!("{name} {} {}: {reason}", request.by, request.body))
            })?;
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let seen = seen.into_inner();
    let placed = placed();
    let missing: Vec<_> = seen.refusals.difference(&placed).collect();
    assert!(missing.is_empty(), "refusals without a row in `precedence.rs`: {missing:#?}");
    if !enough {
        return;
    }
    // Requests that are all refused at the door would show nothing.
    let unanswered: Vec<_> =
        OperationName::ALL.iter().filter(|name| !seen.answered.contains(name)).collect();
    assert!(unanswered.is_empty(), "never answered: {unanswered:?}");
    let missed: Vec<_> = ErrorCode::ALL
        .iter()
        .filter(|code| !seen.codes.contains(code) && **code != ErrorCode::InternalServiceError)
        .collect();
    assert!(missed.is_empty(), "never met: {missed:?}");
    for id in [
        "GEN-8", "GEN-11", "Q-5", "Q-6", "Q-7", "Q-8", "Q-9", "Q-10", "BGSV-1", "ADD-2", "GEN-12",
        "DEL-10", "REP-1", "REP-2", "REP-3",
    ] {
        assert!(seen.rules.iter().any(|rule| rule.id() == id), "{id} never decided anything");
    }
}
