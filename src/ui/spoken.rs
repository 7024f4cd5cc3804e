//! What a screen reader is told beyond the controls: what has happened, what heads what, what the window
//! is called.
//!
//! Panels call [`say`] in every frame with what a person who sees finds on the screen; it is announced once,
//! when it changes. egui has neither announcements nor headings of its own.

use std::collections::HashMap;

use bevy::prelude::*;
use bevy_egui::egui::accesskit::{Live, Node, Role, TreeUpdate};
use bevy_egui::egui::epaint::{ClippedShape, Shape};
use bevy_egui::egui::{self, Context, Id};
use bevy_egui::{EguiFullOutput, EguiPostUpdateSet};

/// From this size of letters on a heading is one of the whole window, in logical pixels.
const LARGE: f32 = 19.0;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PostUpdate,
        mark_headings
            .after(EguiPostUpdateSet::EndPass)
            .before(EguiPostUpdateSet::ProcessOutput),
    );
}

/// Announces `words` where they are not what was said about the same thing before. `about` names that
/// thing and is never read out. No words say nothing, and let the next ones be heard again.
pub fn say(ctx: &Context, about: &str, words: &str) {
    let id = Id::new(("said about", about));
    let known: Option<String> = ctx.data(|data| data.get_temp(id));
    if known.as_deref() == Some(words) {
        return;
    }
    ctx.data_mut(|data| data.insert_temp(id, words.to_owned()));
    if !words.is_empty() {
        announce(ctx, words);
    }
}

/// Announces `words`, also where they were said before.
pub fn announce(ctx: &Context, words: &str) {
    ctx.data_mut(|data| {
        let waiting: &mut Vec<String> = data.get_temp_mut_or_default(waiting_id());
        waiting.push(words.to_owned());
    });
}

fn waiting_id() -> Id {
    Id::new("announcements that wait")
}

/// Puts what is to be announced where screen readers look for it. Call it once a frame, after the panels.
pub(super) fn announcements_ui(ctx: &Context) {
    let last = Id::new("the last announcement");
    let waiting: Vec<String> =
        ctx.data_mut(|data| data.remove_temp(waiting_id()).unwrap_or_default());
    let known: String = ctx.data(|data| data.get_temp(last)).unwrap_or_default();
    let now = if waiting.is_empty() {
        known
    } else {
        let words = waiting.join(" ");
        // Only a change is read out; a space that nobody hears makes one.
        if words == known {
            format!("{words}\u{a0}")
        } else {
            words
        }
    };
    ctx.data_mut(|data| data.insert_temp(last, now.clone()));
    ctx.accesskit_node_builder(Id::new("announcements"), |node| {
        node.set_role(Role::Status);
        node.set_live(Live::Polite);
        node.set_label(now);
    });
}

/// Names the window for screen readers.
pub(super) fn name_window(ctx: &Context, tab: &str) {
    ctx.accesskit_node_builder(egui::accesskit_root_id(), |node| {
        node.set_label(format!("{tab}, Saliscope"));
    });
}

/// What is written in the weight of a heading is one for screen readers too.
fn mark_headings(mut outputs: Query<&mut EguiFullOutput>) {
    for mut output in &mut outputs {
        let Some(output) = &mut output.0 else {
            continue;
        };
        if let Some(update) = &mut output.platform_output.accesskit_update {
            let headings = headings(&output.shapes);
            mark(update, &headings);
        }
    }
}

/// The texts that are written in the weight of headings, each with the size of its letters.
fn headings(shapes: &[ClippedShape]) -> HashMap<String, f32> {
    fn collect(shape: &Shape, found: &mut HashMap<String, f32>) {
        match shape {
            Shape::Text(text) => {
                let job = &text.galley.job;
                if let Some(section) = job.sections.first()
                    && !section.format.coords.as_ref().is_empty()
                {
                    found.insert(job.text.clone(), section.format.font_id.size);
                }
            }
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, found)),
            _ => {}
        }
    }
    let mut found = HashMap::new();
    for ClippedShape { shape, .. } in shapes {
        collect(shape, &mut found);
    }
    found
}

fn mark(update: &mut TreeUpdate, headings: &HashMap<String, f32>) {
    for (_, node) in &mut update.nodes {
        let heading = |node: &Node| Some((node.value()?.to_owned(), *headings.get(node.value()?)?));
        if node.role() == Role::Label
            && let Some((words, size)) = heading(node)
        {
            node.set_role(Role::Heading);
            node.set_level(if size >= LARGE { 1 } else { 2 });
            node.clear_value();
            node.set_label(words);
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;

    fn status(window: &Harness<'_, String>) -> String {
        let node = window.get_by_role(Role::Status);
        let node = node.accesskit_node();
        assert_eq!(node.live(), Live::Polite);
        node.label().unwrap_or_default()
    }

    #[test]
    fn what_changes_is_announced_once_and_what_happens_twice_twice() {
        let draw = |ui: &mut egui::Ui, words: &mut String| {
            say(ui.ctx(), "the answer", words);
            announcements_ui(ui.ctx());
        };
        let mut window = Harness::builder().build_ui_state(draw, "A cat.".to_owned());
        window.run_steps(2);
        assert_eq!(status(&window), "A cat.");
        window.state_mut().clear();
        window.run_steps(2);
        assert_eq!(status(&window), "A cat.", "nothing new was said");
        // After something else the same words are news again: the text changes.
        *window.state_mut() = "A cat.".to_owned();
        window.run_steps(1);
        assert_eq!(status(&window), "A cat.\u{a0}");
        window.run_steps(3);
        assert_eq!(status(&window), "A cat.\u{a0}", "said once");
        *window.state_mut() = "A dog.".to_owned();
        window.run_steps(1);
        assert_eq!(status(&window), "A dog.");
    }
}
