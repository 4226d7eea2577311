//! The table: who called what, the answer, and where every label is, with what moved marked and its rule.

use std::fmt::Write as _;

use super::describe;
use super::names::Names;
use super::target;
use super::visible::{lines, on_one_line};
use super::{Paint, Told};
use crate::evidence::Rule;
use crate::property::PropertyName;
use crate::property::client::Gap;
use crate::scenario::Played;
use crate::secret::{SecretArn, StagingLabel};
use crate::service::SecretView;
use crate::world::{Event, Trace, TraceStep};

/// Custom labels that get a column of their own; more share one.
const CUSTOM_COLUMNS: usize = 3;

/// Custom labels of one version that are listed in a column that they share.
const CUSTOM_LISTED: usize = 4;

/// Lines of text are wrapped at this width.
const WIDTH: usize = 100;

/// Stands where the rule of a refusal would, if the catalog has none that says so.
const NO_RULE: &str = "(no rule)";

/// Marks a label that moved.
const MOVED: &str = "» ";

/// The canonical text of a run: the table and the verdicts, without anything that depends on where it ran.
pub fn canonical(told: Told<'_>) -> String {
    let mut text = format!("{}\n\n", on_one_line(&told.scenario.title));
    body(Told { path: "", ..told }, Paint::Plain, &mut text);
    text
}

/// The run as it is shown on a terminal.
pub fn played(told: Told<'_>, paint: Paint) -> String {
    let mark = match (told.played.passed(), told.played.trace.gave_up()) {
        (false, _) => paint.bad("✗"),
        (true, true) => paint.warn("?"),
        (true, false) => paint.good("✓"),
    };
    let title = paint.bold(on_one_line(&told.scenario.title));
    let mut text = format!("{mark} {title}  {}\n", paint.dim(on_one_line(told.path)));
    for (name, note) in [("", &told.scenario.about), ("contested: ", &told.scenario.contested)] {
        if let Some(note) = note {
            line(&mut text, "  ", &format!("{name}{}", lines(note.trim())));
        }
    }
    text.push('\n');
    body(told, paint, &mut text);
    text
}

/// Adds lines of words, wrapped at [`WIDTH`].
pub(super) fn line(text: &mut String, indent: &str, words: &str) {
    wrapped(text, indent, words, WIDTH);
}

/// Adds lines of words, wrapped at so many columns behind the indent.
pub(super) fn wrapped(text: &mut String, indent: &str, words: &str, columns: usize) {
    for part in words.lines() {
        let mut column = 0_usize;
        for word in part.split(' ') {
            let after = column.saturating_add(width(word)).saturating_add(1);
            if column > 0 && after > columns {
                text.push('\n');
                column = 0;
            }
            text.push_str(if column == 0 { indent } else { " " });
            text.push_str(word);
            column = column.saturating_add(width(word)).saturating_add(1);
        }
        text.push('\n');
    }
}

/// One row of the table.
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// Lines under the row: why a call was refused, what is different.
    pub(super) below: Vec<String>,
}

pub(super) struct Cell {
    pub(super) text: String,
    pub(super) moved: bool,
}

impl Cell {
    pub(super) fn plain(text: impl AsRef<str>) -> Self {
        Self { text: on_one_line(text.as_ref()).into_owned(), moved: false }
    }
}

fn body(told: Told<'_>, paint: Paint, text: &mut String) {
    let names = Names::of(told.played, told.show_values);
    lay_out(&rows(told.played, told.path, &names, paint), paint, text);
    verdicts(told, &names, paint, text);
}

/// The part of the table that ends with one step of the trace: at most `steps_max` steps.
pub(super) fn excerpt(told: Told<'_>, step: usize, steps_max: usize, paint: Paint) -> String {
    let names = Names::of(told.played, told.show_values);
    let mut rows = rows(told.played, told.path, &names, paint);
    // The head comes before the first step.
    rows.truncate(step.saturating_add(2));
    let left_out = rows.len().saturating_sub(1).saturating_sub(steps_max);
    rows.drain(1..left_out.saturating_add(1));
    let mut text = String::new();
    lay_out(&rows, paint, &mut text);
    text
}

/// The table of a trace that no scenario made, from one of its steps on.
pub fn story(trace: &Trace, from: usize, paint: Paint) -> String {
    let played = Played::of(trace.clone());
    let names = Names::of(&played, false);
    let mut rows = rows(&played, "", &names, paint);
    rows.drain(1..from.saturating_add(1).min(rows.len()));
    let mut text = String::new();
    lay_out(&rows, paint, &mut text);
    text
}

/// What is said about a trace, with its short names for versions.
pub fn shortened(trace: &Trace, message: &str) -> String {
    Names::of(&Played::of(trace.clone()), false).shorten(message)
}

/// The head, and a row for each step of the trace.
fn rows(played: &Played, path: &str, names: &Names, paint: Paint) -> Vec<Row> {
    let columns = Columns::of(&played.trace);
    let mut rows = vec![Row { cells: columns.header(), below: Vec::new() }];
    let mut numbers = played.results.iter().enumerate().peekable();
    let mut shown: Option<SecretArn> = None;
    let mut before = None;
    for (index, step) in played.trace.steps.iter().enumerate() {
        let mut number = None;
        while let Some((at, result)) = numbers.next_if(|(_, result)| result.first <= index) {
            number = Some((at, result));
        }
        let is_own = number.filter(|(_, result)| result.first == index);
        shown = step.secret.clone().filter(|arn| step.view(arn).is_some()).or(shown);
        let moment =
            Moment { step, before, number: is_own.map(|(at, _)| at), shown: shown.as_ref() };
        rows.push(row(played, path, &moment, &columns, names, paint));
        before = Some(step);
    }
    rows
}

/// One step, as a row sees it.
struct Moment<'t> {
    step: &'t TraceStep,
    before: Option<&'t TraceStep>,
    /// The step of the scenario that it is, counted from 0; `None` for what the service does by itself.
    number: Option<usize>,
    /// The secret whose labels are shown.
    shown: Option<&'t SecretArn>,
}

fn row(
    played: &Played,
    path: &str,
    moment: &Moment<'_>,
    columns: &Columns<'_>,
    names: &Names,
    paint: Paint,
) -> Row {
    let Moment { step, before, number, shown } = *moment;
    let result = number.and_then(|at| played.results.get(at));
    let within = result.and_then(|result| result.within.as_deref());
    let mut cells = vec![
        Cell::plain(number.map(|at| at.saturating_add(1).to_string()).unwrap_or_default()),
        Cell::plain(within.unwrap_or_else(|| describe::who(step))),
        Cell::plain(describe::what(step, before, names)),
        Cell::plain(describe::answer(step, names)),
    ];
    let view = shown.and_then(|arn| step.view(arn));
    cells.extend(columns.cells(step, view, names));
    cells.extend(columns.user_cells(moment, view, names));
    let mut below = Vec::new();
    if let Some(note) = result.and_then(|result| result.note.as_deref()) {
        below.push(paint.dim(format!("# {}", lines(note))));
    }
    if let Err(error) = &step.outcome {
        let message = names.shorten(&error.message);
        let rule = error.rule.map_or(NO_RULE, Rule::id);
        below.push(format!("{} {}", paint.warn(rule), on_one_line(&message)));
    }
    let remarks = describe::remarks(step, names);
    below.extend(remarks.into_iter().map(|line| paint.dim(on_one_line(&line))));
    below.extend(deprecated(step, view, names).map(|line| paint.dim(line)));
    let differences =
        played.differences.iter().filter(|difference| Some(difference.step) == number);
    below.extend(differences.map(|difference| {
        let message = names.shorten(&difference.message);
        let place = difference.place.map(|(line, column)| format!("{path}:{line}:{column}: "));
        let place = place.filter(|_| !path.is_empty()).unwrap_or_default();
        let told = format!("✗ {place}{}: {message}", difference.member());
        paint.bad(on_one_line(&told))
    }));
    Row { cells, below }
}

/// Tells of versions that lost their last label in this step.
fn deprecated(
    step: &TraceStep,
    view: Option<&SecretView>,
    names: &Names,
) -> impl Iterator<Item = String> {
    let mut left: Vec<_> = step.moves.iter().filter_map(|it| it.from.as_ref()).collect();
    left.sort();
    left.dedup();
    let bare = left.into_iter().filter_map(move |id| view?.version(id));
    let bare = bare.filter(|version| version.labels.is_empty() && version.value.is_some());
    bare.map(|version| {
        format!("{} has no label left: it is deprecated (GC-1)", names.id(&version.id))
    })
}

/// The labels that have a column of their own.
struct Columns<'t> {
    own: Vec<&'t StagingLabel>,
    /// Whether the other labels share a column.
    shared: bool,
    /// The users of the target.
    users: Vec<&'t str>,
}

impl<'t> Columns<'t> {
    fn of(trace: &'t Trace) -> Self {
        let mut labels: Vec<&StagingLabel> = Vec::new();
        for label in trace.views().flat_map(|view| &view.versions).flat_map(|it| &it.labels) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        let place = |label: &StagingLabel| match label {
            StagingLabel::AwsCurrent => 0,
            StagingLabel::AwsPending => 1,
            StagingLabel::AwsPrevious => 2,
            StagingLabel::Custom(_) => 3,
        };
        labels.sort_by_key(|label| (place(label), *label));
        let of_aws = labels.iter().filter(|label| place(label) < 3).count();
        let shared = labels.len() > of_aws.saturating_add(CUSTOM_COLUMNS);
        if shared {
            labels.truncate(of_aws);
        }
        let users = trace.given_target.iter().flat_map(|database| {
            let exists = |index: usize| {
                let targets = trace.steps.iter().filter_map(|step| step.target.as_ref());
                let mut users =
                    targets.filter_map(|it| it.target.principals.get(index)).map(|it| it.exists);
                users.any(|exists| exists)
            };
            let users = database.users.iter().enumerate();
            users.filter(move |(index, _)| exists(*index)).map(|(_, user)| user.as_str())
        });
        Self { own: labels, shared, users: users.collect() }
    }

    fn header(&self) -> Vec<Cell> {
        let mut cells: Vec<_> =
            ["", "who", "call", "answer"].into_iter().map(Cell::plain).collect();
        cells.extend(self.own.iter().map(|label| Cell::plain(format!("  {label}"))));
        cells.extend(self.shared.then(|| Cell::plain("  custom labels")));
        cells.extend(self.users.iter().map(|user| Cell::plain(format!("  {user} has"))));
        cells
    }

    /// What lets each user of the target in after a step.
    fn user_cells(
        &self,
        moment: &Moment<'_>,
        view: Option<&SecretView>,
        names: &Names,
    ) -> Vec<Cell> {
        let cell = |user: &&str| {
            let [before, after] = [moment.before, Some(moment.step)].map(|step| {
                step.and_then(|step| target::lets_in(step, user, view, names)).unwrap_or_default()
            });
            let moved = moment.before.is_some() && before != after;
            let mark = if moved { MOVED } else { "  " };
            Cell { moved, ..Cell::plain(format!("{mark}{after}")) }
        };
        self.users.iter().map(cell).collect()
    }

    fn cells(&self, step: &TraceStep, view: Option<&SecretView>, names: &Names) -> Vec<Cell> {
        let mut cells: Vec<_> =
            self.own.iter().map(|label| label_cell(step, view, label, names)).collect();
        if self.shared {
            let custom = view.iter().flat_map(|view| &view.versions).filter_map(|version| {
                let own = |label: &&StagingLabel| !self.own.contains(label);
                let mut listed: Vec<_> =
                    version.labels.iter().filter(own).map(StagingLabel::as_str).collect();
                listed.sort_unstable();
                let more = listed.len().saturating_sub(CUSTOM_LISTED);
                listed.truncate(CUSTOM_LISTED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                (!listed.is_empty())
                    .then(|| format!("{}: {}{more}", names.id(&version.id), listed.join(" ")))
            });
            let moved = step.moves.iter().find(|it| !self.own.contains(&&it.label));
            let mark = if moved.is_some() { MOVED } else { "  " };
            let rule = moved.map(|it| format!(" {}", it.because.id())).unwrap_or_default();
            let text = format!("{mark}{}{rule}", custom.collect::<Vec<_>>().join("; "));
            cells.push(Cell { moved: moved.is_some(), ..Cell::plain(text) });
        }
        cells
    }
}

/// Where one label is after a step.
fn label_cell(
    step: &TraceStep,
    view: Option<&SecretView>,
    label: &StagingLabel,
    names: &Names,
) -> Cell {
    let holders: Vec<_> = view
        .iter()
        .flat_map(|view| view.holders(label))
        .map(|version| names.id(&version.id))
        .collect();
    let on = holders.join("+");
    match step.moves.iter().rev().find(|it| it.label == *label) {
        Some(moved) => {
            let on = if on.is_empty() { "–".to_owned() } else { on };
            Cell { text: format!("{MOVED}{on} {}", moved.because.id()), moved: true }
        }
        None => Cell::plain(format!("  {on}")),
    }
}

/// Columns that a text takes on a terminal; codes for color take none.
fn width(text: &str) -> usize {
    let mut columns = 0_usize;
    let mut in_code = false;
    for letter in text.chars() {
        match letter {
            '\u{1b}' => in_code = true,
            'm' if in_code => in_code = false,
            _ if in_code => {}
            _ => columns = columns.saturating_add(1),
        }
    }
    columns
}

pub(super) fn lay_out(rows: &[Row], paint: Paint, text: &mut String) {
    let columns = rows.first().map_or(0, |row| row.cells.len());
    // A column with nothing below its head is left out.
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = || rows.iter().filter_map(|row| row.cells.get(column));
            let is_filled = cells().skip(1).any(|cell| !cell.text.trim().is_empty());
            let widest = cells().map(|cell| width(&cell.text)).max();
            widest.filter(|_| is_filled).unwrap_or(0)
        })
        .collect();
    for (index, row) in rows.iter().enumerate() {
        let mut out = String::new();
        for (column, (cell, width_max)) in row.cells.iter().zip(&widths).enumerate() {
            if *width_max == 0 {
                continue;
            }
            let padding = " ".repeat(width_max.saturating_sub(width(&cell.text)));
            let shown = match (index, column) {
                (0, _) => paint.dim(&cell.text),
                _ if cell.moved => paint.moved(&cell.text),
                _ => cell.text.clone(),
            };
            // Numbers are set flush right.
            let padded =
                if column == 0 { format!("{padding}{shown}") } else { format!("{shown}{padding}") };
            out.push_str("  ");
            out.push_str(&padded);
        }
        text.push_str(out.trim_end());
        text.push('\n');
        for below in &row.below {
            line(text, "        ", below);
        }
    }
}

/// What the judge and the expectations say.
fn verdicts(told: Told<'_>, names: &Names, paint: Paint, text: &mut String) {
    text.push('\n');
    let checked = told.scenario.checked();
    let judged = checked.len();
    let violated = checked.iter().filter(|it| {
        told.played.judgment.violations.iter().any(|violation| violation.property == **it)
    });
    let unjudged = &told.played.judgment.unjudged;
    let holds = judged.saturating_sub(violated.count()).saturating_sub(unjudged.len());
    let _ = writeln!(text, "  {holds} of {judged} properties hold");
    for followed in &told.played.judgment.clients {
        let long = match followed.gap.as_ref().map(Gap::length) {
            None => "is never refused".to_owned(),
            Some(None) => "is refused at the end".to_owned(),
            Some(Some(length)) => format!("is refused for {length} at worst"),
        };
        let client = &followed.client;
        let _ = writeln!(text, "  client {client}: {long}, and may be for {}", client.limit);
    }
    if told.played.trace.gave_up() {
        let ids: Vec<_> = unjudged.iter().map(PropertyName::id).collect();
        let what = if ids.is_empty() { "" } else { "; not judged: " };
        let told = paint.warn("incomplete:");
        let ids = ids.join(", ");
        let _ = writeln!(text, "  {told} a rotation didn't come to rest in time{what}{ids}");
    }
    if !told.played.trace.gave_up() && !unjudged.is_empty() {
        let ids: Vec<_> = unjudged.iter().map(PropertyName::id).collect();
        let mark = paint.warn("not judged, for there never was the secret:");
        let _ = writeln!(text, "  {mark} {}", ids.join(", "));
    }
    for violation in &told.played.judgment.violations {
        let stated = told.scenario.breaks.contains(&violation.property);
        let mark = if stated { paint.warn("broken as stated:") } else { paint.bad("✗ broken:") };
        let place = place(told, violation.step);
        let message = names.shorten(&violation.message);
        let _ =
            writeln!(text, "  {mark} {} {place}: {}", violation.property, on_one_line(&message));
    }
    for property in &told.played.unbroken {
        let _ = writeln!(text, "  {} {property}, which `breaks` lists", paint.bad("✗ not broken:"));
    }
    for left in &told.played.judgment.left_over {
        let message = names.shorten(&left.message);
        let message = on_one_line(&message);
        let _ =
            writeln!(text, "  {} {}: {message}", paint.warn("left over"), place(told, left.step));
    }
}

/// Which step of the scenario a step of the trace belongs to.
pub(super) fn place(told: Told<'_>, step: usize) -> String {
    let results = &told.played.results;
    let number = results.iter().take_while(|result| result.first <= step).count();
    let by_itself =
        told.played.trace.steps.get(step).is_some_and(|it| matches!(it.event, Event::Service(_)));
    if by_itself {
        format!("after step {number}, by the service")
    } else {
        format!("at step {number}")
    }
}
