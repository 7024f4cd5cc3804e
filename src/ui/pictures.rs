//! Pictures on their way to the stage: each is read once, in the background, and has one texture,
//! however many panes show it.

use std::collections::HashMap;
use std::sync::Arc;

use bevy::asset::AssetId;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use image::RgbImage;

use super::library::{Item, Library};
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency, thumbnail};
use crate::maps::source::Source;
use crate::picture::Picture;
use crate::stage::{SAFE_SIDE, picture_image};

/// The textures of pictures by the hash of their pixels or file. They live as long as somebody
/// shows them.
#[derive(Resource, Default)]
pub(crate) struct PictureTextures(HashMap<String, AssetId<Image>>);

/// What a lane makes of a picture.
struct Opened {
    picture: Arc<Picture>,
    /// None where one was known.
    texture: Option<Image>,
    /// None where the list has one.
    small: Option<RgbImage>,
}

/// A picture on its way to the stage; stopped when it is dropped.
pub(crate) struct Opening {
    /// Its number in the library.
    pub(crate) item: Option<u64>,
    /// The texture that it has already.
    known: Option<Handle<Image>>,
    task: Task<Opened>,
}

/// A picture that can be shown.
pub(crate) struct OnStage {
    pub(crate) picture: Arc<Picture>,
    pub(crate) texture: Handle<Image>,
}

/// What opening pictures reads and writes.
#[derive(SystemParam)]
pub(crate) struct Pictures<'w> {
    pub(crate) library: ResMut<'w, Library>,
    pub(crate) images: ResMut<'w, Assets<Image>>,
    textures: ResMut<'w, PictureTextures>,
    pub(crate) jobs: Res<'w, Jobs>,
}

impl Pictures<'_> {
    /// Begins to open a picture of the list.
    pub(crate) fn open(&mut self, item: u64) -> Option<Opening> {
        let index = self.library.position(item)?;
        let of = self.library.get(index)?;
        let (source, listed) = (of.source()?, of.small().is_some());
        Some(self.begin(source, Some(item), listed))
    }

    /// Begins to show a picture that is in memory.
    pub(crate) fn show(&mut self, picture: &Arc<Picture>, item: Option<u64>) -> Opening {
        self.begin(Source::memory(picture), item, true)
    }

    fn begin(&mut self, source: Source, item: Option<u64>, listed: bool) -> Opening {
        let known = source
            .picture
            .as_ref()
            .and_then(|picture| self.texture_of(picture));
        let textured = known.is_some();
        let task = self.jobs.run(
            Lane::Files,
            Urgency::Now,
            move |_: &Reporter<'_>| -> Result<Opened, crate::picture::PictureError> {
                let picture = source.open()?;
                let texture = (!textured).then(|| picture_image(&picture.pixels, SAFE_SIDE));
                let small = (!listed).then(|| thumbnail(&picture.pixels));
                Ok(Opened {
                    picture,
                    texture,
                    small,
                })
            },
        );
        Opening { item, known, task }
    }

    /// The texture of a picture that somebody shows.
    fn texture_of(&mut self, picture: &Picture) -> Option<Handle<Image>> {
        let id = self.textures.0.get(&picture.sha256)?;
        self.images.get_strong_handle(*id)
    }

    /// What came of the picture in `place`, which is empty afterwards; `None` while it is opened.
    ///
    /// # Errors
    /// Why it cannot be shown, in one line.
    pub(crate) fn take(&mut self, place: &mut Option<Opening>) -> Option<Result<OnStage, String>> {
        let answer = place.as_ref()?.task.take()?;
        let opening = place.take()?;
        Some(match answer {
            Ok(opened) => Ok(self.keep(opening, opened)),
            Err(why) => {
                let why = why.to_string();
                if let Some(item) = opening.item {
                    self.library.set_thumb(item, &Err(why.clone()));
                }
                Err(why)
            }
        })
    }

    fn keep(&mut self, opening: Opening, opened: Opened) -> OnStage {
        let Opened {
            picture,
            texture,
            small,
        } = opened;
        if let Some(item) = opening.item {
            self.library.keep(item, &picture, small);
        }
        // Another tab may have made it meanwhile.
        let known = opening.known.or_else(|| self.texture_of(&picture));
        let texture = known.unwrap_or_else(|| {
            let made = texture.unwrap_or_else(|| picture_image(&picture.pixels, SAFE_SIDE));
            let texture = self.images.add(made);
            let images = &self.images;
            self.textures.0.retain(|_, id| images.contains(*id));
            self.textures.0.insert(picture.sha256.clone(), texture.id());
            texture
        });
        OnStage { picture, texture }
    }
}

impl Item {
    /// Where its pixels come from; `None` where they are gone.
    #[must_use]
    pub(crate) fn source(&self) -> Option<Source> {
        use crate::maps::source::Origin;
        let key = match (&self.path, &self.picture) {
            (Some(path), _) => path.to_string_lossy().into_owned(),
            (None, Some(picture)) => picture.sha256.clone(),
            (None, None) => return None,
        };
        Some(Source::from(Origin {
            key,
            name: self.name.clone(),
            alternative: self.alternative.clone(),
            path: self.path.clone().unwrap_or_default(),
            picture: self.picture.clone(),
        }))
    }
}
