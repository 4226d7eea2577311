//! The label rules as tables: stages, a call and the stages after it, in text.
//!
//! ```text
//! ["current=a", "x=b"]        AWSCURRENT on version a, the custom label x on b
//! current a>b                 UpdateSecretVersionStage; either side may be left out, `?` doesn't exist
//! current a>b without value   the same, and b is a placeholder
//! put b pending,x             PutSecretValue; also `first put`, `fill` (of a placeholder), `update`, `create`
//! put b during t              the same while the rotation to t is running
//! rotate b, test b, clean up, end test b
//! ```

mod assumed;
mod put;
mod rotate;
mod stage;

use stagewright::assumption::Assumptions;
use stagewright::evidence::{Rule, RuleSet};
use stagewright::labels::{
    LabelRefusal, LabelSet, LabelSlot, Ledger, Move, Named, Put, RotationPurpose, StageUpdate,
    Stages, VersionSlot, Writer, admit_rotation, begin_rotation, clean_pending, end_test,
    put_value, update_stage,
};

use Writer::{CreateSecret, PutSecretValue, UpdateSecret};

/// Names of the custom labels, by slot: `x` has the first slot after those of AWS.
const CUSTOM: &[&str] = &["x", "y", "z", "AWSSOMETHING"];

/// What the rules told while they decided.
#[derive(Clone, Debug, Default)]
struct Told {
    rules: RuleSet,
    moves: Vec<Move>,
}

impl Ledger for Told {
    fn moved(&mut self, it: Move) {
        self.moves.push(it);
    }

    fn cite(&mut self, rule: Rule) {
        self.rules.insert(rule);
    }
}

impl Told {
    /// Asserts that the rule of that id had a part in the decision.
    #[track_caller]
    fn cites(&self, id: &str) {
        let ids: Vec<_> = self.rules.iter().map(Rule::id).collect();
        assert!(ids.contains(&id), "{id} is not among {ids:?}");
    }
}

/// The label of that name: one of AWS in lower case without `AWS`, or a custom one.
fn label(name: &str) -> LabelSlot {
    match name {
        "current" => LabelSlot::CURRENT,
        "previous" => LabelSlot::PREVIOUS,
        "pending" => LabelSlot::PENDING,
        custom => {
            // `l0`, `l1`, … stand for any number of custom labels.
            let number = custom.strip_prefix('l').and_then(|number| number.parse().ok());
            let index = number.or_else(|| CUSTOM.iter().position(|it| *it == custom));
            let index = index.expect("a label has a name").saturating_add(LabelSlot::OF_AWS);
            LabelSlot::from_index(index).expect("there are slots enough")
        }
    }
}

/// The version of that letter.
fn version(name: &str) -> VersionSlot {
    let letter = name.bytes().next().expect("a version has a letter");
    assert_eq!(name.len(), 1, "`{name}` is not a version");
    VersionSlot::from_index(usize::from(letter.saturating_sub(b'a'))).unwrap()
}

/// A version of a label call.
fn named(name: &str) -> Named {
    match name {
        "" => Named::Absent,
        "?" => Named::Unknown,
        name => Named::Version(version(name)),
    }
}

fn letter(version: VersionSlot) -> char {
    char::from(b'a'.saturating_add(u8::try_from(version.index()).unwrap()))
}

fn stages(placed: &[&str]) -> Stages {
    let mut stages: Stages = Stages::NONE;
    for placed in placed {
        let (name, holder) = placed.split_once('=').expect("label=version");
        stages = put_label(stages, label(name), version(holder));
    }
    stages
}

/// Puts one label on a version; the only way to do that from outside is a call.
fn put_label(stages: Stages, label: LabelSlot, version: VersionSlot) -> Stages {
    let update = StageUpdate {
        label,
        remove_from: Named::Absent,
        move_to: Named::Version(version),
        target_has_value: true,
    };
    update_stage(stages, update, &Assumptions::default(), &mut ()).expect("the label is free")
}

/// Stages as text, labels by slot.
fn text(stages: Stages) -> String {
    let names = ["current", "previous", "pending"].iter().chain(CUSTOM);
    let placed = names.filter_map(|name| {
        stages.holder(label(name)).map(|holder| format!("{name}={}", letter(holder)))
    });
    placed.collect::<Vec<_>>().join(" ")
}

/// Reads a call and lets it happen.
fn play(
    before: Stages,
    call: &str,
    assume: &Assumptions,
    told: &mut Told,
) -> Result<Stages, LabelRefusal> {
    let (call, rotating) = match call.split_once(" during ") {
        Some((call, token)) => (call, Some(version(token))),
        None => (call, None),
    };
    let (call, target_has_value) = match call.strip_suffix(" without value") {
        Some(call) => (call, false),
        None => (call, true),
    };
    let words: Vec<_> = call.split(' ').collect();
    let put = |writer, name: &str, labels: Option<&&str>, first, fills| Put {
        version: version(name),
        writer,
        labels: labels.map(|labels| {
            labels.split(',').fold(LabelSet::EMPTY, |set, name| set.with(label(name)))
        }),
        first,
        fills,
        rotating,
    };
    let put = match words.as_slice() {
        ["clean", "up"] => return Ok(clean_pending(before, told)),
        ["end", "test", name] => return Ok(end_test(before, version(name), told)),
        [verb @ ("rotate" | "test"), name] => {
            let purpose =
                if *verb == "test" { RotationPurpose::Test } else { RotationPurpose::Rotate };
            return admit_rotation(before, told)
                .and_then(|()| begin_rotation(before, version(name), purpose, told));
        }
        ["put", name, labels @ ..] => put(PutSecretValue, name, labels.first(), false, false),
        ["first", "put", name, labels @ ..] => {
            put(PutSecretValue, name, labels.first(), true, false)
        }
        ["fill", name, labels @ ..] => put(PutSecretValue, name, labels.first(), false, true),
        ["update", name] => put(UpdateSecret, name, None, false, false),
        ["create", name] => put(CreateSecret, name, None, true, false),
        [name, sides] => {
            let (from, to) = sides.split_once('>').expect("from>to");
            let update = StageUpdate {
                label: label(name),
                remove_from: named(from),
                move_to: named(to),
                target_has_value,
            };
            return update_stage(before, update, assume, told);
        }
        _ => panic!("`{call}` is not a call"),
    };
    put_value(before, &put, assume, told)
}

/// Lets a call happen, and compares the stages after it, or the refusal: `refused NotOnSource`.
#[track_caller]
fn check_if(options: &[(&str, &str)], before: &[&str], call: &str, after: &str) -> Told {
    let mut assume = Assumptions::default();
    for (id, option) in options {
        assume.choose(id, option).unwrap();
    }
    let before = stages(before);
    let mut told = Told::default();
    let outcome = play(before, call, &assume, &mut told);
    match outcome {
        Ok(stages) => {
            assert_eq!(text(stages), after, "{call}");
            assert_eq!(text(replayed(before, &told.moves)), after, "{call}: the moves told");
        }
        Err(refusal) => {
            told.cite(refusal.rule());
            let name = format!("{refusal:?}");
            let name = name.split('(').next().unwrap();
            assert_eq!(format!("refused {name}"), after, "{call}");
        }
    }
    told
}

/// [`check_if`] with every assumption at its default.
#[track_caller]
fn check(before: &[&str], call: &str, after: &str) -> Told {
    check_if(&[], before, call, after)
}

/// The stages that the moves lead to. Each must begin where the label is.
fn replayed(mut stages: Stages, moves: &[Move]) -> Stages {
    for it in moves {
        assert_eq!(stages.holder(it.label), it.from, "{it:?}");
        assert_ne!(it.from, it.to, "{it:?}");
        let others = (0..).map_while(LabelSlot::from_index).filter(|label| *label != it.label);
        let kept: Vec<_> =
            others.filter_map(|label| Some((label, stages.holder(label)?))).collect();
        stages = Stages::NONE;
        for (label, holder) in kept.into_iter().chain(it.to.map(|to| (it.label, to))) {
            stages = put_label(stages, label, holder);
        }
    }
    stages
}

/// Every placement of AWSCURRENT, AWSPREVIOUS and AWSPENDING on up to three versions, up to the names of the versions:
/// the first label that is placed is on `a`, the next one on `a` or `b`, and so on.
fn placements() -> Vec<Vec<String>> {
    let mut found = vec![(Vec::new(), 0_u8)];
    for name in ["current", "previous", "pending"] {
        found = found
            .into_iter()
            .flat_map(|(placed, used)| {
                let on = |holder: u8| {
                    let mut placed = placed.clone();
                    placed.push(format!("{name}={}", char::from(b'a'.saturating_add(holder))));
                    (placed, used.max(holder.saturating_add(1)))
                };
                let mut next: Vec<_> = (0..=used).map(on).collect();
                next.push((placed.clone(), used));
                next
            })
            .collect();
    }
    found.into_iter().map(|(placed, _)| placed).collect()
}

/// The result of one label call as a word: `=` if nothing moved, `!` and the reason if it was refused.
fn cell(before: Stages, call: &str) -> String {
    match play(before, call, &Assumptions::default(), &mut Told::default()) {
        Ok(after) if after == before => "=".to_owned(),
        Ok(after) => {
            let holder = |label| after.holder(label).map_or('-', letter);
            let labels = [LabelSlot::CURRENT, LabelSlot::PREVIOUS, LabelSlot::PENDING];
            labels.into_iter().map(holder).collect()
        }
        Err(refusal) => {
            let name = format!("{refusal:?}");
            format!("!{}", name.split('(').next().unwrap())
        }
    }
}

/// The whole of `UpdateSecretVersionStage`: a block for each placement, a row for each label and source, a column for
/// each target. One version without labels stands for all others, so three versions are enough.
///
/// A cell shows where AWSCURRENT, AWSPREVIOUS and AWSPENDING are after the call, in this order.
#[test]
fn every_placement_and_every_label_call() {
    let mut grid = String::new();
    for placed in placements() {
        let placed: Vec<_> = placed.iter().map(String::as_str).collect();
        let before = stages(&placed);
        let holders = placed.iter().filter_map(|it| it.split_once('=')).map(|(_, holder)| holder);
        let used = holders.max().map_or(0, |last| version(last).index().saturating_add(1));
        let versions = &["a", "b", "c"][..used.saturating_add(1).min(3)];
        let sides = || [""].into_iter().chain(versions.iter().copied()).chain(["?"]);
        let head = if placed.is_empty() { "no labels".to_owned() } else { placed.join(" ") };
        let row = |head: &str, cells: Vec<String>| {
            let cells: Vec<_> = cells.iter().map(|cell| format!("{cell:<17}")).collect();
            format!("{head:<14}{}", cells.join(" ")).trim_end().to_owned() + "\n"
        };
        grid = grid + &head + "\n" + &row("", sides().map(|to| format!(">{to}")).collect());
        for name in ["current", "previous", "pending"] {
            for from in sides() {
                let cells = sides().map(|to| cell(before, &format!("{name} {from}>{to}")));
                grid += &row(&format!("  {name} {from}>"), cells.collect());
            }
        }
        grid.push('\n');
    }
    insta::assert_snapshot!(grid);
}
