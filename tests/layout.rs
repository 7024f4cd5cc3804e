//! The house rules that a compiler does not hold.

use std::path::Path;

use crate::support::root;

/// Pure logic never imports the screen, so that it runs anywhere and is tested without one.
#[test]
fn pure_modules_never_reach_for_the_screen() {
    let pure = [
        "files",
        "bounded.rs",
        "caches.rs",
        "allocator.rs",
        "home.rs",
        "memory.rs",
        "npy.rs",
        "progress.rs",
        "picture",
        "onnx",
        "autodiff",
        "classifier",
        "saliency",
        "compare",
        "stylize",
        "guess",
        "store",
    ];
    let mut read = 0;
    for module in pure {
        visit(&root().join("src").join(module), &mut |path, text| {
            read += 1;
            for name in ["bevy", "bevy_egui", "egui", "wgpu"] {
                for reach in [format!("use {name}"), format!("{name}::")] {
                    assert!(
                        !text.contains(&reach),
                        "{} reaches for {name}",
                        path.display()
                    );
                }
            }
        });
    }
    assert!(
        read > 30,
        "only {read} files were read: has the layout changed?"
    );
}

fn visit(path: &Path, look: &mut dyn FnMut(&Path, &str)) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            visit(&entry.unwrap().path(), look);
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        look(path, &std::fs::read_to_string(path).unwrap());
    }
}
