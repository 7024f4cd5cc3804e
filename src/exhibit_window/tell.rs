//! What a screen reader is told of the picture: its title, and its parts as buttons.

use std::collections::BTreeMap;

use bevy_egui::egui::{Id, Pos2, Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};

use super::draw;
use super::view::picture;
use crate::exhibit::shell::{Action, Offer, Piece, Shell};

/// Tells of the picture in `rect`.
pub(super) fn tell_picture(ui: &Ui, rect: Rect, shell: &Shell) {
    let piece = picture(shell).and_then(|n| shell.program().pieces.get(n));
    let Some(piece) = piece else { return };
    // What is to be seen on it would give the answer away; its title does not.
    let title = shell.words(&piece.about.title);
    let title = title.cloned().unwrap_or_default();
    let response = ui.interact(rect, Id::new("exhibit picture"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &title));
}

/// The picture whose parts can be tapped: its number, and whether they are the fields that teams call.
pub(super) fn tapped_piece(shell: &Shell) -> Option<(usize, &Piece, bool)> {
    if let Some((number, _)) = shell.covered() {
        return Some((number, shell.program().pieces.get(number)?, false));
    }
    let round = shell.visit().game.as_ref()?.round()?;
    Some((round.piece, shell.piece()?, shell.calls_fields()))
}

/// Where the parts of the picture that is played are: rectangles, 0-1 of it.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Which picture, and whether its parts are the fields that teams call.
    of: Option<(usize, bool)>,
    boxes: BTreeMap<usize, Rect>,
}

impl Parts {
    /// Tells of the parts that are offered, each as a button of its place on the picture in `rect`.
    pub(super) fn tell(&mut self, ui: &Ui, rect: Rect, shell: &Shell, offers: &[Offer]) {
        let Some((number, piece, called)) = tapped_piece(shell) else {
            return;
        };
        let of = Some((number, called));
        if self.of != of {
            self.of = of;
            self.boxes = boxes(piece, called);
        }
        let focus = shell.visit().focus;
        for (place, offer) in offers.iter().enumerate() {
            if let Action::Part(part) = offer.action
                && let Some(share) = self.boxes.get(&part)
            {
                let size = rect.size();
                let min = rect.min + share.min.to_vec2() * size;
                let part = Rect::from_min_size(min, share.size() * size);
                draw::tell(ui, part, offer, focus == Some(place));
            }
        }
    }
}

fn boxes(piece: &Piece, called: bool) -> BTreeMap<usize, Rect> {
    let regions = if called { &piece.fields } else { &piece.parts };
    let (height, width) = regions.size();
    let share = vec2(1.0 / width as f32, 1.0 / height as f32);
    let place = |at: Pos2| pos2(at.x * share.x, at.y * share.y);
    let boxes = (0..regions.len()).map(|part| {
        let mut around = Rect::NOTHING;
        for pixel in regions.pixels(part) {
            let (y, x) = ((pixel / width) as f32, (pixel % width) as f32);
            around = around.union(Rect::from_min_size(pos2(x, y), vec2(1.0, 1.0)));
        }
        (
            part,
            Rect::from_min_max(place(around.min), place(around.max)),
        )
    });
    boxes.collect()
}
