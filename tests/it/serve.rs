//! The server as clients see it: over a socket of the loopback, with the bytes that they send.

pub(crate) mod client;
pub(crate) mod control;
mod functions;
mod limits;
mod malformed;
mod operations;
mod state;
