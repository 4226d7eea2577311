//! The nearest run in which all is well: as far along a path as possible, and from there by helping edges alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::reached::{Hop, Path};
use super::space::Space;

/// Where a path could have gone on well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detour<S> {
    /// How many actions of the path come before it.
    pub kept: usize,
    /// What happens instead of the rest.
    pub hops: Vec<Hop<S>>,
}

/// Leaves `path` as late as possible for a state of which `is_good` says yes, by the shortest way along edges that
/// help, on which nothing is violated. From each state at most `states_max` others are looked at.
pub fn detour<P: Space>(
    space: &P,
    path: &Path<P::State>,
    states_max: usize,
    is_good: impl Fn(P::State) -> bool,
) -> Option<Detour<P::State>> {
    // From what a search with no bound hit has seen in vain, no other search need look again.
    let mut in_vain = BTreeSet::new();
    for kept in (0..clean(space, path)).rev() {
        let before = kept.checked_sub(1).and_then(|last| path.hops.get(last));
        let from = before.map_or(path.initial, |hop| hop.state);
        if let Some(hops) = way(space, from, states_max, &is_good, &mut in_vain) {
            return Some(Detour { kept, hops });
        }
    }
    None
}

/// How many actions of a path there are up to the first one that violates something, with that one.
fn clean<P: Space>(space: &P, path: &Path<P::State>) -> usize {
    let mut from = path.initial;
    for (place, hop) in path.hops.iter().enumerate() {
        let mut broken = space.judge(hop.state).broken;
        let mut index = 0_u32;
        space.successors(from, &mut |it| {
            if index == hop.index {
                broken = broken.or(it.broken);
            }
            index = index.wrapping_add(1);
        });
        if !broken.is_empty() {
            return place.saturating_add(1);
        }
        from = hop.state;
    }
    path.hops.len()
}

/// A state that was looked at, with the one before it.
type Seen<S> = BTreeMap<S, Option<(S, Hop<S>)>>;

/// The shortest way to a good state.
fn way<P: Space>(
    space: &P,
    from: P::State,
    states_max: usize,
    is_good: &impl Fn(P::State) -> bool,
    in_vain: &mut BTreeSet<P::State>,
) -> Option<Vec<Hop<P::State>>> {
    let mut seen: Seen<P::State> = BTreeMap::from([(from, None)]);
    let mut waiting = VecDeque::from([from]);
    while let Some(state) = waiting.pop_front() {
        if !space.judge(state).broken.is_empty() || in_vain.contains(&state) {
            continue;
        }
        if is_good(state) {
            return Some(back(&seen, state));
        }
        if seen.len() > states_max {
            return None;
        }
        let mut index = 0_u32;
        space.successors(state, &mut |it| {
            if space.helps(it.action) && it.broken.is_empty() && !seen.contains_key(&it.state) {
                let hop = Hop { index, action: it.action, state: it.state };
                seen.insert(it.state, Some((state, hop)));
                waiting.push_back(it.state);
            }
            index = index.wrapping_add(1);
        });
    }
    in_vain.extend(seen.into_keys());
    None
}

/// The way back, turned round.
fn back<S: Copy + Ord>(seen: &Seen<S>, to: S) -> Vec<Hop<S>> {
    let mut hops = Vec::new();
    let mut at = to;
    while let Some(Some((before, hop))) = seen.get(&at) {
        hops.push(*hop);
        at = *before;
    }
    hops.reverse();
    hops
}
