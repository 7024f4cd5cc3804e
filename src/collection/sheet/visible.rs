//! Which cells of a sheet are on screen.

use crate::collection::arrange::{Place, Placed};

/// Cells of a bucket, about.
const EACH: f64 = 64.0;
/// Buckets of a side, at most.
const MOST_SIDE: usize = 1024;
/// So few cells are always looked at one by one.
const EXACT: usize = 4096;

/// A cell on screen, by its place among those of the sheet.
pub type Visible = u32;

/// Finds cells by where they stand: by arithmetic in a plain grid, else through buckets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Visibility {
    count: usize,
    /// Columns of the grid.
    columns: Option<usize>,
    buckets: Buckets,
}

impl Visibility {
    /// Of the cells of a sheet.
    #[must_use]
    pub fn of(placed: &Placed) -> Self {
        Self {
            count: placed.places.len(),
            columns: placed.columns,
            buckets: if placed.columns.is_some() {
                Buckets::default()
            } else {
                Buckets::of(placed)
            },
        }
    }

    /// The cells of which any part lies in a part of the sheet (left, top, right, bottom), in the order of
    /// their places; `placed` is the sheet it was made of.
    #[must_use]
    pub fn within(&self, placed: &Placed, part: [f64; 4]) -> Vec<Visible> {
        let Some(columns) = self.columns else {
            return self.buckets.within(placed, part);
        };
        let rows = self.count.div_ceil(columns.max(1));
        let ([from_x, to_x], [from_y, to_y]) = (
            range(part[0], part[2], columns),
            range(part[1], part[3], rows),
        );
        let mut found = Vec::new();
        for row in from_y..to_y {
            let end = (row * columns + to_x).min(self.count);
            let start = row * columns + from_x;
            found.extend((start as Visible)..(end.max(start) as Visible));
        }
        found
    }

    /// As [`Self::within`]; `None` where that would be more than `most`, which is found out without looking
    /// at all of them.
    #[must_use]
    pub fn at_most(&self, placed: &Placed, part: [f64; 4], most: usize) -> Option<Vec<Visible>> {
        // Cells that are counted here may lie beside the part, or be none at the end of a grid.
        if self.about(part) > most.max(EXACT).saturating_mul(4) {
            return None;
        }
        let found = self.within(placed, part);
        (found.len() <= most).then_some(found)
    }

    /// About how many cells lie in a part.
    fn about(&self, part: [f64; 4]) -> usize {
        let Some(columns) = self.columns else {
            return self.buckets.count(part);
        };
        let rows = self.count.div_ceil(columns.max(1));
        let ([from_x, to_x], [from_y, to_y]) = (
            range(part[0], part[2], columns),
            range(part[1], part[3], rows),
        );
        to_x.saturating_sub(from_x) * to_y.saturating_sub(from_y)
    }

    /// The cell at a place of the sheet. Of several that lie over each other the last, which was drawn last.
    #[must_use]
    pub fn at(&self, placed: &Placed, [x, y]: [f64; 2]) -> Option<Visible> {
        let found = self.within(placed, [x, y, x, y]);
        found.into_iter().rev().find(|&cell| {
            placed.places.get(cell as usize).is_some_and(|place| {
                let within = |v: f64, start: f32| {
                    v >= f64::from(start) && v < f64::from(start) + f64::from(place.side)
                };
                within(x, place.x) && within(y, place.y)
            })
        })
    }
}

/// The cells of one axis that a stretch touches.
fn range(from: f64, to: f64, cells: usize) -> [usize; 2] {
    let bound = |v: f64| v.clamp(0.0, cells as f64) as usize;
    [bound(from.floor()), bound(to.floor() + 1.0)]
}

/// Cells by parts of the sheet: each in the bucket of its corner.
#[derive(Debug, Clone, Default, PartialEq)]
struct Buckets {
    across: usize,
    down: usize,
    side: f64,
    /// The longest side of a cell: so far a cell reaches beyond its bucket.
    reach: f64,
    /// Where each bucket begins; one more than there are.
    starts: Vec<u32>,
    cells: Vec<u32>,
}

impl Buckets {
    fn of(placed: &Placed) -> Self {
        let count = placed.places.len();
        let [width, height] = placed.size.map(|side| f64::from(side).max(1e-6));
        let side = (width * height * EACH / count.max(1) as f64)
            .sqrt()
            .max(width.max(height) / MOST_SIDE as f64);
        let cells = |length: f64| ((length / side).ceil() as usize).clamp(1, MOST_SIDE);
        let mut made = Self {
            across: cells(width),
            down: cells(height),
            side,
            reach: placed
                .places
                .iter()
                .fold(0.0, |most, p| f64::from(p.side).max(most)),
            starts: Vec::new(),
            cells: vec![0; count],
        };
        let mut starts = vec![0u32; made.across * made.down + 1];
        for place in &placed.places {
            if let Some(count) = starts.get_mut(made.bucket(place) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        for (cell, place) in placed.places.iter().enumerate() {
            if let Some(at) = next.get_mut(made.bucket(place)) {
                if let Some(slot) = made.cells.get_mut(*at as usize) {
                    *slot = cell as u32;
                }
                *at += 1;
            }
        }
        made.starts = starts;
        made
    }

    fn bucket(&self, place: &Place) -> usize {
        let at = |v: f32, most: usize| {
            let at = (f64::from(v) / self.side).clamp(0.0, most as f64 - 1.0);
            at as usize
        };
        at(place.y, self.down) * self.across + at(place.x, self.across)
    }

    /// The buckets, of each axis, that cells of a part may lie in.
    fn ranges(&self, part: [f64; 4]) -> [[usize; 2]; 2] {
        if self.side <= 0.0 {
            return [[0; 2]; 2];
        }
        let scaled = |v: f64| v / self.side;
        [
            range(scaled(part[0] - self.reach), scaled(part[2]), self.across),
            range(scaled(part[1] - self.reach), scaled(part[3]), self.down),
        ]
    }

    /// Where the cells of a row's bucket begin.
    fn start(&self, row: usize, column: usize) -> usize {
        let start = self.starts.get(row * self.across + column);
        start.map_or(0, |&start| start as usize)
    }

    /// How many cells lie in the buckets of a part.
    fn count(&self, part: [f64; 4]) -> usize {
        let [[from_x, to_x], [from_y, to_y]] = self.ranges(part);
        let of = |row: usize| {
            self.start(row, to_x)
                .saturating_sub(self.start(row, from_x))
        };
        (from_y..to_y).map(of).sum()
    }

    fn within(&self, placed: &Placed, part: [f64; 4]) -> Vec<Visible> {
        let [[from_x, to_x], [from_y, to_y]] = self.ranges(part);
        let touches = |cell: &u32| {
            placed.places.get(*cell as usize).is_some_and(|place| {
                let (x, y, side) = (
                    f64::from(place.x),
                    f64::from(place.y),
                    f64::from(place.side),
                );
                x <= part[2] && x + side > part[0] && y <= part[3] && y + side > part[1]
            })
        };
        let mut found = Vec::new();
        for row in from_y..to_y {
            // Buckets of a row lie one after the other.
            let cells = self
                .cells
                .get(self.start(row, from_x)..self.start(row, to_x));
            found.extend(cells.unwrap_or_default().iter().filter(|c| touches(c)));
        }
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    fn sheets() -> Vec<Placed> {
        let mut random = StdRng::seed_from_u64(3);
        let rows: Vec<u32> = (0..3000).collect();
        let plane: Vec<[f32; 2]> = rows
            .iter()
            .map(|n| {
                let bunch = (n % 5) as f32;
                [
                    bunch + random.random_range(0.0f32..0.4),
                    random.random_range(0.0f32..2.0),
                ]
            })
            .collect();
        let sizes = Placed {
            rows: (0..40).collect(),
            places: (0..40)
                .map(|n| Place {
                    x: (n * n) as f32 * 0.1,
                    y: n as f32,
                    side: 0.1 + n as f32 * 0.3,
                })
                .collect(),
            size: [175.0, 55.0],
            ..Placed::default()
        };
        vec![
            Placed::grid(rows.clone(), 61),
            Placed::grid(vec![7], 4),
            Placed::grid(Vec::new(), 4),
            Placed::scattered(&rows, &plane),
            sizes,
        ]
    }

    #[test]
    fn the_cells_on_screen_are_those_of_a_plain_look_at_all() {
        let mut random = StdRng::seed_from_u64(4);
        for placed in sheets() {
            let visibility = Visibility::of(&placed);
            for _ in 0..400 {
                let [width, height] = placed.size.map(|side| f64::from(side).max(1.0));
                let x = random.random_range(-0.2 * width..width);
                let y = random.random_range(-0.2 * height..height);
                let part = [
                    x,
                    y,
                    x + random.random_range(0.0..0.5) * width,
                    y + random.random_range(0.0..0.5) * height,
                ];
                let found = visibility.within(&placed, part);
                let want: Vec<u32> = (0..placed.places.len() as u32)
                    .filter(|&cell| {
                        let place = placed.places[cell as usize];
                        let [x, y, side] = [place.x, place.y, place.side].map(f64::from);
                        x <= part[2] && x + side > part[0] && y <= part[3] && y + side > part[1]
                    })
                    .collect();
                assert_eq!(found, want);
                let most = want.len();
                assert_eq!(
                    visibility.at_most(&placed, part, most).as_ref(),
                    Some(&want)
                );
                if let Some(fewer) = most.checked_sub(1) {
                    assert_eq!(visibility.at_most(&placed, part, fewer), None);
                }
                let (px, py) = (
                    random.random_range(part[0]..=part[2]),
                    random.random_range(part[1]..=part[3]),
                );
                let under = want.iter().rev().copied().find(|&cell| {
                    let place = placed.places[cell as usize];
                    let [x, y, side] = [place.x, place.y, place.side].map(f64::from);
                    px >= x && px < x + side && py >= y && py < y + side
                });
                assert_eq!(visibility.at(&placed, [px, py]), under);
            }
        }
    }
}
