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
pub mod host;
pub mod logs;
pub mod plain;
pub mod purge;
pub mod report;
pub mod simulate;
pub mod stack;
pub mod status;
pub mod sync;
pub mod system;
pub mod world;
