// Twin of guess::reveal::Mark (src/guess/reveal.rs): keep in step.
//
// Draws the canvas of the guessing game: the picture, the paint over it, and, left of the wipe,
// guess against answer: right, nearly right, missed and in vain each in a pattern of its own.
// Colours are mixed as encoded sRGB values and decoded at the end, as in overlay.wgsl.

#import bevy_sprite::mesh2d_vertex_output::VertexOutput
#import saliscope::pane::{decoded, line_over, texel}

// Field for field the struct `Look` in src/stage/canvas.rs.
struct Look {
    // picture fraction = pane fraction * picture_scale + picture_offset
    picture_scale: vec2<f32>,
    picture_offset: vec2<f32>,
    // Physical pixels of the pane.
    pane_pixels: vec2<f32>,
    // The part of the picture that can be painted on, in picture fractions.
    region_min: vec2<f32>,
    region_size: vec2<f32>,
    // Where no picture is; encoded sRGB.
    ground: vec4<f32>,
    // Lines over the picture: a light one beside a dark one is seen on any picture.
    light: vec4<f32>,
    dark: vec4<f32>,
    // The four bands, most important first; encoded sRGB.
    bands: array<vec4<f32>, 4>,
    // How much of the paint lies over the picture while somebody paints.
    paint: f32,
    // Of a pattern: on, between dots, between stripes.
    full: f32,
    half: f32,
    faint: f32,
    // The answer is shown left of this fraction of the region.
    wipe: f32,
    dim: f32,
    lod: f32,
    // Physical pixels per logical point.
    points: f32,
    // A segment to outline, from 1; 0: none.
    cursor: u32,
    hint: u32,
    // Label of the band that the hint is about.
    hint_band: u32,
    flags: u32,
}

const HAS_PICTURE: u32 = 1u;
const PICTURE_PIXELS: u32 = 2u;
const SHOW_REGION: u32 = 4u;
const SHOW_WIPE_LINE: u32 = 8u;
const HAS_PAINT: u32 = 16u;
const HAS_ANSWER: u32 = 32u;

const PERIOD: i32 = 8;
const DOT: i32 = 5;

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> look: Look;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var picture_sampler: sampler;
// Labels as bytes: 0 none, 1 yellow to 4 purple.
@group(#{MATERIAL_BIND_GROUP}) @binding(3) var painted: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(4) var answer: texture_2d<f32>;
// Number of the segment of each pixel: low byte, high byte.
@group(#{MATERIAL_BIND_GROUP}) @binding(5) var segments: texture_2d<f32>;

fn has(flag: u32) -> bool {
    return (look.flags & flag) != 0u;
}

fn picture_colour(place: vec2<f32>) -> vec3<f32> {
    if has(PICTURE_PIXELS) {
        let at = texel(place, textureDimensions(picture));
        return textureLoad(picture, at, 0).rgb;
    }
    return textureSampleLevel(picture, picture_sampler, place, look.lod).rgb;
}

fn label(byte: f32) -> u32 {
    let label = u32(round(byte * 255.0));
    return select(label, 0u, label > 4u);
}

// The label at a place in fractions of the region. Between pixels the label with the largest
// share of the four around the place wins: edges are smooth at any zoom, and in the middle of a
// pixel its own label comes out.
fn label_at(labels: texture_2d<f32>, seen: vec2<f32>) -> u32 {
    let size = textureDimensions(labels);
    if has(PICTURE_PIXELS) {
        return label(textureLoad(labels, texel(seen, size), 0).r);
    }
    let last = vec2<i32>(size) - 1;
    let at = seen * vec2<f32>(size) - 0.5;
    let low = vec2<i32>(floor(at));
    let share = at - floor(at);
    var sums = array<f32, 5>(0.0, 0.0, 0.0, 0.0, 0.0);
    for (var i = 0; i < 4; i++) {
        let corner = vec2<i32>(i % 2, i / 2);
        let place = clamp(low + corner, vec2<i32>(0), last);
        let weight = mix(1.0 - share, share, vec2<f32>(corner));
        sums[label(textureLoad(labels, place, 0).r)] += weight.x * weight.y;
    }
    var best = 0u;
    for (var i = 1u; i < 5u; i++) {
        if sums[i] > sums[best] {
            best = i;
        }
    }
    return best;
}

fn band(label: u32) -> vec3<f32> {
    return look.bands[min(max(label, 1u), 4u) - 1u].rgb;
}

// Mark::of and Mark::shade: the paint's colour and how much of it lies over the picture.
fn shade(p: u32, r: u32, pixel: vec2<i32>) -> vec4<f32> {
    let at = pixel % PERIOD;
    if p == r {
        return vec4<f32>(band(p), look.full);
    }
    if p != 0u && r != 0u {
        let off = at - PERIOD / 2;
        if off.x * off.x + off.y * off.y <= DOT {
            return vec4<f32>(band(p), look.full);
        }
        return vec4<f32>(band(r), look.half);
    }
    if r != 0u {
        let on = (at.x + at.y) % PERIOD < PERIOD / 2;
        return vec4<f32>(band(r), select(look.faint, look.full, on));
    }
    let on = (at.x + at.y) % PERIOD == 0 || at.x == at.y;
    return vec4<f32>(band(p), select(look.faint, look.full, on));
}

// Number of the segment at a place in fractions of the region, from 1; 0 outside.
fn segment(seen: vec2<f32>) -> u32 {
    if any(seen < vec2<f32>(0.0)) || any(seen >= vec2<f32>(1.0)) {
        return 0u;
    }
    let bytes = textureLoad(segments, texel(seen, textureDimensions(segments)), 0).rg;
    return u32(round(bytes.r * 255.0)) + 256u * u32(round(bytes.g * 255.0)) + 1u;
}

// Whether the edge of the segment `wanted` is nearer than `reach` (fractions of the region).
fn near_edge(seen: vec2<f32>, wanted: u32, reach: vec2<f32>) -> bool {
    for (var i = 0; i < 9; i++) {
        let step = vec2<f32>(f32(i % 3 - 1), f32(i / 3 - 1));
        if segment(seen + step * reach) != wanted {
            return true;
        }
    }
    return false;
}

// A light line of one point with a dark one beside it; `away` is the distance in physical pixels.
fn line(colour: vec3<f32>, away: f32) -> vec3<f32> {
    return line_over(colour, away, look.points, look.light.rgb, look.dark.rgb);
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let place = in.uv * look.picture_scale + look.picture_offset;
    let within = all(place >= vec2<f32>(0.0)) && all(place < vec2<f32>(1.0));
    if !has(HAS_PICTURE) || !within {
        return vec4<f32>(decoded(look.ground.rgb), 1.0);
    }
    var colour = picture_colour(place);
    let pixels_per_place = look.pane_pixels / look.picture_scale;
    let seen = (place - look.region_min) / look.region_size;
    let covered = all(seen >= vec2<f32>(0.0)) && all(seen < vec2<f32>(1.0));
    // The size of a logical point in fractions of the region.
    let point = look.points / (look.region_size * pixels_per_place);

    if covered {
        var p = 0u;
        if has(HAS_PAINT) {
            p = label_at(painted, seen);
        }
        if has(HAS_ANSWER) && seen.x < look.wipe {
            let r = label_at(answer, seen);
            if p != 0u || r != 0u {
                let over = shade(p, r, vec2<i32>(floor(in.position.xy / look.points)));
                colour = mix(colour, over.rgb, over.a);
            }
        } else if p != 0u {
            colour = mix(colour, band(p), look.paint);
        }
        let here = segment(seen);
        if look.hint != 0u && here == look.hint && near_edge(seen, here, point * 5.0) {
            let inner = !near_edge(seen, here, point * 4.0);
            let outer = near_edge(seen, here, point * 1.0);
            colour = select(band(look.hint_band), look.light.rgb, inner);
            colour = select(colour, look.dark.rgb, outer);
        }
        if look.cursor != 0u && here == look.cursor && near_edge(seen, here, point * 3.0) {
            let outer = near_edge(seen, here, point * 1.5);
            colour = select(look.light.rgb, look.dark.rgb, outer);
        }
    }
    if has(SHOW_REGION) && !covered {
        colour = mix(colour, look.ground.rgb, look.dim);
        let outside = max(-seen, seen - 1.0) * look.region_size * pixels_per_place;
        colour = line(colour, max(outside.x, outside.y));
    }
    if has(SHOW_WIPE_LINE) && covered {
        let away = (seen.x - look.wipe) * look.region_size.x * pixels_per_place.x + look.points;
        colour = line(colour, away);
    }
    return vec4<f32>(decoded(colour), 1.0);
}
