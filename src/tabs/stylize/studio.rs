//! The threads that paint and spoil pictures.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use bevy::prelude::Resource;
use image::RgbImage;

use super::orders::{Extra, Ink, Job, Made, News, Recipe, Source};
use super::swatches;
use crate::home::Home;
use crate::jobs::{Desk, Wake, Worker};
use crate::memory;
use crate::picture::{self, Picture};
use crate::progress::Observer as _;
use crate::stage::{SAFE_SIDE, picture_image};
use crate::stylize::corruption::{Corruption, corrupt};
use crate::stylize::style::{BUILT_IN_STYLES, Finish, StyleNetworks, mix};

/// Longer side of the copies that are mixed in the frame of a slider's move, in pixels: about what
/// half a stage shows.
pub(super) const PREVIEW_SIDE: u32 = 768;

/// The two threads.
#[derive(Resource)]
pub(super) struct Studio {
    pub(super) first: Worker<Job, News>,
    pub(super) second: Worker<Extra, News>,
}

impl Studio {
    /// Starts the threads; networks are opened when they are first needed.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub(super) fn start(home: &Home, wake: &Wake) -> std::io::Result<Self> {
        let networks = Arc::new(Networks {
            home: home.clone(),
            opened: OnceLock::new(),
        });
        let mut pictures = Pictures::default();
        let theirs = networks.clone();
        let first = Worker::start(
            "stylize",
            wake,
            move |job, desk| first(&theirs, &mut pictures, job, desk),
            News::Defect,
        )?;
        let mut pictures = Pictures::default();
        let second = Worker::start(
            "stylize previews",
            wake,
            move |extra, desk| second(&networks, &mut pictures, extra, desk),
            News::Defect,
        )?;
        Ok(Self { first, second })
    }
}

/// The style networks, opened once for both threads.
struct Networks {
    home: Home,
    opened: OnceLock<StyleNetworks>,
}

impl Networks {
    fn get(&self) -> Result<&StyleNetworks, String> {
        if let Some(networks) = self.opened.get() {
            return Ok(networks);
        }
        let networks = StyleNetworks::open(&self.home).map_err(|error| error.to_string())?;
        Ok(self.opened.get_or_init(|| networks))
    }
}

/// The pictures that were opened last.
#[derive(Default)]
struct Pictures(VecDeque<(String, Arc<Picture>)>);

impl Pictures {
    fn open(&mut self, source: &Source) -> Result<Arc<Picture>, String> {
        if let Some((_, known)) = self.0.iter().find(|(key, _)| *key == source.key) {
            return Ok(known.clone());
        }
        let opened = match (&source.picture, &source.path) {
            (Some(picture), _) => picture.clone(),
            (None, Some(path)) => {
                let mut opened = picture::open(path).map_err(|error| error.to_string())?;
                opened.name.clone_from(&source.name);
                if !source.alternative.is_empty() {
                    opened.alt.clone_from(&source.alternative);
                }
                Arc::new(opened)
            }
            (None, None) => return Err("the picture is gone; choose another one".to_owned()),
        };
        self.0.push_back((source.key.clone(), opened.clone()));
        memory::bound(&mut self.0, memory::PICTURES, |(_, opened)| {
            opened.pixels.len() as u64
        });
        Ok(opened)
    }
}

fn first(networks: &Networks, pictures: &mut Pictures, job: Job, desk: &Desk<News>) {
    match job {
        Job::Open(source) => {
            let result = pictures.open(&source).map(|picture| {
                let texture = picture_image(&picture.pixels, SAFE_SIDE);
                (picture, texture)
            });
            desk.say(News::Opened { source, result });
        }
        Job::Make(shape, recipe) => make_and_say(networks, pictures, shape, recipe, desk),
        Job::Finish {
            made,
            percent,
            keep_colours,
            name,
            alternative,
        } => {
            let strength = f32::from(percent) / 100.0;
            let mixed = mix(&made.photo.pixels, &made.painting, strength, keep_colours);
            if desk.cancelled() {
                return;
            }
            let texture = made
                .preview
                .is_some()
                .then(|| picture_image(&mixed, SAFE_SIDE));
            let mut picture = Picture::from_pixels(name, mixed);
            picture.alt = alternative;
            if !desk.cancelled() {
                desk.say(News::Finished {
                    made,
                    percent,
                    keep_colours,
                    picture: Arc::new(picture),
                    texture,
                });
            }
        }
        Job::Read(source) => {
            // A texture that cannot be opened is told by the job that paints with it.
            if let Ok(picture) = pictures.open(&source) {
                desk.say(News::Read { source, picture });
            }
        }
    }
}

fn second(networks: &Networks, pictures: &mut Pictures, extra: Extra, desk: &Desk<News>) {
    match extra {
        Extra::Swatches => {
            // Without the networks the person is told when they choose a style.
            if let Ok(styles) = networks.get() {
                swatches::draw(styles, &networks.home.cache, desk);
            }
        }
        Extra::Spoilt {
            of,
            key,
            severity,
            seed,
        } => {
            for corruption in Corruption::ALL {
                if desk.cancelled() {
                    return;
                }
                if let Ok(small) = corrupt(&of, corruption, severity, seed) {
                    let key = key.clone();
                    desk.say(News::Spoilt {
                        key,
                        corruption,
                        small,
                    });
                }
            }
        }
        Extra::Ahead(shape, recipe) => make_and_say(networks, pictures, shape, recipe, desk),
    }
}

fn make_and_say(
    networks: &Networks,
    pictures: &mut Pictures,
    shape: Source,
    recipe: Recipe,
    desk: &Desk<News>,
) {
    let result = make(networks, pictures, &shape, &recipe, desk);
    // What was cancelled is not wanted, whatever became of it.
    if !desk.cancelled() {
        desk.say(News::Made {
            shape,
            recipe,
            result,
        });
    }
}

/// Makes a picture at full strength and at its own size. [`Finish::Guided`]: it is the network's
/// own painting in one run; tiles paint a different picture and take up to 16 runs.
fn make(
    networks: &Networks,
    pictures: &mut Pictures,
    shape: &Source,
    recipe: &Recipe,
    desk: &Desk<News>,
) -> Result<Arc<Made>, String> {
    let photo = pictures.open(shape)?;
    let painting = match recipe {
        Recipe::Paint { ink, second } => {
            let styles = networks.get()?;
            match ink {
                Ink::Picture(texture) => {
                    let texture = pictures.open(texture)?;
                    let mut style = styles.style_of(&texture).map_err(|e| e.to_string())?;
                    if let Some((Ink::Picture(other), percent)) = second {
                        let other = pictures.open(other)?;
                        let other = styles.style_of(&other).map_err(|e| e.to_string())?;
                        style = style.blend(&other, f32::from(*percent) / 100.0);
                    }
                    styles
                        .stylize(&photo.pixels, &style, Finish::Guided, desk)
                        .map_err(|e| e.to_string())?
                }
                Ink::BuiltIn(style) => {
                    let mut weights = [0.0; BUILT_IN_STYLES];
                    let mut add = |style: usize, weight: f32| {
                        if let Some(place) = weights.get_mut(style) {
                            *place += weight;
                        }
                    };
                    match second {
                        Some((Ink::BuiltIn(other), percent)) => {
                            let share = f32::from(*percent) / 100.0;
                            add(*style, 1.0 - share);
                            add(*other, share);
                        }
                        _ => add(*style, 1.0),
                    }
                    styles
                        .built_in(&photo.pixels, &weights)
                        .map_err(|e| e.to_string())?
                }
            }
        }
        Recipe::Spoil {
            corruption,
            severity,
            seed,
        } => corrupt(&photo.pixels, *corruption, *severity, *seed).map_err(|e| e.to_string())?,
    };
    let [width, height] = photo.size();
    let preview =
        (width.max(height) > PREVIEW_SIDE).then(|| (preview(&photo.pixels), preview(&painting)));
    Ok(Arc::new(Made {
        shape: shape.clone(),
        recipe: recipe.clone(),
        photo,
        painting: Arc::new(painting),
        preview,
    }))
}

/// A copy with the longer side at [`PREVIEW_SIDE`].
fn preview(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = u64::from(width.max(height).max(1));
    let side = |length: u32| {
        let scaled = u64::from(length) * u64::from(PREVIEW_SIDE) / longest;
        u32::try_from(scaled).unwrap_or(PREVIEW_SIDE).max(1)
    };
    image::imageops::thumbnail(picture, side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::super::orders::{FINISH, MAKE, OPEN, Origin};
    use super::*;
    use std::time::{Duration, Instant};

    fn source(side: u32) -> Source {
        let pixels = RgbImage::from_fn(side, side / 2, |x, y| {
            image::Rgb([(x % 256) as u8, (y % 256) as u8, 90])
        });
        let picture = Picture::from_pixels("slope", pixels);
        Source::from(Origin {
            key: picture.sha256.clone(),
            name: picture.name.clone(),
            alternative: String::new(),
            path: None,
            picture: Some(Arc::new(picture)),
        })
    }

    fn studio() -> (tempfile::TempDir, Studio) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home {
            root: folder.path().to_owned(),
            data: folder.path().join("data"),
            cache: folder.path().join("cache"),
        };
        let wake: Wake = Arc::new(|| {});
        (folder, Studio::start(&home, &wake).unwrap())
    }

    fn next(worker: &Worker<Job, News>) -> News {
        let start = Instant::now();
        loop {
            if let Some(news) = worker.news().into_iter().next() {
                return news;
            }
            assert!(start.elapsed() < Duration::from_mins(1), "no news");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn fog() -> Recipe {
        Recipe::Spoil {
            corruption: Corruption::Fog,
            severity: 4,
            seed: 3,
        }
    }

    #[test]
    fn a_spoilt_picture_is_the_librarys_and_a_mix_of_none_is_the_photo() {
        let (_folder, studio) = studio();
        let source = source(1000);
        studio.first.submit(MAKE, Job::Make(source.clone(), fog()));
        let News::Made { result, .. } = next(&studio.first) else {
            panic!("something else was made");
        };
        let made = result.unwrap();
        let photo = &source.picture.as_ref().unwrap().pixels;
        let ours = corrupt(photo, Corruption::Fog, 4, 3).unwrap();
        assert_eq!(*made.painting, ours);
        let (small, _) = made.preview.as_ref().expect("1000 pixels need a preview");
        assert_eq!(small.dimensions(), (768, 384));

        for (percent, wanted) in [(0, photo), (100, &ours)] {
            let job = Job::Finish {
                made: made.clone(),
                percent,
                keep_colours: false,
                name: "slope in fog".to_owned(),
                alternative: String::new(),
            };
            studio.first.submit(FINISH, job);
            let News::Finished {
                picture, texture, ..
            } = next(&studio.first)
            else {
                panic!("it was not finished");
            };
            assert_eq!(picture.pixels, *wanted, "{percent} %");
            assert!(texture.is_some());
        }
    }

    #[test]
    fn networks_that_are_not_installed_are_told() {
        let (_folder, studio) = studio();
        let recipe = Recipe::Paint {
            ink: Ink::BuiltIn(3),
            second: None,
        };
        studio.first.submit(MAKE, Job::Make(source(40), recipe));
        let News::Made { result, .. } = next(&studio.first) else {
            panic!("something else was made");
        };
        assert!(result.unwrap_err().contains("install.py"));
    }

    #[test]
    fn a_file_that_is_gone_is_told() {
        let (folder, studio) = studio();
        let gone = Source::from(Origin {
            key: "gone".to_owned(),
            name: "Gone".to_owned(),
            alternative: String::new(),
            path: Some(folder.path().join("gone.png")),
            picture: None,
        });
        studio.first.submit(OPEN, Job::Open(gone));
        let News::Opened { result, .. } = next(&studio.first) else {
            panic!("something else was opened");
        };
        assert!(result.unwrap_err().contains("gone.png"));
    }
}
