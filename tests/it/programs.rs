//! Rotation functions as programs: the page, the table that is made of the text, what faults do to each, and mistakes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use stagewright::library;
use stagewright::mistake::render;
use stagewright::program::{Call, Caught, Condition, Flow, Program, Strategy, TargetVerb};
use stagewright::scenario::Scenario;
use stagewright::scenario::program::schema;
use stagewright::target::{CredentialSet, CredentialSlot, PrincipalSlot};

use crate::files::{root, text};
use crate::reference::{blocks, keys, members};

fn page() -> String {
    text(&root().join("docs/programs.md"))
}

#[test]
fn the_page_is_complete() {
    let (page, schema) = (page(), schema());
    for block in blocks(&page) {
        assert!(Program::read(block).is_ok(), "{block}\n{:#?}", Program::read(block));
    }
    assert_eq!(keys(&page, "Keys of the file"), members(&schema));
    assert_eq!(keys(&page, "Statements"), members(&schema["$defs"]["Statement"]));
    let builtin: BTreeSet<_> = Program::builtin_names().map(str::to_owned).collect();
    assert_eq!(keys(&page, "What is built in"), builtin);
    // Every verb of the page is one of the language, and the other way round.
    let read = |statement: &str| {
        Program::read(&format!("program: x\nsetSecret: [{{ target: {statement} }}]"))
    };
    let told = read("nothing-like-it").unwrap_err()[0].help.clone().unwrap();
    let verbs: BTreeSet<_> = told.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(keys(&page, "Calls of the target"), verbs);
}

#[test]
fn every_program_of_the_library_is_one() {
    for file in library::programs() {
        let program = Program::read(file.text);
        let program = program.unwrap_or_else(|it| panic!("{}\n{it:#?}", file.path));
        let names: BTreeSet<_> = program.nodes.iter().map(|node| &node.name).collect();
        assert_eq!(names.len(), program.nodes.len(), "{}", file.path);
        // Flows refer to flows that were made before them, so that following them ends.
        for (index, flow) in program.flows.iter().enumerate() {
            if let Flow::If { then, otherwise, .. } = flow {
                assert!(then.index() < index && otherwise.index() < index, "{}", file.path);
            }
        }
        assert!(Program::builtin(file.builtin_name().unwrap()).is_some());
    }
}

/// A small program, and everything of the table that is made of it.
#[test]
fn the_table_of_a_small_program() {
    let program = Program::read(
        "
program: small
setSecret:
  - { call: GetSecretValue, with: { VersionStage: AWSCURRENT }, as: current }
  - call: GetSecretValue
    with: { VersionId: token }
    as: pending
    on-error: { any: [{ fail: none }], ResourceNotFoundException: [] }
  - if: pending is not set
    then: [return]
  - transaction:
      - { target: login, with: current }
      - { target: set-password, with: pending, old: current }
  - { target: login, with: pending }
",
    )
    .unwrap();
    let mut told = String::new();
    for node in &program.nodes {
        let named = |set: stagewright::program::RegisterSet| {
            let registers = program.registers.iter().enumerate();
            let names = registers.filter(|(index, _)| set.0 & 1 << index != 0);
            names.map(|(_, it)| it.name.as_str()).collect::<Vec<_>>().join(" ")
        };
        let _ = writeln!(told, "{} | {}", node.name, named(node.scope));
    }
    assert_eq!(
        told,
        "setSecret GetSecretValue | \n\
         setSecret GetSecretValue #2 | current\n\
         setSecret login | current pending\n\
         setSecret set-password | current pending\n\
         setSecret commit | current pending\n\
         setSecret login #2 | pending\n"
    );
    let caught: Vec<_> = program.nodes[1].on_error.iter().map(|(caught, _)| *caught).collect();
    assert!(matches!(caught[..], [Caught::Service(_), Caught::Any]));
    let Flow::If { condition: Condition::IsSet(_), then, otherwise } =
        program.flow(program.nodes[1].then)
    else {
        panic!("{:#?}", program.flows)
    };
    assert!(matches!(program.flow(then), Flow::Go(node) if node.index() == 2));
    assert_eq!(program.flow(otherwise), Flow::Return);
    let numbers: Vec<_> = program
        .nodes
        .iter()
        .filter_map(|node| match &node.call {
            Call::Target(call) => Some((call.verb == TargetVerb::Commit, call.in_transaction)),
            _ => None,
        })
        .collect();
    let expected = [(false, Some(0)), (false, Some(1)), (true, Some(2)), (false, None)];
    assert_eq!(numbers, expected);
}

/// How a rotation with one fault ends, in a word. The user app has version v1 and one grant, and must use TLS.
fn outcome(name: &str, at: &str, kind: &str) -> &'static str {
    let value =
        if name == "influxdb" { "{ token: one }" } else { "{ username: app, password: one }" };
    let is_oracle = name == "oracle-alternating-users";
    let login_needs = if is_oracle { "  login-needs: create-session\n" } else { "" };
    let text = format!(
        "
scenario: one fault
secret: db
function: builtin:{name}
target:
  users: {{ app: {{ password: v1, grants: [create-session, read], tls: true }} }}
{login_needs}check: []
steps:
  - {{ call: CreateSecret, with: {{ SecretString: {value} }}, as: v1 }}
  - {{ rotate: {{}}, as: v2, faults: [{{ at: '{at}', kind: {kind} }}] }}
  - {{ settle: {{}} }}
  - {{ call: GetSecretValue }}
"
    );
    let scenario = Scenario::read(&text).unwrap_or_else(|it| panic!("{text}\n{it:#?}"));
    let played = scenario.play(true);
    let mut database = played.database.unwrap();
    let view = &played.trace.steps.last().unwrap().after[0];
    let current = view
        .versions
        .iter()
        .find(|version| version.labels.iter().any(|label| label.as_str() == "AWSCURRENT"))
        .unwrap();
    let value = current.value.as_ref().unwrap();
    let has = stagewright::world::Credentials::of(value);
    let who: PrincipalSlot = database.principal(has.user.as_deref()).unwrap();
    let by: CredentialSlot = database.credential(&has.secret.0, CredentialSet::default());
    let user = database.target.principal(who);
    let rotated = played.names.iter().any(|(id, name)| name == "v2" && *id == current.id);
    let program = scenario.function().unwrap();
    let copies_tls = program.nodes.iter().any(|node| {
        matches!(&node.call, Call::Target(call) if matches!(call.verb, TargetVerb::CopyTls { .. }))
    });
    let left_over = program.strategy == Some(Strategy::Tokens) && user.accepts.0.count_ones() > 1;
    match () {
        () if !database.target.lets_in(database.setting, who, by) => "refused",
        () if !rotated => "stuck",
        () if user.grants.0.count_ones() != 2 || (copies_tls && !user.tls) => "less",
        () if left_over => "left over",
        () => "fine",
    }
}

/// Each kind of fault at each call of each program, and what the retries make of it.
#[test]
fn one_fault_at_every_call() {
    let mut told = String::new();
    for name in Program::builtin_names().filter(|name| *name != "template") {
        let program = Program::builtin(name).unwrap();
        let mut counts = std::collections::BTreeMap::new();
        let mut lines = String::new();
        for node in &program.nodes {
            for kind in ["killed-before", "killed-after", "error-before", "error-after"] {
                let outcome = outcome(name, &node.name, kind);
                *counts.entry(outcome).or_insert(0) += 1;
                if outcome != "fine" && !name.starts_with("wrong/") {
                    let _ = writeln!(lines, "    {outcome}: {kind} {}", node.name);
                }
            }
        }
        let _ = writeln!(told, "{name}: {counts:?}\n{lines}");
    }
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("one-fault", told);
    });
}

/// Programs with mistakes, and what is said of them.
#[test]
fn mistakes() {
    let mut told = String::new();
    for (title, program) in MISTAKEN {
        let mistakes = Program::read(program).unwrap_err();
        let _ = writeln!(told, "## {title}\n\n{}", render("x.yaml", program, &mistakes, false));
    }
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("mistakes", told);
    });
}

const MISTAKEN: [(&str, &str); 4] = [
    (
        "keys and words",
        "program: ''
strategy: single
every-step:
  - if: secret.AWSCURRENT is token
    then: return
createSecret:
  - cal: GetSecretValue
  - retrun
  - call: ListSecrets
  - {}
  - { call: GetRandomPassword, target: login }
  - { return: { x: 1 } }
  - { fail: too late }
",
    ),
    (
        "calls of the service",
        "program: x
createSecret:
  - { call: DescribeSecret, as: secret }
  - call: GetSecretValue
    with: { VersionStages: AWSCURENT, SecretId: x, VersionStage: AWSCURENT, VersionId: secret }
    as: token
    on-error: { ResourceNotFound: [], denied: [] }
  - { call: PutSecretValue, with: { VersionStages: AWSPENDING, ClientRequestToken: new } }
  - { call: PutSecretValue, value: { password: secret.AWSPENDING, from: token, user: other } }
  - { call: UpdateSecretVersionStage, with: { MoveToVersionId: token }, because: LAM-99 }
  - { call: UpdateSecretVersionStage, with: [x], as: y }
",
    ),
    (
        "calls of the target",
        "program: x
setSecret:
  - { call: GetSecretValue, as: current }
  - { target: set-passwrd, with: current }
  - { target: set-password, with: administrator, grant: x }
  - { target: user-exists, with: current }
  - { target: login, with: { a: b }, then: [] }
  - { target: login, with: current, on-error: { denyed: [], InternalServiceError: [] } }
  - transaction:
      - { call: GetRandomPassword }
      - { transaction: [] }
",
    ),
    (
        "names",
        "program: x
createSecret:
  - { call: GetSecretValue, as: current }
  - if: exists is set
  - if: later is token
    then: [{ call: GetRandomPassword, as: only-here }]
    else: [{ call: PutSecretValue, value: { password: only-here } }]
  - { call: GetSecretValue, as: later }
  - { call: GetRandomPassword, as: current }
  - { if: current, then: [return] }
  - { if: token is set, then: [return] }
  - { if: currant.user is current.user, then: [return] }
setSecret:
  - { target: login, with: current }
",
    ),
];
