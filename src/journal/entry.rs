//! A line that was read, and what can be made of it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::clock::from_iso;
use super::line::HEAD;

/// Something that is kept. Its fields are those of a JSON object, none with the name of a line's own
/// (`v t w m d s n e k`). Types that are to outlive newer versions keep what they do not know
/// (`#[serde(flatten)]` into a map).
pub trait Event: Serialize + DeserializeOwned {
    /// Which event it is, in the field `e`.
    const NAME: &'static str;
}

/// A line whose check was right.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The journal's time, as `2026-11-25T09:10:00.123Z`.
    pub time: String,
    /// Milliseconds since 1970 of the machine's clock, which may be wrong.
    pub wall: i64,
    /// Milliseconds since the writer started.
    pub since: u64,
    /// Days since 1970 by the journal's time.
    pub day: i64,
    /// The session.
    pub session: String,
    /// Which line of the session, from 1.
    pub number: u64,
    /// Which event.
    pub event: String,
    /// The event's own fields.
    pub fields: Map<String, Value>,
}

impl Entry {
    /// `None` where a field that every line has is missing.
    pub(super) fn of(mut object: Map<String, Value>) -> Option<Self> {
        let text = |name: &str| Some(object.get(name)?.as_str()?.to_owned());
        let time = text("t")?;
        let wall = object.get("w").and_then(Value::as_str).unwrap_or(&time);
        let entry = Self {
            wall: from_iso(wall)?,
            since: object.get("m")?.as_u64()?,
            day: object.get("d")?.as_i64()?,
            session: text("s")?,
            number: object.get("n")?.as_u64()?,
            event: text("e")?,
            time,
            fields: Map::new(),
        };
        object.retain(|name, _| !HEAD.contains(&name.as_str()));
        Some(Self {
            fields: object,
            ..entry
        })
    }

    /// Milliseconds since 1970 of the journal's time.
    #[must_use]
    pub fn millis(&self) -> i64 {
        from_iso(&self.time).unwrap_or(0)
    }

    /// The event, where it is an `E` that can be understood.
    #[must_use]
    pub fn read<E: Event>(&self) -> Option<E> {
        if self.event != E::NAME {
            return None;
        }
        serde_json::from_value(Value::Object(self.fields.clone())).ok()
    }
}
