//! Small jobs that belong to no tab: making thumbnails, asking for files, the clipboard.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use bevy::prelude::Message;
use image::RgbImage;
use image::imageops::{self, FilterType};

use super::Wake;
use super::lane::{Lane, Lanes};
use super::task::{Reporter, Task};
use crate::picture::{self, Picture};

/// Longer side of a thumbnail, in pixels: sharp at twice the size it is drawn at.
const THUMB_SIDE: u32 = 160;

/// What a background job found.
#[derive(Message, Debug, Clone)]
pub enum BackgroundNews {
    /// A thumbnail, or why the file cannot be read.
    Thumb {
        /// The number given when it was asked for.
        item: u64,
        /// The small picture.
        result: Result<Arc<RgbImage>, String>,
    },
    /// The files chosen in a dialog; none when it was closed.
    Picked(Vec<PathBuf>),
    /// The picture on the clipboard, or why there is none.
    Pasted(Result<Arc<Picture>, String>),
    /// What a person asked to keep was written: where, or why not.
    Saved(Result<PathBuf, String>),
}

/// What is done beside the frames for all tabs alike: thumbnails, the clipboard, dialogs.
pub struct Background {
    lanes: Arc<Lanes>,
    news: mpsc::Sender<BackgroundNews>,
    wake: Wake,
    /// True while a dialog is open.
    asking: Arc<AtomicBool>,
}

impl Background {
    pub(super) fn new(lanes: Arc<Lanes>, news: mpsc::Sender<BackgroundNews>, wake: Wake) -> Self {
        Self {
            lanes,
            news,
            wake,
            asking: Arc::default(),
        }
    }

    /// Makes a thumbnail of the picture at `path`; `item` comes back with the answer.
    pub fn thumb(&self, item: u64, path: PathBuf) {
        let unread = BackgroundNews::Thumb {
            item,
            result: Err("a defect in the program kept it from being read".to_owned()),
        };
        self.run(Lane::Thumbnails, unread, move || BackgroundNews::Thumb {
            item,
            result: picture::open(&path)
                .map(|picture| Arc::new(thumbnail(&picture.pixels)))
                .map_err(|error| error.to_string()),
        });
    }

    /// Takes the picture on the clipboard.
    pub fn paste(&self) {
        let why = "a defect in the program kept the clipboard from being read";
        let unread = BackgroundNews::Pasted(Err(why.to_owned()));
        self.run(Lane::Files, unread, pasted);
    }

    /// Has `work` done; `defect` is told where it panics.
    fn run(
        &self,
        lane: Lane,
        defect: BackgroundNews,
        work: impl FnOnce() -> BackgroundNews + Send + 'static,
    ) {
        let (news, wake) = (self.news.clone(), self.wake.clone());
        let told = self.lanes.detached(lane, move || {
            let message = catch_unwind(AssertUnwindSafe(work)).unwrap_or(defect);
            // The window may be gone already; then there is nobody to tell.
            let _ = news.send(message);
            wake();
        });
        if let Err(error) = told {
            tracing::warn!("the system started no thread: {error}");
        }
    }

    /// Waits for a dialog in a thread of its own. `dialog` must be made on the main thread, which
    /// macOS asks for.
    pub fn dialog(&self, dialog: impl Future<Output = Vec<PathBuf>> + Send + 'static) {
        self.wait(dialog, |paths| Some(BackgroundNews::Picked(paths)));
    }

    /// Waits for a dialog that asks where to write, then has `write` write there: it gives the words
    /// that a person is told, or why nothing was written. Both in a thread of their own; no news
    /// where the dialog was closed.
    pub fn save(
        &self,
        dialog: impl Future<Output = Option<PathBuf>> + Send + 'static,
        write: impl FnOnce(&Path) -> Result<PathBuf, String> + Send + 'static,
    ) {
        self.wait(dialog, move |place| {
            place.map(|place| BackgroundNews::Saved(write(&place)))
        });
    }

    /// Waits for a dialog in a thread of its own; `None` while another one is open.
    pub(crate) fn ask(
        &self,
        dialog: impl Future<Output = Option<PathBuf>> + Send + 'static,
    ) -> Option<Task<Option<PathBuf>>> {
        let (task, answer) = Task::of(&self.wake, move |_: &Reporter<'_>| {
            Ok::<_, String>(bevy::tasks::block_on(dialog))
        });
        let asked = self.in_a_thread(move |_closed| answer());
        asked.then_some(task)
    }

    /// Waits for `dialog` in a thread of its own; `then` makes news of its answer.
    fn wait<T: Send + 'static>(
        &self,
        dialog: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(T) -> Option<BackgroundNews> + Send + 'static,
    ) {
        let (news, wake) = (self.news.clone(), self.wake.clone());
        self.in_a_thread(move |closed: Asking| {
            let answer = bevy::tasks::block_on(dialog);
            drop(closed);
            if let Some(message) = then(answer) {
                let _ = news.send(message);
                wake();
            }
        });
    }

    /// A key that is held down asks again and again: while one dialog is open no other opens.
    fn in_a_thread(&self, work: impl FnOnce(Asking) + Send + 'static) -> bool {
        if self.asking.swap(true, Ordering::SeqCst) {
            return false;
        }
        let asking = Asking(self.asking.clone());
        let waiting = std::thread::Builder::new()
            .name("dialog".to_owned())
            .spawn(move || work(asking));
        if let Err(error) = &waiting {
            tracing::warn!("the dialog could not be shown: {error}");
        }
        waiting.is_ok()
    }
}

/// A dialog that is open; closed when this goes, however its thread ends.
struct Asking(Arc<AtomicBool>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// A small copy of `pixels`, its longer side at most 160 pixels.
#[must_use]
pub fn thumbnail(pixels: &RgbImage) -> RgbImage {
    let (width, height) = pixels.dimensions();
    let longest = width.max(height).max(1);
    if longest <= THUMB_SIDE {
        return pixels.clone();
    }
    let side = |n: u32| (n * THUMB_SIDE / longest).max(1);
    // First to near the size by nearest neighbour where the picture is huge, then smoothly.
    let (w, h) = (side(width), side(height));
    if longest > 8 * THUMB_SIDE {
        let rough = imageops::resize(pixels, w * 4, h * 4, FilterType::Nearest);
        return imageops::resize(&rough, w, h, FilterType::Triangle);
    }
    imageops::resize(pixels, w, h, FilterType::Triangle)
}

/// What is on the clipboard: files that were copied, or their path in words, or a picture.
fn pasted() -> BackgroundNews {
    let files = arboard::Clipboard::new().ok().map(|mut clipboard| {
        let files = clipboard.get().file_list().unwrap_or_default();
        let words = clipboard.get_text().unwrap_or_default();
        (files, words)
    });
    // A file manager puts paths there; a browser may put an address, which is left alone.
    let (mut files, words) = files.unwrap_or_default();
    if files.is_empty()
        && let Some(path) = path_in(&words)
    {
        files.push(path);
    }
    if files.is_empty() {
        BackgroundNews::Pasted(clipboard_picture())
    } else {
        BackgroundNews::Picked(files)
    }
}

/// The file that words name with its whole path.
fn path_in(words: &str) -> Option<PathBuf> {
    let words = words.trim().trim_matches('"');
    let path = Path::new(words.strip_prefix("file://").unwrap_or(words));
    (path.is_absolute() && path.is_file()).then(|| path.to_owned())
}

fn clipboard_picture() -> Result<Arc<Picture>, String> {
    let nothing = "there is no picture on the clipboard; copy one first, or open a file";
    let mut clipboard =
        arboard::Clipboard::new().map_err(|error| format!("the clipboard is closed: {error}"))?;
    if let Ok(image) = clipboard.get_image() {
        let too_large = || "the picture on the clipboard is too large".to_owned();
        let width = u32::try_from(image.width).map_err(|_| too_large())?;
        let height = u32::try_from(image.height).map_err(|_| too_large())?;
        let rgba = image::RgbaImage::from_raw(width, height, image.bytes.into_owned())
            .filter(|image| image.width() > 0 && image.height() > 0)
            .ok_or_else(|| nothing.to_owned())?;
        return Ok(Arc::new(Picture::from_pixels(
            "pasted picture",
            on_white(&rgba),
        )));
    }
    Err(nothing.to_owned())
}

/// The picture laid on white, as [`picture::open`] does with transparent files.
fn on_white(rgba: &image::RgbaImage) -> RgbImage {
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let a = u32::from(a);
        let blend = |c: u8| ((u32::from(c) * a + 255 * (255 - a) + 127) / 255) as u8;
        image::Rgb([blend(r), blend(g), blend(b)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn background() -> (Background, mpsc::Receiver<BackgroundNews>) {
        let (sender, news) = mpsc::channel();
        let wake: Wake = Arc::new(|| {});
        let lanes = Arc::new(Lanes::new(wake.clone()));
        (Background::new(lanes, sender, wake), news)
    }

    #[test]
    fn a_path_in_words_is_a_file_only_where_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("my net.onnx");
        std::fs::write(&file, "").unwrap();
        let words = file.display().to_string();
        for words in [
            words.clone(),
            format!("  \"{words}\"\n"),
            format!("file://{words}"),
        ] {
            assert_eq!(path_in(&words).as_ref(), Some(&file), "{words:?}");
        }
        for words in ["my net.onnx", "", "https://a.b/c.png", "/no/such/file"] {
            assert_eq!(path_in(words), None, "{words:?}");
        }
    }

    #[test]
    fn thumbnails_keep_the_shape() {
        let small = thumbnail(&RgbImage::new(1600, 400));
        assert_eq!(small.dimensions(), (160, 40));
        let strip = thumbnail(&RgbImage::new(40_000, 10));
        assert_eq!(strip.dimensions(), (160, 1));
        assert_eq!(thumbnail(&RgbImage::new(3, 5)).dimensions(), (3, 5));
    }

    #[test]
    fn one_dialog_at_a_time_and_what_it_wrote_is_told() {
        let (background, news) = background();
        let (answer, asked) = mpsc::channel::<Option<PathBuf>>();
        background.save(async move { asked.recv().ok().flatten() }, |folder| {
            Ok(folder.join("it"))
        });
        background.save(async { Some(PathBuf::from("second")) }, |folder| {
            Ok(folder.to_owned())
        });
        answer.send(Some(PathBuf::from("first"))).unwrap();
        let said = || news.recv_timeout(Duration::from_secs(30)).unwrap();
        let BackgroundNews::Saved(Ok(path)) = said() else {
            panic!("not saved");
        };
        assert_eq!(path, PathBuf::from("first/it"));
        // The place is free again; a dialog that is closed says nothing.
        background.save(async { None }, |_| Ok(PathBuf::from("closed")));
        while background.asking.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        background.save(async { Some(PathBuf::new()) }, |_| Err("full".to_owned()));
        let message = said();
        let BackgroundNews::Saved(Err(why)) = message else {
            panic!("{message:?}");
        };
        assert_eq!(why, "full");
    }

    #[test]
    fn a_broken_file_is_an_answer_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text.png");
        std::fs::write(&path, "hello").unwrap();
        let (background, news) = background();
        background.thumb(7, path);
        let answer = news.recv_timeout(Duration::from_secs(30)).unwrap();
        let BackgroundNews::Thumb { item: 7, result } = answer else {
            panic!("{answer:?}");
        };
        assert!(result.unwrap_err().contains("text.png"));
    }
}
