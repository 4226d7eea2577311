//! The statements of a program: one mapping each, with the key that says what it is.

use serde_json::{Map, Value};

use super::condition::Asked;
use crate::api::RotationStep;
use crate::evidence::Rule;
use crate::mistake::quoted;
use crate::program::{
    Call, Caught, MessageId, NodeId, Register, RegisterId, RegisterKind, TargetCall, TargetVerb,
};
use crate::scenario::check::drafts::{Drafts, kind, meant};
use crate::secret::StagingLabel;
use crate::yaml::Path;

/// What a statement can be, for help texts.
const STATEMENT: &str =
    "a statement has one of `call`, `target`, `transaction`, `if`, `return`, `fail` and `quit`";
/// The part of a description that says whether rotation is enabled.
const ENABLED: &str = "RotationEnabled";
/// The part of a description that says whether the version of the rotation has a label.
const LABELLED: &str = "token";

/// One statement.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    /// A call, and what is done about its errors.
    Call(Box<Called>),
    /// One way or the other.
    If { asked: Asked, then: Vec<Statement>, otherwise: Vec<Statement> },
    /// The step is done.
    Return,
    /// The step fails.
    Fail(MessageId),
    /// Nothing is left to do for this rotation.
    Quit,
}

/// A call of a program.
#[derive(Clone, Debug)]
pub(super) struct Called {
    pub(super) node: NodeId,
    pub(super) name: String,
    pub(super) call: Call,
    /// What the program calls its answer.
    pub(super) answer: Option<String>,
    pub(super) binds: Option<RegisterId>,
    pub(super) on_error: Vec<(Caught, Vec<Statement>)>,
    pub(super) because: Option<Rule>,
}

/// What the statements have in common.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) registers: Vec<Register>,
    pub(super) messages: Vec<String>,
    pub(super) nodes: usize,
    /// For each step and register: after which call it is set first, and at which call it is used last.
    pub(super) spans: Vec<Span>,
    /// Names of grants, by number.
    pub(super) grants: Vec<String>,
}

/// Where a register is set and used in one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) step: RotationStep,
    pub(super) register: RegisterId,
    pub(super) set: usize,
    pub(super) used: usize,
}

/// Reads statements in the order of the text.
pub(super) struct Reader<'a> {
    pub(super) drafts: &'a mut Drafts,
    table: Table,
    step: RotationStep,
    /// The number of the next statement in a transaction.
    in_transaction: Option<u8>,
    /// Names of answers of `DescribeSecret` so far in this step, and the call that made each.
    described: Vec<(String, usize)>,
    /// The calls of this step so far, by what they are.
    names: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(drafts: &'a mut Drafts) -> Self {
        Self {
            drafts,
            table: Table::default(),
            step: RotationStep::CreateSecret,
            in_transaction: None,
            described: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Begins a step: nothing is remembered.
    pub(super) fn begin(&mut self, step: RotationStep) {
        self.step = step;
        self.described.clear();
        self.names.clear();
    }

    /// Gives each `DescribeSecret` the registers that its answer is asked for.
    pub(super) fn finish(self, steps: &mut [(RotationStep, Vec<Statement>)]) -> Table {
        fn each(statements: &mut [Statement], registers: &[Register]) {
            for statement in statements {
                match statement {
                    Statement::Call(called) => {
                        if let (
                            Some(answer),
                            Call::DescribeSecret { holders, rotation_enabled, token_labelled },
                        ) = (&called.answer, &mut called.call)
                        {
                            for (id, register) in (0..).map(RegisterId).zip(registers) {
                                let Some((name, part)) = register.name.split_once('.') else {
                                    continue;
                                };
                                if name != answer {
                                    continue;
                                }
                                match part {
                                    ENABLED => *rotation_enabled = Some(id),
                                    LABELLED => *token_labelled = Some(id),
                                    label => holders.push((StagingLabel::new(label), id)),
                                }
                            }
                        }
                        for (_, statements) in &mut called.on_error {
                            each(statements, registers);
                        }
                    }
                    Statement::If { then, otherwise, .. } => {
                        each(then, registers);
                        each(otherwise, registers);
                    }
                    Statement::Return | Statement::Fail(_) | Statement::Quit => {}
                }
            }
        }
        for (_, statements) in steps {
            each(statements, &self.table.registers);
        }
        self.table
    }

    /// Reads a list of statements.
    pub(super) fn list(&mut self, path: &Path, list: &[Value]) -> Vec<Statement> {
        let mut statements = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let path = path.index(index);
            let ended = statements.last().is_some_and(|it| {
                matches!(it, Statement::Return | Statement::Fail(_) | Statement::Quit)
            });
            if ended {
                let message = "nothing gets here".to_owned();
                let help = "the statement before it ends the step; remove what follows".to_owned();
                self.drafts.value(path, message, "never reached", Some(help));
                return statements;
            }
            self.statement(&path, value, &mut statements);
        }
        statements
    }

    fn statement(&mut self, path: &Path, value: &Value, out: &mut Vec<Statement>) {
        let members = match value {
            Value::String(word) if word == "return" => return out.push(Statement::Return),
            Value::String(word) if word == "quit" => return out.push(Statement::Quit),
            Value::Object(members) => members,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                let message = format!("expected a statement, found {}", kind(value));
                self.drafts.value(
                    path.clone(),
                    message,
                    "no statement",
                    Some(STATEMENT.to_owned()),
                );
                return;
            }
        };
        let has = |key: &str| members.contains_key(key);
        if has("call") {
            out.extend(self.call(path, members));
        } else if has("target") {
            out.extend(self.target(path, members));
        } else if has("transaction") {
            self.transaction(path, members, out);
        } else if has("if") {
            out.extend(self.branch(path, members));
        } else if has("fail") {
            self.known(path, members, &["fail", "because"]);
            let text = self.text(&path.key("fail"), members.get("fail")).unwrap_or_default();
            let index = self.table.messages.len();
            self.table.messages.push(text.to_owned());
            out.push(Statement::Fail(MessageId(u16::try_from(index).unwrap_or(u16::MAX))));
        } else if has("return") {
            self.known(path, members, &["return"]);
            out.push(Statement::Return);
        } else if has("quit") {
            self.known(path, members, &["quit"]);
            out.push(Statement::Quit);
        } else {
            let message = "a statement that says nothing".to_owned();
            let first = members.keys().next().map(String::as_str).unwrap_or_default();
            let kinds = ["call", "target", "transaction", "if", "return", "fail", "quit"];
            let help = crate::mistake::suggest(first, kinds)
                .map_or_else(|| STATEMENT.to_owned(), |near| format!("did you mean `{near}`?"));
            self.drafts.value(path.clone(), message, "no statement", Some(help));
        }
    }

    fn branch(&mut self, path: &Path, members: &Map<String, Value>) -> Option<Statement> {
        self.known(path, members, &["if", "then", "else"]);
        let at = path.key("if");
        let asked = self
            .text(&at, members.get("if"))
            .map(str::to_owned)
            .and_then(|text| self.condition(&at, &text));
        let then = self.inner(path, members, "then");
        let otherwise = self.inner(path, members, "else");
        Some(Statement::If { asked: asked?, then, otherwise })
    }

    pub(super) fn inner(
        &mut self,
        path: &Path,
        members: &Map<String, Value>,
        key: &str,
    ) -> Vec<Statement> {
        match members.get(key) {
            None => Vec::new(),
            Some(Value::Array(list)) => self.list(&path.key(key.to_owned()), list),
            Some(other) => {
                let message = format!("expected a list of statements, found {}", kind(other));
                let help = Some("begin each statement with `- `".to_owned());
                self.drafts.value(path.key(key.to_owned()), message, "not a list", help);
                Vec::new()
            }
        }
    }

    fn transaction(&mut self, path: &Path, members: &Map<String, Value>, out: &mut Vec<Statement>) {
        self.known(path, members, &["transaction"]);
        if self.in_transaction.is_some() {
            let message = "a transaction in a transaction".to_owned();
            let help = "its statements can stand in the outer one".to_owned();
            self.drafts.key(path.key("transaction"), message, "not here", Some(help));
            return;
        }
        self.in_transaction = Some(0);
        out.extend(self.inner(path, members, "transaction"));
        self.in_transaction = None;
        let (node, name) = self.open("commit");
        let call = Call::Target(TargetCall { verb: TargetVerb::Commit, in_transaction: None });
        out.push(Statement::Call(Box::new(Called {
            node: NodeId(u8::try_from(node.saturating_sub(1)).unwrap_or(u8::MAX)),
            name,
            call,
            answer: None,
            binds: None,
            on_error: Vec::new(),
            because: None,
        })));
    }

    pub(super) fn known(
        &mut self,
        path: &Path,
        members: &Map<String, Value>,
        known: &[&'static str],
    ) {
        for key in members.keys().filter(|key| !known.contains(&key.as_str())) {
            let message = format!("unknown key {}", quoted(key));
            let help = meant(key, known.iter().copied());
            self.drafts.key(path.key(key.clone()), message, "not a key here", Some(help));
        }
    }

    pub(super) fn text<'v>(&mut self, path: &Path, value: Option<&'v Value>) -> Option<&'v str> {
        let value = value?;
        if value.is_string() {
            return value.as_str();
        }
        let message = format!("expected text, found {}", kind(value));
        self.drafts.value(path.clone(), message, "not text", None);
        None
    }

    /// The register of that name, which must have been set in this step.
    pub(super) fn used(
        &mut self,
        path: &Path,
        name: &str,
        wanted: Option<RegisterKind>,
    ) -> Option<RegisterId> {
        if let Some((answer, part)) = name.split_once('.')
            && let Some((_, node)) = self.described.iter().find(|(it, _)| it == answer).cloned()
        {
            let flag = [ENABLED, LABELLED].contains(&part);
            let kind = if flag { RegisterKind::Flag } else { RegisterKind::Version };
            self.bind(node, name, kind);
        }
        let id = self.find(name);
        let step = self.step;
        let last = self.table.nodes;
        let span = id.and_then(|id| {
            self.table.spans.iter_mut().find(|span| span.step == step && span.register == id)
        });
        let Some(span) = span else {
            let known = self.table.spans.iter().filter(|span| span.step == step);
            let mut names: Vec<String> = known
                .filter_map(|span| self.table.registers.get(span.register.index()))
                .map(|register| register.name.clone())
                .collect();
            names.extend(self.described.iter().flat_map(|(name, _)| {
                ["AWSCURRENT", "AWSPENDING"].map(|label| format!("{name}.{label}"))
            }));
            let message = format!("{} is not known here", quoted(name));
            let help = if names.is_empty() {
                "a call before it gives the name with `as:`".to_owned()
            } else {
                meant(name, names.iter().map(String::as_str).chain(["token"]).collect::<Vec<_>>())
            };
            self.drafts.value(path.clone(), message, "not set in this step", Some(help));
            return None;
        };
        span.used = span.used.max(last);
        let register = span.register;
        let found = self.table.registers.get(register.index()).map(|it| it.kind);
        if wanted.is_some() && found != wanted {
            let message = format!("{} holds no version", quoted(name));
            self.drafts.value(path.clone(), message, "something else", None);
            return None;
        }
        Some(register)
    }

    fn find(&self, name: &str) -> Option<RegisterId> {
        let index = self.table.registers.iter().position(|register| register.name == name)?;
        u8::try_from(index).ok().map(RegisterId)
    }

    fn register(&mut self, name: &str, kind: RegisterKind) -> RegisterId {
        self.find(name).unwrap_or_else(|| {
            self.table.registers.push(Register { name: name.to_owned(), kind });
            let index = self.table.registers.len().saturating_sub(1);
            RegisterId(u8::try_from(index).unwrap_or(u8::MAX))
        })
    }

    /// Counts a call and names it: names that its request mentions are used at it.
    pub(super) fn open(&mut self, verb: &str) -> (usize, String) {
        self.table.nodes = self.table.nodes.saturating_add(1);
        self.names.push(verb.to_owned());
        let count = self.names.iter().filter(|it| *it == verb).count();
        let mut name = format!("{} {verb}", self.step);
        if count > 1 {
            name = format!("{name}#{count}");
        }
        (self.table.nodes, name)
    }

    /// Gives the answer of a call its name.
    pub(super) fn bind(&mut self, node: usize, name: &str, kind: RegisterKind) -> RegisterId {
        let register = self.register(name, kind);
        let step = self.step;
        if !self.table.spans.iter().any(|it| it.step == step && it.register == register) {
            self.table.spans.push(Span { step, register, set: node, used: node });
        }
        register
    }

    /// The number of the next statement, if it is one of a transaction.
    pub(super) fn ordinal(&mut self) -> Option<u8> {
        let ordinal = self.in_transaction?;
        self.in_transaction = Some(ordinal.saturating_add(1));
        Some(ordinal)
    }

    /// The number of a grant.
    pub(super) fn grant(&mut self, name: &str) -> u8 {
        let index = self.table.grants.iter().position(|it| it == name).unwrap_or_else(|| {
            self.table.grants.push(name.to_owned());
            self.table.grants.len().saturating_sub(1)
        });
        u8::try_from(index).unwrap_or(u8::MAX)
    }

    /// Remembers that an answer of `DescribeSecret` has a name.
    pub(super) fn describes(&mut self, node: usize, name: &str) {
        self.described.push((name.to_owned(), node));
    }
}
