//! Severity: 1 (slight) to 5 (severe).

use super::CorruptionError;

/// A checked severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level(usize);

impl Level {
    /// Level `severity`, which must be 1 to 5.
    pub(super) fn new(severity: u8) -> Result<Self, CorruptionError> {
        if (1..=5).contains(&severity) {
            Ok(Self(usize::from(severity) - 1))
        } else {
            Err(CorruptionError::Severity(severity))
        }
    }

    /// The parameter that belongs to this level.
    pub(super) fn of<T: Copy>(self, table: [T; 5]) -> T {
        table[self.0]
    }
}
