//! The exhibit's shell: its screens as a machine of states that any window can draw. It knows no
//! window, no clock and no disk: what happens comes in as an [`Input`] with the time it happened at,
//! what is to be done goes out as an [`Effect`].
//!
//! ```text
//! Attract -> Language (-> CutOff) -> Choose (-> Room) -> Teams -> Question -> Tutorial -> Play -> Results
//!    ^                                                                            |         |
//!    +--- start, idle and countdown, five taps and PIN ---------------------------+---------+
//! Play: Ask -> Paint (-> TimeUp) (-> Pass) -> Reveal (4 steps) -> Look -> Proof -> next round
//! ```
//!
//! | a visitor's | where |
//! |---|---|
//! | everything that may differ from a fresh start | [`Visit`], whose default a new visitor finds |
//! | what stands on the screen | [`Shell::says`] |
//! | what can be pressed | [`Shell::offers`]; nothing else does anything |
//!
//! # To connect a window
//! Once: [`check`](crate::exhibit::check()), [`Program::open`], [`Keeper::open`] (on a thread of its
//! own), [`Shell::new`] with [`Keeper::games`], [`Keeper::tell`].
//!
//! Each frame: [`Shell::take`] with [`Input::Tick`] and what happened: fingers as [`Input::Down`] and
//! [`Input::Up`] in millimetres, before anything else that the same touch does; strokes as
//! [`Input::Painted`] when the finger is lifted; keys as [`Input::Key`]; every other event as
//! [`Input::Other`], which documents that it was thought of. Then draw: [`Shell::says`] as text,
//! [`Shell::offers`] as buttons (pressed: [`Input::Press`]; [`Visit::focus`] is the one with the
//! frame), the picture of [`Shell::piece`] with [`Guess::marks`] on it where the screen is
//! [`Screen::Play`], [`Shell::warmth`] as a bar, [`Shell::attract`] in [`Screen::Attract`],
//! [`Shell::elapsed`] for what moves, [`Shell::left`] for what runs out, all shifted by
//! [`Shell::pixel_shift`]. In [`Phase::Pass`] nothing of the first guess may be drawn.
//!
//! Effects: [`Keep`](Effect::Keep), [`FetchBoard`](Effect::FetchBoard) and
//! [`CheckPin`](Effect::CheckPin) go to [`Keeper::take`] and its answer back to [`Shell::take`];
//! [`Prove`](Effect::Prove) asks the network with [`Piece::covered`]; what [`Shell::covered`] gives is asked
//! as it changes, then [`Input::Changed`] and [`Input::Lit`]; [`Say`](Effect::Say) speaks;
//! [`Forget`](Effect::Forget) drops every texture, scroll and zoom of the visitor;
//! [`Leave`](Effect::Leave), and nothing else, ends the program.

mod acts;
mod corner;
mod covering;
mod cut_off;
mod input;
mod keeper;
mod lines;
mod offers;
mod piece;
mod program;
mod rivals;
mod rooms;
mod rounds;
mod says;
mod state;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod time;
mod turn;

pub use corner::{CORNER, HELD};
pub use covering::{Chance, Covering, Told};
pub use cut_off::CutOff;
pub use input::{Action, Called, Effect, GoOn, Input, Key, Name, Operator, Record};
pub use keeper::Keeper;
pub use lines::lines;
pub use offers::{Offer, field_name};
pub use piece::{About, Piece};
pub use program::{BoardNames, Program, Shared, Times};
pub use rivals::{Crowd, Rival, of_network};
pub use rooms::Styled;
pub use says::shown;
pub use state::{
    Aid, Device, Game, Guess, Help, Judged, Looking, Mark, Mode, Over, Phase, PinSaid, Proof, Room,
    Round, Screen, Step, Visit, Warmth, Whose,
};
pub use turn::Shell;
