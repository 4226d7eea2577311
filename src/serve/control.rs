//! The control routes: what a test or a person does to the world that is no call of AWS.

use std::fmt::Display;
use std::str::FromStr as _;
use std::sync::Arc;

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::clock::Clock;
use super::engine::{Engine, Kept};
use super::http::{Body, full};
use super::state::State;
use crate::api::{OperationName, RotationStep};
use crate::time::{Span, TimeError, Timestamp};
use crate::world::{Fault, FaultKind};

/// Where they are: no path of AWS begins so.
pub(super) const PREFIX: &str = "/_stagewright/";

/// Snapshots that can be kept at once.
const SNAPSHOTS_MAX: usize = 100;

/// An answer, or what is wrong with the request.
type Told = Result<Value, (StatusCode, String)>;

/// Answers a request to one of the routes.
pub(super) async fn answer(
    engine: &Arc<Engine>,
    method: &Method,
    route: &str,
    query: &str,
    body: &[u8],
) -> Response<Body> {
    let told = match (method.as_str(), route) {
        ("GET", "health") => Ok(health(engine)),
        ("GET", "trace") => trace(engine, query),
        ("GET", "time") => Ok(time(engine)),
        ("POST", "time") => pass_time(engine, body).await,
        ("GET", "assumptions") => Ok(assumptions(engine)),
        ("POST", "assumptions") => assume(engine, body).await,
        ("POST", "faults") => plan(engine, body).await,
        ("GET", "snapshots") => Ok(json!({ "snapshots": snapshots(engine) })),
        (method, route) => match route.strip_prefix("snapshots/") {
            Some(name) => snapshot(engine, method, name).await,
            None => Err((StatusCode::NOT_FOUND, format!("there is no route {method} {route}"))),
        },
    };
    let (status, body) = match told {
        Ok(body) => (StatusCode::OK, body),
        Err((status, text)) => (status, json!({ "error": text })),
    };
    let mut response = Response::new(full(format!("{body}\n")));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn bad(text: impl Display) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, format!("{text}"))
}

fn not_kept() -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, "the state can't be written".to_owned())
}

/// The answer, once what was done is written.
async fn kept_or(kept: Kept, told: Value) -> Told {
    if kept.written().await { Ok(told) } else { Err(not_kept()) }
}

/// The names of the snapshots.
fn snapshots(engine: &Engine) -> Vec<String> {
    engine.look(|state| state.snapshots.keys().cloned().collect())
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, (StatusCode, String)> {
    serde_json::from_slice(body).map_err(bad)
}

fn health(engine: &Arc<Engine>) -> Value {
    let (steps, violations) =
        engine.look(|state| (state.record.steps(), state.record.violations()));
    let mut told = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "steps": steps,
        "violations": violations,
    });
    if let (Value::Object(members), Value::Object(time)) = (&mut told, time(engine)) {
        members.extend(time);
    }
    told
}

fn time(engine: &Arc<Engine>) -> Value {
    let clock = match engine.clock() {
        Clock::Real => "real",
        Clock::Virtual => "virtual",
    };
    json!({ "clock": clock, "now": engine.now().to_string() })
}

fn trace(engine: &Engine, query: &str) -> Told {
    let since = query.split('&').find_map(|part| part.strip_prefix("since="));
    let since = since.map_or(Ok(0), str::parse::<u64>);
    let since = since.map_err(|_| bad("`since` is the number of a step"))?;
    Ok(engine.look(|state| state.record.since(since)))
}

/// How time is to pass.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pass {
    advance: Option<String>,
    until: Option<String>,
}

async fn pass_time(engine: &Arc<Engine>, body: &[u8]) -> Told {
    let pass: Pass = read(body)?;
    if engine.clock() == Clock::Real {
        let text = "the clock is the real one; start the server with `--clock virtual`";
        return Err((StatusCode::CONFLICT, text.to_owned()));
    }
    let moment = match (&pass.advance, &pass.until) {
        (Some(span), None) => Span::from_str(span).map(|span| engine.now().plus(span)),
        (None, Some(moment)) => Timestamp::from_str(moment),
        _ => return Err(bad("say either `advance` with a span or `until` with a moment")),
    };
    let moment = moment.map_err(|error: TimeError| bad(error))?;
    if moment < engine.now() || moment > Timestamp::LAST {
        return Err(bad(format!("time can't pass until {moment}")));
    }
    if engine.reach(moment).await { Ok(time(engine)) } else { Err(not_kept()) }
}

fn assumptions(engine: &Engine) -> Value {
    let assume = engine.look(State::assumptions);
    let options = assume.options().map(|(id, option)| (id.to_owned(), option.into()));
    Value::Object(options.collect())
}

async fn assume(engine: &Arc<Engine>, body: &[u8]) -> Told {
    let chosen: Map<String, Value> = read(body)?;
    let texts: Vec<_> = chosen
        .iter()
        .map(|(id, option)| {
            let number = || option.as_u64().map(|number| number.to_string());
            let text = option.as_str().map(str::to_owned).or_else(number);
            text.map(|text| (id.clone(), text))
                .ok_or_else(|| bad(format!("`{id}` needs the name of an option")))
        })
        .collect::<Result<_, _>>()?;
    let pairs = texts.iter().map(|(id, option)| (id.as_str(), option.as_str()));
    let (assumed, kept) = engine.act(|state| state.assume(pairs));
    assumed.map_err(bad)?;
    kept_or(kept, assumptions(engine)).await
}

/// A fault that is to hit calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    at: String,
    kind: String,
    #[serde(default = "once")]
    times: u32,
}

const fn once() -> u32 {
    1
}

async fn plan(engine: &Arc<Engine>, body: &[u8]) -> Told {
    let planned: Vec<Planned> = read(body)?;
    let faults = planned.into_iter().map(fault).collect::<Result<Vec<_>, _>>()?;
    let ((), kept) = engine.act(|state| state.plan(&faults));
    kept_or(kept, json!({ "planned": faults.len() })).await
}

fn fault(planned: Planned) -> Result<Fault, (StatusCode, String)> {
    let Planned { at, kind, times } = planned;
    let (step, operation) = at.split_once(' ').map_or((None, &*at), |(step, it)| (Some(step), it));
    if let Some(step) = step {
        RotationStep::from_str(step).map_err(bad)?;
    }
    if OperationName::from_name(operation).is_none() {
        return Err(bad(format!("unknown operation `{operation}`")));
    }
    let kinds = FaultKind::OF_CALLS.map(FaultKind::as_str);
    let kind = FaultKind::OF_CALLS.into_iter().find(|it| it.as_str() == kind);
    let kind = kind.ok_or_else(|| bad(format!("`kind` is one of {}", kinds.join(", "))))?;
    Ok(Fault { at, kind, times })
}

async fn snapshot(engine: &Arc<Engine>, method: &str, name: &str) -> Told {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !(1..=100).contains(&name.len()) || !name.bytes().all(fits) {
        return Err(bad("the name of a snapshot has letters, digits, `-`, `_` and `.`"));
    }
    let known = snapshots(engine);
    match method {
        "PUT" if known.len() >= SNAPSHOTS_MAX && !known.iter().any(|it| it == name) => {
            Err(bad(format!("there are {SNAPSHOTS_MAX} snapshots already")))
        }
        "PUT" => {
            let ((), kept) = engine.act(|state| state.take_snapshot(name.to_owned()));
            kept_or(kept, json!({ "taken": name })).await
        }
        "POST" => {
            let (is_there, kept) = engine.act(|state| state.load_snapshot(name));
            if is_there {
                return kept_or(kept, json!({ "loaded": name })).await;
            }
            Err((StatusCode::NOT_FOUND, format!("there is no snapshot `{name}`")))
        }
        _ => {
            let text = "PUT takes a snapshot, POST loads it".to_owned();
            Err((StatusCode::METHOD_NOT_ALLOWED, text))
        }
    }
}
