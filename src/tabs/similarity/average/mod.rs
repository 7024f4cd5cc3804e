//! The view with many maps.

/// What the view knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AverageState;

/// What a person asked for in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Take this picture of the library as a version.
    Add(usize),
}
