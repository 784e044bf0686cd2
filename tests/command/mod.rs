//! Does the `tidelock` command keep its word to the person at the screen?
//!
//! In process and from the outside all the same: arguments in; streams, exit code, files and a simulated Google behind a
//! real socket out.

mod bench;
mod config;
mod consent;
mod damaged;
mod disconnect;
mod explain;
mod failures;
mod health;
mod history;
mod looping;
mod output;
mod purge;
mod redrive;
mod repair;
mod rules;
mod secrets;
mod simulator;
mod status;
mod sync;
mod usage;
mod validate;
