//! The packed world against the full service: random walks through state spaces are written out as scenarios, and the
//! service must give every answer and every label map that the walk has.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stagewright::api::RotationStep::{self, CreateSecret, FinishSecret, SetSecret, TestSecret};
use stagewright::assumption::{Assumptions, TABLE};
use stagewright::explore::{ActionId, Packed, Space as _};
use stagewright::labels::{LabelSet, LabelSlot, VersionSlot};
use stagewright::model::OwnProperties;
use stagewright::model::{
    FaultKind, FaultKinds, Faults, Gate, Model, MoveTo, Other, OtherCall, PutValue, Runs, Setting,
    Start,
};
use stagewright::program::{
    Call, Caught, Condition, Flow, FlowId, NewValue, Node, NodeId, Program, PutToken, Register,
    RegisterId, RegisterKind, RegisterSet, Term,
};
use stagewright::report::{Opening, scenario_of};
use stagewright::scenario::{Names, Scenario};
use stagewright::secret::StagingLabel::{AwsCurrent, AwsPending};
use stagewright::target::{PrincipalSlot, Target};

#[expect(clippy::too_many_lines, reason = "a table")]
/// What AWS's template does, with or without removing AWSPENDING at its end.
fn template(labels: Option<Vec<stagewright::secret::StagingLabel>>, random: bool) -> Program {
    let register = |name: &str, kind| Register { name: name.to_owned(), kind };
    let registers = vec![
        register("gate.AWSCURRENT", RegisterKind::Version),
        register("gate.AWSPENDING", RegisterKind::Version),
        register("current", RegisterKind::Version),
        register("password", RegisterKind::Password),
        register("secret.AWSCURRENT", RegisterKind::Version),
    ];
    let mut flows = Vec::new();
    let mut flow = |it| {
        flows.push(it);
        FlowId(u16::try_from(flows.len() - 1).unwrap())
    };
    let done = flow(Flow::Return);
    let fail = flow(Flow::Fail(stagewright::program::MessageId(0)));
    let go: Vec<FlowId> = (0..11).map(|node| flow(Flow::Go(NodeId(node)))).collect();
    let is = |register: u8| Condition::Same(Term::Register(RegisterId(register)), Term::Token);
    let mut gate = |then: FlowId| {
        let pending = flow(Flow::If { condition: is(1), then, otherwise: fail });
        flow(Flow::If { condition: is(0), then: done, otherwise: pending })
    };
    let (create, set, test, finish) = (gate(go[1]), gate(go[6]), gate(done), gate(go[9]));
    let finished = flow(Flow::If { condition: is(4), then: done, otherwise: go[10] });
    let node = |step: RotationStep, call, binds: Option<u8>, then, scope: &[u8]| Node {
        step,
        name: String::new(),
        call,
        binds: binds.map(RegisterId),
        then,
        on_error: Vec::new(),
        scope: scope.iter().map(|it| RegisterId(*it)).fold(RegisterSet::EMPTY, RegisterSet::with),
        because: None,
    };
    let describe = |holders: &[u8]| Call::DescribeSecret {
        holders: [(AwsCurrent, 0), (AwsPending, 1), (AwsCurrent, 4)]
            .into_iter()
            .filter(|(_, register)| holders.contains(register))
            .map(|(label, register)| (label, RegisterId(register)))
            .collect(),
        rotation_enabled: None,
    };
    let read = |version, label| Call::GetSecretValue { version, label: Some(label) };
    let mut nodes = vec![
        node(CreateSecret, describe(&[0, 1]), None, create, &[]),
        node(CreateSecret, read(None, AwsCurrent), Some(2), go[2], &[]),
        node(CreateSecret, read(Some(Term::Token), AwsPending), None, done, &[2]),
        node(CreateSecret, Call::GetRandomPassword, Some(3), go[4], &[2]),
        node(
            CreateSecret,
            Call::PutSecretValue {
                token: PutToken::Rotation,
                value: NewValue {
                    secret: random.then_some(RegisterId(3)),
                    from: Some(RegisterId(2)),
                    other_user: false,
                },
                labels,
            },
            None,
            done,
            &[2, 3],
        ),
        node(SetSecret, describe(&[0, 1]), None, set, &[]),
        node(SetSecret, read(Some(Term::Token), AwsPending), None, done, &[]),
        node(TestSecret, describe(&[0, 1]), None, test, &[]),
        node(FinishSecret, describe(&[0, 1]), None, finish, &[]),
        node(FinishSecret, describe(&[4]), None, finished, &[]),
        node(
            FinishSecret,
            Call::UpdateSecretVersionStage {
                label: AwsCurrent,
                move_to: Some(Term::Token),
                remove_from: Some(Term::Register(RegisterId(4))),
            },
            None,
            done,
            &[4],
        ),
    ];
    nodes[2].on_error = vec![(Caught::Any, go[3])];
    Program {
        name: "template".to_owned(),
        strategy: None,
        registers,
        nodes,
        flows,
        entries: [go[0], go[5], go[7], go[8]],
        messages: vec!["the gate fails".to_owned()],
        grants: Vec::new(),
    }
}

/// Everything that others can do.
fn others() -> Vec<OtherCall> {
    let label = |index| LabelSlot::from_index(index).unwrap();
    let all: Vec<LabelSlot> = (0..5).map(label).collect();
    let set =
        |labels: &[usize]| labels.iter().map(|it| label(*it)).fold(LabelSet::EMPTY, LabelSet::with);
    let put = |labels, value| OtherCall::Put { labels, value };
    let mut calls = vec![
        put(None, PutValue::New),
        put(Some(set(&[2])), PutValue::New),
        put(Some(set(&[0, 3])), PutValue::New),
        put(Some(set(&[3, 4])), PutValue::New),
        put(None, PutValue::Again(VersionSlot::from_number(1).unwrap())),
        OtherCall::CancelRotateSecret,
        OtherCall::DeleteSecret,
        OtherCall::RestoreSecret,
    ];
    calls.extend(all.iter().map(|label| OtherCall::Move { label: *label, to: MoveTo::AnyVersion }));
    calls.extend(all.iter().map(|label| OtherCall::Remove(*label)));
    calls.push(OtherCall::Move {
        label: LabelSlot::CURRENT,
        to: MoveTo::HolderOf(LabelSlot::PREVIOUS),
    });
    calls
}

fn setting(assume: Assumptions, labels: u8, random: bool) -> Setting {
    let slot = |number| VersionSlot::from_number(number).unwrap();
    let labels = match labels {
        0 => None,
        1 => Some(vec![AwsCurrent]),
        _ => Some(vec![AwsPending]),
    };
    let kinds = FaultKind::ALL.into_iter().fold(FaultKinds::default(), FaultKinds::with);
    Setting {
        program: Some(Arc::new(template(labels, random))),
        assume,
        start: Start {
            versions: vec![PrincipalSlot(0), PrincipalSlot(0)],
            labels: vec![(LabelSlot::CURRENT, slot(2)), (LabelSlot::PREVIOUS, slot(1))],
            target: Target::default(),
        },
        target: None,
        rotations: 3,
        gate: Gate::Service,
        runs: Runs::WhileUnfinished,
        workers: 2,
        faults: Faults { times: 3, kinds, stale_reads: 3 },
        others: vec![Other {
            who: "operator".to_owned(),
            calls: others(),
            times: Some(7),
            during_rotation: false,
        }],
        custom: vec!["blue".to_owned(), "green".to_owned()],
        puts: 3,
        check: Vec::new(),
        own: OwnProperties::default(),
    }
}

/// The assumptions that a state space can feel, drawn at random.
fn assumptions() -> impl Strategy<Value = Assumptions> {
    const FELT: [&str; 13] = [
        "pending-leaves",
        "abandons",
        "outgoing-labels",
        "fill-without-labels",
        "stage-unknown-target",
        "stage-wrong-source",
        "stage-same",
        "stage-placeholder",
        "stage-from-nowhere",
        "previous-by-hand",
        "pending-cleanup",
        "lost-placeholder",
        "replay-labels",
    ];
    let felt: Vec<_> = TABLE.iter().filter(|it| FELT.contains(&it.id)).collect();
    prop::collection::vec(any::<prop::sample::Index>(), felt.len()).prop_map(move |choices| {
        let mut assume = Assumptions::default();
        for (assumption, choice) in felt.iter().zip(choices) {
            assume
                .choose(assumption.id, assumption.options[choice.index(assumption.options.len())])
                .unwrap();
        }
        assume
    })
}

const STEPS: &str = "  - { call: CreateSecret, with: { SecretString: value of v1 }, as: v1 }
  - { call: PutSecretValue, with: { SecretString: two }, as: v2 }
";

/// Walks through the state space as the choices say and plays the walk with the service.
fn walk(setting: &Setting, choices: &[prop::sample::Index]) {
    let model = Model::<4>::new(setting.clone()).unwrap();
    let mut state = model.initial();
    let mut path: Vec<(ActionId, Packed<4>)> = Vec::new();
    for choice in choices {
        let mut next = Vec::new();
        model.successors(state, &mut |successor| next.push((successor.action, successor.state)));
        if next.is_empty() {
            break;
        }
        let chosen = next[choice.index(next.len())];
        path.push(chosen);
        state = chosen.1;
    }
    let length = path.len();
    let scenes = model.tell(path);
    assert_eq!(scenes.len(), length, "every action of the walk is told");
    let names = Names { versions: vec!["v1".to_owned(), "v2".to_owned()], ..Names::default() };
    let opening = Opening {
        title: "a walk",
        about: "",
        stage: "secret: db/app\n",
        claim: "",
        assume: setting.assume,
        steps: STEPS,
        names: &names,
        stays: &[],
    };
    let text = scenario_of(opening, &model, &scenes);
    let scenario = Scenario::read(&text).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"));
    let played = scenario.play(false);
    let told: Vec<_> = played
        .differences
        .iter()
        .map(|it| format!("step {}: {}: {}", it.step, it.path, it.message))
        .collect();
    assert!(told.is_empty(), "{}\n{text}", told.join("\n"));
}

fn walks(cases: u32) {
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let choices = prop::collection::vec(any::<prop::sample::Index>(), 1..60);
    runner
        .run(
            &(assumptions(), 0..4_u8, any::<bool>(), choices),
            |(assume, labels, random, choices)| {
                walk(&setting(assume, labels, random), &choices);
                Ok(())
            },
        )
        .unwrap_or_else(|failure| panic!("{}", failure.to_string().replace("\\n", "\n")));
}

#[test]
fn the_service_gives_the_answers_of_random_walks() {
    let cases = std::env::var("STAGEWRIGHT_WALKS").ok().and_then(|text| text.parse().ok());
    walks(cases.unwrap_or(200));
}
