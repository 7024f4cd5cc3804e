// Twin of compare::intersection::agree and values_agree (src/compare/intersection.rs).
//
// Draws where two maps agree: such pixels in the first map's colour, all else black. The colours
// come as the bytes the processor made, so that the rule is decided on whole numbers, exactly as
// the twin and the counting pass decide it.

#import bevy_sprite::mesh2d_vertex_output::VertexOutput
#import saliscope::pane::decoded

// Field for field the struct `Look` in src/stage/intersection.rs.
struct Look {
    // map fraction = pane fraction * map_scale + map_offset
    map_scale: vec2<f32>,
    map_offset: vec2<f32>,
    // Where no map is; encoded sRGB.
    ground: vec4<f32>,
    // 0 to 255.
    delta: f32,
    // 1: compare values, 0: compare colours.
    by_value: u32,
    _unused: vec2<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> look: Look;
// Both maps in colours, encoded bytes.
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var colours_a: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var colours_b: texture_2d<f32>;
// Both maps on the scale 0 to 1.
@group(#{MATERIAL_BIND_GROUP}) @binding(3) var values_a: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(4) var values_b: texture_2d<f32>;

fn bytes(colour: vec4<f32>) -> vec3<i32> {
    return vec3<i32>(round(colour.rgb * 255.0));
}

fn agree(at: vec2<i32>) -> bool {
    if look.by_value == 1u {
        let apart = abs(textureLoad(values_a, at, 0).r - textureLoad(values_b, at, 0).r);
        return apart * 255.0 <= look.delta;
    }
    let apart = abs(bytes(textureLoad(colours_a, at, 0)) - bytes(textureLoad(colours_b, at, 0)));
    return all(apart <= vec3<i32>(i32(look.delta)));
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let place = in.uv * look.map_scale + look.map_offset;
    if any(place < vec2<f32>(0.0)) || any(place >= vec2<f32>(1.0)) {
        return vec4<f32>(decoded(look.ground.rgb), 1.0);
    }
    let at = vec2<i32>(place * vec2<f32>(textureDimensions(colours_a)));
    let shown = select(vec3<f32>(0.0), textureLoad(colours_a, at, 0).rgb, agree(at));
    return vec4<f32>(decoded(shown), 1.0);
}
