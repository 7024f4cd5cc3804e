// Twin of saliency::colormap::overlay (src/saliency/colormap/overlay.rs, scale.rs): keep in step.
//
// Draws one pane: the picture, and over it the map, coloured from a table, at any opacity and
// above any threshold. Colours are mixed as encoded sRGB values, as the twin and web pages mix
// them, and decoded at the end, because the target encodes again.

#import bevy_sprite::mesh2d_vertex_output::VertexOutput
#import saliscope::pane::{decoded, line_over, texel}

// Field for field the struct `Look` in src/stage/overlay.rs.
struct Look {
    // picture fraction = pane fraction * picture_scale + picture_offset
    picture_scale: vec2<f32>,
    picture_offset: vec2<f32>,
    // Physical pixels of the pane.
    pane_pixels: vec2<f32>,
    // The part of the picture that the map covers, in picture fractions.
    region_min: vec2<f32>,
    region_size: vec2<f32>,
    // Values at the ends of the colour table.
    scale: vec2<f32>,
    // Part of the pane's width that is drawn at all (from, to).
    clip: vec2<f32>,
    // Ring around a place of the picture.
    marker: vec2<f32>,
    // Where no picture is; encoded sRGB.
    ground: vec4<f32>,
    // Lines over the picture: a light one beside a dark one is seen on any picture.
    light: vec4<f32>,
    dark: vec4<f32>,
    opacity: f32,
    // Only values >= cut are shown.
    cut: f32,
    // The map is shown left of this pane fraction.
    wipe: f32,
    // How much of the ground lies over what the network did not see, 0 to 1.
    dim: f32,
    // Row of the colour table.
    row: u32,
    flags: u32,
    // Mip level of the picture that matches its size on screen.
    lod: f32,
    // Physical pixels per logical point: line widths grow with it.
    points: f32,
}

const HAS_PICTURE: u32 = 1u;
const HAS_MAP: u32 = 2u;
const SMOOTH_MAP: u32 = 4u;
const PICTURE_PIXELS: u32 = 8u;
const SHOW_REGION: u32 = 16u;
const SHOW_WIPE_LINE: u32 = 32u;
const SHOW_MARKER: u32 = 64u;

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> look: Look;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var picture_sampler: sampler;
@group(#{MATERIAL_BIND_GROUP}) @binding(3) var map: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(4) var tables: texture_2d<f32>;

fn has(flag: u32) -> bool {
    return (look.flags & flag) != 0u;
}

// The picture's encoded colour at a place in picture fractions.
fn picture_colour(place: vec2<f32>) -> vec3<f32> {
    if has(PICTURE_PIXELS) {
        let at = texel(place, textureDimensions(picture));
        return textureLoad(picture, at, 0).rgb;
    }
    return textureSampleLevel(picture, picture_sampler, place, look.lod).rgb;
}

// The map's value at a place in fractions of the region it covers. R32Float is not filterable on
// every device, so the four neighbours are mixed by hand.
fn map_value(place: vec2<f32>) -> f32 {
    let size = textureDimensions(map);
    if !has(SMOOTH_MAP) {
        return textureLoad(map, texel(place, size), 0).r;
    }
    let last = vec2<i32>(size) - 1;
    let at = place * vec2<f32>(size) - 0.5;
    let low = vec2<i32>(floor(at));
    // In steps of 1/256, as samplers do it: in the middle of a pixel its value comes out exactly,
    // and the threshold decides as the twin does.
    let share = round((at - floor(at)) * 256.0) / 256.0;
    let a = clamp(low, vec2<i32>(0), last);
    let b = clamp(low + 1, vec2<i32>(0), last);
    let top = between(
        textureLoad(map, a, 0).r,
        textureLoad(map, vec2<i32>(b.x, a.y), 0).r,
        share.x,
    );
    let bottom = between(
        textureLoad(map, vec2<i32>(a.x, b.y), 0).r,
        textureLoad(map, b, 0).r,
        share.x,
    );
    return between(top, bottom, share.y);
}

// Between equal values it is that value to the last bit, which `mix` does not promise: a plateau
// of the map that lies just at the threshold is shown whole.
fn between(a: f32, b: f32, share: f32) -> f32 {
    return a + (b - a) * share;
}

// Scale::share and Scale::index.
fn table_index(value: f32) -> i32 {
    let range = look.scale.y - look.scale.x;
    if range <= 0.0 {
        return 0;
    }
    let within = clamp(value, look.scale.x, look.scale.y);
    let share = clamp((within - look.scale.x) / range, 0.0, 1.0);
    return i32(floor(share * 255.0 + 0.5));
}

// A light line of one point with a dark one beside it; `away` is the distance in physical pixels.
fn line(colour: vec3<f32>, away: f32) -> vec3<f32> {
    return line_over(colour, away, look.points, look.light.rgb, look.dark.rgb);
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    if in.uv.x < look.clip.x || in.uv.x >= look.clip.y {
        discard;
    }
    let place = in.uv * look.picture_scale + look.picture_offset;
    let within = all(place >= vec2<f32>(0.0)) && all(place < vec2<f32>(1.0));
    if !has(HAS_PICTURE) || !within {
        return vec4<f32>(decoded(look.ground.rgb), 1.0);
    }
    var colour = picture_colour(place);
    let pixels_per_place = look.pane_pixels / look.picture_scale;
    let seen = (place - look.region_min) / look.region_size;
    let covered = all(seen >= vec2<f32>(0.0)) && all(seen < vec2<f32>(1.0));

    if has(HAS_MAP) && covered && in.uv.x < look.wipe {
        let value = map_value(seen);
        if value >= look.cut {
            let above = textureLoad(tables, vec2<i32>(table_index(value), i32(look.row)), 0).rgb;
            colour = mix(colour, above, look.opacity);
        }
    }
    if has(SHOW_REGION) && !covered {
        colour = mix(colour, look.ground.rgb, look.dim);
        // Distance outside the region, from its nearest side.
        let outside = max(-seen, seen - 1.0) * look.region_size * pixels_per_place;
        colour = line(colour, max(outside.x, outside.y));
    }
    if has(SHOW_WIPE_LINE) {
        let away = (in.uv.x - look.wipe) * look.pane_pixels.x + look.points;
        colour = line(colour, away);
    }
    if has(SHOW_MARKER) {
        let away = length((place - look.marker) * pixels_per_place);
        colour = line(colour, away - 6.0 * look.points);
    }
    return vec4<f32>(decoded(colour), 1.0);
}
