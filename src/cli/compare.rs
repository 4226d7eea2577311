//! `stagewright compare`.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: looks at the clock and the environment, and writes files"
)]

mod careful;
mod cases;
mod random;
mod written;

use std::env;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::explore::watch::{Line, Watch};
use super::{ExitStatus, Format, Terminal};
use crate::endpoint::{Chain, HttpEndpoint, Options, Target, ca_bundle, region};
use crate::report::{self, CaseCompared, CaseOutcome, ComparedAll};
use crate::time::Span;
use crate::world::Trace;

use cases::{Case, Source};

/// How many calls a second AWS gets, unless the command line says otherwise. Its quotas are higher, but are shared with
/// all that runs in the account.
const RATE: f64 = 5.0;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What to play, and where.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
#[expect(clippy::doc_markdown, reason = "the comments are the help, in which names stand bare")]
pub(super) struct CompareArgs {
    /// Scenario files, or folders to look for them in; without one, the scenarios that come along are played
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Where the endpoint is [default: AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL, or AWS itself]
    #[arg(long, alias = "endpoint", value_name = "URL")]
    endpoint_url: Option<String>,
    /// Play only scenarios with this text in title, path or tags
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Take unknown behavior to be so (see `assume` in scenarios)
    #[arg(long, value_name = "ID=OPTION")]
    assume: Vec<String>,
    /// Region of the calls [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, or us-east-1 for an emulator]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Profile whose credentials and Region are used [default: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A rotation function that exists there and does nothing; it takes the place of those in scenarios
    #[arg(long, value_name = "ARN")]
    function_arn: Option<String>,
    /// What the names of all secrets begin with [default: stagewright-compare-TIME/]
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// Wait for time to pass where a scenario asks for no more than this
    #[arg(long, value_name = "SPAN", default_value = "0s")]
    patience: Span,
    /// The most calls a second [default: 5 for AWS, no limit elsewhere]
    #[arg(long, value_name = "NUMBER", value_parser = rate)]
    rate: Option<f64>,
    /// Go ahead where it is not this machine: create and remove the secrets that are listed without it
    #[arg(long)]
    yes: bool,
    /// Leave out errors that differ in their text alone
    #[arg(long)]
    ignore_wording: bool,
    /// Ask which option of an assumption the endpoint takes, with the fewest calls that tell them apart
    #[arg(long, value_name = "ASSUMPTION", conflicts_with_all = ["paths", "fuzz"])]
    question: Vec<String>,
    /// Send random calls instead of scenarios
    #[arg(long, conflicts_with = "paths")]
    fuzz: bool,
    /// Where random calls come from: the same seed, the same calls
    #[arg(long, value_name = "NUMBER", default_value_t = 0, requires = "fuzz")]
    seed: u64,
    /// So many times random calls are sent
    #[arg(long, value_name = "COUNT", default_value_t = 100, requires = "fuzz")]
    cases: u64,
    /// Write what the endpoint answers as a scenario that states all of it; as several into a folder if the path doesn't
    /// end in .yaml
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write what differs, by rule, as a page that says why a test that passes there fails on AWS
    #[arg(long, value_name = "FILE")]
    profile_out: Option<PathBuf>,
    /// Form of the answer on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Show secret values
    #[arg(long)]
    show_values: bool,
    /// Show only scenarios that differ, and the summary
    #[arg(short, long)]
    quiet: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "it must be a number".to_owned())?;
    if rate > 0.0 && rate <= 1_000.0 {
        Ok(rate)
    } else {
        Err("it must be between 0 and 1000".to_owned())
    }
}

/// Why it ends before anything is compared.
enum Ends {
    /// Bad input or usage, with what to tell.
    Told(String),
    /// Bad input that was told already.
    Silent,
    Io(io::Error),
}

impl From<io::Error> for Ends {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Plays scenarios at an endpoint and on the model.
pub(super) fn run(args: &CompareArgs, terminal: &Terminal) -> io::Result<ExitStatus> {
    match go(args, terminal) {
        Ok(status) => Ok(status),
        Err(Ends::Told(message)) => {
            Terminal::aside(&format!("error: {message}\n"));
            Ok(ExitStatus::BadInput)
        }
        Err(Ends::Silent) => Ok(ExitStatus::BadInput),
        Err(Ends::Io(error)) => Err(error),
    }
}

fn go(args: &CompareArgs, terminal: &Terminal) -> Result<ExitStatus, Ends> {
    let assume = super::run::chosen(&args.assume).map_err(Ends::Told)?;
    let source = Source {
        paths: &args.paths,
        filter: args.filter.as_deref(),
        assume: &assume,
        show_values: args.show_values,
        library: args.question.is_empty() && !args.fuzz,
    };
    let questions = args.question.iter().map(|id| cases::known(id));
    let questions = questions.collect::<Result<Vec<_>, _>>()?;
    let mut cases = cases::read(&source, terminal)?;
    let chain = Chain { profile: args.profile.clone() };
    let named = args.region.clone().or_else(|| region(&chain));
    let target = target(args, named.as_deref())?;
    let prefix = args.prefix.clone().unwrap_or_else(own_prefix);
    let region = named.unwrap_or_else(|| "us-east-1".to_owned());
    let watch = Watch::begin()?;
    let options = Options {
        region,
        ca_bundle: ca_bundle(&chain),
        chain,
        patience: args.patience,
        function: args.function_arn.clone(),
        rate: args.rate.or(target.is_aws().then_some(RATE)),
        timeout: TIMEOUT,
        target,
    };
    let target = options.target.clone();
    let mut endpoint = HttpEndpoint::new(options, Box::new(move || watch.is_stopped()))
        .map_err(|error| Ends::Io(io::Error::other(error)))?;
    let may_go = args.yes || target.is_loopback();
    if may_go {
        endpoint.recognize().map_err(|error| {
            let message = format!("`{target}` can't be reached, is it running? {error}");
            Ends::Io(io::Error::other(message))
        })?;
    }
    for assumption in questions {
        cases.extend(cases::asking(assumption, &endpoint)?);
    }
    let asked = if args.fuzz { args.cases } else { 0 };
    let count = u64::try_from(cases.len()).unwrap_or(u64::MAX).saturating_add(asked);
    let cases = cases.into_iter().chain(random::cases(args.seed, asked, &endpoint));
    if !may_go {
        let fits = cases.map(|case| (cases::misfit(&case, &endpoint, &prefix, &assume), case));
        let fits = fits.map(|(why, case)| (case, why));
        return Err(Ends::Told(careful::plan(&target, &prefix, fits)));
    }
    let round = Round { args, prefix: &prefix, assume: &assume, count };
    let told = round.play(&mut endpoint, cases)?;
    let all = ComparedAll {
        endpoint: &target.to_string(),
        what: if args.fuzz { "cases" } else { report::SCENARIOS },
        cases: &told,
        ignore_wording: args.ignore_wording,
        show_values: args.show_values,
        quiet: args.quiet,
    };
    written::write(args, &all)?;
    match args.format {
        Format::Text => Terminal::answer(&report::compared(&all, terminal.paint()))?,
        Format::Json => Terminal::answer(&format!("{:#}\n", report::compared_json(&all)))?,
        Format::Junit => {
            let cases = report::compared_junit(&all);
            let cases = report::junit("compare", "scenarios", cases).map_err(io::Error::other)?;
            Terminal::answer(&cases)?;
        }
    }
    Ok(status(&all))
}

/// How it ends.
fn status(all: &ComparedAll<'_>) -> ExitStatus {
    match () {
        () if all.cases.iter().any(CaseCompared::is_unreachable) => ExitStatus::IoFailed,
        () if all.differing() > 0 => ExitStatus::Violated,
        () if all.cases.iter().any(CaseCompared::is_stopped) => ExitStatus::BoundReached,
        () => ExitStatus::Holds,
    }
}

/// Where the endpoint is.
fn target(args: &CompareArgs, region: Option<&str>) -> Result<Target, Ends> {
    let variables = ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"];
    let named = variables.iter().filter_map(|name| env::var(name).ok()).find(|it| !it.is_empty());
    let url = args.endpoint_url.clone().or(named);
    let target = match (url, region) {
        (Some(url), _) => Target::parse(&url),
        (None, Some(region)) => Target::aws(region),
        (None, None) => {
            return Err(Ends::Told(
                "which endpoint? Give --endpoint-url, or --region for AWS itself".to_owned(),
            ));
        }
    };
    target.map_err(|error| Ends::Told(error.to_string()))
}

/// A prefix that nobody else uses.
fn own_prefix() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("stagewright-compare-{:x}/", now.as_millis())
}

/// What is played, and how.
struct Round<'a> {
    args: &'a CompareArgs,
    prefix: &'a str,
    assume: &'a [(String, String)],
    /// How many cases there are.
    count: u64,
}

impl Round<'_> {
    /// Plays the cases one after the other.
    fn play(
        &self,
        endpoint: &mut HttpEndpoint,
        cases: impl Iterator<Item = Case>,
    ) -> Result<Vec<CaseCompared>, Ends> {
        let mut told = Vec::new();
        let mut over = false;
        let mut random = random::Known::default();
        let (begun, mut line, mut sent) = (Instant::now(), Line::new(), 0_u64);
        for (number, mut case) in cases.enumerate() {
            let prefix = careful::numbered(self.prefix, number);
            let unfit = cases::misfit(&case, endpoint, self.prefix, self.assume);
            let outcome = match unfit {
                // There may be any number of them.
                _ if over && case.calls.is_some() => break,
                Some(why) => CaseOutcome::Unfit(why),
                None if over => CaseOutcome::Unfit("it was stopped before"),
                None => self.one(endpoint, &prefix, &mut case, &mut random)?,
            };
            if let CaseOutcome::Played(compared) = &outcome {
                over = over || compared.stopped || compared.unreachable.is_some();
                sent = sent.saturating_add(compared.exchanges.len() as u64);
                let is_recorded = self.args.record.is_some();
                if case.calls.is_some() && compared.differences.is_empty() && !is_recorded {
                    // Nothing of it will be shown.
                    case.trace = Trace::default();
                }
            }
            let count = self.count;
            line.count(sent, "calls", begun.elapsed(), || format!(", {} of {count}", told.len()));
            told.push(CaseCompared {
                missing_functions: case.missing_functions(),
                path: case.path,
                title: case.title,
                trace: case.trace,
                names: case.names,
                asks: case.asks,
                outcome,
            });
        }
        line.clear();
        endpoint.restore().map_err(|error| Ends::Io(io::Error::other(error)))?;
        Ok(told)
    }

    /// Plays one case.
    fn one(
        &self,
        endpoint: &mut HttpEndpoint,
        prefix: &str,
        case: &mut Case,
        random: &mut random::Known,
    ) -> Result<CaseOutcome, Ends> {
        let outcome = careful::one(self.args.show_values, endpoint, prefix, case)?;
        if case.calls.is_none() {
            return Ok(outcome);
        }
        random.look(self.args, endpoint, prefix, case, outcome)
    }
}
