//! Same input, same bytes.

use stagewright::report::{Paint, Told, canonical, played, run_json};
use stagewright::scenario::Scenario;

use crate::files;

/// Every form in which a run is told, in one text.
fn told(text: &str) -> String {
    let scenario = Scenario::read(text).unwrap();
    let run = scenario.play(false);
    let told = Told { path: "x.yaml", scenario: &scenario, played: &run, show_values: false };
    format!("{}\n{}\n{:#}", canonical(told), played(told, Paint::Color), run_json(told))
}

/// Each scenario is played twice, the second time after all others, and tells the same.
#[test]
fn a_scenario_tells_the_same_every_time() {
    let texts: Vec<_> = files::scenarios().iter().map(|path| files::text(path)).collect();
    let first: Vec<_> = texts.iter().map(|text| told(text)).collect();
    for (text, first) in texts.iter().zip(&first).rev() {
        assert_eq!(told(text), *first);
    }
}
