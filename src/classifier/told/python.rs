//! Dictionaries and lists as Python prints them, which is nearly JSON.

use serde_json::{Map, Value};

/// The deepest nesting that is read.
const DEEPEST: usize = 16;

/// A literal such as `{0: 'rust', 1: "it's ok"}`, as JSON with its keys as texts.
pub(super) fn literal(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.trim() };
    let value = reader.value(0)?;
    reader.rest.trim().is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn takes(&mut self, c: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '{' => {
                self.takes('{');
                let mut map = Map::new();
                while !self.takes('}') {
                    let key = match self.value(depth + 1)? {
                        Value::String(text) => text,
                        other => other.to_string(),
                    };
                    if !self.takes(':') {
                        return None;
                    }
                    map.insert(key, self.value(depth + 1)?);
                    if !self.takes(',') && !self.rest.trim_start().starts_with('}') {
                        return None;
                    }
                }
                Some(Value::Object(map))
            }
            open @ ('[' | '(') => {
                self.takes(open);
                let close = if open == '[' { ']' } else { ')' };
                let mut list = Vec::new();
                while !self.takes(close) {
                    list.push(self.value(depth + 1)?);
                    if !self.takes(',') && !self.rest.trim_start().starts_with(close) {
                        return None;
                    }
                }
                Some(Value::Array(list))
            }
            quote @ ('\'' | '"') => self.text(quote).map(Value::String),
            _ => {
                let end = self.rest.find([',', ':', ']', '}', ')']);
                let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                match word.trim() {
                    "None" | "null" => Some(Value::Null),
                    "True" | "true" => Some(Value::Bool(true)),
                    "False" | "false" => Some(Value::Bool(false)),
                    number => number
                        .parse::<i64>()
                        .map(Value::from)
                        .or_else(|_| number.parse::<f64>().map(Value::from))
                        .ok(),
                }
            }
        }
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let mut chars = self.rest.char_indices();
        chars.next()?;
        let mut text = String::new();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = self.rest.get(at + c.len_utf8()..)?;
                return Some(text);
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            let code = |chars: &mut std::str::CharIndices<'_>, digits: usize| {
                let hex: String = chars.take(digits).map(|(_, c)| c).collect();
                char::from_u32(u32::from_str_radix(&hex, 16).ok()?)
            };
            text.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'x' => code(&mut chars, 2)?,
                'u' => code(&mut chars, 4)?,
                'U' => code(&mut chars, 8)?,
                other => other,
            });
        }
        None
    }
}
