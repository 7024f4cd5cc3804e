//! Felzenszwalb and Huttenlocher's graph segmentation (IJCV 2004), with the choices of
//! `skimage.segmentation.felzenszwalb` (scikit-image 0.26): scale divided by 255, 8 neighbours,
//! Euclidean distance of colours, thresholds in single precision.
//!
//! The edges between pixels and their order do not depend on the scale, so they are sorted once
//! and the picture is then cut at as many scales as wanted.

use ndarray::{Array2, Array3, ArrayView3};

use crate::saliency::gaussian::{Edge, gaussian_filter};

/// The pixels of a picture and the edges between neighbours, cheapest first.
pub struct PixelGraph {
    height: usize,
    width: usize,
    /// The bits of each edge's cost, and its number: pixel (row * width + column) * 4 + kind.
    edges: Vec<(u64, u32)>,
}

impl PixelGraph {
    /// The graph of a picture `[height, width, channels]` after a blur of `sigma` pixels. All
    /// values must be finite; the picture must have fewer than 2^29 pixels.
    #[must_use]
    pub fn new(image: ArrayView3<'_, f64>, sigma: f64) -> Self {
        let image = gaussian_filter(image, [sigma, sigma], Edge::Reflect);
        let (height, width, _) = image.dim();
        let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(4 * height * width);
        for (kind, (down, across)) in NEIGHBOURS.into_iter().enumerate() {
            push_costs(&mut keyed, &image, kind as u32, down, across);
        }
        sort_edges(&mut keyed);
        Self {
            height,
            width,
            edges: keyed,
        }
    }

    /// The label of each pixel, `[height, width]`, numbered from 0 in the order in which a label
    /// first appears row by row. Larger `scale` means larger segments; none is smaller than
    /// `min_size` pixels unless it is the only one.
    #[must_use]
    pub fn segment(&self, scale: f64, min_size: u32) -> Array2<u32> {
        let mut forest = Forest::new(self.height * self.width, scale / 255.0);
        let others = NEIGHBOURS.map(|(down, across)| down * self.width as isize + across as isize);
        let ends = |code: u32| {
            let pixel = code / 4;
            (
                pixel,
                pixel.wrapping_add_signed(others[code as usize % 4] as i32),
            )
        };
        // Edges within a segment stay within it: the second pass needs only the others.
        let mut between: Vec<u32> = Vec::with_capacity(self.height * self.width);
        for &(bits, code) in &self.edges {
            let (a, b) = ends(code);
            let (a, b) = (forest.find(a), forest.find(b));
            if a == b {
                continue;
            }
            let cost = f64::from_bits(bits);
            if cost < f64::from(forest.limit(a).min(forest.limit(b))) {
                forest.join(a, b, cost);
            } else {
                between.push(code);
            }
        }
        for code in between {
            let (a, b) = ends(code);
            let (a, b) = (forest.find(a), forest.find(b));
            if a != b && (forest.size(a) < min_size || forest.size(b) < min_size) {
                forest.join(a, b, 0.0);
            }
        }
        forest.labels(self.height, self.width)
    }
}

/// Right, down, down right, and from the lower left up to the right: the order of the reference,
/// which decides among equal costs.
const NEIGHBOURS: [(isize, usize); 4] = [(0, 1), (1, 0), (1, 1), (-1, 1)];

/// Costs of all edges of one kind, by their bits, with the edge's number: pixel * 4 + kind.
fn push_costs(
    keyed: &mut Vec<(u64, u32)>,
    image: &Array3<f64>,
    kind: u32,
    down: isize,
    across: usize,
) {
    let (height, width, channels) = image.dim();
    let Some(values) = image.as_slice().filter(|_| width > across && channels > 0) else {
        return;
    };
    for y in 0..height {
        let Some(other) = y.checked_add_signed(down).filter(|&other| other < height) else {
            continue;
        };
        let row = |y: usize| &values[y * width * channels..(y + 1) * width * channels];
        let from = row(y).chunks_exact(channels);
        let to = row(other)[across * channels..].chunks_exact(channels);
        for (x, (from, to)) in from.zip(to).enumerate() {
            let square: f64 = from.iter().zip(to).map(|(a, b)| (a - b) * (a - b)).sum();
            keyed.push((square.sqrt().to_bits(), (y * width + x) as u32 * 4 + kind));
        }
    }
}

/// Sorts by cost, and among equal costs by kind and pixel as a stable sort of the reference's
/// list would. Costs are never negative, so their bits sort as they do. A radix sort on the upper
/// half of the bits leaves only short runs for a comparing sort.
fn sort_edges(edges: &mut Vec<(u64, u32)>) {
    const DIGIT: u32 = 11;
    let mut spare = vec![(0, 0); edges.len()];
    for shift in [31, 42, 53] {
        let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT) - 1);
        let mut starts = [0_usize; 1 << DIGIT];
        for &(key, _) in edges.iter() {
            starts[digit(key)] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        for &edge in edges.iter() {
            let place = &mut starts[digit(edge.0)];
            spare[*place] = edge;
            *place += 1;
        }
        std::mem::swap(edges, &mut spare);
    }
    let order = |&(key, code): &(u64, u32)| (key, code % 4, code / 4);
    for run in edges.chunk_by_mut(|a, b| a.0 >> 31 == b.0 >> 31) {
        if !run.is_sorted_by_key(order) {
            run.sort_unstable_by_key(order);
        }
    }
}

/// A union-find forest over pixels that knows each tree's size and join limit.
struct Forest {
    parents: Vec<u32>,
    sizes: Vec<u32>,
    /// Largest cost within the segment + scale / size, rounded to single precision as the
    /// reference does.
    limits: Vec<f32>,
    scale: f64,
}

impl Forest {
    fn new(count: usize, scale: f64) -> Self {
        Self {
            parents: (0..count as u32).collect(),
            sizes: vec![1; count],
            limits: vec![scale as f32; count],
            scale,
        }
    }

    fn find(&mut self, mut node: u32) -> u32 {
        loop {
            let parent = self.parents[node as usize];
            if parent == node {
                return node;
            }
            // Path halving.
            let above = self.parents[parent as usize];
            self.parents[node as usize] = above;
            node = above;
        }
    }

    fn limit(&self, root: u32) -> f32 {
        self.limits[root as usize]
    }

    fn size(&self, root: u32) -> u32 {
        self.sizes[root as usize]
    }

    /// Joins two roots; `cost` is at least that of every edge within either.
    fn join(&mut self, a: u32, b: u32, cost: f64) {
        let size = self.sizes[a as usize] + self.sizes[b as usize];
        let (root, child) = if self.sizes[a as usize] < self.sizes[b as usize] {
            (b, a)
        } else {
            (a, b)
        };
        self.parents[child as usize] = root;
        self.sizes[root as usize] = size;
        self.limits[root as usize] = (cost + self.scale / f64::from(size)) as f32;
    }

    fn labels(mut self, height: usize, width: usize) -> Array2<u32> {
        let mut names = vec![u32::MAX; self.parents.len()];
        let mut next = 0;
        Array2::from_shape_fn((height, width), |(y, x)| {
            let root = self.find((y * width + x) as u32) as usize;
            if names[root] == u32::MAX {
                names[root] = next;
                next += 1;
            }
            names[root]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_flat_halves_are_two_segments() {
        let image = Array3::from_shape_fn((8, 10, 3), |(_, x, _)| if x < 4 { 0.0 } else { 9.0 });
        let labels = PixelGraph::new(image.view(), 0.0).segment(1.0, 1);
        assert_eq!(
            labels,
            Array2::from_shape_fn((8, 10), |(_, x)| u32::from(x >= 4))
        );
    }

    #[test]
    fn edges_are_sorted_by_cost_kind_and_pixel() {
        let mut edges: Vec<(u64, u32)> = (0..5000_u32)
            .map(|i| {
                // Equal costs, costs that differ in the last bits only, and others.
                let cost = match i % 4 {
                    0 => 0.0,
                    1 => 0.5 + f64::from(i % 13) * f64::EPSILON,
                    _ => f64::from(i * 7919 % 1000) / 77.0,
                };
                (cost.to_bits(), i)
            })
            .collect();
        let mut want = edges.clone();
        want.sort_by(|a, b| {
            let cost = |edge: &(u64, u32)| f64::from_bits(edge.0);
            cost(a)
                .total_cmp(&cost(b))
                .then((a.1 % 4, a.1).cmp(&(b.1 % 4, b.1)))
        });
        sort_edges(&mut edges);
        assert_eq!(edges, want);
    }

    #[test]
    fn small_segments_are_taken_in_and_one_pixel_is_one_segment() {
        let mut image = Array3::zeros((6, 6, 1));
        image[[2, 2, 0]] = 50.0;
        let graph = PixelGraph::new(image.view(), 0.0);
        assert_eq!(graph.segment(1.0, 1).iter().max(), Some(&1));
        assert_eq!(graph.segment(1.0, 2).iter().max(), Some(&0));
        let pixel = PixelGraph::new(Array3::zeros((1, 1, 3)).view(), 0.8);
        assert_eq!(pixel.segment(50.0, 150), Array2::<u32>::zeros((1, 1)));
        let strip = PixelGraph::new(Array3::zeros((1, 40, 3)).view(), 0.8);
        assert_eq!(strip.segment(50.0, 150), Array2::<u32>::zeros((1, 40)));
    }
}
