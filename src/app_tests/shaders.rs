//! Every shader is valid WGSL. Where nothing is drawn a mistake in one would be seen by nobody.

use std::path::Path;

use bevy::asset::AssetId;
use bevy::prelude::*;
use bevy::shader::{Shader, ShaderCache, ShaderCacheSource, ShaderDefVal};
use wgpu::naga;

use super::harness::Program;

/// What Bevy's own shaders are known by that ours import.
const IMPORTED: &str = "bevy_sprite::mesh2d_vertex_output";

fn validate(module: &naga::Module) -> Result<(), String> {
    naga::valid::Validator::new(
        naga::valid::ValidationFlags::all(),
        naga::valid::Capabilities::all(),
    )
    .validate(module)
    .map(|_| ())
    .map_err(|error| format!("{:?}", error.into_inner()))
}

/// A file without imports.
fn plain(text: &str) -> Result<(), String> {
    let module = naga::front::wgsl::parse_str(text).map_err(|error| error.message().to_owned())?;
    validate(&module)
}

/// Composes shaders as Bevy does, and hands out what it would give to the device.
fn composer(shaders: &Assets<Shader>) -> ShaderCache<naga::Module, ()> {
    let mut cache = ShaderCache::new(
        (),
        wgpu::Features::empty(),
        wgpu::DownlevelFlags::all(),
        |(), source, _| match source {
            ShaderCacheSource::Naga(module) => Ok(module),
            other => panic!("no module: {other:?}"),
        },
    );
    for (id, shader) in shaders.iter() {
        let _ = cache.set_shader(id, shader.clone());
    }
    cache
}

fn composed(cache: &mut ShaderCache<naga::Module, ()>, id: AssetId<Shader>) -> Result<(), String> {
    let defs = [ShaderDefVal::UInt("MATERIAL_BIND_GROUP".to_owned(), 2)];
    let module = cache
        .get(0, id, &defs)
        .map_err(|error| format!("{error:?}"))?;
    validate(&module)
}

#[test]
fn every_shader_is_valid() {
    let mut program = Program::start();
    program.until("Bevy's shaders", |world| {
        let shaders = world.resource::<Assets<Shader>>();
        let known = |shader: &Shader| *shader.import_path.module_name() == IMPORTED;
        shaders.iter().any(|(_, shader)| known(shader))
    });
    let shaders = program.get::<Assets<Shader>>();
    let mut cache = composer(shaders);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let text = read(&name);
        let result = if name == "sheet.wgsl" {
            // It is put together by hand, as the device is given it.
            let shared = read("pane.wgsl").replace("#define_import_path", "//");
            plain(&format!("{shared}\n{text}"))
        } else if text.contains("#import") {
            let path = format!("shaders/{name}");
            let id = shaders.iter().find(|(_, shader)| shader.path == path);
            composed(&mut cache, id.expect(&name).0)
        } else {
            plain(&text.replace("#define_import_path", "//"))
        };
        assert_eq!(result, Ok(()), "{name}");
        seen.push(name);
    }
    assert!(seen.len() >= 8, "{seen:?}");
}

#[test]
fn a_mistake_in_a_shader_is_found() {
    assert!(plain("fn f() -> f32 { return nothing; }").is_err());
    // Right by its grammar, and wrong by its types.
    assert!(plain("@fragment fn f() -> @location(0) vec4<f32> { return vec2<f32>(); }").is_err());

    let mut shaders = Assets::<Shader>::default();
    let text = "#import saliscope::none::line\n@compute @workgroup_size(1) fn f() { line(); }";
    let handle = shaders.add(Shader::from_wgsl(text, "broken.wgsl"));
    assert!(composed(&mut composer(&shaders), handle.id()).is_err());
}
