//! The shape of a scenario file, as YAML has it, before anything is checked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A scenario: a sequence of calls, with what is expected of each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// What the scenario shows, in a few words.
    pub(super) scenario: String,
    /// What happens and why it matters, in a sentence or two.
    pub(super) about: Option<String>,
    /// Where the expected answers come from.
    pub(super) source: Option<String>,
    /// What sources disagree about.
    pub(super) contested: Option<String>,
    /// Words to find the scenario by.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// `SecretId` (and `Name`) where a step leaves it out.
    pub(super) secret: Option<String>,
    /// When the virtual clock starts, such as 2026-01-01T00:00:00Z.
    pub(super) start: Option<String>,
    /// Where passwords, generated ids and ARN suffixes come from.
    pub(super) seed: Option<u64>,
    /// The account of callers, twelve digits; 111111111111 if left out.
    pub(super) account: Option<String>,
    /// The Region; us-east-1 if left out.
    pub(super) region: Option<String>,
    /// The six random characters at the end of ARNs.
    #[serde(rename = "arn-suffix")]
    pub(super) arn_suffix: Option<String>,
    /// How unknown behavior is taken to be: option by id of the assumption.
    #[serde(default)]
    pub(super) assume: BTreeMap<String, String>,
    /// The rotation function that the service invokes: a file with a program, `builtin:NAME`, or which steps of the
    /// template fail. If left out, the steps of the file play the function's part.
    #[serde(default, deserialize_with = "stated")]
    pub(super) function: Option<Value>,
    /// What has the passwords that rotate.
    pub(super) target: Option<TargetFile>,
    /// Applications that cache the secret's value, and how long the target may refuse them.
    #[serde(default)]
    pub(super) clients: Vec<ClientFile>,
    /// What each caller may do. A caller that is not listed may do everything.
    #[serde(default)]
    pub(super) callers: BTreeMap<String, Caller>,
    /// What is given before the first step.
    pub(super) given: Option<Given>,
    /// How answers are compared.
    #[serde(default)]
    pub(super) answers: Answers,
    /// Whether the order of `VersionStages` counts.
    #[serde(rename = "label-order", default)]
    pub(super) label_order: LabelOrder,
    /// What happens, in order.
    pub(super) steps: Vec<Step>,
    /// The properties to judge by; `defaults` stands for all that are on by default.
    #[serde(default, deserialize_with = "stated")]
    pub(super) check: Option<Vec<String>>,
    /// The properties that this scenario must violate, no more and no fewer.
    #[serde(default)]
    pub(super) breaks: Vec<String>,
    /// Properties of its own, which `run` and `explore` judge beside those that always exist.
    #[serde(default)]
    pub(super) properties: Vec<Own>,
    /// What may happen at any moment, for `stagewright explore`.
    pub(super) explore: Option<Explore>,
}

/// A property that a scenario states itself: an expression in CEL, under the key that says when it must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Property")]
pub(super) struct Own {
    /// What reports and `breaks` call it.
    pub(super) name: String,
    /// What must hold, in a sentence.
    pub(super) about: Option<String>,
    /// It holds in every state.
    pub(super) always: Option<String>,
    /// It holds whenever no rotation has anything left to do.
    #[serde(rename = "at-rest")]
    pub(super) at_rest: Option<String>,
    /// It holds in at least one state.
    pub(super) sometimes: Option<String>,
    /// Retries alone get there from every state; a run ends with it.
    pub(super) eventually: Option<String>,
}

/// What may happen at any moment.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Explore {
    /// How many rotations are requested; 1 if left out and there is a function.
    pub(super) rotations: Option<u8>,
    /// How many invocations may be in flight at once; 1 if left out and there is a function.
    pub(super) workers: Option<u8>,
    /// How many faults may happen: a number, or a mapping of `times` and `kinds`.
    #[serde(default, deserialize_with = "stated")]
    pub(super) faults: Option<Value>,
    /// How many reads may answer with what was there before the last change of the secret.
    #[serde(rename = "stale-reads", default)]
    pub(super) stale_reads: u8,
    /// How long nothing happens before another rotation is requested, such as 4h; any time if left out. Clients alone
    /// feel it.
    pub(super) apart: Option<String>,
    /// When the next rotation may be requested.
    #[serde(default)]
    pub(super) gate: Gate,
    /// When the function is invoked.
    #[serde(default)]
    pub(super) runs: Runs,
    /// How many versions there may be in all. It bounds those who may put any number of values.
    pub(super) versions: Option<u8>,
    /// Other people and tools that share the secret.
    #[serde(default)]
    pub(super) others: Vec<Other>,
    /// The properties that the exploration must violate, no more and no fewer.
    #[serde(default)]
    pub(super) breaks: Vec<String>,
}

/// When the next rotation may be requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Gate {
    /// When the service admits it.
    #[default]
    Service,
    /// When, moreover, no invocation is in flight.
    Idle,
}

/// When the function is invoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Runs {
    /// Until the rotation has succeeded or is over, as the service does.
    #[default]
    WhileUnfinished,
    /// By each worker once for each request.
    OncePerRequest,
}

/// Someone else who shares the secret.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Other {
    /// Who.
    pub(super) who: String,
    /// How many calls they make in all; any number if left out.
    pub(super) times: Option<u8>,
    /// `rotation`: only while a rotation is unfinished.
    #[serde(default, deserialize_with = "stated")]
    pub(super) during: Option<During>,
    /// What they may call: operations, or mappings of `call`, `with` and `value`.
    pub(super) calls: Vec<Value>,
}

/// When someone else acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum During {
    /// While a rotation is unfinished.
    Rotation,
}

/// What a caller may do.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Caller {
    /// What is allowed: actions, or mappings of `action`, `secret` and `version-stage`. Everything if left out.
    pub(super) allow: Option<Vec<Value>>,
    /// What is denied, whatever is allowed.
    #[serde(default)]
    pub(super) deny: Vec<Value>,
}

/// What has the passwords that rotate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Target")]
pub(super) struct TargetFile {
    /// The users that exist at the start: one, or two that take turns.
    pub(super) users: BTreeMap<String, UserFile>,
    /// The grant without which nobody logs in.
    #[serde(rename = "login-needs")]
    pub(super) login_needs: Option<String>,
    /// How many passwords or tokens of one user are live at once; any number if left out. What has been replaced doesn't
    /// count.
    pub(super) live: Option<u8>,
    /// How long it takes until a new password or token is accepted, such as 10s; no time if left out.
    #[serde(rename = "propagation-delay")]
    pub(super) propagation_delay: Option<String>,
    /// How long a password that has been replaced is accepted still, such as 1h; no time if left out.
    pub(super) grace: Option<String>,
}

/// A user of the target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "User")]
pub(super) struct UserFile {
    /// The version whose password lets it in, by the name that a step gives.
    pub(super) password: Option<String>,
    /// What it may do.
    #[serde(default)]
    pub(super) grants: Vec<String>,
    /// Whether it must use TLS.
    #[serde(default)]
    pub(super) tls: bool,
}

/// An application that caches the secret's value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Client")]
pub(super) struct ClientFile {
    /// What it is called.
    pub(super) name: String,
    /// How long it keeps a value, such as 5m; 0s if it keeps none.
    pub(super) cache: String,
    /// What it does when the target refuses what it has: `none`, `on-denied` or `try-previous`. `none` if left out.
    pub(super) retry: Option<String>,
    /// How long the target may refuse it in a row, such as 10s.
    pub(super) limit: String,
}

/// What is given before the first step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    /// ARNs of rotation functions that can't be invoked.
    #[serde(rename = "missing-functions", default)]
    pub(super) missing_functions: Vec<String>,
    /// How long a change takes from a primary to its replicas, such as 5s; no time if left out.
    #[serde(rename = "replication-lag")]
    pub(super) replication_lag: Option<String>,
    /// Secrets that other services made and manage.
    #[serde(rename = "managed-secrets", default)]
    pub(super) managed_secrets: Vec<Managed>,
}

/// A secret that another service made and manages.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Managed {
    /// Its name, such as `rds!db-1`.
    pub(super) name: String,
    /// The service that manages it, such as `rds`.
    #[serde(rename = "owning-service")]
    pub(super) owning_service: String,
}

/// How answers are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// Members that are not stated are ignored.
    #[default]
    Members,
    /// A member that is not stated is a difference.
    Exact,
}

/// Whether the order of labels counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LabelOrder {
    /// Labels are compared as a set.
    #[default]
    Ignored,
    /// Labels must come as stated.
    Recorded,
}

/// One step: a call, or time that passes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// The operation that is called.
    pub(super) call: Option<String>,
    /// The members of the request.
    #[serde(rename = "with")]
    pub(super) with: Option<Map<String, Value>>,
    /// Who calls.
    pub(super) by: Option<String>,
    /// The Region in which the call is made; the scenario's if left out.
    pub(super) region: Option<String>,
    /// A name for the `VersionId` of the answer.
    #[serde(rename = "as")]
    pub(super) name: Option<String>,
    /// Members of the answer that must match.
    #[serde(default, deserialize_with = "stated")]
    pub(super) returns: Option<Value>,
    /// The error that must come: its code, `any`, or code, message and status.
    #[serde(default, deserialize_with = "stated")]
    pub(super) fails: Option<Value>,
    /// The whole label map of the secret after the step: version by label.
    #[serde(default, deserialize_with = "stated")]
    pub(super) labels: Option<BTreeMap<String, String>>,
    /// How this answer is compared.
    pub(super) answers: Option<Answers>,
    /// Whether text that looks like a name or a placeholder, but is none, is meant as it stands.
    #[serde(default)]
    pub(super) literal: bool,
    /// Whether this read answers with what was there before the last change of the secret.
    #[serde(default)]
    pub(super) stale: bool,
    /// How long to wait, such as 60s or 25h.
    pub(super) wait: Option<String>,
    /// Until when to wait.
    pub(super) until: Option<String>,
    /// The members of a `RotateSecret` request: a rotation that the service leads the function through.
    #[serde(default, deserialize_with = "stated")]
    pub(super) rotate: Option<Map<String, Value>>,
    /// Waits until rotations have nothing left to do: all steps run, all retries spent. `{}`, or `at-most:` with how long
    /// to wait for it: 100d unless stated.
    #[serde(default, deserialize_with = "stated")]
    pub(super) settle: Option<Map<String, Value>>,
    /// What goes wrong with calls of the function, from this rotation on.
    #[serde(default)]
    pub(super) faults: Vec<FaultFile>,
    /// A remark.
    pub(super) note: Option<String>,
}

/// Something that goes wrong with a call of the function.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Fault")]
pub(super) struct FaultFile {
    /// The call: step and call, such as `setSecret set-password`, with `#2` for the second of that name. For `throttled` the
    /// step alone.
    pub(super) at: String,
    /// `killed-before`, `killed-after`, `error-before`, `error-after`, `timed-out-before`, `timed-out-after` or `stale-read`
    /// at a call; `throttled` at a step.
    pub(super) kind: String,
    /// How often; once if left out.
    pub(super) times: Option<u32>,
}

/// Reads a value that is left out with its key or not at all, so that nothing is checked by an oversight.
fn stated<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// The JSON Schema of a scenario file.
pub(super) fn schema() -> Value {
    let mut schema = schemars::schema_for!(File);
    schema.insert("title".to_owned(), "stagewright scenario".into());
    schema.to_value()
}
