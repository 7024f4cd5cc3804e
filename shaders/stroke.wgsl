// Twin of guess::stamp::Capsule::covers (src/guess/stamp.rs).
//
// Draws what a brush changed into the painting's own texture: each stamp is a square around its
// shape, and a pixel of it is painted when its middle lies in the shape. Everything is decided on
// whole numbers, in quarters of a pixel, so that the texture equals the twin's painting exactly.
// The twin keeps the numbers small enough that only the last products need 64 bits.

struct Canvas {
    // Width and height in pixels.
    size: vec2<f32>,
    _unused: vec2<f32>,
}

@group(0) @binding(0) var<uniform> canvas: Canvas;

struct Stamp {
    // Both ends of a brush in quarters of a pixel, or both corners of a block in pixels.
    @location(0) ends: vec4<i32>,
    // Radius in quarters of a pixel (-1: a block); label (0 none, 1 yellow to 4 purple).
    @location(1) rest: vec2<i32>,
}

struct Drawn {
    @builtin(position) at: vec4<f32>,
    @location(0) @interpolate(flat) ends: vec4<i32>,
    @location(1) @interpolate(flat) rest: vec2<i32>,
}

@vertex
fn stamp(@builtin(vertex_index) index: u32, stamp: Stamp) -> Drawn {
    var low = vec2<f32>(stamp.ends.xy);
    var high = vec2<f32>(stamp.ends.zw);
    if stamp.rest.x >= 0 {
        let a = low;
        let reach = f32(stamp.rest.x);
        low = floor((min(a, high) - reach) / 4.0);
        high = ceil((max(a, high) + reach) / 4.0) + 1.0;
    }
    // Two triangles.
    var corners = array<u32, 6>(0u, 1u, 2u, 2u, 1u, 3u);
    let corner = corners[index];
    let at = select(low, high, vec2<bool>((corner & 1u) == 1u, (corner & 2u) == 2u));
    let clip = at / canvas.size * 2.0 - 1.0;
    var drawn: Drawn;
    drawn.at = vec4<f32>(clip.x, -clip.y, 0.0, 1.0);
    drawn.ends = stamp.ends;
    drawn.rest = stamp.rest;
    return drawn;
}

// The product of two numbers as a high and a low word.
fn product(a: u32, b: u32) -> vec2<u32> {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let one = (a >> 16u) * (b & 0xffffu);
    let two = (a & 0xffffu) * (b >> 16u);
    let high = (a >> 16u) * (b >> 16u);
    let middle = (low >> 16u) + (one & 0xffffu) + (two & 0xffffu);
    return vec2<u32>(
        high + (one >> 16u) + (two >> 16u) + (middle >> 16u),
        (middle << 16u) | (low & 0xffffu),
    );
}

// Capsule::covers.
fn covers(ends: vec4<i32>, radius: i32, pixel: vec2<i32>) -> bool {
    let p = 4 * pixel + 2 - ends.xy;
    let d = ends.zw - ends.xy;
    let reach = u32(radius * radius);
    let length = d.x * d.x + d.y * d.y;
    let along = p.x * d.x + p.y * d.y;
    if along <= 0 {
        return u32(p.x * p.x) + u32(p.y * p.y) <= reach;
    }
    if along >= length {
        let q = p - d;
        return u32(q.x * q.x) + u32(q.y * q.y) <= reach;
    }
    let aside = u32(abs(p.x * d.y - p.y * d.x));
    let left = product(aside, aside);
    let right = product(reach, u32(length));
    return left.x < right.x || (left.x == right.x && left.y <= right.y);
}

@fragment
fn paint(drawn: Drawn) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(floor(drawn.at.xy));
    let radius = drawn.rest.x;
    if radius >= 0 && !covers(drawn.ends, radius, pixel) {
        discard;
    }
    // A byte on the device: 1/255 is the label 1.
    return vec4<f32>(f32(drawn.rest.y) / 255.0, 0.0, 0.0, 1.0);
}
