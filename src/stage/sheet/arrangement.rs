//! Where each picture of a sheet lies, in cells from the top left: one grid, or a pile for each
//! group. Plain arithmetic.

/// A place that no picture has.
const NOWHERE: u32 = u32::MAX;

/// Pictures that lie together, row after row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What they have in common; empty for a grid of all.
    pub name: String,
    /// The first of them, by its place in the order.
    pub first: usize,
    /// How many there are.
    pub count: usize,
    /// Cells left of it.
    pub x: u32,
    /// Cells above it.
    pub y: u32,
    /// Cells across.
    pub columns: u32,
}

impl Block {
    /// Cells down.
    #[must_use]
    pub fn lines(&self) -> u32 {
        (self.count as u32).div_ceil(self.columns.max(1))
    }
}

/// Where everything lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrangement {
    order: Vec<u32>,
    places: Vec<u32>,
    blocks: Vec<Block>,
    size: [u32; 2],
}

impl Arrangement {
    /// One grid of `order`, about `aspect` times as wide as high; `rows` is how many numbers there are.
    #[must_use]
    pub fn grid(order: Vec<u32>, rows: usize, aspect: f32) -> Self {
        let columns = (order.len() as f32 * sane(aspect)).sqrt().ceil().max(1.0) as u32;
        let columns = columns.min(order.len().max(1) as u32);
        let block = Block {
            name: String::new(),
            first: 0,
            count: order.len(),
            x: 0,
            y: 0,
            columns,
        };
        let size = [columns, block.lines()];
        let blocks = if order.is_empty() {
            Vec::new()
        } else {
            vec![block]
        };
        Self::of(order, rows, blocks, size)
    }

    /// A pile for each group, in rows one below the other; above each there is room for its name.
    #[must_use]
    pub fn piles(groups: Vec<(String, Vec<u32>)>, rows: usize, aspect: f32) -> Self {
        let across = |count: usize| (count as f32).sqrt().ceil().max(1.0) as u32;
        let all: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
        let widest = groups.iter().map(|(_, rows)| across(rows.len())).max();
        let wide = (all as f32 * 1.25 * sane(aspect)).sqrt().ceil() as u32;
        let wide = wide.max(widest.unwrap_or(1));
        let (gap, room) = (wide / 60 + 1, wide / 24 + 1);
        let mut order = Vec::with_capacity(all);
        let mut blocks = Vec::new();
        let (mut x, mut y, mut lowest, mut right) = (0, room, room, 1);
        for (name, rows) in groups.into_iter().filter(|(_, rows)| !rows.is_empty()) {
            let columns = across(rows.len());
            if x > 0 && x + columns > wide {
                (x, y) = (0, lowest + room);
            }
            let block = Block {
                name,
                first: order.len(),
                count: rows.len(),
                x,
                y,
                columns,
            };
            lowest = lowest.max(y + block.lines());
            right = right.max(x + columns);
            x += columns + gap;
            order.extend(rows);
            blocks.push(block);
        }
        Self::of(order, rows, blocks, [right, lowest])
    }

    fn of(order: Vec<u32>, rows: usize, blocks: Vec<Block>, size: [u32; 2]) -> Self {
        let mut places = vec![NOWHERE; rows];
        for (place, &row) in order.iter().enumerate() {
            if let Some(known) = places.get_mut(row as usize) {
                *known = place as u32;
            }
        }
        Self {
            order,
            places,
            blocks,
            size,
        }
    }

    /// The rows in the order in which they lie.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The piles, or the one grid.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Cells across and down.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// The place of a row in the order; none where it is not shown.
    #[must_use]
    pub fn place_of(&self, row: u32) -> Option<usize> {
        let place = *self.places.get(row as usize)?;
        (place != NOWHERE).then_some(place as usize)
    }

    /// The block that a place belongs to.
    #[must_use]
    pub fn block_of(&self, place: usize) -> Option<&Block> {
        let after = self.blocks.partition_point(|block| block.first <= place);
        self.blocks.get(after.checked_sub(1)?)
    }

    /// The cell of a place.
    #[must_use]
    pub fn cell_of(&self, place: usize) -> Option<[u32; 2]> {
        let block = self.block_of(place)?;
        let within = u32::try_from(place - block.first).ok()?;
        let cell = [
            block.x + within % block.columns,
            block.y + within / block.columns,
        ];
        (place < self.order.len()).then_some(cell)
    }

    /// The place that lies in a cell.
    #[must_use]
    pub fn place_at(&self, cell: [i64; 2]) -> Option<usize> {
        self.blocks.iter().find_map(|block| {
            let x = cell[0] - i64::from(block.x);
            let y = cell[1] - i64::from(block.y);
            let inside = (0..i64::from(block.columns)).contains(&x) && y >= 0;
            let within = usize::try_from(y * i64::from(block.columns) + x).ok()?;
            (inside && within < block.count).then_some(block.first + within)
        })
    }

    /// Where the arrow keys lead from a place: so many cells to the right and down. Left and right
    /// follow the order, up and down go to the nearest picture of the line.
    #[must_use]
    pub fn step(&self, place: usize, right: i64, down: i64) -> usize {
        let last = self.order.len().saturating_sub(1);
        let beside = (place as i64).saturating_add(right).clamp(0, last as i64) as usize;
        if down == 0 {
            return beside;
        }
        let Some([x, y]) = self.cell_of(beside) else {
            return beside;
        };
        let (way, mut left) = (down.signum(), down.abs());
        let mut found = beside;
        let mut line = i64::from(y) + way;
        while left > 0 && (0..i64::from(self.size[1])).contains(&line) {
            if let Some(next) = self.nearest_in(line, i64::from(x)) {
                found = next;
                left -= 1;
            }
            line += way;
        }
        found
    }

    /// The place in a line of cells that is nearest to a column.
    fn nearest_in(&self, line: i64, column: i64) -> Option<usize> {
        let places = self.blocks.iter().filter_map(|block| {
            let y = line - i64::from(block.y);
            if !(0..i64::from(block.lines())).contains(&y) {
                return None;
            }
            let start = y * i64::from(block.columns);
            let many = (block.count as i64 - start).min(i64::from(block.columns));
            let x = (column - i64::from(block.x)).clamp(0, many - 1);
            let off = (i64::from(block.x) + x - column).abs();
            Some((off, block.first + (start + x) as usize))
        });
        places.min().map(|(_, place)| place)
    }

    /// The places in the cells from `min` to `max` (inclusive), in their order; `None` where there are
    /// more than `most`.
    #[must_use]
    pub fn within(&self, min: [i64; 2], max: [i64; 2], most: usize) -> Option<Vec<usize>> {
        let parts: Vec<_> = self
            .blocks
            .iter()
            .filter_map(|block| {
                let x0 = (min[0] - i64::from(block.x)).max(0);
                let x1 = (max[0] - i64::from(block.x)).min(i64::from(block.columns) - 1);
                let y0 = (min[1] - i64::from(block.y)).max(0);
                let y1 = (max[1] - i64::from(block.y)).min(i64::from(block.lines()) - 1);
                (x0 <= x1 && y0 <= y1).then_some((block, x0..=x1, y0..=y1))
            })
            .collect();
        let many =
            |range: &std::ops::RangeInclusive<i64>| (range.end() - range.start() + 1) as usize;
        let all: usize = parts
            .iter()
            .map(|(_, x, y)| many(x).saturating_mul(many(y)))
            .sum();
        if all > most {
            return None;
        }
        let mut places = Vec::with_capacity(all);
        for (block, x, y) in parts {
            for line in y {
                for column in x.clone() {
                    let within = (line * i64::from(block.columns) + column) as usize;
                    if within < block.count {
                        places.push(block.first + within);
                    }
                }
            }
        }
        Some(places)
    }
}

fn sane(aspect: f32) -> f32 {
    if aspect.is_finite() && aspect > 0.0 {
        aspect.clamp(0.1, 10.0)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piles() -> Arrangement {
        let group = |name: &str, from: u32, count: u32| {
            (name.to_owned(), (from..from + count).rev().collect())
        };
        let groups = vec![
            group("a", 0, 50),
            group("b", 50, 7),
            group("c", 57, 1),
            group("d", 60, 23),
        ];
        Arrangement::piles(groups, 100, 1.4)
    }

    #[test]
    fn every_place_has_a_cell_of_its_own_and_is_found_there() {
        for arrangement in [
            Arrangement::grid((0..1000).rev().collect(), 1000, 1.6),
            piles(),
        ] {
            let mut seen = std::collections::HashSet::new();
            for (place, &row) in arrangement.order().iter().enumerate() {
                let cell = arrangement.cell_of(place).unwrap();
                assert!(cell[0] < arrangement.size()[0] && cell[1] < arrangement.size()[1]);
                assert!(seen.insert(cell));
                assert_eq!(arrangement.place_at(cell.map(i64::from)), Some(place));
                assert_eq!(arrangement.place_of(row), Some(place));
            }
            let all = arrangement.order().len();
            assert_eq!(arrangement.cell_of(all), None);
        }
        assert_eq!(piles().place_of(59), None);
    }

    #[test]
    fn a_grid_has_the_shape_that_was_asked_for() {
        let [wide, high] = Arrangement::grid((0..10_000).collect(), 10_000, 4.0).size();
        assert_eq!((wide, high), (200, 50));
        assert_eq!(Arrangement::grid(vec![3], 9, 2.0).size(), [1, 1]);
        assert!(
            Arrangement::grid(Vec::new(), 9, f32::NAN)
                .blocks()
                .is_empty()
        );
    }

    #[test]
    fn what_is_within_is_what_a_search_of_all_finds() {
        let arrangement = piles();
        for (min, max) in [
            ([0, 0], [3, 3]),
            ([-5, 2], [100, 9]),
            ([4, 4], [4, 4]),
            ([90, 90], [99, 99]),
        ] {
            let found = arrangement.within(min, max, 1000).unwrap();
            let want: Vec<usize> = (0..arrangement.order().len())
                .filter(|&place| {
                    let [x, y] = arrangement.cell_of(place).unwrap().map(i64::from);
                    (min[0]..=max[0]).contains(&x) && (min[1]..=max[1]).contains(&y)
                })
                .collect();
            assert_eq!(found, want, "{min:?} {max:?}");
        }
        assert_eq!(arrangement.within([0, 0], [100, 100], 10), None);
    }

    #[test]
    fn arrows_reach_every_picture_and_stay_inside() {
        let arrangement = piles();
        let last = arrangement.order().len() - 1;
        assert_eq!(arrangement.step(0, -1, 0), 0);
        assert_eq!(arrangement.step(last, 1, 0), last);
        let mut place = 0;
        let mut lines = std::collections::BTreeSet::new();
        loop {
            lines.insert(arrangement.cell_of(place).unwrap()[1]);
            let next = arrangement.step(place, 0, 1);
            if next == place {
                break;
            }
            place = next;
        }
        // Every line that holds pictures was passed.
        let all: std::collections::BTreeSet<u32> = (0..=last)
            .map(|place| arrangement.cell_of(place).unwrap()[1])
            .collect();
        assert_eq!(lines, all);
        assert_eq!(
            arrangement
                .cell_of(arrangement.step(place, 0, -500))
                .unwrap()[1],
            *all.first().unwrap()
        );
    }
}
