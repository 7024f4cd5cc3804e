//! What stands beside pictures on the sheet: names of piles, rows and columns, and average maps.

use bevy::math::Vec2;
use bevy_egui::egui::{self, FontId, Painter, Pos2, Rect, TextStyle, Ui, pos2, vec2};

use super::average::paint_map;
use super::state::Collection;
use super::words;
use crate::collection::sheet::Arrangement;
use crate::ui::theme::{self, UNIT};

/// Average maps are at least so large, in points, and at most.
const MAP: [f32; 2] = [24.0, 96.0];

/// Draws the names where there is room.
pub fn piles_ui(ui: &Ui, rect: Rect, collection: &Collection) {
    let Some(arranged) = &collection.arranged else {
        return;
    };
    // While pictures are on their way nothing stands beside them.
    if collection.change.is_some() {
        return;
    }
    let arrangement = &arranged.arrangement;
    let painter = ui.painter_at(rect);
    let names = Names {
        painter: &painter,
        rect,
        font: TextStyle::Body.resolve(ui.style()),
        text: theme::palette(ui).text,
        ground: theme::palette(ui).ground,
    };
    if arrangement.lanes().iter().all(Vec::is_empty) {
        pile_names(&names, collection, arrangement);
    } else {
        lane_names(&names, collection, arrangement);
    }
    let maps = collection.overlay.shown;
    for (pile, map) in arrangement.piles().iter().zip(&arranged.averages) {
        let Some(map) = map.as_ref().filter(|_| maps) else {
            continue;
        };
        let [x, y, x_end, y_end] = pile.part();
        let at = |x: f32, y: f32| on_screen(collection, rect, x, y);
        let (low, high) = (at(x, y), at(x_end, y_end));
        let room = match arrangement.room_above(pile) {
            Some(above) => above * collection.camera.scale,
            // In a cell of two columns it lies over the pile's corner.
            None => (high.x - low.x).min(high.y - low.y) / 3.0,
        };
        let side = room.min(high.x - low.x).min(MAP[1]).floor() - 2.0;
        if side < MAP[0] {
            continue;
        }
        let top = if arrangement.lanes().iter().all(Vec::is_empty) {
            low.y - side - 1.0
        } else {
            low.y + 1.0
        };
        let place = Rect::from_min_size(pos2(high.x - side - 1.0, top), vec2(side, side));
        if place.intersects(rect) {
            painter.rect_filled(place.expand(1.0), 0.0, names.ground);
            paint_map(&painter, place, map, collection.overlay.colormap);
        }
    }
}

fn on_screen(collection: &Collection, rect: Rect, x: f32, y: f32) -> Pos2 {
    let point = collection.camera.point_of(Vec2::new(x, y), collection.area);
    rect.min + vec2(point.x, point.y)
}

/// What names are drawn with.
struct Names<'a> {
    painter: &'a Painter,
    rect: Rect,
    font: FontId,
    text: egui::Color32,
    ground: egui::Color32,
}

impl Names<'_> {
    /// As many of the words as fit into `room`, on ground of their own; `place` gives the top left for
    /// their size.
    fn draw(&self, words: String, room: f32, place: impl FnOnce(egui::Vec2) -> Pos2) {
        let mut job = egui::text::LayoutJob::simple_singleline(words, self.font.clone(), self.text);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room);
        let galley = self.painter.layout_job(job);
        let place = place(galley.size());
        let ground = Rect::from_min_size(place, galley.size()).expand(2.0);
        self.painter
            .rect_filled(ground, 2.0, self.ground.gamma_multiply(0.85));
        self.painter.galley(place, galley, self.text);
    }
}

/// The names of piles above them.
fn pile_names(names: &Names<'_>, collection: &Collection, arrangement: &Arrangement) {
    let rect = names.rect;
    for (number, pile) in arrangement.piles().iter().enumerate() {
        let [x, y, x_end, y_end] = pile.part();
        let at = |x: f32, y: f32| on_screen(collection, rect, x, y);
        let (left, right, bottom) = (at(x, y), at(x_end, y), at(x, y_end).y);
        let mut room = (right.x.min(rect.right()) - left.x.max(rect.left())).max(0.0);
        let seen = room > 4.0 * UNIT && left.y < rect.bottom() && bottom > rect.top() + 3.0 * UNIT;
        if !seen {
            continue;
        }
        let averages = collection.arranged.as_ref().map(|a| &a.averages);
        let has_map = averages
            .and_then(|a| a.get(number))
            .is_some_and(Option::is_some);
        let above = arrangement.room_above(pile).unwrap_or(0.0) * collection.camera.scale;
        if has_map && collection.overlay.shown && above > MAP[0] + 2.0 {
            // Its average map stands at the end of the line.
            room = (room - above.min(MAP[1])).max(3.0 * UNIT);
        }
        let words = format!("{} ({})", pile.name, words::number(pile.block.count));
        // Stays in sight while its pile is.
        names.draw(words, room, |size| {
            let y = (left.y - size.y - 2.0).max(rect.top() + 2.0);
            pos2(left.x.max(rect.left() + 2.0), y)
        });
    }
}

/// The names of columns along the top, of rows along the left; they stay in sight.
fn lane_names(names: &Names<'_>, collection: &Collection, arrangement: &Arrangement) {
    let rect = names.rect;
    let [columns, rows] = arrangement.lanes();
    let at = |x: f32, y: f32| on_screen(collection, rect, x, y);
    // Where the cells begin, or the edge that is seen.
    let begin = |lanes: &[crate::collection::sheet::Lane]| lanes.first().map_or(0.0, |l| l.from);
    let corner = at(begin(columns), begin(rows));
    for lane in columns {
        let (from, to) = (at(lane.from, 0.0).x, at(lane.to, 0.0).x);
        let room = to.min(rect.right()) - from.max(rect.left());
        if room > 2.0 * UNIT {
            names.draw(lane.name.clone(), room, |size| {
                let y = (corner.y - size.y - 4.0).max(rect.top() + 2.0);
                pos2(from.max(rect.left() + 2.0), y)
            });
        }
    }
    let left = at(0.0, 0.0).x.max(rect.left() + 2.0);
    for lane in rows {
        let (from, to) = (at(0.0, lane.from).y, at(0.0, lane.to).y);
        let high = to.min(rect.bottom()) - from.max(rect.top());
        if high > 2.0 * UNIT {
            let room = (corner.x - left - 4.0).max(12.0 * UNIT);
            let middle = from.max(rect.top()).midpoint(to.min(rect.bottom()));
            names.draw(lane.name.clone(), room, |size| {
                pos2(left, middle - size.y / 2.0)
            });
        }
    }
}
