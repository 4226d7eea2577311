//! Plays 10,000 scenario files, beside reading and deserialising the same files into the same types.
//!
//! The two are timed in turn, round by round, because a machine's speed drifts; the ratio is what counts. The bar is
//! 1.5. Run with `cargo bench --bench files`.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads files and the clock")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a benchmark may stop, and prints"
)]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use stagewright::report::{Told, canonical};
use stagewright::scenario::Scenario;

const FILES: usize = 10_000;
const ROUNDS: usize = 7;

fn main() {
    let folder = std::env::temp_dir().join(format!("stagewright-files-{}", std::process::id()));
    let files = copies(&folder);
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let read = time(&files, |text| {
            black_box(Scenario::deserialise_only(text).is_ok());
        });
        let checked = time(&files, |text| {
            black_box(Scenario::read(text).is_ok());
        });
        let played = time(&files, |text| {
            black_box(Scenario::read(text).unwrap().play(false).passed());
        });
        let told = time(&files, |text| {
            let scenario = Scenario::read(text).unwrap();
            let played = scenario.play(false);
            let told = Told { path: "", scenario: &scenario, played: &played, show_values: false };
            black_box(canonical(told).len());
        });
        println!(
            "round {round}: read {read:?}, checked {checked:?} ({:.2}), played {played:?} ({:.2}), told too {told:?} ({:.2})",
            ratio(checked, read),
            ratio(played, read),
            ratio(told, read),
        );
        ratios.push(ratio(played, read));
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "median ratio of playing to reading, {FILES} files: {:.2} (bar 1.50)",
        ratios[ROUNDS / 2]
    );
    fs::remove_dir_all(folder).unwrap();
}

fn ratio(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64()
}

/// The scenarios of the repository, copied until there are enough. Programs, which some of them refer to, can't be
/// played by themselves.
fn copies(folder: &Path) -> Vec<PathBuf> {
    let mut texts = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut texts);
    fs::create_dir_all(folder).unwrap();
    (0..FILES)
        .map(|index| {
            let path = folder.join(format!("{index}.yaml"));
            fs::write(&path, &texts[index % texts.len()]).unwrap();
            path
        })
        .collect()
}

fn collect(folder: &Path, texts: &mut Vec<String>) {
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.ends_with("programs") {
            continue;
        }
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            texts.push(fs::read_to_string(&path).unwrap());
        }
    }
}

fn time(files: &[PathBuf], mut each: impl FnMut(&str)) -> Duration {
    let start = Instant::now();
    for path in files {
        each(&fs::read_to_string(path).unwrap());
    }
    start.elapsed()
}
