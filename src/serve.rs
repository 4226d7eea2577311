//! The service over HTTP, for clients and rotation functions as they are.

mod invoke;

pub use invoke::{Ends, Invoker, NoFunctions};
