//! The shape of a program file, as YAML has it, before anything is checked.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A rotation function: what it calls at each step, and how it reacts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// What it is, in a few words.
    pub(super) program: String,
    /// What it does and what is known of it.
    #[expect(dead_code, reason = "for readers of the file")]
    pub(super) about: Option<String>,
    /// How the credentials of a secret follow on each other.
    pub(super) strategy: Option<Strategy>,
    /// Whether it knows the value of every version without reading it. No real function does; models that are made to
    /// be compared with others do.
    #[serde(rename = "knows-values", default)]
    pub(super) knows_values: bool,
    /// What every step begins with.
    #[serde(rename = "every-step", default)]
    pub(super) every_step: Vec<Statement>,
    /// Makes a new value and stores it in the pending version.
    #[serde(rename = "createSecret", default)]
    pub(super) create_secret: Vec<Statement>,
    /// Gives the new value to the target.
    #[serde(rename = "setSecret", default)]
    pub(super) set_secret: Vec<Statement>,
    /// Tries the new value there.
    #[serde(rename = "testSecret", default)]
    pub(super) test_secret: Vec<Statement>,
    /// Moves AWSCURRENT to the pending version.
    #[serde(rename = "finishSecret", default)]
    pub(super) finish_secret: Vec<Statement>,
}

/// How the credentials of a secret follow on each other.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum Strategy {
    /// One principal whose password changes.
    SingleUser,
    /// Two principals that take turns.
    AlternatingUsers,
    /// Tokens that are made and revoked.
    Tokens,
}

/// One statement.
#[derive(Debug)]
pub(super) enum Statement {
    /// A bare word: `return`, or a mistake.
    Word(String),
    /// A mapping; one of its keys says what it does.
    Clauses(Box<Clauses>),
}

/// A statement as a mapping. Exactly one of `call`, `target`, `transaction`, `if`, `return`, `fail` and `quit` is there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Statement")]
pub(super) struct Clauses {
    /// The operation of Secrets Manager that is called.
    pub(super) call: Option<String>,
    /// What the target is asked for.
    pub(super) target: Option<String>,
    /// Calls of the target that take effect together.
    #[serde(default, deserialize_with = "stated")]
    pub(super) transaction: Option<Vec<Statement>>,
    /// What is asked about what is remembered.
    #[serde(rename = "if")]
    pub(super) condition: Option<String>,
    /// Ends the step. Always `{}`.
    #[serde(rename = "return", default, deserialize_with = "stated")]
    pub(super) returns: Option<Map<String, Value>>,
    /// Fails the step with that text.
    pub(super) fail: Option<String>,
    /// Ends the rotation for this invocation: no later step, no retry. The text says why.
    pub(super) quit: Option<String>,
    /// Of a `call`: the members of the request. Of a `target`: whose credential.
    #[serde(default, deserialize_with = "stated")]
    pub(super) with: Option<Value>,
    /// A name for the answer.
    #[serde(rename = "as")]
    pub(super) name: Option<String>,
    /// What a `PutSecretValue` stores.
    pub(super) value: Option<NewValue>,
    /// What is done about an error: statements by its code, or by `denied`, `unavailable` and `any`.
    #[serde(rename = "on-error", default)]
    pub(super) on_error: BTreeMap<String, Vec<Statement>>,
    /// The rule of the catalog that says that functions make this call.
    pub(super) because: Option<String>,
    /// What is done if so.
    #[serde(default, deserialize_with = "stated")]
    pub(super) then: Option<Vec<Statement>>,
    /// What is done if not.
    #[serde(rename = "else", default, deserialize_with = "stated")]
    pub(super) otherwise: Option<Vec<Statement>>,
    /// Of `set-password`: the old password, where the target asks for it.
    pub(super) old: Option<String>,
    /// Of `set-password`: another password that is accepted beside the new one.
    pub(super) keep: Option<String>,
    /// Of `grant`: which.
    pub(super) grant: Option<String>,
    /// Of `copy-grants` and `copy-tls`: from whom.
    pub(super) from: Option<String>,
}

/// What a `PutSecretValue` stores.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewValue {
    /// A password or token by its name, or `derived`: it follows from the token of the rotation.
    pub(super) password: String,
    /// The version from whose value everything else is taken.
    pub(super) from: Option<String>,
    /// Whether the user stays the same.
    pub(super) user: Option<User>,
}

/// Whose credential is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum User {
    /// The user of the version that the value is taken from.
    Same,
    /// The other one of the two that take turns.
    Other,
}

/// What a statement is written like, for messages.
const STATEMENT: &str = "a statement: `return`, or a mapping with `call`, `target`, `if` and so on";

impl<'de> Deserialize<'de> for Statement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Statement;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(STATEMENT)
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Statement, E> {
                Ok(Statement::Word(word.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Statement, A::Error> {
                let clauses = Clauses::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Statement::Clauses(Box::new(clauses)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Statement {
    fn schema_name() -> Cow<'static, str> {
        "StatementOrReturn".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let clauses = generator.subschema_for::<Clauses>();
        json_schema!({ "anyOf": [{ "const": "return" }, clauses] })
    }
}

/// Reads a value that is left out with its key or not at all.
fn stated<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// The JSON Schema of a program file.
pub(super) fn schema() -> Value {
    let mut schema = schemars::schema_for!(File);
    schema.insert("title".to_owned(), "stagewright program".into());
    schema.to_value()
}
