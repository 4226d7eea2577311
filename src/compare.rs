//! The model and a live endpoint side by side: the same calls, and where their answers differ, by rule.
//!
//! What is played is a [`Trace`](crate::world::Trace) of the model. Its calls are sent to the [`Endpoint`] in the
//! endpoint's own [`Words`], and each answer is held against the one in the trace. After a call that may move labels the
//! endpoint is asked where they are, since an answer seldom tells.

mod difference;
mod endpoint;
mod fit;
mod pair;
mod question;
mod random;
mod words;

pub use difference::{Difference, Kind};
pub use endpoint::{Abilities, Answer, Endpoint, Refusal, Request, Time, Unreachable};
pub use fit::{trace_unfit, unfit};
pub use pair::{Compared, Exchange, Made, Pairing, compare};
pub use question::{Question, question};
pub use random::{random_calls, trace_of};
pub use words::Words;
