//! The wire below the product: what carries its requests when it runs without AWS and Google.
//!
//! Owns the DynamoDB engine, the Google simulator and the SNS topics in the process, the counting of
//! requests and capacity, and the faults that tests put between a client and its service. It works
//! on requests and responses only, so what stands above is the code that ships.
//!
//! It deliberately knows no item, key or event: what a request means is the caller's business.

mod answer;
pub mod client;
pub mod clock;
pub mod embedded;
mod exchange;
pub mod faults;
pub mod google;
mod layer;
mod lock;
pub mod meter;
pub mod sns;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use clock::Clock;
pub use embedded::Engine;
pub use faults::Schedule;
pub use meter::{Meter, Usage};
