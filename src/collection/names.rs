//! The names of all rows in one text, in which is searched at once.

use memchr::memmem::Finder;

use super::Bits;

/// Names of rows, one a row, whatever case they have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// In small letters, a line each.
    text: String,
    /// Where each ends, without its line break.
    ends: Vec<usize>,
}

impl Names {
    /// Of rows in their order.
    #[must_use]
    pub fn new<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Self {
        let mut all = Self::default();
        for name in names {
            for letter in name.as_ref().chars().flat_map(char::to_lowercase) {
                // A line break parts them.
                all.text.push(if letter == '\n' { ' ' } else { letter });
            }
            all.ends.push(all.text.len());
            all.text.push('\n');
        }
        all
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The rows whose names hold a text, in whatever case.
    #[must_use]
    pub fn holding(&self, text: &str) -> Bits {
        // Never across two names.
        let text = text.to_lowercase().replace('\n', " ");
        if text.is_empty() {
            return Bits::all(self.len());
        }
        let mut found = Bits::none(self.len());
        let finder = Finder::new(text.as_bytes());
        let (mut from, mut row) = (0, 0);
        while let Some(at) = self
            .text
            .as_bytes()
            .get(from..)
            .and_then(|rest| finder.find(rest))
        {
            // Matches come in order, most of them soon after the one before.
            let at = from + at;
            let rest = self.ends.get(row..).unwrap_or_default();
            let ahead = rest.iter().take(8).position(|&end| at < end);
            row += ahead.unwrap_or_else(|| rest.partition_point(|&end| end <= at));
            found.set(row, true);
            let Some(end) = self.ends.get(row) else {
                break;
            };
            from = end + 1;
            row += 1;
        }
        found
    }

    /// The rows in the order of the first whose name begins with a text, from `after` on and then from
    /// the beginning: what typing ahead jumps to. Names are without their folders.
    #[must_use]
    pub fn beginning_with(&self, text: &str, after: usize) -> Option<usize> {
        let text = text.to_lowercase();
        let begins = |row: &usize| {
            let start = row.checked_sub(1).and_then(|before| self.ends.get(before));
            let start = start.map_or(0, |end| end + 1);
            let name = self
                .ends
                .get(*row)
                .and_then(|&end| self.text.get(start..end));
            let name = name.map(|name| name.rsplit('/').next().unwrap_or(name));
            name.is_some_and(|name| name.starts_with(&text))
        };
        let after = after.min(self.len());
        (after..self.len()).chain(0..after).find(begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_any_part_of_their_names() {
        let names: Vec<String> = (0..2000)
            .map(|n| format!("Cat {}/IMG_{n:04}.JPG", n % 7))
            .collect();
        let all = Names::new(&names);
        for text in [
            "cat 3",
            "img_00",
            "7.jpg",
            "g_1234.j",
            "JPG",
            "none",
            "cat 6/img_1999.jpg",
        ] {
            let want: Vec<usize> = (0..names.len())
                .filter(|&n| names[n].to_lowercase().contains(&text.to_lowercase()))
                .collect();
            assert_eq!(all.holding(text).iter().collect::<Vec<_>>(), want, "{text}");
        }
        assert_eq!(all.holding("").len(), 2000);
        // Not across two names.
        assert!(all.holding("jpg\ncat").is_empty() && all.holding("jpg cat").is_empty());
        assert_eq!(Names::new(["\u{c9}T\u{c9}"]).holding("\u{e9}t").len(), 1);
        assert!(Names::default().holding("x").is_empty());
    }

    #[test]
    fn typing_ahead_goes_on_from_where_one_is() {
        let all = Names::new(["a/dog", "b/cat 1", "cat 2", "do"]);
        assert_eq!(all.beginning_with("Cat", 0), Some(1));
        assert_eq!(all.beginning_with("cat", 2), Some(2));
        assert_eq!(all.beginning_with("cat", 3), Some(1));
        assert_eq!(all.beginning_with("b", 0), None);
    }
}
