//! Felzenszwalb and Huttenlocher's graph segmentation (IJCV 2004), with the choices of
//! `skimage.segmentation.felzenszwalb` (scikit-image 0.26): scale divided by 255, 8 neighbours,
//! Euclidean distance of colours, thresholds in single precision.
//!
//! The edges between pixels and their order do not depend on the scale, so they are sorted once
//! and the picture is then cut at as many scales as wanted.

use ndarray::{Array2, ArrayView3, s};

use crate::saliency::gaussian::{Edge, gaussian_filter};

/// The pixels of a picture and the edges between neighbours, cheapest first.
pub struct PixelGraph {
    height: usize,
    width: usize,
    /// Cost and the two pixels (row * width + column) of each edge.
    edges: Vec<(f64, u32, u32)>,
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
            push_costs(&mut keyed, &image, kind, down, across);
        }
        // Costs are never negative, so their bits sort as they do; among equal costs the edge's
        // number decides, as in a stable sort.
        keyed.sort_unstable();
        let edges = keyed
            .into_iter()
            .map(|(bits, code)| {
                let (kind, pixel) = (code as usize % 4, code / 4);
                let (down, across) = NEIGHBOURS[kind];
                let other = pixel as isize + down * width as isize + across;
                (f64::from_bits(bits), pixel, other as u32)
            })
            .collect();
        Self {
            height,
            width,
            edges,
        }
    }

    /// The label of each pixel, `[height, width]`, numbered from 0 in the order in which a label
    /// first appears row by row. Larger `scale` means larger segments; none is smaller than
    /// `min_size` pixels unless it is the only one.
    #[must_use]
    pub fn segment(&self, scale: f64, min_size: u32) -> Array2<u32> {
        let mut forest = Forest::new(self.height * self.width, scale / 255.0);
        // Edges within a segment stay within it: the second pass needs only the others.
        let mut between: Vec<(u32, u32)> = Vec::new();
        for &(cost, a, b) in &self.edges {
            let (a, b) = (forest.find(a), forest.find(b));
            if a == b {
                continue;
            }
            if cost < f64::from(forest.limit(a).min(forest.limit(b))) {
                forest.join(a, b, cost);
            } else {
                between.push((a, b));
            }
        }
        for (a, b) in between {
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
const NEIGHBOURS: [(isize, isize); 4] = [(0, 1), (1, 0), (1, 1), (-1, 1)];

fn push_costs(
    keyed: &mut Vec<(u64, u32)>,
    image: &ndarray::Array3<f64>,
    kind: usize,
    down: isize,
    across: isize,
) {
    let (height, width, _) = image.dim();
    let (height, width) = (height as isize, width as isize);
    if height <= down.abs() || width <= across {
        return;
    }
    let first_row = (-down).max(0);
    let from = image.slice(s![first_row..height - down.max(0), ..width - across, ..]);
    let to = image.slice(s![first_row + down..height + down.min(0), across.., ..]);
    for (y, (from, to)) in from.outer_iter().zip(to.outer_iter()).enumerate() {
        for (x, (from, to)) in from.outer_iter().zip(to.outer_iter()).enumerate() {
            let square: f64 = from.iter().zip(to).map(|(a, b)| (a - b) * (a - b)).sum();
            let pixel = (y as isize + first_row) * width + x as isize;
            keyed.push((square.sqrt().to_bits(), pixel as u32 * 4 + kind as u32));
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
    use ndarray::Array3;

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
