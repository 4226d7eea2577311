//! How fast the search is, on the models with published figures, and what a state costs.
//!
//! Run with `cargo bench --bench explore`; arguments choose models by name, `--threads N` the threads. CPU time counts,
//! beside another program's in the same minute, because a machine's speed drifts. Each model runs in a process of its
//! own, so that the peak is its own.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and the process's figures"
)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "a benchmark may stop, and prints"
)]

use std::ops::ControlFlow;
use std::process::Command;
use std::time::Instant;

use stagewright::explore::{Bounds, Space, explore};

#[path = "../tests/it/explore_models.rs"]
mod models;

use models::{Labels, Rotations};

/// What is run without arguments.
const USUAL: [&str; 3] = ["A(6,4)", "B(5,1)", "BO(4,2)"];

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if given.first().is_some_and(|it| it == "--one") {
        run(&given[1], given[2].parse().unwrap());
        return;
    }
    let place = given.iter().position(|it| it == "--threads");
    let threads = place.map_or("1", |place| &given[place + 1]);
    let mut names: Vec<&str> = given.iter().filter(|it| it.contains('(')).map(|it| &**it).collect();
    if names.is_empty() {
        names.extend(USUAL);
    }
    println!(
        "model       states      transitions  wall s  cpu s  ns/transition  states/s    bytes/state  peak"
    );
    for name in names {
        let own = std::env::current_exe().unwrap();
        let status = Command::new(own).args(["--one", name, threads]).status().unwrap();
        assert!(status.success());
    }
}

fn run(name: &str, threads: usize) {
    match name {
        "A(6,3)" => time(name, &Labels::<6, 3>, threads),
        "A(6,4)" => time(name, &Labels::<6, 4>, threads),
        "A(7,4)" => time(name, &Labels::<7, 4>, threads),
        "A(6,5)" => time(name, &Labels::<6, 5>, threads),
        "B(4,1)" => time(name, &Rotations::<4, 1, false>, threads),
        "B(5,1)" => time(name, &Rotations::<5, 1, false>, threads),
        "B(6,1)" => time(name, &Rotations::<6, 1, false>, threads),
        "B(5,3)" => time(name, &Rotations::<5, 3, false>, threads),
        "BO(3,2)" => time(name, &Rotations::<3, 2, true>, threads),
        "BO(4,2)" => time(name, &Rotations::<4, 2, true>, threads),
        "BO(4,3)" => time(name, &Rotations::<4, 3, true>, threads),
        _ => panic!("no model {name}"),
    }
}

fn time<P: Space>(name: &str, space: &P, threads: usize) {
    let begin = Instant::now();
    let cpu_before = cpu_seconds();
    let found = explore(space, &Bounds::default(), threads, |_| ControlFlow::Continue(()));
    let wall = begin.elapsed().as_secs_f64();
    let cpu = cpu_seconds() - cpu_before;
    let each = |bytes: u64| bytes as f64 / found.states as f64;
    println!(
        "{name:<10} {:>11} {:>13}  {wall:>6.3} {cpu:>6.2} {:>12.1} {:>12.0} {:>12.1} {:>6.1}",
        found.states,
        found.transitions,
        cpu * 1e9 / found.transitions as f64,
        found.states as f64 / cpu,
        each(found.reached.bytes()),
        each(peak_bytes()),
    );
}

/// User and system time of this process, from `/proc` (fields 14 and 15, in hundredths of a second).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory this process ever held.
fn peak_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}
