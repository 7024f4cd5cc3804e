// Twin of compare::intersection::of_colours and of_values (src/compare/intersection.rs).
//
// Counts the pixels on which two maps agree, overall and by band, in whole numbers: the counts
// equal the twin's exactly. Each invocation strides over the pixels, so that any size fits in one
// dispatch and each workgroup adds to the totals once.

struct Job {
    pixels: u32,
    delta: u32,
    // Distance from one pixel of an invocation to its next.
    stride: u32,
    _unused: u32,
}

@group(0) @binding(0) var<uniform> job: Job;
// Colours: R in the lowest byte, then G and B. Values: the bits of an f32 on the scale 0 to 1.
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
// The band of each pixel (0 none, 1 yellow to 4 purple), four to a word, first in the low byte.
@group(0) @binding(3) var<storage, read> labels: array<u32>;
// Pixels that agree, by label, then all pixels, by label.
@group(0) @binding(4) var<storage, read_write> totals: array<atomic<u32>, 10>;

var<workgroup> counts: array<atomic<u32>, 10>;

fn label_of(pixel: u32) -> u32 {
    return min((labels[pixel / 4u] >> (8u * (pixel % 4u))) & 255u, 4u);
}

// intersection::agree
fn colours_agree(pixel: u32) -> bool {
    let x = vec4<i32>(unpack4xU8(a[pixel])).xyz;
    let y = vec4<i32>(unpack4xU8(b[pixel])).xyz;
    return all(abs(x - y) <= vec3<i32>(i32(job.delta)));
}

// intersection::values_agree
fn values_agree(pixel: u32) -> bool {
    let x = bitcast<f32>(a[pixel]);
    let y = bitcast<f32>(b[pixel]);
    return abs(x - y) * 255.0 <= f32(job.delta);
}

// Counts of this invocation: adding them up here first spares most of the atomic additions.
var<private> mine: array<u32, 10>;

fn add(pixel: u32, agrees: bool) {
    let label = label_of(pixel);
    mine[label] += select(0u, 1u, agrees);
    mine[label + 5u] += 1u;
}

fn begin(local: u32) {
    if local < 10u {
        atomicStore(&counts[local], 0u);
    }
    workgroupBarrier();
}

fn finish(local: u32) {
    for (var i = 0u; i < 10u; i++) {
        if mine[i] != 0u {
            atomicAdd(&counts[i], mine[i]);
        }
    }
    workgroupBarrier();
    if local < 10u {
        atomicAdd(&totals[local], atomicLoad(&counts[local]));
    }
}

@compute @workgroup_size(256)
fn count_colours(
    @builtin(global_invocation_id) global: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    begin(local);
    for (var pixel = global.x; pixel < job.pixels; pixel += job.stride) {
        add(pixel, colours_agree(pixel));
    }
    finish(local);
}

@compute @workgroup_size(256)
fn count_values(
    @builtin(global_invocation_id) global: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    begin(local);
    for (var pixel = global.x; pixel < job.pixels; pixel += job.stride) {
        add(pixel, values_agree(pixel));
    }
    finish(local);
}
