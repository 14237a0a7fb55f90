mod entities;
mod funnel;
mod health;
mod home;
pub(crate) mod media;
mod search;
mod specification;

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::http::{Method, Uri};
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::openapi::Described;
use crate::{Code, Doors, Problem, layers};

/// Everything that an app answers over HTTP.
#[expect(clippy::needless_pass_by_value, reason = "the executable hands its app to the doors")]
pub fn router(app: Arc<App>) -> Router {
    router_on(Doors::of(&app))
}

/// The routes with everything around them, on the parts given.
pub fn router_on(doors: Doors) -> Router {
    let (routes, document) = described().split_for_parts();
    let routes = routes
        .route("/", get(home::show))
        .route("/media/{*key}", get(media::show))
        .merge(specification::route(&document))
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed);
    layers::around(routes.with_state(doors))
}

/// The routes that the OpenAPI document describes.
pub(crate) fn described() -> OpenApiRouter<Doors> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(search::search))
        .routes(routes!(entities::collections))
        .routes(routes!(entities::show))
        .routes(routes!(entities::evidence))
        .routes(routes!(funnel::show))
}

async fn unknown(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    Problem::new(Code::NotFound, format!("there is nothing at {path:?}; /v1/openapi.json lists what there is"))
}

async fn not_allowed(method: Method) -> Problem {
    Problem::new(Code::MethodNotAllowed, format!("this address answers GET and HEAD, not {method}"))
}
