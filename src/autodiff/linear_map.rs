//! Any linear function along one dimension, as a product with a constant matrix.

use super::sweep::Sweep;

impl Sweep<'_> {
    /// Multiplies along `axis` with `matrix`, `[from, to]` in row-major order: element `t` of the
    /// result is the sum of element `f` times `matrix[f * to + t]`.
    pub(super) fn along(&mut self, x: &str, axis: usize, matrix: &[f64], to: i64) -> String {
        let from = self.dims(x).get(axis).copied().unwrap_or(1);
        let matrix = self.floats(&[from, to], matrix, self.element(x));
        self.multiply_along(x, axis, &matrix)
    }

    /// The same with a matrix that is in the graph, a constant or not.
    pub(super) fn multiply_along(&mut self, x: &str, axis: usize, matrix: &str) -> String {
        let rank = self.dims(x).len();
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(axis, rank.saturating_sub(1));
        // Swapping two dimensions twice is no change: the same order leads back.
        let turned = self.transpose(x, &order);
        let product = self.matmul(&turned, matrix);
        self.transpose(&product, &order)
    }
}
