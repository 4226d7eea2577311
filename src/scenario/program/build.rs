//! Makes the table of a step from its end to its beginning: each call knows what comes after it.

use crate::api::RotationStep;
use crate::program::{Caught, Condition, Flow, FlowId, NodeId, Program, RegisterId, RegisterSet};

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
