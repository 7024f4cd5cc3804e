//! Any linear function along one dimension, as a product with a constant matrix.

use super::sweep::Sweep;

impl Sweep<'_> {
    /// Multiplies along `axis` with `matrix`, `[from, to]` in row-major order: element `t` of the
    /// result is the sum of element `f` times `matrix[f * to + t]`.
    pub(super) fn along(&mut self, x: &str, axis: usize, matrix: &[f64], to: i64) -> String {
        let dims = self.dims(x);
        let rank = dims.len();
        let from = dims.get(axis).copied().unwrap_or(1);
        let element = self.element(x);
        let matrix = self.floats(&[from, to], matrix, element);
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(axis, rank.saturating_sub(1));
        // Swapping two dimensions twice is no change: the same order leads back.
        let turned = self.transpose(x, &order);
        let product = self.matmul(&turned, &matrix);
        self.transpose(&product, &order)
    }
}
