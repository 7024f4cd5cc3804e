//! Tells what frames and textures cost, for `tests/soak.py`: `--watch FILE` adds a line a second.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_egui::EguiContexts;

const PAUSE: Duration = Duration::from_secs(1);

#[derive(Resource)]
struct Watch {
    file: File,
    written: Instant,
    begun: Instant,
    longest: Duration,
}

/// Adds lines to `path`: the longest frame since the last line in seconds, textures, their bytes.
///
/// # Errors
/// When the file cannot be written.
pub fn add(app: &mut App, path: &Path) -> std::io::Result<()> {
    let file = File::options().create(true).append(true).open(path)?;
    app.insert_resource(Watch {
        file,
        written: Instant::now(),
        begun: Instant::now(),
        longest: Duration::ZERO,
    })
    .add_systems(First, begin)
    .add_systems(Last, end);
    Ok(())
}

fn begin(mut watch: ResMut<Watch>) {
    watch.begun = Instant::now();
}

fn end(mut watch: ResMut<Watch>, images: Res<Assets<Image>>, mut contexts: EguiContexts) {
    watch.longest = watch.longest.max(watch.begun.elapsed());
    if watch.written.elapsed() < PAUSE {
        return;
    }
    let mut count = images.len();
    let mut bytes: usize = images
        .iter()
        .map(|(_, image)| image.texture_descriptor.size)
        .map(|size| 4 * (size.width * size.height) as usize)
        .sum();
    if let Ok(ctx) = contexts.ctx_mut() {
        let textures = ctx.tex_manager();
        let textures = textures.read();
        count += textures.num_allocated();
        bytes += textures
            .allocated()
            .map(|(_, about)| about.bytes_used())
            .sum::<usize>();
    }
    let line = format!("{:.4} {count} {bytes}\n", watch.longest.as_secs_f64());
    if let Err(error) = watch.file.write_all(line.as_bytes()) {
        tracing::warn!("the watch is not written: {error}");
    }
    watch.longest = Duration::ZERO;
    watch.written = Instant::now();
}
