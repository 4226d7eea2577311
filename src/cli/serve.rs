//! `stagewright serve`: the service for real clients.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{ExitStatus, Terminal};
use crate::lambda::{Functions, InvokeUrl, Log, ProcessConfig, Runtime, endpoint_variables};
use crate::secret::{AccountId, SecretName, is_arn_suffix, is_region};
use crate::serve::{Clock, LambdaInvoker, Options, SigningKey, serve, tell};
use crate::service::{ManagedSecret, Setting};
use crate::time::{Span, Timestamp};

/// Where to listen, and what world to serve.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Address to listen on; port 0 takes a free one. The first line on stdout is the URL
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4566")]
    listen: SocketAddr,
    /// Serve requests to this host name too; others than those of the loopback are refused
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Whose time it is: `virtual` passes only by calls and as it is told
    #[arg(long, value_name = "CLOCK", default_value = "real")]
    clock: ClockChoice,
    /// When the virtual clock starts
    #[arg(long, value_name = "TIME", default_value_t = Timestamp::DEFAULT_START)]
    start: Timestamp,
    /// Account of callers whose access key is not a 12-digit account
    #[arg(long, value_name = "ACCOUNT", default_value = "111111111111", value_parser = account)]
    account: AccountId,
    /// Region of rules and ARNs that name no other
    #[arg(long, value_name = "REGION", default_value = "us-east-1", value_parser = region)]
    region: String,
    /// Where everything that looks random comes from
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// The six characters at the end of every ARN; random ones if not given
    #[arg(long, value_name = "SUFFIX", value_parser = arn_suffix)]
    arn_suffix: Option<String>,
    /// How long a change takes from a primary to its replicas
    #[arg(long, value_name = "TIME", default_value = "0s")]
    replication_lag: Span,
    /// A secret that another service made and manages, there from the start
    #[arg(long = "managed-secret", value_name = "NAME=SERVICE", value_parser = managed)]
    managed_secrets: Vec<ManagedSecret>,
    /// Take unknown behavior to be so (see `assume` in scenarios)
    #[arg(long, value_name = "ID=OPTION")]
    assume: Vec<String>,
    /// Run a rotation function: a command that starts its runtime (`python3 -m awslambdaric app.handler`), or an invoke
    /// URL (`http://127.0.0.1:9000`). It is meant by every ARN that ends with that name
    #[arg(long = "function", value_name = "NAME=COMMAND|URL")]
    functions: Vec<String>,
    /// How long an invocation of a function may take
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = span)]
    function_timeout: Span,
    /// Refuse rotation with functions that are not configured
    #[arg(long)]
    strict_functions: bool,
    /// Check signatures against this key; several may be given. A key of 12 digits is an account
    #[arg(long, value_name = "KEY:SECRET")]
    verify_signatures: Vec<SigningKey>,
    /// Connections at once; more have to wait
    #[arg(long, value_name = "COUNT", default_value_t = 1_000)]
    connections: usize,
    /// Keep the state in this file: it outlives the process
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write every step to this file, a line of JSON each
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Show secret values in traces
    #[arg(long)]
    show_values: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ClockChoice {
    Real,
    Virtual,
}

fn account(text: &str) -> Result<AccountId, String> {
    let fits = AccountId::is_valid(text);
    fits.then(|| AccountId::new(text)).ok_or_else(|| "an account has 12 digits".to_owned())
}

fn region(text: &str) -> Result<String, String> {
    let fits = is_region(text);
    fits.then(|| text.to_owned()).ok_or_else(|| "a Region is written like `us-east-1`".to_owned())
}

fn arn_suffix(text: &str) -> Result<String, String> {
    let fits = is_arn_suffix(text);
    fits.then(|| text.to_owned()).ok_or_else(|| "a suffix has six letters and digits".to_owned())
}

fn managed(text: &str) -> Result<ManagedSecret, String> {
    let (name, service) = text.split_once('=').unwrap_or((text, ""));
    if !SecretName::is_valid(name) || service.is_empty() {
        return Err("give NAME=SERVICE, such as `rds!db-1=rds`".to_owned());
    }
    Ok(ManagedSecret { name: SecretName::new(name), owning_service: service.to_owned() })
}

fn create(path: &Path) -> io::Result<File> {
    File::create(path).map_err(|error| {
        let message = format!("failed to write `{}`: {error}", path.display());
        io::Error::new(error.kind(), message)
    })
}

pub(super) fn span(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(|error| format!("{error}"))?;
    if span.millis() > 0 { Ok(span) } else { Err("it must be longer than nothing".to_owned()) }
}

/// The functions that are run, or what is wrong with one.
fn functions(args: &ServeArgs) -> Result<Functions, String> {
    let timeout = u64::try_from(args.function_timeout.millis()).unwrap_or_default();
    let timeout = Duration::from_millis(timeout);
    let mut functions = Functions::new();
    for text in &args.functions {
        let (name, what) = text
            .split_once('=')
            .filter(|(name, what)| !name.is_empty() && !what.is_empty())
            .ok_or_else(|| format!("`--function {text}`: give NAME=COMMAND or NAME=URL"))?;
        let at = |error| format!("`--function {text}`: {error}");
        let runtime = if what.starts_with("http://") || what.starts_with("https://") {
            Runtime::Url(InvokeUrl::parse(what, timeout).map_err(at)?)
        } else {
            let label = name.to_owned();
            let log = Log::to(move |line| tell(&format!("[{label}] {line}")));
            let config = ProcessConfig::parse(name, what, log).map_err(at)?;
            Runtime::Process(ProcessConfig { timeout, ..config })
        };
        functions.add(name, runtime);
    }
    Ok(functions)
}

/// Tells every function where this server is, and a key.
fn tell_functions(functions: &Functions, listen: SocketAddr, args: &ServeArgs) {
    let verified = args.verify_signatures.first();
    let (key, secret) = verified
        .map_or((args.account.as_str(), "stagewright"), |key| (&key.access_key, &key.secret));
    for (name, value) in endpoint_variables(&format!("http://{listen}"), key, secret) {
        functions.set_variable(name, &value);
    }
}

/// Serves until Ctrl-C or SIGTERM.
pub(super) fn run(args: &ServeArgs) -> io::Result<ExitStatus> {
    let mut setting = Setting {
        account: args.account.clone(),
        region: args.region.as_str().into(),
        seed: args.seed,
        arn_suffix: args.arn_suffix.as_deref().map(Into::into),
        replication_lag: args.replication_lag,
        managed_secrets: args.managed_secrets.clone(),
        ..Setting::default()
    };
    let chosen = match super::run::chosen(&args.assume) {
        Ok(chosen) => chosen,
        Err(message) => {
            Terminal::aside(&format!("error: {message}\n"));
            return Ok(ExitStatus::BadInput);
        }
    };
    let functions = match functions(args) {
        Ok(functions) => Arc::new(functions),
        Err(message) => {
            Terminal::aside(&format!("error: {message}\n"));
            return Ok(ExitStatus::BadInput);
        }
    };
    for (id, option) in &chosen {
        drop(setting.assume.choose(id, option)); // checked
    }
    let options = Options {
        listen: args.listen,
        hosts: args.allow_host.clone(),
        setting,
        strict_functions: args.strict_functions,
        clock: match args.clock {
            ClockChoice::Real => Clock::Real,
            ClockChoice::Virtual => Clock::Virtual,
        },
        start: args.start,
        connections: args.connections,
        state: args.state.clone(),
        trace: args.trace.as_deref().map(create).transpose()?,
        show_values: args.show_values,
        signing_keys: args.verify_signatures.clone(),
        ..Options::default()
    };
    let ready = |listen: SocketAddr| {
        tell_functions(&functions, listen, args);
        Terminal::answer(&format!("http://{listen}\n"))
    };
    let invoker = Arc::new(LambdaInvoker(Arc::clone(&functions)));
    let violations = serve(options, invoker, ready)?;
    Ok(if violations == 0 { ExitStatus::Holds } else { ExitStatus::Violated })
}
