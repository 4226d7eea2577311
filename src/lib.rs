//! Simulates and checks AWS Secrets Manager rotation workflows.
//!
//! A secret has versions; staging labels (`AWSCURRENT`, `AWSPENDING`, `AWSPREVIOUS`, custom ones) move between them.
//! What these calls do to the labels, and on what evidence, is what this crate knows:
//!
//! ```
//! use stagewright::scenario::Scenario;
//!
//! let scenario = Scenario::read(
//!     "
//! scenario: AWSPREVIOUS follows AWSCURRENT
//! secret: db/app
//! steps:
//!   - { call: CreateSecret, with: { SecretString: one }, as: v1 }
//!   - { call: PutSecretValue, with: { SecretString: two, VersionStages: [AWSPENDING] }, as: v2 }
//!   - call: UpdateSecretVersionStage
//!     with: { VersionStage: AWSCURRENT, RemoveFromVersionId: v1, MoveToVersionId: v2 }
//!     labels: { AWSCURRENT: v2, AWSPENDING: v2, AWSPREVIOUS: v1 }
//! ",
//! )
//! .expect("a scenario without mistakes");
//! let played = scenario.play(false);
//! assert!(played.passed());
//! let rules: Vec<_> = played.trace.steps[2].moves.iter().map(|it| it.because.id()).collect();
//! assert_eq!(rules, ["USVS-2", "USVS-5"]);
//! ```
//!
//! # Where to look
//!
//! **What moves a label is in [`labels`]**, one file of pure functions over handles. The rule that each of them names
//! is in [`evidence`], with the sentence and the sources it rests on.
//!
//! Everything is one flow: a scenario makes [`world::Action`]s, [`world::World::step`] turns each into steps of a
//! [`world::Trace`], and the trace is all that is judged ([`property`]) and told ([`report`]).
//!
//! The floors, from the ground; a module uses only what stands above it in this list, and a test holds that:
//!
//! 1. [`evidence`]: why a claim about the service is believed
//! 2. [`time`], [`schedule`], [`secret`], [`assumption`], [`seed`], [`caller`], [`permission`]: values
//! 3. [`labels`]: the label rules
//! 4. [`api`]: the shapes of requests, answers and errors
//! 5. [`service`]: Secrets Manager
//! 6. [`target`], [`program`], [`world`]: what has the passwords; rotation functions; the service, its clock and the
//!    functions it has invoked, and the trace of what happened
//! 7. [`property`]: what must hold over a trace
//! 8. [`explore`], [`model`]: the search through every reachable state; rotation as such a space
//! 9. [`mistake`], [`yaml`], [`library`], [`scenario`]: files that drive it, and those that come along
//! 10. [`coverage`], [`variation`], [`fuzz`]: what scenarios exercise, what they depend on, and random ones
//! 11. [`compare`]: the model and an endpoint side by side
//! 12. [`report`], [`snapshot`]: ways to show it
//! 13. [`lambda`], [`endpoint`]: rotation functions that are processes of their own; endpoints that are live
//! 14. [`serve`]: the service over HTTP, in real time
//! 15. [`drill`]: every call of a real function, broken in every way
//! 15. [`cli`]: the outside
//!
//! # What is not here
//!
//! No clock, no randomness, no file and no hash order below [`lambda`]: the same scenario gives the same bytes on every
//! machine. The service never calls a rotation function. Only [`api`] derives serde below [`scenario`]. Secret values
//! are shown by no report unless it is asked to.

pub mod api;
pub mod assumption;
pub mod caller;
pub mod cli;
pub mod compare;
pub mod coverage;
pub mod drill;
pub mod endpoint;
pub mod evidence;
pub mod explore;
pub mod fuzz;
pub mod labels;
pub mod lambda;
pub mod library;
pub mod mistake;
pub mod model;
pub mod permission;
pub mod program;
pub mod property;
pub mod report;
pub mod scenario;
pub mod schedule;
pub mod secret;
pub mod seed;
pub mod serve;
pub mod service;
pub mod snapshot;
pub mod target;
pub mod time;
pub mod variation;
pub mod world;
pub mod yaml;
