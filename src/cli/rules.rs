//! `stagewright rules`.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::input::{Content, Options, load};
use super::{ExitStatus, Terminal, files};
use crate::coverage::{Coverage, decided};
use crate::evidence::{Rule, RuleSet};
use crate::library;
use crate::mistake::{self, suggest};
use crate::report::{self, Paint, SCHEMA_VERSION, Told, Topic};
use crate::scenario::{Played, Scenario};

/// What to look up, and how to tell about it.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Rules, properties or assumptions to print a page of each, or groups of rules such as `USVS` to list
    #[arg(value_name = "ID", conflicts_with = "coverage")]
    ids: Vec<String>,
    /// Tell which rules these scenario files exercise, or those of the library that comes along
    #[arg(long, value_name = "PATH", num_args = 0..)]
    coverage: Option<Vec<PathBuf>>,
    /// Fail when less of the rules with evidence is exercised, in percent
    #[arg(
        long,
        value_name = "PERCENT",
        requires = "coverage",
        value_parser = clap::value_parser!(u8).range(0..=100)
    )]
    threshold: Option<u8>,
    /// Form of the answer on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: RulesFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RulesFormat {
    /// Lists and pages
    Text,
    /// All of it, with a schema version
    Json,
}

/// What an id on the command line stands for.
enum Asked {
    /// One page.
    Page(Topic),
    /// The rules of a group.
    Group(Vec<Topic>),
}

/// Answers what is asked about the catalog.
pub(super) fn rules(args: &RulesArgs, terminal: &Terminal) -> io::Result<ExitStatus> {
    if let Some(paths) = &args.coverage {
        return coverage(args, paths, terminal);
    }
    let mut asked = Vec::new();
    let mut unknown = String::new();
    for id in &args.ids {
        match find(id) {
            Some(found) => asked.push(found),
            None => {
                let _ = writeln!(unknown, "error: {}", not_found(id));
            }
        }
    }
    if !unknown.is_empty() {
        Terminal::aside(&unknown);
        return Ok(ExitStatus::BadInput);
    }
    if asked.is_empty() {
        asked.push(Asked::Group(Topic::all().collect()));
    }
    let played =
        if asked.iter().any(|it| matches!(it, Asked::Page(_))) { play() } else { Vec::new() };
    let library: Vec<Told<'_>> = played
        .iter()
        .map(|(path, scenario, played)| Told { path, scenario, played, show_values: false })
        .collect();
    let answer = match args.format {
        RulesFormat::Text => as_text(&asked, &library, terminal.paint()),
        RulesFormat::Json => format!("{:#}\n", as_json(&asked, &library)),
    };
    Terminal::answer(&answer)?;
    Ok(ExitStatus::Holds)
}

/// The library, played.
fn play() -> Vec<(String, Scenario, Played)> {
    let play = |file: library::LibraryFile| {
        // Programs stand beside scenarios. That each scenario can be read is for the tests to say.
        let scenario = Scenario::read(file.text).ok()?;
        let played = scenario.play(false);
        Some((file.path, scenario, played))
    };
    library::files().into_par_iter().filter_map(play).collect()
}

/// What an id stands for, in upper or lower case.
fn find(id: &str) -> Option<Asked> {
    if let Some(topic) = Topic::from_id(id) {
        return Some(Asked::Page(topic));
    }
    let of_group = |rule: &&Rule| rule.group().prefix.eq_ignore_ascii_case(id);
    let group: Vec<_> = Rule::ALL.iter().filter(of_group).copied().map(Topic::Rule).collect();
    (!group.is_empty()).then_some(Asked::Group(group))
}

/// What to say of an id that stands for nothing.
fn not_found(id: &str) -> String {
    let groups = Rule::ALL.iter().map(|rule| rule.group().prefix);
    let hint = match suggest(id, Topic::all().map(Topic::id).chain(groups)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`stagewright rules` lists what there is".to_owned(),
    };
    format!("no rule, property, assumption or group is called `{id}`; {hint}")
}

fn as_text(asked: &[Asked], library: &[Told<'_>], paint: Paint) -> String {
    let parts = asked.iter().map(|it| match it {
        Asked::Page(topic) => report::page(*topic, library, paint),
        Asked::Group(topics) => report::catalog(topics.iter().copied(), paint),
    });
    parts.collect::<Vec<_>>().join("\n")
}

fn as_json(asked: &[Asked], library: &[Told<'_>]) -> Value {
    let topics = asked.iter().flat_map(|it| match it {
        Asked::Page(topic) => vec![report::page_json(*topic, library)],
        Asked::Group(topics) => topics.iter().map(|topic| report::topic_json(*topic)).collect(),
    });
    json!({
        "schema_version": SCHEMA_VERSION,
        "command": "rules",
        "topics": topics.collect::<Vec<_>>(),
    })
}

/// Tells what scenarios exercise.
fn coverage(args: &RulesArgs, paths: &[PathBuf], terminal: &Terminal) -> io::Result<ExitStatus> {
    let mut tally = Tally::default();
    if paths.is_empty() {
        for (path, _, played) in play() {
            tally.add(path, &played);
        }
    } else {
        load_all(paths, terminal, &mut tally)?;
    }
    if tally.mistaken {
        return Ok(ExitStatus::BadInput);
    }
    if tally.scenarios == 0 {
        Terminal::aside("error: there is no scenario in these places\n");
        return Ok(ExitStatus::BadInput);
    }
    let threshold = args.threshold.map(usize::from);
    let coverage = Coverage { exercised: tally.exercised };
    let mut answer = match args.format {
        RulesFormat::Text => report::coverage(&coverage, tally.scenarios, terminal.paint()),
        RulesFormat::Json => {
            format!("{:#}\n", report::coverage_json(&coverage, tally.scenarios, threshold))
        }
    };
    let reached = threshold.is_none_or(|percent| coverage.total().reaches(percent));
    if let (Some(percent), RulesFormat::Text) = (threshold, args.format) {
        let paint = terminal.paint();
        let verdict = if reached { paint.good("reached") } else { paint.bad("not reached") };
        let _ = writeln!(answer, "threshold of {percent} %: {verdict}");
    }
    Terminal::answer(&answer)?;
    for path in &tally.failing {
        let note = terminal.paint_err().warn("note:");
        Terminal::aside(&format!("{note} `{path}` fails and counts for nothing\n"));
    }
    Ok(if reached { ExitStatus::Holds } else { ExitStatus::Violated })
}

/// What the scenarios came to so far.
#[derive(Default)]
struct Tally {
    exercised: RuleSet,
    scenarios: usize,
    failing: Vec<String>,
    mistaken: bool,
}

impl Tally {
    fn add(&mut self, path: String, played: &Played) {
        self.scenarios = self.scenarios.saturating_add(1);
        self.exercised = self.exercised.union(decided(played));
        if !played.passed() {
            self.failing.push(path);
        }
    }
}

/// Reads and plays files; tells their mistakes.
fn load_all(paths: &[PathBuf], terminal: &Terminal, tally: &mut Tally) -> io::Result<()> {
    let options = Options { filter: None, assume: &[], show_values: false, stores: false };
    let found: Vec<_> = files::find(paths)?.files.into_iter().collect();
    let inputs: Vec<_> =
        found.par_iter().map(|path| load(path, options)).collect::<io::Result<_>>()?;
    let mut gap = "";
    for input in inputs {
        let path = input.path.to_string_lossy();
        match input.content {
            Content::Skipped => {}
            Content::Mistaken { text, mistakes } => {
                let colored = terminal.paint_err() == Paint::Color;
                let told = mistake::render(&path, &text, &mistakes, colored);
                Terminal::aside(&format!("{gap}{told}"));
                gap = "\n";
                tally.mistaken = true;
            }
            Content::Played(file) => tally.add(path.into_owned(), &file.played),
        }
    }
    Ok(())
}
