//! Versions of a picture: painted in a texture, or spoiled. Made by a thread of its own, which keeps
//! the style networks open.

use std::path::PathBuf;
use std::sync::Arc;

use crate::home::Home;
use crate::jobs::{Desk, Slot, Wake, Worker};
use crate::picture::{self, Picture};
use crate::progress::Observer as _;
use crate::stylize::corruption::{Corruption, corrupt};
use crate::stylize::style::{Finish, StyleNetworks, mix};

/// The slot of the version that becomes B: a newer wish replaces the older.
const PAIR: Slot = Slot(0);

/// What is done to a picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// Painted in a texture.
    Paint {
        /// What the texture is called.
        name: String,
        /// Its file.
        path: PathBuf,
        /// How much of the painting, 0 to 100 %.
        percent: u8,
    },
    /// Spoiled, at a severity from 1 to 5.
    Corrupt(Corruption, u8),
}

impl Change {
    /// What it is, after the name of the picture: "in brick", "fog 3".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Paint { name, percent, .. } => {
                let name = name.to_lowercase();
                if *percent == 100 {
                    format!("in {name}")
                } else {
                    format!("{percent} % in {name}")
                }
            }
            Self::Corrupt(corruption, severity) => {
                format!("{} {severity}", corruption.name().to_lowercase())
            }
        }
    }
}

struct Job {
    base: Arc<Picture>,
    change: Change,
}

/// A version that was made, or why not.
pub(super) type Made = Result<Arc<Picture>, String>;

/// The thread.
pub(super) struct Versions(Worker<Job, Made>);

impl Versions {
    pub(super) fn start(wake: &Wake, home: Home) -> std::io::Result<Self> {
        let mut networks = None;
        let work = move |job: Job, desk: &Desk<Made>| {
            let made = make(&job, &mut networks, &home, desk);
            if !desk.cancelled() {
                desk.say(made);
            }
        };
        let defect = |_| Err("a defect in the program stopped this version".to_owned());
        Worker::start("versions", wake, work, defect).map(Self)
    }

    /// Makes a version.
    pub(super) fn make(&self, base: Arc<Picture>, change: Change) {
        self.0.submit(PAIR, Job { base, change });
    }

    pub(super) fn news(&self) -> Vec<Made> {
        self.0.news()
    }
}

fn make(
    job: &Job,
    networks: &mut Option<StyleNetworks>,
    home: &Home,
    desk: &Desk<Made>,
) -> Result<Arc<Picture>, String> {
    let pixels = &job.base.pixels;
    let made = match &job.change {
        Change::Corrupt(corruption, severity) => {
            corrupt(pixels, *corruption, *severity, 0).map_err(|error| error.to_string())?
        }
        Change::Paint { path, percent, .. } => {
            let networks = match networks {
                Some(networks) => networks,
                None => networks.insert(StyleNetworks::open(home).map_err(|e| e.to_string())?),
            };
            let texture = picture::open(path).map_err(|error| error.to_string())?;
            let style = networks.style_of(&texture).map_err(|e| e.to_string())?;
            let painting = networks
                .stylize(pixels, &style, Finish::Guided, desk)
                .map_err(|error| error.to_string())?;
            mix(pixels, &painting, f32::from(*percent) / 100.0, false)
        }
    };
    let words = job.change.words();
    let mut picture = Picture::from_pixels(format!("{}, {words}", job.base.name), made);
    picture.alt = format!("{}, {words}", job.base.alt);
    Ok(Arc::new(picture))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_spoiled_version_comes_back() {
        let wake: Wake = Arc::new(|| {});
        let versions = Versions::start(&wake, Home::find()).unwrap();
        let pixels = image::RgbImage::from_fn(30, 20, |x, y| image::Rgb([x as u8, y as u8, 90]));
        let base = Arc::new(Picture::from_pixels("Cat", pixels));
        let change = Change::Corrupt(Corruption::Fog, 3);
        assert_eq!(change.words(), "fog 3");
        versions.make(base.clone(), change);
        let start = Instant::now();
        let made = loop {
            if let Some(made) = versions.news().pop() {
                break made;
            }
            assert!(start.elapsed() < Duration::from_mins(1), "no answer");
            std::thread::sleep(Duration::from_millis(2));
        };
        let picture = made.unwrap();
        assert_eq!(picture.name, "Cat, fog 3");
        let want = corrupt(&base.pixels, Corruption::Fog, 3, 0).unwrap();
        assert_eq!(picture.pixels, want);
    }
}
