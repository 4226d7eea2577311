//! Every option of every assumption, played through the whole service.
//!
//! The options that decide about labels alone have their tables in `stage.rs`, `put.rs` and `rotate.rs`; here each one
//! must show in an answer or in what is visible afterward.

use std::collections::BTreeSet;

use stagewright::api::Reply;
use stagewright::assumption::{Assumptions, TABLE};
use stagewright::world::Trace;

use crate::calls::{short, trace_if, versions};

/// An assumption, what is played, and for each option the last answer and the versions at the end.
struct Row {
    id: &'static str,
    play: &'static str,
    /// Option, answer, versions.
    options: &'static [(&'static str, &'static str, &'static str)],
}

/// `create`, a rotation to `t`, and what its function does.
const ROTATED: &str =
    "create db a=1; rotate db t fn; put db t=2 AWSPENDING; stage db AWSCURRENT a>t; ";

const ROWS: &[Row] = &[
    Row {
        id: "first-version",
        play: "create db n; put db a=1 x",
        options: &[("adds-current", "ok", "a=x,AWSCURRENT"), ("only-given", "ok", "a=x")],
    },
    Row {
        id: "pending-leaves",
        play: "create db a=1; rotate db t fn; put db b=2",
        options: &[
            ("wherever-it-is", "ok", "a=AWSPREVIOUS b=AWSCURRENT"),
            ("only-from-outgoing", "ok", "a=AWSPREVIOUS t=AWSPENDING b=AWSCURRENT"),
        ],
    },
    Row {
        id: "abandons",
        play: "create db a=1; rotate db t fn; put db b=2 x",
        options: &[
            ("current-moves", "ok", "a=AWSCURRENT t=AWSPENDING b=x"),
            ("any-put-by-others", "ok", "a=AWSCURRENT b=x"),
        ],
    },
    Row {
        id: "outgoing-labels",
        play: "create db a=1; stage db x >a; put db b=2",
        options: &[
            ("keep-custom", "ok", "a=AWSPREVIOUS,x b=AWSCURRENT"),
            ("drop-all", "ok", "a=AWSPREVIOUS b=AWSCURRENT"),
        ],
    },
    Row {
        id: "replay-labels",
        play: "create db a=1; put db b=1 x; put db b=1 y",
        options: &[("ignored", "ok", "a=AWSCURRENT b=x"), ("applied", "ok", "a=AWSCURRENT b=x,y")],
    },
    Row {
        id: "replay-labels",
        play: "create db a=1; put db b=1 x; put db b=1 AWSCURRENT",
        options: &[
            ("ignored", "ok", "a=AWSCURRENT b=x"),
            ("applied", "ok", "a=AWSPREVIOUS b=x,AWSCURRENT"),
        ],
    },
    Row {
        id: "fill-without-labels",
        play: "create db a=1; rotate db t fn; put db t=2",
        options: &[
            ("becomes-current", "ok", "a=AWSPREVIOUS t=AWSCURRENT"),
            ("stays-pending", "ok", "a=AWSCURRENT t=AWSPENDING"),
        ],
    },
    Row {
        id: "empty-stages",
        play: "create db a=1; put db b=2 []",
        options: &[
            ("refused", "ValidationException", "a=AWSCURRENT"),
            ("as-absent", "ok", "a=AWSPREVIOUS b=AWSCURRENT"),
        ],
    },
    Row {
        id: "stage-unknown-target",
        play: "create db a=1; stage db x >z",
        options: &[
            ("ResourceNotFoundException", "ResourceNotFoundException", "a=AWSCURRENT"),
            ("InvalidParameterException", "InvalidParameterException", "a=AWSCURRENT"),
        ],
    },
    Row {
        id: "stage-wrong-source",
        play: "create db a=1; put db b=2 x; stage db AWSCURRENT b>a",
        options: &[
            ("InvalidParameterException", "InvalidParameterException", "a=AWSCURRENT b=x"),
            ("ResourceNotFoundException", "ResourceNotFoundException", "a=AWSCURRENT b=x"),
        ],
    },
    Row {
        id: "stage-wrong-source",
        play: "create db a=1; stage db AWSCURRENT z>a",
        options: &[
            ("InvalidParameterException", "InvalidParameterException", "a=AWSCURRENT"),
            ("ResourceNotFoundException", "ResourceNotFoundException", "a=AWSCURRENT"),
        ],
    },
    Row {
        id: "stage-neither",
        play: "create db a=1; stage db x >",
        options: &[
            ("refused", "InvalidParameterException", "a=AWSCURRENT"),
            ("no-op", "ok", "a=AWSCURRENT"),
        ],
    },
    Row {
        id: "stage-same",
        play: "create db a=1; stage db AWSCURRENT a>a",
        options: &[
            ("refused-if-named", "InvalidParameterException", "a=AWSCURRENT"),
            ("no-op", "ok", "a=AWSCURRENT"),
            ("refused", "InvalidParameterException", "a=AWSCURRENT"),
        ],
    },
    Row {
        id: "stage-same",
        play: "create db a=1; stage db AWSCURRENT >a",
        options: &[
            ("refused-if-named", "ok", "a=AWSCURRENT"),
            ("no-op", "ok", "a=AWSCURRENT"),
            ("refused", "InvalidParameterException", "a=AWSCURRENT"),
        ],
    },
    Row {
        id: "stage-placeholder",
        play: "create db a=1; rotate db t fn; stage db AWSCURRENT a>t",
        options: &[
            ("allowed", "ok", "a=AWSPREVIOUS t=AWSCURRENT,AWSPENDING"),
            ("refused", "InvalidRequestException", "a=AWSCURRENT t=AWSPENDING"),
        ],
    },
    Row {
        id: "stage-from-nowhere",
        play: "create db n; rotate db t fn; stage db AWSCURRENT >t",
        options: &[
            ("allowed", "ok", "t=AWSCURRENT,AWSPENDING"),
            ("refused", "ResourceNotFoundException", "t=AWSPENDING"),
        ],
    },
    Row {
        id: "previous-by-hand",
        play: "create db a=1; put db b=2; stage db AWSPREVIOUS a>",
        options: &[
            ("ordinary-label", "ok", "a b=AWSCURRENT"),
            ("refused", "InvalidParameterException", "a=AWSPREVIOUS b=AWSCURRENT"),
        ],
    },
    Row {
        id: "placeholder",
        play: "create db a=1; rotate db t fn",
        options: &[
            ("registered", "ok", "a=AWSCURRENT t=AWSPENDING"),
            ("none", "ok", "a=AWSCURRENT"),
        ],
    },
    Row {
        // The second call names no function: does it find the one of the refused call?
        id: "refusal-stores",
        play: "create db a=1; put db b=2 AWSPENDING; rotate db t fn; stage db AWSPENDING b>; rotate db u",
        options: &[
            ("nothing", "InvalidRequestException", "a=AWSCURRENT b"),
            ("configuration", "ok", "a=AWSCURRENT b u=AWSPENDING"),
        ],
    },
    Row {
        id: "token-reuse",
        play: "create db a=1; rotate db t fn; rotate db t",
        options: &[
            ("idempotent", "ok", "a=AWSCURRENT t=AWSPENDING"),
            ("refused", "InvalidParameterException", "a=AWSCURRENT t=AWSPENDING"),
        ],
    },
    Row {
        id: "pending-cleanup",
        play: "wait 59s",
        options: &[
            ("after 60s", "ok", "a=AWSPREVIOUS t=AWSCURRENT,AWSPENDING"),
            ("immediately", "ok", "a=AWSPREVIOUS t=AWSCURRENT"),
            ("never", "ok", "a=AWSPREVIOUS t=AWSCURRENT,AWSPENDING"),
        ],
    },
    Row {
        id: "pending-cleanup",
        play: "wait 61s",
        options: &[
            ("after 60s", "ok", "a=AWSPREVIOUS t=AWSCURRENT"),
            ("immediately", "ok", "a=AWSPREVIOUS t=AWSCURRENT"),
            ("never", "ok", "a=AWSPREVIOUS t=AWSCURRENT,AWSPENDING"),
        ],
    },
    Row {
        id: "test-version",
        play: "create db a=1; test db t fn; wait 31s",
        options: &[("dropped", "ok", "a=AWSCURRENT"), ("deprecated", "ok", "a=AWSCURRENT t")],
    },
    Row {
        id: "test-lifetime",
        play: "create db a=1; test db t fn; wait 29s",
        options: &[("after 30s", "ok", "a=AWSCURRENT t=AWSPENDING")],
    },
    Row {
        id: "test-lifetime",
        play: "create db a=1; test db t fn; wait 30s",
        options: &[("after 30s", "ok", "a=AWSCURRENT")],
    },
    Row {
        id: "lost-placeholder",
        play: "create db a=1; rotate db t fn; stage db AWSPENDING t>",
        options: &[("dropped", "ok", "a=AWSCURRENT"), ("kept", "ok", "a=AWSCURRENT t")],
    },
    Row {
        id: "restore-live",
        play: "create db a=1; restore db",
        options: &[
            ("succeeds", "ok", "a=AWSCURRENT"),
            ("refused", "InvalidRequestException", "a=AWSCURRENT"),
        ],
    },
    Row {
        id: "list-deleted",
        play: "create db a=1; delete db; list db",
        options: &[
            ("allowed", "a", "a=AWSCURRENT"),
            ("refused", "InvalidRequestException", "a=AWSCURRENT"),
        ],
    },
    Row {
        id: "label-order",
        play: "create db a=1; stage db AWSPREVIOUS >a; stage db b >a",
        options: &[
            ("java-hash", "ok", "a=b,AWSPREVIOUS,AWSCURRENT"),
            ("sorted", "ok", "a=AWSCURRENT,AWSPREVIOUS,b"),
        ],
    },
    Row {
        id: "version-order",
        play: "create db a=1; put db b=2; list db",
        options: &[
            ("oldest-first", "a b", "a=AWSPREVIOUS b=AWSCURRENT"),
            ("newest-first", "b a", "a=AWSPREVIOUS b=AWSCURRENT"),
        ],
    },
    Row {
        id: "forced-delete",
        play: "create db a=1; force db; create db b=1",
        options: &[
            ("after 10s", "InvalidRequestException", "a=AWSCURRENT"),
            ("immediately", "ok", "b=AWSCURRENT"),
        ],
    },
];

fn assume(id: &str, option: &str) -> Assumptions {
    let mut assume = Assumptions::default();
    assume.choose(id, option).unwrap();
    assume
}

/// The last answer to a call: `ok`, the versions it lists, or the code of the error.
fn answer(trace: &Trace) -> String {
    let last = trace.steps.iter().rfind(|step| step.call().is_some()).unwrap();
    match &last.outcome {
        Ok(Reply::Versions(reply)) => {
            let ids = reply.versions.iter().map(|version| short(version.version_id.as_str()));
            ids.collect::<Vec<_>>().join(" ")
        }
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code.to_string(),
    }
}

#[test]
fn every_option_shows() {
    for row in ROWS {
        let opening = if row.id == "pending-cleanup" { ROTATED } else { "" };
        for (option, answered, after) in row.options {
            let trace = trace_if(assume(row.id, option), &format!("{opening}{}", row.play));
            let context = format!("{} {option}: {}", row.id, row.play);
            assert_eq!(answer(&trace), *answered, "{context}");
            assert_eq!(versions(&trace), *after, "{context}");
        }
    }
}

/// Two of 102 versions have labels, so the quota is met by one count and not by the other.
#[test]
fn collection_counts_all_versions_or_those_without_labels() {
    let puts = |count: u8| {
        let puts: Vec<_> = (0..count).map(|number| format!("put db v{number}=1")).collect();
        puts.join(";")
    };
    for (option, count, answered) in [
        ("all-versions", 98, "ok"),
        ("all-versions", 99, "ok"),
        ("all-versions", 100, "LimitExceededException"),
        ("unlabelled-only", 100, "ok"),
        ("unlabelled-only", 101, "ok"),
        ("unlabelled-only", 102, "LimitExceededException"),
    ] {
        let trace =
            trace_if(assume("collection", option), &format!("create db a=1; {}", puts(count)));
        assert_eq!(answer(&trace), answered, "{option} {count}");
    }
}

/// No option without a row, and each one can be told from the default. Those that only a rotation by the service can
/// feel have their rows in `rotation.rs`.
#[test]
fn every_option_is_here_and_makes_a_difference() {
    let elsewhere = |id| id == "collection" || crate::rotation::ASSUMPTIONS.contains(&id);
    for assumption in TABLE.iter().filter(|assumption| !elsewhere(assumption.id)) {
        let rows = || ROWS.iter().filter(|row| row.id == assumption.id);
        for option in assumption.options {
            let shown = |wanted: &str| -> BTreeSet<_> {
                let options = rows().flat_map(|row| row.options.iter().map(|it| (row.play, it)));
                options
                    .filter(|(_, (option, ..))| *option == wanted)
                    .map(|(play, (_, answer, after))| (play, answer, after))
                    .collect()
            };
            assert!(!shown(option).is_empty(), "{} {option}", assumption.id);
            let default = assumption.options.first().unwrap();
            assert!(
                option == default || shown(option) != shown(default),
                "{} {option} shows nowhere",
                assumption.id
            );
        }
    }
}
