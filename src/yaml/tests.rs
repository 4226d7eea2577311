//! What is said about files that are wrong, each with its place.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::format_push_string,
    reason = "small numbers and short texts"
)]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::mistake::line_column;

mod agreement;
mod limits;
mod values;

/// Members as free as those of a request.
type Members = BTreeMap<String, Value>;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Play {
    scenario: String,
    about: Option<String>,
    seed: Option<u8>,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    check: Vec<String>,
    #[serde(default)]
    users: BTreeMap<String, User>,
    depth: Option<Depth>,
    pair: Option<(u8, String)>,
    ratio: Option<f64>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, try_from = "Draft")]
struct Step(Draft);

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    call: Option<String>,
    wait: Option<Duration>,
    with: Option<Members>,
    literal: Option<bool>,
    fails: Option<Failure>,
    labels: Option<BTreeMap<Label, String>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    code: String,
    message: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    password: String,
    grants: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Depth {
    Any,
    AtMost(u32),
    Between { low: u32, high: u32 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
struct Duration(String);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Label(String);

impl TryFrom<Draft> for Step {
    type Error = &'static str;

    fn try_from(draft: Draft) -> Result<Self, Self::Error> {
        if draft.call.is_some() == draft.wait.is_some() {
            return Err("a step has either `call` or `wait`");
        }
        Ok(Self(draft))
    }
}

impl TryFrom<String> for Duration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.ends_with('h') {
            return Ok(Self(text));
        }
        Err(format!("`{text}` is not a duration\nhelp: write it like `25h`"))
    }
}

impl TryFrom<String> for Label {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with("AWS") { Ok(Self(text)) } else { Err(format!("`{text}` is no label")) }
    }
}

/// The mistakes of a text, one a line: place, message, label, help.
fn told(text: &str) -> String {
    let mistakes = read::<Play>(text).expect_err(text);
    let mut told = String::new();
    for mistake in &mistakes {
        let (line, column) = line_column(text, mistake.span.start);
        let marked = text.get(mistake.span.clone()).unwrap().lines().next().unwrap_or("");
        told += &format!("{line}:{column} [{marked}] {}; {}", mistake.message, mistake.label);
        if let Some(help) = &mistake.help {
            told += &format!("; {help}");
        }
        told.push('\n');
    }
    told
}

fn check(text: &str, expected: &str) {
    let told = told(text);
    let lines = |text: &str| text.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
    assert_eq!(lines(&told), lines(expected), "\n{text}\n{told}");
}

/// Five unknown keys and three wrong types are eight mistakes, whatever comes first.
#[test]
fn all_at_once() {
    check(
        "\
scenari: x
scenario: y
seed: many
steps:
  - call: a
    wiht: { a: b }
  - wait: 25h
    literal: yes
    fails: { code: a, masage: b }
  - call: c
    xyz: 1
check: defaults
paint: red
",
        "
1:1 [scenari] unknown key `scenari`; not a key of the top level; did you mean `scenario`?
3:7 [many] expected a whole number, found a string; in `seed`
6:5 [wiht] unknown key `wiht`; not a key of `steps[0]`; did you mean `with`?
8:14 [yes] expected true or false, found a string; in `steps[1].literal`; write `true`
9:23 [masage] unknown key `masage`; not a key of `steps[1].fails`; did you mean `message`?
11:5 [xyz] unknown key `xyz`; not a key of `steps[2]`; known keys: `call`, `wait`, `with`, `literal`, `fails`, `labels`
12:8 [defaults] expected a list, found a string; in `check`; write `[defaults]`
13:1 [paint] unknown key `paint`; not a key of the top level; known keys: `scenario`, `about`, `seed`, `steps`, `check`, `users`, `depth`, `pair`, `ratio`
",
    );
}

/// What only follows from another mistake is not reported: the key that a typo left missing, a rule
/// about a step of which a part could not be read.
#[test]
fn no_consequences() {
    check(
        "scenari: x\nsteps: [{ cal: a }, { call: [] }, { wait: 3 }, { call: a, wait: 1h }, {}]\n",
        "
1:1 [scenari] unknown key `scenari`; not a key of the top level; did you mean `scenario`?
2:11 [cal] unknown key `cal`; not a key of `steps[0]`; did you mean `call`?
2:29 [[]] expected a string, found a list; in `steps[1].call`
2:43 [3] `3` is not a duration; in `steps[2].wait`; write it like `25h`
2:48 [{ call: a, wait: 1h }] a step has either `call` or `wait`; in `steps[3]`
2:71 [{}] a step has either `call` or `wait`; in `steps[4]`
",
    );
    check(
        "users:\n  a: { password: x }\n  b: { pasword: y, grants: no }\nseed: 1\n",
        "
1:1 [users:] missing key `scenario`; at the top level; add `scenario:`
2:6 [{ password: x }] missing key `grants`; in `users.a`; add `grants:`
3:8 [pasword] unknown key `pasword`; not a key of `users.b`; did you mean `password`?
3:28 [no] expected a list, found a string; in `users.b.grants`; write `[no]`
",
    );
}

/// Every kind of value where another one belongs.
#[test]
fn wrong_types() {
    for (yaml, expected) in [
        ("about: [a]", "8 [[a]] expected a string, found a list; in `about`"),
        ("about: {a: b}", "8 [{a: b}] expected a string, found a mapping; in `about`"),
        ("check:", "1 [check] expected a list, found nothing; in `check`"),
        ("check: ~", "8 [~] expected a list, found nothing; in `check`"),
        ("check: 5", "8 [5] expected a list, found the number `5`; in `check`"),
        ("check: true", "8 [true] expected a list, found `true`; in `check`"),
        ("check: {a: b}", "8 [{a: b}] expected a list, found a mapping; in `check`"),
        ("check: [a, ~]", "12 [~] expected a string, found nothing; in `check[1]`"),
        ("users: [a]", "8 [[a]] expected a mapping, found a list; in `users`"),
        ("users: {a: b}", "12 [b] expected a mapping, found a string; in `users.a`"),
        ("seed: 2.5", "7 [2.5] expected a whole number, found the number `2.5`; in `seed`"),
        ("seed: 300", "7 [300] expected a whole number of at most 255, found `300`; in `seed`"),
        ("seed: -1", "7 [-1] expected a whole number of at least 0, found `-1`; in `seed`"),
        ("seed: true", "7 [true] expected a whole number, found `true`; in `seed`"),
        ("ratio: 1,5", "8 [1,5] expected a number, found a string; in `ratio`"),
        (
            "steps: [{call: a, literal: \"true \", labels: {Foo: a}}]",
            "46 [Foo] `Foo` is no label; in `steps[0].labels`",
        ),
        (
            "steps: [{call: a, literal: Off}]",
            "28 [Off] expected true or false, found a string; in `steps[0].literal`; write `false`",
        ),
        ("pair: [1]", "7 [[1]] expected a list of 2 entries, found 1 entry; in `pair`"),
        (
            "pair: [1, a, b]",
            "7 [[1, a, b]] expected a list of 2 entries, found 3 entries; in `pair`",
        ),
        (
            "depth: some",
            "8 [some] unknown word `some`; in `depth`; known words: `any`, `at-most`, `between`",
        ),
        ("depth: anny", "8 [anny] unknown word `anny`; in `depth`; did you mean `any`?"),
        (
            "depth: [any]",
            "8 [[any]] expected one of `any`, `at-most`, `between`, found a list; in `depth`",
        ),
        ("depth: at-most", "8 [at-most] `at-most` needs a value; in `depth`; write it as a key"),
        ("depth: {any: 1}", "14 [1] expected nothing, found the number `1`; in `depth.any`"),
        (
            "depth: {at-most: x}",
            "18 [x] expected a whole number, found a string; in `depth[\"at-most\"]`",
        ),
        (
            "depth: {between: {low: 1}}",
            "18 [{low: 1}] missing key `high`; in `depth.between`; add `high:`",
        ),
        (
            "depth: {any: , at-most: 1}",
            "8 [{any: , at-most: 1}] expected a mapping with one key, one of `any`, `at-most`, \
             `between`, found 2 keys; in `depth`",
        ),
        (
            "steps: [{call: a, with: {b: .inf}}]",
            "29 [.inf] expected a number that JSON can hold, or a quoted string, found `.inf`; \
             in `steps[0].with.b`",
        ),
        (
            "steps: [{call: a, with: {b: !!int x}}]",
            "35 [x] the value does not fit its tag; in `steps[0].with.b`",
        ),
    ] {
        let expected = expected.replace("depth[\"at-most\"]", "depth.at-most");
        check(&format!("scenario: x\n{yaml}\n"), &format!("2:{expected}"));
    }
}

/// A file that is not a mapping, or nothing at all.
#[test]
fn top_level() {
    check("", "1:1 [] the file is empty;");
    check(" \n\n", "1:1 [] the file is empty;");
    check("\u{feff}", "1:1 [] the file is empty;");
    check("---\n", "1:1 [] the file is empty;");
    check("# a\n\n  # b", "1:1 [] the file holds only comments;");
    check("- a\n- b\n", "1:1 [- a] expected a mapping, found a list; at the top level");
    check("hello\n", "1:1 [hello] expected a mapping, found a string; at the top level");
    check("~", "1:1 [~] expected a mapping, found nothing; at the top level");
    check(
        "scenario: a\nsede: 1\n---\nscenario: b\nwrong: 1\n",
        "
2:1 [sede] unknown key `sede`; not a key of the top level; did you mean `seed`?
3:1 [---] a file holds one document; a second one starts here; put it into a file of its own
",
    );
}

/// Keys have to be words, each once.
#[test]
fn keys() {
    check(
        "scenario: a\n1: b\n? [c]\n: d\n{e: f}: g\n~: h\n",
        "
2:1 [1] unknown key `1`; not a key of the top level; known keys: `scenario`, `about`, `seed`, `steps`, `check`, `users`, `depth`, `pair`, `ratio`
3:3 [[c]] a list used as a key; a key is a word or a quoted string
5:1 [{e: f}] a mapping used as a key; a key is a word or a quoted string
6:1 [~] expected a key, found nothing; at the top level
",
    );
    let text =
        "scenario: a\nabout: b\n\"about\": c\nsteps:\n  - call: a\n    with: {x: 1, y: 2, x: 3}\n";
    check(
        text,
        "
3:1 [\"about\"] the key `about` is given twice; given again; remove one of them, or give it another name
6:24 [x] the key `x` is given twice; given again; remove one of them, or give it another name
",
    );
    let mistakes = read::<Play>(text).unwrap_err();
    let related: Vec<_> = mistakes.iter().flat_map(|m| &m.related).collect();
    let places: Vec<_> = related.iter().map(|r| line_column(text, r.span.start)).collect();
    assert_eq!(places, [(2, 1), (6, 12)]);
}

/// Anchors, aliases, merges and tags, where they go wrong.
#[test]
fn aliases() {
    check(
        "\
scenario: a
steps:
  - &first { call: a, with: { b: 1 }, foo: 1 }
  - *first
  - { <<: *first, literal: 1 }
  - *frist
  - { <<: 5, call: *other }
  - { call: b, with: &self { a: *self } }
  - { call: !Ref x }
",
        "
3:39 [foo] unknown key `foo`; not a key of `steps[0]`; known keys: `call`, `wait`, `with`, `literal`, `fails`, `labels`
5:28 [1] expected true or false, found the number `1`; in `steps[2].literal`
6:5 [*frist] unknown alias `*frist`; no `&frist` comes before it; did you mean `*first`?
7:11 [5] `<<` takes a mapping or a list of mappings; neither
7:20 [*other] unknown alias `*other`; no `&other` comes before it; text that starts with `*` has to be quoted
8:33 [*self] an alias inside its own anchor; would repeat itself for ever
9:13 [!Ref] the tag `!Ref` is not known here; tag; text that starts with `!` has to be quoted
",
    );
}

fn check_syntax(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let told = told(text).replace('\t', "<tab>");
        assert_eq!(told.trim().trim_end_matches(';'), *expected, "{text:?}");
    }
}

/// A tab as indentation is marked itself, although the parser notices it elsewhere.
#[test]
fn tabs() {
    let said =
        "a tab is used for indentation; tab; indent with spaces; YAML does not take tabs there";
    for (text, place) in [
        ("a: 1\n\tb: 2\n", "2:1"),
        ("a:\n  - x\n\t- y\n", "3:1"),
        ("a:\n  b: 1\n \t c: 2\n", "3:2"),
        ("a: |\n x\n\ty\n", "3:1"),
        ("a: {\n\tx: 1\n}\n", "2:1"),
        ("a: >\n\tx\n", "2:1"),
    ] {
        check_syntax(&[(text, &format!("{place} [<tab>] {said}"))]);
    }
}

/// What keeps a text from being YAML: in our words, and at the place where a person would look.
#[test]
fn not_yaml() {
    check_syntax(&[
        ("a: 'b\nc: d\n", "1:4 ['] a quote is never closed; opened here; close it with `'`"),
        ("a: \"", "1:4 [\"] a quote is never closed; opened here; close it with `\"`"),
        ("a: [1, 2\n", "1:4 [[] `[` is never closed; opened here; close it with `]`"),
        ("a: {b: 1]\n", "1:4 [{] `{` is closed by `]`; opened here; close it with `}`"),
        ("a: 1]\nb: ]\n", "2:4 []] a closing bracket without an opening one; closes nothing"),
        (
            "a: b: c\n",
            "1:5 [:] a `:` where no key can be; starts a mapping inside a value; quote the value if \
             the `:` belongs to it; otherwise look at the indentation",
        ),
        (
            "a: 1\n b: 2\n",
            "2:3 [:] a key in the middle of a text; the line goes on with the value above it; give \
             the key the indentation of the one before it, or the value above a key",
        ),
        (
            "a:\n  b: 1\n c: 2\n",
            "3:2 [c:] a line that fits no mapping around it; indented differently; all keys of a \
             mapping have the same indentation",
        ),
        (
            "- a\nb: 1\n",
            "2:1 [b:] a line that fits no list around it; expected `- ` here; all entries of a list \
             start with `- ` at the same indentation",
        ),
        (
            "a: 1\nb\nc: 2\n",
            "2:1 [b] a key without `:`; expected `KEY: VALUE`; a key and its `:` stand on one line",
        ),
        (
            "a: 'it's'\n",
            "1:8 [s'] text after a closing quote; expected the end of the value; a `'` inside single \
             quotes is written `''`",
        ),
        (
            r#"a: "\q""#,
            r#"1:4 ["\q"] an unknown escape in double quotes; in this string; a backslash is written `\\`, or use single quotes"#,
        ),
        ("a: @b\n", "1:4 [@] text cannot start with `@`; here; quote the text"),
        (
            "a: \u{7}b\n",
            "1:4 [\u{7}] a character that no file may hold: U+0007; here; in double quotes, it is \
             written `\\x07`",
        ),
        (
            "a: 1\n\u{feff}b: 2\n",
            "2:1 [\u{feff}] an invisible byte order mark inside the file; here; remove it",
        ),
        (
            "a: - b\n",
            "1:4 [-] a list starts on the line of its key; not here; put `- ` on a line of its own, \
             or write the list as `[a, b]`",
        ),
    ]);
}
