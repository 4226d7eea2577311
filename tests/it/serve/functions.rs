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
    let address = Arc::clone(&rotates.address);
    let options = Options { clock: Clock::Virtual, ..Options::default() };
    let listens = move |listen| *address.lock().unwrap() = Some(listen);
    serve_with(options, Arc::new(rotates), listens, act)
}

/// Runs a server within this process while `act` is at it. Gives the number of violations.
pub(super) fn serve_with(
    options: Options,
    invoker: Arc<dyn Invoker>,
    listens: impl FnOnce(SocketAddr) + Send + 'static,
    act: impl FnOnce(SocketAddr),
) -> u64 {
    let (ready, is_ready) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ready = |listen| {
            listens(listen);
            ready.send(listen).unwrap();
            Ok(())
        };
        runtime.block_on(run(options, invoker, ready, async { drop(stopped.await) }))
    });
    act(is_ready.recv().unwrap());
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

/// A function that comes back when it is told to.
#[derive(Debug, Default)]
struct Waits {
    invoked: Arc<AtomicU32>,
    comes_back: Arc<tokio::sync::Notify>,
}

impl Invoker for Waits {
    fn configured(&self) -> BTreeSet<String> {
        BTreeSet::from(["rotate".to_owned()])
    }

    fn invoke(&self, _: &str, _: RotationEvent) -> Ends {
        self.invoked.fetch_add(1, Ordering::SeqCst);
        let comes_back = Arc::clone(&self.comes_back);
        Box::pin(async move {
            comes_back.notified().await;
            Err("too late".to_owned())
        })
    }
}

fn control(address: SocketAddr, line: &str, body: &str) -> Value {
    let (method, route) = line.split_once(' ').unwrap();
    let (status, told) = ask(address, &format!("{method} /_stagewright/{route}"), "", body);
    assert_eq!(status, 200, "{told}");
    told
}

/// How often a step has failed, as the trace has it.
fn failures(address: SocketAddr) -> usize {
    control(address, "GET trace", "").to_string().matches("sees createSecret fail").count()
}

/// A virtual clock, and no patience with functions.
fn impatient() -> Options {
    let pass_timeout = std::time::Duration::from_millis(100);
    Options { clock: Clock::Virtual, pass_timeout, ..Options::default() }
}

/// Lets time pass until a function is invoked that doesn't come back.
fn invoke(address: SocketAddr) -> Value {
    let body = json!({"advance": "1d"}).to_string();
    let (status, told) = ask(address, "POST /_stagewright/time", "", &body);
    assert_eq!(status, 503, "{told}");
    told
}

#[test]
fn a_function_of_an_earlier_world_comes_back_to_nobody() {
    let waits = Waits::default();
    let (invoked, comes_back) = (Arc::clone(&waits.invoked), Arc::clone(&waits.comes_back));
    let act = |address| {
        rotate(address);
        invoke(address);
        assert_eq!(invoked.load(Ordering::SeqCst), 1);
        control(address, "PUT snapshots/runs", "");
        control(address, "POST snapshots/runs", "");
        assert_eq!(invoked.load(Ordering::SeqCst), 2, "the loaded world has it invoked anew");
        // The first is the one of the world before.
        comes_back.notify_one();
        for _ in 0..20 {
            assert_eq!(failures(address), 0);
        }
        comes_back.notify_one();
        let told = (0..1_000).map(|_| failures(address)).find(|failures| *failures > 0);
        assert_eq!(told, Some(1));
    };
    serve_with(impatient(), Arc::new(waits), |_| {}, act);
}

#[test]
fn time_that_can_not_pass_is_not_waited_for_without_end() {
    let act = |address| {
        rotate(address);
        let told = invoke(address);
        assert!(told["error"].as_str().unwrap().contains("ask again"), "{told}");
    };
    serve_with(impatient(), Arc::new(Waits::default()), |_| {}, act);
}
