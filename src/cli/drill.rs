//! `stagewright drill`: every call of a real rotation function, broken in every way.
#![expect(clippy::disallowed_methods, reason = "I/O boundary: reads and writes files")]

mod python;

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::{ExitStatus, Format, Terminal};
use crate::drill::{
    Between, Bound, Cell, DrillError, Drilled, Kind, Options, Probe, Told, drill, drilled,
    drilled_cases, drilled_json, scenario_of_run,
};
use crate::lambda::{Log, ProcessConfig};
use crate::program::Strategy;
use crate::report;
use crate::serve::tell;
use crate::service::Setting;
use crate::time::Span;

/// Which function to drill, with what, and how.
#[derive(Debug, Args)]
pub(super) struct DrillArgs {
    /// The command that starts the function's runtime
    #[arg(last = true, required_unless_present = "python", value_name = "COMMAND")]
    command: Vec<String>,
    /// Drill a function in Python: its file. The environment of the project is used, or one is made
    #[arg(long, value_name = "FILE", conflicts_with = "command")]
    python: Option<PathBuf>,
    /// What the handler is called in that file
    #[arg(long, value_name = "NAME", default_value = "lambda_handler", requires = "python")]
    handler: String,
    /// A secret, with its value or the file that has it. The first one rotates
    #[arg(long = "secret", required = true, value_name = "NAME=VALUE|@FILE")]
    secrets: Vec<String>,
    /// The value that AWSPREVIOUS has at the beginning
    #[arg(long, value_name = "VALUE|@FILE")]
    previous: Option<String>,
    /// A shell command that ends with 0 if the target accepts the credential in the value on its standard input (also:
    /// `SECRET_USERNAME`, `SECRET_PASSWORD`, …), and prints its privileges; or `postgresql` or `mysql`,
    /// which ask with psql and mysql
    #[arg(long, value_name = "COMMAND", overrides_with = "probe")]
    probe: Option<String>,
    /// A shell command that prints the tokens that the target accepts, a line each, if it can tell: one that no version
    /// has is left over
    #[arg(long, value_name = "COMMAND", requires = "probe", overrides_with = "tokens")]
    tokens: Option<String>,
    /// A shell command that makes the target what it is at the beginning; it gets the first value like the probe
    #[arg(long, value_name = "COMMAND", overrides_with = "reset")]
    reset: Option<String>,
    /// Stand between the function and its target, so that every statement can be hit: the value of the secret names
    /// LISTEN, where the target is said to be. PostgreSQL, MySQL and MariaDB; TLS is declined
    #[arg(long = "target", value_name = "LISTEN=HOST:PORT")]
    targets: Vec<String>,
    /// How credentials follow on each other: the previous one is to work on, or to be revoked
    #[arg(long, value_name = "STRATEGY")]
    strategy: Option<StrategyChoice>,
    /// What happens to calls: a fault, one of the groups `calls`, `overlaps`, `people`, or `all`
    #[arg(long = "fault", value_name = "FAULT", default_value = "all")]
    faults: Vec<String>,
    /// Run only this: createSecret:PutSecretValue:killed-after
    #[arg(long, value_name = "STEP:CALL:FAULT")]
    only: Vec<Cell>,
    /// Have two invocations of each step take turns, call by call, in so many ways at most: first those with the fewest
    /// preemptions
    #[arg(long, value_name = "COUNT", default_value_t = 0, conflicts_with = "only")]
    interleavings: usize,
    /// How often one of the two may be interrupted before a call that it could have made
    #[arg(long, value_name = "COUNT", default_value_t = 2, requires = "interleavings")]
    preemptions: usize,
    /// Rotations that go well before the one that is drilled
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    rotations_before: u32,
    /// Let an SDK try a call again that was hit: a fault hits one attempt, and not all
    #[arg(long)]
    let_sdk_retry: bool,
    /// How long an invocation of the function may take
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = super::serve::span)]
    function_timeout: Span,
    /// Set a variable for the function
    #[arg(long = "env", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// Show what the function prints
    #[arg(long)]
    log: bool,
    /// Runs at once. With a target that they share, more than one disturb each other [default: 1 with a target, else 2]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Take unknown behavior to be so (see `assume` in scenarios)
    #[arg(long, value_name = "ID=OPTION")]
    assume: Vec<String>,
    /// Where everything that looks random comes from
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Write every run that ends badly into this folder, as a scenario that makes the same calls against the model
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
    /// Form of the answer on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StrategyChoice {
    SingleUser,
    AlternatingUsers,
    Tokens,
}

impl From<StrategyChoice> for Strategy {
    fn from(choice: StrategyChoice) -> Self {
        match choice {
            StrategyChoice::SingleUser => Self::SingleUser,
            StrategyChoice::AlternatingUsers => Self::AlternatingUsers,
            StrategyChoice::Tokens => Self::Tokens,
        }
    }
}

/// A value as it stands on the command line, or in the file that is named there.
fn value(text: &str) -> Result<String, String> {
    let Some(path) = text.strip_prefix('@') else { return Ok(text.to_owned()) };
    let text =
        fs::read_to_string(path).map_err(|error| format!("failed to read `{path}`: {error}"));
    Ok(text?.trim_end_matches('\n').to_owned())
}

/// Where one stands between the function and its target: `127.0.0.1:6432=db.local:5432`, or just `6432=…`.
fn between(text: &str) -> Result<Between, String> {
    let wrong = || format!("`--target {text}`: give LISTEN=HOST:PORT, such as 6432=127.0.0.1:5432");
    let (listen, target) = text.split_once('=').ok_or_else(wrong)?;
    let port = || listen.parse().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let listen = listen.parse().or_else(|_| port()).map_err(|_| wrong())?;
    let has_port = target.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if !has_port {
        return Err(wrong());
    }
    Ok(Between { listen, target: target.to_owned() })
}

/// What the arguments ask for, or what is wrong with them.
fn options(args: &DrillArgs, bar: &ProgressBar) -> Result<Options, String> {
    let mut secrets = Vec::new();
    for text in &args.secrets {
        let (name, text) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| format!("`--secret {text}`: give NAME=VALUE or NAME=@FILE"))?;
        secrets.push((name.to_owned(), value(text)?));
    }
    let between = args.targets.iter().map(|text| between(text)).collect::<Result<Vec<_>, _>>()?;
    if args.jobs.is_some_and(|jobs| jobs > 1) && !between.is_empty() {
        let text =
            "`--jobs` with `--target`: all runs would listen at the same place; leave `--jobs` out";
        return Err(text.to_owned());
    }
    let mut kinds = Vec::new();
    for name in &args.faults {
        let Some(named) = Kind::named(name) else {
            let known: Vec<_> = Kind::ALL.iter().map(|it| it.id()).collect();
            return Err(format!(
                "`--fault {name}`: there are calls, overlaps, people, all, {}",
                known.join(", ")
            ));
        };
        kinds.extend(named);
    }
    kinds.sort();
    kinds.dedup();
    if kinds == [Kind::Interleaved] && args.interleavings == 0 {
        return Err("`--fault interleaved` takes `--interleavings COUNT`: how many runs".to_owned());
    }
    let bar = bar.clone();
    let log = Log::to(move |line| bar.suspend(|| tell(line)));
    let log = if args.log { log } else { Log::nowhere() };
    let mut function = match &args.python {
        Some(file) => python::function(file, &args.handler, log)?,
        None => ProcessConfig::new("drilled", args.command.clone(), log),
    };
    let timeout = u64::try_from(args.function_timeout.millis()).unwrap_or_default();
    function.timeout = Duration::from_millis(timeout);
    for text in &args.variables {
        let (name, value) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| format!("`--env {text}`: give NAME=VALUE"))?;
        function.environment.insert(name.to_owned(), value.to_owned());
    }
    let mut setting = Setting { seed: args.seed, ..Setting::default() };
    for (id, option) in super::run::chosen(&args.assume)? {
        drop(setting.assume.choose(&id, &option)); // checked
    }
    let has_target = args.probe.is_some() || args.reset.is_some() || !args.targets.is_empty();
    Ok(Options {
        function,
        setting,
        secrets,
        previous: args.previous.as_deref().map(value).transpose()?,
        strategy: args.strategy.map(Strategy::from),
        probe: args.probe.as_deref().map(|text| Probe::new(text, args.tokens.clone())),
        reset: args.reset.clone(),
        kinds,
        only: args.only.clone(),
        interleavings: Bound { runs: args.interleavings, preemptions: args.preemptions },
        rotations_before: args.rotations_before,
        lets_sdk_retry: args.let_sdk_retry,
        between,
        jobs: args.jobs.map_or(if has_target { 1 } else { 2 }, usize::from),
    })
}

/// Drills a function.
pub(super) fn run(args: &DrillArgs, terminal: &Terminal) -> io::Result<ExitStatus> {
    let bar = bar();
    let options = match options(args, &bar) {
        Ok(options) => options,
        Err(message) => return Ok(mistake(&message)),
    };
    let progress = |done: usize, of: usize| {
        if done == 0 {
            style(&bar, "{wide_bar} {pos}/{len} runs (Ctrl-C ends it)");
        } else if done == 1 {
            style(&bar, "{wide_bar} {pos}/{len} runs, {eta} left (Ctrl-C ends it)");
        }
        bar.set_length(u64::try_from(of).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    };
    bar.tick();
    let came = drill(&options, progress, crate::serve::stopped);
    bar.finish_and_clear();
    let drilled = match came {
        Ok(drilled) => drilled,
        Err(DrillError::Io(error)) => return Err(error),
        Err(DrillError::Stopped) => {
            Terminal::aside(&format!("{}\n", DrillError::Stopped));
            return Ok(ExitStatus::BoundReached);
        }
        Err(error @ (DrillError::Setup(_) | DrillError::NoSuchRun(..))) => {
            return Ok(mistake(&error.to_string()));
        }
    };
    let (name, _) = options.secrets.first().cloned().unwrap_or_default();
    if let Some(folder) = &args.write {
        write(folder, &name, &drilled)?;
    }
    answer(args, terminal, &name, &drilled)?;
    Ok(match (drilled.is_bad(), drilled.is_complete()) {
        (true, _) => ExitStatus::Violated,
        (false, false) => ExitStatus::BoundReached,
        (false, true) => ExitStatus::Holds,
    })
}

/// Writes the runs that end badly as scenarios.
fn write(folder: &Path, secret: &str, came: &Drilled) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for ran in came.ran.iter().filter(|ran| ran.is_bad()) {
        let Some(cell) = &ran.cell else { continue };
        let name = cell.to_string().replace([':', '#'], "-").replace('*', "step");
        fs::write(folder.join(format!("{name}.yaml")), scenario_of_run(ran, secret))?;
    }
    Ok(())
}

fn answer(args: &DrillArgs, terminal: &Terminal, secret: &str, came: &Drilled) -> io::Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let replay = |cell: &Cell| replay(&words, cell);
    let has_target = args.probe.is_some();
    let told = Told { drilled: came, secret, has_target, replay: &replay };
    match args.format {
        Format::Text => Terminal::answer(&drilled(told, terminal.paint())),
        Format::Json => Terminal::answer(&format!("{:#}\n", drilled_json(told))),
        Format::Junit => {
            let cases = drilled_cases(told);
            let report = report::junit("drill", "runs", cases).map_err(io::Error::other)?;
            Terminal::answer(&report)
        }
    }
}

fn mistake(message: &str) -> ExitStatus {
    Terminal::aside(&format!("error: {message}\n"));
    ExitStatus::BadInput
}

/// How far it is, on a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    style(&bar, "a rotation without faults is recorded (Ctrl-C ends it)");
    bar
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

/// The command line of this process, for one cell alone.
fn replay(words: &[String], cell: &Cell) -> String {
    let mut line = vec!["stagewright".to_owned()];
    let mut words = words.iter().skip(1);
    let own = ["--only", "--format", "--jobs", "--fault", "--interleavings", "--preemptions"];
    let mut only = Some(["--only".to_owned(), cell.to_string()]);
    while let Some(word) = words.next() {
        if word == "--" {
            line.extend(only.take().into_iter().flatten());
            line.push(word.clone());
            line.extend(words.by_ref().cloned());
        } else if own.contains(&word.as_str()) {
            words.next();
        } else if !own.iter().any(|own| word.starts_with(&format!("{own}="))) {
            line.push(word.clone());
        }
    }
    line.extend(only.into_iter().flatten());
    shlex::try_join(line.iter().map(String::as_str)).unwrap_or_else(|_| line.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cell_is_run_again_with_the_same_arguments() {
        let words = [
            "target/stagewright",
            "drill",
            "--only",
            "a:b:c",
            "--fault=calls",
            "--interleavings",
            "100",
            "--secret",
            "db={\"a\": 1}",
            "--",
            "python3",
            "--only",
        ];
        let words: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
        let cell = "setSecret:ALTER-USER:zombie".parse().expect("a cell");
        assert_eq!(
            replay(&words, &cell),
            "stagewright drill --secret 'db={\"a\": 1}' --only setSecret:ALTER-USER:zombie -- python3 --only"
        );
    }
}
