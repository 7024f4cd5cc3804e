//! Painting by whole regions: tap one instead of dragging, or walk between them by keyboard.

use ndarray::ArrayView2;

use super::answer::Answer;
use super::brightest::Brightest;
use super::painting::Painting;
use super::places::Field;
use super::{Band, GuessError};

/// The regions of a segmented picture, such as one scale of XRAI's segmentation
/// (`saliency::segmentation`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    height: usize,
    width: usize,
    /// Region of each pixel, row by row, numbered 0, 1, ... in reading order of first pixels.
    of_pixel: Vec<u32>,
    /// Pixels of each region.
    pixels: Vec<Vec<u32>>,
    /// The pixel of each region that is nearest to the mean of its pixels, so that it always lies
    /// in the region: where a cursor is drawn.
    anchors: Vec<u32>,
}

/// Which way a cursor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the top.
    Up,
    /// To the bottom.
    Down,
    /// To the left.
    Left,
    /// To the right.
    Right,
}

impl Regions {
    /// The regions that `labels` (`[height, width]`, any numbers, equal = same region) describe.
    ///
    /// # Errors
    /// When there are no pixels, or more than 2^32.
    pub fn new(labels: ArrayView2<'_, u32>) -> Result<Self, GuessError> {
        let (height, width) = labels.dim();
        if labels.is_empty() || u32::try_from(labels.len()).is_err() {
            return Err(GuessError::NoRegions { width, height });
        }
        let mut numbers = std::collections::HashMap::new();
        let mut pixels: Vec<Vec<u32>> = Vec::new();
        let mut of_pixel = Vec::with_capacity(labels.len());
        for (pixel, &label) in labels.iter().enumerate() {
            let number = *numbers.entry(label).or_insert_with(|| {
                pixels.push(Vec::new());
                pixels.len() - 1
            });
            of_pixel.push(number as u32);
            if let Some(region) = pixels.get_mut(number) {
                region.push(pixel as u32);
            }
        }
        let anchors = pixels.iter().map(|p| anchor(p, width)).collect();
        Ok(Self {
            height,
            width,
            of_pixel,
            pixels,
            anchors,
        })
    }

    /// Number of regions, at least 1.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pixels.len()
    }

    /// Never true: there is at least one region.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// Height and width of the picture in pixels.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// The region of the pixel at `(x, y)`; `None` outside the picture.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> Option<usize> {
        if x >= self.width {
            return None;
        }
        self.of_pixel.get(y * self.width + x).map(|&r| r as usize)
    }

    /// The pixels of a region, row by row; none for a number that is not a region's.
    pub fn pixels(&self, region: usize) -> impl Iterator<Item = usize> {
        self.pixels
            .get(region)
            .into_iter()
            .flatten()
            .map(|&p| p as usize)
    }

    /// Where a region is and how large, in words, such as `upper left, 3 % of the picture`.
    #[must_use]
    pub fn place_in_words(&self, region: usize) -> String {
        let (x, y) = self.anchor(region).unwrap_or((0, 0));
        let field = Field::at(
            (x as f64 + 0.5) / self.width as f64,
            (y as f64 + 0.5) / self.height as f64,
        );
        let share = self.pixels(region).count() as f64 / self.of_pixel.len() as f64;
        Brightest { field, share }.in_words()
    }

    /// A pixel `(x, y)` inside the region, as near its middle as can be; `None` for a number that
    /// is not a region's.
    #[must_use]
    pub fn anchor(&self, region: usize) -> Option<(usize, usize)> {
        let pixel = *self.anchors.get(region)? as usize;
        Some((pixel % self.width, pixel / self.width))
    }

    /// The region to which a cursor goes from `region`: of those whose anchor lies that way
    /// (within 45 degrees if there is one, else anywhere on that side), the nearest; `None` at
    /// the edge.
    #[must_use]
    pub fn toward(&self, region: usize, direction: Direction) -> Option<usize> {
        let (x, y) = self.anchor(region)?;
        let offset = |other: usize| {
            let (ox, oy) = self.anchor(other)?;
            let (dx, dy) = (ox as i64 - x as i64, oy as i64 - y as i64);
            // Ahead and sideways as seen by the cursor.
            let (ahead, aside) = match direction {
                Direction::Up => (-dy, dx),
                Direction::Down => (dy, dx),
                Direction::Left => (-dx, dy),
                Direction::Right => (dx, dy),
            };
            (ahead > 0).then(|| (aside.abs() > ahead, ahead * ahead + aside * aside))
        };
        (0..self.len())
            .filter(|&other| other != region)
            .filter_map(|other| offset(other).map(|rank| (rank, other)))
            .min()
            .map(|(_, other)| other)
    }

    /// As [`Self::toward`] for a cursor that goes on and on in one direction: sideways is measured from
    /// `line`, the anchor where it began, so that a row of regions leads to its end and not off to a side.
    #[must_use]
    pub fn toward_along(
        &self,
        region: usize,
        direction: Direction,
        line: (usize, usize),
    ) -> Option<usize> {
        let (x, y) = self.anchor(region)?;
        let (from_x, from_y) = line;
        let distance = |other: usize| {
            let (ox, oy) = self.anchor(other)?;
            let (ahead, aside) = match direction {
                Direction::Up => (y as i64 - oy as i64, ox as i64 - from_x as i64),
                Direction::Down => (oy as i64 - y as i64, ox as i64 - from_x as i64),
                Direction::Left => (x as i64 - ox as i64, oy as i64 - from_y as i64),
                Direction::Right => (ox as i64 - x as i64, oy as i64 - from_y as i64),
            };
            (ahead > 0).then_some(ahead * ahead + aside * aside)
        };
        (0..self.len())
            .filter_map(|other| distance(other).map(|distance| (distance, other)))
            .min()
            .map(|(_, other)| other)
    }

    /// A hint: the region that holds most pixels of `band` in the answer which the painting does
    /// not have yet; `None` when all are found. Sizes must be equal, else there is none.
    #[must_use]
    pub fn hint(&self, answer: &Answer, painting: &Painting, band: Band) -> Option<usize> {
        let size = (self.height, self.width);
        if (answer.height(), answer.width()) != size || painting.labels().dim() != size {
            return None;
        }
        let missing = |region: usize| {
            self.pixels(region)
                .filter(|&p| answer.get(p) == Some(band) && painting.get(p) != Some(band))
                .count()
        };
        (0..self.len())
            .map(|region| (missing(region), region))
            .filter(|(missing, _)| *missing > 0)
            .max_by_key(|&(missing, region)| (missing, std::cmp::Reverse(region)))
            .map(|(_, region)| region)
    }
}

fn anchor(pixels: &[u32], width: usize) -> u32 {
    let place = |p: u32| ((p as usize % width) as f64, (p as usize / width) as f64);
    let n = pixels.len() as f64;
    let (mut x, mut y) = (0.0, 0.0);
    for &p in pixels {
        let (px, py) = place(p);
        x += px / n;
        y += py / n;
    }
    let off = |p: u32| {
        let (px, py) = place(p);
        (px - x) * (px - x) + (py - y) * (py - y)
    };
    pixels
        .iter()
        .copied()
        .min_by(|&a, &b| off(a).total_cmp(&off(b)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::BandShares;
    use ndarray::{Array2, array};

    fn quarters() -> Regions {
        Regions::new(Array2::from_shape_fn((6, 8), |(y, x)| 70 - (y / 3 * 2 + x / 4) as u32).view())
            .unwrap()
    }

    #[test]
    fn regions_are_told_by_pixel_and_hold_theirs() {
        let regions = quarters();
        assert_eq!((regions.len(), regions.size()), (4, (6, 8)));
        assert_eq!(
            (
                regions.at(0, 0),
                regions.at(7, 5),
                regions.at(8, 0),
                regions.at(0, 6)
            ),
            (Some(0), Some(3), None, None)
        );
        assert_eq!(
            regions.pixels(1).take(5).collect::<Vec<_>>(),
            [4, 5, 6, 7, 12]
        );
        assert_eq!(regions.pixels(9).count(), 0);
        for (region, words) in [
            (0, "upper left, 25 % of the picture"),
            (3, "lower right, 25 % of the picture"),
        ] {
            assert_eq!(quarters().place_in_words(region), words);
        }
        assert!(Regions::new(Array2::zeros((0, 3)).view()).is_err());
    }

    #[test]
    fn anchors_lie_inside_even_in_a_ring() {
        let ring = array![
            [1u32, 1, 1, 1, 1],
            [1, 2, 2, 2, 1],
            [1, 2, 2, 2, 1],
            [1, 2, 2, 2, 1],
            [1, 1, 1, 1, 1]
        ];
        let regions = Regions::new(ring.view()).unwrap();
        for region in 0..2 {
            let (x, y) = regions.anchor(region).unwrap();
            assert_eq!(regions.at(x, y), Some(region));
        }
        assert_eq!(regions.anchor(1), Some((2, 2)));
    }

    #[test]
    fn the_cursor_goes_where_it_is_sent() {
        let regions = quarters();
        assert_eq!(regions.toward(0, Direction::Right), Some(1));
        assert_eq!(regions.toward(0, Direction::Down), Some(2));
        assert_eq!(regions.toward(3, Direction::Up), Some(1));
        assert_eq!(regions.toward(3, Direction::Left), Some(2));
        assert_eq!(regions.toward(0, Direction::Left), None);
        assert_eq!(regions.toward(0, Direction::Up), None);
        assert_eq!(regions.toward(99, Direction::Up), None);
    }

    #[test]
    fn a_row_leads_to_its_end() {
        // Eight columns of three regions, each column one pixel lower than the one before.
        let labels = Array2::from_shape_fn((60, 80), |(y, x)| {
            let column = x / 10;
            let row = y.saturating_sub(column) / 20;
            (column * 3 + row.min(2)) as u32
        });
        let regions = Regions::new(labels.view()).unwrap();
        let start = regions.at(5, 10).unwrap();
        let line = regions.anchor(start).unwrap();
        let mut at = start;
        for _ in 0..7 {
            at = regions.toward_along(at, Direction::Right, line).unwrap();
        }
        let (x, y) = regions.anchor(at).unwrap();
        assert!(x >= 70, "{x}");
        assert!(y.abs_diff(line.1) <= 10, "{y} from {}", line.1);
        assert_eq!(regions.toward_along(99, Direction::Up, line), None);
    }

    #[test]
    fn hints_point_at_what_is_missing() {
        let regions = quarters();
        let map = Array2::from_shape_fn((6, 8), |(y, x)| (y * 8 + x) as f32);
        let answer = Answer::of(
            "m",
            map.view(),
            BandShares::new([0.1, 0.1, 0.1, 0.1]).unwrap(),
        )
        .unwrap();
        let mut painting = Painting::empty(6, 8);
        assert_eq!(regions.hint(&answer, &painting, Band::Yellow), Some(3));
        for pixel in regions.pixels(3) {
            painting.set(pixel, Some(Band::Yellow));
        }
        assert_eq!(regions.hint(&answer, &painting, Band::Yellow), Some(2));
        assert_eq!(
            regions.hint(&answer, &answer.painting(), Band::Yellow),
            None
        );
        assert_eq!(
            regions.hint(&answer, &Painting::empty(2, 2), Band::Yellow),
            None
        );
    }
}
