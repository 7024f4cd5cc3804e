//! The settings as a resource of the window; what they are and how they are kept is in
//! [`crate::store`].

use bevy::prelude::*;
use bevy_egui::egui::ThemePreference;

use super::HomeDir;
use super::own::StoreKeeper;
use crate::store;

pub use crate::store::ThemeChoice;

/// The settings of this window.
#[derive(Resource, Debug, Default, Clone, PartialEq, Deref, DerefMut)]
pub struct Settings(pub store::Settings);

impl From<ThemeChoice> for ThemePreference {
    fn from(choice: ThemeChoice) -> Self {
        match choice {
            ThemeChoice::System => Self::System,
            ThemeChoice::Light => Self::Light,
            ThemeChoice::Dark => Self::Dark,
        }
    }
}

/// Has what changed written down. What the window started with is on disk already, or, as the size
/// of a kiosk, was not chosen by the person.
pub(super) fn keep(
    settings: Res<Settings>,
    home: Res<HomeDir>,
    keeper: Res<StoreKeeper>,
    mut written: Local<Option<store::Settings>>,
) {
    if !settings.is_changed() {
        return;
    }
    let now = settings.0.clone();
    let before = written.replace(now.clone());
    if let Some(before) = before.filter(|before| *before != now) {
        let path = store::Settings::path(&home);
        keeper.keep(move || match now.save(&path, &before) {
            Ok(None) => Vec::new(),
            Ok(Some(copy)) => vec![format!(
                "{} was damaged. As it was, it is kept as {}.",
                path.display(),
                copy.display()
            )],
            Err(error) => vec![super::sentence(&error.to_string())],
        });
    }
}
