//! Many workers at once, leases that are stolen, workers that wake up late: still one chain of commits, no
//! duplicate, no lost change, no lost wake.
//!
//! Workers take turns as a seed says. A lease is stolen by a worker whose clock is ahead: to it every lease of a
//! slower clock has run out, while its holder goes on.

mod crowd;
mod late;
mod user;

pub(crate) use crowd::{person, settled};
