//! How alike the maps of two methods are.
//!
//! ```sh
//! make example NAME=compare ARGS="my.jpg"
//! ```

use std::error::Error;
use std::path::Path;

use saliscope::classifier::{Catalog, Classifier, ModelOverrides, NetworkOptions};
use saliscope::compare::{Pair, Similarity};
use saliscope::home::Home;
use saliscope::progress::Silent;
use saliscope::saliency::{Method, Request, explain};

/// Of each map so much counts as important, for the figures that need to know.
const TOP: f64 = 0.2;

/// The maps of two methods for the same answer to the same picture, compared.
pub fn alike(picture: &Path, methods: [Method; 2]) -> Result<Similarity, Box<dyn Error>> {
    let home = Home::find();
    let catalog = Catalog::load(&home)?;
    let (said, options) = (ModelOverrides::default(), NetworkOptions::default());
    let classifier = Classifier::open(&home, &catalog, "efficientnet-lite0", &said, &options)?;
    let picture = saliscope::picture::open(picture)?;
    let map = |method: Method| {
        let request = Request {
            framing: classifier.spec().usual_framing(),
            method,
            ..Request::default()
        };
        explain(&classifier, &picture, &request, &Silent)
    };
    let [first, second] = methods;
    let (a, b) = (map(first)?, map(second)?);
    let (a, b) = (a.map.values.view(), b.map.values.view());
    Ok(Similarity::of(
        &Pair::new(first.name(), a, second.name(), b)?,
        TOP,
    )?)
}

#[allow(dead_code, reason = "the tests take the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let picture = std::env::args()
        .nth(1)
        .ok_or("which picture? give its file")?;
    let alike = alike(Path::new(&picture), [Method::Xrai, Method::Gradient])?;
    println!("{}", serde_json::to_string_pretty(&alike)?);
    Ok(())
}
