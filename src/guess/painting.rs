//! A guess: for each pixel one of the four bands or none.

use std::io::Cursor;
use std::path::Path;

use image::{ImageReader, Limits, Rgba, RgbaImage};
use ndarray::{Array2, ArrayView2};

use super::GuessError;
use crate::compare::{Band, BandMap, Frame};
use crate::picture::{MAX_BYTES, MAX_PIXELS};

/// How far each channel of a painted pixel may lie from its band's colour, 0-255. No two of the
/// four colours are as near to each other as twice this, so a pixel never fits two. It leaves
/// room for rounding, colour profiles and lossy compression.
pub const TOLERANCE: u8 = 40;

/// From this opacity on (0-255) a pixel counts as painted: soft brush edges count by their half.
const MIN_ALPHA: u8 = 128;

/// How much two shapes may differ (width / height, relative) and still be the same picture at
/// another size.
const SHAPE_TOLERANCE: f64 = 0.01;

/// A band or none for every pixel; what people paint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Painting {
    labels: Array2<u8>,
}

/// A painting made from a picture, and how well that went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The painting.
    pub painting: Painting,
    /// Pixels that have paint in none of the four colours; they count as unpainted.
    pub unknown: u64,
}

impl Painting {
    /// An empty painting.
    #[must_use]
    pub fn empty(height: usize, width: usize) -> Self {
        Self {
            labels: Array2::zeros((height, width)),
        }
    }

    /// Reads a painting from a picture file: RGBA, the four colours, transparent where unpainted.
    ///
    /// # Errors
    /// When the file is missing, too large, no picture, or has paint but none in the four colours.
    pub fn open(path: &Path) -> Result<Opened, GuessError> {
        let problem = |why: String| GuessError::Painting {
            path: path.to_owned(),
            why,
        };
        let bytes = crate::files::read(path, MAX_BYTES).map_err(|e| problem(e.to_string()))?;
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|e| problem(e.to_string()))?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(8 * MAX_PIXELS);
        reader.limits(limits);
        let picture = reader.decode().map_err(|e| {
            problem(format!(
                "is not a picture that can be read: {}",
                one_line(&e)
            ))
        })?;
        Self::from_rgba(&picture.into_rgba8())
    }

    /// Makes a painting of a picture: a pixel of at least half opacity belongs to the band whose
    /// colour differs by at most [`TOLERANCE`] in each channel.
    ///
    /// # Errors
    /// [`GuessError::NoColours`] when there is paint, but none in the four colours. A wholly
    /// transparent picture is an empty painting.
    pub fn from_rgba(picture: &RgbaImage) -> Result<Opened, GuessError> {
        let (width, height) = picture.dimensions();
        let mut unknown = 0;
        let mut labels = Array2::zeros((height as usize, width as usize));
        for (label, &Rgba([r, g, b, alpha])) in labels.iter_mut().zip(picture.pixels()) {
            if alpha >= MIN_ALPHA {
                match band_of([r, g, b]) {
                    Some(band) => *label = band.label(),
                    None => unknown += 1,
                }
            }
        }
        if unknown > 0 && labels.iter().all(|&l| l == 0) {
            return Err(GuessError::NoColours);
        }
        Ok(Opened {
            painting: Self { labels },
            unknown,
        })
    }

    /// The painting as a picture: the four colours, transparent where unpainted.
    #[must_use]
    pub fn to_rgba(&self) -> RgbaImage {
        RgbaImage::from_fn(self.width() as u32, self.height() as u32, |x, y| {
            let label = self.labels.get((y as usize, x as usize));
            match label.copied().and_then(Band::from_label) {
                Some(band) => {
                    let [r, g, b] = band.rgb();
                    Rgba([r, g, b, 255])
                }
                None => Rgba([0; 4]),
            }
        })
    }

    /// `[height, width]`: 0 unpainted, 1 yellow, 2 orange, 3 red, 4 purple.
    #[must_use]
    pub fn labels(&self) -> ArrayView2<'_, u8> {
        self.labels.view()
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.labels.nrows()
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.labels.ncols()
    }

    /// The band of the pixel with this index (row by row), `None` where unpainted or beyond the
    /// end.
    #[must_use]
    pub fn get(&self, pixel: usize) -> Option<Band> {
        self.flat().get(pixel).copied().and_then(Band::from_label)
    }

    /// Paints or clears the pixel with this index (row by row) and returns what it was. Pixels
    /// beyond the end are left alone.
    pub fn set(&mut self, pixel: usize, band: Option<Band>) -> Option<Band> {
        let slot = self.labels.as_slice_mut()?.get_mut(pixel)?;
        Band::from_label(std::mem::replace(slot, band.map_or(0, Band::label)))
    }

    /// The labels row by row.
    pub(super) fn flat(&self) -> &[u8] {
        self.labels.as_slice().unwrap_or_default()
    }

    /// The painting at another size of the same shape: each pixel takes the paint at its centre.
    ///
    /// # Errors
    /// [`GuessError::Shape`] when width / height differs by more than 1 %.
    pub fn at_size(&self, height: usize, width: usize) -> Result<Self, GuessError> {
        if (height, width) == self.labels.dim() {
            return Ok(self.clone());
        }
        let (from_height, from_width) = self.labels.dim();
        if !same_shape((from_height, from_width), (height, width)) {
            return Err(GuessError::Shape {
                width: from_width,
                height: from_height,
                map_width: width,
                map_height: height,
            });
        }
        let nearest = |i: usize, to: usize, from: usize| (2 * i + 1) * from / (2 * to);
        Ok(Self {
            labels: Array2::from_shape_fn((height, width), |(y, x)| {
                self.labels[[
                    nearest(y, height, from_height),
                    nearest(x, width, from_width),
                ]]
            }),
        })
    }
}

impl Painting {
    /// The painting as it lies on a map of `height` x `width`. It may be painted on the part of
    /// the picture that the network saw or, when `frame` says which that is, on the whole picture.
    ///
    /// # Errors
    /// [`GuessError::Shape`] when it is neither.
    pub fn onto(
        &self,
        height: usize,
        width: usize,
        frame: Option<Frame>,
    ) -> Result<Self, GuessError> {
        let size = self.labels.dim();
        let Some(frame) = frame.filter(|_| size != (height, width)) else {
            return self.at_size(height, width);
        };
        let picture = (frame.height as usize, frame.width as usize);
        if size != picture {
            let on_map = self.at_size(height, width);
            if on_map.is_ok() || !same_shape(size, picture) {
                return on_map;
            }
        }
        // Each pixel of the map takes the paint at its centre in the picture.
        let at = |i: usize, n: usize, start: u32, length: u32, whole: u32, side: usize| {
            let place = f64::from(start) + (i as f64 + 0.5) / n as f64 * f64::from(length);
            ((place / f64::from(whole) * side as f64) as usize).min(side.saturating_sub(1))
        };
        let region = frame.region;
        Ok(Self {
            labels: Array2::from_shape_fn((height, width), |(y, x)| {
                let y = at(y, height, region.y, region.height, frame.height, size.0);
                let x = at(x, width, region.x, region.width, frame.width, size.1);
                self.labels.get((y, x)).copied().unwrap_or(0)
            }),
        })
    }
}

/// Whether two sizes (height, width) have the same shape, to 1 %.
fn same_shape(a: (usize, usize), b: (usize, usize)) -> bool {
    let shape = (a.1 * b.0) as f64 / ((b.1 * a.0) as f64).max(0.5);
    (shape - 1.0).abs() <= SHAPE_TOLERANCE
}

impl From<&BandMap> for Painting {
    /// The painting that is exactly right.
    fn from(bands: &BandMap) -> Self {
        Self {
            labels: bands.labels().as_standard_layout().into_owned(),
        }
    }
}

fn band_of(rgb: [u8; 3]) -> Option<Band> {
    Band::ALL.into_iter().find(|band| {
        band.rgb()
            .iter()
            .zip(rgb)
            .all(|(a, b)| a.abs_diff(b) <= TOLERANCE)
    })
}

fn one_line(error: &image::ImageError) -> String {
    error.to_string().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_colours_come_back() {
        let mut painting = Painting::empty(2, 3);
        for (i, band) in Band::ALL.into_iter().enumerate() {
            assert_eq!(painting.set(i + 1, Some(band)), None);
        }
        assert_eq!(painting.set(1, Some(Band::Red)), Some(Band::Yellow));
        assert_eq!(painting.set(1, None), Some(Band::Red));
        assert_eq!(painting.set(99, Some(Band::Red)), None);
        assert_eq!(painting.get(99), None);
        let got = Painting::from_rgba(&painting.to_rgba()).unwrap();
        assert_eq!((got.painting, got.unknown), (painting, 0));
    }

    #[test]
    fn colours_fit_within_the_tolerance_and_only_one_band() {
        let around = |rgb: [u8; 3], by: i16| rgb.map(|c| (i16::from(c) + by).clamp(0, 255) as u8);
        for band in Band::ALL {
            assert_eq!(band_of(around(band.rgb(), 40)), Some(band));
            assert_eq!(band_of(around(band.rgb(), -40)), Some(band));
            assert_ne!(band_of(around(band.rgb(), -41)), Some(band));
            for other in Band::ALL.into_iter().filter(|&o| o != band) {
                let apart = band
                    .rgb()
                    .iter()
                    .zip(other.rgb())
                    .map(|(a, b)| a.abs_diff(b))
                    .max();
                assert!(apart > Some(2 * TOLERANCE));
            }
        }
        assert_eq!(band_of([255, 255, 255]), None);
    }

    #[test]
    fn transparent_is_empty_and_other_paint_is_told() {
        let clear = RgbaImage::from_pixel(3, 3, Rgba([255, 218, 46, 127]));
        assert_eq!(
            Painting::from_rgba(&clear).unwrap().painting,
            Painting::empty(3, 3)
        );
        let mut photo = RgbaImage::from_pixel(3, 3, Rgba([12, 200, 190, 255]));
        assert!(matches!(
            Painting::from_rgba(&photo),
            Err(GuessError::NoColours)
        ));
        photo.put_pixel(1, 1, Rgba([91, 11, 103, 255]));
        let got = Painting::from_rgba(&photo).unwrap();
        assert_eq!((got.unknown, got.painting.get(4)), (8, Some(Band::Purple)));
    }

    #[test]
    fn sizes_of_one_shape_convert_and_others_are_refused() {
        let mut painting = Painting::empty(4, 6);
        painting.set(0, Some(Band::Yellow));
        painting.set(1, Some(Band::Yellow));
        painting.set(6, Some(Band::Yellow));
        painting.set(7, Some(Band::Yellow));
        let half = painting.at_size(2, 3).unwrap();
        assert_eq!((half.get(0), half.get(1)), (Some(Band::Yellow), None));
        assert_eq!(half.at_size(4, 6).unwrap(), painting);
        let error = painting.at_size(4, 4).unwrap_err().to_string();
        assert!(
            error.contains("6 x 4") && error.contains("4 x 4"),
            "{error}"
        );
        assert!(Painting::empty(0, 0).at_size(4, 4).is_err());
    }

    #[test]
    fn what_is_painted_on_the_whole_picture_is_cut_to_what_the_network_saw() {
        let region = crate::picture::Region {
            x: 2,
            y: 0,
            width: 4,
            height: 4,
        };
        let frame = Some(Frame {
            width: 8,
            height: 4,
            region,
        });
        let mut painting = Painting::empty(4, 8);
        painting.set(2, Some(Band::Red)); // first row, third column: the region's corner
        painting.set(7, Some(Band::Red)); // outside
        let seen = painting.onto(4, 4, frame).unwrap();
        let red: Vec<usize> = (0..16).filter(|&p| seen.get(p).is_some()).collect();
        assert_eq!(red, [0]);
        // The same at twice the picture's size, and painted on the part itself.
        assert_eq!(
            painting.at_size(8, 16).unwrap().onto(4, 4, frame).unwrap(),
            seen
        );
        assert_eq!(seen.at_size(8, 8).unwrap().onto(4, 4, frame).unwrap(), seen);
        assert!(Painting::empty(8, 4).onto(4, 4, frame).is_err());
        assert!(painting.onto(4, 4, None).is_err());
    }

    #[test]
    fn files_that_are_no_paintings() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("text.png");
        std::fs::write(&text, "hello").unwrap();
        for path in [text, dir.path().join("missing.png"), dir.path().to_owned()] {
            let error = Painting::open(&path).unwrap_err().to_string();
            assert!(
                !error.contains('\n') && error.contains(&path.display().to_string()),
                "{error}"
            );
        }
        let fine = dir.path().join("fine.png");
        let mut painting = Painting::empty(2, 2);
        painting.set(3, Some(Band::Orange));
        painting.to_rgba().save(&fine).unwrap();
        assert_eq!(Painting::open(&fine).unwrap().painting, painting);
    }
}
