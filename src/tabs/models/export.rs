//! What is kept of a matrix: a report with pictures, one picture, or the numbers.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::compare_cell::COLOURS;
use super::poster::poster;
use super::state::{Cell, Explained, Finding, Models};
use crate::compare::robustness::{Report, ReportCell, ReportLine, Row, Truths, robustness_page};
use crate::compare::{Agreement, ColouredMap};
use crate::files::{write_atomic, write_png};
use crate::jobs::thumbnail;
use crate::picture::Picture;
use crate::saliency::Method;
use crate::tabs::save::one_file;

/// Side of a cell's picture in a report, in pixels.
const SIDE: u32 = 160;

/// A finished cell: its figures, its map and the original's, the delta.
struct DraftCell {
    finding: Finding,
    maps: [Arc<ColouredMap>; 2],
    delta: u8,
}

/// One version.
struct DraftLine {
    name: String,
    picture: Option<Arc<Picture>>,
    cells: Vec<Result<DraftCell, String>>,
}

/// All that a report is made from, taken in a frame and worked out on a thread.
pub struct Draft {
    title: String,
    about: Vec<String>,
    columns: Vec<(String, String)>,
    lines: Vec<DraftLine>,
}

impl Draft {
    /// What the matrix holds now. Cells that are not there are left out, and say so.
    pub fn of(models: &Models, method: Method) -> Self {
        let explained = match models.explained {
            Explained::ItsAnswer => "what the model says of each version",
            Explained::FirstAnswer => "what the model said of the original",
        };
        let delta = if models.own_deltas {
            let each = models.columns.iter();
            let each = each.map(|c| format!("{} {}", c.name, models.delta_of(&c.model)));
            format!("delta by model: {}", each.collect::<Vec<_>>().join(", "))
        } else {
            format!("delta {}", models.delta_of(""))
        };
        let lines = models.versions.iter().enumerate().map(|(row, version)| {
            let cells = (0..models.columns.len()).map(|column| draft_cell(models, row, column));
            DraftLine {
                name: version.name.clone(),
                picture: version.picture.clone(),
                cells: cells.collect(),
            }
        });
        Self {
            title: format!("Models on \"{}\"", models.picture_name),
            about: vec![
                format!("Maps: {}, explaining {explained}; {delta}.", method.name()),
                "Each picture shows where that version's map has the colours it has on the \
                 original, for the same model; black is where they differ."
                    .to_owned(),
                format!("Made with Saliscope {}.", env!("CARGO_PKG_VERSION")),
            ],
            columns: models
                .columns
                .iter()
                .map(|column| (column.model.clone(), column.name.clone()))
                .collect(),
            lines: lines.collect(),
        }
    }

    /// The report, with every picture drawn and every share counted for its delta.
    ///
    /// # Errors
    /// One line when two maps of one model differ in size, which none do.
    pub fn report(&self) -> Result<Report, String> {
        let mut lines = Vec::new();
        for line in &self.lines {
            let mut cells = Vec::new();
            for cell in &line.cells {
                cells.push(match cell {
                    Ok(cell) => Ok(drawn(cell)?),
                    Err(why) => Err(why.clone()),
                });
            }
            let picture = match &line.picture {
                Some(picture) => thumbnail(&picture.pixels),
                None => image::RgbImage::from_pixel(1, 1, image::Rgb([232, 237, 242])),
            };
            lines.push(ReportLine {
                name: line.name.clone(),
                picture,
                cells,
            });
        }
        Ok(Report {
            title: self.title.clone(),
            about: self.about.clone(),
            columns: self.columns.clone(),
            lines,
        })
    }
}

fn draft_cell(models: &Models, row: usize, column: usize) -> Result<DraftCell, String> {
    let missing = || "not computed".to_owned();
    let broken = models.columns.get(column).and_then(|c| c.broken.clone());
    match models.cell(row, column) {
        Some(Cell::Done(finding)) => {
            let first = models.finding(0, column).ok_or_else(missing)?;
            Ok(DraftCell {
                finding: Finding::clone(finding),
                maps: [finding.map.clone(), first.map.clone()],
                delta: models.delta_of(&finding.row.key.model),
            })
        }
        Some(Cell::Failed(why)) => Err(why.clone()),
        _ => Err(broken.unwrap_or_else(missing)),
    }
}

fn drawn(cell: &DraftCell) -> Result<ReportCell, String> {
    let agreement = Agreement::new(COLOURS, cell.delta);
    let [map, original] = &cell.maps;
    let line = |error: crate::compare::CompareError| error.to_string();
    let count = original.count(map, &agreement).map_err(line)?;
    let mut finding = cell.finding.clone();
    finding.count(count.share().unwrap_or(0.0), cell.delta);
    let row = finding.row;
    let picture = original
        .intersection(map, &agreement, SIDE, SIDE)
        .map_err(line)?;
    Ok(ReportCell { picture, row })
}

/// Writes a folder's results, from the file `table`, to `path` as one page; `truths` say what its pictures
/// are of.
///
/// # Errors
/// One line when the file cannot be written.
pub(super) fn page(rows: &[Row], truths: &Truths, table: &Path, path: &Path) -> Result<(), String> {
    let rows: Vec<&Row> = rows.iter().collect();
    let about = vec![("Table".to_owned(), table.display().to_string())];
    one_file(
        path,
        Some(table),
        || Ok(robustness_page(&rows, truths, about)),
        || None,
    )
}

/// Writes the matrix to `path`, as its ending says: `.png`, `.csv` or else one HTML page. The words of
/// success come back.
///
/// # Errors
/// One line when the file cannot be written or the picture would be too large.
pub fn write(draft: &Draft, path: &Path) -> Result<PathBuf, String> {
    let report = draft.report()?;
    let is = |ending: &str| {
        path.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case(ending))
    };
    let done = if is("png") {
        write_png(path, &poster(&report)?)
    } else {
        let text = if is("csv") {
            report.csv()
        } else {
            report.html().map_err(|error| error.to_string())?
        };
        write_atomic(path, |file| file.write_all(text.as_bytes()))
    };
    done.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path.to_owned())
}
