//! What a person asks the tab for.

use std::path::PathBuf;

use super::choices::Near;
use super::select::Select;
use crate::collection::Combination;
use crate::ui::commands::Command;

/// What is done with what is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Two are held side by side in Similarity.
    Compare,
    /// A game is played with them.
    Play,
    /// They are tried under fog, blur and textures in Models.
    Shift,
    /// One figure is made of them.
    Figure,
    /// They are copied into a folder.
    Copy,
    /// An exhibit is made of them.
    Exhibit,
}

/// Pictures that are to be shown once they are there, by the names of their files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// What they are.
    pub title: String,
    /// Their names, in the order in which they are shown.
    pub names: Vec<String>,
}

/// What a person asked for in one of the panels.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Ask for a folder.
    ChooseFolder,
    /// Open what is there.
    Open(PathBuf),
    /// Show what was opened last, as it is known; the made-up pictures where nothing is known of it.
    Again(PathBuf),
    /// Show the made-up pictures.
    Demo,
    /// Have the network look at all pictures.
    Look,
    /// Rest, or go on.
    Pause(bool),
    /// End the work in the background; what is finished stays.
    Stop,
    /// The order, groups, filters or the network that is shown are others.
    Arrange,
    /// Choose rows.
    Select(Select),
    /// Show a row's picture in "See why".
    SeeWhy(u32),
    /// Show the whole sheet.
    Fit,
    /// Look for what is most like a row's picture.
    FindAlike(u32, Near),
    /// Look for what is there more than once.
    FindDuplicates,
    /// Go to what is written: a number or a name.
    Jump(String),
    /// Save what is chosen under a name.
    SaveSelection(String),
    /// Choose what is saved under a name, alone or taken together with what is chosen.
    TakeSelection(String, Option<Combination>),
    /// Forget what is saved under a name.
    RemoveSelection(String),
    /// Find out how far the maps of two networks agree.
    CompareLooks,
    /// Show these alone, now and when more of the collection is known.
    Seek(Sought),
    /// Do something with what is chosen.
    Act(Act),
    /// A command.
    Do(Command),
}
