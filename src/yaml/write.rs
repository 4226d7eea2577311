//! Writes values as YAML on one line.

use serde_json::Value;

/// Text as a scalar: as it stands, or quoted where it would mean something else.
pub(crate) fn scalar(text: &str) -> String {
    let plain = !text.is_empty()
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || " /_-.".contains(letter))
        && !text.ends_with(' ')
        && text.parse::<f64>().is_err()
        && !["true", "false", "null", "yes", "no"].contains(&text.to_lowercase().as_str())
        && !["0x", "0o"].iter().any(|begin| text.starts_with(begin));
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

/// A value in the form that stands on one line.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members = members.iter().map(|(key, it)| format!("{}: {}", scalar(key), flow(it)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
