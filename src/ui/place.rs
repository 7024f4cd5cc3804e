//! Where the window is: as large and in the place as when it was closed, and never larger than the screen.

use bevy::prelude::*;
use bevy::window::{Monitor, PrimaryWindow, WindowMode};

use super::settings::Settings;

/// Height that a screen needs for the window's title and the system's bars, in logical pixels.
const BARS: f32 = 56.0;

/// Left, top, width and height in physical pixels.
pub type Area = [i32; 4];

/// The window's place while it is one, in physical pixels of the desktop; none where the system keeps it
/// to itself.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Known {
    area: Option<Area>,
    /// The window was compared with the screens.
    fitted: bool,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Known>()
        .add_systems(PreUpdate, fit)
        .add_systems(Last, remember.before(super::settings::keep));
}

/// Makes the window fit on its screen, once the screens are known.
fn fit(
    screens: Query<&Monitor>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    mut known: ResMut<Known>,
) {
    if known.fitted || screens.is_empty() {
        return;
    }
    let Ok(mut window) = windows.single_mut() else {
        return;
    };
    known.fitted = true;
    if window.mode != WindowMode::Windowed {
        return;
    }
    let place = match window.position {
        WindowPosition::At(at) => Some(at),
        _ => None,
    };
    let areas: Vec<Area> = screens.iter().map(area_of).collect();
    let size = window.resolution.physical_size().as_ivec2();
    let at = place.unwrap_or_default();
    let before = [at.x, at.y, size.x, size.y];
    let bars = (BARS * window.resolution.scale_factor()).round() as i32;
    let Some([left, top, width, height]) = fitted(before, &areas, bars) else {
        return;
    };
    if [width, height] != [size.x, size.y] {
        let scale = window.resolution.scale_factor();
        let limits = &mut window.resize_constraints;
        limits.min_width = limits.min_width.min(width as f32 / scale);
        limits.min_height = limits.min_height.min(height as f32 / scale);
        window
            .resolution
            .set_physical_resolution(width as u32, height as u32);
    }
    if place.is_some_and(|at| [at.x, at.y] != [left, top]) {
        window.position = WindowPosition::At(IVec2::new(left, top));
    }
}

fn area_of(screen: &Monitor) -> Area {
    let [left, top] = screen.physical_position.to_array();
    let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    [
        left,
        top,
        side(screen.physical_width),
        side(screen.physical_height),
    ]
}

/// The window moved and made smaller so that all of it is on the screen that shows most of it; `bars` is
/// the height that is left free. `None` where there is no screen.
fn fitted([left, top, width, height]: Area, screens: &[Area], bars: i32) -> Option<Area> {
    let shown = |screen: &Area| {
        let [x, y, w, h] = *screen;
        let overlap = |a: i32, b: i32, c: i32, d: i32| {
            let end = a.saturating_add(b).min(c.saturating_add(d));
            i64::from(end.saturating_sub(a.max(c)).max(0))
        };
        overlap(left, width, x, w) * overlap(top, height, y, h)
    };
    // Of equals the first, which is the main one.
    let screen = screens.iter().rev().max_by_key(|screen| shown(screen))?;
    let [x, y, w, h] = *screen;
    let (width, height) = (width.min(w), height.min((h - bars).max(1)));
    let place = |at: i32, from: i32, most: i32| at.clamp(from, from.saturating_add(most.max(0)));
    Some([
        place(left, x, w - width),
        place(top, y, h - height),
        width,
        height,
    ])
}

/// Keeps where the window is for the next run, when this one ends.
fn remember(
    windows: Query<&Window, With<PrimaryWindow>>,
    mut exits: MessageReader<AppExit>,
    mut known: ResMut<Known>,
    mut settings: ResMut<Settings>,
) {
    if let Ok(window) = windows.single()
        && window.mode == WindowMode::Windowed
    {
        let size = window.resolution.physical_size().as_ivec2();
        let area = match window.position {
            WindowPosition::At(at) => [at.x, at.y, size.x, size.y],
            // Wayland tells nobody where a window is.
            _ => [i32::MIN, i32::MIN, size.x, size.y],
        };
        if known.area != Some(area) {
            known.area = Some(area);
        }
    }
    let ends = exits.read().count() > 0;
    if let Some(area) = known.area.filter(|_| ends)
        && settings.window != Some(area)
    {
        settings.window = Some(area);
    }
}

/// What a window is to start with: its place, where it was known, and its size.
#[must_use]
pub fn remembered(settings: &crate::store::Settings) -> Option<(Option<[i32; 2]>, [u32; 2])> {
    let [left, top, width, height] = settings.window?;
    let size = [u32::try_from(width).ok()?, u32::try_from(height).ok()?];
    let usable = size.iter().all(|side| (200..=16_384).contains(side));
    let place = [left, top];
    let known = place.iter().all(|side| side.abs_diff(0) < 100_000);
    usable.then_some((known.then_some(place), size))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Area = [0, 0, 1280, 800];
    const RIGHT: Area = [1280, -200, 1920, 1080];

    #[test]
    fn a_window_is_never_larger_than_its_screen_nor_beside_it() {
        for (window, expected) in [
            ([0, 0, 1280, 800], [0, 0, 1280, 744]),
            ([100, 60, 1000, 700], [100, 60, 1000, 700]),
            ([900, 600, 1000, 700], [1280, 180, 1000, 700]),
            ([900, 0, 500, 500], [780, 0, 500, 500]),
            ([-50, -70, 400, 300], [0, 0, 400, 300]),
            // The screen that it was on is gone.
            ([5000, 5000, 1000, 700], [280, 100, 1000, 700]),
            ([1300, 0, 1700, 900], [1300, -20, 1700, 900]),
            ([2000, 0, 4000, 3000], [1280, -144, 1920, 1024]),
            ([i32::MAX, i32::MIN, 400, 300], [880, 0, 400, 300]),
        ] {
            assert_eq!(
                fitted(window, &[SCREEN, RIGHT], 56),
                Some(expected),
                "{window:?}"
            );
        }
        assert_eq!(fitted([0, 0, 10, 10], &[], 56), None);
        // A screen with less than the bars take.
        assert_eq!(
            fitted([0, 0, 10, 10], &[[0, 0, 40, 30]], 56),
            Some([0, 0, 10, 1])
        );
    }

    fn window(at: Option<IVec2>, width: u32, height: u32) -> Window {
        Window {
            position: at.map_or(WindowPosition::Automatic, WindowPosition::At),
            resolution: bevy::window::WindowResolution::new(width, height),
            ..Window::default()
        }
    }

    fn app(window: Window) -> App {
        let mut app = App::new();
        app.add_message::<AppExit>()
            .init_resource::<Known>()
            .init_resource::<Settings>()
            .add_systems(PreUpdate, fit)
            .add_systems(Last, remember);
        app.world_mut().spawn((window, PrimaryWindow));
        app
    }

    #[test]
    fn the_window_fits_as_soon_as_screens_are_known_and_its_place_is_kept_at_the_end() {
        let mut app = app(window(Some(IVec2::new(700, 500)), 1280, 800));
        app.update();
        app.world_mut().spawn(Monitor {
            name: None,
            physical_height: 800,
            physical_width: 1280,
            physical_position: IVec2::ZERO,
            refresh_rate_millihertz: None,
            scale_factor: 1.0,
            video_modes: Vec::new(),
        });
        app.update();
        let mut windows = app.world_mut().query::<&Window>();
        let window = windows.single(app.world()).unwrap();
        assert_eq!(window.resolution.physical_size(), UVec2::new(1280, 744));
        assert_eq!(window.position, WindowPosition::At(IVec2::new(0, 56)));
        assert_eq!(app.world().resource::<Settings>().window, None, "not yet");
        // The window is gone when the program ends.
        let mut windows = app.world_mut().query_filtered::<Entity, With<Window>>();
        let entity = windows.single(app.world()).unwrap();
        app.world_mut().despawn(entity);
        app.world_mut().write_message(AppExit::Success);
        app.update();
        let settings = app.world().resource::<Settings>();
        assert_eq!(settings.window, Some([0, 56, 1280, 744]));
        assert_eq!(remembered(settings), Some((Some([0, 56]), [1280, 744])));
    }

    #[test]
    fn a_place_that_nobody_told_is_not_made_up() {
        let mut app = app(window(None, 1000, 700));
        app.world_mut().write_message(AppExit::Success);
        app.update();
        let settings = app.world().resource::<Settings>();
        assert_eq!(remembered(settings), Some((None, [1000, 700])));
        for bad in [[0, 0, -5, 700], [0, 0, 100, 700], [0, 0, 700, 99_999]] {
            let settings = crate::store::Settings {
                window: Some(bad),
                ..Default::default()
            };
            assert_eq!(remembered(&settings), None, "{bad:?}");
        }
    }
}
