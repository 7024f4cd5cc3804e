//! `saliscope explain` for many pictures: the network stays open, decoding goes on beside it, and a
//! run that was killed goes on where it was.

use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use super::explain::Args;
use super::inputs::Job;
use super::output;
use super::picture_class::ClassOf;
use crate::classifier::{Classifier, Differentiable as _};
use crate::files::{Output, sha256_of_file};
use crate::home::Home;
use crate::picture;
use crate::progress::{Observer as _, Silent};
use crate::saliency::colormap::Look;
use crate::saliency::{
    ClassChoice, Explanation, ExplanationRecord, MapEntry, MapsFile, ModelRecord, Request, explain,
    in_order,
};

/// What one line of standard output says about a picture.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Line {
    Done {
        path: String,
        class: usize,
        label: String,
        probability: f32,
        /// Where the explanation lies, where each has a folder.
        #[serde(skip_serializing_if = "Option::is_none")]
        out: Option<String>,
        /// Seconds of this map; 0 where an earlier run had made it.
        seconds: f64,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
    },
    Skipped {
        path: String,
        error: String,
    },
}

impl Line {
    fn known(path: String, entry: MapEntry, place: &Place, name: &Path) -> Self {
        Self::Done {
            path,
            class: entry.class,
            label: entry.label,
            probability: entry.probability,
            out: match place {
                Place::Folders(folder) => Some(shown(&folder.join(name))),
                Place::File(_) => None,
            },
            seconds: 0.0,
            notes: Vec::new(),
        }
    }
}

/// A map that was made, or that an earlier run had made.
enum Made {
    New(Box<(Explanation, picture::Picture)>),
    Known(MapEntry),
}

/// Where maps go.
enum Place {
    /// All into one file.
    File(MapsFile),
    /// Each into a folder in this one.
    Folders(PathBuf),
}

/// Whether maps are to go into one file.
pub fn is_archive(out: &Path) -> bool {
    let ending = out.extension();
    let is = |wanted: &str| ending.is_some_and(|ending| ending.eq_ignore_ascii_case(wanted));
    is("npz") || is("parquet")
}

/// Explains all pictures of `jobs`.
pub fn run(args: &Args, jobs: &[Job], home: &Home) -> anyhow::Result<()> {
    let jobs = &elsewhere(jobs, &args.out);
    // The process ends when the maps are written: as for one picture.
    let classifier = ManuallyDrop::new(args.model.open(home)?);
    let part = args.part(&classifier)?;
    let classifier = part.as_ref().map_or(&*classifier, |part| &part.classifier);
    let model = ModelRecord::of(classifier)?;
    // The class is in the settings as it was asked for: it may differ from picture to picture.
    let (request, class) = args.asked(classifier, part.as_ref())?;
    let asked = serde_json::to_string(&request).context("the settings are no valid JSON")?;
    let decoding = picture::DECODING;
    let settings = format!(
        "model {} {}, class {:?} {:?}, pictures {decoding}, {asked}",
        model.id,
        model.sha256,
        args.class,
        part.as_ref().map(|part| part.class)
    );
    let mut place = if is_archive(&args.out) {
        Place::File(MapsFile::open(&args.out, &settings, args.overwrite)?)
    } else {
        Place::Folders(args.out.clone())
    };
    let work = Work {
        args,
        classifier,
        model: &model,
        request: &request,
        class: &class,
    };
    let names = names_in(jobs);
    let progress = output::ProgressLine::new("map");
    let (mut done, mut failed) = (0, 0);
    // Methods of many gradients use all cores for one map; a second picture is read meanwhile.
    let threads = if request.method.takes_many_gradients() {
        2
    } else {
        classifier.network().parallelism() + 1
    };
    // What is there already is looked up before: the place is written to while others work.
    let known: Vec<Option<MapEntry>> = jobs
        .iter()
        .zip(&names)
        .map(|(job, name)| work.already(&place, job, name))
        .collect();
    in_order(
        jobs.len(),
        threads,
        &Silent,
        |i| {
            let made = match (known.get(i), jobs.get(i)) {
                (Some(Some(entry)), _) => Ok(Made::Known(entry.clone())),
                (_, Some(job)) => work.make(&job.path),
                _ => Err(anyhow::anyhow!("there is no such picture")),
            };
            Ok(made)
        },
        |i, made: anyhow::Result<Made>| -> anyhow::Result<()> {
            let (Some(job), Some(name)) = (jobs.get(i), names.get(i)) else {
                return Ok(());
            };
            let path = shown(&job.path);
            let line = match made {
                Ok(Made::Known(entry)) => Line::known(path, entry, &place, name),
                Ok(Made::New(made)) => {
                    let (explanation, picture) = *made;
                    let out = work.keep(&mut place, &explanation, &picture, job, name)?;
                    Line::Done {
                        path,
                        class: explanation.class.class,
                        label: explanation.class.label,
                        probability: explanation.class.probability,
                        out: out.map(|out| shown(&out)),
                        seconds: explanation.seconds.total,
                        notes: picture.notes,
                    }
                }
                Err(error) if job.from_many => {
                    failed += 1;
                    let error = super::whole(&error);
                    output::note(&format!("skipped: {error}"));
                    Line::Skipped { path, error }
                }
                Err(error) => return Err(error),
            };
            done += usize::from(matches!(line, Line::Done { .. }));
            progress.progress(done + failed, jobs.len());
            output::pass_on_json(&line)
        },
    )?;
    drop(progress);
    anyhow::ensure!(done > 0, "none of the {failed} pictures could be explained");
    if let Place::File(file) = place {
        let paths: Vec<String> = jobs.iter().map(|job| shown(&job.path)).collect();
        file.finish(&paths)?;
    }
    Ok(())
}

/// The pictures that are not results themselves, as they are when the same folder holds both.
fn elsewhere(jobs: &[Job], out: &Path) -> Vec<Job> {
    let Ok(out) = out.canonicalize() else {
        return jobs.to_vec();
    };
    let inside = |job: &&Job| {
        job.path
            .canonicalize()
            .is_ok_and(|path| path.starts_with(&out))
    };
    jobs.iter()
        .filter(|job| !(job.from_many && inside(job)))
        .cloned()
        .collect()
}

fn shown(path: &Path) -> String {
    crate::text::file_name(path.as_os_str())
}

/// What is the same of all pictures.
struct Work<'a> {
    args: &'a Args,
    classifier: &'a Classifier,
    model: &'a ModelRecord,
    request: &'a Request,
    class: &'a ClassOf,
}

impl Work<'_> {
    fn make(&self, path: &Path) -> anyhow::Result<Made> {
        let picture = picture::open(path)?;
        let request = Request {
            class: self.class.of(path)?,
            ..self.request.clone()
        };
        let explanation = explain(self.classifier, &picture, &request, &Silent)
            .with_context(|| path.display().to_string())?;
        Ok(Made::New(Box::new((explanation, picture))))
    }

    /// Writes one explanation; gives its folder where it has one.
    fn keep(
        &self,
        place: &mut Place,
        explanation: &Explanation,
        picture: &picture::Picture,
        job: &Job,
        name: &Path,
    ) -> anyhow::Result<Option<PathBuf>> {
        match place {
            Place::File(file) => {
                let entry = MapEntry {
                    path: shown(&job.path),
                    sha256: picture.sha256.clone(),
                    class: explanation.class.class,
                    label: explanation.class.label.clone(),
                    probability: explanation.class.probability,
                };
                file.add(entry, explanation.map.values.view())?;
                Ok(None)
            }
            Place::Folders(folder) => {
                let folder = folder.join(name);
                let record = explanation.record(self.model.clone(), picture, Some(&job.path));
                let out = Output::new(&folder)
                    .reading([&job.path])
                    .overwriting(self.args.overwrite);
                explanation.write_to(&out, &record, picture, &Look::of(&explanation.map))?;
                Ok(Some(folder))
            }
        }
    }

    /// The map of a picture where an earlier run has made it from the same file, with the same
    /// network and settings.
    fn already(&self, place: &Place, job: &Job, name: &Path) -> Option<MapEntry> {
        let path = shown(&job.path);
        match place {
            Place::File(file) => {
                file.has(&path).then_some(())?;
                let sha256 = sha256_of_file(&job.path).ok()?;
                file.done(&path, &sha256).cloned()
            }
            Place::Folders(folder) => {
                let file = folder.join(name).join("explanation.json");
                if !file.is_file() {
                    return None;
                }
                let (record, _) = ExplanationRecord::read(&file).ok()?;
                let same_class = match self.class.of(&job.path).ok()? {
                    ClassChoice::Class(class) => record.class == class,
                    ClassChoice::Auto => {
                        let best = record.predictions.first();
                        best.is_some_and(|best| best.class == record.class)
                    }
                };
                let mut wanted = self.request.clone();
                wanted.class = record.parameters.class;
                wanted.params = wanted.params.filled(wanted.method);
                wanted
                    .params
                    .black_white
                    .clone_from(&record.parameters.params.black_white);
                let mut then = record.parameters.clone();
                then.params = then.params.filled(then.method);
                let same = same_class
                    && record.model.sha256 == self.model.sha256
                    // A part of a network goes by its name.
                    && record.model.id == self.model.id
                    && then == wanted
                    && record.picture.sha256 == sha256_of_file(&job.path).ok()?;
                let answer = record.predictions.iter().find(|p| p.class == record.class);
                same.then(|| MapEntry {
                    path,
                    sha256: record.picture.sha256.clone(),
                    class: record.class,
                    label: record.label.clone(),
                    probability: answer.map_or(0.0, |p| p.probability),
                })
            }
        }
    }
}

/// A name for each picture's folder: its file's name, with the folders that tell it from others of
/// that name, and a number where that does not tell them apart either.
fn names_in(jobs: &[Job]) -> Vec<PathBuf> {
    let parts = |path: &Path| -> Vec<String> {
        let normal = path.components().filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        });
        normal.collect()
    };
    let all: Vec<Vec<String>> = jobs.iter().map(|job| parts(&job.path)).collect();
    // Folders that all share tell nothing.
    let shared = all.first().map_or(0, |first| {
        let folders = first.len().saturating_sub(1);
        (0..folders)
            .take_while(|i| {
                all.iter()
                    .all(|p| p.len() > i + 1 && p.get(*i) == first.get(*i))
            })
            .count()
    });
    // What is named twice has one folder.
    let mut taken: HashMap<PathBuf, &Path> = HashMap::new();
    let named = all.iter().zip(jobs).map(|(parts, job)| {
        let plain: PathBuf = parts.iter().skip(shared).collect();
        let mut name = plain.clone();
        let mut number = 1;
        while *taken.entry(name.clone()).or_insert(&job.path) != job.path {
            number += 1;
            let mut last = plain.file_name().unwrap_or_default().to_owned();
            last.push(format!(" ({number})"));
            name = plain.with_file_name(last);
        }
        name
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_like_the_pictures() {
        let job = |path: &str| Job {
            path: path.into(),
            from_many: true,
        };
        let names = |paths: &[&str]| names_in(&paths.iter().map(|p| job(p)).collect::<Vec<_>>());
        assert_eq!(
            names(&["/v/cat/1.jpg", "/v/dog/1.jpg"]),
            [Path::new("cat/1.jpg"), Path::new("dog/1.jpg")]
        );
        assert_eq!(names(&["a/../x.png"]), [Path::new("x.png")]);
        // The same file twice is one; others of the same name are not.
        assert_eq!(
            names(&["x.png", "../x.png", "x.png"]),
            ["x.png", "x.png (2)", "x.png"].map(Path::new)
        );
    }
}
