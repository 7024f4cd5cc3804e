//! Pascal VOC's boxes: an XML file beside each picture, pixels counted from 1, both ends inside.

use ndarray::Array2;
use roxmltree::{Document, Node, ParsingOptions};

use super::coco::Found;
use super::shape::mark_box;

/// Most elements of a file.
const MAX_NODES: u32 = 100_000;

/// What the file says of a picture of `size` (width and height).
///
/// # Errors
/// In a few words, when it is something else.
pub fn read(text: &str, size: [u32; 2], category: Option<&str>) -> Result<Found, String> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|e| e.to_string())?;
    let root = document.root_element();
    if !root.has_tag_name("annotation") {
        return Err(format!("its root is {:?}", root.tag_name().name()));
    }
    let told = child(root, "size").and_then(|size| {
        let side = |name| number(size, name).map(|side| side as u32);
        Some([side("width")?, side("height")?])
    });
    let mut found = Found {
        // Some tools write zeros where they do not know.
        size: told.filter(|told| *told != [0, 0]),
        inside: Array2::default((size[1] as usize, size[0] as usize)),
        names: Vec::new(),
    };
    for object in root.children().filter(|node| node.has_tag_name("object")) {
        let named = child(object, "name").and_then(|node| node.text());
        let named = named.map_or("thing", str::trim);
        if category.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(named)) {
            continue;
        }
        let bounds = child(object, "bndbox").ok_or("a thing has no box")?;
        let side = |name: &str| number(bounds, name).ok_or(format!("a box has no {name}"));
        let [left, top] = [side("xmin")? - 1.0, side("ymin")? - 1.0];
        mark_box(&mut found.inside, [left, top, side("xmax")?, side("ymax")?]);
        found.names.push(named.to_owned());
    }
    Ok(found)
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn number(node: Node<'_, '_>, name: &str) -> Option<f64> {
    let text = child(node, name)?.text()?;
    text.trim().parse().ok().filter(|v: &f64| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "<?xml version=\"1.0\"?><annotation><filename>a.jpg</filename>
        <size><width>5</width><height>4</height><depth>3</depth></size>
        <object><name>cat</name><difficult>0</difficult>
          <bndbox><xmin>2</xmin><ymin>1</ymin><xmax>3</xmax><ymax>2</ymax></bndbox>
          <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>4</ymax></bndbox></part>
        </object>
        <object><name> dog </name>
          <bndbox><ymax>4.0</ymax><xmax>5</xmax><ymin>4</ymin><xmin>5</xmin></bndbox></object>
        </annotation>";

    #[test]
    fn boxes_count_from_one_and_parts_of_things_are_none() {
        let places = |category| {
            let found = read(FILE, [5, 4], category).unwrap();
            let marked = found.inside.indexed_iter().filter(|(_, inside)| **inside);
            let marked: Vec<_> = marked.map(|(place, _)| place).collect();
            (marked, found.names, found.size)
        };
        let (marked, names, size) = places(None);
        assert_eq!(marked, [(0, 1), (0, 2), (1, 1), (1, 2), (3, 4)]);
        assert_eq!(
            (names, size),
            (vec!["cat".into(), "dog".into()], Some([5, 4]))
        );
        assert_eq!(places(Some("DOG")).0, [(3, 4)]);
    }

    #[test]
    fn what_is_no_such_file_is_said() {
        for (text, says) in [
            ("hello", "unknown"),
            ("<html></html>", "html"),
            (
                "<annotation><object><name>a</name></object></annotation>",
                "no box",
            ),
            (
                "<annotation><object><bndbox><xmin>x</xmin></bndbox></object></annotation>",
                "no xmin",
            ),
            (
                "<!DOCTYPE a [<!ENTITY b \"c\">]><annotation>&b;</annotation>",
                "DTD",
            ),
        ] {
            let why = read(text, [5, 4], None).err().unwrap();
            assert!(why.contains(says) || says == "unknown", "{why}");
        }
    }
}
