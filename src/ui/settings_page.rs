//! The settings, drawn over the tab while they are open.

use bevy_egui::egui::{self, Align, Button, Id, Label, Layout, Modal, ScrollArea, Ui};

use super::help::{close_button, dialog_room, dialog_width};
use super::kept::{Kept, KeptAsk};
use super::settings::{Settings, ThemeChoice};
use super::shell::Shell;
use super::theme::{self, UNIT};
use super::widgets::{Choice, chooser, segments};
use crate::caches::{CacheKind, Usage, size_in_words};
use crate::classifier::Device;

/// Draws the settings over the tab while they are open; true when one changed. What is asked of the
/// files that are kept goes to `asked`.
pub fn settings_ui(
    ctx: &egui::Context,
    shell: &mut Shell,
    settings: &mut Settings,
    kept: &Kept,
    asked: &mut Vec<KeptAsk>,
) -> bool {
    if !shell.settings {
        return false;
    }
    let before = settings.clone();
    let frame = theme::dialog(&ctx.global_style().visuals);
    let modal = Modal::new(Id::new("settings"))
        .frame(frame)
        .show(ctx, |ui| {
            ui.set_width(dialog_width(ctx, 60.0 * UNIT));
            ui.label(theme::title("Settings"));
            ui.add_space(UNIT);
            let room = dialog_room(ctx);
            let area = ScrollArea::vertical()
                .max_height(room)
                .min_scrolled_height(room);
            area.show(ui, |ui| {
                program_ui(ui, settings);
                ui.add_space(2.0 * UNIT);
                kept_ui(ui, settings, kept, asked);
            });
            ui.add_space(2.0 * UNIT);
            close_button(ui)
        });
    if modal.inner || modal.should_close() {
        shell.settings = false;
    }
    *settings != before
}

fn program_ui(ui: &mut Ui, settings: &mut Settings) {
    ui.label(theme::quiet(ui, "Colours of the program"));
    segments(
        ui,
        "Colours of the program",
        &mut settings.theme,
        &[
            (ThemeChoice::System, "As the system", ""),
            (ThemeChoice::Light, "Light", ""),
            (ThemeChoice::Dark, "Dark", ""),
        ],
    );
    ui.add_space(UNIT);
    ui.label(theme::quiet(ui, "Size of text and controls"));
    let mut percent = (settings.scale * 100.0).round() as u32;
    segments(
        ui,
        "Size of text and controls",
        &mut percent,
        &[
            (100, "100 %", ""),
            (125, "125 %", ""),
            (150, "150 %", "For touch screens"),
            (200, "200 %", ""),
        ],
    );
    settings.scale = percent as f32 / 100.0;
    ui.add_space(UNIT);
    ui.label(theme::quiet(ui, "What computes the maps"));
    let devices: Vec<(Device, &str, &str)> = Device::on_this_system()
        .iter()
        .map(|&device| (device, device.label(), device_tip(device)))
        .collect();
    segments(ui, "What computes the maps", &mut settings.device, &devices);
    ui.add_space(UNIT);
    ui.checkbox(&mut settings.motion, "Short animations");
}

/// What choosing a device means, for who points at it.
fn device_tip(device: Device) -> &'static str {
    match device {
        Device::Auto => "A graphics card where ONNX Runtime can use one, else the processor",
        Device::Cpu => "Repeats to the bit; used from the next map on",
        Device::Cuda | Device::CoreMl | Device::DirectMl => {
            "Used from the next map on; where the installed ONNX Runtime has not got it, a notice says so and the processor is used"
        }
    }
}

/// What is kept on disk to save time: how much, its bound, a button that clears it.
fn kept_ui(ui: &mut Ui, settings: &mut Settings, kept: &Kept, asked: &mut Vec<KeptAsk>) {
    ui.label(theme::title("Kept on disk to save time"));
    ui.label(theme::quiet(
        ui,
        "All of it can be computed again; the longest unused goes first.",
    ));
    let Some(usages) = kept.usages() else {
        ui.label("Counting...");
        return;
    };
    for usage in usages {
        ui.add_space(UNIT);
        kind_ui(ui, usage, settings, kept, asked);
    }
}

fn kind_ui(
    ui: &mut Ui,
    usage: &Usage,
    settings: &mut Settings,
    kept: &Kept,
    asked: &mut Vec<KeptAsk>,
) {
    let name = match usage.kind {
        CacheKind::Results => "Results",
        CacheKind::Graphs => "Networks",
        CacheKind::Previews => "Previews",
    };
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let clear = ui
                .add_enabled(
                    usage.files > 0 && !kept.is_busy(),
                    Button::new("Clear").min_size(egui::vec2(9.0 * UNIT, theme::TARGET)),
                )
                .on_hover_text(format!("Removes {} files", usage.files));
            clear.widget_info(|| {
                let label = format!("Clear {name}");
                egui::WidgetInfo::labeled(egui::WidgetType::Button, usage.files > 0, label)
            });
            if clear.clicked() {
                asked.push(KeptAsk::Clear(usage.kind));
            }
            match usage.kind {
                CacheKind::Results => limit_ui(ui, name, &mut settings.results_limit_mb),
                CacheKind::Graphs => limit_ui(ui, name, &mut settings.graphs_limit_mb),
                CacheKind::Previews => {}
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(format!("{name}: {}", size_in_words(usage.bytes)));
            });
        });
    });
    let where_it_is = format!("{}, in {}", usage.kind.about(), usage.folder.display());
    ui.add(Label::new(theme::quiet(ui, &where_it_is)).truncate())
        .on_hover_text(&where_it_is);
}

/// The bounds that are offered, in MB.
const LIMITS: [u32; 6] = [128, 256, 512, 1024, 2048, 4096];

fn limit_ui(ui: &mut Ui, name: &str, megabytes: &mut u32) {
    let mut limits = LIMITS.to_vec();
    // One that was set elsewhere is a choice too.
    if !limits.contains(megabytes) {
        limits.push(*megabytes);
        limits.sort_unstable();
    }
    let words: Vec<String> = limits
        .iter()
        .map(|limit| format!("at most {}", size_in_words(u64::from(*limit) << 20)))
        .collect();
    let choices: Vec<Choice<'_>> = words
        .iter()
        .map(|words| Choice {
            name: words,
            help: "",
            enabled: true,
        })
        .collect();
    let mut chosen = limits
        .iter()
        .position(|limit| limit == megabytes)
        .unwrap_or(0);
    let label = format!("Limit of {name}");
    chooser(ui, &label, false, 18.0 * UNIT, &mut chosen, &choices);
    if let Some(limit) = limits.get(chosen) {
        *megabytes = *limit;
    }
}
