//! The edge of the thing, as lines that can be drawn.

use ndarray::Array2;

/// Longest side of the grid that the edge follows, in cells: finer than a screen shows.
const SIDE: usize = 400;

/// A straight piece of the edge: two places of the picture, `(x, y)` in its fractions.
pub type Line = [[f32; 2]; 2];

/// The edge of what is `inside` (`[height, width]`), the frame of the picture included where the thing
/// reaches it. Large pictures are followed on a grid of 400 cells.
#[must_use]
pub fn outline(inside: &Array2<bool>) -> Vec<Line> {
    let (height, width) = inside.dim();
    if inside.is_empty() {
        return Vec::new();
    }
    let longest = height.max(width);
    let cells = |side: usize| {
        if longest <= SIDE {
            side
        } else {
            (side * SIDE / longest).max(1)
        }
    };
    let (rows, columns) = (cells(height), cells(width));
    let at = |row: usize, column: usize| {
        // The pixel in the middle of the cell.
        let y = (2 * row + 1) * height / (2 * rows);
        let x = (2 * column + 1) * width / (2 * columns);
        inside.get((y, x)).copied().unwrap_or(false)
    };
    let before = |n: usize| n.checked_sub(1);
    let cell = |row: Option<usize>, column: Option<usize>| {
        row.zip(column)
            .is_some_and(|(row, column)| row < rows && column < columns && at(row, column))
    };
    let across = |y: usize, x: usize| cell(before(y), Some(x)) != cell(Some(y), Some(x));
    let down = |x: usize, y: usize| cell(Some(y), before(x)) != cell(Some(y), Some(x));
    let (h, w) = (rows as f32, columns as f32);
    let mut lines = Vec::new();
    for y in 0..=rows {
        let runs = runs(columns, |x| across(y, x));
        lines.extend(runs.map(|(from, to)| [from, to].map(|x| [x as f32 / w, y as f32 / h])));
    }
    for x in 0..=columns {
        let runs = runs(rows, |y| down(x, y));
        lines.extend(runs.map(|(from, to)| [from, to].map(|y| [x as f32 / w, y as f32 / h])));
    }
    lines
}

/// Where `is_edge` holds: first and one past the last of each run.
fn runs(count: usize, is_edge: impl Fn(usize) -> bool) -> impl Iterator<Item = (usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for i in (0..count).filter(|i| is_edge(*i)) {
        match found.last_mut() {
            Some((_, end)) if *end == i => *end += 1,
            _ => found.push((i, i + 1)),
        }
    }
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_has_four_sides_and_a_ring_eight() {
        let square = |from: usize, to: usize| move |n: usize| (from..to).contains(&n);
        let (outer, inner) = (square(2, 8), square(4, 6));
        let mut mask = Array2::from_shape_fn((10, 10), |(y, x)| outer(y) && outer(x));
        let sides = outline(&mask);
        assert_eq!(sides.len(), 4);
        assert!(sides.contains(&[[0.2, 0.2], [0.8, 0.2]]));
        assert!(sides.contains(&[[0.8, 0.2], [0.8, 0.8]]));
        for ((y, x), inside) in mask.indexed_iter_mut() {
            *inside &= !(inner(y) && inner(x));
        }
        assert_eq!(outline(&mask).len(), 8);
        // The frame closes what reaches it.
        assert_eq!(outline(&Array2::from_elem((3, 5), true)).len(), 4);
        assert!(outline(&Array2::from_elem((3, 5), false)).is_empty());
        assert!(outline(&Array2::from_elem((0, 5), true)).is_empty());
    }

    #[test]
    fn a_large_picture_has_no_more_lines_than_a_screen_shows() {
        let mask = Array2::from_shape_fn((3000, 4000), |(y, x)| (y / 1000 + x / 1000) % 2 == 0);
        let lines = outline(&mask);
        assert!(lines.len() < 60, "{}", lines.len());
        let noise = Array2::from_shape_fn((900, 1200), |(y, x)| (y * 7 + x * 3) % 5 == 0);
        assert!(outline(&noise).len() <= 2 * 401 * 401);
    }
}
