//! Where everything is on a screen: text, picture and buttons of any language, size of letters and shape
//! of the screen, so that nothing is cut and nothing is smaller than it may be.
//!
//! Beside each other on a wide screen, one above the other on a high one. Where there is too little room
//! the picture gets smaller first, then the letters, down to the smallest that people can read.

use std::sync::Arc;

use bevy_egui::egui::text::LayoutJob;
use bevy_egui::egui::{self, Align, Color32, FontId, Galley, Rect, Vec2, pos2, vec2};

use super::measure::{GAP, MAIN, Measure, TARGET};
use crate::exhibit::shell::{Action, Offer};

/// How large a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The exhibit's name.
    Title,
    /// What is asked.
    Question,
    /// Anything to read.
    Text,
    /// What matters less.
    Quiet,
}

impl Role {
    /// How much larger than text for reading, where `heads` (0-1) says how much of that there is room for.
    fn larger(self, heads: f32) -> f32 {
        let larger = match self {
            Self::Title => 2.4,
            Self::Question => 1.85,
            Self::Text | Self::Quiet => 1.0,
        };
        1.0 + (larger - 1.0) * heads
    }
}

/// What stands on a screen above its buttons.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// Words.
    Line(String, Role),
    /// Something that is drawn, so many millimetres high.
    Drawn(f32),
}

/// What is to be placed.
#[derive(Debug)]
pub(super) struct Content<'a> {
    /// From the top.
    pub(super) items: Vec<Item>,
    /// Beside them on a wide screen, below them on a high one; only without a picture.
    pub(super) aside: Vec<Item>,
    /// Buttons in their order; parts of the picture are none of them.
    pub(super) buttons: Vec<(usize, &'a Offer)>,
    /// Width of the picture, as a share of its height; `None` without one.
    pub(super) aspect: Option<f32>,
    /// Whether two of them stand side by side.
    pub(super) twice: bool,
}

impl Content<'_> {
    /// Width of what is to be seen, as a share of its height.
    fn shape(&self) -> Option<f32> {
        let twice = |aspect: f32| 2.0 * aspect + BETWEEN;
        self.aspect
            .map(|aspect| if self.twice { twice(aspect) } else { aspect })
    }

    /// Whether words stand beside the picture.
    fn is_beside(&self, area: Rect) -> bool {
        is_wide(area) && !self.twice
    }
}

/// Room between two pictures, as a share of their height.
const BETWEEN: f32 = 0.08;

/// Where two pictures stand within the room of both.
pub(super) fn halves(rect: Rect) -> [Rect; 2] {
    let width = (rect.width() - BETWEEN * rect.height()) / 2.0;
    let size = vec2(width, rect.height());
    let right = pos2(rect.right() - width, rect.top());
    [rect.min, right].map(|min| Rect::from_min_size(min, size))
}

/// An item in its place.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    /// Where.
    pub(super) rect: Rect,
    /// The words; `None` for what is drawn.
    pub(super) words: Option<Arc<Galley>>,
    /// How they are written.
    pub(super) role: Role,
    /// Whether it stands in the middle of its rectangle.
    pub(super) middle: bool,
}

/// A button in its place.
#[derive(Debug, Clone)]
pub(super) struct Button {
    /// Its number among the offers.
    pub(super) offer: usize,
    /// Where.
    pub(super) rect: Rect,
    /// Its words.
    pub(super) words: Arc<Galley>,
}

/// Where everything is.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Items, in their order.
    pub(super) items: Vec<Placed>,
    /// Buttons, in their order.
    pub(super) buttons: Vec<Button>,
    /// The picture.
    pub(super) picture: Option<Rect>,
    /// Whether all of it has room.
    pub(super) fits: bool,
}

/// Tries of how much of a wide screen is the picture's.
const SHARES: [f32; 6] = [0.62, 0.56, 0.5, 0.44, 0.38, 0.3];
/// The largest of them.
const MOST: [f32; 1] = [0.62];
/// Tries of how large letters are, of how large they would best be.
const SIZES: [f32; 14] = [
    1.0, 0.93, 0.86, 0.8, 0.74, 0.68, 0.62, 0.56, 0.5, 0.45, 0.4, 0.36, 0.32, 0.28,
];
/// Letters for reading are best this share of the screen's shorter side: the millimetres are the least.
const BEST: f32 = 1.0 / 30.0;
/// What stands out does so by this share of what it usually does, where letters must be large and would
/// have no room otherwise.
const LOW_HEADS: f32 = 0.25;
/// Heights of buttons, in sizes of letters: the one that goes on, any other.
const HEIGHTS: [f32; 2] = [2.5, 1.7];
/// Room that is kept above and below the picture of a high screen, in sizes of letters, so that it stays
/// where it is while words and buttons come and go.
const KEPT: [f32; 2] = [4.8, 6.6];
/// A high screen with larger letters leaves its picture so much of its width.
const ROOMY: f32 = 0.86;
/// A screen that is wider than so many times its height has its words beside the picture.
const WIDE: f32 = 1.15;
/// Smallest picture on a high screen, as a share of its width.
const SMALLEST: f32 = 0.42;
/// Lines of text are no longer than this many letters' size: longer ones are not found back.
const LONGEST: f32 = 26.0;

/// Makes the plan of a screen within `area`; letters for reading are `letters` points large, more where
/// there is room. Where there is none, what stands out stands out less, then the letters are smaller, down
/// to the smallest that people can read.
pub(super) fn plan(
    ctx: &egui::Context,
    area: Rect,
    content: &Content<'_>,
    measure: Measure,
    letters: f32,
) -> Plan {
    let least = measure.least().min(letters);
    // Who needs larger letters gets larger ones, however large the usual ones are.
    let screen = ctx.viewport_rect().size().min_elem();
    let best = letters.max(BEST * screen * letters / measure.least().max(f32::MIN_POSITIVE));
    let mut last = None;
    let floors = [(letters, 1.0), (letters, LOW_HEADS), (least, LOW_HEADS)];
    for (size, heads) in floors
        .into_iter()
        .flat_map(|(floor, heads)| sizes(best, floor).map(move |size| (size, heads)))
    {
        // The picture never gets smaller for the sake of letters that are larger than they need be.
        let roomy = size > 1.01 * letters;
        let tries: &[f32] = match content.aspect {
            Some(_) if content.is_beside(area) && roomy => &MOST,
            Some(_) if content.is_beside(area) => &SHARES,
            _ => &[1.0],
        };
        for &share in tries {
            let planner = Planner {
                ctx,
                area,
                content,
                measure,
                letters: size,
                heads,
                smallest: if roomy { ROOMY } else { SMALLEST },
            };
            let plan = match content.shape() {
                Some(aspect) if content.is_beside(area) => planner.beside(aspect, share),
                Some(aspect) => planner.above(aspect),
                None => planner.alone(),
            };
            if plan.fits {
                return plan;
            }
            last = Some(plan);
        }
    }
    last.unwrap_or(Plan {
        items: Vec::new(),
        buttons: Vec::new(),
        picture: None,
        fits: false,
    })
}

/// Sizes of letters to try, from the best on; none is smaller than `floor`.
fn sizes(best: f32, floor: f32) -> impl Iterator<Item = f32> {
    let larger = SIZES.into_iter().map(move |share| best * share);
    larger.filter(move |size| *size > floor).chain([floor])
}

fn is_wide(area: Rect) -> bool {
    area.width() > WIDE * area.height()
}

/// Words that are broken into lines within a width.
pub(super) fn words(
    ctx: &egui::Context,
    text: &str,
    size: f32,
    width: f32,
    middle: bool,
) -> Arc<Galley> {
    let font = FontId::proportional(size);
    // Its colour is chosen when it is drawn.
    let mut job = LayoutJob::simple(text.to_owned(), font, Color32::PLACEHOLDER, width.max(1.0));
    job.halign = if middle { Align::Center } else { Align::LEFT };
    ctx.fonts_mut(|fonts| fonts.layout_job(job))
}

/// The width of the longest word of a text.
fn longest_word(ctx: &egui::Context, text: &str, size: f32) -> f32 {
    text.split_whitespace()
        .map(|word| words(ctx, word, size, f32::INFINITY, false).size().x)
        .fold(0.0, f32::max)
}

struct Planner<'a> {
    ctx: &'a egui::Context,
    area: Rect,
    content: &'a Content<'a>,
    measure: Measure,
    letters: f32,
    /// How much what stands out does so, 0-1.
    heads: f32,
    /// Smallest picture on a high screen, as a share of its width.
    smallest: f32,
}

/// Rows of buttons, not yet in their place: each has a height, and cells `(offer, words)` of one width.
type Rows = Vec<(f32, Vec<(usize, Arc<Galley>)>)>;

impl Planner<'_> {
    fn mm(&self, mm: f32) -> f32 {
        self.measure.points(mm)
    }

    /// The size of a line's letters.
    fn size(&self, role: Role) -> f32 {
        self.letters * role.larger(self.heads)
    }

    /// Between two things.
    fn gap(&self) -> f32 {
        self.mm(GAP).max(0.4 * self.letters)
    }

    /// The least height of a button.
    fn least(&self, main: bool) -> f32 {
        let [high, low] = HEIGHTS;
        if main {
            self.mm(MAIN).max(high * self.letters)
        } else {
            self.mm(TARGET).max(low * self.letters)
        }
    }

    /// Whether no word of the items is wider than a column.
    fn holds(&self, items: &[Item], width: f32) -> bool {
        items.iter().all(|item| match item {
            Item::Line(text, role) => longest_word(self.ctx, text, self.size(*role)) <= width,
            Item::Drawn(_) => true,
        })
    }

    /// Items from the top of a column, with the height that they take.
    fn items(&self, items: &[Item], left: f32, width: f32, middle: bool) -> (Vec<Placed>, f32) {
        let mut y = 0.0;
        let mut placed: Vec<Placed> = Vec::new();
        for item in items {
            let (size, words, role) = match item {
                Item::Line(text, role) => {
                    let size = self.size(*role);
                    let width = width.min(size * LONGEST);
                    let words = words(self.ctx, text, size, width, middle);
                    (vec2(width, words.size().y), Some(words), *role)
                }
                Item::Drawn(mm) => {
                    // What is drawn grows with the letters, as far as it has room.
                    let larger = (self.letters / self.measure.least()).max(1.0);
                    let larger = 1.0 + (larger - 1.0) * self.heads;
                    (vec2(width, self.mm(*mm) * larger), None, Role::Text)
                }
            };
            if !placed.is_empty() {
                y += 0.45 * self.letters;
            }
            let left = if middle {
                left + (width - size.x) / 2.0
            } else {
                left
            };
            placed.push(Placed {
                rect: Rect::from_min_size(pos2(left, y), size),
                words,
                role,
                middle,
            });
            y += size.y;
        }
        (placed, y)
    }

    /// Buttons in rows of a width, with the height that they take.
    fn rows(&self, width: f32) -> (Rows, f32, bool) {
        let mut rows: Rows = Vec::new();
        let mut fits = true;
        let mut left = self.content.buttons.as_slice();
        while let Some((_, first)) = left.first() {
            let alike = left
                .iter()
                .take_while(|(_, o)| o.main == first.main)
                .count();
            let (group, rest) = left.split_at(alike);
            left = rest;
            let wanted = match (first.main, alike, width > 1.6 * self.area.height()) {
                _ if matches!(first.action, Action::Letter { .. }) => 3,
                (true, 0..=4, false) => 1,
                (true, ..) | (false, 4..=8, _) => 2,
                (false, 9.., _) => 3,
                (false, ..) => alike,
            };
            let cell = |columns: usize| {
                let gaps = self.gap() * (columns as f32 - 1.0);
                (width - gaps) / columns as f32
            };
            let room = |columns: usize| cell(columns) - 2.0 * self.mm(2.5);
            let longest = group
                .iter()
                .map(|(_, offer)| longest_word(self.ctx, &offer.label, self.letters))
                .fold(0.0, f32::max);
            let columns = (1..=wanted.max(1))
                .rev()
                .find(|&columns| longest <= room(columns))
                .unwrap_or(1);
            fits &= longest <= room(columns);
            for row in group.chunks(columns) {
                let cells: Vec<(usize, Arc<Galley>)> = row
                    .iter()
                    .map(|(number, offer)| {
                        let words =
                            words(self.ctx, &offer.label, self.letters, room(columns), true);
                        (*number, words)
                    })
                    .collect();
                let tallest = cells.iter().map(|(_, w)| w.size().y).fold(0.0, f32::max);
                let least = self.least(first.main);
                rows.push((least.max(tallest + 2.0 * self.mm(2.0)), cells));
            }
        }
        let gaps = self.gap() * rows.len().saturating_sub(1) as f32;
        let height = rows.iter().map(|row| row.0).sum::<f32>() + gaps;
        (rows, height, fits)
    }

    fn buttons(&self, rows: Rows, left: f32, width: f32, top: f32) -> Vec<Button> {
        let mut buttons = Vec::new();
        let mut y = top;
        let gap = self.gap();
        for (height, cells) in rows {
            let count = cells.len().max(1) as f32;
            let cell = (width - gap * (count - 1.0)) / count;
            for (place, (offer, words)) in cells.into_iter().enumerate() {
                let x = left + place as f32 * (cell + gap);
                buttons.push(Button {
                    offer,
                    rect: Rect::from_min_size(pos2(x, y), vec2(cell, height)),
                    words,
                });
            }
            y += height + gap;
        }
        buttons
    }

    fn moved(mut items: Vec<Placed>, by: f32) -> Vec<Placed> {
        for item in &mut items {
            item.rect = item.rect.translate(vec2(0.0, by));
        }
        items
    }

    /// The picture on the left, words and buttons beside it.
    fn beside(&self, aspect: f32, share: f32) -> Plan {
        let gap = 2.0 * self.gap();
        let most = vec2(self.area.width() * share, self.area.height());
        let picture = largest(aspect, most);
        let rect = Rect::from_min_size(
            pos2(self.area.left(), self.area.center().y - picture.y / 2.0),
            picture,
        );
        let left = rect.right() + gap;
        let width = self.area.right() - left;
        let (items, text) = self.items(&self.content.items, left, width, false);
        let (rows, below, fit) = self.rows(width);
        let fit = fit && self.holds(&self.content.items, width);
        let fits = fit && text + gap + below <= self.area.height();
        let top = self.area.bottom() - below;
        // Words stand in the middle of what buttons leave.
        let from = self.area.top() + ((self.area.height() - below - gap - text) / 2.0).max(0.0);
        Plan {
            items: Self::moved(items, from),
            buttons: self.buttons(rows, left, width, top),
            picture: Some(rect),
            fits,
        }
    }

    /// Words above the picture, buttons below it, all of it in the middle.
    fn above(&self, aspect: f32) -> Plan {
        let gap = 1.5 * self.gap();
        let width = self.area.width();
        let (items, text) = self.items(&self.content.items, self.area.left(), width, true);
        let (rows, below, fit) = self.rows(width);
        let left = self.area.height() - text - below - 2.0 * gap;
        let picture = largest(aspect, vec2(width, left.max(1.0)));
        let fit = fit && self.holds(&self.content.items, width);
        let fits = fit && picture.x.max(picture.y) >= self.smallest * width;
        // It stays where it is while words and buttons come and go, as far as there is room.
        let over = (left - picture.y).max(0.0);
        let [high, low] = KEPT.map(|letters| letters * self.letters);
        let above = (high - text).clamp(0.0, over);
        let rest = over - above;
        let rest = rest - (low - below).clamp(0.0, rest);
        let top = self.area.top() + above + rest / 2.0;
        let rect = Rect::from_min_size(
            pos2(self.area.center().x - picture.x / 2.0, top + text + gap),
            picture,
        );
        Plan {
            items: Self::moved(items, top),
            buttons: self.buttons(rows, self.area.left(), width, rect.bottom() + gap),
            picture: Some(rect),
            fits,
        }
    }

    /// Words and buttons in the middle.
    fn alone(&self) -> Plan {
        let gap = 2.5 * self.gap();
        let (items, aside) = (&self.content.items, &self.content.aside);
        let two = is_wide(self.area) && !aside.is_empty();
        let shape = if two { 1.7 } else { 1.25 };
        let width = self.area.width().min(shape * self.area.height());
        let left = self.area.center().x - width / 2.0;
        let half = (width - gap) / 2.0;
        let column = if two { half } else { width };
        let holds = self.holds(items, column) && self.holds(aside, column);
        let (mut items, mut text) = self.items(items, left, column, true);
        let (beside, high) = if two {
            self.items(aside, left + half + gap, half, true)
        } else {
            self.items(aside, left, width, true)
        };
        if two {
            // Both columns have their middle at one height.
            let (off, all) = ((high - text) / 2.0, text.max(high));
            items = Self::moved(items, off.max(0.0));
            items.extend(Self::moved(beside, (-off).max(0.0)));
            text = all;
        } else if !beside.is_empty() {
            let below = text + self.letters;
            items.extend(Self::moved(beside, below));
            text = below + high;
        }
        let (rows, below, fit) = self.rows(width);
        let between = if rows.is_empty() { 0.0 } else { gap };
        let all = text + between + below;
        let top = self.area.top() + ((self.area.height() - all) / 2.0).max(0.0);
        Plan {
            items: Self::moved(items, top),
            buttons: self.buttons(rows, left, width, top + text + between),
            picture: None,
            fits: fit && holds && all <= self.area.height(),
        }
    }
}

/// The largest rectangle of a shape within a size.
pub(super) fn largest(aspect: f32, within: Vec2) -> Vec2 {
    let aspect = if aspect.is_finite() {
        aspect.clamp(0.1, 10.0)
    } else {
        1.0
    };
    let height = within.y.min(within.x / aspect);
    vec2(height * aspect, height)
}
