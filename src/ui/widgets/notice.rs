//! Notices: what happened and what to do, over the picture, never over what can be pressed.

use bevy_egui::egui::{
    Align2, Area, Context, CornerRadius, Frame, Id, Margin, Order, Stroke, vec2,
};

use crate::ui::spoken;
use crate::ui::theme::{self, RADIUS, TOP_HEIGHT, UNIT};

/// Tone of a notice; each has its own word, so that colour is not the only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something to know; leaves by itself.
    Info,
    /// Something did not work; stays until it is closed.
    Problem,
}

/// One notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its tone.
    pub kind: NoticeKind,
    /// One or two sentences.
    pub text: String,
    /// When it leaves, in seconds of the context's clock; `None` while it stays.
    until: Option<f64>,
}

/// The notices that are up.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Notices {
    list: Vec<Notice>,
    fresh: Vec<Notice>,
}

/// How long a notice that leaves by itself stays, in seconds.
const STAYS_SECS: f64 = 6.0;
/// No more than this many at a time: the oldest go first.
const MOST: usize = 4;

impl Notices {
    /// Says something to know.
    pub fn info(&mut self, text: impl Into<String>) {
        self.push(NoticeKind::Info, text.into());
    }

    /// Says what went wrong and what to do.
    pub fn problem(&mut self, text: impl Into<String>) {
        self.push(NoticeKind::Problem, text.into());
    }

    fn push(&mut self, kind: NoticeKind, text: String) {
        self.list.retain(|notice| notice.text != text);
        self.fresh.retain(|notice| notice.text != text);
        self.fresh.push(Notice {
            kind,
            text,
            until: None,
        });
    }

    /// Those that are up, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.list.iter().chain(&self.fresh)
    }

    /// Closes them all.
    pub fn clear(&mut self) {
        self.list.clear();
        self.fresh.clear();
    }
}

/// Draws the notices over the picture, under the line above it, and closes those that are done: everywhere
/// else they would cover what can be pressed.
pub fn notices_ui(ctx: &Context, notices: &mut Notices) {
    let now = ctx.input(|input| input.time);
    for mut notice in notices.fresh.drain(..) {
        if notice.kind == NoticeKind::Info {
            notice.until = Some(now + STAYS_SECS);
        }
        spoken::announce(ctx, &notice.text);
        notices.list.push(notice);
    }
    notices
        .list
        .retain(|notice| notice.until.is_none_or(|until| until > now));
    let too_many = notices.list.len().saturating_sub(MOST);
    notices.list.drain(..too_many);
    if notices.list.is_empty() {
        return;
    }
    if let Some(next) = notices
        .list
        .iter()
        .filter_map(|notice| notice.until)
        .min_by(f64::total_cmp)
    {
        ctx.request_repaint_after_secs((next - now).max(0.05) as f32);
    }
    let palette = theme::of(ctx.theme());
    let mut closed = None;
    Area::new(Id::new("notices"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, TOP_HEIGHT + 7.0 * UNIT))
        .show(ctx, |ui| {
            for (index, notice) in notices.list.iter().enumerate() {
                let problem = notice.kind == NoticeKind::Problem;
                Frame::new()
                    .fill(if problem {
                        palette.bad_ground
                    } else {
                        palette.control_hot
                    })
                    .stroke(Stroke::new(
                        if problem { 2.0 } else { 1.0 },
                        if problem {
                            palette.text
                        } else {
                            palette.action
                        },
                    ))
                    .corner_radius(CornerRadius::same(RADIUS))
                    .inner_margin(Margin::same(16))
                    .show(ui, |ui| {
                        ui.set_max_width(52.0 * UNIT);
                        ui.horizontal_top(|ui| {
                            ui.vertical(|ui| {
                                ui.set_max_width(40.0 * UNIT);
                                if problem {
                                    ui.label(theme::title("That did not work"));
                                }
                                ui.label(&notice.text);
                            });
                            ui.spacing_mut().button_padding = vec2(UNIT, UNIT / 2.0);
                            if ui.button("Close").clicked() {
                                closed = Some(index);
                            }
                        });
                    });
            }
        });
    if let Some(index) = closed {
        notices.list.remove(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_up_once() {
        let mut notices = Notices::default();
        notices.problem("No such file");
        notices.problem("No such file");
        assert_eq!(notices.iter().count(), 1);
    }
}
