//! Where the thing is, as people said: the mask or boxes beside the picture, over it and in figures.

use std::path::PathBuf;
use std::sync::Arc;

use bevy::math::Vec2;
use bevy::prelude::*;
use bevy_egui::egui::{self, Stroke, Ui};
use ndarray::Array2;

use super::PANE;
use super::state::{Fact, Look};
use super::systems::Current;
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency};
use crate::picture::Picture;
use crate::saliency::Explanation;
use crate::stage::StageFrame;
use crate::truth::{
    Line, Localisation, TruthError, TruthOptions, Truths, localise, outline, truth_beside,
};
use crate::ui::library::Library;
use crate::ui::theme::{self, UNIT};
use crate::ui::{Session, sentence};

/// The most important share of the map that is held against the thing, 0 to 1, as on the command line.
const TOP: f64 = 0.1;

/// What is said of the picture that is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The name of the file that says it.
    pub file: String,
    /// What the things are called, where that is known.
    pub things: Vec<String>,
    /// The edge of the thing.
    pub outline: Arc<[Line]>,
    /// Whether the edge is drawn.
    pub drawn: bool,
    /// How the map is held against it; empty until both are there.
    pub facts: Vec<Fact>,
    /// Why there are no figures, or why the file says nothing, in a sentence.
    pub remark: Option<String>,
}

/// The section of the right column.
pub(super) fn said_ui(ui: &mut Ui, look: &mut Look) {
    let Some(said) = &mut look.said else { return };
    ui.add_space(2.0 * UNIT);
    ui.label(theme::title("Where the thing is"));
    let words = if said.things.is_empty() {
        format!("Told by {}.", said.file)
    } else {
        format!("{}, told by {}.", said.things.join(", "), said.file)
    };
    ui.label(theme::quiet(ui, words));
    if let Some(remark) = &said.remark {
        ui.label(remark);
    }
    if !said.outline.is_empty() {
        ui.checkbox(&mut said.drawn, "Show its edge")
            .on_hover_text("The white line on the picture");
    }
    ui.spacing_mut().item_spacing.y = UNIT / 2.0;
    for fact in &said.facts {
        super::answer::fact_row(ui, fact);
    }
    ui.spacing_mut().item_spacing.y = UNIT;
}

/// Draws the edge over the picture at `rect`.
pub(super) fn edge_ui(root: &Ui, rect: egui::Rect, look: &Look, frame: &StageFrame) {
    let Some(said) = look.said.as_ref().filter(|said| said.drawn) else {
        return;
    };
    let painter = root.painter().with_clip_rect(rect);
    let corners = [Vec2::ZERO, Vec2::ONE].map(|at| frame.point_of(PANE, at));
    let [Some(low), Some(high)] = corners else {
        return;
    };
    let place = |[x, y]: [f32; 2]| low + egui::vec2(x, y) * (high - low);
    for stroke in [
        Stroke::new(3.5, egui::Color32::from_black_alpha(190)),
        Stroke::new(1.5, egui::Color32::WHITE),
    ] {
        let lines = said.outline.iter();
        painter.extend(lines.map(|line| egui::Shape::line_segment(line.map(place), stroke)));
    }
}

/// What a lane finds beside a picture.
struct Found {
    file: String,
    truth: Result<Outlined, String>,
}

/// The true places, what they are of, and their edge.
type Outlined = (Arc<Array2<bool>>, Vec<String>, Arc<[Line]>);

/// What the panels do not see.
#[derive(Resource, Default)]
pub struct Beside {
    /// The picture that was looked beside.
    of: Option<Arc<Picture>>,
    looking: Option<Task<Option<Found>>>,
    inside: Option<Arc<Array2<bool>>>,
    /// The explanation that is measured, or was.
    measured: Option<Arc<Explanation>>,
    measuring: Option<Task<Option<Localisation>>>,
}

/// Looks beside the picture, reads what lies there, and holds the map against it.
pub(super) fn follow(
    mut look: ResMut<Look>,
    mut beside: ResMut<Beside>,
    current: Res<Current>,
    session: Res<Session>,
    library: Res<Library>,
    jobs: Res<Jobs>,
) {
    let beside = &mut *beside;
    let same = match (&beside.of, &current.picture) {
        (Some(of), Some(shown)) => Arc::ptr_eq(of, shown),
        (None, None) => true,
        _ => false,
    };
    if !same {
        *beside = Beside {
            of: current.picture.clone(),
            ..Beside::default()
        };
        look.said = None;
        let item = session.picture.and_then(|chosen| library.get(chosen));
        let path = item.and_then(|item| item.path.clone());
        if let (Some(picture), Some(path)) = (current.picture.clone(), path) {
            let work = move |_: &Reporter<'_>| Ok::<_, String>(find(&picture, &path));
            beside.looking = Some(jobs.run(Lane::Files, Urgency::Later, work));
        }
    }
    if let Some(Ok(Some(found))) = Task::poll(&mut beside.looking) {
        let mut said = Said {
            file: found.file,
            things: Vec::new(),
            outline: Arc::default(),
            drawn: true,
            facts: Vec::new(),
            remark: None,
        };
        match found.truth {
            Ok((inside, things, edge)) => {
                (said.things, said.outline) = (things, edge);
                beside.inside = Some(inside);
            }
            Err(why) => said.remark = Some(sentence(&why)),
        }
        look.said = Some(said);
    }
    measure(&mut look, beside, &current, &jobs);
}

/// Holds the newest map against the thing.
fn measure(look: &mut ResMut<Look>, beside: &mut Beside, current: &Current, jobs: &Jobs) {
    let (Some(inside), Some(explanation)) = (&beside.inside, &current.explanation) else {
        return;
    };
    let known = beside.measured.as_ref();
    if known.is_none_or(|known| !Arc::ptr_eq(known, explanation)) {
        beside.measured = Some(explanation.clone());
        let (explanation, inside) = (explanation.clone(), inside.clone());
        let work = move |_: &Reporter<'_>| {
            let found = localise(&explanation.map, explanation.region, &inside, TOP);
            Ok::<_, String>(found)
        };
        beside.measuring = Some(jobs.run(Lane::Figures, Urgency::Now, work));
        if let Some(said) = &mut look.said {
            (said.facts, said.remark) = (Vec::new(), None);
        }
    }
    if let Some(Ok(found)) = Task::poll(&mut beside.measuring)
        && let Some(said) = &mut look.said
    {
        said.facts = found.as_ref().map(facts).unwrap_or_default();
        said.remark = found.is_none().then(|| {
            "There is nothing to see in the map, or the network did not see the thing.".to_owned()
        });
    }
}

/// What lies beside the picture at `path`; `None` where nothing does, or nothing that speaks of it.
fn find(picture: &Picture, path: &std::path::Path) -> Option<Found> {
    let file: PathBuf = truth_beside(path)?;
    let truth = Truths::open(&file, TruthOptions::default())
        .and_then(|truths| truths.of(path, picture.size()));
    let truth = match truth {
        Ok(truth) => {
            let edge = outline(&truth.inside).into();
            Ok((Arc::new(truth.inside), truth.names, edge))
        }
        // A file about many pictures need not speak of this one.
        Err(TruthError::Nothing { .. }) => return None,
        Err(error) => Err(error.to_string()),
    };
    Some(Found {
        file: crate::text::file_name(file.file_name().unwrap_or_default()),
        truth,
    })
}

/// The three figures, in words.
fn facts(found: &Localisation) -> Vec<Fact> {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    vec![
        Fact {
            name: "Points at it",
            value: if found.pointing { "yes" } else { "no" }.to_owned(),
            help: "The pointing game: whether the map's highest value lies on the thing.",
            good: Some(found.pointing),
        },
        Fact {
            name: "Covers it",
            value: format!("IoU {:.3}", found.iou),
            help: "Intersection over union of the thing and the top 10 % of the map.",
            good: None,
        },
        Fact {
            name: "Energy on it",
            value: format!(
                "{}, chance {}",
                percent(found.energy),
                percent(found.truth_share)
            ),
            help: "Share of the map's values above 0 that lies on the thing; a map of chance has the \
                   thing's own share of what the network saw.",
            good: Some(found.energy > found.truth_share),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_told_with_what_chance_reaches() {
        let found = Localisation {
            pointing: true,
            pointing_share: 1.0,
            iou: 0.25,
            energy: 0.6,
            truth_share: 0.2,
            truth_seen: 1.0,
        };
        let told: Vec<String> = facts(&found).into_iter().map(|fact| fact.value).collect();
        assert_eq!(told, ["yes", "IoU 0.250", "60.0 %, chance 20.0 %"]);
        let worse = Localisation {
            pointing: false,
            energy: 0.1,
            ..found
        };
        let good: Vec<Option<bool>> = facts(&worse).into_iter().map(|fact| fact.good).collect();
        assert_eq!(good, [Some(false), None, Some(false)]);
    }
}
