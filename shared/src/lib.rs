//! Tidelock's library. The modules in reading order; no logic stands here.

#[cfg(feature = "google")]
pub mod google;
