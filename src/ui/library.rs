//! The pictures that can be chosen: those that came with the program, then the person's own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::Resource;
use bevy_egui::egui::{Context, TextureHandle};
use image::RgbImage;

use super::widgets::{Thumb, texture};
use crate::classifier::{Catalog, PictureKind};
use crate::home::Home;
use crate::picture::Picture;
use crate::store::{Changes, Own, OwnPictures};

/// How long a picture that a person added stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    ThisRun,
    /// It is there again in the next run.
    Kept,
}

/// One picture of the library.
#[derive(Clone)]
pub struct Item {
    /// Its number, which stays when others come and go.
    pub id: u64,
    /// Name on screen.
    pub name: String,
    /// Alternative text.
    pub alternative: String,
    /// Its file; `None` for a pasted picture.
    pub path: Option<PathBuf>,
    /// The pixels, where they are in memory.
    pub picture: Option<Arc<Picture>>,
    /// True when its file could not be read.
    pub broken: bool,
    /// Why, in one line.
    pub trouble: Option<String>,
    /// A thing with an outline, or a surface.
    pub kind: PictureKind,
    /// True when it did not come with the program.
    pub own: bool,
    memory: Memory,
    /// True when the person took it out of the list: its place stays, so that the others keep theirs.
    pub gone: bool,
    small: Option<Arc<RgbImage>>,
    texture: Option<TextureHandle>,
}

impl Item {
    /// The small copy, once it was made.
    #[must_use]
    pub fn small(&self) -> Option<Arc<RgbImage>> {
        self.small.clone()
    }
}

/// The pictures that can be chosen, in the order in which they are shown.
#[derive(Resource, Default, Clone)]
pub struct Library {
    items: Vec<Item>,
    next: u64,
    /// The numbers of those that came or went, to be written down.
    changed: BTreeSet<u64>,
}

impl Library {
    /// The photos and textures of the catalog that are installed.
    #[must_use]
    pub fn of_catalog(home: &Home, catalog: &Catalog) -> Self {
        let mut library = Self::default();
        for entry in &catalog.pictures {
            let path = catalog.picture_path(home, entry);
            if path.is_file() {
                let index = library.push(&entry.name, &entry.alt, Some(path), None);
                if let Some(item) = library.items.get_mut(index) {
                    (item.kind, item.own) = (entry.kind, false);
                }
            }
        }
        library
    }

    fn push(
        &mut self,
        name: &str,
        alternative: &str,
        path: Option<PathBuf>,
        picture: Option<Arc<Picture>>,
    ) -> usize {
        self.items.push(Item {
            id: self.next,
            name: name.to_owned(),
            alternative: alternative.to_owned(),
            path,
            picture,
            broken: false,
            trouble: None,
            kind: PictureKind::Photo,
            own: true,
            memory: Memory::ThisRun,
            gone: false,
            small: None,
            texture: None,
        });
        self.next += 1;
        self.items.len() - 1
    }

    /// The pictures.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The picture at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Item> {
        self.items.get(index)
    }

    /// Where the picture with the number `id` is.
    #[must_use]
    pub fn position(&self, id: u64) -> Option<usize> {
        self.items.iter().position(|item| item.id == id)
    }

    /// Adds the file at `path`, or finds it where it is there already; returns its place.
    pub fn add_file(&mut self, path: &Path) -> usize {
        if let Some(known) = self
            .items
            .iter()
            .position(|item| item.path.as_deref() == Some(path))
        {
            if let Some(item) = self.items.get_mut(known) {
                (item.broken, item.gone, item.trouble) = (false, false, None);
            }
            return known;
        }
        let name = path
            .file_stem()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        self.push(&name, "", Some(path.to_owned()), None)
    }

    /// Adds a picture without a file; returns its place.
    pub fn add_picture(&mut self, picture: Arc<Picture>) -> usize {
        let known = self.items.iter().position(|item| {
            let of = item.picture.as_ref();
            let stem = item.path.as_ref().and_then(|path| path.file_stem());
            of.is_some_and(|of| of.sha256 == picture.sha256)
                || stem.is_some_and(|stem| *stem == *picture.sha256)
        });
        if let Some(item) = known.and_then(|known| self.items.get_mut(known)) {
            (item.broken, item.gone, item.trouble) = (false, false, None);
            // Our copy may have been deleted with the place in the list.
            item.picture.get_or_insert(picture.clone());
        }
        known.unwrap_or_else(|| {
            let small = Arc::new(crate::jobs::thumbnail(&picture.pixels));
            let (name, alternative) = (picture.name.clone(), picture.alt.clone());
            let index = self.push(&name, &alternative, None, Some(picture));
            if let Some(item) = self.items.get_mut(index) {
                item.small = Some(small);
            }
            index
        })
    }

    /// Adds a picture that was remembered from an earlier run.
    pub(super) fn recall(&mut self, own: &Own) {
        let index = self.push(&own.name, "", Some(own.file.clone()), None);
        if let Some(item) = self.items.get_mut(index) {
            item.memory = Memory::Kept;
        }
    }

    /// Has a picture that a person added there again in the next run.
    pub fn remember(&mut self, index: usize) {
        if let Some(item) = self.items.get_mut(index).filter(|item| item.own)
            && std::mem::replace(&mut item.memory, Memory::Kept) == Memory::ThisRun
        {
            self.changed.insert(item.id);
        }
    }

    /// True when something is to be written down.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What came and went since the last call; `place` says which files pasted pictures get.
    #[must_use]
    pub fn take_changes(&mut self, place: &OwnPictures) -> Changes {
        let changed = std::mem::take(&mut self.changed);
        let mut changes = Changes::default();
        for item in self.items.iter().filter(|item| changed.contains(&item.id)) {
            let file = match (&item.path, &item.picture) {
                (Some(path), _) => path.clone(),
                (None, Some(picture)) => place.pasted_path(&picture.sha256),
                (None, None) => continue,
            };
            if item.memory == Memory::ThisRun {
                changes.removed.push(file);
                continue;
            }
            let pasted = place.is_ours(&file);
            let own = Own {
                name: item.name.clone(),
                file,
                pasted,
            };
            changes
                .added
                .push((own, item.picture.clone().filter(|_| pasted)));
        }
        changes
    }

    /// Takes a picture that a person added out of the list; what came with the program stays.
    pub fn remove(&mut self, index: usize) {
        if let Some(item) = self.items.get_mut(index).filter(|item| item.own) {
            item.gone = true;
            if std::mem::replace(&mut item.memory, Memory::ThisRun) == Memory::Kept {
                self.changed.insert(item.id);
            }
            if item.path.is_some() {
                item.picture = None;
            }
        }
    }

    /// Keeps the pixels of one picture that was read, and its small copy where one was made; the
    /// pixels of other files are let go, since they can be read again.
    pub fn keep(&mut self, id: u64, picture: &Arc<Picture>, small: Option<RgbImage>) {
        for item in &mut self.items {
            if item.id == id {
                item.picture = Some(picture.clone());
                (item.broken, item.trouble) = (false, None);
                if let Some(small) = small.as_ref().filter(|_| item.small.is_none()) {
                    item.small = Some(Arc::new(small.clone()));
                }
            } else if item.path.is_some() {
                item.picture = None;
            }
        }
    }

    /// Takes the thumbnail of the picture with the number `id`, or the news that there is none.
    pub fn set_thumb(&mut self, id: u64, result: &Result<Arc<RgbImage>, String>) {
        if let Some(item) = self.items.iter_mut().find(|item| item.id == id) {
            match result {
                Ok(small) => item.small = Some(small.clone()),
                Err(why) => (item.broken, item.trouble) = (true, Some(why.clone())),
            }
        }
    }

    /// The cells of a grid, one for each picture; those that are not `shown` are hidden, so that an
    /// index in the grid is one in the library. Thumbnails that came since the last frame are
    /// handed to egui here.
    pub fn thumbs(&mut self, ctx: &Context, shown: impl Fn(&Item) -> bool) -> Vec<Thumb> {
        self.items
            .iter_mut()
            .map(|item| {
                let hidden = item.gone || !shown(item);
                if item.texture.is_none()
                    && let Some(small) = &item.small
                {
                    item.texture = Some(texture(ctx, format!("thumbnail {}", item.id), small));
                }
                Thumb {
                    name: item.name.clone(),
                    alternative: item.trouble.as_ref().unwrap_or(&item.alternative).clone(),
                    texture: item
                        .texture
                        .as_ref()
                        .map(|texture| (texture.id(), texture.size_vec2())),
                    broken: item.broken,
                    hidden,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_file_is_there_once() {
        let mut library = Library::default();
        let first = library.add_file(Path::new("a.png"));
        let second = library.add_file(Path::new("b.png"));
        assert_ne!(first, second);
        assert_eq!(library.add_file(Path::new("a.png")), first);
        assert_eq!(library.items().len(), 2);
    }

    #[test]
    fn only_one_file_keeps_its_pixels() {
        let mut library = Library::default();
        let picture = |n| Arc::new(Picture::from_pixels("p", RgbImage::new(n, 1)));
        library.add_file(Path::new("a.png"));
        library.add_file(Path::new("b.png"));
        let pasted = library.add_picture(picture(3));
        for index in [0, 1] {
            let id = library.items()[index].id;
            library.keep(id, &picture(1), None);
        }
        assert!(library.items()[0].picture.is_none());
        assert!(library.items()[1].picture.is_some());
        assert!(library.items()[pasted].picture.is_some());
    }
}
