//! Mistakes about rotation: parts of functions, the target, faults, callers and clients.

use super::{check, keys, steps, with_target};

/// Steps that play the part of a rotation function.
#[test]
fn parts_of_functions() {
    let function = "scenario: x\nsecret: a\nfunction: builtin:template\nsteps:\n";
    let nameless = "scenario: x\nsteps:\n  - { call: ListSecrets, as: v1 }\n";
    check(
        "parts_of_functions",
        &[
            ("no step", with_target("call: DescribeSecret, in: v1")),
            ("an unknown step", with_target("call: DescribeSecret, in: v1 setSecrets")),
            ("an unknown version", with_target("call: DescribeSecret, in: v2 setSecret")),
            ("no number", with_target("call: DescribeSecret, in: v1#x setSecret")),
            ("no call", with_target("wait: 1s, in: v1 setSecret")),
            (
                "with a function",
                format!("{function}  - {{ call: DescribeSecret, in: v1 setSecret }}\n"),
            ),
            (
                "without the secret",
                format!("{nameless}  - {{ call: ListSecrets, in: v1 setSecret }}\n"),
            ),
            ("no target", steps("  - { target: login, with: v1 }\n")),
            ("an unknown verb", with_target("target: logon, with: v1")),
            ("no credential", with_target("target: login")),
            ("an unknown name", with_target("target: login, with: v2")),
            (
                "a strange credential",
                with_target("target: login, with: { user: app, password: one }"),
            ),
            (
                "an unknown user",
                with_target("target: login, with: { username: ap, password: one }"),
            ),
            ("no password", with_target("target: login, with: { username: app }")),
            ("a number", with_target("target: login, with: { password: 1 }")),
            ("the administrator", with_target("target: create-user, with: administrator")),
            (
                "keys of others",
                with_target("target: login, with: v1, old: v1, as: v2, region: us-east-1"),
            ),
            ("keys of targets", with_target("call: DescribeSecret, old: v1, transaction: true")),
            (
                "nobody's transaction",
                with_target("target: set-password, with: v1, transaction: true"),
            ),
            ("answers", with_target("target: login, with: v1, returns: yes")),
            ("errors", with_target("target: login, with: v1, fails: AccessDeniedException")),
            ("both", with_target("target: user-exists, with: v1, returns: yes, fails: denied")),
            (
                "an unknown fault",
                with_target("target: login, in: v1 setSecret, with: v1, fault: killed"),
            ),
            ("nobody's fault", with_target("target: login, with: v1, fault: killed-after")),
            (
                "an answer that never comes",
                with_target(
                    "target: login, in: v1 setSecret, with: v1, fault: error-before, fails: denied",
                ),
            ),
            ("a name for members", with_target("call: DescribeSecret, with: v1")),
        ],
    );
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
