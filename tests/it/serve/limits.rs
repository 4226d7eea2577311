//! Whom the server doesn't serve, and what it doesn't take in.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use stagewright::serve::{NoFunctions, Options};

use super::client::{Server, receive, signed};
use super::functions::serve_with;

#[test]
fn other_hosts_and_origins_are_refused() {
    let server = Server::start(&["--allow-host", "stagewright.test"]);
    let port = server.address.rsplit_once(':').expect("a port").1;
    let status = |headers: &str| {
        server.request("GET /_stagewright/health", headers, "").expect("an answer").status
    };
    for host in
        ["localhost", "127.0.0.1", "[::1]", "app.localhost", "stagewright.test", "127.9.9.9"]
    {
        assert_eq!(status(&format!("Host: {host}\r\n")), 200, "{host}");
        assert_eq!(status(&format!("Host: {host}:{port}\r\n")), 200, "{host}");
    }
    for host in ["evil.test", "localhost.evil.test", "10.0.0.1", "", "stagewright.test.evil"] {
        assert_eq!(status(&format!("Host: {host}\r\n")), 421, "{host}");
    }
    assert_eq!(status(""), 421, "no host at all");
    let at = |origin: &str| format!("Host: localhost\r\nOrigin: {origin}\r\n");
    assert_eq!(status(&at(&format!("http://localhost:{port}"))), 200);
    assert_eq!(status(&at("http://evil.test")), 421);
    assert_eq!(status(&at("null")), 421);
    let whole = server.request("GET http://evil.test/", "Host: localhost\r\n", "");
    assert_eq!(whole.expect("an answer").status, 421);
}

#[test]
fn nobody_else_may_read_an_answer_in_a_browser() {
    let server = Server::start(&[]);
    let headers = "Host: localhost\r\nOrigin: http://localhost\r\n";
    let told = server.request("GET /_stagewright/trace", headers, "").expect("an answer");
    assert!(
        told.headers.iter().all(|(name, _)| !name.to_lowercase().starts_with("access-control"))
    );
}

#[test]
fn the_longest_value_fits_and_longer_bodies_are_refused() {
    let server = Server::start(&[]);
    // Every character of it is escaped.
    let value = "\u{1}".repeat(65_536);
    let token = "0".repeat(36);
    server.ok(
        "CreateSecret",
        json!({"Name": "a", "SecretString": value, "ClientRequestToken": token}),
    );
    assert_eq!(server.ok("GetSecretValue", json!({"SecretId": "a"}))["SecretString"], value);
    let target = "secretsmanager.GetSecretValue";
    let long = " ".repeat((1 << 20) + 1);
    let refused = server.raw(target, &signed("test", "us-east-1"), &long).expect("an answer");
    assert_eq!(refused.status, 413);
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {target}\r\n{}Transfer-Encoding: chunked\r\n\r\n\
         200000\r\n{}\r\n0\r\n\r\n",
        signed("test", "us-east-1"),
        " ".repeat(0x20_0000),
    );
    assert!(server.send(chunked.as_bytes()).is_none_or(|refused| refused.status == 413));
}

#[test]
fn heads_have_limits() {
    let server = Server::start(&[]);
    let many = "A: b\r\n".repeat(200);
    assert_eq!(server.request("GET /", &many, "").expect("an answer").status, 431);
    let long = format!("Host: localhost\r\nA: {}\r\n", "b".repeat(200_000));
    assert!(server.request("GET /", &long, "").is_none_or(|refused| refused.status == 431));
    assert_eq!(server.control("GET health", "").0, 200);
}

/// Asks for the health on a connection that is kept.
fn ask(stream: &mut TcpStream) {
    stream
        .write_all(b"GET /_stagewright/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .expect("sent");
}

#[test]
fn more_connections_than_allowed_wait() {
    let server = Server::start(&["--connections", "2"]);
    let connect = || TcpStream::connect(&server.address).expect("it listens");
    let mut taken = [connect(), connect()];
    for stream in &mut taken {
        ask(stream);
        assert_eq!(receive(stream).expect("an answer").status, 200);
    }
    let mut waits = connect();
    ask(&mut waits);
    // Were it served, its answer would come before all of these.
    for stream in (0..50).flat_map(|_| [0, 1]) {
        ask(&mut taken[stream]);
        assert_eq!(receive(&mut taken[stream]).expect("an answer").status, 200);
    }
    waits.set_nonblocking(true).expect("a mode");
    let nothing = waits.read(&mut [0]).expect_err("no answer yet");
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    waits.set_nonblocking(false).expect("a mode");
    drop(taken);
    assert_eq!(receive(&mut waits).expect("an answer").status, 200);
}

/// What comes on a connection until it ends, after sending that and no more.
fn left_alone(options: Options, sent: &str) -> String {
    let mut text = String::new();
    serve_with(
        options,
        Arc::new(NoFunctions),
        |_| {},
        |address| {
            let mut stream = TcpStream::connect(address).expect("it listens");
            stream.write_all(sent.as_bytes()).expect("sent");
            stream.read_to_string(&mut text).expect("an end");
        },
    );
    text
}

#[test]
fn slow_clients_are_cut_off() {
    let soon = Duration::from_millis(100);
    let options = Options { head_timeout: soon, ..Options::default() };
    assert_eq!(left_alone(options, "POST / HTTP/1.1\r\nHost: local"), "");
    let key = signed("test", "us-east-1");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: secretsmanager.ListSecrets\r\n{key}Content-Length: \
         9\r\n\r\n{{"
    );
    let options = Options { body_timeout: soon, ..Options::default() };
    let told = left_alone(options, &head);
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
    assert!(told.contains("RequestTimeoutException"), "{told}");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let server = Server::start(&[]);
    let output = std::process::Command::new(crate::cli::BINARY)
        .args(["serve", "--listen", &server.address])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains(&server.address), "{told}");
}
