//! The wire as a worker sees it: through the stock SDK.

mod client;
mod crashes;
mod embedded;
mod failures;
mod fixture;
mod google;
mod meter;
mod schedule;
