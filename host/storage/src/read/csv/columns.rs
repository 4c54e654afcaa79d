//! What becomes of a row: an object with a member for each header.

use serde_json::{Map, Value};

/// The columns that become members, in the order in which AWS writes them: that of a
/// `java.util.HashMap`, as the recorded outputs show.
pub(in crate::read) struct Columns(Vec<Column>);

struct Column {
    name: String,
    /// The field's index in a row.
    field: usize,
}

impl Columns {
    /// Of two headers with the same name the later counts.
    pub(in crate::read) fn new(names: impl IntoIterator<Item = String>) -> Self {
        let mut fields = indexmap::IndexMap::new();
        for (field, name) in names.into_iter().enumerate() {
            fields.insert(name, field);
        }
        let mut buckets = 16;
        while fields.len() * 4 > buckets * 3 {
            buckets *= 2;
        }
        let mut columns: Vec<Column> =
            fields.into_iter().map(|(name, field)| Column { name, field }).collect();
        columns.sort_by_key(|column| {
            let hash = hash(&column.name);
            (hash ^ (hash >> 16)) as usize & (buckets - 1)
        });
        Self(columns)
    }

    pub(in crate::read) fn row(&self, fields: &[&str]) -> Value {
        let text = |field: usize| Value::from(fields.get(field).copied().unwrap_or_default());
        let members = self.0.iter().map(|column| (column.name.clone(), text(column.field)));
        Value::Object(members.collect::<Map<_, _>>())
    }
}

/// `String.hashCode()`.
fn hash(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}
