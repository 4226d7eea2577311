//! `stagewright run`.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: writes snapshots and CloudTrail records"
)]

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Value, json};

use super::input::{Content, Input, Options, PlayedFile, Snapshot, load, snapshot_path};
use super::review::{self, Decision};
use super::{ExitStatus, Format, RunArgs, Stream, Terminal, explore, files, vary};
use crate::assumption::{self, Assumption, Assumptions};
use crate::mistake::{self, listed, suggest};
use crate::report::{self, Case, Paint, SCHEMA_VERSION, Told, Trail};
use crate::snapshot;

/// What a run came to.
#[derive(Debug, Default)]
struct Tally {
    passed: usize,
    failed: usize,
    /// Those that passed as far as they went.
    incomplete: usize,
    mistaken: usize,
    steps: usize,
    snapshots_missing: usize,
    snapshots_differ: usize,
    snapshots_written: usize,
}

/// Plays the scenarios of the command line.
pub(super) fn run(args: &RunArgs, terminal: &Terminal) -> io::Result<ExitStatus> {
    let assume = match chosen(&args.asked.assume) {
        Ok(assume) => assume,
        Err(message) => {
            Terminal::aside(&format!("error: {message}\n"));
            return Ok(ExitStatus::BadInput);
        }
    };
    if let Some(trace) = &args.trace {
        return explore::replay::run(args, trace, &assume, terminal);
    }
    let records = args.cloudtrail.as_deref();
    let records_on_stdout = records == Some(Path::new("-"));
    if records_on_stdout && args.asked.format != Format::Text {
        Terminal::aside(
            "error: `--cloudtrail -` and `--format` both ask for stdout; write one of them to a file\n",
        );
        return Ok(ExitStatus::BadInput);
    }
    let found = files::find(&args.asked.paths)?;
    let options = Options {
        filter: args.asked.filter.as_deref(),
        assume: &assume,
        show_values: args.show_values,
        stores: args.update || args.review,
    };
    let paths: Vec<&PathBuf> = found.files.iter().collect();
    let inputs: Vec<Input> =
        paths.par_iter().map(|path| load(path, options)).collect::<io::Result<_>>()?;
    if inputs.iter().all(|input| matches!(input.content, Content::Skipped)) {
        return Ok(nothing_found(args.asked.filter.as_deref()));
    }
    if args.all_assumptions {
        return vary::run(args, terminal, &inputs);
    }
    let mut tally = Tally::default();
    let mut inputs = inputs;
    store(args, terminal, &mut inputs, &mut tally)?;
    if let Some(path) = records {
        let records = format!("{:#}\n", trail(&inputs));
        if records_on_stdout { Terminal::answer(&records)? } else { write(path, &records)? }
    }
    for input in &inputs {
        count(input, args, &mut tally);
    }
    match args.asked.format {
        Format::Text => {
            let stream = if records_on_stdout { Stream::Stderr } else { Stream::Stdout };
            text(args, terminal, stream, &inputs, &tally)?;
        }
        Format::Json => Terminal::answer(&format!("{:#}\n", as_json(args, &inputs, &tally)))?,
        Format::Junit => Terminal::answer(&as_junit(args, &inputs)?)?,
    }
    for path in &found.unreferenced {
        let message = format!(
            "snapshot `{}` has no scenario beside it; delete it if it is left over",
            path.display()
        );
        Terminal::aside(&format!("{} {message}\n", terminal.paint_err().warn("note:")));
    }
    let unwanted =
        args.require_snapshots && (tally.snapshots_missing > 0 || !found.unreferenced.is_empty());
    Ok(match () {
        () if tally.mistaken > 0 => ExitStatus::BadInput,
        () if tally.failed > 0 || unwanted => ExitStatus::Violated,
        () if tally.incomplete > 0 => ExitStatus::BoundReached,
        () => ExitStatus::Holds,
    })
}

/// Ends without a scenario.
fn nothing_found(filter: Option<&str>) -> ExitStatus {
    let what = match filter {
        Some(filter) => format!("no scenario has `{filter}` in its title, path or tags"),
        None => "there is no scenario in these places".to_owned(),
    };
    Terminal::aside(&format!("error: {what}\n"));
    ExitStatus::BadInput
}

/// The `--assume` options, checked.
pub(super) fn chosen(options: &[String]) -> Result<Vec<(String, String)>, String> {
    let mut chosen = Vec::new();
    for option in options {
        let Some((id, value)) = option.split_once('=') else {
            return Err(without_option(option));
        };
        if let Err(error) = Assumptions::default().choose(id, value) {
            let hint = match known(id) {
                Some(assumption) => options_of(assumption),
                None => near(id),
            };
            return Err(format!("{error}; {hint}"));
        }
        chosen.push((id.to_owned(), value.to_owned()));
    }
    Ok(chosen)
}

fn known(id: &str) -> Option<&'static Assumption> {
    assumption::TABLE.iter().find(|it| it.id == id)
}

fn options_of(assumption: &Assumption) -> String {
    let options = assumption.options.iter().copied();
    format!("it has {}", listed(options, assumption.options.len()))
}

/// What to say of an id that is none. There are too many to list.
fn near(id: &str) -> String {
    match suggest(id, assumption::TABLE.iter().map(|it| it.id)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`stagewright rules` lists all assumptions".to_owned(),
    }
}

/// What to say of an id without `=` and an option.
fn without_option(id: &str) -> String {
    match known(id) {
        Some(assumption) => {
            format!(
                "the assumption `{id}` needs an option, as in `{id}=OPTION`; {}",
                options_of(assumption)
            )
        }
        None => format!("`{id}` is not of the form `ID=OPTION`; {}", near(id)),
    }
}

/// Writes the snapshots that are to be written.
fn store(
    args: &RunArgs,
    terminal: &Terminal,
    inputs: &mut [Input],
    tally: &mut Tally,
) -> io::Result<()> {
    if !args.update && !args.review {
        return Ok(());
    }
    for input in inputs {
        let Content::Played(file) = &mut input.content else { continue };
        let stored = match &file.snapshot {
            Snapshot::Matches => continue,
            Snapshot::Missing => None,
            Snapshot::Differs { stored } => Some(stored.as_str()),
        };
        let Some(canonical) = file.canonical.as_deref() else { continue };
        if args.review {
            let shown = input.path.to_string_lossy();
            match review::ask(&shown, stored, canonical, terminal.paint_err())? {
                Decision::Accept => {}
                Decision::Skip => continue,
                Decision::Quit => return Ok(()),
            }
        }
        let name = input.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let target = snapshot_path(&input.path);
        write(&target, &snapshot::write(&name, canonical))?;
        file.snapshot = Snapshot::Matches;
        tally.snapshots_written = tally.snapshots_written.saturating_add(1);
    }
    Ok(())
}

/// Writes a file that the user asked for.
fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text).map_err(|error| {
        io::Error::new(error.kind(), format!("failed to write `{}`: {error}", path.display()))
    })
}

/// The `CloudTrail` records of all that was played.
fn trail(inputs: &[Input]) -> Value {
    let mut trail = Trail::default();
    for input in inputs {
        if let Content::Played(file) = &input.content {
            trail.add(&file.played.trace, &file.scenario.setting.region);
        }
    }
    trail.into_json()
}

/// Whether a scenario fails.
fn fails(args: &RunArgs, file: &PlayedFile) -> bool {
    let snapshot_fails = match &file.snapshot {
        Snapshot::Missing => args.require_snapshots,
        Snapshot::Matches => false,
        Snapshot::Differs { .. } => true,
    };
    snapshot_fails || !file.played.passed()
}

/// Whether a scenario passes, and to its end.
fn passes(args: &RunArgs, file: &PlayedFile) -> bool {
    !fails(args, file) && !file.played.trace.gave_up()
}

fn count(input: &Input, args: &RunArgs, tally: &mut Tally) {
    let add = |counter: &mut usize| *counter = counter.saturating_add(1);
    match &input.content {
        Content::Skipped => {}
        Content::Mistaken { .. } => add(&mut tally.mistaken),
        Content::Played(file) => {
            tally.steps = tally.steps.saturating_add(file.scenario.step_count());
            if file.snapshot == Snapshot::Missing {
                add(&mut tally.snapshots_missing);
            }
            if matches!(file.snapshot, Snapshot::Differs { .. }) {
                add(&mut tally.snapshots_differ);
            }
            add(match () {
                () if fails(args, file) => &mut tally.failed,
                () if file.played.trace.gave_up() => &mut tally.incomplete,
                () => &mut tally.passed,
            });
        }
    }
}

/// The form for people: tables on stdout, or where they are to go, and mistakes on stderr.
fn text(
    args: &RunArgs,
    terminal: &Terminal,
    stream: Stream,
    inputs: &[Input],
    tally: &Tally,
) -> io::Result<()> {
    let paint = terminal.paint_for(stream);
    let mut out = String::new();
    let mut gap = "";
    for input in inputs {
        let path = input.path.to_string_lossy();
        match &input.content {
            Content::Skipped => {}
            Content::Mistaken { text, mistakes } => {
                // What was told so far comes first, so that both streams on one terminal keep the order.
                Terminal::tell(stream, &std::mem::take(&mut out))?;
                let colored = terminal.paint_err() == Paint::Color;
                let told = mistake::render(&path, text, mistakes, colored);
                Terminal::aside(&format!("{gap}{told}"));
                gap = "\n";
            }
            Content::Played(file) => {
                if !args.quiet || fails(args, file) || file.played.trace.gave_up() {
                    one(args, paint, &path, file, &mut out);
                }
            }
        }
    }
    summary(paint, tally, &mut out);
    Terminal::tell(stream, &out)
}

/// One scenario with the lines about its snapshot.
fn one(args: &RunArgs, paint: Paint, path: &str, file: &PlayedFile, out: &mut String) {
    let told = Told {
        path,
        scenario: &file.scenario,
        played: &file.played,
        show_values: args.show_values,
    };
    out.push_str(&report::played(told, paint));
    match &file.snapshot {
        Snapshot::Differs { stored } => {
            let _ = writeln!(
                out,
                "  {} the stored snapshot differs (--update stores the new one):",
                paint.bad("✗")
            );
            let canonical = file.canonical.as_deref().unwrap_or_default();
            for line in snapshot::diff(stored, canonical, paint).lines() {
                let _ = writeln!(out, "{}", format!("    {line}").trim_end());
            }
        }
        Snapshot::Missing if args.require_snapshots => {
            let _ =
                writeln!(out, "  {} no snapshot is stored (--update stores it)", paint.bad("✗"));
        }
        Snapshot::Missing | Snapshot::Matches => {}
    }
    if fails(args, file) {
        let _ = writeln!(out, "  replay: {}", replay(args, file, path));
    }
    out.push('\n');
}

/// The command that plays one file again with the same result.
fn replay(args: &RunArgs, file: &PlayedFile, path: &str) -> String {
    let mut line = "stagewright run".to_owned();
    for option in &args.asked.assume {
        let _ = write!(line, " --assume {}", shell_word(option));
    }
    if args.require_snapshots && file.snapshot == Snapshot::Missing {
        line.push_str(" --require-snapshots");
    }
    if path.starts_with('-') {
        line.push_str(" --");
    }
    let _ = write!(line, " {}", shell_word(path));
    line
}

/// A text as a shell takes it.
fn shell_word(text: &str) -> String {
    let plain =
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+=@:,".contains(&byte));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn summary(paint: Paint, tally: &Tally, out: &mut String) {
    let plural =
        |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let all = [tally.passed, tally.failed, tally.incomplete, tally.mistaken];
    let all = all.into_iter().fold(0, usize::saturating_add);
    let mut parts = vec![paint.good(format!("{} passed", tally.passed))];
    let failed = format!("{} failed", tally.failed);
    parts.push(if tally.failed > 0 { paint.bad(failed) } else { failed });
    if tally.incomplete > 0 {
        parts.push(paint.warn(format!("{} incomplete", tally.incomplete)));
    }
    if tally.mistaken > 0 {
        parts.push(paint.bad(format!("{} with mistakes", tally.mistaken)));
    }
    let _ = writeln!(
        out,
        "{}, {}: {}",
        plural(all, "scenario"),
        plural(tally.steps, "step"),
        parts.join(", ")
    );
    if tally.snapshots_written > 0 {
        let _ = writeln!(out, "{} written", plural(tally.snapshots_written, "snapshot"));
    }
    if tally.snapshots_differ > 0 {
        let _ = writeln!(
            out,
            "{} (--review asks about each)",
            plural(tally.snapshots_differ, "snapshot difference")
        );
    }
    if tally.snapshots_missing > 0 {
        let without = plural(tally.snapshots_missing, "scenario");
        let _ = writeln!(
            out,
            "{without} without a stored snapshot: nothing compared there (--update stores it)"
        );
    }
}

fn as_json(args: &RunArgs, inputs: &[Input], tally: &Tally) -> Value {
    let scenarios = inputs.iter().filter_map(|input| {
        let path = input.path.to_string_lossy();
        match &input.content {
            Content::Skipped => None,
            Content::Mistaken { text, mistakes } => {
                let mistakes = mistakes.iter().map(|mistake| {
                    let (line, column) = mistake::line_column(text, mistake.span.start);
                    json!({
                        "line": line,
                        "column": column,
                        "message": mistake.message,
                        "label": mistake.label,
                        "help": mistake.help,
                    })
                });
                Some(json!({ "path": path, "passed": false, "mistakes": mistakes.collect::<Vec<_>>() }))
            }
            Content::Played(file) => {
                let told =
                    Told { path: &path, scenario: &file.scenario, played: &file.played, show_values: args.show_values };
                let mut value = report::run_json(told);
                let snapshot = match &file.snapshot {
                    Snapshot::Missing => "missing",
                    Snapshot::Matches => "matches",
                    Snapshot::Differs { .. } => "differs",
                };
                if let Value::Object(members) = &mut value {
                    members.insert("passed".to_owned(), passes(args, file).into());
                    members.insert("snapshot".to_owned(), snapshot.into());
                }
                Some(value)
            }
        }
    });
    json!({
        "schema_version": SCHEMA_VERSION,
        "command": "run",
        "summary": {
            "passed": tally.passed,
            "failed": tally.failed,
            "incomplete": tally.incomplete,
            "mistaken": tally.mistaken,
            "steps": tally.steps,
        },
        "scenarios": scenarios.collect::<Vec<_>>(),
    })
}

fn as_junit(args: &RunArgs, inputs: &[Input]) -> io::Result<String> {
    let cases = inputs.iter().filter_map(|input| {
        let path = input.path.to_string_lossy();
        let (name, failure) = match &input.content {
            Content::Skipped => return None,
            Content::Mistaken { text, mistakes } => {
                let first = mistakes.first().map(|mistake| mistake.message.clone());
                let told = mistake::render(&path, text, mistakes, false);
                (path.to_string(), Some((first.unwrap_or_default(), told)))
            }
            Content::Played(file) => {
                let failure = (!passes(args, file)).then(|| {
                    let mut told = String::new();
                    one(args, Paint::Plain, &path, file, &mut told);
                    (why(file).to_owned(), told)
                });
                (file.scenario.title.clone(), failure)
            }
        };
        Some(Case::new(path.into_owned(), name, failure))
    });
    report::junit("run", "scenarios", cases).map_err(io::Error::other)
}

/// Why a scenario fails, in a few words.
fn why(file: &PlayedFile) -> &'static str {
    match &file.snapshot {
        _ if !file.played.passed() => "the scenario fails",
        Snapshot::Differs { .. } => "the stored snapshot differs",
        _ if file.played.trace.gave_up() => "a rotation didn't come to rest in time",
        Snapshot::Missing | Snapshot::Matches => "no snapshot is stored",
    }
}
