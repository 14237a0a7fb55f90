use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use catalogue::Reading;
use model::{EntityId, EntityKind};

use crate::params::{NoParams, Params, Segments};
use crate::views::address;
use crate::views::entity::{CollectionName, CollectionView, CollectionsView, EntityView};
use crate::views::evidence::EvidenceView;
use crate::{Code, Doors, Problem, conditional};

/// The collections of canonical entities.
#[utoipa::path(
    get,
    path = "/v1/main",
    operation_id = "list_collections",
    tag = "entities",
    responses(
        (status = 200, description = "Every collection and how many entities of it can be found",
         body = CollectionsView),
        (status = 400, description = "A query parameter was given", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn collections(
    State(doors): State<Doors>,
    _: Params<NoParams>,
) -> Result<Json<CollectionsView>, Problem> {
    let counts = doors.catalogue.collections().await?.into_iter();
    let collections = counts.map(|(kind, entities)| CollectionView { name: kind.into(), kind: kind.into(), entities });
    Ok(Json(CollectionsView { collections: collections.collect() }))
}

/// One entity, with the reason for the value of every field.
#[utoipa::path(
    get,
    path = "/v1/main/{collection}/{id}",
    operation_id = "read_entity",
    tag = "entities",
    params(
        ("collection" = CollectionName, Path, description = "The collection that the id belongs to",
         example = "evt_performances"),
        ("id" = String, Path, description = "As search hits and references name it",
         pattern = "^(ven|art|per|fes)_[A-Za-z0-9_]{0,60}$",
         example = "per_0123456789abcdefghjkmnpq"),
    ),
    responses(
        (status = 200, description = "The entity", body = EntityView,
         headers(("etag" = String, description = "Send it as `if-none-match` to learn whether anything changed"))),
        (status = 304, description = "The caller has this state already"),
        (status = 307, description = "The entity was merged into the one at `location`"),
        (status = 400, description = "This is no id", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such collection or entity", body = Problem,
         content_type = "application/problem+json"),
        (status = 410, description = "The entity was deleted", body = Problem,
         content_type = "application/problem+json"),
        (status = 503, description = "The store does not answer", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(doors): State<Doors>,
    Segments((collection, id)): Segments<(String, String)>,
    _: Params<NoParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = entity(&collection, &id)?;
    match doors.catalogue.read(&id).await? {
        Reading::Present(entry) => {
            let etag = conditional::etag(&entry.state);
            let body = || Json(EntityView::from(*entry)).into_response();
            Ok(conditional::unless_known(&headers, etag, "no-cache", body))
        }
        Reading::Merged { survivor } => Ok(moved(&address(&survivor))),
        Reading::Gone(deleted) => {
            Err(Problem::new(Code::Gone, format!("{id} was deleted on {}: {}", deleted.at, deleted.reason)))
        }
        Reading::Unknown => Err(unknown(&id)),
    }
}

/// Everything that any page has stated about an entity.
#[utoipa::path(
    get,
    path = "/v1/main/{collection}/{id}/evidence",
    operation_id = "read_evidence",
    tag = "entities",
    params(
        ("collection" = CollectionName, Path, description = "The collection that the id belongs to",
         example = "evt_venues"),
        ("id" = String, Path, description = "As search hits and references name it",
         pattern = "^(ven|art|per|fes)_[A-Za-z0-9_]{0,60}$",
         example = "ven_0123456789abcdefghjkmnpq"),
    ),
    responses(
        (status = 200, description = "Statements with their quotes and pages", body = EvidenceView),
        (status = 307, description = "The entity was merged into the one at `location`"),
        (status = 400, description = "This is no id", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such collection or entity", body = Problem,
         content_type = "application/problem+json"),
        (status = 410, description = "The entity was deleted", body = Problem,
         content_type = "application/problem+json"),
        (status = 503, description = "The store does not answer", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn evidence(
    State(doors): State<Doors>,
    Segments((collection, id)): Segments<(String, String)>,
    _: Params<NoParams>,
) -> Result<Response, Problem> {
    let id = entity(&collection, &id)?;
    match doors.catalogue.read(&id).await? {
        Reading::Present(_) => {
            let statements = doors.catalogue.evidence(&id).await?;
            Ok(Json(EvidenceView { statements: statements.into_iter().map(Into::into).collect() }).into_response())
        }
        Reading::Merged { survivor } => Ok(moved(&format!("{}/evidence", address(&survivor)))),
        Reading::Gone(_) => Err(Problem::new(Code::Gone, format!("{id} was deleted"))),
        Reading::Unknown => Err(unknown(&id)),
    }
}

/// Temporary, because a merge can be undone.
fn moved(to: &str) -> Response {
    let mut response = Redirect::temporary(to).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The id in its collection.
fn entity(collection: &str, id: &str) -> Result<EntityId, Problem> {
    let Some(kind) = EntityKind::ALL.into_iter().find(|kind| kind.collection().name() == collection) else {
        let known: Vec<&str> = EntityKind::ALL.iter().map(|kind| kind.collection().name()).collect();
        return Err(Problem::new(Code::NotFound, format!("the collections are {}", known.join(", "))));
    };
    let id: EntityId = id.parse().map_err(|error| Problem::new(Code::InvalidId, format!("{error}")))?;
    if id.kind() == kind {
        Ok(id)
    } else {
        let right = id.kind().collection().name();
        Err(Problem::new(Code::NotFound, format!("{id} belongs to {right}, not to {collection}")))
    }
}

fn unknown(id: &EntityId) -> Problem {
    Problem::new(Code::NotFound, format!("nothing is known of {id}"))
}
