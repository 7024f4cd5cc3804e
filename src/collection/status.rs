//! How much of an index is there.

use std::collections::BTreeMap;

use serde::Serialize;

use super::facts::Answer;
use super::index::Index;
use super::row::State;

/// How much is there; counts of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Files of the collection, broken ones too.
    pub pictures: usize,
    /// Files that cannot be read as pictures.
    pub broken: usize,
    /// Files that were not looked at yet.
    pub waiting: usize,
    /// Files with a thumbnail.
    pub thumbnails: usize,
    /// Different contents with a thumbnail.
    pub contents: usize,
    /// Files that a network has answered for, by its name.
    pub models: BTreeMap<String, usize>,
    /// Files with a map of that network; a second method of one has its own line.
    pub maps: BTreeMap<String, usize>,
    /// Places in the packs where there is no whole record.
    pub damaged: u64,
    /// Whether another version of the program made it in another way: the next run begins anew.
    pub outdated: bool,
    /// Where the pictures were.
    pub source: Option<String>,
}

impl Status {
    /// Of two parts together.
    #[must_use]
    pub fn together(mut self, other: &Self) -> Self {
        for (to, from) in [
            (&mut self.pictures, other.pictures),
            (&mut self.broken, other.broken),
            (&mut self.waiting, other.waiting),
            (&mut self.thumbnails, other.thumbnails),
            (&mut self.contents, other.contents),
        ] {
            *to += from;
        }
        for (to, from) in [
            (&mut self.models, &other.models),
            (&mut self.maps, &other.maps),
        ] {
            for (name, count) in from {
                *to.entry(name.clone()).or_default() += count;
            }
        }
        self.damaged += other.damaged;
        self.outdated |= other.outdated;
        self
    }

    /// Of an index.
    #[must_use]
    pub fn of(index: &Index) -> Self {
        let names = index.manifest.names();
        let mut status = Self {
            pictures: 0,
            broken: 0,
            waiting: 0,
            thumbnails: 0,
            contents: index.contents().len(),
            models: names.iter().map(|name| (name.clone(), 0)).collect(),
            maps: BTreeMap::new(),
            damaged: index.damaged,
            outdated: !index.manifest.thumbnails_are_current(),
            source: index
                .manifest
                .source
                .as_deref()
                .map(|path| crate::text::file_name(path.as_os_str())),
        };
        let mut map_names = Vec::new();
        for (model, name) in index.manifest.models.iter().zip(&names) {
            let of_model: Vec<String> = model
                .maps
                .iter()
                .enumerate()
                .map(|(at, method)| match at {
                    0 => name.clone(),
                    _ => format!("{name} ({})", method.id),
                })
                .collect();
            for name in &of_model {
                status.maps.insert(name.clone(), 0);
            }
            map_names.push(of_model);
        }
        for row in index.rows() {
            status.pictures += 1;
            match &row.state {
                State::Listed => status.waiting += 1,
                State::Broken(_) | State::Unread(_) => status.broken += 1,
                State::Read(content) => {
                    let Some(content) = index.content(*content) else {
                        continue;
                    };
                    status.thumbnails += usize::from(index.picture(content).is_some());
                    let facts = index.models().iter().zip(names.iter().zip(&map_names));
                    for (facts, (name, maps)) in facts {
                        let answer = facts.answer(content).and_then(Answer::class);
                        if let Some(count) = status.models.get_mut(name) {
                            *count += usize::from(answer.is_some());
                        }
                        for (method, name) in maps.iter().enumerate() {
                            let map = facts.map(method, content);
                            let there = map.is_some_and(|map| map.class != super::NO_CLASS);
                            if let Some(count) = status.maps.get_mut(name) {
                                *count += usize::from(there);
                            }
                        }
                    }
                }
            }
        }
        status
    }
}
