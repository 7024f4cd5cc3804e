//! `saliscope robustness`: which network bears which shift, over a whole folder.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use image::RgbImage;

use super::model_args::ModelArgs;
use super::output;
use crate::classifier::Classifier;
use crate::compare::Options;
use crate::compare::robustness::{Journal, Lab, Mean, Plan, Seen, Subject, Watcher, analyse, rank};
use crate::home::Home;
use crate::picture::{self, Framing, Picture};
use crate::progress::Silent;
use crate::saliency::{Method, MethodParams, Request, Steps, explain};
use crate::stylize::corruption::{Corruption, corrupt};
use crate::stylize::style::{Finish, StyleNetworks, mix};

/// Arguments of `saliscope robustness`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of pictures
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The models: ids or paths of ONNX files, with commas between
    #[arg(long, value_delimiter = ',', required = true, value_name = "MODEL,...")]
    models: Vec<String>,
    /// What is done to the pictures: corruptions and their severity, as fog:3, or textures to paint
    /// them in, installed ones by name or files, and how much in percent, as style:brick:60
    #[arg(long, value_delimiter = ',', required = true, value_name = "SHIFT,...")]
    shift: Vec<Shift>,
    /// How maps are computed
    #[arg(long, default_value = "xrai", value_name = "METHOD")]
    method: Method,
    /// Steps per baseline, samples or masks; auto takes as many as are needed
    #[arg(long, value_name = "N")]
    steps: Option<Steps>,
    /// What the network sees: square (centre), whole or published
    #[arg(long, default_value = "square", value_name = "PART")]
    framing: Framing,
    /// Where random numbers start
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// How far colours may differ where maps agree, 0-255
    #[arg(long, default_value_t = 10, value_name = "D")]
    delta: u8,
    /// The result, a CSV file; a run that was broken off goes on where it was
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
}

/// What is done to a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shift {
    /// One of ImageNet-C's corruptions at a severity from 1 to 5.
    Corrupted(Corruption, u8),
    /// Painted in a texture: its name or file, and how much of the painting in percent.
    Painted(String, u8),
}

impl FromStr for Shift {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, level) = text
            .split_once(':')
            .ok_or_else(|| format!("{text:?} is no shift; write it as fog:3 or style:brick"))?;
        if name.eq_ignore_ascii_case("style") {
            let (texture, strength) = match level.rsplit_once(':') {
                Some((texture, percent)) => (texture, percent.trim().parse().ok()),
                None => (level, Some(100)),
            };
            return match strength.filter(|s| *s <= 100) {
                Some(strength) if !texture.is_empty() => {
                    Ok(Self::Painted(texture.to_owned(), strength))
                }
                _ => Err(format!(
                    "{text:?}: write it as style:brick or style:brick:60"
                )),
            };
        }
        let severity = level.trim().parse::<u8>().ok();
        Ok(Self::Corrupted(
            name.parse().map_err(|e| format!("{e}"))?,
            severity
                .filter(|s| (1..=5).contains(s))
                .ok_or_else(|| format!("{text:?}: severity goes from 1 to 5"))?,
        ))
    }
}

impl std::fmt::Display for Shift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Corrupted(corruption, severity) => write!(f, "{}:{severity}", corruption.id()),
            Self::Painted(texture, 100) => write!(f, "style:{texture}"),
            Self::Painted(texture, strength) => write!(f, "style:{texture}:{strength}"),
        }
    }
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.out
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("csv")),
        "{}: results are written as CSV; choose a name that ends in .csv",
        args.out.display()
    );
    // Before hours of work rather than after them.
    let journal = Journal::open(&args.out)?;
    let paths = picture::list_folder(&args.folder)?;
    anyhow::ensure!(
        !paths.is_empty(),
        "{} holds no pictures",
        args.folder.display()
    );
    let pictures = paths
        .iter()
        .map(|path| {
            let sha256 = crate::files::sha256_of_file(path);
            Ok(Subject {
                name: path
                    .file_name()
                    .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
                sha256: sha256.with_context(|| format!("{} could not be read", path.display()))?,
            })
        })
        .collect::<anyhow::Result<Vec<Subject>>>()?;
    let mut models: Vec<String> = Vec::new();
    for model in &args.models {
        if !models.contains(model) {
            models.push(model.clone());
        }
    }
    let classifiers = models
        .iter()
        .map(|model| ModelArgs::of(model).open(home))
        .collect::<anyhow::Result<Vec<Classifier>>>()?;
    let easel = Easel::for_shifts(&args.shift, home)?;
    let steps = args
        .steps
        .map_or_else(|| "default".to_owned(), |s| s.to_string());
    let plan = Plan {
        pictures,
        models: classifiers
            .iter()
            .map(|c| Ok((c.spec().id.clone(), c.sha256()?.to_owned())))
            .collect::<anyhow::Result<_>>()?,
        shifts: args.shift.iter().map(Shift::to_string).collect(),
        settings: format!(
            "{} steps {steps} {:?} seed {}{}",
            args.method.id(),
            args.framing,
            args.seed,
            easel.as_ref().map_or_else(String::new, Easel::settings)
        )
        .to_lowercase(),
        compare: Options {
            delta: args.delta,
            ..Options::default()
        },
    };
    let mut lab = Workshop {
        paths,
        classifiers,
        request: Request {
            framing: args.framing,
            method: args.method,
            params: MethodParams {
                steps: args.steps,
                seed: args.seed,
                ..MethodParams::default()
            },
            ..Request::default()
        },
        seed: args.seed,
        easel,
    };
    let mut watcher = Terminal::new();
    let outcome = analyse(&plan, &mut lab, journal, &mut watcher)?;
    watcher.clear();
    let mut lines = vec![format!(
        "{} rows, {} of them computed now, {} left out",
        outcome.rows, outcome.computed, outcome.skipped
    )];
    let share = |mean: Mean| {
        let interval = mean.interval.map_or_else(String::new, |(low, high)| {
            format!(" ({:.1} to {:.1})", low * 100.0, high * 100.0)
        });
        format!("{:.1} %{interval}", mean.mean * 100.0)
    };
    for rank in rank(&Journal::read(&args.out)?) {
        lines.push(format!(
            "{}: map agrees {}, same answer {}, over {} pictures",
            rank.model,
            share(rank.agree),
            share(rank.same),
            rank.pictures
        ));
    }
    lines.push(format!("written to {}", args.out.display()));
    output::lines(&lines)
}

/// The pictures and networks of this machine.
struct Workshop {
    paths: Vec<PathBuf>,
    classifiers: Vec<Classifier>,
    request: Request,
    seed: u64,
    easel: Option<Easel>,
}

/// What pictures are painted with.
struct Easel {
    networks: StyleNetworks,
    /// The textures by the name that shifts call them.
    textures: BTreeMap<String, Picture>,
}

impl Easel {
    /// The networks and all textures that the shifts ask for; none when they ask for none.
    fn for_shifts(shifts: &[Shift], home: &Home) -> anyhow::Result<Option<Self>> {
        let mut textures = BTreeMap::new();
        for shift in shifts {
            if let Shift::Painted(name, _) = shift {
                textures.insert(name.clone(), texture(name, home)?);
            }
        }
        if textures.is_empty() {
            return Ok(None);
        }
        let networks = StyleNetworks::open(home)?;
        Ok(Some(Self { networks, textures }))
    }

    /// The textures' content, so that another picture under the same name makes other rows.
    fn settings(&self) -> String {
        let hashes = self.textures.iter().map(|(name, picture)| {
            let hash = picture.sha256.get(..8).unwrap_or_default();
            format!("; {name} {hash}")
        });
        hashes.collect()
    }

    fn paint(&self, picture: &RgbImage, texture: &str, strength: u8) -> anyhow::Result<RgbImage> {
        let texture = self
            .textures
            .get(texture)
            .context("there is no such texture")?;
        let style = self.networks.style_of(texture)?;
        let painting = self
            .networks
            .stylize(picture, &style, Finish::Guided, &Silent)?;
        Ok(mix(picture, &painting, f32::from(strength) / 100.0, false))
    }
}

/// A texture: an installed picture by its name, or any file.
fn texture(name: &str, home: &Home) -> anyhow::Result<Picture> {
    let assets = home.root.join("assets");
    let path = [
        home.installed_assets(),
        assets.join("textures"),
        assets.join("shapes"),
    ]
    .iter()
    .flat_map(|folder| picture::list_folder(folder).unwrap_or_default())
    .find(|path| path.file_stem().is_some_and(|stem| stem == name))
    .unwrap_or_else(|| PathBuf::from(name));
    Ok(picture::open(&path)?)
}

impl Lab for Workshop {
    type Picture = Picture;

    fn open(&mut self, picture: usize) -> Result<Picture, String> {
        let path = self.paths.get(picture).ok_or("there is no such picture")?;
        picture::open(path).map_err(|e| e.to_string())
    }

    fn shifted(&mut self, picture: &Picture, shift: &str) -> Result<Picture, String> {
        let pixels = match shift.parse()? {
            Shift::Corrupted(corruption, severity) => {
                corrupt(&picture.pixels, corruption, severity, self.seed)
                    .map_err(|e| e.to_string())?
            }
            Shift::Painted(texture, strength) => {
                let easel = self
                    .easel
                    .as_ref()
                    .ok_or("there is nothing to paint with")?;
                easel
                    .paint(&picture.pixels, &texture, strength)
                    .map_err(|e| format!("{e:#}"))?
            }
        };
        Ok(Picture::from_pixels(picture.name.clone(), pixels))
    }

    fn explain(&mut self, model: usize, picture: &Picture) -> Result<Seen, String> {
        let classifier = self
            .classifiers
            .get(model)
            .ok_or("there is no such model")?;
        let seen =
            explain(classifier, picture, &self.request, &Silent).map_err(|e| e.to_string())?;
        let predictions = classifier
            .predict(picture, self.request.framing, usize::MAX)
            .map_err(|e| e.to_string())?;
        let mut probabilities = vec![0.0; predictions.len()];
        for prediction in &predictions {
            if let Some(p) = probabilities.get_mut(prediction.class) {
                *p = prediction.probability;
            }
        }
        Ok(Seen {
            class: seen.class.class,
            label: seen.class.label,
            probabilities,
            map: seen.map,
        })
    }
}

/// Progress with the time left, where somebody watches; what was skipped, always.
struct Terminal {
    shown: bool,
    start: Instant,
    first: Option<usize>,
    last: Option<Instant>,
}

impl Terminal {
    fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
            start: Instant::now(),
            first: None,
            last: None,
        }
    }

    fn clear(&self) {
        if self.shown {
            // Progress that cannot be shown is not worth failing for.
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

impl Watcher for Terminal {
    fn progress(&mut self, done: usize, total: usize) {
        let first = *self.first.get_or_insert(done);
        let due = self
            .last
            .is_none_or(|t| t.elapsed() > Duration::from_millis(200));
        if !self.shown || !due {
            return;
        }
        self.last = Some(Instant::now());
        let left = if done > first {
            let each = self.start.elapsed().as_secs_f64() / (done - first) as f64;
            let seconds = (each * total.saturating_sub(done) as f64).round() as u64;
            format!(", about {} min {:02} s left", seconds / 60, seconds % 60)
        } else {
            String::new()
        };
        let _ = write!(std::io::stderr(), "\r\x1b[K{done} of {total} rows{left}");
    }

    fn skipped(&mut self, what: &str, why: &str) {
        self.clear();
        eprintln!("saliscope: skipped {what}: {why}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_are_written_as_they_are_read() {
        for (text, shown) in [
            ("fog:3", "fog:3"),
            ("Gaussian-Noise:5", "gaussian_noise:5"),
            ("style:brick", "style:brick"),
            ("style:brick:100", "style:brick"),
            ("style:my textures/a.png:60", "style:my textures/a.png:60"),
        ] {
            assert_eq!(text.parse::<Shift>().unwrap().to_string(), shown);
        }
        for bad in [
            "fog",
            "fog:0",
            "fog:6",
            "haze:3",
            "style:",
            "style:brick:101",
            "style::5",
        ] {
            let error = bad.parse::<Shift>().unwrap_err();
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
