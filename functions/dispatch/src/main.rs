//! Asks, each minute, for every calendar that is due or wanted to be looked at.

fn main() {}
