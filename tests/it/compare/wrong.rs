//! An endpoint over a socket with faults that emulators are known for.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::crypto::ring::default_provider;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use stagewright::api::OperationName;
use stagewright::caller::Caller;
use stagewright::service::Setting;
use stagewright::time::Timestamp;
use stagewright::world::{Action, Trace, World};

/// The endpoint. Its thread ends with the process.
pub(crate) struct Wrong {
    pub(crate) address: String,
    /// The operations that were asked for, as they came.
    pub(super) asked: Arc<Mutex<Vec<OperationName>>>,
}

/// What becomes of a call before anybody looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Answered,
    /// The connection is cut.
    Cut,
    /// It is refused, as there are too many.
    Throttled,
}

impl Wrong {
    pub(crate) fn start() -> Self {
        Self::with(|_| Fate::Answered, None)
    }

    /// One that does so with each call, counted from 0.
    pub(super) fn that(fate: fn(usize) -> Fate) -> Self {
        Self::with(fate, None)
    }

    /// One that answers over TLS, and its certificate, which nobody has signed.
    pub(super) fn over_tls() -> (Self, String) {
        let name = vec!["127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(name).expect("a certificate");
        let key = made.signing_key.serialize_der().try_into().expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a certificate with its key");
        (Self::with(|_| Fate::Answered, Some(Arc::new(config))), made.cert.pem())
    }

    fn with(fate: fn(usize) -> Fate, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let asked = Arc::default();
        let mut served = Served {
            world: World::new(Setting::default(), Timestamp::DEFAULT_START),
            fate,
            asked: Arc::clone(&asked),
        };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever doesn't trust the certificate goes away.
                let _answered = match &tls {
                    None => served.answer(stream),
                    Some(config) => ServerConnection::new(Arc::clone(config))
                        .ok()
                        .and_then(|tls| served.answer(StreamOwned::new(tls, stream))),
                };
            }
        });
        Self { address, asked }
    }
}

struct Served {
    world: World,
    fate: fn(usize) -> Fate,
    asked: Arc<Mutex<Vec<OperationName>>>,
}

impl Served {
    /// Answers one request and closes.
    fn answer(&mut self, stream: impl Read + Write) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let (mut line, mut length, mut target) = (String::new(), 0, String::new());
        reader.read_line(&mut line).ok()?;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim().split_once(": ") else { break };
            match name.to_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                "x-amz-target" => value.rsplit('.').next()?.clone_into(&mut target),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let (status, answer) = match OperationName::from_name(&target) {
            // It is none of ours, so it has no control routes.
            None => (404, json!({ "message": "Not Found" })),
            Some(operation) => {
                let mut asked = self.asked.lock().expect("nobody panics with it");
                let fate = (self.fate)(asked.len());
                asked.push(operation);
                match fate {
                    Fate::Answered => {
                        wrong(operation, &serde_json::from_slice(&body).ok()?, &mut self.world)
                    }
                    Fate::Cut => return None,
                    Fate::Throttled => (400, json!({ "__type": "ThrottlingException" })),
                }
            }
        };
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            answer.len()
        );
        reader.get_mut().write_all(format!("{head}{answer}").as_bytes()).ok()?;
        reader.get_mut().flush().ok()
    }
}

/// What it answers: as the model does, but for its faults.
fn wrong(operation: OperationName, body: &Value, world: &mut World) -> (u16, Value) {
    let by = Caller::named("", &world.service().setting().account);
    let mut trace = Trace::default();
    let mut call = |operation: OperationName, body: Value| {
        let at = trace.steps.len();
        let operation = operation.receive(body);
        world.step(Action::Call { by: by.clone(), operation: operation.into() }, &mut trace);
        trace.steps[at].outcome.clone()
    };
    let secret = body["SecretId"].clone();
    let stage = |label: &Value, from: Option<&str>, to: &Value| json!({ "SecretId": secret, "VersionStage": label, "RemoveFromVersionId": from, "MoveToVersionId": to });
    // A move without its source takes the label all the same.
    let outcome = match operation {
        OperationName::UpdateSecretVersionStage if body["RemoveFromVersionId"].is_null() => {
            let read = json!({ "SecretId": secret, "VersionStage": body["VersionStage"] });
            let holder = call(OperationName::GetSecretValue, read).ok();
            let holder =
                holder.as_ref().and_then(|it| it.version_id()).map(|id| id.as_str().to_owned());
            let members = stage(&body["VersionStage"], holder.as_deref(), &body["MoveToVersionId"]);
            call(operation, members)
        }
        _ => call(operation, body.clone()),
    };
    match outcome {
        Ok(reply) => {
            let mut answer = reply.members();
            if operation == OperationName::DescribeSecret {
                // Labels of a release are forgotten, and members without content are shown.
                if let Some(Value::Object(stages)) = answer.get_mut("VersionIdsToStages") {
                    for labels in stages.values_mut().filter_map(Value::as_array_mut) {
                        labels.retain(|label| {
                            label.as_str().is_some_and(|it| !it.starts_with("release"))
                        });
                    }
                }
                answer["LastRotatedDate"] = json!(1_767_225_600);
                answer["KmsKeyId"] = Value::Null;
            }
            (200, answer)
        }
        // AWSCURRENT goes if somebody wants that, and nobody hears of it.
        Err(error) if error.message.contains("completely removed") => (200, json!({})),
        Err(error) => {
            let message = error.message.replace("can't", "cannot");
            (404, json!({ "__type": error.code.as_str(), "message": message }))
        }
    }
}
