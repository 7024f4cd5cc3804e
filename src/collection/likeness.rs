//! Likeness of pictures by what a network knows of them, or by where it looks.

use super::arrange::{self, Alike, Features, Vectors};
use super::coarse_map::{CoarseMap, PLACES};
use super::embedding::EmbeddingForm;
use super::index::Index;
use super::pack::{HEADER, open, read_at, scan};
use super::parts::What;
use super::{Bits, CollectionError};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikenessOf {
    /// What a network, by its place in the manifest, knows of a picture before it names a class.
    Embedding(usize),
    /// Where it looks, by the network's place and the method's.
    Map(usize, usize),
}

/// Of those that are most alike by their features, so many times as many are compared exactly.
const COMPARED: usize = 4;

/// Likeness of the pictures of an index, by the numbers of their contents.
#[derive(Debug, Clone)]
pub struct Likeness {
    of: LikenessOf,
    features: Features,
    maps: Vec<CoarseMap>,
}

impl Likeness {
    /// Of an index: everything that is compared is read, twice.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn of(index: &Index, of: LikenessOf) -> Result<Self, CollectionError> {
        let (features, maps) = match of {
            LikenessOf::Embedding(model) => {
                (Features::of(&Embeddings { index, model })?, Vec::new())
            }
            LikenessOf::Map(model, method) => {
                let maps = index.read_maps(model, method)?;
                (Features::of(&Maps(&maps))?, maps)
            }
        };
        Ok(Self { of, features, maps })
    }

    /// What all are compared by, by the numbers of contents.
    #[must_use]
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// The contents of `among` that are most like `content`, most alike first, without itself. Empty
    /// where nothing is known of it.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn most_alike(
        &self,
        index: &Index,
        content: u32,
        among: &Bits,
        most: usize,
    ) -> Result<Vec<Alike>, CollectionError> {
        let Some(own) = self.features.get(content as usize) else {
            return Ok(Vec::new());
        };
        let mut others = among.clone();
        others.set(content as usize, false);
        let mut found =
            arrange::most_alike(&self.features, own, &others, most.saturating_mul(COMPARED));
        let mut vectors = VectorReader::new(self, index)?;
        if let Some(own) = vectors.read(content) {
            for alike in &mut found {
                if let Some(other) = vectors.read(alike.at) {
                    alike.cosine = arrange::cosine(&own, &other);
                }
            }
            found.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.at.cmp(&b.at)));
        }
        found.truncate(most);
        Ok(found)
    }
}

/// Single vectors of an index.
struct VectorReader<'a> {
    likeness: &'a Likeness,
    index: &'a Index,
    file: Option<std::fs::File>,
}

impl<'a> VectorReader<'a> {
    fn new(likeness: &'a Likeness, index: &'a Index) -> Result<Self, CollectionError> {
        let file = match likeness.of {
            LikenessOf::Map(..) => None,
            LikenessOf::Embedding(model) => match index.part(What::Embeddings(model)) {
                Some(part) => open(&index.folder().join(&part.name), part.kind)?,
                None => None,
            },
        };
        Ok(Self {
            likeness,
            index,
            file,
        })
    }

    /// `None` where it is missing or damaged.
    fn read(&mut self, content: u32) -> Option<Vec<f32>> {
        match self.likeness.of {
            LikenessOf::Map(..) => {
                let map = self.likeness.maps.get(content as usize)?;
                Some(map.0.iter().map(|&v| f32::from(v)).collect())
            }
            LikenessOf::Embedding(model) => {
                let answer = self.index.models().get(model)?.answer(content)?;
                let entry = self.index.manifest.models.get(model)?;
                let kind = entry.embeddings_kind();
                let size = kind.payload?;
                let offset = HEADER + u64::from(answer.embedding) * kind.record(size) as u64;
                let (key, bytes) = read_at(self.file.as_mut()?, kind, offset, size).ok()?;
                let form = entry.embeddings;
                (self.index.content(key)? == content).then(|| form.decode(&bytes))
            }
        }
    }
}

/// The embeddings of one network.
struct Embeddings<'a> {
    index: &'a Index,
    model: usize,
}

impl Vectors for Embeddings<'_> {
    fn count(&self) -> usize {
        self.index.contents().len()
    }

    fn width(&self) -> usize {
        let model = self.index.manifest.models.get(self.model);
        model.map_or(0, |model| model.embedding_width)
    }

    fn visit(&self, see: &mut dyn FnMut(usize, &[f32])) -> Result<(), CollectionError> {
        let Some(part) = self.index.part(What::Embeddings(self.model)) else {
            return Ok(());
        };
        let path = self.index.folder().join(&part.name);
        let Some(file) = open(&path, part.kind)? else {
            return Ok(());
        };
        let each = part.kind.record(part.kind.payload.unwrap_or(0)) as u64;
        let facts = self.index.models().get(self.model);
        let entry = self.index.manifest.models.get(self.model);
        let form = entry.map_or_else(EmbeddingForm::default, |entry| entry.embeddings);
        scan(&file, part.kind, 0, u64::MAX, &mut |record| {
            let Some(content) = self.index.content(record.key) else {
                return;
            };
            // Of several that were written the one that counts.
            let number = record.offset.saturating_sub(HEADER) / each.max(1);
            let answer = facts.and_then(|facts| facts.answer(content));
            if answer.is_some_and(|answer| u64::from(answer.embedding) == number) {
                see(content as usize, &form.decode(record.payload));
            }
        })
        .map_err(CollectionError::io(&path))?;
        Ok(())
    }
}

/// Maps, of which those that are missing are zero.
struct Maps<'a>(&'a [CoarseMap]);

impl Vectors for Maps<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn width(&self) -> usize {
        PLACES
    }

    fn visit(&self, see: &mut dyn FnMut(usize, &[f32])) -> Result<(), CollectionError> {
        for (number, map) in self.0.iter().enumerate() {
            see(number, &map.0.map(f32::from));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeNetwork, run};
    use super::super::{Source, Unwatched};
    use super::*;

    #[test]
    fn pictures_are_alike_by_what_is_known_of_them_and_by_where_is_looked() {
        let folder = tempfile::tempdir().unwrap();
        let network = FakeNetwork::new("a", 2);
        let listing = Source::Demo {
            count: 300,
            seed: 2,
        }
        .list()
        .unwrap();
        run(folder.path(), &listing, &[&network], &Unwatched).unwrap();
        let index = Index::read(folder.path()).unwrap();
        let numbers: Vec<u32> = {
            let mut numbers = vec![0; index.contents().len()];
            for row in index.rows() {
                let name = row.name();
                let n: u32 = name[name.len() - 11..name.len() - 4].parse().unwrap();
                numbers[index.content(row.content().unwrap()).unwrap() as usize] = n;
            }
            numbers
        };
        let content_of = |n: u32| numbers.iter().position(|&other| other == n).unwrap() as u32;
        let all = Bits::all(numbers.len());
        let by_embedding = Likeness::of(&index, LikenessOf::Embedding(0)).unwrap();
        // The network's embedding is a function of the number's rest by 97.
        let found = by_embedding
            .most_alike(&index, content_of(5), &all, 6)
            .unwrap();
        let rests: Vec<u32> = found.iter().map(|a| numbers[a.at as usize] % 97).collect();
        // 102 and 296 have the same; 199 failed.
        assert_eq!(rests[..2], [5, 5], "{found:?}");
        assert!((found[0].cosine - 1.0).abs() < 1e-6 && found[5].cosine < 1.0);
        let want = arrange::cosine(
            &[5.0, 6.0, 7.0, 8.0],
            &[
                rests[5] as f32,
                rests[5] as f32 + 1.0,
                rests[5] as f32 + 2.0,
                rests[5] as f32 + 3.0,
            ],
        );
        assert!((found[5].cosine - want).abs() < 1e-6);
        let by_map = Likeness::of(&index, LikenessOf::Map(0, 0)).unwrap();
        let found = by_map.most_alike(&index, content_of(20), &all, 1).unwrap();
        // The same places of 256.
        assert_eq!(numbers[found[0].at as usize], 276);
        // Number 49 failed.
        assert!(
            by_map
                .most_alike(&index, content_of(49), &all, 5)
                .unwrap()
                .is_empty()
        );
    }
}
