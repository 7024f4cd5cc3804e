//! A layout in the plane made a grid: every thing has a cell of its own, near where it stood.

/// The cell (column, row) of each place in a grid of `columns` and as many rows as are needed. Things are
/// parted in halves again and again, across the longer side of what is left, so that who is left of or above
/// others stays so. Places that are no numbers come last. Empty for no columns.
#[must_use]
pub fn gridded(places: &[[f32; 2]], columns: usize) -> Vec<[u32; 2]> {
    if columns == 0 {
        return Vec::new();
    }
    let mut cells = vec![[0; 2]; places.len()];
    let mut order: Vec<u32> = (0..places.len() as u32).collect();
    let part = Part {
        column: 0,
        row: 0,
        columns,
        rows: places.len().div_ceil(columns),
        // The last row may be short.
        missing: (columns - places.len() % columns) % columns,
    };
    let mut open = vec![(part, 0, places.len())];
    while let Some((part, start, end)) = open.pop() {
        let Some(things) = order.get_mut(start..end) else {
            continue;
        };
        if let [one] = things {
            if let Some(cell) = cells.get_mut(*one as usize) {
                *cell = [part.column as u32, part.row as u32];
            }
            continue;
        }
        let Some((axis, first, second)) = part.halves() else {
            continue;
        };
        let middle = first.room().min(things.len());
        let key = |thing: &u32| {
            let value = places.get(*thing as usize).map_or(f32::NAN, |p| p[axis]);
            (value.is_nan(), value)
        };
        if middle > 0 && middle < things.len() {
            things.select_nth_unstable_by(middle, |a, b| {
                let ((a_none, a_value), (b_none, b_value)) = (key(a), key(b));
                a_none
                    .cmp(&b_none)
                    .then(a_value.total_cmp(&b_value))
                    .then(a.cmp(b))
            });
        }
        open.push((first, start, start + middle));
        open.push((second, start + middle, end));
    }
    cells
}

/// A rectangle of cells; of its last row some on the right are missing.
#[derive(Clone, Copy)]
struct Part {
    column: usize,
    row: usize,
    columns: usize,
    rows: usize,
    missing: usize,
}

impl Part {
    /// Cells in it.
    fn room(&self) -> usize {
        (self.columns * self.rows).saturating_sub(self.missing)
    }

    /// The axis it is cut across, and its halves; `None` for a single cell.
    fn halves(&self) -> Option<(usize, Self, Self)> {
        if self.columns >= self.rows && self.columns > 1 {
            let left = self.columns / 2;
            let right = self.columns - left;
            let missing = self.missing.min(right);
            let first = Self {
                columns: left,
                missing: self.missing - missing,
                ..*self
            };
            let second = Self {
                column: self.column + left,
                columns: right,
                missing,
                ..*self
            };
            return Some((0, first, second));
        }
        (self.rows > 1).then(|| {
            let above = self.rows / 2;
            let first = Self {
                rows: above,
                missing: 0,
                ..*self
            };
            let second = Self {
                row: self.row + above,
                rows: self.rows - above,
                ..*self
            };
            (1, first, second)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    #[test]
    fn every_thing_has_a_cell_of_its_own() {
        let mut random = StdRng::seed_from_u64(1);
        for count in (0..70).chain([997, 1000]) {
            for columns in [1, 2, 5, 7, 31, 64] {
                let places: Vec<[f32; 2]> = (0..count)
                    .map(|n| match n % 11 {
                        3 => [f32::NAN, 1.0],
                        4 => [0.5, 0.5],
                        _ => [random.random_range(0.0..1.0), random.random_range(0.0..1.0)],
                    })
                    .collect();
                let cells = gridded(&places, columns);
                let all: HashSet<[u32; 2]> = cells.iter().copied().collect();
                assert_eq!(all.len(), count, "{count} in {columns}");
                let last = |[column, row]: &[u32; 2]| *row as usize * columns + *column as usize;
                assert!(
                    cells
                        .iter()
                        .all(|c| (c[0] as usize) < columns && last(c) < count)
                );
                assert_eq!(cells, gridded(&places, columns));
            }
        }
        assert!(gridded(&[[0.0; 2]], 0).is_empty());
    }

    #[test]
    fn things_stay_about_where_they_were() {
        let mut random = StdRng::seed_from_u64(2);
        let places: Vec<[f32; 2]> = (0..2500)
            .map(|_| [random.random_range(0.0..1.0), random.random_range(0.0..1.0)])
            .collect();
        let cells = gridded(&places, 50);
        let off = places.iter().zip(&cells).map(|(place, cell)| {
            let at = cell.map(|c| (c as f32 + 0.5) / 50.0);
            (place[0] - at[0]).hypot(place[1] - at[1])
        });
        let mean = off.sum::<f32>() / 2500.0;
        assert!(mean < 0.03, "{mean}");
        // A grid stays as it is.
        let grid: Vec<[f32; 2]> = (0..200)
            .map(|n| [(n % 20) as f32, (n / 20) as f32])
            .collect();
        let same = gridded(&grid, 20);
        assert!(
            grid.iter()
                .zip(same)
                .all(|(a, b)| *a == b.map(|v| v as f32))
        );
    }
}
