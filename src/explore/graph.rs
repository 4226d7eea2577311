//! The reached states as a graph, to be drawn.

use std::collections::BTreeMap;

use petgraph::graph::{DiGraph, NodeIndex};

use super::reached::Reached;
use super::space::{Space, Successor};

/// A graph of states and what happens between them, in the labels of the caller.
#[derive(Clone, Debug)]
pub struct StateGraph<N, E> {
    /// The states in breadth-first order, the initial one first, and every edge between them.
    pub graph: DiGraph<N, E>,
    /// Whether states were left out.
    pub is_partial: bool,
}

/// The graph of the first `states_max` states.
///
/// `node` is given each state and its depth, `edge` each successor of the state before it. Edges to states that were
/// left out are left out too. `go_on` is asked again and again; once it says no, the rest is left out.
pub fn graph<P: Space, N, E>(
    space: &P,
    reached: &Reached<P::State>,
    states_max: usize,
    mut node: impl FnMut(P::State, u32) -> N,
    mut edge: impl FnMut(P::State, Successor<P::State>) -> E,
    mut go_on: impl FnMut() -> bool,
) -> StateGraph<N, E> {
    let mut graph = DiGraph::new();
    let mut nodes: BTreeMap<P::State, NodeIndex> = BTreeMap::new();
    let mut states = Vec::new();
    let mut is_stopped = false;
    for number in reached.numbers().take(states_max) {
        is_stopped = is_stopped || !go_on();
        if is_stopped {
            break;
        }
        let Some(state) = reached.state(number) else { continue };
        nodes.insert(state, graph.add_node(node(state, reached.depth(number))));
        states.push(state);
    }
    for from in &states {
        is_stopped = is_stopped || !go_on();
        if is_stopped {
            break;
        }
        space.successors(*from, &mut |it| {
            if let (Some(source), Some(target)) = (nodes.get(from), nodes.get(&it.state)) {
                graph.add_edge(*source, *target, edge(*from, it));
            }
        });
    }
    StateGraph { graph, is_partial: is_stopped || (states.len() as u64) < reached.states() }
}
