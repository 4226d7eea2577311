//! The corpus of the coverage-guided targets in `tests/fuzz`, played without their engine.

use std::fs;
use std::path::Path;

#[path = "../fuzz/entries.rs"]
mod entries;

/// Feeds every file of one target, and tells how many there are.
fn replay(target: &str, entry: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|file| entry(&fs::read(file).unwrap())).count()
}

#[test]
fn every_input_of_the_corpus_comes_to_an_answer() {
    assert!(replay("scenario", entries::scenario) >= 5);
    assert!(replay("program", entries::program) >= 2);
    assert!(replay("request", entries::request) >= 20);
}
