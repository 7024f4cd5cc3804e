//! The thread that makes the versions of a picture: corrupted, or painted in a texture.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;
use image::imageops::{self, FilterType};

use super::state::ORIGINAL;
use crate::home::Home;
use crate::jobs::{Desk, Slot, Wake, Worker, thumbnail};
use crate::picture::{self, Picture};
use crate::progress::Observer as _;
use crate::stylize::shift::{Easel, Shift};
use crate::stylize::style::mix;

/// Longer side of the versions, in pixels. Larger pictures are shrunk first: networks see a few
/// hundred pixels, and the versions are all in memory.
pub const LONGEST_SIDE: u32 = 1024;

/// Where a texture comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A picture without a file.
    Picture(Arc<Picture>),
}

/// One version to make.
pub struct VersionJob {
    /// Comes back with the answer, so that those of another picture are told apart.
    pub round: u64,
    /// The picture.
    pub picture: Arc<Picture>,
    /// What is done to it; `None` makes the original at the matrix's size.
    pub shift: Option<Shift>,
    /// The texture, for a painting.
    pub texture: Option<Source>,
}

/// A version that was made, or why there is none.
pub struct VersionNews {
    /// As in the job.
    pub round: u64,
    /// The row.
    pub key: String,
    /// The picture and a small copy of it.
    pub made: Result<(Arc<Picture>, RgbImage), String>,
}

/// The row that a shift makes.
pub fn key_of(shift: Option<&Shift>) -> String {
    shift.map_or_else(|| ORIGINAL.to_owned(), Shift::to_string)
}

/// `picture` as the matrix uses it: no side longer than [`LONGEST_SIDE`]. A picture that is small
/// enough stays the same, with its file's hash.
pub fn shrunk(picture: &Arc<Picture>) -> Arc<Picture> {
    let [width, height] = picture.size();
    let longest = width.max(height);
    if longest <= LONGEST_SIDE {
        return picture.clone();
    }
    let side = |n: u32| (u64::from(n) * u64::from(LONGEST_SIDE) / u64::from(longest)).max(1) as u32;
    let small = imageops::resize(
        &picture.pixels,
        side(width),
        side(height),
        FilterType::CatmullRom,
    );
    let mut shrunk = Picture::from_pixels(picture.name.clone(), small);
    shrunk.alt.clone_from(&picture.alt);
    Arc::new(shrunk)
}

/// What the thread keeps between jobs.
struct Studio {
    home: Home,
    easel: Easel,
    /// The last painting at full strength, by picture and texture: its strengths are mixed from it.
    painting: Option<((String, String), RgbImage)>,
}

impl Studio {
    fn make(
        &mut self,
        job: &VersionJob,
        desk: &Desk<VersionNews>,
    ) -> Result<(Arc<Picture>, RgbImage), String> {
        let picture = shrunk(&job.picture);
        let Some(shift) = &job.shift else {
            let small = thumbnail(&picture.pixels);
            return Ok((picture, small));
        };
        let pixels = match shift {
            Shift::Corrupted(..) => self
                .easel
                .shifted(&picture.pixels, shift, desk)
                .map_err(|e| e.to_string())?,
            Shift::Painted(texture, strength) => {
                let wanted = (picture.sha256.clone(), texture.clone());
                if self.painting.as_ref().is_none_or(|(key, _)| *key != wanted) {
                    let source = job.texture.as_ref().ok_or("the texture has gone")?;
                    let source = match source {
                        Source::File(path) => picture::open(path).map_err(|e| e.to_string())?,
                        Source::Picture(picture) => Picture::clone(picture),
                    };
                    self.easel
                        .add_texture(texture.clone(), source, &self.home)
                        .map_err(|e| e.to_string())?;
                    let painting = self
                        .easel
                        .painting(&picture.pixels, texture, desk)
                        .map_err(|e| e.to_string())?;
                    self.painting = Some((wanted, painting));
                }
                let (_, painting) = self.painting.as_ref().ok_or("nothing was painted")?;
                mix(
                    &picture.pixels,
                    painting,
                    f32::from(*strength) / 100.0,
                    false,
                )
            }
        };
        let small = thumbnail(&pixels);
        let name = picture.name.clone();
        Ok((Arc::new(Picture::from_pixels(name, pixels)), small))
    }
}

/// Starts the thread.
///
/// # Errors
/// When the system cannot start one.
pub fn start(home: Home, wake: &Wake) -> std::io::Result<Worker<VersionJob, VersionNews>> {
    let mut studio = Studio {
        home,
        easel: Easel::plain(),
        painting: None,
    };
    let work = move |job: VersionJob, desk: &Desk<VersionNews>| {
        let made = studio.make(&job, desk);
        if desk.cancelled() {
            return;
        }
        desk.say(VersionNews {
            round: job.round,
            key: key_of(job.shift.as_ref()),
            made,
        });
    };
    Worker::start("versions", wake, work, |_: Slot| VersionNews {
        round: u64::MAX,
        key: String::new(),
        made: Err("a defect in the program stopped this version".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pictures_are_shrunk_and_small_ones_keep_their_hash() {
        let large = Arc::new(Picture::from_pixels("p", RgbImage::new(3000, 200)));
        assert_eq!(shrunk(&large).size(), [1024, 68]);
        let mut small = Picture::from_pixels("p", RgbImage::new(300, 200));
        small.sha256 = "of the file".to_owned();
        assert_eq!(shrunk(&Arc::new(small)).sha256, "of the file");
    }
}
