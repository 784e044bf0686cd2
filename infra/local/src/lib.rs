//! Tidelock on one machine: the parts that ship, over an embedded table and, where asked, a simulated Google.

pub mod age;
pub mod answer;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod exit;
pub mod explain;
pub mod files;
pub mod findings;
pub mod health;
pub mod host;
pub mod logs;
pub mod metrics;
pub mod plain;
pub mod purge;
pub mod repair;
pub mod report;
pub mod simulate;
pub mod stack;
pub mod status;
pub mod sync;
pub mod system;
pub mod validate;
pub mod world;
