//! Models of a person's own, whatever tab is shown: one that comes in is asked about in a form and
//! kept; those that are kept are listed, changed and removed; one whose file has changed since is
//! taken anew where the person says so.
//!
//! # Memory
//!
//! The network that was tried last stays open until it is kept or let go.

mod form;
mod known;
mod normalisation;
mod own_page;
mod page;
mod probe;
mod rows;
mod state;
mod systems;
#[cfg(test)]
mod tests;
mod work;

use bevy::prelude::*;
use bevy_egui::{EguiPrimaryContextPass, egui};

#[cfg(test)]
pub(crate) use form::{Names, Trial};
pub use probe::open;
pub use state::{Ask, Bring, OwnList};
pub use systems::Asks;

use crate::ui::UiSet;
use crate::ui::intake::IntakeSet;

/// Something became of a model of the person's own.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub struct OwnModelNews {
    /// Its id in the catalog.
    pub id: String,
    /// What became of it.
    pub what: OwnModelEvent,
}

/// What became of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnModelEvent {
    /// It is kept, or chosen again; whoever brought it wants to work with it.
    Kept,
    /// It is another network now, or fed or read in another way: what was computed is not its own.
    Changed,
    /// It is not there any more.
    Removed,
}

/// Draws what is open, over the tab.
pub fn bring_ui(ctx: &egui::Context, bring: &mut Bring, asks: &mut Vec<Ask>) {
    if bring.form.is_some() {
        page::form_ui(ctx, bring, asks);
    } else if let Some(renewed) = bring.renewed.front() {
        own_page::renewed_ui(ctx, renewed, bring.busy, asks);
    } else if let Some(list) = &mut bring.own {
        own_page::own_ui(ctx, list, asks);
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Bring>()
        .init_resource::<Asks>()
        .init_resource::<work::Work>()
        .add_message::<OwnModelNews>()
        .add_systems(
            Update,
            (
                systems::take_arrived,
                systems::look_for_changes,
                systems::receive,
            )
                .chain()
                .after(IntakeSet),
        )
        .add_systems(
            EguiPrimaryContextPass,
            (
                systems::take_keys.after(UiSet::Top).before(UiSet::Tab),
                systems::draw.after(UiSet::Tab).before(UiSet::Over),
                systems::act.in_set(UiSet::Act).before(crate::ui::act),
            ),
        );
}
