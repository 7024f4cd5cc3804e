//! The matrix scrolled through: what stays in view, and what the graphics device holds meanwhile.

use bevy_egui::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use image::RgbImage;

use super::Cell;
use super::cells::visible_keys;
use super::hang::{CELL_BYTES, CELL_TEXTURES, FreshCell, Gallery, hang_cells};
use super::tests::{Program, program, window};

/// Hangs what is in view and has no picture, as the tab does; gives how many there were.
fn hang(window: &mut Harness<'static, Program>, gallery: &mut Gallery, side: u32) -> usize {
    let ctx = window.ctx.clone();
    let models = &mut window.state_mut().models;
    let fresh: Vec<FreshCell> = visible_keys(models)
        .into_iter()
        .filter(|key| gallery.shows(key) != Some((10, side)))
        .map(|key| (key, (10, side), RgbImage::new(side, side)))
        .collect();
    let count = fresh.len();
    hang_cells(&ctx, models, gallery, fresh);
    count
}

fn wheel(window: &mut Harness<'static, Program>, lines: egui::Vec2) {
    window.event(egui::Event::PointerMoved(egui::pos2(620.0, 500.0)));
    window.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: lines,
        phase: egui::TouchPhase::Move,
        modifiers: egui::Modifiers::NONE,
    });
    window.run_steps(3);
}

#[test]
fn pictures_on_the_device_stay_within_the_bound_while_everything_is_scrolled_through() {
    let mut window = window(program(20, 12), 1280.0, 800.0);
    let mut gallery = Gallery::default();
    let textures = window.ctx.tex_manager();
    let others = textures.read().num_allocated();
    let (mut hung, mut most) = (0, 0);
    let (mut last_row, mut last_column) = (0, 0);
    for _ in 0..2 {
        for across in [-40.0, 40.0] {
            for along in [-6.0, 6.0] {
                for _ in 0..14 {
                    wheel(&mut window, egui::vec2(0.0, along));
                    hung += hang(&mut window, &mut gallery, 96);
                    let alive = textures.read().num_allocated() - others;
                    assert_eq!(alive, gallery.len(), "a picture without a cell");
                    most = most.max(alive);
                    let models = &window.state().models;
                    let (rows, columns) = models.visible.clone();
                    (last_row, last_column) =
                        (last_row.max(rows.end), last_column.max(columns.end));
                    // What is in view has its picture, and each cell's picture is alive.
                    let keys = visible_keys(models);
                    for (key, cell) in &models.cells {
                        let Cell::Done(finding) = cell else {
                            panic!("{key:?} is not there");
                        };
                        assert!(finding.picture.is_some() || !keys.contains(key), "{key:?}");
                        if let Some((texture, _)) = finding.picture {
                            assert!(textures.read().meta(texture).is_some(), "{key:?}");
                        }
                    }
                }
            }
            wheel(&mut window, egui::vec2(across, 0.0));
        }
    }
    assert_eq!((last_row, last_column), (20, 12), "not all of it was seen");
    assert_eq!(most, CELL_TEXTURES);
    // More were hung than stayed: the bound was met by letting go.
    assert!(hung > 20 * 12, "{hung}");
}

#[test]
fn large_pictures_are_bounded_by_their_bytes() {
    let mut window = window(program(20, 12), 1280.0, 800.0);
    let mut gallery = Gallery::default();
    let textures = window.ctx.tex_manager();
    let others = textures.read().num_allocated();
    for _ in 0..20 {
        wheel(&mut window, egui::vec2(0.0, -6.0));
        hang(&mut window, &mut gallery, 512);
        let alive = textures.read().num_allocated() - others;
        assert!(alive * 512 * 512 * 4 <= CELL_BYTES, "{alive} pictures");
    }
    assert_eq!(gallery.len(), CELL_BYTES / (512 * 512 * 4));
}

#[test]
fn the_original_and_the_names_stay_while_the_rest_scrolls() {
    let mut window = window(program(20, 12), 1280.0, 800.0);
    let place =
        |window: &Harness<'static, Program>, name: &str| window.get_by_label_contains(name).rect();
    let original = place(&window, "Original, Network 0");
    let (model, version) = (
        place(&window, "Model Network 0"),
        place(&window, "Version Original"),
    );
    wheel(&mut window, egui::vec2(0.0, -30.0));
    assert!(window.query_by_label_contains("Fog 1, Network 0").is_none());
    assert_eq!(place(&window, "Original, Network 0"), original);
    assert_eq!(place(&window, "Version Original"), version);
    assert_eq!(place(&window, "Model Network 0"), model);
    // The others never come over it: not to look at, and not to click.
    let (rows, _) = window.state().models.visible.clone();
    assert!(rows.start > 1, "{rows:?}");
    wheel(&mut window, egui::vec2(-30.0, 0.0));
    assert_eq!(place(&window, "Version Original"), version);
    let right = place(&window, "Original, Network 11");
    assert_eq!(right.y_range(), original.y_range());
    let names: Vec<String> = window
        .root()
        .children_recursive()
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.starts_with("Original, Network"))
        .collect();
    let (_, columns) = window.state().models.visible.clone();
    assert_eq!(names.len(), columns.len(), "{names:?}");
    window.get_by_label_contains("Original, Network 11").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [super::Ask::Open(0, 11)]);
}
