//! Versions of a picture: painted in a texture, or spoiled; and files that are compared as they
//! are. Made by a thread of its own, which keeps the style networks open.

use std::path::PathBuf;
use std::sync::Arc;

use image::imageops::{self, FilterType};

use crate::compare::{NamedMap, read_map};
use crate::home::Home;
use crate::jobs::{Desk, Slot, Wake, Worker, thumbnail};
use crate::picture::{self, Picture};
use crate::progress::Observer as _;
use crate::stylize::corruption::Corruption;
use crate::stylize::shift::{Easel, Shift};

/// The only slot: a newer wish replaces the older.
const WISH: Slot = Slot(0);

/// What is done to a picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// What it is, after the name of the picture: "in brick", "fog 3".
    pub words: String,
    /// What is done. A texture is named by its file.
    pub shift: Shift,
    /// The file of the texture, for a painting.
    pub texture: Option<PathBuf>,
}

impl Change {
    /// Painted in the texture `name`.
    #[must_use]
    pub fn painted(name: &str, path: PathBuf) -> Self {
        Self {
            words: format!("in {}", name.to_lowercase()),
            shift: Shift::Painted(path.to_string_lossy().into_owned(), 100),
            texture: Some(path),
        }
    }

    /// Spoiled, at a severity from 1 to 5.
    #[must_use]
    pub fn corrupted(corruption: Corruption, severity: u8) -> Self {
        Self {
            words: format!("{} {severity}", corruption.name().to_lowercase()),
            shift: Shift::Corrupted(corruption, severity),
            texture: None,
        }
    }
}

/// What is asked of the thread.
pub(super) enum Wish {
    /// Change a picture; no side of the version is longer than `longest` pixels.
    Make {
        base: Arc<Picture>,
        change: Change,
        longest: u32,
    },
    /// Read a picture's file.
    Open(PathBuf),
    /// Read a map's file.
    Read(PathBuf),
}

/// What was made.
pub(super) enum Made {
    /// A picture, and a small copy of it.
    Picture {
        picture: Arc<Picture>,
        small: image::RgbImage,
    },
    Map(NamedMap),
}

impl Made {
    fn of(picture: Picture) -> Self {
        Self::Picture {
            small: thumbnail(&picture.pixels),
            picture: Arc::new(picture),
        }
    }
}

/// The answer to the wish with this number: what was made, or why not.
pub(super) struct Answer {
    pub(super) number: u64,
    pub(super) made: Result<Made, String>,
}

/// The thread.
pub(super) struct Versions(Worker<(u64, Wish), Answer>);

impl Versions {
    pub(super) fn start(wake: &Wake, home: Home) -> std::io::Result<Self> {
        let mut easel = Easel::plain();
        let work = move |(number, wish): (u64, Wish), desk: &Desk<Answer>| {
            let made = make(wish, &mut easel, &home, desk);
            if !desk.cancelled() {
                desk.say(Answer { number, made });
            }
        };
        let defect = |_| Answer {
            number: u64::MAX,
            made: Err("a defect in the program stopped this version".to_owned()),
        };
        Worker::start("versions", wake, work, defect).map(Self)
    }

    /// Does what is wished, instead of what was wished before. The answer carries `number`.
    pub(super) fn wish(&self, number: u64, wish: Wish) {
        self.0.submit(WISH, (number, wish));
    }

    /// Stops what runs.
    pub(super) fn cancel(&self) {
        self.0.cancel(WISH);
    }

    pub(super) fn news(&self) -> Vec<Answer> {
        self.0.news()
    }
}

fn make(wish: Wish, easel: &mut Easel, home: &Home, desk: &Desk<Answer>) -> Result<Made, String> {
    match wish {
        Wish::Open(path) => picture::open(&path)
            .map(Made::of)
            .map_err(|error| error.to_string()),
        Wish::Read(path) => read_map(&path).map(Made::Map).map_err(|e| e.to_string()),
        Wish::Make {
            base,
            change,
            longest,
        } => {
            if let (Shift::Painted(key, _), Some(path)) = (&change.shift, &change.texture)
                && easel.textures().all(|(known, _)| known != key)
            {
                let texture = picture::open(path).map_err(|error| error.to_string())?;
                easel
                    .add_texture(key.clone(), texture, home)
                    .map_err(|error| error.to_string())?;
            }
            let shrunk = shrunk(&base, longest);
            let pixels = shrunk.as_ref().unwrap_or(&base.pixels);
            let made = easel
                .shifted(pixels, &change.shift, desk)
                .map_err(|error| error.to_string())?;
            let mut picture =
                Picture::from_pixels(format!("{}, {}", base.name, change.words), made);
            picture.alt = format!("{}, {}", base.alt, change.words);
            Ok(Made::of(picture))
        }
    }
}

/// `base` with its longer side at `longest` pixels; `None` where it is that small already.
fn shrunk(base: &Picture, longest: u32) -> Option<image::RgbImage> {
    let [width, height] = base.size();
    let now = width.max(height);
    let side = |n: u32| (u64::from(n) * u64::from(longest) / u64::from(now)).max(1) as u32;
    (now > longest).then(|| {
        imageops::resize(
            &base.pixels,
            side(width),
            side(height),
            FilterType::CatmullRom,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stylize::corruption::corrupt;
    use std::time::{Duration, Instant};

    fn answer(versions: &Versions) -> Answer {
        let start = Instant::now();
        loop {
            if let Some(answer) = versions.news().pop() {
                return answer;
            }
            assert!(start.elapsed() < Duration::from_mins(1), "no answer");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_spoiled_version_comes_back() {
        let wake: Wake = Arc::new(|| {});
        let versions = Versions::start(&wake, Home::find()).unwrap();
        let pixels = image::RgbImage::from_fn(30, 20, |x, y| image::Rgb([x as u8, y as u8, 90]));
        let base = Arc::new(Picture::from_pixels("Cat", pixels));
        let change = Change::corrupted(Corruption::Fog, 3);
        assert_eq!(change.words, "fog 3");
        for (longest, size) in [(1024, [30, 20]), (15, [15, 10])] {
            let wish = Wish::Make {
                base: base.clone(),
                change: change.clone(),
                longest,
            };
            versions.wish(u64::from(longest), wish);
            let answer = answer(&versions);
            assert_eq!(answer.number, u64::from(longest));
            let Ok(Made::Picture { picture, .. }) = answer.made else {
                panic!("nothing was made");
            };
            assert_eq!(
                (picture.name.as_str(), picture.size()),
                ("Cat, fog 3", size)
            );
            if size == [30, 20] {
                let want = corrupt(&base.pixels, Corruption::Fog, 3, 0).unwrap();
                assert_eq!(picture.pixels, want);
            }
        }
    }

    #[test]
    fn files_that_are_none_are_told_in_one_line() {
        let wake: Wake = Arc::new(|| {});
        let versions = Versions::start(&wake, Home::find()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for wish in [
            Wish::Open(folder.path().join("none.png")),
            Wish::Read(folder.path().join("none.npy")),
        ] {
            versions.wish(5, wish);
            let Err(why) = answer(&versions).made else {
                panic!("there is no such file");
            };
            assert!(why.contains("none.") && !why.contains('\n'), "{why}");
        }
    }
}
