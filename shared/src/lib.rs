//! Tidelock's library. The modules in reading order; no logic stands here.

pub mod limits;
pub mod model;
pub mod plan;
pub mod repair;
pub mod validate;

pub mod health;
pub mod schedule;

#[cfg(feature = "store")]
pub mod alerts;
#[cfg(all(feature = "store", feature = "google"))]
pub mod engine;
#[cfg(feature = "google")]
pub mod google;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "sqs")]
pub mod queue;
#[cfg(feature = "store")]
pub mod store;
