//! Random calls, played by the service and by a naive one in step, judged, and shrunk to the smallest that still fails.
//!
//! A [`Case`] is a few numbers from a seed, which [`Draw`] reads against the state that the calls before have made. What
//! plays it is a [`Machine`], so that a broken one can stand where the service does: the tests prove with fifteen of
//! these that the fuzzer finds what it is there to find.
//!
//! A scenario is fuzzed in its own world: a [`Walker`] takes random ways through its state space if it has one, and else
//! mutants are made of the [`Original`].

mod call;
mod case;
mod draw;
mod duel;
mod excuse;
mod mutant;
mod reference;
mod shrink;
mod walk;

pub use call::{Call, FUNCTION, MISSING, Word, arn};
pub use case::{Broken, Case, Fuzzer, Met};
pub use draw::{Draw, Numbers};
pub use duel::{Broke, Duel, Finding, Machine, Service, violated_by_people};
pub use excuse::excused;
pub use mutant::{Bred, Broken as BrokenMutant, Original, Step, with_function};
pub use reference::{Answer, Labels, Reference, Secret, Version};
pub use shrink::{Alphabet, smallest};
pub use walk::{Walked, Walker};
