//! What AWS answered: the model must answer the same, and a changed answer must be noticed.

use serde_json::Value;
use stagewright::scenario::Scenario;

use crate::files;

/// Every recording passes as it stands.
#[test]
fn the_model_answers_what_aws_answered() {
    for path in files::recordings() {
        let scenario = Scenario::read(&files::text(&path)).unwrap();
        let played = scenario.play(false);
        assert!(
            played.passed(),
            "{}: {:#?} {:?}",
            path.display(),
            played.differences,
            played.broken
        );
    }
}

/// Changes one value after the other in what a recording states, and plays it again. Were an answer not compared,
/// its change would pass.
#[test]
fn every_stated_answer_is_compared() {
    let mut changed = 0;
    for path in files::recordings() {
        let recording: Value = stagewright::yaml::read(&files::text(&path)).unwrap();
        for step in 0..recording["steps"].as_array().unwrap().len() {
            for stated in ["returns", "fails"] {
                for pointer in leaves(&recording["steps"][step][stated]) {
                    let mut recording = recording.clone();
                    let leaf = recording["steps"][step][stated].pointer_mut(&pointer).unwrap();
                    if !change(leaf) {
                        continue;
                    }
                    changed += 1;
                    // A name of an error code that doesn't exist is a mistake already.
                    if let Ok(scenario) = Scenario::read(&recording.to_string()) {
                        let passes = scenario.play(false).passed();
                        assert!(!passes, "{}: step {step}, {stated}{pointer}", path.display());
                    }
                }
            }
        }
    }
    eprintln!("{changed} stated values were changed");
}

/// Pointers to all values that have no values in them.
fn leaves(value: &Value) -> Vec<String> {
    let inner = |key: String, value: &Value| {
        let key = key.replace('~', "~0").replace('/', "~1");
        leaves(value).into_iter().map(move |rest| format!("/{key}{rest}")).collect::<Vec<_>>()
    };
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(key, value)| inner(key.clone(), value)).collect()
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, item)| inner(index.to_string(), item))
            .collect(),
        Value::Null => Vec::new(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![String::new()],
    }
}

/// Changes a value so that it can't be right any more; whether that was possible.
fn change(leaf: &mut Value) -> bool {
    *leaf = match leaf {
        Value::Bool(yes) => Value::Bool(!*yes),
        Value::Number(_) => 77_777.into(),
        Value::String(text) if text == "<unrecorded>" || text == "any" => return false,
        Value::String(text) if text == "<absent>" => "<any>".into(),
        Value::String(text) if text.starts_with("<timestamp") || text.starts_with("<version:") => {
            "<absent>".into()
        }
        Value::String(text) => format!("{text}?").into(),
        Value::Null | Value::Array(_) | Value::Object(_) => return false,
    };
    true
}
