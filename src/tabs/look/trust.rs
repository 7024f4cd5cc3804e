//! Is this map worth trusting? The published checks of `saliscope check-map`, on request, beside the map.

use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::egui::{Button, Ui, vec2};

use super::state::{Ask, Look, Status};
use super::systems::{Asks, Current};
use crate::jobs::{Counting, Jobs, Lane, Reporter, Task, Urgency};
use crate::saliency::Explanation;
use crate::saliency::check::{Curve, MadeMap, PicCurve, Report, Verdict, check_picture};
use crate::ui::commands::Command;
use crate::ui::sentence;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{LineChart, Progress, Series, line_chart, progress_line};

/// Reports of progress: one in so many steps.
const REPORT_EVERY: usize = 4;

/// Where the curves are read off, in percent: most happens at their beginning.
const POINTS: [u8; 7] = [0, 5, 10, 20, 40, 70, 100];

/// How far the checks of the map are.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Trust {
    /// Nobody asked for them.
    #[default]
    Unasked,
    /// They run: this share of a check is done, 0 to 1.
    Running(f32),
    /// What they came to.
    Checked(Box<Card>),
    /// Why there is no answer, in a sentence.
    Failed(String),
}

/// What the checks came to, ready to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The verdict, in words.
    pub verdict: Verdict,
    /// Said where there is nothing to see in the map.
    pub remark: Option<String>,
    /// Pixels taken away and brought back: how sure the network is, against the share of pixels.
    pub pixels: Vec<Series>,
    /// Information brought back: sureness and accuracy, against the share of information; empty where
    /// there are no such curves.
    pub information: Vec<Series>,
}

impl Card {
    /// The card of a report about the map of `explanation`.
    #[must_use]
    pub fn of(report: &Report, explanation: &Explanation) -> Self {
        let curves = &report.deletion_insertion;
        let of = |name: &str, curve: &Curve| Series {
            name: format!("{name} {:.3}", curve.area),
            values: POINTS
                .map(|at| read_off(curve, f64::from(at) / 100.0))
                .into(),
            intervals: Vec::new(),
        };
        let information = [
            ("SIC, sure", &report.information.softmax),
            ("AIC, right", &report.information.accuracy),
        ];
        let information = information
            .into_iter()
            .filter_map(|(name, curve)| match curve {
                PicCurve::Curve(curve) => Some(of(name, curve)),
                PicCurve::NotApplicable(_) => None,
            });
        Self {
            verdict: report.verdict.clone(),
            remark: explanation.remark().map(sentence),
            pixels: vec![
                of("Deletion", &curves.deletion),
                of("Insertion", &curves.insertion),
            ],
            information: information.collect(),
        }
    }
}

/// The height of a curve at a share between 0 and 1, between its points by a straight line.
fn read_off(curve: &Curve, share: f64) -> Option<f64> {
    let points = || curve.shares.iter().zip(&curve.probabilities);
    let after = points().position(|(x, _)| *x >= share);
    let Some(after) = after else {
        return points().next_back().map(|(_, y)| *y);
    };
    let (x1, y1) = points().nth(after)?;
    let before = after.checked_sub(1).and_then(|before| points().nth(before));
    let Some((x0, y0)) = before.filter(|(x0, _)| *x0 < x1) else {
        return Some(*y1);
    };
    Some(y0 + (y1 - y0) * (share - x0) / (x1 - x0))
}

/// The section of the right column.
pub(super) fn trust_ui(ui: &mut Ui, look: &Look, asked: &mut Vec<Ask>) {
    if look.status != Status::Done && look.trust == Trust::Unasked {
        return;
    }
    ui.add_space(2.0 * UNIT);
    ui.label(theme::title("Is it worth trusting?"));
    let size = vec2(ui.available_width(), theme::TARGET);
    match &look.trust {
        Trust::Unasked => {
            let button = ui
                .add_sized(size, Button::new("Check this map"))
                .on_hover_text(
                    "Takes away what mattered most, brings it back, and asks a network whose weights \
                     are shuffled: half a minute or so",
                );
            if button.clicked() {
                asked.push(Ask::CheckMap);
            }
        }
        Trust::Running(share) => {
            progress_line(ui, "Checking the map", Progress::Share(*share));
            ui.label(theme::quiet(
                ui,
                "Taking parts away and bringing them back...",
            ));
            if ui.add_sized(size, Button::new("Stop the check")).clicked() {
                asked.push(Ask::StopCheck);
            }
        }
        Trust::Failed(why) => {
            ui.label(why);
            if ui.add_sized(size, Button::new("Check again")).clicked() {
                asked.push(Ask::CheckMap);
            }
        }
        Trust::Checked(card) => card_ui(ui, card),
    }
}

fn card_ui(ui: &mut Ui, card: &Card) {
    if let Some(remark) = &card.remark {
        ui.label(remark);
    }
    ui.label(card.verdict.summary);
    let labels: Vec<String> = POINTS.map(|at| at.to_string()).into();
    ui.push_id("pixels", |ui| {
        line_chart(
            ui,
            &LineChart {
                name: "How sure the network is of the class while pixels go and come",
                labels: &labels,
                across: "Pixels, in percent; with areas",
                series: &card.pixels,
            },
        );
    });
    if !card.information.is_empty() {
        ui.push_id("information", |ui| {
            line_chart(
                ui,
                &LineChart {
                    name: "How good the network is while information comes back",
                    labels: &labels,
                    across: "Information, in percent; with areas",
                    series: &card.information,
                },
            );
        });
    }
    for reason in &card.verdict.reasons {
        ui.label(reason);
    }
    ui.label(theme::quiet(ui, card.verdict.caveat));
}

/// What the panels do not see: the check that runs, and of which map.
#[derive(Resource, Default)]
pub struct Checking {
    of: Option<Arc<Explanation>>,
    task: Option<Task<Report, (usize, usize)>>,
}

/// Does what was asked for here, and leaves the rest to the tab.
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut look: ResMut<Look>,
    mut checking: ResMut<Checking>,
    current: Res<Current>,
    jobs: Res<Jobs>,
) {
    for ask in asks.take() {
        match ask {
            Ask::CheckMap => {
                if let Some(task) = check(&current, &jobs) {
                    checking.of.clone_from(&current.explanation);
                    checking.task = Some(task);
                    look.trust = Trust::Running(0.0);
                }
            }
            Ask::StopCheck => stop(&mut look, &mut checking),
            // Work on the map itself is stopped first.
            Ask::Do(Command::Cancel) if checking.task.is_some() && !look.working() => {
                stop(&mut look, &mut checking);
            }
            other => asks.push(other),
        }
    }
}

fn stop(look: &mut Look, checking: &mut Checking) {
    checking.task = None;
    if matches!(look.trust, Trust::Running(_)) {
        look.trust = Trust::Unasked;
    }
}

fn check(current: &Current, jobs: &Jobs) -> Option<Task<Report, (usize, usize)>> {
    let picture = current.picture.clone()?;
    let explanation = current.explanation.clone()?;
    let model = current.asked.as_ref()?.0.clone();
    let work = jobs.work().clone();
    let run = move |reporter: &Reporter<'_, (usize, usize)>| -> Result<Report, String> {
        let classifier = work.classifier(&model)?;
        let made = MadeMap::of(&explanation);
        let watch = Counting::new(reporter, REPORT_EVERY);
        let report = check_picture(&classifier, &picture, &made, true, &watch);
        report.map_err(|error| error.to_string())
    };
    Some(jobs.run(Lane::Figures, Urgency::Now, run))
}

/// Takes what the check reports; one of another map than is shown is forgotten.
pub(super) fn receive(
    mut look: ResMut<Look>,
    mut checking: ResMut<Checking>,
    current: Res<Current>,
) {
    let shown = match (&checking.of, &current.explanation) {
        (Some(of), Some(shown)) => Arc::ptr_eq(of, shown),
        (None, _) => true,
        (Some(_), None) => false,
    };
    if !shown {
        *checking = Checking::default();
        look.trust = Trust::Unasked;
        return;
    }
    let Some(task) = &checking.task else { return };
    if let Some((done, total)) = task.reports().last() {
        let share = *done as f32 / (*total).max(1) as f32;
        look.trust = Trust::Running(share);
    }
    let Some(answer) = task.take() else { return };
    checking.task = None;
    look.trust = match (answer, &checking.of) {
        (Ok(report), Some(of)) => Trust::Checked(Box::new(Card::of(&report, of))),
        (Ok(_), None) => Trust::Unasked,
        (Err(why), _) => Trust::Failed(sentence(&why.to_string())),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_read_off_between_their_points() {
        let curve = Curve {
            shares: vec![0.0, 0.5, 0.5, 1.0],
            probabilities: vec![1.0, 0.5, 0.3, 0.1],
            area: 0.5,
        };
        let at = |share| read_off(&curve, share).unwrap();
        for (share, height) in [
            (0.0, 1.0),
            (0.25, 0.75),
            (0.5, 0.5),
            (0.75, 0.2),
            (1.0, 0.1),
        ] {
            assert!((at(share) - height).abs() < 1e-12, "{share}: {}", at(share));
        }
        let short = Curve {
            shares: vec![0.0, 0.4],
            probabilities: vec![0.2, 0.6],
            area: 0.2,
        };
        assert_eq!(read_off(&short, 1.0), Some(0.6));
        let none = Curve {
            shares: Vec::new(),
            probabilities: Vec::new(),
            area: 0.0,
        };
        assert_eq!(read_off(&none, 0.5), None);
    }
}
