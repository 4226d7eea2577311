//! Which refusal an answer is: operation, code and text, without what the text repeats of the request or the secret.

use serde_json::Value;
use stagewright::world::TraceStep;

/// Members that texts repeat.
const REPEATED: [&str; 6] =
    ["SecretId", "Name", "VersionStage", "VersionId", "MoveToVersionId", "RemoveFromVersionId"];

/// The refusal that a step was answered with, the same for all requests that are refused for the same reason.
///
/// Bodies that can't be read are one reason, and so is all that the model doesn't allow, which comes in one list, and
/// all that permissions and policies don't.
pub(crate) fn refusal(step: &TraceStep) -> Option<String> {
    let (operation, error) = (step.call()?, step.outcome.as_ref().err()?);
    let text = match error.message.as_str() {
        _ if error.code.as_str() == "SerializationException" => String::new(),
        text if text.contains(" detected: Value") => String::new(),
        text if text.contains(" is not authorized to perform: ") => "not authorized".to_owned(),
        text => without(text, &operation.members()),
    };
    Some(format!("{} {}: {text}", operation.name().as_str(), error.code))
}

/// A text without the values of some members, without ids and ARNs, and without what is wrong with a schedule, a tag or Regions.
fn without(text: &str, members: &Value) -> String {
    let is_id = |word: &str| word.contains("arn:") || word.len() >= 32;
    let words = text.split(' ').map(|word| if is_id(word) { "_" } else { word });
    let mut text = words.collect::<Vec<_>>().join(" ");
    let mut values: Vec<&str> =
        REPEATED.iter().filter_map(|member| members.get(member)?.as_str()).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in values.into_iter().filter(|value| !value.trim().is_empty()) {
        text = replaced(&text, value);
    }
    for end in ["aren't valid: ", "Tag key: ", "replica regions "] {
        if let Some((before, _)) = text.split_once(end) {
            text = format!("{before}{end}_");
        }
    }
    text
}

/// A text with `_` for a value, wherever it stands as a word.
fn replaced(text: &str, value: &str) -> String {
    let mut told = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(value) {
        let (before, from) = rest.split_at(at);
        let after = &from[value.len()..];
        let inside = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '\'');
        let is_word = !inside(before.chars().last()) && !inside(after.chars().next());
        told.push_str(before);
        told.push_str(if is_word { "_" } else { value });
        rest = after;
    }
    told + rest
}
