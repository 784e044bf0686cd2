//! A worker may die at any call, before or after its effect: the next one brings everything in step.
//!
//! Each scenario is a world just before a worker starts. The worker runs once undisturbed, which tells how many
//! calls there are; then it is killed at each of them, on either side of the effect, its lease runs out, and a
//! fresh worker takes over. All points, no sampling. Commands that people run die the same way, and are run again.

mod commands;
mod scenarios;
pub(crate) mod snapshot;
mod sweep;
