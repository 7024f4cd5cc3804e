//! Earth mover's distance: how far importance has to be carried.
//!
//! Each map is made a distribution as in the MIT/Tübingen Saliency Benchmark: its minimum is
//! taken off and the rest divided by its sum. The importance is gathered in a grid of cells that
//! are as square as the picture allows, 16 along the longer side (a pixel that two cells share
//! is split by area), and the cheapest way to carry one distribution to the other is found
//! exactly; carrying costs the straight distance between the cells' centres. The result is
//! divided by the picture's diagonal, so it does not depend on the size in pixels: 0 = the
//! importance lies in the same cells, 1 = from one corner to the other.
//!
//! The figure equals `scipy.stats.wasserstein_distance_nd` over the cells' centres, weighted
//! with their importance (SciPy 1.17.1), and Rubner, Tomasi, Guibas: "The earth mover's distance
//! as a metric for image retrieval" (2000) for equal totals.

use crate::compare::pair::{Pair, range};
use crate::compare::parallel::{both, map_pieces};

use super::transport;

/// Cells along the longer side.
pub const GRID: usize = 16;

/// Units of mass that each map's importance is cut into; whole numbers let the search end exactly.
const UNITS: u64 = 1 << 40;

/// Rows of pixels worked on at a time.
const STRIP: usize = 128;

/// The earth mover's distance of two maps as a share of the picture's diagonal, 0-1; lower is
/// more alike. A map with one value everywhere counts as spread evenly.
#[must_use]
pub fn emd(pair: &Pair<'_>) -> f64 {
    let grid = Grid::of(pair.height(), pair.width());
    let (a, b) = both(|| grid.masses(pair.a()), || grid.masses(pair.b()));
    let diagonal = (pair.height() as f64).hypot(pair.width() as f64);
    // What both hold in a cell may stay there: no cheaper way takes it elsewhere, because a
    // detour is never shorter than the straight way.
    let surplus = |from: &[u64], to: &[u64]| -> Vec<transport::Place> {
        from.iter()
            .zip(to)
            .enumerate()
            .filter(|(_, (f, t))| f > t)
            .map(|(cell, (f, t))| {
                let (y, x) = grid.centre(cell);
                transport::Place {
                    x,
                    y,
                    amount: f - t,
                }
            })
            .collect()
    };
    transport::least_cost(&surplus(&a, &b), &surplus(&b, &a)) / UNITS as f64 / diagonal
}

/// The cells of a picture.
struct Grid {
    height: usize,
    width: usize,
    rows: Vec<Span>,
    columns: Vec<Span>,
}

/// The pixels along one axis that a row or column of cells covers: all of `start..end`, and
/// parts of the pixels before and after.
struct Span {
    start: usize,
    end: usize,
    /// Pixel and share of it, before and after.
    edges: [(usize, f64); 2],
}

impl Grid {
    fn of(height: usize, width: usize) -> Self {
        let longer = height.max(width) as f64;
        let cells = |side: usize| {
            ((GRID as f64 * side as f64 / longer).round() as usize).clamp(1, side.max(1))
        };
        Self {
            height,
            width,
            rows: spans(height, cells(height)),
            columns: spans(width, cells(width)),
        }
    }

    /// The centre of a cell, in pixels.
    fn centre(&self, cell: usize) -> (f64, f64) {
        let (row, column) = (cell / self.columns.len(), cell % self.columns.len());
        (
            (row as f64 + 0.5) * self.height as f64 / self.rows.len() as f64,
            (column as f64 + 0.5) * self.width as f64 / self.columns.len() as f64,
        )
    }

    /// The importance in each cell, in units that add up to [`UNITS`].
    fn masses(&self, values: &[f32]) -> Vec<u64> {
        let cells = self.rows.len() * self.columns.len();
        let (low, high) = range(values).unwrap_or((0.0, 0.0));
        let mut mass = if high > low {
            self.sums(values)
        } else {
            vec![0.0; cells]
        };
        let area = (self.height * self.width) as f64 / cells as f64;
        for m in &mut mass {
            *m = if high > low {
                (*m - f64::from(low) * area).max(0.0)
            } else {
                area
            };
        }
        to_units(&mass)
    }

    /// The sum of values in each cell.
    fn sums(&self, values: &[f32]) -> Vec<f64> {
        let columns = self.columns.len();
        // Sums of each pixel row by column of cells, then of those by row of cells.
        let by_row: Vec<f64> = map_pieces(self.height, STRIP, |strip| {
            let pixels = &values[strip.start * self.width..strip.end * self.width];
            pixels
                .chunks_exact(self.width)
                .flat_map(|row| self.columns.iter().map(|span| span.sum(row)))
                .collect::<Vec<f64>>()
        })
        .concat();
        let at = |y: usize, c: usize| by_row[y * columns + c];
        self.rows
            .iter()
            .flat_map(|span| {
                (0..columns).map(move |c| {
                    (span.start..span.end).map(|y| at(y, c)).sum::<f64>()
                        + span
                            .edges
                            .iter()
                            .map(|&(y, part)| part * at(y, c))
                            .sum::<f64>()
                })
            })
            .collect()
    }
}

impl Span {
    fn sum(&self, row: &[f32]) -> f64 {
        let mut lanes = [0.0f64; 8];
        let chunks = row[self.start..self.end].chunks_exact(8);
        let rest: f64 = chunks.remainder().iter().map(|&v| f64::from(v)).sum();
        for chunk in chunks {
            for (lane, &v) in lanes.iter_mut().zip(chunk) {
                *lane += f64::from(v);
            }
        }
        lanes.iter().sum::<f64>()
            + rest
            + self
                .edges
                .iter()
                .map(|&(x, part)| part * f64::from(row[x]))
                .sum::<f64>()
    }
}

/// `side` pixels cut into `cells` equal lengths; 1 <= `cells` <= `side`.
fn spans(side: usize, cells: usize) -> Vec<Span> {
    // Borders in units of 1/cells of a pixel, so that they are exact.
    (0..cells)
        .map(|cell| {
            let (from, to) = (cell * side, (cell + 1) * side);
            let (start, end) = (from.div_ceil(cells), to / cells);
            let part = |amount: usize| amount as f64 / cells as f64;
            Span {
                start,
                end,
                edges: [
                    (start.saturating_sub(1), part(start * cells - from)),
                    (end.min(side - 1), part(to - end * cells)),
                ],
            }
        })
        .collect()
}

/// Masses as whole numbers that add up to [`UNITS`]: rounded down, the units left over going to
/// the largest remainders.
fn to_units(mass: &[f64]) -> Vec<u64> {
    let total: f64 = mass.iter().sum();
    let exact: Vec<f64> = mass.iter().map(|m| m / total * UNITS as f64).collect();
    let mut units: Vec<u64> = exact.iter().map(|e| e.floor() as u64).collect();
    let mut order: Vec<usize> = (0..mass.len()).collect();
    order.sort_by(|&i, &j| exact[j].fract().total_cmp(&exact[i].fract()));
    let left = UNITS.saturating_sub(units.iter().sum());
    for &cell in order
        .iter()
        .cycle()
        .take((left as usize).min(UNITS as usize))
    {
        units[cell] += 1;
    }
    // Rounding of the quotients can also overshoot by a unit or two.
    let mut over = units.iter().sum::<u64>().saturating_sub(UNITS);
    for unit in &mut units {
        let less = over.min(*unit);
        *unit -= less;
        over -= less;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cover_every_pixel_once() {
        for (side, cells) in [
            (1, 1),
            (5, 5),
            (7, 3),
            (16, 16),
            (224, 16),
            (333, 16),
            (1000, 7),
        ] {
            let mut covered = vec![0.0; side];
            for span in spans(side, cells) {
                for c in &mut covered[span.start..span.end] {
                    *c += 1.0;
                }
                let mut length = (span.end - span.start) as f64;
                for (at, part) in span.edges {
                    covered[at] += part;
                    length += part;
                }
                assert!((length - side as f64 / cells as f64).abs() < 1e-9);
            }
            assert!(
                covered.iter().all(|c| (c - 1.0f64).abs() < 1e-9),
                "{side} in {cells}"
            );
        }
    }

    #[test]
    fn units_add_up() {
        for mass in [
            vec![1.0],
            vec![1.0; 256],
            vec![0.0, 0.1, 0.0, 1e-30],
            vec![1e30, 1.0, 3.0],
        ] {
            assert_eq!(to_units(&mass).iter().sum::<u64>(), UNITS);
        }
    }
}
