//! Results as one page that opens anywhere: pictures, maps and what moves them are inside, nothing is
//! fetched. The page draws as the program does: a map is stored as [`Layer`] says, so that colours and the
//! share that agrees are the program's own to the last pixel.
//!
//! Text from outside cannot act: it is escaped, the data is JSON without `<`, the script writes it as text
//! only, and the page's own policy lets no script run but that one.

mod data;
mod encode;
mod explanation;
mod html;

pub use encode::{base64, data_uri, escaped};
pub use explanation::explanation_page;
pub use html::{Cell, Kind, Layer, MAX_BYTES, Page, Table, Trend};
