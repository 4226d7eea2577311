//! Scenario files with mistakes: what each is told, and that no file makes the reader or the player panic.

mod calls;
mod random;
mod rotation;

use std::fmt::Write as _;

use stagewright::mistake::render;
use stagewright::scenario::Scenario;
use stagewright::yaml;

/// What is said of a file: its mistakes as they are printed, or that there are none.
fn told(bytes: &[u8]) -> String {
    let text = match yaml::decode(bytes) {
        Ok(text) => text,
        Err(bad) => return render("x.yaml", &bad.text, &[bad.mistake], false),
    };
    match Scenario::read(text) {
        Ok(_) => "no mistake\n".to_owned(),
        Err(mistakes) => render("x.yaml", text, &mistakes, false),
    }
}

/// Compares what is said of each of some files with one snapshot.
fn check(name: &str, cases: &[(&str, impl AsRef<[u8]>)]) {
    let mut all = String::new();
    for (title, file) in cases {
        let _ = writeln!(all, "## {title}\n\n{}", told(file.as_ref()));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => true }, {
        insta::assert_snapshot!(name, all);
    });
}

/// A scenario with these steps.
fn steps(steps: &str) -> String {
    format!("scenario: x\nsecret: db/app\nsteps:\n{steps}")
}

/// A scenario with these keys before its one step.
fn keys(keys: &str) -> String {
    format!("scenario: x\n{keys}steps:\n  - call: ListSecrets\n")
}

/// A scenario with a target, two versions and one more step.
fn with_target(step: &str) -> String {
    format!(
        "scenario: x\nsecret: a\ntarget: {{ users: {{ app: {{ password: v1 }} }} }}\nsteps:\n  \
         - {{ call: CreateSecret, with: {{ SecretString: one }}, as: v1 }}\n  - {{ {step} }}\n"
    )
}

/// Texts that are hardly a file.
#[test]
fn files() {
    let large = vec![b'#'; 10 * 1024 * 1024];
    let utf16: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain("scenario: x\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    check(
        "files",
        &[
            ("nothing", b"".to_vec()),
            ("spaces and line breaks", b"  \n\n \r\n".to_vec()),
            ("comments only", b"# to do\n\n# later\n".to_vec()),
            ("a document without a value", b"---\n...\n".to_vec()),
            ("bytes that are not UTF-8", b"scenario: caf\xe9\nsteps: []\n".to_vec()),
            ("UTF-16", utf16),
            ("a null byte", b"scenario: a\0b\nsteps: []\n".to_vec()),
            ("10 MB", large),
            ("a text", b"hello\n".to_vec()),
            ("a list", b"- call: CreateSecret\n".to_vec()),
            ("two documents", b"scenario: x\nsteps:\n  - wait: 1s\n---\nscenario: y\n".to_vec()),
            ("JSON", br#"{"scenario": "x", "steps": [{"wait": "1 week"}]}"#.to_vec()),
        ],
    );
}

/// Texts that YAML doesn't take, or takes for something else than it looks.
#[test]
fn syntax() {
    let deep = format!("scenario: x\nsteps: {}{}\n", "[".repeat(100), "]".repeat(100));
    let deep_value = steps(&format!(
        "  - call: CreateSecret\n    returns: {}x{}\n",
        "{a: ".repeat(100),
        "}".repeat(100)
    ));
    let mut bomb = steps("  - call: ListSecrets\n    returns:\n      a0: &a0 [ha, ha]\n");
    for level in 1..=9 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(bomb, "      a{level}: &a{level} [{before}]");
    }
    check(
        "syntax",
        &[
            ("a tab", "scenario: x\nsteps:\n\t- wait: 1s\n"),
            ("a tab after spaces", "scenario: x\nsteps:\n  - call: ListSecrets\n  \twith: {}\n"),
            ("a key twice", "scenario: x\nsteps:\n  - wait: 1s\nscenario: y\n"),
            ("a key twice in a step", &steps("  - call: ListSecrets\n    note: a\n    note: b\n")),
            ("deep brackets", &deep),
            ("deep braces", &deep_value),
            ("aliases of aliases", &bomb),
            ("an unknown alias", &steps("  - call: ListSecrets\n    fails: *mising\n")),
            ("an alias in itself", "scenario: x\nsteps: &s\n  - *s\n"),
            ("a bracket left open", "scenario: x\ntags: [a, b\nsteps:\n  - wait: 1s\n"),
            ("a quote left open", "scenario: \"x\nsteps:\n  - wait: 1s\n"),
            ("a colon in a text", "scenario: x: y\nsteps:\n  - wait: 1s\n"),
            ("indented too far", "scenario: x\nsteps:\n  - call: ListSecrets\n     with: {}\n"),
            ("indented too little", "scenario: x\nsteps:\n  - call: ListSecrets\n with: {}\n"),
            ("a text that starts with @", &steps("  - call: ListSecrets\n    by: @me\n")),
            ("a key without a colon", &steps("  - call: ListSecrets\n    with\n    by: me\n")),
            ("a tag", "scenario: !lambda x\nsteps:\n  - wait: 1s\n"),
        ]
        .map(|(title, text)| (title, text.to_owned())),
    );
}

/// Keys and values of the wrong kind.
#[test]
fn shapes() {
    check(
        "shapes",
        &[
            ("a list for a string", keys("about: [a, b]\n")),
            ("a mapping for a string", keys("secret: { name: db/app }\n")),
            ("nothing for a string", keys("about:\n")),
            ("nothing for what is expected", steps("  - call: ListSecrets\n    returns:\n")),
            ("nothing for an error", steps("  - call: ListSecrets\n    fails: ~\n")),
            ("nothing for labels", steps("  - call: ListSecrets\n    labels:\n    note: a\n")),
            ("nothing for check", keys("check:\n")),
            ("nothing for assume", keys("assume:\ngiven:\n")),
            ("no title", "scenario:\nsteps:\n  - wait: 1s\n".to_owned()),
            ("a string for a list", keys("tags: slow\n")),
            ("a mapping for a list", keys("check: { current-exists: true }\n")),
            ("a number in a list of strings", keys("tags: [1, 2.5, true, 007]\n")),
            ("nothing in a list of strings", keys("tags: [a, , ~]\n")),
            ("a list in a list of strings", keys("tags: [[a], b]\n")),
            ("a number for a boolean", steps("  - call: ListSecrets\n    literal: 1\n")),
            ("yes for a boolean", steps("  - call: ListSecrets\n    literal: yes\n")),
            ("a string for a boolean", steps("  - call: ListSecrets\n    literal: \"true\"\n")),
            ("a string for a number", keys("seed: seven\n")),
            ("a negative seed", keys("seed: -1\n")),
            ("a fraction for a seed", keys("seed: 1.5\n")),
            ("a seed that is too large", keys("seed: 99999999999999999999\n")),
            ("a list for a mapping", keys("assume: [first-version]\n")),
            ("an unknown word", keys("answers: exactly\n")),
            ("a word in capitals", keys("label-order: Recorded\n")),
            ("a list for a word", keys("answers: [exact]\n")),
            ("a mapping for steps", "scenario: x\nsteps: { call: ListSecrets }\n".to_owned()),
            ("a text for a step", steps("  - ListSecrets\n")),
            ("nothing for a step", steps("  -\n")),
            ("an operation as a key", steps("  - ListSecrets: {}\n")),
            ("a list of labels", steps("  - call: ListSecrets\n    labels: [AWSCURRENT]\n")),
            (
                "a list in labels",
                steps("  - call: ListSecrets\n    labels: { AWSCURRENT: [a, b] }\n"),
            ),
            ("a list for with", steps("  - call: ListSecrets\n    with: [MaxResults, 3]\n")),
            (
                "a number that JSON can't hold",
                steps("  - call: ListSecrets\n    returns: { a: .inf }\n"),
            ),
            ("no steps", "scenario: x\n".to_owned()),
            ("an empty list of steps", "scenario: x\nsteps: []\n".to_owned()),
            ("nothing for steps", "scenario: x\nsteps:\n".to_owned()),
            ("no scenario", "steps:\n  - call: ListSecrets\n".to_owned()),
            ("an unknown key near a known one", keys("sceret: db/app\n")),
            ("an unknown key near none", keys("weather: fine\n")),
            ("a key with an underscore", keys("arn_suffix: AbCdEf\n")),
            (
                "a key misspelled that must be there",
                "scenario: x\nstpes:\n  - wait: 1s\n".to_owned(),
            ),
            ("an unknown key of a step", steps("  - call: ListSecrets\n    wiht: {}\n")),
            ("members beside the call", steps("  - call: PutSecretValue\n    SecretString: one\n")),
            ("an unknown key of given", keys("given: { mising-functions: [] }\n")),
            ("a text for given", keys("given: nothing\n")),
            ("a number as a key", keys("7: x\n")),
            ("nothing as a key", keys("~: x\n")),
            ("a list as a key", keys("[a]: x\n")),
        ],
    );
}

/// Values that are of the right kind and still no good.
#[test]
fn values() {
    let managed = |name: &str, service: &str, more: &str| {
        let first = format!("{{ name: {name}, owning-service: {service} }}");
        keys(&format!("given: {{ managed-secrets: [{first}{more}] }}\n"))
    };
    check(
        "values",
        &[
            ("an account that is too short", keys("account: \"12345\"\n")),
            ("an account that YAML takes for a number", keys("account: 012345678901\n")),
            ("an account with letters", keys("account: 11111111111a\n")),
            ("an ARN suffix", keys("arn-suffix: ab-def\n")),
            ("a secret's name", keys("secret: my secret\n")),
            ("an empty name", keys("secret: \"\"\n")),
            ("a placeholder that is no name", keys("secret: <any>\n")),
            ("brackets in a name", keys("secret: a<b\n")),
            ("a placeholder that is an ARN", keys("secret: <arn:db/app>\n")),
            ("a placeholder for a name", keys("secret: <anr:db/app>\n")),
            ("a managed secret's name", managed("my db", "rds", "")),
            ("a managed secret twice", managed("a", "rds", ", { name: a, owning-service: rds }")),
            ("a managed secret of nobody", managed("a", "''", "")),
            (
                "a managed secret without a service",
                keys("given: { managed-secrets: [{ name: a }] }\n"),
            ),
            ("a region", keys("region: \"\"\n")),
            ("a region of a step", steps("  - { call: ListSecrets, region: Ireland }\n")),
            ("a region where nothing is called", steps("  - { wait: 1s, region: eu-west-1 }\n")),
            ("a replication lag", keys("given: { replication-lag: soon }\n")),
            ("an empty title", "scenario: \"\"\nsteps:\n  - wait: 1s\n".to_owned()),
            ("a start", keys("start: yesterday\n")),
            ("a date without a time", keys("start: 2026-01-01\n")),
            ("a moment without a zone", keys("start: 2026-01-01T00:00:00\n")),
            ("a wait", steps("  - wait: 5 minutes\n")),
            ("a wait without a unit", steps("  - wait: 60\n")),
            ("a negative wait", steps("  - wait: -5s\n")),
            ("a settle without a unit", steps("  - settle: { at-most: 60 }\n")),
            ("a settle with another key", steps("  - settle: { atmost: 60s }\n")),
            ("a wait past the calendar", steps("  - wait: 1d\n  - wait: 2999999d\n  - wait: 1d\n")),
            ("until the end of the calendar", steps("  - until: 9999-12-30T00:00:00Z\n")),
            ("a settle past the calendar", steps("  - settle: { at-most: 2999999d }\n")),
            ("a start at the end", keys("start: 9999-01-01T00:00:00Z\n")),
            ("a start past the end", keys("start: 10000-01-01T00:00:00Z\n")),
            ("an endless wait", steps("  - wait: 999999999999999999d\n")),
            ("an until", steps("  - until: 25h\n")),
            ("an unknown assumption", keys("assume: { frist-version: only-given }\n")),
            ("an assumption near none", keys("assume: { weather: fine }\n")),
            ("an unknown option", keys("assume: { first-version: only-givn }\n")),
            ("an option near none", keys("assume: { first-version: maybe }\n")),
            ("an unknown property", keys("check: [curent-exists]\n")),
            ("default for defaults", keys("check: [default]\n")),
            ("defaults in breaks", keys("breaks: [defaults]\n")),
            ("a property near none", keys("check: [weather]\n")),
            ("an unknown property in breaks", keys("breaks: [current-exist]\n")),
            (
                "breaks what is not checked",
                keys("check: [current-exists]\nbreaks: [limits-respected]\n"),
            ),
        ],
    );
}

/// All mistakes come at once, in order of place.
#[test]
fn many() {
    check(
        "many",
        &[
            (
                "five mistakes of form",
                "sceanrio: x\nseed: seven\ntags: slow\nsteps:\n  - call: 7\n    wiht: {}\n  - wait: [1s]\n",
            ),
            (
                "five mistakes of sense",
                "scenario: x\nstart: now\nassume: { weather: fine }\ncheck: [weather]\nsteps:\n  - call: PutSecretVale\n\
                 \x20 - wait: long\n  - call: GetSecretValue\n    with: { SecretId: a, VersionId: v7 }\n    fails: 400\n",
            ),
        ],
    );
}
