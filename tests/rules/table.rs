//! The table of docs/mirrored.md.
