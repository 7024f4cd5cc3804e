//! Where the truth lies: a mask, a file of annotations, or a folder of them.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::coco::{Coco, Found};
use super::{TruthError, voc};
use crate::picture::{ENDINGS, open_mask};

/// Largest file of annotations, in bytes: COCO's own of 118,287 pictures has 450 million.
const MAX_JSON: u64 = 1 << 30;
/// Largest file about one picture, in bytes.
const MAX_XML: u64 = 16 << 20;

/// What counts as the thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TruthOptions {
    /// Only things of this name (letters' size does not matter); all where it is not given.
    pub category: Option<String>,
    /// COCO's boxes instead of its shapes.
    pub boxes: bool,
}

/// Where the things of one picture are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// `[height, width]` of the picture.
    pub inside: Array2<bool>,
    /// What the things are called, where that is known.
    pub names: Vec<String>,
}

/// The truth of one picture or many.
#[derive(Debug)]
pub struct Truths {
    path: PathBuf,
    options: TruthOptions,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// COCO's file, read.
    Coco(Box<Coco>),
    /// One file for one picture: a mask or Pascal VOC's XML.
    File,
    /// A folder with a file for each picture, of the same name but for its ending.
    Folder,
}

impl Truths {
    /// Opens a mask, COCO's JSON, Pascal VOC's XML, or a folder of masks or XML files named like their
    /// pictures.
    ///
    /// # Errors
    /// When a JSON file cannot be read or holds something else.
    pub fn open(path: &Path, options: TruthOptions) -> Result<Self, TruthError> {
        let kind = if path.is_dir() {
            Kind::Folder
        } else if has_ending(path, &["json"]) {
            let bytes =
                crate::files::read(path, MAX_JSON).map_err(|source| TruthError::Unreadable {
                    path: path.to_owned(),
                    source,
                })?;
            let coco = serde_json::from_slice(&bytes).map_err(|e| TruthError::Foreign {
                path: path.to_owned(),
                why: e.to_string(),
            })?;
            Kind::Coco(Box::new(coco))
        } else {
            Kind::File
        };
        Ok(Self {
            path: path.to_owned(),
            options,
            kind,
        })
    }

    /// True where one file tells of one picture only, whatever that is called.
    #[must_use]
    pub fn is_of_one(&self) -> bool {
        matches!(self.kind, Kind::File)
    }

    /// What is said of the picture at `picture`, of `size` (width and height).
    ///
    /// # Errors
    /// When nothing is said of it (nor of a thing of the wanted name), a file is damaged, or it is for a
    /// picture of another size.
    pub fn of(&self, picture: &Path, size: [u32; 2]) -> Result<Truth, TruthError> {
        let name = crate::text::file_name(picture.file_name().unwrap_or_default());
        let nothing = |what: String| TruthError::Nothing {
            path: self.path.clone(),
            picture: name.clone(),
            what,
        };
        let (path, found) = match &self.kind {
            Kind::Coco(coco) => {
                let category = self.options.category.as_deref();
                let found = coco.find(&name, size, category, self.options.boxes);
                let found = found.map_err(|why| foreign(&self.path, why))?;
                (
                    self.path.clone(),
                    found.ok_or_else(|| nothing(String::new()))?,
                )
            }
            Kind::File => (self.path.clone(), self.one(&self.path, size)?),
            Kind::Folder => {
                let path = self.beside(picture);
                let path = path.ok_or_else(|| nothing(String::new()))?;
                let found = self.one(&path, size)?;
                (path, found)
            }
        };
        let by = |[width, height]: [u32; 2]| format!("{width} x {height}");
        if let Some(told) = found.size.filter(|told| *told != size) {
            return Err(TruthError::Size {
                path,
                picture: name,
                told: by(told),
                got: by(size),
            });
        }
        if !found.inside.iter().any(|inside| *inside) {
            return Err(nothing(match &self.options.category {
                Some(category) => format!(" called {category}"),
                None => " that has a pixel".to_owned(),
            }));
        }
        Ok(Truth {
            inside: found.inside,
            names: found.names,
        })
    }

    /// The file of a folder that is named like the picture.
    fn beside(&self, picture: &Path) -> Option<PathBuf> {
        let stem = picture.file_stem()?;
        let endings = std::iter::once("xml").chain(ENDINGS);
        let mut files = endings.flat_map(|ending| {
            [ending.to_owned(), ending.to_ascii_uppercase()].map(|ending| {
                let mut name = stem.to_owned();
                name.push(".");
                name.push(ending);
                self.path.join(name)
            })
        });
        files.find(|file| file.is_file())
    }

    /// A mask or an XML file.
    fn one(&self, path: &Path, size: [u32; 2]) -> Result<Found, TruthError> {
        if has_ending(path, &["xml"]) {
            let text = crate::files::read_text(path, MAX_XML).map_err(|source| {
                TruthError::Unreadable {
                    path: path.to_owned(),
                    source,
                }
            })?;
            let category = self.options.category.as_deref();
            return voc::read(&text, size, category).map_err(|why| foreign(path, why));
        }
        let mask = open_mask(path)?;
        let (width, height) = mask.dimensions();
        let inside = Array2::from_shape_fn((height as usize, width as usize), |(y, x)| {
            mask.get_pixel(x as u32, y as u32).0[0] > 0
        });
        Ok(Found {
            size: Some([width, height]),
            inside,
            names: Vec::new(),
        })
    }
}

fn foreign(path: &Path, why: String) -> TruthError {
    TruthError::Foreign {
        path: path.to_owned(),
        why,
    }
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let own = path.extension().and_then(|own| own.to_str());
    own.is_some_and(|own| {
        endings
            .iter()
            .any(|ending| own.eq_ignore_ascii_case(ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Luma};

    #[test]
    fn a_mask_a_folder_and_what_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        // Any value above 0 is the thing: masks of numbered things are dark.
        GrayImage::from_fn(4, 3, |x, _| Luma([u8::from(x == 1)]))
            .save(at("a.png"))
            .unwrap();
        GrayImage::new(4, 3).save(at("black.png")).unwrap();
        let open = |path: &Path| Truths::open(path, TruthOptions::default()).unwrap();
        let of = |truths: &Truths, name: &str, size| {
            let truth = truths.of(Path::new(name), size);
            truth
                .map(|truth| truth.inside.iter().filter(|p| **p).count())
                .map_err(|e| e.to_string())
        };
        let one = open(&at("a.png"));
        assert!(one.is_of_one());
        assert_eq!(of(&one, "whatever.jpg", [4, 3]), Ok(3));
        let all = open(folder.path());
        assert_eq!(of(&all, "pictures/a.jpeg", [4, 3]), Ok(3));
        for (name, size, says) in [
            ("none.jpg", [4, 3], "says nothing of none.jpg"),
            ("black.jpg", [4, 3], "that has a pixel"),
            ("a.jpg", [8, 6], "4 x 3 pixels, but a.jpg has 8 x 6"),
        ] {
            let error = of(&all, name, size).unwrap_err();
            assert!(error.contains(says) && !error.contains('\n'), "{error}");
        }
        std::fs::write(at("bad.json"), "{\"images\": 3}").unwrap();
        let error = Truths::open(&at("bad.json"), TruthOptions::default());
        assert!(error.unwrap_err().to_string().contains("no annotations"));
        std::fs::write(at("b.xml"), "<other/>").unwrap();
        assert!(of(&all, "b.jpg", [4, 3]).unwrap_err().contains("b.xml"));
    }
}
