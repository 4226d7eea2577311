//! What an invocation remembers: transactions that wait for their end, and the bits of registers.

#![expect(clippy::arithmetic_side_effects, reason = "counts of a handful of bits")]

use crate::api::RotationStep;
use crate::program::{Call, Node, Program, RegisterId, RegisterKind, RegisterSet, TargetVerb};

/// What each node remembers. A statement that waits for the end of its transaction keeps what it speaks of until then.
pub(super) fn scopes(program: &Program) -> Vec<RegisterSet> {
    let mut scopes: Vec<RegisterSet> = program.nodes.iter().map(|node| node.scope).collect();
    for (index, node) in program.nodes.iter().enumerate().filter(|(_, node)| ends(node)) {
        let mut spoken = RegisterSet::EMPTY;
        for at in transaction(program, index, node.step).chain([index]) {
            if let Some(scope) = scopes.get_mut(at) {
                *scope = scope.union(spoken);
            }
            if let Some(Call::Target(call)) = program.nodes.get(at).map(|node| &node.call) {
                spoken = call.verb.mentions().into_iter().fold(spoken, RegisterSet::with);
            }
        }
    }
    scopes
}

/// Whether a node ends a transaction.
pub(super) fn ends(node: &Node) -> bool {
    matches!(&node.call, Call::Target(call) if call.verb == TargetVerb::Commit)
}

/// Whether a call changes the target.
pub(super) const fn changes(verb: TargetVerb) -> bool {
    match verb {
        TargetVerb::Login(_)
        | TargetVerb::Query
        | TargetVerb::UserExists(_)
        | TargetVerb::TokenExists(_)
        | TargetVerb::Commit => false,
        TargetVerb::CreateUser(_)
        | TargetVerb::SetPassword { .. }
        | TargetVerb::Grant { .. }
        | TargetVerb::CopyGrants { .. }
        | TargetVerb::CopyTls { .. }
        | TargetVerb::CreateToken
        | TargetVerb::DeleteToken(_) => true,
    }
}

/// The nodes of a transaction up to a node of it: those of its step, back to the end of the one before.
fn transaction(program: &Program, end: usize, step: RotationStep) -> impl Iterator<Item = usize> {
    let own = || program.nodes.iter().enumerate().filter(move |(_, node)| node.step == step);
    let start = own().filter(|(at, node)| *at < end && ends(node)).map(|(at, _)| at).max();
    let waits =
        |node: &Node| matches!(&node.call, Call::Target(call) if call.in_transaction.is_some());
    own()
        .filter(move |(at, node)| start.is_none_or(|start| *at > start) && *at < end && waits(node))
        .map(|(at, _)| at)
}

/// The statements of a transaction before a node of it that change the target, with their bits.
pub(super) fn statements(
    program: &Program,
    end: usize,
    step: RotationStep,
) -> Vec<(u8, TargetVerb)> {
    let verbs = transaction(program, end, step).filter_map(|at| {
        let Call::Target(call) = &program.nodes.get(at)?.call else { return None };
        Some(call.verb).filter(|verb| changes(*verb))
    });
    (0..).zip(verbs).collect()
}

/// Where the registers of one step lie.
pub(super) struct Placing {
    /// For each register: whether it outlives a call, where it begins in its region, how long it is.
    pub(super) fields: Vec<(bool, u32, u32)>,
    /// Bits of the region of those that do.
    pub(super) stored: u32,
}

impl Placing {
    /// Gives each register bits: `holder` for one that has a version, `secret` for one that has a password or a token.
    /// Those that are never there at the same time share theirs.
    pub(super) fn new(
        program: &Program,
        scopes: &[RegisterSet],
        step: RotationStep,
        (holder, secret): (u32, u32),
    ) -> Self {
        let own = || program.nodes.iter().zip(scopes).filter(|(node, _)| node.step == step);
        let stored = own().fold(RegisterSet::EMPTY, |all, (_, scope)| all.union(*scope));
        let mut placing = Self { fields: Vec::new(), stored: 0 };
        for (id, register) in (0..).map(RegisterId).zip(&program.registers) {
            let is_stored = stored.contains(id);
            let width = match register.kind {
                RegisterKind::Version => holder,
                RegisterKind::Password | RegisterKind::Token => secret,
                RegisterKind::Flag => 1,
            };
            // While an answer is looked at, what was remembered before is there beside what the answer binds.
            let clash = own()
                .map(|(node, scope)| node.bound().into_iter().fold(*scope, RegisterSet::with))
                .filter(|together| together.contains(id))
                .fold(RegisterSet::EMPTY, RegisterSet::union);
            let mut taken: Vec<(u32, u32)> = (0..)
                .map(RegisterId)
                .zip(&placing.fields)
                .filter(|(other, (other_stored, ..))| {
                    clash.contains(*other) && *other_stored == is_stored
                })
                .map(|(_, (_, start, length))| (*start, start + length))
                .collect();
            taken.sort_unstable();
            let at = taken.iter().fold(
                0,
                |at, (start, end)| {
                    if at + width <= *start { at } else { at.max(*end) }
                },
            );
            placing.fields.push((is_stored, at, width));
            if is_stored {
                placing.stored = placing.stored.max(at + width);
            }
        }
        placing
    }
}
