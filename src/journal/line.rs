//! One line with its check.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::MAX_LINE;
use super::clock::{Stamp, iso};

/// What comes before the check.
const KEY: &str = ",\"k\":\"";
/// Digits of the check.
const DIGITS: usize = 6;
/// Fields of every line; no event has one of these names.
pub(super) const HEAD: [&str; 9] = ["v", "t", "w", "m", "d", "s", "n", "e", "k"];

/// The line, with its line feed.
pub(super) fn sealed(
    stamp: &Stamp,
    session: &str,
    number: u64,
    event: &str,
    fields: &Map<String, Value>,
) -> Result<String, String> {
    if let Some(name) = fields.keys().find(|name| HEAD.contains(&name.as_str())) {
        return Err(format!("its field {name:?} has a name that every line has"));
    }
    let mut line = format!("{{\"v\":1,\"t\":\"{}\"", iso(stamp.time));
    if let Some(wall) = stamp.other_wall() {
        let _ = write!(line, ",\"w\":\"{}\"", iso(wall));
    }
    let _ = write!(
        line,
        ",\"m\":{},\"d\":{},\"s\":{},\"n\":{number},\"e\":{}",
        stamp.since,
        stamp.day(),
        Value::from(session),
        Value::from(event)
    );
    for (name, value) in fields {
        let _ = write!(line, ",{}:{value}", Value::from(name.as_str()));
    }
    let check = check(line.as_bytes());
    let _ = writeln!(line, "{KEY}{check}\"}}");
    if line.len() > MAX_LINE {
        return Err(format!("it is longer than {} KB", MAX_LINE >> 10));
    }
    Ok(line)
}

/// The object in a line (without its line feed) whose check is right.
pub(super) fn opened(line: &[u8]) -> Result<Map<String, Value>, &'static str> {
    let end = KEY.len() + DIGITS + 2;
    let cut = line.len().checked_sub(end).ok_or("it is too short")?;
    let (body, tail) = line.split_at(cut);
    let digits = tail
        .strip_prefix(KEY.as_bytes())
        .and_then(|tail| tail.strip_suffix(b"\"}"))
        .ok_or("it has no check")?;
    if check(body).as_bytes() != digits {
        return Err("its check is wrong: it was cut or changed");
    }
    match serde_json::from_slice(line) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err("it is no JSON object"),
    }
}

fn check(bytes: &[u8]) -> String {
    let mut digits = crate::files::sha256(bytes);
    digits.truncate(DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn any_changed_byte_is_noticed() {
        let stamp = Stamp {
            time: 1_795_694_400_123,
            wall: 5,
            since: 77,
        };
        let fields = json!({"picture": "caf\u{e9} \"x\"\n", "score": 63.8});
        let line = sealed(&stamp, "s1", 3, "round", fields.as_object().unwrap()).unwrap();
        let line = line.strip_suffix('\n').unwrap();
        assert!(!line.contains('\n'));
        let object = opened(line.as_bytes()).unwrap();
        assert_eq!(object["score"], 63.8);
        assert_eq!(object["picture"], fields["picture"]);
        assert_eq!(object["w"], "1970-01-01T00:00:00.005Z");
        for at in 0..line.len() {
            let mut bytes = line.as_bytes().to_vec();
            bytes[at] ^= 1;
            assert!(opened(&bytes).is_err(), "byte {at}");
            assert!(opened(&line.as_bytes()[..at]).is_err(), "cut at {at}");
        }
        let taken = json!({"n": 1});
        assert!(sealed(&stamp, "s", 1, "x", taken.as_object().unwrap()).is_err());
        let long = json!({"x": "a".repeat(MAX_LINE)});
        assert!(sealed(&stamp, "s", 1, "x", long.as_object().unwrap()).is_err());
    }
}
