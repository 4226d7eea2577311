//! Calls in one line of text each: what the tests play, and what a random sequence that fails prints.
//!
//! ```text
//! create db a=1                       a secret, with token `a` and value `1` (`create db a`: without a value)
//! put db b=2 AWSPENDING,x             PutSecretValue; `[]` is an empty list of labels
//! update db c=3
//! stage db AWSCURRENT a>b             UpdateSecretVersionStage; either side may be left out
//! get db label=AWSPENDING id=b
//! list db all                         `all`: with versions that have no label
//! rotate db t fn                      RotateSecret; `test` is the same with RotateImmediately=false
//! delete db 7                         days of the window; `force db` deletes without one
//! describe db, cancel db, restore db, wait 70s
//! ```

use stagewright::assumption::Assumptions;
use stagewright::caller::Caller;
pub(crate) use stagewright::fuzz::{Call, FUNCTION, MISSING, Word};
use stagewright::secret::StagingLabel;
use stagewright::service::Setting;
use stagewright::time::Timestamp;
use stagewright::world::{Action, Trace, World};

/// A version id from a short name: AWS wants at least 32 characters.
pub(crate) fn token(name: &str) -> String {
    format!("{name:-<32}")
}

/// The short name of a version id.
pub(crate) fn short(id: &str) -> &str {
    id.trim_end_matches('-')
}

/// A word that a text is short enough for.
pub(crate) fn word(text: &str) -> Word {
    let word = Word::new(text);
    assert_eq!(word.as_str(), text, "words are short");
    word
}

/// What the world is told to do by a call of the operator.
pub(crate) fn action(call: &Call) -> Action {
    call.action(&Caller::named("", &Setting::default().account))
}

/// A token with or without a value: `a=1`, `a`.
fn token_and_value(text: &str) -> (Word, Option<Word>) {
    match text.split_once('=') {
        Some((token, value)) => (word(token), Some(word(value))),
        None => (word(text), None),
    }
}

/// Reads a line.
pub(crate) fn parse(line: &str) -> Call {
    let words: Vec<_> = line.split_whitespace().collect();
    let (verb, words) = words.split_first().expect("a line has a verb");
    let (secret, words) = words.split_first().expect("a line has an object");
    let at = |index: usize| words.get(index).copied();
    let tagged = |tag: &str| words.iter().find_map(|word| word.strip_prefix(tag));
    let secret = word(secret);
    match *verb {
        "create" | "put" | "update" => {
            let (token, value) = token_and_value(at(0).expect("a token"));
            match *verb {
                "create" => Call::Create { secret, token, value },
                "update" => Call::Update { secret, token, value },
                _ => {
                    let labels = at(1).map(|list| match list {
                        "[]" => Vec::new(),
                        list => list.split(',').map(word).collect(),
                    });
                    Call::Put { secret, token, value, labels }
                }
            }
        }
        "stage" => {
            let (from, to) = at(1).and_then(|it| it.split_once('>')).expect("from>to");
            let side = |id: &str| (!id.is_empty()).then(|| word(id));
            let label = word(at(0).expect("a label"));
            Call::Stage { secret, label, from: side(from), to: side(to) }
        }
        "get" => {
            let (label, id) = (tagged("label="), tagged("id="));
            Call::Get { secret, label: label.map(word), id: id.map(word) }
        }
        "describe" => Call::Describe { secret },
        "list" => Call::List { secret, all: at(0) == Some("all") },
        "rotate" | "test" => {
            let token = word(at(0).expect("a token"));
            let function = at(1).map(word);
            Call::Rotate { secret, token, function, test: *verb == "test" }
        }
        "cancel" => Call::Cancel { secret },
        "delete" => Call::Delete { secret, days: at(0).map(|days| days.parse().expect("days")) },
        "force" => Call::Force { secret },
        "restore" => Call::Restore { secret },
        "wait" => Call::Wait(secret.as_str().parse().expect("a span")),
        verb => panic!("`{verb}` is not a call"),
    }
}

/// A world without secrets, in which the function `missing` can't be invoked.
pub(crate) fn world(assume: Assumptions) -> World {
    let missing_functions = [MISSING.to_owned()].into();
    let setting = Setting { missing_functions, assume, ..Setting::default() };
    World::new(setting, Timestamp::DEFAULT_START)
}

/// The calls of a text, one a line or separated by `;`.
pub(crate) fn script(text: &str) -> Vec<Call> {
    let lines = text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
    lines.map(parse).collect()
}

/// Plays a text in a new world.
pub(crate) fn trace(text: &str) -> Trace {
    trace_if(Assumptions::default(), text)
}

/// [`trace`] under other assumptions.
pub(crate) fn trace_if(assume: Assumptions, text: &str) -> Trace {
    let (mut world, mut trace) = (world(assume), Trace { assume, ..Trace::default() });
    for call in script(text) {
        world.step(action(&call), &mut trace);
    }
    trace
}

/// The versions of the first secret at the end of a trace, with labels: `a=AWSPREVIOUS b=AWSCURRENT c`.
pub(crate) fn versions(trace: &Trace) -> String {
    let views = &trace.steps.last().expect("something was played").after;
    let versions = views.iter().take(1).flat_map(|view| &view.versions).map(|version| {
        let labels: Vec<_> = version.labels.iter().map(StagingLabel::as_str).collect();
        match labels.as_slice() {
            [] => short(version.id.as_str()).to_owned(),
            labels => format!("{}={}", short(version.id.as_str()), labels.join(",")),
        }
    });
    versions.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_line_is_read_as_it_is_written() {
    for line in [
        "create db a=1",
        "create db a",
        "put db b=2",
        "put db b",
        "put db b=2 AWSPENDING,x",
        "put db b=2 []",
        "update db c=3",
        "stage db AWSCURRENT a>b",
        "stage db x >b",
        "stage db x a>",
        "get db",
        "get db label=x id=a",
        "describe db",
        "list db",
        "list db all",
        "rotate db t",
        "test db t fn",
        "cancel db",
        "delete db",
        "delete db 7",
        "force db",
        "restore db",
        "wait 1m10s",
    ] {
        assert_eq!(parse(line).to_string(), line);
    }
}
