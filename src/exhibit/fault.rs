//! What is wrong with an exhibit's folder: where, what, and what to do.

use std::fmt;

/// One fault. As a line: `exhibit.toml:12: what; what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as seen from the exhibit's folder.
    pub file: String,
    /// The line, from 1; `None` where the file as a whole is meant.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub todo: String,
    /// Whether the exhibit can be opened all the same.
    pub advice: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        let kind = if self.advice { "advice: " } else { "" };
        write!(f, ": {kind}{}; {}", self.what, self.todo)
    }
}

/// Faults of one file as they are found.
pub(super) struct Faults {
    pub(super) file: String,
    pub(super) found: Vec<Fault>,
}

impl Faults {
    pub(super) fn of(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            found: Vec::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        line: Option<usize>,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) {
        self.push(line, what.into(), todo.into(), false);
    }

    pub(super) fn advise(
        &mut self,
        line: Option<usize>,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) {
        self.push(line, what.into(), todo.into(), true);
    }

    fn push(&mut self, line: Option<usize>, what: String, todo: String, advice: bool) {
        self.found.push(Fault {
            file: self.file.clone(),
            line,
            what,
            todo,
            advice,
        });
    }
}

/// The line, from 1, of a byte of a text.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or(text).matches('\n').count() + 1
}
