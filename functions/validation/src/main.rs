//! Compares what is stored, and what Google shows, with what should be.

fn main() {}
