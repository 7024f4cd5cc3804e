//! Text from outside (names of files, labels, what an ONNX file says of itself) on its way to a terminal,
//! a message or a table, where control characters would act instead of being read.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write as _;

/// Longest line that is shown, in characters.
pub const MOST: usize = 300;

/// Whether a character does something instead of being seen: controls, line breaks and what turns the
/// direction of writing around (<https://trojansource.codes>).
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `text` with every character that acts as `\u{...}`, its number in hexadecimal digits.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if acts(letter) {
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(letter));
        } else {
            safe.push(letter);
        }
    }
    Cow::Owned(safe)
}

/// `text` as one line of at most [`MOST`] characters: line breaks with the space around them become
/// one space, other characters that act are [`escaped`], and of what is too long the middle goes.
#[must_use]
pub fn line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(['\n', '\r'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    short(&escaped(&words.join(" ")), MOST)
}

/// `text` without its middle, where it is longer than `most` characters.
#[must_use]
pub fn short(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let mark = " ... ";
    let kept = most.saturating_sub(mark.len());
    let end = kept / 3;
    let first = text.chars().take(kept - end);
    first
        .chain(mark.chars())
        .chain(text.chars().skip(length - end))
        .collect()
}

/// JSON text whose strings hold no character that acts: JSON has its own way to write them. Line
/// breaks between its parts stay.
#[must_use]
pub fn plain_json(json: &str) -> Cow<'_, str> {
    let hidden = |letter: char| letter != '\n' && acts(letter);
    if !json.contains(hidden) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for letter in json.chars() {
        if hidden(letter) {
            let _ = write!(safe, "\\u{:04x}", u32::from(letter));
        } else {
            safe.push(letter);
        }
    }
    Cow::Owned(safe)
}

/// A file's name as text: bytes that are no UTF-8 become `\\xNN`, so that two names stay two.
#[must_use]
pub fn file_name(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped_and_the_rest_is_left() {
        for (text, safe) in [
            ("caf\u{e9} \u{6f22}.png", "caf\u{e9} \u{6f22}.png"),
            ("a\u{1b}[2Jb\u{0}", "a\\u{1b}[2Jb\\u{0}"),
            ("two\nlines", "two\\u{a}lines"),
            ("\u{7f}\u{9b}\u{202e}gnp", "\\u{7f}\\u{9b}\\u{202e}gnp"),
        ] {
            assert_eq!(escaped(text), safe);
        }
    }

    #[test]
    fn a_line_is_one_and_ends() {
        assert_eq!(line("one\n   two\r\n\nthree\u{7}"), "one two three\\u{7}");
        let long = line(&format!("begin{}end", "\u{e9}".repeat(9000)));
        assert_eq!(long.chars().count(), MOST);
        assert!(long.starts_with("begin") && long.ends_with("end"));
        assert_eq!(short("short", 5), "short");
    }

    #[cfg(unix)]
    #[test]
    fn two_names_that_are_no_text_stay_two() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = |bytes: &[u8]| file_name(OsStr::from_bytes(bytes));
        assert_eq!(name(b"a\xff.png"), "a\\xff.png");
        assert_ne!(name(b"a\xff.png"), name(b"a\xfe.png"));
        assert_eq!(name("\u{6f22}".as_bytes()), "\u{6f22}");
    }

    #[test]
    fn json_says_the_same_without_what_acts() {
        let value = serde_json::json!({"name": "\u{1b}[2J\u{9b}\u{7f}\u{202e}x\n"});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let safe = plain_json(&text);
        assert!(!safe.chars().any(|c| c != '\n' && acts(c)));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).unwrap(),
            value
        );
    }
}
