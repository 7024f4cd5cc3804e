//! Rows and where they stand, found both ways: by row, by place in the order, by where on the sheet.

use super::visible::{Visibility, Visible};
use crate::collection::arrange::{Block, Place, Placed};

/// A place that no row has.
const NOWHERE: u32 = u32::MAX;

/// Pictures that stand together.
#[derive(Debug, Clone, PartialEq)]
pub struct Pile {
    /// What they have in common.
    pub name: String,
    /// Where they are.
    pub block: Block,
}

impl Pile {
    /// Its part of the sheet: left, top, right, bottom.
    #[must_use]
    pub fn part(&self) -> [f32; 4] {
        let Block {
            place,
            columns,
            count,
            ..
        } = self.block;
        let columns = columns.max(1);
        let extent = |cells: usize| cells as f32 * place.side;
        [
            place.x,
            place.y,
            place.x + extent(columns.min(count)),
            place.y + extent(count.div_ceil(columns)),
        ]
    }
}

/// A row or column of cells with its name, and where on its axis it begins and ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// The word that its pictures have in common.
    pub name: String,
    /// Where it begins.
    pub from: f32,
    /// Where it ends.
    pub to: f32,
}

/// Where everything stands. Lengths are in sides of an ordinary cell, from the top left of the sheet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arrangement {
    placed: Placed,
    visibility: Visibility,
    places: Vec<u32>,
    piles: Vec<Pile>,
    largest: f32,
    /// Of columns, then of rows.
    lanes: [Vec<Lane>; 2],
}

impl Arrangement {
    /// Of a sheet; `rows` is how many rows there are, with those that are not shown, and `name` says what
    /// the pictures of a pile have in common.
    #[must_use]
    pub fn of(placed: Placed, rows: usize, name: impl Fn(&Block) -> String) -> Self {
        let mut places = vec![NOWHERE; rows];
        for (place, &row) in placed.rows.iter().enumerate() {
            if let Some(known) = places.get_mut(row as usize) {
                *known = place as u32;
            }
        }
        let pile = |block: &Block| Pile {
            name: name(block),
            block: *block,
        };
        Self {
            visibility: Visibility::of(&placed),
            piles: placed.blocks.iter().map(pile).collect(),
            largest: placed.places.iter().fold(0.0, |most, p| p.side.max(most)),
            placed,
            places,
            lanes: [Vec::new(), Vec::new()],
        }
    }

    /// With names beside its columns and its rows.
    #[must_use]
    pub fn with_lanes(self, lanes: [Vec<Lane>; 2]) -> Self {
        Self { lanes, ..self }
    }

    /// The rows in the order in which they stand.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.placed.rows
    }

    /// The piles; none without groups.
    #[must_use]
    pub fn piles(&self) -> &[Pile] {
        &self.piles
    }

    /// Names of columns, and of rows, where piles stand in both.
    #[must_use]
    pub fn lanes(&self) -> &[Vec<Lane>; 2] {
        &self.lanes
    }

    /// How many cells are free above a pile, for its name; `None` where names stand beside rows and columns.
    #[must_use]
    pub fn room_above(&self, pile: &Pile) -> Option<f32> {
        // Above the first line there is as much room as above every other.
        let first = self.piles.first()?;
        let room = first.block.place.y.min(pile.block.place.y);
        self.lanes.iter().all(Vec::is_empty).then_some(room)
    }

    /// Whether pictures stand by likeness and in no order.
    #[must_use]
    pub fn is_scattered(&self) -> bool {
        self.placed.columns.is_none() && self.piles.is_empty()
    }

    /// Cells across and down; a part of one counts as one.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.placed.size.map(|side| side.max(0.0).ceil() as u32)
    }

    /// The side of the largest picture's cell.
    #[must_use]
    pub fn largest_side(&self) -> f32 {
        self.largest
    }

    /// The place of a row in the order; none where it is not shown.
    #[must_use]
    pub fn place_of(&self, row: u32) -> Option<usize> {
        let place = *self.places.get(row as usize)?;
        (place != NOWHERE).then_some(place as usize)
    }

    /// Where a place of the order is on the sheet.
    #[must_use]
    pub fn cell_of(&self, place: usize) -> Option<Place> {
        self.placed.places.get(place).copied()
    }

    /// The number of the pile that a place belongs to.
    #[must_use]
    pub fn pile_of(&self, place: usize) -> Option<usize> {
        let after = self.piles.partition_point(|pile| pile.block.first <= place);
        after.checked_sub(1)
    }

    /// The place of the picture at a place of the sheet.
    #[must_use]
    pub fn place_at(&self, at: [f32; 2]) -> Option<usize> {
        let found = self.visibility.at(&self.placed, at.map(f64::from))?;
        Some(found as usize)
    }

    /// The places of the pictures of which anything lies in a part of the sheet (left, top, right, bottom), in
    /// their order; `None` where there are more than `most`.
    #[must_use]
    pub fn within(&self, part: [f32; 4], most: usize) -> Option<Vec<Visible>> {
        self.visibility
            .at_most(&self.placed, part.map(f64::from), most)
    }

    /// Where the arrow keys lead from a place: so many pictures to the right and down. Where pictures stand in
    /// an order, left and right follow it; else, and up and down, the nearest that way is next.
    #[must_use]
    pub fn step(&self, place: usize, right: i64, down: i64) -> usize {
        let last = self.order().len().saturating_sub(1);
        let mut found = place.min(last);
        if self.is_scattered() {
            found = self.nearest(found, 0, right);
        } else {
            found = (found as i64).saturating_add(right).clamp(0, last as i64) as usize;
        }
        self.nearest(found, 1, down)
    }

    /// So many times the nearest that way; `axis` 0 is across.
    fn nearest(&self, place: usize, axis: usize, steps: i64) -> usize {
        let mut found = place;
        for _ in 0..steps.unsigned_abs() {
            match self.next(found, axis, steps > 0) {
                Some(next) => found = next,
                None => break,
            }
        }
        found
    }

    /// The nearest picture whose middle lies beyond this one's by half a cell and more; what lies aside
    /// counts twice as far.
    fn next(&self, place: usize, axis: usize, ahead: bool) -> Option<usize> {
        let middle = |place: Place| {
            let half = place.side / 2.0;
            [place.x + half, place.y + half]
        };
        let own = self.cell_of(place)?;
        let from = middle(own);
        let way = |other: Place| {
            let to = middle(other);
            let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
            let (along, aside) = if axis == 0 { (dx, dy) } else { (dy, dx) };
            let along = if ahead { along } else { -along };
            (along >= own.side / 2.0).then_some(along + 2.0 * aside.abs())
        };
        let most = self.placed.size[0].max(self.placed.size[1]);
        let mut reach = 2.0 * own.side;
        loop {
            let mut part = [
                from[0] - reach,
                from[1] - reach,
                from[0] + reach,
                from[1] + reach,
            ];
            // Nothing behind is looked at.
            part[if ahead { axis } else { axis + 2 }] = from[axis];
            let near = self.visibility.within(&self.placed, part.map(f64::from));
            let ways = near.into_iter().filter_map(|other| {
                let other = other as usize;
                let far = way(self.cell_of(other)?)?;
                (other != place).then_some((far, other))
            });
            let best = ways.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            // What lies beyond the part is farther than its reach.
            if let Some((far, other)) = best
                && (far <= reach || reach >= most)
            {
                return Some(other);
            }
            if reach >= most {
                return None;
            }
            reach *= 2.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Group;
    use crate::collection::arrange::columns_for;

    fn grid(count: u32, aspect: f32) -> Arrangement {
        let columns = columns_for(count as usize, aspect);
        let placed = Placed::grid((0..count).rev().collect(), columns);
        Arrangement::of(placed, count as usize, |_| String::new())
    }

    fn piles() -> Arrangement {
        let group = |word: u16, from: u32, count: u32| Group {
            word,
            rows: (from..from + count).rev().collect(),
        };
        let groups = [
            group(0, 0, 50),
            group(1, 50, 7),
            group(2, 57, 1),
            group(3, 60, 23),
        ];
        let name = |block: &Block| format!("pile {}", block.down);
        Arrangement::of(Placed::piles(&groups, 1.4), 100, name)
    }

    fn scattered() -> Arrangement {
        let mut state = 7u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        let rows: Vec<u32> = (0..300).collect();
        let plane: Vec<[f32; 2]> = rows.iter().map(|_| [next(), next()]).collect();
        let placed = Placed::scattered(&rows, &plane);
        Arrangement::of(placed, 300, |_| String::new())
    }

    #[test]
    fn every_place_is_found_where_it_stands() {
        for arrangement in [grid(1000, 1.6), piles()] {
            for (place, &row) in arrangement.order().iter().enumerate() {
                let cell = arrangement.cell_of(place).unwrap();
                let size = arrangement.size().map(|side| side as f32);
                assert!(cell.x + cell.side <= size[0] && cell.y + cell.side <= size[1]);
                let middle = [cell.x + 0.5, cell.y + 0.5];
                assert_eq!(arrangement.place_at(middle), Some(place));
                assert_eq!(arrangement.place_of(row), Some(place));
            }
            let all = arrangement.order().len();
            assert_eq!(arrangement.cell_of(all), None);
        }
        assert_eq!(piles().place_of(59), None);
        assert_eq!(piles().place_at([-1.0, 0.0]), None);
        assert_eq!(Arrangement::default().place_at([0.0, 0.0]), None);
    }

    #[test]
    fn piles_have_names_and_hold_what_lies_in_them() {
        let arrangement = piles();
        for place in 0..arrangement.order().len() {
            let pile = &arrangement.piles()[arrangement.pile_of(place).unwrap()];
            let row = arrangement.order()[place];
            let number = [50, 57, 60].iter().filter(|&&first| row >= first).count();
            assert_eq!(pile.name, format!("pile {number}"));
            let [left, top, right, bottom] = pile.part();
            let cell = arrangement.cell_of(place).unwrap();
            assert!(cell.x >= left && cell.x < right && cell.y >= top && cell.y < bottom);
        }
        assert!(grid(9, 1.0).pile_of(3).is_none() && !piles().is_scattered());
        assert!(scattered().is_scattered() && !grid(9, 1.0).is_scattered());
    }

    #[test]
    fn no_more_are_given_than_were_asked_for() {
        let arrangement = grid(90_000, 1.0);
        assert_eq!(arrangement.within([0.0, 0.0, 299.0, 299.0], 10_000), None);
        let some = arrangement.within([0.5, 0.5, 9.5, 9.5], 100).unwrap();
        assert_eq!(some.len(), 100);
        assert_eq!(arrangement.within([0.5, 0.5, 9.5, 9.5], 99), None);
    }

    #[test]
    fn arrows_go_to_the_neighbour_and_to_every_end() {
        let grid = grid(103, 1.0);
        assert_eq!(grid.step(0, 1, 0), 1);
        assert_eq!(grid.step(5, 0, 1), 15);
        assert_eq!(grid.step(15, 0, -1), 5);
        // Under the last row's end there is the nearest of it.
        assert_eq!(grid.step(98, 0, 1), 102);
        assert_eq!(grid.step(0, -1, 0), 0);
        assert_eq!(grid.step(102, 1, 0), 102);
        for arrangement in [grid, piles(), scattered()] {
            let last = arrangement.order().len() - 1;
            let y = |place: usize| arrangement.cell_of(place).unwrap().y;
            let lowest = (0..=last).map(y).fold(f32::MIN, f32::max);
            let highest = (0..=last).map(y).fold(f32::MAX, f32::min);
            for start in [0, last / 2, last] {
                let mut place = start;
                loop {
                    let next = arrangement.step(place, 0, 1);
                    if next == place {
                        break;
                    }
                    assert!(y(next) > y(place));
                    place = next;
                }
                assert!(lowest - y(place) < 0.5);
                assert!(y(arrangement.step(place, 0, -500)) - highest < 0.5);
            }
        }
    }

    #[test]
    fn arrows_in_a_plane_go_the_way_they_point() {
        let arrangement = scattered();
        for place in 0..300 {
            let x = |place: usize| arrangement.cell_of(place).unwrap().x;
            let right = arrangement.step(place, 1, 0);
            assert!(right == place || x(right) > x(place));
            let left = arrangement.step(place, -1, 0);
            assert!(left == place || x(left) < x(place));
        }
    }
}
