//! The tabs, a plugin each. A tab that is not finished is not listed here.
//!
//! To add one: a variant of [`crate::ui::Tab`], its words, and a module with a `plugin` that draws in
//! [`crate::ui::UiSet::Tab`] while `in_state(Tab::...)`.

mod actions;
pub mod bring;
pub mod collection;
pub mod explain;
#[cfg(test)]
mod hands;
pub mod look;
pub mod models;
pub mod pair;
pub mod save;
pub mod similarity;
pub mod stylize;
mod watch;

use bevy::prelude::*;

use crate::ui::Tab;

pub use actions::Actions;
pub use pair::{ComparePair, ShowPictures, Side};

/// Every tab.
pub(super) fn plugin(app: &mut App) {
    app.init_state::<Tab>()
        .add_message::<ComparePair>()
        .add_message::<ShowPictures>()
        .add_message::<pair::StepInCollection>()
        .init_resource::<pair::FromCollection>()
        .add_plugins((
            look::plugin,
            stylize::plugin,
            similarity::plugin,
            models::plugin,
            explain::plugin,
            collection::plugin,
            bring::plugin,
            watch::plugin,
        ));
}
