//! The only place with colours, spacing and text sizes.
//!
//! White and a calm blue belong to the program; yellow, orange, red and purple belong to the maps
//! alone, so nothing here uses them. The dark palette keeps the same roles. Contrast of text on its
//! ground is at least 7:1 in both (WCAG 2.2, 1.4.6), on a control under the pointer too
//! (1.4.3), of outlines that matter at least 3:1 (1.4.11); a test computes it.

use bevy_egui::egui::epaint::FontColorTransferFunction;
use bevy_egui::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Theme, Vec2,
    Visuals, style::ScrollStyle,
};

/// The base unit: every distance is a multiple or a simple fraction of it, in logical pixels.
pub const UNIT: f32 = 8.0;
/// Height of the bar on top, in logical pixels.
pub const TOP_HEIGHT: f32 = 7.0 * UNIT;
/// Below this width of the window, in logical pixels, controls move together.
pub const NARROW: f32 = 135.0 * UNIT;
/// Smallest side of anything that can be pressed (WCAG 2.5.8 asks for 24), in logical pixels.
pub const TARGET: f32 = 4.0 * UNIT;
/// Zoom of the whole interface on a kiosk's touch screen.
pub const KIOSK_SCALE: f32 = 1.5;
/// How long a transition lasts where motion is allowed, in seconds.
pub const MOTION_SECS: f32 = 0.15;
/// Radius of rounded corners, in logical pixels.
pub const RADIUS: u8 = 6;

/// Name of the text style of a step's title and a panel's heading.
pub const TITLE: &str = "title";
/// Name of the text style of a figure that should be read from afar.
pub const FIGURE: &str = "figure";

/// The colours by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind the columns.
    pub ground: Color32,
    /// Behind the picture.
    pub stage: Color32,
    /// Text.
    pub text: Color32,
    /// Text of second rank: captions, units.
    pub quiet: Color32,
    /// What can be pressed; discs of the steps; focus.
    pub action: Color32,
    /// Text on `action`.
    pub on_action: Color32,
    /// A button's ground.
    pub control: Color32,
    /// A button's ground under the pointer; the chosen row.
    pub control_hot: Color32,
    /// Bars of a chart.
    pub bar: Color32,
    /// The empty part of a bar, rails of sliders.
    pub track: Color32,
    /// Lines between regions.
    pub line: Color32,
    /// Outline of a control; 3:1 against the ground.
    pub outline: Color32,
    /// Something went as hoped (always with a sign and words).
    pub good: Color32,
    /// Something went wrong (always with a sign and words).
    pub bad: Color32,
    /// Behind a notice that something went wrong.
    pub bad_ground: Color32,
}

/// The light palette: the default.
pub const LIGHT: Palette = Palette {
    ground: Color32::WHITE,
    stage: Color32::from_rgb(0xf3, 0xf6, 0xf9),
    text: Color32::from_rgb(0x26, 0x2d, 0x35),
    quiet: Color32::from_rgb(0x3b, 0x45, 0x53),
    action: Color32::from_rgb(0x26, 0x4c, 0x81),
    on_action: Color32::WHITE,
    control: Color32::from_rgb(0xf3, 0xf6, 0xf9),
    control_hot: Color32::from_rgb(0xe1, 0xef, 0xfc),
    bar: Color32::from_rgb(0xae, 0xd9, 0xfb),
    track: Color32::from_rgb(0xe8, 0xed, 0xf2),
    line: Color32::from_rgb(0xd9, 0xdf, 0xe6),
    outline: Color32::from_rgb(0x86, 0x93, 0xa1),
    good: Color32::from_rgb(0x17, 0x5c, 0x3d),
    bad: Color32::from_rgb(0x31, 0x39, 0x42),
    bad_ground: Color32::from_rgb(0xe8, 0xed, 0xf2),
};

/// The dark palette: follows the system, or the setting.
pub const DARK: Palette = Palette {
    ground: Color32::from_rgb(0x17, 0x1b, 0x20),
    stage: Color32::from_rgb(0x0f, 0x12, 0x16),
    text: Color32::from_rgb(0xe6, 0xeb, 0xf0),
    quiet: Color32::from_rgb(0xc8, 0xd0, 0xd8),
    action: Color32::from_rgb(0xae, 0xd4, 0xf9),
    on_action: Color32::from_rgb(0x10, 0x1a, 0x26),
    control: Color32::from_rgb(0x24, 0x2a, 0x32),
    control_hot: Color32::from_rgb(0x2c, 0x3d, 0x51),
    bar: Color32::from_rgb(0x4a, 0x7f, 0xb8),
    track: Color32::from_rgb(0x2a, 0x31, 0x39),
    line: Color32::from_rgb(0x32, 0x3a, 0x43),
    outline: Color32::from_rgb(0x6d, 0x7a, 0x88),
    good: Color32::from_rgb(0x7f, 0xd1, 0xa8),
    bad: Color32::from_rgb(0xe6, 0xeb, 0xf0),
    bad_ground: Color32::from_rgb(0x2a, 0x31, 0x39),
};

/// The palette that `ui` is drawn with.
#[must_use]
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    of_visuals(ui.visuals())
}

/// The palette that belongs to `visuals`.
#[must_use]
pub fn of_visuals(visuals: &Visuals) -> &'static Palette {
    if visuals.dark_mode { &DARK } else { &LIGHT }
}

/// The palette of a theme.
#[must_use]
pub const fn of(theme: Theme) -> &'static Palette {
    match theme {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

/// The axis of weight of a variable typeface; one without it stays as it is.
const WEIGHT: &[u8; 4] = b"wght";
/// The weight of what heads something: semi-bold.
const HEADING_WEIGHT: f32 = 600.0;

/// Text in the style of a step's title.
#[must_use]
pub fn title(text: impl Into<String>) -> egui::RichText {
    heading(egui::RichText::new(text).text_style(TextStyle::Name(TITLE.into())))
}

/// Text in the style of a big figure.
#[must_use]
pub fn figure(text: impl Into<String>) -> egui::RichText {
    heading(egui::RichText::new(text).text_style(TextStyle::Name(FIGURE.into())))
}

/// Text with the weight of a heading.
#[must_use]
pub fn heading(text: egui::RichText) -> egui::RichText {
    text.variation(WEIGHT, HEADING_WEIGHT)
}

/// Text of second rank.
#[must_use]
pub fn quiet(ui: &egui::Ui, text: impl Into<String>) -> egui::RichText {
    egui::RichText::new(text).color(palette(ui).quiet)
}

/// Width of the left column ("choose") in a window of `width`, in logical pixels.
#[must_use]
pub fn left_width(width: f32) -> f32 {
    (width * 0.182).clamp(28.0 * UNIT, 36.0 * UNIT)
}

/// Width of the right column ("what the AI says") in a window of `width`, in logical pixels.
#[must_use]
pub fn right_width(width: f32) -> f32 {
    (width * 0.219).clamp(30.0 * UNIT, 42.0 * UNIT)
}

/// Width of the strip with two small pictures beside each other in a window of `width`, in logical pixels.
#[must_use]
pub fn strip_width(width: f32) -> f32 {
    (width * 0.1).clamp(17.0 * UNIT, 22.5 * UNIT)
}

/// Width of the right column where it has the picture's controls as well, in a window of `width`, in
/// logical pixels. With the strip it leaves the stage more than 60 % of a window of 1280 x 800.
#[must_use]
pub fn inspector_width(width: f32) -> f32 {
    (width * 0.247).clamp(33.0 * UNIT, 42.0 * UNIT)
}

/// The frame of a dialog.
pub fn dialog(visuals: &Visuals) -> egui::Frame {
    egui::Frame::new()
        .fill(visuals.window_fill)
        .stroke(visuals.window_stroke)
        .corner_radius(visuals.window_corner_radius)
        .shadow(visuals.window_shadow)
        .inner_margin(Margin::same(24))
}

/// The frame of a column.
pub fn column(visuals: &Visuals) -> egui::Frame {
    egui::Frame::new()
        .fill(of_visuals(visuals).ground)
        .inner_margin(Margin::symmetric(16, 16))
}

/// The frame of the strip of pictures.
pub fn strip(visuals: &Visuals) -> egui::Frame {
    column(visuals).inner_margin(Margin::symmetric(10, 16))
}

/// The frame of the right column that has the picture's controls as well.
pub fn inspector(visuals: &Visuals) -> egui::Frame {
    column(visuals).inner_margin(Margin::symmetric(12, 12))
}

/// The frame of the bar on top.
pub fn bar(visuals: &Visuals) -> egui::Frame {
    egui::Frame::new()
        .fill(of_visuals(visuals).ground)
        .inner_margin(Margin::symmetric(16, 0))
}

/// Gives both themes of a context our styles. `motion` false stops every animation.
pub fn install(ctx: &egui::Context, motion: bool) {
    for theme in [Theme::Light, Theme::Dark] {
        ctx.set_style_of(theme, style(theme, motion));
    }
    // Ctrl and plus belong to the picture here, not to egui's own zoom of the interface.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
}

fn style(theme: Theme, motion: bool) -> Style {
    let palette = of(theme);
    let text_styles = [
        (
            TextStyle::Small,
            FontId::new(15.0, FontFamily::Proportional),
        ),
        (TextStyle::Body, FontId::new(15.0, FontFamily::Proportional)),
        (
            TextStyle::Button,
            FontId::new(15.0, FontFamily::Proportional),
        ),
        (
            TextStyle::Monospace,
            FontId::new(15.0, FontFamily::Monospace),
        ),
        (
            TextStyle::Heading,
            FontId::new(20.0, FontFamily::Proportional),
        ),
        (
            TextStyle::Name(TITLE.into()),
            FontId::new(18.0, FontFamily::Proportional),
        ),
        (
            TextStyle::Name(FIGURE.into()),
            FontId::new(28.0, FontFamily::Proportional),
        ),
    ];
    let mut style = Style {
        text_styles: text_styles.into(),
        animation_time: if motion { MOTION_SECS } else { 0.0 },
        visuals: visuals(theme, palette),
        ..Style::default()
    };
    if !motion {
        style.scroll_animation = egui::style::ScrollAnimation::none();
    }
    style.interaction.tooltip_delay = 0.3;
    style.interaction.selectable_labels = false;
    style.spacing.item_spacing = Vec2::splat(UNIT);
    style.spacing.button_padding = Vec2::new(1.5 * UNIT, 0.75 * UNIT);
    style.spacing.interact_size = Vec2::new(5.0 * UNIT, TARGET);
    style.spacing.icon_width = 2.5 * UNIT;
    style.spacing.icon_width_inner = 1.5 * UNIT;
    style.spacing.icon_spacing = UNIT;
    style.spacing.slider_rail_height = 0.5 * UNIT;
    style.spacing.menu_margin = Margin::same(8);
    style.spacing.window_margin = Margin::same(24);
    style.spacing.tooltip_width = 36.0 * UNIT;
    style.spacing.scroll = ScrollStyle::thin();
    style
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let mut visuals = match theme {
        Theme::Light => Visuals::light(),
        Theme::Dark => Visuals::dark(),
    };
    // Strokes are thinner than a pixel in places; mixed as egui does it on light ground they lose a third
    // of their contrast.
    visuals.text_options.color_transfer_function = FontColorTransferFunction::DARK_MODE_DEFAULT;
    let radius = CornerRadius::same(RADIUS);
    visuals.panel_fill = palette.ground;
    visuals.window_fill = palette.ground;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(2 * RADIUS);
    visuals.menu_corner_radius = radius;
    visuals.extreme_bg_color = palette.ground;
    visuals.faint_bg_color = palette.stage;
    visuals.hyperlink_color = palette.action;
    visuals.warn_fg_color = palette.text;
    visuals.error_fg_color = palette.bad;
    visuals.weak_text_color = Some(palette.quiet);
    visuals.selection.bg_fill = palette.bar;
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    visuals.text_cursor.blink = false;
    visuals.striped = false;

    let widgets = &mut visuals.widgets;
    for (state, ground, outline, text) in [
        (
            &mut widgets.noninteractive,
            palette.ground,
            palette.line,
            palette.text,
        ),
        (
            &mut widgets.inactive,
            palette.control,
            palette.outline,
            palette.text,
        ),
        (
            &mut widgets.hovered,
            palette.control_hot,
            palette.action,
            palette.text,
        ),
        (
            &mut widgets.active,
            palette.control_hot,
            palette.action,
            palette.text,
        ),
        (
            &mut widgets.open,
            palette.control_hot,
            palette.action,
            palette.text,
        ),
    ] {
        state.weak_bg_fill = ground;
        state.bg_fill = ground;
        state.bg_stroke = Stroke::new(1.0, outline);
        state.fg_stroke = Stroke::new(1.5, text);
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
    // Rails of sliders and grounds of checkboxes are drawn with this one.
    widgets.inactive.bg_fill = palette.track;
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let c = f64::from(value) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_both_palettes() {
        for palette in [LIGHT, DARK] {
            for (name, ink, ground, least) in [
                ("text", palette.text, palette.ground, 7.0),
                ("text on stage", palette.text, palette.stage, 7.0),
                ("text on control", palette.text, palette.control, 7.0),
                (
                    "text on hot control",
                    palette.text,
                    palette.control_hot,
                    7.0,
                ),
                ("quiet", palette.quiet, palette.ground, 7.0),
                ("quiet on stage", palette.quiet, palette.stage, 7.0),
                (
                    "quiet on hot control",
                    palette.quiet,
                    palette.control_hot,
                    7.0,
                ),
                ("disc", palette.on_action, palette.action, 7.0),
                ("link", palette.action, palette.ground, 7.0),
                ("good", palette.good, palette.ground, 7.0),
                ("bad", palette.bad, palette.bad_ground, 7.0),
            ] {
                let ratio = contrast(ink, ground);
                assert!(ratio >= least, "{name}: {ratio:.2}");
            }
            for (name, ink, ground) in [
                ("outline", palette.outline, palette.ground),
                ("focus", palette.action, palette.ground),
                ("focus on stage", palette.action, palette.stage),
            ] {
                let ratio = contrast(ink, ground);
                assert!(ratio >= 3.0, "{name}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn no_text_is_smaller_than_fifteen() {
        for font in style(Theme::Light, true).text_styles.values() {
            assert!(font.size >= 15.0);
        }
    }
}
