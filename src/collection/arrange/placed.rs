//! Where each row stands on the sheet: in a grid, in piles beside each other, in the cells of two columns,
//! by likeness. Lengths are in sides of an ordinary cell; x to the right, y downwards.

use crate::collection::{Crossed, Group};

/// Room between the cells of two columns.
const GAP: f32 = 1.0;
/// Room between piles, and above each for its name: parts of the sheet's width, and a cell at least, so
/// that names can be read when all is seen at once.
const ROOM: [f32; 2] = [1.0 / 60.0, 1.0 / 24.0];

/// Where a row stands: its upper left corner, and its side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
    /// Side of its cell.
    pub side: f32,
}

/// A pile: rows that stand together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// Its word in the first column, [`crate::collection::NO_WORD`] for none.
    pub down: u16,
    /// Its word in the second column; as `down` where there is one column only.
    pub across: u16,
    /// Its upper left corner, and its side in cells.
    pub place: Place,
    /// Columns of its grid.
    pub columns: usize,
    /// The first of its rows among all.
    pub first: usize,
    /// How many it has.
    pub count: usize,
}

/// A sheet: rows and where they stand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Placed {
    /// The rows, in reading order.
    pub rows: Vec<u32>,
    /// Where each stands.
    pub places: Vec<Place>,
    /// Width and height of all.
    pub size: [f32; 2],
    /// The piles; none without groups.
    pub blocks: Vec<Block>,
    /// Columns of the grid, where all rows stand in one, row after row.
    pub columns: Option<usize>,
}

/// Columns of a grid for `count` cells that has about that width for a height of 1.
#[must_use]
pub fn columns_for(count: usize, aspect: f32) -> usize {
    let wanted = (count as f64 * f64::from(aspect.clamp(0.01, 100.0))).sqrt();
    (wanted.round() as usize).clamp(1, count.max(1))
}

impl Placed {
    /// One after the other in `columns` columns.
    #[must_use]
    pub fn grid(rows: Vec<u32>, columns: usize) -> Self {
        let columns = columns.max(1);
        let place = |at: usize| Place {
            x: (at % columns) as f32,
            y: (at / columns) as f32,
            side: 1.0,
        };
        Self {
            places: (0..rows.len()).map(place).collect(),
            size: [
                columns.min(rows.len()) as f32,
                rows.len().div_ceil(columns) as f32,
            ],
            rows,
            blocks: Vec::new(),
            columns: Some(columns),
        }
    }

    /// Piles from left to right and line after line; the whole has about that width for a height of 1.
    /// Piles keep their order.
    #[must_use]
    pub fn piles(groups: &[Group], aspect: f32) -> Self {
        let shapes: Vec<(usize, usize)> = groups
            .iter()
            .map(|group| {
                let columns = columns_for(group.rows.len(), 1.0);
                (columns, group.rows.len().div_ceil(columns))
            })
            .collect();
        let all: usize = shapes.iter().map(|&(w, h)| w * h).sum();
        let widest = shapes.iter().map(|(w, _)| *w).max().unwrap_or(0) as f64;
        let wide = (all as f64 * 1.25 * f64::from(aspect.clamp(0.01, 100.0))).sqrt();
        let width = wide.ceil().max(widest) as f32;
        let [gap, heading] = ROOM.map(|part| (width * part).floor() + 1.0);
        let mut placed = Self::default();
        let (mut x, mut top, mut lowest) = (0.0f32, 0.0f32, 0.0f32);
        for (group, &(columns, lines)) in groups.iter().zip(&shapes) {
            if x > 0.0 && x + columns as f32 > width {
                (x, top) = (0.0, lowest);
            }
            let place = Place {
                x,
                y: top + heading,
                side: 1.0,
            };
            placed.put(&group.rows, [group.word, group.word], place, columns);
            x += columns as f32 + gap;
            lowest = lowest.max(place.y + lines as f32);
        }
        placed.size[1] = lowest;
        placed
    }

    /// The cells of two columns, all of one size, which holds the largest pile; in each, its pictures in a
    /// grid that fills it. `side` is the side of a cell, such as that of the largest pile or less. Left of
    /// them and above there is room for names.
    #[must_use]
    pub fn crossed(crossed: &Crossed, side: f32) -> Self {
        let side = side.max(1.0);
        let [left, top] = Self::margin(crossed, side);
        let mut placed = Self::default();
        for (d, &down) in crossed.down.iter().enumerate() {
            for (a, &across) in crossed.across.iter().enumerate() {
                let pile = crossed.cell(d, a);
                if pile.is_empty() {
                    continue;
                }
                let columns = columns_for(pile.len(), 1.0);
                let lines = pile.len().div_ceil(columns).max(columns);
                let place = Place {
                    x: left + (a as f32) * (side + GAP),
                    y: top + (d as f32) * (side + GAP),
                    // One picture alone is not as large as a whole pile.
                    side: (side / lines as f32).min(side / 2.0).max(f32::MIN_POSITIVE),
                };
                placed.put(pile, [down, across], place, columns);
            }
        }
        let extent = |cells: usize| (cells as f32 * (side + GAP) - GAP).max(0.0);
        placed.size = [
            left + extent(crossed.across.len()),
            top + extent(crossed.down.len()),
        ];
        placed
    }

    /// Room left of the cells of two columns and above them, for names.
    #[must_use]
    pub fn margin(crossed: &Crossed, side: f32) -> [f32; 2] {
        let extent = |cells: usize| cells as f32 * (side.max(1.0) + GAP);
        [
            (extent(crossed.across.len()) / 8.0).ceil(),
            (extent(crossed.down.len()) / 16.0).ceil(),
        ]
    }

    /// Where the cells of a row or column of two columns begin and end, without the room around all.
    #[must_use]
    pub fn lane(number: usize, side: f32) -> [f32; 2] {
        let side = side.max(1.0);
        let from = number as f32 * (side + GAP);
        [from, from + side]
    }

    /// Rows where a layout in the plane has them: the centres of cells; the plane is scaled so that a cell
    /// is about as far from the next as cells of a grid are. Those whose place is no number are left out.
    #[must_use]
    pub fn scattered(rows: &[u32], places: &[[f32; 2]]) -> Self {
        let finite = |place: &[f32; 2]| place.iter().all(|v| v.is_finite());
        let there = || rows.iter().zip(places).filter(|(_, place)| finite(place));
        let (low, high) = there().fold(
            ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]),
            |(low, high), (_, p)| {
                (
                    [low[0].min(p[0]), low[1].min(p[1])],
                    [high[0].max(p[0]), high[1].max(p[1])],
                )
            },
        );
        let count = there().count();
        if count == 0 {
            return Self::default();
        }
        let extent = [high[0] - low[0], high[1] - low[1]];
        let area = (extent[0] * extent[1]).max(1e-12);
        // Layouts by likeness leave most of the plane empty.
        let scale = (3.0 * count as f32 / area).sqrt();
        let scale = if scale.is_finite() && extent[0].max(extent[1]) > 0.0 {
            scale.min(4.0 * count as f32 / extent[0].max(extent[1]))
        } else {
            1.0
        };
        let (rows, places) = there()
            .map(|(row, p)| {
                let place = Place {
                    x: (p[0] - low[0]) * scale,
                    y: (p[1] - low[1]) * scale,
                    side: 1.0,
                };
                (*row, place)
            })
            .unzip();
        Self {
            rows,
            places,
            size: extent.map(|e| e * scale + 1.0),
            blocks: Vec::new(),
            columns: None,
        }
    }

    /// Rows in cells of a grid, in reading order.
    #[must_use]
    pub fn in_cells(rows: &[u32], cells: &[[u32; 2]], columns: usize) -> Self {
        let mut order: Vec<(u32, u32, u32)> = rows
            .iter()
            .zip(cells)
            .map(|(row, cell)| (cell[1], cell[0], *row))
            .collect();
        order.sort_unstable();
        Self::grid(order.into_iter().map(|(_, _, row)| row).collect(), columns)
    }

    fn put(&mut self, rows: &[u32], words: [u16; 2], place: Place, columns: usize) {
        self.blocks.push(Block {
            down: words[0],
            across: words[1],
            place,
            columns,
            first: self.rows.len(),
            count: rows.len(),
        });
        let side = place.side;
        self.places.extend((0..rows.len()).map(|at| Place {
            x: place.x + (at % columns) as f32 * side,
            y: place.y + (at / columns) as f32 * side,
            side,
        }));
        self.rows.extend_from_slice(rows);
        let lines = rows.len().div_ceil(columns);
        self.size[0] = self.size[0].max(place.x + columns.min(rows.len()) as f32 * side);
        self.size[1] = self.size[1].max(place.y + lines as f32 * side);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(sizes: &[u32]) -> Vec<Group> {
        let mut next = 0;
        let group = |(word, &size): (usize, &u32)| {
            let rows = (next..next + size).collect();
            next += size;
            Group {
                word: word as u16,
                rows,
            }
        };
        sizes.iter().enumerate().map(group).collect()
    }

    /// No two cells lie over each other, and all lie on the sheet.
    fn check(placed: &Placed) {
        assert_eq!(placed.rows.len(), placed.places.len());
        let [width, height] = placed.size;
        for (n, a) in placed.places.iter().enumerate() {
            assert!(
                a.x >= 0.0 && a.x + a.side <= width + 1e-3,
                "{a:?} of {width}"
            );
            assert!(
                a.y >= 0.0 && a.y + a.side <= height + 1e-3,
                "{a:?} of {height}"
            );
            for b in &placed.places[n + 1..] {
                let apart = |a: f32, a_side: f32, b: f32, b_side: f32| {
                    a + a_side <= b + 1e-3 || b + b_side <= a + 1e-3
                };
                assert!(apart(a.x, a.side, b.x, b.side) || apart(a.y, a.side, b.y, b.side));
            }
        }
    }

    #[test]
    fn a_grid_is_filled_row_after_row() {
        let placed = Placed::grid((10..30).collect(), 6);
        check(&placed);
        assert_eq!(
            placed.places[7],
            Place {
                x: 1.0,
                y: 1.0,
                side: 1.0
            }
        );
        assert_eq!(placed.size, [6.0, 4.0]);
        assert_eq!(Placed::grid(Vec::new(), 6).size, [0.0, 0.0]);
        assert_eq!(
            (
                columns_for(100, 1.0),
                columns_for(100, 4.0),
                columns_for(0, 1.0)
            ),
            (10, 20, 1)
        );
    }

    #[test]
    fn piles_stand_beside_each_other() {
        let placed = Placed::piles(&groups(&[50, 20, 20, 9, 3, 1, 1]), 1.5);
        check(&placed);
        assert_eq!(placed.blocks.len(), 7);
        for block in &placed.blocks {
            let rows = &placed.rows[block.first..block.first + block.count];
            assert_eq!(rows.len(), block.count);
            assert_eq!(placed.places[block.first], block.place);
        }
        let aspect = placed.size[0] / placed.size[1];
        assert!((0.8..2.5).contains(&aspect), "{aspect}");
        check(&Placed::piles(&[], 1.0));
    }

    #[test]
    fn cells_of_two_columns_hold_their_piles() {
        let crossed = Crossed {
            down: vec![3, 1],
            across: vec![2, 5, 9],
            cells: vec![
                (0..30).collect(),
                vec![],
                vec![40],
                vec![41, 42],
                vec![],
                (50..57).collect(),
            ],
        };
        let placed = Placed::crossed(&crossed, 6.0);
        check(&placed);
        assert_eq!(placed.rows.len(), 40);
        // An eighth and a sixteenth of it, beside the cells.
        assert_eq!(placed.size, [20.0 + 3.0, 13.0 + 1.0]);
        assert_eq!(Placed::margin(&crossed, 6.0), [3.0, 1.0]);
        assert_eq!(Placed::lane(2, 6.0), [14.0, 20.0]);
        let block = placed
            .blocks
            .iter()
            .find(|b| (b.down, b.across) == (1, 9))
            .unwrap();
        let places = &placed.places[block.first..block.first + block.count];
        assert!(places.iter().all(|p| p.x >= 17.0 && p.y >= 8.0));
    }

    #[test]
    fn a_plane_is_scaled_to_cells_and_may_become_a_grid() {
        let rows: Vec<u32> = (0..100).rev().collect();
        let mut plane: Vec<[f32; 2]> = (0..100)
            .map(|n| [(n % 10) as f32 * 0.01, (n / 10) as f32 * 0.02])
            .collect();
        plane[4] = [f32::NAN, 0.0];
        let placed = Placed::scattered(&rows, &plane);
        assert_eq!(placed.rows.len(), 99);
        assert!(!placed.rows.contains(&95));
        assert!(
            placed
                .places
                .iter()
                .all(|p| p.x + 1.0 <= placed.size[0] + 1e-3)
        );
        let area = placed.size[0] * placed.size[1];
        assert!((200.0..500.0).contains(&area), "{area}");
        let same = Placed::scattered(&rows[..3], &[[1.0, 1.0]; 3]);
        assert_eq!(same.size, [1.0, 1.0]);
        let cells = super::super::gridded(&plane, 10);
        let grid = Placed::in_cells(&rows, &cells, 10);
        check(&grid);
        assert_eq!(grid.rows.len(), 100);
        for (row, cell) in rows.iter().zip(&cells) {
            assert_eq!(grid.rows[cell[1] as usize * 10 + cell[0] as usize], *row);
        }
    }
}
