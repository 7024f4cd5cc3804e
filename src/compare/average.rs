//! The average of many maps: mean and spread by value, or the paper's average of colours.
//!
//! The shader `average.wgsl` is the twin of [`average`].

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use image::RgbImage;
use ndarray::{Array2, ArrayView2, Zip};

use super::pair::check;
use super::parallel::{fill_pieces, fill_pieces_of_two};
use super::resample::resize;
use super::{CompareError, Origin};
use crate::files::{Output, made_by, sha256_of_file, write_atomic, write_png};
use crate::memory::allow_pixels;
use crate::npy;
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale, colour};

/// Memory that a running average takes with the map that is added and what it comes to (measured:
/// 5.2 GB for 12,000 x 12,000).
const BYTES_PER_PIXEL: u64 = 37;

/// Pixels in a block; its sums live in the first-level cache while every map passes by.
const BLOCK: usize = 2048;

/// Adding 2^52 leaves an f64 below it no room for a fraction: it rounds, halves to even,
/// and unlike `round_ties_even` compiles to vector instructions everywhere.
const ROUND: f64 = (1u64 << 52) as f64;

/// Mean and spread of several maps, pixel by pixel, `[height, width]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Average {
    /// The mean.
    pub mean: Array2<f32>,
    /// The standard deviation over the maps as a population (`numpy.std`, ddof 0).
    pub spread: Array2<f32>,
    /// How many maps went in.
    pub maps: usize,
}

impl Average {
    /// Writes `mean.npy` and `spread.npy` (`f32 [height, width]`), and both in colours, each on
    /// its own scale, as `mean.png` and `spread.png`, into a folder, which is made if missing: see
    /// [`Output::write_folder`]. The average of colours, where there is one, becomes `colours.png`.
    /// Last comes `average.json`: how many maps, what they were called and made from, and the arrays'
    /// hashes.
    ///
    /// # Errors
    /// [`CompareError::Output`] and [`CompareError::Write`].
    pub fn write(
        &self,
        folder: &Path,
        colormap: Colormap,
        colours: Option<&RgbImage>,
    ) -> Result<(), CompareError> {
        self.write_to(&Output::new(folder), &[], colormap, colours)
    }

    /// As [`Self::write`], where a person named the folder; `of` are what the maps are called and what
    /// they were made from, where that is known.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_to(
        &self,
        folder: &Output,
        of: &[(String, Option<Origin>)],
        colormap: Colormap,
        colours: Option<&RgbImage>,
    ) -> Result<(), CompareError> {
        folder.write_folder(&AVERAGE_FILES, |new| {
            self.write_into(new, folder.path(), of, colormap, colours)
        })
    }

    fn write_into(
        &self,
        folder: &Path,
        told: &Path,
        of: &[(String, Option<Origin>)],
        colormap: Colormap,
        colours: Option<&RgbImage>,
    ) -> Result<(), CompareError> {
        let failed = |name: &str| {
            let path = told.join(name);
            move |source| CompareError::Write { path, source }
        };
        let mut files = BTreeMap::new();
        for (name, values) in [("mean", &self.mean), ("spread", &self.spread)] {
            let array = format!("{name}.npy");
            let path = folder.join(&array);
            npy::write_array(&path, values.view()).map_err(failed(&array))?;
            let hash = sha256_of_file(&path).map_err(failed(&array))?;
            files.insert(array, hash);
            let map = SaliencyMap {
                values: values.clone(),
            };
            let picture = format!("{name}.png");
            let coloured = colour(&map, Scale::of(&map), colormap);
            write_png(&folder.join(&picture), &coloured).map_err(failed(&picture))?;
        }
        if let Some(colours) = colours {
            let name = "colours.png";
            write_png(&folder.join(name), colours).map_err(failed(name))?;
        }
        let record = serde_json::json!({
            "made_by": made_by(),
            "maps": self.maps,
            "of": of.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "origins": of.iter().map(|(_, origin)| origin).collect::<Vec<_>>(),
            "colormap": colormap.id(),
            "files": files,
        });
        let name = "average.json";
        write_atomic(&folder.join(name), |file| {
            serde_json::to_writer_pretty(&mut *file, &record)?;
            file.write_all(b"\n")
        })
        .map_err(failed(name))
    }
}

/// All files of an average's folder, the record last.
pub const AVERAGE_FILES: [&str; 6] = [
    "mean.npy",
    "spread.npy",
    "mean.png",
    "spread.png",
    "colours.png",
    "average.json",
];

/// The average of maps that are all in memory. Maps of another size than the first are brought
/// to its size (bilinear, [`resize`]). `maps` come with the names that errors call them.
///
/// # Errors
/// When there is no map, or one is empty or holds values that are not finite.
pub fn average(maps: &[(&str, ArrayView2<'_, f32>)]) -> Result<Average, CompareError> {
    let Some((_, first)) = maps.first() else {
        return Err(CompareError::NothingToAverage);
    };
    let size = first.dim();
    let mut owned: Vec<Option<Array2<f32>>> = Vec::with_capacity(maps.len());
    for (name, map) in maps {
        if map.dim() != size || map.is_empty() {
            check(name, *map)?;
        }
        owned.push(if map.dim() != size {
            Some(resize(*map, size.0, size.1))
        } else if map.is_standard_layout() {
            None
        } else {
            Some(map.as_standard_layout().into_owned())
        });
    }
    let values: Vec<&[f32]> = maps
        .iter()
        .zip(&owned)
        .filter_map(|((_, map), owned)| {
            owned
                .as_ref()
                .map_or_else(|| map.to_slice(), |o| o.as_slice())
        })
        .collect();
    let (mut mean, mut spread) = (vec![0.0; size.0 * size.1], vec![0.0; size.0 * size.1]);
    let finite = fill_pieces_of_two(&mut mean, &mut spread, BLOCK, |start, mean, spread| {
        mean_and_spread(&values, start, mean, spread)
    });
    if finite.contains(&false) {
        for (name, map) in maps {
            check(name, *map)?;
        }
    }
    let plane = |values| Array2::from_shape_vec(size, values);
    let (Ok(mean), Ok(spread)) = (plane(mean), plane(spread)) else {
        return Err(CompareError::NothingToAverage);
    };
    Ok(Average {
        mean,
        spread,
        maps: values.len(),
    })
}

/// Fills a block of at most [`BLOCK`] pixels that begins at `start`; false where a value of a map
/// is not finite. Sums are of differences from the first map: small where the maps agree, so that
/// one look at each value is enough for a spread that is exact to the last digits.
fn mean_and_spread(maps: &[&[f32]], start: usize, mean: &mut [f32], spread: &mut [f32]) -> bool {
    let block = start..start + mean.len();
    let Some((first, others)) = maps.split_first() else {
        return true;
    };
    let first = &first[block.clone()];
    let n = maps.len() as f64;
    let (mut sums, mut squares) = ([0.0f64; BLOCK], [0.0f64; BLOCK]);
    for map in others {
        let sums = sums.iter_mut().zip(&mut squares);
        for ((sum, square), (&v, &pivot)) in sums.zip(map[block.clone()].iter().zip(first)) {
            let d = f64::from(v) - f64::from(pivot);
            *sum += d;
            *square += d * d;
        }
    }
    let mut faults = 0u64;
    let sums = sums.iter().zip(&squares);
    let out = mean.iter_mut().zip(spread).zip(first);
    for ((&sum, &square), ((mean, spread), &pivot)) in sums.zip(out) {
        let shift = sum / n;
        let variance = square / n - shift * shift;
        *mean = (f64::from(pivot) + shift) as f32;
        // Not `f64::max`, which would have to look for NaN.
        *spread = if variance > 0.0 { variance } else { 0.0 }.sqrt() as f32;
        // Sums of finite `f32` in `f64` stay finite.
        let finite = (f64::from(pivot) + square).abs() < f64::INFINITY;
        faults |= u64::from(!finite);
    }
    faults == 0
}

/// The average of maps that come one at a time, holding two numbers a pixel whatever their count
/// (Welford 1962).
#[derive(Debug, Clone)]
pub struct RunningAverage {
    mean: Array2<f64>,
    /// Sum of squared differences from the mean so far.
    squares: Array2<f64>,
    maps: usize,
}

impl RunningAverage {
    /// Starts with the first map, whose size all others are brought to; `name` is what errors
    /// call it.
    ///
    /// # Errors
    /// When the map is empty or holds values that are not finite.
    pub fn start(name: &str, map: ArrayView2<'_, f32>) -> Result<Self, CompareError> {
        allow_pixels("the average of", map.dim(), BYTES_PER_PIXEL)?;
        check(name, map)?;
        Ok(Self {
            mean: map.mapv(f64::from),
            squares: Array2::zeros(map.dim()),
            maps: 1,
        })
    }

    /// Adds a map; true when it had to be brought to the size of the first.
    ///
    /// # Errors
    /// When the map is empty or holds values that are not finite; the average is then unchanged.
    pub fn add(&mut self, name: &str, map: ArrayView2<'_, f32>) -> Result<bool, CompareError> {
        check(name, map)?;
        let (height, width) = self.mean.dim();
        let resized = (map.dim() != (height, width)).then(|| resize(map, height, width));
        self.maps += 1;
        let n = self.maps as f64;
        let update = |mean: &mut f64, squares: &mut f64, &v: &f32| {
            let before = f64::from(v) - *mean;
            *mean += before / n;
            *squares += before * (f64::from(v) - *mean);
        };
        let zip = Zip::from(&mut self.mean).and(&mut self.squares);
        match &resized {
            Some(map) => zip.and(map).for_each(update),
            None => zip.and(map).for_each(update),
        }
        Ok(resized.is_some())
    }

    /// Mean and spread of all maps so far.
    #[must_use]
    pub fn finish(&self) -> Average {
        let n = self.maps as f64;
        Average {
            mean: self.mean.mapv(|m| m as f32),
            spread: self.squares.mapv(|s| (s / n).sqrt() as f32),
            maps: self.maps,
        }
    }
}

/// The paper's average of pictures that come one at a time; see [`average_colours`].
#[derive(Debug, Clone)]
pub struct RunningColours {
    width: u32,
    height: u32,
    sums: Vec<u32>,
    pictures: u32,
}

impl RunningColours {
    /// Starts with the first picture, whose size all others must have.
    #[must_use]
    pub fn start(picture: &RgbImage) -> Self {
        Self {
            width: picture.width(),
            height: picture.height(),
            sums: picture.as_raw().iter().map(|&v| u32::from(v)).collect(),
            pictures: 1,
        }
    }

    /// Adds a picture; at most 2^24 can be.
    ///
    /// # Errors
    /// [`CompareError::SizesDiffer`].
    pub fn add(&mut self, picture: &RgbImage) -> Result<(), CompareError> {
        if picture.dimensions() != (self.width, self.height) {
            return Err(CompareError::SizesDiffer {
                a_width: self.width as usize,
                a_height: self.height as usize,
                b_width: picture.width() as usize,
                b_height: picture.height() as usize,
            });
        }
        for (sum, &v) in self.sums.iter_mut().zip(picture.as_raw()) {
            *sum = sum.saturating_add(u32::from(v));
        }
        self.pictures = self.pictures.saturating_add(1);
        Ok(())
    }

    /// The average of all pictures so far.
    #[must_use]
    pub fn finish(&self) -> RgbImage {
        let n = f64::from(self.pictures);
        let mut mean = RgbImage::new(self.width, self.height);
        for (o, &sum) in mean.iter_mut().zip(&self.sums) {
            *o = ((f64::from(sum) / n + ROUND) - ROUND) as u8;
        }
        mean
    }
}

/// The paper's average: the mean intensity of each channel over coloured maps of one size,
/// rounded to the nearest whole number, halves to even (`numpy.round`, as in the recipe the paper
/// cites, Stack Overflow 17291455).
///
/// # Errors
/// [`CompareError::NothingToAverage`] and [`CompareError::SizesDiffer`].
pub fn average_colours(pictures: &[&RgbImage]) -> Result<RgbImage, CompareError> {
    let Some(first) = pictures.first() else {
        return Err(CompareError::NothingToAverage);
    };
    for picture in pictures {
        if picture.dimensions() != first.dimensions() {
            return Err(CompareError::SizesDiffer {
                a_width: first.width() as usize,
                a_height: first.height() as usize,
                b_width: picture.width() as usize,
                b_height: picture.height() as usize,
            });
        }
    }
    let n = pictures.len() as f64;
    let mut mean = RgbImage::new(first.width(), first.height());
    fill_pieces(&mut mean, BLOCK, |start, out| {
        let mut sums = [0i32; BLOCK];
        for picture in pictures {
            for (sum, &v) in sums
                .iter_mut()
                .zip(&picture.as_raw()[start..start + out.len()])
            {
                *sum += i32::from(v);
            }
        }
        for (o, &sum) in out.iter_mut().zip(&sums) {
            *o = ((f64::from(sum) / n + ROUND) - ROUND) as u8;
        }
    });
    Ok(mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    fn named(maps: &[Array2<f32>]) -> Vec<(&str, ArrayView2<'_, f32>)> {
        maps.iter().map(|m| ("m", m.view())).collect()
    }

    /// NumPy 2.4.6: np.mean(m, 0) and np.std(m, 0) of these three maps.
    #[test]
    fn as_numpy() {
        let maps = [
            array![[1.0f32, -2.0], [0.0, 7.0]],
            array![[2.0f32, -2.0], [0.5, 1.0]],
            array![[6.0f32, -2.0], [4.0, 1.0]],
        ];
        let got = average(&named(&maps)).unwrap();
        let mean = array![[3.0f32, -2.0], [1.5, 3.0]];
        let spread = array![[2.1602468f32, 0.0], [1.779513, 2.828427]];
        for (g, w) in got
            .mean
            .iter()
            .zip(&mean)
            .chain(got.spread.iter().zip(&spread))
        {
            assert!((g - w).abs() < 1e-6, "{g} is not {w}");
        }
        assert_eq!(got.maps, 3);
    }

    /// Two passes in double precision, over many sizes, far from zero, with a first map far off.
    #[test]
    fn as_two_passes() {
        let mut rng = StdRng::seed_from_u64(8);
        for count in [1, 2, 3, 40] {
            let size = (3, rng.random_range(1..3000));
            let maps: Vec<Array2<f32>> = (0..count)
                .map(|i| {
                    let off = if i == 0 { 1e4 } else { -20.0 };
                    Array2::from_shape_fn(size, |_| rng.random_range(-2.0..5.0f32) + off)
                })
                .collect();
            let got = average(&named(&maps)).unwrap();
            for (at, (mean, spread)) in got.mean.iter().zip(&got.spread).enumerate() {
                let at = (at / size.1, at % size.1);
                let values = maps.iter().map(|map| f64::from(map[at]));
                let n = f64::from(count);
                let exact = values.clone().sum::<f64>() / n;
                let squares: f64 = values.map(|v| (v - exact) * (v - exact)).sum();
                let exact_spread = (squares / n).sqrt();
                assert!((f64::from(*mean) - exact).abs() <= 1e-7 * exact.abs());
                assert!((f64::from(*spread) - exact_spread).abs() <= 1e-6 * exact_spread);
            }
        }
    }

    #[test]
    fn a_value_that_is_not_finite_is_named_wherever_it_is() {
        for (map, value) in [(0, f32::NAN), (2, f32::INFINITY), (1, f32::NEG_INFINITY)] {
            let mut maps = vec![Array2::<f32>::ones((90, 60)); 3];
            maps[map][[77, 5]] = value;
            let names = ["a", "b", "c"];
            let named: Vec<_> = names
                .iter()
                .zip(&maps)
                .map(|(n, m)| (*n, m.view()))
                .collect();
            let error = average(&named).unwrap_err();
            let CompareError::NotFinite {
                name, row, column, ..
            } = error
            else {
                panic!("{error}");
            };
            assert_eq!((name.as_str(), row, column), (names[map], 77, 5));
        }
        // The largest there are do not look like it.
        let large = vec![
            Array2::from_elem((5, 5), f32::MAX),
            Array2::from_elem((5, 5), f32::MIN),
        ];
        assert!(average(&named(&large)).is_ok());
    }

    #[test]
    fn one_at_a_time_is_the_same() {
        let mut rng = StdRng::seed_from_u64(3);
        let maps: Vec<Array2<f32>> = (0..17)
            .map(|_| Array2::from_shape_fn((53, 71), |_| rng.random_range(-2.0..5.0f32) + 1000.0))
            .collect();
        let all = average(&named(&maps)).unwrap();
        let mut running = RunningAverage::start("m", maps[0].view()).unwrap();
        for map in &maps[1..] {
            running.add("m", map.view()).unwrap();
        }
        let running = running.finish();
        for (a, b) in all
            .mean
            .iter()
            .zip(&running.mean)
            .chain(all.spread.iter().zip(&running.spread))
        {
            assert!((a - b).abs() <= 1e-4 * b.abs().max(1e-3), "{a} is not {b}");
        }
    }

    #[test]
    fn a_single_map_is_its_own_mean_without_spread() {
        let map = array![[1.0f32, 2.0, 3.0]];
        let got = average(&[("m", map.view())]).unwrap();
        assert_eq!((got.mean, got.spread), (map, Array2::zeros((1, 3))));
        assert!(matches!(average(&[]), Err(CompareError::NothingToAverage)));
    }

    #[test]
    fn files_hold_the_average() {
        let dir = tempfile::tempdir().unwrap();
        let maps = [array![[0.0f32, 2.0]], array![[1.0f32, 4.0]]];
        average(&named(&maps))
            .unwrap()
            .write(dir.path(), Colormap::Viridis, None)
            .unwrap();
        assert!(!dir.path().join("colours.png").exists());
        let read = |name: &str| {
            npy::read_f32(&dir.path().join(name))
                .unwrap()
                .into_iter()
                .collect::<Vec<f32>>()
        };
        assert_eq!(
            (read("mean.npy"), read("spread.npy")),
            (vec![0.5, 3.0], vec![0.5, 1.0])
        );
        let picture = image::open(dir.path().join("mean.png"))
            .unwrap()
            .into_rgb8();
        assert_eq!(picture.get_pixel(1, 0).0, Colormap::Viridis.colour(255));
        assert!(dir.path().join("spread.png").exists());
    }

    #[test]
    fn other_sizes_come_to_the_first() {
        let maps = [array![[0.0f32, 0.0], [0.0, 0.0]], array![[8.0f32]]];
        assert_eq!(
            average(&named(&maps)).unwrap().mean,
            Array2::from_elem((2, 2), 4.0)
        );
        let mut running = RunningAverage::start("a", maps[0].view()).unwrap();
        assert!(running.add("b", maps[1].view()).unwrap());
        assert_eq!(running.finish().mean, Array2::from_elem((2, 2), 4.0));
    }

    #[test]
    fn a_bad_map_is_named_and_leaves_the_average_alone() {
        let mut running = RunningAverage::start("a", array![[1.0f32]].view()).unwrap();
        let error = running.add("b.npy", array![[f32::NAN]].view()).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("b.npy holds NaN at row 0, column 0")
        );
        assert_eq!(running.finish().maps, 1);
    }

    /// NumPy 2.4.6: np.round((a + b) / 2).astype(np.uint8) and the same of three.
    #[test]
    fn colours_average_with_halves_to_even() {
        let picture = |bytes: [u8; 3]| RgbImage::from_pixel(3, 2, image::Rgb(bytes));
        let (a, b, c) = (
            picture([0, 1, 255]),
            picture([1, 2, 254]),
            picture([1, 2, 255]),
        );
        assert_eq!(
            average_colours(&[&a, &b]).unwrap().get_pixel(1, 1).0,
            [0, 2, 254]
        );
        assert_eq!(
            average_colours(&[&a, &b, &c]).unwrap().get_pixel(2, 0).0,
            [1, 2, 255]
        );
        assert_eq!(average_colours(&[&a]).unwrap(), a);
        let mut running = RunningColours::start(&a);
        for picture in [&b, &c] {
            running.add(picture).unwrap();
        }
        assert_eq!(running.finish(), average_colours(&[&a, &b, &c]).unwrap());
        assert!(running.add(&RgbImage::new(1, 1)).is_err());
        assert!(average_colours(&[]).is_err());
        assert!(average_colours(&[&a, &RgbImage::new(1, 1)]).is_err());
    }
}
