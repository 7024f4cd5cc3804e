//! Vectors of any length (embeddings, maps) as 64 small whole numbers each, so that a million of them
//! are compared in a moment.
//!
//! Vectors are scaled to length 1 and projected onto the 64 directions in which a fixed sample of
//! them is longest (the leading right singular vectors, found by subspace iteration), which keeps their
//! cosines as well as 64 numbers can. What has no more than 64 numbers is kept whole.

use ndarray::{Array2, ArrayView2, Axis, s};

/// Numbers of a feature.
pub const FEATURES: usize = 64;
/// What a length of 1 becomes: the sum of squares of 64 numbers stays in 32 bits.
const ONE: f32 = 16_384.0;
/// Vectors that directions are found from, at most.
const SAMPLE: usize = 2048;
/// Directions that are followed beside those that are wanted: they settle the last of those.
const SPARE: usize = 8;
/// Rounds of subspace iteration.
const ROUNDS: usize = 5;
/// Vectors that are projected at a time.
const BLOCK: usize = 512;

/// Vectors that can be read one after the other, as often as asked.
pub trait Vectors {
    /// How many there may be: their numbers are less.
    fn count(&self) -> usize;

    /// Numbers of each.
    fn width(&self) -> usize;

    /// Shows each that there is, with its number, in an order that is always the same.
    ///
    /// # Errors
    /// When they cannot be read.
    fn visit(
        &self,
        see: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), super::super::CollectionError>;
}

/// Vectors in memory; none where one is missing.
#[derive(Debug, Clone, Copy)]
pub struct SomeVectors<'a>(pub &'a [Option<Vec<f32>>]);

impl Vectors for SomeVectors<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn width(&self) -> usize {
        self.0.iter().flatten().map(Vec::len).max().unwrap_or(0)
    }

    fn visit(
        &self,
        see: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), super::super::CollectionError> {
        for (number, vector) in self.0.iter().enumerate() {
            if let Some(vector) = vector {
                see(number, vector);
            }
        }
        Ok(())
    }
}

/// Features of things by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    values: Vec<[i16; FEATURES]>,
}

impl Features {
    /// Of vectors. Those that are missing, zero or not all numbers have none.
    ///
    /// # Errors
    /// When the vectors cannot be read.
    pub fn of(vectors: &dyn Vectors) -> Result<Self, super::super::CollectionError> {
        let width = vectors.width();
        let directions = if width > FEATURES {
            Some(directions(vectors)?)
        } else {
            None
        };
        let mut features = Self {
            values: vec![[0; FEATURES]; vectors.count()],
        };
        let mut block = Array2::<f32>::zeros((BLOCK, width));
        let mut numbers = Vec::with_capacity(BLOCK);
        vectors.visit(&mut |number, vector| {
            let Some(scale) = scale_of(vector).filter(|_| vector.len() == width) else {
                return;
            };
            if let Some(mut row) = block.outer_iter_mut().nth(numbers.len()) {
                row.iter_mut()
                    .zip(vector)
                    .for_each(|(to, v)| *to = v * scale);
            }
            numbers.push(number);
            if numbers.len() == BLOCK {
                features.project(&mut numbers, block.view(), directions.as_ref());
            }
        })?;
        features.project(&mut numbers, block.view(), directions.as_ref());
        Ok(features)
    }

    fn project(
        &mut self,
        numbers: &mut Vec<usize>,
        block: ArrayView2<'_, f32>,
        directions: Option<&Array2<f32>>,
    ) {
        let filled = block.slice(s![..numbers.len(), ..]);
        let projected = match directions {
            Some(directions) => filled.dot(directions),
            None => filled.to_owned(),
        };
        for (number, row) in numbers.drain(..).zip(projected.outer_iter()) {
            let length = row.dot(&row).sqrt();
            if length > 1e-6
                && let Some(to) = self.values.get_mut(number)
            {
                for (to, v) in to.iter_mut().zip(row) {
                    *to = (v / length * ONE).round() as i16;
                }
            }
        }
    }

    /// How many things there may be.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Those of a thing; `None` where it has none.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&[i16; FEATURES]> {
        self.values.get(number).filter(|f| **f != [0; FEATURES])
    }

    /// The cosine of two, -1 to 1; 0 where one has none.
    #[must_use]
    pub fn cosine(&self, a: usize, b: usize) -> f32 {
        let pair = self.get(a).zip(self.get(b));
        pair.map_or(0.0, |(a, b)| dot(a, b) as f32 / (ONE * ONE))
    }

    /// The first two directions in which the features of some things differ most from their mean, as a
    /// place each: where a layout begins.
    pub(super) fn plane(&self, things: &[u32]) -> Vec<[f32; 2]> {
        let rows = || things.iter().map(|&n| self.values.get(n as usize).copied());
        let count = things.len().max(1) as f64;
        let mut mean = [0.0f64; FEATURES];
        for row in rows().flatten() {
            mean.iter_mut()
                .zip(row)
                .for_each(|(m, v)| *m += f64::from(v) / count);
        }
        let centred = |row: [i16; FEATURES]| {
            let mut centred = [0.0f32; FEATURES];
            for ((to, v), m) in centred.iter_mut().zip(row).zip(mean) {
                *to = (f64::from(v) - m) as f32 / ONE;
            }
            centred
        };
        let mut axes = Array2::<f32>::zeros((FEATURES, 2 + SPARE));
        start(&mut axes);
        for _ in 0..4 * ROUNDS {
            // Each pass over all: A'A times the axes.
            let mut next = Array2::<f32>::zeros(axes.dim());
            let step = (things.len() / (8 * SAMPLE)).max(1);
            for row in rows().flatten().step_by(step) {
                let row = ndarray::Array1::from_vec(centred(row).to_vec());
                let along = row.dot(&axes);
                for (mut to, v) in next.outer_iter_mut().zip(&row) {
                    to.scaled_add(*v, &along);
                }
            }
            axes = next;
            orthonormal(&mut axes);
        }
        let place = |row: Option<[i16; FEATURES]>| {
            let row = row.map_or([0.0; FEATURES], centred);
            [0, 1].map(|axis| {
                let axis = axes.index_axis(Axis(1), axis);
                row.iter().zip(axis).map(|(a, b)| a * b).sum::<f32>()
            })
        };
        rows().map(place).collect()
    }
}

/// The sum of products.
pub(super) fn dot(a: &[i16; FEATURES], b: &[i16; FEATURES]) -> i32 {
    let products = a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b));
    products.sum()
}

/// What makes a vector one of length 1.
fn scale_of(vector: &[f32]) -> Option<f32> {
    let square: f64 = vector.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
    (square.is_finite() && square > 0.0).then(|| (1.0 / square.sqrt()) as f32)
}

/// The directions, as columns, along which a sample of vectors is longest.
fn directions(vectors: &dyn Vectors) -> Result<Array2<f32>, super::super::CollectionError> {
    let width = vectors.width();
    let step = vectors.count().div_ceil(SAMPLE).max(1);
    let mut sample = Vec::new();
    let mut seen = 0usize;
    vectors.visit(&mut |_, vector| {
        // Contents come in a fixed shuffle, so that every so many of them is a fair sample.
        if seen.is_multiple_of(step)
            && vector.len() == width
            && let Some(scale) = scale_of(vector)
        {
            sample.extend(vector.iter().map(|v| v * scale));
        }
        seen += 1;
    })?;
    let rows = sample.len() / width.max(1);
    let sample = Array2::from_shape_vec((rows, width), sample).unwrap_or_default();
    let mut axes = Array2::<f32>::zeros((width, FEATURES + SPARE));
    start(&mut axes);
    if rows > 0 {
        for _ in 0..ROUNDS {
            axes = sample.t().dot(&sample.dot(&axes));
            orthonormal(&mut axes);
        }
    }
    Ok(axes.slice(s![.., ..FEATURES]).to_owned())
}

/// Numbers that have nothing to do with each other.
fn start(axes: &mut Array2<f32>) {
    let mut state = 1u64;
    for value in axes.iter_mut() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        *value = (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0;
    }
    orthonormal(axes);
}

/// Makes the columns perpendicular and of length 1 (Gram and Schmidt, twice); what is nothing then is
/// zero.
fn orthonormal(axes: &mut Array2<f32>) {
    for at in 0..axes.ncols() {
        for _ in 0..2 {
            for earlier in 0..at {
                let (before, mut column) = axes.multi_slice_mut((s![.., earlier], s![.., at]));
                let along = before.dot(&column);
                column.scaled_add(-along, &before);
            }
            let mut column = axes.column_mut(at);
            let length = column.dot(&column).sqrt();
            let scale = if length > 1e-12 { 1.0 / length } else { 0.0 };
            column.mapv_inplace(|v| v * scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    #[test]
    fn few_numbers_keep_their_cosines() {
        let mut random = StdRng::seed_from_u64(1);
        let vectors: Vec<Option<Vec<f32>>> = (0..40)
            .map(|n| {
                let vector = (0..64).map(|_| random.random_range(-1.0f32..3.0)).collect();
                (n != 7).then_some(vector)
            })
            .collect();
        let features = Features::of(&SomeVectors(&vectors)).unwrap();
        for a in 0..40 {
            for b in 0..40 {
                let pair = vectors[a].as_ref().zip(vectors[b].as_ref());
                let want = pair.map_or(0.0, |(a, b)| cosine(a, b));
                assert!((features.cosine(a, b) - want).abs() < 1e-3, "{a} {b}");
            }
        }
        assert!(features.get(7).is_none() && features.get(40).is_none());
    }

    #[test]
    fn many_numbers_keep_them_where_they_lie_in_few_directions() {
        let mut random = StdRng::seed_from_u64(2);
        let basis: Vec<Vec<f32>> = (0..30)
            .map(|_| {
                (0..300)
                    .map(|_| random.random_range(-1.0f32..1.0))
                    .collect()
            })
            .collect();
        let vectors: Vec<Option<Vec<f32>>> = (0..200)
            .map(|_| {
                let mut vector = vec![0.0f32; 300];
                for direction in &basis {
                    let by = random.random_range(-1.0f32..1.0);
                    vector
                        .iter_mut()
                        .zip(direction)
                        .for_each(|(v, d)| *v += by * d);
                }
                // A little of everything.
                for v in &mut vector {
                    *v += random.random_range(-0.02f32..0.02);
                }
                Some(vector)
            })
            .collect();
        let features = Features::of(&SomeVectors(&vectors)).unwrap();
        for a in 0..200 {
            for b in 0..200 {
                let (x, y) = (vectors[a].as_ref().unwrap(), vectors[b].as_ref().unwrap());
                let off = (features.cosine(a, b) - cosine(x, y)).abs();
                assert!(off < 0.01, "{a} {b}: {off}");
            }
        }
        assert_eq!(features, Features::of(&SomeVectors(&vectors)).unwrap());
    }

    #[test]
    fn what_is_no_vector_has_none() {
        let vectors = vec![
            Some(vec![0.0; 4]),
            Some(vec![f32::NAN, 1.0, 0.0, 0.0]),
            Some(vec![1e30, 0.0, 0.0, 0.0]),
            Some(vec![1.0, 0.0, 0.0]),
        ];
        let features = Features::of(&SomeVectors(&vectors)).unwrap();
        assert!(
            (0..4)
                .map(|n| features.get(n).is_some())
                .eq([false, false, true, false])
        );
        assert!(Features::of(&SomeVectors(&[])).unwrap().is_empty());
    }

    #[test]
    fn the_plane_shows_what_differs_most() {
        let mut vectors = Vec::new();
        for n in 0..100 {
            let mut vector = vec![0.2; 8];
            vector[2] += (n as f32 - 50.0) / 50.0;
            vector[5] += (n % 10) as f32 / 100.0;
            vectors.push(Some(vector));
        }
        let features = Features::of(&SomeVectors(&vectors)).unwrap();
        let things: Vec<u32> = (0..100).collect();
        let places = features.plane(&things);
        let first: Vec<f32> = places.iter().map(|p| p[0]).collect();
        // Past the middle it turns with the vectors, which are of length 1.
        let step = |n: usize| first[n + 10] - first[n];
        assert!((0..90).all(|n| step(n) * step(0) > 0.0), "{first:?}");
        let range = |axis: usize| {
            let values = || places.iter().map(move |p| p[axis]);
            values().fold(f32::MIN, f32::max) - values().fold(f32::MAX, f32::min)
        };
        assert!(range(0) > 2.0 * range(1), "{} {}", range(0), range(1));
    }
}
