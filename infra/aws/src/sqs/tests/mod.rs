//! What a client of SQS relies on, asked through the stock SDK, with a clock that waits for nobody.

mod batches;
mod dead;
mod faults;
mod fifo;
mod fixture;
mod standard;
