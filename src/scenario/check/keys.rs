//! Keys of a step that make sense beside some others alone.

use super::StepReader;
use crate::scenario::format::With;

impl StepReader<'_> {
    /// Keys that make sense in a call alone.
    pub(super) fn only_calls_have(&mut self) {
        for (key, given) in [
            ("with", self.has_with),
            ("by", self.step.by.is_some()),
            ("region", self.step.region.is_some()),
            ("as", self.step.name.is_some()),
            ("returns", self.returns.is_some()),
            ("fails", self.step.fails.is_some()),
            ("answers", self.step.answers.is_some()),
            ("stale", self.step.stale),
            ("in", self.step.within.is_some()),
            ("fault", self.step.fault.is_some()),
        ] {
            if given {
                let message = format!("`{key}` belongs to a call");
                let help = format!("remove `{key}`, or make two steps of it");
                let label = "nothing is called in this step";
                self.drafts.key(self.path.key(key), message, label, Some(help));
            }
        }
    }

    /// The key that makes sense in a rotation alone.
    pub(super) fn only_rotations_have(&mut self) {
        if !self.step.faults.is_empty() {
            let message = "`faults` belongs to `rotate`".to_owned();
            let help = "state it in the step that starts the rotation".to_owned();
            let label = "no rotation starts in this step";
            self.drafts.key(self.path.key("faults"), message, label, Some(help));
        }
    }

    /// What a call of the service sends is a mapping.
    pub(super) fn only_members(&mut self) {
        if let Some(With::Name(_)) = &self.step.with {
            let message = "expected a mapping, found a string".to_owned();
            let label = "in `with` of a call";
            self.drafts.value(self.path.key("with"), message, label, None);
        }
    }

    /// Keys that make sense in a call of the target alone.
    pub(super) fn only_targets_have(&mut self) {
        for (key, given) in [
            ("old", self.step.old.is_some()),
            ("keep", self.step.keep.is_some()),
            ("from", self.step.from.is_some()),
            ("grant", self.step.grant.is_some()),
            ("transaction", self.step.transaction),
        ] {
            if given {
                let message = format!("`{key}` belongs to a call of the target");
                let help = format!("remove `{key}`");
                let label = "the target isn't called in this step";
                self.drafts.key(self.path.key(key), message, label, Some(help));
            }
        }
    }
}
