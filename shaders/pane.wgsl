// What the shaders of all panes share: encoded sRGB, texels, and lines that are seen on any
// picture.

#define_import_path saliscope::pane

fn encoded(linear: vec3<f32>) -> vec3<f32> {
    let low = linear * 12.92;
    let high = 1.055 * pow(linear, vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(high, low, linear <= vec3<f32>(0.0031308));
}

fn decoded(srgb: vec3<f32>) -> vec3<f32> {
    let low = srgb / 12.92;
    let high = pow((srgb + 0.055) / 1.055, vec3<f32>(2.4));
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
