// Twin of compare::average_colours (src/compare/average.rs).
//
// The paper's average of coloured maps: the mean of each channel, rounded to the nearest whole
// number, halves to even. Whole numbers all the way, so that every device gives the same bytes.

struct Job {
    size: vec2<u32>,
    // Layers of this array.
    layers: u32,
    // Index of this array's first layer among all maps.
    first: u32,
    // Maps that are averaged, over all arrays.
    maps: u32,
    _unused_a: u32,
    _unused_b: u32,
    _unused_c: u32,
}

@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var stack: texture_2d_array<u32>;
// 1 for each map that is ticked, else 0.
@group(0) @binding(2) var<storage, read> ticked: array<u32>;
// Red, green and blue of each pixel; at most 2^24 maps of 255 fit.
@group(0) @binding(3) var<storage, read_write> sums: array<u32>;

// Adds this array's colours.
@compute @workgroup_size(16, 16)
fn add_colours(@builtin(global_invocation_id) at: vec3<u32>) {
    if any(at.xy >= job.size) {
        return;
    }
    var sum = vec3<u32>(0u);
    for (var layer = 0u; layer < job.layers; layer++) {
        if ticked[job.first + layer] != 0u {
            sum += textureLoad(stack, at.xy, layer, 0).rgb;
        }
    }
    let place = 3u * (at.y * job.size.x + at.x);
    sums[place] += sum.r;
    sums[place + 1u] += sum.g;
    sums[place + 2u] += sum.b;
}

fn rounded(sum: u32) -> u32 {
    let whole = sum / job.maps;
    let twice = 2u * (sum - whole * job.maps);
    let up = twice > job.maps || (twice == job.maps && whole % 2u == 1u);
    return whole + select(0u, 1u, up);
}

// From sums to means, when all arrays have been added.
@compute @workgroup_size(16, 16)
fn take_mean(@builtin(global_invocation_id) at: vec3<u32>) {
    if any(at.xy >= job.size) {
        return;
    }
    let place = 3u * (at.y * job.size.x + at.x);
    for (var channel = 0u; channel < 3u; channel++) {
        sums[place + channel] = rounded(sums[place + channel]);
    }
}
