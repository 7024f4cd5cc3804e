//! The page itself.

use std::fmt::Write as _;

use image::RgbImage;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::data::Data;
use super::encode::{base64, escaped};
use crate::classifier::Prediction;
use crate::files::made_by;
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale};

/// Largest page for a picture, in bytes.
pub const MAX_BYTES: usize = 2 << 20;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the page shows and what moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One layer at a time over its picture: opacity, top share, a wipe to the bare picture, which layer.
    Look,
    /// The first layer against the second: a wipe between them.
    Wipe,
    /// Two layers of one size and where they agree: delta.
    Agreement {
        /// How far they may differ to begin with, 0-255.
        delta: u8,
        /// By values instead of by colours.
        by_value: bool,
    },
    /// Tables and curves only.
    Tables,
}

impl Kind {
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Wipe => "wipe",
            Self::Agreement { .. } => "agreement",
            Self::Tables => "tables",
        }
    }
}

/// A map over a picture.
#[derive(Debug, Clone)]
pub struct Layer {
    /// What people choose it by.
    pub name: String,
    /// What is to be seen, for those who do not see it.
    pub alt: String,
    /// Which of the page's pictures lies under it.
    pub picture: Option<usize>,
    /// The map.
    pub map: SaliencyMap,
    /// The values at the ends of its colours.
    pub scale: Scale,
    /// Left, top, right and bottom of the map, as shares of the picture, 0-1.
    pub place: [f32; 4],
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// What it is.
    pub caption: String,
    /// Heads of the columns; the first is of the rows' names.
    pub head: Vec<String>,
    /// The rows, each as long as the head.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A share, 0-1, drawn as a bar with its figure.
    Share(f64),
}

impl Cell {
    /// How sure a network is of an answer; of a measured value the value.
    #[must_use]
    pub fn sure(prediction: &Prediction) -> Self {
        if prediction.measured {
            Self::Text(prediction.share())
        } else {
            Self::Share(f64::from(prediction.probability))
        }
    }
}

/// A curve over the strength of something, one per network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// What gets stronger, such as fog.
    pub family: String,
    /// Whose curve it is.
    pub name: String,
    /// Strength, and three shares (0-1) at it: maps agree, answer stays, still sure; `null` where there
    /// are no maps.
    pub points: Vec<(u8, [Option<f64>; 3])>,
}

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// What is to be said first, a sentence each.
    pub lead: Vec<String>,
    /// What it shows.
    pub kind: Kind,
    /// The pictures that layers lie over.
    pub pictures: Vec<RgbImage>,
    /// The maps; none for [`Kind::Tables`].
    pub layers: Vec<Layer>,
    /// Colours to begin with.
    pub colormap: Colormap,
    /// Opacity to begin with, 0-1.
    pub opacity: f32,
    /// Tables under it.
    pub tables: Vec<Table>,
    /// Curves; only for [`Kind::Tables`].
    pub trends: Vec<Trend>,
    /// How it was made: what, and what it was.
    pub about: Vec<(String, String)>,
}

impl Page {
    /// The whole page.
    ///
    /// # Errors
    /// When a picture has no pixels, so that it cannot be encoded.
    pub fn html(&self) -> Result<String, image::ImageError> {
        let json = serde_json::to_string(&Data::of(self)?).unwrap_or_default();
        // Whatever is in a string, no tag begins in it.
        let json = json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028");
        let hash = base64(&Sha256::digest(SCRIPT.as_bytes()));
        let title = escaped(&self.title);
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
             <meta name=\"generator\" content=\"{}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style></head>\n<body><main>\n<h1>{title}</h1>\n",
            escaped(&made_by()),
        );
        for sentence in &self.lead {
            let _ = writeln!(page, "<p class=\"lead\">{}</p>", escaped(sentence));
        }
        if self.kind != Kind::Tables {
            self.stage(&mut page);
        }
        if !self.trends.is_empty() {
            page += CHART;
        }
        for table in &self.tables {
            write_table(&mut page, table);
        }
        page += "<details><summary>How this was made</summary><dl>\n";
        for (what, was) in &self.about {
            let _ = writeln!(
                page,
                "<div><dt>{}</dt><dd>{}</dd></div>",
                escaped(what),
                escaped(was)
            );
        }
        let _ = write!(
            page,
            "<div><dt>Program</dt><dd>{}</dd></div>\n</dl></details>\n</main>\n\
             <script type=\"application/json\" id=\"data\">{json}</script>\n<script>{SCRIPT}</script>\n</body></html>\n",
            escaped(&made_by())
        );
        Ok(page)
    }

    /// The pictures and what moves them.
    fn stage(&self, page: &mut String) {
        *page += "<noscript><p class=\"lead\">The pictures of this page are drawn by a script, which is switched off here; the tables below hold the figures.</p></noscript>\n";
        *page += "<div class=\"work\">\n<figure class=\"stage\">\n<div class=\"views\">\n";
        let views: Vec<(&str, &str)> = match (self.kind, self.layers.as_slice()) {
            (Kind::Agreement { .. }, [a, b, ..]) => {
                vec![("a", &a.name), ("b", &b.name), ("both", "Where they agree")]
            }
            _ => vec![("main", "")],
        };
        for (id, name) in views {
            let heading = if name.is_empty() {
                String::new()
            } else {
                format!("<h2>{}</h2>", escaped(name))
            };
            let _ = writeln!(
                page,
                "<div class=\"view\">{heading}<canvas id=\"{id}\" role=\"img\" aria-label=\"{}\"></canvas></div>",
                escaped(name)
            );
        }
        *page += "</div>\n<figcaption>\n<div class=\"scale\"><span>matters least</span><canvas id=\"bar\" width=\"256\" height=\"1\" aria-hidden=\"true\"></canvas><span>matters most</span></div>\n<p id=\"range\"></p>\n<p><output id=\"said\" aria-live=\"polite\"></output></p>\n<p id=\"under\" class=\"quiet\">Point at a picture to read the map\u{2019}s value there.</p>\n</figcaption></figure>\n<form class=\"controls\">\n";
        let agreement = matches!(self.kind, Kind::Agreement { .. });
        if self.kind == Kind::Look && self.layers.len() > 1 {
            *page += "<label class=\"field\" for=\"layer\"><span>What is explained</span><select id=\"layer\">";
            for (i, layer) in self.layers.iter().enumerate() {
                let _ = write!(
                    page,
                    "<option value=\"{i}\">{}</option>",
                    escaped(&layer.name)
                );
            }
            *page += "</select></label>\n";
        }
        if let Kind::Agreement { delta, .. } = self.kind {
            slider(
                page,
                "delta",
                "May differ by (delta)",
                255,
                u32::from(delta),
            );
        }
        if !self.pictures.is_empty() {
            let opacity = (self.opacity * 100.0).round() as u32;
            slider(page, "opacity", "Opacity of the map", 100, opacity);
        }
        slider(page, "top", "Show the top", 100, 100);
        if !agreement && !self.pictures.is_empty() {
            let (name, start) = match self.kind {
                Kind::Wipe => ("Wipe: before | after", 50),
                _ => ("Wipe: picture | map", 0),
            };
            slider(page, "wipe", name, 100, start);
        }
        *page +=
            "<label class=\"field\" for=\"colours\"><span>Colours</span><select id=\"colours\">";
        let others = Colormap::ALL
            .into_iter()
            .filter(|one| *one != self.colormap);
        for (i, one) in std::iter::once(self.colormap).chain(others).enumerate() {
            let _ = write!(page, "<option value=\"{i}\">{}</option>", one.name());
        }
        *page += "</select></label>\n<button type=\"reset\">As it was</button>\n</form>\n</div>\n";
    }
}

const CHART: &str = "<section class=\"chart\"><h2>As it gets stronger</h2>\n<form class=\"controls row\"><label class=\"field\" for=\"family\"><span>What is done to the pictures</span><select id=\"family\"></select></label>\n<label class=\"field\" for=\"measure\"><span>What is measured</span><select id=\"measure\"><option value=\"0\">The map agrees with the original\u{2019}s</option><option value=\"1\">The answer stays</option><option value=\"2\">Still sure of the first answer</option></select></label></form>\n<svg id=\"chart\" viewBox=\"0 0 720 340\" role=\"img\" aria-label=\"Curves\"></svg>\n<ul id=\"legend\"></ul></section>\n";

fn slider(page: &mut String, id: &str, name: &str, max: u32, value: u32) {
    let _ = writeln!(
        page,
        "<label class=\"field\" for=\"{id}\"><span>{name} <output id=\"{id}-said\" for=\"{id}\"></output></span><input type=\"range\" id=\"{id}\" min=\"0\" max=\"{max}\" value=\"{value}\"></label>"
    );
}

fn write_table(page: &mut String, table: &Table) {
    let _ = write!(
        page,
        "<section><h2>{}</h2>\n<div class=\"wide\"><table><thead><tr>",
        escaped(&table.caption)
    );
    for name in &table.head {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escaped(name));
    }
    *page += "</tr></thead><tbody>\n";
    for row in &table.rows {
        *page += "<tr>";
        for (i, cell) in row.iter().enumerate() {
            let (open, close) = if i == 0 {
                ("<th scope=\"row\">", "</th>")
            } else {
                ("<td>", "</td>")
            };
            *page += open;
            match cell {
                Cell::Text(text) => *page += &escaped(text),
                Cell::Share(share) => {
                    let percent = share.clamp(0.0, 1.0) * 100.0;
                    let _ = write!(
                        page,
                        "<span class=\"share\"><span class=\"bar\" style=\"width:{percent:.1}%\"></span></span> <span class=\"figure\">{percent:.1} %</span>"
                    );
                }
            }
            *page += close;
        }
        *page += "</tr>\n";
    }
    *page += "</tbody></table></div></section>\n";
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn page(text: &str, kind: Kind) -> Page {
        let layer = |name: &str| Layer {
            name: name.to_owned(),
            alt: text.to_owned(),
            picture: Some(0),
            map: SaliencyMap {
                values: Array2::from_shape_fn((224, 224), |(y, x)| ((x * y) % 97) as f32),
            },
            scale: Scale {
                min: 0.0,
                max: 96.0,
            },
            place: [0.1, 0.0, 0.9, 1.0],
        };
        Page {
            title: text.to_owned(),
            lead: vec![text.to_owned()],
            kind,
            pictures: vec![RgbImage::new(300, 240)],
            layers: vec![layer(text), layer("other")],
            colormap: Colormap::Viridis,
            opacity: 0.4,
            tables: vec![Table {
                caption: text.to_owned(),
                head: vec![text.to_owned(), "b".to_owned()],
                rows: vec![vec![Cell::Text(text.to_owned()), Cell::Share(0.5)]],
            }],
            trends: vec![Trend {
                family: text.to_owned(),
                name: text.to_owned(),
                points: vec![(3, [Some(0.5), Some(1.0), None])],
            }],
            about: vec![(text.to_owned(), text.to_owned())],
        }
    }

    const KINDS: [Kind; 4] = [
        Kind::Look,
        Kind::Wipe,
        Kind::Agreement {
            delta: 10,
            by_value: false,
        },
        Kind::Tables,
    ];

    /// Tags, in order, without what stands in quotes; the script and the style are known to be ours.
    fn tags(page: &str) -> Vec<String> {
        let mut tags = Vec::new();
        let page = page.replace(SCRIPT, "").replace(STYLE, "");
        let mut rest = page.as_str();
        while let Some((_, after)) = rest.split_once('<') {
            let (mut tag, mut quoted, mut end) = (String::new(), false, after.len());
            for (at, letter) in after.char_indices() {
                match letter {
                    '"' => quoted = !quoted,
                    '>' if !quoted => {
                        end = at + 1;
                        break;
                    }
                    letter if !quoted => tag.push(letter),
                    _ => {}
                }
            }
            tags.push(tag);
            rest = &after[end..];
        }
        tags
    }

    #[test]
    fn no_text_from_outside_becomes_part_of_the_page() {
        for kind in KINDS {
            let plain = tags(&page("plain", kind).html().unwrap());
            assert!(plain.len() > 30);
            for attack in [
                "<script>alert(1)</script>",
                "</script><script>alert(1)</script>",
                "\"><img src=x onerror=alert(1)>",
                "' onmouseover='alert(1)",
                "</title></style><!--",
                "]]><![CDATA[<b>",
                "\u{0}<\u{0}b>\u{1b}[2J\u{202e}\u{2028}",
            ] {
                let attacked = page(attack, kind).html().unwrap();
                assert_eq!(tags(&attacked), plain, "{attack}");
                assert!(!attacked.contains(['\u{0}', '\u{1b}', '\u{2028}']));
            }
        }
    }

    #[test]
    fn the_page_reaches_for_nothing_and_is_small() {
        for kind in KINDS {
            let html = page("plain", kind).html().unwrap();
            assert!(html.len() < 400_000, "{}", html.len());
            for reach in [
                "http:", "https:", "src=\"", "href", "@import", "url(", "fetch(", "XMLHttp",
            ] {
                assert!(!html.contains(reach), "{reach}");
            }
            // The policy names the script that is there.
            let hash = base64(&Sha256::digest(SCRIPT.as_bytes()));
            assert!(html.contains(&format!("script-src 'sha256-{hash}'")));
            assert!(html.contains(&format!("<script>{SCRIPT}</script>")));
        }
    }

    #[test]
    fn a_page_of_large_pictures_and_maps_stays_below_the_limit() {
        let mut page = page("plain", Kind::Look);
        page.pictures = vec![RgbImage::from_fn(3000, 2000, |x, y| {
            let v = x
                .wrapping_mul(2_654_435_761)
                .wrapping_add(y.wrapping_mul(40_503))
                >> 8;
            image::Rgb([v as u8, (v >> 5) as u8, (v >> 9) as u8])
        })];
        for layer in &mut page.layers {
            layer.map.values = Array2::from_shape_fn((1200, 900), |(y, x)| ((x * y) % 97) as f32);
        }
        let html = page.html().unwrap();
        assert!(html.len() < MAX_BYTES, "{}", html.len());
    }
}
