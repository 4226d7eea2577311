//! Whatever is sent is answered as AWS would, and the server goes on.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use serde_json::json;
use stagewright::api::OperationName;

use super::client::{Server, signed};

/// JSON values of every kind, up to some depth.
fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        any::<f64>().prop_map(|it| json!(it)),
        ".{0,20}".prop_map(|it| json!(it)),
        Just(json!("a")),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|it| json!(it)),
            vec(("[A-Za-z]{0,12}", inner), 0..4)
                .prop_map(|it| it.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// A body: members that the operation knows with values of any kind, or bytes that are hardly JSON.
fn bodies() -> impl Strategy<Value = (OperationName, Vec<u8>)> {
    let name = proptest::sample::select(OperationName::ALL);
    (name, vec((any::<prop::sample::Index>(), values()), 0..5), vec(any::<u8>(), 0..40), 0..8_u8)
        .prop_map(|(name, members, bytes, kind)| {
            if kind == 0 {
                return (name, bytes);
            }
            let known = name.members();
            let members = members
                .into_iter()
                .filter(|_| !known.is_empty())
                .map(|(index, value)| (index.get(known).to_string(), value));
            let body: serde_json::Map<_, _> = members.collect();
            let mut text = serde_json::Value::from(body).to_string().into_bytes();
            if kind == 1 {
                text.truncate(text.len() / 2);
            }
            (name, text)
        })
}

/// How many requests are made up: ten thousand in the long tests.
fn cases(usual: u32) -> u32 {
    let given = std::env::var("STAGEWRIGHT_MALFORMED").ok();
    given.map_or(usual, |given| given.parse().expect("a number"))
}

#[test]
fn random_bodies_get_the_errors_of_aws() {
    let path = super::control::tempfile().join("state.redb");
    let args = ["--clock", "virtual", "--state", path.to_str().expect("text")];
    let server = Server::start(&args);
    server.ok(
        "CreateSecret",
        json!({"Name": "a", "SecretString": "x", "ClientRequestToken": "0".repeat(36)}),
    );
    let key = signed("test", "us-east-1");
    let config = Config {
        cases: cases(300),
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&bodies(), |(name, body)| {
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nX-Amz-Target: secretsmanager.{}\r\n{key}\r\n",
            body.len(),
            name.as_str(),
        );
        let answer = server.send(&[head.as_bytes(), &body].concat());
        let answer = answer.ok_or_else(|| TestCaseError::fail("no answer"))?;
        prop_assert!([200, 400].contains(&answer.status), "{}: {}", answer.status, answer.body);
        prop_assert!(answer.json().is_object());
        prop_assert!(answer.status == 200 || answer.code().ends_with("Exception"));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let steps = server.control("GET health", "").1["steps"].clone();
    let (status, told) = server.end("-TERM");
    assert!(told.is_empty(), "{status:?} {told}");
    // All that was taken for a request can be done again.
    let server = Server::start(&args);
    assert!(server.control("GET health", "").1["steps"].as_u64() <= steps.as_u64());
}

#[test]
fn random_signatures_are_refused() {
    let server = Server::start(&["--verify-signatures", "a:b"]);
    let config = Config {
        cases: cases(200),
        rng_seed: RngSeed::Fixed(11),
        failure_persistence: None,
        ..Config::default()
    };
    let part = "[ -~]{0,12}";
    let date = prop_oneof![
        Just("X-Amz-Date: 20260101T000000Z\r\n".to_owned()),
        "(X-Amz-)?Date: [ -~]{0,20}\r\n",
    ];
    let parts = (
        "(\\?[!-~]{0,20})?",
        date,
        "[a-z]?/[0-9]{0,9}/[a-z-]{0,9}/[a-z]{0,9}/(aws4_request)?",
        part,
        part,
    );
    let outcome = TestRunner::new(config).run(&parts, |(query, date, scope, signed, signature)| {
        let query = query.replace(['#', '"', '<', '>', '`', '{', '}'], "%");
        let request = format!(
            "POST /{query} HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: secretsmanager.ListSecrets\r\n{date}Authorization: \
             AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}host;{signed}, Signature={signature}\r\n\
             Content-Length: 2\r\n\r\n{{}}"
        );
        let answer = server.send(request.as_bytes());
        let answer = answer.ok_or_else(|| TestCaseError::fail("no answer"))?;
        prop_assert_eq!(answer.status, 400);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(server.end("-TERM"), (Some(0), String::new()));
}

#[test]
fn random_bytes_leave_the_server_as_it_was() {
    let server = Server::start(&[]);
    let config = Config {
        cases: cases(200),
        rng_seed: RngSeed::Fixed(9),
        failure_persistence: None,
        ..Config::default()
    };
    let lines = prop_oneof![
        vec(any::<u8>(), 1..200),
        "(POST|GET|X) [ -~]{0,20} HTTP/1\\.[019]\r\n([A-Za-z-]{0,10}:[ -~]{0,20}\r\n){0,3}\r\n"
            .prop_map(String::into_bytes),
    ];
    let outcome = TestRunner::new(config).run(&lines, |mut bytes| {
        bytes.extend(b"\r\n\r\n");
        if let Some(answer) = server.send(&bytes) {
            prop_assert!(answer.status < 500, "{answer:?}");
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(server.control("GET health", "").0, 200);
}
