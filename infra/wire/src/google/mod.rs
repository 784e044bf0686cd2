//! Google's side.
