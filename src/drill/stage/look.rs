//! What the target accepts, found out in the middle of a run.

use std::sync::atomic::Ordering;

use super::{Inner, Stage, Works};
use crate::drill::cell::Place;
use crate::drill::probe::{self, Probe, Seen};
use crate::secret::StagingLabel;
use crate::time::Span;
use crate::world::Action;

use StagingLabel::{AwsCurrent, AwsPrevious};

impl Stage {
    /// Finds out what the target accepts, and has it stand in the trace from now on. Tells whether it accepts anything
    /// that is stored.
    pub(in crate::drill) async fn look(&self) -> Option<bool> {
        let asked = self.probe.as_ref()?;
        let values = probe::values(self.view(&self.lock())?);
        let mut seen = Seen::new(&self.value);
        let mut accepts = false;
        for value in values {
            match self.probed(asked, &value).await {
                Ok(answer) => {
                    accepts |= answer.is_some();
                    seen.add(&value, answer);
                }
                Err(trouble) => {
                    self.lock().trouble = Some(trouble);
                    return None;
                }
            }
        }
        self.probing.fetch_add(1, Ordering::Relaxed);
        let tokens = asked.tokens(&self.value).await;
        self.probing.fetch_sub(1, Ordering::Relaxed);
        match tokens {
            Ok(tokens) => seen.add_tokens(&tokens),
            Err(trouble) => {
                self.lock().trouble = Some(trouble);
                return None;
            }
        }
        let mut inner = self.lock();
        let Inner { world, trace, .. } = &mut *inner;
        let begins = trace.steps.iter().all(|step| step.target.is_none());
        world.find_target(seen.into_database());
        if begins {
            trace.given_target.clone_from(&world.shown_target().cloned());
        }
        world.step(Action::Wait(Span::from_millis(0)), trace);
        Some(accepts)
    }

    /// Asks a probe. Connections to the target are its own meanwhile.
    async fn probed(&self, asked: &Probe, value: &str) -> Result<probe::Answer, String> {
        self.probing.fetch_add(1, Ordering::Relaxed);
        let answer = asked.ask(value).await;
        self.probing.fetch_sub(1, Ordering::Relaxed);
        answer
    }

    /// Whether a connection to the target that comes in now is one of a probe.
    pub(in crate::drill) fn is_probing(&self) -> bool {
        self.probing.load(Ordering::Relaxed) > 0
    }

    /// Finds out whether the current and the previous credential are accepted after a call.
    pub(super) async fn look_after(&self, place: &Place) {
        let Some(asked) = &self.probe else { return };
        let mut works = Works::default();
        for (label, works) in [(AwsCurrent, &mut works.current), (AwsPrevious, &mut works.previous)]
        {
            let value = {
                let inner = self.lock();
                let version = self.view(&inner).and_then(|view| view.holders(&label).next());
                version.and_then(|version| probe::text(version.value.as_ref()?))
            };
            let Some(value) = value else { continue };
            match self.probed(asked, &value).await {
                Ok(answer) => *works = Some(answer.is_some()),
                Err(trouble) => self.lock().trouble = Some(trouble),
            }
        }
        self.lock().seen.push((place.clone(), works));
    }
}
