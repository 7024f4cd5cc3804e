//! The tabs, a plugin each. A tab that is not finished is not listed here.
//!
//! To add one: a variant of [`Tab`], its words, and a module with a `plugin` that draws in
//! [`crate::ui::UiSet::Tab`] while `in_state(Tab::...)`.

pub mod look;

use bevy::prelude::*;
use bevy_egui::egui::Key;

/// The tab that is shown.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, States)]
pub enum Tab {
    /// Open a picture and see why.
    #[default]
    Look,
}

impl Tab {
    /// Every tab, from left to right.
    pub const ALL: [Self; 1] = [Self::Look];

    /// The words on it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Look => "See why",
        }
    }

    /// The key that goes to it.
    #[must_use]
    pub fn key(self) -> Key {
        match self {
            Self::Look => Key::Num1,
        }
    }

    /// What it is for, in five short sentences.
    #[must_use]
    pub fn help(self) -> &'static [&'static str] {
        match self {
            Self::Look => &[
                "Choose a picture on the left, or drop one of your own onto the window.",
                "The bars on the right are what the AI believes it sees, best guess first.",
                "The colours on the picture are the parts that made it say so: bright parts mattered most.",
                "Click another bar to see what speaks for that answer instead.",
                "Move the sliders under the picture to see more or less of the map.",
            ],
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
    app.init_state::<Tab>().add_plugins(look::plugin);
}
