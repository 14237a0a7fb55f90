use axum::Json;
use axum::extract::State;
use model::EntityKind;
use search::{Near, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::params::{Params, day, kilometres, number, place};
use crate::views::hit::SearchView;
use crate::{Doors, Problem};

const LONGEST_Q: usize = 200;
const MOST_HITS: usize = 100;
const USUAL_HITS: usize = 20;
const USUAL_RADIUS_KM: f64 = 25.0;
/// Half way around the earth.
const WIDEST_KM: f64 = 20_000.0;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// Words in any order, at most 200 characters; typing errors are forgiven and the last word may be unfinished.
    /// Without it, whatever passes the filters.
    #[param(max_length = 200, example = "blakbird")]
    q: Option<String>,
    /// Types, separated by commas: venue, artist, performance, festival. All of them without it.
    #[serde(rename = "type")]
    #[param(
        pattern = "^(venue|artist|performance|festival)(,(venue|artist|performance|festival))*$",
        example = "artist,performance"
    )]
    kind: Option<String>,
    /// A place as latitude,longitude in degrees: only what is within `radius` of it.
    #[param(pattern = "^-?[0-9]{1,2}(\\.[0-9]+)?,-?[0-9]{1,3}(\\.[0-9]+)?$", example = "41.15,-8.61")]
    near: Option<String>,
    /// Kilometres around `near`, up to 20000; 25 without it.
    #[param(value_type = Option<f64>, exclusive_minimum = 0, maximum = 20000, example = 10)]
    radius: Option<String>,
    /// First day of the start, as YYYY-MM-DD. With `from` or `to` only what has a start is found.
    #[param(value_type = Option<String>, format = Date, example = "2026-08-01")]
    from: Option<String>,
    /// Last day of the start, as YYYY-MM-DD.
    #[param(value_type = Option<String>, format = Date, example = "2026-08-31")]
    to: Option<String>,
    /// Hits on a page, 1 to 100; 20 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, example = 20)]
    limit: Option<String>,
    /// `next` of the page before.
    #[param(pattern = "^p[0-9]{1,5}$", example = "p20")]
    cursor: Option<String>,
}

/// Finds venues, artists, performances and festivals.
///
/// All words before some of them, exact before mistyped before unfinished, title before other names before text; among
/// equals an artist of exactly that name first, and of performances what is next before what is over.
#[utoipa::path(
    get,
    path = "/v1/search",
    operation_id = "search",
    tag = "search",
    params(SearchParams),
    responses(
        (status = 200, description = "One page of hits, best first", body = SearchView),
        (status = 400, description = "A parameter is unknown or cannot be meant; `detail` says what to change",
         body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The index does not answer", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn search(
    State(doors): State<Doors>,
    Params(params): Params<SearchParams>,
) -> Result<Json<SearchView>, Problem> {
    Ok(Json(find(&doors, &params).await?))
}

/// The search behind the route and the page for people.
pub(crate) async fn find(doors: &Doors, params: &SearchParams) -> Result<SearchView, Problem> {
    let query = Query { today: doors.today(), ..params.query()? };
    let (offset, limit) = (query.offset, query.limit);
    let found = doors.catalogue.find(query).await?;
    let end = offset + found.hits.len();
    let more = found.hits.len() == limit && (end as u64) < found.total && end <= Query::DEEPEST;
    Ok(SearchView::new(found, more.then(|| format!("p{end}"))))
}

impl SearchParams {
    pub(crate) fn for_people(q: &str, kind: Option<&str>, cursor: Option<&str>) -> Self {
        Self {
            q: Some(q.to_owned()),
            kind: kind.map(str::to_owned),
            cursor: cursor.map(str::to_owned),
            ..Self::default()
        }
    }

    fn query(&self) -> Result<Query, Problem> {
        let words = self.q.clone().unwrap_or_default();
        if words.chars().count() > LONGEST_Q {
            return Err(Problem::invalid(format!("q has more than {LONGEST_Q} characters")));
        }
        let limit = self.limit.as_deref().map(|text| number("limit", text, 1, MOST_HITS)).transpose()?;
        Ok(Query {
            words,
            kinds: self.kind.as_deref().map_or(Ok(Vec::new()), kinds)?,
            near: self.circle()?,
            from: self.from.as_deref().map(|text| day("from", text)).transpose()?,
            to: self.to.as_deref().map(|text| day("to", text)).transpose()?,
            today: None,
            limit: limit.unwrap_or(USUAL_HITS),
            offset: self.cursor.as_deref().map_or(Ok(0), offset)?,
        })
    }

    fn circle(&self) -> Result<Option<Near>, Problem> {
        let radius = self.radius.as_deref().map(|text| kilometres("radius", text, WIDEST_KM)).transpose()?;
        match (&self.near, radius) {
            (None, Some(_)) => Err(Problem::invalid("radius needs near=latitude,longitude")),
            (None, None) => Ok(None),
            (Some(near), radius) => {
                let (lat, lon) = place("near", near)?;
                Ok(Some(Near { lat, lon, radius_m: radius.unwrap_or(USUAL_RADIUS_KM) * 1000.0 }))
            }
        }
    }
}

fn kinds(text: &str) -> Result<Vec<EntityKind>, Problem> {
    let named = |name: &str| {
        EntityKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            Problem::invalid("type is a list of venue, artist, performance, festival, separated by commas")
        })
    };
    text.split(',').map(str::trim).map(named).collect()
}

fn offset(cursor: &str) -> Result<usize, Problem> {
    let offset = cursor.strip_prefix('p').filter(|digits| digits.len() <= 5).and_then(|digits| digits.parse().ok());
    let offset = offset.filter(|offset| *offset <= Query::DEEPEST);
    offset.ok_or_else(|| Problem::invalid("cursor is the `next` of the page before, unchanged"))
}
