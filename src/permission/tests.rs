//! Patterns, permissions, and policies against calls.

use super::*;
use crate::caller::Caller;
use crate::secret::AccountId;

#[test]
fn patterns_match_as_in_iam() {
    for (pattern, text, means) in [
        ("*", "", true),
        ("*", "anything", true),
        ("db/*", "db/app", true),
        ("db/*", "app/db/", false),
        ("*db*app*", "a/db/b/app", true),
        ("*db*app*", "a/app/b/db", false),
        ("d?", "db", true),
        ("d?", "d", false),
        ("d?", "dbx", false),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-b-b", false),
        ("", "", true),
        ("", "x", false),
    ] {
        assert_eq!(Pattern::new(pattern).means(text, false), means, "{pattern} {text}");
    }
    assert!(Pattern::new("secretsmanager:get*").means("secretsmanager:GetSecretValue", true));
    assert!(!Pattern::new("DB").means("db", false));
}

fn statement(action: &str, secret: Option<&str>, stage: Option<&str>) -> Statement {
    Statement {
        actions: vec![Pattern::new(action)],
        secret: secret.map(Pattern::new),
        version_stage: stage.map(Pattern::new),
    }
}

#[test]
fn a_denial_outweighs_what_is_allowed() {
    let get = |secrets, version_stage| Asked {
        action: "secretsmanager:GetSecretValue",
        secrets,
        version_stage,
    };
    let mut permissions = Permissions::default();
    assert_eq!(permissions.check(get(&["db"], None)), Ok(()));
    permissions.deny.push(statement("secretsmanager:*", None, Some("AWSPREVIOUS")));
    assert_eq!(permissions.check(get(&["db"], None)), Ok(()));
    assert_eq!(
        permissions.check(get(&["db"], Some("AWSPREVIOUS"))),
        Err(Denial::Explicit(Basis::Identity))
    );
    permissions.allow = Some(vec![statement("*", Some("db"), None)]);
    assert_eq!(permissions.check(get(&["db"], None)), Ok(()));
    assert_eq!(permissions.check(get(&["other"], None)), Err(Denial::Implicit(Basis::Identity)));
    assert_eq!(permissions.check(get(&[], None)), Err(Denial::Implicit(Basis::Identity)));
}

/// An allowance for AWSCURRENT doesn't reach a read that leaves the stage out.
#[test]
fn a_condition_on_the_stage_wants_the_stage_named() {
    let allow = Some(vec![statement("secretsmanager:GetSecretValue", None, Some("AWSCURRENT"))]);
    let permissions = Permissions { allow, deny: Vec::new() };
    let asked = |version_stage| Asked {
        action: "secretsmanager:GetSecretValue",
        secrets: &["db"],
        version_stage,
    };
    assert_eq!(permissions.check(asked(None)), Err(Denial::Implicit(Basis::Identity)));
    assert_eq!(permissions.check(asked(Some("AWSCURRENT"))), Ok(()));
}

const DB: &str = "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-a1b2c3";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";

/// What a policy with one statement says of a read of `AWSCURRENT`, by name, by `app` of the own account: `denied`,
/// `allowed`, `account`, or nothing.
fn says(statement: &str, by: &str) -> &'static str {
    let caller = Caller::named(by, &AccountId::new("111111111111"));
    let access = Access {
        caller: &caller,
        action: "secretsmanager:GetSecretValue",
        secret: DB,
        secret_id: "db",
        version_stage: Some("AWSCURRENT"),
        rotation_function: Some(FUNCTION),
    };
    let policy = Policy::parse(&format!("{{\"Statement\": [{statement}]}}")).unwrap();
    match policy.says(&access) {
        Said { denied: true, .. } => "denied",
        Said { allowed: true, .. } => "allowed",
        Said { allowed_to_account: true, .. } => "account",
        Said { .. } => "",
    }
}

#[test]
fn a_statement_means_an_action_and_a_secret() {
    for (elements, means) in [
        (r#""Action": "secretsmanager:Get*""#, true),
        (r#""Action": ["secretsmanager:put*", "SECRETSMANAGER:GETSECRETVALUE"]"#, true),
        (r#""Action": "secretsmanager:PutSecretValue""#, false),
        (r#""NotAction": "secretsmanager:PutSecretValue""#, true),
        (r#""NotAction": ["secretsmanager:PutSecretValue", "secretsmanager:Get*"]"#, false),
        (r#""Action": "*", "Resource": "*""#, true),
        (r#""Action": "*", "Resource": "arn:aws:secretsmanager:*:*:secret:db-??????""#, true),
        (r#""Action": "*", "Resource": ["x", "arn:aws:secretsmanager:*:*:secret:other*"]"#, false),
        (r#""Action": "*", "Resource": "db""#, false),
        (r#""Action": "*", "NotResource": "arn:aws:secretsmanager:*:*:secret:other*""#, true),
        (r#""Action": "*", "NotResource": "arn:aws:secretsmanager:*:*:secret:db-*""#, false),
    ] {
        for (effect, told) in [("Allow", "allowed"), ("Deny", "denied")] {
            let statement =
                format!("{{\"Effect\": \"{effect}\", \"Principal\": \"*\", {elements}}}");
            assert_eq!(says(&statement, "app"), if means { told } else { "" }, "{statement}");
        }
    }
}

#[test]
fn a_statement_means_principals() {
    let app = "arn:aws:iam::111111111111:user/app";
    let root = "arn:aws:iam::111111111111:root";
    let role = "arn:aws:iam::111111111111:role/lambda";
    let session = "arn:aws:sts::111111111111:assumed-role/lambda/lambda";
    // The element, who calls, and what an `Allow` and a `Deny` with it come to.
    for (element, by, allow, deny) in [
        (r#""Principal": "*""#.to_owned(), "app", "allowed", "denied"),
        (r#""Principal": {"AWS": "*"}"#.to_owned(), "app", "allowed", "denied"),
        (format!(r#""Principal": {{"AWS": ["x", "{app}"]}}"#), "app", "allowed", "denied"),
        (format!(r#""Principal": {{"AWS": "{app}"}}"#), "application", "", ""),
        (format!(r#""Principal": {{"AWS": "{root}"}}"#), "app", "account", "denied"),
        (r#""Principal": {"AWS": "111111111111"}"#.to_owned(), "app", "account", "denied"),
        (format!(r#""Principal": {{"AWS": "{root}"}}"#), "other_account", "", ""),
        (format!(r#""Principal": {{"AWS": "{role}"}}"#), "lambda", "allowed", "denied"),
        (format!(r#""Principal": {{"AWS": "{session}"}}"#), "lambda", "allowed", "denied"),
        (r#""Principal": {"Service": "lambda.amazonaws.com"}"#.to_owned(), "lambda", "", ""),
        // IAM supports `NotPrincipal` in denials alone, and a principal with its account.
        (format!(r#""NotPrincipal": {{"AWS": "{app}"}}"#), "other", "", "denied"),
        (format!(r#""NotPrincipal": {{"AWS": "{app}"}}"#), "app", "", "denied"),
        (format!(r#""NotPrincipal": {{"AWS": ["{app}", "{root}"]}}"#), "app", "", ""),
        (format!(r#""NotPrincipal": {{"AWS": ["{app}", "{root}"]}}"#), "other", "", "denied"),
        (format!(r#""NotPrincipal": {{"AWS": ["{role}", "{root}"]}}"#), "lambda", "", "denied"),
        (
            format!(r#""NotPrincipal": {{"AWS": ["{session}", "{role}", "{root}"]}}"#),
            "lambda",
            "",
            "",
        ),
    ] {
        for (effect, told) in [("Allow", allow), ("Deny", deny)] {
            let statement = format!("{{\"Effect\": \"{effect}\", \"Action\": \"*\", {element}}}");
            assert_eq!(says(&statement, by), told, "{statement} {by}");
        }
    }
}

#[test]
fn a_statement_means_calls_of_its_condition() {
    for (condition, means) in [
        (r#""StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}"#, true),
        (r#""StringEquals": {"SecretsManager:versionstage": ["AWSPENDING", "AWSCURRENT"]}"#, true),
        (r#""StringEquals": {"secretsmanager:VersionStage": "AWS*"}"#, false),
        (r#""StringLike": {"secretsmanager:VersionStage": "AWS*"}"#, true),
        (r#""StringEquals": {"secretsmanager:VersionStage": "awscurrent"}"#, false),
        (r#""StringEqualsIgnoreCase": {"secretsmanager:VersionStage": "awscurrent"}"#, true),
        (r#""StringNotEquals": {"secretsmanager:VersionStage": ["AWSPENDING", "x"]}"#, true),
        (
            r#""StringNotEquals": {"secretsmanager:VersionStage": ["AWSPENDING", "AWSCURRENT"]}"#,
            false,
        ),
        (r#""StringNotLike": {"secretsmanager:VersionStage": "AWSP*"}"#, true),
        (r#""StringEquals": {"secretsmanager:SecretId": "db"}"#, true),
        (r#""StringEquals": {"secretsmanager:SecretId": ["a", "b"]}"#, false),
        (
            r#""ArnLike": {"secretsmanager:resource/AllowRotationLambdaArn": "arn:aws:lambda:*:*:function:f"}"#,
            true,
        ),
        (
            r#""ArnLike": {"secretsmanager:resource/AllowRotationLambdaArn": "arn:aws:lambda:*:function:f"}"#,
            false,
        ),
        (r#""ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:user/app"}"#, false),
        (r#""StringEquals": {"aws:PrincipalAccount": 111111111111}"#, true),
        (r#""StringNotEquals": {"aws:PrincipalAccount": "111111111111"}"#, false),
        // A key that the call doesn't have.
        (r#""StringEquals": {"aws:SourceAccount": "111111111111"}"#, false),
        (r#""StringNotEquals": {"aws:SourceAccount": "111111111111"}"#, true),
        (r#""StringEqualsIfExists": {"aws:SourceAccount": "2"}"#, true),
        (r#""StringEqualsIfExists": {"secretsmanager:VersionStage": "AWSPENDING"}"#, false),
        (r#""Null": {"aws:SourceAccount": "true"}"#, true),
        (r#""Null": {"secretsmanager:VersionStage": true}"#, false),
        (r#""Null": {"secretsmanager:VersionStage": "false"}"#, true),
        (r#""ForAllValues:StringEquals": {"aws:SourceArn": "x"}"#, true),
        (r#""ForAnyValue:StringEquals": {"aws:SourceArn": "x"}"#, false),
        (r#""ForAnyValue:StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}"#, true),
        (r#""Bool": {"aws:SecureTransport": "false"}"#, false),
        (r#""Bool": {"aws:PrincipalIsAWSService": false}"#, true),
        // All operators and keys must hold; one that doesn't decides, whatever the rest is.
        (
            r#""StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT", "secretsmanager:SecretId": "x"}"#,
            false,
        ),
        (r#""StringEquals": {"secretsmanager:SecretId": "x", "aws:SourceVpce": "vpce-1"}"#, false),
        (
            r#""IpAddress": {"aws:SourceIp": "1.2.3.4"}, "Bool": {"aws:SecureTransport": "false"}"#,
            false,
        ),
    ] {
        for (effect, told) in [("Allow", "allowed"), ("Deny", "denied")] {
            let statement = format!(
                r#"{{"Effect": "{effect}", "Principal": "*", "Action": "*", "Condition": {{{condition}}}}}"#
            );
            assert_eq!(says(&statement, "app"), if means { told } else { "" }, "{statement}");
        }
    }
}

/// What the model can't evaluate allows nothing, and denies.
#[test]
fn what_is_not_known_counts_against_the_caller() {
    for elements in [
        r#""Principal": "*", "Action": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#,
        r#""Principal": "*", "Action": "*", "Condition": {"Null": {"aws:TagKeys": "true"}}"#,
        r#""Principal": "*", "Action": "*", "Condition": {"IpAddress": {"aws:SourceIp": "1.2.3.4"}}"#,
        r#""Principal": "*", "Action": "*", "Condition": {"StringIs": {"secretsmanager:SecretId": "db"}}"#,
        r#""Principal": "*", "Action": "*", "Condition": {"StringNotLike": {"secretsmanager:SecretId": "${x}"}}"#,
        r#""Principal": "*", "Action": "*", "Condition": "none""#,
        r#""Principal": "*", "Action": "*", "Resource": "arn:aws:secretsmanager:*:*:secret:${aws:username}*""#,
        r#""Principal": "*", "Resource": "*""#,
        r#""Principal": "*", "Action": "*", "NotAction": "x""#,
        r#""Action": "*""#,
    ] {
        let statement = |effect| format!(r#"{{"Effect": "{effect}", {elements}}}"#);
        assert_eq!(says(&statement("Allow"), "app"), "", "{elements}");
        assert_eq!(says(&statement("Deny"), "app"), "denied", "{elements}");
    }
}

/// Every verdict on the caller's side against every one on the secret's, in the own account and across accounts.
#[test]
fn both_sides_decide_as_in_iam() {
    let yes = Ok(());
    let not_allowed = Err(Denial::Implicit(Basis::Identity));
    let denied = Err(Denial::Explicit(Basis::Identity));
    let policy_denies = Err(Denial::Explicit(Basis::Resource));
    let policy_is_silent = Err(Denial::Implicit(Basis::Resource));
    let said = |text: &str| Said {
        denied: text.contains("denied"),
        allowed: text.contains("caller"),
        allowed_to_account: text.contains("account"),
    };
    // The caller's side, the secret's, the answer in the own account, and the answer across accounts.
    for (identity, policy, own, across) in [
        (yes, "", yes, policy_is_silent),
        (yes, "account", yes, yes),
        (yes, "caller", yes, yes),
        (yes, "caller denied", policy_denies, policy_denies),
        (not_allowed, "", not_allowed, policy_is_silent),
        (not_allowed, "account", not_allowed, not_allowed),
        (not_allowed, "caller", yes, not_allowed),
        (not_allowed, "caller denied", policy_denies, policy_denies),
        (denied, "", denied, denied),
        (denied, "caller", denied, denied),
        (denied, "denied", denied, denied),
    ] {
        assert_eq!(decide(identity, said(policy), true), own, "{identity:?} {policy}");
        assert_eq!(decide(identity, said(policy), false), across, "{identity:?} {policy}");
    }
}
