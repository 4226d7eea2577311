//! `--windows`: how long the current and the previous credential are refused.

use std::collections::BTreeSet;

use crate::explore::{Hop, Packed, Space as _, graph};
use crate::model::{Act, Model};
use crate::report::{Explored, Windows, Worst};
use crate::time::Span;

/// States of which the worst is sought: a graph of more takes too much memory.
const STATES_MAX: usize = 1_000_000;
/// Actions after which a rotation without faults has surely gone round in circles.
const ACTIONS_MAX: usize = 10_000;

/// Measures.
pub(super) fn measure<const W: usize>(told: &Explored<'_, W>, call_time: Span) -> Windows {
    let path = undisturbed(told.model);
    let scenes = told.model.tell(path.iter().map(|hop| (hop.action, hop.state)));
    let last = scenes.iter().rposition(|scene| matches!(scene.act, Act::Request));
    let scenes = scenes.into_iter().skip(last.unwrap_or(0)).collect();
    Windows { scenes, call_time, worst: worst(told) }
}

/// What happens if nobody interferes and nothing goes wrong: one worker, one rotation after the other.
fn undisturbed<const W: usize>(model: &Model<W>) -> Vec<Hop<Packed<W>>> {
    let mut state = model.initial();
    let mut hops = Vec::new();
    let mut seen = BTreeSet::from([state]);
    while hops.len() < ACTIONS_MAX {
        let mut best: Option<(u8, Hop<Packed<W>>)> = None;
        let mut index = 0_u32;
        model.successors(state, &mut |it| {
            let rank = match Act::of(it.action) {
                // Whoever has been there goes round in circles, until the target has spread what is new, say.
                _ if seen.contains(&it.state) => None,
                Act::Call { worker: 0, .. } => Some(0),
                Act::Pass(_) => Some(1),
                Act::Launch { worker: 0 } => Some(2),
                Act::Clean => Some(3),
                Act::Request if model.rests(&state) => Some(4),
                Act::Request
                | Act::Launch { .. }
                | Act::Call { .. }
                | Act::Fault { .. }
                | Act::Other { .. } => None,
            };
            if let Some(rank) = rank
                && best.is_none_or(|(other, _)| rank < other)
            {
                best = Some((rank, Hop { index, action: it.action, state: it.state }));
            }
            index = index.saturating_add(1);
        });
        let Some((_, hop)) = best else { break };
        state = hop.state;
        seen.insert(state);
        hops.push(hop);
    }
    hops
}

/// The longest that the current credential can be refused in a row, within one rotation.
fn worst<const W: usize>(told: &Explored<'_, W>) -> Worst {
    let model = told.model;
    let node = |state: Packed<W>, _| (model.glance(state).current_works, model.rests(&state));
    let drawn = graph(model, &told.found.reached, STATES_MAX, node, |_, it| {
        !matches!(Act::of(it.action), Act::Request)
    });
    let is_partial = drawn.is_partial || told.found.bound.is_some();
    // What is kept: states in which it is refused, and actions between them that begin no other rotation.
    let mut refused = drawn.graph;
    let never = refused.node_indices().any(|node| {
        let ends = || !is_partial && refused.neighbors(node).all(|next| next == node);
        refused.node_weight(node).is_some_and(|(works, rests)| !works && (*rests || ends()))
    });
    let is_refused = |weight: Option<&(bool, bool)>| weight.is_some_and(|(works, _)| !works);
    refused.retain_edges(|graph, edge| {
        graph.edge_weight(edge) == Some(&true)
            && graph.edge_endpoints(edge).is_some_and(|(from, to)| {
                is_refused(graph.node_weight(from)) && is_refused(graph.node_weight(to))
            })
    });
    let states = refused.node_weights().filter(|(works, _)| !works).count();
    // The longest way through what has no circle, each state after all that lead to it.
    let actions = petgraph::algo::toposort(&refused, None).ok().map(|order| {
        let mut longest = vec![0_u64; refused.node_count()];
        for node in order {
            let own = longest.get(node.index()).copied().unwrap_or_default();
            for next in refused.neighbors(node) {
                if let Some(length) = longest.get_mut(next.index()) {
                    *length = (*length).max(own.saturating_add(1));
                }
            }
        }
        // It is refused once more often than actions lie between.
        longest.into_iter().max().unwrap_or_default().saturating_add(u64::from(states > 0))
    });
    Worst { states: states as u64, actions, never, is_partial }
}
