//! Which part of what the network sees is changed.

use image::{GrayImage, Luma};
use ndarray::{Array2, ArrayView2};

use super::WhatIfError;
use crate::picture::{Region, area_average};
use crate::saliency::SaliencyMap;

/// `[height, width]` of what the network sees: how much of each pixel is changed, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct EditMask {
    values: Array2<f32>,
}

impl EditMask {
    /// A mask of these shares, brought into 0 to 1.
    ///
    /// # Errors
    /// When it is 0 everywhere.
    pub fn new(values: Array2<f32>) -> Result<Self, WhatIfError> {
        // What is not a number changes nothing.
        let values = values.mapv(|v| if v > 0.0 { v.min(1.0) } else { 0.0 });
        if values.iter().all(|&v| v == 0.0) {
            return Err(WhatIfError::Nothing(
                "this part",
                "none of it lies in what the network sees",
            ));
        }
        Ok(Self { values })
    }

    /// The most important `share` (0 to 1) of a map: every pixel from the value of
    /// [`SaliencyMap::cut_for_top`] on, so that pixels which tie with the last all go.
    ///
    /// # Errors
    /// When the share is not above 0 and at most 1, or nothing in the map stands out.
    pub fn top(map: &SaliencyMap, share: f64) -> Result<Self, WhatIfError> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(WhatIfError::Setting {
                setting: "the top share",
                got: format!("{} %", share * 100.0),
                must_be: "above 0 and at most 100 %".to_owned(),
            });
        }
        if let Some(blank) = map.blank() {
            return Err(WhatIfError::BlankMap(blank.sentence()));
        }
        let cut = map.cut_for_top(share);
        if cut == f32::INFINITY {
            return Err(WhatIfError::Nothing(
                "this top share",
                "it is less than half a pixel",
            ));
        }
        Self::new(map.values.mapv(|v| f32::from(u8::from(v >= cut))))
    }

    /// A mask as somebody painted it, white where the picture is changed: as large as the whole picture
    /// (`size`, width and height; `region` is the part that the network sees, resized by areas), or as
    /// what the network sees (`shape`, height and width). One that knows only 0 and 1 is taken so.
    ///
    /// # Errors
    /// When it is of another size, or black.
    pub fn of_picture(
        mask: &GrayImage,
        size: [u32; 2],
        region: Region,
        shape: [usize; 2],
    ) -> Result<Self, WhatIfError> {
        let [rows, columns] = shape;
        let (width, height) = mask.dimensions();
        let whole = mask.pixels().map(|p| p.0[0]).max().unwrap_or(0);
        let white = if whole == 1 { 1.0 } else { 255.0 };
        let values = Array2::from_shape_fn((height as usize, width as usize), |(y, x)| {
            f32::from(mask.get_pixel(x as u32, y as u32).0[0]) / white
        });
        if [width, height] == size {
            let part = region.cut(values.view());
            return Self::new(area_average(part, shape));
        }
        if (height as usize, width as usize) == (rows, columns) {
            return Self::new(values);
        }
        let by = |width: usize, height: usize| format!("{width} x {height}");
        Err(WhatIfError::MaskSize {
            got: by(width as usize, height as usize),
            picture: by(size[0] as usize, size[1] as usize),
            seen: by(columns, rows),
        })
    }

    /// A rectangle of the picture (in its pixels); see [`Self::of_picture`].
    ///
    /// # Errors
    /// When none of it lies in what the network sees.
    pub fn rectangle(part: Region, region: Region, shape: [usize; 2]) -> Result<Self, WhatIfError> {
        let overlap = |pixel: usize, count: usize, seen: (u32, u32), part: (u32, u32)| {
            // In the picture's pixels, where this pixel of the network begins and how long it is.
            let length = f64::from(seen.1) / count.max(1) as f64;
            let start = f64::from(seen.0) + pixel as f64 * length;
            let from = start.max(f64::from(part.0));
            let to = (start + length).min(f64::from(part.0) + f64::from(part.1));
            ((to - from) / length).clamp(0.0, 1.0)
        };
        let [rows, columns] = shape;
        Self::new(Array2::from_shape_fn((rows, columns), |(y, x)| {
            let down = overlap(y, rows, (region.y, region.height), (part.y, part.height));
            let across = overlap(x, columns, (region.x, region.width), (part.x, part.width));
            (down * across) as f32
        }))
    }

    /// The parts (numbers from 0, row by row) of a grid of `parts` rows and columns.
    ///
    /// # Errors
    /// When there are none.
    pub fn of_parts(
        chosen: &[usize],
        parts: [usize; 2],
        shape: [usize; 2],
    ) -> Result<Self, WhatIfError> {
        let [rows, columns] = shape;
        Self::new(Array2::from_shape_fn((rows, columns), |(y, x)| {
            let part = part_at(y, parts[0], rows) * parts[1] + part_at(x, parts[1], columns);
            f32::from(u8::from(chosen.contains(&part)))
        }))
    }

    /// `[height, width]`, 0 to 1.
    #[must_use]
    pub fn values(&self) -> ArrayView2<'_, f32> {
        self.values.view()
    }

    /// How much of a pixel is changed, 0 to 1; 0 beyond the edge.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.values.get((y, x)).copied().unwrap_or(0.0)
    }

    /// Share of what the network sees that is changed, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let sum: f64 = self.values.iter().map(|&v| f64::from(v)).sum();
        sum / self.values.len().max(1) as f64
    }

    /// The smallest rectangle around all that is changed, in the network's pixels.
    #[must_use]
    pub fn bounds(&self) -> Option<Region> {
        let changed = self.values.indexed_iter().filter(|(_, v)| **v > 0.0);
        let (mut low, mut high) = ([usize::MAX; 2], [0; 2]);
        for ((y, x), _) in changed {
            for (i, place) in [x, y].into_iter().enumerate() {
                low[i] = low[i].min(place);
                high[i] = high[i].max(place + 1);
            }
        }
        (low[0] < high[0]).then(|| Region {
            x: low[0] as u32,
            y: low[1] as u32,
            width: (high[0] - low[0]) as u32,
            height: (high[1] - low[1]) as u32,
        })
    }

    /// The mask as a picture, white where all is changed.
    #[must_use]
    pub fn to_image(&self) -> GrayImage {
        let (height, width) = self.values.dim();
        GrayImage::from_fn(width as u32, height as u32, |x, y| {
            Luma([(self.at(x as usize, y as usize) * 255.0 + 0.5).floor() as u8])
        })
    }
}

/// The part of `parts` that pixel `at` of `count` lies in by its centre.
fn part_at(at: usize, parts: usize, count: usize) -> usize {
    (((2 * at + 1) * parts) / (2 * count.max(1))).min(parts.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(width: u32, height: u32) -> Region {
        Region {
            x: 0,
            y: 0,
            width,
            height,
        }
    }

    #[test]
    fn the_top_of_a_map_takes_ties_and_a_blank_map_has_none() {
        let map = |values: &[f32]| SaliencyMap {
            values: Array2::from_shape_vec((2, values.len() / 2), values.to_vec()).unwrap(),
        };
        let mask = EditMask::top(&map(&[1.0, 5.0, 5.0, 0.0, 2.0, -1.0]), 1.0 / 6.0).unwrap();
        assert_eq!(
            mask.values,
            ndarray::arr2(&[[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
        );
        assert_eq!(
            mask.bounds().unwrap(),
            Region {
                x: 1,
                y: 0,
                width: 2,
                height: 1
            }
        );
        for blank in [[0.0f32; 4], [-1.0, -2.0, -3.0, 0.0]] {
            let error = EditMask::top(&map(&blank), 0.1).unwrap_err().to_string();
            assert!(
                error.contains("no top part") && !error.contains('\n'),
                "{error}"
            );
        }
        assert!(EditMask::top(&map(&[1.0, 2.0, 3.0, 4.0]), 0.0).is_err());
        assert!(EditMask::top(&map(&[1.0, 2.0, 3.0, 4.0]), 0.01).is_err());
    }

    #[test]
    fn a_mask_of_the_picture_is_cut_and_averaged() {
        // 8 x 4 pixels, the network sees the middle 4 x 4 as 2 x 2.
        let mask = GrayImage::from_fn(8, 4, |x, y| Luma([if x < 3 && y < 2 { 255 } else { 0 }]));
        let seen = Region {
            x: 2,
            y: 0,
            width: 4,
            height: 4,
        };
        let got = EditMask::of_picture(&mask, [8, 4], seen, [2, 2]).unwrap();
        assert_eq!(got.values, ndarray::arr2(&[[0.5, 0.0], [0.0, 0.0]]));
        let part = Region {
            x: 0,
            y: 0,
            width: 3,
            height: 2,
        };
        assert_eq!(EditMask::rectangle(part, seen, [2, 2]).unwrap(), got);
        // Of the network's own size, and of zeros and ones.
        let own = GrayImage::from_fn(2, 2, |x, y| Luma([u8::from(x == y)]));
        let got = EditMask::of_picture(&own, [8, 4], seen, [2, 2]).unwrap();
        assert_eq!(got.values, ndarray::arr2(&[[1.0, 0.0], [0.0, 1.0]]));
        let error = EditMask::of_picture(&GrayImage::new(3, 3), [8, 4], seen, [2, 2]).unwrap_err();
        assert!(error.to_string().contains("3 x 3") && error.to_string().contains("8 x 4"));
        assert!(EditMask::of_picture(&GrayImage::new(8, 4), [8, 4], seen, [2, 2]).is_err());
        let beyond = Region { x: 7, ..part };
        assert!(EditMask::rectangle(beyond, seen, [2, 2]).is_err());
    }

    #[test]
    fn parts_cover_all_and_overlap_nowhere() {
        for (shape, parts) in [([7, 5], [3, 2]), ([224, 224], [8, 8]), ([3, 3], [8, 8])] {
            let mut sum = Array2::<f32>::zeros((shape[0], shape[1]));
            for part in 0..parts[0] * parts[1] {
                if let Ok(mask) = EditMask::of_parts(&[part], parts, shape) {
                    sum += &mask.values;
                }
            }
            assert!(sum.iter().all(|&v| v == 1.0), "{shape:?}");
        }
        let mask = EditMask::of_parts(&[9], [8, 8], [224, 224]).unwrap();
        assert_eq!(
            mask.bounds().unwrap(),
            Region {
                x: 28,
                y: 28,
                ..whole(28, 28)
            }
        );
        assert!((mask.share() - 1.0 / 64.0).abs() < 1e-12);
        assert_eq!(mask.to_image().get_pixel(30, 55).0, [255]);
    }
}
