//! A network that is a function, and tables of what an index holds, for tests.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::manifest::example;
use super::{
    Answer, CoarseMap, CollectionError, EmbeddingForm, Examined, Examiner, Export, Failure,
    GivenLabels, Index, Listing, MapFact, ModelEntry, Summary, Watch, Writer, demo, index,
};
use crate::files::Output;
use crate::picture::Picture;

/// Knows made-up pictures by their numbers, and is wrong about every fifth.
pub(crate) struct FakeNetwork {
    entry: ModelEntry,
    seed: u64,
    /// Whether it fails on everything, as a network does for which there is no memory.
    pub(crate) is_ill: AtomicBool,
    /// How often it was asked.
    pub(crate) asked: AtomicUsize,
}

impl FakeNetwork {
    pub(crate) fn new(id: &str, seed: u64) -> Self {
        Self {
            entry: example(id),
            seed,
            is_ill: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
        }
    }

    /// As an older version of the program kept what it knows.
    pub(crate) fn of_schema_1(id: &str, seed: u64) -> Self {
        let mut network = Self::new(id, seed);
        network.entry.embeddings = EmbeddingForm::Half;
        network
    }
}

impl Examiner for FakeNetwork {
    fn entry(&self) -> &ModelEntry {
        &self.entry
    }

    fn examine(&self, picture: &Picture, map: bool) -> Result<Examined, Failure> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let n = demo::read_code(&picture.pixels);
        let n = n.ok_or_else(|| Failure::Picture("it has no number".to_owned()))?;
        if n % 50 == 49 {
            return Err(Failure::Picture("it is one of those that fail".to_owned()));
        }
        if self.is_ill.load(Ordering::Relaxed) {
            assert!(n % 7 != 3, "a defect");
            return Err(Failure::Network("there is no memory".to_owned()));
        }
        let class = demo::class(self.seed, n) + usize::from(n.is_multiple_of(5));
        let mut probabilities = [0.02; demo::CLASSES.len()];
        probabilities[class % demo::CLASSES.len()] = 0.86;
        let mut places = CoarseMap::default();
        places.0[n as usize % 256] = 255;
        places.0[(n as usize * 7) % 256] = 200;
        Ok(Examined {
            answer: Answer::of(&probabilities),
            embedding: (0..4).map(|i| (n % 97 + i) as f32).collect(),
            map: map.then(|| MapFact {
                class: (class % demo::CLASSES.len()) as u32,
                scale: 1.0,
                figures: places.figures(),
                map: places,
            }),
        })
    }
}

/// Indexes a listing with some networks.
pub(crate) fn run(
    folder: &Path,
    listing: &Listing,
    networks: &[&FakeNetwork],
    watch: &dyn Watch,
) -> Result<Summary, CollectionError> {
    let entries: Vec<ModelEntry> = networks.iter().map(|n| n.entry.clone()).collect();
    let (mut writer, places) = Writer::open(folder, None, &entries)?;
    let examiners: Vec<(&dyn Examiner, usize)> = networks
        .iter()
        .map(|network| *network as &dyn Examiner)
        .zip(places)
        .collect();
    index(&mut writer, listing, &examiners, watch)
}

/// The bytes of an index's table of that kind.
pub(crate) fn exported(folder: &Path, kind: &str) -> Vec<u8> {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join(format!("t.{kind}"));
    let index = Index::read(folder).unwrap();
    Export::new(&index, &GivenLabels::default())
        .write(&Output::new(&path))
        .unwrap();
    std::fs::read(path).unwrap()
}
