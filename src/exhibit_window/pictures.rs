//! The pictures as they are shown: what the network saw of them, no larger than a screen shows. They are
//! opened on a thread of its own, in the order in which a game needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;
use image::imageops::{FilterType, crop_imm, resize};

use crate::picture::Region;

/// Longer side of a picture, in pixels.
const SIDE: u32 = 1280;
/// Pictures that stay open, at most.
const MOST_OPEN: usize = 12;

/// A picture's file and the part of it that the network saw; `None` for all of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PictureFile {
    /// The file.
    pub(crate) path: PathBuf,
    /// In its pixels.
    pub(crate) region: Option<Region>,
}

/// The pictures of a programme.
#[derive(Debug)]
pub(crate) struct Pictures {
    open: BTreeMap<usize, Arc<RgbImage>>,
    /// The order in which they were last wanted.
    used: Vec<usize>,
    asked: BTreeSet<usize>,
    wanted: Option<Sender<usize>>,
    found: Mutex<Option<Receiver<Opened>>>,
}

/// A picture by its number, where it could be opened.
type Opened = (usize, Option<RgbImage>);

impl Pictures {
    /// Pictures of files.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn of_files(files: Vec<PictureFile>) -> std::io::Result<Self> {
        let (wanted, hears) = channel::<usize>();
        let (tells, found) = channel();
        std::thread::Builder::new()
            .name("pictures".to_owned())
            .spawn(move || {
                while let Ok(number) = hears.recv() {
                    let picture = files.get(number).and_then(|file| {
                        let picture = crate::picture::open(&file.path).ok()?;
                        Some(shown(&picture.pixels, file.region))
                    });
                    if tells.send((number, picture)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self {
            open: BTreeMap::new(),
            used: Vec::new(),
            asked: BTreeSet::new(),
            wanted: Some(wanted),
            found: Mutex::new(Some(found)),
        })
    }

    /// Pictures that are open already.
    #[cfg(test)]
    pub(crate) fn given(pictures: Vec<RgbImage>) -> Self {
        Self {
            open: pictures.into_iter().map(Arc::new).enumerate().collect(),
            used: Vec::new(),
            asked: BTreeSet::new(),
            wanted: None,
            found: Mutex::new(None),
        }
    }

    /// A picture, as soon as it is there; until then it is opened.
    pub(super) fn get(&mut self, number: usize) -> Option<Arc<RgbImage>> {
        self.want(number);
        self.take();
        self.used.retain(|used| *used != number);
        self.used.push(number);
        if self.wanted.is_some() && self.used.len() > MOST_OPEN {
            let oldest = self.used.remove(0);
            self.open.remove(&oldest);
            self.asked.remove(&oldest);
        }
        self.open.get(&number).cloned()
    }

    /// Opens a picture before it is needed.
    pub(super) fn want(&mut self, number: usize) {
        if let Some(wanted) = &self.wanted
            && !self.open.contains_key(&number)
            && self.asked.insert(number)
        {
            // Without the thread it stays dark.
            let _ = wanted.send(number);
        }
    }

    fn take(&mut self) {
        let found = self.found.get_mut().unwrap_or_else(PoisonError::into_inner);
        let found: Vec<_> = found.iter().flat_map(Receiver::try_iter).collect();
        for (number, picture) in found {
            if let Some(picture) = picture {
                self.open.insert(number, Arc::new(picture));
            }
        }
    }
}

/// The part of a picture that the network saw, as large as it is shown.
pub(super) fn shown(pixels: &RgbImage, region: Option<Region>) -> RgbImage {
    let (width, height) = pixels.dimensions();
    let part = region.map_or((0, 0, width, height), |r| (r.x, r.y, r.width, r.height));
    let (x, y) = (part.0.min(width), part.1.min(height));
    let (wide, high) = (part.2.min(width - x), part.3.min(height - y));
    if wide == 0 || high == 0 {
        return pixels.clone();
    }
    let seen = crop_imm(pixels, x, y, wide, high).to_image();
    let longer = wide.max(high);
    if longer <= SIDE {
        return seen;
    }
    let scaled = |side: u32| {
        let scaled = u64::from(side) * u64::from(SIDE) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(SIDE).max(1)
    };
    resize(&seen, scaled(wide), scaled(high), FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn only_what_the_network_saw_is_shown() {
        let pixels = RgbImage::from_fn(3000, 1000, |x, _| Rgb([(x / 16) as u8, 0, 0]));
        let region = Region {
            x: 1000,
            y: 0,
            width: 1000,
            height: 1000,
        };
        let seen = shown(&pixels, Some(region));
        assert_eq!(seen.dimensions(), (1000, 1000));
        assert_eq!(seen.get_pixel(0, 0).0[0], (1000 / 16) as u8);
        assert_eq!(shown(&pixels, None).dimensions(), (1280, 426));
        // A region of another picture ends at the picture's edge.
        let beyond = Region {
            x: 2900,
            y: 900,
            width: 500,
            height: 500,
        };
        assert_eq!(shown(&pixels, Some(beyond)).dimensions(), (100, 100));
    }

    #[test]
    fn files_are_opened_in_turn_and_the_oldest_are_closed() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PictureFile> = (0..20)
            .map(|n| {
                let path = folder.path().join(format!("{n}.png"));
                if n != 3 {
                    RgbImage::new(10 + n, 8).save(&path).unwrap();
                }
                PictureFile { path, region: None }
            })
            .collect();
        let mut pictures = Pictures::of_files(files).unwrap();
        let mut wait = |number: usize| {
            for _ in 0..2000 {
                if let Some(picture) = pictures.get(number) {
                    return Some(picture.width());
                }
                std::thread::sleep(std::time::Duration::from_millis(if number == 3 {
                    0
                } else {
                    5
                }));
            }
            None
        };
        for number in (0..20).filter(|n| *n != 3) {
            assert_eq!(wait(number), Some(10 + number as u32));
        }
        // One that is closed is opened again; one that is broken never comes.
        assert_eq!(wait(0), Some(10));
        assert_eq!(wait(3), None);
        assert!(pictures.open.len() <= MOST_OPEN);
    }
}
