//! A drawing as SVG: text stays text, pictures are inside.

use std::fmt::Write as _;

use super::drawing::{Align, Drawing, Item};
use super::{INK, font};
use crate::files::made_by;
use crate::page::{data_uri, escaped};

impl Drawing {
    /// The SVG file.
    ///
    /// # Errors
    /// When a picture has no pixels.
    pub fn svg(&self) -> Result<String, image::ImageError> {
        let [width, height] = self.size;
        let [r, g, b] = INK;
        let ink = format!("#{r:02x}{g:02x}{b:02x}");
        let title = escaped(&self.title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.2}pt\" height=\"{height:.2}pt\" viewBox=\"0 0 {width:.2} {height:.2}\" role=\"img\">\n<!-- {} -->\n<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            escaped(&made_by())
        );
        for item in &self.items {
            match item {
                Item::Picture { place, pixels, alt } => {
                    let [x, y, w, h] = place;
                    let _ = writeln!(
                        svg,
                        "<image x=\"{x:.2}\" y=\"{y:.2}\" width=\"{w:.2}\" height=\"{h:.2}\" preserveAspectRatio=\"none\" aria-label=\"{}\" href=\"{}\"/>",
                        escaped(alt),
                        data_uri(pixels)?
                    );
                }
                Item::Frame { place, line } => {
                    let [x, y, w, h] = place;
                    let _ = writeln!(
                        svg,
                        "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{w:.2}\" height=\"{h:.2}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"{line}\"/>"
                    );
                }
                Item::Text {
                    at: [x, y],
                    size,
                    align,
                    upright,
                    text,
                } => {
                    let anchor = match align {
                        Align::Start => "start",
                        Align::Middle => "middle",
                        Align::End => "end",
                    };
                    let turn = if *upright {
                        format!(" transform=\"rotate(-90 {x:.2} {y:.2})\"")
                    } else {
                        String::new()
                    };
                    let _ = writeln!(
                        svg,
                        "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" font-family=\"'{}', Ubuntu, Helvetica, Arial, sans-serif\" font-weight=\"300\" fill=\"{ink}\" text-anchor=\"{anchor}\"{turn}>{}</text>",
                        font::NAME,
                        escaped(text)
                    );
                }
            }
        }
        svg += "</svg>\n";
        Ok(svg)
    }
}

#[cfg(test)]
mod tests {
    use super::super::grid::example;

    #[test]
    fn it_is_well_formed_and_text_stays_text() {
        let svg = example().drawing().svg().unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<&str> = document
            .descendants()
            .filter(|node| node.has_tag_name("text"))
            .filter_map(|node| node.text())
            .collect();
        assert!(texts.contains(&"What speaks for <b> & co"), "{texts:?}");
        assert!(texts.contains(&"Egyptian cat & <co>, 38 %") && texts.contains(&"1234"));
        let images = document
            .descendants()
            .filter(|node| node.has_tag_name("image"));
        assert_eq!(images.count(), 4);
        assert!(!svg.contains("href=\"http"));
    }
}
