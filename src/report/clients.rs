//! Clients in an exploration: how long each is refused at worst, and what is taken to be so for that.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Paint;
use super::explore::Explored;
use super::table::line;
use crate::explore::Packed;
use crate::model::Waited;
use crate::property::Property;
use crate::property::client::search::Worst;
use crate::time::Span;

impl<const W: usize> Explored<'_, W> {
    /// The first client that is refused for longer than it may be.
    pub(super) fn outwaited(&self) -> Option<&Waited<Packed<W>>> {
        let is_judged = self.model.setting().check.contains(&Property::ClientGapBounded);
        self.clients.iter().find(|it| is_judged && it.exceeds())
    }
}

/// How long each client is refused, for people.
pub(super) fn clients<const W: usize>(told: &Explored<'_, W>, paint: Paint, text: &mut String) {
    if told.clients.is_empty() {
        return;
    }
    for waited in told.clients {
        let limit = waited.client.limit;
        let mark = match (waited.exceeds(), waited.is_partial) {
            (true, _) => paint.bad("✗"),
            (false, true) => paint.warn("?"),
            (false, false) => paint.good("✓"),
        };
        let long = match (&waited.worst, waited.is_partial) {
            (None, false) => "is never refused".to_owned(),
            (None, true) => "is not refused so far".to_owned(),
            (Some(Worst { length: Some(length), .. }), false) => {
                format!("is refused for {length} at worst")
            }
            (Some(Worst { length: Some(length), .. }), true) => {
                format!("is refused for {length} at worst so far")
            }
            (Some(Worst { length: None, .. }), _) => "can be refused without end".to_owned(),
        };
        let _ = writeln!(text, "  {mark} client {}: {long}, and may be for {limit}", waited.client);
    }
    if told.model.setting().program.is_none() {
        return;
    }
    line(text, "  ", &format!("taken for clients: {}", taken(told)));
}

/// How fast things are taken to go.
pub(super) fn taken<const W: usize>(told: &Explored<'_, W>) -> String {
    let pace = told.pace;
    let begins = match pace.apart.millis() {
        0 => "the next rotation may begin at once".to_owned(),
        _ => format!("nothing happens for {} before a rotation begins", pace.apart),
    };
    let hangs = told.model.hangs_for();
    let hangs = hangs.map(|span| format!("a function that waits in vain is killed after {span}, "));
    format!(
        "whoever has something to do does it within {}, {}the service invokes a function that failed \
         again within {}, and cleans up within {}; {begins}",
        pace.call,
        hangs.unwrap_or_default(),
        told.model.retries_within(),
        told.model.cleans_within(),
    )
}

/// Who is refused in a story, and from where on.
pub(super) fn refused<const W: usize>(
    told: &Explored<'_, W>,
    waited: &Waited<Packed<W>>,
) -> Option<String> {
    let worst = waited.worst.as_ref()?;
    let cached = worst.cached.map(|version| told.version(u64::from(version)));
    let cached = cached.map(|version| format!(", with {version} cached")).unwrap_or_default();
    let since = match worst.from {
        0 => "from the beginning".to_owned(),
        step => format!("after step {step}"),
    };
    let long = match worst.length {
        Some(length) => format!("for {length}"),
        None => "without end".to_owned(),
    };
    Some(format!("{} is refused {since}{cached}, {long}", waited.client))
}

/// How long each client is refused, for programs.
pub(super) fn clients_json<const W: usize>(told: &Explored<'_, W>) -> Value {
    if told.clients.is_empty() {
        return Value::Null;
    }
    let clients = told.clients.iter().map(|waited| {
        let worst = waited.worst.as_ref();
        let millis = match worst {
            None => Some(0),
            Some(worst) => worst.length.map(Span::millis),
        };
        let cached = worst.and_then(|worst| worst.cached);
        json!({
            "name": waited.client.name,
            "cache_milliseconds": waited.client.cache.millis(),
            "retry": waited.client.retry.as_str(),
            "limit_milliseconds": waited.client.limit.millis(),
            "refused_milliseconds": millis,
            "refused_without_end": millis.is_none(),
            "exceeds": waited.exceeds(),
            "cached": cached.map(|version| told.version(u64::from(version))),
            "after_step": worst.map(|worst| worst.from),
            "trace": told.trace(&waited.finding.path),
            "partial": waited.is_partial,
        })
    });
    json!({
        "judged": clients.collect::<Vec<_>>(),
        "taken": {
            "call_milliseconds": told.pace.call.millis(),
            "timeout_milliseconds": told.model.hangs_for().map(Span::millis),
            "retry_milliseconds": told.model.retries_within().millis(),
            "cleanup_milliseconds": told.model.cleans_within().millis(),
            "apart_milliseconds": told.pace.apart.millis(),
        },
    })
}
