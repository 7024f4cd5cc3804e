//! Every action of the program: its words, its keys. Buttons, help and key handling all read this.

use bevy_egui::egui::{Context, Id, Key, KeyboardShortcut, Modifiers, Popup};

use super::Tab;

/// Something a person can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Ask for a picture file.
    Open,
    /// Take the picture on the clipboard.
    Paste,
    /// Stop the work that is running, or close what is open.
    Cancel,
    /// Run the work that failed again.
    Retry,
    /// Keep the picture, the map and the numbers in files.
    Save,
    /// Keep them as one page or a figure.
    SaveAs,
    /// Show the picture after this one.
    NextPicture,
    /// Show the picture before this one.
    PreviousPicture,
    /// Take the last stroke back.
    Undo,
    /// Do the stroke again that was taken back.
    Redo,
    /// Lay the map over the picture, or take it off.
    ToggleOverlay,
    /// Show two pictures in one, parted by a line that can be moved.
    Wipe,
    /// Show one of two pictures, then the other, in the same place.
    Flip,
    /// Exchange the two pictures.
    Swap,
    /// Move the picture closer.
    ZoomIn,
    /// Move the picture away.
    ZoomOut,
    /// The whole picture.
    ZoomFit,
    /// Go back to what was seen before.
    Back,
    /// List the networks that the person kept.
    OwnModels,
    /// Open a network's file again, of those that were opened last.
    OpenAgain(u8),
    /// Go to a tab.
    Show(Tab),
    /// Go to the next tab.
    NextTab,
    /// Go to the tab before.
    PreviousTab,
    /// Fill the screen, or leave it.
    FullScreen,
    /// Explain this tab.
    Help,
    /// Open the settings.
    Settings,
    /// Leave the program.
    Quit,
}

impl Command {
    /// Whether it does something in this tab: help lists only those.
    #[must_use]
    pub fn works_in(self, tab: Tab) -> bool {
        match self {
            Self::Undo | Self::Redo => matches!(tab, Tab::Explain | Tab::Look),
            // There the map is what is to be guessed.
            Self::ToggleOverlay => tab != Tab::Explain,
            Self::SaveAs => matches!(tab, Tab::Look | Tab::Similarity | Tab::Models),
            Self::NextPicture | Self::PreviousPicture => tab == Tab::Look,
            Self::Flip | Self::Swap => tab == Tab::Similarity,
            Self::Wipe => matches!(tab, Tab::Stylize | Tab::Similarity),
            Self::Back => matches!(tab, Tab::Look | Tab::Similarity | Tab::Collection),
            _ => true,
        }
    }

    /// Every command in the order in which help lists it.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Open,
            Self::Paste,
            Self::Save,
            Self::SaveAs,
            Self::NextPicture,
            Self::PreviousPicture,
            Self::Undo,
            Self::Redo,
            Self::ToggleOverlay,
            Self::Wipe,
            Self::Flip,
            Self::Swap,
            Self::ZoomIn,
            Self::ZoomOut,
            Self::ZoomFit,
            Self::Back,
            Self::Cancel,
            Self::Retry,
        ];
        // With one tab there is nothing to go to.
        if Tab::ALL.len() > 1 {
            all.extend(Tab::ALL.iter().map(|tab| Self::Show(*tab)));
            all.extend([Self::NextTab, Self::PreviousTab]);
        }
        all.extend([Self::FullScreen, Self::Help, Self::Settings, Self::Quit]);
        all
    }

    /// Its words on a button; those that ask for more end in "...".
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open a picture...",
            Self::Paste => "Paste a picture",
            Self::Cancel => "Cancel",
            Self::Retry => "Try again",
            Self::Save => "Save...",
            Self::SaveAs => "Save as...",
            Self::NextPicture => "Next picture",
            Self::PreviousPicture => "Previous picture",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::ToggleOverlay => "Show what mattered",
            Self::Wipe => "Wipe",
            Self::Flip => "Flip",
            Self::Swap => "Swap",
            Self::ZoomIn => "Closer",
            Self::ZoomOut => "Further away",
            Self::ZoomFit => "Whole picture",
            Self::Back => "Back",
            Self::OwnModels => "Your models...",
            Self::OpenAgain(_) => "Open again",
            Self::Show(tab) => tab.label(),
            Self::NextTab => "Next tab",
            Self::PreviousTab => "Previous tab",
            Self::FullScreen => "Full screen",
            Self::Help => "Help",
            Self::Settings => "Settings",
            Self::Quit => "Quit",
        }
    }

    /// The keys that ask for it. The first is the one that help shows.
    #[must_use]
    pub fn shortcuts(self) -> Vec<KeyboardShortcut> {
        let plain = |key| KeyboardShortcut::new(Modifiers::NONE, key);
        let ctrl = |key| KeyboardShortcut::new(Modifiers::COMMAND, key);
        match self {
            Self::Open => vec![ctrl(Key::O)],
            Self::Paste => vec![ctrl(Key::V)],
            Self::Cancel => vec![plain(Key::Escape)],
            Self::Retry => vec![ctrl(Key::R)],
            Self::Save => vec![ctrl(Key::S)],
            Self::SaveAs => vec![KeyboardShortcut::new(
                Modifiers::COMMAND | Modifiers::SHIFT,
                Key::S,
            )],
            Self::NextPicture => vec![plain(Key::N)],
            Self::PreviousPicture => vec![plain(Key::P)],
            Self::Undo => vec![ctrl(Key::Z)],
            Self::Redo => vec![
                KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z),
                ctrl(Key::Y),
            ],
            Self::ToggleOverlay => vec![plain(Key::Space)],
            Self::Wipe => vec![plain(Key::W)],
            Self::Flip => vec![plain(Key::F)],
            Self::Swap => vec![plain(Key::X)],
            Self::ZoomIn => vec![plain(Key::Plus), plain(Key::Equals)],
            Self::ZoomOut => vec![plain(Key::Minus)],
            Self::ZoomFit => vec![plain(Key::Num0)],
            Self::Back => vec![
                KeyboardShortcut::new(Modifiers::ALT, Key::ArrowLeft),
                plain(Key::BrowserBack),
            ],
            Self::Show(tab) => vec![plain(tab.key())],
            Self::NextTab => vec![KeyboardShortcut::new(Modifiers::CTRL, Key::Tab)],
            Self::PreviousTab => vec![KeyboardShortcut::new(
                Modifiers::CTRL | Modifiers::SHIFT,
                Key::Tab,
            )],
            // In the list of models.
            Self::OwnModels | Self::OpenAgain(_) => Vec::new(),
            Self::FullScreen => vec![plain(Key::F11)],
            Self::Help => vec![plain(Key::F1)],
            Self::Settings => vec![ctrl(Key::Comma)],
            Self::Quit => vec![ctrl(Key::Q)],
        }
    }

    /// The keys as they are printed on the keyboard.
    #[must_use]
    pub fn keys(self, ctx: &Context) -> String {
        self.shortcuts()
            .first()
            .map(|shortcut| ctx.format_shortcut(shortcut))
            .unwrap_or_default()
    }

    /// Its words with its keys, for a tooltip.
    #[must_use]
    pub fn tooltip(self, ctx: &Context) -> String {
        format!("{} ({})", self.label(), self.keys(ctx))
    }
}

/// The commands whose keys were pressed since the last frame; the keys are taken, so that no
/// widget sees them too. Keys that a widget needs stay with it: all plain ones while text is
/// typed or a list is open, Space while something has the focus, and the digits where
/// [`keep_digits`] said so.
pub fn pressed(ctx: &Context) -> Vec<Command> {
    let typing = ctx.text_edit_focused();
    let focused = ctx.memory(bevy_egui::egui::Memory::focused).is_some();
    // Of the memory: the context knows only those that this pass has drawn so far.
    let popup = Popup::is_any_open(ctx);
    let digits = digits_are_kept(ctx);
    let mut found = Vec::new();
    // Longer combinations first: egui matches Ctrl+Tab when Ctrl+Shift+Tab is pressed.
    let mut all = Command::all();
    all.sort_by_key(|command| {
        let shift = |s: &KeyboardShortcut| s.modifiers.shift;
        !command.shortcuts().iter().any(shift)
    });
    for command in all {
        for shortcut in command.shortcuts() {
            let plain = shortcut.modifiers.is_none() && !is_function_key(shortcut.logical_key);
            let key = shortcut.logical_key;
            let widgets = (focused && key == Key::Space) || (digits && is_digit(key));
            let taken = plain && (typing || popup || widgets);
            if !taken && ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
                found.push(command);
                break;
            }
        }
    }
    found
}

/// Ends a guess and shows the answer, while somebody paints: no key that is struck by chance.
pub const REVEAL: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);

/// Where [`keep_digits`] remembers.
fn digits_id() -> Id {
    Id::new("the digits belong to the stage")
}

/// Leaves the digits 0 to 4 to the tab in the frame after this one: they are colours while
/// somebody paints, and not tabs.
pub fn keep_digits(ctx: &Context) {
    let pass = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| data.insert_temp(digits_id(), pass));
}

/// Whether [`keep_digits`] was called in the frame before this one, which may have had two passes.
pub(super) fn digits_are_kept(ctx: &Context) -> bool {
    let kept: Option<u64> = ctx.data(|data| data.get_temp(digits_id()));
    kept.is_some_and(|pass| pass + 2 >= ctx.cumulative_pass_nr())
}

/// Where [`leave_out`] remembers: in which pass, and what.
type LeftOut = (u64, Vec<Command>);

fn left_out_id() -> Id {
    Id::new("commands that do nothing now")
}

/// Says, in every frame in which it is so, that these commands do nothing in the tab as it is now: help
/// does not list them.
pub fn leave_out(ctx: &Context, commands: &[Command]) {
    let pass = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| {
        let (known, left_out): &mut LeftOut = data.get_temp_mut_or_default(left_out_id());
        if *known != pass {
            left_out.clear();
        }
        *known = pass;
        left_out.extend_from_slice(commands);
    });
}

/// Whether [`leave_out`] named it in this frame or the one before.
pub(super) fn is_left_out(ctx: &Context, command: Command) -> bool {
    let known: Option<LeftOut> = ctx.data(|data| data.get_temp(left_out_id()));
    known.is_some_and(|(pass, left_out)| {
        pass + 2 >= ctx.cumulative_pass_nr() && left_out.contains(&command)
    })
}

pub(super) fn is_digit(key: Key) -> bool {
    matches!(
        key,
        Key::Num0 | Key::Num1 | Key::Num2 | Key::Num3 | Key::Num4
    )
}

fn is_function_key(key: Key) -> bool {
    matches!(key, Key::F1 | Key::F11)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn no_two_commands_share_a_key() {
        let mut seen = HashMap::new();
        for command in Command::all() {
            for shortcut in command.shortcuts() {
                if let Some(other) = seen.insert(shortcut, command) {
                    panic!("{command:?} and {other:?} share {shortcut:?}");
                }
            }
        }
    }

    #[test]
    fn words_are_sentence_case_without_colon() {
        for command in Command::all() {
            let label = command.label();
            assert!(label.starts_with(char::is_uppercase), "{label}");
            assert!(!label.ends_with(':'), "{label}");
        }
    }
}
