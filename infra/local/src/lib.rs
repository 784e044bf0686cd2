//! Tidelock on one machine: the parts that ship, over an embedded table and, where asked, a simulated Google.

pub mod check;
pub mod clock;
pub mod report;
pub mod world;
