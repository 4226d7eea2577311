//! Exhaustive search: every state that can be reached, breadth first, exactly.
//!
//! The engine knows nothing of secrets. A [`Space`] says what a state is (a few machine words), what can happen in it and
//! what to think of it; the search visits every reachable state once and says what it found.
//!
//! Start with [`space`], the contract between a model and the engine; [`explore()`] is the search.

mod detour;
mod graph;
mod liveness;
mod reached;
mod search;
pub mod space;
mod team;
mod visited;
mod worker;

pub use detour::{Detour, detour};
pub use graph::{StateGraph, graph};
pub use liveness::{Liveness, eventually};
pub use reached::{Hop, Path, Reached};
pub use search::{Bound, Bounds, Exploration, Finding, Progress, Verdict, explore};
pub(crate) use space::FIRST_FACTOR;
pub use space::{ActionId, Findings, Packed, PropertySet, Space, Successor, Words};
