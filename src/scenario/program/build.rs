//! Makes the table of a step from its end to its beginning: each call knows what comes after it.

use crate::api::RotationStep;
use crate::program::{
    Call, Caught, Condition, Credential, Flow, FlowId, Node, NodeId, Program, RegisterId,
    RegisterSet, TargetVerb, Term,
};

/// Registers, each with the call at which it is mentioned or set.
type At = [(usize, RegisterId)];

/// A part of a step, in the order of the text.
#[derive(Debug)]
pub(super) enum Part {
    /// A call, and what is done about its errors.
    Call(NodeId, Vec<(Caught, Vec<Part>)>),
    /// Goes on one way or the other.
    If(Condition, Vec<Part>, Vec<Part>),
    /// Ends the step.
    End(Flow),
}

/// Puts a step whose calls are the last nodes, from `first` on, into the table. `named` has the registers that it
/// mentions and those that it sets, each with its call.
pub(super) fn step(
    program: &mut Program,
    step: RotationStep,
    first: usize,
    parts: &[Part],
    named: (&At, &At),
) {
    let end = flow(program, Flow::Return);
    let entry = list(program, parts, end);
    if let Some(place) = program.entries.get_mut(step as usize) {
        *place = entry;
    }
    let (mentions, sets) = named;
    let all = |list: &At, is_of: &dyn Fn(usize) -> bool| {
        let of = list.iter().filter(|(at, _)| is_of(*at));
        of.fold(RegisterSet::EMPTY, |set, (_, register)| set.with(*register))
    };
    for index in first..program.nodes.len() {
        let mentioned = all(mentions, &|at| at >= index);
        let set = all(sets, &|at| at < index);
        if let Some(node) = program.nodes.get_mut(index) {
            node.scope = RegisterSet(mentioned.0 & set.0);
        }
    }
    // What comes later in the text has been decided when it is needed.
    let mut staged = RegisterSet::EMPTY;
    for index in first..program.nodes.len() {
        if let Some(Call::Target(call)) = program.nodes.get(index).map(|node| &node.call) {
            if call.in_transaction.is_some() {
                staged = staged.union(uses(&Call::Target(*call)));
            }
            if call.verb == TargetVerb::Commit
                && let Some(node) = program.nodes.get_mut(index)
            {
                node.live = std::mem::take(&mut staged);
            }
        }
    }
    for index in (first..program.nodes.len()).rev() {
        let live = live_at(program, index);
        if let Some(node) = program.nodes.get_mut(index) {
            node.live = live;
        }
    }
}

/// The flow, which may be there already.
fn flow(program: &mut Program, flow: Flow) -> FlowId {
    let index = program.flows.iter().position(|it| *it == flow).unwrap_or(program.flows.len());
    if index == program.flows.len() {
        program.flows.push(flow);
    }
    FlowId(u16::try_from(index).unwrap_or(u16::MAX))
}

/// The parts one after the other, and then `next`.
fn list(program: &mut Program, parts: &[Part], next: FlowId) -> FlowId {
    parts.iter().rev().fold(next, |next, part| match part {
        Part::End(end) => flow(program, *end),
        Part::If(condition, then, otherwise) => {
            let then = list(program, then, next);
            let otherwise = list(program, otherwise, next);
            let condition = *condition;
            flow(program, Flow::If { condition, then, otherwise })
        }
        Part::Call(node, handlers) => {
            let on_error: Vec<_> = handlers
                .iter()
                .map(|(caught, parts)| (*caught, list(program, parts, next)))
                .collect();
            if let Some(node) = program.nodes.get_mut(node.index()) {
                node.then = next;
                node.on_error = on_error;
            }
            flow(program, Flow::Go(*node))
        }
    })
}

/// The registers that can still decide something when the call is about to be made.
fn live_at(program: &Program, index: usize) -> RegisterSet {
    let Some(node) = program.nodes.get(index) else { return RegisterSet::EMPTY };
    let after = kills(node).into_iter().fold(live(program, node.then), RegisterSet::without);
    let handled = node.on_error.iter().map(|(_, flow)| live(program, *flow));
    let all = handled.fold(after, RegisterSet::union);
    // A commit begins with what its transaction uses.
    let all = all.union(uses(&node.call)).union(node.live);
    RegisterSet(all.0 & node.scope.0)
}

/// The registers that a flow and what follows it can still read.
fn live(program: &Program, flow: FlowId) -> RegisterSet {
    match program.flow(flow) {
        Flow::Go(node) => program.node(node).map_or(RegisterSet::EMPTY, |node| node.live),
        Flow::Return | Flow::Fail(_) | Flow::Quit => RegisterSet::EMPTY,
        Flow::If { condition, then, otherwise } => {
            let asked = match condition {
                Condition::Same(one, other) => of_term(Some(one)).union(of_term(Some(other))),
                Condition::SameUser(one, other) => RegisterSet::EMPTY.with(one).with(other),
                Condition::IsSet(register) => RegisterSet::EMPTY.with(register),
            };
            asked.union(live(program, then)).union(live(program, otherwise))
        }
    }
}

/// The registers that an answer sets.
fn kills(node: &Node) -> Vec<RegisterId> {
    let mut killed: Vec<_> = node.binds.into_iter().collect();
    if let Call::DescribeSecret { holders, rotation_enabled } = &node.call {
        killed.extend(holders.iter().map(|(_, register)| *register));
        killed.extend(*rotation_enabled);
    }
    killed
}

const fn of_term(term: Option<Term>) -> RegisterSet {
    match term {
        Some(Term::Register(register)) => RegisterSet::EMPTY.with(register),
        Some(Term::Token) | None => RegisterSet::EMPTY,
    }
}

const fn of_credential(credential: Option<Credential>) -> RegisterSet {
    match credential {
        Some(Credential::Register(register)) => RegisterSet::EMPTY.with(register),
        Some(Credential::Administrator) | None => RegisterSet::EMPTY,
    }
}

/// The registers that a call reads.
fn uses(call: &Call) -> RegisterSet {
    match call {
        Call::DescribeSecret { .. } | Call::GetRandomPassword => RegisterSet::EMPTY,
        Call::GetSecretValue { version, .. } => of_term(*version),
        Call::PutSecretValue { value, .. } => {
            let registers = [value.secret, value.from].into_iter().flatten();
            registers.fold(RegisterSet::EMPTY, RegisterSet::with)
        }
        Call::UpdateSecretVersionStage { move_to, remove_from, .. } => {
            of_term(*move_to).union(of_term(*remove_from))
        }
        Call::Target(call) => match call.verb {
            TargetVerb::Query | TargetVerb::CreateToken | TargetVerb::Commit => RegisterSet::EMPTY,
            TargetVerb::Login(with)
            | TargetVerb::UserExists(with)
            | TargetVerb::CreateUser(with)
            | TargetVerb::TokenExists(with)
            | TargetVerb::DeleteToken(with)
            | TargetVerb::Grant { to: with, .. } => of_credential(Some(with)),
            TargetVerb::SetPassword { with, old, keep } => {
                of_credential(Some(with)).union(of_credential(old)).union(of_credential(keep))
            }
            TargetVerb::CopyGrants { from, to } | TargetVerb::CopyTls { from, to } => {
                of_credential(Some(from)).union(of_credential(Some(to)))
            }
        },
    }
}
