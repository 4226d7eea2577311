//! Files that try to take more than their size: each is refused soon, with a mistake that says why.

use super::*;

fn refused(text: &str, message: &str) {
    let mistakes = read::<Value>(text).expect_err("refused");
    let messages: Vec<_> = mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
    assert_eq!(messages, [message]);
    assert!(text.get(mistakes[0].span.clone()).is_some());
}

/// Ten levels of ten aliases each are 10^10 values: as lists and as merged mappings.
#[test]
fn alias_bombs() {
    let mut lists = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    let mut merges = String::from("a0: &a0 { x: 1, y: 2 }\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        lists += &format!("a{level}: &a{level} [{aliases}]\n");
        merges += &format!("a{level}: &a{level} {{ <<: [{aliases}], k{level}: 1 }}\n");
    }
    for text in [lists, merges] {
        refused(&text, "anchors and aliases make the file too large");
    }
}

/// The same when something else is wrong before it, so that the second way of reading meets it
/// first.
#[test]
fn alias_bombs_after_a_mistake() {
    let mut text =
        String::from("scenario: a\nfoo: 1\nusers:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("  a{level}: &a{level} [{aliases}]\n");
    }
    text += "steps:\n  - { call: a, with: { b: *a9 } }\n  - { <<: *a9, call: b }\n";
    let told = told(&text);
    assert!(told.contains("[foo] unknown key `foo`"), "{told}");
    assert!(told.contains("[*a9] anchors and aliases make the file too large"), "{told}");
}

/// A long chain of anchors, each with an alias of the one before.
#[test]
fn chains() {
    let mut lists = String::from("foo: 1\na0: &a0 {x: 1}\n");
    let mut merges = lists.clone();
    for link in 1..5_000 {
        lists += &format!("a{link}: &a{link} [*a{}]\n", link - 1);
        merges += &format!("a{link}: &a{link} {{<<: *a{}, k{link}: 1}}\n", link - 1);
    }
    refused(&lists, "nested too deeply");
    refused(&merges, "nested too deeply");
    lists += "b: {<<: *a4999}\nscenario: *a4999\n";
    assert!(told(&lists).contains("anchors and aliases make the file too large"));
    assert!(told(&merges).contains("anchors and aliases make the file too large"));
}

/// A large text repeated many times.
#[test]
fn large_texts() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a,".repeat(1_000));
    refused(&text, "anchors and aliases make the file too large");
}

/// Nesting is limited, in every style.
#[test]
fn depth() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        for (levels, fits) in [(64, true), (65, false), (300, false), (100_000, false)] {
            let text = format!("{}x{}", open.repeat(levels), close.repeat(levels));
            match read::<Value>(&text) {
                Ok(_) => assert!(fits, "{open} {levels}"),
                Err(_) if open == "? " => {}
                Err(mistakes) => {
                    assert!(!fits, "{open} {levels}");
                    assert_eq!(mistakes[0].message, "nested too deeply", "{open} {levels}");
                }
            }
        }
    }
}

/// A large file without aliases is within the limits, and so are many uses of one anchor.
#[test]
fn large_files() {
    let list = "- a\n".repeat(500_000);
    assert_eq!(read::<Vec<String>>(&list).unwrap().len(), 500_000);
    let uses = format!("x: &x {{ a: 1, b: [2] }}\ny:\n{}", "- *x\n".repeat(10_000));
    assert!(read::<Value>(&uses).is_ok());
}

/// Of very many mistakes the first hundred are reported.
#[test]
fn many_mistakes() {
    for text in [
        format!("scenario: a\ncheck: [{}]\n", "[], ".repeat(500)),
        format!("scenario: a\ncheck: [{}]\n", "*x, ".repeat(500)),
        format!("scenario: a\n{}", "about: b\n".repeat(500)),
    ] {
        assert_eq!(read::<Play>(&text).unwrap_err().len(), MISTAKES_MAX);
    }
}
