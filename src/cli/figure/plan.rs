//! What is drawn: the lines of a file, and over them the options.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use super::super::class_arg::ClassArg;
use super::Args;
use crate::picture::Framing;
use crate::saliency::colormap::Colormap;
use crate::saliency::{Method, Steps};

/// Largest description of a figure, in bytes.
const MAX_SPEC: u64 = 1 << 20;
const POINTS_PER_CENTIMETRE: f32 = 72.0 / 2.54;

/// A figure as a file describes it; every line may be left out but the pictures.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Spec {
    pictures: Vec<PathBuf>,
    methods: Vec<String>,
    models: Vec<String>,
    classes: Vec<toml::Value>,
    title: Option<String>,
    width: Option<f32>,
    dpi: Option<f32>,
    opacity: Option<f32>,
    colormap: Option<String>,
    shared_scale: bool,
    steps: Option<toml::Value>,
    framing: Option<String>,
    no_picture: bool,
    no_captions: bool,
}

/// What is drawn, from the file and the options together.
pub struct Plan {
    pub pictures: Vec<PathBuf>,
    pub methods: Vec<Method>,
    pub models: Vec<String>,
    pub classes: Vec<ClassArg>,
    pub title: String,
    pub width: f32,
    pub dpi: f32,
    pub opacity: f32,
    pub colormap: Colormap,
    pub shared_scale: bool,
    pub steps: Option<Steps>,
    pub framing: Option<Framing>,
    pub bare: bool,
    pub captions: bool,
}

/// The file's lines, and over them the options.
pub fn plan(args: &Args) -> anyhow::Result<Plan> {
    let file = match args.pictures.as_slice() {
        [one]
            if one
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("toml")) =>
        {
            Some(one)
        }
        _ => None,
    };
    let mut spec = Spec::default();
    let mut pictures = args.pictures.clone();
    if let Some(path) = file {
        let named = || path.display().to_string();
        let text = crate::files::read_text(path, MAX_SPEC).with_context(named)?;
        spec = toml::from_str(&text).map_err(|error: toml::de::Error| {
            anyhow::anyhow!("{}: {}", named(), error.message())
        })?;
        // Pictures and networks lie by the file.
        let folder = path.parent().unwrap_or(Path::new(""));
        pictures = spec.pictures.iter().map(|one| folder.join(one)).collect();
        for model in &mut spec.models {
            let beside = folder.join(&*model);
            if beside.is_file() {
                *model = beside.display().to_string();
            }
        }
        anyhow::ensure!(!pictures.is_empty(), "{}: it names no pictures", named());
    }
    let word = |value: &toml::Value| match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let parsed = |error: String| anyhow::anyhow!(error);
    let methods = match (args.methods.is_empty(), spec.methods.is_empty()) {
        (false, _) => args.methods.clone(),
        (true, true) => vec![Method::default()],
        (true, false) => spec
            .methods
            .iter()
            .map(|one| Ok(one.parse()?))
            .collect::<anyhow::Result<_>>()?,
    };
    let classes = match (args.classes.is_empty(), spec.classes.is_empty()) {
        (false, _) => args.classes.clone(),
        (true, true) => vec![ClassArg::auto()],
        (true, false) => spec
            .classes
            .iter()
            .map(|one| ClassArg::from(word(one)))
            .collect(),
    };
    let models = match (args.models.is_empty(), spec.models.is_empty()) {
        (false, _) => args.models.clone(),
        (true, true) => vec![crate::classifier::DEFAULT_MODEL.to_owned()],
        (true, false) => spec.models,
    };
    let colormap = match (args.colormap, spec.colormap) {
        (Some(own), _) => own,
        (None, Some(text)) => text.parse()?,
        (None, None) => Colormap::default(),
    };
    let framing = match (args.framing, spec.framing) {
        (Some(own), _) => Some(own),
        (None, Some(text)) => Some(text.parse().map_err(parsed)?),
        (None, None) => None,
    };
    let steps = match (args.steps, spec.steps) {
        (Some(own), _) => Some(own),
        (None, Some(value)) => Some(word(&value).parse::<Steps>()?),
        (None, None) => None,
    };
    let width = args.width.or(spec.width).unwrap_or(17.0);
    let dpi = args.dpi.or(spec.dpi).unwrap_or(300.0);
    let opacity = args.opacity.or(spec.opacity).unwrap_or(50.0);
    Ok(Plan {
        pictures,
        methods,
        models,
        classes,
        title: args.title.clone().or(spec.title).unwrap_or_default(),
        width: between("width", width, 3.0, 120.0)? * POINTS_PER_CENTIMETRE,
        dpi: between("dpi", dpi, 30.0, 2400.0)?,
        opacity: between("opacity", opacity, 0.0, 100.0)? / 100.0,
        colormap,
        shared_scale: args.shared_scale || spec.shared_scale,
        steps,
        framing,
        bare: !(args.no_picture || spec.no_picture),
        captions: !(args.no_captions || spec.no_captions),
    })
}

fn between(name: &str, value: f32, low: f32, high: f32) -> anyhow::Result<f32> {
    anyhow::ensure!(
        (low..=high).contains(&value),
        "--{name} is {value}, but must be {low} to {high}"
    );
    Ok(value)
}
