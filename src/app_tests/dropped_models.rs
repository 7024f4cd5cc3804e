//! Networks that are dropped as hubs and desktops hand them over.

use super::harness::Program;
use crate::tabs::bring::Bring;
use crate::ui::library::Library;

/// winit hands over what a link leads to, and a hub's cache keeps files under names without an ending.
#[cfg(unix)]
#[test]
fn a_network_of_a_hubs_cache_is_asked_about_under_its_own_name() {
    use crate::tabs::bring::Names;
    let mut program = Program::start();
    program.rest();
    let (blobs, named) = (program.file("blobs"), program.file("snapshots/rev/onnx"));
    std::fs::create_dir_all(&blobs).unwrap();
    std::fs::create_dir_all(&named).unwrap();
    for (blob, name) in [("aaa", "model.onnx"), ("bbb", "labels.txt")] {
        std::fs::write(blobs.join(blob), "x").unwrap();
        let link = named.join(name);
        std::os::unix::fs::symlink(format!("../../../blobs/{blob}"), link).unwrap();
    }
    program.drop(&[blobs.join("bbb"), blobs.join("aaa")]);
    let form = program.get::<Bring>().form.clone().unwrap();
    assert_eq!(form.path, named.join("model.onnx"));
    assert_eq!(form.names, Names::File(named.join("labels.txt")));
}

#[test]
fn a_network_under_any_name_is_asked_about() {
    let mut program = Program::start();
    program.rest();
    let before = program.get::<Library>().items().len();
    let nameless = program.file("5f2c");
    std::fs::write(&nameless, b"\x08\x07\x12\x07pytorch").unwrap();
    program.drop(std::slice::from_ref(&nameless));
    let form = program.get::<Bring>().form.clone();
    assert_eq!(form.unwrap().path, nameless);
    assert_eq!(program.get::<Library>().items().len(), before);
}
