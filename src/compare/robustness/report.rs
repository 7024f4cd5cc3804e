//! A matrix of versions and networks as something to hand on: a table of numbers, or one page with
//! its pictures inside that opens anywhere, without a network.

use std::fmt::Write as _;

use image::RgbImage;

use super::csv;
use super::row::Row;
use super::summary::{Mean, rank};
use crate::files::made_by;
use crate::page::{data_uri, escaped};

/// One cell of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportCell {
    /// Where the map agrees with the original's.
    pub picture: RgbImage,
    /// Its figures.
    pub row: Row,
}

/// One version of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportLine {
    /// Its name.
    pub name: String,
    /// A small copy.
    pub picture: RgbImage,
    /// One a network, in the order of the report's columns: the cell, or why there is none.
    pub cells: Vec<Result<ReportCell, String>>,
}

/// A matrix to hand on.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it is about.
    pub title: String,
    /// How it was made: method, delta, program; one sentence each.
    pub about: Vec<String>,
    /// Id and name of each network.
    pub columns: Vec<(String, String)>,
    /// The versions, the original first.
    pub lines: Vec<ReportLine>,
}

impl Report {
    /// The rows of all cells, by network and then version.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        (0..self.columns.len()).flat_map(|column| {
            self.lines
                .iter()
                .filter_map(move |line| line.cells.get(column)?.as_ref().ok())
                .map(|cell| &cell.row)
        })
    }

    /// The numbers as comma-separated values, the columns of a robustness file.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = csv::record(&Row::COLUMNS.map(str::to_owned));
        for row in self.rows() {
            text += &row.record();
        }
        text
    }

    /// One HTML page with the pictures embedded.
    ///
    /// # Errors
    /// When a picture has no pixels, so that it cannot be encoded.
    pub fn html(&self) -> Result<String, image::ImageError> {
        let mut page = HEAD.replace("MADE_BY", &made_by());
        let title = escaped(&self.title);
        let _ = write!(
            page,
            "<title>{title}</title></head>\n<body><h1>{title}</h1>\n"
        );
        for sentence in &self.about {
            let _ = writeln!(page, "<p>{}</p>", escaped(sentence));
        }
        self.ranking(&mut page);
        page += "<h2>Every version and model</h2>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Version</th>";
        for (_, name) in &self.columns {
            let _ = write!(page, "<th scope=\"col\">{}</th>", escaped(name));
        }
        page += "</tr></thead>\n<tbody>\n";
        for (index, line) in self.lines.iter().enumerate() {
            let name = escaped(&line.name);
            let _ = write!(
                page,
                "<tr><th scope=\"row\"><img src=\"{}\" alt=\"\"><br>{name}</th>",
                data_uri(&line.picture)?
            );
            for cell in &line.cells {
                page += "<td>";
                match cell {
                    Ok(cell) => cell_html(&mut page, cell, index == 0)?,
                    Err(why) => page += &escaped(why),
                }
                page += "</td>";
            }
            page += "</tr>\n";
        }
        page += "</tbody></table></div>\n</body></html>\n";
        Ok(page)
    }

    fn ranking(&self, page: &mut String) {
        let ranks = rank(self.rows());
        if ranks.is_empty() {
            return;
        }
        *page += "<h2>Who bears it best</h2>\n<table><thead><tr><th scope=\"col\">Model</th><th scope=\"col\">Map agrees</th><th scope=\"col\">Answer stays</th><th scope=\"col\">Still sure of the first answer</th><th scope=\"col\">Left out</th></tr></thead><tbody>\n";
        for one in ranks {
            let named = self.columns.iter().find(|(id, _)| *id == one.model);
            let name = named.map_or(one.model.as_str(), |(_, name)| name.as_str());
            let _ = writeln!(
                page,
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                escaped(name),
                if one.has_maps() {
                    share(one.agree)
                } else {
                    "nothing to compare".to_owned()
                },
                share(one.same),
                share(one.confidence),
                one.left_out().unwrap_or_default()
            );
        }
        *page += "</tbody></table>\n";
    }
}

fn share(mean: Mean) -> String {
    let interval = mean.interval.map_or_else(String::new, |(low, high)| {
        format!(" ({:.1} to {:.1})", low * 100.0, high * 100.0)
    });
    format!("{:.1} %{interval}", mean.mean * 100.0)
}

fn cell_html(
    page: &mut String,
    cell: &ReportCell,
    original: bool,
) -> Result<(), image::ImageError> {
    let row = &cell.row;
    let label = escaped(&row.label);
    let alt = format!(
        "Where the map agrees with the original's: {:.1} %",
        row.agree * 100.0
    );
    let _ = write!(
        page,
        "<img src=\"{}\" alt=\"{alt}\"><br>",
        data_uri(&cell.picture)?
    );
    let sign = match (original, row.same()) {
        (true, _) => "",
        (false, true) => "<span class=\"same\">same answer:</span> ",
        (false, false) => "<span class=\"other\">another answer:</span> ",
    };
    let _ = write!(page, "{sign}{label} {:.1} %", row.probability * 100.0);
    if row.is_blank() {
        *page += "<br>the map is empty: nothing to compare";
    } else if !original {
        let _ = write!(page, "<br>agrees {:.1} %", row.agree * 100.0);
    }
    Ok(())
}

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\"><head><meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"generator\" content=\"MADE_BY\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">
<style>
body { font: 16px/1.45 system-ui, sans-serif; color: #313942; background: #fff; margin: 24px; }
h1, h2 { font-weight: 600; color: #31629f; }
table { border-collapse: collapse; }
th, td { border: 1px solid #d9dfe6; padding: 8px; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: #f3f6f9; }
img { display: block; max-width: 160px; height: auto; }
.wide { overflow-x: auto; }
.same { color: #1c6e4a; } .other { font-weight: 600; }
</style>
";

#[cfg(test)]
mod tests {
    use super::super::Journal;
    use super::super::row::example;
    use super::*;

    fn report() -> Report {
        let cell = |shift: &str, label: &str| {
            let mut row = example("cat", "one", shift);
            row.label = label.to_owned();
            Ok(ReportCell {
                picture: RgbImage::from_pixel(3, 2, image::Rgb([9, 200, 30])),
                row,
            })
        };
        Report {
            title: "Cat & <friends>".to_owned(),
            about: vec!["XRAI, delta 10.".to_owned()],
            columns: vec![("one".to_owned(), "Network \"One\"".to_owned())],
            lines: vec![
                ReportLine {
                    name: "Original".to_owned(),
                    picture: RgbImage::new(2, 2),
                    cells: vec![cell("none", "tabby")],
                },
                ReportLine {
                    name: "Fog 3".to_owned(),
                    picture: RgbImage::new(2, 2),
                    cells: vec![cell("fog:3", "<b>lynx</b>")],
                },
                ReportLine {
                    name: "Snow 3".to_owned(),
                    picture: RgbImage::new(2, 2),
                    cells: vec![Err("it broke".to_owned())],
                },
            ],
        }
    }

    #[test]
    fn the_page_holds_everything_and_reaches_for_nothing() {
        let page = report().html().unwrap();
        assert_eq!(page.matches("src=\"data:image/png;base64,").count(), 5);
        assert_eq!(page.matches("src=").count(), 5);
        for reach in ["http:", "https:", "//", "<script", "<link"] {
            // Two slashes can be part of a picture's text, nowhere else.
            let bare: String = page
                .split('"')
                .filter(|part| !part.starts_with("data:"))
                .collect();
            assert!(!bare.contains(reach), "{reach}");
        }
        assert!(page.contains("Cat &amp; &lt;friends&gt;"));
        assert!(page.contains("&lt;b&gt;lynx&lt;/b&gt;") && !page.contains("<b>lynx"));
        assert!(page.contains("Network &quot;One&quot;") && page.contains("it broke"));
        assert!(page.contains("another answer:"));
    }

    /// The tags of a page, in order, with their attributes' names and all that stands in quotes taken out.
    /// A browser reads a page the same way: `<` begins a tag, quotes enclose a value.
    fn tags(page: &str) -> Vec<String> {
        let mut tags = Vec::new();
        let mut rest = page;
        while let Some((_, after)) = rest.split_once('<') {
            let mut tag = String::new();
            let mut quoted = false;
            let mut end = after.len();
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
        let page = |text: &str| {
            let mut report = report();
            report.title = text.to_owned();
            report.about = vec![text.to_owned(), text.to_owned()];
            report.columns = vec![(text.to_owned(), text.to_owned())];
            for line in &mut report.lines {
                line.name = text.to_owned();
                for cell in &mut line.cells {
                    match cell {
                        Ok(cell) => {
                            cell.row.label = text.to_owned();
                            cell.row.key.model = text.to_owned();
                        }
                        Err(why) => *why = text.to_owned(),
                    }
                }
            }
            report.html().unwrap()
        };
        let plain = tags(&page("plain"));
        assert!(plain.len() > 40);
        for attack in [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "' onmouseover='alert(1)",
            "</title><svg/onload=alert(1)>",
            "</style><!--",
            "]]><![CDATA[<b>",
            "&lt;script&gt; &#60;b&#62;",
            "\u{0}<\u{0}b>\u{1b}[2J\u{202e}",
        ] {
            let attacked = page(attack);
            assert_eq!(tags(&attacked), plain, "{attack}");
            assert!(!attacked.contains("<script") && !attacked.contains("<svg"));
            assert!(!attacked.contains(['\u{0}', '\u{1b}', '\u{202e}']));
            if attack.contains('&') {
                assert!(attacked.contains("&amp;lt;script"));
            }
        }
    }

    #[test]
    fn the_numbers_are_a_robustness_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.csv");
        std::fs::write(&path, report().csv()).unwrap();
        let rows = Journal::read(&path).unwrap();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().eq(report().rows()));
    }
}
