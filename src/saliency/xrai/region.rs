//! A set of pixels as bits: 64 pixels are tested, counted or joined at once.

use ndarray::{Array2, ArrayView2};

/// Pixels in one word.
const BITS: usize = u64::BITS as usize;

/// A set of pixels within a box of whole words. Words outside the box count as empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region {
    /// First row of the box.
    top: usize,
    /// First word (of 64 columns) of the box.
    left: usize,
    /// Words per row of the box, more than 0.
    words: usize,
    /// Rows of `words` words; the lowest bit is the leftmost pixel.
    bits: Vec<u64>,
}

/// The box of one label: rows and columns, ends included.
#[derive(Clone, Copy)]
struct Span {
    top: usize,
    bottom: usize,
    left: usize,
    right: usize,
}

impl Region {
    /// No pixel in a box of these rows and columns (ends included).
    fn empty(span: Span) -> Self {
        let left = span.left / BITS;
        let words = span.right / BITS + 1 - left;
        Self {
            top: span.top,
            left,
            words,
            bits: vec![0; words * (span.bottom + 1 - span.top)],
        }
    }

    /// No pixel of a picture of this size.
    pub(super) fn nothing([height, width]: [usize; 2]) -> Self {
        Self::empty(Span {
            top: 0,
            bottom: height.max(1) - 1,
            left: 0,
            right: width.max(1) - 1,
        })
    }

    /// One region per label, in the order of the labels; labels without a pixel are left out.
    pub(super) fn of_labels(labels: ArrayView2<'_, u32>) -> Vec<Self> {
        let count = labels.iter().max().map_or(0, |&last| last as usize + 1);
        let mut spans: Vec<Option<Span>> = vec![None; count];
        for ((y, x), &label) in labels.indexed_iter() {
            let span = &mut spans[label as usize];
            *span = Some(span.map_or(
                Span {
                    top: y,
                    bottom: y,
                    left: x,
                    right: x,
                },
                |span| Span {
                    bottom: y,
                    left: span.left.min(x),
                    right: span.right.max(x),
                    ..span
                },
            ));
        }
        let mut regions: Vec<Option<Self>> = spans
            .into_iter()
            .map(|span| span.map(Self::empty))
            .collect();
        for ((y, x), &label) in labels.indexed_iter() {
            if let Some(region) = &mut regions[label as usize] {
                let at = (y - region.top) * region.words + x / BITS - region.left;
                region.bits[at] |= 1 << (x % BITS);
            }
        }
        regions.into_iter().flatten().collect()
    }

    /// With every pixel within `radius` pixels (Euclidean, at most 63) of one of its own, inside
    /// a picture of `[height, width]`: `skimage.morphology.dilation` with `disk(radius)`.
    pub(super) fn dilated(&self, radius: usize, [height, width]: [usize; 2]) -> Self {
        let mut out = Self::empty(Span {
            top: self.top.saturating_sub(radius),
            bottom: (self.top + self.rows() - 1 + radius).min(height - 1),
            left: (self.left * BITS).saturating_sub(radius),
            right: ((self.left + self.words) * BITS - 1 + radius).min(width - 1),
        });
        // How far a row of the disk reaches to each side, by its distance from the centre row.
        let reach: Vec<usize> = (0..=radius)
            .map(|down| (radius * radius - down * down).isqrt())
            .collect();
        let offset = self.left - out.left;
        let mut source = vec![0_u64; out.words];
        let mut wide = vec![0_u64; out.words];
        for (row, line) in self.bits.chunks_exact(self.words).enumerate() {
            source.fill(0);
            source[offset..offset + self.words].copy_from_slice(line);
            if source.iter().all(|&word| word == 0) {
                continue;
            }
            wide.copy_from_slice(&source);
            let y = self.top + row;
            for by in 0..=radius {
                if by > 0 {
                    spread(&mut wide, &source, by);
                }
                for (down, _) in reach.iter().enumerate().filter(|&(_, &reach)| reach == by) {
                    if y >= down {
                        out.join_row(y - down, &wide);
                    }
                    if down > 0 && y + down < height {
                        out.join_row(y + down, &wide);
                    }
                }
            }
        }
        out.clear_from_column(width);
        out
    }

    fn rows(&self) -> usize {
        self.bits.len() / self.words
    }

    fn join_row(&mut self, y: usize, line: &[u64]) {
        let start = (y - self.top) * self.words;
        for (word, more) in self.bits[start..start + self.words].iter_mut().zip(line) {
            *word |= more;
        }
    }

    fn clear_from_column(&mut self, width: usize) {
        let used = width - (width / BITS) * BITS;
        if self.left + self.words > width / BITS && used > 0 {
            let words = self.words;
            for line in self.bits.chunks_exact_mut(words) {
                if let Some(last) = line.last_mut() {
                    *last &= (1 << used) - 1;
                }
            }
        }
    }

    /// Calls `visit(place in self.bits, place in other.bits)` for each word in both boxes.
    fn shared_words(&self, other: &Self, mut visit: impl FnMut(usize, usize)) {
        let top = self.top.max(other.top);
        let bottom = (self.top + self.rows()).min(other.top + other.rows());
        let left = self.left.max(other.left);
        let right = (self.left + self.words).min(other.left + other.words);
        for y in top..bottom {
            let here = (y - self.top) * self.words;
            let there = (y - other.top) * other.words;
            for word in left..right {
                visit(here + word - self.left, there + word - other.left);
            }
        }
    }

    /// Adds the pixels of `other` that lie in the box of this region.
    pub(super) fn join(&mut self, other: &Self) {
        let mut places = Vec::new();
        self.shared_words(other, |here, there| places.push((here, there)));
        for (here, there) in places {
            self.bits[here] |= other.bits[there];
        }
    }

    /// The pixels of this region that are not in `other`, in a box no larger than they need.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut out = self.clone();
        self.shared_words(other, |here, there| {
            out.bits[here] = self.bits[here] & !other.bits[there];
        });
        out.trimmed()
    }

    /// The same pixels in the smallest box; one empty word if there are none.
    fn trimmed(&self) -> Self {
        let used = |line: &[u64]| line.iter().any(|&word| word != 0);
        let lines = || self.bits.chunks_exact(self.words);
        let above = lines().take_while(|line| !used(line)).count();
        let rows = self.rows() - above;
        let below = lines().rev().take_while(|line| !used(line)).count();
        let rows = rows.saturating_sub(below);
        let empty = |word: usize| lines().all(|line| line[word] == 0);
        let before = (0..self.words).take_while(|&word| empty(word)).count();
        let after = (0..self.words)
            .rev()
            .take_while(|&word| empty(word))
            .count();
        if rows == 0 || before + after >= self.words {
            return Self {
                words: 1,
                bits: vec![0],
                ..*self
            };
        }
        let bits = lines()
            .skip(above)
            .take(rows)
            .flat_map(|line| &line[before..self.words - after])
            .copied()
            .collect();
        Self {
            top: self.top + above,
            left: self.left + before,
            words: self.words - before - after,
            bits,
        }
    }

    /// Number of pixels, and the sum of their `values` (`[height, width]`), row by row.
    pub(super) fn count_and_sum(&self, values: ArrayView2<'_, f32>) -> (usize, f64) {
        self.shared_count_and_sum(self, values)
    }

    /// The same of the pixels that are in both regions.
    pub(super) fn shared_count_and_sum(
        &self,
        other: &Self,
        values: ArrayView2<'_, f32>,
    ) -> (usize, f64) {
        let mut count = 0;
        let mut sum = 0.0;
        let top = self.top.max(other.top);
        let bottom = (self.top + self.rows()).min(other.top + other.rows());
        let left = self.left.max(other.left);
        let right = (self.left + self.words).min(other.left + other.words);
        if left >= right {
            return (count, sum);
        }
        for y in top..bottom {
            let here = (y - self.top) * self.words;
            let there = (y - other.top) * other.words;
            let here = &self.bits[here + left - self.left..here + right - self.left];
            let there = &other.bits[there + left - other.left..there + right - other.left];
            for (i, (here, there)) in here.iter().zip(there).enumerate() {
                let mut word = here & there;
                if word == 0 {
                    continue;
                }
                count += word.count_ones() as usize;
                let first = (left + i) * BITS;
                while word != 0 {
                    let x = first + word.trailing_zeros() as usize;
                    sum += values.get((y, x)).copied().map_or(0.0, f64::from);
                    word &= word - 1;
                }
            }
        }
        (count, sum)
    }

    /// Calls `visit(row, column)` for each pixel, row by row.
    pub(super) fn for_each(&self, mut visit: impl FnMut(usize, usize)) {
        for (place, &word) in self.bits.iter().enumerate() {
            let mut word = word;
            let y = self.top + place / self.words;
            let first = (self.left + place % self.words) * BITS;
            while word != 0 {
                visit(y, first + word.trailing_zeros() as usize);
                word &= word - 1;
            }
        }
    }

    /// Sets `place` to `value` at each pixel of the region.
    pub(super) fn paint(&self, place: &mut Array2<f32>, value: f32) {
        self.for_each(|y, x| {
            if let Some(pixel) = place.get_mut((y, x)) {
                *pixel = value;
            }
        });
    }
}

/// Adds to `wide` the bits of `source` moved by `by` (1 to 63) columns to either side.
fn spread(wide: &mut [u64], source: &[u64], by: usize) {
    for i in 0..wide.len() {
        let before = if i > 0 { source[i - 1] } else { 0 };
        let after = source.get(i + 1).copied().unwrap_or(0);
        wide[i] |= source[i] << by | before >> (BITS - by);
        wide[i] |= source[i] >> by | after << (BITS - by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(region: &Region) -> Vec<(usize, usize)> {
        let mut pixels = Vec::new();
        region.for_each(|y, x| pixels.push((y, x)));
        pixels
    }

    /// Blocks of several sizes, across word borders and along all edges.
    fn labels() -> Array2<u32> {
        Array2::from_shape_fn((37, 150), |(y, x)| ((y / 9) * 5 + (x + 3 * y) / 33) as u32)
    }

    #[test]
    fn regions_hold_exactly_their_label() {
        let labels = labels();
        let regions = Region::of_labels(labels.view());
        let mut seen = 0;
        for region in &regions {
            let pixels = pixels(region);
            let label = labels[pixels[0]];
            assert!(pixels.iter().all(|&at| labels[at] == label));
            seen += pixels.len();
        }
        assert_eq!(seen, labels.len());
    }

    #[test]
    fn dilation_reaches_exactly_the_disk() {
        let labels = labels();
        let size = [37, 150];
        for region in Region::of_labels(labels.view()) {
            let own = pixels(&region);
            let got = pixels(&region.dilated(5, size));
            let mut want = Vec::new();
            for y in 0..37_usize {
                for x in 0..150_usize {
                    let near = |&(a, b): &(usize, usize)| {
                        a.abs_diff(y).pow(2) + b.abs_diff(x).pow(2) <= 25
                    };
                    if own.iter().any(near) {
                        want.push((y, x));
                    }
                }
            }
            assert_eq!(got, want);
        }
    }

    #[test]
    fn differences_counts_and_sums_agree_with_sets() {
        let labels = labels();
        let values = Array2::from_shape_fn((37, 150), |(y, x)| (y * x % 7) as f32 - 2.0);
        let regions: Vec<Region> = Region::of_labels(labels.view())
            .iter()
            .map(|region| region.dilated(5, [37, 150]))
            .collect();
        let mut covered = Region::nothing([37, 150]);
        for region in &regions {
            let fresh = region.without(&covered);
            let (count, sum) = region.count_and_sum(values.view());
            let (shared, shared_sum) = region.shared_count_and_sum(&covered, values.view());
            let (left, left_sum) = fresh.count_and_sum(values.view());
            assert_eq!(count, shared + left);
            assert!((sum - shared_sum - left_sum).abs() < 1e-9);
            covered.join(region);
        }
        assert_eq!(covered.count_and_sum(values.view()).0, 37 * 150);
    }
}
