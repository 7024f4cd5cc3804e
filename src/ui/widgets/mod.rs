//! The parts every tab is made of. Each is a plain function on an `egui::Ui`: it paints, labels
//! itself for screen readers and returns what the person did.

mod bars;
mod behind;
mod chooser;
mod colour_bar;
mod command_button;
mod cut_text;
mod few_lines;
mod focus;
mod line_chart;
mod message;
mod notice;
mod overlay;
mod pair_bars;
mod progress;
mod save_menu;
mod segments;
mod shares;
mod slider;
mod step;
mod texture;
mod thumbs;
mod tooltip;

pub use bars::{Bar, bar_row};
pub use behind::{hide_tooltips_behind, shield_ui};
pub use chooser::{Choice, chooser};
pub use colour_bar::{ColourBar, colour_bar};
pub use command_button::command_button;
pub use cut_text::cut_text;
pub use few_lines::few_lines;
pub use focus::focus_ring;
pub use line_chart::{LineChart, Series, line_chart};
pub use message::message;
pub use notice::{Notice, NoticeKind, Notices, notices_ui};
pub use overlay::{Overlay, overlay_controls, overlay_height};
pub use pair_bars::{PairBar, pair_bar_row, pair_legend};
pub use progress::{Progress, ends, progress_line};
pub use save_menu::{SaveChoice, save_menu};
pub use segments::segments;
pub use shares::{Slice, pie_chart, share_rows};
pub use slider::{Dial, labelled_slider};
pub use step::{short_step_header, step_header};
pub use texture::texture;
pub use thumbs::{Thumb, thumb_grid, thumb_ticks};
pub use tooltip::tooltip_beside;
