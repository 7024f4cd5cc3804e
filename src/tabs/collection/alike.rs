//! What is like what: pictures are laid out in a plane, looked for, and found to be the same, in the
//! background.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::choices::{Found, Near};
use super::snapshot::{NO_INDEX, Snapshot};
use super::words;
use crate::collection::arrange::{Layout, MOST_LAID_OUT, Neighbours, groups_of_near};
use crate::collection::{Bits, Index, Key, Likeness, LikenessOf};
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency};
use crate::progress::Observer;

/// A layout is shown so often while it is made.
const SHOWN_EVERY: Duration = Duration::from_millis(100);
/// Lines that are followed between two looks at the clock.
const LINES: usize = 20_000;
/// The same pictures are laid out in the same way.
const SEED: u64 = 1;
/// So many of the most alike are shown.
const MOST_ALIKE: usize = 200;
/// Pictures are nearly the same from this cosine on of what a network knows of them.
const NEARLY_SAME: f32 = 0.97;
/// So many neighbours of each are compared.
const COMPARED: usize = 8;

/// What a likeness is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Of {
    folder: PathBuf,
    model: String,
    near: Near,
    /// Of how many pictures something was known.
    known: usize,
}

impl Of {
    /// Of what is shown; `None` where no network has looked, or where it has made no maps.
    #[must_use]
    pub fn shown(snapshot: &Snapshot, near: Near) -> Option<Self> {
        let view = snapshot.view.as_ref()?;
        let known = match near {
            Near::Known => view.known,
            Near::Looks => snapshot.maps(),
        };
        (known > 0).then(|| Self {
            folder: snapshot.folder().map(PathBuf::from).unwrap_or_default(),
            model: view.name.clone(),
            near,
            known,
        })
    }

    /// Whether it is of the same, though less or more may be known now.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let known = other.known;
        Self {
            known,
            ..self.clone()
        } == *other
    }
}

/// Where pictures are in a plane.
#[derive(Debug, Clone)]
pub struct LaidOut {
    /// What they are laid out by.
    pub of: Of,
    /// By rows; no number where nothing is known of them.
    pub places: Arc<Vec<[f32; 2]>>,
    /// How much is done, 0 to 1.
    pub share: f32,
}

/// An index and what of it is compared.
struct Read {
    of: Of,
    index: Index,
    likeness: Likeness,
}

/// What was read last is kept: one question after the other is about the same.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Option<Arc<Read>>>>);

impl Kept {
    fn read(&self, of: &Of) -> Result<Arc<Read>, String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = kept.as_ref().filter(|read| read.of == *of) {
            return Ok(read.clone());
        }
        // Two of them are not held at a time.
        *kept = None;
        let said = |error: crate::collection::CollectionError| error.to_string();
        let index = Index::read(&of.folder).map_err(said)?;
        let names = index.manifest.names();
        let model = names.iter().position(|name| *name == of.model);
        let model = model.ok_or("the index does not know this network any more")?;
        let what = match of.near {
            Near::Known => LikenessOf::Embedding(model),
            Near::Looks => LikenessOf::Map(model, 0),
        };
        let likeness = Likeness::of(&index, what).map_err(said)?;
        let read = Arc::new(Read {
            of: of.clone(),
            index,
            likeness,
        });
        *kept = Some(read.clone());
        Ok(read)
    }
}

impl Read {
    /// The number of each row's content.
    fn contents(&self, snapshot: &Snapshot) -> Vec<Option<u32>> {
        let rows = 0..snapshot.rows.len() as u32;
        let keys = rows.map(|row| snapshot.rows.content(row));
        keys.map(|key| self.index.content(key?)).collect()
    }
}

/// Lays all pictures out in a plane; what there is so far is reported.
pub fn lay_out(
    jobs: &Jobs,
    kept: &Kept,
    snapshot: Arc<Snapshot>,
    of: Of,
) -> Task<LaidOut, LaidOut> {
    let kept = kept.clone();
    let work = move |reporter: &Reporter<'_, LaidOut>| {
        let show = |laid_out| reporter.report(laid_out);
        layout(&kept, &snapshot, &of, reporter, &show)
    };
    jobs.run(Lane::Layouts, Urgency::Now, work)
}

/// Looks for what is most like a row's picture.
///
/// # Errors
/// In words, where nothing is known of it.
pub fn find_alike(
    jobs: &Jobs,
    kept: &Kept,
    snapshot: Arc<Snapshot>,
    row: u32,
    near: Near,
) -> Result<Task<Found>, &'static str> {
    let of = Of::shown(&snapshot, near).ok_or(NO_INDEX)?;
    let kept = kept.clone();
    let work = move |_: &Reporter<'_>| alike(&kept, &snapshot, &of, row);
    Ok(jobs.run(Lane::Layouts, Urgency::Now, work))
}

/// Looks for pictures that are there more than once: the same files, and, where a network has looked,
/// what is nearly the same to it.
pub fn find_duplicates(jobs: &Jobs, kept: &Kept, snapshot: Arc<Snapshot>) -> Task<Found> {
    let kept = kept.clone();
    let work = move |reporter: &Reporter<'_>| duplicates(&kept, &snapshot, reporter);
    jobs.run(Lane::Layouts, Urgency::Now, work)
}

fn layout(
    kept: &Kept,
    snapshot: &Snapshot,
    of: &Of,
    observer: &dyn Observer,
    show: &dyn Fn(LaidOut),
) -> Result<LaidOut, String> {
    let said = |error: crate::progress::Cancelled| error.to_string();
    let read = kept.read(of)?;
    let things = read.contents(snapshot);
    let things: Vec<u32> = things.iter().map(|t| t.unwrap_or(u32::MAX)).collect();
    let features = read.likeness.features();
    let mut layout = Layout::new(features, &things, MOST_LAID_OUT, SEED, observer).map_err(said)?;
    let so_far = |layout: &Layout| LaidOut {
        of: of.clone(),
        places: Arc::new(layout.places()),
        share: layout.share(),
    };
    let mut shown = Instant::now();
    show(so_far(&layout));
    while !layout.advance(LINES) {
        observer.check().map_err(said)?;
        if shown.elapsed() >= SHOWN_EVERY {
            shown = Instant::now();
            show(so_far(&layout));
        }
    }
    Ok(LaidOut {
        share: 1.0,
        ..so_far(&layout)
    })
}

fn alike(kept: &Kept, snapshot: &Snapshot, of: &Of, row: u32) -> Result<Found, String> {
    let read = kept.read(of)?;
    let contents = read.contents(snapshot);
    let own = contents.get(row as usize).copied().flatten();
    let own = own.ok_or("nothing is known of this picture yet")?;
    let mut rows_of: HashMap<u32, Vec<u32>> = HashMap::new();
    for (row, content) in (0..).zip(&contents) {
        if let Some(content) = content {
            rows_of.entry(*content).or_default().push(row);
        }
    }
    let most = contents
        .iter()
        .flatten()
        .max()
        .map_or(0, |&n| n as usize + 1);
    let among = Bits::of(most, |content| rows_of.contains_key(&(content as u32)));
    let found = read
        .likeness
        .most_alike(&read.index, own, &among, MOST_ALIKE);
    let found = found.map_err(|error| error.to_string())?;
    // Itself first, with its copies.
    let mut rows = vec![row];
    for content in std::iter::once(own).chain(found.iter().map(|alike| alike.at)) {
        let all = rows_of.get(&content).into_iter().flatten().copied();
        rows.extend(all.filter(|&other| other != row));
    }
    let name = words::file_name(snapshot, row);
    Ok(Found {
        title: match of.near {
            Near::Known => format!("like {name}"),
            Near::Looks => format!("looked at like {name}"),
        },
        piles: vec![(String::new(), rows)],
    })
}

fn duplicates(kept: &Kept, snapshot: &Snapshot, observer: &dyn Observer) -> Result<Found, String> {
    let mut groups: Vec<Vec<Key>> = Vec::new();
    if let Some(of) = &Of::shown(snapshot, Near::Known) {
        let read = kept.read(of)?;
        let mut numbers: Vec<u32> = read.contents(snapshot).into_iter().flatten().collect();
        numbers.sort_unstable();
        numbers.dedup();
        let features = read.likeness.features();
        let near = Neighbours::of(features, &numbers, COMPARED, observer);
        let near = near.map_err(|error| error.to_string())?;
        let keys = read.index.contents();
        let key = |at: u32| {
            let number = numbers.get(at as usize)?;
            keys.get(*number as usize).copied()
        };
        for group in groups_of_near(&near, NEARLY_SAME) {
            groups.push(group.into_iter().filter_map(key).collect());
        }
    }
    Ok(in_piles(snapshot, &groups))
}

/// Rows that have the same content, or contents of one group, in piles named after their first.
fn in_piles(snapshot: &Snapshot, groups: &[Vec<Key>]) -> Found {
    let mut group_of: HashMap<Key, usize> = HashMap::new();
    for (number, group) in groups.iter().enumerate() {
        group_of.extend(group.iter().map(|&key| (key, number)));
    }
    let mut count = groups.len();
    let mut rows_of: HashMap<usize, Vec<u32>> = HashMap::new();
    for row in 0..snapshot.rows.len() as u32 {
        let Some((key, _)) = snapshot.picture(row) else {
            continue;
        };
        let number = *group_of.entry(key).or_insert_with(|| {
            count += 1;
            count - 1
        });
        rows_of.entry(number).or_default().push(row);
    }
    let mut piles: Vec<Vec<u32>> = rows_of
        .into_values()
        .filter(|rows| rows.len() > 1)
        .collect();
    piles.sort_by_key(|rows| (std::cmp::Reverse(rows.len()), rows.first().copied()));
    let named = |rows: Vec<u32>| {
        let first = rows.first().copied().unwrap_or_default();
        (words::file_name(snapshot, first), rows)
    };
    Found {
        title: "there more than once".to_owned(),
        piles: piles.into_iter().map(named).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::testing::{FakeNetwork, run};
    use crate::collection::{Source, Unwatched, demo};
    use crate::progress::Silent;

    /// Twenty pictures, the first of them three times.
    fn copies() -> (tempfile::TempDir, Snapshot) {
        let top = tempfile::tempdir().unwrap();
        let pictures = top.path().join("pictures");
        std::fs::create_dir(&pictures).unwrap();
        for n in 0..20 {
            std::fs::write(pictures.join(format!("{n:02}.jpg")), demo::jpeg(7, n)).unwrap();
        }
        for name in ["copy.jpg", "zz.jpg"] {
            std::fs::write(pictures.join(name), demo::jpeg(7, 0)).unwrap();
        }
        let listing = Source::open(&pictures).unwrap().list().unwrap();
        let index = top.path().join("index");
        run(&index, &listing, &[&FakeNetwork::new("a", 7)], &Unwatched).unwrap();
        let snapshot = Snapshot::read(&index, None).unwrap();
        (top, snapshot)
    }

    #[test]
    fn copies_are_one_pile() {
        let (_top, snapshot) = copies();
        let found = duplicates(&Kept::default(), &snapshot, &Silent).unwrap();
        let names = |rows: &[u32]| -> Vec<String> {
            let names = rows.iter().map(|&row| words::file_name(&snapshot, row));
            names.collect()
        };
        let with_first = found
            .piles
            .iter()
            .find(|(name, _)| name == "00.jpg")
            .unwrap();
        let rows = names(&with_first.1);
        for name in ["00.jpg", "copy.jpg", "zz.jpg"] {
            assert!(rows.iter().any(|row| row == name), "{rows:?}");
        }
        assert_eq!(found.count(), found.bits(22).len());
        // Without a network the same files are found all the same.
        let same = in_piles(&snapshot, &[]);
        assert_eq!(same.piles.len(), 1);
        assert_eq!(names(&same.piles[0].1), ["00.jpg", "copy.jpg", "zz.jpg"]);
    }

    #[test]
    fn what_is_alike_begins_with_the_picture_itself_and_its_copies() {
        let (_top, snapshot) = copies();
        for near in [Near::Known, Near::Looks] {
            let of = Of::shown(&snapshot, near).unwrap();
            let found = alike(&Kept::default(), &snapshot, &of, 0).unwrap();
            let rows = &found.piles[0].1;
            let first: Vec<_> = rows[..3]
                .iter()
                .map(|&row| words::file_name(&snapshot, row))
                .collect();
            assert_eq!(first, ["00.jpg", "copy.jpg", "zz.jpg"]);
            let mut all = rows.clone();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), rows.len(), "a picture stands twice");
        }
        assert_eq!(Of::shown(&Snapshot::demo(9, 1), Near::Known), None);
    }

    #[test]
    fn a_layout_is_shown_from_the_beginning_to_its_end() {
        let (_top, snapshot) = copies();
        let of = Of::shown(&snapshot, Near::Looks).unwrap();
        let steps = Mutex::new(Vec::new());
        let show = |laid_out: LaidOut| steps.lock().unwrap().push(laid_out.share);
        let end = layout(&Kept::default(), &snapshot, &of, &Silent, &show).unwrap();
        let steps = steps.into_inner().unwrap();
        assert!(steps.is_sorted() && steps[0] < 1.0);
        assert!((end.share - 1.0).abs() < f32::EPSILON && end.of == of);
        assert_eq!(end.places.len(), 22);
        for row in 0..22 {
            let known = snapshot.map(row).is_some();
            assert_eq!(end.places[row as usize][0].is_finite(), known, "{row}");
        }
        let other = Of::shown(&snapshot, Near::Known).unwrap();
        assert!(!of.is_like(&other) && of.is_like(&of));
    }
}
