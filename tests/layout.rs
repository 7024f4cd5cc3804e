//! The house rules that a compiler does not hold.

use std::collections::{BTreeMap, BTreeSet};
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
        "licences.rs",
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

/// The modules under `src` can be read in an order in which each only uses those before it.
#[test]
fn modules_import_in_one_direction() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let src = root().join("src");
    visit(&src, &mut |path, text| {
        let inner = path.strip_prefix(&src).unwrap();
        let first = inner.components().next().unwrap();
        let module = Path::new(first.as_os_str()).file_stem().unwrap();
        let module = module.to_string_lossy().into_owned();
        let file = path.file_stem().unwrap().to_string_lossy();
        let in_tests = inner.components().any(|part| {
            let part = part.as_os_str().to_string_lossy();
            part.ends_with("tests") || part.ends_with("tests.rs") || part.starts_with("tests_")
        });
        // The root names every module; tests may use anything.
        if ["lib", "main", "testing"].contains(&module.as_str()) || in_tests || file == "hands" {
            return;
        }
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let lines = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let of = uses.entry(module.clone()).or_default();
        for line in lines {
            for used in line.split("crate::").skip(1) {
                let name: String = used
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                    .collect();
                if !name.is_empty() && name != module {
                    of.insert(name);
                }
            }
        }
    });
    assert!(uses.len() > 15, "only {} modules", uses.len());
    let names: BTreeSet<String> = uses.keys().cloned().collect();
    for of in uses.values_mut() {
        of.retain(|name| names.contains(name));
    }
    while let Some(free) = uses.iter().find(|(_, of)| of.is_empty()) {
        let free = free.0.clone();
        uses.remove(&free);
        for of in uses.values_mut() {
            of.remove(&free);
        }
    }
    assert!(
        uses.is_empty(),
        "these use each other in a circle: {uses:#?}"
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
