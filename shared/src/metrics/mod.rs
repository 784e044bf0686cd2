//! Metrics: values in, one line of CloudWatch's embedded metric format out.
//!
//! Every name is a constant of ours and every value a number, but for the one dimension, which is a constant too. So nothing that
//! comes from outside can become a key, and no id can become a dimension. It reads no clock and counts nothing itself.

mod health;
mod line;
mod sync;

pub use health::of_health;
pub use line::{Line, Metric, Source, Unwritten};
pub use sync::{Cost, of_sync};
