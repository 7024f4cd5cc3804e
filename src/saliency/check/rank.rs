//! Rank correlation.

/// Spearman's rank correlation with average ranks for ties, as `scipy.stats.spearmanr`; `None`
/// for a constant. Both must have the same length and hold numbers only.
pub(in crate::saliency) fn spearman(a: &[f32], b: &[f32]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = f64::midpoint(a.len() as f64, 1.0);
    let product = |x: &[f64], y: &[f64]| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum()
    };
    let spread = product(&a, &a) * product(&b, &b);
    (spread > 0.0).then(|| product(&a, &b) / spread.sqrt())
}

fn ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        for &i in tied {
            ranks[i] = start as f64 + f64::midpoint(tied.len() as f64, 1.0);
        }
        start += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_get_their_mean_rank() {
        // scipy.stats.spearmanr([1, 2, 2, 4, 0], [3, 1, 4, 5, 1]), SciPy 1.17
        let got = spearman(&[1.0, 2.0, 2.0, 4.0, 0.0], &[3.0, 1.0, 4.0, 5.0, 1.0]).unwrap();
        assert!((got - SCIPY).abs() < 1e-9, "{got}");
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
    }

    const SCIPY: f64 = 0.7105263157894738;
}
