//! The person's own pictures in the window: recalled at its start, written down when they change.

use bevy::prelude::*;

use super::library::Library;
use super::{HomeDir, NoticeBoard};
use crate::home::Home;
use crate::store::{Keeper, OwnPictures};

/// Writes down what is to be there in the next run.
#[derive(Resource, Deref)]
pub struct StoreKeeper(pub Keeper);

/// Adds what is remembered to the library of a run that starts; returns what a person should be
/// told.
#[must_use]
pub fn recall(home: &Home, library: &mut Library) -> Option<String> {
    let (remembered, trouble) = OwnPictures::of(home).read();
    for own in remembered {
        library.recall(&own);
    }
    trouble
}

/// Writes down what came and went in this window.
pub(super) fn remember(mut library: ResMut<Library>, home: Res<HomeDir>, keeper: Res<StoreKeeper>) {
    if !library.has_changes() {
        return;
    }
    let place = OwnPictures::of(&home);
    let changes = library.bypass_change_detection().take_changes(&place);
    keeper.keep(move || match place.change(&changes) {
        Ok(told) => told,
        Err(error) => vec![format!(
            "Your pictures cannot be remembered for the next run: {error}."
        )],
    });
}

/// Tells what became of what was to be kept.
pub(super) fn tell(keeper: Res<StoreKeeper>, mut notices: ResMut<NoticeBoard>) {
    for sentence in keeper.news() {
        notices.problem(sentence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::Arc;

    use crate::files::write_png;
    use crate::picture::Picture;
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

    /// As a frame does.
    fn write(library: &mut Library, home: &Home) {
        let place = OwnPictures::of(home);
        let told = place.change(&library.take_changes(&place)).unwrap();
        assert!(told.is_empty(), "{told:?}");
    }

    fn start(home: &Home) -> Library {
        let mut library = Library::default();
        assert_eq!(recall(home, &mut library), None);
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
        let file = first.add_file(&dog);
        assert!(!first.has_changes(), "not asked to be remembered");
        first.remember(file);
        let pasted = first.add_picture(picture(5));
        first.remember(pasted);
        assert!(first.has_changes());
        // Of this one only the run knows, as of the many that a command line may name.
        first.add_file(&folder.path().join("other.png"));
        write(&mut first, &home);
        assert!(!first.has_changes());

        let mut second = start(&home);
        assert!(!second.has_changes(), "what was recalled is on disk");
        assert_eq!(names(&second), ["dog", "pasted picture"]);
        assert!(second.items().iter().all(|item| item.own));
        let path = second.items()[1].path.clone().unwrap();
        assert_eq!(
            crate::picture::open(&path).unwrap().pixels,
            picture(5).pixels
        );
        // Pasting it again finds it.
        assert_eq!(second.add_picture(picture(5)), 1);
        second.remove(0);
        write(&mut second, &home);
        assert!(dog.is_file(), "a person's file is never touched");

        let mut third = start(&home);
        assert_eq!(names(&third), ["pasted picture"]);
        third.remove(0);
        write(&mut third, &home);
        assert!(!path.exists(), "our copy goes with it");
        // Pasted once more in the same run, and taken out again.
        let again = third.add_picture(picture(5));
        third.remember(again);
        write(&mut third, &home);
        assert!(path.is_file());
        third.remove(again);
        write(&mut third, &home);
        assert!(names(&start(&home)).is_empty());
    }

    /// Each window wrote its own list and deleted the other's pictures.
    #[test]
    fn windows_that_are_open_at_the_same_time_keep_each_others_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        let mut windows = [start(&home), start(&home)];
        for side in 1..=6 {
            let window = &mut windows[side as usize % 2];
            let pasted = window.add_picture(picture(side));
            window.remember(pasted);
            write(window, &home);
        }
        let after = start(&home);
        assert_eq!(names(&after).len(), 6);
        let there = |item: &super::super::library::Item| item.path.as_ref().unwrap().is_file();
        assert!(after.items().iter().all(there));
        // One takes out what the other had pasted: it was shown that at its start.
        let mut third = after;
        third.remove(0);
        write(&mut third, &home);
        assert_eq!(names(&start(&home)).len(), 5);
    }

    #[test]
    fn a_file_that_is_gone_is_still_listed_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        let mut library = start(&home);
        let index = library.add_file(&folder.path().join("lent.jpg"));
        library.remember(index);
        write(&mut library, &home);
        let mut library = start(&home);
        assert_eq!(names(&library), ["lent"]);
        let item = &library.items()[0];
        let why = crate::picture::open(item.path.as_ref().unwrap()).unwrap_err();
        let id = item.id;
        library.set_thumb(id, &Err(why.to_string()));
        let note = library.items()[0].trouble.clone().unwrap();
        assert!(note.contains("lent.jpg: there is no such file"), "{note}");
    }
}
