// Twin of guess::score::Confusion::of and RankSums::of (src/guess/score.rs).
//
// Counts pixels by what was painted and what is right, and adds up the map's ranks by what was
// painted, in whole numbers: both equal the twin's exactly. Rank sums need 64 bits, which WGSL
// has not: a low and a high word, with the carry found by comparing.

struct Job {
    pixels: u32,
    // Distance from one pixel of an invocation to its next.
    stride: u32,
    _unused_a: u32,
    _unused_b: u32,
}

@group(0) @binding(0) var<uniform> job: Job;
// Labels (0 none, 1 yellow to 4 purple), four to a word, first in the low byte.
@group(0) @binding(1) var<storage, read> painted: array<u32>;
@group(0) @binding(2) var<storage, read> right: array<u32>;
// The rank of each pixel in the map, raised so that none is negative.
@group(0) @binding(3) var<storage, read> ranks: array<u32>;
// 25 counts [painted][right], then 5 low words and 5 high words of the rank sums.
@group(0) @binding(4) var<storage, read_write> totals: array<atomic<u32>, 35>;

var<workgroup> counts: array<atomic<u32>, 35>;

fn label_of(word: u32, pixel: u32) -> u32 {
    let label = (word >> (8u * (pixel % 4u))) & 255u;
    return select(label, 0u, label > 4u);
}

@compute @workgroup_size(256)
fn count(
    @builtin(global_invocation_id) global: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    if local < 35u {
        atomicStore(&counts[local], 0u);
    }
    workgroupBarrier();
    for (var pixel = global.x; pixel < job.pixels; pixel += job.stride) {
        let was_painted = label_of(painted[pixel / 4u], pixel);
        let is_right = label_of(right[pixel / 4u], pixel);
        atomicAdd(&counts[was_painted * 5u + is_right], 1u);
        let rank = ranks[pixel];
        let before = atomicAdd(&counts[25u + was_painted], rank);
        if before + rank < before {
            atomicAdd(&counts[30u + was_painted], 1u);
        }
    }
    workgroupBarrier();
    if local < 25u {
        atomicAdd(&totals[local], atomicLoad(&counts[local]));
    } else if local < 30u {
        let low = atomicLoad(&counts[local]);
        let before = atomicAdd(&totals[local], low);
        let carry = select(0u, 1u, before + low < before);
        atomicAdd(&totals[local + 5u], atomicLoad(&counts[local + 5u]) + carry);
    }
}
