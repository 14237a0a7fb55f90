use model::{Collection, Database, Field, Kind};
use serde_json::Value;
use store::sql::Dialect;

use crate::jsonb::escape_text;
use crate::link::Parameter;

/// Names longer than this are cut off by PostgreSQL.
const NAME_MAX: usize = 63;

pub(crate) fn dialect(database: Database) -> Dialect {
    let table = match database {
        Database::Pipeline => |name: &str| qualified(Database::Pipeline, name),
        Database::Main => |name: &str| qualified(Database::Main, name),
        Database::Admin => |name: &str| qualified(Database::Admin, name),
    };
    Dialect { field, number, parameter: |n| format!("${n}"), table }
}

/// A table of a database: its schema has the database's name.
pub(crate) fn qualified(database: Database, name: &str) -> String {
    format!("\"{}\".\"{}\"", database.name(), short(name))
}

pub(crate) fn table(collection: Collection) -> String {
    qualified(collection.database(), collection.name())
}

/// A name that PostgreSQL keeps as it is.
pub(crate) fn short(name: &str) -> String {
    if name.len() <= NAME_MAX {
        return name.to_owned();
    }
    // FNV-1a, 64 bits.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{}_{hash:016x}", &name[..NAME_MAX - 17])
}

/// The SQL that reads a top-level field, null where it is of another kind. An index and the queries on it must spell it
/// alike; without the parentheses the collation binds to the field's name, and the index is ignored. Field names are
/// constants of `model`, never input.
pub(crate) fn field(field: &Field) -> String {
    let name = field.name;
    let value = format!("data->'{name}'");
    let (kind, read) = match field.kind {
        Kind::Text => ("string", format!("data->>'{name}'")),
        // A number with a fraction is no integer, not even 1.0.
        Kind::Integer => (
            "number",
            format!(
                "CASE WHEN scale(({value})::numeric)=0 AND ({value})::numeric BETWEEN {} AND {} THEN ({value})::bigint END",
                i64::MIN,
                i64::MAX
            ),
        ),
        Kind::Real => ("number", format!("({value})::double precision")),
        Kind::Flag => ("boolean", format!("({value})::boolean")),
        Kind::Elements => ("array", value.clone()),
    };
    let read = format!("(CASE jsonb_typeof({value}) WHEN '{kind}' THEN {read} END)");
    if field.kind == Kind::Text { format!("({read} COLLATE \"C\")") } else { read }
}

fn number(name: &str) -> String {
    format!("CASE jsonb_typeof(data->'{name}') WHEN 'number' THEN (data->'{name}')::numeric END")
}

/// The indexed fields of a stored document as a JSON object.
pub(crate) fn indexed(collection: Collection) -> String {
    let fields: Vec<String> =
        collection.indexed_fields().iter().map(|field| format!("'{0}',data->'{0}'", field.name)).collect();
    format!("jsonb_build_object({})", fields.join(","))
}

pub(crate) fn parameters(values: &[(Value, Kind)]) -> Vec<Parameter> {
    values.iter().map(|(value, kind)| parameter(value, *kind)).collect()
}

fn parameter(value: &Value, kind: Kind) -> Parameter {
    match kind {
        Kind::Text | Kind::Elements => Box::new(value.as_str().map(|text| escape_text(text).into_owned())),
        Kind::Integer => Box::new(value.as_i64()),
        Kind::Real => Box::new(value.as_f64()),
        Kind::Flag => Box::new(value.as_bool()),
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME_MAX, short};

    #[test]
    fn names_are_never_cut_off_to_the_same() {
        let (one, other) = (format!("{}a", "n".repeat(70)), format!("{}b", "n".repeat(70)));
        assert!(short(&one).len() <= NAME_MAX && short(&one) != short(&other));
        assert_eq!(short("urls__source_id"), "urls__source_id");
    }
}
