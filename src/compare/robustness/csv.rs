//! Comma-separated values as in RFC 4180, and what of them survives a kill.
//!
//! Spreadsheets take a text that begins with one of `= + - @` for a formula, and run it. Such a text
//! gets an apostrophe before it, as OWASP has it
//! (<https://owasp.org/www-community/attacks/CSV_Injection>); controls and line breaks are escaped.
//! Reading takes both back.

use std::fmt::Write as _;

use crate::text::escaped;

/// What a spreadsheet takes for the beginning of a formula, in its full width too.
const FORMULA: [char; 8] = [
    '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];
/// How an escape begins; where a text has it itself, its backslash is escaped.
const ESCAPE: &str = "\\u{";

/// A text from outside as a field that does nothing.
pub fn guarded(text: &str) -> String {
    let text = text.replace(ESCAPE, "\\u{5c}u{");
    let text = escaped(&text);
    if text.trim_start_matches('\'').starts_with(FORMULA) {
        return format!("'{text}");
    }
    text.into_owned()
}

/// The text that [`guarded`] was given.
pub fn unguarded(field: &str) -> String {
    let text = match field.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(FORMULA) => rest,
        _ => field,
    };
    let mut parts = text.split(ESCAPE);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let escape = part.split_once('}').and_then(|(digits, rest)| {
            let number = u32::from_str_radix(digits, 16).ok()?;
            Some((char::from_u32(number)?, rest))
        });
        match escape {
            Some((letter, rest)) => {
                plain.push(letter);
                plain.push_str(rest);
            }
            None => {
                let _ = write!(plain, "{ESCAPE}{part}");
            }
        }
    }
    plain
}

/// One record as a line with its line break; fields with commas, quotes or line breaks are quoted.
pub fn record(fields: &[String]) -> String {
    let mut line = String::new();
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            line.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) {
            line.push('"');
            line.push_str(&field.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(field);
        }
    }
    line.push('\n');
    line
}

/// The whole records of `text`, and the bytes they take: a record that does not end in a line
/// break was cut short and is left out.
pub fn records(text: &str) -> (Vec<Vec<String>>, usize) {
    let mut records = Vec::new();
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut whole = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.next_if(|(_, c)| *c == '"').is_some() => field.push('"'),
            (true, '"') => quoted = false,
            (false, '"') => quoted = true,
            (false, ',') => fields.push(std::mem::take(&mut field)),
            (false, '\r') => {}
            (false, '\n') => {
                fields.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut fields));
                whole = at + 1;
            }
            (_, c) => field.push(c),
        }
    }
    (records, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_whatever_is_in_them() {
        let rows = [
            vec!["a".to_owned(), String::new(), "1.5".to_owned()],
            vec!["x,\"y\"\nz".to_owned(), "\"".to_owned(), " ".to_owned()],
        ];
        let text: String = rows.iter().map(|r| record(r)).collect();
        assert_eq!(records(&text), (rows.to_vec(), text.len()));
    }

    #[test]
    fn texts_that_spreadsheets_would_run_are_guarded_and_come_back() {
        for text in [
            "=cmd|calc.png",
            "+1",
            "-1",
            "@SUM(1)",
            "'=1",
            "''-x",
            "'quoted'",
            "\t=1",
            "\r=1",
            "a\nb\u{1b}[2J",
            "C:\\u{41}\\users",
            "\\u{",
            "\u{ff1d}1",
            "plain",
            "",
        ] {
            let field = guarded(text);
            assert!(
                !field.starts_with(FORMULA) && !field.contains(char::is_control),
                "{field}"
            );
            assert_eq!(unguarded(&field), text);
            // Through a whole record.
            let (records, _) = records(&record(&[field]));
            assert_eq!(unguarded(&records[0][0]), text);
        }
        assert_eq!(guarded("plain, \u{e9}"), "plain, \u{e9}");
        assert_eq!(guarded("=1"), "'=1");
    }

    #[test]
    fn what_was_cut_short_is_left_out() {
        let text = "a,b\nc,d\n";
        for cut in 0..text.len() {
            let (rows, whole) = records(&text[..cut]);
            assert_eq!(rows.len(), cut / 4);
            assert_eq!(whole, cut / 4 * 4);
        }
        assert_eq!(records("\"a\nb").0.len(), 0);
    }
}
