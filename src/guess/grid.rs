//! A painting as data: small, of one size whatever it was painted on and with.

use ndarray::Array2;

use super::brush;
use super::painting::Painting;
use crate::journal::Stroke;

/// Cells along each side of a kept painting.
pub const GRID: usize = 64;

/// Labels (0 none, 1 yellow to 4 purple) of [`GRID`] x [`GRID`] cells over what the network saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaintingGrid {
    labels: Vec<u8>,
}

impl PaintingGrid {
    /// Of a painting of any size and shape: each cell takes the paint at its centre.
    #[must_use]
    pub fn of(painting: &Painting) -> Self {
        let (height, width) = (painting.height(), painting.width());
        let from = painting.labels();
        let at = |i: usize, n: usize| (2 * i + 1) * n / (2 * GRID);
        let cell = |i: usize| {
            let place = (at(i / GRID, height), at(i % GRID, width));
            from.get(place).copied().unwrap_or(0)
        };
        Self {
            labels: (0..GRID * GRID).map(cell).collect(),
        }
    }

    /// What strokes leave on an empty canvas.
    #[must_use]
    pub fn of_strokes(strokes: &[Stroke]) -> Self {
        let mut labels = vec![0; GRID * GRID];
        let cells = |thousandths: f32| thousandths * GRID as f32 / 1000.0;
        for stroke in strokes {
            let points: Vec<(f32, f32)> = stroke
                .x
                .iter()
                .zip(&stroke.y)
                .map(|(&x, &y)| (cells(f32::from(x)), cells(f32::from(y))))
                .collect();
            let radius = cells(f32::from(stroke.r));
            let label = if stroke.b > 4 { 0 } else { stroke.b };
            let mut last = None;
            for &point in &points {
                let from = last.replace(point).unwrap_or(point);
                for (y, first, end) in brush::under(GRID, GRID, from, point, radius) {
                    if let Some(row) = labels.get_mut(y * GRID + first..y * GRID + end) {
                        row.fill(label);
                    }
                }
            }
        }
        Self { labels }
    }

    /// As it is kept: labels and their lengths in turn, row by row.
    #[must_use]
    pub fn runs(&self) -> Vec<u16> {
        let mut runs: Vec<u16> = Vec::new();
        for &label in &self.labels {
            match runs.as_mut_slice() {
                [.., last, length] if *last == u16::from(label) => *length += 1,
                _ => runs.extend([u16::from(label), 1]),
            }
        }
        runs
    }

    /// What [`Self::runs`] gave; `None` for what is none.
    #[must_use]
    pub fn from_runs(runs: &[u16]) -> Option<Self> {
        let (pairs, rest) = runs.as_chunks::<2>();
        let mut labels = Vec::with_capacity(GRID * GRID);
        for &[label, length] in pairs {
            let label = u8::try_from(label).ok().filter(|label| *label <= 4)?;
            let end = labels.len() + usize::from(length);
            if end > GRID * GRID {
                return None;
            }
            labels.resize(end, label);
        }
        (rest.is_empty() && labels.len() == GRID * GRID).then_some(Self { labels })
    }

    /// Labels row by row.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// `[64, 64]`, how important each cell was painted: 0 none, 1 purple to 4 yellow.
    #[must_use]
    pub fn levels(&self) -> Array2<f32> {
        let level = |label: u8| match label {
            1..=4 => f32::from(5 - label),
            _ => 0.0,
        };
        Array2::from_shape_fn((GRID, GRID), |(y, x)| {
            self.labels.get(y * GRID + x).copied().map_or(0.0, level)
        })
    }

    /// Share of the cells that are painted, 0-1.
    #[must_use]
    pub fn covered(&self) -> f64 {
        let painted = self.labels.iter().filter(|&&label| label != 0).count();
        painted as f64 / self.labels.len() as f64
    }
}

/// The points of a line (Ramer 1972, Douglas and Peucker 1973) that keep all others within `most`
/// of it: their indices, the first and the last among them. `most` in the unit of the points.
#[must_use]
pub fn thinned(points: &[(f32, f32)], most: f32) -> Vec<usize> {
    if points.len() < 3 {
        return (0..points.len()).collect();
    }
    let mut kept = vec![false; points.len()];
    let mut open = vec![(0, points.len() - 1)];
    while let Some((first, last)) = open.pop() {
        for end in [first, last] {
            if let Some(kept) = kept.get_mut(end) {
                *kept = true;
            }
        }
        let (Some(&a), Some(&b)) = (points.get(first), points.get(last)) else {
            continue;
        };
        let farthest = (first + 1..last)
            .filter_map(|i| Some((i, off(*points.get(i)?, a, b))))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((i, distance)) = farthest
            && distance > most
        {
            open.extend([(first, i), (i, last)]);
        }
    }
    (0..points.len())
        .filter(|&i| kept.get(i) == Some(&true))
        .collect()
}

/// Distance of `p` from the straight line between `a` and `b`.
fn off(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let squared = dx * dx + dy * dy;
    let t = if squared > 0.0 {
        (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guess::Band;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    #[test]
    fn a_painting_is_kept_in_few_numbers_and_comes_back() {
        let mut painting = Painting::empty(120, 200);
        for y in 30..90 {
            for x in 50..150 {
                painting.set(y * 200 + x, Some(Band::Yellow));
            }
        }
        let grid = PaintingGrid::of(&painting);
        assert!((grid.covered() - 0.25).abs() < 0.01, "{}", grid.covered());
        let runs = grid.runs();
        assert!(runs.len() < 200);
        assert_eq!(PaintingGrid::from_runs(&runs).as_ref(), Some(&grid));
        assert_eq!(grid.levels().sum(), 4.0 * 32.0 * 32.0);
        for bad in [&[][..], &[0, 4095], &[0, 4097], &[5, 4096], &[0, 4096, 1]] {
            assert_eq!(PaintingGrid::from_runs(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn strokes_leave_what_the_brush_does() {
        let line = |b, y: i16| Stroke {
            b,
            r: 60,
            x: vec![100, 900],
            y: vec![y, y],
            t: vec![0, 500],
        };
        let grid = PaintingGrid::of_strokes(&[line(2, 300), line(1, 700)]);
        let expected = 2.0 * (0.8 * 0.12 + std::f64::consts::PI * 0.0036);
        assert!(
            (grid.covered() - expected).abs() < 0.02,
            "{}",
            grid.covered()
        );
        assert_eq!(grid.labels()[19 * GRID + 32], 2);
        let erased = PaintingGrid::of_strokes(&[line(2, 300), line(0, 300)]);
        assert_eq!(erased.covered(), 0.0);
        assert_eq!(
            PaintingGrid::of_strokes(&[Stroke::default()]).covered(),
            0.0
        );
    }

    #[test]
    fn a_thinned_line_stays_near_and_keeps_its_ends() {
        let mut rng = StdRng::seed_from_u64(2);
        for _ in 0..50 {
            let mut at = (500.0f32, 500.0f32);
            let points: Vec<(f32, f32)> = (0..200)
                .map(|i| {
                    at.0 += 6.0 * (i as f32 / 15.0).cos() + rng.random_range(-0.5..0.5f32);
                    at.1 += 6.0 * (i as f32 / 23.0).sin();
                    at
                })
                .collect();
            let kept = thinned(&points, 2.0);
            assert!(kept.len() < 60 && kept.first() == Some(&0) && kept.last() == Some(&199));
            for pair in kept.windows(2) {
                for i in pair[0]..pair[1] {
                    assert!(off(points[i], points[pair[0]], points[pair[1]]) <= 2.0);
                }
            }
        }
        assert_eq!(thinned(&[(1.0, 1.0)], 2.0), [0]);
        assert_eq!(thinned(&[], 2.0), [0usize; 0]);
    }
}
