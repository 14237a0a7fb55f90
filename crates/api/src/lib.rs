//! The HTTP doors of MyStage, and the only room that knows HTTP: routes, the wire's shapes, problems (RFC 9457) and the
//! OpenAPI document, which is made from the routes themselves.
//!
//! Everything here reads. Deliberately absent: sign-in and writes (they come with the first feature that needs them),
//! TLS (a proxy's work), and any answer that is not computed from the store, the index or the blobs.

mod conditional;
mod doors;
mod layers;
mod openapi;
mod page;
mod params;
mod problem;
mod routes;
mod serve;
mod views;

pub use doors::{Clock, Doors};
pub use openapi::document as openapi_document;
pub use problem::{Code, Problem};
pub use routes::{router, router_on};
pub use serve::serve;
