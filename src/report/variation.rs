//! What a scenario depends on: the verdict over all combinations of assumptions, and two runs side by side.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::describe;
use super::names::Names;
use super::table::{Cell, Row, lay_out};
use super::visible::on_one_line;
use super::{Paint, SCHEMA_VERSION};
use crate::scenario::{Played, Scenario};
use crate::service::SecretView;
use crate::variation::{Choices, LEFT_OUT, RUNS_MAX, Variations, with};
use crate::world::TraceStep;

/// A scenario that was varied.
#[derive(Clone, Copy, Debug)]
pub struct Varied<'a> {
    /// The path as the user gave it.
    pub path: &'a str,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What came of it.
    pub variations: &'a Variations,
    /// Whether secret values are shown.
    pub show_values: bool,
}

/// The verdict on one scenario, for people.
pub fn varied(told: Varied<'_>, paint: Paint) -> String {
    let Variations { passes, felt, combinations, complete, settled, depends } = told.variations;
    let mark = if told.variations.holds() { paint.good("✓") } else { paint.bad("✗") };
    let title = paint.bold(on_one_line(&told.scenario.title));
    let mut text = format!("{mark} {title}  {}\n", paint.dim(on_one_line(told.path)));
    let ids: Vec<_> = felt.iter().map(|assumption| assumption.id).collect();
    let over = match (ids.as_slice(), combinations) {
        ([], _) => "it feels no open assumption".to_owned(),
        (ids, count) => format!("{count} combinations of {}", ids.join(", ")),
    };
    let verdict = match (passes, depends.is_empty()) {
        (true, true) => format!("{}: {over}", paint.good("holds under all")),
        (false, true) => format!("{}: {over}", paint.bad("fails under all")),
        (_, false) => {
            let mut sets: Vec<_> = depends.iter().map(names).collect();
            sets.dedup();
            format!("{} {}: {over}", paint.bad("depends on"), sets.join(", or on "))
        }
    };
    let _ = writeln!(text, "  {verdict}");
    if !complete {
        let _ = writeln!(text, "  {}", paint.warn(format!("only the first {RUNS_MAX} were tried")));
    }
    if !settled {
        let warning = "in some of them a rotation didn't come to rest in time";
        let _ = writeln!(text, "  {}", paint.warn(warning));
    }
    for choices in depends {
        text.push('\n');
        let other = with(told.scenario, choices);
        side_by_side(
            told,
            choices,
            &told.scenario.play(false),
            &other.play(false),
            paint,
            &mut text,
        );
        let assume: Vec<_> =
            choices.iter().map(|(id, option)| format!(" --assume '{id}={option}'")).collect();
        let _ = writeln!(text, "  replay: stagewright run{} {}", assume.concat(), told.path);
    }
    text
}

/// The assumptions of some choices.
fn names(choices: &Choices) -> String {
    let ids: Vec<_> = choices.iter().map(|(id, _)| format!("`{id}`")).collect();
    ids.join(" with ")
}

/// Two runs beside each other, with what differs marked.
fn side_by_side(
    told: Varied<'_>,
    choices: &Choices,
    own: &Played,
    other: &Played,
    paint: Paint,
    text: &mut String,
) {
    let mut heads = [Vec::new(), Vec::new()];
    for (id, option) in choices {
        let own = told.scenario.setting.assume.options().find(|(known, _)| known == id);
        heads[0].push(format!("{id}={}", own.map(|(_, option)| option).unwrap_or_default()));
        heads[1].push(format!("{id}={option}"));
    }
    let verdict = |played: &Played| if played.passed() { "passes" } else { "fails" };
    let [one, two] = heads.map(|head| head.join(" "));
    let header = [
        String::new(),
        "who".to_owned(),
        "call".to_owned(),
        format!("{one}: {}", verdict(own)),
        format!("  {two}: {}", verdict(other)),
    ];
    let mut rows = vec![Row { cells: header.iter().map(Cell::plain).collect(), below: Vec::new() }];
    let (own_names, other_names) =
        (Names::of(own, told.show_values), Names::of(other, told.show_values));
    for (number, (left, right)) in groups(own).iter().zip(&groups(other)).enumerate() {
        for (place, pair) in aligned((left, &own_names), (right, &other_names)).enumerate() {
            let number =
                if place == 0 { number.saturating_add(1).to_string() } else { String::new() };
            rows.push(beside(number, pair, &own_names, &other_names));
        }
    }
    lay_out(&rows, paint, text);
    text.push('\n');
    for (played, names, head) in [(own, &own_names, &one), (other, &other_names, &two)] {
        for difference in &played.differences {
            let message = names.shorten(&difference.message);
            let step = difference.step.saturating_add(1);
            let told = format!("✗ {head}: at step {step}: {}: {message}", difference.member());
            let _ = writeln!(text, "  {}", paint.bad(on_one_line(&told)));
        }
        for property in &played.broken {
            let _ = writeln!(text, "  {}", paint.bad(format!("✗ {head}: broken: {property}")));
        }
        for property in &played.unbroken {
            let told = format!("✗ {head}: not broken: {property}, which `breaks` lists");
            let _ = writeln!(text, "  {}", paint.bad(told));
        }
    }
}

/// A step of one run, of the other, or the same of both.
type Pair<'t> = (Option<&'t TraceStep>, Option<&'t TraceStep>);

/// Sets steps that are the same call beside each other.
fn aligned<'t>(
    (left, left_names): (&'t [TraceStep], &Names),
    (right, right_names): (&'t [TraceStep], &Names),
) -> impl Iterator<Item = Pair<'t>> {
    let keys = |steps: &[TraceStep], names: &Names| -> Vec<String> {
        let key = |step| format!("{} {}", describe::who(step), describe::what(step, None, names));
        steps.iter().map(key).collect()
    };
    let (left_keys, right_keys) = (keys(left, left_names), keys(right, right_names));
    let changes = similar::capture_diff_slices(similar::Algorithm::Myers, &left_keys, &right_keys);
    let pairs: Vec<Pair<'t>> = changes
        .iter()
        .flat_map(|change| change.iter_changes(&left_keys, &right_keys))
        .map(|change| {
            let step = |steps: &'t [TraceStep], index: Option<usize>| steps.get(index?);
            (step(left, change.old_index()), step(right, change.new_index()))
        })
        .collect();
    pairs.into_iter()
}

/// One row of two runs beside each other.
fn beside(number: String, (left, right): Pair<'_>, own: &Names, other: &Names) -> Row {
    let shown = |step: Option<&TraceStep>, names: &Names| step.map(|step| outcome(step, names));
    let (one, two) = (shown(left, own), shown(right, other));
    let differs = one != two;
    let not_there = || "not there".to_owned();
    let second =
        if differs { format!("» {}", two.unwrap_or_else(not_there)) } else { "  same".to_owned() };
    let (who, what) = match (left, right) {
        (Some(step), _) => (describe::who(step), describe::what(step, None, own)),
        (None, Some(step)) => (describe::who(step), describe::what(step, None, other)),
        (None, None) => ("", String::new()),
    };
    let cells = vec![
        Cell::plain(number),
        Cell::plain(who),
        Cell::plain(what),
        Cell::plain(one.unwrap_or_else(not_there)),
        Cell { moved: differs, ..Cell::plain(second) },
    ];
    Row { cells, below: Vec::new() }
}

/// The steps of the trace, by the step of the scenario that they follow.
fn groups(played: &Played) -> Vec<&[TraceStep]> {
    let ends = played.results.iter().skip(1).map(|result| result.first);
    let ends = ends.chain([played.trace.steps.len()]);
    let starts = played.results.iter().map(|result| result.first);
    let steps = |(start, end)| played.trace.steps.get(start..end).unwrap_or_default();
    starts.zip(ends).map(steps).collect()
}

/// The answer to a step, and where the labels are after it.
fn outcome(step: &TraceStep, names: &Names) -> String {
    let view = step.secret.as_ref().and_then(|arn| step.view(arn));
    let view = view.or_else(|| step.after.first().map(|view| &**view));
    let labels = view.map(|view| labels(view, names)).unwrap_or_default();
    let answer = describe::answer(step, names);
    match (answer.is_empty(), labels.is_empty()) {
        (false, false) => format!("{answer} · {labels}"),
        (false, true) => answer,
        (true, _) => labels,
    }
}

fn labels(view: &SecretView, names: &Names) -> String {
    let mut labels: Vec<_> = view
        .versions
        .iter()
        .flat_map(|version| version.labels.iter().map(|label| (label, names.id(&version.id))))
        .collect();
    labels.sort();
    let shown = labels.iter().map(|(label, version)| format!("{label} {version}"));
    shown.collect::<Vec<_>>().join(", ")
}

/// How many scenarios depend on what, for people.
pub fn varied_summary(variations: &[&Variations], paint: Paint) -> String {
    let count = |is: fn(&Variations) -> bool| variations.iter().filter(|it| is(it)).count();
    let holds = count(|it| it.holds() && it.is_complete());
    let depends = count(|it| !it.depends.is_empty());
    let fails = count(|it| !it.passes && it.depends.is_empty());
    let open = count(|it| it.holds() && !it.is_complete());
    let mut parts = vec![paint.good(format!("{holds} hold under all"))];
    let told = format!("{depends} depend on some");
    parts.push(if depends > 0 { paint.bad(told) } else { told });
    if fails > 0 {
        parts.push(paint.bad(format!("{fails} fail under all")));
    }
    if open > 0 {
        parts.push(paint.warn(format!("{open} not tried to the end")));
    }
    let all = variations.len();
    let plural = if all == 1 { "" } else { "s" };
    format!(
        "{all} scenario{plural}: {}\n(left out, to be set with --assume: {})\n",
        parts.join(", "),
        LEFT_OUT.join(", ")
    )
}

/// The verdict on one scenario, for programs.
pub fn varied_json(told: Varied<'_>) -> Value {
    let Variations { passes, felt, combinations, complete, settled, depends } = told.variations;
    let depends = depends.iter().map(|choices| {
        let choices = choices.iter().map(|(id, option)| json!({ "id": id, "option": option }));
        choices.collect::<Vec<_>>()
    });
    json!({
        "path": told.path,
        "scenario": told.scenario.title,
        "passes": passes,
        "holds_under_all": told.variations.holds() && *complete && *settled,
        "felt": felt.iter().map(|assumption| assumption.id).collect::<Vec<_>>(),
        "combinations": combinations,
        "complete": complete,
        "settled": settled,
        "depends_on": depends.collect::<Vec<_>>(),
    })
}

/// The whole answer for programs.
pub fn all_varied_json(scenarios: &[Value]) -> Value {
    json!({
        "schema_version": SCHEMA_VERSION,
        "command": "run --all-assumptions",
        "left_out": LEFT_OUT,
        "scenarios": scenarios,
    })
}
