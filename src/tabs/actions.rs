//! What a person asks a tab for, and what means the same in every tab.

use bevy::prelude::{MessageWriter, Resource};

use crate::jobs::Jobs;
use crate::stage::StageCommand;
use crate::ui::commands::Command;

/// What was asked of a tab in this frame, by its panels or by keys.
#[derive(Resource)]
pub struct Actions<A: Send + Sync + 'static>(pub(super) Vec<A>);

impl<A: Send + Sync + 'static> Default for Actions<A> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<A: Send + Sync + 'static> Actions<A> {
    /// Asks for something as a panel would.
    pub fn push(&mut self, action: A) {
        self.0.push(action);
    }

    /// What was asked for, once.
    pub(super) fn take(&mut self) -> Vec<A> {
        std::mem::take(&mut self.0)
    }
}

/// Does a command that means the same in every tab with a stage. Call it on the main thread, which
/// dialogs ask for on macOS.
pub(super) fn act_as_everywhere(
    command: Command,
    jobs: &Jobs,
    stage: &mut MessageWriter<StageCommand>,
) {
    let view = match command {
        Command::Open => return jobs.background.dialog(crate::ui::open_dialog()),
        Command::Paste => return jobs.background.paste(),
        Command::ZoomIn => StageCommand::ZoomIn,
        Command::ZoomOut => StageCommand::ZoomOut,
        Command::ZoomFit => StageCommand::Fit,
        _ => return,
    };
    stage.write(view);
}
