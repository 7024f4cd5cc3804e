//! Indexes of parts become one: a union. Whatever is there already is not added again, so merging
//! twice changes nothing, and the order of the parts does not matter.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::embedding::EmbeddingForm;
use super::facts::{Answer, MAPS, MapFact, THUMBNAILS, TILES};
use super::index::Index;
use super::manifest::ModelEntry;
use super::pack::{HEADER, Kind, open, read_at};
use super::parts::{EMBEDDINGS_PACK, FACTS_FOLDER, TILES_PACK, thumbnails_pack};
use super::row::{Row, State};
use super::thumbnail::Thumbnail;
use super::writer::Writer;
use super::{CollectionError, Key};

/// Differences that are told one by one.
const MOST_TOLD: usize = 20;

/// What merging came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merged {
    /// Indexes that were read.
    pub parts: usize,
    /// Rows that came new, or know more now.
    pub rows: usize,
    /// Pictures, answers and maps that came new.
    pub facts: usize,
    /// Facts with the same key that are not the same.
    pub different: usize,
    /// The greatest difference of a probability among them.
    pub greatest: f32,
    /// The first of them, in words.
    pub told: Vec<String>,
    /// Facts of parts that could not be read.
    pub damaged: u64,
}

impl Merged {
    fn differ(&mut self, what: &str, content: Key, by: f32) {
        self.different += 1;
        self.greatest = self.greatest.max(by);
        if self.told.len() < MOST_TOLD {
            self.told
                .push(format!("{what} of content {}", content.digits()));
        }
    }
}

/// Adds the indexes `parts` to the index `into`, made where it is not there.
///
/// Where two have another fact of one content, which happens between devices and versions of ONNX
/// Runtime, the one with the smaller bytes stays: the order of the parts does not matter then either.
///
/// # Errors
/// When an index cannot be read or written, or `into` is one of the parts.
pub fn merge(into: &Path, parts: &[PathBuf]) -> Result<Merged, CollectionError> {
    let mut indexes = Vec::new();
    let real = into.canonicalize().ok();
    for part in parts {
        if real.is_some() && part.canonicalize().ok() == real {
            return Err(CollectionError::Asked(format!(
                "{} is what the parts go into; leave it out of the parts",
                part.display()
            )));
        }
        indexes.push(manifest_of(part)?);
    }
    if super::Manifest::is_in(into) {
        manifest_of(into)?;
    }
    // The same order of networks whichever part is named first.
    let mut models: Vec<ModelEntry> = Vec::new();
    let same = indexes.windows(2).all(|two| two[0].models == two[1].models);
    for model in indexes.iter().flat_map(|manifest| &manifest.models) {
        match models.iter_mut().find(|known| known.key() == model.key()) {
            None => models.push(model.clone()),
            Some(known) => {
                for map in &model.maps {
                    if !known.maps.contains(map) {
                        known.maps.push(map.clone());
                    }
                }
            }
        }
    }
    if !same {
        models.sort_by_key(|model| (model.id.clone(), model.key()));
        for model in &mut models {
            model.maps.sort_by_key(|map| map.id.clone());
        }
    }
    let source = indexes.iter().find_map(|manifest| manifest.source.clone());
    // Where they come new, they are kept as this program keeps them.
    for model in &mut models {
        model.embeddings = EmbeddingForm::Byte;
    }
    let known = super::Manifest::is_in(into);
    let source = source.as_deref().filter(|_| !known);
    let (mut writer, places) = Writer::open(into, source, &models)?;
    let mut merged = Merged::default();
    for part in parts {
        let index = Index::read(part)?;
        merged.damaged += index.damaged;
        add(&mut writer, &index, &models, &places, &mut merged)?;
        writer.sync()?;
        merged.parts += 1;
    }
    Ok(merged)
}

/// The manifest of an index, unless this program would make its pictures in another way: facts that
/// were computed of other pixels do not stand beside these.
fn manifest_of(folder: &Path) -> Result<super::Manifest, CollectionError> {
    let manifest = super::Manifest::read(folder)?;
    if manifest.thumbnails_are_current() {
        return Ok(manifest);
    }
    Err(CollectionError::Asked(format!(
        "{} was made by another version of this program, which {} in another way: run `saliscope index` on it \
         again, or merge with that version",
        folder.display(),
        if manifest.decodes_as_now() {
            "makes thumbnails"
        } else {
            "decodes pictures"
        }
    )))
}

fn add(
    writer: &mut Writer,
    part: &Index,
    models: &[ModelEntry],
    places: &[usize],
    merged: &mut Merged,
) -> Result<(), CollectionError> {
    let mut reader = PartReader::new(part);
    for (number, &content) in part.contents().iter().enumerate() {
        let number = number as u32;
        if let Some(picture) = part.picture(number) {
            let there = writer.index().content(content);
            let there = there.is_some_and(|there| writer.index().picture(there).is_some());
            if !there && let Some(thumbnail) = reader.thumbnail(number, content, merged) {
                writer.put_picture(content, [picture.width, picture.height], &thumbnail)?;
                merged.facts += 1;
            }
        }
        for (own, entry) in part.manifest.models.iter().enumerate() {
            let known = models.iter().position(|model| model.key() == entry.key());
            let Some(&model) = known.and_then(|at| places.get(at)) else {
                continue;
            };
            let facts = part.models().get(own);
            if let Some(answer) = facts.and_then(|facts| facts.answer(number)) {
                let found = Found {
                    content,
                    own,
                    model,
                    name: &entry.id,
                };
                add_answer(writer, &mut reader, answer, found, merged);
            }
            for (at, method) in entry.maps.iter().enumerate() {
                let place = writer.index().manifest.models.get(model);
                let place = place.and_then(|model| model.maps.iter().position(|m| m == method));
                let Some((to, map)) = place.zip(facts.and_then(|f| f.map(at, number))) else {
                    continue;
                };
                let there = writer.index().content(content);
                let there = there
                    .and_then(|n| writer.index().models().get(model)?.map(to, n))
                    .copied();
                let bits = |figures: super::Figures| figures.to_array().map(f32::to_bits);
                let same = there.is_some_and(|there| {
                    there.class == map.class && bits(there.figures) == bits(map.figures)
                });
                if same {
                    continue;
                }
                let Some(fact) = reader.map(own, at, map.offset, content, merged) else {
                    continue;
                };
                match there {
                    None => {
                        merged.facts += 1;
                        writer.put_map(model, to, content, &fact);
                    }
                    Some(there) => {
                        merged.differ(&format!("{}'s map", entry.id), content, 0.0);
                        let order = |class: u32, figures| (class, bits(figures));
                        if order(fact.class, fact.figures) < order(there.class, there.figures) {
                            writer.replace_map(model, to, content, &fact);
                        }
                    }
                }
            }
        }
        writer.write_if_due()?;
    }
    for row in part.rows() {
        if add_row(writer, row, merged) {
            merged.rows += 1;
        }
        writer.write_if_due()?;
    }
    Ok(())
}

/// An answer that was found in a part.
#[derive(Clone, Copy)]
struct Found<'a> {
    content: Key,
    /// The network's place in the part.
    own: usize,
    /// Its place in the whole.
    model: usize,
    name: &'a str,
}

fn add_answer(
    writer: &mut Writer,
    reader: &mut PartReader<'_>,
    answer: &Answer,
    found: Found<'_>,
    merged: &mut Merged,
) {
    let Found {
        content,
        own,
        model,
        name,
    } = found;
    // Where its embedding lies is another matter in every index.
    let plain = |answer: &Answer| {
        let failed = answer.embedding == Answer::FAILED.embedding;
        Answer {
            embedding: u32::from(failed),
            ..*answer
        }
        .encode()
    };
    let there = writer.index().content(content);
    let there = there
        .and_then(|n| writer.index().models().get(model)?.answer(n))
        .copied();
    if there.is_some_and(|there| plain(&there) == plain(answer)) {
        return;
    }
    let embedding = if answer.embedding == Answer::FAILED.embedding {
        None
    } else {
        let form = writer.form_of(model);
        let Some(embedding) = reader.embedding(own, answer.embedding, content, form, merged) else {
            return;
        };
        Some(embedding)
    };
    match there {
        None => {
            merged.facts += 1;
            writer.replace_answer(model, content, *answer, embedding.as_deref());
        }
        Some(there) => {
            let by = (there.probability() - answer.probability()).abs();
            let by = if by.is_nan() { 1.0 } else { by };
            merged.differ(&format!("{name}'s answer"), content, by);
            if plain(answer) < plain(&there) {
                writer.replace_answer(model, content, *answer, embedding.as_deref());
            }
        }
    }
}

/// Takes a row up that is new or knows more; gives whether it does.
fn add_row(writer: &mut Writer, row: &Row, merged: &mut Merged) -> bool {
    let rank = |state: &State| match state {
        State::Listed => 0,
        State::Unread(_) => 1,
        State::Broken(_) => 2,
        State::Read(_) => 3,
    };
    let order = |row: &Row| (rank(&row.state), row.content(), row.encode());
    if let Some(known) = writer.index().row(row.key()) {
        if known == row {
            return false;
        }
        if let (Some(a), Some(b)) = (known.content(), row.content())
            && a != b
        {
            merged.differ(&format!("the file {}", row.name()), b, 0.0);
        }
        if order(row) <= order(known) {
            return false;
        }
    }
    writer.put_row(row.clone());
    true
}

/// Blobs of a part, whose files stay open.
struct PartReader<'a> {
    index: &'a Index,
    files: HashMap<String, Option<File>>,
}

impl<'a> PartReader<'a> {
    fn new(index: &'a Index) -> Self {
        Self {
            index,
            files: HashMap::new(),
        }
    }

    /// The payload of a record, if it is whole and of that content.
    fn read(
        &mut self,
        name: String,
        kind: Kind,
        offset: u64,
        payload: usize,
        content: Key,
        merged: &mut Merged,
    ) -> Option<Vec<u8>> {
        let path = self.index.folder().join(&name);
        let file = self
            .files
            .entry(name)
            .or_insert_with(|| open(&path, kind).ok().flatten());
        let read = file
            .as_mut()
            .and_then(|file| read_at(file, kind, offset, payload).ok());
        let found = read
            .filter(|(key, _)| *key == content)
            .map(|(_, payload)| payload);
        merged.damaged += u64::from(found.is_none());
        found
    }

    fn thumbnail(&mut self, number: u32, content: Key, merged: &mut Merged) -> Option<Thumbnail> {
        let picture = *self.index.picture(number)?;
        let name = thumbnails_pack(picture.pack);
        let length = picture.length as usize;
        let jpeg = self.read(name, THUMBNAILS, picture.offset, length, content, merged)?;
        let size = TILES.payload.unwrap_or(0);
        let offset = HEADER + u64::from(picture.tile) * TILES.record(size) as u64;
        let tile = self.read(TILES_PACK.to_owned(), TILES, offset, size, content, merged)?;
        Some(Thumbnail {
            jpeg,
            tile,
            colours: picture.colours,
        })
    }

    /// An embedding in the form `to`.
    fn embedding(
        &mut self,
        model: usize,
        number: u32,
        content: Key,
        to: EmbeddingForm,
        merged: &mut Merged,
    ) -> Option<Vec<u8>> {
        let entry = self.index.manifest.models.get(model)?;
        let (kind, form) = (entry.embeddings_kind(), entry.embeddings);
        let size = kind.payload.unwrap_or(0);
        let name = format!("{FACTS_FOLDER}/{}/{EMBEDDINGS_PACK}", entry.key());
        let offset = HEADER + u64::from(number) * kind.record(size) as u64;
        let bytes = self.read(name, kind, offset, size, content, merged)?;
        // What has the form already stays as it is to the bit.
        Some(if form == to {
            bytes
        } else {
            to.encode(&form.decode(&bytes))
        })
    }

    fn map(
        &mut self,
        model: usize,
        method: usize,
        offset: u64,
        content: Key,
        merged: &mut Merged,
    ) -> Option<MapFact> {
        let entry = self.index.manifest.models.get(model)?;
        let name = format!(
            "{FACTS_FOLDER}/{}/{}",
            entry.key(),
            ModelEntry::map_file(entry.maps.get(method)?)
        );
        let bytes = self.read(
            name,
            MAPS,
            offset,
            MAPS.payload.unwrap_or(0),
            content,
            merged,
        )?;
        MapFact::decode(&bytes)
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
