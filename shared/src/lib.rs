//! Tidelock's library. The modules in reading order; no logic stands here.

pub mod limits;
pub mod model;

#[cfg(feature = "google")]
pub mod google;
