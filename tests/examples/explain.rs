//! Why a network says what it says: its map over the picture, and the map's numbers.
//!
//! ```sh
//! make example NAME=explain ARGS="my.jpg"     # writes explained.png and explained.npy
//! ```

use std::error::Error;
use std::path::Path;

use saliscope::classifier::{Catalog, Classifier, ModelOverrides, NetworkOptions};
use saliscope::guess::Brightest;
use saliscope::home::Home;
use saliscope::progress::Silent;
use saliscope::saliency::colormap::{Look, MapRect, overlay};
use saliscope::saliency::{Explanation, Method, Request, explain};

/// Explains the surest answer of a network of the catalog by XRAI.
pub fn explained(picture: &Path, model: &str) -> Result<Explanation, Box<dyn Error>> {
    let home = Home::find();
    let catalog = Catalog::load(&home)?;
    let said = ModelOverrides::default();
    let classifier = Classifier::open(&home, &catalog, model, &said, &NetworkOptions::default())?;
    let picture = saliscope::picture::open(picture)?;
    let request = Request {
        framing: classifier.spec().usual_framing(),
        method: Method::Xrai,
        // The class and the method's settings are as the program chooses them.
        ..Request::default()
    };
    Ok(explain(&classifier, &picture, &request, &Silent)?)
}

/// Writes `NAME.png`, what the network saw with the map over it, and `NAME.npy`, the map as NumPy reads it.
pub fn write(explanation: &Explanation, name: &Path) -> Result<(), Box<dyn Error>> {
    let (seen, map) = (&explanation.seen, &explanation.map);
    let shown = overlay(seen, map, MapRect::whole(seen), &Look::of(map));
    shown.save(name.with_extension("png"))?;
    saliscope::npy::write(&name.with_extension("npy"), map.values.view())?;
    Ok(())
}

#[allow(dead_code, reason = "the tests take the functions above")]
fn main() -> Result<(), Box<dyn Error>> {
    let picture = std::env::args()
        .nth(1)
        .ok_or("which picture? give its file")?;
    let explanation = explained(Path::new(&picture), "efficientnet-lite0")?;
    println!("{}", explanation.class.label);
    if let Some(brightest) = Brightest::of(explanation.map.values.view()) {
        println!("brightest: {}", brightest.in_words());
    }
    write(&explanation, Path::new("explained"))
}
