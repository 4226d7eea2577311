//! What a request may have: each limit of the API model from both sides, and lists that come in pages.

use serde_json::{Value, json};
use stagewright::api::OperationName;
use stagewright::assumption::Assumptions;
use stagewright::caller::Caller;
use stagewright::evidence::RuleSet;
use stagewright::world::{Action, Trace, World};

use crate::calls::{action, script, token, world};

/// A world with one secret for each name.
fn with(names: &[&str]) -> World {
    let mut world = world(Assumptions::default());
    for name in names {
        for call in script(&format!("create {name} a=1")) {
            world.step(action(&call), &mut Trace::default());
        }
    }
    world
}

fn send(world: &mut World, name: OperationName, body: Value) -> (Result<Value, String>, RuleSet) {
    let by = Caller::named("", &world.service().setting().account);
    let mut trace = Trace::default();
    world.step(Action::Call { by, operation: name.receive(body).into() }, &mut trace);
    let step = trace.steps.swap_remove(0);
    (step.outcome.map(|reply| reply.members()).map_err(|error| error.to_string()), step.rules)
}

/// What a member is made of for one length.
fn of_length(member: &str, length: usize) -> Value {
    match member {
        "Region" => json!([{"Region": format!("{}-1", "a".repeat(length - 2))}]),
        "Tags.Key" => json!([{"Key": "k".repeat(length)}]),
        "Tags.Value" => json!([{"Key": "k", "Value": "v".repeat(length)}]),
        "Duration" => json!({"Duration": format!("{}h", "1".repeat(length - 1))}),
        "ScheduleExpression" => json!({"ScheduleExpression": "x".repeat(length)}),
        "AutomaticallyAfterDays" => json!({"AutomaticallyAfterDays": length}),
        "VersionStages" => (0..length).map(|number| format!("m{number}")).collect(),
        "VersionStages.Label" => json!(["l".repeat(length)]),
        "SecretIdList" => vec!["db"; length].into(),
        "TagKeys.Key" => json!(["k".repeat(length)]),
        "Filters" => vec![json!({"Key": "name", "Values": ["x"]}); length].into(),
        "Filters.Values" => json!([{"Key": "name", "Values": vec!["x"; length]}]),
        "Filters.Value" => json!([{"Key": "name", "Values": ["x".repeat(length)]}]),
        "MaxResults" | "PasswordLength" => length.into(),
        "SecretBinary" => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(vec![0; length]).into()
        }
        _ => "x".repeat(length).into(),
    }
}

/// One less than the least and one more than the most is refused by the model, the least and the most are not.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_limit_holds_on_both_sides() {
    use OperationName as Op;
    // Operation, member (after a point: of its entries), the least, the most, the rule that gives the numbers.
    let limits: &[(Op, &str, usize, usize, &str)] = &[
        (Op::CreateSecret, "Name", 1, 512, "Q-9"),
        (Op::CreateSecret, "ClientRequestToken", 32, 64, "Q-7"),
        (Op::CreateSecret, "Description", 0, 2048, "Q-10"),
        (Op::CreateSecret, "KmsKeyId", 0, 2048, "GEN-8"),
        (Op::CreateSecret, "SecretString", 1, 65_536, "Q-8"),
        (Op::CreateSecret, "SecretBinary", 1, 65_536, "Q-8"),
        (Op::CreateSecret, "Tags.Key", 1, 128, "Q-10"),
        (Op::CreateSecret, "Tags.Value", 0, 256, "Q-10"),
        (Op::CreateSecret, "AddReplicaRegions.Region", 3, 128, "GEN-8"),
        (Op::CreateSecret, "Type", 0, 256, "GEN-8"),
        (Op::PutSecretValue, "SecretId", 1, 2048, "Q-10"),
        (Op::PutSecretValue, "SecretString", 1, 65_536, "Q-8"),
        (Op::PutSecretValue, "VersionStages", 1, 20, "Q-5"),
        (Op::PutSecretValue, "VersionStages.Label", 1, 256, "Q-6"),
        (Op::PutSecretValue, "RotationToken", 36, 256, "GEN-8"),
        (Op::UpdateSecret, "Description", 0, 2048, "Q-10"),
        (Op::UpdateSecretVersionStage, "VersionStage", 1, 256, "Q-6"),
        (Op::UpdateSecretVersionStage, "MoveToVersionId", 32, 64, "Q-7"),
        (Op::UpdateSecretVersionStage, "RemoveFromVersionId", 32, 64, "Q-7"),
        (Op::GetSecretValue, "VersionId", 32, 64, "Q-7"),
        (Op::GetSecretValue, "VersionStage", 1, 256, "Q-6"),
        (Op::BatchGetSecretValue, "SecretIdList", 1, 20, "BGSV-1"),
        (Op::BatchGetSecretValue, "MaxResults", 1, 20, "BGSV-1"),
        (Op::ListSecretVersionIds, "MaxResults", 1, 100, "DSC-5"),
        (Op::ListSecretVersionIds, "NextToken", 1, 4096, "GEN-8"),
        (Op::ListSecrets, "MaxResults", 1, 100, "GEN-8"),
        (Op::ListSecrets, "Filters", 0, 10, "GEN-8"),
        (Op::ListSecrets, "Filters.Values", 1, 10, "GEN-8"),
        (Op::ListSecrets, "Filters.Value", 0, 512, "GEN-8"),
        (Op::RotateSecret, "RotationLambdaARN", 0, 2048, "GEN-8"),
        (Op::RotateSecret, "RotationRules.AutomaticallyAfterDays", 1, 1000, "GEN-8"),
        (Op::RotateSecret, "RotationRules.Duration", 2, 3, "GEN-8"),
        (Op::RotateSecret, "RotationRules.ScheduleExpression", 1, 256, "GEN-8"),
        (Op::RotateSecret, "ExternalSecretRotationRoleArn", 20, 2048, "GEN-8"),
        (Op::ReplicateSecretToRegions, "AddReplicaRegions.Region", 3, 128, "GEN-8"),
        (Op::UntagResource, "TagKeys.Key", 1, 128, "Q-10"),
        (Op::PutResourcePolicy, "ResourcePolicy", 1, 20_480, "Q-10"),
        (Op::ValidateResourcePolicy, "ResourcePolicy", 1, 20_480, "Q-10"),
        (Op::GetRandomPassword, "PasswordLength", 1, 4096, "GEN-8"),
        (Op::GetRandomPassword, "ExcludeCharacters", 0, 4096, "GEN-8"),
    ];
    let world = with(&["db"]);
    for (name, member, least, most, rule) in limits {
        let top = member.split('.').next().unwrap();
        let entry = if ["RotationRules", "AddReplicaRegions"].contains(&top) {
            member.split('.').next_back().unwrap()
        } else {
            member
        };
        let refusal = |length: usize| {
            let mut body = json!({
                "SecretId": "db", "Name": "new", "ClientRequestToken": token("new"),
                "VersionStage": "x", "ResourcePolicy": "{}", "Tags": [], "TagKeys": []
            });
            body[top] = of_length(entry, length);
            let (outcome, rules) = send(&mut world.clone(), *name, body);
            let text = outcome.err().filter(|text| text.contains(" detected: "))?;
            let cited = rules.iter().any(|it| it.id() == *rule);
            assert!(cited, "{name:?} {member} {length}: {rule} isn't named\n{text}");
            Some(text)
        };
        for length in [*least, *most] {
            assert_eq!(refusal(length), None, "{name:?} {member} {length}");
        }
        assert!(refusal(most + 1).is_some(), "{name:?} {member} {}", most + 1);
        // A Region of two characters isn't one for its form.
        if *least > 0 && entry != "Region" && entry != "Duration" {
            assert!(refusal(least - 1).is_some(), "{name:?} {member} {}", least - 1);
        }
    }
}

/// No number limits the recovery window in the model, so it is the service itself that refuses (DEL-2).
#[test]
fn the_recovery_window_has_no_limit_in_the_model() {
    let mut world = with(&["db"]);
    for days in [i64::MIN, 6, 31, i64::MAX] {
        let body = json!({"SecretId": "db", "RecoveryWindowInDays": days});
        let (outcome, _) = send(&mut world, OperationName::DeleteSecret, body);
        let text = outcome.unwrap_err();
        assert!(text.starts_with("InvalidParameterException: RecoveryWindowInDays value must be"));
    }
}

/// Reads all pages of a list: the names or ids of each page.
fn pages(world: &mut World, name: OperationName, list: &str, body: &Value) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut body = body.clone();
    loop {
        let (outcome, _) = send(world, name, body.clone());
        let answer = outcome.unwrap();
        let entries = answer[list].as_array().unwrap().iter();
        let named = entries.map(|entry| {
            entry.get("VersionId").filter(|_| list == "Versions").unwrap_or(&entry["Name"])
        });
        pages.push(named.map(|name| name.as_str().unwrap().to_owned()).collect());
        assert!(pages.len() < 20, "the list has no end");
        match answer.get("NextToken") {
            Some(token) => body["NextToken"] = token.clone(),
            None => return pages,
        }
    }
}

#[test]
fn pages_are_the_list_in_parts() {
    let mut world = with(&["a1", "b1", "a2", "b2", "a3"]);
    for (name, list, size, body, expected) in [
        (OperationName::ListSecrets, "SecretList", 2, json!({}), "a1 b1|a2 b2|a3"),
        (OperationName::ListSecrets, "SecretList", 5, json!({}), "a1 b1 a2 b2 a3"),
        (
            OperationName::ListSecrets,
            "SecretList",
            2,
            json!({"Filters": [{"Key": "name", "Values": ["a"]}], "SortOrder": "desc"}),
            "a3 a2|a1",
        ),
        (
            OperationName::BatchGetSecretValue,
            "SecretValues",
            1,
            json!({"Filters": [{"Key": "name", "Values": ["b"]}]}),
            "b1|b2",
        ),
    ] {
        let mut body = body;
        body["MaxResults"] = size.into();
        let pages = pages(&mut world, name, list, &body);
        let joined: Vec<_> = pages.iter().map(|page| page.join(" ")).collect();
        assert_eq!(joined.join("|"), expected, "{body}");
    }
    let body = json!({"SecretId": "a1", "MaxResults": 1});
    assert_eq!(
        pages(&mut world, OperationName::ListSecretVersionIds, "Versions", &body),
        [[token("a")]]
    );
}

/// A token belongs to the request that it came from; with another number of entries it still does.
#[test]
fn a_token_is_good_for_its_own_list_alone() {
    let mut world = with(&["a1", "b1", "a2"]);
    let name = |start: &str| json!([{"Key": "name", "Values": [start]}]);
    let list = OperationName::ListSecrets;
    let (first, _) = send(&mut world, list, json!({"MaxResults": 1}));
    let token = first.unwrap()["NextToken"].clone();
    let text = token.as_str().unwrap().to_owned();
    assert!(text.len() > 20 && !text.contains("entry"), "{text}");
    for (name, body, fits) in [
        (list, json!({"NextToken": token}), true),
        (list, json!({"NextToken": token, "MaxResults": 2}), true),
        (list, json!({"NextToken": token, "Filters": name("a")}), false),
        (list, json!({"NextToken": token, "SortOrder": "desc"}), false),
        (list, json!({"NextToken": token, "IncludePlannedDeletion": true}), false),
        (list, json!({"NextToken": format!("{text}x")}), false),
        (list, json!({"NextToken": text.to_lowercase()}), false),
        (OperationName::ListSecretVersionIds, json!({"SecretId": "a1", "NextToken": token}), false),
        (OperationName::BatchGetSecretValue, json!({"Filters": [], "NextToken": token}), false),
    ] {
        let (outcome, _) = send(&mut world, name, body.clone());
        match outcome {
            Ok(_) => assert!(fits, "{body} is accepted"),
            Err(text) => {
                assert!(!fits && text.starts_with("InvalidNextTokenException"), "{body}: {text}");
            }
        }
    }
}
