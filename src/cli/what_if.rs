//! `saliscope what-if`: take a part of the picture away and read the answers again.

use std::path::PathBuf;

use anyhow::Context as _;
use image::RgbImage;

use super::class_arg::ClassArg;
use super::html::HtmlArgs;
use super::map_args::MapArgs;
use super::model_args::ModelArgs;
use super::output;
use crate::classifier::Classifier;
use crate::compare::read_map;
use crate::files::Output;
use crate::home::Home;
use crate::picture::{self, Framing, Picture, Region};
use crate::progress::Observer;
use crate::saliency::{ClassChoice, Explanation, ModelRecord, SaliencyMap, explain};
use crate::what_if::{
    Changed, EditMask, Fill, Flip, FlipRecord, Scene, WHAT_IF_FILES, WhatIfError, WhatIfRecord,
    changed, what_if_page, write,
};

/// Arguments of `saliscope what-if`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("part").required(true).multiple(false)
    .args(["mask", "top", "rectangle", "flip"]))]
pub struct Args {
    /// The picture
    #[arg(value_name = "PICTURE")]
    picture: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
    /// Take away what is white in this picture (or opaque, where parts of it are transparent), as
    /// large as the picture or as what the network sees
    #[arg(long, value_name = "FILE")]
    mask: Option<PathBuf>,
    /// Take away the most important part of the map, in percent; ties with its last pixel go too
    #[arg(long, value_name = "PERCENT")]
    top: Option<f64>,
    /// Take away a rectangle: left, top, width and height in the picture's pixels
    #[arg(long, value_parser = numbers::<u32, 4>, value_name = "X,Y,W,H")]
    rectangle: Option<[u32; 4]>,
    /// Search the fewest cells of a grid whose loss changes the answer, and take those away
    #[arg(long)]
    flip: bool,
    /// With --flip: change the answer to this class instead of to any other
    #[arg(long, value_name = "CLASS", requires = "flip")]
    to: Option<ClassArg>,
    /// With --flip: rows and columns of the grid
    #[arg(long, default_value_t = 8, value_name = "N", requires = "flip")]
    parts: usize,
    /// With --flip: most questions to the network; with more of them larger sets are proven minimal
    #[arg(long, default_value_t = 4000, value_name = "N", requires = "flip")]
    questions: usize,
    /// What takes its place: blur, mean, black, white or texture:NAME (an installed one, or a file)
    #[arg(long, default_value = "blur", value_name = "FILL")]
    fill: Fill,
    /// Put the part down again, so many of the network's pixels to the right and down
    #[arg(long, value_parser = numbers::<i32, 2>, value_name = "DX,DY", allow_hyphen_values = true)]
    r#move: Option<[i32; 2]>,
    /// With --top: the map of an explanation made earlier (its folder, overlay.png or map.npy)
    #[arg(long, value_name = "MAP", requires = "top")]
    map: Option<PathBuf>,
    #[command(flatten)]
    maps: MapArgs,
    /// The class that is asked about: its number or name, or auto for the one the network is surest of
    #[arg(long, default_value = "auto", value_name = "CLASS")]
    class: ClassArg,
    /// How many answers to name
    #[arg(long, default_value_t = 5, value_name = "K")]
    answers: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The folder for the explanation of the changed picture (as `explain` writes it), before.png,
    /// before-map.npy, mask.png and what-if.json
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    #[command(flatten)]
    html: HtmlArgs,
    /// Write over files that Saliscope did not make, too; inputs are never written over
    #[arg(long)]
    overwrite: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args, home: &Home) -> anyhow::Result<()> {
    let out = args.out.as_deref().map(|folder| {
        Output::new(folder)
            .reading([&args.picture])
            .reading(&args.mask)
            .reading(&args.map)
            .reading(args.model.files())
            .overwriting(args.overwrite)
    });
    if let Some(out) = &out {
        out.check_folder(&WHAT_IF_FILES)?;
    }
    if args.r#move == Some([0, 0]) {
        let why = "0,0 puts the part down where it was; say how far, or leave it out";
        anyhow::bail!(WhatIfError::Nothing("--move", why));
    }
    let inputs = [Some(&args.picture), args.mask.as_ref(), args.map.as_ref()];
    let page = args
        .html
        .output(inputs.into_iter().flatten(), args.overwrite)?;
    let picture = picture::open(&args.picture)?;
    let texture = match &args.fill {
        Fill::Texture(name) => Some(crate::stylize::shift::texture(name, home)?),
        _ => None,
    };
    let classifier = args.model.open(home)?;
    let progress = output::ProgressLine::new("Asking");
    let framing = args.model.framing(&classifier);
    let scene = Scene::of(&classifier, &picture, framing)?;
    let filling = args.fill.pixels(&scene.seen, texture.as_ref())?;
    let to = ClassArg::against(args.to.as_ref(), classifier.labels())?;
    let class = match args.class.of(classifier.labels())? {
        ClassChoice::Class(class) => class,
        ClassChoice::Auto => scene.best().unwrap_or(0),
    };
    anyhow::ensure!(
        class < scene.logits.len(),
        "there is no class {class}; the network has classes 0 to {}",
        scene.logits.len().saturating_sub(1)
    );
    let map_of = |picture: &Picture, framing: Framing| -> anyhow::Result<Explanation> {
        let request = args.maps.request(framing, ClassChoice::Class(class));
        Ok(explain(&classifier, picture, &request, &progress)?)
    };
    let with_maps = out.is_some() || page.is_some();
    let before = match (&args.map, args.top.is_some() || with_maps) {
        (Some(path), _) => Some(earlier(path, &scene)?),
        (None, true) => Some(map_of(&picture, framing)?.map),
        (None, false) => None,
    };
    let grid = [args.parts; 2];
    let search = || flip(args, &scene, &filling, (class, to), &progress);
    let flip = args.flip.then(search).transpose()?;
    let (mask, part) = part(args, &picture, &scene, before.as_ref(), flip.as_ref())?;
    let Some(mask) = mask else {
        drop(progress);
        anyhow::bail!("{part}");
    };
    let edited = changed(&scene.seen, &filling, &mask, args.r#move);
    let what_if = scene.with(mask, edited)?;
    let what = Changed::of(part, args.fill.to_string(), args.r#move, &scene, &what_if);
    let path = Some(args.picture.as_path());
    let mut record = WhatIfRecord::of(&picture, path, &scene, &what_if, class, args.answers, what)?;
    record.flip = flip.map(|flip| FlipRecord::of(&flip, grid));
    if with_maps {
        let name = format!("{}, changed", picture.name);
        let edited = Picture::from_pixels(name, what_if.edited.clone());
        let after = map_of(&edited, scene.framing_of_edited())?;
        let told = after.record(ModelRecord::of(&classifier)?, &edited, None);
        let before = before
            .as_ref()
            .context("the map before the change is missing")?;
        if let Some(page) = &page {
            let maps = [before, &after.map];
            let content = what_if_page(&record, &scene, &what_if, maps, args.maps.method.name());
            super::html::write(page, &content)?;
        }
        if let Some(out) = &out {
            let after = (&after, &told, &edited);
            write(out, record.clone(), &scene, &what_if, before, after)?;
        }
    }
    drop(progress);
    if args.json {
        return output::json(&record);
    }
    let mut lines = lines(&record);
    if let Some(out) = &args.out {
        lines.push(format!("written to {}", out.display()));
    }
    output::lines(&lines)
}

/// The fewest cells whose loss changes the answer.
fn flip(
    args: &Args,
    scene: &Scene<&Classifier>,
    filling: &RgbImage,
    (class, to): (usize, Option<usize>),
    observer: &dyn Observer,
) -> anyhow::Result<Flip> {
    // Another class than the one asked about is an answer that is there already.
    anyhow::ensure!(
        to.is_some() || scene.best() == Some(class),
        "the network does not say class {class} of this picture, so nothing has to change; leave out --class, or name --to"
    );
    let grid = [args.parts; 2];
    Ok(scene.smallest_flip(filling, class, to, grid, args.questions, observer)?)
}

/// A map made earlier, of what the network sees.
fn earlier(path: &std::path::Path, scene: &Scene<&Classifier>) -> anyhow::Result<SaliencyMap> {
    let map = read_map(path)?;
    let [height, width] = scene.shape();
    let (rows, columns) = map.values.dim();
    anyhow::ensure!(
        (rows, columns) == (height, width),
        "{} is {columns} x {rows}, but this network sees {width} x {height}; give a map made for it",
        map.name
    );
    Ok(SaliencyMap { values: map.values })
}

/// What is changed, and how it was chosen; no mask and why not, where a search found nothing.
fn part(
    args: &Args,
    picture: &Picture,
    scene: &Scene<&Classifier>,
    map: Option<&SaliencyMap>,
    flip: Option<&Flip>,
) -> anyhow::Result<(Option<EditMask>, String)> {
    let shape = scene.shape();
    if let Some(path) = &args.mask {
        let painted = picture::open_mask(path)?;
        let mask = EditMask::of_picture(&painted, picture.size(), scene.region, shape)
            .with_context(|| path.display().to_string())?;
        return Ok((Some(mask), format!("mask {}", path.display())));
    }
    if let (Some(top), Some(map)) = (args.top, map) {
        let mask = EditMask::top(map, top / 100.0)?;
        let source = if args.map.is_some() {
            "the given map".to_owned()
        } else {
            args.maps.method.name().to_owned()
        };
        return Ok((Some(mask), format!("top {top} % of {source}")));
    }
    if let Some([x, y, width, height]) = args.rectangle {
        let part = Region {
            x,
            y,
            width,
            height,
        };
        let mask = EditMask::rectangle(part, scene.region, shape)?;
        return Ok((Some(mask), format!("rectangle {x},{y},{width},{height}")));
    }
    let flip = flip.context("say what is to be changed: --mask, --top, --rectangle or --flip")?;
    if flip.parts.is_empty() {
        return Ok((
            None,
            format!(
                "no part was found whose loss changes the answer ({} questions; no set of fewer than {} cells does); try another --fill, more --parts or --questions",
                flip.questions, flip.at_least
            ),
        ));
    }
    let mask = EditMask::of_parts(&flip.parts, [args.parts; 2], shape)?;
    Ok((
        Some(mask),
        format!("{} of {} cells", flip.parts.len(), args.parts * args.parts),
    ))
}

fn lines(record: &WhatIfRecord) -> Vec<String> {
    let changed = &record.changed;
    let moved = match changed.moved {
        Some([right, down]) => format!(", put down {right} right and {down} down"),
        None => String::new(),
    };
    let mut lines = vec![format!(
        "{}: {:.1} % of what the network sees, filled with {}{moved}",
        changed.part,
        changed.share * 100.0,
        changed.fill
    )];
    if let Some(flip) = &record.flip {
        let proof = if flip.minimal {
            "no smaller set of cells does it".to_owned()
        } else {
            format!(
                "sets of fewer than {} cells do not; larger ones were not all tried",
                flip.at_least
            )
        };
        let cells: Vec<String> = flip
            .cells
            .iter()
            .map(|[row, column]| format!("{row}:{column}"))
            .collect();
        let head = format!("cells (row:column of {} x {}) ", flip.grid[0], flip.grid[1]);
        lines.extend(output::wrapped(&head, &cells));
        lines.push(format!("{proof} ({} questions)", flip.questions));
    }
    for (name, side) in [("before", &record.before), ("after", &record.after)] {
        lines.push(name.to_owned());
        let about = &side.class;
        let listed = side.predictions.iter().any(|p| p.class == about.class);
        let also = (!listed).then_some(about);
        for p in side.predictions.iter().chain(also) {
            lines.push(format!(
                "  {:>7}  {}  (class {}, logit {:.3})",
                p.share(),
                p.label,
                p.class,
                p.logit
            ));
        }
    }
    lines.push(
        if record.answer_changed {
            "the answer is another one now"
        } else {
            "the answer stays"
        }
        .to_owned(),
    );
    lines
}

/// So many whole numbers with commas between.
fn numbers<T: std::str::FromStr, const N: usize>(text: &str) -> Result<[T; N], String> {
    let numbers = text.split(',').map(|part| part.trim().parse().ok());
    let numbers = numbers.collect::<Option<Vec<T>>>();
    numbers
        .and_then(|numbers| numbers.try_into().ok())
        .ok_or_else(|| format!("{text:?} is not {N} whole numbers with commas between"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_between() {
        assert_eq!(numbers::<u32, 4>("1, 2,3,4"), Ok([1, 2, 3, 4]));
        assert_eq!(numbers::<i32, 2>("-5,7"), Ok([-5, 7]));
        for bad in ["", "1,2,3", "1,2,3,4,5", "-1,2,3,4", "a,b,c,d"] {
            assert!(numbers::<u32, 4>(bad).is_err(), "{bad}");
        }
    }
}
