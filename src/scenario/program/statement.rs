//! Reads the statements of a program in the order of the text: which calls there are, and what they mention.

use std::collections::BTreeSet;

use super::super::check::drafts::{Drafts, meant};
use super::build::{self, Part};
use super::format::{Clauses, File, Statement};
use super::names::{Known, Names, declared};
use crate::api::{ErrorCode, RotationStep};
use crate::evidence::Rule;
use crate::mistake::{quoted, suggest};
use crate::program::{
    Call, Caught, Flow, FlowId, MessageId, NODES_MAX, Node, NodeId, Program, RegisterId,
    RegisterSet, TargetCall, TargetVerb,
};
use crate::yaml::Path;

/// What a statement does, by the key that says so.
const KINDS: [&str; 7] = ["call", "target", "transaction", "if", "return", "fail", "quit"];

/// Reads one program.
pub(super) struct Reader<'a> {
    pub(super) program: Program,
    pub(super) drafts: &'a mut Drafts,
    pub(super) step: RotationStep,
    /// The names that may be set here.
    pub(super) known: Names,
    /// All names that the step sets anywhere.
    pub(super) declared: BTreeSet<String>,
    /// The registers that the step mentions, each with the call at or behind which it is mentioned.
    pub(super) mentions: Vec<(usize, RegisterId)>,
    /// The registers that the step sets, each with the call that does.
    pub(super) sets: Vec<(usize, RegisterId)>,
    /// The calls of `DescribeSecret` with the names of their answers.
    pub(super) descriptions: Vec<(usize, String)>,
    /// Whether values needn't be read to be known.
    pub(super) knows_values: bool,
    /// The transaction that is being read: how many calls it has, and what they mention.
    transaction: Option<(u8, RegisterSet)>,
}

impl<'a> Reader<'a> {
    /// Reads all steps and makes the table.
    pub(super) fn compile(file: &File, drafts: &'a mut Drafts) -> Program {
        if file.program.trim().is_empty() {
            let help = "say in a few words what it does".to_owned();
            let path = Path::top().key("program");
            drafts.value(path, "a program needs a title".to_owned(), "empty", Some(help));
        }
        let mut reader = Reader {
            program: Program {
                name: file.program.clone(),
                strategy: file.strategy.map(Into::into),
                registers: Vec::new(),
                nodes: Vec::new(),
                flows: Vec::new(),
                entries: [FlowId(0); 4],
                messages: Vec::new(),
                grants: Vec::new(),
            },
            drafts,
            knows_values: file.knows_values,
            step: RotationStep::CreateSecret,
            known: Names::new(),
            declared: BTreeSet::new(),
            mentions: Vec::new(),
            sets: Vec::new(),
            descriptions: Vec::new(),
            transaction: None,
        };
        let bodies =
            [&file.create_secret, &file.set_secret, &file.test_secret, &file.finish_secret];
        for (step, body) in RotationStep::ALL.into_iter().zip(bodies) {
            reader.step(step, &file.every_step, body);
        }
        reader.program
    }

    fn step(&mut self, step: RotationStep, every: &[Statement], body: &[Statement]) {
        self.step = step;
        self.known.clear();
        self.declared.clear();
        self.mentions.clear();
        self.sets.clear();
        self.descriptions.clear();
        declared(every, &mut self.declared);
        declared(body, &mut self.declared);
        let first = self.program.nodes.len();
        let (mut parts, ends) = self.list(&Path::top().key("every-step"), every);
        let path = Path::top().key(step.as_str());
        if ends && !body.is_empty() {
            self.unreachable(path.clone());
        }
        parts.extend(self.list(&path, body).0);
        self.describe();
        build::step(&mut self.program, step, first, &parts, (&self.mentions, &self.sets));
    }

    /// Reads statements that follow on each other. Tells whether they always end the step.
    fn list(&mut self, path: &Path, statements: &[Statement]) -> (Vec<Part>, bool) {
        let mut parts = Vec::new();
        let mut ended = false;
        for (index, statement) in statements.iter().enumerate() {
            let path = path.index(index);
            if ended {
                self.unreachable(path);
                break;
            }
            ended = match statement {
                Statement::Word(word) if word == "return" => {
                    parts.push(Part::End(Flow::Return));
                    true
                }
                Statement::Word(word) => {
                    let message = format!("{} is not a statement", quoted(word));
                    let help = match suggest(word, ["return"]) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => {
                            "write `return`, or a mapping with `call`, `target`, `if` and so on"
                                .to_owned()
                        }
                    };
                    self.drafts.value(path, message, "expected a statement", Some(help));
                    false
                }
                Statement::Clauses(clauses) => self.statement(&path, clauses, &mut parts),
            };
        }
        (parts, ended)
    }

    fn unreachable(&mut self, path: Path) {
        let message = "this is never reached".to_owned();
        let help = "what stands before it always ends the step".to_owned();
        self.drafts.value(path, message, "after the end of the step", Some(help));
    }

    /// Reads one statement. Tells whether it always ends the step.
    fn statement(&mut self, path: &Path, it: &Clauses, parts: &mut Vec<Part>) -> bool {
        let given = [
            it.call.is_some(),
            it.target.is_some(),
            it.transaction.is_some(),
            it.condition.is_some(),
            it.returns.is_some(),
            it.fail.is_some(),
            it.quit.is_some(),
        ];
        let kinds: Vec<_> =
            KINDS.into_iter().zip(given).filter(|(_, given)| *given).map(|(key, _)| key).collect();
        let kind = match kinds.as_slice() {
            [] => {
                let message = "a statement that does nothing".to_owned();
                let help = format!("a statement has one of `{}`", KINDS.join("`, `"));
                self.drafts.value(path.clone(), message, "no key says what is done", Some(help));
                return false;
            }
            [kind] => *kind,
            [first, second, ..] => {
                let message = format!("a statement has either `{first}` or `{second}`");
                let help = "make two statements of it".to_owned();
                let label = "a second thing in one statement";
                self.drafts.key(path.key(*second), message, label, Some(help));
                return false;
            }
        };
        self.keys_fit(path, kind, it);
        match kind {
            "call" | "target" => self.calls(path, it, parts),
            "transaction" => self.together(path, it, parts),
            "if" => return self.branches(path, it, parts),
            "fail" => {
                let text = it.fail.clone().unwrap_or_default();
                parts.push(Part::End(Flow::Fail(self.message(text))));
                return true;
            }
            "quit" => {
                parts.push(Part::End(Flow::Quit));
                return true;
            }
            _ => {
                parts.push(Part::End(Flow::Return));
                return true;
            }
        }
        false
    }

    /// Reports keys that make no sense beside the one that says what is done.
    fn keys_fit(&mut self, path: &Path, kind: &str, it: &Clauses) {
        let allowed: &[&str] = match kind {
            "call" => &["with", "as", "value", "on-error", "because"],
            "target" => &["with", "as", "on-error", "because", "old", "keep", "grant", "from"],
            "transaction" => &["on-error"],
            "if" => &["then", "else"],
            _ => &[],
        };
        for (key, given) in [
            ("with", it.with.is_some()),
            ("as", it.name.is_some()),
            ("value", it.value.is_some()),
            ("on-error", !it.on_error.is_empty()),
            ("because", it.because.is_some()),
            ("then", it.then.is_some()),
            ("else", it.otherwise.is_some()),
            ("old", it.old.is_some()),
            ("keep", it.keep.is_some()),
            ("grant", it.grant.is_some()),
            ("from", it.from.is_some()),
        ] {
            if given && !allowed.contains(&key) {
                self.misplaced(path, key, &format!("`{kind}`"), allowed);
            }
        }
        for key in it.returns.iter().flat_map(|members| members.keys()) {
            let path = path.key("return").key(key.clone());
            let message = format!("unknown key {}", quoted(key));
            let help = "write `return: {}`, or the bare word `return`".to_owned();
            self.drafts.key(path, message, "`return` takes nothing", Some(help));
        }
    }

    /// Reports a key that doesn't belong here.
    pub(super) fn misplaced(
        &mut self,
        path: &Path,
        key: &'static str,
        owner: &str,
        allowed: &[&str],
    ) {
        let message = format!("`{key}` doesn't belong to {owner}");
        let help = if allowed.is_empty() {
            format!("remove `{key}`")
        } else {
            format!("beside it there can be `{}`", allowed.join("`, `"))
        };
        self.drafts.key(path.key(key), message, "not here", Some(help));
    }

    fn message(&mut self, text: String) -> MessageId {
        let messages = &mut self.program.messages;
        let index = messages.iter().position(|it| *it == text).unwrap_or(messages.len());
        if index == messages.len() {
            messages.push(text);
        }
        MessageId(u16::try_from(index).unwrap_or(u16::MAX))
    }

    /// A call of the service or the target.
    fn calls(&mut self, path: &Path, it: &Clauses, parts: &mut Vec<Part>) {
        let read = match (&it.call, &it.target) {
            (Some(name), _) => self.service_call(path, it, name),
            (_, Some(verb)) => self.target_call(path, it, verb),
            (None, None) => None,
        };
        // What is wrong with a call has been told; its name is known all the same, so that nothing follows from it.
        let (call, name) = match read {
            Some((call, name)) => (Some(call), name),
            None => (None, None),
        };
        let before = self.known.clone();
        let Some(call) = call else {
            if let Some(name) = &it.name {
                self.known.entry(name.clone()).or_insert(Known::Description);
            }
            return;
        };
        let because = it.because.as_deref().and_then(|id| {
            let rule = Rule::from_id(id);
            if rule.is_none() {
                let message = format!("unknown rule {}", quoted(id));
                let help = meant(id, Rule::ALL.iter().map(|rule| rule.id()));
                self.drafts.value(path.key("because"), message, "not in the catalog", Some(help));
            }
            rule
        });
        let Some(node) = self.node(path, call, because) else { return };
        let mut binds = None;
        if let (Some(kind), Some(name)) = (name, &it.name) {
            binds = self.bind(&path.key("as"), name, kind);
            if let Some(register) = binds {
                self.sets.push((node.index(), register));
            }
        }
        if let Some(node) = self.program.nodes.get_mut(node.index()) {
            node.binds = binds;
        }
        let handlers = self.handlers(path, it, before);
        parts.push(Part::Call(node, handlers));
    }

    /// Adds a node.
    fn node(&mut self, path: &Path, call: Call, because: Option<Rule>) -> Option<NodeId> {
        let index = self.program.nodes.len();
        if index >= NODES_MAX {
            let message = format!("a program makes calls at no more than {NODES_MAX} places");
            self.drafts.value(path.clone(), message, "one too many", None);
            return None;
        }
        let name = format!("{} {}", self.step, call.name());
        let same = |it: &&Node| it.name.split(" #").next() == Some(name.as_str());
        let number = self.program.nodes.iter().filter(same).count().saturating_add(1);
        let name = if number == 1 { name } else { format!("{name} #{number}") };
        self.program.nodes.push(Node {
            step: self.step,
            name,
            call,
            binds: None,
            then: FlowId(0),
            on_error: Vec::new(),
            scope: RegisterSet::EMPTY,
            because,
        });
        u8::try_from(index).ok().map(NodeId)
    }

    /// What is done about errors. `before` has the names that are known if the call fails.
    fn handlers(&mut self, path: &Path, it: &Clauses, before: Names) -> Vec<(Caught, Vec<Part>)> {
        let after = std::mem::replace(&mut self.known, before);
        let mut all = after;
        let mut handlers = Vec::new();
        let path = path.key("on-error");
        for (code, statements) in &it.on_error {
            let path = path.key(code.clone());
            let caught = self.caught(&path, code, it.call.is_some());
            let before = self.known.clone();
            let (parts, ends) = self.list(&path, statements);
            let left = std::mem::replace(&mut self.known, before);
            if !ends {
                all.extend(left);
            }
            handlers.extend(caught.map(|caught| (caught, parts)));
        }
        self.known = all;
        // What fits everything comes last.
        handlers.sort_by_key(|(caught, _)| *caught == Caught::Any);
        handlers
    }

    fn caught(&mut self, path: &Path, code: &str, of_service: bool) -> Option<Caught> {
        let codes = || ErrorCode::ALL.iter().map(|code| code.as_str());
        let found = match (code, of_service) {
            ("any", _) => Some(Caught::Any),
            ("denied", false) => Some(Caught::Denied),
            ("unavailable", false) => Some(Caught::Unavailable),
            (_, true) => {
                let found = ErrorCode::ALL.iter().find(|it| it.as_str() == code);
                found.map(|code| Caught::Service(*code))
            }
            (_, false) => None,
        };
        if found.is_none() {
            let message = format!("unknown error {}", quoted(code));
            let help = if of_service {
                meant(code, codes().chain(["any"]))
            } else {
                meant(code, ["denied", "unavailable", "any"])
            };
            let label = if of_service {
                "not a code of Secrets Manager"
            } else {
                "not an error of a target"
            };
            self.drafts.key(path.clone(), message, label, Some(help));
        }
        found
    }

    /// Calls of the target that take effect together.
    fn together(&mut self, path: &Path, it: &Clauses, parts: &mut Vec<Part>) {
        if self.transaction.is_some() {
            let message = "a transaction in a transaction".to_owned();
            let help = "end the outer one first".to_owned();
            self.drafts.key(path.key("transaction"), message, "not here", Some(help));
            return;
        }
        self.transaction = Some((0, RegisterSet::EMPTY));
        let before = self.known.clone();
        let inner = path.key("transaction");
        let (inner, ends) = self.list(&inner, it.transaction.as_deref().unwrap_or_default());
        parts.extend(inner);
        if ends {
            let message = "a transaction that never takes effect".to_owned();
            let help = "its statements always end the step before the commit".to_owned();
            self.drafts.value(path.clone(), message, "ends the step", Some(help));
        }
        let (count, used) = self.transaction.take().unwrap_or_default();
        // At the end everything is asked for at once, with the credentials of before.
        for index in 0..16 {
            if used.contains(RegisterId(index)) {
                self.mention(RegisterId(index));
            }
        }
        let call = TargetCall { verb: TargetVerb::Commit, in_transaction: Some(count) };
        if let Some(node) = self.node(path, Call::Target(call), None) {
            let handlers = self.handlers(path, it, before);
            parts.push(Part::Call(node, handlers));
        }
    }

    /// The number of the next call in the transaction that is being read.
    pub(super) fn number_in_transaction(&mut self) -> Option<u8> {
        let (count, _) = self.transaction.as_mut()?;
        let number = *count;
        *count = count.saturating_add(1);
        Some(number)
    }

    /// Whether a transaction is being read.
    pub(super) const fn is_in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// Notes that a register is mentioned here.
    pub(super) fn mention(&mut self, register: RegisterId) {
        self.mentions.push((self.program.nodes.len(), register));
        if let Some((_, used)) = &mut self.transaction {
            *used = used.with(register);
        }
    }

    /// Reads an `if`. Tells whether both ways end the step.
    fn branches(&mut self, path: &Path, it: &Clauses, parts: &mut Vec<Part>) -> bool {
        let text = it.condition.as_deref().unwrap_or_default();
        let first_mention = self.mentions.len();
        let condition = self.condition(&path.key("if"), text);
        // A question is asked behind the call before it, with what is remembered there.
        for (at, _) in self.mentions.iter_mut().skip(first_mention) {
            *at = at.saturating_sub(1);
        }
        if it.then.is_none() && it.otherwise.is_none() {
            let message = "an `if` with nothing to do".to_owned();
            let help = "add `then` or `else` with a list of statements".to_owned();
            self.drafts.value(path.clone(), message, "neither `then` nor `else`", Some(help));
        }
        let before = self.known.clone();
        let then = self.list(&path.key("then"), it.then.as_deref().unwrap_or_default());
        let after_then = std::mem::replace(&mut self.known, before);
        let otherwise = self.list(&path.key("else"), it.otherwise.as_deref().unwrap_or_default());
        match (then.1, otherwise.1) {
            (false, true) => self.known = after_then,
            (false, false) => self.known.extend(after_then),
            (true, _) => {}
        }
        let both = then.1 && otherwise.1;
        if let Some((condition, negated)) = condition {
            let (then, otherwise) =
                if negated { (otherwise.0, then.0) } else { (then.0, otherwise.0) };
            parts.push(Part::If(condition, then, otherwise));
        }
        both
    }
}
