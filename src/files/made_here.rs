//! Whether this program made a file: told by what is in it, not by its name.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use serde::Deserialize;

use super::png_file::SOFTWARE;
use super::{open_plain, sha256_of_file};

/// The name that files carry of the program that made them, before its version.
pub const MADE_BY: &str = "Saliscope";

/// Largest record that is looked into, in bytes.
const MAX_RECORD: u64 = 16 << 20;
/// Most that is read of a page to see which program made it, in bytes.
const MAX_HEAD: u64 = 1 << 10;
/// Most that texts may take in a PNG file, in bytes.
const MAX_TEXTS: usize = 64 << 20;

/// This program's name and version.
#[must_use]
pub fn made_by() -> String {
    format!("{MADE_BY} {}", env!("CARGO_PKG_VERSION"))
}

/// What a record says of itself and of the files beside it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Record {
    made_by: Option<String>,
    versions: Versions,
    /// SHA-256 of files beside it, by name.
    files: BTreeMap<String, String>,
    /// What earlier versions said instead.
    map: Option<String>,
    attribution: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Versions {
    saliscope: Option<String>,
}

impl Record {
    /// The record at `path`, if this program wrote it.
    fn read(path: &Path) -> Option<Self> {
        let text = super::read(path, MAX_RECORD).ok()?;
        let record: Self = serde_json::from_slice(&text).ok()?;
        record.is_ours().then_some(record)
    }

    fn is_ours(&self) -> bool {
        self.versions.saliscope.is_some() || self.made_by.as_deref().is_some_and(is_our_name)
    }

    /// Whether the file `name` beside this record is the one that was written with it.
    fn tells_of(&self, name: &str, path: &Path) -> bool {
        match self.files.get(name) {
            Some(hash) => sha256_of_file(path).is_ok_and(|there| there == *hash),
            None if self.files.is_empty() => {
                [&self.map, &self.attribution].contains(&&Some(name.to_owned()))
            }
            None => false,
        }
    }
}

fn is_our_name(name: &str) -> bool {
    name.split_whitespace().next() == Some(MADE_BY)
}

/// What a result is. One takes the place of an earlier one of its own kind only: a picture does not
/// take a network's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// PNG.
    Picture,
    /// NPY.
    Array,
    /// JSON.
    Record,
    /// HTML.
    Page,
    /// ONNX.
    Network,
    /// SVG.
    Drawing,
    /// PDF.
    Document,
    /// CSV or Parquet.
    Table,
}

impl FileKind {
    /// The kind that a file's name tells by its ending.
    pub(super) fn named(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "png" => Self::Picture,
            "npy" => Self::Array,
            "json" => Self::Record,
            "html" => Self::Page,
            "onnx" => Self::Network,
            "svg" => Self::Drawing,
            "pdf" => Self::Document,
            "csv" | "parquet" => Self::Table,
            _ => return None,
        })
    }
}

/// Whether this program made the plain file at `path` as a result of that `kind`, or it is empty, so
/// that nothing is lost with it.
///
/// # Errors
/// When it cannot be read.
pub(super) fn made_here(path: &Path, kind: Option<FileKind>) -> io::Result<bool> {
    let (file, length) = open_plain(path)?;
    if length == 0 {
        return Ok(true);
    }
    let mut head = Vec::new();
    file.take(MAX_HEAD).read_to_end(&mut head)?;
    Ok(match kind {
        Some(FileKind::Picture) => head.starts_with(b"\x89PNG") && png_names_us(path),
        Some(FileKind::Array) => head.starts_with(b"\x93NUMPY") && is_recorded(path),
        Some(FileKind::Record) => head.starts_with(b"{") && Record::read(path).is_some(),
        Some(FileKind::Page) => {
            let head = String::from_utf8_lossy(&head);
            head.starts_with("<!DOCTYPE html>")
                && head.contains(&format!("name=\"generator\" content=\"{MADE_BY} "))
        }
        Some(FileKind::Network) => is_our_network(&head),
        Some(FileKind::Drawing) => {
            let head = String::from_utf8_lossy(&head);
            head.starts_with("<svg ") && head.contains(&format!("<!-- {MADE_BY} "))
        }
        Some(FileKind::Document) => {
            let head = String::from_utf8_lossy(&head);
            head.starts_with("%PDF-") && head.contains(&format!("/Producer ({MADE_BY} "))
        }
        // It says nothing of itself either.
        Some(FileKind::Table) => is_recorded(path),
        None => false,
    })
}

fn png_names_us(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    let limits = png::Limits { bytes: MAX_TEXTS };
    let decoder = png::Decoder::new_with_limits(BufReader::new(file), limits);
    let Ok(reader) = decoder.read_info() else {
        return false;
    };
    reader.info().utf8_text.iter().any(|text| {
        text.keyword == SOFTWARE && text.get_text().is_ok_and(|name| is_our_name(&name))
    })
}

/// An array says nothing of itself; a record beside it does.
fn is_recorded(path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
    else {
        return false;
    };
    fs::read_dir(if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    })
    .into_iter()
    .flatten()
    .flatten()
    .map(|entry| entry.path())
    .filter(|file| file.extension().is_some_and(|ending| ending == "json"))
    .take(64)
    .any(|file| Record::read(&file).is_some_and(|record| record.tells_of(name, path)))
}

/// The first fields of an ONNX file: the version of the format (field 1, a number below 128), the
/// name of the program that made it (field 2), and that program's version (field 3), which the
/// networks that are installed with it do not have: those are inputs, no results.
fn is_our_network(head: &[u8]) -> bool {
    let [0x08, version, 0x12, length, name @ ..] = head else {
        return false;
    };
    let (name, rest) = name.split_at(usize::from(*length).min(name.len()));
    *version < 128 && name == b"saliscope" && rest.first() == Some(&0x1a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_png;
    use image::RgbImage;

    #[test]
    fn our_own_files_are_told_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let made = |name: &str| made_here(&at(name), FileKind::named(&at(name))).unwrap();
        let picture = RgbImage::new(3, 2);
        write_png(&at("ours.png"), &picture).unwrap();
        picture.save(at("theirs.png")).unwrap();
        assert!(made("ours.png") && !made("theirs.png"));

        let network = crate::onnx::Model::new(crate::onnx::Graph::default(), 17);
        fs::write(at("ours.onnx"), network.to_bytes()).unwrap();
        let theirs = crate::onnx::Model {
            producer_name: Some("pytorch".to_owned()),
            ..network.clone()
        };
        fs::write(at("theirs.onnx"), theirs.to_bytes()).unwrap();
        assert!(made("ours.onnx") && !made("theirs.onnx"));
        // As the installer writes a network that came with the program.
        let installed = crate::onnx::Model {
            producer_version: None,
            ..network
        };
        fs::write(at("installed.onnx"), installed.to_bytes()).unwrap();
        assert!(!made("installed.onnx"));
        // Ours, and another kind.
        for (name, kind) in [
            ("ours.onnx", FileKind::Picture),
            ("ours.png", FileKind::Network),
            ("ours.png", FileKind::Record),
        ] {
            assert!(!made_here(&at(name), Some(kind)).unwrap(), "{name}");
        }

        crate::npy::write(&at("map.npy"), ndarray::arr2(&[[1.0f32, 2.0]]).view()).unwrap();
        assert!(!made("map.npy"));
        // A record of an earlier version names its map, a newer one has its hash too.
        fs::write(
            at("r.json"),
            r#"{"versions": {"saliscope": "0.1.0"}, "map": "map.npy"}"#,
        )
        .unwrap();
        assert!(made("map.npy") && made("r.json"));
        let hash = sha256_of_file(&at("map.npy")).unwrap();
        let record = |hash: &str| {
            let files =
                format!(r#"{{"made_by": "Saliscope 1", "files": {{"map.npy": "{hash}"}}}}"#);
            fs::write(at("r.json"), files).unwrap();
        };
        record(&hash);
        assert!(made("map.npy"));
        record("another");
        assert!(!made("map.npy") && made("r.json"));
        fs::write(
            at("r.json"),
            r#"{"made_by": "Saliscopes", "map": "map.npy"}"#,
        )
        .unwrap();
        assert!(!made("map.npy") && !made("r.json"));

        for (ending, ours, theirs) in [
            (
                "svg",
                "<svg x=\"1\">\n<!-- Saliscope 0.1.0 -->",
                "<svg x=\"1\">\n<!-- Inkscape -->",
            ),
            (
                "pdf",
                "%PDF-1.7\n/Producer (Saliscope 0.1.0)",
                "%PDF-1.7\n/Producer (pdfTeX)",
            ),
        ] {
            let named = |name: &str| format!("{name}.{ending}");
            fs::write(at(&named("ours")), ours).unwrap();
            fs::write(at(&named("theirs")), theirs).unwrap();
            assert!(made(&named("ours")) && !made(&named("theirs")));
            // One kind does not take the place of another.
            fs::write(at("ours.json"), ours).unwrap();
            assert!(!made("ours.json"));
        }

        fs::write(at("empty"), "").unwrap();
        fs::write(at("text"), "hello").unwrap();
        fs::copy(at("ours.png"), at("nothing_known")).unwrap();
        assert!(made("empty") && !made("text") && !made("nothing_known"));
    }
}
