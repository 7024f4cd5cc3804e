//! `saliscope --version`: the program, the runtime it loads, the models it knows, the licences.

use super::output;
use crate::classifier::{Catalog, runtime};
use crate::home::Home;

/// Prints what this program is made of. What is missing is said in its place: the question is asked most
/// when something is wrong.
pub fn run(home: &Home) -> anyhow::Result<()> {
    let runtime = match runtime() {
        Ok(runtime) => format!(
            "ONNX Runtime {}, {}",
            runtime
                .version
                .as_deref()
                .unwrap_or("of an unknown version"),
            runtime.library.display()
        ),
        Err(error) => error.to_string(),
    };
    output::lines(&[
        format!("saliscope {}", env!("CARGO_PKG_VERSION")),
        format!("runtime   {runtime}"),
        format!("models    {}", models(home)),
        format!(
            "licences  {}; of all that comes along: saliscope licences",
            crate::licences::OWN
        ),
    ])
}

fn models(home: &Home) -> String {
    let catalog = match Catalog::load(home) {
        Ok(catalog) => catalog,
        Err(error) => return error.to_string(),
    };
    let (there, missing): (Vec<_>, Vec<_>) = catalog
        .models
        .iter()
        .partition(|entry| catalog.model_path(home, entry).is_file());
    let ids = |entries: &[&crate::classifier::ModelEntry]| {
        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        ids.join(", ")
    };
    match (there.is_empty(), missing.is_empty()) {
        (true, true) => "none in the catalog".to_owned(),
        (false, true) => ids(&there),
        (true, false) => format!("not installed: {}", ids(&missing)),
        (false, false) => format!("{} (not installed: {})", ids(&there), ids(&missing)),
    }
}
