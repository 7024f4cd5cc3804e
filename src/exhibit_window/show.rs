//! The picture on the screen: textures of what is to be seen, made anew only when it has changed, gone
//! when the visitor has.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_egui::egui::{
    self, Color32, ColorImage, Rect, Shape, Stroke as Line, TextureHandle, TextureOptions, pos2,
    vec2,
};
use image::RgbImage;

use super::colours::{Colours, through};
use super::content::SHOWN;
use super::draw::{self, Style};
use super::measure::Measure;
use super::paint::{Mask, Places, overlay};
use super::pictures::Pictures;
use super::plan::Placed;
use super::view::View;
use crate::exhibit::shell::{Piece, Program, field_name};

/// Textures of pictures that are kept, at most: as many as results show, and one to play.
const MOST_TEXTURES: usize = SHOWN + 1;
/// How bright a calm picture is: paint is the brightest thing on it.
const CALM: f32 = 0.5;

/// A picture in its colours and calm.
struct Textures {
    bright: TextureHandle,
    calm: TextureHandle,
}

/// What lies over the picture, and what it was made for.
struct Overlay {
    view: View,
    texture: TextureHandle,
}

/// The pictures on the screen.
pub(super) struct Show {
    pictures: Pictures,
    textures: BTreeMap<usize, Textures>,
    /// Pictures with textures, the oldest first.
    order: Vec<usize>,
    places: BTreeMap<usize, Places>,
    /// By the player whose picture it is.
    overlays: BTreeMap<usize, Overlay>,
    numbers: Vec<Option<(f32, f32)>>,
    covered: Option<(usize, TextureHandle)>,
    /// The map of what a visitor covered, by its number.
    lit: Option<(u64, Piece, Places)>,
    /// A picture with its spot covered that is not on the graphics device yet.
    to_cover: Option<(usize, RgbImage)>,
}

impl Show {
    pub(super) fn new(pictures: Pictures) -> Self {
        Self {
            pictures,
            textures: BTreeMap::new(),
            order: Vec::new(),
            places: BTreeMap::new(),
            overlays: BTreeMap::new(),
            numbers: Vec::new(),
            covered: None,
            lit: None,
            to_cover: None,
        }
    }

    /// The visitor has gone, and with them all that was made for them.
    pub(super) fn forget(&mut self) {
        self.textures.clear();
        self.order.clear();
        self.overlays.clear();
        self.numbers.clear();
        self.covered = None;
        self.lit = None;
        self.to_cover = None;
    }

    /// Whether nothing of a visitor is left.
    #[cfg(test)]
    pub(super) fn is_fresh(&self) -> bool {
        self.covered.is_none() && self.to_cover.is_none() && self.lit.is_none()
    }

    /// A picture of the programme, as soon as it is open.
    pub(super) fn opened(&mut self, piece: usize) -> Option<Arc<RgbImage>> {
        self.pictures.get(piece)
    }

    /// A picture that is needed soon.
    pub(super) fn want(&mut self, piece: usize) {
        self.pictures.want(piece);
    }

    /// A picture with its strongest spot covered.
    pub(super) fn cover(&mut self, piece: usize, picture: RgbImage) {
        self.to_cover = Some((piece, picture));
    }

    /// Where the network looks on what a visitor covered.
    pub(super) fn light(&mut self, number: u64, lit: Piece) {
        let places = Places::of(&lit);
        self.lit = Some((number, lit, places));
    }

    /// The number of the map of what a visitor covered.
    pub(super) fn lit(&self) -> Option<u64> {
        self.lit.as_ref().map(|(number, ..)| *number)
    }

    /// The places of a picture's answer.
    pub(super) fn places(&mut self, program: &Program, piece: usize) -> Option<&Places> {
        let known = program.pieces.get(piece)?;
        Some(
            self.places
                .entry(piece)
                .or_insert_with(|| Places::of(known)),
        )
    }

    /// Width of a picture, as a share of its height.
    pub(super) fn aspect(&mut self, program: &Program, piece: usize) -> f32 {
        let region = program.pieces.get(piece).and_then(|p| p.about.region);
        if let Some(region) = region.filter(|region| region.height > 0) {
            return region.width as f32 / region.height as f32;
        }
        let picture = self.pictures.get(piece);
        picture.map_or(1.0, |p| p.width() as f32 / p.height().max(1) as f32)
    }

    fn textures(&mut self, ctx: &egui::Context, piece: usize) -> Option<&Textures> {
        if !self.textures.contains_key(&piece) {
            let picture = self.pictures.get(piece)?;
            while self.order.len() >= MOST_TEXTURES {
                let oldest = self.order.remove(0);
                self.textures.remove(&oldest);
            }
            let textures = Textures {
                bright: load(ctx, coloured(&picture)),
                calm: load(ctx, calm(&picture)),
            };
            self.textures.insert(piece, textures);
            self.order.push(piece);
        }
        self.textures.get(&piece)
    }

    /// Draws the picture into `rect`.
    pub(super) fn draw(
        &mut self,
        painter: &egui::Painter,
        rect: Rect,
        program: &Program,
        view: &View,
        (measure, colours): (Measure, &Colours),
        player: usize,
    ) {
        let Some(piece) = program.pieces.get(view.piece) else {
            return;
        };
        let ctx = painter.ctx().clone();
        if let Some((number, picture)) = self.to_cover.take() {
            self.covered = Some((number, load(&ctx, coloured(&picture))));
        }
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let covered = self
            .covered
            .as_ref()
            .filter(|covered| covered.0 == view.piece);
        if let Some((_, texture)) = covered.filter(|_| view.covered) {
            painter.image(texture.id(), rect, whole, Color32::WHITE);
        } else if let Some(textures) = self.textures(&ctx, view.piece) {
            // What is wholly calm covers its colours: they need not be drawn.
            if view.grey < 1.0 {
                painter.image(textures.bright.id(), rect, whole, Color32::WHITE);
            }
            if view.grey > 0.0 {
                let much = through(Color32::WHITE, view.grey);
                painter.image(textures.calm.id(), rect, whole, much);
            }
        } else {
            painter.rect_filled(rect, 0.0, colours.control);
        }
        if !view.covered {
            let shown = !view.over.is_nothing(&view.marks);
            if shown || view.numbers {
                self.lay_over(&ctx, piece, view, player);
            }
            if shown && let Some(overlay) = self.overlays.get(&player) {
                painter.image(overlay.texture.id(), rect, whole, Color32::WHITE);
            }
            if view.over.called && view.over.edges {
                name_fields(painter, rect, piece.grid, measure);
            }
            if view.numbers {
                self.draw_numbers(painter, rect, measure);
            }
        }
        if let Some((x, y)) = view.hand {
            hand(painter, rect.min + rect.size() * vec2(x, y), measure);
        }
    }

    /// Draws pictures that were played in a row, each with its stars below.
    pub(super) fn rounds(
        &mut self,
        painter: &egui::Painter,
        placed: &Placed,
        rounds: &[(usize, u32)],
        style: Style,
    ) {
        let rect = placed.rect;
        let count = rounds.len().max(1) as f32;
        let gap = style.measure.points(4.0);
        let low = style.measure.points(8.0);
        let side = (rect.height() - low).min((rect.width() + gap) / count - gap);
        let all = count * (side + gap) - gap;
        let start = if placed.middle {
            rect.center().x - all / 2.0
        } else {
            rect.left()
        };
        let ctx = painter.ctx().clone();
        for (place, (piece, stars)) in rounds.iter().enumerate() {
            let left = start + place as f32 * (side + gap);
            let square = Rect::from_min_size(pos2(left, rect.top()), vec2(side, side));
            if let Some(textures) = self.textures(&ctx, *piece) {
                let [width, height] = textures.bright.size().map(|side| side.max(1) as f32);
                let short = width.min(height);
                let seen = vec2(short / width, short / height);
                let uv = Rect::from_center_size(pos2(0.5, 0.5), seen);
                painter.image(textures.bright.id(), square, uv, Color32::WHITE);
            }
            for star in 0..3_u8 {
                let at = pos2(
                    left + side * (f32::from(star) + 0.5) / 3.0,
                    square.bottom() + low * 0.6,
                );
                let earned = u32::from(star) < *stars;
                let colours = style.colours;
                let colour = if earned { colours.star } else { colours.empty };
                draw::star(painter, at, low * 0.42, colour);
            }
        }
    }

    /// Makes what lies over the picture, unless it is there.
    fn lay_over(&mut self, ctx: &egui::Context, piece: &Piece, view: &View, player: usize) {
        if self
            .overlays
            .get(&player)
            .is_some_and(|overlay| overlay.view == *view)
        {
            return;
        }
        let masks: Vec<Mask> = view
            .marks
            .iter()
            .map(|marks| Mask::of(piece, marks, view.over.called))
            .collect();
        let places = self
            .places
            .entry(view.piece)
            .or_insert_with(|| Places::of(piece));
        let lit = self
            .lit
            .as_ref()
            .filter(|lit| view.over.light == Some(lit.0));
        let image = match lit {
            Some((_, lit, places)) => overlay(lit, places, &masks, &view.over),
            None => overlay(piece, places, &masks, &view.over),
        };
        self.numbers = if view.numbers {
            masks.iter().map(Mask::middle).collect()
        } else {
            Vec::new()
        };
        if let Some(overlay) = self.overlays.get_mut(&player) {
            overlay.texture.set(image, TextureOptions::LINEAR);
            overlay.view = view.clone();
        } else {
            let overlay = Overlay {
                view: view.clone(),
                texture: ctx.load_texture("overlay", image, TextureOptions::LINEAR),
            };
            self.overlays.insert(player, overlay);
        }
    }

    fn draw_numbers(&self, painter: &egui::Painter, rect: Rect, measure: Measure) {
        for (player, middle) in self.numbers.iter().enumerate() {
            let Some((x, y)) = middle else { continue };
            let at = rect.min + rect.size() * vec2(*x, *y);
            painter.circle_filled(at, measure.points(5.0), Color32::BLACK);
            painter.text(
                at,
                egui::Align2::CENTER_CENTER,
                (player + 1).to_string(),
                egui::FontId::proportional(measure.least()),
                Color32::WHITE,
            );
        }
    }
}

/// The letters and numbers by which teams call fields, along the picture's edges.
fn name_fields(painter: &egui::Painter, rect: Rect, grid: usize, measure: Measure) {
    let field = rect.size() / grid.max(1) as f32;
    let size = measure.least().min(0.6 * field.min_elem());
    for n in 0..grid {
        // The fields of the first row and column have both in their names.
        let (column, row) = (field_name(n, grid), field_name(n * grid, grid));
        let letter: String = column.chars().filter(|c| c.is_alphabetic()).collect();
        let number: String = row.chars().filter(|c| c.is_numeric()).collect();
        let middle = n as f32 + 0.5;
        let half = 0.65 * size;
        for (text, at) in [
            (letter, rect.min + vec2(middle * field.x, half)),
            (number, rect.min + vec2(half, middle * field.y)),
        ] {
            painter.circle_filled(at, half, through(Color32::BLACK, 0.75));
            let font = egui::FontId::proportional(size);
            painter.text(at, egui::Align2::CENTER_CENTER, text, font, Color32::WHITE);
        }
    }
}

/// A fingertip that shows how.
fn hand(painter: &egui::Painter, at: egui::Pos2, measure: Measure) {
    let mm = |mm: f32| measure.points(mm);
    painter.circle_filled(at, mm(9.0), through(Color32::WHITE, 0.25));
    painter.circle_filled(at, mm(5.5), through(Color32::WHITE, 0.9));
    painter.add(Shape::circle_stroke(
        at,
        mm(5.5),
        Line::new(mm(0.8), through(Color32::BLACK, 0.7)),
    ));
}

pub(super) fn load(ctx: &egui::Context, image: ColorImage) -> TextureHandle {
    ctx.load_texture("picture", image, TextureOptions::LINEAR)
}

pub(super) fn coloured(picture: &RgbImage) -> ColorImage {
    let size = [picture.width() as usize, picture.height() as usize];
    let pixels = picture.pixels().map(|p| {
        let [r, g, b] = p.0;
        Color32::from_rgb(r, g, b)
    });
    ColorImage::new(size, pixels.collect())
}

/// The picture without colours and half as bright.
fn calm(picture: &RgbImage) -> ColorImage {
    let size = [picture.width() as usize, picture.height() as usize];
    let pixels = picture
        .pixels()
        .map(|p| Color32::from_gray(calm_light(p.0)));
    ColorImage::new(size, pixels.collect())
}

/// How bright a pixel is on a calm picture.
pub(super) fn calm_light(pixel: [u8; 3]) -> u8 {
    let [r, g, b] = pixel.map(f32::from);
    let light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    (12.0 + light * CALM).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit_window::colours::YOURS;
    use image::Rgb;

    #[test]
    fn paint_is_brighter_than_any_calm_picture() {
        for colour in [[255, 255, 255], [255, 140, 0], [255, 230, 40], [0, 0, 0]] {
            let grey = calm(&RgbImage::from_pixel(1, 1, Rgb(colour))).pixels[0];
            assert!(grey.r() == grey.g() && grey.g() == grey.b());
            // As it lies over the calm picture, see `overlay`.
            let lit = |paint: Color32| {
                let mix = |p: u8, g: u8| 0.72 * f32::from(p) + 0.28 * f32::from(g);
                0.2126 * mix(paint.r(), grey.r())
                    + 0.7152 * mix(paint.g(), grey.g())
                    + 0.0722 * mix(paint.b(), grey.b())
            };
            for paint in YOURS {
                assert!(
                    lit(paint) > f32::from(grey.r()) + 10.0,
                    "{colour:?} {paint:?}"
                );
            }
        }
    }
}
