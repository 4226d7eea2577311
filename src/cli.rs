//! The command line: what can be asked, and how it ends.

mod compare;
mod drill;
mod exit;
mod explore;
mod files;
mod fuzz;
mod input;
mod review;
mod rules;
mod run;
mod serve;
mod vary;

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report::Paint;

pub use exit::ExitStatus;

/// Simulates and checks AWS Secrets Manager rotation workflows.
#[derive(Debug, Parser)]
#[command(name = "stagewright", version, after_help = exit::HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// When to use color.
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true, display_order = 900)]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Plays scenarios: expectations, properties and stored snapshots
    Run(RunArgs),
    /// Explores every state that can be reached: who may do what, when, with which faults
    Explore(explore::ExploreArgs),
    /// Plays random calls against the properties and a naive service, and shrinks what it finds
    Fuzz(fuzz::FuzzArgs),
    /// Plays scenarios at a live endpoint and on the model, and tells by rule where they differ
    Compare(compare::CompareArgs),
    /// Breaks a real rotation function at every call that it makes: crashes, errors, retries, doubles, other people
    Drill(drill::DrillArgs),
    /// Serves the API to real clients: boto3, the AWS CLI, every SDK
    Serve(serve::ServeArgs),
    /// Looks up rules, properties and assumptions, or which rules scenarios exercise
    Rules(rules::RulesArgs),
    /// Prints the JSON Schema of scenario files or programs, for editors
    Schema {
        /// Of which kind of file
        #[arg(value_enum, default_value = "scenario")]
        kind: FileKind,
    },
}

/// What to play, and how to tell about it.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
struct RunArgs {
    #[command(flatten)]
    asked: Asked,
    /// Play each scenario under every combination of assumptions that it can feel, and tell what it depends on
    #[arg(long, conflicts_with_all = ["update", "review", "require_snapshots", "cloudtrail"])]
    all_assumptions: bool,
    /// Play one path of an exploration, as `explore` prints it: 0/3/1
    #[arg(long, value_name = "PATH", conflicts_with_all = ["all_assumptions", "update", "review", "require_snapshots", "cloudtrail"])]
    trace: Option<String>,
    /// Store the snapshot of every scenario played
    #[arg(long, conflicts_with = "review")]
    update: bool,
    /// Ask about each snapshot that is new or differs
    #[arg(long)]
    review: bool,
    /// Fail when a scenario has no stored snapshot, or a snapshot no scenario
    #[arg(long)]
    require_snapshots: bool,
    #[arg(
        long,
        value_name = "FILE",
        help = "Write every call and service event as CloudTrail records to one file, in the order of scenarios; with `-` to stdout, and the answer to stderr"
    )]
    cloudtrail: Option<PathBuf>,
    /// Show secret values
    #[arg(long)]
    show_values: bool,
    /// Show only scenarios that fail, and the summary
    #[arg(short, long)]
    quiet: bool,
}

/// Which scenarios, under which assumptions, and in which form they are answered.
#[derive(Debug, Args)]
struct Asked {
    /// Scenario files, or folders to look for them in
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Take only scenarios with this text in title, path or tags
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Form of the answer on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Take unknown behavior to be so (see `assume` in scenarios)
    #[arg(long, value_name = "ID=OPTION")]
    assume: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FileKind {
    /// Calls, and what is expected of each
    Scenario,
    /// A rotation function
    Program,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for each scenario
    Text,
    /// The whole trace, with a schema version
    Json,
    #[value(help = "JUnit XML")]
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// The two ends of the terminal, with color where it is wanted.
struct Terminal {
    color: ColorChoice,
}

/// Where an answer for people goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Stdout,
    Stderr,
}

impl Terminal {
    /// Whether text for a stream is colored.
    fn paint_for(&self, stream: Stream) -> Paint {
        match stream {
            Stream::Stdout => self.paint(),
            Stream::Stderr => self.paint_err(),
        }
    }

    /// Writes to a stream.
    fn tell(stream: Stream, text: &str) -> io::Result<()> {
        match stream {
            Stream::Stdout => Self::answer(text)?,
            Stream::Stderr => Self::aside(text),
        }
        Ok(())
    }

    /// Whether text for stdout is colored.
    fn paint(&self) -> Paint {
        self.paint_on(&io::stdout())
    }

    /// Whether text for stderr is colored.
    fn paint_err(&self) -> Paint {
        self.paint_on(&io::stderr())
    }

    fn paint_on(&self, stream: &impl anstream::stream::RawStream) -> Paint {
        let never = match self.color {
            ColorChoice::Auto => {
                anstream::AutoStream::choice(stream) == anstream::ColorChoice::Never
            }
            ColorChoice::Always => false,
            ColorChoice::Never => true,
        };
        if never { Paint::Plain } else { Paint::Color }
    }

    /// Writes the answer.
    fn answer(text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Writes what is not the answer: mistakes, progress, hints. If nobody can read that, nothing is lost.
    fn aside(text: &str) {
        let mut out = io::stderr().lock();
        drop(out.write_all(text.as_bytes()));
    }
}

/// Runs the command with the arguments of the process.
pub fn main() -> ExitStatus {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let status = if error.use_stderr() { ExitStatus::BadInput } else { ExitStatus::Holds };
            return match error.print() {
                Ok(()) => status,
                Err(problem) => exit::from_io(&problem),
            };
        }
    };
    let terminal = Terminal { color: cli.color };
    let result = match &cli.verb {
        Verb::Run(args) => run::run(args, &terminal),
        Verb::Explore(args) => explore::run_explore(args, &terminal),
        Verb::Fuzz(args) => fuzz::fuzz(args, &terminal),
        Verb::Compare(args) => compare::run(args, &terminal),
        Verb::Drill(args) => drill::run(args, &terminal),
        Verb::Serve(args) => serve::run(args),
        Verb::Rules(args) => rules::rules(args, &terminal),
        Verb::Schema { kind } => {
            let schema = match kind {
                FileKind::Scenario => crate::scenario::schema(),
                FileKind::Program => crate::scenario::program::schema(),
            };
            let schema = serde_json::to_string_pretty(&schema).unwrap_or_default();
            Terminal::answer(&format!("{schema}\n")).map(|()| ExitStatus::Holds)
        }
    };
    result.unwrap_or_else(|error| {
        let status = exit::from_io(&error);
        if status == ExitStatus::IoFailed {
            Terminal::aside(&format!("error: {error}\n"));
        }
        status
    })
}
