//! Spatial transformers (Jaderberg et al. 2015): `AffineGrid` and `GridSample` on pictures.

use crate::onnx::Node;

use super::typed::Shapes;
use super::{MICROSOFT, Parts};

pub(super) fn write_out(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    match (node.op_domain(), node.op()) {
        ("", "AffineGrid") => affine_grid(node, shapes, parts),
        ("" | MICROSOFT, "GridSample") => grid_sample(node, shapes, parts),
        _ => None,
    }
}

/// Positions -1 to 1 of each output pixel, times a matrix.
fn affine_grid(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    let output = node.output(0)?;
    let dims = shapes.dims(output)?.to_vec();
    let sides = dims.get(1..dims.len().checked_sub(1)?)?;
    let corners = node.int("align_corners", 0) != 0;
    let place = |i: i64, size: i64| match (corners, size) {
        (true, 1) => -1.0,
        (true, _) => 2.0 * i as f32 / (size - 1) as f32 - 1.0,
        (false, _) => (2.0 * i as f32 + 1.0) / size as f32 - 1.0,
    };
    let count = sides.iter().product::<i64>();
    let mut places = Vec::new();
    for pixel in 0..count {
        // Columns first: x, y and, for volumes, z.
        let mut rest = pixel;
        for &size in sides.iter().rev() {
            places.push(place(rest % size.max(1), size));
            rest /= size.max(1);
        }
        places.push(1.0);
    }
    let places = parts.floats(&[1, count, sides.len() as i64 + 1], &places);
    let matrix = parts.transpose(node.input(0)?, &[0, 2, 1]);
    let grid = parts.op("MatMul", &[&places, &matrix]);
    let shape = parts.ints(&dims);
    parts.finish(Node::new("Reshape", &[&grid, &shape], &[]), output);
    Some(())
}

/// One axis of a picture that is sampled.
struct Axis {
    size: i64,
    corners: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Padding {
    Zeros,
    Border,
    Reflection,
}

impl Axis {
    /// Where the positions -1 to 1 lie among the pixels.
    fn pixels(&self, parts: &mut Parts, grid: &str) -> String {
        let size = self.size as f32;
        let (factor, shift) = if self.corners {
            ((size - 1.0) / 2.0, (size - 1.0) / 2.0)
        } else {
            (size / 2.0, (size - 1.0) / 2.0)
        };
        let scaled = parts.scale(grid, factor);
        let shift = parts.number(shift);
        parts.op("Add", &[&scaled, &shift])
    }

    fn clip(&self, parts: &mut Parts, x: &str) -> String {
        let (low, high) = (parts.number(0.0), parts.number((self.size - 1) as f32));
        parts.op("Clip", &[x, &low, &high])
    }

    /// Mirrored at the edges until it lies inside.
    fn reflect(&self, parts: &mut Parts, x: &str) -> String {
        let (low, span) = if self.corners {
            (0.0, (self.size - 1) as f32)
        } else {
            (-0.5, self.size as f32)
        };
        if span == 0.0 {
            return parts.scale(x, 0.0);
        }
        let low = parts.number(low);
        let from = parts.op("Sub", &[x, &low]);
        let from = parts.op("Abs", &[&from]);
        let turns = parts.scale(&from, 1.0 / span);
        let turns = parts.op("Floor", &[&turns]);
        let whole = parts.scale(&turns, span);
        let rest = parts.op("Sub", &[&from, &whole]);
        let half = parts.scale(&turns, 0.5);
        let half = parts.op("Floor", &[&half]);
        let even = parts.scale(&half, 2.0);
        let odd = parts.op("Sub", &[&turns, &even]);
        // rest, or span - rest after an odd number of turns.
        let twice = parts.scale(&rest, -2.0);
        let span = parts.number(span);
        let back = parts.op("Add", &[&span, &twice]);
        let back = parts.op("Mul", &[&odd, &back]);
        let inside = parts.op("Add", &[&rest, &back]);
        let inside = parts.op("Add", &[&inside, &low]);
        self.clip(parts, &inside)
    }

    fn padded(&self, parts: &mut Parts, x: &str, padding: Padding) -> String {
        match padding {
            Padding::Zeros => x.to_owned(),
            Padding::Border => self.clip(parts, x),
            Padding::Reflection => self.reflect(parts, x),
        }
    }

    /// The whole pixels around each position, with their weights: pairs of names.
    fn taps(
        &self,
        parts: &mut Parts,
        grid: &str,
        mode: &str,
        padding: Padding,
    ) -> Option<Vec<[String; 2]>> {
        let x = self.pixels(parts, grid);
        match mode {
            "nearest" => {
                let x = self.padded(parts, &x, padding);
                let near = parts.op("Round", &[&x]);
                Some(vec![[near, parts.number(1.0)]])
            }
            "bilinear" | "linear" => {
                let x = self.padded(parts, &x, padding);
                let below = parts.op("Floor", &[&x]);
                let part = parts.op("Sub", &[&x, &below]);
                let one = parts.number(1.0);
                let above = parts.op("Add", &[&below, &one]);
                let rest = parts.op("Sub", &[&one, &part]);
                Some(vec![[below, rest], [above, part]])
            }
            "bicubic" | "cubic" => {
                let below = parts.op("Floor", &[&x]);
                let part = parts.op("Sub", &[&x, &below]);
                let mut taps = Vec::new();
                for step in -1..=2 {
                    let shift = parts.number(step as f32);
                    let at = parts.op("Add", &[&below, &shift]);
                    let at = self.padded(parts, &at, padding);
                    taps.push([at, cubic(parts, &part, step)]);
                }
                Some(taps)
            }
            _ => None,
        }
    }
}

/// The weight of the pixel `step` beyond the one below, by Keys' cubic convolution with a = -3/4.
fn cubic(parts: &mut Parts, part: &str, step: i32) -> String {
    const A: f32 = -0.75;
    // Distances part + 1, part, 1 - part, 2 - part.
    let distance = match step {
        -1 | 0 => {
            let more = parts.number(-step as f32);
            parts.op("Add", &[part, &more])
        }
        _ => {
            let less = parts.number(step as f32);
            parts.op("Sub", &[&less, part])
        }
    };
    // Coefficients of d^3, d^2, d and 1.
    let coefficients = if matches!(step, 0 | 1) {
        [A + 2.0, -(A + 3.0), 0.0, 1.0]
    } else {
        [A, -5.0 * A, 8.0 * A, -4.0 * A]
    };
    let mut sum = parts.number(0.0);
    for coefficient in coefficients {
        let scaled = parts.op("Mul", &[&sum, &distance]);
        let coefficient = parts.number(coefficient);
        sum = parts.op("Add", &[&scaled, &coefficient]);
    }
    sum
}

fn grid_sample(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    let (&[n, c, height, width], &[_, rows, columns, 2]) =
        (shapes.input(node, 0)?, shapes.input(node, 1)?)
    else {
        return None;
    };
    let padding = match node.text("padding_mode", "zeros") {
        "zeros" => Padding::Zeros,
        "border" => Padding::Border,
        "reflection" => Padding::Reflection,
        _ => return None,
    };
    let mode = node.text("mode", "bilinear");
    let corners = node.int("align_corners", 0) != 0;
    let count = rows * columns;
    let axes = [width, height].map(|size| Axis { size, corners });
    let mut taps = Vec::new();
    for (i, axis) in (0i64..).zip(&axes) {
        let grid = parts.slice(node.input(1)?, 3, i, i + 1);
        let grid = parts.reshape(&grid, &[n, 1, count]);
        let mut of_axis = Vec::new();
        for [at, weight] in axis.taps(parts, &grid, mode, padding)? {
            let inside = axis.clip(parts, &at);
            let weight = if padding == Padding::Zeros {
                let inside = parts.op("Equal", &[&at, &inside]);
                let inside = Node::new("Cast", &[&inside], &[]).with_int("to", 1);
                let inside = parts.push(inside);
                parts.op("Mul", &[&weight, &inside])
            } else {
                weight
            };
            of_axis.push([inside, weight]);
        }
        taps.push(of_axis);
    }
    let [across, down] = taps.as_slice() else {
        return None;
    };
    let pixels = parts.reshape(node.input(0)?, &[n, c, height * width]);
    let wide = parts.ints(&[n, c, count]);
    let mut sum: Option<String> = None;
    for [y, y_weight] in down {
        let row = parts.scale(y, width as f32);
        for [x, x_weight] in across {
            let at = parts.op("Add", &[&row, x]);
            let at = parts.push(Node::new("Cast", &[&at], &[]).with_int("to", 7));
            let at = parts.op("Expand", &[&at, &wide]);
            let gather = Node::new("GatherElements", &[&pixels, &at], &[]).with_int("axis", 2);
            let value = parts.push(gather);
            let weight = parts.op("Mul", &[y_weight, x_weight]);
            let value = parts.op("Mul", &[&value, &weight]);
            sum = Some(match sum {
                Some(sum) => parts.op("Add", &[&sum, &value]),
                None => value,
            });
        }
    }
    let shape = parts.ints(&[n, c, rows, columns]);
    parts.finish(Node::new("Reshape", &[&sum?, &shape], &[]), node.output(0)?);
    Some(())
}
