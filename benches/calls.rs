//! How fast the machine applies calls: the pure label rules, and the service around them.
//!
//! Run with `cargo bench --bench calls`. The bar is 2 million label calls a second on one core.
#![expect(clippy::expect_used, reason = "a benchmark may stop")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stagewright::api::{
    CreateSecret, DescribeSecret, GetSecretValue, Operation, PutSecretValue, SecretText,
    UpdateSecretVersionStage,
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
        secret_string: Some(SecretText("one".to_owned())),
        ..CreateSecret::default()
    });
    service.apply(Timestamp::DEFAULT_START, &caller, &create);
    for number in 2..=versions {
        let put = Operation::PutSecretValue(PutSecretValue {
            secret_id: "db/app".to_owned(),
            client_request_token: Some(format!("00000000-0000-4000-8000-{number:012}")),
            secret_string: Some(SecretText("two".to_owned())),
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
                secret_string: Some(SecretText("two".to_owned())),
                ..PutSecretValue::default()
            });
            assert!(service.apply(at, &caller, &put).outcome.is_ok());
        });
    });
    group.finish();
}

criterion_group!(benches, label_rules, calls);
criterion_main!(benches);
