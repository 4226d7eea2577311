//! How fast the machine applies calls: the pure label rules, and the service around them.
//!
//! Run with `cargo bench --bench calls`. The bar is 2 million label calls a second on one core.
#![expect(clippy::expect_used, reason = "a benchmark may stop")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use stagewright::api::{
    CreateSecret, DescribeSecret, GetSecretValue, LabelMap, Operation, OperationName,
    PutSecretValue, Reply, SecretText, UpdateSecretVersionStage,
};
use stagewright::assumption::Assumptions;
use stagewright::caller::Caller;
use stagewright::labels::{self, LabelSlot, Named, StageUpdate, Stages, VersionSlot};
use stagewright::service::{SecretsManager, Setting};
use stagewright::time::{Span, Timestamp};

const FIRST: &str = "00000000-0000-4000-8000-000000000001";
const SECOND: &str = "00000000-0000-4000-8000-000000000002";

fn stage(label: &str, from: Option<&str>, to: Option<&str>) -> Operation {
    Operation::UpdateSecretVersionStage(UpdateSecretVersionStage {
        secret_id: "db/app".to_owned(),
        version_stage: label.to_owned(),
        remove_from_version_id: from.map(str::to_owned),
        move_to_version_id: to.map(str::to_owned),
    })
}

/// A service with one secret of `versions` versions, of which the first is current.
fn service(versions: usize) -> (SecretsManager, Caller) {
    let setting = Setting::default();
    let caller = Caller::named("", &setting.account);
    let mut service = SecretsManager::new(setting);
    let create = Operation::CreateSecret(CreateSecret {
        name: "db/app".to_owned(),
        client_request_token: Some(FIRST.to_owned()),
        secret_string: Some(SecretText("one".into())),
        ..CreateSecret::default()
    });
    service.apply(Timestamp::DEFAULT_START, &caller, &create);
    for number in 2..=versions {
        let put = Operation::PutSecretValue(PutSecretValue {
            secret_id: "db/app".to_owned(),
            client_request_token: Some(format!("00000000-0000-4000-8000-{number:012}")),
            secret_string: Some(SecretText("two".into())),
            version_stages: Some(vec![format!("label-{}", number % 16)]),
            ..PutSecretValue::default()
        });
        service.apply(Timestamp::DEFAULT_START, &caller, &put);
    }
    (service, caller)
}

fn label_rules(criterion: &mut Criterion) {
    let slot = |index| VersionSlot::from_index(index).expect("a small index");
    let assume = Assumptions::default();
    let mut group = criterion.benchmark_group("label rules");
    group.throughput(Throughput::Elements(2));
    group.bench_function("move AWSCURRENT there and back", |bencher| {
        let add = |label, to| StageUpdate {
            label,
            remove_from: Named::Absent,
            move_to: Named::Version(slot(to)),
            target_has_value: true,
        };
        let start: Stages =
            labels::update_stage(Stages::NONE, add(LabelSlot::CURRENT, 0), &assume, &mut ())
                .expect("it is free");
        let swing = |from, to| StageUpdate {
            remove_from: Named::Version(slot(from)),
            ..add(LabelSlot::CURRENT, to)
        };
        let (there, back) = (swing(0, 1), swing(1, 0));
        bencher.iter(|| {
            let stages = labels::update_stage(black_box(start), black_box(there), &assume, &mut ());
            stages
                .and_then(|stages| labels::update_stage(stages, black_box(back), &assume, &mut ()))
        });
    });
    group.finish();
}

fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("service");
    for versions in [2, 100] {
        group.throughput(Throughput::Elements(2));
        let (there, back) = (
            stage("AWSCURRENT", Some(FIRST), Some(SECOND)),
            stage("AWSCURRENT", Some(SECOND), Some(FIRST)),
        );
        group.bench_function(
            format!("UpdateSecretVersionStage there and back, {versions} versions"),
            |bencher| {
                let (mut service, caller) = service(versions);
                bencher.iter(|| {
                    let there = service.apply(Timestamp::DEFAULT_START, &caller, &there);
                    let back = service.apply(Timestamp::DEFAULT_START, &caller, &back);
                    assert!(there.outcome.is_ok() && back.outcome.is_ok());
                });
            },
        );
        group.throughput(Throughput::Elements(1));
        let get = Operation::GetSecretValue(GetSecretValue {
            secret_id: "db/app".to_owned(),
            ..GetSecretValue::default()
        });
        group.bench_function(format!("GetSecretValue, {versions} versions"), |bencher| {
            let (mut service, caller) = service(versions);
            bencher.iter(|| service.apply(Timestamp::DEFAULT_START, &caller, black_box(&get)));
        });
        let describe = Operation::DescribeSecret(DescribeSecret { secret_id: "db/app".to_owned() });
        group.bench_function(format!("DescribeSecret, {versions} versions"), |bencher| {
            let (mut service, caller) = service(versions);
            bencher.iter(|| service.apply(Timestamp::DEFAULT_START, &caller, black_box(&describe)));
        });
    }
    group.bench_function("PutSecretValue, collecting the oldest of 100 versions", |bencher| {
        let (mut service, caller) = service(100);
        let mut number = 0_u64;
        let mut at = Timestamp::DEFAULT_START.plus(Span::days(2));
        bencher.iter(|| {
            number = number.wrapping_add(1);
            at = at.plus(Span::seconds(3_600));
            let put = Operation::PutSecretValue(PutSecretValue {
                secret_id: "db/app".to_owned(),
                client_request_token: Some(format!("10000000-0000-4000-8000-{number:012}")),
                secret_string: Some(SecretText("two".into())),
                ..PutSecretValue::default()
            });
            assert!(service.apply(at, &caller, &put).outcome.is_ok());
        });
    });
    group.finish();
}

/// A request from its body.
fn request(name: OperationName, body: serde_json::Value) -> Operation {
    name.read(body).expect("a request")
}

/// A service with a secret of 100 versions that carry 20 labels, and a tag.
fn full() -> (SecretsManager, Caller) {
    let (mut service, caller) = service(100);
    let mut call = |name, body| {
        let applied = service.apply(Timestamp::DEFAULT_START, &caller, &request(name, body));
        assert!(applied.outcome.is_ok(), "{:?}", applied.outcome);
    };
    for label in ["label-16", "label-17", "AWSPREVIOUS"] {
        call(
            OperationName::UpdateSecretVersionStage,
            json!({"SecretId": "db/app", "VersionStage": label, "MoveToVersionId": SECOND}),
        );
    }
    call(OperationName::TagResource, json!({"SecretId": "db/app", "Tags": [{"Key": "k"}]}));
    let described = service.apply(
        Timestamp::DEFAULT_START,
        &caller,
        &request(OperationName::DescribeSecret, json!({"SecretId": "db/app"})),
    );
    let reply =
        if let Ok(Reply::Description(reply)) = described.outcome { Some(reply) } else { None };
    let reply = reply.expect("a description");
    let labels = reply.version_ids_to_stages.iter().flat_map(LabelMap::values);
    assert_eq!(labels.flatten().count(), 20);
    (service, caller)
}

/// Each operation on such a secret. The bar is 5 µs a call but for lists. What can't be repeated comes in pairs that
/// undo each other.
#[expect(clippy::too_many_lines, reason = "a table")]
fn operations(criterion: &mut Criterion) {
    use OperationName as Op;
    let id = "db/app";
    let own = json!({"SecretId": id});
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}"#;
    let cycles: Vec<(&str, Vec<(Op, serde_json::Value)>)> = vec![
        (
            "CreateSecret again",
            vec![(
                Op::CreateSecret,
                json!({"Name": id, "ClientRequestToken": FIRST, "SecretString": "one"}),
            )],
        ),
        (
            "PutSecretValue again",
            vec![(
                Op::PutSecretValue,
                json!({"SecretId": id, "ClientRequestToken": SECOND, "SecretString": "two"}),
            )],
        ),
        (
            "UpdateSecret",
            vec![(
                Op::UpdateSecret,
                json!({"SecretId": id, "ClientRequestToken": SECOND, "Description": "d"}),
            )],
        ),
        (
            "UpdateSecretVersionStage",
            vec![
                (
                    Op::UpdateSecretVersionStage,
                    json!({"SecretId": id, "VersionStage": "label-17", "RemoveFromVersionId": SECOND, "MoveToVersionId": FIRST}),
                ),
                (
                    Op::UpdateSecretVersionStage,
                    json!({"SecretId": id, "VersionStage": "label-17", "RemoveFromVersionId": FIRST, "MoveToVersionId": SECOND}),
                ),
            ],
        ),
        ("GetSecretValue", vec![(Op::GetSecretValue, own.clone())]),
        ("BatchGetSecretValue", vec![(Op::BatchGetSecretValue, json!({"SecretIdList": [id]}))]),
        ("DescribeSecret", vec![(Op::DescribeSecret, own.clone())]),
        (
            "ListSecretVersionIds",
            vec![(Op::ListSecretVersionIds, json!({"SecretId": id, "IncludeDeprecated": true}))],
        ),
        ("ListSecrets", vec![(Op::ListSecrets, json!({}))]),
        (
            "DeleteSecret and RestoreSecret",
            vec![(Op::DeleteSecret, own.clone()), (Op::RestoreSecret, own.clone())],
        ),
        ("CancelRotateSecret", vec![(Op::CancelRotateSecret, own.clone())]),
        (
            "TagResource",
            vec![(Op::TagResource, json!({"SecretId": id, "Tags": [{"Key": "k", "Value": "v"}]}))],
        ),
        ("UntagResource", vec![(Op::UntagResource, json!({"SecretId": id, "TagKeys": ["none"]}))]),
        (
            "PutResourcePolicy",
            vec![(Op::PutResourcePolicy, json!({"SecretId": id, "ResourcePolicy": policy}))],
        ),
        ("GetResourcePolicy", vec![(Op::GetResourcePolicy, own.clone())]),
        ("DeleteResourcePolicy", vec![(Op::DeleteResourcePolicy, own)]),
        (
            "ValidateResourcePolicy",
            vec![(Op::ValidateResourcePolicy, json!({"ResourcePolicy": policy}))],
        ),
        ("GetRandomPassword", vec![(Op::GetRandomPassword, json!({}))]),
    ];
    let mut group = criterion.benchmark_group("100 versions, 20 labels");
    for (name, calls) in cycles {
        let calls: Vec<_> = calls.into_iter().map(|(name, body)| request(name, body)).collect();
        group.throughput(Throughput::Elements(calls.len() as u64));
        group.bench_function(name, |bencher| {
            let (mut service, caller) = full();
            bencher.iter(|| {
                for call in &calls {
                    let applied = service.apply(Timestamp::DEFAULT_START, &caller, black_box(call));
                    assert!(applied.outcome.is_ok());
                }
            });
        });
    }
    group.throughput(Throughput::Elements(1));
    let rotate = request(
        Op::RotateSecret,
        json!({
            "SecretId": id,
            "ClientRequestToken": "20000000-0000-4000-8000-000000000000",
            "RotationLambdaARN": "arn:aws:lambda:us-east-1:111111111111:function:rotate",
            "RotationRules": {"AutomaticallyAfterDays": 30}
        }),
    );
    let free = stage("AWSPREVIOUS", Some(SECOND), None);
    group.bench_function("RotateSecret", |bencher| {
        let (mut service, caller) = full();
        service.apply(Timestamp::DEFAULT_START, &caller, &free); // there is room for AWSPENDING
        let at = Timestamp::DEFAULT_START.plus(Span::days(2)); // and for a version
        bencher.iter_batched_ref(
            || service.clone(),
            |service| assert!(service.apply(at, &caller, &rotate).outcome.is_ok()),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("a refusal by the model", |bencher| {
        let (mut service, caller) = full();
        let call = Operation::GetSecretValue(GetSecretValue {
            secret_id: id.to_owned(),
            version_id: Some("short".to_owned()),
            ..GetSecretValue::default()
        });
        bencher.iter(|| service.apply(Timestamp::DEFAULT_START, &caller, black_box(&call)));
    });
    group.finish();
}

criterion_group!(benches, label_rules, calls, operations);
criterion_main!(benches);
