//! Scenario files with mistakes: what each is told, and that no file makes the reader or the player panic.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use std::fmt::Write as _;

use stagewright::mistake::{Mistake, render};
use stagewright::report::{Paint, Told, played, run_json};
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

/// A scenario with these callers and these steps.
fn callers(callers: &str, steps: &str) -> String {
    format!("scenario: x\nsecret: a\ncallers:\n{callers}steps:\n{steps}")
}

/// What is said of a target, of faults and of stale reads.
#[test]
fn targets_and_faults() {
    let create = "  - { call: CreateSecret, with: { SecretString: one }, as: v1 }\n";
    let scenario =
        |keys: &str, more: &str| format!("scenario: x\nsecret: a\n{keys}\nsteps:\n{create}{more}");
    let target =
        |keys: &str| scenario(&format!("target: {{ users: {{ app: {{}} }}, {keys} }}"), "");
    let rotates = |fault: &str| {
        scenario(
            "function: builtin:template",
            &format!("  - rotate: {{}}\n    faults: [{fault}]\n"),
        )
    };
    let explores = |explore: &str| scenario("", &format!("explore: {explore}\n"));
    let reads = |stale: &str| scenario("", stale);
    check(
        "targets_and_faults",
        &[
            ("a target that accepts nothing", target("live: 0")),
            ("a limit that is no number", target("live: two")),
            ("a delay without a unit", target("propagation-delay: 10")),
            ("a delay in words", target("propagation-delay: soon")),
            ("no grace at all", target("grace: 0s")),
            ("a negative grace", target("grace: -1s")),
            ("a misspelled key", target("propagation_delay: 10s")),
            (
                "a call that is throttled",
                rotates("{ at: createSecret PutSecretValue, kind: throttled }"),
            ),
            ("a misspelled step", rotates("{ at: setsecret, kind: throttled }")),
            ("a step that times out", rotates("{ at: setSecret, kind: timed-out-after }")),
            ("a misspelled kind", rotates("{ at: setSecret, kind: throtled }")),
            (
                "a write that is stale",
                rotates("{ at: createSecret PutSecretValue, kind: stale-read }"),
            ),
            (
                "a throttled nobody",
                scenario("", "  - rotate: {}\n    faults: [{ at: setSecret, kind: throttled }]\n"),
            ),
            (
                "stale reads among the faults",
                explores("{ faults: { times: 1, kinds: [stale-read] } }"),
            ),
            ("a kind that doesn't exist", explores("{ faults: { kinds: [timed-out] } }")),
            ("stale reads in words", explores("{ stale-reads: some }")),
            (
                "a stale write",
                reads("  - { call: PutSecretValue, with: { SecretString: b }, stale: true }\n"),
            ),
            ("a wait that is stale", reads("  - { wait: 1s, stale: true }\n")),
        ],
    );
}

/// What is said of a misspelled caller would have no effect, without a word.
#[test]
fn names_of_callers() {
    let reader = "  reader: { deny: [\"secretsmanager:Get*\"] }\n";
    let read = |by: &str| format!("  - call: GetSecretValue\n    by: {by}\n");
    let both = [read("reader"), read("readr")].concat();
    let all = "  - call: DescribeSecret\n";
    check(
        "names_of_callers",
        &[
            ("a caller that calls", callers(reader, &read("reader"))),
            ("a step by nearly that name", callers(reader, &both)),
            ("no other step is by it", callers(reader, &read("readr"))),
            ("a caller whom nobody plays", callers(reader, all)),
            ("both are declared", callers(&format!("{reader}  readr: {{}}\n"), &both)),
            ("somebody else", callers(reader, &[read("reader"), read("app")].concat())),
            ("the function is not spelled so", callers("  lamda: {}\n", &read("lambda"))),
            (
                "the service invokes the function",
                format!("function: builtin:template\n{}", callers("  lambda: {}\n", all)).replacen(
                    "function: builtin:template\nscenario: x\n",
                    "scenario: x\nfunction: builtin:template\n",
                    1,
                ),
            ),
            ("the unnamed operator", callers("  operator: {}\n", all)),
        ],
    );
}

/// Clients that can't be judged, and keys of theirs that say something impossible.
#[test]
fn clients() {
    let on = |target: &str, clients: &str| {
        let step = "steps:\n  - { call: CreateSecret, with: { SecretString: a }, as: v1 }\n";
        format!("scenario: x\nsecret: db/app\n{target}clients:\n{clients}{step}")
    };
    let target = "target: { users: { app: { password: v1 } } }\n";
    let with = |clients: &str| on(target, clients);
    let one = "  - { name: web, cache: 5m, retry: none, limit: 10s }\n";
    let twice =
        "  - { name: web, cache: 5m, limit: 10s }\n  - { name: web, cache: 1m, limit: 1s }\n";
    check(
        "clients",
        &[
            ("a client", with(one)),
            ("a name twice", with(twice)),
            ("no name", with("  - { name: ' ', cache: 5m, limit: 1s }\n")),
            ("a negative cache", with("  - { name: a, cache: -5m, limit: 1s }\n")),
            ("a cache without a unit", with("  - { name: a, cache: 300, limit: 1s }\n")),
            ("a cache that is no span", with("  - { name: a, cache: forever, limit: 1s }\n")),
            ("a limit that is none", with("  - { name: a, cache: 5m, limit: soon }\n")),
            ("no limit", with("  - { name: a, cache: 5m }\n")),
            ("no cache", with("  - { name: a, limit: 5m }\n")),
            (
                "another way to retry",
                with("  - { name: a, cache: 5m, retry: on-deny, limit: 1s }\n"),
            ),
            ("an unknown key", with("  - { name: a, cache: 5m, retries: 3, limit: 1s }\n")),
            ("no target", on("", one)),
            (
                "no secret",
                with(one).replace("secret: db/app\n", "").replace("with: {", "with: { Name: a,"),
            ),
            ("a secret by its ARN", with(one).replace("secret: db/app", "secret: <arn:db/app>")),
            ("not judged", with(&format!("{one}check: [current-works]\n"))),
            (
                "nobody to judge",
                keys("breaks: [client-gap-bounded]\ncheck: [client-gap-bounded]\n"),
            ),
            ("rotations that are not apart", with(&format!("{one}explore: {{ apart: 4 }}\n"))),
            ("rotations apart without a unit", with(&format!("{one}explore: {{ apart: long }}\n"))),
        ],
    );
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

/// Calls that can't be sent as they stand.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn requests() {
    let call = |operation: &str, rest: &str| steps(&format!("  - call: {operation}\n{rest}"));
    let with = |operation: &str, with: &str| call(operation, &format!("    with: {with}\n"));
    check(
        "requests",
        &[
            ("an unknown operation", call("PutSecretVale", "")),
            ("an operation in other letters", call("put-secret-value", "")),
            ("an operation of another service", call("GetParameter", "")),
            ("an empty operation", call("\"\"", "")),
            (
                "an unknown member",
                with("PutSecretValue", "{ SecretString: one, VersionStage: AWSPENDING }"),
            ),
            ("a member near none", with("GetSecretValue", "{ Weather: fine }")),
            ("a member of a list", with("TagResource", "{ Tags: [{ Key: a, Valeu: b }] }")),
            ("a missing member", call("UpdateSecretVersionStage", "")),
            ("a missing secret", "scenario: x\nsteps:\n  - call: DescribeSecret\n".to_owned()),
            ("a secret that is nothing", with("DescribeSecret", "{ SecretId: ~ }")),
            ("a number for a string", with("PutSecretValue", "{ SecretString: 1 }")),
            ("a list for a string", with("PutSecretValue", "{ SecretString: [one] }")),
            (
                "a string for a list",
                with("PutSecretValue", "{ SecretString: one, VersionStages: AWSPENDING }"),
            ),
            (
                "a number in a list of strings",
                with("PutSecretValue", "{ SecretString: one, VersionStages: [AWSPENDING, 7] }"),
            ),
            ("a string for a number", with("DeleteSecret", "{ RecoveryWindowInDays: seven }")),
            ("a fraction for a number", with("DeleteSecret", "{ RecoveryWindowInDays: 7.5 }")),
            ("a number for a boolean", with("DeleteSecret", "{ ForceDeleteWithoutRecovery: 1 }")),
            ("yes for a boolean", with("DeleteSecret", "{ ForceDeleteWithoutRecovery: yes }")),
            ("a string for a mapping", with("RotateSecret", "{ RotationRules: 30 days }")),
            (
                "an unknown rule",
                with("RotateSecret", "{ RotationRules: { AutomaticalyAfterDays: 30 } }"),
            ),
            (
                "an unknown key of a tag twice",
                with("TagResource", "{ Tags: [{ Key: a, Valeu: b }, { Key: c, Weather: d }] }"),
            ),
            ("a tag without its key", with("TagResource", "{ Tags: [{ Value: b }] }")),
            ("a tag that is a text", with("TagResource", "{ Tags: [owner] }")),
            (
                "nothing of what is needed",
                "scenario: x\nsteps:\n  - call: TagResource\n".to_owned(),
            ),
            (
                "a needed member of the wrong type",
                with("UpdateSecretVersionStage", "{ VersionStage: 7 }"),
            ),
            ("a mapping for bytes", with("PutSecretValue", "{ SecretBinary: { a: 1 } }")),
            (
                "a mapping for a list",
                with("PutSecretValue", "{ SecretString: one, VersionStages: { AWSPENDING: v1 } }"),
            ),
            ("bytes that are not base64", with("PutSecretValue", "{ SecretBinary: \"*\" }")),
            (
                "two members of the wrong type",
                with(
                    "DeleteSecret",
                    "{ RecoveryWindowInDays: seven, ForceDeleteWithoutRecovery: 1 }",
                ),
            ),
            (
                "a token that is too short",
                with("PutSecretValue", "{ SecretString: one, ClientRequestToken: abc }"),
            ),
            ("a version that nobody named", with("GetSecretValue", "{ VersionId: v1 }")),
            (
                "a version that is meant as it stands",
                call("GetSecretValue", "    with: { VersionId: v1 }\n    literal: true\n"),
            ),
            ("an unknown placeholder", with("GetSecretValue", "{ VersionId: <verson:1> }")),
            ("a placeholder near none", with("PutSecretValue", "{ SecretString: <b> }")),
            (
                "a placeholder inside a text",
                with("PutSecretValue", "{ SecretString: \"id <verson:1> end\" }"),
            ),
            (
                "a placeholder in a mapping",
                with("PutSecretValue", "{ SecretString: { user: app, password: <pasword> } }"),
            ),
            (
                "a placeholder without its number",
                with("GetSecretValue", "{ VersionId: <version> }"),
            ),
            (
                "a placeholder with a text for its number",
                with("GetSecretValue", "{ VersionId: <version:one> }"),
            ),
            ("a placeholder of an answer", with("PutSecretValue", "{ SecretString: <any> }")),
            ("a time in a request", with("ListSecrets", "{ NextToken: <timestamp:1> }")),
            (
                "a placeholder of an answer in a list",
                with("PutSecretValue", "{ SecretString: one, VersionStages: [<absent>] }"),
            ),
            (
                "a placeholder of an answer as a key",
                with("PutSecretValue", "{ SecretString: { <any>: 1 } }"),
            ),
            (
                "text in brackets that is meant as it stands",
                call("PutSecretValue", "    with: { SecretString: <b> }\n    literal: true\n"),
            ),
            (
                "a raw request with anything in it",
                with("PutSecretValue", "{ ClientRequestToken: ~, Weather: fine }"),
            ),
        ],
    );
}

/// Names of versions, and what is expected.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn expectations() {
    let create = "  - call: CreateSecret\n    with: { SecretString: one }\n";
    let put = "  - call: PutSecretValue\n    with: { SecretString: two }\n";
    let list = "  - call: ListSecrets\n";
    check(
        "expectations",
        &[
            ("a name twice", steps(&format!("{create}    as: v1\n{put}    as: v1\n"))),
            (
                "a name used too early",
                steps(&format!(
                    "  - call: GetSecretValue\n    with: {{ VersionId: v1 }}\n{put}    as: v1\n"
                )),
            ),
            (
                "a name used in its own request",
                steps(
                    "  - call: PutSecretValue\n    with: { SecretString: a, ClientRequestToken: v1 }\n    as: v1\n",
                ),
            ),
            (
                "a name misspelled",
                steps(&format!(
                    "{create}    as: first\n  - call: GetSecretValue\n    with: {{ VersionId: frist }}\n"
                )),
            ),
            (
                "a name misspelled in labels",
                steps(&format!("{create}    as: first\n    labels: {{ AWSCURRENT: frist }}\n")),
            ),
            (
                "a name in labels that a later step gives",
                steps(&format!("{create}    labels: {{ AWSCURRENT: v2 }}\n{put}    as: v2\n")),
            ),
            (
                "a name misspelled in an answer",
                steps(&format!("{create}    as: first\n    returns: {{ VersionId: frist }}\n")),
            ),
            (
                "a name misspelled in a map of versions",
                steps(&format!(
                    "{create}    as: first\n  - call: DescribeSecret\n    returns: {{ VersionIdsToStages: {{ frist: [AWSCURRENT] }} }}\n"
                )),
            ),
            ("a name that is no name", steps(&format!("{create}    as: version one\n"))),
            ("a name that is too long", steps(&format!("{create}    as: {}\n", "v".repeat(32)))),
            ("a placeholder for a name", steps(&format!("{create}    as: <version:1>\n"))),
            ("a name for what fails", steps(&format!("{create}    as: v1\n    fails: any\n"))),
            ("a name for what has no version", steps(&format!("{list}    as: v1\n"))),
            ("returns and fails", steps(&format!("{create}    returns: {{}}\n    fails: any\n"))),
            ("call and wait", steps(&format!("{list}    wait: 60s\n"))),
            ("wait and until", steps("  - wait: 60s\n    until: 2026-01-02T00:00:00Z\n")),
            (
                "call, wait and until",
                steps(&format!("{list}    until: 2026-01-02T00:00:00Z\n    wait: 60s\n")),
            ),
            ("none of them", steps("  - note: nothing\n")),
            ("an empty step", steps("  - {}\n")),
            (
                "with in a wait",
                steps(
                    "  - wait: 60s\n    with: {}\n    by: me\n    as: v1\n    returns: {}\n    fails: any\n    answers: exact\n",
                ),
            ),
            ("literal in a wait", steps("  - wait: 60s\n    literal: true\n")),
            ("a code misspelled", steps(&format!("{list}    fails: ResourceNotFoundExeption\n"))),
            ("a code without its ending", steps(&format!("{list}    fails: ResourceNotFound\n"))),
            ("a code near none", steps(&format!("{list}    fails: Weather\n"))),
            (
                "a code misspelled in a mapping",
                steps(&format!(
                    "{list}    fails: {{ code: ResourceNotFoundExeption, message: no }}\n"
                )),
            ),
            ("an unknown key of an error", steps(&format!("{list}    fails: {{ kode: any }}\n"))),
            ("an error without anything", steps(&format!("{list}    fails: {{}}\n"))),
            ("nothing for an error", steps(&format!("{list}    fails:\n"))),
            ("a number for an error", steps(&format!("{list}    fails: 400\n"))),
            ("a list for an error", steps(&format!("{list}    fails: [any]\n"))),
            ("a text for a status", steps(&format!("{list}    fails: {{ status: bad }}\n"))),
            ("a status that is none", steps(&format!("{list}    fails: {{ status: 70000 }}\n"))),
            ("a list for an answer", steps(&format!("{list}    returns: [a]\n"))),
            ("a text for an answer", steps(&format!("{list}    returns: ok\n"))),
            (
                "an answer of another operation",
                steps(&format!("{create}    returns: {{ SecretList: [] }}\n")),
            ),
            (
                "a placeholder misspelled in an answer",
                steps(&format!("{create}    returns: {{ ARN: <anr:db/app>, Name: <abscent> }}\n")),
            ),
            (
                "a placeholder misspelled deep in an answer",
                steps(&format!(
                    "{list}    returns:\n      SecretList:\n        - {{ ARN: <any> }}\n        - {{ CreatedDate: <timestmp:1> }}\n"
                )),
            ),
            (
                "a placeholder misspelled in a key",
                steps(
                    "  - call: DescribeSecret\n    returns: { VersionIdsToStages: { <verison:1>: [AWSCURRENT] } }\n",
                ),
            ),
            (
                "a string of no length",
                steps(
                    "  - call: GetRandomPassword\n    returns: { RandomPassword: <string of many characters> }\n",
                ),
            ),
            (
                "a placeholder misspelled in a message",
                steps(&format!("{list}    fails: {{ message: no <anr:x> }}\n")),
            ),
            (
                "a placeholder misspelled in labels",
                steps(&format!("{create}    labels: {{ AWSCURRENT: <verson:1> }}\n")),
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

/// Scenarios without mistakes that between them use most of the format.
const VALID: [&str; 3] = [
    r"scenario: AWSPREVIOUS follows AWSCURRENT
about: Moving AWSCURRENT by hand, the way finishSecret does it.
secret: db/app
start: 2026-01-01T00:00:00Z
seed: 7
assume: { first-version: only-given }
steps:
  - call: CreateSecret
    with: { SecretString: one }
    as: v1
  - call: PutSecretValue
    with: { SecretString: two, VersionStages: [AWSPENDING] }
    as: v2
    labels: { AWSCURRENT: v1, AWSPENDING: v2 }
  - call: UpdateSecretVersionStage
    with: { VersionStage: AWSCURRENT, MoveToVersionId: v2 }
    fails: InvalidParameterException
  - call: UpdateSecretVersionStage
    with: { VersionStage: AWSCURRENT, MoveToVersionId: v2, RemoveFromVersionId: v1 }
    returns: { Name: db/app }
    labels: { AWSCURRENT: v2, AWSPREVIOUS: v1, AWSPENDING: v2 }
  - wait: 25h
check: [defaults]
",
    r#"scenario: Answers # with placeholders, aliases and JSON
answers: exact
account: "222222222222"
region: eu-central-1
arn-suffix: AbCdEf
tags: [a, 'b', "c"]
given: { missing-functions: ["arn:aws:lambda:eu-central-1:222222222222:function:gone"] }
steps:
  - call: CreateSecret
    with: &create
      Name: a
      SecretString: { user: app, password: "<version:9>" }
      ClientRequestToken: <version:1>
      Tags: [{ Key: owner, Value: me }]
    returns: { ARN: "<arn:a>", Name: a, VersionId: "<version:1>" }
  - call: DescribeSecret
    with: { SecretId: "<arn:a>" }
    returns:
      ARN: <arn:a>
      CreatedDate: <timestamp:1>
      VersionIdsToStages: { "<version:1>": [AWSCURRENT] }
      "...": "<unrecorded>"
  - { call: CreateSecret, with: *create, labels: { AWSCURRENT: <version:1> } }
  - call: GetSecretValue
    by: lambda
    with: { SecretId: a }
    answers: members
    returns: { SecretString: { user: app }, VersionStages: [AWSCURRENT] }
    note: |
      two lines
      of a remark
"#,
    "scenario: Errors\nsteps:\n- call: GetSecretValue\n  with: {SecretId: none}\n  fails: {code: ResourceNotFoundException, \
     message: <unrecorded>, status: 400}\n- call: PutSecretValue\n  with: {ClientRequestToken: null, SecretString: x}\n  \
     fails: any\n- until: 2026-02-01T00:00:00Z\n- call: GetRandomPassword\n  with: {PasswordLength: 8, ExcludeNumbers: \
     true}\n  returns: {RandomPassword: '<string of 8 characters, none of 0123456789>'}\nbreaks: []\n",
];

/// Numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

/// One small change: a byte that goes, changes or comes, a stretch that goes or comes twice, or two lines that
/// change places.
fn mutate(file: &mut Vec<u8>, numbers: &mut Numbers) {
    const BYTES: &[u8] = b"\n\n  \t:-[]{},&*!|>'\"#%@`<>~?.0aZ\\\xff\x00\xc3";
    let at = numbers.below(file.len());
    let end = (at + numbers.below(12)).min(file.len());
    let byte = BYTES[numbers.below(BYTES.len())];
    match numbers.below(6) {
        0 => drop(file.drain(at..(at + 1).min(file.len()))),
        1 => file.splice(at..(at + 1).min(file.len()), [byte]).for_each(drop),
        2 => file.insert(at, byte),
        3 => drop(file.drain(at..end)),
        4 => {
            let twice = file[at..end].to_vec();
            file.splice(at..at, twice).for_each(drop);
        }
        _ => {
            let mut lines: Vec<_> = file.split_inclusive(|byte| *byte == b'\n').collect();
            let count = lines.len();
            if count > 0 {
                lines.swap(numbers.below(count), numbers.below(count));
            }
            *file = lines.concat();
        }
    }
}

/// Whether a mistake is told as all are: on one line, no full stop, nothing of the language this is written in.
fn assert_well_put(mistake: &Mistake, text: &str) {
    let message = &mistake.message;
    let plain: String = message.split('`').step_by(2).collect();
    assert!(
        !message.is_empty() && !message.contains('\n') && !message.ends_with('.'),
        "{mistake:?}"
    );
    for word in
        ["struct", "enum", "i64", "u64", "sequence", "invalid type", "field", "variant", "::"]
    {
        assert!(!plain.contains(word), "`{word}` in {mistake:?}");
    }
    let span = &mistake.span;
    assert!(span.start <= span.end && span.end <= text.len(), "{mistake:?}");
    assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{mistake:?}");
}

/// Each valid scenario is changed in one or two places, thousands of times. Whatever comes out is read without a
/// panic, told well when it is mistaken, and played and told when it is not.
#[test]
fn no_change_makes_anything_panic() {
    let mut numbers = Numbers(1);
    let (mut good, mut bad) = (0, 0);
    for valid in VALID {
        assert_eq!(told(valid.as_bytes()), "no mistake\n");
        for _ in 0..1_200 {
            let mut file = valid.as_bytes().to_vec();
            for _ in 0..=numbers.below(2) {
                mutate(&mut file, &mut numbers);
            }
            let Ok(text) = yaml::decode(&file) else { continue };
            match Scenario::read(text) {
                Ok(scenario) => {
                    good += 1;
                    let run = scenario.play(false);
                    let told =
                        Told { path: "x", scenario: &scenario, played: &run, show_values: false };
                    assert!(!played(told, Paint::Plain).is_empty());
                    assert!(run_json(told).is_object());
                }
                Err(mistakes) => {
                    bad += 1;
                    assert!(!mistakes.is_empty(), "{text}");
                    assert!(mistakes.is_sorted_by_key(|mistake| mistake.span.start), "{text}");
                    for mistake in &mistakes {
                        assert_well_put(mistake, text);
                    }
                    assert!(!render("x", text, &mistakes, false).is_empty());
                }
            }
        }
    }
    // Both ways are taken often.
    assert!(good > 500 && bad > 2_000, "{good} good, {bad} bad");
}
