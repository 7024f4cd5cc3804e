//! The tabs by name: their order, words, keys and help. What they are made of is in `crate::tabs`.

use bevy::prelude::States;
use bevy_egui::egui::Key;

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
    /// All pictures of a folder at once.
    Collection,
}

impl Tab {
    /// Every tab, from left to right.
    pub const ALL: [Self; 6] = [
        Self::Look,
        Self::Stylize,
        Self::Similarity,
        Self::Models,
        Self::Explain,
        Self::Collection,
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
            Self::Collection => "Collection",
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
            Self::Collection => Key::Num6,
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
                "Click another bar to see what speaks for that answer; Shift-click one to hold two against each other.",
                "Move the sliders in the lower right corner to see more or less of the map.",
                "Ask what if a part were gone: paint it away and watch the answer and the map; check the map to see how far to trust it.",
            ],
            Self::Stylize => &[
                "Choose a shape and a texture: the shape is painted anew, as if it were made of the texture.",
                "A network that looks at shapes still knows it. One that looks at textures is fooled.",
                "The grey bars are what the AI said before, the blue bars what it says now.",
                "Bright parts of each picture made it say so. Click a bar to see what speaks for it on both.",
                "Or spoil the picture with fog, noise or blur, and see when the AI gives up.",
            ],
            Self::Similarity => &[
                "Choose a picture for A on the left, then choose what is different in B.",
                "The picture below shows where both maps agree; move delta to count near colours as equal.",
                "The pies and figures on the right say how alike the two maps are.",
                "Flip or wipe to see both in one place; point at one picture to read both values.",
                "Average shows what the maps of many versions share: tick textures, corruptions or files.",
            ],
            Self::Models => &[
                "Choose a picture, the models, and what is done to the picture: textures, fog, noise and more.",
                "Each cell shows where a model's map stays the same as on the original; black is where it moved.",
                "A tick says that the model still gives its first answer, a cross that it changed its mind.",
                "Click a cell, or walk there with the arrows and press Enter, to compare the two maps.",
                "The bars and curves on the right tell which model bears it best; a folder of pictures tells it surely.",
            ],
            Self::Explain => &[
                "Paint where you think the AI looked: yellow for what mattered most, purple for the least.",
                "The bars on the right grow while you find the right places; painting everything does not win.",
                "Drag a brush, or tap whole parts; with the keyboard, arrows move and 1 to 4 paint.",
                "Press Reveal to see where the AI looked and what it says the picture is.",
                "At the end you learn which AI looks at pictures most like you do.",
            ],
            Self::Collection => &[
                "Choose a folder: all its pictures appear at once, and the AI looks at them one after the other.",
                "Drag to move, turn the wheel to come closer; Home shows all of them again and Back what you saw before.",
                "The colours over every picture are where the AI looked, as strong as the sliders below say.",
                "Sort them, put them in piles, or keep some by what the AI says and by where it looks.",
                "Click pictures, or draw a frame with Shift, to choose them; press Enter on one to see why.",
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
