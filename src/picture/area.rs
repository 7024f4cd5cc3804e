//! Resizing by areas, for masks: what is covered by half is half.

use ndarray::{Array2, ArrayView2};

/// `values` at `[height, width]`: each new pixel is the mean of what lies under it, pixels at its edges by
/// the share that lies under it. Enlarging repeats pixels. An empty side gives zeros.
#[must_use]
pub fn area_average(values: ArrayView2<'_, f32>, [height, width]: [usize; 2]) -> Array2<f32> {
    if values.dim() == (height, width) {
        return values.to_owned();
    }
    if values.is_empty() {
        return Array2::zeros((height, width));
    }
    let (rows, columns) = (
        weights(values.nrows(), height),
        weights(values.ncols(), width),
    );
    // Along the rows first: a column of the result is needed whole for the next step.
    let mut narrow = Array2::<f64>::zeros((values.nrows(), width));
    for (from, mut to) in values.outer_iter().zip(narrow.outer_iter_mut()) {
        for (to, (first, weights)) in to.iter_mut().zip(&columns) {
            let taken = from.iter().skip(*first).zip(weights);
            *to = taken.map(|(&v, w)| f64::from(v) * w).sum();
        }
    }
    let mut out = Array2::zeros((height, width));
    for (mut to, (first, weights)) in out.outer_iter_mut().zip(&rows) {
        let taken = || narrow.outer_iter().skip(*first).zip(weights);
        for (x, to) in to.iter_mut().enumerate() {
            *to = taken()
                .map(|(row, w)| row.get(x).copied().unwrap_or(0.0) * w)
                .sum::<f64>() as f32;
        }
    }
    out
}

/// For each of `to` places the first of `from` places under it, and the share of it that each covers.
fn weights(from: usize, to: usize) -> Vec<(usize, Vec<f64>)> {
    let length = from as f64 / to.max(1) as f64;
    (0..to)
        .map(|i| {
            // Whole numbers over `to`, so that no edge is missed by rounding.
            let (start, end) = (i * from, (i + 1) * from);
            let (first, last) = (start / to, end.div_ceil(to).min(from));
            let covered = (first..last).map(|place| {
                let (low, high) = (start.max(place * to), end.min((place + 1) * to));
                high.saturating_sub(low) as f64 / to as f64 / length
            });
            (first, covered.collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn shares_of_areas_are_averaged_and_enlarging_repeats() {
        let values = arr2(&[[0.0f32, 3.0, 6.0], [1.0, 1.0, 1.0]]);
        // The middle column lies half under each.
        let got = area_average(values.view(), [1, 2]);
        assert_eq!(got, arr2(&[[1.0, 3.0]]));
        let got = area_average(values.view(), [4, 3]);
        assert_eq!(got.row(1), values.row(0));
        assert_eq!(got.row(2), values.row(1));
        assert_eq!(area_average(values.view(), [2, 3]), values);
        // No weight is lost at any size.
        for (from, to) in [(3, 7), (7, 3), (100, 99), (1, 5), (5, 1)] {
            for (_, weights) in weights(from, to) {
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
        assert_eq!(
            area_average(Array2::zeros((0, 3)).view(), [2, 2]),
            Array2::<f32>::zeros((2, 2))
        );
    }
}
