//! The order of refusals: requests that are wrong in several ways at once, with one mistake less from row to row.
//!
//! So each row shows that its mistake is told before all those that are still in the request. A refused call must
//! leave everything visible as it was. In a request, `@a` is the version id `a`, `{db}` the ARN of `db`, and `[MANY]` a
//! list of 20 labels; `other: ` makes it a call from another account, `nobody: ` one by somebody who may do nothing.

mod refusal;
mod rows;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use stagewright::api::{ErrorCode, OperationName};
use stagewright::assumption::Assumptions;
use stagewright::caller::Caller;
use stagewright::evidence::RuleSet;
use stagewright::library;
use stagewright::permission::Permissions;
use stagewright::scenario::Scenario;
use stagewright::secret::SecretName;
use stagewright::service::{ManagedSecret, SecretView, Setting};
use stagewright::time::Timestamp;
use stagewright::world::{Action, Trace, World};

use crate::calls::{FUNCTION, MISSING, action, script, token};
use crate::consulted;
pub(crate) use refusal::refusal;
use rows::{DENIED, NAME, UNREADABLE, rows};

/// The secrets that the requests are about.
///
/// `rds!db` belongs to a service. `bare` has no version, `busy` a rotation that runs, `held` AWSPENDING by hand, `full` 100 young versions, `crowd` and
/// `packed` 20 labels (`packed` without AWSPREVIOUS). `twin` has a replica. `gone` waits for its deletion, `going` is being deleted. The other
/// account may use `shared` and `leaving`, which waits for its deletion too. `nobody` may do nothing. In the other account `copy` is the
/// replica of `main`, and `spare` and `lone` were made as replicas of `main` and `db`.
fn setting() -> World {
    let labels = |count: u8| {
        let labels: Vec<_> = (0..count).map(|number| format!("l{number}")).collect();
        labels.join(",")
    };
    let versions: Vec<_> = (1..100).map(|number| format!("put full v{number}=1")).collect();
    let versions = versions.join(";");
    let text = format!(
        "create full v0=1; {versions}
         create db a=1; put db b=2 x
         create bare n
         create busy a=1; rotate busy t fn
         create held a=1; put held p=2 AWSPENDING
         create crowd a=1; put crowd b=2 AWSCURRENT,{}
         create packed a=1; put packed b=2 {}
         create gone a=1; delete gone
         create shared a=1
         create twin a=1
         create main a=1
         create leaving a=1",
        labels(18),
        labels(19)
    );
    let managed = ManagedSecret { name: SecretName::new("rds!db"), owning_service: "rds".into() };
    let nothing = Permissions { allow: Some(Vec::new()), deny: Vec::new() };
    let setting = Setting {
        missing_functions: [MISSING.to_owned()].into(),
        managed_secrets: vec![managed],
        permissions: [("nobody".into(), nothing)].into(),
        ..Setting::default()
    };
    let (mut world, mut trace) = (World::new(setting, Timestamp::DEFAULT_START), Trace::default());
    for call in script(&text) {
        world.step(action(&call), &mut trace);
    }
    let policy = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "secretsmanager:*"}}"#;
    for name in ["shared", "leaving"] {
        let body = serde_json::json!({"SecretId": name, "ResourcePolicy": policy});
        let operation = OperationName::PutResourcePolicy.read(body).unwrap();
        let by = Caller::named("", &world.service().setting().account);
        world.step(Action::Call { by, operation: operation.into() }, &mut trace);
    }
    let body =
        serde_json::json!({"SecretId": "twin", "AddReplicaRegions": [{"Region": "eu-west-1"}]});
    let operation = OperationName::ReplicateSecretToRegions.read(body).unwrap();
    let by = Caller::named("", &world.service().setting().account);
    world.step(Action::Call { by, operation: operation.into() }, &mut trace);
    for (name, primary) in [("copy", "main"), ("spare", "main"), ("lone", "db")] {
        let body = serde_json::json!({
            "Name": name, "ClientRequestToken": token(name), "KmsKeyId": "alias/copy",
            "CrossAccountPrimaryARN": arn_of(&world, primary)
        });
        let operation = OperationName::CreateSecret.read(body).unwrap();
        let by = Caller::named("other_account", &world.service().setting().account);
        world.step(Action::Call { by, operation: operation.into() }, &mut trace);
    }
    let body = serde_json::json!({
        "SecretId": "main", "CrossAccountReplicaARN": arn_of(&world, "copy")
    });
    let operation = OperationName::AssociateCrossAccountReplica.read(body).unwrap();
    let by = Caller::named("", &world.service().setting().account);
    world.step(Action::Call { by, operation: operation.into() }, &mut trace);
    for call in script("delete leaving; create going a=1; force going") {
        world.step(action(&call), &mut trace);
    }
    let refused = trace.steps.iter().find(|step| step.outcome.is_err());
    assert!(refused.is_none(), "{refused:?}");
    world
}

/// Reads a request, with its abbreviations written out.
fn request(world: &World, name: OperationName, text: &str) -> Action {
    let (region, text) = match text.strip_prefix("eu: ") {
        Some(text) => (Some("eu-west-1".into()), text),
        None => (None, text),
    };
    let (caller, text) = match text.split_once(": ") {
        Some(("other", text)) => ("other_account", text),
        Some(("nobody", text)) => ("nobody", text),
        _ => ("", text),
    };
    let mut text = text.replace("FUNCTION", FUNCTION).replace("MISSING", MISSING);
    for view in views(world) {
        text = text.replace(&format!("{{{}}}", view.name), view.arn.as_str());
    }
    let labels: Vec<_> = (0..20).map(|number| format!("\"m{number}\"")).collect();
    text = text.replace("[MANY]", &format!("[{}]", labels.join(",")));
    for id in ["a", "b", "p", "t", "v1", "new", "z"] {
        text = text.replace(&format!("@{id}\""), &format!("{}\"", token(id)));
    }
    assert!(!text.contains("\"@"), "an unknown version in {text}");
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|it| panic!("{text}: {it}"));
    let operation = name.receive(body);
    let by = Caller::named(caller, &world.service().setting().account).in_region(region);
    Action::Call { by, operation: operation.into() }
}

/// The ARN of the first secret of that name.
fn arn_of(world: &World, name: &str) -> String {
    let named = views(world).into_iter().find(|view| view.name.as_str() == name);
    named.unwrap().arn.to_string()
}

fn views(world: &World) -> Vec<Arc<SecretView>> {
    world.service().observe().into_iter().map(|observed| observed.view).collect()
}

/// A request without what stands before it: who makes it, and where.
fn body(text: &str) -> &str {
    text.trim_start_matches("eu: ").trim_start_matches("other: ")
}

/// Plays one row in a copy of the world.
fn check(world: &World, action: Action, expected: &str, context: &str) {
    let mut copy = world.clone();
    let mut trace = Trace::default();
    copy.step(action, &mut trace);
    match &trace.steps[0].outcome {
        Ok(_) => assert_eq!(expected, "ok", "{context} is accepted"),
        Err(error) => {
            let told = error.to_string();
            assert!(told.starts_with(expected), "{context}: {told}\nis not: {expected}");
            assert_eq!(views(&copy), views(world), "{context} is refused and changed something");
        }
    }
}

#[test]
fn mistakes_are_told_in_order_and_a_refusal_changes_nothing() {
    let world = setting();
    for name in OperationName::ALL {
        for (text, expected) in rows(*name) {
            let action = request(&world, *name, text);
            check(&world, action, expected, &format!("{} {text}", name.as_str()));
        }
    }
}

/// Whoever may not use a secret is told so before anything else, as soon as the request can be read.
#[test]
fn a_denial_comes_before_every_mistake() {
    const MEMBER: &str = r#""SecretId": ""#;
    let world = setting();
    let mut asked = BTreeSet::new();
    for name in OperationName::ALL {
        for (text, expected) in rows(*name) {
            let text = body(text);
            let Some((before, rest)) = text.split_once(MEMBER) else { continue };
            if expected.starts_with(UNREADABLE) {
                continue;
            }
            let (_, rest) = rest.split_once('"').unwrap();
            let text = format!("other: {before}{MEMBER}{{gone}}\"{rest}");
            let action = request(&world, *name, &text);
            check(&world, action, DENIED, &format!("{} {text}", name.as_str()));
            asked.insert(*name);
        }
    }
    assert_eq!(asked.len(), OperationName::ALL.len() - 4, "{asked:?}");
}

/// Whoever may do nothing is told so whatever the request is, even if it can't be read.
#[test]
fn a_missing_permission_comes_first() {
    let world = setting();
    for name in OperationName::ALL {
        for (text, _) in rows(*name) {
            let text = format!("nobody: {}", body(text));
            let denied =
                "AccessDeniedException: User: arn:aws:iam::111111111111:user/nobody is not";
            check(&world, request(&world, *name, &text), denied, &text);
        }
    }
}

/// What can't be read comes before what the model doesn't allow (GEN-8), then a name that can't be one (GEN-4), then a
/// missing token (GEN-7), and only then the secret is looked for.
#[test]
fn the_rules_about_order_have_a_row_for_each_operation() {
    let mut unnamed = Vec::new();
    for name in OperationName::ALL {
        let rows = rows(*name);
        assert!(rows[0].1.starts_with(UNREADABLE), "{name:?}");
        assert!(rows[1].1.contains(" detected: Value"), "{name:?}");
        let others = rows
            .iter()
            .skip_while(|row| row.1.contains(" detected: Value") || row.1.starts_with(UNREADABLE));
        if others.clone().next().is_none_or(|row| row.1 != NAME) {
            unnamed.push(*name);
        }
        assert!(others.skip(1).all(|row| !row.1.contains(" detected: Value")), "{name:?}");
    }
    assert_eq!(
        unnamed,
        [
            OperationName::BatchGetSecretValue,
            OperationName::ListSecrets,
            OperationName::GetRandomPassword
        ]
    );
    for name in [
        OperationName::CreateSecret,
        OperationName::PutSecretValue,
        OperationName::UpdateSecret,
        OperationName::RotateSecret,
    ] {
        let rows = rows(name);
        let at = rows.iter().position(|row| row.1 == NAME).unwrap();
        assert!(rows[at + 1].1.contains("You must provide a ClientRequestToken"), "{name:?}");
    }
}

/// No rule is cited for a refusal unless one says so. These are the ones that the catalog has none for.
#[test]
fn refusals_without_a_rule_are_known() {
    let world = setting();
    let mut without = BTreeSet::new();
    for name in OperationName::ALL {
        for (text, _) in rows(*name) {
            let (mut copy, mut trace) = (world.clone(), Trace::default());
            copy.step(request(&world, *name, text), &mut trace);
            let step = &trace.steps[0];
            let Some(error) = step.outcome.as_ref().err().filter(|it| it.rule.is_none()) else {
                continue;
            };
            for rule in ["ADD-2", "ADD-6", "DSC-5", "GEN-8", "PSV-20"] {
                assert!(step.rules.iter().all(|it| it.id() != rule), "{rule} for {text}: {error}");
            }
            if error.code != ErrorCode::AccessDeniedException {
                without.insert(format!("{} {}", name.as_str(), error.code));
            }
        }
    }
    let expected = [
        "BatchGetSecretValue InvalidNextTokenException",
        "CreateSecret InvalidParameterException",
        "GetRandomPassword InvalidParameterException",
        "ListResourcePolicies InvalidNextTokenException",
        "ListSecretVersionIds InvalidNextTokenException",
        "ListSecrets InvalidNextTokenException",
        "PutResourcePolicy MalformedPolicyDocumentException",
        "PutResourcePolicy PublicPolicyException",
        "TagResource InvalidParameterException",
        "UntagResource InvalidParameterException",
        "UpdateSecret InvalidParameterException",
    ];
    assert_eq!(without.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// The refusals that the rows are answered with.
pub(crate) fn placed() -> BTreeSet<String> {
    let world = setting();
    let mut placed = BTreeSet::new();
    for name in OperationName::ALL {
        let texts = rows(*name).iter().map(|(text, _)| *text);
        for text in texts.chain(["nobody: {}"]) {
            let (mut copy, mut trace) = (world.clone(), Trace::default());
            copy.step(request(&world, *name, text), &mut trace);
            placed.extend(refusal(&trace.steps[0]));
        }
    }
    placed
}

/// The rules that the rows are answered by.
pub(crate) fn cited() -> RuleSet {
    let world = setting();
    let mut trace = Trace::default();
    for name in OperationName::ALL {
        for (text, _) in rows(*name) {
            world.clone().step(request(&world, *name, text), &mut trace);
        }
    }
    consulted::cited(&trace)
}

/// Whatever refuses a call in the library refuses one of the rows too, so that its place in the order is known. Random
/// requests look for more in `requests.rs`. What only an assumption refuses has its answers in `rules/assumed.rs`.
#[test]
fn every_refusal_has_a_row() {
    let placed = placed();
    let mut refusing = BTreeSet::new();
    for file in library::files() {
        let Ok(scenario) = Scenario::read(file.text) else { continue };
        if scenario.setting.assume == Assumptions::default() {
            refusing.extend(scenario.play(false).trace.steps.iter().filter_map(refusal));
        }
    }
    let missing: Vec<_> = refusing.difference(&placed).collect();
    assert!(missing.is_empty(), "refusals without a row: {missing:#?}");
    assert!(refusing.len() > 60, "{refusing:#?}");
}
