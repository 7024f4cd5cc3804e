// What the shaders of all panes share: encoded sRGB, texels, and lines that are seen on any
// picture.

#define_import_path saliscope::pane

// Linear light of encoded sRGB. A polynomial of least error (a 60th of the step between two bytes) in place
// of the power 2.4: without a graphics processor a tenth of the frames a second more.
fn decoded(srgb: vec3<f32>) -> vec3<f32> {
    let low = srgb / 12.92;
    var high = vec3<f32>(0.081364206969738);
    high = high * srgb - 0.29407402873039246;
    high = high * srgb + 0.6569623947143555;
    high = high * srgb + 0.5225015878677368;
    high = high * srgb + 0.03239801898598671;
    high = high * srgb + 0.0009276338969357312;
    return select(high, low, srgb <= vec3<f32>(0.04045));
}

// The texel at a place in fractions of the texture; the nearest one outside of it.
fn texel(at: vec2<f32>, size: vec2<u32>) -> vec2<i32> {
    let whole = vec2<i32>(floor(at * vec2<f32>(size)));
    return clamp(whole, vec2<i32>(0), vec2<i32>(size) - 1);
}

// A line whose first half is `light` and second half `dark`, each `width` physical pixels;
// `away` is the distance from its beginning in physical pixels.
fn line_over(
    colour: vec3<f32>,
    away: f32,
    width: f32,
    light: vec3<f32>,
    dark: vec3<f32>,
) -> vec3<f32> {
    if away < 0.0 || away >= 2.0 * width {
        return colour;
    }
    return select(dark, light, away < width);
}
