//! Rotation functions that the server invokes: here tasks of the test, which call back over HTTP.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use serde_json::{Value, json};
use stagewright::api::{RotationEvent, RotationStep};
use stagewright::serve::{Clock, Ends, Invoker, Options, run};

use super::client::signed;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:rotate";
const FIRST: &str = "00000000-0000-0000-0000-000000000001";
const SECOND: &str = "00000000-0000-0000-0000-000000000002";

/// A function that does what one has to do, and fails so many times in `testSecret`.
#[derive(Debug, Default)]
struct Rotates {
    address: Arc<Mutex<Option<SocketAddr>>>,
    fails: Arc<AtomicU32>,
    steps: Arc<Mutex<Vec<RotationStep>>>,
}

impl Invoker for Rotates {
    fn configured(&self) -> BTreeSet<String> {
        BTreeSet::from(["rotate".to_owned()])
    }

    fn invoke(&self, arn: &str, event: RotationEvent) -> Ends {
        assert_eq!(arn, FUNCTION);
        let address = self.address.lock().unwrap().expect("it listens");
        self.steps.lock().unwrap().push(event.step);
        let fails = Arc::clone(&self.fails);
        Box::pin(async move {
            let (id, token) = (event.secret_id.as_str(), event.client_request_token.as_str());
            match event.step {
                RotationStep::CreateSecret => {
                    let with = json!({"SecretId": id, "ClientRequestToken": token, "SecretString": "two", "VersionStages": ["AWSPENDING"]});
                    call(address, "PutSecretValue", &with).await?;
                }
                RotationStep::TestSecret if fails.load(Ordering::Relaxed) > 0 => {
                    fails.fetch_sub(1, Ordering::Relaxed);
                    return Err("the password is wrong".to_owned());
                }
                RotationStep::SetSecret | RotationStep::TestSecret => {}
                RotationStep::FinishSecret => {
                    let with = json!({"SecretId": id, "VersionStage": "AWSCURRENT", "MoveToVersionId": token, "RemoveFromVersionId": FIRST});
                    call(address, "UpdateSecretVersionStage", &with).await?;
                }
            }
            Ok(())
        })
    }
}

/// Sends a request and gives status and body. Blocks, so it has a thread of its own.
fn ask(address: SocketAddr, line: &str, headers: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

fn call_now(address: SocketAddr, operation: &str, with: &Value) -> Result<Value, String> {
    let target = format!("X-Amz-Target: secretsmanager.{operation}\r\n");
    let headers = target + &signed("test", "us-east-1");
    let (status, told) = ask(address, "POST /", &headers, &with.to_string());
    if status == 200 { Ok(told) } else { Err(told.to_string()) }
}

async fn call(address: SocketAddr, operation: &'static str, with: &Value) -> Result<Value, String> {
    let with = with.clone();
    let (done, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || done.send(call_now(address, operation, &with)));
    ended.await.unwrap()
}

/// Runs a server with the function while `act` is at it. Gives the number of violations.
fn with_server(rotates: Rotates, act: impl FnOnce(SocketAddr)) -> u64 {
    let (ready, listens) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let address = Arc::clone(&rotates.address);
    let server = std::thread::spawn(move || {
        let options = Options { clock: Clock::Virtual, ..Options::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ready = |listen| {
            *address.lock().unwrap() = Some(listen);
            ready.send(listen).unwrap();
            Ok(())
        };
        runtime.block_on(run(options, Arc::new(rotates), ready, async { drop(stopped.await) }))
    });
    act(listens.recv().unwrap());
    stop.send(()).unwrap();
    server.join().unwrap().unwrap()
}

fn rotate(address: SocketAddr) {
    let with = json!({"Name": "a", "SecretString": "one", "ClientRequestToken": FIRST});
    call_now(address, "CreateSecret", &with).unwrap();
    let with =
        json!({"SecretId": "a", "RotationLambdaARN": FUNCTION, "ClientRequestToken": SECOND});
    call_now(address, "RotateSecret", &with).unwrap();
}

fn stages(address: SocketAddr) -> Value {
    call_now(address, "DescribeSecret", &json!({"SecretId": "a"})).unwrap()["VersionIdsToStages"]
        .clone()
}

fn advance(address: SocketAddr, span: &str) {
    let body = json!({"advance": span}).to_string();
    assert_eq!(ask(address, "POST /_stagewright/time", "", &body).0, 200);
}

#[test]
fn a_rotation_is_led_through_its_steps() {
    let rotates = Rotates::default();
    let steps = Arc::clone(&rotates.steps);
    let violations = with_server(rotates, |address| {
        rotate(address);
        advance(address, "10s");
        assert_eq!(
            stages(address),
            json!({FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT", "AWSPENDING"]})
        );
        advance(address, "2m");
        assert_eq!(stages(address)[SECOND], json!(["AWSCURRENT"]), "AWSPENDING is cleaned off");
    });
    assert_eq!(*steps.lock().unwrap(), RotationStep::ALL);
    assert_eq!(violations, 0);
}

#[test]
fn a_step_that_fails_is_tried_again() {
    let rotates = Rotates { fails: Arc::new(AtomicU32::new(2)), ..Rotates::default() };
    let steps = Arc::clone(&rotates.steps);
    let violations = with_server(rotates, |address| {
        rotate(address);
        advance(address, "2s");
        assert_eq!(stages(address)[SECOND], json!(["AWSPENDING"]));
        // Time stands still while functions run, however far it is told to pass.
        advance(address, "12h");
        assert_eq!(stages(address)[SECOND], json!(["AWSCURRENT"]));
        let (_, told) = ask(address, "GET /_stagewright/trace", "", "");
        let does = |what: &str| {
            let steps = told["trace"].as_array().unwrap();
            steps.iter().filter(|step| step["does"] == what).count()
        };
        assert_eq!(does("sees testSecret fail"), 2);
        let rules = told["trace"].to_string();
        assert!(!rules.contains("ROT-23"), "nobody knows who else wrote");
    });
    assert!(steps.lock().unwrap().len() > 4);
    assert_eq!(violations, 0);
}
