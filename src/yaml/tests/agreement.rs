//! The two ways of reading agree on any text, and neither panics. The texts are made from good ones
//! by a fixed sequence of random changes, so that a failure can be repeated.

use serde::de::DeserializeOwned;

use super::*;

const PLAY: &str = r#"scenario: a play
about: >-
  two
  lines
seed: 0x7
users: { app: { password: one, grants: [a, "b"] } }
steps:
  - call: CreateSecret
    with: &w { SecretString: { user: app, n: 1 }, f: 1.5e3, b: true, z: ~ }
    labels: &l
      AWSCURRENT: v1
  - wait: 25h
  - call: X
    with: *w
    labels: { <<: *l, AWSPENDING: "<version:1>" }
    fails: { code: A, message: 'it''s' }
    literal: False
check: [defaults]
depth: { between: { low: 1, high: 2 } }
pair: [1, x]
"#;

const VALUES: &str = r#"a: [0x1F, 0o17, 0b11, 1_000, 012, -0x5, +7, 1e3, 1e999x, .5, 1., -0, 00, 1__0, _1, 2026-01-01]
b: [18446744073709551616, -9223372036854775809, ~, Null, nUll, true, tRue, yes, "no", 0x, +]
c: [!!str 1, !!int "5", !!float 1, !!null x, ! 5, !!seq [1], !!map {a: 1}, !!binary aGk=, !!bool true]
d: |
  x
   y

e: "a\tb\u00e9\
  c"
? f
: g
"h": {i, j: , k: [l: m, n]}
o: &o {p: 1, q: [2]}
r: {<<: [*o, {s: 3}], p: *o}
<<: {t: 4}
"#;

const PIECES: [&str; 40] = [
    "\t", "\n", " ", "  ", ":", ": ", "- ", "{", "}", "[", "]", ",", "&o ", "*o", "*l", "!!str ",
    "!x ", "\"", "'", " #", "|", ">", "? ", "~", "yes", "1", "0x1f", "---\n", "...\n", "\u{feff}",
    "é", "<<: ", "%", "@", "\r\n", "\u{0}", "\u{2028}", "\\", "_", "0",
];

/// Numbers that look random (Knuth's linear congruential generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap().checked_rem(bound).unwrap_or(0)
    }

    fn boundary(&mut self, text: &str, from: usize, length: usize) -> usize {
        let mut at = from.saturating_add(self.below(length)).min(text.len());
        while !text.is_char_boundary(at) {
            at = at.saturating_add(1);
        }
        at
    }

    fn change(&mut self, text: &mut String) {
        let at = self.boundary(text, 0, text.len().saturating_add(1));
        let piece = PIECES[self.below(PIECES.len())];
        match self.below(4) {
            0 => text.insert_str(at, piece),
            1 => text.replace_range(at..self.boundary(text, at, 9), ""),
            2 => text.replace_range(at..self.boundary(text, at, 3), piece),
            _ => {
                let start = self.boundary(text, 0, text.len().saturating_add(1));
                let copy = text.get(start..self.boundary(text, start, 30)).unwrap().to_owned();
                text.insert_str(at, &copy);
            }
        }
    }
}

/// The second way alone.
fn slowly<T: DeserializeOwned>(text: &str) -> Result<T, Vec<Mistake>> {
    let mut tree = build::tree(text);
    let mut mistakes = std::mem::take(&mut tree.problems);
    mistakes.extend(tree.fatal.take());
    let Some(root) = tree.root else { return Err(mistakes) };
    mistakes.extend(gather::mistakes::<T>(&tree, root).0);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let progress = reader::Progress::new(&tree);
    Ok(T::deserialize(reader::Reader::new(&tree, &progress, root)).unwrap())
}

/// Compares both ways on changed texts; returns how many texts were good.
fn compare<T>(text: &str, seed: u64, rounds: usize) -> usize
where
    T: DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut dice = Dice(seed);
    let mut good = 0;
    for _ in 0..rounds {
        let mut changed = text.to_owned();
        for _ in 0..=dice.below(3) {
            dice.change(&mut changed);
        }
        match (read::<T>(&changed), slowly::<T>(&changed)) {
            (Ok(one), other) => {
                assert_eq!(Ok(one), other, "{changed:?}");
                good += 1;
            }
            (Err(mistakes), slow) => {
                assert!(slow.is_err(), "{changed:?}");
                assert!(!mistakes.is_empty(), "{changed:?}");
                for mistake in mistakes {
                    assert!(changed.get(mistake.span.clone()).is_some(), "{changed:?}");
                    assert!(!mistake.message.contains("Policy"), "{mistake:?}");
                }
            }
        }
    }
    good
}

/// Where the first way reads a value, the second reads the same; where it fails, the second says
/// why.
#[test]
fn typed() {
    assert!(compare::<Play>(PLAY, 1, 800) > 50);
}

/// The same where any value may stand.
#[test]
fn free_form() {
    assert!(compare::<Value>(PLAY, 2, 800) > 50);
}

/// The same for the finer points of scalars, blocks and merges.
#[test]
fn fine_points() {
    assert!(compare::<Value>(VALUES, 3, 800) > 50);
}

/// The places of a changed text can be asked for, whatever is left of it.
#[test]
fn places() {
    let mut dice = Dice(4);
    let path = Path::top().key("steps").index(2).key("labels").key("AWSPENDING");
    for _ in 0..400 {
        let mut changed = PLAY.to_owned();
        for _ in 0..=dice.below(3) {
            dice.change(&mut changed);
        }
        let places = Places::of(&changed);
        let nearest = places.nearest(&path);
        assert!(changed.get(nearest.clone()).is_some(), "{changed:?}");
        if let (Some(key), Some(value)) = (places.key(&path), places.value(&path)) {
            assert_eq!(nearest, value);
            assert!(changed.get(key).is_some() && changed.get(value).is_some(), "{changed:?}");
        }
    }
}
