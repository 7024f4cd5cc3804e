//! The tour of screens: each tab once, on a common one, a very fine one and one that stands upright.

use super::Args;
use super::driver::Tour;
use crate::home::Home;
use crate::program::Setup;
use crate::ui::Tab;

/// Width and height at which everything is drawn, in pixels.
pub const USUAL: (u32, u32) = (1280, 800);
/// Width and height of other screens, in pixels.
const OTHERS: [(u32, u32); 3] = [(1920, 1080), (3840, 2160), (1080, 1920)];

/// Draws each tab as it is first seen, at every other size.
pub fn each_tab(args: &Args, home: &Home) -> anyhow::Result<()> {
    for (width, height) in OTHERS {
        let mut tour = Tour::start(args, (width, height), Setup::read(home.clone())?)?;
        for tab in Tab::ALL.into_iter().filter(|tab| args.tours(*tab)) {
            tour.show(tab);
            tour.quiet()?;
            let words = tab.label().to_lowercase().replace(' ', "-");
            let name = format!("{width}x{height}/{words}");
            tour.shoot(&name)?;
            if tab == Tab::Collection {
                super::collection::closer(&mut tour, &name)?;
            }
        }
    }
    Ok(())
}
