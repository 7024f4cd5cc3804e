//! The tabs, a plugin each. A tab that is not finished is not listed here.
//!
//! To add one: a variant of [`Tab`], its words, and a module with a `plugin` that draws in
//! [`crate::ui::UiSet::Tab`] while `in_state(Tab::...)`.

pub mod explain;
#[cfg(test)]
mod hands;
pub mod look;
pub mod models;
pub mod pair;
pub mod save;
pub mod similarity;
pub mod stylize;

use bevy::prelude::*;
use bevy_egui::egui::Key;

pub use pair::{ComparePair, Side};

/// The tab that is shown.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, States)]
pub enum Tab {
    /// Open a picture and see why.
    #[default]
    Look,
    /// Make a picture that fools the network.
    Stylize,
    /// Compare two maps, and many.
    Similarity,
    /// Which network is robust, and to what.
    Models,
    /// Guess what the computer sees.
    Explain,
}

impl Tab {
    /// Every tab, from left to right.
    pub const ALL: [Self; 5] = [
        Self::Look,
        Self::Stylize,
        Self::Similarity,
        Self::Models,
        Self::Explain,
    ];

    /// The words on it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Look => "See why",
            Self::Stylize => "Stylize",
            Self::Similarity => "Similarity",
            Self::Models => "Models",
            Self::Explain => "Explain",
        }
    }

    /// The key that goes to it.
    #[must_use]
    pub fn key(self) -> Key {
        match self {
            Self::Look => Key::Num1,
            Self::Stylize => Key::Num2,
            Self::Similarity => Key::Num3,
            Self::Models => Key::Num4,
            Self::Explain => Key::Num5,
        }
    }

    /// What it is for, in five short sentences.
    #[must_use]
    pub fn help(self) -> &'static [&'static str] {
        match self {
            Self::Look => &look::HELP,
            Self::Stylize => &stylize::HELP,
            Self::Similarity => &similarity::HELP,
            Self::Models => &models::HELP,
            Self::Explain => &explain::HELP,
        }
    }

    /// The tab after this one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        self.step(1)
    }

    /// The tab before this one, round and round.
    #[must_use]
    pub fn previous(self) -> Self {
        self.step(Self::ALL.len() - 1)
    }

    fn step(self, by: usize) -> Self {
        let here = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        Self::ALL[(here + by) % Self::ALL.len()]
    }
}

/// Every tab.
pub(super) fn plugin(app: &mut App) {
    app.init_state::<Tab>()
        .add_message::<ComparePair>()
        .add_plugins((
            look::plugin,
            stylize::plugin,
            similarity::plugin,
            models::plugin,
            explain::plugin,
        ));
}
