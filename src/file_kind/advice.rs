//! What is said of a file that can be neither looked at nor asked: what it is, and what to do.

use std::path::Path;

use super::{FileKind, OtherModel};

/// A sentence or two about the file, or folder, at `path`; `None` where it is worth trying as a
/// picture, a network, a map or a table.
#[must_use]
pub fn advice(path: &Path) -> Option<String> {
    let name = crate::text::file_name(path.file_name().unwrap_or(path.as_os_str()));
    let convert = |model: OtherModel| {
        format!(
            "{name} is {}. Networks are opened as ONNX files: {}.",
            model.name(),
            model.to_onnx()
        )
    };
    if path.is_dir() {
        let graph = path.join("saved_model.pb").is_file();
        return graph.then(|| convert(OtherModel::SavedModel));
    }
    let ending = path.extension().unwrap_or_default();
    let is_called = |endings: &[&str]| endings.iter().any(|e| ending.eq_ignore_ascii_case(e));
    let called_picture = is_called(&super::PICTURE_ENDINGS);
    match FileKind::of_file(path) {
        Some(FileKind::OtherModel(model)) => Some(convert(model)),
        // The place in the list tells why it cannot be opened.
        Some(FileKind::Other(_)) if called_picture => None,
        Some(FileKind::Other(what)) if what.starts_with("a text") => Some(format!(
            "{name} is {what}. If it holds the names of a network's classes, open the network and \
             choose this file there, under Classes."
        )),
        Some(FileKind::Other(what)) => Some(format!("{name} is {what}.")),
        None if is_called(&["pb"]) => Some(convert(OtherModel::SavedModel)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_a_model_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let said = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            advice(&path)
        };
        for (name, bytes, word) in [
            (
                "net.pt",
                &b"PK\x03\x04..........archive/data.pkl"[..],
                "torch.onnx.export",
            ),
            ("net.h5", b"\x89HDF\r\n\x1a\n....", "model.export"),
            ("net.tflite", b"\x1c\0\0\0TFL3", "tf2onnx"),
            ("frozen.pb", b"\n\x0b\n\x05input", "tf2onnx"),
            ("names.txt", b"cat\ndog\n", "under Classes"),
            ("all.zip", b"PK\x03\x04..........a.png", "unpack it first"),
            ("gone", b"<!doctype html>", "a web page"),
        ] {
            let words = said(name, bytes).unwrap();
            assert!(words.starts_with(name) && words.contains(word), "{words}");
        }
        for (name, bytes) in [
            ("a.png", &b"\x89PNG\r\n\x1a\n"[..]),
            ("net.onnx", b"\x08\x07\x12\x07pytorch"),
            ("a.pdf", b"%PDF-1.7"),
            ("gone.png", b"<!doctype html>"),
        ] {
            assert_eq!(said(name, bytes), None, "{name}");
        }
        assert_eq!(advice(folder.path()), None);
        std::fs::write(folder.path().join("saved_model.pb"), "x").unwrap();
        assert!(advice(folder.path()).unwrap().contains("--saved-model"));
    }
}
