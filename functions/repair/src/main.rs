//! Puts right what a validation found.

fn main() {}
