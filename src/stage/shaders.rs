//! The WGSL files of `shaders/`, inside the program, and read anew from the folder while one
//! develops.
//!
//! A program outside cargo finds no `shaders/` folder, so each file is embedded. Under
//! `cargo run` the files of the source tree are read instead, and again whenever one was saved.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bevy::asset::uuid_handle;
use bevy::prelude::*;
use bevy::shader::Shader;
use bevy::time::common_conditions::on_real_timer;

/// The shader of a pane: picture, map, threshold, wipe.
pub(super) const OVERLAY: Handle<Shader> = uuid_handle!("5c1a54c2-6b0d-4b6f-9b4d-0b1f3f8b7a01");
/// The shader of a pane that shows where two maps agree.
pub(super) const INTERSECTION: Handle<Shader> =
    uuid_handle!("5c1a54c2-6b0d-4b6f-9b4d-0b1f3f8b7a02");
/// The shader of a pane that is painted on.
pub(super) const REVEAL: Handle<Shader> = uuid_handle!("5c1a54c2-6b0d-4b6f-9b4d-0b1f3f8b7a05");
/// What these share; they import it by its path.
const PANE: Handle<Shader> = uuid_handle!("5c1a54c2-6b0d-4b6f-9b4d-0b1f3f8b7a06");

/// The shaders that Bevy draws with. The compute passes of [`super::compute`] keep their own.
const DRAWN: [Source; 4] = [
    Source {
        handle: PANE,
        file: "pane.wgsl",
        embedded: include_str!("../../shaders/pane.wgsl"),
    },
    Source {
        handle: OVERLAY,
        file: "overlay.wgsl",
        embedded: include_str!("../../shaders/overlay.wgsl"),
    },
    Source {
        handle: INTERSECTION,
        file: "intersection.wgsl",
        embedded: include_str!("../../shaders/intersection.wgsl"),
    },
    Source {
        handle: REVEAL,
        file: "reveal.wgsl",
        embedded: include_str!("../../shaders/reveal.wgsl"),
    },
];

struct Source {
    handle: Handle<Shader>,
    /// Name in `shaders/`.
    file: &'static str,
    embedded: &'static str,
}

impl Source {
    fn shader(&self, text: String) -> Shader {
        Shader::from_wgsl(text, format!("shaders/{}", self.file))
    }
}

/// The source tree's `shaders/`, and when each file was last read.
#[derive(Resource)]
struct Development {
    folder: PathBuf,
    read: [Option<SystemTime>; DRAWN.len()],
}

pub(super) fn plugin(app: &mut App) {
    let mut shaders = app.world_mut().resource_mut::<Assets<Shader>>();
    for source in &DRAWN {
        let shader = source.shader(source.embedded.to_owned());
        if let Err(error) = shaders.insert(&source.handle, shader) {
            error!("the shader {} cannot be kept: {error}", source.file);
        }
    }
    if let Some(folder) = development_folder() {
        app.insert_resource(Development {
            folder,
            read: [None; DRAWN.len()],
        })
        .add_systems(
            First,
            read_changed.run_if(on_real_timer(Duration::from_millis(500))),
        );
    }
}

/// `shaders/` of the source tree, when cargo runs the program from there.
fn development_folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?).join("shaders");
    folder.join("overlay.wgsl").is_file().then_some(folder)
}

/// Takes over each file that was saved since it was last looked at.
fn read_changed(mut development: ResMut<Development>, mut shaders: ResMut<Assets<Shader>>) {
    let Development { folder, read } = &mut *development;
    for (source, read) in DRAWN.iter().zip(read) {
        let path = folder.join(source.file);
        let saved = path
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok();
        if saved.is_none() || saved == *read {
            continue;
        }
        let first_look = read.is_none();
        *read = saved;
        match std::fs::read_to_string(&path) {
            Ok(text) if first_look && text == source.embedded => {}
            Ok(text) => {
                info!("read {} again", path.display());
                if let Err(error) = shaders.insert(&source.handle, source.shader(text)) {
                    error!("the shader {} cannot be kept: {error}", source.file);
                }
            }
            Err(error) => warn!("cannot read {}: {error}", path.display()),
        }
    }
}
