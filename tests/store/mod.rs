//! Does the store keep its word, whatever happens on the wire?
//!
//! Runs on the engine in the process; with `TIDELOCK_TEST_DYNAMODB` set, on the server at that URL.

mod bench;
mod budget;
mod commit;
mod commit_doubt;
mod config;
mod forget;
mod install;
mod journal;
mod lease;
mod rows;
mod table;
mod touch;
mod wake;
mod wheel;
