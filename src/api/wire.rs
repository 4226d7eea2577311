//! What a client really sends, which need not be a request: how it is read, and what AWS says of what can't be.

use serde_json::{Map, Value};

use super::constraint::lower_camel;
use super::{Operation, OperationName, Place, Problem};

/// What stands between brackets in `missing field …`.
fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

impl OperationName {
    /// Reads whatever a client sent. What is no request of this operation is [`Operation::Malformed`].
    ///
    /// Members the operation doesn't have are ignored, and a null counts as a member that is not there.
    pub fn receive(self, body: Value) -> Operation {
        let Value::Object(members) = &body else {
            let problem = Problem::Unreadable(not_expected(&body));
            return Operation::Malformed { name: self, problem, body };
        };
        if let Some(text) = misplaced_list(members) {
            let problem = Problem::Unreadable(text);
            return Operation::Malformed { name: self, problem, body };
        }
        if let Ok(operation) =
            self.read_members(members.iter().map(|(name, value)| (name.as_str(), value)))
        {
            return operation;
        }
        let mut members = members.clone();
        drop_nulls(&mut members);
        match self.complete(Value::Object(members)) {
            Ok(operation) => operation,
            Err(problem) => Operation::Malformed { name: self, problem, body },
        }
    }

    /// Reads a body that may lack required members, by putting empty ones in.
    fn complete(self, mut body: Value) -> Result<Operation, Problem> {
        let mut missing: Vec<Vec<Place>> = Vec::new();
        while let Err((place, message)) = self.check(&body) {
            if let Some(name) = missing_field(&message) {
                let mut at = place;
                let Some(Value::Object(members)) = value_at(&mut body, &at) else { break };
                members.insert(name.to_owned(), Value::String(String::new()));
                at.push(Place::Member(name.to_owned()));
                missing.push(at);
                continue;
            }
            let Some(value) = value_at(&mut body, &place) else { break };
            if missing.contains(&place) && value.is_string() {
                *value = Value::Array(Vec::new()); // what is missing is no text
                continue;
            }
            return Err(Problem::Unreadable(conversion(value, &place, &message)));
        }
        match self.read(body) {
            Ok(rest) if missing.is_empty() => Ok(rest),
            Ok(rest) => {
                let places = missing.iter().map(|place| written(place)).collect();
                Err(Problem::Missing { places, rest: Box::new(rest) })
            }
            // Nothing of the value goes into the text: it may be secret.
            Err(_) => Err(Problem::Unreadable("Unexpected field type".to_owned())),
        }
    }
}

fn value_at<'v>(body: &'v mut Value, place: &[Place]) -> Option<&'v mut Value> {
    place.iter().try_fold(body, |value, step| match step {
        Place::Member(name) => value.get_mut(name),
        Place::Entry(index) => value.get_mut(*index),
    })
}

/// A place as AWS writes it: `tags.1.member.key`.
fn written(place: &[Place]) -> String {
    let steps = place.iter().map(|step| match step {
        Place::Member(name) => lower_camel(name),
        Place::Entry(index) => format!("{}.member", index.saturating_add(1)),
    });
    steps.collect::<Vec<_>>().join(".")
}

/// Takes out the members that are null, at every depth.
fn drop_nulls(members: &mut Map<String, Value>) {
    members.retain(|_, value| !value.is_null());
    for value in members.values_mut() {
        match value {
            Value::Object(members) => drop_nulls(members),
            Value::Array(entries) => {
                entries.iter_mut().filter_map(Value::as_object_mut).for_each(drop_nulls);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// Finds a list where a mapping should be: no member is a list of lists, and the settings of a rotation are no list.
/// Reading would take such a list for the members of the mapping in order.
fn misplaced_list(body: &Map<String, Value>) -> Option<String> {
    let nested = |(name, value): (&String, &Value)| {
        let entries = value.as_array()?;
        let list = (name == "RotationRules").then_some(value);
        list.or_else(|| entries.iter().find(|entry| entry.is_array())).map(not_expected)
    };
    body.iter().find_map(nested)
}

/// What AWS's JSON services say of a list, a mapping, or anything else where they expect none.
///
/// These texts are those of other services with the same protocol; of Secrets Manager none was seen.
fn not_expected(value: &Value) -> String {
    match value {
        Value::Array(_) => "Start of list found where not expected",
        Value::Object(_) => "Start of structure or map found where not expected.",
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            "Unexpected field type"
        }
    }
    .to_owned()
}

/// What AWS's JSON services say of a value of another type, of which nothing is echoed.
fn conversion(value: &Value, place: &[Place], message: &str) -> String {
    let found = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) | Value::Object(_) => return not_expected(value),
    };
    let expected = message.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    let wanted = match expected {
        "a string" => "a String",
        "a boolean" => "a Boolean",
        "i64" if place.last() == Some(&Place::Member("MaxResults".to_owned())) => "an Integer",
        "i64" => "a Long",
        "base64 text" => "a Blob",
        _ => return not_expected(value),
    };
    format!("{found} can not be converted to {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the service would answer, as the texts of the violations or of what can't be read.
    fn problem(name: OperationName, body: &str) -> String {
        let operation = name.receive(serde_json::from_str(body).expect("JSON"));
        if let Operation::Malformed { problem: Problem::Unreadable(text), .. } = &operation {
            return text.clone();
        }
        operation.violations().into_iter().map(|it| it.text).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_is_no_request_is_told_in_the_words_of_aws() {
        use OperationName::{
            DeleteSecret, GetSecretValue, ListSecrets, PutSecretValue, RotateSecret, TagResource,
        };
        for (name, body, expected) in [
            (GetSecretValue, "[]", "Start of list found where not expected"),
            (GetSecretValue, "3", "Unexpected field type"),
            (GetSecretValue, r#"{"SecretId": 3}"#, "NUMBER_VALUE can not be converted to a String"),
            (
                GetSecretValue,
                r#"{"SecretId": true}"#,
                "TRUE_VALUE can not be converted to a String",
            ),
            (GetSecretValue, r#"{"SecretId": ["a"]}"#, "Start of list found where not expected"),
            (
                GetSecretValue,
                r#"{"SecretId": {"a": 1}}"#,
                "Start of structure or map found where not expected.",
            ),
            (
                DeleteSecret,
                r#"{"SecretId": "a", "RecoveryWindowInDays": "7"}"#,
                "STRING_VALUE can not be converted to a Long",
            ),
            (
                ListSecrets,
                r#"{"MaxResults": 1.5}"#,
                "NUMBER_VALUE can not be converted to an Integer",
            ),
            (ListSecrets, r#"{"Filters": "a"}"#, "Unexpected field type"),
            (
                PutSecretValue,
                r#"{"SecretId": "a", "SecretBinary": "?"}"#,
                "STRING_VALUE can not be converted to a Blob",
            ),
            (
                RotateSecret,
                r#"{"SecretId": "a", "RotationRules": [1]}"#,
                "Start of list found where not expected",
            ),
            (
                TagResource,
                r#"{"SecretId": "a", "Tags": [["k", "v"]]}"#,
                "Start of list found where not expected",
            ),
            // What can't be read is told before what is missing.
            (TagResource, r#"{"Tags": [3]}"#, "Unexpected field type"),
        ] {
            assert_eq!(problem(name, body), expected, "{body}");
        }
    }

    #[test]
    fn what_is_missing_is_told_with_what_is_wrong() {
        let null = |place: &str| {
            format!("Value null at '{place}' failed to satisfy constraint: Member must not be null")
        };
        let get = |body| problem(OperationName::GetSecretValue, body);
        assert_eq!(get("{}"), null("secretId"));
        assert_eq!(get(r#"{"SecretId": null, "Unknown": 3}"#), null("secretId"));
        let empty = "Value '' at 'versionStage' failed to satisfy constraint: Member must have length greater than \
                     or equal to 1";
        assert_eq!(get(r#"{"VersionStage": ""}"#), format!("{}; {empty}", null("secretId")));
        let tag = |body| problem(OperationName::TagResource, body);
        assert_eq!(tag("{}"), format!("{}; {}", null("secretId"), null("tags")));
        assert_eq!(tag(r#"{"SecretId": "a", "Tags": [{}]}"#), null("tags.1.member.key"));
        let list = problem(OperationName::ListSecrets, r#"{"Filters": [{"Key": "name"}]}"#);
        assert_eq!(list, null("filters.1.member.values"));
    }
}
