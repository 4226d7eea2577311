//! What printed mistakes look like, and that no span can upset the printer.

use super::*;

const TEXT: &str =
    "steps:\n  - call: x\n    wiht: y\n  - a\n  - b\n  - c\n  - d\n  - e\n  - f\n  - g\n";

fn check(text: &str, mistakes: &[Mistake], expected: &str) {
    let printed = render("dir/file.yaml", text, mistakes, false);
    assert_eq!(printed.trim_end(), expected.trim_matches('\n'), "\n{printed}");
}

fn at(text: &str, part: &str) -> Range<usize> {
    let start = text.find(part).unwrap();
    start..start.saturating_add(part.len())
}

/// The common form: place, marked text, label, help.
#[test]
fn one_mistake() {
    let mistake = Mistake::new(at(TEXT, "wiht"), "unknown key `wiht`")
        .label("not a key of a step")
        .help("did you mean `with`?");
    check(
        TEXT,
        &[mistake],
        r"
error: unknown key `wiht`
 --> dir/file.yaml:3:5
  |
3 |     wiht: y
  |     ^^^^ not a key of a step
  |
  = help: did you mean `with`?
",
    );
}

/// Several mistakes come in order of place, and a bare one has neither label nor help.
#[test]
fn in_order_of_place() {
    let late = Mistake::new(at(TEXT, "a\n"), "late");
    let early = Mistake::new(at(TEXT, "call"), "early");
    check(
        TEXT,
        &[late, early],
        r"
error: early
 --> dir/file.yaml:2:5
  |
2 |   - call: x
  |     ^^^^

error: late
 --> dir/file.yaml:4:5
  |
4 |   - a
  |     ^
",
    );
}

/// A related place is shown in the same picture when it is near and in another when it is far.
#[test]
fn related_places() {
    let near = Mistake::new(at(TEXT, "- c\n"), "near").label("second").related(0..5, "first");
    check(
        TEXT,
        &[near],
        r"
error: near
 --> dir/file.yaml:6:3
  |
1 | steps:
  | ----- first
...
6 |   - c
  |   ^^^ second
",
    );
    let far = Mistake::new(at(TEXT, "- g"), "far").label("second").related(0..5, "first");
    check(
        TEXT,
        &[far],
        r"
error: far
  --> dir/file.yaml:10:3
   |
10 |   - g
   |   ^^^ second
   |
  ::: dir/file.yaml:1:1
   |
 1 | steps:
   | ----- first
",
    );
}

/// A place that spans lines is marked on its first line.
#[test]
fn many_lines() {
    check(
        TEXT,
        &[Mistake::new(9..TEXT.len(), "block").label("here")],
        r"
error: block
 --> dir/file.yaml:2:3
  |
2 |   - call: x
  |   ^^^^^^^^^ here
",
    );
}

/// The end of the file, an empty file, tabs, control characters, wide characters and CRLF have a
/// picture too.
#[test]
fn odd_texts() {
    let end = "a: 1\n";
    check(
        end,
        &[Mistake::new(5..5, "end").label("here")],
        "error: end\n --> dir/file.yaml:2:1\n  |\n2 |\n  | ^ here",
    );
    check("", &[Mistake::new(0..0, "empty").label("here")], "error: empty\n--> dir/file.yaml");
    let text = "a:\t\u{7}日本 x\r\nb: 2\r\n";
    check(
        text,
        &[Mistake::new(at(text, "x"), "odd").label("here\nthere")],
        "error: odd\n --> dir/file.yaml:1:8\n  |\n1 | a:    �日本 x\n  |             ^ here there",
    );
    check(
        text,
        &[Mistake::new(at(text, "b: 2\r\n"), "odd\tone\u{1b}[0m")],
        "error: odd one\\u{1b}[0m\n --> dir/file.yaml:2:1\n  |\n2 | b: 2\n  | ^^^^",
    );
}

/// A line of a megabyte is cut around the marked text, and the column is still right.
#[test]
fn long_line() {
    let text = format!("first: 1\nkey: {}bad{}\n", "word ".repeat(200_000), " more".repeat(9_999));
    let span = at(&text, "bad");
    let mistake = Mistake::new(span.clone(), "long").label("here").related(14..18, "first word");
    let printed = render("f.yaml", &text, &[mistake], false);
    assert!(printed.len() < 2_000, "{}", printed.len());
    assert!(printed.contains(" f.yaml:2:1000006\n"), "{printed}");
    assert!(printed.contains(" f.yaml:2:6\n"), "{printed}");
    assert!(printed.contains("^^^ here"), "{printed}");
    let whole = Mistake::new(0..text.len(), &text)
        .label(&text)
        .help(&text)
        .related(9..text.len(), "the same");
    let printed = render("f.yaml", &text, &[whole], true);
    assert!(printed.len() < 12_000, "{}", printed.len());
}

/// No span in no text makes the printer panic, whatever is related to it. The spans come from a
/// fixed sequence of numbers, so that a failure can be repeated.
#[test]
fn any_span() {
    let texts = [
        "",
        "\n",
        "\r\n",
        "a",
        "a: 日本語\n\tb\u{7}\u{0}: \u{202e}x\r\n\n\nlast",
        "\u{feff}é\r\r\n\n",
        "x\u{85}y\u{2028}z\u{2029}\n",
        TEXT,
        &"é".repeat(600),
        &"long line ".repeat(300),
    ];
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap().checked_rem(below).unwrap()
    };
    for text in texts {
        for round in 0..100 {
            let mut span = || {
                let most = text.len().saturating_add(5);
                match round % 4 {
                    0 => next(most)..next(most),
                    1 => next(most)..usize::MAX,
                    2 => usize::MAX..next(most),
                    _ => {
                        let start = next(most);
                        start..start.saturating_add(next(5))
                    }
                }
            };
            let mistake = Mistake::new(span(), "m\u{0}")
                .label("l\n")
                .related(span(), "")
                .related(span(), "r\u{7}")
                .help("h\r\n");
            let printed = render("p", text, &[mistake.clone(), mistake], round % 2 == 0);
            assert!(!printed.is_empty());
        }
    }
}
