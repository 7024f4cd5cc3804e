// Twin of collection::sheet (src/collection/sheet/mosaic.rs: `shaded`, `shape`; camera.rs): keep in step.
//
// Draws a sheet of pictures: from far away one baked mosaic, nearer a square for each picture, and
// over each where a network looked, coloured from the same tables, at the same opacity and threshold
// as everywhere. Colours are mixed as encoded sRGB values and decoded at the end. What is shared with
// panes stands in pane.wgsl, which is put before this.

// Word for word `Look::words` in src/stage/sheet/device.rs.
struct Look {
    // Cell at the area's top left corner; physical pixels a cell.
    view: vec4<f32>,
    // Physical pixels of the area; pixels around a picture in its cell; how far a change is, 0 to 1.
    area: vec4<f32>,
    // Cells across and down; texels a cell of the mosaic; physical pixels per point.
    sheet: vec4<f32>,
    // Opacity of the maps; how many of a map's places are shown.
    map: vec4<f32>,
    light: vec4<f32>,
    dark: vec4<f32>,
    accent: vec4<f32>,
    // Row of the colour table; whether maps are shown.
    kinds: vec4<u32>,
}

struct Instance {
    // Cell, and where it was in cells when a change began.
    place: vec4<f32>,
    // Place among the tiles, among the thumbnails or the large ones (NONE without), style, and the bits of how many cells
    // it was large when a change began. Above the style's marks: the place of its whole map, from 1 on.
    slots: vec4<u32>,
    // Width by height; the part of its width and height that the map covers; how many cells it is large.
    shape: vec4<f32>,
}

const NONE: u32 = 0xffffffffu;
const SELECTED: u32 = 1u;
const FOCUSED: u32 = 2u;
const BROKEN: u32 = 4u;
const HAS_MAP: u32 = 8u;
const WRONG: u32 = 16u;
// Its second place is one among the pictures that are large.
const WHOLE: u32 = 32u;
// Above these bits of the style stands the place of its whole map, from 1 on.
const FULL_MAP: u32 = 8u;

// Sides of a tile and of a map, and how many lie in a row of a layer of 2048 texels.
const TILE: f32 = 32.0;
const TILES_ACROSS: u32 = 64u;
const MAP: f32 = 16.0;
const MAPS_ACROSS: u32 = 128u;
const LAYER: f32 = 2048.0;
const THUMB: f32 = 128.0;
const LARGE: f32 = 512.0;
const FULL_MAP_SIDE: f32 = 256.0;

@group(0) @binding(0) var<uniform> look: Look;
@group(0) @binding(1) var<storage, read> instances: array<Instance>;
@group(0) @binding(2) var tiles: texture_2d_array<f32>;
@group(0) @binding(3) var maps: texture_2d_array<f32>;
@group(0) @binding(4) var thumbs: texture_2d_array<f32>;
@group(0) @binding(5) var tables: texture_2d<f32>;
@group(0) @binding(6) var mosaic: texture_2d<f32>;
@group(0) @binding(7) var mosaic_maps: texture_2d<f32>;
@group(0) @binding(8) var linear: sampler;
@group(0) @binding(9) var wholes: texture_2d_array<f32>;
@group(0) @binding(10) var full_maps: texture_2d_array<f32>;

fn on_screen(cell: vec2<f32>) -> vec4<f32> {
    let pixel = (cell - look.view.xy) * look.view.z;
    let at = pixel / look.area.xy * 2.0 - 1.0;
    return vec4<f32>(at.x, -at.y, 0.0, 1.0);
}

// What a map says of a place lies over the picture; `value` 0 to 1, `rank` how many places are higher.
fn laid_over(colour: vec3<f32>, value: f32, rank: f32) -> vec3<f32> {
    if rank >= look.map.y - 0.5 {
        return colour;
    }
    let index = i32(floor(clamp(value, 0.0, 1.0) * 255.0 + 0.5));
    let above = textureLoad(tables, vec2<i32>(index, i32(look.kinds.x)), 0).rgb;
    return mix(colour, above, look.map.x);
}

fn mosaic_lod() -> f32 {
    return max(log2(look.sheet.z / max(look.view.z, 1e-6)), 0.0);
}

struct SheetOut {
    @builtin(position) position: vec4<f32>,
    @location(0) cell: vec2<f32>,
}

@vertex
fn sheet_vertex(@builtin(vertex_index) vertex: u32) -> SheetOut {
    var out: SheetOut;
    out.cell = vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u)) * look.sheet.xy;
    out.position = on_screen(out.cell);
    return out;
}

@fragment
fn sheet_fragment(in: SheetOut) -> @location(0) vec4<f32> {
    let at = in.cell / look.sheet.xy;
    let lod = mosaic_lod();
    let sampled = textureSampleLevel(mosaic, linear, at, lod);
    if sampled.a < 0.5 {
        discard;
    }
    var colour = sampled.rgb;
    if look.kinds.y != 0u {
        let map = textureSampleLevel(mosaic_maps, linear, at, lod);
        if map.a >= 0.5 {
            colour = laid_over(colour, map.r, map.g * 255.0);
        }
    }
    return vec4<f32>(decoded(colour), 1.0);
}

struct CellOut {
    @builtin(position) position: vec4<f32>,
    // Physical pixels from the cell's top left corner.
    @location(0) pixel: vec2<f32>,
    @location(1) @interpolate(flat) index: u32,
    @location(2) @interpolate(flat) side: f32,
}

@vertex
fn cell_vertex(
    @builtin(vertex_index) vertex: u32,
    @builtin(instance_index) index: u32,
) -> CellOut {
    let t = look.area.w;
    let place = instances[index].place;
    let side = mix(bitcast<f32>(instances[index].slots.w), instances[index].shape.w, t);
    let corner = vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u));
    var out: CellOut;
    out.side = side * look.view.z;
    out.pixel = corner * out.side;
    out.index = index;
    out.position = on_screen(mix(place.zw, place.xy, t) + corner * side);
    return out;
}

// Width and height of a picture in a square of 1.
fn shape_of(aspect: f32) -> vec2<f32> {
    return vec2<f32>(min(aspect, 1.0), min(1.0 / aspect, 1.0));
}

// A place of a picture in the baked sheet, 0 to 1.
fn in_mosaic(instance: Instance, place: vec2<f32>) -> vec2<f32> {
    let within = 0.5 + (place - 0.5) * shape_of(instance.shape.x);
    return (instance.place.xy + within * instance.shape.w) / look.sheet.xy;
}

// A place in a square of a layer; never outside of it, where its neighbours are.
fn in_layer(slot: u32, across: u32, side: f32, place: vec2<f32>) -> vec2<f32> {
    let within = slot % (across * across);
    let corner = vec2<f32>(f32(within % across), f32(within / across)) * side;
    return (corner + clamp(place * side, vec2<f32>(0.5), vec2<f32>(side - 0.5))) / LAYER;
}

fn picture_colour(instance: Instance, place: vec2<f32>, pixels: vec2<f32>) -> vec4<f32> {
    let thumb = instance.slots.y;
    if thumb != NONE && (instance.slots.z & WHOLE) != 0u {
        let lod = max(log2(LARGE / max(max(pixels.x, pixels.y), 1.0)), 0.0);
        let sampled = textureSampleLevel(wholes, linear, place, i32(thumb), lod);
        return vec4<f32>(sampled.rgb, 1.0);
    }
    if thumb != NONE {
        let lod = max(log2(THUMB / max(max(pixels.x, pixels.y), 1.0)), 0.0);
        let sampled = textureSampleLevel(thumbs, linear, place, i32(thumb), lod);
        return vec4<f32>(sampled.rgb, 1.0);
    }
    let tile = instance.slots.x;
    if tile != NONE {
        let layer = i32(tile / (TILES_ACROSS * TILES_ACROSS));
        let at = in_layer(tile, TILES_ACROSS, TILE, place);
        return vec4<f32>(textureSampleLevel(tiles, linear, at, layer, 0.0).rgb, 1.0);
    }
    let at = in_mosaic(instance, place);
    let sampled = textureSampleLevel(mosaic, linear, at, mosaic_lod());
    return sampled;
}

fn with_map(colour: vec3<f32>, instance: Instance, place: vec2<f32>, pixels: vec2<f32>) -> vec3<f32> {
    let seen = (place - 0.5) / instance.shape.yz + 0.5;
    if any(seen < vec2<f32>(0.0)) || any(seen >= vec2<f32>(1.0)) {
        return colour;
    }
    let full = instance.slots.z >> FULL_MAP;
    if full != 0u {
        let covered = pixels * instance.shape.yz;
        let lod = max(log2(FULL_MAP_SIDE / max(max(covered.x, covered.y), 1.0)), 0.0);
        let map = textureSampleLevel(full_maps, linear, seen, i32(full - 1u), lod);
        return laid_over(colour, map.r, map.g * 255.0);
    }
    let tile = instance.slots.x;
    if tile != NONE {
        let layer = i32(tile / (MAPS_ACROSS * MAPS_ACROSS));
        let at = in_layer(tile, MAPS_ACROSS, MAP, seen);
        let map = textureSampleLevel(maps, linear, at, layer, 0.0);
        return laid_over(colour, map.r, map.g * 255.0);
    }
    let at = in_mosaic(instance, place);
    let map = textureSampleLevel(mosaic_maps, linear, at, mosaic_lod());
    if map.a < 0.5 {
        return colour;
    }
    return laid_over(colour, map.r, map.g * 255.0);
}

@fragment
fn cell_fragment(in: CellOut) -> @location(0) vec4<f32> {
    let instance = instances[in.index];
    let style = instance.slots.z;
    let points = look.sheet.w;
    let room = max(in.side - 2.0 * look.area.z, 1.0);
    let pixels = room * shape_of(instance.shape.x);
    let start = (vec2<f32>(in.side) - pixels) * 0.5;
    let place = (in.pixel - start) / pixels;
    if any(place < vec2<f32>(0.0)) || any(place >= vec2<f32>(1.0)) {
        discard;
    }
    let picture = picture_colour(instance, place, pixels);
    if picture.a < 0.5 {
        discard;
    }
    var colour = picture.rgb;
    if look.kinds.y != 0u && (style & HAS_MAP) != 0u {
        colour = with_map(colour, instance, place, pixels);
    }
    let inner = min(in.pixel - start, start + pixels - in.pixel);
    let edge = min(inner.x, inner.y);
    if (style & BROKEN) != 0u {
        // A cross: there is nothing to see.
        let off = abs(place.x - place.y) * pixels.x;
        let other = abs(place.x + place.y - 1.0) * pixels.x;
        if min(off, other) < points {
            colour = mix(colour, look.dark.rgb, 0.7);
        }
    }
    if (style & WRONG) != 0u && in.side >= 20.0 * points {
        // A notched corner: the answer is another one than the label.
        let reach = clamp(in.side * 0.16, 6.0 * points, 22.0 * points);
        let away = (pixels.x - (in.pixel.x - start.x)) + (in.pixel.y - start.y);
        if away < reach {
            colour = select(look.light.rgb, look.dark.rgb, away < reach - 1.5 * points);
        }
    }
    if (style & (SELECTED | FOCUSED)) != 0u {
        let width = clamp(in.side * 0.07, 1.0, 4.0 * points);
        if (style & SELECTED) != 0u {
            if in.side < 8.0 * points {
                colour = mix(colour, look.accent.rgb, 0.75);
            } else if edge < width {
                colour = look.accent.rgb;
            } else if edge < width + points {
                colour = look.light.rgb;
            }
        }
        if (style & FOCUSED) != 0u && edge < 2.0 * points {
            colour = select(look.dark.rgb, look.light.rgb, edge < points);
        }
    }
    return vec4<f32>(decoded(colour), 1.0);
}
