//! The tour of "Stylize".

use anyhow::{Context as _, ensure};

use super::driver::Tour;
use crate::stylize::corruption::Corruption;
use crate::tabs::stylize::{Ask, Asks, Explaining, Making, Shown, Stylize, Texture, Way};
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::settings::ThemeChoice;
use crate::ui::theme::KIOSK_SCALE;

/// Pairs of shape and texture that the tour shows after the first one.
const PAIRS: [(&str, &str); 5] = [
    ("Espresso", "Tissue"),
    ("Rocket", "Stars"),
    ("Palace", "Zebra stripes"),
    ("Astronaut", "Mosaic"),
    ("Umbrella", "Leopard spots"),
];

/// The second tab, state by state.
pub fn stylize(tour: &mut Tour) -> anyhow::Result<()> {
    tour.show(Tab::Stylize);
    let mut tour = StylizeTour(tour);
    ensure!(
        tour.look(|stylize| stylize.shape.is_some()),
        "no pictures are installed; run: python3 models/install.py"
    );
    tour.pair("Cat", "Brick")?;
    tour.shoot("stylize-1-cat-in-brick")?;

    tour.set(|stylize| stylize.wipe = true);
    tour.shoot("stylize-2-wipe")?;
    tour.set(|stylize| {
        stylize.wipe = false;
        stylize.strength = 60.0;
        stylize.keep_colours = true;
    });
    let caption = tour.look(|stylize| stylize.after_name.clone());
    ensure!(
        caption.contains("60 %"),
        "the caption lags behind the strength: {caption}"
    );
    tour.settled("a weaker painting")?;
    tour.shoot("stylize-3-weaker-in-its-colours")?;
    tour.set(|stylize| {
        stylize.strength = 100.0;
        stylize.keep_colours = false;
    });

    for (index, (shape, texture)) in PAIRS.into_iter().enumerate() {
        tour.pair(shape, texture)?;
        let words = format!("{shape}-in-{texture}")
            .to_lowercase()
            .replace(' ', "-");
        tour.shoot(&format!("stylize-{}-{words}", index + 4))?;
    }

    let second = tour.look(|stylize| stylize.before.answers.get(1).map(|answer| answer.class));
    let second = second.context("the network gave fewer than two answers")?;
    tour.ask(Ask::Explain(second));
    tour.ask(Ask::Texture(Texture::BuiltIn(19)));
    tour.settled("a built-in style")?;
    tour.settings(|settings| settings.theme = ThemeChoice::Dark);
    tour.shoot("stylize-9-dark-built-in-style")?;
    tour.settings(|settings| settings.theme = ThemeChoice::Light);

    tour.set(|stylize| {
        stylize.way = Way::Corruption;
        stylize.corruption = Corruption::Snow;
        stylize.severity = 4.0;
    });
    tour.settled("a corruption")?;
    tour.frames(30);
    tour.shoot("stylize-a-corruption")?;

    tour.set(|stylize| stylize.way = Way::Texture);
    tour.settled("the style again")?;
    tour.settings(|settings| settings.scale = KIOSK_SCALE);
    tour.shoot("stylize-b-kiosk")?;
    tour.settings(|settings| settings.scale = 1.0);
    // A cell of the grid names itself; a slider is named by the label before it.
    tour.keyboard_to("Night sky as texture")?;
    tour.command(Command::Help);
    tour.shoot("stylize-c-help")?;
    tour.command(Command::Cancel);
    Ok(())
}

/// The tour with what this tab is asked for and knows.
struct StylizeTour<'a>(&'a mut Tour);

impl std::ops::Deref for StylizeTour<'_> {
    type Target = Tour;

    fn deref(&self) -> &Tour {
        self.0
    }
}

impl std::ops::DerefMut for StylizeTour<'_> {
    fn deref_mut(&mut self) -> &mut Tour {
        self.0
    }
}

impl StylizeTour<'_> {
    fn look<T>(&mut self, read: impl FnOnce(&Stylize) -> T) -> T {
        read(self.world().resource::<Stylize>())
    }

    fn set(&mut self, change: impl FnOnce(&mut Stylize)) {
        change(&mut self.world().resource_mut::<Stylize>());
        self.frames(2);
    }

    fn ask(&mut self, ask: Ask) {
        self.world().resource_mut::<Asks>().push(ask);
        self.frames(2);
    }

    fn index(&mut self, name: &str) -> anyhow::Result<usize> {
        let library = self.world().resource::<Library>();
        let found = library.items().iter().position(|item| item.name == name);
        found.with_context(|| {
            format!("the picture {name:?} is not installed; run: python3 models/install.py")
        })
    }

    /// Chooses a pair and waits until it is painted and explained.
    fn pair(&mut self, shape: &str, texture: &str) -> anyhow::Result<()> {
        let (shape, texture) = (self.index(shape)?, self.index(texture)?);
        self.ask(Ask::Shape(shape));
        self.ask(Ask::Texture(Texture::Picture(texture)));
        self.settled("the pair")
    }

    /// Waits until nothing is made or explained any more; a failure ends the tour.
    fn settled(&mut self, what: &str) -> anyhow::Result<()> {
        let mut still = 0;
        self.0.wait(what, move |world| {
            let stylize = world.resource::<Stylize>();
            if let Making::Failed(why) = &stylize.making {
                return Err(why.clone());
            }
            for shown in [&stylize.before, &stylize.after] {
                if let Explaining::Failed(why) = &shown.explaining {
                    return Err(why.clone());
                }
            }
            let done = |shown: &Shown| shown.explaining == Explaining::Done;
            let rests = stylize.making == Making::Idle && !stylize.working();
            // News of one worker become work of another: wait until some frames were quiet.
            if rests && done(&stylize.before) && done(&stylize.after) {
                still += 1;
            } else {
                still = 0;
            }
            Ok(still > 20)
        })
    }
}
