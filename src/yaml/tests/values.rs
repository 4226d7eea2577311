//! What comes out of files that are right, and how bytes become text.

use serde_json::json;

use super::*;

/// The first key is found without reading on.
#[test]
fn first_keys() {
    for (text, key) in [
        ("# c\n---\n\"scenario\": x\ny: [", Some("scenario")),
        ("{program: x}", Some("program")),
        ("- a: b", None),
        ("[a]: b", None),
        ("a", None),
        ("", None),
    ] {
        assert_eq!(first_key(text).as_deref(), key, "{text}");
    }
}

/// Values in free-form members: plain text is what YAML 1.2 says, except that numbers with leading
/// zeros or underscores stay text; quoted text is text.
#[test]
fn values() {
    for (yaml, expected) in [
        ("5", json!(5)),
        ("-5", json!(-5)),
        ("+5", json!(5)),
        ("0x1f", json!(31)),
        ("0o17", json!(15)),
        ("1.5", json!(1.5)),
        ("1e3", json!(1000.0)),
        ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
        ("\"5\"", json!("5")),
        ("'0x1f'", json!("0x1f")),
        ("\"1e3\"", json!("1e3")),
        ("012345678901", json!("012345678901")),
        ("1_000", json!("1_000")),
        ("true", json!(true)),
        ("False", json!(false)),
        ("\"true\"", json!("true")),
        ("yes", json!("yes")),
        ("no", json!("no")),
        ("on", json!("on")),
        ("n", json!("n")),
        ("\"no\"", json!("no")),
        ("~", json!(null)),
        ("null", json!(null)),
        ("", json!(null)),
        ("\"\"", json!("")),
        ("\"null\"", json!("null")),
        ("2026-01-01", json!("2026-01-01")),
        ("2026-01-01T00:00:00Z", json!("2026-01-01T00:00:00Z")),
        ("25h", json!("25h")),
        ("12:30:45", json!("12:30:45")),
        ("1.2.3", json!("1.2.3")),
        ("arn:aws:iam::1:role/x", json!("arn:aws:iam::1:role/x")),
        ("<version:1>", json!("<version:1>")),
        ("!!str 5", json!("5")),
        ("! 5", json!("5")),
        ("!!binary aGVsbG8=", json!("aGVsbG8=")),
        ("|\n        a\n        b", json!("a\nb\n")),
        (">-\n        a\n        b", json!("a b")),
        ("[1, a, [], {}]", json!([1, "a", [], {}])),
        ("{1: a, no: b, \"a.b/c[0]\": c}", json!({"1": "a", "no": "b", "a.b/c[0]": "c"})),
    ] {
        let text = format!("scenario: x\nsteps:\n  - call: a\n    with:\n      b: {yaml}\n");
        let play: Play = read(&text).unwrap();
        assert_eq!(play.steps[0].0.with.as_ref().unwrap()["b"], expected, "{yaml}");
    }
}

/// Bytes become text only if they are UTF-8 and not too many; what cannot be decoded can still be
/// shown.
#[test]
fn decoding() {
    assert_eq!(decode(b"a: b\n"), Ok("a: b\n"));
    assert_eq!(decode("\u{feff}a: ü".as_bytes()), Ok("a: ü"));
    for (bytes, place, label) in [
        (&b"a: 1\nb: \xffc\n"[..], (2, 4), "the byte 0xff starts no character"),
        (b"\xef\xbb\xbfa: \xc3", (1, 4), "the byte 0xc3 starts no character"),
        (b"\xff\xfea\0:\0", (1, 1), "the byte 0xff starts no character"),
    ] {
        let undecodable = decode(bytes).unwrap_err();
        let mistake = &undecodable.mistake;
        assert_eq!(mistake.message, "the file is not UTF-8");
        assert_eq!(line_column(&undecodable.text, mistake.span.start), place);
        assert_eq!(undecodable.text.get(mistake.span.clone()), Some("\u{fffd}"));
        assert_eq!(mistake.label, label);
    }
    assert!(decode(&vec![b' '; BYTES_MAX]).is_ok());
    let undecodable = decode(&vec![b' '; BYTES_MAX + 1]).unwrap_err();
    assert_eq!(undecodable.mistake.message, "the file is larger than 8 MiB");
}
