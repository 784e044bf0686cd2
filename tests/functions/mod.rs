//! Do the functions keep everybody in step, whatever becomes of their messages and processes?

mod cloud;
mod drive;
mod together;
