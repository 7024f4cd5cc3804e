//! The quick choices: B made from A with one thing changed.

use bevy::prelude::*;

use super::current::Current;
use super::state::{Difference, SimilarityState, Status, Which};
use crate::classifier::PictureKind;
use crate::jobs::Urgency;
use crate::maps::painter::{Change, Painter};
use crate::saliency::{ClassChoice, Method};
use crate::stylize::corruption::Corruption;
use crate::ui::Session;
use crate::ui::library::Library;
use crate::ui::pictures::Pictures;
use crate::ui::shell::ModelChoice;

/// The severity of a quick corruption: clearly visible.
const SEVERITY: u8 = 3;

/// Makes B from A.
pub(super) fn differ(
    what: Difference,
    state: &mut SimilarityState,
    current: &mut Current,
    (models, session): (&[ModelChoice], &Session),
    painter: &Painter,
    pictures: &mut Pictures,
) {
    if state.side(Which::A).from_file && what != Difference::Picture {
        // A map from a file has no picture and no network to ask again.
        return;
    }
    current.presses += 1;
    current.other_answer = false;
    let before = state.side(Which::B).clone();
    match what {
        Difference::Picture => {
            let shown = [before.item, state.side(Which::A).item];
            if let Some(index) = next_picture(&pictures.library, shown) {
                let a = state.side(Which::A);
                let (model, mut request) = (a.model.clone(), a.request.clone());
                request.class = ClassChoice::Auto;
                let b = state.side_mut(Which::B);
                (b.model, b.request) = (model, request);
                b.answers.clear();
                b.explained = None;
                current.choose(state, Which::B, index, pictures);
            }
        }
        Difference::Answer => {
            same_picture(state);
            let class = next_answer(state, before.request.class);
            match class {
                Some(class) => state.side_mut(Which::B).request.class = ClassChoice::Class(class),
                None => current.other_answer = true,
            }
            if !current.other_answer {
                take(state, current, pictures);
            }
        }
        Difference::Method => {
            same_picture(state);
            let a = state.side(Which::A).request.method;
            let next = next_method(a, before.request.method);
            let b = state.side_mut(Which::B);
            b.request = session.question(next, b.request.class);
            take(state, current, pictures);
        }
        Difference::Network => {
            same_picture(state);
            let a = state.side(Which::A).model.clone();
            if let Some(next) = next_model(models, &a, &before.model) {
                state.side_mut(Which::B).model = next;
            }
            take(state, current, pictures);
        }
        Difference::Texture | Difference::Corruption => {
            same_picture(state);
            let Some(picture) = current.side(Which::A).picture.clone() else {
                return;
            };
            let a = state.side(Which::A).name.clone();
            let change = if what == Difference::Texture {
                next_texture(&pictures.library, current.presses)
            } else {
                let kind = Corruption::ALL[current.presses % Corruption::ALL.len()];
                Some(Change::corrupted(kind, SEVERITY))
            };
            let Some(change) = change else {
                return;
            };
            let b = state.side_mut(Which::B);
            b.name = format!("{a}, {}", change.words);
            b.alternative = format!("{}, {}", b.alternative, change.words);
            b.item = None;
            b.status = Status::working("Making the picture...");
            current.stop(Which::B, &pictures.jobs);
            current.started = true;
            let whole = (picture, u32::MAX);
            let task = painter.make(&pictures.jobs, Urgency::Now, whole, Some(change));
            current.making = Some(task);
        }
    }
}

/// B gets what A is of, and is asked for nothing yet.
fn same_picture(state: &mut SimilarityState) {
    let mut side = state.side(Which::A).clone();
    let old = state.side(Which::B);
    side.status = old.status.clone();
    side.range = old.range;
    if let (ClassChoice::Auto, Some(explained)) = (side.request.class, &side.explained) {
        // The same question as A's: its answer by name.
        side.request.class = ClassChoice::Class(explained.class);
    }
    *state.side_mut(Which::B) = side;
}

/// B gets A's picture and is explained.
fn take(state: &mut SimilarityState, current: &mut Current, pictures: &mut Pictures) {
    if let Some(picture) = current.side(Which::A).picture.clone() {
        current.stop(Which::B, &pictures.jobs);
        current.show(state, Which::B, picture, pictures);
    }
}

/// The answer of A after the one that B explains now, never A's own; `None` until A's are known.
pub(super) fn next_answer(state: &SimilarityState, now: ClassChoice) -> Option<usize> {
    let a = state.side(Which::A);
    let own = a.explained.as_ref()?.class;
    let others: Vec<usize> = a
        .answers
        .iter()
        .map(|answer| answer.class)
        .filter(|class| *class != own)
        .collect();
    let at = match now {
        ClassChoice::Class(class) => others.iter().position(|other| *other == class),
        ClassChoice::Auto => None,
    };
    let next = at.map_or(0, |at| (at + 1) % others.len().max(1));
    others.get(next).copied()
}

/// The method after B's, never A's own.
fn next_method(a: Method, b: Method) -> Method {
    let others: Vec<Method> = Method::all().filter(|method| *method != a).collect();
    let at = others.iter().position(|method| *method == b);
    let next = match at {
        Some(at) => (at + 1) % others.len().max(1),
        // From XRAI to integrated gradients, which is what it is made of: the telling step.
        None => others.iter().position(|m| *m == Method::Ig).unwrap_or(0),
    };
    others.get(next).copied().unwrap_or(a)
}

/// The installed network after B's, never A's own.
fn next_model(models: &[ModelChoice], a: &str, b: &str) -> Option<String> {
    let others: Vec<&ModelChoice> = models
        .iter()
        .filter(|model| model.installed && model.id != a)
        .collect();
    let at = others.iter().position(|model| model.id == b);
    let next = at.map_or(0, |at| (at + 1) % others.len().max(1));
    others.get(next).map(|model| model.id.clone())
}

/// The photo after the last one that is shown, never one that is.
fn next_picture(library: &Library, shown: [Option<u64>; 2]) -> Option<usize> {
    let from = shown
        .into_iter()
        .flatten()
        .find_map(|id| library.position(id))
        .map_or(0, |at| at + 1);
    let count = library.items().len();
    (from..from + count).map(|at| at % count).find(|at| {
        library.get(*at).is_some_and(|item| {
            item.kind == PictureKind::Photo && !item.broken && !shown.contains(&Some(item.id))
        })
    })
}

fn next_texture(library: &Library, presses: usize) -> Option<Change> {
    let textures: Vec<_> = library
        .items()
        .iter()
        .filter(|item| item.kind == PictureKind::Texture && !item.broken)
        .collect();
    let item = textures.get(presses % textures.len().max(1))?;
    item.source().map(Change::painted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Prediction;

    fn prediction(class: usize) -> Prediction {
        Prediction {
            class,
            label: format!("class {class}"),
            probability: 0.2,
            logit: 1.0,
            measured: false,
        }
    }

    #[test]
    fn another_answer_is_never_the_same_one() {
        let mut state = SimilarityState::default();
        assert_eq!(next_answer(&state, ClassChoice::Auto), None);
        let a = state.side_mut(Which::A);
        a.answers = [5, 6, 7].map(prediction).into();
        a.explained = Some(prediction(6));
        let mut now = ClassChoice::Auto;
        let mut seen = Vec::new();
        for _ in 0..3 {
            let next = next_answer(&state, now).unwrap();
            seen.push(next);
            now = ClassChoice::Class(next);
        }
        assert_eq!(seen, [5, 7, 5]);
    }

    #[test]
    fn pressing_again_goes_through_every_other_method() {
        let count = Method::all().len();
        let mut seen = std::collections::HashSet::new();
        let mut now = Method::Xrai;
        for _ in 0..count - 1 {
            now = next_method(Method::Xrai, now);
            assert!(now != Method::Xrai && seen.insert(now), "{now}");
        }
    }

    #[test]
    fn another_network_is_one_that_is_installed() {
        let model = |id: &str, installed| ModelChoice {
            id: id.to_owned(),
            name: id.to_owned(),
            note: String::new(),
            installed,
        };
        let models = [model("a", true), model("b", false), model("c", true)];
        assert_eq!(next_model(&models, "a", "a").as_deref(), Some("c"));
        assert_eq!(next_model(&models[..1], "a", "a"), None);
    }
}
