//! One test binary: a module per question. See README.md for how to run it.

#![allow(clippy::cast_possible_truncation, reason = "counts in tests are small")]

#[cfg(test)]
mod atomicity;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod command;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod disasters;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod functions;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod health;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod race;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod smoke;
#[cfg(test)]
mod store;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod wiretap;
