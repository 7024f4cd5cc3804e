//! The person's own pictures, remembered between runs: files by their path, pasted ones as files of
//! ours.
//!
//! `pictures.toml` in the data folder lists them; pasted ones lie in `pictures/` beside it, named by
//! the SHA-256 of their pixels.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::library::Library;
use super::{HomeDir, NoticeBoard};
use crate::files::{write_atomic, write_png};
use crate::home::Home;
use crate::jobs::{BackgroundNews, Jobs};
use crate::picture::Picture;

/// Pictures that are remembered, at most; the oldest are forgotten first.
pub const MOST: usize = 60;
/// Bytes that the pasted ones may take on disk; the oldest are forgotten first.
const MOST_PASTED_BYTES: u64 = 256 << 20;
/// Larger lists are not ours.
const MAX_LIST_BYTES: u64 = 1 << 20;

/// One remembered picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// Name on screen.
    pub name: String,
    /// Its file; for pasted ones the name of a file in `pictures/`.
    pub file: PathBuf,
    /// True where the file is ours.
    #[serde(default)]
    pub pasted: bool,
}

/// The list as it lies on disk.
#[derive(Debug, Default, Serialize, Deserialize)]
struct List {
    #[serde(default)]
    picture: Vec<Own>,
}

/// Where the remembered pictures of a person lie.
#[derive(Debug, Clone)]
pub struct OwnPictures {
    list: PathBuf,
    folder: PathBuf,
}

impl OwnPictures {
    /// Those of this user.
    #[must_use]
    pub fn of(home: &Home) -> Self {
        Self {
            list: home.data.join("pictures.toml"),
            folder: home.data.join("pictures"),
        }
    }

    /// The file of a pasted picture.
    #[must_use]
    pub fn pasted_path(&self, sha256: &str) -> PathBuf {
        self.folder.join(sha256).with_extension("png")
    }

    /// Whether a file is a copy of a pasted picture that we named: someone may have put another
    /// picture there.
    #[must_use]
    pub fn is_ours(&self, path: &Path) -> bool {
        let digits = |stem: &str| stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit());
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        path.parent() == Some(&self.folder) && stem.is_some_and(digits)
    }

    /// What is remembered, oldest first: never more than [`MOST`], each file once. A list that is
    /// missing or damaged is empty. Files need not be there any more.
    #[must_use]
    pub fn read(&self) -> Vec<Own> {
        let small = std::fs::metadata(&self.list).is_ok_and(|meta| meta.len() <= MAX_LIST_BYTES);
        let list: List = small
            .then(|| std::fs::read_to_string(&self.list).ok())
            .flatten()
            .and_then(|text| match toml::from_str(&text) {
                Ok(list) => Some(list),
                Err(error) => {
                    tracing::warn!("{} is not read: {error}", self.list.display());
                    None
                }
            })
            .unwrap_or_default();
        let mut seen = HashSet::new();
        let mut own: Vec<Own> = list
            .picture
            .into_iter()
            .filter_map(|mut own| {
                if own.pasted {
                    // A list never leads out of the folder.
                    own.file = self.folder.join(own.file.file_name()?);
                }
                seen.insert(own.file.clone()).then_some(own)
            })
            .collect();
        own.drain(..own.len().saturating_sub(MOST));
        own
    }

    /// Remembers `own`, oldest first, and writes the pasted ones among them that are not on disk
    /// yet (`pixels`, by their file). Files in `pictures/` that nobody remembers are deleted; no
    /// other file is touched.
    ///
    /// # Errors
    /// When the data folder cannot be written.
    pub fn write(
        &self,
        mut own: Vec<Own>,
        pixels: &[(PathBuf, Arc<Picture>)],
    ) -> std::io::Result<()> {
        own.drain(..own.len().saturating_sub(MOST));
        for (path, picture) in pixels {
            if own.iter().any(|own| own.file == *path) && !path.exists() {
                write_png(path, &picture.pixels)?;
            }
        }
        // From the newest on, as far as there is room.
        let mut room = MOST_PASTED_BYTES;
        let mut fits = |own: &Own| {
            let size = if own.pasted {
                std::fs::metadata(&own.file).map_or(0, |meta| meta.len())
            } else {
                0
            };
            let fits = size <= room;
            room = if fits { room - size } else { 0 };
            fits
        };
        let mut kept: Vec<Own> = own.into_iter().rev().filter(|own| fits(own)).collect();
        kept.reverse();

        let files: HashSet<PathBuf> = kept.iter().map(|own| own.file.clone()).collect();
        for own in kept.iter_mut().filter(|own| own.pasted) {
            own.file = own.file.file_name().map(PathBuf::from).unwrap_or_default();
        }
        let text =
            toml::to_string_pretty(&List { picture: kept }).map_err(std::io::Error::other)?;
        write_atomic(&self.list, |file| {
            std::io::Write::write_all(file, text.as_bytes())
        })?;
        self.forget_all_but(&files);
        Ok(())
    }

    /// Deletes our own files that nobody remembers.
    fn forget_all_but(&self, kept: &HashSet<PathBuf>) {
        for path in crate::picture::list_folder(&self.folder).unwrap_or_default() {
            if self.is_ours(&path)
                && !kept.contains(&path)
                && let Err(error) = std::fs::remove_file(&path)
            {
                tracing::debug!("{} stays: {error}", path.display());
            }
        }
    }
}

/// Adds what is remembered to the library of a run that starts.
pub fn recall(home: &Home, library: &mut Library) {
    for own in OwnPictures::of(home).read() {
        library.recall(&own);
    }
}

/// Writes down what came and went, in the background.
pub(super) fn remember(
    library: Res<Library>,
    home: Res<HomeDir>,
    jobs: Res<Jobs>,
    mut written: Local<Option<u64>>,
) {
    let now = library.own_version();
    // What the run started with is on disk already.
    if *written.get_or_insert(0) == now {
        return;
    }
    *written = Some(now);
    let place = OwnPictures::of(&home);
    let (own, pixels) = library.own(&place);
    jobs.background.keep(move || place.write(own, &pixels));
}

/// Tells where pictures could not be remembered.
pub(super) fn hear(mut news: MessageReader<BackgroundNews>, mut notices: ResMut<NoticeBoard>) {
    for message in news.read() {
        if let BackgroundNews::Kept(Err(why)) = message {
            notices.problem(format!(
                "Your pictures cannot be remembered for the next run: {why}."
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    fn home(folder: &Path) -> Home {
        Home {
            root: folder.to_owned(),
            data: folder.join("data"),
            cache: folder.join("cache"),
        }
    }

    fn picture(side: u32) -> Arc<Picture> {
        let pixels = RgbImage::from_pixel(side, 3, image::Rgb([side as u8, 2, 3]));
        Arc::new(Picture::from_pixels("pasted picture", pixels))
    }

    /// What a run leaves behind when it ends.
    fn end(library: &Library, home: &Home) {
        let place = OwnPictures::of(home);
        let (own, pixels) = library.own(&place);
        place.write(own, &pixels).unwrap();
    }

    fn start(home: &Home) -> Library {
        let mut library = Library::default();
        recall(home, &mut library);
        library
    }

    fn names(library: &Library) -> Vec<&str> {
        let shown = library.items().iter().filter(|item| !item.gone);
        shown.map(|item| item.name.as_str()).collect()
    }

    #[test]
    fn the_next_run_has_what_was_added_and_not_what_was_removed() {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        let dog = folder.path().join("dog.png");
        write_png(&dog, &RgbImage::new(4, 4)).unwrap();

        let mut first = start(&home);
        assert!(first.items().is_empty());
        let before = first.own_version();
        let file = first.add_file(&dog);
        assert_eq!(first.own_version(), before, "not asked to be remembered");
        first.remember(file);
        let pasted = first.add_picture(picture(5));
        first.remember(pasted);
        assert_ne!(first.own_version(), before);
        // Of this one only the run knows, as of those named on the command line.
        first.add_file(&folder.path().join("other.png"));
        end(&first, &home);

        let mut second = start(&home);
        assert_eq!(names(&second), ["dog", "pasted picture"]);
        assert!(second.items().iter().all(|item| item.own));
        let path = second.items()[1].path.clone().unwrap();
        assert_eq!(
            crate::picture::open(&path).unwrap().pixels,
            picture(5).pixels
        );
        // Pasting it again finds it.
        assert_eq!(second.add_picture(picture(5)), 1);
        let started = second.own_version();
        second.remove(0);
        assert_ne!(second.own_version(), started);
        end(&second, &home);
        assert!(dog.is_file(), "a person's file is never touched");

        let mut third = start(&home);
        assert_eq!(names(&third), ["pasted picture"]);
        third.remove(0);
        end(&third, &home);
        assert!(!path.exists(), "our copy goes with it");
        // Pasted once more in the same run, and taken out again.
        let again = third.add_picture(picture(5));
        third.remember(again);
        end(&third, &home);
        assert!(path.is_file());
        third.remove(again);
        end(&third, &home);
        assert!(names(&start(&home)).is_empty());
    }

    #[test]
    fn a_file_that_is_gone_is_still_listed_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        let mut library = start(&home);
        let index = library.add_file(&folder.path().join("lent.jpg"));
        library.remember(index);
        end(&library, &home);
        let mut library = start(&home);
        assert_eq!(names(&library), ["lent"]);
        let item = &library.items()[0];
        let why = crate::picture::open(item.path.as_ref().unwrap()).unwrap_err();
        let id = item.id;
        library.set_thumb(id, &Err(why.to_string()));
        let note = library.items()[0].trouble.clone().unwrap();
        assert!(note.contains("lent.jpg: there is no such file"), "{note}");
    }

    #[test]
    fn the_list_is_bounded_and_damage_is_no_disaster() {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        let mut library = start(&home);
        for number in 0..MOST + 5 {
            let index = library.add_file(&folder.path().join(format!("{number}.png")));
            library.remember(index);
        }
        end(&library, &home);
        let kept = start(&home);
        assert_eq!(kept.items().len(), MOST);
        assert_eq!(kept.items()[0].name, "5");

        let place = OwnPictures::of(&home);
        for text in ["picture = 3", "[[picture]]\nname = 1", "\u{0}"] {
            std::fs::write(&place.list, text).unwrap();
            assert!(place.read().is_empty(), "{text}");
        }
        // Nothing that a list says is pasted leads out of our folder.
        let text = "[[picture]]\nname = \"x\"\nfile = \"../../x.png\"\npasted = true\n";
        std::fs::write(&place.list, text).unwrap();
        assert_eq!(place.read()[0].file, place.folder.join("x.png"));
        // A picture that somebody else put into the folder stays there.
        let other = place.folder.join("holiday.png");
        write_png(&other, &RgbImage::new(1, 1)).unwrap();
        place.write(Vec::new(), &[]).unwrap();
        assert!(other.is_file());
    }
}
