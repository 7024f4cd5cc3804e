//! COCO's `instances.json` (<https://cocodataset.org/#format-data>).

use std::collections::HashMap;

use ndarray::Array2;
use serde::Deserialize;

use super::shape::{mark_box, mark_polygon, mark_runs, runs_of_text};

/// What is needed of the file.
#[derive(Debug, Default, Deserialize)]
pub struct Coco {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Debug, Deserialize)]
struct Image {
    id: i64,
    file_name: String,
    width: Option<u32>,
    height: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Annotation {
    image_id: i64,
    category_id: Option<i64>,
    bbox: Option<[f64; 4]>,
    segmentation: Option<Segmentation>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Segmentation {
    Polygons(Vec<Vec<f64>>),
    Runs { counts: Counts, size: [usize; 2] },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Counts {
    Plain(Vec<u64>),
    Text(String),
}

#[derive(Debug, Deserialize)]
struct Category {
    id: i64,
    name: String,
}

/// What the file says of one picture.
pub struct Found {
    /// Width and height that it tells of.
    pub size: Option<[u32; 2]>,
    /// The pixels of all things of the category.
    pub inside: Array2<bool>,
    /// Names of the things, in their order.
    pub names: Vec<String>,
}

impl Coco {
    /// What is said of the picture `name`, of `size` (width and height); `None` where it is not listed.
    ///
    /// # Errors
    /// In a few words, when a shape is damaged.
    pub fn find(
        &self,
        name: &str,
        size: [u32; 2],
        category: Option<&str>,
        boxes: bool,
    ) -> Result<Option<Found>, String> {
        let last = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
        let Some(image) = self
            .images
            .iter()
            .find(|image| last(&image.file_name) == name)
        else {
            return Ok(None);
        };
        let told = image.width.zip(image.height).map(|(w, h)| [w, h]);
        let mut found = Found {
            size: told,
            inside: Array2::default((size[1] as usize, size[0] as usize)),
            names: Vec::new(),
        };
        if told.is_some_and(|told| told != size) {
            return Ok(Some(found));
        }
        let categories: HashMap<i64, &str> = self
            .categories
            .iter()
            .map(|category| (category.id, category.name.as_str()))
            .collect();
        for annotation in self.annotations.iter().filter(|a| a.image_id == image.id) {
            let named = annotation.category_id.and_then(|id| categories.get(&id));
            let named = named.copied().unwrap_or("thing");
            if category.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(named)) {
                continue;
            }
            found.names.push(named.to_owned());
            annotation.mark(&mut found.inside, boxes)?;
        }
        Ok(Some(found))
    }
}

impl Annotation {
    fn mark(&self, inside: &mut Array2<bool>, boxes: bool) -> Result<(), String> {
        let shaped = match &self.segmentation {
            Some(Segmentation::Polygons(polygons)) => !polygons.is_empty(),
            other => other.is_some(),
        };
        match (&self.segmentation, self.bbox) {
            (Some(Segmentation::Polygons(polygons)), _) if shaped && !boxes => {
                for polygon in polygons {
                    mark_polygon(inside, polygon);
                }
            }
            (Some(Segmentation::Runs { counts, size }), _) if !boxes => {
                if *size != [inside.nrows(), inside.ncols()] {
                    return Err(format!("runs of {} x {} pixels", size[1], size[0]));
                }
                match counts {
                    Counts::Plain(runs) => mark_runs(inside, runs)?,
                    Counts::Text(text) => mark_runs(inside, &runs_of_text(text)?)?,
                }
            }
            (_, Some([x, y, width, height])) => mark_box(inside, [x, y, x + width, y + height]),
            _ => return Err("a thing has neither a shape nor a box".to_owned()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
        "info": {"year": 2026},
        "images": [{"id": 7, "file_name": "train/a.jpg", "width": 4, "height": 3}, {"id": 8, "file_name": "b.jpg"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 2, "bbox": [0, 0, 2, 1], "segmentation": [[0,0, 1,0, 1,3, 0,3]]},
            {"id": 2, "image_id": 7, "category_id": 3, "bbox": [3, 1, 1, 2], "iscrowd": 1,
             "segmentation": {"counts": [10, 2], "size": [3, 4]}},
            {"id": 3, "image_id": 8, "category_id": 3, "bbox": [1, 1, 2, 2], "segmentation": []}
        ],
        "categories": [{"id": 2, "name": "cat"}, {"id": 3, "name": "Dog"}]
    }"#;

    #[test]
    fn shapes_and_boxes_of_a_category_are_found() {
        let coco: Coco = serde_json::from_str(FILE).unwrap();
        let find = |name, size, category, boxes| {
            let found = coco.find(name, size, category, boxes).unwrap().unwrap();
            let places: Vec<(usize, usize)> = found
                .inside
                .indexed_iter()
                .filter(|(_, inside)| **inside)
                .map(|(place, _)| place)
                .collect();
            (places, found.names)
        };
        let (places, names) = find("a.jpg", [4, 3], None, false);
        assert_eq!(places, [(0, 0), (1, 0), (1, 3), (2, 0), (2, 3)]);
        assert_eq!(names, ["cat", "Dog"]);
        assert_eq!(
            find("a.jpg", [4, 3], Some("dog"), false).0,
            [(1, 3), (2, 3)]
        );
        assert_eq!(find("a.jpg", [4, 3], Some("cat"), true).0, [(0, 0), (0, 1)]);
        assert_eq!(
            find("b.jpg", [4, 3], None, false).0,
            [(1, 1), (1, 2), (2, 1), (2, 2)]
        );
        assert!(find("a.jpg", [4, 3], Some("bird"), false).1.is_empty());
        assert!(coco.find("c.jpg", [4, 3], None, false).unwrap().is_none());
        // For a picture of another size nothing is marked.
        let other = coco.find("a.jpg", [8, 6], None, false).unwrap().unwrap();
        assert_eq!(other.size, Some([4, 3]));
        assert!(coco.find("b.jpg", [4, 2], None, false).unwrap().is_some());
    }
}
