//! From statements to the table: each statement knows how the text goes on behind it.

use super::condition::Asked;
use super::statement::{Called, Statement, Table};
use crate::api::RotationStep;
use crate::program::{
    Call, Condition, Flow, FlowId, Node, Program, RegisterId, RegisterSet, Strategy, Term,
};

/// Compiles what was read without mistakes.
pub(super) fn compile(
    name: String,
    strategy: Option<Strategy>,
    table: Table,
    steps: &[(RotationStep, Vec<Statement>)],
) -> Program {
    let mut compiler = Compiler {
        table: &table,
        step: RotationStep::CreateSecret,
        flows: Vec::new(),
        live: Vec::new(),
        nodes: (0..table.nodes).map(|_| None).collect(),
    };
    let done = compiler.flow(Flow::Return, RegisterSet::EMPTY);
    let mut entries = [done; 4];
    for ((step, statements), entry) in steps.iter().zip(&mut entries) {
        compiler.step = *step;
        *entry = compiler.list(statements, done);
    }
    let Compiler { flows, nodes, .. } = compiler;
    let nodes = nodes.into_iter().flatten().collect();
    let Table { registers, messages, grants, .. } = table;
    Program { name, strategy, registers, nodes, flows, entries, messages, grants }
}

struct Compiler<'a> {
    table: &'a Table,
    step: RotationStep,
    flows: Vec<Flow>,
    /// What each flow may still ask.
    live: Vec<RegisterSet>,
    nodes: Vec<Option<Node>>,
}

impl Compiler<'_> {
    fn flow(&mut self, flow: Flow, live: RegisterSet) -> FlowId {
        if let Some(same) = self.flows.iter().position(|it| *it == flow) {
            return FlowId(u16::try_from(same).unwrap_or(u16::MAX));
        }
        self.flows.push(flow);
        self.live.push(live);
        FlowId(u16::try_from(self.flows.len().saturating_sub(1)).unwrap_or(u16::MAX))
    }

    fn live(&self, flow: FlowId) -> RegisterSet {
        self.live.get(flow.index()).copied().unwrap_or_default()
    }

    /// Compiles a list from its end: `next` is how the text goes on behind it.
    fn list(&mut self, statements: &[Statement], next: FlowId) -> FlowId {
        statements.iter().rev().fold(next, |next, statement| self.statement(statement, next))
    }

    fn statement(&mut self, statement: &Statement, next: FlowId) -> FlowId {
        match statement {
            Statement::Call(called) => self.call(called, next),
            Statement::If { asked, then, otherwise } => {
                let then = self.list(then, next);
                let otherwise = self.list(otherwise, next);
                self.branch(*asked, then, otherwise)
            }
            Statement::Return => self.flow(Flow::Return, RegisterSet::EMPTY),
            Statement::Fail(message) => self.flow(Flow::Fail(*message), RegisterSet::EMPTY),
            Statement::Quit => self.flow(Flow::Quit, RegisterSet::EMPTY),
        }
    }

    fn branch(&mut self, asked: Asked, then: FlowId, otherwise: FlowId) -> FlowId {
        let (then, otherwise) = if asked.negated { (otherwise, then) } else { (then, otherwise) };
        let register = |term| match term {
            Term::Register(register) => Some(register),
            Term::Token => None,
        };
        let asks = match asked.condition {
            Condition::Same(one, other) => vec![register(one), register(other)],
            Condition::SameUser(one, other) => vec![Some(one), Some(other)],
            Condition::IsSet(it) => vec![Some(it)],
        };
        let live = self.live(then).union(self.live(otherwise));
        let live = asks.into_iter().flatten().fold(live, RegisterSet::with);
        self.flow(Flow::If { condition: asked.condition, then, otherwise }, live)
    }

    fn call(&mut self, called: &Called, next: FlowId) -> FlowId {
        let on_error: Vec<_> = called
            .on_error
            .iter()
            .map(|(caught, statements)| (*caught, self.list(statements, next)))
            .collect();
        let mut live = self.live(next);
        for register in called.call.bound(called.binds) {
            live = live.without(register);
        }
        for (_, flow) in &on_error {
            live = live.union(self.live(*flow));
        }
        live = mentions(&called.call).into_iter().fold(live, RegisterSet::with);
        let number = called.node.index().saturating_add(1);
        let scope = self
            .table
            .spans
            .iter()
            .filter(|span| span.step == self.step && span.set < number && number <= span.used)
            .fold(RegisterSet::EMPTY, |scope, span| scope.with(span.register));
        let node = Node {
            step: self.step,
            name: called.name.clone(),
            call: called.call.clone(),
            binds: called.binds,
            then: next,
            on_error,
            scope,
            live,
            because: called.because,
        };
        if let Some(entry) = self.nodes.get_mut(called.node.index()) {
            *entry = Some(node);
        }
        self.flow(Flow::Go(called.node), live)
    }
}

/// The registers that a request mentions.
fn mentions(call: &Call) -> Vec<RegisterId> {
    let term = |term: &Option<Term>| match term {
        Some(Term::Register(register)) => Some(*register),
        Some(Term::Token) | None => None,
    };
    match call {
        Call::DescribeSecret { .. } | Call::GetRandomPassword => Vec::new(),
        Call::GetSecretValue { version, .. } => term(version).into_iter().collect(),
        Call::PutSecretValue { value, .. } => value.secret.into_iter().chain(value.from).collect(),
        Call::UpdateSecretVersionStage { move_to, remove_from, .. } => {
            term(move_to).into_iter().chain(term(remove_from)).collect()
        }
        Call::Target(call) => call.verb.mentions(),
    }
}
