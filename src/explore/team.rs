//! Threads that work in step: nobody begins the next half of a round before everyone is done with this one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How often a thread looks before it lets others run. The others are done within microseconds, unless the machine has
/// something else to do.
const LOOKS: u32 = 2_000;

/// A meeting point of a fixed number of threads.
///
/// Unlike [`std::sync::Barrier`] it looks before it sleeps (rounds take a fraction of a millisecond), and a thread that
/// panics releases the others.
#[derive(Debug)]
pub(super) struct Meeting {
    members: usize,
    arrived: AtomicUsize,
    held: AtomicUsize,
    is_off: AtomicBool,
}

/// The meetings are off: another thread panicked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Off;

impl Meeting {
    pub(super) fn of(members: usize) -> Self {
        Self {
            members,
            arrived: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            is_off: AtomicBool::new(false),
        }
    }

    /// Waits until everyone is here.
    pub(super) fn join(&self) -> Result<(), Off> {
        let number = self.held.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel).wrapping_add(1) == self.members {
            self.arrived.store(0, Ordering::Relaxed);
            self.held.store(number.wrapping_add(1), Ordering::Release);
            return Ok(());
        }
        let mut looks = 0_u32;
        while self.held.load(Ordering::Acquire) == number {
            if self.is_off.load(Ordering::Relaxed) {
                return Err(Off);
            }
            looks = looks.saturating_add(1);
            if looks < LOOKS {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        Ok(())
    }
}

/// Calls the meetings off if its thread panics.
#[derive(Debug)]
pub(super) struct Member<'m>(pub(super) &'m Meeting);

impl Drop for Member<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.is_off.store(true, Ordering::Relaxed);
        }
    }
}
