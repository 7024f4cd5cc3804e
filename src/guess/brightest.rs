//! Where a map is brightest, in words: for who hears the picture.

use ndarray::ArrayView2;

use super::places::Field;

/// The part of a map around its highest value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brightest {
    /// In which field of the map its middle is.
    pub field: Field,
    /// Its share of the map, above 0 and at most 1.
    pub share: f64,
}

impl Brightest {
    /// Of a map `[height, width]`: the connected pixels around the highest value that are all above half
    /// way from the lowest to the highest. `None` where nothing is brighter than the rest.
    #[must_use]
    pub fn of(values: ArrayView2<'_, f32>) -> Option<Self> {
        let finite = || values.indexed_iter().filter(|(_, value)| value.is_finite());
        let (start, highest) = finite().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let lowest = finite().map(|(_, value)| *value).min_by(f32::total_cmp)?;
        if *highest <= lowest {
            return None;
        }
        // Halved first: the difference of two finite numbers may not be one.
        let half = highest / 2.0 + lowest / 2.0;
        let (rows, columns) = values.dim();
        let mut seen = ndarray::Array2::from_elem((rows, columns), false);
        let mut open = vec![start];
        if let Some(seen) = seen.get_mut(start) {
            *seen = true;
        }
        let (mut count, mut x, mut y) = (0_usize, 0.0, 0.0);
        while let Some((row, column)) = open.pop() {
            count += 1;
            x += column as f64 + 0.5;
            y += row as f64 + 0.5;
            for next in [
                (row.wrapping_sub(1), column),
                (row + 1, column),
                (row, column.wrapping_sub(1)),
                (row, column + 1),
            ] {
                let bright = values.get(next).is_some_and(|value| *value > half);
                if let Some(seen) = seen.get_mut(next)
                    && bright
                    && !*seen
                {
                    *seen = true;
                    open.push(next);
                }
            }
        }
        let (count, all) = (count as f64, values.len() as f64);
        Some(Self {
            field: Field::at(x / count / columns as f64, y / count / rows as f64),
            share: count / all,
        })
    }

    /// In words, such as `upper left, 3 % of the picture`.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!(
            "{}, {} of the picture",
            self.field.in_words(),
            share(self.share)
        )
    }
}

/// A share as a person hears it.
fn share(share: f64) -> String {
    if share < 0.01 {
        "less than 1 %".to_owned()
    } else {
        format!("{:.0} %", share * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn the_place_of_the_highest_value_is_told_with_its_share() {
        // Two bright squares: the higher one is small and in the upper right.
        let map = Array2::from_shape_fn((30, 40), |(y, x)| match (y, x) {
            (2..5, 30..34) => 1.0,
            (15..25, 3..20) => 0.9,
            _ => -0.2,
        });
        let found = Brightest::of(map.view()).unwrap();
        assert_eq!(found.field, Field::TopRight);
        assert!((found.share - 12.0 / 1200.0).abs() < 1e-9);
        assert_eq!(found.in_words(), "upper right, 1 % of the picture");
        let turned = map.map(|value| -value);
        let found = Brightest::of(turned.view()).unwrap();
        assert!(found.share > 0.8, "{}", found.share);
    }

    #[test]
    fn a_map_without_a_bright_part_has_none() {
        assert_eq!(Brightest::of(Array2::<f32>::zeros((4, 4)).view()), None);
        assert_eq!(Brightest::of(Array2::<f32>::zeros((0, 4)).view()), None);
        let bad = Array2::from_elem((3, 3), f32::NAN);
        assert_eq!(Brightest::of(bad.view()), None);
        // Values as far apart as can be, and one that is no number.
        let wide = ndarray::array![[f32::MAX, f32::MIN], [f32::NAN, f32::MIN]];
        let found = Brightest::of(wide.view()).unwrap();
        assert_eq!(
            (found.field, share(found.share)),
            (Field::TopLeft, "25 %".to_owned())
        );
        assert_eq!(share(0.004), "less than 1 %");
    }
}
