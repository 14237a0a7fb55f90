use utoipa::OpenApi;

/// What the routes themselves do not say.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "MyStage",
        description = "Live music: venues, artists, performances and festivals, each field with the reason for its \
                       value. Everything here is read-only and open to any origin. Errors are RFC 9457 problems with a \
                       stable `code`; every answer carries `x-request-id`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "search", description = "Finding by words, place and day"),
        (name = "entities", description = "The canonical venues, artists, performances and festivals"),
        (name = "pipeline", description = "What became of the pages that were read"),
        (name = "platform", description = "Whether it runs, and what it offers")
    ),
    paths(crate::routes::media::show)
)]
pub(crate) struct Described;

/// The OpenAPI document that is served at `/v1/openapi.json`.
pub fn document() -> utoipa::openapi::OpenApi {
    crate::routes::described().into_openapi()
}
