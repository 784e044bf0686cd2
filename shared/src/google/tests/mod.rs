//! The client over a scripted wire: what is sent, and what comes of each answer.
