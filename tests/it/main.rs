//! The integration tests, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::allow_attributes,
    clippy::doc_markdown,
    clippy::format_collect,
    clippy::items_after_statements,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, tells what it couldn't do, and reads files"
)]

mod bench_models;
mod calls;
mod canary;
mod canary_target;
mod catalog;
mod cli;
mod clients;
mod cloudtrail;
mod compare;
mod consulted;
mod corpus;
mod coverage;
mod drill;
mod explorations;
mod explore_cli;
mod explore_engine;
mod explore_models;
mod files;
mod fuzz;
mod fuzz_cli;
mod lambda;
mod limits;
mod lookup;
mod mistakes;
mod model;
mod outside;
mod own;
mod packed;
mod packed_functions;
mod plays;
mod precedence;
mod programs;
mod readme;
mod recorded;
mod reductions;
mod reference;
mod regressions;
mod replicas;
mod requests;
mod rotation;
mod rules;
mod same;
mod serve;
mod target;
mod tidy;
mod variation;
