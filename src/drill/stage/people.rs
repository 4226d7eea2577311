//! What other people do to a secret while its rotation runs.

use serde_json::{Value, json};

use super::{Inner, Stage};
use crate::api::OperationName;
use crate::drill::cell::Kind;
use crate::secret::StagingLabel;

use StagingLabel::{AwsCurrent, AwsPending, AwsPrevious};

impl Stage {
    /// Somebody else does something to the secret.
    pub(super) fn interfere(&self, kind: Kind) {
        let mut inner = self.lock();
        let id = &self.secret;
        let holder = |inner: &Inner, label: &StagingLabel| {
            let view = self.view(inner)?;
            view.holders(label).next().map(|version| version.id.as_str().to_owned())
        };
        let asked = match kind {
            Kind::ValuePut => Some((
                "terraform",
                OperationName::PutSecretValue,
                json!({ "SecretId": id, "SecretString": self.value }),
            )),
            Kind::RotationCancelled => {
                Some(("operator", OperationName::CancelRotateSecret, json!({ "SecretId": id })))
            }
            Kind::CurrentBack => holder(&inner, &AwsCurrent).zip(holder(&inner, &AwsPrevious)).map(
                |(current, previous)| {
                    let members = json!({
                        "SecretId": id,
                        "VersionStage": AwsCurrent.to_string(),
                        "MoveToVersionId": previous,
                        "RemoveFromVersionId": current,
                    });
                    ("operator", OperationName::UpdateSecretVersionStage, members)
                },
            ),
            Kind::PendingRemoved => holder(&inner, &AwsPending).map(|pending| {
                let members = self.pending_off(&pending);
                ("operator", OperationName::UpdateSecretVersionStage, members)
            }),
            Kind::KilledBefore
            | Kind::KilledAfter
            | Kind::ErrorBefore
            | Kind::LostReply
            | Kind::Throttled
            | Kind::Doubled
            | Kind::Overlapped
            | Kind::Interleaved
            | Kind::Straggler
            | Kind::Zombie => None,
        };
        match asked {
            Some((who, name, members)) => drop(self.ask_in(&mut inner, who, name, members)),
            None => inner.inapplicable = true,
        }
    }

    /// The request that takes AWSPENDING off a version.
    fn pending_off(&self, version: &str) -> Value {
        json!({
            "SecretId": self.secret,
            "VersionStage": AwsPending.to_string(),
            "RemoveFromVersionId": version,
        })
    }

    /// An operator takes AWSPENDING off, if it is on a version that isn't current: it would block the next rotation.
    pub(in crate::drill) fn clear_pending(&self) {
        let mut inner = self.lock();
        let pending = self.view(&inner).and_then(|view| {
            let mut holders = view.holders(&AwsPending);
            holders.find(|it| !it.labels.contains(&AwsCurrent)).map(|it| it.id.clone())
        });
        if let Some(pending) = pending {
            let members = self.pending_off(pending.as_str());
            drop(self.ask_in(
                &mut inner,
                "operator",
                OperationName::UpdateSecretVersionStage,
                members,
            ));
        }
    }
}
