//! Drawing a pane of ice: crystals grow, then their picture is made to measure.
//!
//! The method is Heeger and Bergen's ("Pyramid-based texture analysis/synthesis", SIGGRAPH
//! 1995), begun from drawn crystals instead of noise so that the result has their shapes: the
//! strength of each octave of detail, then the distribution of values, are set to those of a
//! given photograph.

use super::plane::{Border, Plane};
use super::random::{Dice, Stream};
use super::zoom::stretch;

/// Shares of pixels at which the distribution of colours is given.
pub(super) const QUANTILES: [f32; 11] =
    [0.0, 0.01, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 1.0];

/// The measures of a pane.
pub(super) struct Pane {
    /// Size in pixels.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Deviation of each octave of the grey picture (Laplacian pyramid, finest first).
    pub(super) detail: [f32; 7],
    /// How much brighter than its mean the pane is, seen from afar: corners and places between.
    pub(super) layout: [[f32; 5]; 4],
    /// Factor on the finest octaves, found by trial so that the gradient energy is met after the
    /// colours are.
    pub(super) sharpness: f32,
    /// Red, green and blue at [`QUANTILES`], in 0 to 255.
    pub(super) colours: [[u8; 11]; 3],
    /// What is drawn.
    pub(super) crystals: Crystals,
    /// Mean square step to the right plus that downwards, mean over channels. Held by a test.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the measure that `sharpness` was set by")
    )]
    pub(super) gradient_energy: f64,
}

/// What grows on a pane. Lengths in pixels, angles in radians.
pub(super) struct Crystals {
    /// How many grow.
    pub(super) count: usize,
    /// Length of the longest.
    pub(super) length: f64,
    /// Distance of the side branches; 0 for bare needles.
    pub(super) branch_gap: f64,
    /// How far directions stray from those of the neighbourhood.
    pub(super) spread: f64,
    /// How much a crystal bends per pixel.
    pub(super) bend: f64,
}

impl Pane {
    /// Red, green and blue of the pane in 0 to 255; `number` chooses among endless variants.
    pub(super) fn draw(&self, number: u64) -> [Plane; 3] {
        let dice = Dice {
            seed: number,
            purpose: 0xf057,
        };
        let grown = self.crystals.grow(self.width, self.height, dice);
        let made = self.with_detail(&grown, dice.again());
        let ranks = ranks(&made);
        self.colours.map(|colours| {
            ranks.clone().map(|rank| {
                let next = QUANTILES.partition_point(|&q| q <= rank).clamp(1, 10);
                let (low, high) = (QUANTILES[next - 1], QUANTILES[next]);
                let (from, to) = (f32::from(colours[next - 1]), f32::from(colours[next]));
                (from + (to - from) * (rank - low) / (high - low)).round()
            })
        })
    }

    /// `grown` with every octave at its strength. Coarse octaves, which crystals leave nearly
    /// empty, are clouds.
    fn with_detail(&self, grown: &Plane, dice: Dice) -> Plane {
        /// From this octave on there are clouds.
        const CLOUDS: usize = 5;
        let mut octaves = Vec::new();
        let mut rest = grown.clone();
        for (octave, &strength) in self.detail.iter().enumerate() {
            let smaller = halve(&rest);
            let mut detail = rest.clone();
            let blurred = stretch(&smaller, rest.width, rest.height);
            super::plane::add_scaled(&mut detail.values, &blurred.values, -1.0);
            if octave >= CLOUDS {
                let mut stream = dice.stream(&[octave as u64]);
                detail = detail.map(|_| 0.0);
                for value in &mut detail.values {
                    *value = stream.normal() as f32;
                }
            }
            let factor = if octave < 2 { self.sharpness } else { 1.0 };
            octaves.push(with_deviation(detail, strength * factor));
            rest = smaller;
        }
        let mut sum = Plane {
            width: 5,
            height: 4,
            values: self.layout.as_flattened().to_vec(),
        };
        for octave in octaves.into_iter().rev() {
            let mut finer = stretch(&sum, octave.width, octave.height);
            super::plane::add_scaled(&mut finer.values, &octave.values, 1.0);
            sum = finer;
        }
        sum
    }
}

/// Half the size, smoothed first.
fn halve(plane: &Plane) -> Plane {
    let smooth = plane.gaussian(1.0, 1.0, 4.0, Border::Nearest);
    Plane::from_rows(
        plane.width.div_ceil(2),
        plane.height.div_ceil(2),
        |y, row| {
            for (value, source) in row.iter_mut().zip(smooth.row(2 * y).iter().step_by(2)) {
                *value = *source;
            }
        },
    )
}

/// The same shape around mean 0 with another standard deviation.
fn with_deviation(plane: Plane, wanted: f32) -> Plane {
    let n = plane.values.len() as f64;
    let mean = plane.values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let square = plane
        .values
        .iter()
        .map(|&v| (f64::from(v) - mean).powi(2))
        .sum::<f64>()
        / n;
    let factor = if square > 0.0 {
        f64::from(wanted) / square.sqrt()
    } else {
        0.0
    };
    plane.map(|v| ((f64::from(v) - mean) * factor) as f32)
}

/// Each value's place in the order of all, 0 (smallest) to 1.
fn ranks(plane: &Plane) -> Plane {
    let mut order: Vec<u32> = (0..plane.values.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| plane.values[a as usize].total_cmp(&plane.values[b as usize]));
    let mut ranks = Plane::filled(plane.width, plane.height, 0.0);
    let last = (order.len() - 1).max(1) as f32;
    for (rank, &place) in order.iter().enumerate() {
        ranks.values[place as usize] = rank as f32 / last;
    }
    ranks
}

impl Crystals {
    /// A plane on which the crystals are bright lines.
    fn grow(&self, width: usize, height: usize, dice: Dice) -> Plane {
        let mut plane = Plane::filled(width, height, 0.0);
        let mut stream = dice.stream(&[]);
        // A slow wave decides which way crystals point: neighbours grow alike.
        let phases: [f64; 4] = std::array::from_fn(|_| stream.uniform(0.0, 6.3));
        for _ in 0..self.count {
            let x = stream.uniform(-0.05, 1.05) * width as f64;
            let y = stream.uniform(-0.05, 1.05) * height as f64;
            let wave = (x / 131.0 + phases[0]).sin()
                + (y / 97.0 + phases[1]).sin()
                + (x / 59.0 - y / 71.0 + phases[2]).sin();
            let angle = phases[3] + wave * 1.5 + self.spread * stream.uniform(-1.0, 1.0);
            let length = self.length * stream.uniform(0.25, 1.0);
            // Most catch the light; some stand in their own shadow.
            let sign = if stream.unit() < 0.65 { 1.0 } else { -1.0 };
            let weight = sign * stream.uniform(0.2, 1.0) as f32;
            self.crystal(
                &mut plane,
                &mut stream,
                Line {
                    x,
                    y,
                    angle,
                    length,
                    weight,
                },
            );
        }
        plane
    }

    /// One crystal: a stem, and branches at 60 degrees (water's angle) that shorten to the tip.
    fn crystal(&self, plane: &mut Plane, stream: &mut Stream, stem: Line) {
        let bend = self.bend * stream.uniform(-1.0, 1.0);
        stem.draw(plane, bend);
        if self.branch_gap <= 0.0 {
            return;
        }
        let mut along = self.branch_gap;
        while along < stem.length {
            let tip = (stem.length - along) * stream.uniform(0.35, 0.6);
            for side in [-1.0, 1.0] {
                let (x, y, angle) = stem.at(along, bend);
                let branch = Line {
                    x,
                    y,
                    angle: angle + side * std::f64::consts::FRAC_PI_3,
                    length: tip,
                    weight: stem.weight * 0.7,
                };
                branch.draw(plane, 0.0);
            }
            along += self.branch_gap * stream.uniform(0.8, 1.2);
        }
    }
}

/// A line from a place in a direction.
#[derive(Clone, Copy)]
struct Line {
    x: f64,
    y: f64,
    angle: f64,
    length: f64,
    weight: f32,
}

impl Line {
    /// Place and direction `along` the line, which bends by `bend` per pixel (small).
    fn at(&self, along: f64, bend: f64) -> (f64, f64, f64) {
        let middle = self.angle + bend * along / 2.0;
        (
            self.x + along * middle.cos(),
            self.y + along * middle.sin(),
            self.angle + bend * along,
        )
    }

    /// Adds the line to `plane`, fading to its end; each step is shared among four pixels.
    fn draw(&self, plane: &mut Plane, bend: f64) {
        const STEP: f64 = 0.7;
        let steps = (self.length / STEP) as usize;
        for k in 0..=steps {
            let (x, y, _) = self.at(k as f64 * STEP, bend);
            let fade = self.weight * (1.0 - k as f32 / (steps + 1) as f32);
            let (left, top) = (x.floor(), y.floor());
            let (fx, fy) = ((x - left) as f32, (y - top) as f32);
            for (dy, wy) in [(0.0, 1.0 - fy), (1.0, fy)] {
                for (dx, wx) in [(0.0, 1.0 - fx), (1.0, fx)] {
                    let (px, py) = (left + dx, top + dy);
                    if px >= 0.0 && py >= 0.0 && px < plane.width as f64 && py < plane.height as f64
                    {
                        let place = py as usize * plane.width + px as usize;
                        plane.values[place] += fade * wx * wy;
                    }
                }
            }
        }
    }
}
