//! The room of "what if" behind the screen: what a visitor covers is asked about as it changes, one question
//! after the other, the newest first; then the map follows, unless something newer is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use image::RgbImage;
use ndarray::Array2;

use super::behind::{Answer, Network};
use crate::classifier::Classifier;
use crate::exhibit::shell::{Chance, Mark, Piece, Program, Shell, Told};
use crate::journal::Stroke;
use crate::picture::Picture;
use crate::progress::Observer;
use crate::saliency::{Method, Request, explain};
use crate::what_if::{EditMask, Fill, Scene, filled};

/// Answers to the picture as it is that are followed.
const FOLLOWED: usize = 3;

/// What would the network say with this covered?
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    /// Grows from question to question.
    pub(crate) number: u64,
    /// Which picture of the programme.
    pub(crate) piece: usize,
    /// What is covered; nothing for the picture as it is.
    pub(crate) marks: Vec<Mark>,
}

/// What was asked last.
#[derive(Debug, Default)]
pub(super) struct Changing {
    asked: Option<Question>,
    number: u64,
    waits: bool,
}

impl Changing {
    /// What is to be asked now; `strokes` are still being made. Nothing while an answer is waited for.
    pub(super) fn question(&mut self, shell: &Shell, strokes: Vec<Stroke>) -> Option<Question> {
        let Some((piece, mut marks)) = shell.covered() else {
            self.asked = None;
            self.waits = false;
            return None;
        };
        marks.extend(strokes.into_iter().map(Mark::Stroke));
        let known = |asked: &Question| asked.piece == piece && asked.marks == marks;
        if self.waits || self.asked.as_ref().is_some_and(known) {
            return None;
        }
        self.number += 1;
        self.waits = true;
        self.asked = Some(Question {
            number: self.number,
            piece,
            marks,
        });
        self.asked.clone()
    }

    /// Whether this is the number of what was asked last, and the visitor still wants to know.
    pub(super) fn is_asked(&self, number: u64) -> bool {
        self.asked.as_ref().is_some_and(|q| q.number == number)
    }

    /// The picture that this question is about, where it was asked last.
    pub(super) fn asked_about(&self, number: u64) -> Option<usize> {
        let asked = self.asked.as_ref().filter(|q| q.number == number)?;
        Some(asked.piece)
    }

    /// Its answer has come.
    pub(super) fn answered(&mut self, number: u64) {
        if self.is_asked(number) {
            self.waits = false;
        }
    }
}

/// Answers questions until nobody asks any more. `newest` is the number of the newest question.
pub(super) fn answer_changes(
    program: &Program,
    network: &Network,
    hears: &Receiver<Question>,
    newest: &AtomicU64,
    tells: &Sender<Answer>,
) {
    let mut open: Option<Opened<'_>> = None;
    while let Ok(first) = hears.recv() {
        let question = hears.try_iter().last().unwrap_or(first);
        let Question { number, piece, .. } = question;
        if open.as_ref().is_none_or(|open| open.number != piece) {
            open = Opened::of(program, network, piece);
        }
        let changed = open.as_ref().and_then(|open| open.changed(&question.marks));
        let (told, edited) = changed.unzip();
        let told = told.map(Box::new);
        if tells.send(Answer::Changed(number, told)).is_err() {
            return;
        }
        let wanted = Wanted { number, newest };
        let lit = edited.flatten().zip(open.as_ref());
        let lit = lit.and_then(|(edited, open)| open.lit(edited, &wanted));
        if let Some(lit) = lit
            && tells.send(Answer::Lit(number, Box::new(lit))).is_err()
        {
            return;
        }
    }
}

/// A map is computed as long as nothing newer is asked.
struct Wanted<'a> {
    number: u64,
    newest: &'a AtomicU64,
}

impl Observer for Wanted<'_> {
    fn progress(&self, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        self.newest.load(Ordering::Relaxed) != self.number
    }
}

/// A picture that the network looks at.
struct Opened<'a> {
    number: usize,
    piece: &'a Piece,
    scene: Scene<Arc<Classifier>>,
    /// What takes the place of what is covered: one colour.
    filling: RgbImage,
}

impl<'a> Opened<'a> {
    fn of(program: &'a Program, network: &Network, number: usize) -> Option<Self> {
        let piece = program.pieces.get(number)?;
        let file = network.files.get(number)?;
        let picture = crate::picture::open(&file.path).ok()?;
        let classifier = network.classifier(&piece.about.model)?;
        let scene = Scene::of(classifier, &picture, Request::default().framing);
        let scene = match scene {
            Ok(scene) => scene,
            Err(error) => {
                tracing::error!(
                    "the network cannot be asked about {}: {error}",
                    piece.about.file
                );
                return None;
            }
        };
        let filling = Fill::Mean.pixels(&scene.seen, None).ok()?;
        Some(Self {
            number,
            piece,
            scene,
            filling,
        })
    }

    /// What the network says, and what it sees then where something is covered.
    fn changed(&self, marks: &[Mark]) -> Option<(Told, Option<RgbImage>)> {
        let edited = mask(self.piece, marks, self.scene.shape())
            .map(|mask| filled(&self.scene.seen, &self.filling, &mask));
        let now = match &edited {
            Some(edited) => self.scene.answer(edited).ok()?,
            None => self.scene.logits.clone(),
        };
        let before = &self.scene.logits;
        let mut classes = surest(before, FOLLOWED);
        if let Some(first) = surest(&now, 1)
            .first()
            .filter(|first| !classes.contains(first))
        {
            classes.push(*first);
        }
        let chance = |class: usize| {
            let old = self.scene.prediction(before, class);
            Chance {
                before: old.probability,
                now: self.scene.prediction(&now, class).probability,
                label: old.label,
            }
        };
        let told = Told {
            piece: self.number,
            chances: classes.into_iter().map(chance).collect(),
            colour: self.filling.get_pixel_checked(0, 0).map_or([0; 3], |p| p.0),
        };
        Some((told, edited))
    }

    /// Where the network looks on what it sees then.
    fn lit(&self, edited: RgbImage, observer: &dyn Observer) -> Option<Piece> {
        let method: Method = self.piece.about.method.parse().ok()?;
        let request = Request {
            method,
            framing: self.scene.framing_of_edited(),
            ..Request::default()
        };
        let picture = Picture::from_pixels("covered", edited);
        // Cancelled, or a map that shows nothing: then there is no light.
        let explanation = explain(self.scene.classifier(), &picture, &request, observer).ok()?;
        let about = self.piece.about.clone();
        let mut lit = Piece::to_look_at(about, explanation.map.values.view()).ok()?;
        let size = |piece: &Piece| (piece.answer.height(), piece.answer.width());
        if size(&lit) != size(self.piece) {
            return None;
        }
        // Its parts are those that were covered.
        lit.parts = self.piece.parts.clone();
        Some(lit)
    }
}

/// What marks cover of what the network sees; `None` where that is nothing.
fn mask(piece: &Piece, marks: &[Mark], [height, width]: [usize; 2]) -> Option<EditMask> {
    let painting = piece.painting(marks, false);
    let labels = painting.labels();
    let (rows, columns) = labels.dim();
    let values = Array2::from_shape_fn((height, width), |(y, x)| {
        let at = (y * rows / height.max(1), x * columns / width.max(1));
        f32::from(u8::from(labels.get(at).is_some_and(|label| *label > 0)))
    });
    EditMask::new(values).ok()
}

/// The classes with the largest numbers, the largest first.
fn surest(logits: &[f32], count: usize) -> Vec<usize> {
    let mut classes: Vec<(usize, f32)> = logits.iter().copied().enumerate().collect();
    classes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let first = classes.into_iter().take(count);
    first.map(|(class, _)| class).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::classifier::DEFAULT_MODEL;
    use crate::exhibit::shell::About;
    use crate::exhibit::shell::testing::program;
    use crate::exhibit_window::pictures::PictureFile;
    use crate::guess::Regions;
    use crate::home::Home;

    /// What the network says of a picture with its left half covered is what it says of the file in which
    /// that half has the mean colour; of the newest of several questions; and where it looks is a map of
    /// that picture.
    #[test]
    fn the_newest_question_is_answered_as_the_network_answers_the_changed_picture() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home {
            data: folder.path().join("data"),
            cache: folder.path().join("cache"),
            ..Home::find()
        };
        let path = folder.path().join("wave.png");
        let wave = RgbImage::from_fn(224, 224, |x, y| {
            image::Rgb([(x * 3) as u8, (y * 2) as u8, (x * y / 64) as u8])
        });
        wave.save(&path).unwrap();
        let map = Array2::from_shape_fn((224, 224), |(y, x)| (y * x) as f32);
        let halves = Array2::from_shape_fn((224, 224), |(_, x)| u32::from(x >= 112));
        let about = About {
            model: DEFAULT_MODEL.to_owned(),
            method: "grad-cam".to_owned(),
            ..About::default()
        };
        let parts = Regions::new(halves.view()).unwrap();
        let piece = Piece::with_parts(about, map.view(), parts).unwrap();
        let left = (0..2)
            .find(|part| piece.parts.at(3, 3) == Some(*part))
            .unwrap();
        let mut program = program(&["en"]);
        program.pieces = vec![piece];
        let network = Network {
            home,
            files: vec![PictureFile { path, region: None }],
            folder: folder.path().to_owned(),
            open: std::sync::Mutex::default(),
        };
        let (asks, hears) = channel();
        let (tells, answers) = channel();
        let covered = vec![Mark::Part {
            part: left,
            on: true,
        }];
        for (number, marks) in [(1, Vec::new()), (2, covered)] {
            let piece = 0;
            asks.send(Question {
                number,
                piece,
                marks,
            })
            .unwrap();
        }
        drop(asks);
        let newest = AtomicU64::new(2);
        answer_changes(&program, &network, &hears, &newest, &tells);
        drop(tells);
        let answers: Vec<Answer> = answers.iter().collect();
        let [Answer::Changed(2, Some(told)), Answer::Lit(2, lit)] = &answers[..] else {
            panic!("{answers:?}");
        };
        let classifier = network.classifier(DEFAULT_MODEL).unwrap();
        let [r, g, b] = told.colour;
        let whole = Picture::from_pixels("p", wave);
        let framing = Request::default().framing;
        let scene = Scene::of(classifier.clone(), &whole, framing).unwrap();
        let mut changed = scene.seen.clone();
        for (x, _, pixel) in changed.enumerate_pixels_mut() {
            if x < 112 {
                *pixel = image::Rgb([r, g, b]);
            }
        }
        let says = |picture: &Picture, framing| {
            let answers = classifier.predict(picture, framing, 1).unwrap();
            answers.into_iter().next().unwrap()
        };
        let before = says(&whole, framing);
        let changed = Picture::from_pixels("p", changed);
        let now = says(&changed, crate::picture::Framing::Whole);
        let first = &told.chances[0];
        assert_eq!(first.label, before.label);
        assert!((first.before - before.probability).abs() < 1e-5);
        let row = told.chances.iter().find(|chance| chance.label == now.label);
        let row = row.unwrap();
        assert!((row.now - now.probability).abs() < 1e-5, "{row:?} {now:?}");
        assert!(told.chances.iter().all(|chance| chance.now <= row.now));
        assert_eq!((lit.answer.height(), lit.answer.width()), (224, 224));
        assert_eq!(lit.parts.len(), 2);
    }

    #[test]
    fn a_network_that_is_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let network = Network {
            home: Home {
                root: folder.path().join("root"),
                data: folder.path().join("data"),
                cache: folder.path().join("cache"),
            },
            files: Vec::new(),
            folder: folder.path().to_owned(),
            open: std::sync::Mutex::default(),
        };
        let (asks, hears) = channel();
        let (tells, answers) = channel();
        let marks = Vec::new();
        asks.send(Question {
            number: 7,
            piece: 0,
            marks,
        })
        .unwrap();
        drop(asks);
        let program = program(&["en"]);
        answer_changes(&program, &network, &hears, &AtomicU64::new(7), &tells);
        drop(tells);
        let answers: Vec<Answer> = answers.iter().collect();
        assert!(
            matches!(answers[..], [Answer::Changed(7, None)]),
            "{answers:?}"
        );
    }
}
