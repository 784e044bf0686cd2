//! Every error of the two services, on every call where it can occur, once and for good.

mod dynamodb;
mod google;
