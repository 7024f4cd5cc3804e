//! What is known of a collection.

use super::super::reading::Originals;
use super::*;
use crate::collection::Unwatched;
use crate::collection::testing::{FakeNetwork, run};

#[test]
fn the_first_visit_needs_no_index() {
    let snapshot = Snapshot::demo(60, 5);
    assert_eq!(
        (snapshot.rows.len(), snapshot.seen(), snapshot.left_out()),
        (60, 60, 0)
    );
    let mut reader = snapshot.reader();
    for row in 0..60 {
        let (key, fact) = snapshot.picture(row).unwrap();
        let pixels = reader.thumbnail(key, fact).unwrap();
        let n = demo::read_code(&pixels).unwrap();
        assert_eq!(snapshot.rows.name(row), demo::path(5, n));
        assert_eq!(
            snapshot.word("label", row),
            Some(demo::CLASSES[demo::class(5, n)])
        );
        assert_eq!(snapshot.find(demo::path(5, n).as_bytes()), Some(row));
        assert_eq!(reader.tile(key, fact).map(|tile| tile.len()), Some(512));
    }
}

#[test]
fn an_index_is_seen_as_one_of_its_networks_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let listing = Source::Demo {
        count: 100,
        seed: 7,
    }
    .list()
    .unwrap();
    let networks = [FakeNetwork::new("a", 7), FakeNetwork::new("b", 7)];
    run(
        folder.path(),
        &listing,
        &[&networks[0], &networks[1]],
        &Unwatched,
    )
    .unwrap();
    let snapshot = Snapshot::read(folder.path(), Some("a")).unwrap();
    assert_eq!(snapshot.view.as_ref().unwrap().name, "a");
    assert_eq!(snapshot.models, ["a", "b"]);
    // Every fiftieth fails.
    assert_eq!(snapshot.maps(), 98);
    let mut reader = snapshot.reader();
    for row in 0..100 {
        let (key, fact) = snapshot.picture(row).unwrap();
        let n = demo::read_code(&reader.thumbnail(key, fact).unwrap()).unwrap();
        let Some((map, region)) = snapshot.map(row) else {
            assert_eq!(n % 50, 49);
            continue;
        };
        // The second spot of the network hides the first in a few.
        let first = if n.is_multiple_of(128) { 200 } else { 255 };
        assert_eq!(map.0[n as usize % 256], first);
        // The centre square of 96 x 72 pixels.
        assert_eq!(region, [0.75, 1.0]);
        let answer = snapshot.answer(row).unwrap();
        let right = !n.is_multiple_of(5);
        assert_eq!(snapshot.correct(row), Some(right), "{n}");
        let class = snapshot.class_name(answer.class().unwrap());
        assert_eq!(snapshot.word("a class", row), Some(class.as_str()));
    }
}

#[test]
fn how_far_two_networks_look_at_the_same_is_a_column_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let listing = Source::Demo { count: 40, seed: 7 }.list().unwrap();
    let networks = [FakeNetwork::new("a", 7), FakeNetwork::new("b", 7)];
    let networks = [&networks[0], &networks[1]];
    run(folder.path(), &listing, &networks, &Unwatched).unwrap();
    let plain = Snapshot::read(folder.path(), None).unwrap();
    let name = looks_as("a", "b");
    assert!(plain.can_agree && plain.columns.find(&name).is_none());
    let compared = Snapshot::read_with(folder.path(), None, Extent::Agreement).unwrap();
    let column = compared.columns.find(&name).unwrap();
    let Values::Figures(figures) = &compared.columns.columns()[column].values else {
        panic!("no figures");
    };
    // Both look at the same places.
    assert!(
        figures.iter().all(|v| (v - 1.0).abs() < 1e-4),
        "{figures:?}"
    );
}

#[test]
fn the_whole_picture_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.jpg"), demo::jpeg(1, 4)).unwrap();
    let index = tempfile::tempdir().unwrap();
    let source = Source::open(folder.path()).unwrap();
    let (mut writer, _) =
        crate::collection::Writer::open(index.path(), source.path(), &[]).unwrap();
    let listing = source.list().unwrap();
    crate::collection::index(&mut writer, &listing, &[], &Unwatched).unwrap();
    drop(writer);
    let snapshot = Snapshot::read(index.path(), None).unwrap();
    let file = folder.path().join("x.jpg");
    assert_eq!(snapshot.original(0), Some(Original::File(file.clone())));
    std::fs::remove_file(file).unwrap();
    let gone = snapshot.original(0).unwrap();
    let mut originals = Originals::default();
    let why = originals.picture(&gone).unwrap_err();
    assert!(why.contains("is not where it was"), "{why}");
    let within = Snapshot::demo(9, 5).original(3).unwrap();
    let picture = originals.picture(&within).unwrap();
    let Original::Within(_, path) = within else {
        panic!("no source");
    };
    let n = demo::read_code(&picture.pixels).unwrap();
    assert_eq!(demo::path(5, n).as_bytes(), &*path);
}

#[test]
fn a_table_beside_the_pictures_corrects_the_names_of_folders() {
    let top = tempfile::tempdir().unwrap();
    let pictures = top.path().join("pictures");
    std::fs::create_dir_all(pictures.join("blob")).unwrap();
    for n in 0..8 {
        let path = pictures.join(format!("blob/{n:02}.jpg"));
        std::fs::write(path, demo::jpeg(7, n)).unwrap();
    }
    let source = Source::open(&pictures).unwrap();
    let index = top.path().join("index");
    let network = FakeNetwork::new("a", 7);
    let entries = [crate::collection::Examiner::entry(&network).clone()];
    let (mut writer, places) =
        crate::collection::Writer::open(&index, source.path(), &entries).unwrap();
    let asked: [(&dyn crate::collection::Examiner, usize); 1] = [(&network, places[0])];
    crate::collection::index(&mut writer, &source.list().unwrap(), &asked, &Unwatched).unwrap();
    drop(writer);
    let before = Snapshot::read(&index, None).unwrap();
    assert_eq!(before.labels_from, LabelsFrom::Folders);
    assert_eq!(
        (before.word("label", 1), before.correct(1)),
        (Some("blob"), None)
    );
    let class = demo::CLASSES[demo::class(7, 1)];
    let table = format!("path,label\nblob/01.jpg,{class}\n02.jpg,nothing of these\n");
    std::fs::write(pictures.join(crate::collection::LABELS_FILE), table).unwrap();
    let after = Snapshot::read(&index, None).unwrap();
    assert_eq!(after.labels_from, LabelsFrom::Table);
    assert_eq!(
        (after.word("label", 1), after.correct(1)),
        (Some(class), Some(true))
    );
    assert_eq!(
        (after.word("label", 2), after.correct(2)),
        (Some("nothing of these"), None)
    );
    assert_eq!(after.word("label", 3), Some("blob"));
}
