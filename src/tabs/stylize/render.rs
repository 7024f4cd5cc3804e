//! Painting and spoiling pictures, and mixing them at their full size: what the tab's tasks do.

use std::sync::Arc;

use bevy::prelude::Image;
use image::RgbImage;

use super::current::Mix;
use super::recipe::{Ink, Made, Recipe};
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency};
use crate::maps::painter::Painter;
use crate::maps::source::Source;
use crate::picture::Picture;
use crate::progress::{Cancelled, Observer};
use crate::stage::{SAFE_SIDE, picture_image};
use crate::stylize::corruption::{Corruption, corrupt};
use crate::stylize::style::{BUILT_IN_STYLES, Finish, mix};

/// Longer side of the copies that are mixed in the frame of a slider's move, in pixels: about what
/// half a stage shows.
pub(super) const PREVIEW_SIDE: u32 = 768;

/// A mix at full size, and its texture where the preview was smaller.
pub(super) type Finished = (Arc<Picture>, Option<Image>);

/// Mixes at full size.
pub(super) fn finish(
    of: &Mix,
    name: String,
    alternative: String,
    observer: &dyn Observer,
) -> Result<Finished, Cancelled> {
    let made = &of.made;
    let strength = f32::from(of.percent) / 100.0;
    let mixed = mix(
        &made.photo.pixels,
        &made.painting,
        strength,
        of.keep_colours,
    );
    observer.check()?;
    let texture = made
        .preview
        .is_some()
        .then(|| picture_image(&mixed, SAFE_SIDE));
    let mut picture = Picture::from_pixels(name, mixed);
    picture.alt = alternative;
    Ok((Arc::new(picture), texture))
}

/// Makes small pictures of every corruption.
pub(super) fn spoil_small(
    jobs: &Jobs,
    of: Arc<RgbImage>,
    severity: u8,
    seed: u64,
) -> Task<(), (Corruption, RgbImage)> {
    let work = move |reporter: &Reporter<'_, (Corruption, RgbImage)>| {
        for corruption in Corruption::ALL {
            reporter.check()?;
            if let Ok(small) = corrupt(&of, corruption, severity, seed) {
                reporter.report((corruption, small));
            }
        }
        Ok::<_, Cancelled>(())
    };
    jobs.run(Lane::Ahead, Urgency::Now, work)
}

/// Makes a picture at full strength and at its own size. [`Finish::Guided`]: it is the network's
/// own painting in one run; tiles paint a different picture and take up to 16 runs.
pub(super) fn make(
    painter: &Painter,
    (shape, photo): (Source, Arc<Picture>),
    recipe: Recipe,
    observer: &dyn Observer,
) -> Result<Arc<Made>, String> {
    let painting = match &recipe {
        Recipe::Paint { ink, second } => {
            let styles = painter.networks()?;
            match ink {
                Ink::Picture(texture) => {
                    let texture = painter.open(texture)?;
                    let mut style = styles.style_of(&texture).map_err(|e| e.to_string())?;
                    if let Some((Ink::Picture(other), percent)) = second {
                        let other = painter.open(other)?;
                        let other = styles.style_of(&other).map_err(|e| e.to_string())?;
                        style = style.blend(&other, f32::from(*percent) / 100.0);
                    }
                    styles
                        .stylize(&photo.pixels, &style, Finish::Guided, observer)
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
        shape,
        recipe,
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
    use super::*;
    use crate::progress::Silent;

    fn photo(side: u32) -> (Source, Arc<Picture>) {
        let pixels = RgbImage::from_fn(side, side / 2, |x, y| {
            image::Rgb([(x % 256) as u8, (y % 256) as u8, 90])
        });
        let picture = Arc::new(Picture::from_pixels("slope", pixels));
        (Source::memory(&picture), picture)
    }

    #[test]
    fn a_spoilt_picture_is_the_librarys_and_a_mix_of_none_is_the_photo() {
        let (_folder, painter) = Painter::without_networks();
        let shape = photo(1000);
        let fog = Recipe::Spoil {
            corruption: Corruption::Fog,
            severity: 4,
            seed: 3,
        };
        let made = make(&painter, shape.clone(), fog, &Silent).unwrap();
        let photo = &shape.1.pixels;
        let ours = corrupt(photo, Corruption::Fog, 4, 3).unwrap();
        assert_eq!(*made.painting, ours);
        let (small, _) = made.preview.as_ref().expect("1000 pixels need a preview");
        assert_eq!(small.dimensions(), (768, 384));
        for (percent, wanted) in [(0, photo), (100, &ours)] {
            let mix = Mix {
                made: made.clone(),
                percent,
                keep_colours: false,
            };
            let name = "slope in fog".to_owned();
            let (picture, texture) = finish(&mix, name, String::new(), &Silent).unwrap();
            assert_eq!(picture.pixels, *wanted, "{percent} %");
            assert!(texture.is_some());
        }
    }

    #[test]
    fn what_is_not_there_is_told() {
        let (folder, painter) = Painter::without_networks();
        let paint = |ink| Recipe::Paint { ink, second: None };
        let why = make(&painter, photo(40), paint(Ink::BuiltIn(3)), &Silent).unwrap_err();
        assert!(why.contains("install.py"), "{why}");
        let gone = Ink::Picture(Source::file(folder.path().join("gone.png")));
        let why = make(&painter, photo(40), paint(gone), &Silent).unwrap_err();
        assert!(
            why.contains("gone.png") || why.contains("install.py"),
            "{why}"
        );
    }
}
