//! The service over HTTP, for clients and rotation functions as they are.
//!
//! One engine owns the world. Connections, the clock and the functions that run outside take turns at it.

mod authorization;
mod aws;
mod clock;
mod control;
mod desk;
mod engine;
mod functions;
mod http;
mod invoke;
mod journal;
mod log;
mod record;
mod refusal;
mod signature;
mod state;
mod store;

use std::fs::File;
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::service::{Invoked, Setting};
use crate::time::Timestamp;

use engine::Engine;
use http::{RequestIds, Server};
use record::Record;
use state::State;
use store::{Failed, Store};

pub(crate) use aws::Received;
pub(crate) use desk::{Answers, Desk, attend};
pub(crate) use engine::Answer;
pub(crate) use refusal::Refusal;

pub use clock::Clock;
pub use functions::LambdaInvoker;
pub use invoke::{Ends, Invoker, NoFunctions};
pub use log::tell;
pub use signature::{SigningKey, SigningKeyError};
pub use store::StoreError;

/// The longest head of a request.
const HEAD_MAX: usize = 64 << 10;

/// The most headers of a request.
const HEADERS_MAX: usize = 100;

/// How long answers may take that are under way when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How to serve.
#[derive(Debug)]
pub struct Options {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Names by which clients may call it, beside those of the loopback.
    pub hosts: Vec<String>,
    /// Where and with what the service stands. Which functions are invoked, the invoker says.
    pub setting: Setting,
    /// Whether functions that the invoker doesn't run can't be invoked. If not, callers play their part.
    pub strict_functions: bool,
    /// Which clock the world follows.
    pub clock: Clock,
    /// When a virtual clock starts.
    pub start: Timestamp,
    /// Connections at once.
    pub connections: usize,
    /// The file in which the state is kept, if it is.
    pub state: Option<PathBuf>,
    /// Where every step goes as a line of JSON.
    pub trace: Option<File>,
    /// Whether secret values are shown in traces.
    pub show_values: bool,
    /// The keys that calls must be signed with. If there are none, signatures are not checked.
    pub signing_keys: Vec<SigningKey>,
    /// How long the head of a request may take to arrive, or the next request on a connection.
    pub head_timeout: Duration,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long a request may wait for time to pass on a virtual clock: it waits for the functions that are invoked.
    pub pass_timeout: Duration,
}

impl Default for Options {
    /// A free port of the loopback, real time, and nothing kept.
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            hosts: Vec::new(),
            setting: Setting::default(),
            strict_functions: false,
            clock: Clock::Real,
            start: Timestamp::DEFAULT_START,
            connections: 1_000,
            state: None,
            trace: None,
            show_values: false,
            signing_keys: Vec::new(),
            head_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            pass_timeout: Duration::from_secs(300),
        }
    }
}

impl Options {
    /// What a world is made with, which can't be changed later.
    fn made(&self) -> Vec<(&'static str, String)> {
        let setting = &self.setting;
        let assume = setting.assume.chosen().map(|(id, option)| format!("{id}={option}"));
        let managed = setting.managed_secrets.iter();
        let managed = managed.map(|secret| format!("{}={}", secret.name, secret.owning_service));
        let listed = |texts: Vec<String>| format!("[{}]", texts.join(", "));
        vec![
            ("--account", setting.account.as_str().to_owned()),
            ("--region", setting.region.to_string()),
            ("--seed", setting.seed.to_string()),
            ("--clock", format!("{:?}", self.clock).to_lowercase()),
            ("--arn-suffix", setting.arn_suffix.as_deref().unwrap_or("none").to_owned()),
            ("--replication-lag", setting.replication_lag.to_string()),
            ("--managed-secret", listed(managed.collect())),
            ("--assume", listed(assume.collect())),
        ]
    }
}

/// Serves until it is told to stop, and gives the number of violations. `ready` is told where it listens.
pub fn serve(
    options: Options,
    invoker: Arc<dyn Invoker>,
    ready: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> io::Result<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { run(options, invoker, ready, stopped()?).await })
}

/// Like [`serve`], within a runtime, until `stop` is over.
pub async fn run(
    options: Options,
    invoker: Arc<dyn Invoker>,
    ready: impl FnOnce(SocketAddr) -> io::Result<()>,
    stop: impl Future<Output = ()>,
) -> io::Result<u64> {
    let listener = bind(options.listen).await?;
    let listen = listener.local_addr()?;
    let setting = &options.setting;
    let seed = u64::try_from(clock::real_now().millis()).unwrap_or(setting.seed);
    let (account, region) = (setting.account.clone(), Arc::clone(&setting.region));
    let (mut state, kept) = restored(&options)?;
    let (store, mut failed) = kept.unzip();
    state.record.begin(options.trace);
    state.deeds = store.is_some().then(Vec::new);
    let engine = Engine::new(state, store, options.clock, Arc::clone(&invoker));
    let (configured, strict) = (invoker.configured(), options.strict_functions);
    let ((), started) = engine.act(|state| state.start(Invoked::Outside { configured, strict }));
    started.written().await;
    engine.resume();
    let server = Arc::new(Server {
        engine: Arc::clone(&engine),
        account,
        region,
        listen,
        hosts: options.hosts,
        request_ids: RequestIds::new(seed),
        signing_keys: Some(options.signing_keys).filter(|keys| !keys.is_empty()).map(Arc::from),
        body_timeout: options.body_timeout,
        pass_timeout: options.pass_timeout,
    });
    let time = tokio::spawn(Arc::clone(&engine).keep_time());
    let mut stop = pin!(stop);
    ready(listen)?;
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(options.connections));
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
            error = fails(&mut failed) => return Err(unusable(options.state.as_deref(), &error)),
        };
        let Ok((stream, _)) = accepted else {
            // The process has no files left, or the client is gone already.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        drop(stream.set_nodelay(true));
        let server = Arc::clone(&server);
        let handle = service_fn(move |request| {
            let server = Arc::clone(&server);
            async move { server.handle(request).await }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(options.head_timeout)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), handle);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away or sends nonsense has its own log.
            drop(connection.await);
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIMEOUT, graceful.shutdown()).await.is_err() {
        tell("some connections were still busy and are cut off");
    }
    time.abort();
    Ok(engine.look(|state| state.record.violations()))
}

async fn bind(listen: SocketAddr) -> io::Result<TcpListener> {
    if !listen.ip().is_loopback() {
        tell(&format!("warning: whoever reaches {listen} can read and change every secret here"));
    }
    TcpListener::bind(listen).await.map_err(|error| {
        io::Error::new(error.kind(), format!("failed to listen on {listen}: {error}"))
    })
}

/// The state that earlier processes left in the store, or a new one.
fn restored(options: &Options) -> io::Result<(State, Option<(Store, Failed)>)> {
    let clock = options.clock;
    let made =
        |start| State::new(options.setting.clone(), start, clock, Record::new(options.show_values));
    let start = clock.now().unwrap_or(options.start);
    let Some(path) = &options.state else { return Ok((made(start), None)) };
    let mut state = None;
    let again = |entry: journal::Entry| {
        let start = Timestamp::from_millis(entry.at);
        state.get_or_insert_with(|| made(start)).again(entry)
    };
    let kept = Store::open(path, &options.made(), again);
    let kept = kept.map_err(|error| unusable(Some(path), &error))?;
    Ok((state.unwrap_or_else(|| made(start)), Some(kept)))
}

/// Why the server can't go on with that file.
fn unusable(path: Option<&Path>, error: &StoreError) -> io::Error {
    let path = path.unwrap_or(Path::new("")).display();
    io::Error::other(format!("failed to use `{path}`: {error}"))
}

/// Ends when the store can't be written any more. Without a store it never does.
async fn fails(failed: &mut Option<Failed>) -> StoreError {
    match failed.as_mut() {
        Some(reason) => {
            let error = reason.await;
            *failed = None;
            match error {
                Ok(error) => error,
                Err(_) => pending().await, // the store is closed
            }
        }
        None => pending().await,
    }
}

/// Ends when the process is told to stop.
pub(crate) fn stopped() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        #[cfg(not(unix))]
        drop(tokio::signal::ctrl_c().await);
    })
}
