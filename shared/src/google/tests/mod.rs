//! The client over a scripted wire: what is sent, and what comes of each answer.

mod answers;
mod bodies;
mod listing;
mod pace;
mod requests;
mod script;
mod secrets;
mod tokens;
mod transport;
mod wire;
