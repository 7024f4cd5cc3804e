//! In which order letters stand from left to right: Arabic and Hebrew run the other way, and numbers and
//! foreign words in them do not (Unicode's bidirectional algorithm, UAX 9).

use std::ops::Range;

use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};

/// Letters that stand beside each other and run the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visual {
    /// Which bytes of the text.
    pub bytes: Range<usize>,
    /// They run from right to left.
    pub from_right: bool,
}

/// The runs of a line of text, from left to right.
#[must_use]
pub fn visual(text: &str) -> Vec<Visual> {
    visual_within(text, None)
}

/// Whether a text as a whole runs from right to left, as its first letter with a direction does.
#[must_use]
pub fn runs_from_right(text: &str) -> bool {
    let bidi = BidiInfo::new(text, None);
    bidi.paragraphs
        .first()
        .is_some_and(|paragraph| paragraph.level.is_rtl())
}

/// As [`visual`], of a line of a longer text that as a whole runs so.
#[must_use]
pub fn visual_within(text: &str, from_right: Option<bool>) -> Vec<Visual> {
    let whole = from_right.map(|right| if right { Level::rtl() } else { Level::ltr() });
    let bidi = BidiInfo::new(text, whole);
    let mut runs = Vec::new();
    // A line has one paragraph; where it has more they stand one after the other.
    for paragraph in &bidi.paragraphs {
        let (levels, ranges) = bidi.visual_runs(paragraph, paragraph.range.clone());
        runs.extend(ranges.into_iter().map(|bytes| Visual {
            from_right: levels.get(bytes.start).is_some_and(Level::is_rtl),
            bytes,
        }));
    }
    runs
}

/// Whether a letter is one of those that run from right to left.
#[must_use]
pub fn reads_from_right(letter: char) -> bool {
    matches!(bidi_class(letter), BidiClass::R | BidiClass::AL)
}

/// Whether a letter belongs to the one before it: a mark over it, or what joins two.
pub(super) fn belongs_to_the_last(letter: char) -> bool {
    bidi_class(letter) == BidiClass::NSM || matches!(letter, '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text as its runs stand from left to right, each in the order of its letters; `<` before those
    /// that run from the right.
    fn shown(text: &str) -> String {
        let runs = visual(text).into_iter().map(|run| {
            let sign = if run.from_right { "<" } else { ">" };
            format!("{sign}{}", &text[run.bytes])
        });
        runs.collect()
    }

    #[test]
    fn words_numbers_and_names_of_files_stand_in_order() {
        assert_eq!(shown("a cat"), ">a cat");
        assert_eq!(shown(""), "");
        assert_eq!(shown("חתול"), "<חתול");
        // The ending of a file's name stands at the left of it.
        assert_eq!(shown("חתול.png"), ">png<חתול.");
        assert_eq!(shown("That is חתול שחור."), ">That is <חתול שחור>.");
        // A number runs from the left, inside of what runs from the right.
        assert_eq!(shown("חתול 12 שחור"), "< שחור>12<חתול ");
    }

    #[test]
    fn letters_are_told_apart() {
        for letter in "קطﷲ".chars() {
            assert!(reads_from_right(letter), "{letter}");
        }
        for letter in "a1.猫न\u{64e}٢".chars() {
            assert!(!reads_from_right(letter), "{letter:?}");
        }
        assert!(belongs_to_the_last('\u{64e}') && !belongs_to_the_last('a'));
    }
}
