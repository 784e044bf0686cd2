//! What AWS does around the functions, on this machine.

mod lock;
mod random;
mod reply;
pub mod secrets;
pub mod serve;
pub mod site;
pub mod sqs;
