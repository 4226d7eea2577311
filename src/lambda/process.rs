//! A rotation function as a process of our own, and everything that it starts.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::body::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::runtime_api::{RuntimeApi, Work};
use super::{InvocationError, Log};

/// The longest line of a function's output that is passed on whole, in bytes.
const LINE_MAX: usize = 4096;

/// How a function is started.
#[derive(Clone, Debug)]
pub struct ProcessConfig {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where it is started; here if none is given.
    pub directory: Option<PathBuf>,
    /// What it is called.
    pub name: String,
    /// Variables set for it, beside those that are inherited.
    pub environment: BTreeMap<String, String>,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// How long it may take until it asks for its first invocation.
    pub init_timeout: Duration,
    /// Where what it prints goes.
    pub log: Log,
}

impl ProcessConfig {
    /// A command as in a shell, with Lambda's own limit for the start (10 s) and AWS's for a rotation function (30 s).
    ///
    /// # Errors
    /// What is wrong with the command.
    pub fn parse(name: &str, command: &str, log: Log) -> Result<Self, String> {
        let command: Vec<String> =
            shlex::split(command).filter(|words| !words.is_empty()).ok_or_else(|| {
                format!("`{command}` is no command: a quote is not closed, or it is empty")
            })?;
        Ok(Self::new(name, command, log))
    }

    /// A program with its arguments, with the same limits.
    pub fn new(name: &str, command: Vec<String>, log: Log) -> Self {
        Self {
            command,
            directory: None,
            name: name.to_owned(),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(30),
            init_timeout: Duration::from_secs(10),
            log,
        }
    }
}

/// What invocations are given beyond their limit, since they were made to wait.
#[derive(Clone, Debug, Default)]
pub struct MoreTime(Arc<Mutex<Duration>>);

impl MoreTime {
    /// Gives an invocation so much more.
    pub fn add(&self, more: Duration) {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *given = given.saturating_add(more);
    }

    fn given(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits so long, and what is given meanwhile.
    async fn wait(&self, limit: Duration) {
        let mut given = self.given();
        let mut left = limit;
        while !left.is_zero() {
            sleep(left).await;
            left = self.given().saturating_sub(given);
            given = given.saturating_add(left);
        }
    }
}

/// A process that runs a function. When it is dropped, the process and all that it started in its group are killed.
#[derive(Debug)]
pub struct Instance {
    child: Child,
    /// The group, which has the id of its first process.
    group: Option<Pid>,
    api: RuntimeApi,
    init_failed: mpsc::Receiver<InvocationError>,
    /// Whether it has asked for an invocation yet.
    is_warm: bool,
    invocations: u64,
    timeout: Duration,
    init_timeout: Duration,
    more_time: MoreTime,
}

impl Instance {
    /// Starts a process. It is not waited for until it is invoked.
    ///
    /// # Errors
    /// [`InvocationError::NotReached`] if there is no such program or no port.
    pub async fn start(config: &ProcessConfig) -> Result<Self, InvocationError> {
        let failed = |error: io::Error| InvocationError::NotReached(error.to_string());
        let (api, init_failed) = RuntimeApi::listen().await.map_err(failed)?;
        let (program, arguments) = config
            .command
            .split_first()
            .ok_or_else(|| InvocationError::NotReached("the command is empty".to_owned()))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        command.envs(lambda_variables(config)).envs(&config.environment);
        command.env("AWS_LAMBDA_RUNTIME_API", api.address.to_string());
        if let Some(directory) = &config.directory {
            command.current_dir(directory);
        }
        let mut child = command.spawn().map_err(|error| {
            InvocationError::NotReached(format!("`{program}` can't be started: {error}"))
        })?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(out) = child.stdout.take() {
            tokio::spawn(pass_on(out, config.log.clone()));
        }
        if let Some(out) = child.stderr.take() {
            tokio::spawn(pass_on(out, config.log.clone()));
        }
        Ok(Self {
            child,
            group,
            api,
            init_failed,
            is_warm: false,
            invocations: 0,
            timeout: config.timeout,
            init_timeout: config.init_timeout,
            more_time: MoreTime::default(),
        })
    }

    /// What its invocations are given beyond their limit.
    pub fn more_time(&self) -> MoreTime {
        self.more_time.clone()
    }

    /// Whether the process still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Has the function work on an event, and waits for its answer.
    ///
    /// # Errors
    /// How it ended. Unless the function itself raised an error, the process is gone afterwards.
    pub async fn invoke(&mut self, arn: &str, event: Bytes) -> Result<Bytes, InvocationError> {
        let result = self.try_invoke(arn, event).await;
        if !matches!(result, Ok(_) | Err(InvocationError::Raised { .. })) {
            self.kill().await;
        }
        result
    }

    async fn try_invoke(&mut self, arn: &str, event: Bytes) -> Result<Bytes, InvocationError> {
        self.invocations = self.invocations.saturating_add(1);
        let (taken, was_taken) = oneshot::channel();
        let (ended, has_ended) = oneshot::channel();
        let deadline = now().saturating_add(self.timeout);
        let id = format!("00000000-0000-4000-8000-{:012x}", self.invocations);
        let work =
            Work { id, deadline: deadline.as_millis(), arn: arn.to_owned(), event, taken, ended };
        self.api.give(work).await;
        let (limit, late) = if self.is_warm {
            (self.timeout, InvocationError::TimedOut(self.timeout))
        } else {
            (self.init_timeout, InvocationError::InitTimedOut(self.init_timeout))
        };
        tokio::select! {
            biased;
            Ok(()) = was_taken => {}
            Some(error) = self.init_failed.recv() => return Err(error),
            status = self.child.wait() => return Err(exited(status)),
            () = sleep(limit) => return Err(late),
        }
        self.is_warm = true;
        tokio::select! {
            biased;
            Ok(result) = has_ended => result,
            status = self.child.wait() => Err(exited(status)),
            () = self.more_time.wait(self.timeout) => Err(InvocationError::TimedOut(self.timeout)),
        }
    }

    /// Kills the process and its group, and waits until it is gone.
    pub async fn kill(&mut self) {
        self.api.take_back();
        self.signal();
        // What can't be killed is left to the system: a hung disk must not hang the caller.
        let _gone = timeout(Duration::from_secs(5), self.child.wait()).await;
    }

    fn signal(&self) {
        if let Some(group) = self.group {
            // It may be gone already.
            let _sent = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.signal();
    }
}

fn exited(status: io::Result<ExitStatus>) -> InvocationError {
    InvocationError::Exited(match status {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    })
}

/// Since 1970.
#[expect(clippy::disallowed_methods, reason = "the function lives in real time")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// What Lambda sets for every function.
fn lambda_variables(config: &ProcessConfig) -> [(&'static str, String); 7] {
    [
        ("AWS_LAMBDA_FUNCTION_NAME", config.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", config.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stagewright".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("PYTHONUNBUFFERED", "1".to_owned()),
    ]
}

/// Passes the output of a function on, line by line. What isn't UTF-8 is replaced, and long lines are cut.
async fn pass_on(out: impl AsyncRead + Unpin, log: Log) {
    let mut reader = BufReader::new(out);
    let mut line = Vec::new();
    while let Ok(chunk) = reader.fill_buf().await {
        if chunk.is_empty() {
            break;
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let room = LINE_MAX.saturating_sub(line.len());
        line.extend(chunk.iter().take(end.unwrap_or(chunk.len()).min(room)));
        let used = end.map_or(chunk.len(), |end| end.saturating_add(1));
        reader.consume(used);
        if end.is_some() {
            log.line(&String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    if !line.is_empty() {
        log.line(&String::from_utf8_lossy(&line));
    }
}
