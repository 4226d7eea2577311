//! A state by itself, as people see it: labels, what the target accepts, whether all is at rest.

use super::{Model, Scene};
use crate::explore::{Hop, Packed, Path, PropertySet, Space as _};
use crate::labels::LabelSlot;

use super::story::VersionNumber;

/// What can be seen in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The labels that are on a version, with the version.
    pub labels: Vec<(LabelSlot, VersionNumber)>,
    /// The versions whose credential the target accepts.
    pub accepted: Vec<VersionNumber>,
    /// Whether the target accepts the current credential, or there is none.
    pub current_works: bool,
    /// Whether the target accepts the previous credential, or there is none.
    pub previous_works: bool,
    /// Whether no invocation is in flight and none is going to come.
    pub is_at_rest: bool,
}

impl<const W: usize> Model<W> {
    /// Looks at a state.
    pub fn glance(&self, state: Packed<W>) -> Glance {
        let labels: Vec<(LabelSlot, VersionNumber)> = (0..self.layout.labels.len())
            .filter_map(LabelSlot::from_index)
            .map(|label| (label, self.holder(&state, label)))
            .filter(|(_, version)| *version != 0)
            .collect();
        let works = |label| {
            let version = self.holder(&state, label);
            version == 0 || self.works(&state, version)
        };
        let accepted = match self.setting.target {
            None => Vec::new(),
            Some(_) => (1..=self.versions())
                .filter(|version| self.has_value(&state, *version) && self.works(&state, *version))
                .collect(),
        };
        Glance {
            labels,
            accepted,
            current_works: works(LabelSlot::CURRENT),
            previous_works: works(LabelSlot::PREVIOUS),
            is_at_rest: self.rests(&state),
        }
    }

    /// How many versions there can be.
    pub(super) fn versions(&self) -> u64 {
        let others = u64::from(self.setting.puts);
        self.given().saturating_add(u64::from(self.setting.rotations)).saturating_add(others)
    }

    /// Whether no invocation is in flight, none is going to come, and the service and the target have done by themselves
    /// what was due.
    pub fn rests(&self, state: &Packed<W>) -> bool {
        self.layout.rotating.of(state) == 0
            && self.is_idle(state)
            && self.layout.cleans.of(state) == 0
            && self.target_settled(state)
    }

    /// Tells one action; nothing if it can't happen in `before`.
    pub fn tell_one(
        &self,
        before: Packed<W>,
        action: crate::explore::ActionId,
        after: Packed<W>,
    ) -> Option<Scene> {
        self.tell_from(before, [(action, after)]).pop()
    }

    /// The places of the actions of a path among what can happen, for [`Model::walk`].
    pub fn indices(&self, path: &Path<Packed<W>>) -> Vec<u32> {
        let mut from = path.initial;
        let mut indices = Vec::with_capacity(path.hops.len());
        for hop in &path.hops {
            let mut count = 0_u32;
            let mut place = None;
            self.successors(from, &mut |it| {
                if place.is_none() && it.action == hop.action && it.state == hop.state {
                    place = Some(count);
                }
                count = count.saturating_add(1);
            });
            indices.extend(place);
            from = hop.state;
        }
        indices
    }

    /// The path that takes, one after the other, what stands at these places among what can happen.
    ///
    /// # Errors
    ///
    /// The place in `indices`, counted from 0, at which nothing has that index, and how many things can happen there.
    pub fn walk(&self, indices: &[u32]) -> Result<Path<Packed<W>>, (usize, u32)> {
        let initial = self.initial();
        let mut path = Path { initial, hops: Vec::with_capacity(indices.len()) };
        for (place, wanted) in indices.iter().enumerate() {
            let mut count = 0_u32;
            let mut hop = None;
            self.successors(path.end(), &mut |it| {
                if count == *wanted {
                    hop = Some(Hop { index: count, action: it.action, state: it.state });
                }
                count = count.saturating_add(1);
            });
            path.hops.push(hop.ok_or((place, count))?);
        }
        Ok(path)
    }

    /// What is violated by the last action of a path, or in the state after it.
    pub fn broken_at_end(&self, path: &Path<Packed<W>>) -> PropertySet {
        let mut broken = self.judge(path.end()).broken;
        if let Some((last, before)) = path.hops.split_last() {
            let from = before.last().map_or(path.initial, |hop| hop.state);
            let mut index = 0_u32;
            self.successors(from, &mut |it| {
                if index == last.index {
                    broken = broken.or(it.broken);
                }
                index = index.saturating_add(1);
            });
        }
        broken
    }
}
