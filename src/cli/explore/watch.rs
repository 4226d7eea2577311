//! Who watches a search: a line on a terminal that says how far it is, and Ctrl-C, which ends it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::explore::Progress;
use crate::report::grouped;

/// The line is drawn anew so often: more than that nobody reads.
const EVERY: Duration = Duration::from_millis(100);

/// The status of a process that Ctrl-C killed, as shells tell it.
const KILLED: i32 = 130;

/// Ctrl-C, and where the line goes.
#[derive(Debug)]
pub(in crate::cli) struct Watch {
    stopped: Arc<AtomicBool>,
}

impl Watch {
    /// Listens for Ctrl-C from now on. The first one ends the search; the second one kills the process.
    pub(in crate::cli) fn begin() -> io::Result<Self> {
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stopped);
        let heard = move || {
            if seen.swap(true, Ordering::Relaxed) {
                // Whoever asks a second time doesn't want to wait for an answer.
                std::process::exit(KILLED);
            }
        };
        ctrlc::set_handler(heard).map_err(io::Error::other)?;
        Ok(Self { stopped })
    }

    /// Whether Ctrl-C was heard.
    pub(in crate::cli) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// How far a search is.
#[derive(Debug)]
pub(in crate::cli) struct Line {
    bar: ProgressBar,
    /// When it is drawn next.
    next: Duration,
}

impl Line {
    /// A line for one search. In a pipe it is never drawn.
    pub(in crate::cli) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, next: EVERY }
    }

    /// Says how far the search is.
    pub(in crate::cli) fn show(&mut self, progress: &Progress, elapsed: Duration) {
        self.count(progress.states, "states", elapsed, || {
            format!(", depth {}, {} to go on from", progress.depth, grouped(progress.frontier))
        });
    }

    /// Says how many of something were met, how many a second, and what else there is to say.
    pub(in crate::cli) fn count(
        &mut self,
        met: u64,
        what: &str,
        elapsed: Duration,
        more: impl FnOnce() -> String,
    ) {
        if elapsed < self.next || self.bar.is_hidden() {
            return;
        }
        self.next = elapsed.saturating_add(EVERY);
        let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = met.saturating_mul(1_000).checked_div(milliseconds).unwrap_or(0);
        let (met, rate) = (grouped(met), grouped(rate));
        self.bar.set_message(format!("{met} {what}, {rate} a second{} (Ctrl-C ends it)", more()));
        self.bar.tick();
    }

    /// Says what comes after the search.
    pub(in crate::cli) fn say(&self, text: &'static str) {
        if !self.bar.is_hidden() && self.next > EVERY {
            self.bar.set_message(text);
            self.bar.tick();
        }
    }

    /// Takes the line away.
    pub(in crate::cli) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
