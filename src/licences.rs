//! What comes along with the program, and under which licences.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::classifier::Catalog;
use crate::home::Home;

/// The program's own licence, as SPDX names it.
pub const OWN: &str = env!("CARGO_PKG_LICENSE");

const OWN_TEXTS: [(&str, &str); 2] = [
    ("LICENSE-MIT", include_str!("../LICENSE-MIT")),
    ("LICENSE-APACHE", include_str!("../LICENSE-APACHE")),
];
/// In [`Home::licences`]: name, version and licence of each library in the program, a line each with
/// tabs between them. The texts lie beside it. Made when a package is.
const LIBRARIES: &str = "libraries.tsv";
/// The largest text of a licence that is read, in bytes; that of ONNX Runtime's own parts has 330 kB.
const MAX_BYTES: u64 = 8 << 20;

/// What a part of what is shipped is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// This program.
    Program,
    /// ONNX Runtime.
    Runtime,
    /// A network with its weights.
    Model,
    /// Names of classes.
    Labels,
    /// A photograph, a drawing or a texture.
    Picture,
    /// A typeface.
    Font,
    /// A library in the program.
    Library,
}

impl Kind {
    /// Its name for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Runtime => "runtime",
            Self::Model => "model",
            Self::Labels => "labels",
            Self::Picture => "picture",
            Self::Font => "font",
            Self::Library => "library",
        }
    }
}

/// One thing that comes along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its licence, and whose it is where that is to be told.
    pub licence: String,
    /// Where it comes from; empty where that is plain.
    pub source: String,
}

/// The licence of a part of which nothing is told.
const UNTOLD: &str = "not told";

/// Everything that comes along: the program, ONNX Runtime, what `catalog` lists and, in a package, each
/// library in the program. What a person added to the catalog is not among it.
#[must_use]
pub fn parts(catalog: &Catalog, home: &Home) -> Vec<Part> {
    let part = |kind, name: &str, licence: Option<&str>, source: Option<&str>| Part {
        kind,
        name: name.to_owned(),
        licence: licence.unwrap_or(UNTOLD).to_owned(),
        source: source.unwrap_or_default().to_owned(),
    };
    let version = env!("CARGO_PKG_VERSION");
    let mut parts = vec![
        part(
            Kind::Program,
            &format!("Saliscope {version}"),
            Some(OWN),
            None,
        ),
        part(
            Kind::Runtime,
            "ONNX Runtime",
            Some("MIT"),
            Some("Microsoft; its own parts: ThirdPartyNotices.txt"),
        ),
    ];
    for model in catalog.models.iter().filter(|model| model.shipped) {
        let name = model.name.as_deref().unwrap_or(&model.id);
        let (licence, source) = (model.licence.as_deref(), model.source.as_deref());
        parts.push(part(Kind::Model, name, licence, source));
    }
    for style in &catalog.styles {
        let (licence, source) = (style.licence.as_deref(), style.source.as_deref());
        let name = style.name.as_deref().unwrap_or(&style.id);
        parts.push(part(Kind::Model, name, licence, source));
    }
    for labels in &catalog.labels {
        let (licence, source) = (labels.licence.as_deref(), labels.source.as_deref());
        parts.push(part(Kind::Labels, &labels.id, licence, source));
    }
    for picture in &catalog.pictures {
        let source = picture.source.as_deref();
        parts.push(part(
            Kind::Picture,
            &picture.name,
            Some(&picture.licence),
            source,
        ));
    }
    for font in &catalog.fonts {
        parts.push(part(
            Kind::Font,
            &font.name,
            Some(&font.licence),
            Some(&font.source),
        ));
    }
    parts.extend(libraries(&home.licences().join(LIBRARIES)));
    parts
}

/// The libraries that a package tells of; none outside of one.
fn libraries(list: &Path) -> Vec<Part> {
    let Ok(bytes) = crate::files::read(list, MAX_BYTES) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut found = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        if let (Some(name), Some(version), Some(licence)) =
            (fields.next(), fields.next(), fields.next())
        {
            found.push(Part {
                kind: Kind::Library,
                name: format!("{name} {version}"),
                licence: licence.to_owned(),
                source: String::new(),
            });
        }
    }
    found
}

/// The texts of all licences: the name of each and what it says. First the program's own, then those of
/// what is installed, then those of the libraries in the program, where a package carries them. A file
/// that cannot be read is given with the reason in place of its text.
#[must_use]
pub fn texts(home: &Home) -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = OWN_TEXTS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    for root in [home.installed_models().join("licences"), home.licences()] {
        for path in files_below(&root, 2) {
            let name = path.strip_prefix(&root).unwrap_or(&path);
            let text = match crate::files::read(&path, MAX_BYTES) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) => format!("({error})"),
            };
            texts.push((name.display().to_string(), text));
        }
    }
    texts
}

/// The files in `folder`, down to `depth` levels, in the order of their names.
fn files_below(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && depth > 0 {
            found.extend(files_below(&path, depth - 1));
        } else if path.is_file() && path.file_name().is_some_and(|name| name != LIBRARIES) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout() -> Home {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        Home {
            data: root.join("none"),
            cache: root.join("none"),
            root,
        }
    }

    #[test]
    fn everything_that_comes_along_has_a_licence_and_an_origin() {
        let home = checkout();
        let parts = parts(&Catalog::load(&home).unwrap(), &home);
        for kind in [Kind::Model, Kind::Labels, Kind::Picture, Kind::Font] {
            assert!(parts.iter().any(|part| part.kind == kind), "{kind:?}");
        }
        for part in parts {
            assert!(
                part.licence != UNTOLD && !part.licence.is_empty(),
                "{} has no licence",
                part.name
            );
            assert!(
                part.kind == Kind::Program || !part.source.is_empty(),
                "{} comes from nowhere",
                part.name
            );
            // A source that only says whom to cite gives no right to pass the thing on.
            let grants = [
                "MIT",
                "Apache",
                "BSD",
                "CC0",
                "CC BY",
                "OFL",
                "Public domain",
                "No known copyright restrictions",
            ];
            assert!(
                grants.iter().any(|grant| part.licence.contains(grant)),
                "{}: {} is no licence",
                part.name,
                part.licence
            );
        }
    }

    #[test]
    fn a_package_tells_of_its_libraries() {
        let top = tempfile::tempdir().unwrap();
        let home = Home {
            root: top.path().to_owned(),
            ..checkout()
        };
        std::fs::create_dir_all(home.licences().join("texts")).unwrap();
        std::fs::write(
            home.licences().join(LIBRARIES),
            "serde\t1.0.0\tMIT OR Apache-2.0\nbroken line\n",
        )
        .unwrap();
        std::fs::write(home.licences().join("texts/MIT.txt"), "Permission is").unwrap();
        let parts = parts(&Catalog::default(), &home);
        let library = parts.last().unwrap();
        assert_eq!(
            (
                library.kind,
                library.name.as_str(),
                library.licence.as_str()
            ),
            (Kind::Library, "serde 1.0.0", "MIT OR Apache-2.0")
        );
        assert_eq!(parts.len(), 3);
        let texts = texts(&home);
        assert_eq!(texts.len(), 3);
        assert!(texts.iter().any(|(_, text)| text == "Permission is"));
    }
}
