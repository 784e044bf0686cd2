//! Do the functions keep everybody in step, whatever becomes of their messages and processes?

mod cloud;
mod costs;
mod drive;
mod late;
mod mending;
mod permissions;
mod runtime;
mod sending;
mod storm;
mod template;
mod together;
