use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::super::testing::{FakeNetwork, exported, run};
use super::super::{Index, Source, Status, Unwatched, demo, merge, verify};
use super::*;

const SEED: u64 = 4;

fn listing(count: u32) -> Listing {
    let source = Source::Demo { count, seed: SEED };
    source.list().unwrap()
}

/// Ends the work once so many files are finished.
struct After(usize);

impl Watch for After {
    fn progress(&self, _: Progress) {}

    fn cancelled(&self) -> bool {
        self.0 == 0
    }
}

fn packs(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut packs = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "pack") {
                packs.push(path);
            }
        }
    }
    packs.sort();
    packs
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn every_picture_has_its_facts_and_none_is_computed_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (FakeNetwork::new("a", SEED), FakeNetwork::new("b", SEED + 1));
    let summary = run(folder.path(), &listing(300), &[&a], &Unwatched).unwrap();
    assert_eq!(
        (summary.files, summary.broken, summary.decoded),
        (300, 0, 300)
    );
    assert!(summary.finished);
    let status = Status::of(&Index::read(folder.path()).unwrap());
    assert_eq!(
        (status.pictures, status.thumbnails, status.waiting),
        (300, 300, 0)
    );
    // Every fiftieth fails: said, not hidden, and not asked again.
    assert_eq!((status.models["a"], status.maps["a"]), (294, 294));
    assert_eq!(a.asked.load(Ordering::Relaxed), 300);
    let again = run(folder.path(), &listing(300), &[&a, &b], &Unwatched).unwrap();
    assert_eq!((again.read, again.decoded), (300, 300));
    assert_eq!(a.asked.load(Ordering::Relaxed), 300);
    let once_more = run(folder.path(), &listing(300), &[&b, &a], &Unwatched).unwrap();
    assert_eq!((once_more.read, once_more.decoded), (0, 0));
    let index = Index::read(folder.path()).unwrap();
    assert!(verify(&index, 0.0).unwrap().is_whole());
    let text = String::from_utf8(exported(folder.path(), "csv")).unwrap();
    let mut lines = text.lines();
    let header = "path,width,height,label,a_class,a_label,a_probability,a_margin,a_entropy,\
        a_correct,a_centre_x,a_centre_y,a_spread,a_border,a_blobs,b_class";
    assert!(lines.next().unwrap().starts_with(header));
    let row = lines.find(|line| line.contains("/0000007.jpg")).unwrap();
    let name = demo::CLASSES[demo::class(SEED, 7)];
    let class = demo::class(SEED, 7);
    let want = format!("{name}/0000007.jpg,96,72,{name},{class},{name},0.86,0.8400");
    assert!(row.starts_with(&want) && row.contains(",true,"), "{row}");
    // One spot at place 7 and one at 49 of 16 across.
    assert!(row.contains(",2,"), "{row}");
}

#[test]
fn cut_at_any_place_an_index_goes_on_to_the_same_table() {
    let top = tempfile::tempdir().unwrap();
    let whole = top.path().join("whole");
    let network = || FakeNetwork::new("a", SEED);
    run(&whole, &listing(120), &[&network()], &Unwatched).unwrap();
    let want = ["csv", "parquet"].map(|kind| exported(&whole, kind));
    let mut random = StdRng::seed_from_u64(11);
    for round in 0..40 {
        let cut = top.path().join("cut");
        let _ = std::fs::remove_dir_all(&cut);
        copy(&whole, &cut);
        if round % 2 == 0 {
            // As after a kill: what was synced is not known.
            std::fs::remove_file(cut.join("marks.json")).unwrap();
        }
        for pack in packs(&cut) {
            let length = std::fs::metadata(&pack).unwrap().len();
            let keep = random.random_range(0..=length);
            let file = std::fs::File::options().write(true).open(&pack).unwrap();
            file.set_len(keep).unwrap();
        }
        let summary = run(&cut, &listing(120), &[&network()], &Unwatched).unwrap();
        assert!(summary.finished);
        for (kind, want) in ["csv", "parquet"].into_iter().zip(&want) {
            assert!(exported(&cut, kind) == *want, "round {round}, {kind}");
        }
        let found = verify(&Index::read(&cut).unwrap(), 0.0).unwrap();
        assert_eq!(found.bad_thumbnails, 0, "round {round}");
    }
}

#[test]
fn what_is_damaged_is_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    let network = FakeNetwork::new("a", SEED);
    run(folder.path(), &listing(100), &[&network], &Unwatched).unwrap();
    let want = exported(folder.path(), "csv");
    for (i, pack) in packs(folder.path()).iter().enumerate() {
        let mut bytes = std::fs::read(pack).unwrap();
        // Each is hit at another picture.
        let at = bytes.len() * (3 + i) / 16;
        bytes[at] ^= 0x10;
        std::fs::write(pack, bytes).unwrap();
    }
    let found = verify(&Index::read(folder.path()).unwrap(), 0.0).unwrap();
    assert_eq!(found.damaged.len(), 7, "{found:?}");
    assert_eq!(found.bad_thumbnails, 1);
    assert!(!found.is_whole());
    let summary = run(folder.path(), &listing(100), &[&network], &Unwatched).unwrap();
    assert!((1..10).contains(&summary.decoded), "{summary:?}");
    assert_eq!(exported(folder.path(), "csv"), want);
    // Thumbnails too, and nothing is told of it any more.
    let index = Index::read(folder.path()).unwrap();
    let found = verify(&index, 0.0).unwrap();
    assert!(found.is_whole(), "{found:?}");
    assert_eq!(Status::of(&index).damaged, 0);
    assert_eq!(
        run(folder.path(), &listing(100), &[&network], &Unwatched)
            .unwrap()
            .read,
        0
    );
}

/// Notes that were told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Watch for Notes {
    fn note(&self, words: &str) {
        self.0.lock().unwrap().push(words.to_owned());
    }
}

impl Notes {
    fn told(&self, words: &str) -> bool {
        self.0
            .lock()
            .unwrap()
            .iter()
            .any(|note| note.contains(words))
    }
}

/// Writes into an index that another version of the program made it.
fn made_by_another(folder: &Path, key: &str, value: serde_json::Value) {
    let path = folder.join("index.json");
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    manifest[key] = value;
    std::fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

#[test]
fn what_was_decoded_in_another_way_is_computed_again() {
    let (pictures, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for n in 0..9 {
        std::fs::write(
            pictures.path().join(format!("{n}.jpg")),
            demo::jpeg(SEED, n),
        )
        .unwrap();
    }
    std::fs::write(pictures.path().join("x.jpg"), "broken").unwrap();
    let listing = || Source::open(pictures.path()).unwrap().list().unwrap();
    let (a, b) = (FakeNetwork::new("a", SEED), FakeNetwork::new("b", SEED));
    run(folder.path(), &listing(), &[&a, &b], &Unwatched).unwrap();
    let want = exported(folder.path(), "csv");
    made_by_another(folder.path(), "decoding", 1.into());
    let index = Index::read(folder.path()).unwrap();
    assert!(Status::of(&index).outdated && index.rows().count() == 10);
    // It does not go together with what this program makes.
    let other = tempfile::tempdir().unwrap();
    let error = merge(other.path(), &[folder.path().to_owned()]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("decodes pictures in another way"),
        "{error}"
    );
    let notes = Notes::default();
    let summary = run(folder.path(), &listing(), &[&a], &notes).unwrap();
    assert_eq!((summary.read, summary.decoded), (10, 9));
    assert!(notes.told("answers of a, b"));
    let index = Index::read(folder.path()).unwrap();
    let names = index.manifest.names();
    assert!(names == ["a"] && !Status::of(&index).outdated);
    assert!(verify(&index, 0.0).unwrap().is_whole());
    assert_eq!(a.asked.load(Ordering::Relaxed), 18);
    run(folder.path(), &listing(), &[&b], &notes).unwrap();
    assert_eq!(exported(folder.path(), "csv"), want);
}

#[test]
fn thumbnails_that_were_made_in_another_way_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let network = FakeNetwork::new("a", SEED);
    run(folder.path(), &listing(20), &[&network], &Unwatched).unwrap();
    let want = exported(folder.path(), "csv");
    made_by_another(folder.path(), "thumbnails", "other".into());
    let notes = Notes::default();
    let summary = run(folder.path(), &listing(20), &[&network], &notes).unwrap();
    assert!(summary.decoded == 20 && notes.told("made anew"));
    assert_eq!(network.asked.load(Ordering::Relaxed), 20);
    assert_eq!(exported(folder.path(), "csv"), want);
    assert!(
        verify(&Index::read(folder.path()).unwrap(), 0.0)
            .unwrap()
            .is_whole()
    );
}

#[test]
fn a_network_that_failed_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let network = FakeNetwork::new("a", SEED);
    network.is_ill.store(true, Ordering::Relaxed);
    let notes = Notes::default();
    let ill = run(folder.path(), &listing(60), &[&network], &notes).unwrap();
    // The one of which the picture itself is the reason is not counted.
    assert_eq!((ill.failed, ill.broken, ill.finished), (59, 0, true));
    assert!(notes.told("the next run tries again"));
    let status = Status::of(&Index::read(folder.path()).unwrap());
    assert_eq!((status.models["a"], status.thumbnails), (0, 60));
    network.is_ill.store(false, Ordering::Relaxed);
    let well = run(folder.path(), &listing(60), &[&network], &notes).unwrap();
    assert_eq!((well.read, well.failed), (59, 0));
    let status = Status::of(&Index::read(folder.path()).unwrap());
    assert_eq!((status.models["a"], status.maps["a"]), (59, 59));
    assert_eq!(
        run(folder.path(), &listing(60), &[&network], &notes)
            .unwrap()
            .read,
        0
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_could_not_be_read_is_tried_again() {
    let (pictures, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (link, target) = (pictures.path().join("a.jpg"), folder.path().join("target"));
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let network = FakeNetwork::new("a", SEED);
    let source = Source::open(pictures.path()).unwrap();
    let out = folder.path().join("index");
    let index_it = || run(&out, &source.list().unwrap(), &[&network], &Unwatched).unwrap();
    let first = index_it();
    assert_eq!((first.files, first.broken), (1, 1));
    assert!(
        String::from_utf8(exported(&out, "csv"))
            .unwrap()
            .contains("could not be read")
    );
    assert_eq!(index_it().read, 1);
    std::fs::write(&target, demo::jpeg(SEED, 5)).unwrap();
    let second = index_it();
    assert_eq!((second.broken, second.decoded), (0, 1));
}

#[test]
fn work_that_is_ended_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let network = FakeNetwork::new("a", SEED);
    let ended = run(folder.path(), &listing(400), &[&network], &After(0)).unwrap();
    assert!(!ended.finished && ended.read < 400, "{ended:?}");
    let status = Status::of(&Index::read(folder.path()).unwrap());
    assert_eq!((status.pictures, status.waiting), (400, 400 - ended.read));
    let rest = run(folder.path(), &listing(400), &[&network], &Unwatched).unwrap();
    assert_eq!(rest.read, 400 - ended.read);
    assert_eq!(network.asked.load(Ordering::Relaxed), 400);
}

#[test]
fn moved_files_cost_nothing_and_gone_files_go() {
    let (pictures, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| pictures.path().join(name);
    std::fs::create_dir(at("a")).unwrap();
    for n in 0..20 {
        std::fs::write(at(&format!("a/{n}.jpg")), demo::jpeg(SEED, n)).unwrap();
    }
    std::fs::write(at("a/copy.jpg"), demo::jpeg(SEED, 3)).unwrap();
    let network = FakeNetwork::new("a", SEED);
    let source = Source::open(pictures.path()).unwrap();
    let first = run(
        folder.path(),
        &source.list().unwrap(),
        &[&network],
        &Unwatched,
    )
    .unwrap();
    assert_eq!((first.files, first.decoded), (21, 20));
    std::fs::rename(at("a"), at("b")).unwrap();
    std::fs::remove_file(at("b/0.jpg")).unwrap();
    let second = run(
        folder.path(),
        &source.list().unwrap(),
        &[&network],
        &Unwatched,
    )
    .unwrap();
    assert_eq!((second.files, second.read, second.decoded), (20, 20, 0));
    assert_eq!(network.asked.load(Ordering::Relaxed), 20);
    let index = Index::read(folder.path()).unwrap();
    assert!(index.rows().all(|row| row.path.starts_with(b"b/")));
    let third = run(
        folder.path(),
        &source.list().unwrap(),
        &[&network],
        &Unwatched,
    )
    .unwrap();
    assert_eq!((third.files, third.read), (20, 0));
}

#[test]
fn broken_files_are_rows_with_a_reason_until_they_change() {
    let (pictures, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| pictures.path().join(name);
    let whole = demo::jpeg(SEED, 5);
    std::fs::write(at("good.jpg"), &whole).unwrap();
    std::fs::write(at("cut.jpg"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(at("text.png"), "hello").unwrap();
    std::fs::write(at("empty.png"), "").unwrap();
    let network = FakeNetwork::new("a", SEED);
    let source = Source::open(pictures.path()).unwrap();
    let index_it = || {
        run(
            folder.path(),
            &source.list().unwrap(),
            &[&network],
            &Unwatched,
        )
        .unwrap()
    };
    let first = index_it();
    assert_eq!((first.files, first.broken, first.decoded), (4, 3, 1));
    let text = String::from_utf8(exported(folder.path(), "csv")).unwrap();
    let cut = text
        .lines()
        .find(|line| line.starts_with("cut.jpg"))
        .unwrap();
    assert!(cut.contains("damaged or cut short"), "{cut}");
    assert_eq!(index_it().read, 0);
    std::fs::write(at("cut.jpg"), &whole).unwrap();
    let second = index_it();
    assert_eq!((second.read, second.decoded, second.broken), (1, 0, 2));
}

#[test]
fn what_is_wanted_comes_first() {
    struct Wants(Mutex<Vec<Key>>);
    impl Watch for Wants {
        fn wanted(&self) -> Option<Key> {
            self.0.lock().unwrap().pop()
        }
    }
    let listing = listing(200);
    let order: Vec<u32> = (0..200).collect();
    let queue = Queue::new(&listing, &order);
    let key = |n: usize| Key::of_path(&listing.entries[n].path);
    let same = |given: Option<&Entry>, n: usize| {
        std::ptr::eq(given.unwrap(), &raw const listing.entries[n])
    };
    assert!(same(queue.wanted(key(150)), 150));
    // Given out already, or unknown: the next of the order.
    assert!(queue.wanted(key(150)).is_none() && queue.wanted(Key::NONE).is_none());
    assert!(same(queue.next(), 0) && same(queue.next(), 1));
    let rest = std::iter::from_fn(|| queue.next()).count();
    assert_eq!(rest, 197);
    // Those that are wanted are the first that are written, though some are named twice and some are unknown;
    // the last of them is the first that is wanted.
    let folder = tempfile::tempdir().unwrap();
    let network = FakeNetwork::new("a", SEED);
    let keys = (0..40).map(key).chain([Key::NONE, key(7)]);
    let wants = Wants(Mutex::new(keys.collect()));
    let summary = run(folder.path(), &listing, &[&network], &wants).unwrap();
    assert!(summary.finished);
    let index = Index::read(folder.path()).unwrap();
    let first: Vec<Key> = index.contents().iter().take(30).copied().collect();
    let wanted = (0..40).filter_map(|n| index.row(key(n))?.content());
    let wanted: Vec<Key> = wanted.collect();
    // Others may be written between where a worker waits for its turn.
    let among = first.iter().filter(|content| wanted.contains(content));
    assert!(among.count() >= 25);
}

#[test]
fn one_run_at_a_time_writes_an_index_and_no_other_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _) = Writer::open(folder.path(), None, &[]).unwrap();
    let error = Writer::open(folder.path(), None, &[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("another run"), "{error}");
    drop(writer);
    Writer::open(folder.path(), None, &[]).unwrap();
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("thesis.txt"), "mine").unwrap();
    let error = Writer::open(other.path(), None, &[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("something else"), "{error}");
}
