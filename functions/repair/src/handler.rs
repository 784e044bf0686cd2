//! Puts right what a validation found.
