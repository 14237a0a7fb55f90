//! Fetching from a server on loopback that behaves, misbehaves and attacks.

mod decoding;
mod limits;
mod pages;
mod redirects;
mod robots;
mod server;
