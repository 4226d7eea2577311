//! Replicas: whatever happens to a primary, its replicas show the same so much later; and the judge sees it if they don't.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use serde_json::{Value, json};
use stagewright::api::OperationName;
use stagewright::assumption::{Assumptions, StaleReads};
use stagewright::caller::Caller;
use stagewright::property::{Property, judge};
use stagewright::report::Trail;
use stagewright::scenario::Scenario;
use stagewright::secret::{SecretValue, StagingLabel};
use stagewright::service::{Invoked, SecretView, ServiceAct, Setting, VersionView};
use stagewright::time::{Span, Timestamp};
use stagewright::world::{Action, Event, SETTLE_MAX, Trace, World};

use crate::calls::{FUNCTION, token};

const REGIONS: [&str; 2] = ["eu-west-1", "us-west-2"];

/// A call in a Region, or time that passes.
#[derive(Clone, Debug)]
enum Deed {
    Call(OperationName, Option<&'static str>, Value),
    Wait(Span),
}

/// Something that anybody may do to the one secret, or to its replicas.
fn deed(what: u8, number: u8, region: usize) -> Deed {
    use OperationName as Op;
    let region = REGIONS[region % REGIONS.len()];
    let id = token(&format!("v{}", number % 6));
    let other = token(&format!("v{}", number / 6 % 6));
    let label = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "blue"][usize::from(number) % 4];
    let home = |name, mut body: Value| {
        body["SecretId"] = "db".into();
        Deed::Call(name, None, body)
    };
    match what % 16 {
        0 => home(Op::ReplicateSecretToRegions, json!({"AddReplicaRegions": [{"Region": region}]})),
        1 => {
            let body = json!({
                "AddReplicaRegions": [{"Region": region}], "ForceOverwriteReplicaSecret": true
            });
            home(Op::ReplicateSecretToRegions, body)
        }
        2 => home(Op::RemoveRegionsFromReplication, json!({"RemoveReplicaRegions": [region]})),
        3 => Deed::Call(Op::StopReplicationToReplica, Some(region), json!({"SecretId": "db"})),
        4 => {
            let body = json!({"Name": "db", "ClientRequestToken": id, "SecretString": "there"});
            Deed::Call(Op::CreateSecret, Some(region), body)
        }
        5 => {
            let body = json!({"SecretId": "db", "ClientRequestToken": id, "SecretString": "there"});
            Deed::Call(Op::PutSecretValue, Some(region), body)
        }
        6 => Deed::Call(Op::GetSecretValue, Some(region), json!({"SecretId": "db"})),
        7 | 8 => {
            let value = format!("p{}", number % 6);
            home(Op::PutSecretValue, json!({"ClientRequestToken": id, "SecretString": value}))
        }
        9 => {
            let body = json!({
                "ClientRequestToken": id, "SecretString": format!("p{}", number % 6),
                "VersionStages": [label]
            });
            home(Op::PutSecretValue, body)
        }
        10 => {
            let body = json!({
                "VersionStage": label, "MoveToVersionId": id, "RemoveFromVersionId": other
            });
            home(Op::UpdateSecretVersionStage, body)
        }
        11 => {
            let immediately = !number.is_multiple_of(4);
            let body = json!({
                "ClientRequestToken": token(&format!("t{number}")), "RotationLambdaARN": FUNCTION,
                "RotateImmediately": immediately
            });
            home(Op::RotateSecret, body)
        }
        12 => {
            let tags = json!({"Tags": [{"Key": "k", "Value": number.to_string()}]});
            home(Op::TagResource, tags)
        }
        13 => home(Op::DeleteSecret, json!({"ForceDeleteWithoutRecovery": true})),
        _ => Deed::Wait(Span::from_millis(i64::from(number) * 100)),
    }
}

/// Plays deeds after the creation of the secret, and then lets everything arrive.
fn play(lag: Span, deeds: &[Deed]) -> Trace {
    // Reads that lag as well get in the way of nothing.
    let stale_reads = StaleReads(u32::from(lag.millis() == 700));
    let assume = Assumptions { stale_reads, ..Assumptions::default() };
    let setting =
        Setting { replication_lag: lag, invokes: Invoked::All, assume, ..Setting::default() };
    let account = setting.account.clone();
    let (mut world, mut trace) = (World::new(setting, Timestamp::DEFAULT_START), Trace::default());
    let first = json!({"Name": "db", "ClientRequestToken": token("v0"), "SecretString": "p0"});
    let first = Deed::Call(OperationName::CreateSecret, None, first);
    for deed in std::iter::once(&first).chain(deeds) {
        let action = match deed {
            Deed::Wait(span) => Action::Wait(*span),
            Deed::Call(name, region, body) => Action::Call {
                by: Caller::named("", &account).in_region(region.map(Into::into)),
                operation: name.receive(body.clone()).into(),
            },
        };
        world.step(action, &mut trace);
    }
    world.step(Action::Settle(SETTLE_MAX), &mut trace);
    world.step(Action::Wait(lag), &mut trace);
    trace
}

/// What is the same in all Regions.
fn content(view: &SecretView) -> impl PartialEq + std::fmt::Debug + use<> {
    let versions = view.versions.iter();
    let versions: Vec<(_, _, Option<SecretValue>)> =
        versions.map(|it| (it.id.clone(), it.labels.clone(), it.value.clone())).collect();
    (versions, view.description.clone(), view.tags.clone(), view.policy.clone())
}

/// What is wrong with the replicas of a trace.
fn examine(lag: Span, trace: &Trace) -> Result<usize, String> {
    let primary = |views: &[Arc<SecretView>], replica: &SecretView| {
        let region = replica.primary_region.as_deref().unwrap();
        let arn = replica.arn.in_region(region);
        views.iter().find(|view| view.arn == arn).cloned()
    };
    let mut arrived = 0;
    for step in &trace.steps {
        let Event::Service(ServiceAct::Replicates { failed: None, .. }) = &step.event else {
            continue;
        };
        let replica = step.view(step.secret.as_ref().unwrap()).ok_or("the replica isn't there")?;
        let sent = trace.steps.iter().filter(|it| it.at.plus(lag) == step.at);
        let mut looks = sent.filter_map(|step| primary(&step.after, replica));
        if !looks.any(|look| content(&look) == content(replica)) {
            return Err(format!("at {} the replica shows what the primary never was", step.at));
        }
        arrived += 1;
    }
    let last = &trace.steps.last().unwrap().after;
    for replica in last.iter().filter(|view| view.is_replica()) {
        let primary = primary(last, replica).ok_or("a replica without a primary")?;
        if content(&primary) != content(replica) {
            return Err("in the end the replica differs".to_owned());
        }
    }
    let judged = judge(trace, Property::ALL).violations;
    // Calls may break what the judge looks for; a replica shows it too, and nothing of its own.
    let known: BTreeSet<_> = judged
        .iter()
        .filter(|it| it.secret.region() == "us-east-1")
        .map(|it| (it.property.clone(), it.message.clone()))
        .collect();
    let other = judged.iter().find(|it| {
        it.secret.region() != "us-east-1"
            && !known.contains(&(it.property.clone(), it.message.clone()))
    });
    other.map_or(Ok(arrived), |it| Err(format!("step {}: {} {}", it.step, it.property, it.message)))
}

#[test]
fn replicas_show_what_their_primary_was() {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_261_124);
    }
    let enough = config.cases >= 256;
    let arrived = std::cell::Cell::new(0);
    let deeds = vec((any::<u8>(), any::<u8>(), any::<usize>()), 1..40);
    let outcome = TestRunner::new(config).run(&(0..4_i64, deeds), |(lag, numbers)| {
        let lag = Span::from_millis(lag * 700);
        let deeds: Vec<_> = numbers.iter().map(|it| deed(it.0, it.1, it.2)).collect();
        let trace = play(lag, &deeds);
        let count = examine(lag, &trace)
            .map_err(|reason| TestCaseError::fail(format!("{reason}\nlag {lag}\n{deeds:#?}")))?;
        arrived.set(arrived.get() + count);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(!enough || arrived.get() > 500, "only {} changes arrived", arrived.get());
}

/// A replica for the tests below: the last step is a change that arrives.
const PLAY: &str = "
scenario: a replica
secret: db
given: { replication-lag: 1s }
steps:
  - call: CreateSecret
    with: { SecretString: one, AddReplicaRegions: [{ Region: eu-west-1 }] }
    as: a
  - wait: 1s
  - call: PutSecretValue
    with: { SecretString: two, VersionStages: [blue] }
    as: b
  - call: DescribeSecret
    region: eu-west-1
    note: Nothing happens here.
  - wait: 1s
";

/// A version, to change it.
fn version(view: &mut SecretView, index: usize) -> &mut VersionView {
    Arc::make_mut(&mut view.versions[index])
}

/// The judge compares a replica with its primary by itself, whatever the machine says that the step was.
#[test]
fn the_judge_sees_a_replica_that_goes_its_own_way() {
    let good = Scenario::read(PLAY).unwrap().play(false).trace;
    assert_eq!(judge(&good, Property::ALL).violations, []);
    let last = good.steps.len() - 1;
    assert!(matches!(good.steps[last].event, Event::Service(ServiceAct::Replicates { .. })));
    type Change = fn(&mut SecretView);
    let breaks: [(&str, Change); 4] = [
        ("a label is on another version than at the primary", |view| {
            version(view, 0).labels.push(StagingLabel::new("blue"));
            version(view, 1).labels.clear();
        }),
        ("a label is missing", |view| version(view, 1).labels.clear()),
        ("a version is missing", |view| view.versions.truncate(1)),
        ("a version has another value", |view| {
            version(view, 1).value = Some(SecretValue::Text("three".into()));
        }),
    ];
    for (what, change) in breaks {
        // Where the change arrives, and where nothing but a read happens.
        for at in [last, last - 2] {
            let mut trace = good.clone();
            let before = trace.steps[at - 1].after.clone();
            let replica = Arc::make_mut(&mut trace.steps[at].after)
                .iter_mut()
                .find(|it| it.is_replica())
                .unwrap();
            let mut view = SecretView::clone(replica);
            if view.versions.len() < 2 {
                view.versions.push(Arc::clone(&view.versions[0]));
                version(&mut view, 1).id = stagewright::secret::VersionId::new(token("b"));
                version(&mut view, 1).labels =
                    std::iter::once(StagingLabel::new("green")).collect();
            }
            change(&mut view);
            *replica = Arc::new(view);
            let same = before.iter().find(|it| it.is_replica()).is_some_and(|it| {
                let now = trace.steps[at].after.iter().find(|it| it.is_replica()).unwrap();
                content(it) == content(now)
            });
            let found = judge(&trace, &[Property::OnlyNamedLabelsMove]).violations;
            assert_eq!(found.iter().any(|it| it.step == at), !same, "{what} at {at}: {found:#?}");
        }
    }
}

/// A record is in the log of the Region where the call was made, and an event where its secret is.
#[test]
fn records_have_the_region_of_their_call() {
    let scenario = Scenario::read(PLAY).unwrap();
    let mut trail = Trail::default();
    trail.add(&scenario.play(false).trace, &scenario.setting.region);
    let file = trail.into_json();
    let regions = file["Records"].as_array().unwrap().iter();
    let regions: Vec<_> = regions
        .map(|it| (it["eventName"].as_str().unwrap(), it["awsRegion"].as_str().unwrap()))
        .collect();
    let expected = [
        ("CreateSecret", "us-east-1"),
        ("PutSecretValue", "us-east-1"),
        ("DescribeSecret", "eu-west-1"),
    ];
    assert_eq!(regions, expected);
    assert_eq!(
        file["Records"][0]["requestParameters"]["addReplicaRegions"][0]["region"],
        "eu-west-1"
    );
}
