// Twin of compare::average::average (src/compare/average.rs).
//
// Mean and spread (population standard deviation) of many maps, pixel by pixel. The maps are the
// layers of texture arrays; where there are more than one array holds, each pass adds its part.
// Sums run in blocks of 16, so that rounding errors stay far below 1e-6 of the values without
// relying on the order in which a driver keeps additions.

struct Job {
    size: vec2<u32>,
    // Layers of this array.
    layers: u32,
    // Index of this array's first layer among all maps.
    first: u32,
    // Maps that are averaged, over all arrays.
    maps: f32,
    _unused_a: f32,
    _unused_b: f32,
    _unused_c: f32,
}

@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var stack: texture_2d_array<f32>;
// 1 for each map that is ticked, else 0.
@group(0) @binding(2) var<storage, read> ticked: array<u32>;
@group(0) @binding(3) var<storage, read_write> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> spread: array<f32>;

const BLOCK: u32 = 16u;

fn inside(at: vec2<u32>) -> bool {
    return all(at < job.size);
}

// Adds this array's part of the mean.
@compute @workgroup_size(16, 16)
fn add_mean(@builtin(global_invocation_id) at: vec3<u32>) {
    if !inside(at.xy) {
        return;
    }
    var sum = 0.0;
    for (var start = 0u; start < job.layers; start += BLOCK) {
        var block = 0.0;
        for (var layer = start; layer < min(start + BLOCK, job.layers); layer++) {
            if ticked[job.first + layer] != 0u {
                block += textureLoad(stack, at.xy, layer, 0).r;
            }
        }
        sum += block;
    }
    mean[at.y * job.size.x + at.x] += sum / job.maps;
}

// Adds this array's part of the variance; the mean must be complete.
@compute @workgroup_size(16, 16)
fn add_variance(@builtin(global_invocation_id) at: vec3<u32>) {
    if !inside(at.xy) {
        return;
    }
    let pixel = at.y * job.size.x + at.x;
    let middle = mean[pixel];
    var sum = 0.0;
    for (var start = 0u; start < job.layers; start += BLOCK) {
        var block = 0.0;
        for (var layer = start; layer < min(start + BLOCK, job.layers); layer++) {
            if ticked[job.first + layer] != 0u {
                let away = textureLoad(stack, at.xy, layer, 0).r - middle;
                block += away * away;
            }
        }
        sum += block;
    }
    spread[pixel] += sum / job.maps;
}

// From variance to standard deviation, when all arrays have been added.
@compute @workgroup_size(16, 16)
fn take_root(@builtin(global_invocation_id) at: vec3<u32>) {
    if inside(at.xy) {
        let pixel = at.y * job.size.x + at.x;
        spread[pixel] = sqrt(max(spread[pixel], 0.0));
    }
}
