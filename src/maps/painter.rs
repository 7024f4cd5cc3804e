//! Whoever paints and spoils pictures, for every tab: the style networks are opened once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bevy::prelude::Resource;
use image::RgbImage;
use image::imageops::{self, FilterType};

use super::source::{Origin, Source};
use crate::home::Home;
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency, thumbnail};
use crate::memory;
use crate::picture::Picture;
use crate::progress::Observer;
use crate::stylize::corruption::{Corruption, corrupt};
use crate::stylize::shift::Shift;
use crate::stylize::style::{Finish, StyleNetworks, mix};

/// What is done to a picture.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// What it is, after the name of the picture: "in brick", "fog 3".
    pub(crate) words: String,
    pub(crate) shift: Shift,
    /// The texture, for a painting.
    pub(crate) texture: Option<Source>,
}

impl Change {
    /// Painted in a texture; shifts call it by the key of its source.
    pub(crate) fn painted(texture: Source) -> Self {
        Self {
            words: format!("in {}", texture.name.to_lowercase()),
            shift: Shift::Painted(texture.key.clone(), 100),
            texture: Some(texture),
        }
    }

    /// Spoiled, at a severity from 1 to 5.
    pub(crate) fn corrupted(corruption: Corruption, severity: u8) -> Self {
        Self {
            words: format!("{} {severity}", corruption.name().to_lowercase()),
            shift: Shift::Corrupted(corruption, severity),
            texture: None,
        }
    }
}

/// A version of a picture.
pub(crate) struct Version {
    pub(crate) picture: Arc<Picture>,
    /// A small copy of it.
    pub(crate) small: RgbImage,
}

impl Version {
    pub(crate) fn of(picture: Arc<Picture>) -> Self {
        Self {
            small: thumbnail(&picture.pixels),
            picture,
        }
    }
}

/// Paints and spoils pictures. Copies share what is open.
#[derive(Resource, Clone)]
pub(crate) struct Painter(Arc<Shelf>);

struct Shelf {
    home: Home,
    networks: OnceLock<StyleNetworks>,
    opening: Mutex<()>,
    pictures: Mutex<VecDeque<Source>>,
    /// The last painting at full strength, by picture and texture: its strengths are mixed from it.
    painting: Mutex<Option<([String; 2], Arc<RgbImage>)>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Painter {
    /// Networks are opened when they are first needed.
    pub(crate) fn new(home: Home) -> Self {
        Self(Arc::new(Shelf {
            home,
            networks: OnceLock::new(),
            opening: Mutex::new(()),
            pictures: Mutex::default(),
            painting: Mutex::default(),
        }))
    }

    pub(crate) fn home(&self) -> &Home {
        &self.0.home
    }

    /// The style networks. Opening takes a moment: call it on a lane.
    ///
    /// # Errors
    /// When they are not installed, in one line that says what to do.
    pub(crate) fn networks(&self) -> Result<&StyleNetworks, String> {
        let _one = lock(&self.0.opening);
        if let Some(networks) = self.0.networks.get() {
            return Ok(networks);
        }
        let networks = StyleNetworks::open(&self.0.home).map_err(|error| error.to_string())?;
        Ok(self.0.networks.get_or_init(|| networks))
    }

    /// The picture of `source`, from memory where it was opened lately.
    ///
    /// # Errors
    /// When its file cannot be read, in one line.
    pub(crate) fn open(&self, source: &Source) -> Result<Arc<Picture>, String> {
        let known = lock(&self.0.pictures)
            .iter()
            .find(|known| *known == source)
            .and_then(|known| known.picture.clone());
        if let Some(picture) = known {
            return Ok(picture);
        }
        let picture = source.open().map_err(|error| error.to_string())?;
        let mut pictures = lock(&self.0.pictures);
        pictures.push_back(Source::from(Origin {
            key: source.key.clone(),
            ..Origin::of(&picture)
        }));
        memory::bound(&mut pictures, memory::PICTURES, |source| {
            let picture = source.picture.as_ref();
            picture.map_or(0, |picture| picture.pixels.len() as u64)
        });
        Ok(picture)
    }

    /// `base` after `change`, no side longer than `longest` pixels; without a change it is only
    /// made smaller, and stays the same where it is small enough.
    pub(crate) fn make(
        &self,
        jobs: &Jobs,
        urgency: Urgency,
        (base, longest): (Arc<Picture>, u32),
        change: Option<Change>,
    ) -> Task<Version> {
        let painter = self.clone();
        jobs.run(Lane::Pictures, urgency, move |reporter: &Reporter<'_>| {
            let base = shrunk(&base, longest);
            let Some(change) = change else {
                return Ok(Version::of(base));
            };
            let pixels = painter.shifted(&base, &change, reporter)?;
            let name = format!("{}, {}", base.name, change.words);
            let mut made = Picture::from_pixels(name, pixels);
            made.alt = format!("{}, {}", base.alt, change.words);
            Ok::<_, String>(Version::of(Arc::new(made)))
        })
    }

    fn shifted(
        &self,
        base: &Picture,
        change: &Change,
        observer: &dyn Observer,
    ) -> Result<RgbImage, String> {
        match &change.shift {
            Shift::Corrupted(corruption, severity) => {
                corrupt(&base.pixels, *corruption, *severity, 0).map_err(|error| error.to_string())
            }
            Shift::Painted(texture, strength) => {
                let wanted = [base.sha256.clone(), texture.clone()];
                let known = lock(&self.0.painting)
                    .as_ref()
                    .filter(|(key, _)| *key == wanted)
                    .map(|(_, painting)| painting.clone());
                let painting = match known {
                    Some(known) => known,
                    None => Arc::new(self.painting(base, change, observer)?),
                };
                *lock(&self.0.painting) = Some((wanted, painting.clone()));
                let strength = f32::from(*strength) / 100.0;
                Ok(mix(&base.pixels, &painting, strength, false))
            }
        }
    }

    fn painting(
        &self,
        base: &Picture,
        change: &Change,
        observer: &dyn Observer,
    ) -> Result<RgbImage, String> {
        let texture = change.texture.as_ref().ok_or("the texture has gone")?;
        let texture = self.open(texture)?;
        let networks = self.networks()?;
        let style = networks
            .style_of(&texture)
            .map_err(|error| error.to_string())?;
        networks
            .stylize(&base.pixels, &style, Finish::Guided, observer)
            .map_err(|error| error.to_string())
    }
}

/// `picture` with no side longer than `longest` pixels. One that is small enough stays the same,
/// with its file's hash.
fn shrunk(picture: &Arc<Picture>, longest: u32) -> Arc<Picture> {
    let [width, height] = picture.size();
    let now = width.max(height);
    if now <= longest {
        return picture.clone();
    }
    let side = |n: u32| (u64::from(n) * u64::from(longest) / u64::from(now)).max(1) as u32;
    let (width, height) = (side(width), side(height));
    let small = imageops::resize(&picture.pixels, width, height, FilterType::CatmullRom);
    let mut shrunk = Picture::from_pixels(picture.name.clone(), small);
    shrunk.alt.clone_from(&picture.alt);
    Arc::new(shrunk)
}

#[cfg(test)]
impl Painter {
    /// In a new folder, where no networks are.
    pub(crate) fn without_networks() -> (tempfile::TempDir, Self) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home {
            root: folder.path().to_owned(),
            data: folder.path().join("data"),
            cache: folder.path().join("cache"),
        };
        (folder, Self::new(home))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn large_pictures_are_shrunk_and_small_ones_keep_their_hash() {
        let large = Arc::new(Picture::from_pixels("p", RgbImage::new(3000, 200)));
        assert_eq!(shrunk(&large, 1024).size(), [1024, 68]);
        let mut small = Picture::from_pixels("p", RgbImage::new(300, 200));
        small.sha256 = "of the file".to_owned();
        assert_eq!(shrunk(&Arc::new(small), 1024).sha256, "of the file");
    }

    #[test]
    fn opened_pictures_are_told_apart_and_not_read_again() {
        let (folder, painter) = Painter::without_networks();
        let file = |name: &str, width: u32| {
            let path = folder.path().join(name);
            RgbImage::new(width, 8).save(&path).unwrap();
            Source::file(path)
        };
        let (one, other) = (file("one.png", 5), file("other.png", 9));
        let first = painter.open(&one).unwrap();
        assert_eq!(painter.open(&other).unwrap().size(), [9, 8]);
        std::fs::remove_file(&one.path).unwrap();
        assert!(Arc::ptr_eq(&painter.open(&one).unwrap(), &first));
    }

    #[test]
    fn a_painting_is_mixed_again_for_its_own_picture_and_texture_alone() {
        let (_folder, painter) = Painter::without_networks();
        let texture = |grey: u8| {
            let pixels = RgbImage::from_pixel(4, 4, image::Rgb([grey; 3]));
            Source::memory(&Arc::new(Picture::from_pixels("Brick", pixels)))
        };
        let base = Picture::from_pixels("Cat", RgbImage::new(8, 8));
        let painted = RgbImage::from_pixel(8, 8, image::Rgb([200; 3]));
        let change = Change::painted(texture(1));
        let key = [base.sha256.clone(), texture(1).key.clone()];
        *lock(&painter.0.painting) = Some((key, Arc::new(painted.clone())));
        let shifted = |base: &Picture, change: &Change| painter.shifted(base, change, &Silent);
        assert_eq!(shifted(&base, &change), Ok(painted));
        // Any other would have to be painted.
        let other = Picture::from_pixels("Dog", RgbImage::new(8, 9));
        assert!(shifted(&other, &change).is_err());
        assert!(shifted(&base, &Change::painted(texture(2))).is_err());
    }

    #[test]
    fn a_spoiled_version_is_the_librarys() {
        let (_folder, painter) = Painter::without_networks();
        let pixels = RgbImage::from_fn(30, 20, |x, y| image::Rgb([x as u8, y as u8, 90]));
        let base = Picture::from_pixels("Cat", pixels);
        let change = Change::corrupted(Corruption::Fog, 3);
        assert_eq!(change.words, "fog 3");
        let made = painter.shifted(&base, &change, &Silent).unwrap();
        assert_eq!(made, corrupt(&base.pixels, Corruption::Fog, 3, 0).unwrap());
    }

    #[test]
    fn what_cannot_be_painted_is_told_in_one_line() {
        let (folder, painter) = Painter::without_networks();
        let base = Picture::from_pixels("Cat", RgbImage::new(9, 9));
        let gone = Change::painted(Source::file(folder.path().join("none.png")));
        let why = painter.shifted(&base, &gone, &Silent).unwrap_err();
        assert!(why.contains("none.png") && !why.contains('\n'), "{why}");
        let texture = Arc::new(Picture::from_pixels("Brick", RgbImage::new(9, 9)));
        let change = Change::painted(Source::memory(&texture));
        assert_eq!(change.words, "in brick");
        let why = painter.shifted(&base, &change, &Silent).unwrap_err();
        assert!(why.contains("install.py"), "{why}");
    }
}
