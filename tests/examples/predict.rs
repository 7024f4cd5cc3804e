//! What a network says about a picture.
//!
//! ```sh
//! make example NAME=predict ARGS="my.jpg"
//! make example NAME=predict ARGS="my.jpg my-network.onnx"
//! ```

use std::error::Error;
use std::path::Path;

use saliscope::classifier::{Catalog, Classifier, ModelOverrides, NetworkOptions, Prediction};
use saliscope::home::Home;

/// The five surest answers of `model`, an id of the catalog or the path of an ONNX file.
pub fn surest(picture: &Path, model: &str) -> Result<Vec<Prediction>, Box<dyn Error>> {
    let home = Home::find();
    let catalog = Catalog::load(&home)?;
    // What the catalog and the file itself say is enough; `ModelOverrides` could say more.
    let said = ModelOverrides::default();
    let classifier = Classifier::open(&home, &catalog, model, &said, &NetworkOptions::default())?;
    let picture = saliscope::picture::open(picture)?;
    let framing = classifier.spec().usual_framing();
    Ok(classifier.predict(&picture, framing, 5)?)
}

#[allow(dead_code, reason = "the tests take the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let picture = args.next().ok_or("which picture? give its file")?;
    let model = args.next();
    let model = model.as_deref().unwrap_or("efficientnet-lite0");
    for answer in surest(Path::new(&picture), model)? {
        println!("{:>5.1} %  {}", answer.probability * 100.0, answer.label);
    }
    Ok(())
}
