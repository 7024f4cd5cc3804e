//! What is known of the models that come in and of those that are kept: plain data.

use std::collections::VecDeque;
use std::path::PathBuf;

use bevy::prelude::Resource;

use super::form::Form;
use crate::classifier::{OwnModel, Renewed};

/// What is open, and what is to be asked.
#[derive(Resource, Debug, Clone, Default, PartialEq)]
pub struct Bring {
    /// The form about a model.
    pub form: Option<Form>,
    /// Files of models that came in meanwhile.
    pub arriving: VecDeque<PathBuf>,
    /// A file of names that came in with the first of them.
    pub names: Option<PathBuf>,
    /// Name of the picture that a model is tried with.
    pub picture_name: String,
    /// Place in the library of the picture that the shown tab looks at, where that is another one
    /// than in "See why".
    pub subject: Option<usize>,
    /// The list of the models that are kept.
    pub own: Option<OwnList>,
    /// Kept models whose files hold others by now.
    pub renewed: VecDeque<Renewed>,
    /// True while one of them is copied.
    pub busy: bool,
}

impl Bring {
    /// True while something lies over the tab.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.form.is_some() || self.own.is_some() || !self.renewed.is_empty()
    }
}

/// The list of the models that are kept, while it is open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnList {
    /// The models.
    pub models: Vec<OwnModel>,
    /// The id of the one that is to be removed, once the person is sure.
    pub sure: Option<String>,
}

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A model came in: ask about it, unless a form is open.
    Next,
    /// The form changed: try the model anew.
    Try,
    /// Choose a file with the names of its classes.
    ChooseNames,
    /// This file holds the names of its classes.
    TakeNames(PathBuf),
    /// Keep the model of the form, or what was changed about it.
    Keep,
    /// Let it go.
    Discard,
    /// List the models that are kept.
    List,
    /// Close the list.
    CloseList,
    /// Change the kept model with this id.
    Change(String),
    /// Remove the kept model with this id.
    Remove(String),
    /// Take what the first changed file holds.
    TakeNew,
    /// Keep what is kept of it.
    LeaveOld,
}
