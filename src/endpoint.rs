//! A live endpoint over HTTP: AWS, an emulator, `stagewright serve`.

mod client;
mod credentials;
mod roots;
mod target;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::compare::{Abilities, Answer, Endpoint, Refusal, Request, Time, Unreachable};
use crate::time::{Span, Timestamp};

use client::Client;
use credentials::Signing;

pub use credentials::{Chain, ca_bundle, region};
pub use target::{Target, TargetError};

/// The snapshot that `stagewright serve` keeps of what it was like.
const BEFORE: &str = "stagewright-compare-before";

/// The snapshot around a look.
const LOOK: &str = "stagewright-compare-look";

/// How often a call is sent again that is throttled.
const TRIES: u32 = 6;

/// How the connection is to be used.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is.
    pub target: Target,
    /// Which Region calls are signed for.
    pub region: String,
    /// Where credentials come from.
    pub chain: Chain,
    /// A file with the certificates that are trusted, in place of those of the system.
    pub ca_bundle: Option<PathBuf>,
    /// How long scenarios may wait where time passes by itself.
    pub patience: Span,
    /// The rotation function that exists there.
    pub function: Option<String>,
    /// The most calls a second; `None` if it doesn't matter.
    pub rate: Option<f64>,
    /// How long one answer may take.
    pub timeout: Duration,
}

/// A connection to a live endpoint.
pub struct HttpEndpoint {
    runtime: Runtime,
    client: Client,
    signing: Signing,
    options: Options,
    abilities: Abilities,
    /// Whether it is `stagewright serve` on a virtual clock, which can be brought back to what it was.
    is_virtual: bool,
    last_call: Option<Instant>,
    stopped: Box<dyn Fn() -> bool>,
}

impl std::fmt::Debug for HttpEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpEndpoint").field("options", &self.options).finish_non_exhaustive()
    }
}

impl HttpEndpoint {
    /// A connection over which nothing is sent yet. `stopped` tells whether somebody wants no more calls.
    ///
    /// # Errors
    /// The certificates that are trusted can't be read.
    pub fn new(options: Options, stopped: Box<dyn Fn() -> bool>) -> Result<Self, Unreachable> {
        let failed = |error: &dyn std::fmt::Display| Unreachable(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let client = Client::new(&options)?;
        let signing = Signing::new(&client, &options.target, options.chain.clone());
        Ok(Self {
            abilities: Abilities {
                time: Time::ByItself { patience: options.patience },
                any_function: false,
                function: options.function.clone(),
                anyone_anywhere: false,
                is_aws: options.target.is_aws(),
            },
            runtime,
            client,
            signing,
            options,
            is_virtual: false,
            last_call: None,
            stopped,
        })
    }

    /// Finds out whether it is `stagewright serve`, of which more can be asked.
    ///
    /// # Errors
    /// It can't be reached.
    pub fn recognize(&mut self) -> Result<(), Unreachable> {
        if self.abilities.is_aws {
            return Ok(());
        }
        let health = self.control("GET", "health", &Value::Null)?;
        let Some(clock) = health.as_ref().and_then(|it| it.get("clock")).and_then(Value::as_str)
        else {
            return Ok(());
        };
        self.is_virtual = clock == "virtual";
        self.abilities.any_function = true;
        self.abilities.function = None;
        self.abilities.anyone_anywhere = true;
        if self.is_virtual {
            self.abilities.time = Time::AsTold;
            self.told("PUT", &format!("snapshots/{BEFORE}"), &Value::Null)?;
        }
        Ok(())
    }

    /// Whether it comes back to what it was by itself, so that nothing has to be removed.
    pub const fn restores(&self) -> bool {
        self.is_virtual
    }

    /// Brings `stagewright serve` back to what it was.
    pub fn restore(&mut self) -> Result<(), Unreachable> {
        if self.is_virtual {
            self.told("POST", &format!("snapshots/{BEFORE}"), &Value::Null)?;
        }
        Ok(())
    }

    /// Asks a control route of `stagewright serve`; `None` if there is none.
    fn control(
        &self,
        method: &str,
        route: &str,
        body: &Value,
    ) -> Result<Option<Value>, Unreachable> {
        let uri = self.options.target.control(route)?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, text) = self.runtime.block_on(self.client.plain(method, uri, body))?;
        let told = serde_json::from_str(&text).ok();
        Ok(told.filter(|_| status == 200))
    }

    /// Asks a control route that is there.
    fn told(&self, method: &str, route: &str, body: &Value) -> Result<Value, Unreachable> {
        let told = self.control(method, route, body)?;
        told.ok_or_else(|| Unreachable(format!("the server refuses {method} {route}")))
    }

    /// Does nothing for that long.
    fn rest(&self, span: Duration) {
        // Within the runtime, which has the timer.
        self.runtime.block_on(async { tokio::time::sleep(span).await });
    }

    /// Waits until the next call may be sent.
    fn wait_for_turn(&mut self) {
        if let (Some(rate), Some(last)) = (self.options.rate, self.last_call) {
            let apart = Duration::from_secs_f64(1.0 / rate);
            let wait = apart.saturating_sub(last.elapsed());
            self.rest(wait);
        }
        #[expect(clippy::disallowed_methods, reason = "I/O boundary: calls keep to a rate")]
        let now = Instant::now();
        self.last_call = Some(now);
    }

    fn send(&mut self, request: &Request<'_>) -> Result<Answer, Unreachable> {
        self.wait_for_turn();
        let region = request.region.unwrap_or(&self.options.region);
        let account = self.abilities.anyone_anywhere.then_some(request.account);
        let signed = self.signing.sign(request, region, account, self.options.target.uri());
        let sent = async {
            let head = signed.await?;
            self.client.signed(head, request.members.to_string()).await
        };
        let (status, text) = self.runtime.block_on(sent)?;
        Ok(answer(status, &text))
    }
}

/// What an answer says.
fn answer(status: u16, text: &str) -> Answer {
    let body: Option<Value> = serde_json::from_str(text).ok();
    if (200..300).contains(&status) {
        // Some answers are empty.
        return Ok(body.unwrap_or_else(|| json!({})));
    }
    let member = |name: &str| {
        body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str).map(str::to_owned)
    };
    let code = member("__type").or_else(|| member("code"));
    let code = code.map(|code| code.rsplit('#').next().unwrap_or_default().to_owned());
    let start = || text.chars().take(200).collect();
    Err(Refusal {
        status,
        message: member("message")
            .or_else(|| member("Message"))
            .unwrap_or_else(|| if code.is_some() { String::new() } else { start() }),
        code: code.unwrap_or_else(|| "no error code".to_owned()),
    })
}

impl Endpoint for HttpEndpoint {
    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn call(&mut self, request: Request<'_>) -> Result<Answer, Unreachable> {
        let mut pause = Duration::from_secs(1);
        let mut tries = 1_u32;
        loop {
            let answer = self.send(&request)?;
            let throttled = answer.as_ref().is_err_and(|it| it.code.contains("Throttling"));
            if !throttled || tries >= TRIES || self.is_stopped() {
                return Ok(answer);
            }
            tries = tries.saturating_add(1);
            self.rest(pause);
            pause = pause.saturating_mul(2);
        }
    }

    fn look(&mut self, request: Request<'_>) -> Result<Answer, Unreachable> {
        if !self.is_virtual {
            return self.call(request);
        }
        self.told("PUT", &format!("snapshots/{LOOK}"), &Value::Null)?;
        let answer = self.call(request)?;
        self.told("POST", &format!("snapshots/{LOOK}"), &Value::Null)?;
        Ok(answer)
    }

    fn begin(&mut self, start: Timestamp) -> Result<bool, Unreachable> {
        if !self.is_virtual {
            return Ok(true);
        }
        self.restore()?;
        let until = json!({ "until": start.to_string() });
        Ok(self.control("POST", "time", &until)?.is_some())
    }

    fn pass(&mut self, from: Timestamp, to: Timestamp) -> Result<(), Unreachable> {
        if self.is_virtual {
            // If its clock is further than the model's, only spans agree. A moment that is past is no mistake.
            let until = json!({ "until": to.to_string() });
            self.control("POST", "time", &until)?;
            return Ok(());
        }
        let span = to.since(from).millis().saturating_sub(Span::CALL.millis());
        self.rest(Duration::from_millis(u64::try_from(span).unwrap_or_default()));
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        (self.stopped)()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_read_as_clients_read_them() {
        let body =
            r#"{"__type":"com.amazonaws.secretsmanager#ResourceNotFoundException","message":"a"}"#;
        let refusal = answer(400, body).expect_err("a refusal");
        assert_eq!(
            (refusal.code.as_str(), refusal.message.as_str()),
            ("ResourceNotFoundException", "a")
        );
        let refusal = answer(500, "<html>Internal Server Error").expect_err("a refusal");
        assert_eq!(refusal.code, "no error code");
        assert_eq!(refusal.message, "<html>Internal Server Error");
        assert_eq!(answer(200, ""), Ok(json!({})));
    }
}
