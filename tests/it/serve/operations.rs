//! Every operation over the wire, and the errors in the form that clients read.

use serde_json::json;
use stagewright::api::OperationName;

use super::client::{Server, signed};

/// A token for a write, as clients make them up.
fn token(name: &str) -> String {
    format!("{name:0>36}")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of calls")]
fn every_operation_answers() {
    let server = Server::start(&[]);
    let fun = "arn:aws:lambda:us-east-1:111111111111:function:f";
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]})
    .to_string();
    let (one, two) = (token("1"), token("2"));
    let calls = [
        ("CreateSecret", json!({"Name": "a", "SecretString": "x", "ClientRequestToken": one})),
        ("GetSecretValue", json!({"SecretId": "a"})),
        (
            "PutSecretValue",
            json!({"SecretId": "a", "SecretBinary": "AAH/", "ClientRequestToken": two, "VersionStages": ["B"]}),
        ),
        ("GetSecretValue", json!({"SecretId": "a", "VersionStage": "B"})),
        (
            "UpdateSecretVersionStage",
            json!({"SecretId": "a", "VersionStage": "AWSCURRENT", "MoveToVersionId": two, "RemoveFromVersionId": one}),
        ),
        (
            "UpdateSecret",
            json!({"SecretId": "a", "Description": "d", "ClientRequestToken": token("4")}),
        ),
        ("DescribeSecret", json!({"SecretId": "a"})),
        ("ListSecretVersionIds", json!({"SecretId": "a"})),
        ("ListSecrets", json!({})),
        ("BatchGetSecretValue", json!({"SecretIdList": ["a"]})),
        ("GetRandomPassword", json!({})),
        ("TagResource", json!({"SecretId": "a", "Tags": [{"Key": "k", "Value": "v"}]})),
        ("UntagResource", json!({"SecretId": "a", "TagKeys": ["k"]})),
        ("ValidateResourcePolicy", json!({"ResourcePolicy": policy})),
        ("PutResourcePolicy", json!({"SecretId": "a", "ResourcePolicy": policy})),
        ("GetResourcePolicy", json!({"SecretId": "a"})),
        ("DeleteResourcePolicy", json!({"SecretId": "a"})),
        (
            "ReplicateSecretToRegions",
            json!({"SecretId": "a", "AddReplicaRegions": [{"Region": "eu-west-1"}]}),
        ),
        (
            "RemoveRegionsFromReplication",
            json!({"SecretId": "a", "RemoveReplicaRegions": ["eu-west-1"]}),
        ),
        (
            "ReplicateSecretToRegions",
            json!({"SecretId": "a", "AddReplicaRegions": [{"Region": "eu-west-2"}]}),
        ),
        (
            "RotateSecret",
            json!({"SecretId": "a", "RotationLambdaARN": fun, "ClientRequestToken": token("3")}),
        ),
        ("CancelRotateSecret", json!({"SecretId": "a"})),
    ];
    let mut called: Vec<_> = calls.iter().map(|(name, _)| *name).collect();
    for (name, body) in calls {
        let answer = server.ok(name, body);
        if name == "DescribeSecret" {
            assert!(answer["CreatedDate"].is_number(), "{answer}");
            assert_eq!(answer["VersionIdsToStages"][&one], json!(["AWSPREVIOUS"]));
        }
        if answer["VersionStages"] == json!(["B"]) && answer.get("CreatedDate").is_some() {
            assert_eq!(answer["SecretBinary"], "AAH/");
        }
    }
    // In the Region of its replica, a secret is a replica.
    let stop = server.raw(
        "secretsmanager.StopReplicationToReplica",
        &signed("test", "eu-west-2"),
        &json!({"SecretId": "a"}).to_string(),
    );
    assert_eq!(stop.expect("an answer").status, 200);
    server.ok("DeleteSecret", json!({"SecretId": "a"}));
    server.ok("RestoreSecret", json!({"SecretId": "a"}));
    called.extend(["StopReplicationToReplica", "DeleteSecret", "RestoreSecret"]);
    called.extend(across_accounts(&server));
    for name in OperationName::ALL {
        assert!(called.contains(&name.as_str()), "{name:?} is not called");
    }
    let (status, told) = server.end("-TERM");
    assert_eq!((status, told.as_str()), (Some(0), ""));
}

/// A replica in another account, made and given up.
fn across_accounts(server: &Server) -> [&'static str; 3] {
    assert_eq!(
        server.ok("ListResourcePolicies", json!({"SecretId": "a"}))["ResourcePolicies"],
        json!([])
    );
    let primary = server.ok("DescribeSecret", json!({"SecretId": "a"}))["ARN"].clone();
    let replica = server.raw(
        "secretsmanager.CreateSecret",
        &signed("222222222222", "us-east-1"),
        &json!({"Name": "b", "KmsKeyId": "alias/b", "CrossAccountPrimaryARN": primary, "ClientRequestToken": token("5")}).to_string(),
    );
    let replica = replica.expect("an answer").json();
    assert!(replica["ARN"].is_string(), "{replica}");
    let both = json!({"SecretId": "a", "CrossAccountReplicaARN": replica["ARN"]});
    server.ok("AssociateCrossAccountReplica", both.clone());
    server.ok("DisassociateCrossAccountReplica", both);
    ["ListResourcePolicies", "AssociateCrossAccountReplica", "DisassociateCrossAccountReplica"]
}

#[test]
fn an_error_has_the_form_that_clients_read() {
    let server = Server::start(&[]);
    let refused = server.call("GetSecretValue", json!({"SecretId": "nothing"}));
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json(),
        json!({
            "__type": "ResourceNotFoundException",
            "Message": "Secrets Manager can't find the specified secret.",
        })
    );
    assert_eq!(refused.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(refused.header("x-amzn-errortype"), Some("ResourceNotFoundException"));
    let id = refused.header("x-amzn-requestid").expect("an id").to_owned();
    assert_eq!(id.len(), 36);
    let again = server.call("GetSecretValue", json!({"SecretId": "nothing"}));
    assert_ne!(again.header("x-amzn-requestid"), Some(id.as_str()));
}

#[test]
fn what_is_no_call_is_refused_as_aws_does() {
    let server = Server::start(&[]);
    let key = signed("test", "us-east-1");
    let get = "secretsmanager.GetSecretValue";
    let body = r#"{"SecretId": "a"}"#;
    for (target, authorization, body, code) in [
        ("secretsmanager.Nothing", &*key, body, "UnknownOperationException"),
        ("dynamodb.GetItem", &key, body, "UnknownOperationException"),
        ("", &key, body, "UnknownOperationException"),
        (get, "", body, "MissingAuthenticationTokenException"),
        (get, "Authorization: Basic eA==\r\n", body, "IncompleteSignatureException"),
        (get, &key, "{", "SerializationException"),
        (get, &key, "", "SerializationException"),
        (get, &key, "[]", "SerializationException"),
        (get, &key, "{}", "ValidationException"),
    ] {
        let refused = server.raw(target, authorization, body).expect("an answer");
        assert_eq!((refused.status, &*refused.code()), (400, code), "{target} {body}");
        assert_eq!(refused.header("x-amzn-errortype"), Some(code));
    }
    let host = format!("Host: {}\r\n", server.address);
    for line in ["GET /", "POST /other", "PUT /", "OPTIONS /"] {
        assert_eq!(server.request(line, &host, "").expect("an answer").status, 404, "{line}");
    }
}

#[test]
fn the_access_key_may_be_the_account_and_the_scope_has_the_region() {
    let server = Server::start(&["--account", "333333333333", "--region", "eu-north-1"]);
    let create = |key, region, name: &str| {
        let body = json!({"Name": name, "ClientRequestToken": token("1"), "SecretString": "x"});
        let target = "secretsmanager.CreateSecret";
        let made = server.raw(target, &signed(key, region), &body.to_string()).expect("an answer");
        made.json()["ARN"].as_str().expect("an ARN").to_owned()
    };
    for (key, region, begins) in [
        ("test", "eu-north-1", "arn:aws:secretsmanager:eu-north-1:333333333333:secret:a-"),
        ("test", "us-west-2", "arn:aws:secretsmanager:us-west-2:333333333333:secret:a-"),
        ("222222222222", "us-west-2", "arn:aws:secretsmanager:us-west-2:222222222222:secret:a-"),
    ] {
        assert!(create(key, region, "a").starts_with(begins), "{key} {region}");
    }
}
