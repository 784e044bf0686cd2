//! Tidelock on one machine: the parts that ship, over an embedded table and, where asked, a simulated Google.

pub mod age;
pub mod answer;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connect;
pub mod consent;
pub mod damaged;
pub mod demo;
pub mod disconnect;
pub mod exit;
pub mod explain;
pub mod files;
pub mod findings;
pub mod health;
pub mod history;
pub mod host;
pub mod logs;
pub mod metrics;
pub mod plain;
pub mod purge;
pub mod redrive;
pub mod repair;
pub mod report;
pub mod rules;
pub mod simulate;
pub mod stack;
pub mod status;
pub mod sync;
pub mod system;
pub mod up;
pub mod validate;
pub mod world;

/// What an item goes through, from the table's text to a row, is thousands of small pieces, made by one thread and let go
/// by another: the system's allocator takes a quarter of a validation's time for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
