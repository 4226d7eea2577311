//! `--windows`: how long the current and the previous credential are refused.

use std::collections::BTreeSet;

use petgraph::graph::DiGraph;

use crate::explore::{Hop, Packed, Space as _, Successor, graph};
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

/// What counts of a state.
#[derive(Clone, Copy)]
struct Seen {
    /// Whether the current credential is refused, and the previous one.
    refused: [bool; 2],
    /// Whether nothing is left to do.
    rests: bool,
    /// How long it stays so at most, if it has to change at all.
    stays: Span,
}

/// The longest that the current credential and the previous one can be refused in a row, within one rotation.
fn worst<const W: usize>(told: &Explored<'_, W>) -> [Worst; 2] {
    let model = told.model;
    let node = |state: Packed<W>, _| {
        let glance = model.glance(state);
        Seen {
            refused: [!glance.current_works, !glance.previous_works],
            rests: glance.is_at_rest,
            stays: model.stays(state, told.pace).unwrap_or_default(),
        }
    };
    let within = |_, it: Successor<Packed<W>>| !matches!(Act::of(it.action), Act::Request);
    let drawn = graph(model, &told.found.reached, STATES_MAX, node, within, || true);
    let is_partial = drawn.is_partial || told.found.bound.is_some();
    [0, 1].map(|which| worst_of(drawn.graph.clone(), which, is_partial))
}

/// The longest that one of both is refused.
fn worst_of(mut refused: DiGraph<Seen, bool>, which: usize, is_partial: bool) -> Worst {
    let is_refused = |seen: &Seen| seen.refused.get(which) == Some(&true);
    // What is kept: states in which it is refused, and actions between them that begin no other rotation.
    let never = refused.node_indices().any(|node| {
        let ends = || !is_partial && refused.neighbors(node).all(|next| next == node);
        refused.node_weight(node).is_some_and(|seen| is_refused(seen) && (seen.rests || ends()))
    });
    refused.retain_edges(|graph, edge| {
        let is_kept = |node| graph.node_weight(node).is_some_and(is_refused);
        let ends = graph.edge_endpoints(edge);
        graph.edge_weight(edge) == Some(&true)
            && ends.is_some_and(|(from, to)| is_kept(from) && is_kept(to))
    });
    let states = refused.node_weights().filter(|seen| is_refused(seen)).count();
    // The longest ways through what has no circle, each state after all that lead to it.
    let longest = petgraph::algo::toposort(&refused, None).ok().map(|order| {
        let mut longest = vec![(0_u64, Span::default()); refused.node_count()];
        let mut all = (0_u64, Span::default());
        for node in order {
            let Some(seen) = refused.node_weight(node).filter(|seen| is_refused(seen)) else {
                continue;
            };
            let (actions, span) = longest.get(node.index()).copied().unwrap_or_default();
            // It is refused once more often than actions lie between.
            let own = (actions.saturating_add(1), span.plus(seen.stays));
            let longer = |one: (u64, Span)| (one.0.max(own.0), one.1.max(own.1));
            all = longer(all);
            for next in refused.neighbors(node) {
                if let Some(length) = longest.get_mut(next.index()) {
                    *length = longer(*length);
                }
            }
        }
        all
    });
    Worst { states: states as u64, longest, never, is_partial }
}
