//! Parts of a scenario's text, for a scenario that is written from it.

use std::fmt::Write as _;

use serde_json::Value;

use super::Scenario;
use crate::yaml::{self, Path, Places, flow};

/// The keys that say where everything stands. `assume` is not among them: the command line has a say in it.
const STAGE: [&str; 10] = [
    "secret",
    "start",
    "seed",
    "account",
    "region",
    "arn-suffix",
    "label-order",
    "callers",
    "given",
    "target",
];

impl Scenario {
    /// The lines that say where everything stands, for a scenario whose steps play the function's part.
    pub fn stage(&self, text: &str) -> String {
        let mut stage = String::new();
        let Ok(Value::Object(mut file)) = yaml::read::<Value>(text) else { return stage };
        if let Some(Value::Object(target)) = file.get_mut("target")
            && let Some(strategy) = self.turns()
        {
            target.insert("strategy".to_owned(), strategy.as_str().into());
        }
        for key in STAGE {
            if let Some(value) = file.get(key) {
                let _ = writeln!(stage, "{key}: {}", flow(value));
            }
        }
        stage
    }

    /// The line that says which clients there are; nothing if there are none.
    pub fn client_line(&self, text: &str) -> String {
        let file = yaml::read::<Value>(text).ok();
        let clients = file.as_ref().and_then(|file| file.get("clients"));
        clients.map(|clients| format!("clients: {}\n", flow(clients))).unwrap_or_default()
    }

    /// One of the properties that the scenario states itself, as it stands under `properties`.
    pub fn own_property(&self, text: &str, name: &str) -> Option<String> {
        let file = yaml::read::<Value>(text).ok()?;
        let properties = file.get("properties")?.as_array()?;
        let is_named = |own: &&Value| own.get("name").and_then(Value::as_str) == Some(name);
        properties.iter().find(is_named).map(flow)
    }

    /// The steps before the exploration, as they stand in the file.
    pub fn steps_before(&self, text: &str) -> String {
        let places = Places::of(text);
        let path = Path::top().key("steps");
        let mut steps = String::new();
        for index in 0..self.rotates_at() {
            let Some(span) = places.value(&path.index(index)) else { continue };
            let body = text.get(span.clone()).unwrap_or_default();
            let column = text.get(..span.start).map_or(0, |before| {
                before.chars().rev().take_while(|letter| *letter != '\n').count()
            });
            for (number, line) in body.trim_end().lines().enumerate() {
                let line = line.get(if number == 0 { 0 } else { column.min(indent(line)) }..);
                let dash = if number == 0 { "  - " } else { "    " };
                let _ = writeln!(steps, "{dash}{}", line.unwrap_or_default());
            }
        }
        steps
    }
}

/// How far a line is indented.
fn indent(line: &str) -> usize {
    line.len().saturating_sub(line.trim_start().len())
}
