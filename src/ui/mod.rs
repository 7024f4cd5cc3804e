//! The frame of the window: theme, widgets, commands, settings and the shell around every tab.
//!
//! In each frame [`UiSet::Top`] draws the bar and reads the keys, [`UiSet::Tab`] the tab that is
//! shown, [`UiSet::Over`] what lies above it, and [`UiSet::Act`] does what was asked for. Panels are
//! plain functions of an `egui::Ui` and plain state, so that tests drive them without a window.

pub(crate) mod bidi;
mod chords;
pub mod columns;
pub mod commands;
mod dialogs;
pub(crate) mod fonts;
pub(crate) mod format;
pub mod help;
mod idle;
pub mod intake;
pub mod kept;
pub mod library;
pub mod own;
pub(crate) mod pictures;
pub mod place;
pub(crate) mod screen_reader;
pub mod session;
pub mod settings;
pub mod settings_page;
pub mod shell;
pub mod spoken;
mod tab;
pub mod theme;
mod typed_path;
pub mod watch;
pub mod widgets;

use bevy::prelude::*;
use bevy::window::{PrimaryWindow, WindowMode, WindowTheme};
use bevy_egui::{EguiContexts, EguiInput, EguiPreUpdateSet, EguiPrimaryContextPass, egui};

use crate::home::Home;
use crate::jobs::Jobs;
use crate::stage::{StageColours, StageGround};

use commands::Command;
use settings::Settings;
use shell::Shell;
use widgets::Notices;

pub use dialogs::{
    file_dialog, folder_dialog, open_dialog, pictures_dialog, save_dialog, where_dialog,
};
pub use format::sentence;
pub use idle::Awake;
pub use session::{Session, WayBack};
pub use tab::Tab;

/// The order in which a frame of the interface is made.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UiSet {
    /// The bar on top; keys become commands.
    Top,
    /// The tab that is shown.
    Tab,
    /// Help, settings, notices, the focus ring.
    Over,
    /// What was asked for is done.
    Act,
}

/// What every tab shares: see [`Shell`].
#[derive(Resource, Debug, Deref, DerefMut)]
pub struct ShellState(pub Shell);

/// The notices that are up.
#[derive(Resource, Debug, Default, Deref, DerefMut)]
pub struct NoticeBoard(pub Notices);

/// What was asked for in this frame, by key or button.
#[derive(Resource, Debug, Default)]
pub struct Asked(Vec<Command>);

impl Asked {
    /// Asks for `command`.
    pub fn push(&mut self, command: Command) {
        self.0.push(command);
    }

    /// Keeps those commands of this frame for which `keep` is true; the others were taken.
    pub fn retain(&mut self, mut keep: impl FnMut(Command) -> bool) {
        self.0.retain(|command| keep(*command));
    }

    /// The commands of this frame.
    #[must_use]
    pub fn commands(&self) -> &[Command] {
        &self.0
    }
}

/// The part of the window that belongs to the tab, in egui points.
#[derive(Resource, Debug, Clone, Copy)]
pub struct Body(pub egui::Rect);

/// The folders of this run.
#[derive(Resource, Debug, Clone, Deref)]
pub struct HomeDir(pub Home);

/// Adds the interface. [`ShellState`], [`Settings`] and [`HomeDir`] must be there already.
pub fn plugin(app: &mut App) {
    app.init_resource::<NoticeBoard>()
        .init_resource::<Session>()
        .init_resource::<WayBack>()
        .init_resource::<Asked>()
        .init_resource::<pictures::PictureTextures>()
        .init_resource::<kept::Kept>()
        .insert_resource(Body(egui::Rect::NOTHING))
        .add_plugins((
            bidi::plugin,
            chords::plugin,
            idle::plugin,
            intake::plugin,
            place::plugin,
            spoken::plugin,
            typed_path::plugin,
        ))
        .configure_sets(
            EguiPrimaryContextPass,
            (UiSet::Top, UiSet::Tab, UiSet::Over, UiSet::Act).chain(),
        )
        .add_systems(
            PreUpdate,
            tell_system_theme
                .after(EguiPreUpdateSet::ProcessInput)
                .before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(
            EguiPrimaryContextPass,
            (
                (apply_settings, draw_top).chain().in_set(UiSet::Top),
                draw_over.in_set(UiSet::Over),
                act.in_set(UiSet::Act),
            ),
        )
        .add_systems(
            Last,
            (
                (use_device, kept::count).run_if(resource_exists::<Jobs>),
                (settings::keep, own::remember, own::tell)
                    .run_if(resource_exists::<own::StoreKeeper>),
            ),
        );
}

/// A `Ui` over `rect`, behind every popup. `id` keeps the widgets of two such areas apart.
#[must_use]
pub fn area(ctx: &egui::Context, id: &str, rect: egui::Rect) -> egui::Ui {
    let mut ui = egui::Ui::new(
        ctx.clone(),
        egui::Id::new(id),
        egui::UiBuilder::new()
            .layer_id(egui::LayerId::background())
            .max_rect(rect),
    );
    ui.set_clip_rect(rect);
    ui
}

fn tell_system_theme(
    windows: Query<&Window, With<PrimaryWindow>>,
    mut inputs: Query<&mut EguiInput>,
) {
    let theme = windows.iter().next().and_then(|window| window.window_theme);
    for mut input in &mut inputs {
        input.system_theme = Some(match theme {
            Some(WindowTheme::Dark) => egui::Theme::Dark,
            // Light where the system says nothing.
            Some(WindowTheme::Light) | None => egui::Theme::Light,
        });
    }
}

fn apply_settings(
    mut contexts: EguiContexts,
    settings: Res<Settings>,
    mut ground: ResMut<StageGround>,
    mut colours: ResMut<StageColours>,
    mut done: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if !*done || settings.is_changed() {
        theme::install(ctx, settings.motion);
        fonts::install(ctx, settings.scale);
        ctx.set_theme(egui::ThemePreference::from(settings.theme));
        ctx.set_zoom_factor(settings.scale);
        *done = true;
    }
    let [r, g, b, _] = theme::of(ctx.theme()).stage.to_array();
    ground.set_if_neq(StageGround(Color::srgb_u8(r, g, b)));
    let behind = Srgba::rgb_u8(r, g, b);
    if colours.ground != behind {
        colours.ground = behind;
    }
    Ok(())
}

fn draw_top(
    mut contexts: EguiContexts,
    mut shell: ResMut<ShellState>,
    mut asked: ResMut<Asked>,
    mut body: ResMut<Body>,
    settings: Res<Settings>,
    tab: Res<State<Tab>>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    widgets::hide_tooltips_behind(ctx);
    asked.0.extend(commands::pressed(ctx));
    shell.tab = **tab;
    spoken::name_window(ctx, tab.label());
    let mut root = area(ctx, "top", ctx.viewport_rect());
    shell::top_bar(&mut root, &mut shell, &settings.recent_models, &mut asked.0);
    body.0 = root.available_rect_before_wrap();
    Ok(())
}

fn draw_over(
    mut contexts: EguiContexts,
    mut shell: ResMut<ShellState>,
    mut settings: ResMut<Settings>,
    mut notices: ResMut<NoticeBoard>,
    mut kept: ResMut<kept::Kept>,
    back: Res<WayBack>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    widgets::shield_ui(ctx);
    // There it goes to another tab, if somebody came from one.
    if back.0.is_none() && matches!(shell.tab, Tab::Look | Tab::Similarity) {
        commands::leave_out(ctx, &[Command::Back]);
    }
    help::help_ui(ctx, &mut shell);
    let (mut edited, mut asked) = (settings.clone(), Vec::new());
    if settings_page::settings_ui(ctx, &mut shell, &mut edited, &kept, &mut asked) {
        *settings = edited;
    }
    if !asked.is_empty() {
        kept.ask(asked);
    }
    if notices.iter().next().is_some() {
        widgets::notices_ui(ctx, &mut notices);
    }
    widgets::focus_ring(ctx);
    spoken::announcements_ui(ctx);
    Ok(())
}

/// Does the commands that belong to no tab; a dialog that is open takes Escape for itself.
pub(crate) fn act(
    mut asked: ResMut<Asked>,
    mut shell: ResMut<ShellState>,
    tab: Res<State<Tab>>,
    mut next: ResMut<NextState<Tab>>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    mut exit: MessageWriter<AppExit>,
    mut notices: ResMut<NoticeBoard>,
) {
    for command in std::mem::take(&mut asked.0) {
        match command {
            Command::Help => shell.help = !shell.help,
            Command::Settings => shell.settings = !shell.settings,
            Command::Cancel if shell.dialog_open() => {
                shell.help = false;
                shell.settings = false;
            }
            Command::Cancel if notices.iter().next().is_some() => notices.clear(),
            Command::Show(tab) => NextState::set_if_neq(&mut next, tab),
            Command::NextTab => NextState::set_if_neq(&mut next, tab.next()),
            Command::PreviousTab => NextState::set_if_neq(&mut next, tab.previous()),
            Command::FullScreen => {
                for mut window in &mut windows {
                    window.mode = match window.mode {
                        WindowMode::Windowed => {
                            WindowMode::BorderlessFullscreen(MonitorSelection::Current)
                        }
                        _ => WindowMode::Windowed,
                    };
                }
            }
            Command::Quit => {
                exit.write(AppExit::Success);
            }
            _ => {}
        }
    }
}

/// Tells those who explain where networks run.
fn use_device(settings: Res<Settings>, jobs: Res<Jobs>) {
    if settings.is_changed() {
        jobs.work().use_device(settings.device);
    }
}
