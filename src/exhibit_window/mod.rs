//! The window of an exhibit: draws the visitor's [`shell`](crate::exhibit::shell) and feeds it with what
//! fingers, keys and switches do. There is no file, no dialog and no shortcut in it, because the shell has
//! none: events of the window end here and none reaches egui's own widgets.
//!
//! | file | what it does |
//! |---|---|
//! | `open` | reads the folder, starts the threads, makes a [`Room`](room::Room) |
//! | `app` | the Bevy app: events in, frames out, the beat for the supervisor |
//! | `room` | one frame, without a window and without a clock |
//! | `touch`, `keys` | fingers, mouse and keys as what they mean |
//! | `content`, `plan`, `draw` | what stands on a screen, where it is, how it is drawn |
//! | `view`, `paint`, `show`, `pictures` | what is to be seen of the picture at each moment, as pixels, as textures |
//! | `tell` | what a screen reader is told of the picture |
//! | `pace` | when it is drawn anew while the game plays itself |
//! | `measure`, `colours` | millimetres and contrast |
//! | `behind` | journal, PIN, network and speech, on threads of their own |
//! | `card` | what a visitor carries home, drawn on a thread of its own |
//! | `change` | the room in which parts of a picture are covered: questions to the network and their answers |

mod app;
mod behind;
mod card;
mod change;
mod colours;
mod content;
mod draw;
mod keys;
mod measure;
mod open;
mod pace;
mod paint;
mod pictures;
mod plan;
mod room;
mod show;
mod tell;
#[cfg(test)]
mod tests;
mod touch;
mod view;

pub(crate) use app::{Windowed, add, press, shell, wall};
pub(crate) use open::{Opening, open};
