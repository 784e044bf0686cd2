//! Do the functions keep everybody in step, whatever becomes of their messages and processes?

mod cloud;
mod costs;
mod drive;
mod permissions;
mod runtime;
mod storm;
mod template;
mod together;
