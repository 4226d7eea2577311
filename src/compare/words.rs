//! How the two worlds name the same thing: names with a prefix of their own, ARNs with their account and suffix.

use serde_json::{Map, Value};

use crate::api::OperationName;

/// How many characters AWS puts after a name in an ARN, with the hyphen.
const SUFFIX_LEN: usize = 7;

/// What the model's words are at the endpoint.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// What stands before every name there.
    prefix: String,
    /// The rotation function that exists there, in place of every other.
    function: Option<String>,
    /// Texts of the model and of the endpoint, the latest last.
    pairs: Vec<(String, String)>,
}

impl Words {
    /// Words with that prefix, before anything is learned.
    pub fn new(prefix: &str, function: Option<&str>) -> Self {
        Self { prefix: prefix.to_owned(), function: function.map(str::to_owned), pairs: Vec::new() }
    }

    /// A name as the endpoint has it.
    pub fn name(&self, name: &str) -> String {
        if name.is_empty() { String::new() } else { format!("{}{name}", self.prefix) }
    }

    /// The members of a request in the words of the endpoint.
    pub fn request(&mut self, members: &Value) -> Value {
        let Value::Object(members) = members else { return members.clone() };
        let told = members.iter().map(|(member, value)| {
            let value = match (member.as_str(), value) {
                ("Name", Value::String(name)) => self.name(name).into(),
                ("SecretId", Value::String(id)) => self.secret_id(id).into(),
                ("SecretIdList", Value::Array(ids)) => {
                    let id = |id: &Value| {
                        id.as_str().map_or_else(|| id.clone(), |id| self.secret_id(id).into())
                    };
                    ids.iter().map(id).collect()
                }
                ("Filters", Value::Array(filters)) => {
                    filters.iter().map(|filter| self.filter(filter)).collect()
                }
                ("RotationLambdaARN", Value::String(model)) => match self.function.clone() {
                    Some(function) => {
                        self.learn_text(model, &function);
                        function.into()
                    }
                    None => value.clone(),
                },
                _ => self.each_text(value, &|words, text| words.there(text)),
            };
            (member.clone(), value)
        });
        Value::Object(told.collect::<Map<_, _>>())
    }

    /// How a request of the endpoint names a secret.
    fn secret_id(&self, id: &str) -> String {
        if !id.starts_with("arn:") {
            return self.name(id);
        }
        let there = self.there(id);
        if there != id {
            return there;
        }
        // Nobody has seen the secret. Its ARN would have the prefix all the same.
        match id.split_once(":secret:") {
            Some((start, name)) => format!("{start}:secret:{}{name}", self.prefix),
            None => there,
        }
    }

    /// A filter of a list: beginnings of names have the prefix too.
    fn filter(&self, filter: &Value) -> Value {
        let is_name = filter.get("Key").and_then(Value::as_str) == Some("name");
        let (Value::Object(members), true) = (filter, is_name) else { return filter.clone() };
        let value = |value: &Value| match value.as_str() {
            Some(text) => match text.strip_prefix('!') {
                Some(text) => format!("!{}", self.name(text)).into(),
                None => self.name(text).into(),
            },
            None => value.clone(),
        };
        let mut members = members.clone();
        if let Some(Value::Array(values)) = members.get_mut("Values") {
            *values = values.iter().map(value).collect();
        }
        Value::Object(members)
    }

    /// An answer of the endpoint in the words of the model. Lists are left with the secrets that bear the prefix.
    pub fn answer(&self, operation: OperationName, answer: &Value) -> Value {
        let mut answer = answer.clone();
        if operation == OperationName::ListSecrets
            && let Some(Value::Array(secrets)) = answer.get_mut("SecretList")
        {
            let is_own = |secret: &Value| {
                let name = secret.get("Name").and_then(Value::as_str);
                name.is_some_and(|name| name.starts_with(&self.prefix))
            };
            secrets.retain(is_own);
        }
        self.each_text(&answer, &|words, text| words.here(text))
    }

    /// A text of the endpoint in the words of the model.
    pub fn here(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (model, endpoint) in self.longest_first(|(_, endpoint)| endpoint.len()) {
            text = text.replace(endpoint.as_str(), model);
        }
        if self.prefix.is_empty() { text } else { text.replace(&self.prefix, "") }
    }

    /// A text of the model in the words of the endpoint.
    fn there(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (model, endpoint) in self.longest_first(|(model, _)| model.len()) {
            text = text.replace(model.as_str(), endpoint);
        }
        text
    }

    /// The pairs, the longest texts first: one may be the beginning of another.
    fn longest_first(&self, length: impl Fn(&(String, String)) -> usize) -> Vec<&(String, String)> {
        let mut pairs: Vec<_> = self.pairs.iter().collect();
        pairs.sort_by_key(|pair| std::cmp::Reverse(length(pair)));
        pairs
    }

    fn each_text(&self, value: &Value, told: &dyn Fn(&Self, &str) -> String) -> Value {
        match value {
            Value::String(text) => told(self, text).into(),
            Value::Array(items) => items.iter().map(|item| self.each_text(item, told)).collect(),
            Value::Object(members) => {
                let member = |(name, value): (&String, &Value)| {
                    (told(self, name), self.each_text(value, told))
                };
                Value::Object(members.iter().map(member).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Learns from two answers to the same request what the same things are called.
    pub fn learn(&mut self, model: &Value, endpoint: &Value) {
        let text = |answer: &Value, member: &str| {
            answer.get(member).and_then(Value::as_str).map(str::to_owned)
        };
        if let (Some(here), Some(there)) = (text(model, "NextToken"), text(endpoint, "NextToken")) {
            self.learn_text(&here, &there);
        }
        let (Some(here), Some(there)) = (text(model, "ARN"), text(endpoint, "ARN")) else { return };
        // An ARN that isn't one of the same secret is a difference, not a word.
        let suffix_at = |arn: &str| arn.len().checked_sub(SUFFIX_LEN);
        let cut = |arn: &str| suffix_at(arn).and_then(|at| arn.get(..at)).map(str::to_owned);
        let (Some(partial), Some(other)) = (cut(&here), cut(&there)) else { return };
        let name = |arn: &str| arn.split_once(":secret:").map(|(_, name)| name.to_owned());
        let expected = name(&partial).map(|name| self.name(&name));
        if expected.is_none() || expected != name(&other) {
            return;
        }
        self.learn_text(&here, &there);
        self.learn_text(&partial, &other);
        let account = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
        if let (Some(here), Some(there)) = (account(&here), account(&there)) {
            self.learn_text(&here, &there);
        }
    }

    fn learn_text(&mut self, model: &str, endpoint: &str) {
        let same = |(here, there): &(String, String)| here == model || there == endpoint;
        if model != endpoint && !model.is_empty() && !endpoint.is_empty() {
            self.pairs.retain(|pair| !same(pair));
            self.pairs.push((model.to_owned(), endpoint.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HERE: &str = "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AAAAAA";
    const THERE: &str = "arn:aws:secretsmanager:us-east-1:999999999999:secret:pre/db-BBBBBB";

    #[test]
    fn a_request_goes_out_with_names_and_arns_of_the_endpoint() {
        let mut words =
            Words::new("pre/", Some("arn:aws:lambda:us-east-1:999999999999:function:f"));
        words.learn(&json!({ "ARN": HERE }), &json!({ "ARN": THERE }));
        for (here, there) in [
            (json!({ "Name": "db" }), json!({ "Name": "pre/db" })),
            (json!({ "SecretId": "db" }), json!({ "SecretId": "pre/db" })),
            (json!({ "SecretId": "" }), json!({ "SecretId": "" })),
            (json!({ "SecretId": HERE }), json!({ "SecretId": THERE })),
            (
                json!({ "SecretId": "arn:aws:secretsmanager:us-east-1:111111111111:secret:db" }),
                json!({ "SecretId": "arn:aws:secretsmanager:us-east-1:999999999999:secret:pre/db" }),
            ),
            (
                json!({ "Filters": [{ "Key": "name", "Values": ["d", "!x"] }] }),
                json!({ "Filters": [{ "Key": "name", "Values": ["pre/d", "!pre/x"] }] }),
            ),
            (
                json!({ "RotationLambdaARN": "arn:aws:lambda:us-east-1:111111111111:function:g" }),
                json!({ "RotationLambdaARN": "arn:aws:lambda:us-east-1:999999999999:function:f" }),
            ),
            (json!({ "SecretString": "db" }), json!({ "SecretString": "db" })),
        ] {
            assert_eq!(words.request(&here), there);
        }
    }

    #[test]
    fn an_answer_comes_back_in_the_words_of_the_model() {
        let mut words = Words::new("pre/", None);
        words.learn(&json!({ "ARN": HERE }), &json!({ "ARN": THERE }));
        let there = json!({ "ARN": THERE, "Name": "pre/db" });
        assert_eq!(
            words.answer(OperationName::DescribeSecret, &there),
            json!({ "ARN": HERE, "Name": "db" })
        );
        let list = json!({ "SecretList": [{ "Name": "pre/db" }, { "Name": "of-others" }] });
        assert_eq!(
            words.answer(OperationName::ListSecrets, &list),
            json!({ "SecretList": [{ "Name": "db" }] })
        );
        assert_eq!(words.here("the secret pre/db already exists"), "the secret db already exists");
    }

    #[test]
    fn the_arn_of_another_secret_is_no_word() {
        let mut words = Words::new("pre/", None);
        words.learn(&json!({ "ARN": HERE }), &json!({ "ARN": THERE.replace("pre/db", "other") }));
        assert_eq!(words.request(&json!({ "SecretId": "db" })), json!({ "SecretId": "pre/db" }));
        assert!(words.pairs.is_empty());
    }
}
