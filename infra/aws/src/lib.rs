//! What AWS does around the functions, on this machine.
