//! What an invocation remembers in vain: registers that nothing reads any more.

use super::Model;
use super::layout::TokenFields;
use crate::api::RotationStep;
use crate::program::{Call, Condition, Flow, FlowId, Program, RegisterId, RegisterSet, Term};

/// For each call the bits of a record that can still decide something on the way from there.
///
/// Secrets that are stored nowhere count as long as the text speaks of them: that the last one who knows a password forgets
/// it is an event. So does what a transaction speaks of: its statements are looked at again with each call.
pub(super) fn live<const W: usize>(model: &Model<W>, program: &Program) -> Vec<u64> {
    let table = &model.table;
    let base = table.pc.place() | table.token.place() | table.waiting.place();
    // The version that a new value is derived from counts where the state says which it was, or for which user.
    let tells = |token: &TokenFields| (token.derived.place() | token.principal.place()) != 0;
    let derives = model.layout.tokens.iter().any(tells);
    let nodes = program.nodes.iter().zip(&table.ops);
    nodes
        .zip(read_later(program, derives))
        .map(|((node, op), read)| {
            let kept = spoken(program, node.step).union(read);
            let registers = table.registers.get(node.step as usize);
            let fields = (0..).map(RegisterId).zip(registers.into_iter().flatten());
            let bits = fields
                .filter(|(id, _)| kept.contains(*id))
                .fold(base, |all, (_, field)| all | field.place());
            op.keep & (bits | table.unsaved_in(op.step))
        })
        .collect()
}

/// The registers that the transactions of a step speak of.
fn spoken(program: &Program, step: RotationStep) -> RegisterSet {
    let calls = program.nodes.iter().filter(|node| node.step == step).map(|node| &node.call);
    let statements = calls.filter_map(|call| {
        let Call::Target(call) = call else { return None };
        call.in_transaction.is_some().then(|| call.verb.mentions())
    });
    statements.flatten().fold(RegisterSet::EMPTY, RegisterSet::with)
}

/// For each call the registers that are read by it or later, before they are set again.
fn read_later(program: &Program, derives: bool) -> Vec<RegisterSet> {
    let mut read = vec![RegisterSet::EMPTY; program.nodes.len()];
    loop {
        let before = read.clone();
        for (index, node) in program.nodes.iter().enumerate().rev() {
            let after = read_from(program, &read, node.then);
            let after = node.bound().into_iter().fold(after, RegisterSet::without);
            let all = node
                .on_error
                .iter()
                .fold(after, |all, (_, flow)| all.union(read_from(program, &read, *flow)));
            let all = reads(&node.call, derives).into_iter().fold(all, RegisterSet::with);
            if let Some(read) = read.get_mut(index) {
                *read = all;
            }
        }
        // Calls stand in the order in which they are made, so this is the second round.
        if read == before {
            return read;
        }
    }
}

/// The registers that are read from a decision on.
fn read_from(program: &Program, read: &[RegisterSet], flow: FlowId) -> RegisterSet {
    let of_term = |term: Term| match term {
        Term::Register(register) => RegisterSet::EMPTY.with(register),
        Term::Token => RegisterSet::EMPTY,
    };
    match program.flow(flow) {
        Flow::Go(node) => read.get(node.index()).copied().unwrap_or_default(),
        Flow::Return | Flow::Fail(_) | Flow::Quit => RegisterSet::EMPTY,
        Flow::If { condition, then, otherwise } => {
            let asked = match condition {
                Condition::Same(one, other) => of_term(one).union(of_term(other)),
                Condition::SameUser(one, other) => RegisterSet::EMPTY.with(one).with(other),
                Condition::IsSet(register) => RegisterSet::EMPTY.with(register),
            };
            let then = read_from(program, read, then);
            asked.union(then).union(read_from(program, read, otherwise))
        }
    }
}

/// The registers that a call reads.
fn reads(call: &Call, derives: bool) -> Vec<RegisterId> {
    let register = |term: &Term| match term {
        Term::Register(register) => Some(*register),
        Term::Token => None,
    };
    match call {
        Call::DescribeSecret { .. } | Call::GetRandomPassword => Vec::new(),
        Call::GetSecretValue { version, .. } => version.iter().filter_map(register).collect(),
        Call::PutSecretValue { value, .. } => {
            value.secret.into_iter().chain(value.from.filter(|_| derives)).collect()
        }
        Call::UpdateSecretVersionStage { move_to, remove_from, .. } => {
            move_to.iter().chain(remove_from).filter_map(register).collect()
        }
        Call::Target(call) => call.verb.mentions(),
    }
}
